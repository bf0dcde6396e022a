//! The brief under construction: what fits goes in, in the order in which it is offered, to the place where it is read.

use std::collections::BTreeMap;

use super::measure::Limit;

/// The sections, in the order in which an agent reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Task,
    Decisions,
    Todos,
    State,
    Failing,
    Tried,
    Files,
    Last,
    Earlier,
    Missing,
}

pub(super) const HEADINGS: [&str; 10] = [
    "Task",
    "Decisions and constraints",
    "Plan and to-dos",
    "State of the work",
    "What fails now",
    "What was tried and how it ended",
    "Files that matter",
    "Last turns",
    "Earlier turns, shortened",
    "Not included",
];

/// Where something is read: the section, and two numbers that order it there. In the sections of turns the first number is
/// the turn.
pub(super) type Place = (Section, usize, usize);

/// What a person can leave out: a section, or with a number one part of it. The words are those of the JavaScript contract.
const DROPPABLE: [(&str, Section, Option<usize>); 9] = [
    ("constraints", Section::Decisions, None),
    ("plan", Section::Todos, None),
    ("changes", Section::State, Some(DIFFS)),
    ("state", Section::State, None),
    ("failing", Section::Failing, None),
    ("tried", Section::Tried, None),
    ("files", Section::Files, None),
    ("last-turns", Section::Last, None),
    ("older-turns", Section::Earlier, None),
];
/// The part of the state of the work that holds diffs.
pub(super) const DIFFS: usize = 3;

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Kept,
    Shortened,
    Masked,
    Omitted,
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) item: String,
    pub(super) fate: Fate,
    pub(super) why: &'static str,
    text: String,
    cost: usize,
}

/// What is on the page so far.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) limit: Limit,
    /// What of [`DROPPABLE`] the person leaves out.
    dropped: [bool; DROPPABLE.len()],
    /// What is left of the limit.
    pub(super) left: usize,
    title: String,
    pub(super) slots: BTreeMap<Place, Slot>,
    /// Offers in a row that had no room.
    misses: usize,
    opened: [bool; HEADINGS.len()],
    /// The turns that have a heading, by section and number.
    turns: [Vec<bool>; HEADINGS.len()],
}

/// Past so many items in a row that had no room, smaller ones are not worth the search.
const MOST_MISSES: usize = 24;
const DROPPED: &str = "the person left it out";
const NO_ROOM: &str = "there is no room for it within the limit";

impl Page {
    pub(super) fn new(limit: Limit, drop: &[String]) -> Self {
        Self {
            limit,
            dropped: DROPPABLE.map(|(word, ..)| drop.iter().any(|dropped| dropped == word)),
            left: limit.size,
            title: String::new(),
            slots: BTreeMap::new(),
            misses: 0,
            opened: [false; HEADINGS.len()],
            turns: Default::default(),
        }
    }

    pub(super) fn cost(&self, text: &str) -> usize {
        self.limit.unit.measure(text)
    }

    /// Holds back all that is left but so many hundredths of the limit, and says how much that is.
    pub(super) fn hold_all_but(&mut self, hundredths: usize) -> usize {
        let held = self.left.saturating_sub(self.limit.size.saturating_mul(hundredths) / 100);
        self.left -= held;
        held
    }

    /// Puts a line before everything, if there is room.
    pub(super) fn entitle(&mut self, title: &str) {
        let cost = self.cost(title) + 1;
        if cost <= self.left {
            self.left -= cost;
            title.clone_into(&mut self.title);
        }
    }

    /// What comes before a text that is put there: the headings that are not on the page yet.
    fn lead(&self, (section, turn, _): Place) -> String {
        let mut lead = String::new();
        if !self.opened[section as usize] {
            lead = ["\n## ", HEADINGS[section as usize], "\n\n"].concat();
        }
        if of_turns(section) && self.turns[section as usize].get(turn) != Some(&true) {
            lead.push_str(&turn_heading(turn));
        }
        lead
    }

    /// Puts a text to its place if there is room, in place of what is there. An item that never gets room is omitted.
    pub(super) fn offer(&mut self, place: Place, item: &str, text: &str, fate: Fate, why: &'static str) -> bool {
        if self.is_dropped(place) {
            self.put(place, item, Fate::Omitted, DROPPED, "", 0);
            return false;
        }
        let before = self.slots.get(&place).map_or(0, |slot| slot.cost);
        let cost = self.cost(text);
        if before >= cost && before > 0 && fate != Fate::Kept {
            return true;
        }
        let lead = if before == 0 { self.cost(&self.lead(place)) } else { 0 };
        let fits = cost + lead <= self.left + before;
        if fits {
            self.left = self.left + before - cost - lead;
            self.opened[place.0 as usize] = true;
            if of_turns(place.0) {
                let turns = &mut self.turns[place.0 as usize];
                turns.resize(turns.len().max(place.1 + 1), false);
                turns[place.1] = true;
            }
            self.put(place, item, fate, why, text, cost);
            self.misses = 0;
        } else {
            self.misses += 1;
            self.omit(place, item);
        }
        fits
    }

    /// Whether the person leaves out what stands there.
    fn is_dropped(&self, (section, part, _): Place) -> bool {
        let is_diff = section == Section::State && part == DIFFS;
        DROPPABLE
            .iter()
            .zip(self.dropped)
            .any(|((_, of, only), dropped)| dropped && *of == section && (*only == Some(DIFFS)) == is_diff)
    }

    /// Whether so many offers in a row had no room that the next need not be written out. A new pass tries again.
    pub(super) fn is_full(&self) -> bool {
        self.misses > MOST_MISSES
    }

    /// A new pass begins.
    pub(super) fn begin(&mut self) {
        self.misses = 0;
    }

    /// Notes an item that has no room, unless it stands there already.
    pub(super) fn omit(&mut self, place: Place, item: &str) {
        if !self.slots.contains_key(&place) {
            self.put(place, item, Fate::Omitted, NO_ROOM, "", 0);
        }
    }

    fn put(&mut self, place: Place, item: &str, fate: Fate, why: &'static str, text: &str, cost: usize) {
        self.slots.insert(place, Slot { item: item.to_owned(), fate, why, text: text.to_owned(), cost });
    }

    /// Notes what became of something that needs no text of its own there.
    pub(super) fn note(&mut self, place: Place, fate: Fate) {
        self.put(place, "", fate, "", "", 0);
    }

    /// Whether something stands there whole.
    pub(super) fn is_whole(&self, place: Place) -> bool {
        self.slots.get(&place).is_some_and(|slot| slot.fate == Fate::Kept)
    }

    /// The fate of what stands there.
    pub(super) fn fate(&self, place: Place) -> Option<Fate> {
        self.slots.get(&place).map(|slot| slot.fate)
    }

    /// The finished text.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.limit.size.min(1 << 20));
        let (mut section, mut turn) = (None, 0);
        for (place, slot) in &self.slots {
            if slot.text.is_empty() {
                continue;
            }
            if section != Some(place.0) {
                section = Some(place.0);
                turn = usize::MAX;
                for piece in ["\n## ", HEADINGS[place.0 as usize], "\n\n"] {
                    text.push_str(piece);
                }
            }
            if of_turns(place.0) && turn != place.1 {
                turn = place.1;
                text.push_str(&turn_heading(turn));
            }
            text.push_str(&slot.text);
        }
        [self.title.as_str(), "\n", &text].concat().trim_start().to_owned()
    }
}

/// Whether a section is told by turn.
fn of_turns(section: Section) -> bool {
    matches!(section, Section::Last | Section::Earlier)
}

fn turn_heading(turn: usize) -> String {
    ["\n### Turn ", &turn.to_string(), "\n"].concat()
}
