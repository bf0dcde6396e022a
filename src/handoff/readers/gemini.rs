//! Gemini CLI: the sessions under `~/.gemini/tmp/<project>/chats`, one JSON document until 2025 and lines since, and the
//! checkpoints of `/chat save`, which are arrays of Gemini's own contents.
//!
//! Lines amend what was written before: the same id again replaces a message, `$set` a field (`messages` all of them), and
//! `$rewindTo` takes back a message with everything after it.

use super::super::conversation::{AttachmentKind, ToolKind, ToolStatus, TurnState};
use super::super::patch;
use super::super::tree::{NULL, Shape, Tree};
use super::Reader;
use super::draft::{Act, Draft, Rules};
use super::places::{Places, Waiting};
use super::source::Source;
use crate::find::position;
use crate::json::digits;

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
    tree.says_one("role", "user model") && tree.has("parts")
}

fn knows(source: &Source<'_>) -> bool {
    match &source.document {
        Some(document) => {
            is_session(document)
                || document.items().iter().any(is_content)
                || document.has("history") && document.has("authType")
        }
        None => source.peeked.iter().any(is_session),
    }
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    draft.conversation.tool = Some("Gemini CLI".to_owned());
    if source.document.is_none() {
        return amended(source, draft).iter().for_each(|message| self::message(message, draft));
    }
    let Some(document) = Tree::parse(source.text, &SHAPE) else { return draft.skip() };
    surroundings(&document, draft);
    let contents = if document.items().is_empty() { document.list("history") } else { document.items() };
    let mut unnamed = Unnamed::default();
    for content in contents {
        unnamed.content(content, draft);
    }
    document.list("messages").iter().for_each(|message| self::message(message, draft));
}

/// The messages of a file of lines as they stand in the end.
fn amended<'a>(source: &Source<'a>, draft: &mut Draft) -> Vec<Tree<'a>> {
    let mut messages: Vec<Tree<'a>> = Vec::new();
    let mut places = Places::default();
    let find = |messages: &[Tree<'a>], places: &Places, id: &str| {
        let [at, _] = places.get(id)?;
        messages.get(at)?.says("id", id).then_some(at)
    };
    for line in source.lines(&SHAPE) {
        let Some(mut line) = line else {
            draft.skip();
            continue;
        };
        let id = line.words("id");
        if let Some(id) = line.text("$rewindTo") {
            messages.truncate(find(&messages, &places, id).unwrap_or(messages.len()));
        } else if line.has("$set") {
            surroundings(line.get("$set"), draft);
            if let Tree::List(all) = line.take("$set").take("messages") {
                messages = all;
                places = Places::default();
                for (at, message) in messages.iter().enumerate() {
                    places.set(message.words("id"), [at, 0]);
                }
            }
        } else if is_session(&line) {
            surroundings(&line, draft);
        } else if line.first("id").is_there() && line.first("type").is_there() {
            match find(&messages, &places, id) {
                Some(at) => messages[at] = line,
                None => {
                    places.set(id, [messages.len(), 0]);
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
    session.put("summary", &mut draft.conversation.title);
    if let Some(folder) = session.list("directories").first().and_then(Tree::as_text) {
        draft.conversation.workspace.folder = Some(folder.to_owned());
    }
}

/// A message of a session.
fn message(message: &Tree<'_>, draft: &mut Draft) {
    draft.follow(MESSAGES, message.words("type"), message);
}

const MESSAGES: &Rules = &[
    ("user", Act::Do(|message, draft| request(message, message.get("content"), message.get("timestamp"), draft))),
    (
        "gemini",
        Act::Do(|message, draft| {
            message.put("model", &mut draft.conversation.model);
            for thought in message.list("thoughts") {
                draft.think(&[thought.words("subject"), "\n", thought.words("description")].concat());
            }
            draft.say(&text_of(message.get("content")));
            message.list("toolCalls").iter().for_each(|call| self::call(call, draft));
        }),
    ),
    ("error", Act::Do(|message, draft| draft.end_failed(&text_of(message.get("content"))))),
    (
        "info warning",
        Act::Do(|message, draft| {
            if message.says("type", "info") && text_of(message.get("content")).starts_with("Request cancelled") {
                draft.end(TurnState::Cancelled);
            }
        }),
    ),
];

fn call(call: &Tree<'_>, draft: &mut Draft) {
    let (id, status) = (call.words("id"), call.words("status"));
    draft.called(id, call.words("name"), input(call));
    let mut output = String::new();
    for part in call.list("result") {
        output.push_str(returned(part.get("functionResponse")));
        output.push_str(part.words("text"));
    }
    if output.is_empty() {
        output.push_str(call.words("error"));
    }
    if status == "success" || !output.is_empty() {
        draft.returned(id, &output, status == "error");
    }
    let shown = call.get("resultDisplay");
    draft.todo_items(shown.list("todos"));
    let Some(call) = draft.find(id) else { return };
    if status == "cancelled" {
        call.status = ToolStatus::Cancelled;
        call.edits.clear();
    }
    // The diff that was shown has line numbers.
    if let (ToolKind::Edit, [edit]) = (call.kind, &mut *call.edits) {
        patch::place(shown.words("fileDiff"), edit);
    }
}

/// Calls of a checkpoint, which may have no ids: results follow in the order of the calls of the same name.
#[derive(Debug, Default)]
struct Unnamed {
    calls: usize,
    waiting: Waiting,
}

impl Unnamed {
    /// What a checkpoint holds: the model's own view.
    fn content(&mut self, content: &Tree<'_>, draft: &mut Draft) {
        let parts = content.get("parts");
        if content.says("role", "user") {
            for part in parts.items() {
                let response = part.get("functionResponse");
                if response.is_there() {
                    let waiting = self.waiting.take(response.words("name"));
                    let id = response.string("id").or(waiting).unwrap_or_default();
                    draft.returned(&id, returned(response), response.has("response.error"));
                }
            }
            if !text_of(parts).is_empty() {
                request(content, parts, &NULL, draft);
            }
        } else if content.says("role", "model") {
            for part in parts.items() {
                let text = part.words("text");
                match part.is("thought") {
                    true => draft.think(text),
                    false => draft.say(text),
                }
                let call = part.get("functionCall");
                if let Some(name) = call.text("name") {
                    let id = call.string("id").unwrap_or_else(|| self.name(name));
                    draft.called(&id, name, input(call));
                }
            }
        } else {
            draft.skip();
        }
    }

    /// An id for a call that has none.
    fn name(&mut self, call: &str) -> String {
        self.calls += 1;
        let id = [call, "-", &digits(self.calls as i64)].concat();
        self.waiting.add(call, &id);
        id
    }
}

fn request(message: &Tree<'_>, content: &Tree<'_>, at: &Tree<'_>, draft: &mut Draft) {
    let text = text_of(content);
    if text.trim_start().starts_with(SNAPSHOT) {
        return draft.sum(&text);
    }
    // What the person typed, where the CLI put more to it.
    let typed = text_of(message.get("displayContent"));
    let (said, referenced) =
        text.split_at_checked(position(&text, REFERENCED).unwrap_or(text.len())).unwrap_or_default();
    let request = &mut draft.ask(if typed.is_empty() { said } else { &typed }, message.get("id"), at).request;
    if !referenced.is_empty() {
        request.inject("referenced files", referenced.trim());
    }
    for part in content.items() {
        if let Some(name) = part.text("inlineData.mimeType fileData.fileUri") {
            request.attach(AttachmentKind::Image, name, None);
        }
    }
}

/// The arguments of a call; none are an empty object.
fn input<'t>(call: &'t Tree<'_>) -> &'t str {
    match call.get("args").as_raw() {
        "" => "{}",
        input => input,
    }
}

/// What a function returned.
fn returned<'t>(response: &'t Tree<'_>) -> &'t str {
    response.words("response.output response.error response.content")
}

/// The texts of what Gemini calls a part list: a string, or strings and parts.
fn text_of(content: &Tree<'_>) -> String {
    let mut all = content.text("text").unwrap_or(content.as_words()).to_owned();
    for part in content.items() {
        let text = part.text("text").unwrap_or(part.as_words());
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
