//! Placeholders for secrets, the same for the same secret wherever it stands.

use super::super::bundle::quote;
use super::values::made;
use super::{find_chosen, shapes};
use crate::find::around;
use crate::json::{digits, read_digits};
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

/// Exact texts of up to this length are only found as words of their own.
const SHORT: usize = 15;

/// Numbers of placeholders end here; what claims more was made up.
const MOST_NUMBER: u64 = 65_535;

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
            let mut escaped = String::new();
            quote(text, &mut escaped);
            let escaped = escaped.get(1..escaped.len() - 1).unwrap_or_default();
            for text in [text.as_str(), escaped] {
                if !text.is_empty() {
                    masks.secrets.push(Secret {
                        text: text.to_owned(),
                        kind,
                        placeholder: String::new(),
                        spreads: true,
                        count: 0,
                    });
                }
            }
        }
        masks
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

    /// The longest secret that spreads and stands at that place: its end and its place.
    fn exact(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let (word, bit) = head(shapes::byte(text, at), shapes::byte(text, at + 1));
        if self.heads.get(word)? & bit == 0 {
            return None;
        }
        let mut rest = text.get(at..)?;
        loop {
            let index = self.place(rest).1?;
            let secret = &self.secrets[index];
            let same = secret.text.bytes().zip(rest).take_while(|(left, right)| left == *right).count();
            let end = at + same;
            let is_word = || shapes::is_boundary(text, at) && !shapes::is_alphanumeric(shapes::byte(text, end));
            let is_whole = same == secret.text.len();
            if is_whole && secret.spreads && (same > SHORT || is_word()) {
                return Some((end, index));
            }
            rest = rest.get(..same.checked_sub(usize::from(is_whole))?)?;
        }
    }

    /// Looks at a text for secrets.
    pub fn learn(&mut self, text: &str) {
        for finding in find_chosen(text, self.choices) {
            let Some(secret) = text.get(finding.start..finding.end) else { continue };
            let made = made(secret.as_bytes());
            self.secrets.push(Secret {
                text: secret.to_owned(),
                kind: finding.kind,
                placeholder: String::new(),
                spreads: secret.len() >= 8 && made.digits > 0 && made.uppers + made.lowers > 0 && made.distinct > 4,
                count: 0,
            });
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
            let Some((inside, _)) = around(after, "›").filter(|(inside, _)| inside.len() < 64) else { continue };
            let Some((kind, number)) = inside.rsplit_once(' ') else { continue };
            let Some(number) = read_digits(number).filter(|number| *number <= MOST_NUMBER) else { continue };
            let number = number as usize;
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
            let secret = &mut self.secrets[index];
            let place = self.taken.iter().position(|(kind, _)| kind == secret.kind).unwrap_or_else(|| {
                self.taken.push((secret.kind.to_owned(), 0));
                self.taken.len() - 1
            });
            let number = &mut self.taken[place].1;
            *number += 1;
            let placeholder = ["‹", secret.kind, " ", &digits(*number as i64), "›"].concat();
            secret.spreads &= !unmask.contains(&placeholder);
            if !unmask.contains(&placeholder) {
                secret.placeholder = placeholder;
            }
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
                let known = self.place(secret).1.filter(|&index| self.secrets[index].text.as_bytes() == secret);
                if let Some(index) = known.filter(|_| hit.is_none_or(|(end, _)| end <= finding.end)) {
                    hit = Some((finding.end, index));
                }
            }
            if let Some((end, index)) = hit.filter(|(_, index)| !self.secrets[*index].placeholder.is_empty()) {
                if at >= done {
                    masked.push_str(text.get(done..at).unwrap_or_default());
                    masked.push_str(&self.secrets[index].placeholder);
                    self.secrets[index].count += 1;
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

    /// What was masked, in the order in which it was seen.
    pub fn list(&self) -> Vec<Masked> {
        let masked = |secret: &Secret| Masked {
            kind: secret.kind.to_owned(),
            placeholder: secret.placeholder.clone(),
            count: secret.count,
        };
        self.secrets.iter().filter(|secret| secret.count > 0).map(masked).collect()
    }
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
