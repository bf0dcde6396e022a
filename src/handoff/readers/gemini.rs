//! Gemini CLI: the sessions under `~/.gemini/tmp/<project>/chats`, one JSON document until 2025 and lines since, and the
//! checkpoints of `/chat save`, which are arrays of Gemini's own contents.
//!
//! Lines amend what was written before: the same id again replaces a message, `$set` a field (`messages` all of them), and
//! `$rewindTo` takes back a message with everything after it.

use std::collections::{BTreeMap, VecDeque};

use super::super::conversation::{Attachment, AttachmentKind, Part, Scaffolding, ToolKind, ToolStatus, TurnState};
use super::super::tree::{Shape, Tree};
use super::super::{patch, tools};
use super::Reader;
use super::draft::Draft;
use super::source::Source;

/// The reader of this format.
pub(super) const READER: Reader = Reader { id: "gemini-cli", knows, read };

const SHAPE: Shape = Shape {
    levels: 0,
    skip: &["tokens", "originalContent", "newContent", "data", "thoughtSignature", "renderOutputAsMarkdown"],
    raw: &["args"],
};
/// How the files begin that the CLI puts below the words that name them.
const REFERENCED: &str = "\n--- Content from referenced files ---";
/// What the model remembers of everything before.
const SNAPSHOT: &str = "<state_snapshot>";

fn is_session(tree: &Tree<'_>) -> bool {
    tree.text("sessionId").is_some() && tree.text("projectHash").is_some()
}

fn is_content(tree: &Tree<'_>) -> bool {
    matches!(tree.text("role"), Some("user" | "model")) && tree.get("parts").is_there()
}

fn knows(source: &Source<'_>) -> bool {
    match &source.document {
        Some(document) => {
            is_session(document)
                || document.items().iter().any(is_content)
                || (document.get("history").is_there() && document.get("authType").is_there())
        }
        None => source.peeked.iter().any(is_session),
    }
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    draft.conversation.tool = Some("Gemini CLI".to_owned());
    let mut reading = Reading::default();
    if source.document.is_some() {
        let Some(document) = Tree::parse(source.text, SHAPE) else { return draft.skip() };
        surroundings(&document, draft);
        let contents = if document.items().is_empty() { document.list("history") } else { document.items() };
        for content in contents {
            reading.content(content, draft);
        }
        for message in document.list("messages") {
            reading.message(message, draft);
        }
        return;
    }
    for message in amended(source, draft) {
        reading.message(&message, draft);
    }
}

/// The messages of a file of lines as they stand in the end.
fn amended<'a>(source: &Source<'a>, draft: &mut Draft) -> Vec<Tree<'a>> {
    let mut messages: Vec<Tree<'a>> = Vec::new();
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    for line in source.lines(SHAPE) {
        let Some(line) = line else {
            draft.skip();
            continue;
        };
        if let Some(id) = line.text("$rewindTo") {
            if let Some(left) =
                at.get(id).copied().filter(|at| messages.get(*at).and_then(|message| message.text("id")) == Some(id))
            {
                messages.truncate(left);
            }
        } else if line.get("$set").is_there() {
            surroundings(line.get("$set"), draft);
            if let Tree::Object(fields) = line
                && let Some((_, Tree::Object(fields))) = fields.into_iter().find(|(name, _)| name == "$set")
                && let Some((_, Tree::List(all))) = fields.into_iter().find(|(name, _)| name == "messages")
            {
                messages = all;
                at.clear();
                for (place, message) in messages.iter().enumerate() {
                    at.insert(message.string("id").unwrap_or_default(), place);
                }
            }
        } else if is_session(&line) {
            surroundings(&line, draft);
        } else if let (Some(id), Some(_)) = (line.string("id"), line.text("type")) {
            let known =
                at.get(&id).copied().filter(|at| messages.get(*at).and_then(|message| message.text("id")) == Some(&id));
            match known.and_then(|at| messages.get_mut(at)) {
                Some(message) => *message = line,
                None => {
                    at.insert(id, messages.len());
                    messages.push(line);
                }
            }
        } else {
            draft.skip();
        }
    }
    messages
}

fn surroundings(session: &Tree<'_>, draft: &mut Draft) {
    let conversation = &mut draft.conversation;
    conversation.title = session.string("summary").or(conversation.title.take());
    if let Some(folder) = session.list("directories").first().and_then(Tree::as_text) {
        conversation.workspace.folder = Some(folder.to_owned());
    }
}

#[derive(Debug, Default)]
struct Reading {
    /// Calls of a checkpoint that have no id, by name, in order.
    unnamed: BTreeMap<String, VecDeque<String>>,
    calls: usize,
}

impl Reading {
    fn message(&mut self, message: &Tree<'_>, draft: &mut Draft) {
        let at = message.text("timestamp");
        let content = message.get("content");
        match message.text("type") {
            Some("user") => request(message, content, at, draft),
            Some("gemini") => {
                draft.conversation.model = message.string("model").or(draft.conversation.model.take());
                for thought in message.list("thoughts") {
                    let subject = thought.text("subject").unwrap_or_default();
                    draft.think(&[subject, "\n", thought.text("description").unwrap_or_default()].concat());
                }
                draft.say(&text_of(content));
                for call in message.list("toolCalls") {
                    self.call(call, draft);
                }
            }
            Some("error") => {
                draft.add(Part::Error(text_of(content)));
                draft.end(TurnState::Failed);
            }
            Some("info") if text_of(content).starts_with("Request cancelled") => draft.end(TurnState::Cancelled),
            Some("info" | "warning") => {}
            _ => draft.skip(),
        }
    }

    fn call(&mut self, call: &Tree<'_>, draft: &mut Draft) {
        let (id, name) = (call.text("id").unwrap_or_default(), call.text("name").unwrap_or_default());
        put_call(id, name, call.get("args"), draft);
        let mut output = String::new();
        for part in call.list("result") {
            output.push_str(&returned(part.get("functionResponse")));
            output.push_str(part.text("text").unwrap_or_default());
        }
        let status = call.text("status");
        if output.is_empty() {
            output = call.string("error").unwrap_or_default();
        }
        let shown = call.get("resultDisplay");
        if status == Some("success") || !output.is_empty() {
            finish(id, &output, status == Some("error"), draft);
        }
        let todos = shown.list("todos");
        if !todos.is_empty() {
            draft.todos(tools::todo_items(todos));
        }
        let Some(call) = draft.find(id) else { return };
        if status == Some("cancelled") {
            call.status = ToolStatus::Cancelled;
            call.edits.clear();
        }
        // The diff that was shown has line numbers.
        if let (ToolKind::Edit, Some(diff), [edit]) = (call.kind, shown.text("fileDiff"), &mut *call.edits)
            && let Ok(shown) = patch::unified(diff)
            && let [shown] = &*shown
            && !shown.diff.is_empty()
        {
            edit.diff.clone_from(&shown.diff);
        }
    }

    /// What a checkpoint holds: the model's own view.
    fn content(&mut self, content: &Tree<'_>, draft: &mut Draft) {
        let parts = content.get("parts");
        match content.text("role") {
            Some("user") => {
                for response in parts.items().iter().map(|part| part.get("functionResponse")).filter(|it| it.is_there())
                {
                    let name = response.text("name").unwrap_or_default();
                    let waiting = self.unnamed.get_mut(name).and_then(VecDeque::pop_front);
                    let id = response.string("id").or(waiting).unwrap_or_default();
                    let failed = response.at(&["response", "error"]).is_there();
                    finish(&id, &returned(response), failed, draft);
                }
                if !text_of(parts).is_empty() {
                    request(content, parts, None, draft);
                }
            }
            Some("model") => {
                for part in parts.items() {
                    let text = part.text("text").unwrap_or_default();
                    match part.is("thought") {
                        true => draft.think(text),
                        false => draft.say(text),
                    }
                    let call = part.get("functionCall");
                    let Some(name) = call.text("name") else { continue };
                    let id = call.string("id").unwrap_or_else(|| {
                        self.calls += 1;
                        let id = [name, "-", &self.calls.to_string()].concat();
                        self.unnamed.entry(name.to_owned()).or_default().push_back(id.clone());
                        id
                    });
                    put_call(&id, name, call.get("args"), draft);
                }
            }
            _ => draft.skip(),
        }
    }
}

fn request(message: &Tree<'_>, content: &Tree<'_>, at: Option<&str>, draft: &mut Draft) {
    let text = text_of(content);
    if text.trim_start().starts_with(SNAPSHOT) {
        return draft.add(Part::Compaction(text));
    }
    // What the person typed, where the CLI put more to it.
    let typed = text_of(message.get("displayContent"));
    let (said, referenced) = text.split_at(text.find(REFERENCED).unwrap_or(text.len()));
    let turn = draft.ask(if typed.is_empty() { said } else { &typed }, message.text("id"), at);
    if !referenced.is_empty() {
        let scaffolding = Scaffolding { kind: "referenced files".to_owned(), text: referenced.trim().to_owned() };
        turn.request.scaffolding.push(scaffolding);
    }
    for part in content.items() {
        let kind = part.at(&["inlineData", "mimeType"]).as_text().or(part.at(&["fileData", "fileUri"]).as_text());
        if let Some(name) = kind {
            let attachment = Attachment { kind: AttachmentKind::Image, name: name.to_owned(), text: None };
            turn.request.attachments.push(attachment);
        }
    }
}

fn put_call(id: &str, name: &str, arguments: &Tree<'_>, draft: &mut Draft) {
    let input = if let Tree::Raw(input) = arguments { input } else { "{}" };
    draft.call(tools::call(id, name, input));
    if let Some(todos) = tools::todos(name, input) {
        draft.todos(todos);
    }
}

fn finish(id: &str, output: &str, failed: bool, draft: &mut Draft) {
    if !draft.result(id, tools::unframed(output), tools::exit_code(output), Some(failed)) {
        draft.skip();
    }
}

/// What a function returned.
fn returned(response: &Tree<'_>) -> String {
    let response = response.get("response");
    let text = response.text("output").or(response.text("error")).or(response.text("content"));
    text.unwrap_or_default().to_owned()
}

/// The texts of what Gemini calls a part list: a string, or strings and parts.
fn text_of(content: &Tree<'_>) -> String {
    let mut all = String::new();
    all.push_str(content.as_text().or(content.text("text")).unwrap_or_default());
    for part in content.items() {
        let text = part.as_text().or(part.text("text")).unwrap_or_default();
        if !all.is_empty() && !text.starts_with('\n') && !text.is_empty() {
            all.push('\n');
        }
        all.push_str(text);
    }
    all
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
