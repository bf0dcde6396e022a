//! An input made long by repeating a piece of it, so that work shows how it grows.

use crate::chance::Chance;
use crate::items::{items, lines};

/// A text that can be made of any length.
pub struct Swelling {
    before: Vec<u8>,
    piece: Vec<u8>,
    /// Where in the piece a number is put in that is another each time: ids that differ are kept by other means than equal ones.
    number: Option<usize>,
    after: Vec<u8>,
}

impl Swelling {
    /// Chooses what of an input is repeated: lines, an item or a member of JSON, or any few bytes.
    pub fn choose(input: &[u8], chance: &mut Chance) -> Self {
        let found = items(input);
        let (range, separator): (_, &[u8]) = match chance.below(4) {
            0 => {
                let lines = lines(input);
                let first = chance.below(lines.len());
                let last = (first + chance.below(3)).min(lines.len().saturating_sub(1));
                (lines.get(first).map_or(0, |line| line.start)..lines.get(last).map_or(0, |line| line.end), b"\n")
            }
            1 | 2 if !found.items.is_empty() => (chance.pick(&found.items).cloned().unwrap_or_default(), b","),
            _ => {
                let start = chance.below(input.len());
                (start..(start + 1 + chance.below(40)).min(input.len()), b"")
            }
        };
        let mut piece = input[range.clone()].to_vec();
        if !piece.ends_with(separator) {
            piece.extend_from_slice(separator);
        }
        let inside: Vec<usize> = items(&piece).strings.into_iter().map(|string| string.end).collect();
        let number = if chance.below(2) == 0 { chance.pick(&inside).copied() } else { None };
        Self { before: input[..range.start].to_vec(), piece, number, after: input[range.start..].to_vec() }
    }

    /// The text with about that many bytes of pieces in it.
    pub fn to(&self, size: usize) -> Vec<u8> {
        let mut text = self.before.clone();
        let end = text.len() + size;
        for number in 0.. {
            if text.len() >= end {
                break;
            }
            match self.number.and_then(|at| self.piece.split_at_checked(at)) {
                Some((head, tail)) => {
                    text.extend_from_slice(head);
                    text.extend_from_slice(number.to_string().as_bytes());
                    text.extend_from_slice(tail);
                }
                None => text.extend_from_slice(&self.piece),
            }
            // Nothing repeated stays nothing.
            if self.piece.is_empty() {
                break;
            }
        }
        text.extend_from_slice(&self.after);
        text
    }

    /// What is repeated, for a person.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.piece).into_owned()
    }
}
