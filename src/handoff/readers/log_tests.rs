//! What the tests of all readers need: real transcripts where there are some, and damage of every kind.

use std::path::Path;
use std::process::Command;

use super::super::conversation::{Conversation, Counts, Part, ToolCall, Turn};

/// Formats that `count-chats.mjs` counts.
const CHATS: &[&str] = &["vscode-chat", "vscode-chat-log", "messages", "openhands", "acp", "aider", "specstory"];

/// Reads a transcript that is known to be one.
pub(super) fn read(text: &str) -> Conversation {
    super::read(text.as_bytes(), None).unwrap_or_else(|error| panic!("{}", error.message))
}

/// A fixture under tests/fixtures/transcripts.
pub(super) fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/transcripts").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Asserts how much a conversation holds.
pub(super) fn holds(conversation: &Conversation, turns: usize, tool_calls: usize, edits: usize, skipped: usize) {
    assert_eq!(conversation.counts(), Counts { turns, tool_calls, edits });
    assert_eq!(conversation.skipped, skipped);
}

/// The requests of all turns.
pub(super) fn requests(conversation: &Conversation) -> Vec<&str> {
    conversation.turns.iter().map(|turn| turn.request.text.as_str()).collect()
}

/// All calls of a turn.
pub(super) fn calls(turn: &Turn) -> Vec<&ToolCall> {
    turn.parts.iter().filter_map(|part| if let Part::Tool(call) = part { Some(&**call) } else { None }).collect()
}

/// Compares every sample in a folder of `SAMPLES` with what a script counts that shares no code with the readers. Without that
/// folder there is nothing to compare, and the test says so.
pub(super) fn agree_with_an_independent_count(format: &str, folder: &str) {
    let Ok(samples) = std::env::var("SAMPLES") else {
        println!("SAMPLES is not set: no transcripts of {format} are compared");
        return;
    };
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let script = scripts.join(if CHATS.contains(&format) { "count-chats.mjs" } else { "count-agent-logs.mjs" });
    for entry in std::fs::read_dir(Path::new(&samples).join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let conversation = super::read(&std::fs::read(&path).unwrap(), None).unwrap();
        assert_eq!(conversation.format, format, "{}", path.display());
        let counts = conversation.counts();
        let output = Command::new("node").arg(&script).arg(format).arg(&path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let counted = [counts.turns, counts.tool_calls, counts.edits].map(|count| count.to_string()).join(" ");
        assert_eq!(counted, String::from_utf8_lossy(&output.stdout).trim(), "{}", path.display());
        println!("{}: {counted}, {} skipped", path.display(), conversation.skipped);
    }
}

/// A transcript of lines with a broken one between each two of them: reads as without, and every broken line is counted.
pub(super) fn broken_lines_cost_themselves(text: &str) {
    let whole = read(text);
    let lines = text.lines().count();
    let damaged = read(&text.lines().map(|line| format!("{line}\n{{\"type\":\"user\", cut off\n")).collect::<String>());
    assert_eq!(damaged.counts(), whole.counts());
    assert_eq!(damaged.skipped, whole.skipped + lines);
    let odd = read(&text.lines().map(|line| format!("{line}\n{{\"type\":\"never heard of\"}}\n")).collect::<String>());
    assert_eq!((odd.counts(), odd.skipped), (whole.counts(), whole.skipped + lines));
}

/// Damage to a transcript at a place that a test chooses: bytes are lost, doubled or replaced. Nothing may panic, and no more
/// turns may come of it than the text has room for.
pub(super) fn survives_damage(format: &str, text: &str, at: usize, length: usize, with: &str) {
    let mut bytes = text.as_bytes().to_vec();
    let at = at % (bytes.len() + 1);
    let end = (at + length).min(bytes.len());
    bytes.splice(at..end, with.bytes());
    for format in [Some(format), None] {
        if let Ok(conversation) = super::read(&bytes, format) {
            assert!(conversation.turns.len() <= bytes.len() / 2 + 1);
        }
    }
}
