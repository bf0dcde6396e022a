//! The shapes of tokens that their vendors document, and how a text is compared with one.
//!
//! A shape is text that stands for itself, and `{…}` for a run of characters: a letter names the set (see [`set`]), the numbers
//! say how many: `{w36}` exactly, `{w36+}` at least, `{w8-12}` from and to. Runs are greedy and never give anything back.

use std::sync::OnceLock;

use super::Place;
use crate::find::around;

/// A line for each kind: what such a token is to a person, and what it looks like. From the vendors' own pages: token
/// formats, "about authentication", changelogs that announce a prefix, and GitHub's list of partner patterns.
const TABLE: &str = include_str!("shapes.txt");

const DIGIT: u16 = 1;
const LOWER_HEX: u16 = 2;
const LOWER: u16 = 4;
const UPPER_HEX: u16 = 8;
const UPPER: u16 = 16;
const UNDERSCORE: u16 = 32;
const HYPHEN: u16 = 64;
const DOT: u16 = 128;
const PLUS_SLASH: u16 = 256;
const EQUALS: u16 = 512;
const TILDE: u16 = 1024;
const AT_PERCENT: u16 = 2048;
const ALPHANUMERIC: u16 = DIGIT | LOWER_HEX | LOWER | UPPER_HEX | UPPER;

const KINDS: [u16; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' => LOWER_HEX,
            b'g'..=b'z' => LOWER,
            b'A'..=b'F' => UPPER_HEX,
            b'G'..=b'Z' => UPPER,
            b'_' => UNDERSCORE,
            b'-' => HYPHEN,
            b'.' => DOT,
            b'+' | b'/' => PLUS_SLASH,
            b'=' => EQUALS,
            b'~' => TILDE,
            b'@' | b'%' => AT_PERCENT,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// The set that a letter names in a shape.
fn set(letter: u8) -> u16 {
    match letter {
        b'd' => DIGIT,
        b'x' => DIGIT | LOWER_HEX,
        b'X' => DIGIT | LOWER_HEX | UPPER_HEX,
        b'l' => DIGIT | LOWER_HEX | LOWER,
        b'u' => DIGIT | UPPER_HEX | UPPER,
        b'w' => ALPHANUMERIC,
        b'm' => ALPHANUMERIC | UNDERSCORE,
        b'k' => ALPHANUMERIC | UNDERSCORE | HYPHEN,
        b'j' => ALPHANUMERIC | UNDERSCORE | HYPHEN | DOT,
        b'r' => ALPHANUMERIC | UNDERSCORE | HYPHEN | PLUS_SLASH | EQUALS,
        b'o' => ALPHANUMERIC | UNDERSCORE | HYPHEN | DOT | TILDE,
        b'b' => ALPHANUMERIC | PLUS_SLASH,
        b's' => ALPHANUMERIC | PLUS_SLASH | EQUALS,
        b'p' => ALPHANUMERIC | UNDERSCORE | HYPHEN | PLUS_SLASH | AT_PERCENT,
        _ => ALPHANUMERIC | UNDERSCORE | HYPHEN | DOT | TILDE | PLUS_SLASH | EQUALS,
    }
}

/// Whether a byte is a letter or a digit of ASCII.
pub(super) fn is_alphanumeric(byte: u8) -> bool {
    KINDS[usize::from(byte)] & ALPHANUMERIC != 0
}

/// Whether a byte may stand in a token of RFC 7235.
pub(super) fn is_token(byte: u8) -> bool {
    KINDS[usize::from(byte)] & set(b't') != 0
}

/// The byte at a place; 0 beyond the ends. A call, for it is asked in a hundred places.
#[inline(never)]
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// Whether the byte at a place is one of these.
pub(super) fn is_one(text: &[u8], at: usize, these: &[u8]) -> bool {
    these.contains(&byte(text, at))
}

/// Whether it is one of these, a letter or a digit.
pub(super) fn is_word(text: &[u8], at: usize, these: &[u8]) -> bool {
    is_alphanumeric(byte(text, at)) || is_one(text, at, these)
}

/// Reads `{w8-12}` from after its brace: the set, the least, the most, and how long it is with its closing brace.
fn run(shape: &[u8], at: usize) -> (u16, usize, usize, usize) {
    let kinds = set(shape[at]);
    let (mut from, mut number, mut next) = (None, 0, at + 1);
    loop {
        match shape[next] {
            digit @ b'0'..=b'9' => number = number * 10 + (digit - b'0') as usize,
            b'-' => {
                from = Some(number);
                number = 0;
            }
            b'+' => {
                from = Some(number);
                number = usize::MAX;
            }
            _ => break,
        }
        next += 1;
    }
    let least = match from {
        Some(least) => least,
        None => number,
    };
    (kinds, least, number, next + 1 - at)
}

/// How far the text matches the shape from there on, and where the shape's first run begins.
fn matches(shape: &[u8], text: &[u8], start: usize) -> Option<(usize, usize)> {
    let (mut at, mut end, mut secret) = (0, start, 0);
    while let Some(&wanted) = shape.get(at) {
        if wanted != b'{' {
            // JSON may write a slash as `\/`.
            if wanted == b'/' && byte(text, end) == b'\\' {
                end += 1;
            }
            if byte(text, end) != wanted {
                return None;
            }
            (at, end) = (at + 1, end + 1);
            continue;
        }
        if secret == 0 {
            secret = end;
        }
        let (kinds, least, most, length) = run(shape, at + 1);
        at += 1 + length;
        let mut count = 0;
        while count < most {
            if KINDS[usize::from(byte(text, end))] & kinds == 0 {
                // JSON may write a slash as `\/`.
                let is_escape = kinds == set(b'r') && byte(text, end) == b'\\' && !is_one(text, end + 1, b"nrtbfu");
                if !is_escape || KINDS[usize::from(byte(text, end + 1))] & kinds == 0 {
                    break;
                }
                end += 1;
            }
            (count, end) = (count + 1, end + 1);
        }
        // What goes on beyond the last run is something longer.
        let goes_on =
            at == shape.len() && most != usize::MAX && KINDS[usize::from(byte(text, end))] & kinds & ALPHANUMERIC != 0;
        if count < least || goes_on {
            return None;
        }
    }
    while end > start && byte(text, end - 1) == b'.' && shape.last() == Some(&b'}') {
        end -= 1;
    }
    Some((end, secret))
}

/// How many bytes the runs have that a shape begins with, least and most, and where the text begins that it is told by.
fn lead(shape: &[u8]) -> (usize, usize, usize) {
    let (mut shortest, mut longest, mut at) = (0, 0, 0);
    while at < shape.len() && shape[at] == b'{' {
        let (_, least, most, length) = run(shape, at + 1);
        (shortest, longest) = (shortest + least, longest + most);
        at += 1 + length;
    }
    (shortest, longest, at)
}

/// One of the shapes.
struct Shape {
    kind: &'static str,
    text: &'static [u8],
    /// How many bytes stand before the text that it is told by.
    least: usize,
    most: usize,
    /// The first two bytes of that text; a brace where a run comes second.
    first: u8,
    second: u8,
    /// The next shape that the same byte tells, counted from 1.
    next: usize,
}

/// All shapes, and by the byte that tells them the first of them, counted from 1. Those that begin a word stand apart from
/// those that are told by something in their middle.
pub(super) struct Shapes {
    all: Vec<Shape>,
    words: [usize; 256],
    middles: [usize; 256],
    /// For every byte a bit for each that may follow, by its last five bits.
    seconds: [u32; 256],
}

static SHAPES: OnceLock<Shapes> = OnceLock::new();

/// The shapes, read from the table when they are asked for first.
pub(super) fn known() -> &'static Shapes {
    SHAPES.get_or_init(|| {
        let mut shapes = Shapes { all: Vec::new(), words: [0; 256], middles: [0; 256], seconds: [0; 256] };
        for line in TABLE.lines() {
            let (kind, mut rest) = around(line, ": ").unwrap_or_default();
            while !rest.is_empty() {
                let (shape, behind) = around(rest, ", ").unwrap_or((rest, ""));
                shapes.add(kind, shape.as_bytes());
                rest = behind;
            }
        }
        shapes.chain();
        shapes
    })
}

impl Shapes {
    fn add(&mut self, kind: &'static str, text: &'static [u8]) {
        let (least, most, told_by) = lead(text);
        let (first, second) = (byte(text, told_by), byte(text, told_by + 1));
        self.seconds[usize::from(first)] |= if second == b'{' { u32::MAX } else { 1 << (second & 31) };
        self.all.push(Shape { kind, text, least, most, first, second, next: 0 });
    }

    /// From the last to the first, so that the first of the table are compared with first.
    fn chain(&mut self) {
        for (index, shape) in self.all.iter_mut().enumerate().rev() {
            let heads = if shape.most == 0 { &mut self.words } else { &mut self.middles };
            let head = &mut heads[usize::from(shape.first)];
            shape.next = *head;
            *head = index + 1;
        }
    }

    /// Whether a shape may be told by that byte and the one after it.
    pub(super) fn may_begin(&self, byte: u8, next: u8) -> bool {
        self.seconds[usize::from(byte)] >> (next & 31) & 1 != 0
    }
}

/// Whether a word can begin there: before it is no letter or digit, or one that belongs to an escape: `\n`, `\u001b[31m`, `%3D`.
pub(super) fn is_boundary(text: &[u8], at: usize) -> bool {
    // Before the beginning there is nothing: `byte` is 0 there.
    let back = |count| byte(text, at.wrapping_sub(count));
    let last = back(1);
    if !is_alphanumeric(last) {
        return true;
    }
    if back(2) == b'\\' {
        return b"nrtbf".contains(&last);
    }
    let is_colour = || last == b'm' && (2..8).any(|count| back(count) == b'[');
    back(3) == b'%' || back(6) == b'\\' && back(5) == b'u' || is_colour()
}

/// The longest token at that place that has a shape: its kind, start and end. The place is where the token begins, or the text
/// in its middle that it is told by.
pub(super) fn at(text: &[u8], at: usize) -> Option<Place> {
    let shapes = known();
    let here = usize::from(byte(text, at));
    let mut longest = None;
    for first in [if is_boundary(text, at) { shapes.words[here] } else { 0 }, shapes.middles[here]] {
        let mut next = first;
        while let Some(shape) = next.checked_sub(1).and_then(|index| shapes.all.get(index)) {
            next = shape.next;
            shape.compare(text, at, &mut longest);
        }
    }
    longest
}

impl Shape {
    fn compare(&self, text: &[u8], at: usize, longest: &mut Option<Place>) {
        if self.second != b'{' && self.second != byte(text, at + 1) && self.first != b'/' {
            return;
        }
        for before in self.least..=self.most {
            let Some(start) = at.checked_sub(before) else { break };
            if before > 0 && !is_boundary(text, start) {
                continue;
            }
            let Some((end, secret)) = matches(self.text, text, start) else { continue };
            // Of "Bearer x", x is the secret.
            let is_scheme = self.text.contains(&b' ');
            let start = if is_scheme { secret } else { start };
            if longest.is_none_or(|(_, _, known)| known < end)
                && text
                    .get(secret..end)
                    .is_some_and(|value| super::values::is_made(value, is_scheme, self.text.len() < 8))
            {
                *longest = Some((self.kind, start, end));
            }
            break;
        }
    }
}
