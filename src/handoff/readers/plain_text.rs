//! Plain text and Markdown: a pasted chat whose lines say who speaks, or anything else, which is what the person says.

use super::Reader;
use super::draft::Draft;
use super::source::Source;
use crate::find::{self, around, holds, without_first, without_last};

pub(super) const READER: Reader = Reader { id: "text", knows, read };

const PERSON: &str = "user|you|you said|human|me|prompt|question|person";
const AGENT: &str = "assistant|agent|ai|bot|model|answer|response|chatgpt|chatgpt said|claude|claude said|claude responded|\
    claude code|codex|copilot|github copilot|cursor|gemini|gemini said|devin|jules";

/// JSON of a format that no reader knows is nothing that anybody said.
fn knows(source: &Source<'_>) -> bool {
    !source.text.is_empty() && !source.is_data()
}

/// Who speaks from a line on: the person or not, and the words that follow on the same line.
fn speaker<'a>(line: &'a str, person: &str) -> Option<(bool, &'a str)> {
    if line.len() > 4096 && !line.get(..64).is_some_and(|head| head.contains(':')) {
        return None;
    }
    let bare = without_first(line, "#*_ >");
    let is_marked = bare.len() != line.len();
    // A name alone on a line, with a mark, or a name and a colon.
    let (name, words) = around(bare, ":").unwrap_or((bare, ""));
    let is_named = is_marked || name.len() < bare.len();
    let name = without_last(name, "*_ ");
    if !is_named || name.len() > 40 || name.is_empty() {
        return None;
    }
    let words = without_first(words, "*_").trim_start();
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    if name == person || find::any(PERSON, &is) {
        return Some((true, words));
    }
    find::any(AGENT, &is).then_some((false, words))
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    // VS Code's "Copy All" begins with the person's own name.
    let first = source.text.lines().next().unwrap_or_default();
    let person = around(first, ": ").map_or("", |(name, _)| name);
    let is_copy = !person.contains(char::is_whitespace) && holds(source.text, "\nGitHub Copilot: ");
    let person = if is_copy { person } else { "" };
    let (mut persons, mut agents) = (0, 0);
    each(source.text, person, &mut |next, _| match next {
        Some(true) => persons += 1,
        Some(false) => agents += 1,
        None => {}
    });
    if persons == 0 || agents == 0 {
        draft.ask_plain(source.text);
        return;
    }
    let mut is_person = true;
    let mut words = String::new();
    each(source.text, person, &mut |next, line| {
        if let Some(next) = next {
            flush(&mut words, is_person, draft);
            is_person = next;
        }
        words.push_str(line);
        words.push('\n');
    });
    flush(&mut words, is_person, draft);
}

/// Goes through the lines: with who speaks from here on, where that changes. Code is nobody's name.
fn each(text: &str, person: &str, look: &mut dyn FnMut(Option<bool>, &str)) {
    let mut is_code = false;
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        match speaker(line, person).filter(|_| !is_code && !is_fence) {
            Some((is_person, words)) => look(Some(is_person), words),
            None => look(None, line),
        }
    }
}

fn flush(words: &mut String, is_person: bool, draft: &mut Draft) {
    let said = std::mem::take(words);
    let said = said.trim();
    if said.is_empty() {
        return;
    }
    match is_person {
        true => {
            draft.ask_plain(said);
        }
        false => draft.say(said),
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
