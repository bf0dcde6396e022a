//! Transcripts of other tools, one file a format.
//!
//! A format is found by what a file holds, never by its name. Reading is tolerant: a broken line or an item that nobody knows
//! costs itself and is counted ([`Conversation::skipped`]).

mod acp;
mod ahp;
mod aider;
mod claude_code;
mod cline;
mod codex;
mod copilot_events;
mod cursor_markdown;
mod draft;
mod gemini;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod log_tests;
mod messages;
mod moment;
mod opencode;
mod openhands;
mod places;
mod plain_text;
mod session;
mod source;
mod specstory;
mod tagged;
mod vscode;
mod vscode_log;

use self::draft::Draft;
use self::source::Source;
use super::conversation::Conversation;
use crate::error::{Error, ErrorCode, Result};

/// A transcript is refused beyond this many bytes: the model of it must fit into a tab beside it.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// How one format is told and read.
struct Reader {
    /// What [`Conversation::format`] says, and what `readConversation` takes.
    id: &'static str,
    /// Whether a file is of this format.
    knows: fn(&Source<'_>) -> bool,
    /// Reads a file that is.
    read: fn(&Source<'_>, &mut Draft),
}

/// In the order in which they are asked: whoever is surest comes first, plain text takes everything.
const READERS: &[Reader] = &[
    session::READER,
    claude_code::READER,
    codex::READER,
    copilot_events::EDITOR,
    copilot_events::CLI,
    gemini::READER,
    opencode::READER,
    vscode_log::READER,
    vscode::READER,
    ahp::READER,
    acp::READER,
    openhands::READER,
    cline::READER,
    messages::READER,
    cursor_markdown::READER,
    specstory::READER,
    aider::READER,
    plain_text::READER,
];

/// The ids of all formats.
pub fn formats() -> impl Iterator<Item = &'static str> {
    READERS.iter().map(|reader| reader.id)
}

/// Reads a transcript. `format` is one of [`formats`]; without it the format is found by what the file holds.
///
/// # Errors
/// `invalid` for an unknown format and for a file without a turn in it, `too-large` beyond 256 MB.
pub fn read(bytes: &[u8], format: Option<&str>) -> Result<Conversation> {
    read_by(bytes, &|source| {
        let reader = match format {
            Some(id) => READERS.iter().find(|reader| reader.id == id),
            None => READERS.iter().find(|reader| (reader.knows)(source)),
        };
        reader.ok_or_else(|| unknown(source, format))
    })
}

/// Reads a session of ours, as `read` does under the format `session`. It names no other reader, so that what hands sessions
/// over does without them.
///
/// # Errors
/// `invalid` for a file without a turn in it, `too-large` beyond 256 MB.
pub fn read_session(bytes: &[u8]) -> Result<Conversation> {
    read_by(bytes, &|_| Ok(&session::READER))
}

fn read_by(bytes: &[u8], choose: &dyn Fn(&Source<'_>) -> Result<&'static Reader>) -> Result<Conversation> {
    if bytes.len() > MOST_BYTES {
        return Err(Error::new(ErrorCode::TooLarge, "The transcript is larger than 256 MB.")
            .with_hint("Cut off its oldest part."));
    }
    let text = source::text(bytes).ok_or_else(|| {
        Error::invalid("This file is no text.")
            .with_hint("Give a chat export or a transcript of a coding agent, or paste the text.")
    })?;
    let source = Source::new(&text);
    let reader = choose(&source)?;
    let mut draft = Draft::default();
    (reader.read)(&source, &mut draft);
    let mut conversation = draft.finish();
    reader.id.clone_into(&mut conversation.format);
    if conversation.turns.is_empty() {
        return Err(Error::invalid("Nothing that was said could be found in the file.")
            .with_hint("Give a chat export or a transcript of a coding agent, or paste the text."));
    }
    Ok(conversation)
}

/// Why no reader takes a file.
fn unknown(source: &Source<'_>, format: Option<&str>) -> Error {
    const FOUND: &str = "Leave the format out: it is found by what the file holds.";
    if format.is_some() {
        return Error::invalid("There is no transcript format of that name.").with_hint(FOUND);
    }
    if source.text.is_empty() {
        return Error::invalid("The file is empty.")
            .with_hint("Give a transcript of a coding agent, or paste the text.");
    }
    let mut hint = "These formats are read: ".to_owned();
    for id in formats() {
        hint.push_str(id);
        hint.push_str(", ");
    }
    hint.push_str(
        "and the bundles of this package. In place of a *.chatreplay.json of VS Code, give what its command Export Chat \
         writes; of an export of ChatGPT, paste the text of the conversation.",
    );
    Error::invalid("This is JSON, but no transcript of a format that is known.").with_hint(hint)
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
