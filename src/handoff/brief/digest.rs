//! What a conversation comes to, gathered in one pass: what was said, changed, run and left open.

use super::super::conversation::{Change, Conversation, FileEdit, Part, Todo, ToolCall, ToolKind, ToolStatus, Turn};
use super::super::workspace::Workspace;
use super::commands;
use super::quote::{head, written};
use super::statements::laid_down;
use crate::by_name::ByName;
use crate::find::{around, bare, holds, without_last};
use crate::order::sorted;

/// One part of the conversation, with the turn it is in, counted from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'a> {
    pub(super) turn: usize,
    /// None for what the person asked.
    pub(super) part: Option<&'a Part>,
    /// An error's place among all errors, a call's among all calls.
    pub(super) number: usize,
}

/// What the person said in a turn.
#[derive(Clone, Debug)]
pub(super) struct Said<'a> {
    pub(super) turn: usize,
    pub(super) text: &'a str,
    /// Its sentences that lay something down.
    pub(super) sentences: Vec<(&'a str, u8)>,
}

/// A question that was asked, and its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'a> {
    pub(super) turn: usize,
    pub(super) question: &'a str,
    pub(super) answer: Option<&'a str>,
}

/// A file and what became of it.
#[derive(Clone, Debug, Default)]
pub(super) struct File<'a> {
    pub(super) path: &'a str,
    pub(super) from: Option<&'a str>,
    pub(super) first: Option<Change>,
    pub(super) last: Option<Change>,
    /// Edits by the agent, the diffs of the conversation.
    pub(super) edits: Vec<&'a FileEdit>,
    /// Not committed, as the host says.
    pub(super) uncommitted: Option<&'a FileEdit>,
    /// When it was touched last: the turn, and the place among all calls.
    pub(super) turn: usize,
    pub(super) at: usize,
    pub(super) reads: usize,
}

/// A call that can succeed or fail: the last one of those that are the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    pub(super) call: &'a ToolCall,
    pub(super) turn: usize,
    pub(super) at: usize,
    pub(super) times: usize,
    /// What makes two calls the same attempt.
    pub(super) key: usize,
    /// How much its failure matters: 2 for a build, test or lint command, 1 for anything that acts, 0 for what only looks.
    pub(super) rank: u8,
    pub(super) failed: bool,
    /// Its exit code says that it succeeded, its output that it did not.
    pub(super) is_hidden: bool,
}

#[derive(Debug, Default)]
pub(super) struct Digest<'a> {
    pub(super) steps: Vec<Step<'a>>,
    /// By turn.
    pub(super) said: Vec<Said<'a>>,
    pub(super) answers: Vec<Answer<'a>>,
    pub(super) todos: &'a [Todo],
    pub(super) plan: Option<(usize, &'a str)>,
    pub(super) files: Vec<File<'a>>,
    /// The last run of each distinct call, in order of that run.
    pub(super) runs: Vec<Run<'a>>,
    /// By key: the place of its last run, and whether that failed.
    pub(super) outcomes: Vec<(usize, bool)>,
    /// Commits that were made: branch and hash, and subject.
    pub(super) commits: Vec<(&'a str, &'a str)>,
    /// The branch that the last command went to; empty for none.
    pub(super) branch: &'a str,
    /// What the person refused or stopped.
    pub(super) refused: Vec<(usize, &'a ToolCall)>,
    pub(super) errors: Vec<(usize, &'a str)>,
    pub(super) scaffolding: usize,
    /// Plans and to-do lists that later ones replaced.
    pub(super) replaced: usize,
    /// What sub-agents said and did, which only their reports tell.
    pub(super) inner: usize,
    pub(super) images: usize,
    pub(super) folder: &'a str,
    places: ByName<usize>,
    keys: ByName<usize>,
    exact: ByName<usize>,
    calls: usize,
}

impl<'a> Digest<'a> {
    pub(super) fn new(conversation: Option<&'a Conversation>, workspace: &'a Workspace) -> Self {
        let mut digest = Self { folder: workspace.folder.as_deref().unwrap_or(""), ..Self::default() };
        if let Some(conversation) = conversation {
            for (index, turn) in conversation.turns.iter().enumerate() {
                digest.turn(turn, index + 1);
            }
        }
        for change in &workspace.changes {
            let calls = digest.calls;
            let file = digest.file(&change.path);
            file.uncommitted = Some(change);
            file.from = file.from.or(change.from.as_deref());
            file.last = Some(change.change);
            file.first = file.first.or(file.last);
            file.at = file.at.max(calls);
        }
        for edit in digest.runs.iter_mut().filter(|run| run.call.kind == ToolKind::Edit) {
            // An edit that failed is repaired by any later one of the same file.
            let path = edit.call.paths.first().map(|path| relative(path, digest.folder));
            let file = path.and_then(|path| digest.places.get(path)).and_then(|place| digest.files.get(*place));
            if edit.failed && file.is_some_and(|file| file.at > edit.at) {
                edit.failed = false;
                if let Some(outcome) = digest.outcomes.get_mut(edit.key) {
                    outcome.1 = false;
                }
            }
        }
        digest.runs = sorted(&digest.runs, &|one, other| one.at.cmp(&other.at));
        digest
    }

    fn turn(&mut self, turn: &'a Turn, number: usize) {
        let request = &turn.request;
        self.scaffolding += request.scaffolding.len();
        let text = request.text.trim();
        if !text.is_empty() {
            self.said.push(Said { turn: number, text, sentences: laid_down(text) });
        }
        if !request.text.trim().is_empty() || !request.attachments.is_empty() {
            self.steps.push(Step { turn: number, part: None, number: 0 });
        }
        for part in &turn.parts {
            let mut step = Step { turn: number, part: Some(part), number: self.errors.len() };
            match part {
                Part::Tool(call) => {
                    self.call(call, number);
                    step.number = self.calls;
                }
                Part::Plan(text) => {
                    self.replaced += usize::from(self.plan.is_some());
                    self.plan = Some((number, text));
                }
                Part::Todos(todos) => {
                    self.replaced += usize::from(!self.todos.is_empty());
                    self.todos = todos;
                }
                Part::Question { text, answer } => {
                    self.answers.push(Answer { turn: number, question: text, answer: answer.as_deref() });
                }
                Part::Error(text) => self.errors.push((number, text)),
                Part::Image(_) => self.images += 1,
                Part::Text(_) | Part::Reasoning(_) | Part::Compaction(_) => {}
            }
            self.steps.push(step);
        }
    }

    /// A file by its path, relative to the folder of the work.
    fn file(&mut self, path: &'a str) -> &mut File<'a> {
        let path = relative(path, self.folder);
        let place = self.places.get(path).copied().unwrap_or(self.files.len());
        if place == self.files.len() {
            self.places.insert(path, place);
            self.files.push(File { path, ..File::default() });
        }
        &mut self.files[place]
    }

    fn changed(&mut self, path: &'a str, from: Option<&'a str>, change: Change, turn: usize) -> &mut File<'a> {
        let at = self.calls;
        let from = from.map(|from| relative(from, self.folder));
        let file = self.file(path);
        file.first = file.first.or(Some(change));
        file.last = Some(change);
        file.from = from.or(file.from);
        (file.turn, file.at) = (turn, at);
        file
    }

    fn call(&mut self, call: &'a ToolCall, turn: usize) {
        self.calls += 1;
        for inner in &call.subagent {
            self.inner += inner.parts.len();
            for part in &inner.parts {
                if let Part::Tool(call) = part {
                    self.call(call, turn);
                }
            }
        }
        let failed = call.status == ToolStatus::Failed || call.exit_code.is_some_and(|code| code != 0);
        if call.status == ToolStatus::Cancelled {
            self.refused.push((turn, call));
            return;
        }
        if !failed {
            for edit in &call.edits {
                if let Some(from) = &edit.from {
                    self.changed(from, None, Change::Deleted, turn);
                }
                self.changed(&edit.path, edit.from.as_deref(), edit.change, turn).edits.push(edit);
            }
        }
        let target = match (&call.command, call.paths.first()) {
            (Some(command), _) => {
                if !failed {
                    self.shell(command, &call.output, turn);
                }
                command.trim()
            }
            (None, Some(path)) => path,
            (None, None) => head(&call.input, 500),
        };
        if call.kind == ToolKind::Read && !failed {
            for path in &call.paths {
                let at = self.calls;
                let file = self.file(path);
                file.reads += 1;
                (file.turn, file.at) = (turn, at);
            }
        }
        let is_check = call.command.is_some() && commands::is_check(target);
        let is_hidden = is_check && !failed && commands::hides_failure(target, &call.output);
        let failed = failed || is_hidden;
        let exact = written("{} {}", &[&call.name, target]);
        let key = match call.command {
            Some(_) if is_check => commands::key(target),
            Some(_) => commands::folded(target),
            None => exact.clone(),
        };
        let fresh = self.outcomes.len();
        let place = self.keys.get(&key).copied().unwrap_or(fresh);
        if place == fresh {
            self.keys.insert(&key, fresh);
            self.outcomes.push((0, false));
        }
        self.outcomes[place] = (self.calls, failed);
        let is_look = match call.command {
            Some(_) => commands::is_look(target),
            None => matches!(call.kind, ToolKind::Read | ToolKind::Search | ToolKind::Fetch),
        };
        let rank = if is_check { 2 } else { u8::from(!is_look) };
        let is_told = is_check || failed || (call.command.is_some() && !is_look);
        let before = self.exact.get(&exact).copied();
        if !is_told && before.is_none() {
            return;
        }
        let run = Run { call, turn, at: self.calls, times: 1, key: place, rank, failed, is_hidden };
        match before {
            Some(at) => self.runs[at] = Run { times: self.runs[at].times + 1, ..run },
            None => {
                self.exact.insert(&exact, self.runs.len());
                self.runs.push(run);
            }
        }
    }

    /// What a command that succeeded did to files and branches.
    fn shell(&mut self, command: &'a str, output: &'a str, turn: usize) {
        if holds(command, "rm ") || holds(command, "mv ") {
            for (is_move, files) in commands::removals(command) {
                if !is_move {
                    for path in files {
                        self.gone(path, turn);
                    }
                } else if let [from, to] = files[..]
                    && self.gone(from, turn)
                {
                    self.changed(to, Some(from), Change::Renamed, turn);
                }
            }
        }
        if !holds(command, "git ") {
            return;
        }
        let (mut before, mut flag) = ("", "");
        for word in command.split_whitespace() {
            if matches!(before, "checkout" | "switch") && matches!(flag, "-b" | "-c" | "-B" | "-C") {
                self.branch = bare(word, "\"';");
            }
            (before, flag) = (flag, word);
        }
        for row in output.lines().take(400) {
            // `[main 1a2b3c4] Subject` is what git says of a commit it made.
            let Some((place, subject)) = row.strip_prefix('[').and_then(|row| around(row, "] ")) else { continue };
            let (_, hash) = place.rsplit_once(' ').unwrap_or_default();
            if hash.len() >= 7 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                self.commits.push((place, subject));
            }
        }
    }

    /// Notes that a file was taken away, if it is one of the work.
    fn gone(&mut self, path: &'a str, turn: usize) -> bool {
        let is_known = self.places.get(relative(path, self.folder)).is_some();
        if is_known {
            self.changed(path, None, Change::Deleted, turn);
        }
        is_known
    }
}

/// A path as seen from the folder of the work.
pub(super) fn relative<'p>(path: &'p str, folder: &str) -> &'p str {
    let path = path.strip_prefix("file://").unwrap_or(path);
    let folder = without_last(folder, "/\\");
    let inside = match folder.is_empty() {
        true => None,
        false => path.strip_prefix(folder).and_then(|path| path.strip_prefix(['/', '\\'])),
    };
    let path = inside.unwrap_or(path);
    let path = path.strip_prefix("./").unwrap_or(path);
    if path.is_empty() { "." } else { path }
}
