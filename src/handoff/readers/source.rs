//! A file, looked at as text, as JSON lines and as one JSON document.

use std::borrow::Cow;

use super::super::tree::{Shape, Tree};
use super::draft::Draft;

/// That many lines are looked at to find the format: tools write bookkeeping first.
const PEEKED_LINES: usize = 40;
/// A document's own fields and those of its items.
const PEEK: Shape = Shape { levels: 2, skip: &[], raw: &[] };

/// A transcript file.
pub(super) struct Source<'a> {
    /// All of it.
    pub(super) text: &'a str,
    /// The first JSON values of a file of lines, two levels deep.
    pub(super) peeked: Vec<Tree<'a>>,
    /// The one JSON document that the file is, two levels deep.
    pub(super) document: Option<Tree<'a>>,
}

/// So far a file is looked at to tell whether it is text.
const LOOKED_AT: usize = 4096;

/// The text of a file: without a byte-order mark, and with what is not encoded well replaced. `None` for what is no text.
pub(super) fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    // PowerShell writes UTF-16 where its output is sent to a file.
    match bytes {
        [0xff, 0xfe, rest @ ..] => return Some(Cow::Owned(wide(rest, u16::from_le_bytes))),
        [0xfe, 0xff, rest @ ..] => return Some(Cow::Owned(wide(rest, u16::from_be_bytes))),
        _ => {}
    }
    // UTF-8 text has none; pictures and archives do, near their beginning.
    if bytes.iter().take(LOOKED_AT).any(|byte| *byte == 0) {
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Nearly every file is UTF-8, and saying so is faster than looking for what is none.
    Some(std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed))
}

/// The text of UTF-16 in either order of bytes.
fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (units, _) = bytes.as_chunks::<2>();
    let decoded = char::decode_utf16(units.iter().map(|bytes| unit(*bytes)));
    let mut text = String::with_capacity(units.len());
    text.extend(decoded.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)));
    text
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let text = text.trim();
        let is_json = text.starts_with(['{', '[']);
        let document = if is_json { Tree::parse(text, &PEEK) } else { None };
        let peeked = match (&document, is_json) {
            (None, true) => Lines { text, shape: &PEEK, until: ["", ""] }.take(PEEKED_LINES).flatten().collect(),
            _ => Vec::new(),
        };
        Self { text, peeked, document }
    }

    /// Whether it is JSON and nothing else: one document, or lines of them, some of which may be broken.
    pub(super) fn is_data(&self) -> bool {
        let is_json = |line: &str| line.is_empty() || line.starts_with(['{', '[']);
        self.document.is_some() || !self.peeked.is_empty() && self.text.lines().all(|line| is_json(line.trim_start()))
    }

    /// Every line that is JSON, and `None` for every one that is not.
    pub(super) fn lines(&self, shape: &'static Shape) -> Lines<'a> {
        Lines { text: self.text, shape, until: ["", ""] }
    }

    /// Looks at every line that is a document; every one that is not is skipped.
    pub(super) fn each_line(
        &self,
        shape: &'static Shape,
        draft: &mut Draft,
        look: &mut dyn FnMut(&Tree<'a>, &mut Draft),
    ) {
        each(self.lines(shape), draft, look);
    }

    /// The same, where a field of the second name ends the reading of a line in which one of the first was.
    pub(super) fn lines_until(&self, shape: &'static Shape, until: [&'static str; 2]) -> Lines<'a> {
        Lines { text: self.text, shape, until }
    }
}

/// Looks at every line that is a document; every one that is not is skipped.
pub(super) fn each<'a>(lines: Lines<'a>, draft: &mut Draft, look: &mut dyn FnMut(&Tree<'a>, &mut Draft)) {
    for line in lines {
        match line {
            Some(line) => look(&line, draft),
            None => draft.skip(),
        }
    }
}

/// Lines that are documents.
pub(super) struct Lines<'a> {
    text: &'a str,
    shape: &'static Shape,
    until: [&'static str; 2],
}

impl<'a> Iterator for Lines<'a> {
    type Item = Option<Tree<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.text.trim_start();
        if text.is_empty() {
            return None;
        }
        let (tree, below) = Tree::parse_line(text, self.shape, self.until);
        self.text = below;
        Some(tree)
    }
}
