//! Secrets that are told by where they stand: private keys, addresses with a password, headers, `curl`, and, by choice, the names
//! of home directories and e-mail addresses.

use super::shapes::{byte, is_alphanumeric, is_boundary, is_one, is_word};
use super::values::{holds, is_dummy, is_random, made};
use crate::find::{any, first_of};

/// A private key is looked for within this many bytes.
const LONGEST_KEY: usize = 32 * 1024;
/// The part of an address before its host is looked for within this many bytes.
const LONGEST_LOGIN: usize = 512;
/// Words that stand for a password in an address.
const PASSWORD_WORDS: &str = "password|pass|passwd|pwd|secret|token|user|username|pw|pat|key";
/// Accounts that every machine of a kind has; they tell nothing of a person.
const COMMON_ACCOUNTS: &str = "root|user|users|ubuntu|debian|node|runner|vscode|codespace|admin|app|home|shared|public|username|you|me|name|ec2-user|vagrant|jovyan|default";

/// Whether it is a word of a list, whatever the case of its letters.
fn is_listed(text: &[u8], list: &str) -> bool {
    any(list, &|word| text.eq_ignore_ascii_case(word.as_bytes()))
}

fn find(text: &[u8], what: &[u8], from: usize, to: usize) -> Option<usize> {
    let part = text.get(from..to.min(text.len()))?;
    part.windows(what.len()).position(|window| window == what).map(|at| from + at)
}

/// Where the next end of a private key is, looked for once however many keys begin before it.
#[derive(Default)]
pub(super) struct Ends {
    searched: usize,
    next: Option<usize>,
}

impl Ends {
    fn after(&mut self, text: &[u8], from: usize) -> Option<usize> {
        if self.next.is_some_and(|at| at >= from) || self.searched >= text.len() {
            return self.next.filter(|&at| at >= from);
        }
        let start = from.max(self.searched);
        let found = find(text, b"KEY", start, text.len()).map(|at| at + 3);
        let mut at = found;
        // `KEY-----` or `KEY BLOCK-----`
        while let Some(end) = at {
            let rest = text.get(end..).unwrap_or_default();
            let rest = rest.strip_prefix(b" BLOCK").unwrap_or(rest);
            if rest.starts_with(b"-----") {
                self.next = Some(text.len() - rest.len() + 5);
                self.searched = end;
                return self.next;
            }
            at = find(text, b"KEY", end, text.len()).map(|at| at + 3);
        }
        (self.next, self.searched) = (None, text.len());
        None
    }
}

/// The private key whose `-----BEGIN` stands there: where it ends.
pub(super) fn private_key(text: &[u8], at: usize, ends: &mut Ends) -> Option<usize> {
    let line = text.get(at + 10..text.len().min(at + 140))?;
    let title = line.split(|&byte| byte == b'\n' || byte == b'\\' || byte == b'"').next()?;
    let named = find(title, b"PRIVATE KEY", 0, title.len())? + 11;
    let rest = title.get(named..)?;
    let rest = rest.strip_prefix(b" BLOCK").unwrap_or(rest);
    if !rest.starts_with(b"-----") {
        return None;
    }
    let body = at + 10 + title.len() - rest.len() + 5;
    // No key goes on beyond the beginning of another.
    let limit = find(text, b"-----BEGIN", body, body + LONGEST_KEY).unwrap_or(body + LONGEST_KEY);
    match ends.after(text, body).filter(|&end| end <= limit) {
        Some(end) => is_key(text.get(body..end)?).then_some(end),
        None => {
            // Cut off: as far as it goes on like a key.
            let mut end = body;
            while end < limit && is_word(text, end, b"+/=\r\n\\ \t:,-") {
                end += 1;
            }
            is_key(text.get(body..end)?).then(|| {
                end - text
                    .get(body..end)
                    .unwrap_or_default()
                    .iter()
                    .rev()
                    .take_while(|byte| byte.is_ascii_whitespace() || **byte == b'\\')
                    .count()
            })
        }
    }
}

/// Whether what stands between the lines is a key: long runs of base64, or at least no words.
fn is_key(body: &[u8]) -> bool {
    let (mut run, mut longest, mut words, mut word) = (0, 0, 0, 0);
    for &byte in body {
        let goes_on = is_alphanumeric(byte) || byte == b'+' || byte == b'/';
        run = if goes_on { run + 1 } else { 0 };
        longest = longest.max(run);
        if byte.is_ascii_lowercase() {
            word += 1;
        } else {
            words += usize::from(word > 2 && !goes_on);
            word = 0;
        }
    }
    longest >= 32 || body.len() >= 64 && words < body.len() / 24
}

/// The password of an address whose `://` stands there: kind, start and end.
pub(super) fn login(text: &[u8], colon: usize) -> Option<(&'static str, usize, usize)> {
    let start = colon + 3;
    let (mut at, mut sign, mut split) = (start, None, None);
    while at < start + LONGEST_LOGIN {
        match byte(text, at) {
            b'@' => sign = Some(at),
            b':' if split.is_none() && sign.is_none() => split = Some(at),
            0..=b' ' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'/' | b'?' | b'#' | b'|' | b'(' | b')' | 0x80.. => {
                break;
            }
            _ => {}
        }
        at += 1;
    }
    let sign = sign?;
    let (kind, from) = match split.filter(|&at| at < sign) {
        Some(split) => ("password in an address", split + 1),
        // A token as the whole login.
        None => ("token in an address", start),
    };
    let value = text.get(from..sign)?;
    let is_example = is_listed(value, PASSWORD_WORDS);
    let is_public = holds(text.get(sign..at)?, ".ingest.") || holds(text.get(sign..at)?, "sentry.io");
    let is_secret = match from == start {
        true => value.len() >= 20 && is_random(value, made(value)) && !is_public,
        false => value.len() > 1 && !is_example && !value.iter().all(|&byte| b"*x.-_X".contains(&byte)),
    };
    let stands_for_it = value.first().is_some_and(|byte| b"<[{($%".contains(byte)) && !value.starts_with(b"%2")
        || value.contains(&b'{');
    (is_secret && !stands_for_it && !(value.len() > 6 && is_dummy(value))).then_some((kind, from, sign))
}

/// What `Basic` carries: a name and a password in base64. Start and end.
pub(super) fn basic(text: &[u8], at: usize) -> Option<(&'static str, usize, usize)> {
    if !text.get(at..)?.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"basic ")) || !is_boundary(text, at) {
        return None;
    }
    let start = at + 6;
    let mut end = start;
    while end < start + 1024 && is_word(text, end, b"+/=") {
        end += 1;
    }
    let value = text.get(start..end)?;
    let made = made(value);
    let mixed = made.uppers > 0 && made.lowers > 0 && (made.digits > 0 || value.ends_with(b"="));
    (value.len() >= 8 && mixed && made.distinct > 4).then_some(("credential", start, end))
}

/// `curl -u name:password`: the password of the flag that stands there, if `curl` was said on that line.
pub(super) fn curl_login(text: &[u8], flag: usize, curl: usize) -> Option<(&'static str, usize, usize)> {
    let rest = text.get(flag..)?;
    let length = first_of("--user |--user=|-u |-u", &|word| rest.starts_with(word.as_bytes()))?.len();
    if flag - curl > 2048 || !is_one(text, flag.wrapping_sub(1), b" \t\n") {
        return None;
    }
    let mut start = flag + length;
    while is_one(text, start, b" \t\"'\\") && start < flag + length + 8 {
        start += 1;
    }
    let mut end = start;
    let mut split = None;
    while end < start + LONGEST_LOGIN && !is_one(text, end, b"\0 \t\r\n\"'\\`") {
        if byte(text, end) == b':' && split.is_none() {
            split = Some(end + 1);
        }
        end += 1;
    }
    // `key:` has an empty password: then the name is the secret.
    let split = split?;
    let start = if split == end { start } else { split };
    let end = if split == end { end - 1 } else { end };
    let value = text.get(start..end)?;
    (value.len() > 2 && !is_dummy(value) && made(value).distinct > 2).then_some(("password", start, end))
}

/// What stands before the name of a home directory, in paths, in JSON, in names made of paths and in addresses.
const HOMES: &str = r"/home/|/Users/|\Users\|\\Users\\|-home-|-Users-|%2Fhome%2F|%2FUsers%2F";

/// The name of the person whose home directory begins there, on Linux, macOS or Windows.
pub(super) fn home(text: &[u8], at: usize) -> Option<(&'static str, usize, usize)> {
    let rest = text.get(at..)?;
    let folder = first_of(HOMES, &|folder| rest.starts_with(folder.as_bytes()))?;
    let start = at + folder.len();
    let mut end = start;
    while is_word(text, end, b"_.") || byte(text, end) == b'-' && !folder.starts_with('-') || byte(text, end) >= 0x80 {
        end += 1;
    }
    while end > start && byte(text, end - 1) == b'.' {
        end -= 1;
    }
    let name = text.get(start..end)?;
    let is_common = is_listed(name, COMMON_ACCOUNTS);
    (name.len() > 1 && name.len() < 64 && !is_common).then_some(("home directory", start, end))
}

/// The e-mail address around the `@` that stands there.
pub(super) fn email(text: &[u8], at: usize) -> Option<(&'static str, usize, usize)> {
    let (mut start, mut end) = (at, at + 1);
    while start > 0 && at - start < 64 && is_word(text, start - 1, b"._+-") {
        start -= 1;
    }
    if byte(text, start.wrapping_sub(1)) == b'\\' && is_boundary(text, start + 1) {
        start += 1;
    }
    while end - at < 128 && is_word(text, end, b".-") {
        end += 1;
    }
    while is_one(text, end - 1, b".-") {
        end -= 1;
    }
    let domain = text.get(at + 1..end)?;
    let top = domain.rsplit(|&byte| byte == b'.').next()?;
    let is_name = top.len() < domain.len() && top.len() > 1 && top.iter().all(u8::is_ascii_alphabetic);
    let is_file = any("png|jpg|svg|webp|gif|js|ts|git|local", &|end| top == end.as_bytes());
    let local = text.get(start..at)?;
    let is_nobody = holds(local, "noreply") || holds(local, "no-reply") || local == b"git" || holds(domain, "example.");
    (!local.is_empty() && is_name && !is_file && !is_nobody).then_some(("e-mail address", start, end))
}
