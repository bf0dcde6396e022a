//! Changes to files in the forms in which agents and git write them.
//!
//! [`FileEdit::diff`] holds hunks. A hunk whose place in the file is not known begins with a bare `@@`; one that git wrote
//! with git's line numbers, which [`unified`] has checked.

use super::conversation::{Change, FileEdit};
use crate::error::{Error, Result};
use crate::find::{any, around, holds, position, without_first};

/// That many equal lines are kept around a replacement.
const CONTEXT: usize = 3;

/// The changes of an `apply_patch` text (`*** Begin Patch`). What stands around it is ignored.
pub(super) fn apply_patch(text: &str) -> Vec<FileEdit> {
    let mut edits: Vec<FileEdit> = Vec::new();
    let mut is_over = false;
    for line in text.lines() {
        if let Some(header) = line.strip_prefix("*** ") {
            if header.starts_with("End Patch") || header.starts_with("Begin Patch") {
                is_over = header.starts_with("End Patch");
            }
            for (words, change) in
                [("Add File: ", Change::Added), ("Update File: ", Change::Modified), ("Delete File: ", Change::Deleted)]
            {
                if let Some(path) = header.strip_prefix(words) {
                    edits.push(FileEdit { path: path.trim().to_owned(), change, ..FileEdit::default() });
                }
            }
            if let (Some(path), Some(edit)) = (header.strip_prefix("Move to: "), edits.last_mut()) {
                edit.from = Some(std::mem::replace(&mut edit.path, path.trim().to_owned()));
                edit.change = Change::Renamed;
            }
            continue;
        }
        let Some(edit) = edits.last_mut().filter(|_| !is_over) else { continue };
        if edit.diff.is_empty() && !line.starts_with("@@") && edit.change != Change::Added {
            edit.diff.push_str("@@\n");
        }
        put(&mut edit.diff, "", &[line]);
    }
    for edit in &mut edits {
        if edit.change == Change::Added {
            edit.diff.insert_str(0, &new_file_header(edit.diff.lines().count()));
        }
    }
    edits
}

fn new_file_header(lines: usize) -> String {
    match lines {
        0 => String::new(),
        lines => ["@@ -0,0 +1,", &lines.to_string(), " @@\n"].concat(),
    }
}

/// A new file as a hunk.
pub(super) fn addition(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut diff = new_file_header(lines.len());
    put(&mut diff, "+", &lines);
    if !text.is_empty() && !text.ends_with('\n') {
        diff.push_str("\\ No newline at end of file\n");
    }
    diff
}

fn put(diff: &mut String, mark: &str, lines: &[&str]) {
    for line in lines {
        for piece in [mark, line, "\n"] {
            diff.push_str(piece);
        }
    }
}

/// One hunk: the common first and last lines as context, up to three each, everything else removed and added.
pub(super) fn replacement(old: &str, new: &str) -> String {
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    let same = |one: Option<&&str>, other: Option<&&str>| one.is_some() && one == other;
    let (mut above, mut below) = (0, 0);
    while same(old.get(above), new.get(above)) {
        above += 1;
    }
    if above == old.len() && above == new.len() {
        return String::new();
    }
    let shorter = old.len().min(new.len());
    while above + below < shorter && old[old.len() - below - 1] == new[new.len() - below - 1] {
        below += 1;
    }
    let mut diff = "@@\n".to_owned();
    let (end, new_end) = (old.len() - below, new.len() - below);
    put(&mut diff, " ", &old[above.saturating_sub(CONTEXT)..above]);
    put(&mut diff, "-", &old[above..end]);
    put(&mut diff, "+", &new[above..new_end]);
    put(&mut diff, " ", &old[end..end + below.min(CONTEXT)]);
    diff
}

/// Hunks from blocks of SEARCH and REPLACE, as Aider, Cline and Roo write them. What is a diff already stays.
pub(super) fn search_replace(text: &str) -> String {
    let (mut diff, mut old, mut new) = (String::new(), String::new(), String::new());
    // 0 outside, 1 in what is searched, 2 in what replaces it.
    let mut within = 0;
    for line in text.lines() {
        let bare = without_first(line, "<-=>+");
        let is_mark = line.len() >= bare.len() + 5;
        if is_mark && bare.trim() == "SEARCH" {
            within = 1;
        } else if is_mark && within == 1 && bare.is_empty() && line.starts_with('=') {
            within = 2;
        } else if is_mark && within == 2 && bare.trim() == "REPLACE" {
            diff.push_str(&replacement(&old, &new));
            (old, new, within) = (String::new(), String::new(), 0);
        } else if within == 1 && is_mark && bare.is_empty() && old.starts_with(":start_line:") {
            // Roo's line numbers end here.
            old.clear();
        } else if within > 0 {
            let side = if within == 1 { &mut old } else { &mut new };
            put(side, "", &[line]);
        }
    }
    match diff.is_empty() && holds(text, "@@") {
        true => text.to_owned(),
        false => diff,
    }
}

/// The hunks of one file's diff, without the headers before them.
pub(super) fn hunks(diff: &str) -> &str {
    if diff.starts_with("@@") {
        return diff;
    }
    position(diff, "\n@@").and_then(|at| diff.get(at + 1..)).unwrap_or_default()
}

/// The changes of git's unified diff: renames, modes, deletions, new and binary files. Lines of modes and binary contents stay
/// in front of the hunks as git writes them. Text around the diff (a commit's message) is left out.
///
/// # Errors
/// `invalid` when there is no diff, when a hunk has other lines than its header counts, and for a merge's combined diff.
pub fn unified(text: &str) -> Result<Vec<FileEdit>> {
    read(text, Vec::new())
}

/// Checks the diff of a change that a host tells, or an editor, and brings it into the model's form: hunks without file headers. What these say
/// of the file counts where the host says nothing of it. A hunk may lack its line numbers, for transcripts have such.
///
/// # Errors
/// `invalid` as of [`unified`], and when the diff is of several files. The change has no diff then.
pub(super) fn normalise(edit: &mut FileEdit) -> Result<()> {
    let text = std::mem::take(&mut edit.diff);
    let mut found = read(&text, vec![edit.clone()])?;
    if !text.trim().is_empty() && *found == [edit.clone()] {
        return Err(no_diff());
    }
    // A header of git's own begins another file than the one that the host named.
    if found.len() > 1 && found.first() == Some(&*edit) {
        found.remove(0);
    }
    let [told] = &mut *found else {
        return Err(Error::invalid("The diff is of several files.").with_hint("Give one change for each file."));
    };
    edit.diff = std::mem::take(&mut told.diff);
    if edit.change == Change::Modified {
        edit.change = told.change;
        edit.from = edit.from.take().or(told.from.take());
    }
    if edit.path.is_empty() {
        edit.path = std::mem::take(&mut told.path);
    }
    Ok(())
}

/// The same failure with the file that it is of.
pub(super) fn of_file(mut error: Error, path: &str) -> Error {
    error.message = ["“", path, "”: ", &error.message].concat();
    error
}

fn no_diff() -> Error {
    Error::invalid("There is no unified diff in this text.").with_hint("Give the output of: git diff --binary HEAD.")
}

/// Whether a text is a diff, by its beginning: one of git, alone or in a mail that `git format-patch` wrote, one of Subversion,
/// or one that begins with the two names of a file.
pub fn is_diff(text: &str) -> bool {
    let text = text.trim_start_matches(['\u{feff}', '\n', '\r']);
    let mut lines = text.lines();
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    // `From`, the commit and a date that is the same in all of them; or the mail's own lines, one of which has the mark.
    let mut mail = text.lines().take_while(|line| !line.is_empty()).take(60);
    any("diff --git |diff --cc |diff --combined ", &|words| first.starts_with(words))
        || first.starts_with("--- ") && second.starts_with("+++ ")
        || first.starts_with("Index: ") && second.starts_with("=====")
        || first.starts_with("From ") && first.ends_with(" Mon Sep 17 00:00:00 2001")
        || any("From: |Subject: |Date: ", &|words| first.starts_with(words))
            && mail.any(|line| line.starts_with("Subject: [PATCH"))
}

/// Reads a diff. `known` is the file that hunks without a header are of, where a host told it; it may have hunks without their
/// line numbers.
fn read(text: &str, known: Vec<FileEdit>) -> Result<Vec<FileEdit>> {
    let is_known = !known.is_empty();
    let mut reading = Unified {
        lines: text.strip_suffix('\n').unwrap_or(text).split('\n').collect(),
        at: 0,
        is_unnamed: is_known,
        is_header: is_known,
        takes_bare: is_known,
        edits: known,
    };
    while let Some(line) = reading.line() {
        reading.at += 1;
        let header = line.strip_suffix('\r').unwrap_or(line);
        if let Some(paths) = header.strip_prefix("diff --git ") {
            reading.file(paths);
        } else if any("diff --cc |diff --combined |@@@ ", &|words| header.starts_with(words)) {
            return Err(
                reading.wrong("is of a merge's combined diff", "Make the diff against one commit: git diff HEAD.")
            );
        } else if header.starts_with("--- ") && reading.line().is_some_and(|next| next.starts_with("+++ ")) {
            reading.plain_file(header);
        } else if header.starts_with("@@") {
            reading.hunk(line, header)?;
        } else {
            reading.extended(line, header);
        }
    }
    match reading.edits.is_empty() && !text.trim().is_empty() {
        true => Err(no_diff()),
        false => Ok(reading.edits),
    }
}

/// Puts the diff that a tool showed of an edit into its place: it has line numbers. What it says of the file; `None` when it
/// is none of one file.
pub(super) fn place(shown: &str, edit: &mut FileEdit) -> Option<Change> {
    let placed = unified(shown).ok()?;
    let [placed] = &*placed else { return None };
    if placed.diff.is_empty() {
        return None;
    }
    edit.diff.clone_from(&placed.diff);
    Some(placed.change)
}

struct Unified<'a> {
    lines: Vec<&'a str>,
    at: usize,
    /// `diff --git` was there, `---` and `+++` not yet.
    is_unnamed: bool,
    /// No hunk of this file was there yet.
    is_header: bool,
    /// Hunks may lack their line numbers.
    takes_bare: bool,
    edits: Vec<FileEdit>,
}

impl<'a> Unified<'a> {
    fn line(&self) -> Option<&'a str> {
        self.lines.get(self.at).copied()
    }

    fn wrong(&self, what: &str, hint: &str) -> Error {
        Error::invalid(["Line ", &self.at.to_string(), " of the diff ", what, "."].concat()).with_hint(hint)
    }

    fn uncounted(&self) -> Error {
        self.wrong(
            "does not fit the counts of its hunk",
            "The diff was cut or changed by hand; make it again: git diff HEAD.",
        )
    }

    /// `diff --git a/x b/x`. The two names are equal, or lines below name them.
    fn file(&mut self, paths: &str) {
        let path = match paths.strip_prefix('"') {
            Some(_) => around(paths, "\" \"").map(|(_, path)| without_prefix(&unquoted(&["\"", path].concat()))),
            None => paths.get(..paths.len() / 2).map(without_prefix),
        };
        self.edits.push(FileEdit { path: path.unwrap_or_default(), ..FileEdit::default() });
        (self.is_unnamed, self.is_header) = (true, true);
    }

    /// `--- a/x` with `+++ b/x` below: names the file that is there, or begins one where git's own header is missing.
    fn plain_file(&mut self, header: &str) {
        let old = name(header.get(4..).unwrap_or_default());
        let next = self.line().unwrap_or_default();
        let new = name(next.strip_suffix('\r').unwrap_or(next).get(4..).unwrap_or_default());
        self.at += 1;
        if !self.is_unnamed {
            self.edits.push(FileEdit::default());
        }
        (self.is_unnamed, self.is_header) = (false, true);
        let Some(edit) = self.edits.last_mut() else { return };
        match (old, new) {
            (None, Some(new)) => (edit.path, edit.change) = (new, Change::Added),
            (Some(old), None) => (edit.path, edit.change) = (old, Change::Deleted),
            // Other names mean a rename only where git says so.
            (Some(_), Some(new)) => edit.path = new,
            (None, None) => {}
        }
    }

    /// The lines between a file's header and its hunks, and binary contents.
    fn extended(&mut self, line: &str, header: &str) {
        let lines = &self.lines;
        let Some(edit) = self.edits.last_mut().filter(|_| self.is_header) else { return };
        for (words, change) in [
            ("rename from ", Change::Renamed),
            ("copy from ", Change::Added),
            ("new file mode ", Change::Added),
            ("deleted file mode ", Change::Deleted),
        ] {
            if let Some(rest) = header.strip_prefix(words) {
                edit.change = change;
                if words.ends_with("from ") {
                    edit.from = Some(unquoted(rest));
                }
            }
        }
        for words in ["rename to ", "copy to "] {
            if let Some(path) = header.strip_prefix(words) {
                edit.path = unquoted(path);
            }
        }
        if any("old mode |new mode |new file mode |deleted file mode |Binary files ", &|words| {
            header.starts_with(words)
        }) {
            put(&mut edit.diff, "", &[header]);
        }
        if header == "GIT binary patch" {
            put(&mut edit.diff, "", &[line]);
            while let Some(line) = lines.get(self.at).filter(|line| !line.starts_with("diff --git ")) {
                put(&mut edit.diff, "", &[line]);
                self.at += 1;
            }
        }
    }

    /// `@@ -1,2 +3,4 @@` and as many lines as it counts.
    fn hunk(&mut self, line: &str, header: &str) -> Result<()> {
        let is_bare = self.takes_bare && !header.starts_with("@@ -");
        let Some((mut old, mut new)) = (if is_bare { Some((usize::MAX, usize::MAX)) } else { counts(header) }) else {
            return Err(self.wrong("is no hunk header", "Make the diff again: git diff HEAD."));
        };
        if self.edits.is_empty() {
            return Err(self.wrong("begins a hunk of no file", "Give the diff with its file headers: git diff HEAD."));
        }
        self.is_header = false;
        let mut diff = String::new();
        put(&mut diff, "", &[line]);
        while old > 0 || new > 0 {
            let line = match self.line() {
                Some(line) if !(is_bare && line.starts_with("@@")) => line,
                _ if is_bare => break,
                _ => return Err(self.uncounted()),
            };
            self.at += 1;
            let (from_old, from_new) = match line.as_bytes().first() {
                // Mail and editors take the space off empty lines.
                Some(b' ') | None => (1, 1),
                Some(b'-') => (1, 0),
                Some(b'+') => (0, 1),
                Some(b'\\') => (0, 0),
                Some(b'\r') if line.len() == 1 => (1, 1),
                _ => return Err(self.uncounted()),
            };
            if from_old > old || from_new > new {
                return Err(self.uncounted());
            }
            (old, new) = (old - from_old, new - from_new);
            put(&mut diff, "", &[if line.is_empty() { " " } else { line }]);
        }
        if let Some(line) = self.line().filter(|line| line.starts_with('\\')) {
            put(&mut diff, "", &[line]);
            self.at += 1;
        }
        // `-- ` is the signature below a mailed patch.
        if let Some(line) = self.line()
            && line.starts_with(['+', '-', ' '])
            && !line.starts_with("--- ")
            && line.trim_end() != "--"
        {
            self.at += 1;
            return Err(self.uncounted());
        }
        if let Some(edit) = self.edits.last_mut() {
            edit.diff.push_str(&diff);
        }
        Ok(())
    }
}

/// How many old and new lines a hunk has.
fn counts(header: &str) -> Option<(usize, usize)> {
    let (ranges, _) = around(header.strip_prefix("@@ -")?, " @@")?;
    let (old, new) = around(ranges, " +")?;
    Some((count(old)?, count(new)?))
}

fn count(range: &str) -> Option<usize> {
    let (start, count) = around(range, ",").unwrap_or((range, "1"));
    start.parse::<usize>().ok().and(count.parse().ok())
}

/// The path of a `---` or `+++` line; none for `/dev/null`.
fn name(path: &str) -> Option<String> {
    let path = match path.starts_with('"') {
        true => unquoted(path),
        false => path.split('\t').next().unwrap_or_default().to_owned(),
    };
    (path != "/dev/null").then(|| without_prefix(&path))
}

/// Without `a/` and `b/`, or the letters that `diff.mnemonicPrefix` puts there.
fn without_prefix(path: &str) -> String {
    match path.as_bytes() {
        [b'a' | b'b' | b'c' | b'i' | b'o' | b'w', b'/', ..] => path.get(2..).unwrap_or_default().to_owned(),
        _ => path.to_owned(),
    }
}

/// A path without git's quotes: `"a/\303\244.txt"`.
fn unquoted(path: &str) -> String {
    let Some(inner) = path.strip_prefix('"') else { return path.to_owned() };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => break,
            b'\\' => {}
            byte => {
                bytes.push(byte);
                continue;
            }
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(digit @ b'0'..=b'7') => {
                let mut code = u32::from(digit - b'0');
                for digit in rest.by_ref().take(2) {
                    code = code * 8 + u32::from(digit.wrapping_sub(b'0') & 7);
                }
                bytes.push(code as u8);
            }
            Some(other) => bytes.push(other),
            None => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
