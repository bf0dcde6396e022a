//! Plain arrays of messages: OpenAI's chat completions, OpenAI's Responses items, Anthropic's messages; alone, or in the
//! `messages` (`loglines`, `input`, `items`) of an object, or a message a line.
//!
//! Other formats carry these messages inside of their own; they come here for them.

use std::borrow::Cow;

use super::super::conversation::{Attachment, AttachmentKind, Part, ToolKind};
use super::super::tools;
use super::super::tree::{Shape, Tree};
use super::Reader;
use super::draft::Draft;
use super::source::Source;
use super::tagged;

pub(super) const READER: Reader = Reader { id: "messages", knows, read };

/// Where an object keeps its messages.
const LISTS: &[&str] = &["messages", "loglines", "input", "items", "history"];

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
        Tree::Raw(text) => Tree::parse(text, Shape { levels: 2, ..MESSAGE }).is_some_and(|item| is(&item)),
        item => is(item),
    })
}

/// The list of messages in a document.
pub(super) fn list<'t, 'a>(document: &'t Tree<'a>) -> &'t [Tree<'a>] {
    match document {
        Tree::List(items) => items,
        document => LISTS.iter().map(|name| document.list(name)).find(|items| !items.is_empty()).unwrap_or_default(),
    }
}

fn is_message(item: &Tree<'_>) -> bool {
    let has_content = item.get("content").is_there() || item.get("tool_calls").is_there();
    match item.text("role") {
        Some("system" | "developer" | "user" | "assistant" | "model" | "tool" | "function") => has_content,
        _ => {
            matches!(item.text("type"), Some("function_call" | "function_call_output" | "custom_tool_call"))
                || matches!(item.text("type"), Some("user" | "assistant")) && item.get("message").is_there()
        }
    }
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let Some(document) = &source.document else {
        for line in source.lines(MESSAGE) {
            match line {
                Some(tree) if !list(&tree).is_empty() => list(&tree).iter().for_each(|item| message(item, draft)),
                Some(tree) => message(&tree, draft),
                None => draft.skip(),
            }
        }
        return;
    };
    draft.conversation.model = document.string("model");
    each(source, document, MESSAGE, &mut message, draft);
    // A log of one request holds its response beside the messages.
    if let Tree::Raw(text) = document.get("response")
        && let Some(response) = Tree::parse(text, MESSAGE)
    {
        draft.conversation.model = response.string("model").or(draft.conversation.model.take());
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
    shape: Shape,
    look: &mut dyn FnMut(&Tree<'_>, &mut Draft),
    draft: &mut Draft,
) {
    // The items of a bare array were peeked at two levels deep only: they are gone through once more, in full.
    let whole = match document {
        Tree::List(_) => Tree::parse(source.text, Shape { levels: 1, ..Shape::default() }),
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
    let at = item.text("timestamp").or_else(|| item.text("created_at"));
    let message = if inner.get("role").is_there() { inner } else { item };
    if let Some(model) = message.string("model") {
        draft.conversation.model = Some(model);
    }
    let content = message.get("content");
    match message.text("role") {
        Some("user") if item.is("isCompactSummary") || item.is("isSummary") => {
            draft.add(Part::Compaction(plain(content)));
        }
        Some("user") => user(content, message.text("id"), at, draft),
        Some("assistant" | "model") => {
            for name in ["reasoning_content", "reasoning"] {
                draft.think(message.text(name).unwrap_or_default());
            }
            match content.as_text() {
                Some(text) if text.contains("<function=") => {
                    tagged::tell(text, draft, &mut |name, input, draft| match name {
                        "finish" => {}
                        name => called("", name, input, draft),
                    });
                }
                Some(text) => draft.say(text),
                None => content.items().iter().for_each(|block| assistant_block(block, draft)),
            }
            draft.say(message.text("refusal").unwrap_or_default());
            let function = message.get("function_call");
            for call in message.list("tool_calls") {
                let function = call.get("function");
                let source = if function.is_there() { function } else { call.get("custom") };
                made(call.text("id"), source, draft);
            }
            if function.is_there() {
                made(function.text("name"), function, draft);
            }
        }
        Some("tool" | "function") => {
            let id = message.text("tool_call_id").or_else(|| message.text("name")).unwrap_or_default();
            returned(id, &plain(content), None, draft);
        }
        Some("system" | "developer") => {}
        Some(_) => draft.skip(),
        None => assistant_block(item, draft),
    }
}

/// A call of OpenAI's forms.
fn made(id: Option<&str>, function: &Tree<'_>, draft: &mut Draft) {
    let input = json(function.get("arguments"));
    let input = if input.is_empty() { json(function.get("input")) } else { input };
    called(id.unwrap_or_default(), function.text("name").unwrap_or_default(), &input, draft);
}

/// What the person says: words, pictures, and the results of calls that the API puts into the person's mouth.
pub(super) fn user(content: &Tree<'_>, id: Option<&str>, at: Option<&str>, draft: &mut Draft) {
    let mut said = content.as_text().unwrap_or_default().to_owned();
    // Where the model calls no functions, results come as words.
    if let Some((_, output)) = said.strip_prefix("EXECUTION RESULT of [").and_then(|rest| rest.split_once("]:\n"))
        && tagged::answer(output, draft)
    {
        return;
    }
    let mut attachments = Vec::new();
    for block in content.items() {
        match block.text("type") {
            Some("text" | "input_text") | None => {
                if !said.is_empty() {
                    said.push_str("\n\n");
                }
                said.push_str(block.text("text").or_else(|| block.as_text()).unwrap_or_default());
            }
            Some("image" | "image_url" | "input_image") => {
                attachments.push(Attachment { kind: AttachmentKind::Image, name: picture(block), text: None });
            }
            Some("document" | "file" | "input_file") => attachments.push(Attachment {
                kind: AttachmentKind::File,
                name: block.string("title").or_else(|| block.string("filename")).unwrap_or_default(),
                text: block.get("source").string("text"),
            }),
            _ => assistant_block(block, draft),
        }
    }
    if !said.trim().is_empty() || !attachments.is_empty() {
        draft.ask(&said, id, at).request.attachments.append(&mut attachments);
    }
}

/// The address of a picture, or its media type: pictures themselves are not carried.
fn picture(block: &Tree<'_>) -> String {
    let url = block.get("image_url");
    let url = url.as_text().or_else(|| url.text("url")).or_else(|| block.get("source").text("url"));
    if let Some(url) = url.filter(|url| !url.starts_with("data:")) {
        return url.to_owned();
    }
    block.get("source").text("media_type").unwrap_or("image").to_owned()
}

/// A block of a message, or one of the Responses items.
pub(super) fn assistant_block(block: &Tree<'_>, draft: &mut Draft) {
    let id = block.text("call_id").or_else(|| block.text("id")).unwrap_or_default();
    match block.text("type").unwrap_or_default() {
        "text" | "output_text" => draft.say(block.text("text").unwrap_or_default()),
        "refusal" => draft.say(block.text("refusal").unwrap_or_default()),
        "thinking" => draft.think(block.text("thinking").unwrap_or_default()),
        "reasoning" => {
            for piece in block.list("summary").iter().chain(block.list("content")) {
                draft.think(piece.text("text").unwrap_or_default());
            }
            draft.think(block.text("text").unwrap_or_default());
        }
        "redacted_thinking" | "image" | "output_image" | "input_image" | "tool_reference" => {}
        "tool_use" | "server_tool_use" | "mcp_tool_use" | "function_call" | "custom_tool_call" => {
            made(Some(id), block, draft)
        }
        "local_shell_call" | "web_search_call" => {
            let (name, action) = (block.text("type").unwrap_or_default(), block.get("action"));
            let words: Vec<&str> = action.list("command").iter().filter_map(Tree::as_text).collect();
            let line = match words.as_slice() {
                [] => action.text("query").unwrap_or_default().to_owned(),
                words => words.join(" "),
            };
            called(id, name, &line, draft);
        }
        "tool_result"
        | "function_call_output"
        | "custom_tool_call_output"
        | "mcp_tool_result"
        | "local_shell_call_output" => {
            let id = block.text("tool_use_id").unwrap_or(id);
            let content = if block.get("output").is_there() { block.get("output") } else { block.get("content") };
            let failed = match block.get("is_error") {
                Tree::Flag(failed) => Some(*failed),
                _ => None,
            };
            returned(id, &plain(content), failed.filter(|failed| *failed), draft);
        }
        _ => draft.skip(),
    }
}

/// The texts of a content.
pub(super) fn plain(content: &Tree<'_>) -> String {
    if let Some(text) = content.as_text() {
        return text.to_owned();
    }
    let mut text = String::new();
    for block in content.items() {
        let words = block.text("text").or_else(|| block.as_text()).unwrap_or_default();
        if !text.is_empty() && !words.is_empty() {
            text.push('\n');
        }
        text.push_str(words);
    }
    text.push_str(content.text("text").unwrap_or_default());
    text
}

/// The JSON of a field that the shape keeps as it is, or the text that the field is.
pub(super) fn json<'t>(field: &'t Tree<'_>) -> Cow<'t, str> {
    match field {
        Tree::Text(text) => Cow::Borrowed(text),
        Tree::Raw(text) if text.starts_with('"') => match Tree::parse(text, Shape::default()) {
            Some(Tree::Text(text)) => Cow::Owned(text.into_owned()),
            _ => Cow::Borrowed(""),
        },
        Tree::Raw(text) => Cow::Borrowed(text),
        _ => Cow::Borrowed(""),
    }
}

/// A call, and the to-do list that it sets.
pub(super) fn called(id: &str, name: &str, input: &str, draft: &mut Draft) {
    draft.call(tools::call(id, name, input));
    if let Some(todos) = tools::todos(name, input) {
        draft.todos(todos);
    }
}

/// What a call returned, with the exit code that a command's output tells. A result that nobody asked for is skipped.
pub(super) fn returned(id: &str, output: &str, failed: Option<bool>, draft: &mut Draft) {
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
