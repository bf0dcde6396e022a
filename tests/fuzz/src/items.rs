//! Where things are in a text that may be JSON, JSON lines, broken JSON or none at all.

use std::ops::Range;

/// The items of arrays and the members of objects, keys included; and the strings, without their quotes.
#[derive(Default)]
pub struct Items {
    /// In the order in which they end.
    pub items: Vec<Range<usize>>,
    /// In order.
    pub strings: Vec<Range<usize>>,
}

/// Looks for them. A bracket at the beginning of a line begins a document, so a broken line costs itself.
pub fn items(text: &[u8]) -> Items {
    let mut found = Items::default();
    // Where the item under way begins, by each open bracket.
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'{' | b'[' if at == 0 || text[at - 1] == b'\n' => open = vec![None],
            b'{' | b'[' => {
                begin(&mut open, at);
                open.push(None);
            }
            b'}' | b']' | b',' => {
                if let Some(start) = open.last_mut().and_then(Option::take) {
                    found.items.push(start..at);
                }
                if byte != b',' {
                    open.pop();
                }
            }
            b'"' => {
                begin(&mut open, at);
                let end = string_end(text, at + 1);
                found.strings.push(at + 1..end);
                at = end;
            }
            b' ' | b'\t' | b'\r' | b'\n' | b':' => {}
            _ => begin(&mut open, at),
        }
        at += 1;
    }
    found
}

fn begin(open: &mut [Option<usize>], at: usize) {
    if let Some(start) = open.last_mut() {
        start.get_or_insert(at);
    }
}

/// Where the quote is that ends a string, or the line.
fn string_end(text: &[u8], mut at: usize) -> usize {
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' | b'\n' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// The lines, each with its line break.
pub fn lines(text: &[u8]) -> Vec<Range<usize>> {
    let mut at = 0;
    text.split_inclusive(|byte| *byte == b'\n')
        .map(|line| {
            at += line.len();
            at - line.len()..at
        })
        .collect()
}
