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

/// What a rule found: the kind, where it begins and where it ends.
type Place = (&'static str, usize, usize);

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
        b'b' | b'B' | b'c' | b'd' | b'm' | b'p' | b'r' | b's' => WORD,
        b'=' | b',' | b'>' => SIGN,
        b'-' => HYPHEN | HOME,
        b'/' | b'\\' | b'%' => HOME,
        b'@' => EMAIL,
        _ => 0,
    }
}

/// Finds the secrets in a text, and what else is to be masked by choice.
fn find_chosen(text: &str, choices: Choices) -> Vec<Finding> {
    let (text, shapes) = (text.as_bytes(), shapes::known());
    let mut found: Vec<Finding> = Vec::new();
    let mut ends = places::Ends::default();
    let (mut command, mut beside, mut cookies, mut free, mut at) = (None, None, 0, 0, 0);
    while let Some(&byte) = text.get(at) {
        let next = text.get(at + 1).copied().unwrap_or_default();
        let may_be_token = shapes.may_begin(byte, next);
        let rules = rules(byte);
        if rules == 0 && !may_be_token && beside.is_none() {
            at += 1;
            continue;
        }
        let mut hit = if may_be_token { shapes::at(text, at) } else { None };
        if let Some(("AWS access key", _, end)) = hit {
            beside = places::beside_access_key(text, end);
        } else if let Some((_, start, _)) = beside
            && at >= start
        {
            // A rule that saw more in it was here before.
            hit = beside.take().filter(|_| at == start);
        }
        if hit.is_none() && rules & LOGIN != 0 {
            hit = if next == b'/' { places::login(text, at) } else { places::pgpass(text, at) };
            cookies = places::cookies(text, at, cookies);
        }
        if hit.is_none() && rules & SIGN != 0 {
            hit = assignments::assigned(text, at);
            if hit.is_none() && byte == b'=' && at < cookies {
                hit = places::cookie(text, at);
            }
        }
        if hit.is_none() && rules & HYPHEN != 0 {
            hit = hyphen(text, at, &mut ends, command, free);
            // `sshpass -p X ssh -p 22`
            command = command.filter(|_| hit.is_none());
        }
        if hit.is_none() && rules & WORD != 0 && b"aAeosuy".contains(&next) && shapes::is_boundary(text, at) {
            hit = places::basic(text, at).or_else(|| places::netrc(text, at));
            command = places::command(text, at).or(command);
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

/// What begins with a hyphen: a private key, a flag, the password of a command. All before `free` is found already.
fn hyphen(
    text: &[u8],
    at: usize,
    ends: &mut places::Ends,
    command: Option<places::Command>,
    free: usize,
) -> Option<Place> {
    let rest = text.get(at..)?;
    if rest.starts_with(b"-----BEGIN") {
        return places::private_key(text, at, ends).map(|end| ("private key", at, end));
    }
    if rest.starts_with(b"-----END") {
        return places::end_of_key(text, at, free).map(|start| ("private key", start, at));
    }
    let password = command.and_then(|command| places::password_of(text, at, command));
    if password.is_none() && shapes::byte(text, at + 1) == b'-' {
        return assignments::flag(text, at);
    }
    password
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod oracle_tests;
