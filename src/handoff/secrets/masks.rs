//! Placeholders for secrets, the same for the same secret wherever it stands.

use super::super::base64::{FOR_ADDRESSES, PLAIN, encode};
use super::super::bundle::quote;
use super::values::made;
use super::{find_chosen, shapes};
use crate::find::{any, around};
use crate::order::sorted;

/// What is masked beside secrets, because the person wants it so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The names of people in the paths of their home directories.
    pub homes: bool,
    /// E-mail addresses.
    pub emails: bool,
}

/// Something that was masked, as the person sees it. It never holds the original.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// What it is: `GitHub token`.
    pub kind: String,
    /// What stands in its place: `‹GitHub token 1›`.
    pub placeholder: String,
    /// In how many places.
    pub count: usize,
}

/// The beginning of a secret that spreads is masked from this length on, where a text was cut off within it.
const CUT: usize = 12;
/// Of a private key, lines of this length are as secret as all of it.
const KEY_LINE: usize = 40;
/// What is longer is masked only where it is found, for texts may be made to be compared with it at every place. Keys are not:
/// they begin as nothing else does.
const LONGEST: usize = 2048;

/// Exact texts of up to this length are only found as words of their own.
const SHORT: usize = 15;

/// Numbers of placeholders end here; what claims more was made up.
const MOST_NUMBER: usize = 65_535;

/// A secret that was seen.
#[derive(Debug)]
struct Secret {
    text: String,
    kind: &'static str,
    /// Empty until all texts are known, and for what the person wants to be seen.
    placeholder: String,
    /// Whether it is masked wherever it stands, or only where its surroundings tell that it is a secret.
    spreads: bool,
    count: usize,
    /// The place of the secret that this one is a line of, or the same in other letters. Its own place for most.
    whole: usize,
}

/// Secrets of many texts. All texts are shown first ([`Masks::learn`]), so that a password that one of them gives away is masked
/// in the others too; then they are masked ([`Masks::mask`]).
#[derive(Debug, Default)]
pub struct Masks {
    choices: Choices,
    /// In the order in which they were seen.
    secrets: Vec<Secret>,
    /// Places in `secrets` by text, each text once.
    by_text: Vec<usize>,
    /// A bit for every two bytes that a secret begins with that spreads; empty if none does.
    heads: Vec<u64>,
    /// The highest number that a kind has in placeholders that the texts hold already.
    taken: Vec<(String, usize)>,
    /// How many of `secrets` are to be masked wherever they stand, whatever is unmasked.
    also: usize,
    /// What was masked in the bundle that the texts were taken from, counted anew.
    before: Vec<Masked>,
    /// Places in `before` by placeholder.
    by_placeholder: Vec<usize>,
}

fn head(first: u8, second: u8) -> (usize, u64) {
    let pair = usize::from(first) << 8 | usize::from(second);
    (pair >> 6, 1 << (pair & 63))
}

impl Masks {
    /// Masks that know nothing but the texts to be masked wherever they stand, such as the tokens of connections.
    pub fn new(also: &[String], choices: Choices) -> Self {
        let mut masks = Self { choices, ..Self::default() };
        for text in also {
            let kind = match super::find(text).first() {
                Some(finding) if finding.end - finding.start == text.len() => finding.kind,
                _ => "secret",
            };
            let whole = masks.secrets.len();
            for text in [text.clone()].into_iter().chain(other_letters(text)) {
                if !text.is_empty() && masks.secrets.iter().all(|secret| secret.text != text) {
                    masks.add(text, kind, true, whole);
                }
            }
        }
        masks.also = masks.secrets.len();
        masks
    }

    /// Knows what was masked in the texts before. It is listed too, as often as its placeholders stand in them.
    pub fn masked_before(&mut self, before: &[Masked]) {
        // A number is not given to another secret, even if the placeholder is in no text any more.
        before.iter().for_each(|masked| self.note_taken(&masked.placeholder));
        self.before = before.iter().map(|masked| Masked { count: 0, ..masked.clone() }).collect();
        let all: Vec<usize> = (0..before.len()).collect();
        let named = |index: usize| inside(&before[index].placeholder);
        self.by_placeholder = sorted(&all, &|left, right| named(left).cmp(named(right)));
    }

    fn add(&mut self, text: String, kind: &'static str, spreads: bool, whole: usize) {
        self.secrets.push(Secret { text, kind, placeholder: String::new(), spreads, count: 0, whole });
    }

    /// Where a text is in `by_text`, or how many are less.
    fn place(&self, text: &[u8]) -> (usize, Option<usize>) {
        let (mut from, mut to) = (0, self.by_text.len());
        while from < to {
            let middle = from + (to - from) / 2;
            if self.secrets[self.by_text[middle]].text.as_bytes() <= text { from = middle + 1 } else { to = middle }
        }
        (from, from.checked_sub(1).map(|before| self.by_text[before]))
    }

    /// The longest secret that spreads and stands at that place, or was cut off there: its end and its place.
    fn exact(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let (word, bit) = head(shapes::byte(text, at), shapes::byte(text, at + 1));
        if self.heads.get(word)? & bit == 0 {
            return None;
        }
        let mut rest = text.get(at..)?;
        let (after, mut before) = self.place(rest);
        let cut = [before, self.by_text.get(after).copied()].into_iter().flatten();
        let cut = cut.filter_map(|index| Some((self.cut_off(text, at, index)?, index))).max();
        while let Some(index) = before {
            let secret = &self.secrets[index];
            let same = same(secret.text.as_bytes(), rest);
            let end = at + same;
            let is_word = || shapes::is_boundary(text, at) && !shapes::is_alphanumeric(shapes::byte(text, end));
            let is_whole = same == secret.text.len();
            if is_whole && secret.spreads && (same > SHORT || is_word()) {
                return Some((end, index)).max(cut);
            }
            let Some(shorter) = same.checked_sub(usize::from(is_whole)) else { break };
            rest = rest.get(..shorter)?;
            before = self.place(rest).1;
        }
        cut
    }

    /// Where the beginning of a secret ends that stands at that place, if the text was cut off there.
    fn cut_off(&self, text: &[u8], at: usize, index: usize) -> Option<usize> {
        let secret = Some(&self.secrets[index]).filter(|secret| secret.spreads)?;
        let rest = text.get(at..)?;
        let part = rest.get(..same(secret.text.as_bytes(), rest))?;
        let behind = rest.get(part.len()..)?;
        let is_end =
            behind.is_empty() || any("…| |\n|\r|\t|\"|'|`|\\|..|[", &|end| behind.starts_with(end.as_bytes()));
        // What many begin with, such as the name of a service, tells nothing.
        (part.len() >= CUT && is_end && may_spread(part) && shapes::is_boundary(text, at)).then_some(at + part.len())
    }

    /// Looks at a text for secrets.
    pub fn learn(&mut self, text: &str) {
        for finding in find_chosen(text, self.choices) {
            let Some(secret) = text.get(finding.start..finding.end) else { continue };
            let whole = self.secrets.len();
            self.add(secret.to_owned(), finding.kind, may_spread(secret.as_bytes()), whole);
            if finding.kind == "private key" {
                // `tail key.pem` shows some of its lines.
                let lines = secret.split(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c));
                for line in
                    lines.filter(|line| (KEY_LINE..=LONGEST).contains(&line.len()) && may_spread(line.as_bytes()))
                {
                    self.add(line.to_owned(), finding.kind, true, whole);
                }
            }
        }
        self.note_taken(text);
    }

    /// Notes which placeholders a text holds already, from a bundle that it was taken from.
    fn note_taken(&mut self, text: &str) {
        let mut rest = text;
        // The first byte of a bracket is rare; a search for the whole would be slower.
        while let Some(at) = rest.bytes().position(|byte| byte == "‹".as_bytes()[0]) {
            // That byte begins characters of three bytes only.
            let after = rest.get(at + 3..).unwrap_or_default();
            let is_bracket = rest.get(at..at + 3) == Some("‹");
            rest = after;
            if !is_bracket {
                continue;
            }
            let Some((inside, _)) = around(head_of(after), "›") else { continue };
            let Some((kind, number)) = inside.rsplit_once(' ') else { continue };
            let Some(number) = number.parse::<usize>().ok().filter(|number| *number <= MOST_NUMBER) else { continue };
            let known = |&index: &usize| self::inside(&self.before[index].placeholder).cmp(inside);
            if let Ok(place) = self.by_placeholder.binary_search_by(known) {
                self.before[self.by_placeholder[place]].count += 1;
            }
            if let Some((_, highest)) = self.taken.iter_mut().find(|(known, _)| known == kind) {
                *highest = number.max(*highest);
            } else if self.taken.len() < 256 {
                // There are not more kinds than this, whatever a text says.
                self.taken.push((kind.to_owned(), number));
            }
        }
    }

    /// Gives every secret its placeholder, when all texts are known. `unmask` names the placeholders whose originals are to be
    /// seen; the others keep their numbers.
    pub fn settle(&mut self, unmask: &[String]) {
        let all: Vec<usize> = (0..self.secrets.len()).collect();
        let mut by_text = sorted(&all, &|left, right| self.secrets[left].text.cmp(&self.secrets[right].text));
        // Equal ones stay in their order: the first of them stands for all.
        by_text.dedup_by(|right, left| self.secrets[*right].text == self.secrets[*left].text);
        self.by_text = by_text;
        let mut is_first = vec![false; all.len()];
        self.by_text.iter().for_each(|&index| is_first[index] = true);
        for index in all.into_iter().filter(|&index| is_first[index]) {
            let whole = self.place(self.secrets[self.secrets[index].whole].text.as_bytes()).1.unwrap_or(index);
            let placeholder = self.placeholder(whole, index, unmask);
            let secret = &mut self.secrets[index];
            (secret.whole, secret.placeholder) = (whole, placeholder);
            secret.spreads &= !secret.placeholder.is_empty();
            if secret.spreads {
                self.heads.resize(1024, 0);
                let bytes = secret.text.as_bytes();
                let first = shapes::byte(bytes, 0);
                // One that has only a single byte can go on with any.
                let (from, to) = bytes.get(1).map_or((0, 255), |&byte| (byte, byte));
                for second in from..=to {
                    let (word, bit) = head(first, second);
                    self.heads[word] |= bit;
                }
            }
        }
    }

    /// What stands for a secret: for one of several forms what stands for the whole, which was seen before it.
    fn placeholder(&mut self, whole: usize, index: usize, unmask: &[String]) -> String {
        if whole < index {
            return self.secrets[whole].placeholder.clone();
        }
        let kind = self.secrets[index].kind;
        let place = self.taken.iter().position(|(known, _)| known == kind).unwrap_or_else(|| {
            self.taken.push((kind.to_owned(), 0));
            self.taken.len() - 1
        });
        let number = &mut self.taken[place].1;
        *number += 1;
        let placeholder = ["‹", kind, " ", &number.to_string(), "›"].concat();
        // The tokens of connections are nobody's to hand over.
        if index >= self.also && unmask.contains(&placeholder) { String::new() } else { placeholder }
    }

    /// The text without its secrets; `None` if it has none. Of a diff the lines are kept, so that its hunks still count right.
    pub fn mask(&mut self, text: &str, is_diff: bool) -> Option<String> {
        let bytes = text.as_bytes();
        let found = find_chosen(text, self.choices);
        let mut found = found.iter().peekable();
        if found.peek().is_none() && self.heads.is_empty() {
            return None;
        }
        let mut masked = String::new();
        let (mut at, mut done) = (0, 0);
        while at < bytes.len() {
            let mut hit = self.exact(bytes, at);
            if let Some(finding) = found.next_if(|finding| finding.start == at) {
                let secret = bytes.get(finding.start..finding.end).unwrap_or_default();
                let is_known = |index: &usize| {
                    let known = &self.secrets[*index];
                    known.text.as_bytes() == secret && !known.placeholder.is_empty()
                };
                let known = self.place(secret).1.filter(is_known);
                if let Some(index) = known.filter(|_| hit.is_none_or(|(end, _)| end <= finding.end)) {
                    hit = Some((finding.end, index));
                }
            }
            if let Some((end, index)) = hit {
                if at >= done {
                    masked.push_str(text.get(done..at).unwrap_or_default());
                    masked.push_str(&self.secrets[index].placeholder);
                    let whole = self.secrets[index].whole;
                    self.secrets[whole].count += 1;
                }
                if is_diff {
                    keep_lines(text.get(at.max(done)..end).unwrap_or_default(), &mut masked);
                }
                done = done.max(end);
            }
            at += 1;
        }
        if done == 0 {
            return None;
        }
        masked.push_str(text.get(done..).unwrap_or_default());
        Some(masked)
    }

    /// What is masked: what was so before, then the rest in the order in which it was seen.
    pub fn list(&self) -> Vec<Masked> {
        let mut list = self.before.clone();
        for secret in &self.secrets {
            list.push(Masked {
                kind: secret.kind.to_owned(),
                placeholder: secret.placeholder.clone(),
                count: secret.count,
            });
        }
        list.retain(|masked| masked.count > 0);
        list
    }
}

/// What stands between the brackets of a placeholder; nothing for what is none.
fn inside(placeholder: &str) -> &str {
    placeholder.strip_prefix('‹').and_then(|rest| rest.strip_suffix('›')).unwrap_or_default()
}

/// As much of a text as a placeholder may be long.
fn head_of(text: &str) -> &str {
    let mut end = text.len().min(67);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// How many bytes are the same at the beginning.
fn same(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

/// Whether nothing else looks like it, so that it is a secret without its surroundings too.
fn may_spread(secret: &[u8]) -> bool {
    let made = made(secret);
    let is_sound = secret.len() <= LONGEST || secret.first() == Some(&b'-');
    secret.len() >= 8 && is_sound && made.digits > 0 && made.uppers + made.lowers > 0 && made.distinct > 4
}

/// How a token is written in JSON, in an address, and in base64 (`Basic` has a name before it, which moves its letters).
fn other_letters(text: &str) -> Vec<String> {
    let mut escaped = String::new();
    quote(text, &mut escaped);
    let mut forms = vec![escaped.get(1..escaped.len() - 1).unwrap_or_default().to_owned(), String::new()];
    for byte in text.bytes() {
        if shapes::is_alphanumeric(byte) || b"-._~".contains(&byte) {
            forms[1].push(char::from(byte));
        } else {
            let digit = |four: u8| char::from(b"0123456789ABCDEF"[usize::from(four & 15)]);
            forms[1].extend(['%', digit(byte >> 4), digit(byte)]);
        }
    }
    // In fewer letters anything could stand by chance.
    if text.len() >= 8 {
        for last in [PLAIN, FOR_ADDRESSES] {
            for before in 0..3 {
                let mut letters = String::new();
                encode(&[&[0; 2][..before], text.as_bytes()].concat(), last, &mut letters);
                // Letters that hold bits of what stands before or behind are not the token's alone.
                let end = (before + text.len()) * 8 / 6;
                forms.push(letters.get((before * 8).div_ceil(6)..end).unwrap_or_default().to_owned());
            }
        }
    }
    forms
}

/// Writes the ends of the lines in a masked part of a diff, and the sign that the next line begins with.
fn keep_lines(part: &str, masked: &mut String) {
    let mut before = 0;
    for byte in part.bytes() {
        if byte == b'\n' || before == b'\n' && b"+- ".contains(&byte) {
            masked.push(char::from(byte));
        }
        before = byte;
    }
}
