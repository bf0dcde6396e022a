//! Plain arrays of messages: OpenAI's chat completions, OpenAI's Responses items, Anthropic's messages; alone, or in the
//! `messages` (`loglines`, `input`, `items`) of an object, or a message a line.
//!
//! Other formats carry these messages inside of their own; they come here for them.

use std::borrow::Cow;

use super::super::conversation::{AttachmentKind, Request, ToolKind};
use super::super::tools;
use super::super::tree::{Shape, Tree};
use super::Reader;
use super::draft::{Act, Draft, Rules};
use super::source::Source;
use super::tagged;
use crate::find::{around, holds, is_among};

pub(super) const READER: Reader = Reader { id: "messages", knows, read };

/// Where an object keeps its messages.
const LISTS: &str = "messages loglines input items history";

/// What the messages of other formats are read with, too. Arguments stay the JSON that they are.
pub(super) const MESSAGE: Shape = Shape {
    levels: 0,
    skip: &["signature", "encrypted_content", "usage", "cache_control", "logprobs", "annotations", "data"],
    raw: &["input"],
};

fn knows(source: &Source<'_>) -> bool {
    if source.text.starts_with('{') && source.document.is_none() {
        return source.peeked.first().is_some_and(is_message);
    }
    any_item(source, &mut is_message)
}

/// Whether one of the first items of the document's list is such.
pub(super) fn any_item(source: &Source<'_>, is: &mut dyn FnMut(&Tree<'_>) -> bool) -> bool {
    let Some(document) = &source.document else { return false };
    list(document).iter().take(8).any(|item| match item {
        Tree::Raw(text) => Tree::parse(text, &Shape { levels: 2, ..MESSAGE }).is_some_and(|item| is(&item)),
        item => is(item),
    })
}

/// The list of messages in a document.
pub(super) fn list<'t, 'a>(document: &'t Tree<'a>) -> &'t [Tree<'a>] {
    match document {
        Tree::List(items) => items,
        document => document.find(LISTS, &|list| !list.items().is_empty()).items(),
    }
}

fn is_message(item: &Tree<'_>) -> bool {
    match item.says_one("role", "system developer user assistant model tool function") {
        true => item.has("content") || item.has("tool_calls"),
        false => {
            item.says_one("type", "function_call function_call_output custom_tool_call")
                || item.says_one("type", "user assistant") && item.has("message")
        }
    }
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let Some(document) = &source.document else {
        return source.each_line(&MESSAGE, draft, &mut |line, draft| match list(line) {
            [] => message(line, draft),
            items => items.iter().for_each(|item| message(item, draft)),
        });
    };
    draft.conversation.model = document.string("model");
    each(source, document, &MESSAGE, &mut message, draft);
    // A log of one request holds its response beside the messages.
    if let Tree::Raw(text) = document.get("response")
        && let Some(response) = Tree::parse(text, &MESSAGE)
    {
        response.put("model", &mut draft.conversation.model);
        if let Some(choice) = response.list("choices").first() {
            message(choice.get("message"), draft);
        }
        response.list("output").iter().for_each(|item| message(item, draft));
    }
    let Tree::Object(_) = document else { return };
    for choice in document.list("choices") {
        message(choice.get("message"), draft);
    }
}

/// Every item of the document's list, parsed one at a time.
pub(super) fn each(
    source: &Source<'_>,
    document: &Tree<'_>,
    shape: &'static Shape,
    look: &mut dyn FnMut(&Tree<'_>, &mut Draft),
    draft: &mut Draft,
) {
    // The items of a bare array were peeked at two levels deep only: they are gone through once more, in full.
    let whole = match document {
        Tree::List(_) => Tree::parse(source.text, &Shape { levels: 1, skip: &[], raw: &[] }),
        _ => None,
    };
    for item in list(whole.as_ref().unwrap_or(document)) {
        match item {
            Tree::Raw(text) => match Tree::parse(text, shape) {
                Some(item) => look(&item, draft),
                None => draft.skip(),
            },
            _ => draft.skip(),
        }
    }
}

/// One message of any of the forms.
pub(super) fn message(item: &Tree<'_>, draft: &mut Draft) {
    let inner = item.get("message");
    let message = if inner.has("role") { inner } else { item };
    message.put("model", &mut draft.conversation.model);
    let content = message.get("content");
    match ROLES.iter().position(|roles| message.says_one("role", roles)) {
        Some(0) if item.is("isCompactSummary") || item.is("isSummary") => draft.sum(&plain(content)),
        Some(0) => user(content, message.get("id"), item.first("timestamp created_at"), draft),
        Some(1) => response(message, content, draft),
        Some(2) => returned(message.words("tool_call_id name"), &plain(content), false, draft),
        // What the maker and the configuration say to the model.
        Some(_) => {}
        None if message.text("role").is_some() => draft.skip(),
        None => assistant_block(item, draft),
    }
}

/// The person, the model, what a tool returned, and what else may be said.
const ROLES: [&str; 4] = ["user", "assistant model", "tool function", "system developer"];

fn response(message: &Tree<'_>, content: &Tree<'_>, draft: &mut Draft) {
    draft.think(message.words("reasoning_content"));
    draft.think(message.words("reasoning"));
    let text = content.as_words();
    if holds(text, "<function=") {
        tagged::tell(text, draft, &mut |name, input, draft| {
            if name != "finish" {
                draft.called("", name, input);
            }
        });
    } else {
        draft.say(text);
    }
    content.items().iter().for_each(|block| assistant_block(block, draft));
    draft.say(message.words("refusal"));
    for call in message.list("tool_calls") {
        made(call.words("id"), if call.has("function") { call.get("function") } else { call.get("custom") }, draft);
    }
    let function = message.get("function_call");
    if function.is_there() {
        made(function.words("name"), function, draft);
    }
}

/// A call of OpenAI's forms.
fn made(id: &str, function: &Tree<'_>, draft: &mut Draft) {
    let input = json(function.get("arguments"));
    let input = if input.is_empty() { json(function.get("input")) } else { input };
    draft.called(id, function.words("name"), &input);
}

/// What the person says: words, pictures, and the results of calls that the API puts into the person's mouth.
pub(super) fn user(content: &Tree<'_>, id: &Tree<'_>, at: &Tree<'_>, draft: &mut Draft) {
    let mut said = content.as_words().to_string();
    // Where the model calls no functions, results come as words.
    if let Some((_, output)) = said.strip_prefix("EXECUTION RESULT of [").and_then(|rest| around(rest, "]:\n"))
        && tagged::answer(output, draft)
    {
        return;
    }
    let mut request = Request::default();
    for block in content.items() {
        let kind = block.words("type");
        if kind.is_empty() || is_among("text input_text", kind) {
            if !said.is_empty() {
                said.push_str("\n\n");
            }
            said.push_str(block.text("text").unwrap_or(block.as_words()));
        } else if is_among("image image_url input_image", kind) {
            request.attach(AttachmentKind::Image, picture(block), None);
        } else if is_among("document file input_file", kind) {
            request.attach(AttachmentKind::File, block.words("title filename"), block.text("source.text"));
        } else {
            assistant_block(block, draft);
        }
    }
    draft.ask_with(&said, &mut request, id, at);
}

/// The address of a picture, or its media type: pictures themselves are not carried.
fn picture<'t>(block: &'t Tree<'_>) -> &'t str {
    let url = block.words("image_url image_url.url source.url");
    if !url.is_empty() && !url.starts_with("data:") {
        return url;
    }
    block.text("source.media_type").unwrap_or("image")
}

/// A block of a message, or one of the Responses items.
pub(super) fn assistant_block(block: &Tree<'_>, draft: &mut Draft) {
    draft.follow(BLOCKS, block.words("type"), block);
}

const BLOCKS: &Rules = &[
    ("text output_text", Act::Say("text")),
    ("refusal", Act::Say("refusal")),
    ("thinking", Act::Think("thinking")),
    (
        "reasoning",
        Act::Do(|block, draft| {
            for piece in block.list("summary").iter().chain(block.list("content")) {
                draft.think(piece.words("text"));
            }
            draft.think(block.words("text"));
        }),
    ),
    ("redacted_thinking image output_image input_image tool_reference", Act::Nothing),
    (
        "tool_use server_tool_use mcp_tool_use function_call custom_tool_call",
        Act::Do(|block, draft| made(block.words("call_id id"), block, draft)),
    ),
    (
        "local_shell_call web_search_call",
        Act::Do(|block, draft| {
            let mut line = String::new();
            for word in block.list("action.command").iter().filter_map(Tree::as_text) {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
            let line = if line.is_empty() { block.words("action.query") } else { &*line };
            draft.called(block.words("call_id id"), block.words("type"), line);
        }),
    ),
    (
        "tool_result function_call_output custom_tool_call_output mcp_tool_result local_shell_call_output",
        Act::Do(|block, draft| {
            let output = plain(if block.has("output") { block.get("output") } else { block.get("content") });
            returned(block.words("tool_use_id call_id id"), &output, block.is("is_error"), draft);
        }),
    ),
];

/// The texts of a content.
pub(super) fn plain(content: &Tree<'_>) -> String {
    let mut text = joined(content);
    text.push_str(content.text("text").unwrap_or(content.as_words()));
    text
}

/// The texts of a list, in lines.
pub(super) fn joined(list: &Tree<'_>) -> String {
    let mut text = String::new();
    for block in list.items() {
        add_line(&mut text, block.text("text").unwrap_or(block.as_words()));
    }
    text
}

/// Words below others.
pub(super) fn add_line(text: &mut String, words: &str) {
    if !text.is_empty() && !words.is_empty() {
        text.push('\n');
    }
    text.push_str(words);
}

/// The JSON of a field that the shape keeps as it is, or the text that the field is.
pub(super) fn json<'t>(field: &'t Tree<'_>) -> Cow<'t, str> {
    match field {
        Tree::Text(text) => Cow::Borrowed(text),
        Tree::Raw(text) if text.starts_with('"') => match Tree::parse(text, Shape::ALL) {
            Some(Tree::Text(text)) => Cow::Owned(text.into_owned()),
            _ => Cow::Borrowed(""),
        },
        Tree::Raw(text) => Cow::Borrowed(text),
        _ => Cow::Borrowed(""),
    }
}

/// What a call returned, with the exit code that a command's output tells. A result that nobody asked for is skipped.
pub(super) fn returned(id: &str, output: &str, failed: bool, draft: &mut Draft) {
    let exit_code = match draft.find(id) {
        Some(call) if call.kind == ToolKind::Execute => tools::exit_code(output),
        Some(_) => None,
        None => return draft.skip(),
    };
    draft.result(id, tools::unframed(output), exit_code, failed);
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
