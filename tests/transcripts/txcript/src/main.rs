//! Transcripts of Claude Code and Codex as `txcript` reads them, compared with what the crate reads: the same calls, the same
//! results, and everything that the person said in a place of its own.
//!
//! The two differ on purpose in what they call a message of the person; each such difference is named, and one that has no name
//! fails. `scripts/compare-with-txcript` runs it over a folder of samples.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use cloud_agents::handoff::{self, Conversation, Part, ToolStatus, Turn, TurnState};
use txcript::common::{Block, Role};
use txcript::harness::claude_code::ClaudeCode;
use txcript::harness::codex::Codex;
use txcript::{Codec, Common, TextCodec, Transcript};

/// Folders of samples, and the formats in them.
const FOLDERS: [(&str, &str); 2] = [("claude-code", "claude-code"), ("codex-rollout", "codex")];

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What is compared of a transcript.
#[derive(Default)]
struct Seen {
    /// Ids of the agent's calls, and of those among them that returned something.
    calls: BTreeSet<String>,
    results: BTreeSet<String>,
    /// What stands in messages of the person.
    said: Vec<String>,
}

fn main() -> Outcome<ExitCode> {
    let Some(samples) = std::env::var_os("SAMPLES") else {
        println!("SAMPLES is not set: nothing is compared with txcript");
        return Ok(ExitCode::SUCCESS);
    };
    let mut unexplained = 0;
    for (folder, format) in FOLDERS {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(Path::new(&samples).join(folder))? {
            paths.push(entry?.path());
        }
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path)?;
            let theirs = theirs(&text, format)?;
            let ours = handoff::read(text.as_bytes(), Some(format)).map_err(|error| error.message.clone())?;
            println!("{}", path.strip_prefix(&samples)?.display());
            unexplained += compare(&text, &ours, &theirs);
        }
    }
    println!("{unexplained} differences without a reason");
    Ok(ExitCode::from(u8::from(unexplained > 0)))
}

fn theirs(text: &str, format: &str) -> Outcome<Seen> {
    let transcript: Transcript<Common> = match format {
        "codex" => Codex::to_common(&Codex::from_text(text)?)?,
        _ => ClaudeCode::to_common(&ClaudeCode::from_text(text)?)?,
    };
    let mut seen = Seen::default();
    for message in transcript.body {
        let is_person = message.role == Role::User;
        for block in message.content {
            match block {
                // The person's own slash commands are calls of the person there.
                Block::ToolUse { id, .. } if !is_person => _ = seen.calls.insert(id),
                Block::ToolResult { tool_use_id, .. } => _ = seen.results.insert(tool_use_id),
                Block::Text { text } if is_person => seen.said.push(text),
                _ => {}
            }
        }
    }
    // What a slash command printed is a result there.
    seen.results.retain(|id| seen.calls.contains(id));
    Ok(seen)
}

fn ours(turns: &[Turn], seen: &mut Seen) {
    for part in turns.iter().flat_map(|turn| &turn.parts) {
        if let Part::Tool(call) = part {
            seen.calls.insert(call.id.clone());
            if call.status != ToolStatus::Unknown || !call.output.is_empty() {
                seen.results.insert(call.id.clone());
            }
            ours(&call.subagent, seen);
        }
    }
}

/// Prints what is the same and what is not, and returns how much of it has no reason.
fn compare(text: &str, conversation: &Conversation, theirs: &Seen) -> usize {
    let said = conversation.turns.iter().map(|turn| turn.request.text.clone()).collect();
    let mut seen = Seen { said, ..Seen::default() };
    ours(&conversation.turns, &mut seen);
    let mut unexplained = 0;
    for (name, ours, theirs) in [("calls", &seen.calls, &theirs.calls), ("results", &seen.results, &theirs.results)] {
        println!("    {name}: {} here, {} there", ours.len(), theirs.len());
        for id in ours.symmetric_difference(theirs) {
            println!("        {id} is only {}", if ours.contains(id) { "here" } else { "there" });
            unexplained += 1;
        }
    }
    println!("    messages of the person: {} here, {} there", seen.said.len(), theirs.said.len());
    let mut reasons = BTreeMap::new();
    for said in &theirs.said {
        *reasons.entry(place(said, conversation)).or_insert(0) += 1;
    }
    for request in &seen.said {
        if !theirs.said.iter().any(|said| said.contains(request.as_str())) {
            *reasons.entry(only_here(request, text)).or_insert(0) += 1;
        }
    }
    for (reason, count) in reasons {
        println!("        {count} {}", reason.unwrap_or("without a reason"));
        unexplained += if reason.is_none() { count } else { 0 };
    }
    unexplained
}

/// Where a message of the person there is here.
fn place(said: &str, conversation: &Conversation) -> Option<&'static str> {
    let turns = &conversation.turns;
    let is_part = |small: &str, large: &str| !small.trim().is_empty() && large.contains(small.trim());
    if turns.iter().any(|turn| is_part(&turn.request.text, said)) {
        return Some("are requests in both");
    }
    let mut injected = turns.iter().flat_map(|turn| &turn.request.scaffolding);
    if injected.any(|found| is_part(said, &found.text) || is_part(&found.text, said)) {
        return Some("are what the tool put there");
    }
    let mut parts = turns.iter().flat_map(|turn| &turn.parts);
    if parts.any(|part| matches!(part, Part::Question { answer: Some(answer), .. } if is_part(said, answer))) {
        return Some("are answers, said beside a result");
    }
    // Where the tool wrote its own command in an unusual order, it is a text there.
    if said.starts_with("<command-name>") {
        return Some("are commands of the tool itself, which ask nobody");
    }
    let is_cut = turns.iter().any(|turn| turn.state == TurnState::Cancelled);
    (said.starts_with("[Request interrupted by user") && is_cut).then_some("are how a turn ended")
}

/// Why a request is no message of the person there.
fn only_here(request: &str, text: &str) -> Option<&'static str> {
    if request.starts_with('/') {
        return Some("are slash commands, which are calls there");
    }
    // `"content": ["words"]`
    text.contains(&format!("[\"{request}\""))
        .then_some("are texts without a block around them, which are left out there")
}
