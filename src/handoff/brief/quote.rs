//! Text of transcripts, put into the brief so that it stays text: it cannot end its own fence, begin a section or hide what
//! follows.

use crate::find::{around, without_last};

/// Writes a pattern with texts in its gaps: `{}` as it is, `{l80}` on one line of about 80 bytes, `{c80}` that as code.
pub(super) fn write(out: &mut String, pattern: &str, texts: &[&str]) {
    let mut rest = pattern;
    for text in texts {
        let Some((before, (gap, behind))) =
            around(rest, "{").and_then(|(before, after)| Some((before, around(after, "}")?)))
        else {
            break;
        };
        out.push_str(before);
        rest = behind;
        match gap.split_at_checked(1) {
            Some((how, bytes)) => {
                let bytes = bytes.parse().unwrap_or_default();
                out.push_str(&if how == "c" { code(text, bytes) } else { line(text, bytes) });
            }
            None => out.push_str(text),
        }
    }
    out.push_str(rest);
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

/// Whether it has no business in a text.
fn is_control(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

/// Without terminal colours and other control characters, and with plain line ends.
pub(super) fn clean(text: &str) -> String {
    cleaned(text, false)
}

/// The same of a diff, which git applies only with the line ends that the file has.
pub(super) fn clean_diff(text: &str) -> String {
    cleaned(text, true)
}

fn cleaned(text: &str, keep_ends: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let rest = characters.as_str();
        if c == '\u{1b}' {
            if rest.starts_with('[') {
                characters.next();
                while characters.next().is_some_and(|c| !('@'..='~').contains(&c)) {}
            }
        } else if !is_control(c) {
            out.push(c);
        } else if c == '\r' && !rest.starts_with('\n') {
            out.push('\n');
        } else if c == '\r' && keep_ends {
            out.push('\r');
        }
    }
    out
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
    let mut out = String::new();
    for word in head(text, bytes.saturating_mul(4)).split_whitespace() {
        out.push_str(if out.is_empty() { "" } else { " " });
        if out.len() + word.len() > bytes {
            out.push_str(head(word, bytes.saturating_sub(out.len())));
            out.push('…');
            out.retain(|c| !c.is_control());
            return out;
        }
        out.push_str(word);
    }
    if text.len() > bytes.saturating_mul(4) {
        out.push('…');
    }
    clean(&out)
}

fn longest_ticks(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for byte in text.bytes() {
        run = if byte == b'`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// A code span on one line.
pub(super) fn code(text: &str, bytes: usize) -> String {
    let text = line(text, bytes);
    let ticks = "`".repeat(longest_ticks(&text) + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    written("{}{}{}{}{}", &[&ticks, gap, &text, gap, &ticks])
}

/// A fenced block, its fence longer than any in the text.
pub(super) fn fence(out: &mut String, info: &str, text: &str) {
    let text = cleaned(text, info == "diff");
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
