//! Cline and Roo Code: `api_conversation_history.json`, `ui_messages.json` and the message files of Cline's SDK.
//!
//! The first and the last are Anthropic's messages with frames of their own around the person's words; where the model calls
//! no functions, the calls are tags in its text. `ui_messages.json` is what the person saw.

use super::super::conversation::{
    Attachment, AttachmentKind, Change, FileEdit, Part, ToolCall, ToolKind, ToolStatus, TurnState,
};
use super::super::tools;
use super::super::tree::{Shape, Tree};
use super::Reader;
use super::draft::Draft;
use super::messages::{self, any_item};
use super::source::Source;
use super::{moment, tagged};

pub(super) const READER: Reader = Reader { id: "cline", knows, read };

const SHAPE: Shape =
    Shape { skip: &["metrics", "signature", "usage", "data", "images", "checkpointTracker"], ..messages::MESSAGE };

fn knows(source: &Source<'_>) -> bool {
    any_item(source, &mut |item| {
        let is_message = matches!(item.text("role"), Some("user" | "assistant"));
        is_ui(item)
            || is_message && (item.number("ts").is_some() || item.get("modelInfo").is_there())
            || is_message
                && matches!(item.get("content"), Tree::Raw(text) if text.contains("<environment_details>") && text.contains("<task>"))
    })
}

fn is_ui(item: &Tree<'_>) -> bool {
    item.number("ts").is_some() && matches!(item.text("type"), Some("ask" | "say"))
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let Some(document) = &source.document else { return };
    draft.conversation.tool = Some("Cline".to_owned());
    let mut shown = Shown::default();
    messages::each(
        source,
        document,
        SHAPE,
        &mut |item, draft| match is_ui(item) {
            true => shown.message(item, draft),
            false => message(item, draft),
        },
        draft,
    );
    shown.close(None, draft);
}

fn message(item: &Tree<'_>, draft: &mut Draft) {
    let content = item.get("content");
    let at = item.number("ts").and_then(moment::iso);
    if let Some(model) = item.at(&["modelInfo"]).text("modelId").or_else(|| item.at(&["modelInfo"]).text("id")) {
        draft.conversation.model = Some(model.to_owned());
    }
    if item.is("isTruncationMarker") {
        return;
    }
    if item.is("isSummary") {
        return draft.add(Part::Compaction(messages::plain(content)));
    }
    match item.text("role") {
        Some("assistant") => {
            draft.think(item.text("reasoning_content").unwrap_or_default());
            match content.as_text() {
                Some(text) => answer(text, draft),
                None => {
                    for block in content.items() {
                        match block.text("type") {
                            Some("text") => answer(block.text("text").unwrap_or_default(), draft),
                            Some("tool_use") => {
                                let name = block.text("name").unwrap_or_default();
                                call(
                                    block.text("id").unwrap_or_default(),
                                    name,
                                    &messages::json(block.get("input")),
                                    draft,
                                );
                            }
                            _ => messages::assistant_block(block, draft),
                        }
                    }
                }
            }
        }
        Some("user") => user(content, at.as_deref(), draft),
        Some("system") => {}
        _ => draft.skip(),
    }
}

fn answer(text: &str, draft: &mut Draft) {
    tagged::tell(text, draft, &mut |name, input, draft| call("", name, input, draft));
}

fn call(id: &str, name: &str, input: &str, draft: &mut Draft) {
    let arguments = Tree::parse(input, Shape::default()).unwrap_or(Tree::Null);
    match name {
        "ask_followup_question" => question(&arguments, draft),
        "attempt_completion" => draft.say(arguments.text("result").unwrap_or_default().trim()),
        "plan_mode_respond" => draft.add(Part::Plan(arguments.string("response").unwrap_or_default())),
        name => {
            messages::called(id, name, input, draft);
            if let Some(list) = arguments.text("task_progress") {
                progress(list, draft);
            }
        }
    }
}

/// A question with its choices. The answer comes with the next message of the person.
fn question(arguments: &Tree<'_>, draft: &mut Draft) {
    let mut text = arguments.text("question").unwrap_or_default().to_owned();
    let options = if arguments.get("options").is_there() { arguments.get("options") } else { arguments.get("suggest") };
    let parsed = options.as_text().and_then(|text| Tree::parse(text, Shape::default()));
    for option in parsed.as_ref().unwrap_or(options).items() {
        text.push_str("\n- ");
        text.push_str(option.as_text().or_else(|| option.text("answer")).unwrap_or_default());
    }
    draft.question(text, None);
}

fn progress(list: &str, draft: &mut Draft) {
    let todos = tools::checklist(list);
    if !todos.is_empty() {
        draft.todos(todos);
    }
}

/// The person's message: results of calls, the person's words in frames, and the state of the editor.
fn user(content: &Tree<'_>, at: Option<&str>, draft: &mut Draft) {
    let mut said = String::new();
    let mut attachments = Vec::new();
    // The output of a call stands in the block after the one that names the call.
    let mut awaits = false;
    for block in
        std::slice::from_ref(content).iter().filter(|content| content.as_text().is_some()).chain(content.items())
    {
        let text = block.as_text().or_else(|| block.text("text")).unwrap_or_default();
        match block.text("type") {
            Some("image") => {
                attachments.push(Attachment { kind: AttachmentKind::Image, name: "image".to_owned(), text: None });
            }
            Some("tool_result") => {
                let result = messages::plain(block.get("content"));
                let feedback =
                    between(&result, "<feedback>", "</feedback>").or_else(|| between(&result, "<answer>", "</answer>"));
                if let Some(feedback) = feedback {
                    reply(feedback, &mut said, draft);
                }
                let id = block.text("tool_use_id").unwrap_or_default();
                if draft.find(id).is_some() {
                    let failed = block.is("is_error") || result.contains("<error>");
                    messages::returned(id, &result, failed.then_some(true), draft);
                }
            }
            _ if awaits && !text.starts_with("<environment_details>") => {
                awaits = false;
                returned(text, &mut said, draft);
            }
            _ => match text.split_once(" Result:").filter(|(name, _)| name.starts_with('[') && name.ends_with(']')) {
                Some((_, output)) if output.trim().is_empty() => awaits = true,
                Some((_, output)) => returned(output.trim_start(), &mut said, draft),
                None => {
                    if !said.is_empty() {
                        said.push_str("\n\n");
                    }
                    said.push_str(text);
                }
            },
        }
    }
    // The harness's own reminders are not the person's.
    let words = said.trim_start();
    if words.starts_with("[ERROR] You did not use a tool") || words.starts_with("# TODO LIST") {
        let environment = words.find("<environment_details>").unwrap_or(words.len());
        said = words.get(environment..).unwrap_or_default().to_owned();
    }
    if !said.trim().is_empty() || !attachments.is_empty() {
        draft.ask(&said, None, at).request.attachments.append(&mut attachments);
    }
}

fn returned(output: &str, said: &mut String, draft: &mut Draft) {
    let feedback = between(output, "<feedback>", "</feedback>").or_else(|| between(output, "<answer>", "</answer>"));
    if let Some(words) = feedback {
        reply(words, said, draft);
    }
    if !tagged::answer(output, draft) && feedback.is_none() {
        draft.skip();
    }
}

/// What the person says to a result: the answer to an open question, or words of their own.
fn reply(words: &str, said: &mut String, draft: &mut Draft) {
    if let Some(Part::Question { answer: answer @ None, .. }) = draft.turn().parts.last_mut() {
        *answer = Some(words.trim().to_owned());
        return;
    }
    if !said.is_empty() {
        said.push_str("\n\n");
    }
    said.push_str(words.trim());
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(open)?;
    Some(rest.split_once(close)?.0)
}

/// What `ui_messages.json` shows: a call is shown as asked, then as done, its output in further messages.
#[derive(Debug, Default)]
struct Shown {
    open: Option<ToolCall>,
}

impl Shown {
    fn close(&mut self, status: Option<ToolStatus>, draft: &mut Draft) {
        if let Some(mut call) = self.open.take() {
            call.exit_code = match call.kind {
                ToolKind::Execute => tools::exit_code(&call.output),
                _ => None,
            };
            call.status = match status {
                Some(status) => status,
                None if call.exit_code.is_some_and(|code| code != 0) => ToolStatus::Failed,
                None => ToolStatus::Completed,
            };
            draft.call(call);
        }
    }

    fn message(&mut self, item: &Tree<'_>, draft: &mut Draft) {
        let text = item.text("text").unwrap_or_default();
        let kind = item.text("say").or_else(|| item.text("ask")).unwrap_or_default();
        if item.is("partial") {
            return;
        }
        match kind {
            "command_output" => {
                if let Some(call) = &mut self.open {
                    call.output.push_str(text);
                    call.output.push('\n');
                }
                return;
            }
            "api_req_started" | "api_req_finished" | "checkpoint_created" | "checkpoint_saved" => return,
            _ => {}
        }
        self.close(None, draft);
        match kind {
            "task" | "user_feedback" => {
                draft.ask(text, None, item.number("ts").and_then(moment::iso).as_deref());
            }
            "text" | "completion_result" => draft.say(text),
            "reasoning" => draft.think(text),
            "error" | "api_req_failed" | "diff_error" | "clineignore_error" => draft.fail(text),
            "command" => self.open = Some(tools::call("", "execute_command", text)),
            "tool" => self.tool(text, draft),
            "followup" => {
                let arguments = Tree::parse(text, Shape::default()).unwrap_or(Tree::Null);
                question(&arguments, draft);
                if let (Some(selected), Some(Part::Question { answer, .. })) =
                    (arguments.text("selected"), draft.turn().parts.last_mut())
                {
                    *answer = Some(selected.to_owned());
                }
            }
            "plan_mode_respond" => {
                let arguments = Tree::parse(text, Shape::default()).unwrap_or(Tree::Null);
                draft.add(Part::Plan(arguments.text("response").unwrap_or(text).to_owned()));
            }
            "task_progress" => progress(text, draft),
            "condense" | "condense_context" => draft.add(Part::Compaction(text.to_owned())),
            "resume_task" | "resume_completed_task" => draft.end(TurnState::Cancelled),
            "user_feedback_diff"
            | "shell_integration_warning"
            | "completed"
            | "api_req_retried"
            | "mcp_server_request_started"
            | "mcp_server_response"
            | "use_mcp_server"
            | "browser_action"
            | "browser_action_result"
            | "deleted_api_reqs"
            | "command_permission_denied" => {}
            _ => draft.skip(),
        }
    }

    fn tool(&mut self, text: &str, draft: &mut Draft) {
        let Some(tool) = Tree::parse(text, Shape::default()) else { return draft.skip() };
        let name = tool.text("tool").unwrap_or_default();
        let path = tool.text("path").unwrap_or_default();
        let mut call = tools::call("", name, text);
        let change = match name {
            "newFileCreated" => Some(Change::Added),
            "editedExistingFile" | "appliedDiff" | "searchAndReplace" | "insertContent" => Some(Change::Modified),
            "fileDeleted" => Some(Change::Deleted),
            _ => None,
        };
        if let Some(change) = change {
            let content =
                tool.text("diff").filter(|diff| !diff.is_empty()).or_else(|| tool.text("content")).unwrap_or_default();
            let diff = match change {
                Change::Added => super::super::patch::addition(content),
                _ => super::super::patch::search_replace(content),
            };
            call.kind = ToolKind::Edit;
            call.edits = vec![FileEdit { path: path.to_owned(), from: None, change, diff }];
        } else if name.starts_with("read") {
            call.kind = ToolKind::Read;
        } else if name.starts_with("list") || name.starts_with("search") {
            call.kind = ToolKind::Search;
            tool.text("content").unwrap_or_default().clone_into(&mut call.output);
        }
        self.open = Some(call);
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
