//! An input made long by repeating a piece of it, so that work shows how it grows.

use std::ops::Range;

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
        let objects: Vec<_> = found.items.iter().filter(|item| input[item.start] == b'{').cloned().collect();
        let (range, separator): (Range<usize>, &[u8]) = match chance.below(4) {
            0 => {
                let lines = lines(input);
                let first = chance.below(lines.len());
                let last = (first + chance.below(3)).min(lines.len().saturating_sub(1));
                (lines.get(first).map_or(0, |line| line.start)..lines.get(last).map_or(0, |line| line.end), b"\n")
            }
            1 if !found.items.is_empty() => (chance.pick(&found.items).cloned().unwrap_or_default(), b","),
            // Objects in arrays are what there is much of in transcripts.
            2 if !objects.is_empty() => (chance.pick(&objects).cloned().unwrap_or_default(), b","),
            _ => {
                let start = chance.below(input.len());
                (start..(start + 1 + chance.below(40)).min(input.len()), b"")
            }
        };
        let mut piece = input[range.clone()].to_vec();
        if !piece.ends_with(separator) {
            piece.extend_from_slice(separator);
        }
        let number = match chance.below(4) {
            0 => None,
            sort => number(&piece, sort == 1, chance),
        };
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

/// The end of a string in a piece: of any, or of one whose name says that it is an id.
fn number(piece: &[u8], any: bool, chance: &mut Chance) -> Option<usize> {
    let strings = items(piece).strings;
    let is_id = |name: &Range<usize>| piece[name.clone()].to_ascii_lowercase().ends_with(b"id");
    let ids: Vec<usize> = strings.windows(2).filter(|pair| is_id(&pair[0])).map(|pair| pair[1].end).collect();
    if any || ids.is_empty() { chance.pick(&strings).map(|string| string.end) } else { chance.pick(&ids).copied() }
}
