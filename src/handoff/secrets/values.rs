//! Whether a value looks as if a machine made it, or as if a person wrote it to stand for one.

use super::shapes::is_alphanumeric;
use crate::find::any;

/// What stands in examples, in lower case.
const DUMMIES: &str = "xxxx|****|••••|example|your|placeholder|redacted|changeme|change_me|change-me|dummy|insert|replace|masked|hidden|notreal|not-real|foobar|lorem|undefined|process.env|environ|getenv|secrets.|config.|localhost|sample";

/// What a value is made of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Made {
    pub(super) digits: usize,
    pub(super) uppers: usize,
    pub(super) lowers: usize,
    /// Everything else.
    pub(super) others: usize,
    /// How often neighbours are of different sorts (letters and digits, or capitals and small ones), or both neither.
    pub(super) switches: usize,
    /// How many different bytes there are.
    pub(super) distinct: usize,
    /// Digits and letters up to f only, all letters of one case; hyphens aside.
    pub(super) hexadecimal: bool,
}

/// Counts what a value is made of.
pub(super) fn made(value: &[u8]) -> Made {
    let mut made = Made { hexadecimal: true, ..Made::default() };
    let mut seen = [false; 256];
    let mut before = 4;
    for &byte in value {
        let sort = match byte {
            b'0'..=b'9' => 1,
            b'A'..=b'Z' => 2,
            b'a'..=b'z' => 3,
            _ => 0,
        };
        match sort {
            1 => made.digits += 1,
            2 => made.uppers += 1,
            3 => made.lowers += 1,
            _ => made.others += 1,
        }
        made.hexadecimal &= byte.is_ascii_hexdigit() || byte == b'-';
        // Words have no two hyphens, dots or underscores side by side.
        made.switches +=
            usize::from(sort != before && sort * before != 0 || sort == 0 && before == 0 && byte.is_ascii());
        before = sort;
        let seen = &mut seen[usize::from(byte)];
        made.distinct += usize::from(!*seen);
        *seen = true;
    }
    made.hexadecimal &= made.uppers == 0 || made.lowers == 0;
    made
}

/// Whether a text holds another, whatever the case of its letters. The other is in lower case.
pub(super) fn holds(text: &[u8], other: &str) -> bool {
    let first = other.as_bytes().first().copied().unwrap_or_default();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        // Most places differ in the first byte already.
        if byte.to_ascii_lowercase() == first && begins(text.get(at..).unwrap_or_default(), other) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether a text begins with another, whatever the case of its letters.
fn begins(text: &[u8], other: &str) -> bool {
    text.get(..other.len()).is_some_and(|part| part.eq_ignore_ascii_case(other.as_bytes()))
}

/// Whether it stands for a value that is elsewhere, or for none.
pub(super) fn is_dummy(value: &[u8]) -> bool {
    let first = value.first().copied().unwrap_or(b'<');
    b"<[{($%".contains(&first)
        || value.starts_with("‹".as_bytes())
        || value.windows(2).any(|pair| pair == b"${" || pair == b"{{" || pair == b"$(")
        || any(DUMMIES, &|dummy| holds(value, dummy))
}

/// Whether what has a token's shape is one: no example, and not the same few characters again and again. `strictly` where the
/// shape says little; `barely` where names in source code may have it: `s.nameOfAVariable12`.
pub(super) fn is_made(value: &[u8], strictly: bool, barely: bool) -> bool {
    let made = made(value);
    made.distinct >= value.len().min(5)
        && !is_dummy(value)
        && (!strictly || is_random(value, made))
        && (!barely || made.digits > digits_at_end(value))
}

fn digits_at_end(value: &[u8]) -> usize {
    value.iter().rev().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Whether it looks drawn by lot: digits and letters that follow on each other as no word and no name has them.
pub(super) fn is_random(value: &[u8], made: Made) -> bool {
    let letters = made.uppers + made.lowers;
    made.digits > 0
        && letters > 0
        && made.distinct > value.len().min(24) / 3
        && made.switches * 6 >= value.len()
        && !is_number(value)
}

/// `0x1f`, `1e-9`, `12ms`, `3px`: a number with a little around it.
fn is_number(value: &[u8]) -> bool {
    value.len() < 12 && value.first().is_some_and(u8::is_ascii_digit)
}

/// `8-4-4-4-12` hexadecimal digits.
pub(super) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A path, an address, a file's name, a package, a version: what is made of parts that are words.
pub(super) fn is_path(value: &[u8], made: Made) -> bool {
    let parts = value.split(|&byte| byte == b'/' || byte == b'\\');
    let slashes = parts.clone().count() - 1;
    if any("/|./|../|~/|@", &|start| value.starts_with(start.as_bytes())) {
        // Base64 may begin with a slash, but not with the name of a folder.
        return slashes > 1 || made.digits == 0 || !is_random(value, made);
    }
    slashes > 0 && parts.filter(|part| !part.is_empty()).all(|part| !is_random(part, self::made(part)))
}

/// Names, members and calls as source code has them: `user.password`, `hash(x)`, `TOKEN_2`.
pub(super) fn is_code(value: &[u8], made: Made) -> bool {
    value.iter().any(|byte| b"()[]{}$<>|;".contains(byte))
        || made.digits == 0 && value.iter().all(|&byte| is_alphanumeric(byte) || b"_-.:".contains(&byte))
        || !is_random(value, made) && value.iter().all(|&byte| is_alphanumeric(byte) || b"_.:-".contains(&byte)) && {
            // A word, a digit or two at its end.
            made.digits == digits_at_end(value) && value.iter().any(|byte| b"_.-".contains(byte))
        }
}
