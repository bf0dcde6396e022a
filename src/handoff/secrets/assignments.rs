//! Values under names that mean a secret: `.env`, shell, source code, JSON, YAML, XML, headers, query parameters, flags.

use super::Place;
use super::shapes::{byte, is_alphanumeric, is_boundary, is_one, is_token, is_word};
use super::values::{holds, is_code, is_dummy, is_path, is_random, is_uuid, made};
use crate::find::{any, first_of};

/// What the last words of a name say that the value is. Longer ones come first.
const SECRET_NAMES: &[(&str, &str)] = &[
    ("password", "password|passwd|passphrase|_pwd|_pass"),
    ("API key", "api_key|apikey"),
    ("API token", "api_token"),
    ("AWS secret key", "secret_access_key"),
    ("access key", "access_key"),
    ("secret key", "secret_key"),
    ("private key", "private_key"),
    ("secret key", "auth_key|signing_key|encryption_key|master_key|account_key|storage_key"),
    ("access key", "shared_access_key"),
    ("license key", "license_key"),
    ("API key", "service_key"),
    ("secret key", "deploy_key|secret_key_base"),
    ("secret", "webhook_secret"),
    ("client secret", "client_secret"),
    ("secret", "secret"),
    ("token", "auth_token|authtoken|accesstoken|bearer|_token|_pat"),
    ("signature", "_sig"),
    ("credential", "_auth|authorization|credential|credentials"),
];

/// Words that may follow: they say which one it is, not what it is.
const VARIANTS: &str = "\
    _prod _production _dev _development _staging _stage _test _live _local _value _default _old _new _primary \
    _secondary _main _backup _v _base _raw _str _string _here _b64 _base64";

/// Words before `token` and `key` with which it is no secret.
const HARMLESS: &str = "\
    next page continuation sync cancel cancellation stop eos bos pad unk special resume cursor max \
    min num per first last start end public pagination public_key cache idempotency partition primary foreign sort \
    row group restore object";

/// Names that may mean a secret; their value has to look like nothing else.
const HINTS: &str = "\
    key token secret passw auth cred access api session cookie jwt webhook";

/// Services whose keys have no shape of their own, by what people call the variable.
const SERVICES: &str = "\
    adafruit adobe airtable algolia alibaba artifactory asana atlassian aws azure beamer bitbucket bittrex \
    cloudflare codecov cohere coinbase confluence confluent contribsys contentful datadog deepseek discord drone \
    dropbox dnkey etsy facebook fastly finicity finnhub flickr freshbooks gcloud gitlab gitter gocardless heroku \
    honeycomb hubapi hubspot intercom jfrog jira kraken kucoin launchdarkly linear linked_in linkedin lob \
    looker mailchimp mailgun mapbox mattermost maxmind meraki message_bird messagebird mistral netlify \
    newrelic new_relic notion nytimes new_york_times okta openai pagerduty plaid planetscale privateai \
    rapidapi segment sendbird sendgrid sentry shopify sidekiq slack snyk sonar splunk square squarespace stripe sumo \
    telegr travis trello twilio twitch twitter typeform vercel yandex zendesk";

/// What follows a name like `authorization` before the secret itself.
const SCHEMES: &str = "\
    bearer|basic|token|apikey|bot|digest|key|splunk|genie";

/// The longest name that is looked at.
const LONGEST_NAME: usize = 64;
/// A value is judged by as much of it, for texts may be made of nothing but names and signs.
const JUDGED_VALUE: usize = 128;
/// So long a value may be; one that is longer ends where tokens do.
const LONGEST_VALUE: usize = 4096;

/// How sure a name is.
enum Name {
    Sure(&'static str),
    Service,
    Hint,
}

/// The value that is assigned at a sign (`=`, `:`, `,` or `>`), if it is a secret: kind, start and end.
pub(super) fn assigned(text: &[u8], sign: usize) -> Option<Place> {
    let here = byte(text, sign);
    let mut left = sign;
    // `:=`, `?=`, `||=` and comparisons; but no `+=`.
    if here == b'=' {
        if is_one(text, sign.wrapping_sub(1), b"=!<>~+*/-") {
            return None;
        }
        while left > 0 && is_one(text, left - 1, b":?|") {
            left -= 1;
        }
    }
    let before = byte(text, left.wrapping_sub(1));
    if here == b',' && !b"\"'`".contains(&before) || here == b'>' && before != b'=' && !is_alphanumeric(before) {
        return None;
    }
    let (name, opened) = name_before(text, left)?;
    // Shorter ones mean nothing; `arn:…:secret:name` is an address.
    let is_segment =
        here == b':' && !opened && byte(text, name.0.wrapping_sub(1)) == b':' && byte(text, sign + 1) != b' ';
    if name.1 - name.0 < 3 || is_segment || text.get(sign..)?.starts_with(b"://") {
        return None;
    }
    let right = match here {
        b'>' if byte(text, left.wrapping_sub(1)) == b'=' => sign + 1,
        // `<name>value`
        b'>' if byte(text, name.0.wrapping_sub(1)) == b'<' => sign + 1,
        b'>' => return None,
        b',' if !opened => return None,
        b':' if byte(text, sign + 1) == b':' => return None,
        b'=' if byte(text, sign + 1) == b'>' => sign + 2,
        b'=' => sign + text.get(sign..)?.iter().take_while(|&&byte| byte == b'=').count(),
        _ => sign + 1,
    };
    let start_of_name = name.0;
    let name = text.get(name.0..name.1)?;
    let is_env = here == b'=' && left == sign && starts_line(text, sign - name.len());
    // `Server=…; Password=…;`, as ADO and ODBC have it.
    let is_listed = here == b'='
        && any("password|pwd", &|word| name.eq_ignore_ascii_case(word.as_bytes()))
        && text.get(..start_of_name)?.trim_ascii_end().ends_with(b";");
    let ends = match (is_env, is_listed) {
        (true, _) => "",
        (_, true) => ";",
        _ => VALUE_ENDS,
    };
    let (start, end, quoted) = value_after(text, right, ends, JUDGED_VALUE)?;
    let is_marked = quoted || is_env || is_listed || name.starts_with(b"--");
    let kind = secret(name, text.get(start..end)?, is_marked)?;
    // A token that has a shape is told by it, which says more.
    let has_shape = |place| super::shapes::at(text, place).is_some_and(|(_, from, to)| from <= start && to + 1 >= end);
    if (start..end.min(start + 80)).any(has_shape) {
        return None;
    }
    if end - start < JUDGED_VALUE {
        return Some((kind, start, end));
    }
    Some((kind, start, token_end(text, value_after(text, right, ends, LONGEST_VALUE)?.1)))
}

/// Where a long value ends.
fn token_end(text: &[u8], mut end: usize) -> usize {
    while is_token(byte(text, end)) {
        end += 1;
    }
    end
}

/// The argument of a flag such as `--password x`, whose hyphens begin there.
pub(super) fn flag(text: &[u8], hyphens: usize) -> Option<Place> {
    // Of the line around a key the hyphens are not looked at.
    if byte(text, hyphens.wrapping_sub(1)) == b'-' {
        return None;
    }
    let mut at = hyphens + 2;
    while is_word(text, at, b"-") && at < hyphens + LONGEST_NAME {
        at += 1;
    }
    let name = text.get(hyphens + 2..at)?;
    // The argument of a flag that only may mean a secret can be anything.
    if byte(text, at) != b' ' || meaning(&words(name), false).is_none() {
        return None;
    }
    let (start, end, _) = value_after(text, at, VALUE_ENDS, LONGEST_VALUE)?;
    Some((secret(name, text.get(start..end)?, true)?, start, end))
}

/// Where the name before a sign begins and ends, and whether it stands in quotes.
fn name_before(text: &[u8], sign: usize) -> Option<((usize, usize), bool)> {
    let mut end = sign;
    let lowest = sign.saturating_sub(LONGEST_NAME + 24);
    let mut quoted = false;
    while end > lowest {
        match byte(text, end - 1) {
            b' ' | b'\t' => {}
            b'"' | b'\'' | b'`' | b'\\' | b']' => quoted = true,
            _ => break,
        }
        end -= 1;
    }
    // `AWS Secret Access Key [None]: `
    if quoted && let Some(open) = text.get(lowest..end)?.iter().rposition(|&byte| byte == b'[' || byte == b'\n') {
        let before = text.get(..lowest + open)?;
        if before.ends_with(b" ") && byte(text, lowest + open) == b'[' {
            end = before.trim_ascii_end().len();
        }
    }
    let start_of = |end: usize| {
        let mut start = end;
        while start > lowest && is_word(text, start - 1, b"_-.") {
            start -= 1;
        }
        // Of `\napi_key` in JSON, the n belongs to the escape.
        if byte(text, start.wrapping_sub(1)) == b'\\' && is_boundary(text, start + 1) {
            start += 1;
        }
        start
    };
    let mut start = start_of(end);
    let name = text.get(start..end)?;
    // `Secret Access Key: `
    let is_last = |word: &str| name.eq_ignore_ascii_case(word.as_bytes());
    if byte(text, sign) == b':' && byte(text, sign + 1) == b' ' && any("key|token|password|secret", &is_last) {
        let first = start;
        while first - start < 24
            && byte(text, start.wrapping_sub(1)) == b' '
            && is_word(text, start.wrapping_sub(2), b"_")
        {
            start = start_of(start - 1);
        }
    }
    let gap = |at: usize| (at.saturating_sub(80)..at).rev().find(|&place| !is_one(text, place, b" \t\r\n\"'`\\:"));
    // `password: str = "…"`: the type is no name.
    if [&b"str"[..], b"string", b"String"].contains(&name) && text.get(..start)?.trim_ascii_end().ends_with(b":") {
        let end = gap(start)? + 1;
        return Some(((start_of(end), end), quoted));
    }
    // `key="Password" value="…"`, `name: API_TOKEN` and in the next line `value: …`
    if name == b"value" {
        let mut end = gap(start)? + 1;
        if byte(text, end - 1) == b'n' && byte(text, end.wrapping_sub(2)) == b'\\' {
            end = gap(end - 1)? + 1;
        }
        return Some(((start_of(end), end), quoted));
    }
    (start < end).then_some(((start, end), quoted))
}

/// Whether the name at that place begins a line, as in `.env` files and scripts.
fn starts_line(text: &[u8], name: usize) -> bool {
    let before = text.get(..name).unwrap_or_default();
    let word = first_of("export |set |ENV |+|-|env ", &|word| before.ends_with(word.as_bytes())).unwrap_or_default();
    let before = before.strip_suffix(word.as_bytes()).unwrap_or(before);
    before.is_empty() || before.ends_with(b"\n") || before.ends_with(b"\\n")
}

/// What ends a value that stands in no quotes.
const VALUE_ENDS: &str = ",;&)}]<>|#?";

/// Where the value begins and ends, and whether it stands in quotes. `ends` are the signs that end one without.
fn value_after(text: &[u8], from: usize, ends: &str, longest: usize) -> Option<(usize, usize, bool)> {
    let mut start = from;
    let mut quote = 0;
    let skip = |start: &mut usize| {
        while is_one(text, *start, b" \t") && *start < from + 40 {
            *start += 1;
        }
    };
    skip(&mut start);
    // YAML's block scalars and the line after a name.
    if byte(text, from) != b'=' && matches!(byte(text, start), b'|' | b'>') && byte(text, start + 1) == b'\n' {
        start += 2;
        skip(&mut start);
    }
    let mut marks = start;
    while marks < start + 8 && byte(text, marks) == b'\\' {
        marks += 1;
    }
    if is_one(text, marks, b"\"'`") {
        quote = byte(text, marks);
        start = marks + 1;
    } else if byte(text, marks.max(start + 1) - 1) == b'\\' {
        return None;
    }
    loop {
        let limit = start + longest;
        let mut end = start;
        while end < limit {
            let stop = match byte(text, end) {
                0 | b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`' => true,
                b'\\' => quote != b'\'' || !is_alphanumeric(byte(text, end + 1)) || is_one(text, end + 1, b"ntr"),
                byte => quote == 0 && !is_token(byte) && ends.as_bytes().contains(&byte),
            };
            if stop {
                break;
            }
            end += 1;
        }
        let value = text.get(start..end)?;
        if byte(text, end) == b' ' && any(SCHEMES, &|scheme| value.eq_ignore_ascii_case(scheme.as_bytes())) {
            start = end + 1;
            continue;
        }
        while end > start && byte(text, end - 1) == b';' {
            end -= 1;
        }
        let value = text.get(start..end)?;
        // Words in quotes are a sentence.
        let is_sentence = quote != 0 && byte(text, end) == b' ' && !(value.len() > 14 && is_random(value, made(value)));
        return (end > start && !is_sentence).then_some((start, end, quote != 0));
    }
}

/// A name in lower case, its words parted by `_`: `apiKey` and `x-api-key` end with `api_key`.
fn words(name: &[u8]) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    words.push('_');
    let mut before = 0;
    for &byte in name {
        if byte.is_ascii_uppercase() && before_is_small(before) {
            words.push('_');
        }
        before = byte;
        words.push(if is_alphanumeric(byte) { char::from(byte.to_ascii_lowercase()) } else { '_' });
    }
    words
}

fn before_is_small(before: u8) -> bool {
    before.is_ascii_lowercase() || before.is_ascii_digit()
}

/// What a name says of its value; `None` for nothing. `is_random` for a value that may be a key by itself.
fn meaning(words: &str, is_random: bool) -> Option<Name> {
    let mut last = words;
    loop {
        for (kind, endings) in SECRET_NAMES {
            let ending = first_of(endings, &|ending| last.ends_with(ending));
            if let Some((ending, before)) = ending.and_then(|ending| Some((ending, last.strip_suffix(ending)?))) {
                let is_harmless = ending.ends_with("token") && ends_with_any(before, HARMLESS).is_some();
                return (!is_harmless).then_some(Name::Sure(kind));
            }
        }
        let shorter = last.trim_end_matches(|char: char| char.is_ascii_digit() || char == '_');
        let shorter =
            ends_with_any(shorter, VARIANTS).map_or(shorter, |length| shorter.get(..length).unwrap_or_default());
        if shorter.len() == last.len() {
            break;
        }
        last = shorter;
    }
    let key = first_of("_keys|_key", &|ending| last.ends_with(ending)).and_then(|ending| last.strip_suffix(ending));
    if key.is_some_and(|before| ends_with_any(before, HARMLESS).is_some()) {
        return None;
    }
    let is_address = any("_id|_url|_hash|_sha|version", &|ending| last.ends_with(ending));
    if !is_random || is_address {
        return None;
    }
    if begins_word(words, SERVICES) {
        return Some(Name::Service);
    }
    begins_word(words, HINTS).then_some(Name::Hint)
}

/// Whether a word of a name begins with one of a list.
fn begins_word(words: &str, list: &str) -> bool {
    let words = words.as_bytes();
    (1..words.len()).filter(|&at| words[at - 1] == b'_').any(|start| {
        let mut at = start;
        for &byte in list.as_bytes() {
            match byte {
                b' ' if at > start && at < usize::MAX => return true,
                b' ' => at = start,
                _ if words.get(at) == Some(&byte) => at += 1,
                _ => at = usize::MAX,
            }
        }
        at < usize::MAX
    })
}

/// How much stands before the word of a list that a name ends with.
fn ends_with_any(name: &str, list: &str) -> Option<usize> {
    let name = name.as_bytes();
    let mut left = name.len();
    for &byte in list.as_bytes().iter().rev() {
        match byte {
            b' ' if left < name.len() => return Some(left),
            b' ' => left = name.len(),
            _ if left != usize::MAX && left > 0 && name[left - 1] == byte => left -= 1,
            _ => left = usize::MAX,
        }
    }
    (left < name.len()).then_some(left)
}

/// Whether a value under such a name is a secret, and of what kind. `marked` for one whose ends are told by quotes or the line.
fn secret(name: &[u8], value: &[u8], marked: bool) -> Option<&'static str> {
    let made = made(value);
    let length = value.len();
    if length < 6 || made.distinct < 4 || made.digits + made.others == 0 || made.digits == length {
        return None;
    }
    let is_random = is_random(value, made);
    // Nothing below takes it, and what follows looks at every byte many times.
    if !is_random && !marked {
        return None;
    }
    let words = words(name);
    let known = meaning(&words, is_random && length > 13)?;
    if value.windows(3).any(|part| part == b"://")
        || length > 20 && value.starts_with(b"sha") && value.get(6) == Some(&b'-')
    {
        return None;
    }
    let is_code = is_code(value, made);
    let is_token = is_random && !is_path(value, made);
    let is_plain = value.iter().all(|&byte| super::shapes::is_token(byte)) && !is_code;
    let kind = match known {
        Name::Sure(kind) => {
            let is_long = length >= 12 && is_token && (marked || !is_code);
            let has_three = made.digits > 0 && made.uppers > 0 && made.lowers > 0;
            let is_short = match kind {
                "password" => made.distinct > 4 && made.others < length / 2,
                "credential" | "token" => false,
                _ => length >= 8 && has_three,
            };
            let is_word = || any("password|secret|token|key|test|admin|credential", &|word| holds(value, word));
            if !is_long && (!is_short || !marked || is_code || is_path(value, made) || is_word()) {
                return None;
            }
            kind
        }
        Name::Service if is_token && is_plain => "service key",
        Name::Hint if is_token && is_plain && length > 15 && made.digits > 1 && !made.hexadecimal => "key",
        _ => return None,
    };
    // An id is no secret, unless it is said to be one.
    let is_id = is_uuid(value) && matches!(kind, "token" | "key" | "access key" | "credential" | "signature");
    (!is_dummy(value) && (!is_id || begins_word(&words, SERVICES))).then_some(kind)
}
