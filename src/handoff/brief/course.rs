//! How the conversation went: its last turns verbatim, older ones as far as there is room.

use super::super::conversation::{Conversation, Part, Request, ToolCall, ToolKind, ToolStatus};
use super::digest::{Digest, Step, relative};
use super::facts::ended;
use super::page::{Fate, Page, Section};
use super::quote::{Told, fence, tail};

/// How much of a step is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    /// Of what was said.
    words: usize,
    /// Of what a tool was given.
    input: usize,
    /// Of what a tool returned; 0 masks it.
    output: usize,
}

/// The steps of a conversation and the first of them that is shown verbatim.
#[derive(Debug)]
pub(super) struct Course<'d, 'a> {
    digest: &'d Digest<'a>,
    conversation: &'a Conversation,
    /// The task.
    prompt: &'d str,
    pub(super) boundary: usize,
}

impl<'d, 'a> Course<'d, 'a> {
    pub(super) fn new(digest: &'d Digest<'a>, conversation: &'a Conversation, prompt: &'d str) -> Self {
        Self { digest, conversation, prompt, boundary: digest.steps.len() }
    }

    fn section(&self, index: usize) -> Section {
        if index >= self.boundary { Section::Last } else { Section::Earlier }
    }

    /// What became of a step.
    pub(super) fn fate(&self, page: &Page<'_>, index: usize) -> Fate {
        let step = &self.digest.steps[index];
        let is_above = self.above(page, step).is_some() && !matches!(step.part, Some(Part::Tool(_)));
        if is_above && !self.has_attachments(step) { Fate::Kept } else { page.fate(self.place(index, step.turn)) }
    }

    /// Where the words of a step, or the output of a call, stand whole in the sections before, if they do.
    fn above(&self, page: &Page<'_>, step: &Step<'_>) -> Option<&'static str> {
        let digest = self.digest;
        let (words, place) = match step.part {
            None => (self.request_of(step)?.text.as_str(), (Section::Decisions, step.turn, 0)),
            Some(Part::Text(words)) if digest.plan.is_some_and(|(_, plan)| plan.trim() == words.trim()) => {
                (words.as_str(), (Section::Todos, 1, 0))
            }
            Some(Part::Error(words)) => (words.as_str(), (Section::Failing, 3, step.number)),
            Some(Part::Tool(_)) => {
                let run = digest.runs.partition_point(|run| run.at < step.number);
                digest.runs.get(run).filter(|run| run.at == step.number)?;
                ("", (Section::Failing, 2, run))
            }
            Some(_) => return None,
        };
        let is_task = !words.is_empty() && words.trim() == self.prompt;
        if is_task { Some(" (the task above)\n") } else { page.is_whole(place).then_some(" (quoted above)\n") }
    }

    fn request_of(&self, step: &Step<'_>) -> Option<&'a Request> {
        self.conversation.turns.get(step.turn - 1).map(|turn| &turn.request)
    }

    fn has_attachments(&self, step: &Step<'_>) -> bool {
        step.part.is_none() && self.request_of(step).is_some_and(|request| !request.attachments.is_empty())
    }

    /// Where a step stands on the page.
    fn place(&self, index: usize, turn: usize) -> (Section, usize, usize) {
        (self.section(index), turn, index)
    }

    /// The end of the conversation, word for word, until so much of the room is used.
    pub(super) fn last(&mut self, page: &mut Page<'_>, share: usize, bytes: usize) {
        let end = page.left.saturating_sub(share);
        let steps = &self.digest.steps;
        for index in (0..steps.len()).rev() {
            if sort(&steps[index]) == REASONING {
                continue;
            }
            let near = steps.len() - index <= 12;
            let measure = Measure { words: bytes, input: 300, output: if near { bytes / 6 } else { 0 } };
            let before = std::mem::replace(&mut self.boundary, index);
            if !self.show(page, index, measure) {
                self.boundary = before;
                return;
            }
            if page.left <= end {
                return;
            }
        }
    }

    /// Points from the last turns to what got whole into the sections before since they were told.
    pub(super) fn refer(&self, page: &mut Page<'_>, bytes: usize) {
        for (index, step) in self.digest.steps.iter().enumerate().skip(self.boundary) {
            if self.above(page, step).is_some() {
                self.show(page, index, Measure { words: bytes, input: 300, output: 0 });
            }
        }
    }

    /// All passes over the older turns, the most useful first.
    pub(super) fn earlier(&self, page: &mut Page<'_>) {
        let steps = &self.digest.steps;
        let mut sorts: Vec<u8> = steps.iter().map(sort).collect();
        let mut turn = 0;
        for (step, sort) in steps.iter().zip(&mut sorts).rev() {
            if *sort == TEXT && step.turn != turn {
                turn = step.turn;
                *sort = LAST_TEXT;
            }
        }
        for (chosen, words, input, output) in PASSES {
            page.begin();
            for (index, sort) in sorts.iter().enumerate().rev() {
                if page.is_full() || page.left < 24 {
                    break;
                }
                if sort & chosen != 0 && !page.is_whole(self.place(index, steps[index].turn)) {
                    self.show(page, index, Measure { words, input, output });
                }
            }
        }
    }

    /// Puts a step on the page; `true` if there is nothing to show.
    fn show(&self, page: &mut Page<'_>, index: usize, measure: Measure) -> bool {
        let step = &self.digest.steps[index];
        let place = self.place(index, step.turn);
        let above = self.above(page, step);
        let mut told = Told::new(measure.words, "");
        match step.part {
            // What the person said is quoted with the decisions; older turns need not repeat it.
            None if place.0 == Section::Earlier && above.is_some() && !self.has_attachments(step) => return true,
            None => self.request(&mut told, step, above, measure),
            Some(Part::Tool(call)) => {
                let (told, cut) = act(call, self.digest.folder, measure, above);
                return page.tell(place, "", &told, cut);
            }
            Some(part) => {
                let (label, words) = match part {
                    Part::Reasoning(_) if place.0 == Section::Last && measure.input > 0 => return true,
                    Part::Reasoning(words) => ("Agent, thinking:", words),
                    Part::Error(words) => ("Error:", words),
                    Part::Compaction(words) => ("Summary that a model made of everything before:", words),
                    Part::Image(name) => ("Image:", name),
                    Part::Text(words) => ("Agent:", words),
                    // Plans, to-dos and questions have a section of their own.
                    _ => return true,
                };
                if words.trim().is_empty() {
                    return true;
                }
                speak(&mut told, label, words, above);
            }
        }
        page.tell(place, "", &told, Fate::Beginning)
    }

    /// What the person asked.
    fn request(&self, told: &mut Told, step: &Step<'_>, above: Option<&str>, measure: Measure) {
        let Some(request) = self.request_of(step) else { return };
        if !request.text.trim().is_empty() {
            speak(told, "Person:", &request.text, above);
        }
        told.is_whole &= request.attachments.len() <= MOST_ATTACHMENTS;
        for attachment in request.attachments.iter().take(MOST_ATTACHMENTS) {
            told.write("- Attached: {c200}\n", &[&attachment.name]);
            let content = attachment.text.as_deref().unwrap_or_default();
            if content.trim().is_empty() {
                continue;
            }
            if content.len() <= measure.words / 2 {
                fence(&mut told.text, "text", content);
            } else {
                told.is_whole = false;
            }
        }
    }
}

/// What somebody said, or where it stands already. A few words are as short as that.
fn speak(told: &mut Told, label: &str, words: &str, above: Option<&str>) {
    match above.filter(|above| words.trim().len() > above.len()) {
        Some(above) => told.write("{}{}", &[label, above]),
        None => told.said(label, words),
    }
}

/// So many of what came with a request are named.
const MOST_ATTACHMENTS: usize = 40;

/// Sorts of steps, a bit for each.
const REQUEST: u8 = 1;
const TEXT: u8 = 2;
/// The last text of its turn.
const LAST_TEXT: u8 = 4;
const SUMMARY: u8 = 8;
const REASONING: u8 = 16;
/// A call that changed or ran something.
const ACTION: u8 = 32;
const OTHER_CALL: u8 = 64;
const OTHER: u8 = 128;

const CALLS: u8 = ACTION | OTHER_CALL;
const ALL: usize = usize::MAX / 64;

/// The passes over the older turns: which sorts, and how much of words, input and output is shown.
const PASSES: [(u8, usize, usize, usize); 12] = [
    (REQUEST, 160, 0, 0),
    (LAST_TEXT, 700, 0, 0),
    (SUMMARY, 1500, 0, 0),
    (TEXT | LAST_TEXT, 300, 0, 0),
    (ACTION, 0, 120, 0),
    (!(CALLS | REASONING), ALL, 0, 0),
    (CALLS, 0, 200, 0),
    (ACTION, 0, 300, 600),
    (CALLS, 0, 2000, 2000),
    (REASONING, 600, 0, 0),
    (CALLS, 0, 10_000, ALL),
    (REASONING, ALL, 0, 0),
];

fn sort(step: &Step<'_>) -> u8 {
    match step.part {
        None => REQUEST,
        Some(Part::Text(_)) => TEXT,
        Some(Part::Compaction(_)) => SUMMARY,
        Some(Part::Reasoning(_)) => REASONING,
        Some(Part::Tool(call)) => match call.kind {
            ToolKind::Edit | ToolKind::Execute | ToolKind::Subagent => ACTION,
            _ => OTHER_CALL,
        },
        Some(_) => OTHER,
    }
}

/// What the agent did and how it ended, and what that is where it is not whole.
fn act(call: &ToolCall, folder: &str, measure: Measure, above: Option<&str>) -> (Told, Fate) {
    let mut told = Told::new(measure.input.max(80), "- ");
    let what = match (&call.command, call.paths.first()) {
        (Some(command), _) => {
            told.text.push_str("Ran ");
            command.as_str()
        }
        (None, path) => {
            told.write("{l60} ", &[&call.name]);
            path.map_or(call.input.as_str(), |path| relative(path, folder))
        }
    };
    if !what.trim().is_empty() {
        told.write("{c}", &[what]);
    }
    let failed = call.status == ToolStatus::Failed;
    if failed || call.exit_code.is_some() {
        told.write(" → {}", &[&ended(call.exit_code, failed)]);
    } else if call.status == ToolStatus::Cancelled {
        told.text.push_str(" → refused or stopped by the person");
    }
    let output = call.output.trim();
    if let Some(above) = above.filter(|above| output.len() > above.len()) {
        told.write("; its output:{}", &[above]);
        return (told, Fate::Beginning);
    }
    told.text.push('\n');
    let is_all = output.len() <= measure.output;
    if measure.output > 0 && !output.is_empty() {
        fence(&mut told.text, "text", if is_all { output } else { tail(output, measure.output) });
    }
    told.is_whole &= is_all;
    (told, if is_all { Fate::Beginning } else { Fate::Masked })
}
