//! Placeholders for secrets, the same for the same secret wherever it stands.

use super::values::made;
use super::{find_chosen, shapes};

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

/// A secret that was seen.
#[derive(Debug)]
struct Secret {
    text: String,
    kind: &'static str,
    /// Empty until all texts are known, and for what the person wants to be seen.
    placeholder: String,
    /// Whether it is masked wherever it stands, or only where its surroundings tell that it is a secret.
    spreads: bool,
    /// Whether it stands anywhere. Texts to be masked may not.
    seen: bool,
    count: usize,
}

/// Secrets of many texts. All texts are shown first ([`Masks::learn`]), so that a password that one of them gives away is masked
/// in the others too; then they are masked ([`Masks::mask`]).
#[derive(Debug, Default)]
pub struct Masks {
    choices: Choices,
    /// In the order in which they were seen.
    secrets: Vec<Secret>,
    /// Positions in `secrets`, by text.
    by_text: std::collections::BTreeMap<String, usize>,
    exact: Exact,
    /// The highest number that a kind has in placeholders that the texts hold already.
    taken: Vec<(String, usize)>,
}

/// Finds several texts at once.
#[derive(Debug, Default)]
struct Exact {
    /// In order, with positions in [`Masks::secrets`].
    texts: Vec<(String, usize)>,
    /// A bit for every two bytes that any of them begins with.
    heads: Vec<u64>,
}

impl Exact {
    fn new(mut texts: Vec<(String, usize)>) -> Self {
        let mut heads = Vec::new();
        if !texts.is_empty() {
            heads.resize(1024, 0);
        }
        texts.sort_unstable();
        for (text, _) in &texts {
            let (first, second) = (shapes::byte(text.as_bytes(), 0), text.as_bytes().get(1));
            // One that has only a single byte can go on with any.
            let (from, to) = second.map_or((0, 255), |&byte| (byte, byte));
            for second in from..=to {
                let (word, bit) = head(first, second);
                heads[word] |= bit;
            }
        }
        Self { texts, heads }
    }

    /// The longest of the texts that stands at that place: its end and its position.
    fn at(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let (word, bit) = head(shapes::byte(text, at), shapes::byte(text, at + 1));
        if self.heads.get(word)? & bit == 0 {
            return None;
        }
        let mut rest = text.get(at..)?;
        loop {
            let before = self.texts.partition_point(|(known, _)| known.as_bytes() <= rest);
            let (known, index) = self.texts.get(before.checked_sub(1)?)?;
            let known = known.as_bytes();
            let same = known.iter().zip(rest).take_while(|(left, right)| left == right).count();
            if same == known.len() {
                let end = at + same;
                let is_word = || shapes::is_boundary(text, at) && !shapes::is_alphanumeric(shapes::byte(text, end));
                if same > SHORT || is_word() {
                    return Some((end, *index));
                }
                rest = rest.get(..same.checked_sub(1)?)?;
            } else {
                rest = rest.get(..same)?;
            }
        }
    }
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
            let escaped = crate::json::write(&serde_json::Value::from(text.as_str()));
            let escaped = escaped.get(1..escaped.len().saturating_sub(1)).unwrap_or_default();
            for text in [text.as_str(), escaped] {
                if !text.is_empty() {
                    let index = masks.add(text, kind);
                    masks.secrets[index].spreads = true;
                }
            }
        }
        masks.index();
        masks
    }

    fn add(&mut self, text: &str, kind: &'static str) -> usize {
        if let Some(&index) = self.by_text.get(text) {
            return index;
        }
        let made = made(text.as_bytes());
        let letters = made.uppers + made.lowers;
        let index = self.secrets.len();
        self.secrets.push(Secret {
            text: text.to_owned(),
            kind,
            placeholder: String::new(),
            spreads: text.len() >= 8 && made.digits > 0 && letters > 0 && made.distinct > 4,
            seen: false,
            count: 0,
        });
        self.by_text.insert(text.to_owned(), index);
        index
    }

    fn index(&mut self) {
        let mut texts = Vec::new();
        for (index, secret) in self.secrets.iter().enumerate() {
            if secret.spreads {
                texts.push((secret.text.clone(), index));
            }
        }
        self.exact = Exact::new(texts);
    }

    /// Looks at a text for secrets.
    pub fn learn(&mut self, text: &str) {
        if !self.exact.texts.is_empty() {
            for at in 0..text.len() {
                if let Some((_, index)) = self.exact.at(text.as_bytes(), at) {
                    self.secrets[index].seen = true;
                }
            }
        }
        for finding in find_chosen(text, self.choices) {
            if let Some(secret) = text.get(finding.start..finding.end) {
                let index = self.add(secret, finding.kind);
                self.secrets[index].seen = true;
            }
        }
        self.note_taken(text);
    }

    /// Notes which placeholders a text holds already, from a bundle that it was taken from.
    fn note_taken(&mut self, text: &str) {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('‹') {
            rest = after;
            let Some((inside, _)) = after.split_once('›').filter(|(inside, _)| inside.len() < 64) else { continue };
            let Some((kind, number)) = inside.rsplit_once(' ') else { continue };
            let Ok(number) = number.parse::<u16>() else { continue };
            let number = usize::from(number);
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
        for secret in self.secrets.iter_mut().filter(|secret| secret.seen) {
            let place = self.taken.iter().position(|(kind, _)| kind == secret.kind).unwrap_or_else(|| {
                self.taken.push((secret.kind.to_owned(), 0));
                self.taken.len() - 1
            });
            let number = &mut self.taken[place].1;
            *number += 1;
            let placeholder = format!("‹{} {number}›", secret.kind);
            if unmask.contains(&placeholder) {
                secret.spreads = false;
            } else {
                secret.placeholder = placeholder;
            }
        }
        self.index();
    }

    /// The text without its secrets; `None` if it has none. Of a diff the lines are kept, so that its hunks still count right.
    pub fn mask(&mut self, text: &str, is_diff: bool) -> Option<String> {
        let bytes = text.as_bytes();
        // What is masked: start, end and which secret it is.
        let mut places: Vec<(usize, usize, usize)> = Vec::new();
        for finding in find_chosen(text, self.choices) {
            if let Some(&index) = text.get(finding.start..finding.end).and_then(|secret| self.by_text.get(secret)) {
                places.push((finding.start, finding.end, index));
            }
        }
        if !self.exact.texts.is_empty() {
            let mut at = 0;
            while at < bytes.len() {
                match self.exact.at(bytes, at) {
                    Some((end, index)) => {
                        places.push((at, end, index));
                        at = end;
                    }
                    None => at += 1,
                }
            }
        }
        places.retain(|(.., index)| !self.secrets[*index].placeholder.is_empty());
        if places.is_empty() {
            return None;
        }
        places.sort_unstable_by_key(|&(start, end, _)| (start, usize::MAX - end));
        let mut masked = String::with_capacity(text.len());
        let mut done = 0;
        for (start, end, index) in places {
            if start >= done {
                masked.push_str(text.get(done..start).unwrap_or_default());
                masked.push_str(&self.secrets[index].placeholder);
                self.secrets[index].count += 1;
            }
            if is_diff {
                keep_lines(text.get(start.max(done)..end).unwrap_or_default(), &mut masked);
            }
            done = done.max(end);
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
    for (_, line) in part.match_indices('\n').map(|(at, _)| part.split_at(at + 1)) {
        masked.push('\n');
        if let Some(sign @ ('+' | '-' | ' ')) = line.chars().next() {
            masked.push(sign);
        }
    }
}
