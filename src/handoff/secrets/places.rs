//! Secrets that are told by where they stand: private keys, addresses with a password, headers, cookies, the arguments of
//! commands, lines of `.netrc` and `.pgpass`, and, by choice, the names of home directories and e-mail addresses.

use super::Place;
use super::shapes::{self, byte, is_alphanumeric, is_boundary, is_one, is_word};
use super::values::{holds, is_dummy, is_random, made};
use crate::find::{any, first_of};

/// A private key is looked for within this many bytes.
const LONGEST_KEY: usize = 32 * 1024;
/// The part of an address before its host is looked for within this many bytes.
const LONGEST_LOGIN: usize = 512;
/// What ends an argument of a command.
const ARGUMENT_ENDS: &[u8] = b"\0 \t\r\n\"'\\`";
/// Words that stand for a password in an address.
const PASSWORD_WORDS: &str = "password|pass|passwd|pwd|secret|token|user|username|pw|pat|key|x-oauth-basic";
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

/// The end of a private key whose beginning was cut off, as `tail` shows it: where it begins before the `-----END` that stands
/// there.
pub(super) fn end_of_key(text: &[u8], at: usize, free: usize) -> Option<usize> {
    let title = text.get(at..text.len().min(at + 60))?.split(|&byte| byte == b'\n').next()?;
    find(title, b"PRIVATE KEY", 0, title.len())?;
    let lowest = free.max(at.saturating_sub(LONGEST_KEY));
    let mut start = at;
    loop {
        let mut end = start;
        while end > lowest && is_one(text, end - 1, b"\r\n \t,\"") {
            end -= 1;
        }
        // In JSON.
        while text.get(lowest..end)?.ends_with(b"\\n") {
            end -= 2;
        }
        let mut line = end;
        while line > lowest && is_word(text, line - 1, b"+/=") {
            line -= 1;
        }
        line += usize::from(byte(text, line.wrapping_sub(1)) == b'\\' && line < end);
        if line + 16 > end && (start < at || line == end) {
            break;
        }
        start = line;
    }
    // The sign of a diff stays.
    start += usize::from(byte(text, start) == b'+');
    is_key(text.get(start..at)?).then_some(start)
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

/// The password of an address whose `://` stands there, or its token.
pub(super) fn login(text: &[u8], colon: usize) -> Option<Place> {
    if byte(text, colon + 2) != b'/' {
        return None;
    }
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
    let split = split.filter(|&at| at < sign);
    // A token as the whole login, or with a word for the password that it needs none.
    let user = text.get(start..split.unwrap_or(sign))?;
    let password = split.and_then(|split| text.get(split + 1..sign)).unwrap_or_default();
    let is_example = is_listed(password, PASSWORD_WORDS);
    let stands_for_it = |value: &[u8]| {
        value.first().is_some_and(|byte| b"<[{($%".contains(byte)) && !value.starts_with(b"%2")
            || value.contains(&b'{')
            || value.len() > 6 && is_dummy(value)
    };
    let is_password = password.len() > 1
        && !is_example
        && !password.iter().all(|&byte| b"*x.-_X".contains(&byte))
        && !stands_for_it(password);
    let is_public = holds(text.get(sign..at)?, ".ingest.") || holds(text.get(sign..at)?, "sentry.io");
    if user.len() >= 20 && is_random(user, made(user)) && !is_public && !stands_for_it(user) {
        let shape = shapes::at(text, start).filter(|(_, _, end)| *end == start + user.len());
        let kind = shape.map_or("token in an address", |(kind, ..)| kind);
        return Some((kind, start, if is_password { sign } else { start + user.len() }));
    }
    is_password.then_some(("password in an address", sign - password.len(), sign))
}

/// What `Basic` carries: a name and a password in base64. Start and end.
pub(super) fn basic(text: &[u8], at: usize) -> Option<Place> {
    if !text.get(at..)?.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"basic ")) {
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

/// A command that was said: where, and its entry.
pub(super) type Command = (usize, &'static str);

/// Commands that take a password with a flag, and that flag.
const COMMANDS: &str = "\
    curl -u|sshpass -p|mysql -p|mysqldump -p|mysqladmin -p|mariadb -p|redis-cli -a|docker login -p|podman login -p";

/// Such a command at that place.
pub(super) fn command(text: &[u8], at: usize) -> Option<Command> {
    let rest = text.get(at..)?;
    Some((
        at,
        first_of(COMMANDS, &|entry| rest.starts_with(entry.as_bytes().get(..entry.len() - 2).unwrap_or_default()))?,
    ))
}

/// The password that a command takes with the flag that stands there.
pub(super) fn password_of(text: &[u8], flag: usize, (command, entry): Command) -> Option<Place> {
    let rest = text.get(flag..)?;
    let (said, short) = entry.split_at(entry.len() - 2);
    let is_curl = said == "curl ";
    let length = match is_curl {
        true => first_of("--user |--user=|-u |-u", &|word| rest.starts_with(word.as_bytes()))?.len(),
        false => rest.starts_with(short.as_bytes()).then_some(2)?,
    };
    let between = text.get(command..flag).filter(|between| between.len() <= 2048)?;
    let is_over = |pair: &[u8]| pair == b"\\n" || b"\n|;&".contains(&pair[0]);
    if !is_one(text, flag.wrapping_sub(1), b" \t\n") || !is_curl && between.windows(2).any(is_over) {
        return None;
    }
    // What stands apart from the flag of `mysql` is a database.
    let gap: &[u8] = if entry.starts_with('m') { b"\"'\\" } else { b" \t=\"'\\" };
    let mut start = flag + length;
    while is_one(text, start, gap) && start < flag + length + 8 {
        start += 1;
    }
    let mut end = argument_end(text, start);
    if is_curl {
        let value = text.get(start..end)?;
        let split = start + value.iter().position(|&byte| byte == b':')? + 1;
        // `key:` has an empty password: then the name is the secret.
        (start, end) = if split == end { (start, end - 1) } else { (split, end) };
    }
    let value = text.get(start..end)?;
    (value.len() > 2 && !is_dummy(value) && made(value).distinct > 2).then_some(("password", start, end))
}

/// Where an argument that begins there ends.
fn argument_end(text: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < start + LONGEST_LOGIN && !is_one(text, end, ARGUMENT_ENDS) {
        end += 1;
    }
    end
}

/// The password of `machine … login … password …`, whose last name stands there, as `.netrc` has it.
pub(super) fn netrc(text: &[u8], at: usize) -> Option<Place> {
    let start = at + 9;
    if !text.get(at..)?.starts_with(b"password") || !is_one(text, start - 1, b" \t") {
        return None;
    }
    let before = text.get(at.saturating_sub(200)..at)?;
    let mut words = before.rsplit(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let name = words.nth(1)?;
    let mut end = argument_end(text, start);
    while is_one(text, end - 1, b".,;:!?)") {
        end -= 1;
    }
    let value = text.get(start..end)?;
    let made = made(value);
    let is_secret = made.distinct > 3 && made.digits + made.others > 0 && !is_dummy(value);
    (is_secret && any("login|machine", &|word| name.ends_with(word.as_bytes()))).then_some(("password", start, end))
}

/// The password of a line of `.pgpass`, `host:port:database:user:password`, whose first colon stands there.
pub(super) fn pgpass(text: &[u8], colon: usize) -> Option<Place> {
    let port = text.get(colon + 1..)?.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
    if port < 4 && byte(text, colon + 1) != b'*' || byte(text, colon + 1 + port.max(1)) != b':' {
        return None;
    }
    let mut host = colon;
    while colon - host < 255 && is_word(text, host.wrapping_sub(1), b".-*_") {
        host -= 1;
    }
    let is_line = host == 0 || is_one(text, host - 1, b"\n\\");
    let start = colon + 2 + port.max(1);
    let end = argument_end(text, start);
    let mut fields = text.get(start..end)?.split(|&byte| byte == b':');
    let (database, user, password) = (fields.next()?, fields.next()?, fields.next()?);
    let is_name = |name: &[u8]| name.first().is_some_and(|&byte| byte == b'*' || byte.is_ascii_alphabetic());
    let is_password = password.len() > 3 && !is_listed(password, PASSWORD_WORDS) && !is_dummy(password);
    (is_line && host < colon && fields.next().is_none() && is_name(database) && is_name(user) && is_password)
        .then_some(("password", end - password.len(), end))
}

/// Where the cookies end whose header's colon stands there; as far as was known before, if none does.
pub(super) fn cookies(text: &[u8], colon: usize, known: usize) -> usize {
    let mut end = colon;
    while is_one(text, end.wrapping_sub(1), b"\"'\\") && colon - end < 4 {
        end -= 1;
    }
    let name = text.get(end.saturating_sub(6)..end).unwrap_or_default();
    if colon < known || !name.eq_ignore_ascii_case(b"cookie") {
        return known;
    }
    end = colon + 1;
    while is_one(text, end, b" \t\"'\\") && end < colon + 8 {
        end += 1;
    }
    while end < colon + 8192 && !is_one(text, end, b"\0\r\n\"'\\`") {
        end += 1;
    }
    end
}

/// The value of a cookie whose sign stands there, if it looks drawn by lot.
pub(super) fn cookie(text: &[u8], sign: usize) -> Option<Place> {
    let end = argument_end(text, sign + 1);
    let value = text.get(sign + 1..end)?.split(|&byte| byte == b';' || byte == b',').next()?;
    let is_secret = value.len() >= 8 && is_random(value, made(value)) && !is_dummy(value);
    // A token that has a shape is told by it, which says more.
    (is_secret && shapes::at(text, sign + 1).is_none()).then_some(("cookie", sign + 1, sign + 1 + value.len()))
}

/// The secret that stands beside an AWS access key, which ends there: in the next field or line, whatever it is called.
pub(super) fn beside_access_key(text: &[u8], end: usize) -> Option<Place> {
    let mut start = end;
    while start < end + 120 {
        let run =
            text.get(start..)?.iter().take(41).take_while(|&&byte| is_alphanumeric(byte) || b"+/".contains(&byte));
        let length = run.count();
        let value = text.get(start..start + length)?;
        let made = made(value);
        if length == 40 && made.uppers > 0 && made.lowers > 0 && made.digits > 0 && !is_dummy(value) {
            return Some(("AWS secret key", start, start + length));
        }
        start += length + 1;
    }
    None
}

/// What stands before the name of a home directory, in paths, in JSON, in names made of paths and in addresses.
const HOMES: &str = r"/home/|/Users/|\Users\|\\Users\\|-home-|-Users-|%2Fhome%2F|%2FUsers%2F";

/// The name of the person whose home directory begins there, on Linux, macOS or Windows.
pub(super) fn home(text: &[u8], at: usize) -> Option<Place> {
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
pub(super) fn email(text: &[u8], at: usize) -> Option<Place> {
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
