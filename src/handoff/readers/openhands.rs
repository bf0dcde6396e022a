//! OpenHands: trajectories of version 0 (actions and observations), events of the version 1 SDK, and the output of evaluations.

use super::super::conversation::{Attachment, AttachmentKind, Change, FileEdit, Part, ToolKind, ToolStatus, TurnState};
use super::super::tree::{Shape, Tree};
use super::super::{patch, tools};
use super::Reader;
use super::draft::Draft;
use super::messages::{self, any_item, json, plain};
use super::source::Source;

pub(super) const READER: Reader = Reader { id: "openhands", knows, read };

const SHAPE: Shape = Shape {
    levels: 0,
    skip: &["usage", "llm_metrics", "thinking_blocks", "translated_ipython_code", "old_content", "new_content"],
    raw: &["args", "action"],
};

/// What a call without arguments of its own is told from.
fn is_event(event: &Tree<'_>) -> bool {
    let v0 = event.get("action").is_there() || event.get("observation").is_there();
    let v1 = event.text("kind").is_some_and(|kind| kind.ends_with("Event") || kind == "Condensation");
    event.get("source").is_there() && (v0 || v1)
}

fn knows(source: &Source<'_>) -> bool {
    let first = source.document.iter().chain(source.peeked.first()).any(|event| {
        is_event(event) || matches!(event.get("history"), Tree::List(_)) && event.get("instance_id").is_there()
    });
    first || any_item(source, &mut is_event)
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    draft.conversation.tool = Some("OpenHands".to_owned());
    match &source.document {
        Some(document @ Tree::List(_)) => messages::each(source, document, SHAPE, &mut event, draft),
        _ => {
            for line in source.lines(SHAPE) {
                match line {
                    Some(line) if line.get("history").is_there() => evaluation(&line, draft),
                    Some(line) => event(&line, draft),
                    None => draft.skip(),
                }
            }
        }
    }
}

/// One instance of an evaluation, with the patch that came out of it.
fn evaluation(line: &Tree<'_>, draft: &mut Draft) {
    for item in line.list("history") {
        event(item, draft);
    }
    if let Some(diff) = line.at(&["test_result"]).text("git_patch")
        && let Ok(changes) = patch::unified(diff)
    {
        draft.conversation.workspace.changes = changes;
    }
}

fn event(event: &Tree<'_>, draft: &mut Draft) {
    match event.text("kind") {
        Some(kind) => sdk_event(kind, event, draft),
        None if event.get("observation").is_there() => observation(event, draft),
        None if event.get("action").is_there() => action(event, draft),
        None => draft.skip(),
    }
}

/// The id of the call that an event is about.
fn call_id(event: &Tree<'_>, name: &str) -> String {
    let id = event.at(&["tool_call_metadata"]).text("tool_call_id").or_else(|| event.text("tool_call_id"));
    match id {
        Some(id) => id.to_owned(),
        None => event.whole(name).map(|number| number.to_string()).or_else(|| event.string(name)).unwrap_or_default(),
    }
}

fn action(event: &Tree<'_>, draft: &mut Draft) {
    let input = json(event.get("args"));
    let args = Tree::parse(&input, Shape::default()).unwrap_or(Tree::Null);
    let action = json(event.get("action"));
    let metadata = event.get("tool_call_metadata");
    let message = event.text("message").unwrap_or_default();
    let thought = args.text("thought").unwrap_or_default();
    if let Some(model) = metadata.at(&["model_response"]).string("model") {
        draft.conversation.model = Some(model);
    }
    match &*action {
        "message" => {
            let content = args.text("content").unwrap_or(message);
            if event.text("source") == Some("user") {
                let turn = draft.ask(content, None, event.text("timestamp"));
                for url in args.list("image_urls").iter().filter_map(Tree::as_text) {
                    let name = if url.starts_with("data:") { "image" } else { url };
                    turn.request.attachments.push(Attachment {
                        kind: AttachmentKind::Image,
                        name: name.to_owned(),
                        text: None,
                    });
                }
            } else {
                draft.think(event.text("reasoning_content").unwrap_or_default());
                draft.say(content);
            }
        }
        "think" => draft.think(thought),
        "finish" => {
            let last = args.text("final_thought").or_else(|| args.at(&["outputs"]).text("content"));
            draft.say(last.filter(|text| !text.is_empty()).unwrap_or(if thought.is_empty() {
                message
            } else {
                thought
            }));
        }
        "reject" => {
            draft.fail(if thought.is_empty() { message } else { thought });
            draft.end(TurnState::Failed);
        }
        "condensation" => draft.add(Part::Compaction(args.text("summary").unwrap_or_default().to_owned())),
        "change_agent_state" => {
            if args.text("agent_state") == Some("stopped") {
                draft.end(TurnState::Cancelled);
            }
        }
        "system" | "null" | "recall" | "start" | "pause" | "resume" | "condensation_request" | "loop_recovery" => {}
        action => {
            draft.say(thought);
            let id = call_id(event, "id");
            let name = metadata.text("function_name").unwrap_or(action);
            let sent = sent(metadata, &id);
            messages::called(&id, name, sent.unwrap_or(&input), draft);
            let list = args.list("task_list");
            if !list.is_empty() {
                draft.todos(tools::todo_items(list));
            }
        }
    }
}

/// The arguments as the model sent them: those of the action lack what only the editor needs.
fn sent<'t>(metadata: &'t Tree<'_>, id: &str) -> Option<&'t str> {
    let choices = metadata.at(&["model_response"]).list("choices");
    let calls = choices.first()?.at(&["message"]).list("tool_calls");
    calls.iter().find(|call| call.text("id") == Some(id))?.at(&["function"]).text("arguments")
}

fn observation(event: &Tree<'_>, draft: &mut Draft) {
    let (id, extras) = (call_id(event, "cause"), event.get("extras"));
    let content = event.text("content").unwrap_or_default();
    let kind = event.text("observation").unwrap_or_default();
    let Some(call) = draft.find(&id) else {
        match kind {
            "error" => draft.fail(content),
            "agent_state_changed"
            | "null"
            | "recall"
            | "success"
            | "think"
            | "condense"
            | "user_rejected"
            | "finish" => {}
            _ => draft.skip(),
        }
        return;
    };
    if kind == "edit" || kind == "write" {
        let diff = extras.text("diff").filter(|diff| !diff.is_empty()).unwrap_or(content);
        if call.edits.iter().all(|edit| edit.diff.is_empty())
            && call.kind == ToolKind::Edit
            && let Some(at) = diff.find("\n@@")
        {
            let is_new = extras.get("prev_exist") == &Tree::Flag(false);
            call.edits.clear();
            call.edits.push(FileEdit {
                path: extras.string("path").or_else(|| call.paths.first().cloned()).unwrap_or_default(),
                from: None,
                change: if is_new { Change::Added } else { Change::Modified },
                diff: diff.get(at + 1..).unwrap_or_default().to_owned(),
            });
        }
    }
    let exit_code = extras.at(&["metadata"]).whole("exit_code").or_else(|| extras.whole("exit_code"));
    // Minus one says that the command was still running.
    let exit_code = exit_code.filter(|code| *code != -1);
    draft.result(&id, tools::unframed(content), exit_code, (kind == "error").then_some(true));
    if kind == "user_rejected"
        && let Some(call) = draft.find(&id)
    {
        call.status = ToolStatus::Cancelled;
    }
}

fn sdk_event(kind: &str, event: &Tree<'_>, draft: &mut Draft) {
    let id = call_id(event, "action_id");
    let observation = event.get("observation");
    match kind {
        "MessageEvent" => {
            let message = event.get("llm_message");
            match message.text("role").or_else(|| event.text("source")) {
                Some("user") => {
                    messages::user(message.get("content"), event.text("id"), event.text("timestamp"), draft)
                }
                _ => {
                    draft.think(message.text("reasoning_content").unwrap_or_default());
                    say(&plain(message.get("content")), draft);
                }
            }
        }
        "ActionEvent" => {
            draft.think(event.text("reasoning_content").unwrap_or_default());
            say(&plain(event.get("thought")), draft);
            let raw = json(event.get("action"));
            let input = event.at(&["tool_call"]).text("arguments").unwrap_or(&raw);
            let name = event.text("tool_name").unwrap_or_default();
            match name {
                "finish" | "think" => {
                    let action = Tree::parse(&raw, Shape::default()).unwrap_or(Tree::Null);
                    draft.say(action.text("message").unwrap_or_default());
                    draft.think(action.text("thought").unwrap_or_default());
                }
                name => {
                    let id = event.text("tool_call_id").or_else(|| event.text("id")).unwrap_or_default();
                    messages::called(id, name, input, draft);
                }
            }
        }
        "ObservationEvent" if draft.find(&id).is_some() => {
            let content = plain(observation.get("content"));
            let text = if content.is_empty() { observation.text("output").unwrap_or_default() } else { &content };
            let exit_code = observation.whole("exit_code").or_else(|| observation.at(&["metadata"]).whole("exit_code"));
            let failed = observation.is("is_error").then_some(true);
            draft.result(&id, tools::unframed(text), exit_code.filter(|code| *code != -1), failed);
            let list = observation.list("task_list");
            if !list.is_empty() {
                draft.todos(tools::todo_items(list));
            }
        }
        "AgentErrorEvent" => {
            let error = event.text("error").unwrap_or_default();
            if !draft.result(&id, error, None, Some(true)) {
                draft.fail(error);
            }
        }
        "UserRejectObservation" => {
            if let Some(call) = draft.find(&id) {
                call.status = ToolStatus::Cancelled;
                call.output = event.text("rejection_reason").unwrap_or_default().to_owned();
                call.edits.clear();
            }
        }
        "Condensation" => draft.add(Part::Compaction(event.text("summary").unwrap_or_default().to_owned())),
        "ConversationErrorEvent" => {
            draft.fail(event.text("detail").unwrap_or_default());
            draft.end(TurnState::Failed);
        }
        "ObservationEvent"
        | "ConversationStateUpdateEvent"
        | "SystemPromptEvent"
        | "PauseEvent"
        | "CondensationRequest"
        | "TokenEvent"
        | "LLMCompletionLogEvent" => {}
        _ => draft.skip(),
    }
}

/// What the agent says, without the thoughts that some models write into it: they are told once already.
fn say(text: &str, draft: &mut Draft) {
    let text = text.trim_start();
    let said = text.strip_prefix("<think>").and_then(|rest| rest.split_once("</think>")).map_or(text, |(_, said)| said);
    draft.say(said.trim());
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
