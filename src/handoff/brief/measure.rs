//! How long a text is in the unit in which a provider counts.

/// What a limit counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// UTF-16 code units, what JavaScript's `length` says.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
    /// A model's tokens, estimated on the safe side.
    Tokens,
}

/// How much a provider takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// So many.
    pub size: usize,
    /// Of these.
    pub unit: Unit,
}

impl Unit {
    /// The word of the JavaScript contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Utf16 => "utf16",
            Self::Characters => "characters",
            Self::Bytes => "bytes",
            Self::Tokens => "tokens",
        }
    }

    /// The unit of that word.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Utf16, Self::Characters, Self::Bytes, Self::Tokens].into_iter().find(|unit| unit.word() == word)
    }

    /// How long a text is. The lines of a text are together never shorter than the whole.
    pub fn measure(self, text: &str) -> usize {
        match self {
            Self::Bytes => text.len(),
            Self::Tokens => tokens(text),
            // Every byte that begins a character counts, and those that begin a surrogate pair once more.
            Self::Characters => text.bytes().filter(|byte| byte & 0xC0 != 0x80).count(),
            Self::Utf16 => text.bytes().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum(),
        }
    }
}

/// An estimate on the safe side. Byte-pair vocabularies spend a token on about four letters of a word, nearly one on each
/// character of what is no word (hashes, base64, digits, capitals), one on nearly every sign, and up to three on a rare
/// character. Checked against o200k and cl100k: never under on transcripts, base64 and hashes, about a half over on prose.
fn tokens(text: &str) -> usize {
    let (mut twelfths, mut consonants, mut before) = (0, 0, b'\n');
    for byte in text.bytes() {
        let is_consonant = byte.is_ascii_lowercase() && !b"aeiouy".contains(&byte);
        consonants = if is_consonant { consonants + 1 } else { 0 };
        twelfths += match byte {
            b'a'..=b'z' if before.is_ascii_digit() || consonants > 2 => 12,
            b'a'..=b'z' => 4,
            b' ' if before == b' ' => 1,
            b' ' => 2,
            b'A'..=b'Z' if before.is_ascii_lowercase() => 12,
            0x80..=0xBF => 6,
            0xE1 | 0xF0..=0xFF => 25,
            b'A'..=b'Z' | b'0'..=b'9' => 9,
            _ => 8,
        };
        before = byte;
    }
    usize::div_ceil(twelfths, 12)
}
