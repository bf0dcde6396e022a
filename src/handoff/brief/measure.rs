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

    /// How long a text is. The parts of a text are together never shorter than the whole.
    pub fn measure(self, text: &str) -> usize {
        match self {
            Self::Bytes => text.len(),
            Self::Tokens => text.bytes().map(twelfths).sum::<usize>().div_ceil(12),
            // Every byte that begins a character counts, and those that begin a surrogate pair once more.
            Self::Characters => text.bytes().filter(|byte| byte & 0xC0 != 0x80).count(),
            Self::Utf16 => text.bytes().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum(),
        }
    }
}

/// What a byte adds to an estimate of tokens: byte-pair vocabularies spend a token on about four letters of a word, on
/// two of what is no word (hashes, digits, capitals), on nearly every sign, and up to three on a rare character.
fn twelfths(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => 4,
        b' ' => 2,
        b'A'..=b'Z' | b'0'..=b'9' => 6,
        0x80..=0xBF => 6,
        0xC0..=0xFF => 9,
        _ => 9,
    }
}
