//! The sections of facts: what was required, what is to be done, how the work stands, what fails and what was tried.

use super::super::conversation::{Change, FileEdit, TodoStatus};
use super::super::workspace::Workspace;
use super::commands::tells_failure;
use super::digest::{Digest, File, Run, relative};
use super::page::{DIFFS, Fate, Page, Section};
use super::quote::{clean, code, fence, head, line, said, shorten, tail};
use super::statements::{laid_down, weight};
use super::{Handoff, Pushed};

/// Of a line that was printed, so many bytes are shown.
const LONGEST_ROW: usize = 500;
/// What is shortened, and why.
const SHORT: &str = "only its beginning has room within the limit";
const LAID_DOWN: &str = "only what it requires, forbids or chooses is quoted";

/// A message of so many bytes is a statement as a whole.
const SHORT_MESSAGE: usize = 400;

/// What the person laid down, the latest first: of long messages the sentences that bind (`least` 2) or also those that ask for
/// something (1), and short messages whole, at first (`least` 2) only those that bind.
pub(super) fn decisions(page: &mut Page, digest: &Digest<'_>, prompt: &str, least: u8, is_long: bool) {
    for (turn, text) in digest.said.iter().rev().filter(|(_, text)| *text != prompt) {
        let place = (Section::Decisions, *turn, 0);
        if page.is_whole(place) || is_long != (text.len() > SHORT_MESSAGE) {
            continue;
        }
        let sentences = laid_down(text, least);
        if !is_long && least == 2 && !sentences.iter().any(|sentence| weight(sentence) == 2) {
            continue;
        }
        if !is_long {
            let mut quoted = String::new();
            said(&mut quoted, &turn_label("- ", *turn), text);
            page.offer(place, &message(*turn), &quoted, Fate::Kept, "");
        } else {
            let mut quoted = turn_label("- ", *turn);
            for sentence in sentences {
                quoted.push_str(" “");
                quoted.push_str(&line(sentence, 1200));
                quoted.push('”');
            }
            quoted.push('\n');
            page.offer(place, &message(*turn), &quoted, Fate::Shortened, LAID_DOWN);
        }
    }
}

/// What the person answered and refused.
pub(super) fn answers(page: &mut Page, digest: &Digest<'_>) {
    for (index, asked) in digest.answers.iter().enumerate().rev() {
        let mut text = turn_label("- ", asked.turn);
        let question = line(asked.question, 600);
        if !question.is_empty() {
            text.push_str(&[" asked “", &question, "”,"].concat());
        }
        match (asked.answer, question.is_empty()) {
            (Some(answer), true) => said(&mut text, ", while the agent was at work:", answer),
            (Some(answer), false) => said(&mut text, " answered", answer),
            (None, _) => text.push_str(" not answered yet\n"),
        }
        page.offer((Section::Decisions, asked.turn, 1 + index), "a question and its answer", &text, Fate::Kept, "");
    }
    for (index, (turn, call)) in digest.refused.iter().enumerate().rev() {
        let what = call.command.as_ref().or(call.paths.first()).unwrap_or(&call.input);
        let (name, what) = (code(&call.name, 60), code(what, 200));
        let mut text = [&turn_label("- ", *turn), " the person refused or stopped ", &name, " ", &what].concat();
        // Claude Code: "The user doesn't want to proceed with this tool use. […] the user said:" and then their words.
        // Where a reader made a question of it, its answer is there already.
        let answered = digest.answers.iter().skip(digest.answers.partition_point(|asked| asked.turn < *turn));
        let is_told = answered.take_while(|asked| asked.turn == *turn).take(40).any(|asked| asked.answer.is_some());
        match call.output.split_once("the user said:").filter(|_| !is_told) {
            Some((_, why)) => said(&mut text, ", saying", head(why.split("\n\nNote: ").next().unwrap_or(why), 4000)),
            None => text.push('\n'),
        }
        page.offer((Section::Decisions, *turn, 10_000 + index), "a refusal", &text, Fate::Kept, "");
    }
}

/// Whole messages of the person, each within so many bytes.
pub(super) fn messages(
    page: &mut Page,
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
        if !fits && page.fate(place) == Some(Fate::Shortened) {
            continue;
        }
        let mut quoted = String::new();
        said(&mut quoted, &turn_label("- ", *turn), &shorten(text, bytes));
        let (fate, why) = if fits { (Fate::Kept, "") } else { (Fate::Shortened, SHORT) };
        page.offer(place, &message(*turn), &quoted, fate, why);
    }
}

fn message(turn: usize) -> String {
    ["what the person said in turn ", &turn.to_string()].concat()
}

/// The to-do list as it stands, what is open first.
pub(super) fn todos(page: &mut Page, digest: &Digest<'_>) {
    for open in [true, false] {
        for (index, todo) in digest.todos.iter().enumerate() {
            let (mark, is_open) = match todo.status {
                TodoStatus::Pending => ("- [ ] pending: ", true),
                TodoStatus::InProgress => ("- [ ] in progress: ", true),
                TodoStatus::Completed => ("- [x] completed: ", false),
                TodoStatus::Cancelled => ("- [x] cancelled: ", false),
            };
            if is_open == open {
                let text = [mark, &line(&todo.text, 600), "\n"].concat();
                page.offer((Section::Todos, 0, index), &line(&todo.text, 80), &text, Fate::Kept, "");
            }
        }
    }
}

/// The plan in words.
pub(super) fn plan(page: &mut Page, digest: &Digest<'_>, bytes: usize) {
    let Some((turn, plan)) = digest.plan else { return };
    let mut text = String::new();
    said(&mut text, &[turn_label("\nThe plan of ", turn).as_str()].concat(), &shorten(plan, bytes));
    let (fate, why) = if plan.len() <= bytes { (Fate::Kept, "") } else { (Fate::Shortened, SHORT) };
    page.offer((Section::Todos, 1, 0), "the plan", &text, fate, why);
}

/// Repository, branch and commits.
pub(super) fn repository(page: &mut Page, digest: &Digest<'_>, workspace: &Workspace, pushed: Option<&Pushed<'_>>) {
    let known = |text: &Option<String>| text.clone().unwrap_or_default();
    let moved = digest.branch.clone().filter(|last| workspace.branch.as_ref() != Some(last));
    let mut text = String::new();
    for (label, value) in [
        ("- Repository: ", known(&workspace.repository)),
        ("- Branch: ", known(&workspace.branch)),
        ("- Branch that the last command went to: ", known(&moved)),
        ("- Base commit: ", known(&workspace.base_commit)),
        ("- Head commit: ", known(&workspace.head_commit)),
        ("- Paths are relative to the person's folder ", known(&workspace.folder)),
    ] {
        if !value.is_empty() {
            text.push_str(label);
            text.push_str(&code(&value, 300));
            text.push('\n');
        }
    }
    if let Some(pushed) = pushed {
        let (branch, commit) = (code(pushed.branch, 300), code(pushed.commit, 80));
        for piece in
            ["- The uncommitted changes were pushed to branch ", &branch, ", commit ", &commit, ": start from there.\n"]
        {
            text.push_str(piece);
        }
    }
    if !text.is_empty() {
        page.offer((Section::State, 0, 0), "repository and branch", &text, Fate::Kept, "");
    }
    for (index, (place, subject)) in digest.commits.iter().enumerate().rev() {
        let text = ["- Committed ", &code(place, 130), ": ", subject, "\n"].concat();
        page.offer((Section::State, 1, index), &["commit ", place].concat(), &text, Fate::Kept, "");
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
pub(super) fn changed(page: &mut Page, digest: &Digest<'_>) {
    for (index, file) in latest(digest, true) {
        let (Some(first), Some(last)) = (file.first, file.last) else { continue };
        let mut text = ["- ", &code(&file.path, 400), ": ", word(first)].concat();
        if first != last {
            text.push_str(", then ");
            text.push_str(word(last));
        }
        if let Some(from) = &file.from {
            text.push_str(" from ");
            text.push_str(&code(from, 400));
        }
        if file.edits.len() > 1 {
            text.push_str(&[", ", &file.edits.len().to_string(), " edits"].concat());
        }
        text.push_str(if file.uncommitted.is_some() { ", not committed\n" } else { "\n" });
        page.offer((Section::State, 2, index), &file.path, &text, Fate::Kept, "");
    }
}

/// The files of the work, those touched last first, with a number that orders them by name.
fn latest<'d, 'a>(digest: &'d Digest<'a>, is_changed: bool) -> Vec<(usize, &'d File<'a>)> {
    let mut files: Vec<&File<'_>> = digest.files.iter().filter(|file| file.last.is_some() == is_changed).collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let mut files: Vec<(usize, &File<'_>)> = files.into_iter().enumerate().collect();
    files.sort_by_key(|(_, file)| std::cmp::Reverse(file.at));
    files
}

/// Changes as diffs: what is not committed as a patch that git applies, or the edits that the conversation holds.
pub(super) fn diffs(page: &mut Page, digest: &Digest<'_>, uncommitted: bool, bytes: usize) {
    for (index, file) in latest(digest, true) {
        let place = (Section::State, DIFFS, index);
        if file.uncommitted.is_some() != uncommitted || page.is_whole(place) {
            continue;
        }
        let mut patch = match file.uncommitted {
            Some(edit) => header(edit, &file.path),
            None => [file.path.as_str(), "\n"].concat(),
        };
        let own = file.uncommitted.as_slice();
        let mut whole = true;
        let mut hunks = 0;
        // The last edits say most about how a file stands; they are read in the order in which they were made.
        let mut chosen = Vec::new();
        let mut room = bytes.saturating_sub(patch.len());
        for edit in if uncommitted { own } else { &file.edits }.iter().rev() {
            for hunk in self::hunks(&edit.diff).into_iter().rev() {
                if hunk.len() < room {
                    room -= hunk.len();
                    hunks += 1;
                    chosen.push(hunk);
                } else {
                    whole = false;
                }
            }
        }
        if hunks == 0 && !(uncommitted && whole) {
            continue;
        }
        for hunk in chosen.into_iter().rev() {
            patch.push_str(hunk.trim_end_matches('\n'));
            patch.push('\n');
        }
        let mut text = String::from("\n");
        fence(&mut text, "diff", &patch);
        let (fate, why) = if whole { (Fate::Kept, "") } else { (Fate::Shortened, "only whole hunks that have room") };
        page.offer(place, &["diff of ", &file.path].concat(), &text, fate, why);
    }
}

/// The lines that git puts before the hunks of a file.
fn header(edit: &FileEdit, path: &str) -> String {
    let path = line(path, 1000);
    let from = line(edit.from.as_deref().unwrap_or(&path), 1000);
    let mut text = ["diff --git a/", &from, " b/", &path, "\n"].concat();
    let (mut old, mut new) = (["a/", &from].concat(), ["b/", &path].concat());
    match edit.change {
        Change::Added => {
            text.push_str("new file mode 100644\n");
            "/dev/null".clone_into(&mut old);
        }
        Change::Deleted => {
            text.push_str("deleted file mode 100644\n");
            "/dev/null".clone_into(&mut new);
        }
        Change::Renamed => text.push_str(&["rename from ", &from, "\nrename to ", &path, "\n"].concat()),
        Change::Modified => {}
    }
    if !edit.diff.is_empty() {
        text.push_str(&["--- ", &old, "\n+++ ", &new, "\n"].concat());
    }
    text
}

/// The hunks of a diff.
fn hunks(diff: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut from, mut at) = (0, 0);
    for row in diff.split_inclusive('\n') {
        if row.starts_with("@@") && at > from {
            found.push(diff.get(from..at).unwrap_or(""));
            from = at;
        }
        at += row.len();
    }
    found.push(diff.get(from..).unwrap_or(""));
    found.retain(|hunk| !hunk.is_empty());
    found
}

/// What the host and the tool itself say fails, with what was printed within so many bytes.
pub(super) fn failing(page: &mut Page, digest: &Digest<'_>, workspace: &Workspace, bytes: usize) {
    for (index, test) in workspace.failing_tests.iter().enumerate() {
        let mut text = ["- Test ", &code(&test.name, 300), " fails"].concat();
        if let Some(path) = &test.path {
            text.push_str(&[" in ", &code(path, 300)].concat());
        }
        printed(&mut text, &test.output, bytes);
        page.offer((Section::Failing, 0, index), &test.name, &text, Fate::Kept, "");
    }
    for (index, diagnostic) in workspace.diagnostics.iter().enumerate() {
        let place = match diagnostic.line {
            Some(line) => [diagnostic.path.as_str(), ":", &line.to_string()].concat(),
            None => diagnostic.path.clone(),
        };
        let text = [
            "- ",
            &line(&diagnostic.severity, 20),
            " at ",
            &code(&place, 300),
            ": ",
            &line(&diagnostic.message, 500),
            "\n",
        ];
        page.offer((Section::Failing, 1, index), &place, &text.concat(), Fate::Kept, "");
    }
    for (index, (turn, error)) in digest.errors.iter().enumerate().rev().take(5) {
        let text = [&turn_label("- ", *turn), ": error “", &line(error, bytes.max(300)), "”\n"].concat();
        page.offer((Section::Failing, 3, index), "an error", &text, Fate::Kept, "");
    }
}

/// Each attempt of that rank that failed and was not repaired, with what it printed within so many bytes.
pub(super) fn open_failures(page: &mut Page, digest: &Digest<'_>, rank: u8, bytes: usize) {
    page.begin();
    for (index, run) in digest.runs.iter().enumerate().rev() {
        let place = (Section::Failing, 2, index);
        let is_open = digest.outcomes.get(run.key) == Some(&(run.at, true));
        if !is_open || run.rank != rank || page.is_whole(place) || (run.call.output.trim().is_empty() && rank < 2) {
            continue;
        }
        let item = ["output of ", &line(target(run), 80)].concat();
        if page.is_full() {
            page.omit(place, &item);
            continue;
        }
        let mut text = ["- ", &told(digest, run, (bytes / 3).clamp(80, 200), true)].concat();
        let whole = printed(&mut text, &run.call.output, bytes);
        let (fate, why) =
            if whole { (Fate::Kept, "") } else { (Fate::Shortened, "its lines that tell of a failure, and its end") };
        page.offer(place, &item, &text, fate, why);
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
    let mut shown = Vec::new();
    for (row, chosen) in rows.iter().zip(chosen) {
        if chosen {
            shown.push(head(row, LONGEST_ROW));
            whole &= row.len() <= LONGEST_ROW;
        } else if shown.last() != Some(&"[…]") {
            whole = false;
            shown.push("[…]");
        }
    }
    match shown.as_slice() {
        [] => text.push('\n'),
        [row] => text.push_str(&[": “", &line(row, LONGEST_ROW), "”\n"].concat()),
        shown => {
            text.push('\n');
            fence(text, "text", &shown.join("\n"));
        }
    }
    whole
}

fn target<'r>(run: &'r Run<'_>) -> &'r str {
    run.call.command.as_deref().or(run.call.paths.first().map(String::as_str)).unwrap_or(&run.call.input)
}

/// A call and how it ended. `bare` leaves out the change to the folder of the work before a command.
fn told(digest: &Digest<'_>, run: &Run<'_>, bytes: usize, bare: bool) -> String {
    let mut text = String::new();
    let mut what = target(run);
    if run.call.command.is_none() {
        text = [&line(&run.call.name, 60), " "].concat();
        what = relative(what, digest.folder);
    } else if bare {
        let inside = what.strip_prefix("cd ").and_then(|rest| rest.strip_prefix(digest.folder));
        what = inside.and_then(|rest| rest.strip_prefix(" && ")).unwrap_or(what);
    }
    text.push_str(&code(what, bytes));
    text.push_str(" → ");
    text.push_str(&ended(run.call.exit_code, run.failed && !run.is_hidden));
    if run.is_hidden {
        text.push_str(", but its output tells of a failure");
    }
    text
}

/// How something ended, in words.
pub(super) fn ended(exit_code: Option<i32>, failed: bool) -> String {
    match (exit_code, failed) {
        (Some(code), _) => ["exit code ", &code.to_string()].concat(),
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
pub(super) fn tried(page: &mut Page, digest: &Digest<'_>, which: Attempts, rank: u8, bytes: usize) {
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
        let mut text = ["- ", &told(digest, run, bytes, false)].concat();
        if run.failed {
            text.push_str(if is_open { ", unrepaired" } else { ", repaired since" });
        }
        text.push_str(" (turn ");
        text.push_str(&run.turn.to_string());
        if run.times > 1 {
            text.push_str(&[", run ", &run.times.to_string(), " times"].concat());
        }
        text.push_str(")\n");
        page.offer(place, &line(target(run), 100), &text, Fate::Kept, "");
    }
}

/// Files that were read or shown but not changed, the latest first, and what the host has open.
pub(super) fn files(page: &mut Page, digest: &Digest<'_>, handoff: &Handoff<'_>, most: usize) {
    for (index, selection) in handoff.workspace.selections.iter().enumerate() {
        let mut text = ["- ", &code(&selection.path, 300), ": selected by the person\n"].concat();
        fence(&mut text, "text", &shorten(&selection.text, 1500));
        page.offer((Section::Files, 0, index), &selection.path, &text, Fate::Kept, "");
    }
    for (index, path) in handoff.workspace.open_files.iter().enumerate() {
        let text = ["- ", &code(path, 300), ": open in the person's editor\n"].concat();
        page.offer((Section::Files, 1, index), path, &text, Fate::Kept, "");
    }
    for (index, file) in latest(digest, false).into_iter().take(most) {
        let text = [
            "- ",
            &code(&file.path, 300),
            ": read ",
            &file.reads.to_string(),
            " times, last in turn ",
            &file.turn.to_string(),
            "\n",
        ];
        page.offer((Section::Files, 2, index), &file.path, &text.concat(), Fate::Kept, "");
    }
    for (index, terminal) in handoff.workspace.terminals.iter().enumerate() {
        let mut text = ["- Terminal ", &code(&terminal.name, 100), " shows\n"].concat();
        fence(&mut text, "text", tail(&terminal.text, 1500));
        page.offer((Section::Files, 3, index), &terminal.name, &text, Fate::Kept, "");
    }
}

pub(super) fn turn_label(before: &str, turn: usize) -> String {
    [before, "turn ", &turn.to_string()].concat()
}
