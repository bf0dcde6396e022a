//! OpenHands: trajectories of version 0 (actions and observations), events of the version 1 SDK, and the output of evaluations.

use super::super::conversation::{AttachmentKind, Change, FileEdit, ToolKind, ToolStatus, TurnState};
use super::super::tree::{Shape, Tree};
use super::super::{patch, tools};
use super::Reader;
use super::draft::{Act, Draft, Rules};
use super::messages::{self, any_item, json, plain};
use super::source::Source;
use crate::find::{around, position};

pub(super) const READER: Reader = Reader { id: "openhands", knows, read };

const SHAPE: Shape = Shape {
    levels: 0,
    skip: &["usage", "llm_metrics", "thinking_blocks", "translated_ipython_code", "old_content", "new_content"],
    raw: &["args", "action"],
};

/// What a call without arguments of its own is told from.
fn is_event(event: &Tree<'_>) -> bool {
    let v1 = event.words("kind");
    event.has("source")
        && (event.has("action") || event.has("observation") || v1.ends_with("Event") || v1 == "Condensation")
}

fn knows(source: &Source<'_>) -> bool {
    let is_known =
        |event: &Tree<'_>| is_event(event) || matches!(event.get("history"), Tree::List(_)) && event.has("instance_id");
    source.document.iter().chain(source.peeked.first()).any(is_known) || any_item(source, &mut is_event)
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    draft.conversation.tool = Some("OpenHands".to_owned());
    match &source.document {
        Some(document @ Tree::List(_)) => messages::each(source, document, &SHAPE, &mut event, draft),
        _ => source.each_line(&SHAPE, draft, &mut |line, draft| match line.has("history") {
            true => evaluation(line, draft),
            false => event(line, draft),
        }),
    }
}

/// One instance of an evaluation, with the patch that came out of it.
fn evaluation(line: &Tree<'_>, draft: &mut Draft) {
    for item in line.list("history") {
        event(item, draft);
    }
    match patch::unified(line.words("test_result.git_patch")) {
        Ok(changes) => draft.conversation.workspace.changes = changes,
        Err(_) => draft.skip(),
    }
}

fn event(event: &Tree<'_>, draft: &mut Draft) {
    if let Some(kind) = event.text("kind") {
        draft.follow(EVENTS, kind, event);
    } else if event.has("observation") {
        observation(event, draft);
    } else if event.has("action") {
        action(event, draft);
    } else {
        draft.skip();
    }
}

/// The id of the call that an event is about.
fn call_id(event: &Tree<'_>, name: &str) -> String {
    match (event.text("tool_call_metadata.tool_call_id tool_call_id"), event.whole(name)) {
        (None, Some(number)) => number.to_string(),
        (id, _) => id.unwrap_or(event.words(name)).to_owned(),
    }
}

/// An action of version 0.
fn action(event: &Tree<'_>, draft: &mut Draft) {
    let input = json(event.get("args"));
    let args = Tree::read(&input);
    let action = json(event.get("action"));
    let metadata = event.get("tool_call_metadata");
    let message = event.words("message");
    let thought = args.words("thought");
    let thought_or_message = if thought.is_empty() { message } else { thought };
    metadata.put("model_response.model", &mut draft.conversation.model);
    match draft.follow(ACTIONS, &action, &args) {
        SAID => {
            let content = args.text("content").unwrap_or(message);
            if event.says("source", "user") {
                let turn = draft.ask(content, &Tree::Null, event.get("timestamp"));
                for url in args.list("image_urls").iter().filter_map(Tree::as_text) {
                    let name = if url.starts_with("data:") { "image" } else { url };
                    turn.request.attach(AttachmentKind::Image, name, None);
                }
            } else {
                draft.think(event.words("reasoning_content"));
                draft.say(content);
            }
        }
        FINISHED => {
            let last = args.words("final_thought outputs.content");
            draft.say(if last.is_empty() { thought_or_message } else { last });
        }
        REJECTED => {
            draft.fail(thought_or_message);
            draft.end(TurnState::Failed);
        }
        CALLED => {
            draft.say(thought);
            let id = call_id(event, "id");
            let name = metadata.text("function_name").unwrap_or(&action);
            draft.called(&id, name, sent(metadata, &id).unwrap_or(&input));
            draft.todo_items(args.list("task_list"));
        }
        _ => {}
    }
}

const SAID: u8 = 1;
const FINISHED: u8 = 2;
const REJECTED: u8 = 3;
const CALLED: u8 = 4;

/// What is done with actions; what they have of their own is in their arguments.
const ACTIONS: &Rules = &[
    ("message", Act::Own(SAID)),
    ("think", Act::Think("thought")),
    ("finish", Act::Own(FINISHED)),
    ("reject", Act::Own(REJECTED)),
    ("condensation", Act::Sum("summary")),
    (
        "change_agent_state",
        Act::Do(|args, draft| {
            if args.says("agent_state", "stopped") {
                draft.end(TurnState::Cancelled);
            }
        }),
    ),
    ("system null recall start pause resume condensation_request loop_recovery", Act::Nothing),
    ("", Act::Own(CALLED)),
];

/// The arguments as the model sent them: those of the action lack what only the editor needs.
fn sent<'t>(metadata: &'t Tree<'_>, id: &str) -> Option<&'t str> {
    let calls = metadata.list("model_response.choices").first()?.list("message.tool_calls");
    calls.iter().find(|call| call.says("id", id))?.text("function.arguments")
}

/// An observation of version 0.
fn observation(event: &Tree<'_>, draft: &mut Draft) {
    let (id, extras) = (call_id(event, "cause"), event.get("extras"));
    let content = event.words("content");
    let kind = event.words("observation");
    let Some(call) = draft.find(&id) else {
        if kind == "error" {
            draft.fail(content);
        } else {
            draft.follow(OBSERVATIONS, kind, event);
        }
        return;
    };
    let shown = extras.words("diff");
    let diff = if shown.is_empty() { content } else { shown };
    if (kind == "edit" || kind == "write")
        && call.edits.iter().all(|edit| edit.diff.is_empty())
        && call.kind == ToolKind::Edit
        && let Some(at) = position(diff, "\n@@")
    {
        let path = extras.string("path").or_else(|| call.paths.first().cloned()).unwrap_or_default();
        let change = if extras.is_not("prev_exist") { Change::Added } else { Change::Modified };
        let diff = diff.get(at + 1..).unwrap_or_default().to_owned();
        call.edits.clear();
        call.edits.push(FileEdit { path, from: None, change, diff });
    }
    draft.result(
        &id,
        tools::unframed(content),
        exit_code(extras.whole("metadata.exit_code exit_code")),
        kind == "error",
    );
    if kind == "user_rejected" {
        draft.refused(&id);
    }
}

/// Observations of what nobody called.
const OBSERVATIONS: &Rules =
    &[("agent_state_changed null recall success think condense user_rejected finish", Act::Nothing)];

/// Minus one says that the command was still running.
fn exit_code(code: Option<i32>) -> Option<i32> {
    code.filter(|code| *code != -1)
}

/// The events of version 1.
const EVENTS: &Rules = &[
    ("MessageEvent", Act::Do(message)),
    ("ActionEvent", Act::Do(sdk_action)),
    ("ObservationEvent", Act::Do(sdk_observation)),
    (
        "AgentErrorEvent",
        Act::Do(|event, draft| {
            let error = event.words("error");
            if !draft.result(&call_id(event, "action_id"), error, None, true) {
                draft.fail(error);
            }
        }),
    ),
    (
        "UserRejectObservation",
        Act::Do(|event, draft| {
            if let Some(call) = draft.find(&call_id(event, "action_id")) {
                call.status = ToolStatus::Cancelled;
                event.words("rejection_reason").as_ref().clone_into(&mut call.output);
                call.edits.clear();
            }
        }),
    ),
    ("Condensation", Act::Sum("summary")),
    (
        "ConversationErrorEvent",
        Act::Do(|event, draft| {
            draft.fail(event.words("detail"));
            draft.end(TurnState::Failed);
        }),
    ),
    (
        "ConversationStateUpdateEvent SystemPromptEvent PauseEvent CondensationRequest TokenEvent LLMCompletionLogEvent",
        Act::Nothing,
    ),
];

fn message(event: &Tree<'_>, draft: &mut Draft) {
    let message = event.get("llm_message");
    if message.text("role").or_else(|| event.text("source")) == Some("user") {
        return messages::user(message.get("content"), event.get("id"), event.get("timestamp"), draft);
    }
    draft.think(message.words("reasoning_content"));
    say(&plain(message.get("content")), draft);
}

fn sdk_action(event: &Tree<'_>, draft: &mut Draft) {
    draft.think(event.words("reasoning_content"));
    say(&plain(event.get("thought")), draft);
    let raw = json(event.get("action"));
    let name = event.words("tool_name");
    if name == "finish" || name == "think" {
        let action = Tree::read(&raw);
        draft.say(action.words("message"));
        draft.think(action.words("thought"));
    } else {
        draft.called(event.words("tool_call_id id"), name, event.text("tool_call.arguments").unwrap_or(&raw));
    }
}

fn sdk_observation(event: &Tree<'_>, draft: &mut Draft) {
    let observation = event.get("observation");
    let content = plain(observation.get("content"));
    let text = if content.is_empty() { observation.words("output") } else { &*content };
    let code = exit_code(observation.whole("exit_code metadata.exit_code"));
    if draft.result(&call_id(event, "action_id"), tools::unframed(text), code, observation.is("is_error")) {
        draft.todo_items(observation.list("task_list"));
    }
}

/// What the agent says, without the thoughts that some models write into it: they are told once already.
fn say(text: &str, draft: &mut Draft) {
    let text = text.trim_start();
    let said = text.strip_prefix("<think>").and_then(|rest| around(rest, "</think>")).map_or(text, |(_, said)| said);
    draft.say(said.trim());
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
