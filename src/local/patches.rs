//! The patches of a comparison, taken while git prints them: of any length, without ever holding more of it than is shown.

use std::collections::HashMap;

use super::git::Sink;

/// The longest patch that is shown; a longer one is left out, as GitHub leaves it out.
pub(super) const PATCH_LIMIT: usize = 512 << 10;
/// What the patches of one answer may take in JSON, far below what clients read of an answer.
const ALL_LIMIT: usize = 6 << 20;
/// Less is not worth to be waited for.
const LEAST: usize = 4 << 10;
/// A longer line is looked at in pieces.
const PIECE: usize = 4 << 10;

/// Patches by the blobs that they lead from and to, as in git's `index` lines. Equal blobs have equal patches.
#[derive(Debug)]
pub(super) struct Patches {
    found: HashMap<String, String>,
    left: usize,
    /// The beginning of a line, or of what follows a piece of one.
    pending: Vec<u8>,
    in_line: bool,
    section: Section,
}

/// What `git diff-tree -p --full-index` prints of one file.
#[derive(Debug, Default)]
struct Section {
    blobs: String,
    /// From its first `@@` on.
    hunks: Vec<u8>,
    in_hunks: bool,
    too_long: bool,
}

impl Sink for Patches {
    fn take(&mut self, mut bytes: &[u8]) -> bool {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(end + 1);
            bytes = rest;
            self.pending.extend_from_slice(line);
            self.hand_over(true);
        }
        self.pending.extend_from_slice(bytes);
        if self.pending.len() > PIECE {
            self.hand_over(false);
        }
        self.left >= LEAST
    }
}

impl Patches {
    pub(super) fn new() -> Self {
        Self {
            found: HashMap::new(),
            left: ALL_LIMIT,
            pending: Vec::new(),
            in_line: false,
            section: Section::default(),
        }
    }

    /// Ends what one git printed; the patch that it was at counts only when nothing stopped it.
    pub(super) fn end(&mut self, is_complete: bool) {
        self.hand_over(true);
        if is_complete {
            self.end_section();
        }
        self.section = Section::default();
        self.in_line = false;
    }

    /// Hands out what was found.
    pub(super) fn into_shown(self) -> Shown {
        Shown { found: self.found, left: ALL_LIMIT }
    }

    fn hand_over(&mut self, is_end: bool) {
        let text = std::mem::take(&mut self.pending);
        if !self.in_line && text.starts_with(b"diff --git ") {
            self.end_section();
        } else {
            self.section.add(&text, self.in_line);
        }
        self.in_line = !is_end;
        self.pending = text;
        self.pending.clear();
    }

    fn end_section(&mut self) {
        let section = std::mem::take(&mut self.section);
        if section.hunks.is_empty() || section.too_long {
            return;
        }
        let hunks = String::from_utf8_lossy(&section.hunks).trim_end_matches('\n').to_owned();
        let size = size_in_json(&hunks);
        if size <= self.left && self.found.insert(section.blobs, hunks).is_none() {
            self.left -= size;
        }
    }
}

impl Section {
    /// Every line of content begins with a space, a sign or a backslash.
    fn add(&mut self, text: &[u8], in_line: bool) {
        if !self.in_hunks && !in_line {
            if let Some(blobs) = text.strip_prefix(b"index ") {
                let blobs = String::from_utf8_lossy(blobs);
                self.blobs = blobs.split_whitespace().next().unwrap_or_default().to_owned();
            }
            self.in_hunks = text.starts_with(b"@@ ");
        }
        if self.in_hunks && !self.too_long {
            self.too_long = self.hunks.len() + text.len() > PATCH_LIMIT;
            match self.too_long {
                true => self.hunks = Vec::new(),
                false => self.hunks.extend_from_slice(text),
            }
        }
    }
}

/// The patches that were found, handed out until an answer is full.
#[derive(Debug)]
pub(super) struct Shown {
    found: HashMap<String, String>,
    left: usize,
}

impl Shown {
    /// The patch from one blob to another, if it is there and there is room for it.
    pub(super) fn patch(&mut self, old: &str, new: &str) -> Option<String> {
        let patch = self.found.get(&format!("{old}..{new}"))?;
        self.left = self.left.checked_sub(size_in_json(patch))?;
        Some(patch.clone())
    }
}

fn size_in_json(text: &str) -> usize {
    let sizes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..=31 => 6,
        _ => 1,
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Taken in pieces of every length, which must not matter.
    fn read(text: &[u8]) -> HashMap<String, String> {
        let read = |length: usize| {
            let mut patches = Patches::new();
            for piece in text.chunks(length) {
                assert!(patches.take(piece));
            }
            patches.end(true);
            patches.found
        };
        let found = read(text.len());
        for length in [1, 7, 4096, 5000] {
            assert!(read(length) == found, "in pieces of {length}");
        }
        found
    }

    #[test]
    fn content_that_looks_like_a_header_stays_content() {
        let text = b"diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-diff --git a/y b/y\n+@@ -1 +1 @@\n-index 8..9\ndiff --git a/y b/y\nsimilarity index 100%\n";
        let found = read(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found["1..2"], "@@ -1 +1 @@\n-diff --git a/y b/y\n+@@ -1 +1 @@\n-index 8..9");
    }

    #[test]
    fn a_long_line_is_content_to_its_end() {
        let line = format!("+{}diff --git a/y b/y", "x".repeat(2 * PIECE));
        let text = format!("diff --git a/x b/x\nindex 1..2\n@@ -0,0 +1 @@\n{line}\n");
        assert_eq!(read(text.as_bytes())["1..2"], format!("@@ -0,0 +1 @@\n{line}"));
    }

    #[test]
    fn what_is_too_long_is_left_out_and_hides_nothing_else() {
        let section = |name: usize, length: usize| {
            format!("diff --git a/x b/x\nindex {name}..{name}\n@@ -0,0 +1 @@\n+{}\n", "x".repeat(length))
        };
        let found = read([section(1, 5), section(2, PATCH_LIMIT), section(3, 5)].concat().as_bytes());
        let mut names: Vec<&str> = found.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["1..1", "3..3"]);
    }

    #[test]
    fn an_answer_has_an_end() {
        let mut patches = Patches::new();
        let taken = (0..1000).take_while(|name| {
            let hunks = "+\u{1}\n".repeat(50_000);
            patches.take(format!("diff --git a/x b/x\nindex {name}..{name}\n@@ -0,0 +1 @@\n{hunks}").as_bytes())
        });
        assert!((2..=ALL_LIMIT / 400_000 + 1000).contains(&taken.count()));
        patches.end(false);
        let mut shown = patches.into_shown();
        let once = shown.patch("1", "1").unwrap();
        let more = std::iter::from_fn(|| shown.patch("1", "1")).count();
        assert!((more + 1) * size_in_json(&once) <= ALL_LIMIT);
    }
}
