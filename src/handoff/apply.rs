//! Hunks applied to the file that they were made from.

use super::{binary, patch};
use crate::error::{Error, ErrorCode, Result};
use crate::find::holds;

/// Said by git under a last line without a line break.
const NO_LINE_BREAK: &str = "\\";

/// A file after a change. `diff` is that of a [`FileEdit`](super::FileEdit): git's lines on modes, then hunks or binary
/// contents. `old` is the very file that the change was made from: nothing is shifted or guessed.
///
/// # Errors
/// `conflict` when a hunk does not fit the file, `invalid` when it is no hunk, `unsupported` for a binary file whose new
/// contents are not whole in the diff.
pub fn apply(diff: &str, old: &[u8]) -> Result<Vec<u8>> {
    let hunks = patch::hunks(diff);
    if hunks.is_empty() && holds(diff, "GIT binary patch\n") {
        return binary::literal(diff)
            .ok_or_else(|| unsupported("The new contents of a binary file are not in the diff."));
    }
    if diff.lines().any(|line| line.starts_with("Binary files ")) {
        return Err(unsupported("A binary file was changed, and its contents are not in the diff."));
    }
    if hunks.is_empty() {
        return Ok(old.to_vec());
    }
    let old =
        std::str::from_utf8(old).map_err(|_| unsupported("The changed file is no UTF-8 text at the base commit."))?;
    merge(hunks, old).map(String::into_bytes)
}

/// Contents that the diff does not hold.
pub(super) fn unsupported(message: &str) -> Error {
    Error::new(ErrorCode::Unsupported, message)
        .with_hint("Push the branch with git, and start from it; or leave that file out.")
}

/// Text after the hunks of a unified diff.
fn merge(hunks: &str, old: &str) -> Result<String> {
    let lines: Vec<&str> = old.split_inclusive('\n').collect();
    let mut new = String::with_capacity(old.len() + hunks.len());
    // Lines of the old text that are copied or taken out already.
    let mut done = 0;
    let mut hunk = hunks.split_inclusive('\n').peekable();
    while let Some(line) = hunk.next() {
        if let Some(header) = line.strip_prefix("@@") {
            let start = first_line(header).ok_or_else(|| no_hunk(line))?;
            for kept in lines.get(done..start).ok_or_else(misfit)? {
                put(&mut new, kept)?;
            }
            done = start;
            continue;
        }
        let bare = hunk.peek().is_some_and(|next| next.starts_with(NO_LINE_BREAK));
        let Some((mark, mut text)) = line.split_at_checked(1) else { continue };
        if bare {
            text = text.strip_suffix('\n').unwrap_or(text);
        }
        match mark {
            "+" => put(&mut new, text)?,
            " " | "-" => {
                let there = lines.get(done).copied().ok_or_else(misfit)?;
                if there != text {
                    return Err(misfit());
                }
                done += 1;
                if mark == " " {
                    put(&mut new, text)?;
                }
            }
            NO_LINE_BREAK => {}
            _ => return Err(no_hunk(line)),
        }
    }
    for kept in lines.get(done..).ok_or_else(misfit)? {
        put(&mut new, kept)?;
    }
    Ok(new)
}

/// Adds a line. Below one without a line break there is none: the two would become one that nobody wrote.
fn put(new: &mut String, line: &str) -> Result<()> {
    if !new.is_empty() && !new.ends_with('\n') {
        return Err(misfit());
    }
    new.push_str(line);
    Ok(())
}

/// How many lines come before a hunk, by its header `@@ -FIRST[,COUNT] +… @@`. Where nothing is taken out, FIRST is the line
/// before.
fn first_line(header: &str) -> Option<usize> {
    let range = header.trim_start().strip_prefix('-')?.split_ascii_whitespace().next()?;
    let (first, count) = range.split_once(',').unwrap_or((range, "1"));
    let (first, count): (usize, usize) = (first.parse().ok()?, count.parse().ok()?);
    if count == 0 { Some(first) } else { first.checked_sub(1) }
}

/// A file that the changes were not made from.
pub(super) fn misfit() -> Error {
    Error::new(ErrorCode::Conflict, "The changes do not fit the file as it is at the base commit.")
        .with_hint("Make the diff against the commit that is named as its base.")
}

fn no_hunk(line: &str) -> Error {
    Error::invalid(["This is no line of a diff: ", line.trim_end()].concat())
        .with_hint("Give a unified diff, as `git diff` writes it.")
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
