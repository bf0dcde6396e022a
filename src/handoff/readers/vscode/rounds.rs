//! What the model was told and what it called, as VS Code's agent keeps it beside the response.
//!
//! The response holds tool invocations without arguments; `result.metadata` holds the model's calls and what they returned,
//! under other ids. The two are brought together by id where a build writes the same, else by name and order.

use super::super::super::conversation::{ToolCall, ToolKind};
use super::super::super::tools;
use super::super::super::tree::{NULL, Tree};
use super::super::draft::Draft;
use super::super::places::Places;
use crate::find::{self, before};

/// That many calls ahead are looked at for one of the same name.
const AHEAD: usize = 64;

/// A call of the model, with what came before it in the same round.
struct Step<'t> {
    call: &'t Tree<'t>,
    /// The round, in its first call.
    round: Option<&'t Tree<'t>>,
    taken: bool,
}

/// The calls of one request in order.
pub(super) struct Rounds<'t> {
    steps: Vec<Step<'t>>,
    /// Which step an id is of.
    ids: Places,
    /// What calls returned, by their ids.
    results: &'t Tree<'t>,
    /// Which result an id is of.
    results_at: Places,
    /// What replaced everything before a round, by the round's id.
    summaries: Vec<&'t Tree<'t>>,
    summaries_at: Places,
    /// The first step that is not told yet.
    told: usize,
    /// The response itself says what the model said (thought).
    pub(super) says: bool,
    pub(super) thinks: bool,
}

impl<'t> Rounds<'t> {
    pub(super) fn new(metadata: &'t Tree<'t>, results: &'t Tree<'t>) -> Self {
        let (mut steps, mut summaries) = (Vec::new(), Vec::new());
        let (mut ids, mut results_at, mut summaries_at) = (Places::default(), Places::default(), Places::default());
        for (at, (id, _)) in results.fields().iter().enumerate() {
            results_at.set(id, [at, 0]);
        }
        for summary in metadata.list("summaries").iter().chain([metadata.get("summary")]) {
            if summary.text("text").is_some() {
                summaries_at.set(summary.words("toolCallRoundId"), [summaries.len(), 0]);
                summaries.push(summary);
            }
        }
        for round in metadata.list("toolCallRounds") {
            let mut first = Some(round);
            for call in round.list("toolCalls") {
                let id = call.words("id");
                ids.set(id, [steps.len(), 0]);
                ids.set(bare(id), [steps.len(), 0]);
                steps.push(Step { call, round: first.take(), taken: false });
            }
            if first.is_some() {
                steps.push(Step { call: &NULL, round: first, taken: true });
            }
        }
        Self { steps, ids, results, results_at, summaries, summaries_at, told: 0, says: true, thinks: true }
    }

    /// What a call returned.
    fn result(&self, call: &Tree<'_>) -> Option<String> {
        let [at, _] = self.results_at.get(call.words("id"))?;
        Some(output(&self.results.fields()[at].1))
    }

    /// The call that an invocation in the response stands for, and what it returned. Calls before it that the response does
    /// not show are told first.
    pub(super) fn take(&mut self, id: &str, tool: &str, draft: &mut Draft) -> Option<(&'t Tree<'t>, Option<String>)> {
        let index = self.index(id, tool)?;
        while self.told < index {
            self.tell(draft);
        }
        let step = self.steps.get_mut(index)?;
        step.taken = true;
        let call = step.call;
        self.open_round(index, draft);
        Some((call, self.result(call)))
    }

    fn index(&self, id: &str, tool: &str) -> Option<usize> {
        let is_free = |index: &usize| self.steps.get(*index).is_some_and(|step| !step.taken);
        if let Some([index, _]) = self.ids.get(id)
            && is_free(&index)
        {
            return Some(index);
        }
        let (name, kind) = (tools::plain(tool), tools::kind(tool));
        let mut alike = None;
        let end = self.steps.len().min(self.told.saturating_add(AHEAD));
        for index in (self.told..end).filter(is_free) {
            let other = self.steps.get(index)?.call.words("name");
            if tools::plain(other) == name {
                return Some(index);
            }
            // The extension's own names for the same tool: `copilot_findTextInFiles` is `grep_search`.
            let may_be = match kind {
                ToolKind::Other => tool.starts_with("copilot_"),
                kind => kind == tools::kind(other),
            };
            if alike.is_none() && may_be {
                alike = Some(index);
            }
        }
        alike
    }

    /// Tells what the response does not show.
    pub(super) fn rest(&mut self, draft: &mut Draft) {
        while self.told < self.steps.len() {
            self.tell(draft);
        }
    }

    fn tell(&mut self, draft: &mut Draft) {
        let index = self.told;
        self.told += 1;
        self.open_round(index, draft);
        let Some(call) = self.steps.get(index).filter(|step| !step.taken).map(|step| step.call) else { return };
        let (name, input) = (call.words("name"), call.words("arguments"));
        ended(tools::call(bare(call.words("id")), name, input), self.result(call), false, draft);
        draft.todos_of(name, input);
    }

    /// What the model thought and said at the beginning of a round, where the response does not hold it, and the summary that
    /// had replaced everything before.
    fn open_round(&mut self, index: usize, draft: &mut Draft) {
        let Some(round) = self.steps.get_mut(index).and_then(|step| step.round.take()) else { return };
        let summary = self.summaries_at.get(round.words("id")).map_or(&NULL, |[at, _]| self.summaries[at]);
        let summary = round.text("summary").unwrap_or(summary.words("text"));
        if !summary.is_empty() {
            draft.sum(summary);
        }
        if !self.thinks {
            let thinking = round.at("thinking.text");
            draft.think(thinking.as_words());
            thinking.items().iter().for_each(|text| draft.think(text.as_words()));
        }
        if !self.says {
            draft.say(round.words("response"));
        }
    }
}

/// Adds a call that has ended. `failed` where the transcript says so; else the words of its output tell.
pub(super) fn ended(mut call: Box<ToolCall>, output: Option<String>, failed: bool, draft: &mut Draft) {
    if let Some(output) = output {
        if call.exit_code.is_none() && call.kind == ToolKind::Execute {
            call.exit_code = tools::exit_code(&output);
        }
        let has_failed =
            find::any("ERROR|Error: |Applying patch failed|Failed to ", &|words| output.starts_with(words));
        tools::end(&mut call, failed || has_failed);
        tools::unframed(&output).clone_into(&mut call.output);
    }
    draft.call(call);
}

/// An id without what VS Code appends to the model's.
fn bare(id: &str) -> &str {
    before(id, "__vscode-")
}

/// The text of a tool's result.
fn output(result: &Tree<'_>) -> String {
    let mut text = String::new();
    for part in result.list("content") {
        let value = part.get("value");
        match value.as_text() {
            Some(words) => text.push_str(words),
            None => flatten(value.get("node"), &mut text),
        }
    }
    text
}

/// The leaves of a rendered prompt.
fn flatten(node: &Tree<'_>, text: &mut String) {
    let breaks = node.is("lineBreakBefore") || node.number("lineBreakBefore") > Some(0.0);
    if breaks && !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(node.words("text"));
    for child in node.list("children") {
        flatten(child, text);
    }
}
