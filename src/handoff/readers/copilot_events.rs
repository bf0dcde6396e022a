//! Copilot's event logs: those of the Copilot CLI (`~/.copilot/session-state/<id>/events.jsonl`) and, in the same envelope, the
//! transcripts that VS Code keeps of its chats. Who wrote one stands in its first event.

mod todo_table;

use self::todo_table::TodoTable;
use super::super::conversation::{AttachmentKind, FileEdit, Part, Request, ToolKind, ToolStatus, TurnState};
use super::super::tree::{Shape, Tree};
use super::super::{patch, tools};
use super::Reader;
use super::draft::{Act, Draft, Rules, repository};
use super::messages::{add_line, json};
use super::places::Places;
use super::source::Source;
use crate::find::{around, holds, is_among};

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
        line.says_one("type", "session.start session.resume assistant.turn_start user.message")
            && !line.get("data").fields().is_empty()
    })
}

/// Whether it is of VS Code.
fn is_editor(source: &Source<'_>) -> bool {
    source.peeked.iter().any(|line| line.text("data.vscodeVersion").is_some())
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
    source.each_line(&SHAPE, draft, &mut |line, draft| reading.event(line, draft));
    for (call, sidechain) in reading.sidechains {
        if let (Some(call), Some(sidechain)) = (draft.find(&call), sidechain) {
            call.subagent = sidechain.finish().turns;
        }
    }
}

/// Families of events that tell nothing more, or tell it again.
const KNOWN: &str = "hook permission session assistant subagent system tool pending_messages mcp command commands \
    external_tool elicitation sampling exit_plan_mode auto_mode_switch capabilities";

#[derive(Debug, Default)]
struct Reading {
    /// How many turns a rewind to an event leaves.
    turns_at: Places,
    /// What sub-agents said and did, with the calls that began them.
    sidechains: Vec<(String, Option<Box<Draft>>)>,
    /// The sidechain that a call began.
    sidechain_of: Places,
    /// The sidechain that something belongs to, by the id of the sub-agent and by those of the calls that it made.
    began: Places,
    /// Where the text of a message is: it may be written again as it grows.
    messages: Places,
    /// Where a question is, by the request or the call that asked.
    asked: Places,
    table: TodoTable,
}

impl Reading {
    fn event(&mut self, event: &Tree<'_>, draft: &mut Draft) {
        let kind = event.words("type");
        let before = draft.conversation.turns.len();
        if let Some(at) = self.sidechain(kind, event) {
            let mut sidechain = self.sidechains[at].1.take().unwrap_or_default();
            self.message(kind, event, &mut sidechain);
            self.sidechains[at].1 = Some(sidechain);
        } else if !self.message(kind, event, draft) {
            self.session(kind, event, draft);
        }
        let id = event.words("id");
        if !id.is_empty() {
            let left = if kind == "user.message" { before } else { draft.conversation.turns.len() };
            self.turns_at.set(id, [left, 0]);
        }
    }

    /// The sidechain that an event belongs to.
    fn sidechain(&mut self, kind: &str, event: &Tree<'_>) -> Option<usize> {
        let at = if let Some(call) = event.text("data.parentToolCallId") {
            self.sidechain_of(call)
        } else if kind == "subagent.started" {
            return None;
        } else {
            let [at, _] = self.began.get(event.words("agentId")).or(self.began.get(event.words("data.toolCallId")))?;
            at
        };
        // Results name only the call.
        for request in event.list("data.toolRequests") {
            self.began.set(request.words("toolCallId"), [at, 0]);
        }
        if kind == "tool.execution_start" {
            self.began.set(event.words("data.toolCallId"), [at, 0]);
        }
        Some(at)
    }

    /// The sidechain that a call began; a new one where there is none yet.
    fn sidechain_of(&mut self, call: &str) -> usize {
        let [at, _] = self.sidechain_of.get(call).unwrap_or([self.sidechains.len(), 0]);
        if at == self.sidechains.len() {
            self.sidechain_of.set(call, [at, 0]);
            self.sidechains.push((call.to_owned(), None));
        }
        at
    }

    /// What is said and done. `false` for every other event.
    fn message(&mut self, kind: &str, event: &Tree<'_>, draft: &mut Draft) -> bool {
        let data = event.get("data");
        match draft.follow(MESSAGES, kind, event) {
            OTHER => return false,
            RESPONSE => {
                data.put("model", &mut draft.conversation.model);
                draft.think(data.words("reasoningText"));
                self.say(data, draft);
                for request in data.list("toolRequests") {
                    self.call(request, request.words("name"), draft);
                }
            }
            CALL => self.call(data, data.words("toolName"), draft),
            RESULT => self.result(data, draft),
            QUESTION => {
                let id = data.words("requestId");
                // The call of `ask_user` has put it there already.
                match self.asked.get(data.words("toolCallId")) {
                    Some(place) => self.asked.set(id, place),
                    None => self.ask(id, data, draft),
                }
            }
            ANSWER => self.answer(data.words("requestId"), data.words("answer"), draft),
            _ => {}
        }
        true
    }

    /// The session as a whole.
    fn session(&mut self, kind: &str, event: &Tree<'_>, draft: &mut Draft) {
        match draft.follow(SESSION, kind, event) {
            REWIND => {
                if let Some([left, _]) = self.turns_at.get(event.words("data.upToEventId")) {
                    draft.rewind(left);
                }
            }
            SUBAGENT => {
                if let (Some(agent), Some(call)) = (event.text("agentId"), event.text("data.toolCallId")) {
                    let at = self.sidechain_of(call);
                    self.began.set(agent, [at, 0]);
                }
            }
            OTHER if !around(kind, ".").is_some_and(|(family, _)| is_among(KNOWN, family)) => draft.skip(),
            _ => {}
        }
    }

    /// What the agent says; the same message again is the message as it has grown.
    fn say(&mut self, data: &Tree<'_>, draft: &mut Draft) {
        let (text, id) = (data.words("content"), data.words("messageId"));
        if let Some(place) = self.messages.get(id)
            && let Some(Part::Text(known)) = draft.part(place)
            && text.starts_with(&**known)
        {
            text.as_ref().clone_into(known);
            return;
        }
        draft.say(text);
        if !id.is_empty() && !text.trim().is_empty() {
            self.messages.set(id, draft.last_place());
        }
    }

    fn call(&mut self, request: &Tree<'_>, name: &str, draft: &mut Draft) {
        let id = request.words("toolCallId");
        if draft.find(id).is_some() {
            return;
        }
        let input = json(request.get("arguments"));
        draft.called(id, name, &input);
        if !is_among("ask_user sql create", name) {
            return;
        }
        let Some(arguments) = Tree::parse(&input, Shape::ALL) else { return };
        match name {
            "ask_user" => self.ask(id, &arguments, draft),
            "sql" => {
                if self.table.run(arguments.words("query")) {
                    draft.todos(self.table.rows());
                }
            }
            // The plan is a file of the session, not of the repository.
            _ => {
                let path = arguments.words("path");
                if holds(path, "session-state") && path.ends_with("plan.md") {
                    draft.plan(arguments.words("file_text"));
                }
            }
        }
    }

    fn result(&mut self, data: &Tree<'_>, draft: &mut Draft) {
        let id = data.words("toolCallId");
        let detail = data.words("result.detailedContent");
        let text = data.text("result.content error.message").unwrap_or(detail);
        if !draft.result(id, tools::unframed(text), tools::exit_code(text), data.is_not("success")) {
            return draft.skip();
        }
        if let Some(call) = draft.find(id) {
            if data.says_one("error.code", "denied rejected") {
                call.status = ToolStatus::Cancelled;
            }
            if let (ToolKind::Edit, [edit]) = (call.kind, &mut *call.edits) {
                placed(detail, edit);
            }
        }
        self.answer(id, around(text, ": ").map_or(text, |(_, answer)| answer), draft);
    }

    fn ask(&mut self, id: &str, question: &Tree<'_>, draft: &mut Draft) {
        draft.ask_person(question.words("question"), question.get("choices"), None);
        self.asked.set(id, draft.last_place());
    }

    fn answer(&mut self, id: &str, said: &str, draft: &mut Draft) {
        if let Some(place) = self.asked.get(id)
            && let Some(Part::Question { answer, .. }) = draft.part(place)
        {
            answer.get_or_insert_with(|| said.to_owned());
        }
    }
}

const OTHER: u8 = 1;
const RESPONSE: u8 = 2;
const CALL: u8 = 3;
const RESULT: u8 = 4;
const QUESTION: u8 = 5;
const ANSWER: u8 = 6;
const REWIND: u8 = 7;
const SUBAGENT: u8 = 8;

const MESSAGES: &Rules = &[
    ("assistant.message", Act::Own(RESPONSE)),
    ("tool.execution_start tool.user_requested", Act::Own(CALL)),
    ("tool.execution_complete", Act::Own(RESULT)),
    (
        "user.message",
        Act::Do(|event, draft| {
            let (text, source) = (event.words("data.content"), event.text("data.source"));
            if let Some(source) = source.filter(|source| *source != "user") {
                return draft.inject(source, text);
            }
            let turn = draft.ask(text, event.get("id"), event.get("timestamp"));
            event.list("data.attachments").iter().for_each(|given| attach(given, &mut turn.request));
        }),
    ),
    ("skill.invoked", Act::Do(|event, draft| draft.inject("skill", event.words("data.content")))),
    ("user_input.requested", Act::Own(QUESTION)),
    ("user_input.completed", Act::Own(ANSWER)),
    (
        "exit_plan_mode.requested",
        Act::Do(|event, draft| {
            if let Some(plan) = event.text("data.planContent data.summary") {
                draft.plan(plan);
            }
        }),
    ),
    ("session.error", Act::Do(|event, draft| draft.end_failed(event.words("data.message")))),
    ("abort", Act::Do(|_, draft| draft.end(TurnState::Cancelled))),
    ("", Act::Own(OTHER)),
];

const SESSION: &Rules = &[
    (
        "session.start session.resume",
        Act::Do(|event, draft| {
            surroundings(event.get("data").get("context"), draft);
            let conversation = &mut draft.conversation;
            let (name, version) = match event.text("data.vscodeVersion") {
                Some(version) => ("VS Code ", version),
                None => ("Copilot CLI ", &**event.words("data.copilotVersion")),
            };
            if conversation.tool.is_none() {
                conversation.tool = Some([name, version].concat().trim().to_owned());
            }
            event.put("data.selectedModel", &mut conversation.model);
        }),
    ),
    ("session.context_changed", Act::Do(|event, draft| surroundings(event.get("data"), draft))),
    ("session.model_change", Act::Do(|event, draft| draft.conversation.model = event.string("data.newModel"))),
    ("session.title_changed", Act::Do(|event, draft| draft.conversation.title = event.string("data.title"))),
    (
        "session.compaction_complete",
        Act::Do(|event, draft| {
            if !event.is_not("data.success") {
                draft.sum(event.words("data.summaryContent"));
            }
        }),
    ),
    (
        "session.handoff",
        Act::Do(|event, draft| {
            let mut told = event.words("data.summary").to_string();
            add_line(&mut told, event.words("data.context"));
            if !told.is_empty() {
                draft.sum(&told);
            }
            let workspace = &mut draft.conversation.workspace;
            let repository = event.at("data.repository");
            repository.put("branch", &mut workspace.branch);
            if let (Some(owner), Some(name)) = (repository.text("owner"), repository.text("name")) {
                workspace.repository = Some([owner, "/", name].concat());
            }
        }),
    ),
    ("session.snapshot_rewind", Act::Own(REWIND)),
    ("subagent.started", Act::Own(SUBAGENT)),
    ("", Act::Own(OTHER)),
];

fn surroundings(context: &Tree<'_>, draft: &mut Draft) {
    let workspace = &mut draft.conversation.workspace;
    context.put("gitRoot", &mut workspace.folder);
    context.put("branch", &mut workspace.branch);
    context.put("headCommit", &mut workspace.head_commit);
    context.put("baseCommit", &mut workspace.base_commit);
    if let Some(name) = context.text("repository") {
        workspace.repository = Some(repository(name));
    }
    if workspace.folder.is_none() {
        context.put("cwd", &mut workspace.folder);
    }
}

fn attach(given: &Tree<'_>, request: &mut Request) {
    let kind = match given.text("type") {
        Some("file" | "directory") => AttachmentKind::File,
        Some("selection") => AttachmentKind::Selection,
        Some("blob") => AttachmentKind::Image,
        _ => AttachmentKind::Other,
    };
    request.attach(kind, given.words("path filePath url displayName mimeType"), given.text("text title"));
}

/// The diff that the tool showed: it has line numbers.
fn placed(shown: &str, edit: &mut FileEdit) {
    if holds(shown, "@@ -")
        && let Some(change) = patch::place(shown, edit)
    {
        edit.change = change;
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
