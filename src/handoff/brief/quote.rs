//! Text of transcripts, put into the brief so that it stays text: it cannot end its own fence, begin a section or hide what
//! follows.

use super::super::clean::cleaned;
use crate::find::{around, without_last};

/// A text for the page, which notes whether all that it was to tell is in it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) text: String,
    /// How much of a long text is shown where the pattern does not say.
    bytes: usize,
    pub(super) is_whole: bool,
}

impl Told {
    pub(super) fn new(bytes: usize, text: &str) -> Self {
        Self { text: text.to_owned(), bytes, is_whole: true }
    }

    /// Writes a pattern with texts in its gaps: `{}` as it is, `{l}` on one line of about so many bytes as are shown, `{l80}`
    /// of about 80, `{c80}` that as code.
    pub(super) fn write(&mut self, pattern: &str, texts: &[&str]) {
        let mut rest = pattern;
        for text in texts {
            let Some((before, (gap, behind))) =
                around(rest, "{").and_then(|(before, after)| Some((before, around(after, "}")?)))
            else {
                break;
            };
            self.text.push_str(before);
            rest = behind;
            match gap.split_at_checked(1) {
                Some((how, bytes)) => {
                    let (text, is_whole) = folded(text, bytes.parse().unwrap_or(self.bytes));
                    self.is_whole &= is_whole;
                    self.text.push_str(&if how == "c" { span(&text) } else { text });
                }
                None => self.text.push_str(text),
            }
        }
        self.text.push_str(rest);
    }

    /// A fenced block of the beginning, or of the end where that tells more.
    pub(super) fn fence(&mut self, text: &str, is_end: bool) {
        self.is_whole &= text.trim().len() <= self.bytes;
        fence(
            &mut self.text,
            "text",
            &if is_end { tail(text.trim(), self.bytes).to_owned() } else { shorten(text, self.bytes) },
        );
    }

    /// What somebody said, the beginning of it where it is long.
    pub(super) fn said(&mut self, label: &str, text: &str) {
        self.is_whole &= text.trim().len() <= self.bytes;
        said(&mut self.text, label, &shorten(text, self.bytes));
    }
}

/// Writes a pattern like [`Told::write`].
pub(super) fn write(out: &mut String, pattern: &str, texts: &[&str]) {
    let mut told = Told::new(usize::MAX / 8, "");
    std::mem::swap(&mut told.text, out);
    told.write(pattern, texts);
    *out = told.text;
}

/// A pattern with texts in its gaps.
pub(super) fn written(pattern: &str, texts: &[&str]) -> String {
    let mut out = String::new();
    write(&mut out, pattern, texts);
    out
}

/// A pattern with a number in its gap.
pub(super) fn counted(pattern: &str, count: usize) -> String {
    written(pattern, &[&count.to_string()])
}

/// Without terminal colours and other control characters, and with plain line ends.
pub(super) fn clean(text: &str) -> String {
    cleaned(text, false).unwrap_or_else(|| text.to_owned())
}

/// The same of a diff, which git applies only with the line ends that the file has.
pub(super) fn clean_diff(text: &str) -> String {
    cleaned(text, true).unwrap_or_else(|| text.to_owned())
}

/// As much of the beginning as has room, not cutting a character.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

/// As much of the end as has room, from the beginning of a line if there is one.
pub(super) fn tail(text: &str, bytes: usize) -> &str {
    let mut start = text.len().saturating_sub(bytes);
    if start == 0 {
        return text;
    }
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let rest = text.get(start..).unwrap_or("");
    match rest.split_once('\n') {
        Some((_, lines)) if !lines.trim().is_empty() => lines,
        _ => rest,
    }
}

/// On one line, white space folded, and with an ellipsis where it is longer than so many bytes.
pub(super) fn line(text: &str, bytes: usize) -> String {
    folded(text, bytes).0
}

/// The same, and whether it is all of it.
fn folded(text: &str, bytes: usize) -> (String, bool) {
    let mut out = String::new();
    for word in head(text, bytes.saturating_mul(4)).split_whitespace() {
        out.push_str(if out.is_empty() { "" } else { " " });
        if out.len() + word.len() > bytes {
            out.push_str(head(word, bytes.saturating_sub(out.len())));
            out.push('…');
            out.retain(|c| !c.is_control());
            return (out, false);
        }
        out.push_str(word);
    }
    let is_whole = text.len() <= bytes.saturating_mul(4);
    if !is_whole {
        out.push('…');
    }
    (clean(&out), is_whole)
}

fn longest_ticks(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for byte in text.bytes() {
        run = if byte == b'`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// A code span of a text on one line.
fn span(text: &str) -> String {
    let ticks = "`".repeat(longest_ticks(text) + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    [&*ticks, gap, text, gap, &ticks].concat()
}

/// A fenced block, its fence longer than any in the text.
pub(super) fn fence(out: &mut String, info: &str, text: &str) {
    let text = if info == "diff" { clean_diff(text) } else { clean(text) };
    let ticks = "`".repeat(longest_ticks(&text).max(2) + 1);
    write(out, "{}{}\n{}\n{}\n", &[&ticks, info, without_last(&text, "\n"), &ticks]);
}

/// What somebody said: on the label's line if it is one line, else in a fence below it.
pub(super) fn said(out: &mut String, label: &str, text: &str) {
    let text = text.trim();
    out.push_str(label);
    if text.contains('\n') || text.len() > 1000 {
        out.push('\n');
        fence(out, "text", text);
    } else {
        write(out, " “{}”\n", &[&line(text, usize::MAX / 8)]);
    }
}

/// The fence that a line opens, as its sign and length.
pub(super) fn opens(line: &str) -> Option<(u8, usize)> {
    let line = line.trim_start().as_bytes();
    let sign = *line.first().filter(|sign| matches!(sign, b'`' | b'~'))?;
    let length = line.iter().take_while(|byte| **byte == sign).count();
    let info = line.get(length..).unwrap_or(&[]);
    (length >= 3 && !(sign == b'`' && info.contains(&b'`'))).then_some((sign, length))
}

/// Whether a line closes that fence.
pub(super) fn closes(line: &str, (sign, length): (u8, usize)) -> bool {
    let line = line.trim().as_bytes();
    line.len() >= length && line.iter().all(|byte| *byte == sign)
}

/// Splits Markdown into lines outside of fences and whole fenced blocks.
pub(super) fn blocks(text: &str) -> Vec<(&str, bool)> {
    let mut blocks = Vec::new();
    let (mut at, mut begun, mut open) = (0, 0, None);
    for row in text.split_inclusive('\n') {
        match open {
            None => {
                open = opens(row);
                begun = at;
                if open.is_none() {
                    blocks.push((row, false));
                }
            }
            Some(fence) if closes(row, fence) => {
                blocks.push((text.get(begun..at + row.len()).unwrap_or(row), true));
                open = None;
            }
            Some(_) => {}
        }
        at += row.len();
    }
    if open.is_some() {
        blocks.push((text.get(begun..).unwrap_or(""), true));
    }
    blocks
}

/// Markdown within so many bytes: whole lines and whole code blocks from the beginning, and a note of what is missing.
pub(super) fn shorten(text: &str, bytes: usize) -> String {
    let text = text.trim();
    if text.len() <= bytes {
        return text.to_owned();
    }
    let (mut out, mut missing) = (String::new(), 0);
    // What lies far behind the cut need not be looked at, only counted.
    let near = head(text, bytes.saturating_mul(4).max(4000));
    for (block, is_code) in blocks(near) {
        if out.len() + block.len() <= bytes {
            out.push_str(block);
        } else if is_code {
            missing += block.len();
        } else {
            let left = bytes.saturating_sub(out.len());
            let cut = head(block, left);
            let cut = cut.rfind(' ').and_then(|at| cut.get(..at)).filter(|cut| cut.len() > left / 2).unwrap_or(cut);
            missing += block.len() - cut.len();
            out.push_str(cut);
            break;
        }
    }
    missing += text.len() - near.len();
    let seen = out.len();
    out.truncate(out.trim_end().len());
    out.push_str(&counted("\n[… {} more bytes]", text.len().saturating_sub(seen).max(missing)));
    out
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
