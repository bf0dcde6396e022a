//! Cline and Roo Code: `api_conversation_history.json`, `ui_messages.json` and the message files of Cline's SDK.
//!
//! The first and the last are Anthropic's messages with frames of their own around the person's words; where the model calls
//! no functions, the calls are tags in its text. `ui_messages.json` is what the person saw.

use super::super::conversation::{AttachmentKind, Change, FileEdit, Part, Request, ToolCall, ToolKind, TurnState};
use super::super::tree::{Shape, Tree};
use super::super::{patch, tools};
use super::Reader;
use super::draft::{Act, Draft, Rules};
use super::messages::{self, any_item};
use super::source::Source;
use super::{moment, tagged};
use crate::find::{around, holds, is_among, position};

pub(super) const READER: Reader = Reader { id: "cline", knows, read };

const SHAPE: Shape =
    Shape { skip: &["metrics", "signature", "usage", "data", "images", "checkpointTracker"], ..messages::MESSAGE };

fn knows(source: &Source<'_>) -> bool {
    any_item(source, &mut |item| {
        let content = item.get("content").as_raw();
        is_ui(item)
            || item.says_one("role", "user assistant")
                && (item.number("ts").is_some()
                    || item.has("modelInfo")
                    || holds(content, "<environment_details>") && holds(content, "<task>"))
    })
}

fn is_ui(item: &Tree<'_>) -> bool {
    item.number("ts").is_some() && item.says_one("type", "ask say")
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let Some(document) = &source.document else { return };
    draft.conversation.tool = Some("Cline".to_owned());
    let mut shown = Shown::default();
    messages::each(
        source,
        document,
        &SHAPE,
        &mut |item, draft| match is_ui(item) {
            true => shown.message(item, draft),
            false => message(item, draft),
        },
        draft,
    );
    shown.close(draft);
}

fn message(item: &Tree<'_>, draft: &mut Draft) {
    let content = item.get("content");
    item.put("modelInfo.modelId modelInfo.id", &mut draft.conversation.model);
    if item.is("isTruncationMarker") {
        return;
    }
    if item.is("isSummary") {
        return draft.sum(&messages::plain(content));
    }
    draft.follow(ROLES, item.words("role"), item);
}

const ROLES: &Rules = &[
    (
        "assistant",
        Act::Do(|item, draft| {
            draft.think(item.words("reasoning_content"));
            answer(item.words("content"), draft);
            for block in item.list("content") {
                if block.says("type", "text") {
                    answer(block.words("text"), draft);
                } else if block.says("type", "tool_use") {
                    call(block.words("id"), block.words("name"), &messages::json(block.get("input")), draft);
                } else {
                    messages::assistant_block(block, draft);
                }
            }
        }),
    ),
    ("user", Act::Do(user)),
    ("system", Act::Nothing),
];

fn answer(text: &str, draft: &mut Draft) {
    tagged::tell(text, draft, &mut |name, input, draft| call("", name, input, draft));
}

fn call(id: &str, name: &str, input: &str, draft: &mut Draft) {
    let arguments = Tree::read(input);
    match name {
        "ask_followup_question" => question(&arguments, draft),
        "attempt_completion" => draft.say(arguments.words("result").trim()),
        "plan_mode_respond" => draft.plan(arguments.words("response")),
        name => {
            draft.called(id, name, input);
            progress(arguments.words("task_progress"), draft);
        }
    }
}

/// A question with its choices. The answer comes with the next message of the person.
fn question(arguments: &Tree<'_>, draft: &mut Draft) {
    let options = if arguments.has("options") { arguments.get("options") } else { arguments.get("suggest") };
    let parsed = options.as_text().and_then(|text| Tree::parse(text, Shape::ALL));
    draft.ask_person(arguments.words("question"), parsed.as_ref().unwrap_or(options), None);
}

fn progress(list: &str, draft: &mut Draft) {
    let todos = tools::checklist(list);
    if !todos.is_empty() {
        draft.todos(todos);
    }
}

/// The person's message: results of calls, the person's words in frames, and the state of the editor.
fn user(item: &Tree<'_>, draft: &mut Draft) {
    let content = item.get("content");
    let mut said = String::new();
    let mut given = Request::default();
    // The output of a call stands in the block after the one that names the call.
    let mut awaits = false;
    let whole = content.as_text().map_or(&[][..], |_| std::slice::from_ref(content));
    for block in whole.iter().chain(content.items()) {
        let text = block.as_text().unwrap_or(block.words("text"));
        if block.says("type", "image") {
            given.attach(AttachmentKind::Image, "image", None);
        } else if block.says("type", "tool_result") {
            let result = messages::plain(block.get("content"));
            feedback(&result, &mut said, draft);
            let id = block.words("tool_use_id");
            if draft.find(id).is_some() {
                messages::returned(id, &result, block.is("is_error") || holds(&result, "<error>"), draft);
            }
        } else if awaits && !text.starts_with("<environment_details>") {
            awaits = false;
            returned(text, &mut said, draft);
        } else if let Some((name, output)) = around(text, " Result:")
            && name.starts_with('[')
            && name.ends_with(']')
        {
            awaits = output.trim().is_empty();
            if !awaits {
                returned(output.trim_start(), &mut said, draft);
            }
        } else {
            add(&mut said, text);
        }
    }
    // The harness's own reminders are not the person's.
    let words = said.trim_start();
    if words.starts_with("[ERROR] You did not use a tool") || words.starts_with("# TODO LIST") {
        let environment = position(words, "<environment_details>").unwrap_or(words.len());
        said = words.get(environment..).unwrap_or_default().to_owned();
    }
    draft.ask_with(framed(&said), &mut given, &Tree::Null, &moment::tree(item.get("ts")));
}

/// The person's words in a frame that is all of a message. Those beside an environment block are told without the reader.
fn framed(said: &str) -> &str {
    let inner = |name: &str| {
        let inner = said.trim().strip_prefix(&*["<", name, ">"].concat())?;
        inner.strip_suffix(&*["</", name, ">"].concat())
    };
    ["task", "user_message"].into_iter().find_map(inner).unwrap_or(said)
}

/// Adds a paragraph.
fn add(said: &mut String, words: &str) {
    if !said.is_empty() {
        said.push_str("\n\n");
    }
    said.push_str(words);
}

fn returned(output: &str, said: &mut String, draft: &mut Draft) {
    let has_feedback = feedback(output, said, draft);
    if !tagged::answer(output, draft) && !has_feedback {
        draft.skip();
    }
}

/// Whether a result holds words of the person: the answer to an open question, or words of their own.
fn feedback(output: &str, said: &mut String, draft: &mut Draft) -> bool {
    let between = |open, close| Some(around(around(output, open)?.1, close)?.0.trim());
    let words = between("<feedback>", "</feedback>").or_else(|| between("<answer>", "</answer>"));
    if let Some(words) = words {
        match draft.turn().parts.last_mut() {
            Some(Part::Question { answer: answer @ None, .. }) => *answer = Some(words.to_owned()),
            _ => add(said, words),
        }
    }
    words.is_some()
}

/// What `ui_messages.json` shows: a call is shown as asked, then as done, its output in further messages.
#[derive(Debug, Default)]
struct Shown {
    open: Option<Box<ToolCall>>,
}

/// What stands between a call and its output.
const WITHIN: &str = "command_output api_req_started api_req_finished checkpoint_created checkpoint_saved";

/// What the screen shows, by what it says or asks.
const SHOWN: &Rules = &[
    (WITHIN, Act::Nothing),
    (
        "task user_feedback",
        Act::Do(|item, draft| {
            draft.ask(item.words("text"), &Tree::Null, &moment::tree(item.get("ts")));
        }),
    ),
    ("text completion_result", Act::Say("text")),
    ("reasoning", Act::Think("text")),
    ("error api_req_failed diff_error clineignore_error", Act::Do(|item, draft| draft.fail(item.words("text")))),
    ("command", Act::Own(COMMAND)),
    ("tool", Act::Own(TOOL)),
    (
        "followup",
        Act::Do(|item, draft| {
            let arguments = Tree::read(item.words("text"));
            question(&arguments, draft);
            if let Some(Part::Question { answer, .. }) = draft.turn().parts.last_mut() {
                arguments.put("selected", answer);
            }
        }),
    ),
    (
        "plan_mode_respond",
        Act::Do(|item, draft| {
            let text = item.words("text");
            let arguments = Tree::read(text);
            draft.plan(arguments.text("response").unwrap_or(text));
        }),
    ),
    ("task_progress", Act::Do(|item, draft| progress(item.words("text"), draft))),
    ("condense condense_context", Act::Sum("text")),
    ("resume_task resume_completed_task", Act::Do(|_, draft| draft.end(TurnState::Cancelled))),
    (
        "user_feedback_diff shell_integration_warning completed api_req_retried mcp_server_request_started \
         mcp_server_response use_mcp_server browser_action browser_action_result deleted_api_reqs \
         command_permission_denied",
        Act::Nothing,
    ),
];

const COMMAND: u8 = 1;
const TOOL: u8 = 2;

impl Shown {
    fn close(&mut self, draft: &mut Draft) {
        if let Some(mut call) = self.open.take() {
            if call.kind == ToolKind::Execute {
                call.exit_code = tools::exit_code(&call.output);
            }
            tools::end(&mut call, false);
            draft.call(call);
        }
    }

    fn message(&mut self, item: &Tree<'_>, draft: &mut Draft) {
        let text = item.words("text");
        let kind = item.words("say ask");
        if item.is("partial") {
            return;
        }
        match &mut self.open {
            Some(call) if kind == "command_output" => {
                call.output.push_str(text);
                call.output.push('\n');
            }
            Some(_) if !is_among(WITHIN, kind) => self.close(draft),
            _ => {}
        }
        match draft.follow(SHOWN, kind, item) {
            COMMAND => self.open = Some(tools::call("", "execute_command", text)),
            TOOL => self.tool(text, draft),
            _ => {}
        }
    }

    fn tool(&mut self, text: &str, draft: &mut Draft) {
        let Some(tool) = Tree::parse(text, Shape::ALL) else { return draft.skip() };
        let name = tool.words("tool");
        let content = tool.words("content");
        let mut call = tools::call("", name, text);
        if let Some((_, change)) = CHANGES.iter().find(|(names, _)| is_among(names, name)) {
            let diff = tool.words("diff");
            let shown = if diff.is_empty() { content } else { diff };
            let diff = match change {
                Change::Added => patch::addition(shown),
                _ => patch::search_replace(shown),
            };
            call.kind = ToolKind::Edit;
            call.edits = vec![FileEdit { path: tool.words("path").to_string(), from: None, change: *change, diff }];
        } else if name.starts_with("read") {
            call.kind = ToolKind::Read;
        } else if name.starts_with("list") || name.starts_with("search") {
            call.kind = ToolKind::Search;
            content.as_ref().clone_into(&mut call.output);
        }
        self.open = Some(call);
    }
}

const CHANGES: &[(&str, Change)] = &[
    ("newFileCreated", Change::Added),
    ("editedExistingFile appliedDiff searchAndReplace insertContent", Change::Modified),
    ("fileDeleted", Change::Deleted),
];

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
