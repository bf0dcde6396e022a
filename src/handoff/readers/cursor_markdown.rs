//! Cursor: a chat exported as Markdown. It holds what was said; tool calls and diffs are not in it.

use super::Reader;
use super::draft::Draft;
use super::source::Source;
use crate::find::{around, before, holds};

pub(super) const READER: Reader = Reader { id: "cursor-markdown", knows, read };

fn knows(source: &Source<'_>) -> bool {
    let mut head = source.text.lines().take(12);
    head.any(|line| line.starts_with("_Exported on ") && holds(line, " from Cursor"))
}

/// Whether the person speaks from this line on.
fn speaker(line: &str) -> Option<bool> {
    match line.trim_end() {
        "**User**" => Some(true),
        "**Cursor**" => Some(false),
        _ => None,
    }
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let mut is_person = None;
    let mut words = String::new();
    // A rule within a message looks like one between messages: only a rule above a name, and nothing between, is one.
    let mut above = "---";
    for line in source.text.lines() {
        match speaker(line).filter(|_| above == "---") {
            Some(next) => {
                flush(&mut words, is_person, draft);
                is_person = Some(next);
            }
            None if is_person.is_none() => heading(line, draft),
            None => {
                words.push_str(line);
                words.push('\n');
            }
        }
        if !line.trim().is_empty() {
            above = line.trim_end();
        }
    }
    flush(&mut words, is_person, draft);
}

fn heading(line: &str, draft: &mut Draft) {
    if let Some(title) = line.strip_prefix("# ") {
        draft.conversation.title = Some(title.trim().to_owned());
    } else if let Some((_, version)) = around(line, " from Cursor (") {
        draft.conversation.tool = Some(["Cursor ", before(version, ")")].concat());
    }
}

fn flush(words: &mut String, is_person: Option<bool>, draft: &mut Draft) {
    let said = std::mem::take(words);
    let said = said.trim();
    let said =
        said.strip_suffix("---").filter(|rest| rest.is_empty() || rest.ends_with('\n')).unwrap_or(said).trim_end();
    match is_person {
        Some(true) => {
            draft.ask_plain(said);
        }
        Some(false) => draft.say(said),
        None => {}
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
