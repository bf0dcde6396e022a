//! Secrets in texts: found by rules that are written from the vendors' documents, and masked with placeholders that keep the
//! meaning, such as `‹GitHub token 1›`.
//!
//! One pass over the bytes, no regular expressions: each byte says by itself which rules can begin there, and every rule looks at
//! a bounded number of bytes, so time is linear in the text.

mod assignments;
mod masks;
mod places;
mod shapes;
mod values;

pub use masks::{Choices, Masked, Masks};

/// A secret in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What it is, for a person: `GitHub token`.
    pub kind: &'static str,
}

/// Finds the secrets in a text, in order. They do not overlap.
pub fn find(text: &str) -> Vec<Finding> {
    find_chosen(text, Choices::default())
}

/// What rules can begin at a byte, beside the shapes of tokens.
const SIGN: u8 = 2;
const HYPHEN: u8 = 4;
const LOGIN: u8 = 8;
const WORD: u8 = 16;
const HOME: u8 = 32;
const EMAIL: u8 = 64;

fn rules(byte: u8) -> u8 {
    match byte {
        b':' => SIGN | LOGIN,
        b'=' | b',' | b'>' => SIGN,
        b'-' => HYPHEN | HOME,
        b'/' | b'\\' | b'%' => HOME,
        b'@' => EMAIL,
        b'b' | b'B' | b'c' => WORD,
        _ => 0,
    }
}

/// Finds the secrets in a text, and what else is to be masked by choice.
fn find_chosen(text: &str, choices: Choices) -> Vec<Finding> {
    let (text, shapes) = (text.as_bytes(), shapes::known());
    let mut found: Vec<Finding> = Vec::new();
    let mut ends = places::Ends::default();
    let (mut curl, mut free, mut at) = (None, 0, 0);
    while let Some(&byte) = text.get(at) {
        let may_be_token = shapes.may_begin(byte, text.get(at + 1).copied().unwrap_or_default());
        let rules = rules(byte);
        if rules == 0 && !may_be_token {
            at += 1;
            continue;
        }
        let mut hit = if may_be_token { shapes::at(text, at) } else { None };
        if hit.is_none() && rules & LOGIN != 0 && text.get(at + 1..at + 3) == Some(b"//") {
            hit = places::login(text, at);
        }
        if hit.is_none() && rules & SIGN != 0 {
            hit = assignments::assigned(text, at);
        }
        if hit.is_none() && rules & HYPHEN != 0 {
            hit = hyphen(text, at, &mut ends, curl);
        }
        if hit.is_none() && rules & WORD != 0 {
            hit = places::basic(text, at);
            if byte == b'c' && text.get(at..at + 5) == Some(b"curl ") && shapes::is_boundary(text, at) {
                curl = Some(at);
            }
        }
        if hit.is_none() && choices.homes && rules & HOME != 0 {
            hit = places::home(text, at);
        }
        if hit.is_none() && choices.emails && rules & EMAIL != 0 {
            hit = places::email(text, at);
        }
        match hit {
            Some((kind, start, end)) if start >= free && end > start => {
                keep(text, Finding { start, end, kind }, &mut found);
                free = end;
                at = end.max(at + 1);
            }
            _ => at += 1,
        }
    }
    found
}

/// Keeps a finding; one that goes on through several strings (a key line by line in an array) in its pieces, so that what
/// quotes them stays.
fn keep(text: &[u8], finding: Finding, found: &mut Vec<Finding>) {
    let (mut start, mut end) = (finding.start, finding.start);
    while end <= finding.end {
        let is_quote = shapes::byte(text, end) == b'"' && shapes::byte(text, end.wrapping_sub(1)) != b'\\';
        if end == finding.end || is_quote {
            if start == finding.start && end == finding.end || end - start >= 16 {
                found.push(Finding { start, end, kind: finding.kind });
            }
            start = end + 1;
        }
        end += 1;
    }
}

/// What begins with a hyphen: a private key, a flag, the login of `curl`.
fn hyphen(
    text: &[u8],
    at: usize,
    ends: &mut places::Ends,
    curl: Option<usize>,
) -> Option<(&'static str, usize, usize)> {
    if text.get(at..)?.starts_with(b"-----BEGIN") {
        return places::private_key(text, at, ends).map(|end| ("private key", at, end));
    }
    let login = curl.and_then(|curl| places::curl_login(text, at, curl));
    if login.is_none() && shapes::byte(text, at + 1) == b'-' {
        return assignments::flag(text, at);
    }
    login
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod oracle_tests;
