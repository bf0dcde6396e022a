//! Copilot's event logs: those of the Copilot CLI (`~/.copilot/session-state/<id>/events.jsonl`) and, in the same envelope, the
//! transcripts that VS Code keeps of its chats. Who wrote one stands in its first event.

mod todo_table;

use std::collections::BTreeMap;

use self::todo_table::TodoTable;
use super::super::conversation::{
    Attachment, AttachmentKind, FileEdit, Part, Scaffolding, ToolKind, ToolStatus, TurnState,
};
use super::super::tree::{Shape, Tree};
use super::super::{patch, tools};
use super::Reader;
use super::draft::{Draft, repository};
use super::source::Source;

/// The reader of the logs of the Copilot CLI.
pub(super) const CLI: Reader = Reader { id: "copilot-cli", knows: knows_cli, read };

/// The reader of the transcripts of VS Code.
pub(super) const EDITOR: Reader = Reader { id: "vscode-transcript", knows: knows_editor, read };

const SHAPE: Shape = Shape {
    levels: 0,
    skip: &[
        "reasoningOpaque",
        "encryptedContent",
        "toolTelemetry",
        "modelMetrics",
        "binaryResultsForLlm",
        "contents",
        "skills",
        "tools",
        "usage",
    ],
    raw: &["arguments"],
};

/// Whether a file is such a log.
fn is_log(source: &Source<'_>) -> bool {
    source.peeked.iter().any(|line| {
        let kind = line.text("type").unwrap_or_default();
        !line.get("data").fields().is_empty()
            && (kind == "session.start"
                || kind == "session.resume"
                || kind == "assistant.turn_start"
                || kind == "user.message")
    })
}

/// Whether it is of VS Code.
fn is_editor(source: &Source<'_>) -> bool {
    source.peeked.iter().any(|line| line.get("data").text("vscodeVersion").is_some())
}

/// Whether a file is a log of the Copilot CLI.
fn knows_cli(source: &Source<'_>) -> bool {
    is_log(source) && !is_editor(source)
}

/// Whether a file is a transcript of VS Code.
fn knows_editor(source: &Source<'_>) -> bool {
    is_log(source) && is_editor(source)
}

/// Reads either.
fn read(source: &Source<'_>, draft: &mut Draft) {
    let mut reading = Reading::default();
    for line in source.lines(SHAPE) {
        match line {
            Some(line) => reading.event(&line, draft),
            None => draft.skip(),
        }
    }
    for (call, sidechain) in reading.sidechains {
        if let Some(call) = draft.find(&call) {
            call.subagent = sidechain.finish().turns;
        }
    }
}

/// Families of events that tell nothing more, or tell it again.
const KNOWN: &[&str] = &[
    "hook.",
    "permission.",
    "session.",
    "assistant.",
    "subagent.",
    "system.",
    "tool.",
    "pending_messages.",
    "mcp.",
    "command.",
    "commands.",
    "external_tool.",
    "elicitation.",
    "sampling.",
    "exit_plan_mode.",
    "auto_mode_switch.",
    "capabilities.",
];

#[derive(Debug, Default)]
struct Reading {
    /// How many turns a rewind to an event leaves.
    turns_at: BTreeMap<String, usize>,
    /// What sub-agents said and did, by the call that began them.
    sidechains: BTreeMap<String, Draft>,
    /// The call that began a sub-agent, by the sub-agent's own id and by the calls that it made.
    began: BTreeMap<String, String>,
    /// Where the text of a message is: it may be written again as it grows.
    messages: BTreeMap<String, (usize, usize)>,
    /// Where a question is, by the request or the call that asked.
    asked: BTreeMap<String, (usize, usize)>,
    table: TodoTable,
}

impl Reading {
    fn event(&mut self, event: &Tree<'_>, draft: &mut Draft) {
        let data = event.get("data");
        let kind = event.text("type").unwrap_or_default();
        let id = event.text("id").unwrap_or_default();
        let before = draft.conversation.turns.len();
        let began = [data.text("parentToolCallId"), event.text("agentId"), data.text("toolCallId")];
        let began = match kind {
            "subagent.started" => None,
            _ => began.iter().flatten().find_map(|key| self.began.get(*key).cloned()),
        };
        let began = data.string("parentToolCallId").or(began);
        if let Some(began) = began {
            // Results name only the call.
            for request in data.list("toolRequests").iter().chain((kind == "tool.execution_start").then_some(data)) {
                self.began.insert(request.string("toolCallId").unwrap_or_default(), began.clone());
            }
            let mut sidechain = self.sidechains.remove(&began).unwrap_or_default();
            self.message(kind, event, data, &mut sidechain);
            self.sidechains.insert(began, sidechain);
        } else if !self.message(kind, event, data, draft) {
            self.session(kind, event, data, draft);
        }
        if !id.is_empty() {
            let left = if kind == "user.message" { before } else { draft.conversation.turns.len() };
            self.turns_at.insert(id.to_owned(), left);
        }
    }

    /// What is said and done. `false` for every other event.
    fn message(&mut self, kind: &str, event: &Tree<'_>, data: &Tree<'_>, draft: &mut Draft) -> bool {
        match kind {
            "user.message" => {
                let text = data.text("content").unwrap_or_default();
                if let Some(source) = data.text("source").filter(|source| *source != "user") {
                    let scaffolding = Scaffolding { kind: source.to_owned(), text: text.to_owned() };
                    draft.turn().request.scaffolding.push(scaffolding);
                    return true;
                }
                let turn = draft.ask(text, event.text("id"), event.text("timestamp"));
                turn.request.attachments.extend(data.list("attachments").iter().map(attachment));
            }
            "assistant.message" => {
                draft.conversation.model = data.string("model").or(draft.conversation.model.take());
                draft.think(data.text("reasoningText").unwrap_or_default());
                self.say(data, draft);
                for request in data.list("toolRequests") {
                    self.call(request, "name", draft);
                }
            }
            "tool.execution_start" | "tool.user_requested" => self.call(data, "toolName", draft),
            "tool.execution_complete" => self.result(data, draft),
            "skill.invoked" => {
                let scaffolding =
                    Scaffolding { kind: "skill".to_owned(), text: data.string("content").unwrap_or_default() };
                draft.turn().request.scaffolding.push(scaffolding);
            }
            "user_input.requested" => {
                let id = data.text("requestId").unwrap_or_default();
                // The call of `ask_user` has put it there already.
                let call = data.text("toolCallId").and_then(|call| self.asked.get(call).copied());
                match call {
                    Some(place) => drop(self.asked.insert(id.to_owned(), place)),
                    None => self.ask(id, data, draft),
                }
            }
            "user_input.completed" => {
                let answer = data.text("answer").unwrap_or_default();
                self.answer(data.text("requestId").unwrap_or_default(), answer, draft);
            }
            "exit_plan_mode.requested" => {
                if let Some(plan) = data.string("planContent").or_else(|| data.string("summary")) {
                    draft.add(Part::Plan(plan));
                }
            }
            "session.error" => {
                draft.add(Part::Error(data.string("message").unwrap_or_default()));
                draft.end(TurnState::Failed);
            }
            "abort" => draft.end(TurnState::Cancelled),
            _ => return false,
        }
        true
    }

    /// The session as a whole.
    fn session(&mut self, kind: &str, event: &Tree<'_>, data: &Tree<'_>, draft: &mut Draft) {
        match kind {
            "session.start" | "session.resume" => {
                surroundings(data.get("context"), draft);
                let conversation = &mut draft.conversation;
                let (name, version) = match data.text("vscodeVersion") {
                    Some(version) => ("VS Code ", version),
                    None => ("Copilot CLI ", data.text("copilotVersion").unwrap_or_default()),
                };
                if conversation.tool.is_none() {
                    conversation.tool = Some([name, version].concat().trim().to_owned());
                }
                conversation.model = data.string("selectedModel").or(conversation.model.take());
            }
            "session.context_changed" => surroundings(data, draft),
            "session.model_change" => draft.conversation.model = data.string("newModel"),
            "session.title_changed" => draft.conversation.title = data.string("title"),
            "session.compaction_complete" if *data.get("success") != Tree::Flag(false) => {
                draft.add(Part::Compaction(data.string("summaryContent").unwrap_or_default()));
            }
            "session.handoff" => {
                if let Some(summary) = data.string("summary").or_else(|| data.string("context")) {
                    draft.add(Part::Compaction(summary));
                }
            }
            "session.snapshot_rewind" => {
                if let Some(left) = data.text("upToEventId").and_then(|id| self.turns_at.get(id)) {
                    draft.rewind(*left);
                }
            }
            "subagent.started" => {
                if let (Some(agent), Some(call)) = (event.string("agentId"), data.string("toolCallId")) {
                    self.began.insert(agent, call);
                }
            }
            kind if KNOWN.iter().any(|family| kind.starts_with(family)) => {}
            _ => draft.skip(),
        }
    }

    /// What the agent says; the same message again is the message as it has grown.
    fn say(&mut self, data: &Tree<'_>, draft: &mut Draft) {
        let text = data.text("content").unwrap_or_default();
        let id = data.text("messageId").unwrap_or_default();
        if let Some((turn, part)) = self.messages.get(id).copied()
            && let Some(Part::Text(known)) =
                draft.conversation.turns.get_mut(turn).and_then(|turn| turn.parts.get_mut(part))
            && text.starts_with(&**known)
        {
            text.clone_into(known);
            return;
        }
        draft.say(text);
        if !id.is_empty() && !text.trim().is_empty() {
            self.messages.insert(id.to_owned(), last(draft));
        }
    }

    fn call(&mut self, request: &Tree<'_>, name: &str, draft: &mut Draft) {
        let (id, name) = (request.text("toolCallId").unwrap_or_default(), request.text(name).unwrap_or_default());
        if !id.is_empty() && draft.find(id).is_some() {
            return;
        }
        let input = match request.get("arguments") {
            // A free-form tool's text.
            Tree::Raw(raw) if raw.starts_with('"') => match Tree::parse(raw, Shape::default()) {
                Some(Tree::Text(text)) => text.into_owned(),
                _ => String::new(),
            },
            Tree::Raw(raw) => (*raw).to_owned(),
            _ => String::new(),
        };
        draft.call(tools::call(id, name, &input));
        if let Some(todos) = tools::todos(name, &input) {
            draft.todos(todos);
        }
        if !["ask_user", "sql", "create"].contains(&name) {
            return;
        }
        let Some(arguments) = Tree::parse(&input, Shape::default()) else { return };
        match name {
            "ask_user" => self.ask(id, &arguments, draft),
            "sql" => {
                if self.table.run(arguments.text("query").unwrap_or_default()) {
                    draft.todos(self.table.rows());
                }
            }
            // The plan is a file of the session, not of the repository.
            _ => {
                let path = arguments.text("path").unwrap_or_default();
                if path.contains("session-state") && path.ends_with("plan.md") {
                    draft.add(Part::Plan(arguments.string("file_text").unwrap_or_default()));
                }
            }
        }
    }

    fn result(&mut self, data: &Tree<'_>, draft: &mut Draft) {
        let id = data.text("toolCallId").unwrap_or_default();
        let result = data.get("result");
        let detail = result.text("detailedContent").unwrap_or_default();
        let text = result.text("content").or(data.at(&["error", "message"]).as_text()).unwrap_or(detail);
        let failed = *data.get("success") == Tree::Flag(false);
        if !draft.result(id, tools::unframed(text), tools::exit_code(text), Some(failed)) {
            return draft.skip();
        }
        let is_refused =
            data.at(&["error", "code"]).as_text().is_some_and(|code| code == "denied" || code == "rejected");
        if let Some(call) = draft.find(id) {
            if is_refused {
                call.status = ToolStatus::Cancelled;
            }
            if let (ToolKind::Edit, [edit]) = (call.kind, &mut *call.edits) {
                placed(detail, edit);
            }
        }
        let answer = text.split_once(": ").map_or(text, |(_, answer)| answer);
        self.answer(id, answer, draft);
    }

    fn ask(&mut self, id: &str, question: &Tree<'_>, draft: &mut Draft) {
        let mut text = question.string("question").unwrap_or_default();
        for choice in question.list("choices").iter().filter_map(Tree::as_text) {
            text.push_str("\n- ");
            text.push_str(choice);
        }
        draft.add(Part::Question { text, answer: None });
        self.asked.insert(id.to_owned(), last(draft));
    }

    fn answer(&mut self, id: &str, said: &str, draft: &mut Draft) {
        let Some((turn, part)) = self.asked.get(id).copied() else { return };
        let turn = draft.conversation.turns.get_mut(turn);
        if let Some(Part::Question { answer, .. }) = turn.and_then(|turn| turn.parts.get_mut(part)) {
            answer.get_or_insert_with(|| said.to_owned());
        }
    }
}

/// Where the last part is.
fn last(draft: &mut Draft) -> (usize, usize) {
    let part = draft.turn().parts.len().saturating_sub(1);
    (draft.conversation.turns.len().saturating_sub(1), part)
}

fn surroundings(context: &Tree<'_>, draft: &mut Draft) {
    let workspace = &mut draft.conversation.workspace;
    for (field, name) in [
        (&mut workspace.folder, "gitRoot"),
        (&mut workspace.branch, "branch"),
        (&mut workspace.head_commit, "headCommit"),
        (&mut workspace.base_commit, "baseCommit"),
    ] {
        if let Some(value) = context.string(name) {
            *field = Some(value);
        }
    }
    if let Some(name) = context.text("repository") {
        workspace.repository = Some(repository(name));
    }
    if workspace.folder.is_none() {
        workspace.folder = context.string("cwd");
    }
}

fn attachment(given: &Tree<'_>) -> Attachment {
    let kind = match given.text("type") {
        Some("file" | "directory") => AttachmentKind::File,
        Some("selection") => AttachmentKind::Selection,
        Some("blob") => AttachmentKind::Image,
        _ => AttachmentKind::Other,
    };
    let names = ["path", "filePath", "url", "displayName", "mimeType"];
    let name = names.iter().find_map(|name| given.string(name)).unwrap_or_default();
    Attachment { kind, name, text: given.string("text") }
}

/// The diff that the tool showed: it has line numbers.
fn placed(shown: &str, edit: &mut FileEdit) {
    if shown.contains("@@ -")
        && let Ok(edits) = patch::unified(shown)
        && let [shown] = &*edits
        && !shown.diff.is_empty()
    {
        edit.diff.clone_from(&shown.diff);
        edit.change = shown.change;
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
