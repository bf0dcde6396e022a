//! The brief under construction: what fits goes in, in the order in which it is offered, to the place where it is read.

use std::cmp::Ordering;

use super::measure::Limit;
use super::quote::{Told, counted, write};

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

/// What each section is headed by, and the word by which a person leaves it out, one of the JavaScript contract's; empty
/// for what always goes.
pub(super) const SECTIONS: [(&str, &str); 10] = [
    ("Task", ""),
    ("Decisions and constraints", "constraints"),
    ("Plan and to-dos", "plan"),
    ("State of the work", "state"),
    ("What fails now", "failing"),
    ("What was tried and how it ended", "tried"),
    ("Files that matter", "files"),
    ("Last turns", "last-turns"),
    ("Earlier turns, shortened", "older-turns"),
    ("Not included", ""),
];
/// The part of the state of the work that holds diffs, and the word by which it is left out.
pub(super) const DIFFS: usize = 3;
const CHANGES: &str = "changes";

/// Where something is read: the section, and two numbers that order it there. In the sections of turns the first number is
/// the turn.
pub(super) type Place = (Section, usize, usize);

/// What became of an item, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Kept,
    /// Of a long message, the sentences that lay something down.
    Sentences,
    /// Some of these.
    SomeSentences,
    Beginning,
    End,
    /// Of a question, while its answer is whole.
    Question,
    /// Of a diff.
    Hunks,
    /// Without characters that would hide or move what follows.
    Cleaned,
    /// Of an output.
    Failures,
    /// Not all that a tool returned is there.
    Masked,
    Dropped,
    NoRoom,
    /// What no text can carry.
    Binary,
    /// Named, but what it holds was never told.
    Unknown,
    /// What the agent starts from holds it.
    Pushed,
}

/// The lists of a brief's report, in their order.
pub(super) const LISTS: [&str; 4] = ["whole", "shortened", "without all of their output", "left out"];

impl Fate {
    /// Which of [`LISTS`] it belongs to.
    pub(super) fn list(self) -> usize {
        match self {
            Self::Kept | Self::Pushed => 0,
            Self::Sentences
            | Self::SomeSentences
            | Self::Beginning
            | Self::End
            | Self::Question
            | Self::Hunks
            | Self::Cleaned
            | Self::Failures => 1,
            Self::Masked => 2,
            Self::Dropped | Self::NoRoom | Self::Binary | Self::Unknown => 3,
        }
    }

    /// Why it is not whole, for a person; empty for what the report tells by turn.
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Kept | Self::Masked => "",
            Self::Sentences => "only what it requires, forbids or chooses is quoted",
            Self::SomeSentences => "only some of what it requires, forbids or chooses is quoted",
            Self::Beginning => "only its beginning is there",
            Self::End => "only its end is there",
            Self::Question => "the answer is whole, of the question only its beginning is there",
            Self::Hunks => "only whole hunks that have room",
            Self::Cleaned => "its control characters are left out",
            Self::Failures => "its lines that tell of a failure, and its end",
            Self::Dropped => "the person left it out",
            Self::NoRoom => "there is no room for it within the limit",
            Self::Binary => "it is binary",
            Self::Unknown => "what it holds is not known",
            Self::Pushed => "on the branch that is pushed",
        }
    }
}

#[derive(Debug)]
pub(super) struct Slot {
    /// The two numbers of its place.
    at: (usize, usize),
    /// Empty for what the report tells by turn.
    pub(super) item: String,
    pub(super) fate: Fate,
    text: String,
    cost: usize,
}

/// What is on the page of one section.
#[derive(Debug, Default)]
struct Shelf {
    is_open: bool,
    /// The last place first: most is offered in that order, and what comes behind all others moves none of them.
    slots: Vec<Slot>,
    /// The turns that have a heading, by number; none where a section is not told by turn.
    turns: Vec<bool>,
}

/// What is on the page so far.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) limit: Limit,
    /// The words of what the person leaves out.
    drop: &'a [String],
    /// What is left of the limit.
    pub(super) left: usize,
    title: String,
    shelves: [Shelf; SECTIONS.len()],
    /// Offers in a row that had no room.
    misses: usize,
}

/// Past so many items in a row that had no room, smaller ones are not worth the search.
const MOST_MISSES: usize = 24;
impl<'a> Page<'a> {
    pub(super) fn new(limit: Limit, drop: &'a [String]) -> Self {
        Self { limit, drop, left: limit.size, title: String::new(), shelves: Default::default(), misses: 0 }
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
        let shelf = &self.shelves[section as usize];
        if !shelf.is_open {
            write(&mut lead, HEADING, &[SECTIONS[section as usize].0]);
        }
        if of_turns(section) && shelf.turns.get(turn) != Some(&true) {
            lead.push_str(&turn_heading(turn));
        }
        lead
    }

    /// Offers something whole.
    pub(super) fn keep(&mut self, place: Place, item: &str, text: &str) -> bool {
        self.offer(place, item, text, Fate::Kept)
    }

    /// Offers a text that says itself whether it is whole, and what it is where it is not.
    pub(super) fn tell(&mut self, place: Place, item: &str, told: &Told, cut: Fate) -> bool {
        self.offer(place, item, &told.text, if told.is_whole { Fate::Kept } else { cut })
    }

    /// Puts a text to its place if there is room, in place of what is there. An item that never gets room is omitted.
    pub(super) fn offer(&mut self, place: Place, item: &str, text: &str, fate: Fate) -> bool {
        if self.is_dropped(place) {
            self.put(place, item, Fate::Dropped, "", 0);
            return false;
        }
        let before = self.slot(place).map_or(0, |slot| slot.cost);
        let cost = self.cost(text);
        if before >= cost && before > 0 && fate != Fate::Kept {
            return true;
        }
        let lead = if before == 0 { self.cost(&self.lead(place)) } else { 0 };
        let fits = cost + lead <= self.left + before;
        if fits {
            self.left = self.left + before - cost - lead;
            let shelf = &mut self.shelves[place.0 as usize];
            shelf.is_open = true;
            if of_turns(place.0) {
                let count = shelf.turns.len().max(place.1 + 1);
                shelf.turns.resize(count, false);
                shelf.turns[place.1] = true;
            }
            self.put(place, item, fate, text, cost);
            self.misses = 0;
        } else {
            self.misses += 1;
            self.omit(place, item);
        }
        fits
    }

    /// How much room there is for what belongs there, what stands there given up.
    pub(super) fn room_at(&self, place: Place) -> usize {
        self.left + self.slot(place).map_or(0, |slot| slot.cost)
    }

    /// Whether the person leaves out what stands there.
    fn is_dropped(&self, (section, part, _): Place) -> bool {
        let word = match section {
            Section::State if part == DIFFS => CHANGES,
            _ => SECTIONS[section as usize].1,
        };
        !word.is_empty() && self.drop.iter().any(|dropped| dropped == word)
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
        self.leave(place, item, Fate::NoRoom);
    }

    /// Notes why an item is not there, unless something of it is.
    pub(super) fn leave(&mut self, place: Place, item: &str, fate: Fate) {
        if self.slot(place).is_none() {
            let fate = if self.is_dropped(place) { Fate::Dropped } else { fate };
            self.put(place, item, fate, "", 0);
        }
    }

    fn put(&mut self, place: Place, item: &str, fate: Fate, text: &str, cost: usize) {
        let slot = Slot { at: (place.1, place.2), item: item.to_owned(), fate, text: text.to_owned(), cost };
        let found = self.find(place);
        let slots = &mut self.shelves[place.0 as usize].slots;
        match found {
            Ok(at) => slots[at] = slot,
            Err(at) => slots.insert(at, slot),
        }
    }

    /// Where a place is on its shelf, or where it belongs.
    fn find(&self, (section, turn, index): Place) -> Result<usize, usize> {
        let slots = &self.shelves[section as usize].slots;
        let (mut from, mut to) = (0, slots.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            match slots[middle].at.cmp(&(turn, index)) {
                Ordering::Greater => from = middle + 1,
                Ordering::Equal => return Ok(middle),
                Ordering::Less => to = middle,
            }
        }
        Err(from)
    }

    fn slot(&self, place: Place) -> Option<&Slot> {
        self.find(place).ok().map(|at| &self.shelves[place.0 as usize].slots[at])
    }

    /// Whether something stands there whole.
    pub(super) fn is_whole(&self, place: Place) -> bool {
        self.fate(place) == Fate::Kept
    }

    /// The fate of what belongs there; what was never offered has no room.
    pub(super) fn fate(&self, place: Place) -> Fate {
        self.slot(place).map_or(Fate::NoRoom, |slot| slot.fate)
    }

    /// Everything that has a line of its own in the report, in order.
    pub(super) fn items(&self) -> Vec<&Slot> {
        let mut items = Vec::new();
        for shelf in &self.shelves {
            for slot in shelf.slots.iter().rev() {
                if !slot.item.is_empty() {
                    items.push(slot);
                }
            }
        }
        items
    }

    /// The finished text.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.limit.size.min(1 << 20));
        write(&mut text, "{}\n", &[&self.title]);
        for ((heading, _), shelf) in SECTIONS.iter().zip(&self.shelves) {
            let mut turn = usize::MAX;
            let mut is_open = false;
            for slot in shelf.slots.iter().rev() {
                if slot.text.is_empty() {
                    continue;
                }
                if !is_open {
                    write(&mut text, HEADING, &[heading]);
                    is_open = true;
                }
                if !shelf.turns.is_empty() && turn != slot.at.0 {
                    turn = slot.at.0;
                    text.push_str(&turn_heading(turn));
                }
                text.push_str(&slot.text);
            }
        }
        text.trim_start().to_owned()
    }
}

/// How a section begins.
const HEADING: &str = "\n## {}\n\n";

/// Whether a section is told by turn.
fn of_turns(section: Section) -> bool {
    matches!(section, Section::Last | Section::Earlier)
}

fn turn_heading(turn: usize) -> String {
    counted("\n### Turn {}\n", turn)
}
