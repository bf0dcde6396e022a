//! What the model was told and what it called, as VS Code's agent keeps it beside the response.
//!
//! The response holds tool invocations without arguments; `result.metadata` holds the model's calls and what they returned,
//! under other ids. The two are brought together by id where a build writes the same, else by name and order.

use std::collections::BTreeMap;

use super::super::super::conversation::{Part, ToolCall, ToolKind, ToolStatus};
use super::super::super::tools;
use super::super::super::tree::Tree;
use super::super::draft::Draft;

/// That many calls ahead are looked at for one of the same name.
const AHEAD: usize = 64;

/// A call of the model, with what came before it in the same round.
struct Step<'t> {
    id: &'t str,
    name: &'t str,
    arguments: &'t str,
    /// The round, in its first call.
    round: Option<&'t Tree<'t>>,
    taken: bool,
}

/// The calls of one request in order.
pub(super) struct Rounds<'t> {
    steps: Vec<Step<'t>>,
    ids: BTreeMap<&'t str, usize>,
    results: BTreeMap<&'t str, &'t Tree<'t>>,
    /// What replaced everything before a round, by the round's id.
    summaries: BTreeMap<&'t str, &'t str>,
    /// The first step that is not told yet.
    told: usize,
    /// The response itself says what the model said (thought).
    pub(super) says: bool,
    pub(super) thinks: bool,
}

impl<'t> Rounds<'t> {
    pub(super) fn new(metadata: &'t Tree<'t>, results: &'t Tree<'t>) -> Self {
        let mut rounds = Self {
            steps: Vec::new(),
            ids: BTreeMap::new(),
            results: BTreeMap::new(),
            summaries: BTreeMap::new(),
            told: 0,
            says: true,
            thinks: true,
        };
        for (id, result) in results.fields() {
            rounds.results.insert(id, result);
        }
        for summary in metadata.list("summaries").iter().chain(std::slice::from_ref(metadata.get("summary"))) {
            if let (Some(id), Some(text)) = (summary.text("toolCallRoundId"), summary.text("text")) {
                rounds.summaries.insert(id, text);
            }
        }
        for round in metadata.list("toolCallRounds") {
            let mut first = Some(round);
            for call in round.list("toolCalls") {
                let id = call.text("id").unwrap_or_default();
                rounds.ids.insert(id, rounds.steps.len());
                rounds.ids.insert(bare(id), rounds.steps.len());
                rounds.steps.push(Step {
                    id,
                    name: call.text("name").unwrap_or_default(),
                    arguments: call.text("arguments").unwrap_or_default(),
                    round: first.take(),
                    taken: false,
                });
            }
            if first.is_some() {
                rounds.steps.push(Step { id: "", name: "", arguments: "", round: first, taken: true });
            }
        }
        rounds
    }

    /// The call that an invocation in the response stands for: its name, its arguments and what it returned. Calls before it
    /// that the response does not show are told first.
    pub(super) fn take(
        &mut self,
        id: &str,
        tool: &str,
        draft: &mut Draft,
    ) -> Option<(&'t str, &'t str, Option<String>)> {
        let index = self.index(id, tool)?;
        while self.told < index {
            self.tell(draft);
        }
        let step = self.steps.get_mut(index)?;
        step.taken = true;
        let (id, name, arguments) = (step.id, step.name, step.arguments);
        self.open_round(index, draft);
        Some((name, arguments, self.results.get(id).map(|result| output(result))))
    }

    fn index(&self, id: &str, tool: &str) -> Option<usize> {
        let is_free = |index: &usize| self.steps.get(*index).is_some_and(|step| !step.taken);
        if let Some(index) = self.ids.get(id).copied().filter(is_free)
            && !id.is_empty()
        {
            return Some(index);
        }
        let (name, kind) = (tools::plain(tool), tools::kind(tool));
        let mut alike = None;
        let end = self.steps.len().min(self.told.saturating_add(AHEAD));
        for index in (self.told..end).filter(is_free) {
            let other = self.steps.get(index)?.name;
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
        let Some(step) = self.steps.get(index).filter(|step| !step.taken) else { return };
        let call = tools::call(bare(step.id), step.name, step.arguments);
        let todos = tools::todos(step.name, step.arguments);
        let result = self.results.get(step.id).map(|result| output(result));
        ended(call, result, false, draft);
        if let Some(todos) = todos {
            draft.todos(todos);
        }
    }

    /// What the model thought and said at the beginning of a round, where the response does not hold it, and the summary that
    /// had replaced everything before.
    fn open_round(&mut self, index: usize, draft: &mut Draft) {
        let Some(round) = self.steps.get_mut(index).and_then(|step| step.round.take()) else { return };
        let summary = self.summaries.get(round.text("id").unwrap_or_default()).copied();
        if let Some(summary) = round.text("summary").or(summary).filter(|summary| !summary.is_empty()) {
            draft.add(Part::Compaction(summary.to_owned()));
        }
        if !self.thinks {
            let thinking = round.at(&["thinking", "text"]);
            match thinking {
                Tree::Text(text) => draft.think(text),
                list => list.items().iter().filter_map(Tree::as_text).for_each(|text| draft.think(text)),
            }
        }
        if !self.says {
            draft.say(round.text("response").unwrap_or_default());
        }
    }
}

/// Adds a call that has ended. `failed` where the transcript says so; else the words of its output tell.
pub(super) fn ended(mut call: ToolCall, output: Option<String>, failed: bool, draft: &mut Draft) {
    let Some(output) = output else { return draft.call(call) };
    let is_refused =
        ["ERROR", "Error: ", "Applying patch failed", "Failed to "].iter().any(|words| output.starts_with(words));
    let failed = failed || is_refused;
    if call.exit_code.is_none() && call.kind == ToolKind::Execute {
        call.exit_code = tools::exit_code(&output);
    }
    call.status = match failed || call.exit_code.is_some_and(|code| code != 0) {
        true => ToolStatus::Failed,
        false => ToolStatus::Completed,
    };
    if call.status == ToolStatus::Failed && call.kind == ToolKind::Edit {
        call.edits.clear();
    }
    tools::unframed(&output).clone_into(&mut call.output);
    draft.call(call);
}

/// An id without what VS Code appends to the model's.
fn bare(id: &str) -> &str {
    id.split_once("__vscode-").map_or(id, |(id, _)| id)
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
    let breaks = matches!(node.get("lineBreakBefore"), Tree::Flag(true)) || node.number("lineBreakBefore") > Some(0.0);
    if breaks && !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(node.text("text").unwrap_or_default());
    for child in node.list("children") {
        flatten(child, text);
    }
}
