//! How the conversation went: its last turns verbatim, older ones as far as there is room.

use super::super::conversation::{Conversation, Part, ToolCall, ToolKind, ToolStatus};
use super::digest::{Digest, Step, relative};
use super::facts::ended;
use super::page::{Fate, Page, Section};
use super::quote::{clean, code, fence, line, said, shorten, tail};

const SHORT: &str = "shortened to its beginning";
const MASKED: &str = "its output is left out: run the command or read the file again";

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
    pub(super) boundary: usize,
}

impl<'d, 'a> Course<'d, 'a> {
    pub(super) fn new(digest: &'d Digest<'a>, conversation: &'a Conversation) -> Self {
        Self { digest, conversation, boundary: digest.steps.len() }
    }

    fn section(&self, index: usize) -> Section {
        if index >= self.boundary { Section::Last } else { Section::Earlier }
    }

    /// Where a step stands on the page.
    pub(super) fn place(&self, index: usize, turn: usize) -> (Section, usize, usize) {
        (self.section(index), turn, index)
    }

    /// The end of the conversation, word for word, until so much of the room is used.
    pub(super) fn last(&mut self, page: &mut Page, share: usize, bytes: usize) {
        let end = page.left.saturating_sub(share);
        let steps = &self.digest.steps;
        for index in (0..steps.len()).rev() {
            if is_reasoning(&steps[index]) {
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

    /// One more pass over the older steps: those of one sort, the latest first.
    pub(super) fn pass(&self, page: &mut Page, measure: Measure, which: &dyn Fn(usize, &Step<'_>) -> bool) {
        page.begin();
        for (index, step) in self.digest.steps.iter().enumerate().rev() {
            if page.is_full() || page.left < 24 {
                return;
            }
            if which(index, step) && !page.is_whole(self.place(index, step.turn)) {
                self.show(page, index, measure);
            }
        }
    }

    /// All passes over the older turns, the most useful first.
    pub(super) fn earlier(&self, page: &mut Page) {
        let steps = &self.digest.steps;
        // Whether a text is the last of its turn, for all steps in one walk.
        let mut closing = vec![false; steps.len()];
        let mut turn = 0;
        for (index, step) in steps.iter().enumerate().rev() {
            if is_text(step) && step.turn != turn {
                turn = step.turn;
                closing[index] = true;
            }
        }
        let measure = |words, input, output| Measure { words, input, output };
        let is_closing = |index: usize, _: &Step<'_>| closing.get(index).copied().unwrap_or(false);
        self.pass(page, measure(160, 0, 0), &|_, step| step.part.is_none());
        self.pass(page, measure(700, 0, 0), &is_closing);
        self.pass(page, measure(1500, 0, 0), &|_, step| matches!(step.part, Some(Part::Compaction(_))));
        self.pass(page, measure(300, 0, 0), &|_, step| is_text(step));
        self.pass(page, measure(0, 120, 0), &|_, step| acts(step));
        self.pass(page, measure(usize::MAX / 8, 0, 0), &|_, step| !is_tool(step) && !is_reasoning(step));
        self.pass(page, measure(0, 200, 0), &|_, step| is_tool(step));
        self.pass(page, measure(0, 300, 600), &|_, step| acts(step));
        self.pass(page, measure(0, 2000, 2000), &|_, step| is_tool(step));
        self.pass(page, measure(600, 0, 0), &|_, step| is_reasoning(step));
        self.pass(page, measure(0, 10_000, usize::MAX / 64), &|_, step| is_tool(step));
        self.pass(page, measure(usize::MAX / 8, 0, 0), &|_, step| is_reasoning(step));
    }

    /// Puts a step on the page; `true` if there is nothing to show.
    fn show(&self, page: &mut Page, index: usize, measure: Measure) -> bool {
        let step = &self.digest.steps[index];
        let place = self.place(index, step.turn);
        let mut text = String::new();
        let (fate, why) = match step.part {
            // What the person said is quoted with the decisions; older turns need not repeat it.
            None if place.0 == Section::Earlier && self.is_quoted(page, step.turn) => {
                page.note(place, Fate::Kept);
                return true;
            }
            None => self.request(&mut text, page, step.turn, measure),
            Some(Part::Tool(call)) => act(&mut text, call, self.digest.folder, measure),
            Some(part) => {
                let (label, words) = match part {
                    Part::Reasoning(_) if matches!(self.section(index), Section::Last) && measure.input > 0 => {
                        return true;
                    }
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
                said(&mut text, label, &shorten(words, measure.words));
                if words.trim().len() <= measure.words { (Fate::Kept, "") } else { (Fate::Shortened, SHORT) }
            }
        };
        page.offer(place, "", &text, fate, why)
    }

    fn is_quoted(&self, page: &Page, turn: usize) -> bool {
        let turns = &self.conversation.turns;
        let attached = turns.get(turn - 1).is_some_and(|turn| !turn.request.attachments.is_empty());
        page.is_whole((Section::Decisions, turn, 0)) && !attached
    }

    fn request(&self, text: &mut String, page: &Page, turn: usize, measure: Measure) -> (Fate, &'static str) {
        let Some(request) = self.conversation.turns.get(turn - 1).map(|turn| &turn.request) else {
            return (Fate::Kept, "");
        };
        let words = request.text.trim();
        let above = page.is_whole((Section::Decisions, turn, 0));
        let mut fate = (Fate::Kept, "");
        if above && words.len() > 240 {
            said(text, "Person, as quoted above:", &line(words, 120));
        } else if !words.is_empty() {
            said(text, "Person:", &shorten(words, measure.words));
            if words.len() > measure.words {
                fate = (Fate::Shortened, SHORT);
            }
        }
        for attachment in request.attachments.iter().take(40) {
            text.push_str("- Attached: ");
            text.push_str(&code(&attachment.name, 200));
            text.push('\n');
            if let Some(content) = attachment.text.as_deref().filter(|content| !content.trim().is_empty()) {
                if content.len() <= measure.words / 2 {
                    fence(text, "text", content);
                } else {
                    fate = (Fate::Shortened, "what was attached is only named");
                }
            }
        }
        fate
    }
}

fn is_text(step: &Step<'_>) -> bool {
    matches!(step.part, Some(Part::Text(_)))
}

fn is_tool(step: &Step<'_>) -> bool {
    matches!(step.part, Some(Part::Tool(_)))
}

fn is_reasoning(step: &Step<'_>) -> bool {
    matches!(step.part, Some(Part::Reasoning(_)))
}

/// Whether it changed or ran something.
fn acts(step: &Step<'_>) -> bool {
    match step.part {
        Some(Part::Tool(call)) => matches!(call.kind, ToolKind::Edit | ToolKind::Execute | ToolKind::Subagent),
        _ => false,
    }
}

/// What the agent did and how it ended.
fn act(text: &mut String, call: &ToolCall, folder: &str, measure: Measure) -> (Fate, &'static str) {
    let bytes = measure.input.max(80);
    text.push_str("- ");
    let what = match (&call.command, call.paths.first()) {
        (Some(command), _) => {
            text.push_str("Ran ");
            command.as_str()
        }
        (None, path) => {
            text.push_str(&line(&call.name, 60));
            text.push(' ');
            path.map_or(call.input.as_str(), |path| relative(path, folder))
        }
    };
    if !what.trim().is_empty() {
        text.push_str(&code(what, bytes));
    }
    let failed = call.status == ToolStatus::Failed;
    if failed || call.exit_code.is_some() {
        text.push_str(" → ");
        text.push_str(&ended(call.exit_code, failed));
    } else if call.status == ToolStatus::Cancelled {
        text.push_str(" → refused or stopped by the person");
    }
    text.push('\n');
    let output = call.output.trim();
    if output.is_empty() {
        return if what.len() <= bytes { (Fate::Kept, "") } else { (Fate::Shortened, SHORT) };
    }
    if measure.output == 0 {
        return (Fate::Masked, MASKED);
    }
    let shown = clean(tail(output, measure.output));
    let whole = output.len() <= measure.output;
    fence(text, "text", if whole { output } else { &shown });
    if whole { (Fate::Kept, "") } else { (Fate::Masked, "only the end of its output is kept") }
}
