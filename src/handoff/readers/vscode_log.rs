//! VS Code: chat sessions stored as a log of mutations (`chatSessions/*.jsonl`).
//!
//! The format is that of VS Code's objectMutationLog.ts: an entry a line, which replaces the whole state (0), sets (1), extends
//! (2) or deletes (3) what is at a path. Logs exist that lost their first entry; what later entries tell is read nevertheless.

use std::borrow::Cow;

use super::super::tree::{Shape, Tree};
use super::Reader;
use super::draft::Draft;
use super::source::Source;
use super::vscode;

pub(super) const READER: Reader = Reader { id: "vscode-chat-log", knows, read };

/// Nothing in a session lies deeper; a path that does is none.
const DEEPEST: usize = 24;
/// Items and fields that paths may add by naming them. A log that lost its beginning has holes, one made to be large has more.
const MOST_NAMED: usize = 1 << 16;
/// Fields of one object that paths may name.
const MOST_FIELDS: usize = 256;

/// Results are trees of many small nodes: they stay text until their request is read.
const SHAPE: Shape = Shape { raw: &["rawInput", "toolCallResults"], ..vscode::REQUEST };

fn knows(source: &Source<'_>) -> bool {
    source.document.as_ref().or_else(|| source.peeked.first()).is_some_and(|entry| match entry.whole("kind") {
        Some(0) => vscode::is_session(entry.get("v")) || entry.fields().len() == 2 && entry.get("v").is_there(),
        Some(1..=3) => matches!(entry.get("k"), Tree::List(_)),
        _ => false,
    })
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let mut state = Tree::Object(Vec::new());
    let mut named = MOST_NAMED;
    for entry in source.lines(&SHAPE) {
        let done = entry.is_some_and(|entry| apply(entry, &mut state, &mut named).is_some());
        if !done {
            draft.skip();
        }
    }
    vscode::session(&state, draft);
}

/// Applies one entry; `None` when it makes no sense.
fn apply<'a>(entry: Tree<'a>, state: &mut Tree<'a>, named: &mut usize) -> Option<()> {
    let Tree::Object(fields) = entry else { return None };
    let (mut kind, mut path, mut value, mut cut) = (None, Vec::new(), Tree::Null, None);
    for (name, field) in fields {
        match (&*name, field) {
            ("kind", Tree::Number(number)) => kind = Some(number as u8),
            ("k", Tree::List(items)) => path = items,
            ("i", Tree::Number(number)) => cut = Some(number as usize),
            ("v", field) => value = field,
            _ => {}
        }
    }
    let kind = kind?;
    if kind == 0 {
        *state = value;
        return Some(());
    }
    if path.is_empty() || path.len() > DEEPEST {
        return None;
    }
    let mut target = state;
    for step in path {
        target = child(target, step, named)?;
    }
    match (kind, value) {
        (1, value) => *target = value,
        (2, value) => {
            if !matches!(target, Tree::List(_)) {
                *target = Tree::List(Vec::new());
            }
            let Tree::List(items) = target else { return None };
            items.truncate(cut.unwrap_or(usize::MAX));
            if let Tree::List(mut more) = value {
                items.append(&mut more);
            }
        }
        (3, _) => *target = Tree::Null,
        _ => return None,
    }
    Some(())
}

/// What is at one step of a path, made if it is not there.
fn child<'t, 'a>(tree: &'t mut Tree<'a>, step: Tree<'a>, named: &mut usize) -> Option<&'t mut Tree<'a>> {
    if let Tree::Raw(text) = tree {
        *tree = Tree::parse(text, &vscode::REQUEST)?;
    }
    match step {
        Tree::Number(number) if number >= 0.0 => {
            if !matches!(tree, Tree::List(_)) {
                *tree = Tree::List(Vec::new());
            }
            let Tree::List(items) = tree else { return None };
            let index = number as usize;
            let missing = index.saturating_add(1).saturating_sub(items.len());
            *named = named.checked_sub(missing)?;
            if missing > 0 {
                items.resize_with(index + 1, || Tree::Null);
            }
            items.get_mut(index)
        }
        Tree::Text(name) => field(tree, name, named),
        _ => None,
    }
}

fn field<'t, 'a>(tree: &'t mut Tree<'a>, name: Cow<'a, str>, named: &mut usize) -> Option<&'t mut Tree<'a>> {
    if !matches!(tree, Tree::Object(_)) {
        *tree = Tree::Object(Vec::new());
    }
    let Tree::Object(fields) = tree else { return None };
    let index = match fields.iter().take(MOST_FIELDS).position(|(known, _)| *known == name) {
        Some(index) => index,
        None if fields.len() < MOST_FIELDS => {
            *named = named.checked_sub(1)?;
            fields.push((name, Tree::Null));
            fields.len() - 1
        }
        None => return None,
    };
    fields.get_mut(index).map(|(_, value)| value)
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
