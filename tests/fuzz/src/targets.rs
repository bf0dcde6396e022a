//! What is fuzzed: every reader, and what else takes text that others wrote.

use cloud_agents::handoff::{self, Part, Turn, Workspace, formats, secrets};

use crate::{packed, whole};

/// What a small input may take whatever it is.
const SMALL: usize = 64 << 10;

/// One thing that is fuzzed.
#[derive(Clone, Copy)]
pub struct Target {
    /// The format of a reader, or a name from [`OTHERS`] or [`PLANTED`].
    pub name: &'static str,
    /// What is done with an input, given the name. Returns how many items of the model came of it.
    pub work: fn(&str, &[u8]) -> usize,
    /// Its memory stays under so many times the input.
    pub times: usize,
    /// Beside that: tables, buffers, and what is read of an input of a few bytes.
    pub base: usize,
}

/// What packs has tables of its own.
const TABLES: usize = 1 << 20;
/// A log of changes may name so many places that nothing is at.
const HOLES: usize = 8 << 20;
/// Readers stay under so many times the input where it is made for that: a text full of escapes that is found in the document
/// as it is looked at, found again as it is read, and kept. Of real transcripts it is less than 4, which the benches measure.
const READ: usize = 12;

/// What is fuzzed beside the readers. A way through several steps holds what goes into a step and what comes out of it.
const OTHERS: &[Target] = &[
    Target { name: "bundle", work: |_, input| packed::bundle(input), times: 16, base: TABLES },
    // Whatever the input says, a link is unpacked to 32 MB at most, in a buffer that doubles.
    Target { name: "inflate", work: |_, input| packed::inflate(input), times: 16, base: 96 << 20 },
    Target { name: "diff", work: |_, input| diff(&String::from_utf8_lossy(input)), times: 8, base: SMALL },
    Target { name: "secrets", work: |_, input| mask(&String::from_utf8_lossy(input)), times: 8, base: SMALL },
    Target { name: "whole", work: |_, input| whole::way(input), times: 32, base: HOLES },
];

/// Faults that must be found, or the judge is none. They are not among the [`names`].
const PLANTED: &[Target] = &[
    Target { name: "planted-panic", work: |_, input| panics(input), times: 4, base: SMALL },
    Target { name: "planted-time", work: |_, input| slow(input), times: 64, base: SMALL },
    Target { name: "planted-memory", work: |_, input| greedy(input), times: 4, base: SMALL },
];

/// The names of all targets.
pub fn names() -> impl Iterator<Item = &'static str> {
    formats().chain(OTHERS.iter().map(|other| other.name))
}

/// The target of that name.
pub fn named(name: &str) -> Option<Target> {
    let other = OTHERS.iter().chain(PLANTED).find(|other| other.name == name).copied();
    let base = if name == "vscode-chat-log" { HOLES } else { SMALL };
    other.or_else(|| Some(Target { name: formats().find(|format| *format == name)?, work: read, times: READ, base }))
}

fn read(format: &str, input: &[u8]) -> usize {
    handoff::read(input, Some(format)).map_or(0, |conversation| items(&conversation.turns))
}

/// How many items of the model there are, and how many places in lists.
pub fn items(turns: &[Turn]) -> usize {
    let of_part = |part: &Part| match part {
        Part::Tool(call) => 2 + call.edits.len() + call.paths.len() + items(&call.subagent),
        Part::Todos(todos) => 1 + todos.len(),
        _ => 1,
    };
    let of_turn = |turn: &Turn| 1 + turn.request.attachments.len() + turn.request.scaffolding.len();
    turns.iter().map(|turn| of_turn(turn) + turn.parts.iter().map(of_part).sum::<usize>()).sum()
}

/// A text with changes, and after a line of `====` the file that they are for.
fn diff(text: &str) -> usize {
    let (diff, old) = text.split_once("\n====\n").unwrap_or((text, ""));
    _ = handoff::is_diff(diff);
    _ = handoff::apply(diff, old.as_bytes());
    let edits = handoff::unified(diff).unwrap_or_default();
    for edit in &edits {
        _ = handoff::apply(&edit.diff, old.as_bytes());
    }
    let base: Vec<_> = handoff::paths_before(&edits).into_iter().take(1).map(|path| base_file(path, old)).collect();
    _ = handoff::prepare(&edits, &base, &[], &[]);
    edits.len()
}

fn base_file(path: String, text: &str) -> handoff::BaseFile {
    handoff::BaseFile { path, content: packed::base64(text.as_bytes(), b"+/"), ..handoff::BaseFile::default() }
}

fn mask(text: &str) -> usize {
    let mut free = 0;
    for found in secrets::find(text) {
        assert!(free <= found.start && found.start < found.end, "{found:?} overlaps what ends at {free}");
        assert!(text.get(found.start..found.end).is_some(), "{found:?} is not in the text");
        free = found.end;
    }
    let choices = secrets::Choices { homes: true, emails: true };
    let masking = handoff::Masking { choices, ..handoff::Masking::default() };
    handoff::Bundle::create(text.to_owned(), None, Workspace::default(), &masking).masked.len()
}

fn panics(input: &[u8]) -> usize {
    assert!(!input.starts_with(b"{}"), "planted");
    0
}

/// Looks for every line among all others.
fn slow(input: &[u8]) -> usize {
    let lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    let twice = lines.iter().filter(|line| lines.iter().filter(|other| other == line).count() > 1).count();
    usize::from(twice > input.len())
}

fn greedy(input: &[u8]) -> usize {
    drop(std::hint::black_box(input.repeat(200)));
    0
}
