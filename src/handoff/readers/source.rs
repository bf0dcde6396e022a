//! A file, looked at as text, as JSON lines and as one JSON document.

use std::borrow::Cow;

use super::super::tree::{Shape, Tree};

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

/// The text of a file: without a byte-order mark, and with what is no UTF-8 replaced.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let text = text.trim();
        let is_json = text.starts_with(['{', '[']);
        let document = if is_json { Tree::parse(text, PEEK) } else { None };
        let peeked = match (&document, is_json) {
            (None, true) => lines(text).take(PEEKED_LINES).filter_map(|line| Tree::parse(line, PEEK)).collect(),
            _ => Vec::new(),
        };
        Self { text, peeked, document }
    }

    /// Every line that is JSON, and `None` for every one that is not.
    pub(super) fn lines(&self, shape: Shape) -> impl Iterator<Item = Option<Tree<'a>>> {
        lines(self.text).map(move |line| Tree::parse(line, shape))
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty())
}
