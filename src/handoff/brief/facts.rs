//! The sections of facts: what was required, what is to be done, how the work stands, what fails and what was tried.

use super::super::conversation::{Change, TodoStatus};
use super::super::workspace::Workspace;
use super::commands::tells_failure;
use super::diffs::lost;
use super::digest::{Digest, File, Run, Said, relative};
use super::page::{Fate, Page, Place, Section};
use super::quote::{Told, clean, counted, fence, head, line, said, shorten, tail, write, written};
use super::statements::excerpt;
use super::{Handoff, Pushed};
use crate::find::{around, position};
use crate::order::sorted;

/// Of a line that was printed, so many bytes are shown.
const LONGEST_ROW: usize = 500;
/// A message of so many bytes is a statement as a whole.
const SHORT_MESSAGE: usize = 400;

/// Of each message of the person the sentences that weigh at least so much, those longer than so many bytes cut to what binds,
/// the latest message first. None takes more than that part of the room from the others.
pub(super) fn statements(
    page: &mut Page<'_>,
    digest: &Digest<'_>,
    prompt: &str,
    least: u8,
    longest: usize,
    part: usize,
) {
    for Said { turn, text, sentences } in digest.said.iter().rev() {
        let place = (Section::Decisions, *turn, 0);
        if *text == prompt || page.is_whole(place) || !sentences.iter().any(|(_, weight)| *weight >= least) {
            continue;
        }
        let mut quoted = turn_label("- ", *turn);
        quoted.push('\n');
        let mut room = (page.room_at(place) / part).saturating_sub(page.cost(&quoted));
        quoted.pop();
        let mut fate = Fate::Sentences;
        for (index, (sentence, weight)) in sentences.iter().enumerate() {
            // The first sentence says what a message is about, but is not worth what others require.
            if *weight < least && (index > 0 || least > 1) {
                continue;
            }
            let quote = written(" “{l}”", &[&excerpt(sentence, longest)]);
            let cost = page.cost(&quote);
            if cost > room {
                fate = Fate::SomeSentences;
            } else {
                room -= cost;
                quoted.push_str(&quote);
            }
        }
        quoted.push('\n');
        // All that binds is worth more than some of what binds and asks.
        let before = page.fate(place);
        if fate == Fate::Sentences || before.list() != 1 || (least > 1 && before == Fate::SomeSentences) {
            page.offer(place, &message(*turn), &quoted, fate);
        }
    }
}

/// Short messages of the person whole that hold a sentence of at least that weight.
pub(super) fn short_messages(page: &mut Page<'_>, digest: &Digest<'_>, prompt: &str, least: u8) {
    for Said { turn, text, sentences } in digest.said.iter().rev() {
        let place = (Section::Decisions, *turn, 0);
        let is_such = text.len() <= SHORT_MESSAGE && sentences.iter().any(|(_, weight)| *weight >= least);
        if is_such && *text != prompt && !page.is_whole(place) {
            let mut quoted = String::new();
            said(&mut quoted, &turn_label("- ", *turn), text);
            page.keep(place, &message(*turn), &quoted);
        }
    }
}

/// What the person answered and refused; of what that was about, so many bytes.
pub(super) fn answers(page: &mut Page<'_>, digest: &Digest<'_>, bytes: usize) {
    for (index, asked) in digest.answers.iter().enumerate().rev() {
        let place = (Section::Decisions, asked.turn, 1 + index);
        if page.is_whole(place) {
            continue;
        }
        let mut told = Told::new(bytes, &turn_label("- ", asked.turn));
        let is_unasked = asked.question.trim().is_empty();
        if !is_unasked {
            told.write(" asked “{l}”,", &[asked.question]);
        }
        match asked.answer {
            Some(answer) if is_unasked => said(&mut told.text, ", while the agent was at work:", answer),
            Some(answer) => said(&mut told.text, " answered", answer),
            None => told.text.push_str(" not answered yet\n"),
        }
        page.tell(place, &turn_label("a question of ", asked.turn), &told, Fate::Question);
    }
    for (index, (turn, call)) in digest.refused.iter().enumerate().rev() {
        let place = (Section::Decisions, *turn, 10_000 + index);
        if page.is_whole(place) {
            continue;
        }
        let what = call.command.as_ref().or(call.paths.first()).unwrap_or(&call.input);
        // What was refused tells less than a question: its answer is in it.
        let mut told = Told::new(bytes / 3, &turn_label("- ", *turn));
        told.write(" the person refused or stopped {c60} {c}", &[&call.name, what]);
        // Claude Code: "The user doesn't want to proceed with this tool use. […] the user said:" and then their words.
        // Where a reader made a question of it, its answer is there already.
        let answered = digest.answers.iter().skip(digest.answers.partition_point(|asked| asked.turn < *turn));
        let is_told = answered.take_while(|asked| asked.turn == *turn).take(40).any(|asked| asked.answer.is_some());
        match around(&call.output, "the user said:").filter(|_| !is_told) {
            Some((_, why)) => {
                let why = around(why, "\n\nNote: ").map_or(why, |(why, _)| why);
                told.is_whole &= why.trim().len() <= bytes.max(4000);
                said(&mut told.text, ", saying", &shorten(why, bytes.max(4000)));
            }
            None => told.text.push('\n'),
        }
        page.tell(place, &turn_label("a refusal of ", *turn), &told, Fate::Beginning);
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
    for (index, Said { turn, text, .. }) in digest.said.iter().enumerate().rev() {
        let place = (Section::Decisions, *turn, 0);
        if !which(index) || *text == prompt || page.is_whole(place) {
            continue;
        }
        let fits = text.len() <= bytes;
        // Sentences that lay something down are not given up for the beginning of a long message.
        if !fits && matches!(page.fate(place), Fate::Sentences | Fate::SomeSentences | Fate::Beginning) {
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
pub(super) fn todos(page: &mut Page<'_>, digest: &Digest<'_>, bytes: usize) {
    for open in [true, false] {
        for (index, todo) in digest.todos.iter().enumerate() {
            let place = (Section::Todos, 0, index);
            let (mark, is_open) = match todo.status {
                TodoStatus::Pending => ("- [ ] pending: ", true),
                TodoStatus::InProgress => ("- [ ] in progress: ", true),
                TodoStatus::Completed => ("- [x] completed: ", false),
                TodoStatus::Cancelled => ("- [x] cancelled: ", false),
            };
            if is_open == open && !page.is_whole(place) {
                fact(page, place, &line(&todo.text, 80), bytes, "{}{l}\n", &[mark, &todo.text]);
            }
        }
    }
}

/// Offers a pattern with texts in its gaps, long ones within so many bytes.
fn fact(page: &mut Page<'_>, place: Place, item: &str, bytes: usize, pattern: &str, texts: &[&str]) {
    let mut told = Told::new(bytes, "");
    told.write(pattern, texts);
    page.tell(place, item, &told, Fate::Beginning);
}

/// The plan in words, or where else it stands: an agent is often given it as a message.
pub(super) fn plan(page: &mut Page<'_>, digest: &Digest<'_>, prompt: &str, bytes: usize) {
    let Some((turn, plan)) = digest.plan else { return };
    let place = (Section::Todos, 1, 0);
    let is_quoted = contains(prompt, plan)
        || digest
            .said
            .iter()
            .any(|said| page.is_whole((Section::Decisions, said.turn, 0)) && contains(said.text, plan));
    let mut told = Told::new(bytes, "");
    if is_quoted {
        told.text = turn_label("\nThe plan of ", turn);
        told.text.push_str(" is quoted above.\n");
    } else if page.is_whole(place) {
        return;
    } else {
        told.said(&turn_label("\nThe plan of ", turn), plan);
    }
    page.tell(place, "the plan", &told, Fate::Beginning);
}

/// Whether a text holds another, as told by where its beginning is first: looking for all of it at every place would take
/// the product of both lengths.
fn contains(text: &str, inner: &str) -> bool {
    let inner = inner.trim();
    position(text, head(inner, 200)).and_then(|at| text.get(at..)).is_some_and(|rest| rest.starts_with(inner))
}

/// Repository, branch, commits and what else is known of the place.
pub(super) fn repository(
    page: &mut Page<'_>,
    digest: &Digest<'_>,
    workspace: &Workspace,
    pushed: Option<&Pushed<'_>>,
    bytes: usize,
) {
    let moved = Some(digest.branch.to_owned()).filter(|last| workspace.branch.as_ref() != Some(last));
    for (index, (item, pattern, value)) in [
        ("the repository", "- Repository: {c}\n", &workspace.repository),
        ("the branch", "- Branch: {c}\n", &workspace.branch),
        ("the last command's branch", "- Branch that the last command went to: {c}\n", &moved),
        ("the base commit", "- Base commit: {c}\n", &workspace.base_commit),
        ("the head commit", "- Head commit: {c}\n", &workspace.head_commit),
        ("the pull request", "- Pull request: {c}\n", &workspace.pull_request),
        ("the folder", "- Paths are relative to the person's folder {c}\n", &workspace.folder),
    ]
    .into_iter()
    .enumerate()
    {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            fact(page, (Section::State, 0, index), item, bytes, pattern, &[value]);
        }
    }
    if let Some(pushed) = pushed {
        let pattern = "- The uncommitted changes were pushed to branch {c}, commit {c}: start from there.\n";
        fact(page, (Section::State, 0, 8), "the pushed branch", bytes, pattern, &[pushed.branch, pushed.commit]);
    }
    for (index, name) in workspace.custom_agents.iter().enumerate() {
        let item = written("custom agent {}", &[name]);
        fact(page, (Section::State, 0, 9 + index), &item, bytes, "- Custom agent of the repository: {c}\n", &[name]);
    }
    for (index, (place, subject)) in digest.commits.iter().enumerate().rev() {
        let item = written("commit {}", &[place]);
        fact(page, (Section::State, 1, index), &item, bytes, "- Committed {c}: {l}\n", &[place, subject]);
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
pub(super) fn changed(page: &mut Page<'_>, digest: &Digest<'_>, is_pushed: bool, bytes: usize) {
    for (index, file) in latest(digest, true) {
        let (Some(first), Some(last)) = (file.first, file.last) else { continue };
        let mut told = Told::new(bytes, "");
        told.write("- {c}: {}", &[file.path, word(first)]);
        if first != last {
            told.write(", then {}", &[word(last)]);
        }
        if let Some(from) = file.from {
            told.write(" from {c}", &[from]);
        }
        if file.edits.len() > 1 {
            told.text.push_str(&counted(", {} edits", file.edits.len()));
        }
        told.text.push_str(if file.uncommitted.is_some() { ", not committed" } else { "" });
        told.text.push_str(match file.uncommitted.and_then(lost).filter(|_| !is_pushed) {
            Some(Fate::Binary) => " (binary, not included)\n",
            Some(_) => " (its content is unknown)\n",
            None => "\n",
        });
        page.tell((Section::State, 2, index), file.path, &told, Fate::Beginning);
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

/// What the host and the tool itself say fails, with what was printed within so many bytes; of the tool's errors, so many of
/// the last.
pub(super) fn failing(page: &mut Page<'_>, digest: &Digest<'_>, workspace: &Workspace, bytes: usize, most: usize) {
    for (index, test) in workspace.failing_tests.iter().enumerate() {
        let place = (Section::Failing, 0, index);
        if page.is_whole(place) {
            continue;
        }
        let mut told = Told::new(bytes.max(300), "");
        told.write("- Test {c} fails", &[&test.name]);
        if let Some(path) = &test.path {
            told.write(" in {c}", &[path]);
        }
        printed(&mut told, &test.output, bytes);
        page.tell(place, &written("test {}", &[&test.name]), &told, Fate::Failures);
    }
    for (index, diagnostic) in workspace.diagnostics.iter().enumerate() {
        let mut at = diagnostic.path.clone();
        if let Some(line) = diagnostic.line {
            write(&mut at, ":{}", &[&line.to_string()]);
        }
        let (place, texts) = ((Section::Failing, 1, index), [&*diagnostic.severity, &at, &diagnostic.message]);
        if !page.is_whole(place) {
            fact(page, place, &written("{} at {}", &texts[..2]), bytes.max(500), "- {l} at {c}: {l}\n", &texts);
        }
    }
    page.begin();
    for (index, (turn, error)) in digest.errors.iter().enumerate().rev() {
        let (place, item) = ((Section::Failing, 3, index), turn_label("an error of ", *turn));
        if page.is_full() || digest.errors.len() - index > most {
            page.omit(place, &item);
        } else if !page.is_whole(place) {
            let label = turn_label("- ", *turn);
            fact(page, place, &item, bytes.max(300), "{}: error “{l}”\n", &[&label, error]);
        }
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
        // The command is there to tell whose output it is.
        let label = attempt(digest, run, (bytes / 3).clamp(80, 200), true);
        let mut told = Told::new(bytes, &label.text);
        printed(&mut told, &run.call.output, bytes);
        page.tell(place, &item, &told, Fate::Failures);
    }
}

/// What was printed: all of it, or the lines that tell of a failure and the last ones.
fn printed(told: &mut Told, output: &str, bytes: usize) {
    let output = output.trim();
    let near = tail(output, bytes.saturating_mul(40).max(20_000));
    told.is_whole &= near.len() == output.len();
    let near = clean(near);
    let longest = LONGEST_ROW.max(bytes / 4);
    let rows: Vec<&str> = near.trim().lines().collect();
    let (mut chosen, mut room) = (vec![false; rows.len()], bytes);
    for failures in [true, false] {
        for (row, chosen) in rows.iter().zip(&mut chosen).rev() {
            let length = row.len().min(longest) + 1;
            if !*chosen && (!failures || tells_failure(row)) && (length < room || room == bytes) {
                room = room.saturating_sub(length);
                *chosen = true;
            } else if !failures && !*chosen {
                break;
            }
        }
    }
    let mut shown = String::new();
    let (mut count, mut is_gap) = (0, false);
    for (row, chosen) in rows.iter().zip(chosen) {
        told.is_whole &= chosen && row.len() <= longest;
        if chosen || !is_gap {
            count += 1;
            shown.push_str(if count > 1 { "\n" } else { "" });
            shown.push_str(if chosen { head(row, longest) } else { "[…]" });
        }
        is_gap = !chosen;
    }
    match count {
        0 => told.text.push('\n'),
        1 => write(&mut told.text, ": “{l}”\n", &[&shown]),
        _ => {
            told.text.push('\n');
            fence(&mut told.text, "text", &shown);
        }
    }
}

fn target<'r>(run: &'r Run<'_>) -> &'r str {
    run.call.command.as_deref().or(run.call.paths.first().map(String::as_str)).unwrap_or(&run.call.input)
}

/// A call and how it ended, as an item of a list. `bare` leaves out the change to the folder of the work before a command.
fn attempt(digest: &Digest<'_>, run: &Run<'_>, bytes: usize, bare: bool) -> Told {
    let mut told = Told::new(bytes, "- ");
    let mut what = target(run);
    if run.call.command.is_none() {
        told.write("{l60} ", &[&run.call.name]);
        what = relative(what, digest.folder);
    } else if bare {
        let inside = what.strip_prefix("cd ").and_then(|rest| rest.strip_prefix(digest.folder));
        what = inside.and_then(|rest| rest.strip_prefix(" && ")).unwrap_or(what);
    }
    told.write("{c} → {}", &[what, &ended(run.call.exit_code, run.failed && !run.is_hidden)]);
    if run.is_hidden {
        told.text.push_str(", but its output tells of a failure");
    }
    told
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
        let mut told = attempt(digest, run, bytes, false);
        let text = &mut told.text;
        if run.failed {
            text.push_str(if is_open { ", unrepaired" } else { ", repaired since" });
        }
        text.push_str(&turn_label(" (", run.turn));
        if run.times > 1 {
            text.push_str(&counted(", run {} times", run.times));
        }
        text.push_str(")\n");
        page.tell(place, &line(target(run), 100), &told, Fate::Beginning);
    }
}

/// What the host has open, within so many bytes each, and the latest of the files that were read but not changed.
pub(super) fn files(page: &mut Page<'_>, digest: &Digest<'_>, handoff: &Handoff<'_>, bytes: usize, most: usize) {
    let workspace = handoff.workspace;
    for (index, selection) in workspace.selections.iter().enumerate() {
        let from = selection.line.map_or_else(String::new, |line| counted(", from line {}", line as usize));
        let texts = [&*selection.path, &from, &selection.text];
        shown(page, (Section::Files, 0, index), bytes, "selection in {}", "- {c}: selected by the person{}\n", texts);
    }
    for (index, path) in workspace.open_files.iter().enumerate() {
        let item = written("open file {}", &[path]);
        fact(page, (Section::Files, 1, index), &item, bytes, "- {c}: open in the person's editor\n", &[path]);
    }
    page.begin();
    for (rank, (index, file)) in latest(digest, false).into_iter().enumerate() {
        let place = (Section::Files, 2, index);
        if page.is_full() || rank >= most {
            page.omit(place, file.path);
        } else if !page.is_whole(place) {
            let (reads, turn) = (file.reads.to_string(), file.turn.to_string());
            let texts = [file.path, &reads, &turn];
            fact(page, place, file.path, bytes, "- {c}: read {} times, last in turn {}\n", &texts);
        }
    }
    for (index, terminal) in workspace.terminals.iter().enumerate() {
        let texts = [&*terminal.name, "", &terminal.text];
        shown(page, (Section::Files, 3, index), bytes, "terminal {}", "- Terminal {c} shows\n", texts);
    }
}

/// What the person sees: a line that names it, and the text. Of a terminal, which has no place in a file, the end matters.
fn shown(page: &mut Page<'_>, place: Place, bytes: usize, item: &str, pattern: &str, texts: [&str; 3]) {
    if page.is_whole(place) {
        return;
    }
    let is_terminal = place.1 == 3;
    let mut told = Told::new(bytes, "");
    told.write(pattern, &texts[..2]);
    told.fence(texts[2], is_terminal);
    let cut = if is_terminal { Fate::End } else { Fate::Beginning };
    page.tell(place, &written(item, &texts[..1]), &told, cut);
}

pub(super) fn turn_label(before: &str, turn: usize) -> String {
    written("{}turn {}", &[before, &turn.to_string()])
}
