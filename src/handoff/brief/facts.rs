//! The sections of facts: what was required, what is to be done, how the work stands, what fails and what was tried.

use super::super::conversation::{Change, TodoStatus};
use super::super::workspace::Workspace;
use super::commands::tells_failure;
use super::diffs::lost;
use super::digest::{Digest, File, Run, relative};
use super::page::{Fate, Page, Section};
use super::quote::{clean, code, counted, fence, head, line, said, shorten, tail, write, written};
use super::statements::{laid_down, weight};
use super::{Handoff, Pushed};
use crate::find::around;
use crate::order::sorted;

/// Of a line that was printed, so many bytes are shown.
const LONGEST_ROW: usize = 500;
/// A message of so many bytes is a statement as a whole.
const SHORT_MESSAGE: usize = 400;

/// What the person laid down, the latest first: of long messages the sentences that bind (`least` 2) or also those that ask for
/// something (1), and short messages whole, at first (`least` 2) only those that bind.
pub(super) fn decisions(page: &mut Page<'_>, digest: &Digest<'_>, prompt: &str, least: u8, is_long: bool) {
    for (turn, text) in digest.said.iter().rev().filter(|(_, text)| *text != prompt) {
        let place = (Section::Decisions, *turn, 0);
        if page.is_whole(place) || is_long != (text.len() > SHORT_MESSAGE) {
            continue;
        }
        let sentences = laid_down(text, least);
        if !is_long && least == 2 && !sentences.iter().any(|sentence| weight(sentence) == 2) {
            continue;
        }
        let (label, item) = (turn_label("- ", *turn), message(*turn));
        let mut quoted = String::new();
        if !is_long {
            said(&mut quoted, &label, text);
            page.keep(place, &item, &quoted);
            continue;
        }
        quoted.push_str(&label);
        for sentence in sentences {
            write(&mut quoted, " “{l1200}”", &[sentence]);
        }
        quoted.push('\n');
        page.offer(place, &item, &quoted, Fate::Sentences);
    }
}

/// What the person answered and refused.
pub(super) fn answers(page: &mut Page<'_>, digest: &Digest<'_>) {
    for (index, asked) in digest.answers.iter().enumerate().rev() {
        let mut text = turn_label("- ", asked.turn);
        let is_unasked = line(asked.question, 600).is_empty();
        if !is_unasked {
            write(&mut text, " asked “{l600}”,", &[asked.question]);
        }
        match asked.answer {
            Some(answer) if is_unasked => said(&mut text, ", while the agent was at work:", answer),
            Some(answer) => said(&mut text, " answered", answer),
            None => text.push_str(" not answered yet\n"),
        }
        page.keep((Section::Decisions, asked.turn, 1 + index), "a question and its answer", &text);
    }
    for (index, (turn, call)) in digest.refused.iter().enumerate().rev() {
        let what = call.command.as_ref().or(call.paths.first()).unwrap_or(&call.input);
        let mut text = turn_label("- ", *turn);
        write(&mut text, " the person refused or stopped {c60} {c200}", &[&call.name, what]);
        // Claude Code: "The user doesn't want to proceed with this tool use. […] the user said:" and then their words.
        // Where a reader made a question of it, its answer is there already.
        let answered = digest.answers.iter().skip(digest.answers.partition_point(|asked| asked.turn < *turn));
        let is_told = answered.take_while(|asked| asked.turn == *turn).take(40).any(|asked| asked.answer.is_some());
        match around(&call.output, "the user said:").filter(|_| !is_told) {
            Some((_, why)) => {
                let why = around(why, "\n\nNote: ").map_or(why, |(why, _)| why);
                said(&mut text, ", saying", head(why, 4000));
            }
            None => text.push('\n'),
        }
        page.keep((Section::Decisions, *turn, 10_000 + index), "a refusal", &text);
    }
}

/// Whole messages of the person, each within so many bytes.
pub(super) fn messages(
    page: &mut Page<'_>,
    digest: &Digest<'_>,
    prompt: &str,
    bytes: usize,
    which: &dyn Fn(usize) -> bool,
) {
    for (index, (turn, text)) in digest.said.iter().enumerate().rev() {
        let place = (Section::Decisions, *turn, 0);
        if !which(index) || *text == prompt || page.is_whole(place) {
            continue;
        }
        let fits = text.len() <= bytes;
        // Sentences that lay something down are not given up for the beginning of a long message.
        if !fits && matches!(page.fate(place), Fate::Sentences | Fate::Beginning) {
            continue;
        }
        let mut quoted = String::new();
        said(&mut quoted, &turn_label("- ", *turn), &shorten(text, bytes));
        page.offer(place, &message(*turn), &quoted, if fits { Fate::Kept } else { Fate::Beginning });
    }
}

fn message(turn: usize) -> String {
    turn_label("what the person said in ", turn)
}

/// The to-do list as it stands, what is open first.
pub(super) fn todos(page: &mut Page<'_>, digest: &Digest<'_>) {
    for open in [true, false] {
        for (index, todo) in digest.todos.iter().enumerate() {
            let (mark, is_open) = match todo.status {
                TodoStatus::Pending => ("- [ ] pending: ", true),
                TodoStatus::InProgress => ("- [ ] in progress: ", true),
                TodoStatus::Completed => ("- [x] completed: ", false),
                TodoStatus::Cancelled => ("- [x] cancelled: ", false),
            };
            if is_open == open {
                let item = line(&todo.text, 80);
                page.tell((Section::Todos, 0, index), &item, "{}{l600}\n", &[mark, &todo.text]);
            }
        }
    }
}

/// The plan in words.
pub(super) fn plan(page: &mut Page<'_>, digest: &Digest<'_>, bytes: usize) {
    let Some((turn, plan)) = digest.plan else { return };
    let mut text = String::new();
    said(&mut text, &turn_label("\nThe plan of ", turn), &shorten(plan, bytes));
    let fate = if plan.len() <= bytes { Fate::Kept } else { Fate::Beginning };
    page.offer((Section::Todos, 1, 0), "the plan", &text, fate);
}

/// Repository, branch and commits.
pub(super) fn repository(page: &mut Page<'_>, digest: &Digest<'_>, workspace: &Workspace, pushed: Option<&Pushed<'_>>) {
    let moved = Some(digest.branch.to_owned()).filter(|last| workspace.branch.as_ref() != Some(last));
    let mut text = String::new();
    for (pattern, value) in [
        ("- Repository: {c300}\n", &workspace.repository),
        ("- Branch: {c300}\n", &workspace.branch),
        ("- Branch that the last command went to: {c300}\n", &moved),
        ("- Base commit: {c300}\n", &workspace.base_commit),
        ("- Head commit: {c300}\n", &workspace.head_commit),
        ("- Paths are relative to the person's folder {c300}\n", &workspace.folder),
    ] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            write(&mut text, pattern, &[value]);
        }
    }
    if let Some(pushed) = pushed {
        write(
            &mut text,
            "- The uncommitted changes were pushed to branch {c300}, commit {c80}: start from there.\n",
            &[pushed.branch, pushed.commit],
        );
    }
    if !text.is_empty() {
        page.keep((Section::State, 0, 0), "repository and branch", &text);
    }
    for (index, (place, subject)) in digest.commits.iter().enumerate().rev() {
        let item = written("commit {}", &[place]);
        page.tell((Section::State, 1, index), &item, "- Committed {c130}: {}\n", &[place, subject]);
    }
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Modified => "modified",
        Change::Deleted => "deleted",
        Change::Renamed => "renamed",
    }
}

/// Each changed file with its last state, the latest first.
pub(super) fn changed(page: &mut Page<'_>, digest: &Digest<'_>, is_pushed: bool) {
    for (index, file) in latest(digest, true) {
        let (Some(first), Some(last)) = (file.first, file.last) else { continue };
        let mut text = written("- {c400}: {}", &[file.path, word(first)]);
        if first != last {
            write(&mut text, ", then {}", &[word(last)]);
        }
        if let Some(from) = file.from {
            write(&mut text, " from {c400}", &[from]);
        }
        if file.edits.len() > 1 {
            text.push_str(&counted(", {} edits", file.edits.len()));
        }
        text.push_str(if file.uncommitted.is_some() { ", not committed" } else { "" });
        text.push_str(match file.uncommitted.and_then(lost).filter(|_| !is_pushed) {
            Some(Fate::Binary) => " (binary, not included)\n",
            Some(_) => " (its content is unknown)\n",
            None => "\n",
        });
        page.keep((Section::State, 2, index), file.path, &text);
    }
}

/// The files of the work, those touched last first, with a number that orders them by name.
pub(super) fn latest<'d, 'a>(digest: &'d Digest<'a>, is_changed: bool) -> Vec<(usize, &'d File<'a>)> {
    let mut files: Vec<&File<'_>> = digest.files.iter().collect();
    files.retain(|file| file.last.is_some() == is_changed);
    files = sorted(&files, &|one, other| one.path.cmp(other.path));
    let files: Vec<(usize, &File<'_>)> = files.into_iter().enumerate().collect();
    sorted(&files, &|(_, one), (_, other)| other.at.cmp(&one.at))
}

/// What the host and the tool itself say fails, with what was printed within so many bytes.
pub(super) fn failing(page: &mut Page<'_>, digest: &Digest<'_>, workspace: &Workspace, bytes: usize) {
    for (index, test) in workspace.failing_tests.iter().enumerate() {
        let mut text = written("- Test {c300} fails", &[&test.name]);
        if let Some(path) = &test.path {
            write(&mut text, " in {c300}", &[path]);
        }
        printed(&mut text, &test.output, bytes);
        page.keep((Section::Failing, 0, index), &test.name, &text);
    }
    for (index, diagnostic) in workspace.diagnostics.iter().enumerate() {
        let mut place = diagnostic.path.clone();
        if let Some(line) = diagnostic.line {
            write(&mut place, ":{}", &[&line.to_string()]);
        }
        let told = [diagnostic.severity.as_str(), &place, &diagnostic.message];
        page.tell((Section::Failing, 1, index), &place, "- {l20} at {c300}: {l500}\n", &told);
    }
    for (index, (turn, error)) in digest.errors.iter().enumerate().rev().take(5) {
        let told = [turn_label("- ", *turn), line(error, bytes.max(300))];
        page.tell((Section::Failing, 3, index), "an error", "{}: error “{}”\n", &[&told[0], &told[1]]);
    }
}

/// Each attempt of that rank that failed and was not repaired, with what it printed within so many bytes.
pub(super) fn open_failures(page: &mut Page<'_>, digest: &Digest<'_>, rank: u8, bytes: usize) {
    page.begin();
    for (index, run) in digest.runs.iter().enumerate().rev() {
        let place = (Section::Failing, 2, index);
        let is_open = digest.outcomes.get(run.key) == Some(&(run.at, true));
        if !is_open || run.rank != rank || page.is_whole(place) || (run.call.output.trim().is_empty() && rank < 2) {
            continue;
        }
        let item = written("output of {l80}", &[target(run)]);
        if page.is_full() {
            page.omit(place, &item);
            continue;
        }
        let mut text = told(digest, run, (bytes / 3).clamp(80, 200), true);
        let whole = printed(&mut text, &run.call.output, bytes);
        page.offer(place, &item, &text, if whole { Fate::Kept } else { Fate::Failures });
    }
}

/// What was printed: all of it, or the lines that tell of a failure and the last ones. Says whether it is all.
fn printed(text: &mut String, output: &str, bytes: usize) -> bool {
    let near = clean(tail(output.trim(), bytes.saturating_mul(40).max(20_000)));
    let rows: Vec<&str> = near.trim().lines().collect();
    let (mut chosen, mut room) = (vec![false; rows.len()], bytes);
    for failures in [true, false] {
        for (row, chosen) in rows.iter().zip(&mut chosen).rev() {
            let length = row.len().min(LONGEST_ROW) + 1;
            if !*chosen && (!failures || tells_failure(row)) && (length < room || room == bytes) {
                room = room.saturating_sub(length);
                *chosen = true;
            } else if !failures && !*chosen {
                break;
            }
        }
    }
    let mut whole = near.len() + 400 >= output.len();
    let mut shown = String::new();
    let (mut count, mut is_gap) = (0, false);
    for (row, chosen) in rows.iter().zip(chosen) {
        whole &= chosen && row.len() <= LONGEST_ROW;
        if chosen || !is_gap {
            count += 1;
            shown.push_str(if count > 1 { "\n" } else { "" });
            shown.push_str(if chosen { head(row, LONGEST_ROW) } else { "[…]" });
        }
        is_gap = !chosen;
    }
    match count {
        0 => text.push('\n'),
        1 => write(text, ": “{l500}”\n", &[&shown]),
        _ => {
            text.push('\n');
            fence(text, "text", &shown);
        }
    }
    whole
}

fn target<'r>(run: &'r Run<'_>) -> &'r str {
    run.call.command.as_deref().or(run.call.paths.first().map(String::as_str)).unwrap_or(&run.call.input)
}

/// A call and how it ended, as an item of a list. `bare` leaves out the change to the folder of the work before a command.
fn told(digest: &Digest<'_>, run: &Run<'_>, bytes: usize, bare: bool) -> String {
    let mut text = "- ".to_owned();
    let mut what = target(run);
    if run.call.command.is_none() {
        write(&mut text, "{l60} ", &[&run.call.name]);
        what = relative(what, digest.folder);
    } else if bare {
        let inside = what.strip_prefix("cd ").and_then(|rest| rest.strip_prefix(digest.folder));
        what = inside.and_then(|rest| rest.strip_prefix(" && ")).unwrap_or(what);
    }
    write(&mut text, "{} → {}", &[&code(what, bytes), &ended(run.call.exit_code, run.failed && !run.is_hidden)]);
    if run.is_hidden {
        text.push_str(", but its output tells of a failure");
    }
    text
}

/// How something ended, in words.
pub(super) fn ended(exit_code: Option<i32>, failed: bool) -> String {
    match (exit_code, failed) {
        (Some(code), _) => written("exit code {}", &[&code.to_string()]),
        (None, true) => "failed".to_owned(),
        (None, false) => "succeeded".to_owned(),
    }
}

/// Which of the attempts are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempts {
    /// The last run of each build, test and lint command, and what failed and was not repaired.
    Decisive,
    /// Other ways in which these were run before.
    Variants,
    /// What else was run to some effect.
    Others,
}

/// Attempts of that rank and how they ended, the latest first.
pub(super) fn tried(page: &mut Page<'_>, digest: &Digest<'_>, which: Attempts, rank: u8, bytes: usize) {
    page.begin();
    for (index, run) in digest.runs.iter().enumerate().rev().filter(|(_, run)| run.rank == rank) {
        let place = (Section::Tried, 0, index);
        let (last, is_open) = digest.outcomes.get(run.key).copied().unwrap_or((run.at, run.failed));
        let sort = match (rank == 2 || (run.failed && is_open), last == run.at) {
            (true, true) => Attempts::Decisive,
            (true, false) => Attempts::Variants,
            _ => Attempts::Others,
        };
        if sort != which {
            continue;
        }
        if page.is_full() {
            page.omit(place, &line(target(run), 100));
            continue;
        }
        let mut text = told(digest, run, bytes, false);
        if run.failed {
            text.push_str(if is_open { ", unrepaired" } else { ", repaired since" });
        }
        text.push_str(&turn_label(" (", run.turn));
        if run.times > 1 {
            text.push_str(&counted(", run {} times", run.times));
        }
        text.push_str(")\n");
        page.keep(place, &line(target(run), 100), &text);
    }
}

/// Files that were read or shown but not changed, the latest first, and what the host has open.
pub(super) fn files(page: &mut Page<'_>, digest: &Digest<'_>, handoff: &Handoff<'_>, most: usize) {
    for (index, selection) in handoff.workspace.selections.iter().enumerate() {
        let mut text = written("- {c300}: selected by the person\n", &[&selection.path]);
        fence(&mut text, "text", &shorten(&selection.text, 1500));
        page.keep((Section::Files, 0, index), &selection.path, &text);
    }
    for (index, path) in handoff.workspace.open_files.iter().enumerate() {
        page.tell((Section::Files, 1, index), path, "- {c300}: open in the person's editor\n", &[path]);
    }
    for (index, file) in latest(digest, false).into_iter().take(most) {
        let (reads, turn) = (file.reads.to_string(), file.turn.to_string());
        let texts = [file.path, &reads, &turn];
        page.tell((Section::Files, 2, index), file.path, "- {c300}: read {} times, last in turn {}\n", &texts);
    }
    for (index, terminal) in handoff.workspace.terminals.iter().enumerate() {
        let mut text = written("- Terminal {c100} shows\n", &[&terminal.name]);
        fence(&mut text, "text", tail(&terminal.text, 1500));
        page.keep((Section::Files, 3, index), &terminal.name, &text);
    }
}

pub(super) fn turn_label(before: &str, turn: usize) -> String {
    written("{}turn {}", &[before, &turn.to_string()])
}
