//! Unified diffs, taken apart by file and put together from GitHub's patches.

use crate::find::around;
use crate::json::read_digits;
use crate::session::{ChangeStatus, FileChange};

/// The files of a unified diff with their own diffs. Empty for text that is none, and for a "diff" that changes nothing:
/// tools show what they read in that form too.
pub(super) fn files(text: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut file = File::default();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if file.opens_another(line) {
            files.extend(file.finish(text.get(start..at).unwrap_or_default()));
            file = File::default();
            start = at;
        }
        file.read(line);
        at += line.len();
    }
    files.extend(file.finish(text.get(start..).unwrap_or_default()));
    files
}

/// One file of a diff while it is read. A hunk says how many lines it has, which tells a removed `-- ` from a new file.
#[derive(Default)]
struct File<'a> {
    old: Option<&'a str>,
    new: Option<&'a str>,
    old_left: u32,
    new_left: u32,
    changes: bool,
}

impl<'a> File<'a> {
    fn in_hunk(&self) -> bool {
        self.old_left > 0 || self.new_left > 0
    }

    fn opens_another(&self, line: &str) -> bool {
        !self.in_hunk() && (line.starts_with("diff --git ") || (self.new.is_some() && line.starts_with("--- ")))
    }

    fn read(&mut self, line: &'a str) {
        if self.in_hunk() {
            let (old, new) = match line.as_bytes().first() {
                Some(b'-') => (1, 0),
                Some(b'+') => (0, 1),
                Some(b'\\') => (0, 0),
                Some(b' ' | b'\n' | b'\r') => (1, 1),
                // No line of a hunk: the header promised too much.
                _ => (u32::MAX / 2, u32::MAX / 2),
            };
            self.changes |= old + new == 1;
            self.old_left = self.old_left.saturating_sub(old);
            self.new_left = self.new_left.saturating_sub(new);
        } else if let Some((old, new)) = line.strip_prefix("@@ -").and_then(counts) {
            (self.old_left, self.new_left) = (old, new);
        } else if let Some(path) = line.strip_prefix("--- ") {
            self.old = Some(path);
        } else if let Some(path) = line.strip_prefix("+++ ") {
            self.new = Some(path);
        }
    }

    fn finish(self, diff: &str) -> Option<(String, String)> {
        let (old, new) = (bare(self.old?), bare(self.new?));
        let path = if matches!(new, "" | "/dev/null") { old } else { new };
        if !self.changes || matches!(path, "" | "/dev/null") {
            return None;
        }
        Some((path.to_owned(), diff.trim_start_matches('\n').to_owned()))
    }
}

/// The numbers of lines in `1,7 +1,9 @@`; one where a number is left out.
fn counts(header: &str) -> Option<(u32, u32)> {
    let (old, rest) = around(header, " +")?;
    let (new, _) = around(rest, " @@")?;
    let count =
        |range: &str| range.split_once(',').map_or(Some(1), |(_, count)| u32::try_from(read_digits(count)?).ok());
    Some((count(old)?, count(new)?))
}

/// A path without git's `a/` or `b/` and without what follows a tab.
fn bare(path: &str) -> &str {
    let path = path.split(['\t', '\r', '\n']).next().unwrap_or(path).trim_matches('"');
    path.strip_prefix("b/").or_else(|| path.strip_prefix("a/")).unwrap_or(path)
}

/// GitHub's patches begin with the first hunk: gives one the lines that name its file.
pub(super) fn with_names(change: &FileChange, patch: &str) -> String {
    if patch.starts_with("diff --git ") || patch.starts_with("--- ") {
        return patch.to_owned();
    }
    let path = change.path.as_str();
    let (old_side, old) = match change.status {
        ChangeStatus::Added => ("", "/dev/null"),
        _ => ("a/", change.previous_path.as_deref().unwrap_or(path)),
    };
    let (new_side, new) = match change.status {
        ChangeStatus::Removed => ("", "/dev/null"),
        _ => ("b/", path),
    };
    format!("--- {old_side}{old}\n+++ {new_side}{new}\n{patch}\n")
}

#[cfg(test)]
mod tests;
