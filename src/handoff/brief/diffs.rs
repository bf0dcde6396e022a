//! Changes as diffs: what is not committed as a patch that git applies, and the edits that the conversation holds.

use super::super::conversation::{Change, FileEdit};
use super::digest::{Digest, File, relative};
use super::facts::latest;
use super::page::{DIFFS, Fate, Page, Place, Section};
use super::quote::{clean_diff, fence, line, write, written};
use crate::find::{any, without_last};

/// Git's lines on modes, which come before the hunks.
const MODES: &str = "old mode |new mode |new file mode |deleted file mode ";
/// What else can stand there. The patch has such lines of its own.
const HEADERS: &str = "diff --git |index |similarity index |dissimilarity index |rename |copy |--- |+++ |Index: |=====";
/// What stands in place of hunks where git sees no text.
const BINARY: &str = "GIT binary patch|Binary files ";

/// What is not committed, each file within so many bytes.
pub(super) fn uncommitted(page: &mut Page<'_>, digest: &Digest<'_>, is_pushed: bool, bytes: usize) {
    for (place, file) in files(page, digest) {
        let Some(edit) = file.uncommitted else { continue };
        let fate = if is_pushed { Some(Fate::Pushed) } else { lost(edit) };
        if let Some(fate) = fate {
            page.leave(place, &item(file), fate);
            continue;
        }
        let (modes, body) = split(&edit.diff);
        // A file that is gone without its lines is told by its name; a patch of it would not apply.
        if edit.change != Change::Deleted || !edit.diff.is_empty() {
            let header = header(edit, file.path, digest.folder, &modes, body.is_empty());
            offer(page, place, file, header, &[edit], bytes);
        }
    }
}

/// The edits of the conversation, where the host does not say how the file differs now.
pub(super) fn told(page: &mut Page<'_>, digest: &Digest<'_>, bytes: usize) {
    for (place, file) in files(page, digest) {
        if file.uncommitted.is_none() && file.edits.iter().any(|edit| !edit.diff.is_empty()) {
            offer(page, place, file, written("{}\n", &[file.path]), &file.edits, bytes);
        }
    }
}

/// The changed files whose diffs are not there whole, and where these belong.
fn files<'d, 'a>(page: &Page<'_>, digest: &'d Digest<'a>) -> Vec<(Place, &'d File<'a>)> {
    let mut files = Vec::new();
    for (index, file) in latest(digest, true) {
        let place = (Section::State, DIFFS, index);
        if !page.is_whole(place) {
            files.push((place, file));
        }
    }
    files
}

fn item(file: &File<'_>) -> String {
    written("diff of {}", &[file.path])
}

/// Why a change cannot be told as a patch, if it cannot.
pub(super) fn lost(edit: &FileEdit) -> Option<Fate> {
    let is_named = matches!(edit.change, Change::Added | Change::Modified) && edit.diff.trim().is_empty();
    if is_binary(split(&edit.diff).1) { Some(Fate::Binary) } else { is_named.then_some(Fate::Unknown) }
}

fn is_binary(body: &str) -> bool {
    any(BINARY, &|words| body.starts_with(words))
}

/// Offers hunks below a header, those of the last edits first: they say most about how a file stands. They are read in the
/// order in which they were made.
fn offer(page: &mut Page<'_>, place: Place, file: &File<'_>, header: String, edits: &[&FileEdit], bytes: usize) {
    let mut room = bytes.saturating_sub(header.len());
    let (mut chosen, mut fate) = (Vec::new(), Fate::Kept);
    for edit in edits.iter().rev() {
        let (_, body) = split(&edit.diff);
        if is_binary(body) {
            fate = Fate::Binary;
            continue;
        }
        for hunk in hunks(body).into_iter().rev() {
            if hunk.len() < room {
                room -= hunk.len();
                chosen.push(hunk);
            } else {
                fate = Fate::Hunks;
            }
        }
    }
    if chosen.is_empty() && fate != Fate::Kept {
        page.leave(place, &item(file), if fate == Fate::Hunks { Fate::NoRoom } else { fate });
        return;
    }
    let mut patch = header;
    for hunk in chosen.into_iter().rev() {
        write(&mut patch, "{}\n", &[without_last(hunk, "\n")]);
    }
    fate = match fate {
        Fate::Kept if clean_diff(&patch).len() < patch.len() => Fate::Cleaned,
        Fate::Binary => Fate::Hunks,
        fate => fate,
    };
    let mut text = String::from("\n");
    fence(&mut text, "diff", &patch);
    page.offer(place, &item(file), &text, fate);
}

/// The lines that git puts before the hunks of a file.
fn header(edit: &FileEdit, path: &str, folder: &str, modes: &str, is_bare: bool) -> String {
    let path = line(path, 1000);
    let from = line(edit.from.as_deref().map_or(&path, |from| relative(from, folder)), 1000);
    let (mut old, mut new) = (written("a/{}", &[&from]), written("b/{}", &[&path]));
    let mut text = written("diff --git {} {}\n{}", &[&old, &new, modes]);
    match edit.change {
        Change::Renamed => write(&mut text, "rename from {}\nrename to {}\n", &[&from, &path]),
        Change::Added if edit.from.is_some() => write(&mut text, "copy from {}\ncopy to {}\n", &[&from, &path]),
        Change::Added => "/dev/null".clone_into(&mut old),
        Change::Deleted => "/dev/null".clone_into(&mut new),
        Change::Modified => {}
    }
    if modes.is_empty() {
        text.push_str(match (old.as_str(), new.as_str()) {
            ("/dev/null", _) => "new file mode 100644\n",
            (_, "/dev/null") => "deleted file mode 100644\n",
            _ => "",
        });
    }
    if !is_bare {
        write(&mut text, "--- {}\n+++ {}\n", &[&old, &new]);
    }
    text
}

/// Git's lines on modes, and what follows the headers of a diff.
fn split(diff: &str) -> (String, &str) {
    let (mut modes, mut at) = (String::new(), 0);
    for row in diff.split_inclusive('\n') {
        let is_mode = any(MODES, &|words| row.starts_with(words));
        if is_mode {
            write(&mut modes, "{}\n", &[row.trim_end()]);
        } else if !any(HEADERS, &|words| row.starts_with(words)) {
            break;
        }
        at += row.len();
    }
    (modes, diff.get(at..).unwrap_or_default())
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

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
