//! Hunks applied to the file that they were made from.

use crate::error::{Error, Result};

/// Said by git under a last line without a line break.
const NO_LINE_BREAK: &str = "\\";

/// The text of a file after the hunks of a unified diff. `old` is the very file that they were made from: nothing is shifted
/// or guessed, and whatever does not match is refused.
///
/// # Errors
/// `conflict` when a hunk does not fit the text, `invalid` when it is no hunk.
pub fn apply(hunks: &str, old: &str) -> Result<String> {
    let lines: Vec<&str> = old.split_inclusive('\n').collect();
    let mut new = String::with_capacity(old.len() + hunks.len());
    // Lines of the old text that are copied or taken out already.
    let mut done = 0;
    let mut hunk = hunks.split_inclusive('\n').peekable();
    while let Some(line) = hunk.next() {
        if let Some(header) = line.strip_prefix("@@") {
            let start = first_line(header).ok_or_else(|| no_hunk(line))?;
            for kept in lines.get(done..start).ok_or_else(misfit)? {
                new.push_str(kept);
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
            "+" => new.push_str(text),
            " " | "-" => {
                let there = lines.get(done).copied().ok_or_else(misfit)?;
                if there != text {
                    return Err(misfit());
                }
                done += 1;
                if mark == " " {
                    new.push_str(text);
                }
            }
            NO_LINE_BREAK => {}
            _ => return Err(no_hunk(line)),
        }
    }
    for kept in lines.get(done..).ok_or_else(misfit)? {
        new.push_str(kept);
    }
    Ok(new)
}

/// How many lines come before a hunk, by its header `@@ -FIRST[,COUNT] +… @@`. Where nothing is taken out, FIRST is the line
/// before.
fn first_line(header: &str) -> Option<usize> {
    let range = header.trim_start().strip_prefix('-')?.split_ascii_whitespace().next()?;
    let (first, count) = range.split_once(',').unwrap_or((range, "1"));
    let (first, count): (usize, usize) = (first.parse().ok()?, count.parse().ok()?);
    if count == 0 { Some(first) } else { first.checked_sub(1) }
}

fn misfit() -> Error {
    Error::new(crate::error::ErrorCode::Conflict, "The changes do not fit the file as it is at the base commit.")
        .with_hint("Make the diff against the commit that is named as its base.")
}

fn no_hunk(line: &str) -> Error {
    Error::invalid(format!("This is no line of a diff: {}", line.trim_end()))
        .with_hint("Give a unified diff, as `git diff` writes it.")
}

#[cfg(test)]
mod tests;
