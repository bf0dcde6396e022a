//! Aider: `.aider.chat.history.md`.
//!
//! A line of the person begins with `#### `, a line of the console with `> `, everything else is the model's Markdown with
//! SEARCH/REPLACE blocks. Headings of the fourth level in an answer look like the person's lines; Aider ends its own lines with
//! two spaces.

use super::super::conversation::{AttachmentKind, FileEdit, Part, Request, ToolCall, ToolStatus, TurnState};
use super::super::tree::{NULL, Tree};
use super::super::{patch, tools};
use super::Reader;
use super::draft::Draft;
use super::source::Source;
use crate::find::{around, bare, before};

pub(super) const READER: Reader = Reader { id: "aider", knows, read };

const SESSION: &str = "# aider chat started at ";

/// Blocks that may wait for being applied.
const MOST_BLOCKS: usize = 128;

fn knows(source: &Source<'_>) -> bool {
    source.text.starts_with(SESSION)
}

/// What has been read of the turn under way.
#[derive(Debug)]
struct Reading {
    /// When the session began.
    at: Tree<'static>,
    /// Lines of the person that no other line has followed yet.
    asked: String,
    /// Lines of the model.
    said: String,
    /// Files that the person added, for the next request.
    added: Request,
    /// Blocks that change files, with the path above each.
    blocks: Vec<(String, String)>,
    /// A command that runs, and what it prints.
    running: Option<Box<ToolCall>>,
    /// Up to the person's next line no block has an end.
    endless: bool,
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let mut reading = Reading {
        at: NULL,
        asked: String::new(),
        said: String::new(),
        added: Request::default(),
        blocks: Vec::new(),
        running: None,
        endless: false,
    };
    let mut lines = source.text.lines();
    while let Some(line) = lines.next() {
        if let Some(moment) = line.strip_prefix(SESSION) {
            reading.flush(draft);
            reading.at = Tree::Text(moment.trim().replace(' ', "T").into());
            reading.blocks.clear();
            reading.added.attachments.clear();
        } else if let Some(words) = line.strip_prefix("#### ").filter(|words| words.ends_with("  ")) {
            if reading.asked.is_empty() {
                reading.flush(draft);
            } else {
                reading.asked.push('\n');
            }
            reading.asked.push_str(words.trim_end());
            reading.endless = false;
        } else if line == ">" || line.starts_with("> ") {
            reading.console(line.get(1..).unwrap_or_default().trim(), draft);
        } else if line.trim_end() == "<<<<<<< SEARCH" && !reading.endless && reading.has_end(&lines) {
            reading.block(&mut lines);
        } else {
            reading.begin(draft);
            reading.said.push_str(line);
            reading.said.push('\n');
        }
    }
    reading.flush(draft);
}

impl Reading {
    /// The person's lines are complete.
    fn begin(&mut self, draft: &mut Draft) {
        let asked = std::mem::take(&mut self.asked);
        if asked.is_empty() {
            return;
        }
        let (command, rest) = asked.split_once([' ', '\n']).unwrap_or((&asked, ""));
        match command {
            // Files for the requests to come are no request.
            "/add" | "/read-only" | "/read" => {
                for path in rest.split_whitespace() {
                    self.added.attach(AttachmentKind::File, path, None);
                }
            }
            "/drop" => self.added.attachments.clear(),
            _ => {
                let turn = draft.ask(&asked, &NULL, &self.at);
                turn.request.attachments.append(&mut self.added.attachments);
                let line = match command {
                    "/run" | "/test" | "/lint" => rest,
                    command => command.strip_prefix('!').map_or("", |_| asked.get(1..).unwrap_or_default()),
                };
                if !line.trim().is_empty() {
                    self.running = Some(tools::call("", "run", line.trim()));
                }
            }
        }
    }

    /// Everything that was read so far goes into the draft.
    fn flush(&mut self, draft: &mut Draft) {
        self.begin(draft);
        if let Some(mut call) = self.running.take() {
            call.exit_code = tools::exit_code(&call.output);
            if call.exit_code.is_some_and(|code| code != 0) {
                call.status = ToolStatus::Failed;
            }
            draft.call(call);
        }
        let said = std::mem::take(&mut self.said);
        let mut rest = said.as_str();
        while let Some((before, thought, after)) = thinking(rest) {
            draft.say(before.trim());
            draft.think(thought.trim());
            rest = after;
        }
        draft.say(rest.trim());
    }

    /// A line that Aider itself or a command printed.
    fn console(&mut self, line: &str, draft: &mut Draft) {
        self.begin(draft);
        if let Some(path) = line.strip_prefix("Applied edit to ") {
            self.flush(draft);
            let mut diff = String::new();
            self.blocks.retain(|(known, block)| {
                let is_of_it = known == path;
                if is_of_it {
                    diff.push_str(&patch::search_replace(block));
                }
                !is_of_it
            });
            draft.edited(FileEdit { path: path.to_owned(), diff, ..FileEdit::default() });
        } else if let Some(commit) = line.strip_prefix("Commit ") {
            self.flush(draft);
            let hash = before(commit, " ");
            if hash.len() >= 7 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                draft.conversation.workspace.head_commit = Some(hash.to_owned());
                draft.say(line);
            }
        } else if let Some(command) = line.strip_prefix("Running ") {
            self.flush(draft);
            self.running = Some(tools::call("", "run", command));
        } else if let Some(version) = line.strip_prefix("Aider v") {
            draft.conversation.tool = Some(["Aider ", version].concat());
        } else if let Some(model) = line.strip_prefix("Main model: ").or_else(|| line.strip_prefix("Model: ")) {
            draft.conversation.model = Some(before(model, " with ").to_owned());
        } else if line.starts_with("litellm.") || line.starts_with("The LLM did not conform") {
            self.flush(draft);
            draft.fail(line);
            draft.end(TurnState::Failed);
        } else if line.ends_with("KeyboardInterrupt") {
            self.flush(draft);
            let turn = draft.turn();
            if !turn.parts.iter().any(|part| matches!(part, Part::Text(_))) {
                turn.state = TurnState::Cancelled;
            }
        } else if let Some(call) = &mut self.running {
            call.output.push_str(line);
            call.output.push('\n');
        }
    }

    /// Whether a block that begins here ends before the person says something.
    fn has_end(&mut self, lines: &std::str::Lines<'_>) -> bool {
        let is_end =
            |line: &&str| line.starts_with(">>>>>>> REPLACE") || line.starts_with("#### ") && line.ends_with("  ");
        self.endless = !lines.clone().find(is_end).is_some_and(|line| line.starts_with('>'));
        !self.endless
    }

    /// A block that changes a file: a fence and the path stand above it.
    fn block(&mut self, lines: &mut std::str::Lines<'_>) {
        let mut above = self.said.trim_end().lines().rev();
        let first = above.next().unwrap_or_default().trim();
        let path = if first.starts_with("```") { above.next().unwrap_or_default().trim() } else { first };
        let path = bare(path, "*`#: ").to_owned();
        let mut block = "<<<<<<< SEARCH\n".to_owned();
        for line in lines {
            block.push_str(line);
            block.push('\n');
            if line.starts_with(">>>>>>> REPLACE") {
                break;
            }
        }
        self.said.push_str(&block);
        // Aider tells what it applied after each answer: what is older was refused.
        if self.blocks.len() >= MOST_BLOCKS {
            self.blocks.remove(0);
        }
        self.blocks.push((path, block));
    }
}

/// The first thought in an answer, with what is before and after it.
fn thinking(text: &str) -> Option<(&str, &str, &str)> {
    if let Some((before, rest)) = around(text, "<thinking-content-") {
        let (tag, rest) = around(rest, ">")?;
        let (thought, after) = around(rest, &["</thinking-content-", tag, ">"].concat())?;
        return Some((before, thought, after));
    }
    let (before, rest) = around(text, "► **THINKING**")?;
    let (thought, after) = around(rest, "► **ANSWER**")?;
    Some((before, thought, after))
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
