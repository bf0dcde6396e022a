//! JSON as transcripts have it: read in one pass, borrowed from the text, without the fields that nobody needs.
//!
//! Transcripts repeat themselves (whole files beside their diffs, the same output in two shapes). A [`Shape`] names what is
//! skipped without being built, and what is kept as the JSON text that it is. A reader of its own is several times faster than
//! serde_json here, because what is skipped is searched for its end and nothing else.

use std::borrow::Cow;

use crate::{find, json};

/// Documents that are nested deeper are refused.
const DEEPEST: usize = 127;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree<'a> {
    /// `null`, and every field that is missing.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number. Transcripts have none beyond what a double holds exactly.
    Number(f64),
    /// A string, without its escapes.
    Text(Cow<'a, str>),
    /// The JSON text of a field that the shape keeps as it is.
    Raw(&'a str),
    /// An array.
    List(Vec<Tree<'a>>),
    /// An object, its fields in order.
    Object(Fields<'a>),
}

/// The fields of an object, in order.
pub(super) type Fields<'a> = Vec<(Cow<'a, str>, Tree<'a>)>;

/// What a reader wants of a document. The names apply at every depth.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    /// Arrays and objects below that many levels are kept as JSON text; 0 for all levels.
    pub(super) levels: u8,
    /// Fields that are left out.
    pub(super) skip: &'static [&'static str],
    /// Fields that are kept as JSON text.
    pub(super) raw: &'static [&'static str],
}

impl Shape {
    /// All of a document.
    pub(super) const ALL: &'static Self = &Self { levels: 0, skip: &[], raw: &[] };
}

/// What is not there.
pub(super) const NULL: Tree<'static> = Tree::Null;
const NO_WORDS: Cow<'static, str> = Cow::Borrowed("");

impl<'a> Tree<'a> {
    /// Reads one JSON document; `None` for what is none, and for what is nested deeper than 127 levels.
    pub(super) fn parse(text: &'a str, shape: &'static Shape) -> Option<Self> {
        let mut scan = Scan::new(text, shape);
        let tree = scan.value(shape.levels, DEEPEST)?;
        (scan.next() == 0 && scan.at == text.len()).then_some(tree)
    }

    /// Reads all of a JSON document; `Null` where there is none.
    pub(super) fn read(text: &'a str) -> Self {
        Self::parse(text, Shape::ALL).unwrap_or(NULL)
    }

    /// Reads the document that a text begins with, whatever follows; `Null` where there is none.
    pub(super) fn parse_start(text: &'a str, shape: &'static Shape) -> Self {
        Scan::new(text, shape).value(shape.levels, DEEPEST).unwrap_or(NULL)
    }

    /// Reads the first line of a text as a document, and returns what is below. A line that is none costs itself. A field of
    /// the name `until` that follows one of the name `after` ends the reading: it is kept as all the rest of its line.
    pub(super) fn parse_line(
        text: &'a str,
        shape: &'static Shape,
        [after, until]: [&'static str; 2],
    ) -> (Option<Self>, &'a str) {
        let mut scan = Scan { is_line: true, after, until, ..Scan::new(text, shape) };
        if let Some(tree) = scan.value(shape.levels, DEEPEST)
            && (scan.next() == b'\n' || scan.at >= text.len())
        {
            return (Some(tree), text.get(scan.at + 1..).unwrap_or_default());
        }
        (None, text.find('\n').and_then(|end| text.get(end + 1..)).unwrap_or_default())
    }

    /// A field of an object; `Null` where there is none.
    pub(super) fn get(&self, name: &str) -> &Tree<'a> {
        self.field(name.as_bytes())
    }

    fn field(&self, name: &[u8]) -> &Tree<'a> {
        for (key, value) in self.fields() {
            // Most differ in length.
            if key.len() == name.len() && key.as_bytes() == name {
                return value;
            }
        }
        &NULL
    }

    /// Takes a field out of an object.
    pub(super) fn take(&mut self, name: &str) -> Self {
        match self {
            Self::Object(fields) => {
                let field = fields.iter_mut().find(|(key, _)| key == name);
                field.map_or(NULL, |(_, value)| std::mem::replace(value, NULL))
            }
            _ => NULL,
        }
    }

    /// A field of a field of …: the names with dots between them.
    pub(super) fn at(&self, path: &str) -> &Tree<'a> {
        self.find(path, &|_| true)
    }

    /// The first of several fields that is what is sought: paths with spaces between them.
    pub(super) fn find(&self, paths: &str, is_sought: &dyn Fn(&Self) -> bool) -> &Tree<'a> {
        // Every field of every item is looked for here: bytes are faster than texts.
        let paths = paths.as_bytes();
        let (mut tree, mut from, mut at) = (self, 0, 0);
        loop {
            let end = paths.get(at).copied().unwrap_or(b' ');
            if end == b'.' || end == b' ' {
                tree = tree.field(paths.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            if end == b' ' {
                if is_sought(tree) {
                    return tree;
                }
                if at >= paths.len() {
                    return &NULL;
                }
                tree = self;
            }
            at += 1;
        }
    }

    /// The value, if it is text.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value, if it is text; else no words.
    pub(super) fn as_words(&self) -> &Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            _ => &NO_WORDS,
        }
    }

    /// The first of several fields that is text; `Null` where there is none. Names are separated by spaces, those of outer
    /// fields come before dots: `content error.message`.
    pub(super) fn first(&self, paths: &str) -> &Tree<'a> {
        self.find(paths, &|tree| matches!(tree, Self::Text(_)))
    }

    /// The same as text.
    pub(super) fn text(&self, paths: &str) -> Option<&str> {
        self.first(paths).as_text()
    }

    /// The same, without words where there is none.
    pub(super) fn words(&self, paths: &str) -> &Cow<'a, str> {
        self.first(paths).as_words()
    }

    /// The same, as a copy.
    pub(super) fn string(&self, paths: &str) -> Option<String> {
        self.text(paths).map(str::to_owned)
    }

    /// Puts the same into its place. Where there is none, what is in the place stays.
    pub(super) fn put(&self, paths: &str, place: &mut Option<String>) {
        if let Some(text) = self.text(paths) {
            text.clone_into(place.get_or_insert_default());
        }
    }

    /// Whether a field is that text.
    pub(super) fn says(&self, path: &str, text: &str) -> bool {
        self.text(path) == Some(text)
    }

    /// Whether a field is one of several texts, which spaces separate.
    pub(super) fn says_one(&self, path: &str, texts: &str) -> bool {
        find::is_among(texts, self.words(path))
    }

    /// Whether a field is `true`.
    pub(super) fn is(&self, path: &str) -> bool {
        matches!(self.at(path), Self::Flag(true))
    }

    /// Whether a field is `false`.
    pub(super) fn is_not(&self, path: &str) -> bool {
        matches!(self.at(path), Self::Flag(false))
    }

    /// Whether a field is there.
    pub(super) fn has(&self, path: &str) -> bool {
        self.at(path).is_there()
    }

    /// A field that is a number.
    pub(super) fn number(&self, path: &str) -> Option<f64> {
        match self.at(path) {
            Tree::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The first of several fields that is a whole number, such as an exit code.
    pub(super) fn whole(&self, paths: &str) -> Option<i32> {
        let is_whole = |number: f64| number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX);
        match self.find(paths, &|tree| matches!(tree, Self::Number(number) if is_whole(*number))) {
            Tree::Number(number) => Some(*number as i32),
            _ => None,
        }
    }

    /// The items of an array; none where there is no array.
    pub(super) fn items(&self) -> &Vec<Tree<'a>> {
        match self {
            Self::List(items) => items,
            _ => const { &Vec::new() },
        }
    }

    /// The items of a field that is an array.
    pub(super) fn list(&self, path: &str) -> &Vec<Tree<'a>> {
        self.at(path).items()
    }

    /// The fields of an object; none where there is no object.
    pub(super) fn fields(&self) -> &Fields<'a> {
        match self {
            Self::Object(fields) => fields,
            _ => const { &Vec::new() },
        }
    }

    /// Whether there is anything.
    pub(super) fn is_there(&self) -> bool {
        !matches!(self, Tree::Null)
    }

    /// The JSON text that the shape keeps; empty for everything else.
    pub(super) fn as_raw(&self) -> &'a str {
        match self {
            Self::Raw(text) => text,
            _ => "",
        }
    }
}

/// Whether a name is among a few. Most differ in length or at the beginning, which is seen before anything is compared.
fn is_among(names: &[&str], name: &str) -> bool {
    let first = name.as_bytes().first();
    for known in names {
        if known.len() == name.len() && known.as_bytes().first() == first && *known == name {
            return true;
        }
    }
    false
}

/// One in each of eight bytes.
const ONES: u64 = 0x0101_0101_0101_0101;

/// A place in a text of JSON.
struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    shape: &'static Shape,
    /// The document ends with its line.
    is_line: bool,
    /// A field of the document after which `until` counts.
    after: &'static str,
    /// A field of the document that is the last to be read.
    until: &'static str,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str, shape: &'static Shape) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, shape, is_line: false, after: "", until: "" }
    }

    /// The byte at a place; 0 behind the end, where no JSON has one.
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or_default()
    }

    /// The next byte that is no white space.
    fn next(&mut self) -> u8 {
        loop {
            match self.byte(self.at) {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' if !self.is_line => self.at += 1,
                byte => return byte,
            }
        }
    }

    /// Goes past a byte that must be there.
    fn pass(&mut self, byte: u8) -> Option<()> {
        (self.next() == byte).then(|| self.at += 1)
    }

    fn value(&mut self, levels: u8, deepest: usize) -> Option<Tree<'a>> {
        match self.next() {
            b'{' => self.object(levels, deepest.checked_sub(1)?),
            b'[' => self.list(levels, deepest.checked_sub(1)?),
            b'"' => self.string().map(Tree::Text),
            b't' => self.word("true", Tree::Flag(true)),
            b'f' => self.word("false", Tree::Flag(false)),
            b'n' => self.word("null", Tree::Null),
            _ => self.number(),
        }
    }

    /// A value inside another: arrays and objects below the last level that is asked for are their text.
    fn inner(&mut self, levels: u8, deepest: usize) -> Option<Tree<'a>> {
        if levels == 1 && matches!(self.next(), b'{' | b'[') {
            return self.skipped().map(Tree::Raw);
        }
        self.value(levels.saturating_sub(1), deepest)
    }

    fn list(&mut self, levels: u8, deepest: usize) -> Option<Tree<'a>> {
        let mut list = Vec::new();
        self.at += 1;
        if self.next() != b']' {
            loop {
                list.push(self.inner(levels, deepest)?);
                if self.next() != b',' {
                    break;
                }
                self.at += 1;
            }
        }
        self.pass(b']')?;
        Some(Tree::List(list))
    }

    fn object(&mut self, levels: u8, deepest: usize) -> Option<Tree<'a>> {
        let mut fields = Vec::new();
        let mut may_end = false;
        self.at += 1;
        if self.next() != b'}' {
            fields.reserve(8);
            loop {
                if self.next() != b'"' {
                    return None;
                }
                let key = self.string()?;
                self.pass(b':')?;
                if deepest == DEEPEST - 1 && !self.until.is_empty() {
                    if may_end && key == self.until {
                        let rest = self.text.get(self.at..)?;
                        let rest = rest.get(..rest.find('\n').unwrap_or(rest.len()))?;
                        self.at += rest.len();
                        fields.push((key, Tree::Raw(rest)));
                        return Some(Tree::Object(fields));
                    }
                    may_end |= key == self.after;
                }
                if is_among(self.shape.skip, &key) {
                    self.skipped()?;
                } else if is_among(self.shape.raw, &key) {
                    fields.push((key, Tree::Raw(self.skipped()?)));
                } else {
                    fields.push((key, self.inner(levels, deepest)?));
                }
                if self.next() != b',' {
                    break;
                }
                self.at += 1;
            }
        }
        self.pass(b'}')?;
        Some(Tree::Object(fields))
    }

    fn word(&mut self, word: &str, tree: Tree<'a>) -> Option<Tree<'a>> {
        let is_there = self.bytes.get(self.at..)?.starts_with(word.as_bytes());
        self.at += word.len();
        is_there.then_some(tree)
    }

    fn number(&mut self) -> Option<Tree<'a>> {
        let start = self.at;
        while matches!(self.byte(self.at), b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') {
            self.at += 1;
        }
        json::read_number(self.text.get(start..self.at)?).map(Tree::Number)
    }

    /// Where the next quote, backslash or end of a line is.
    fn mark(&self, from: usize) -> Option<usize> {
        let mut rest = self.bytes.get(from..)?;
        while let Some((eight, below)) = rest.split_first_chunk::<8>() {
            let word = u64::from_le_bytes(*eight);
            // The lowest byte that is zero has its high bit set; what is set above it may be a borrow.
            let (quote, backslash, line) = (word ^ (ONES * 0x22), word ^ (ONES * 0x5c), word ^ (ONES * 0x0a));
            let found = (quote.wrapping_sub(ONES) & !quote)
                | (backslash.wrapping_sub(ONES) & !backslash)
                | (line.wrapping_sub(ONES) & !line);
            let found = found & (ONES << 7);
            if found != 0 {
                return Some(self.bytes.len() - rest.len() + (found.trailing_zeros() / 8) as usize);
            }
            rest = below;
        }
        let at = self.bytes.len() - rest.len();
        rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n')).map(|step| at + step)
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        let mut start = self.at + 1;
        let mut mark = self.mark(start)?;
        if self.byte(mark) == b'"' {
            self.at = mark + 1;
            return self.text.get(start..mark).map(Cow::Borrowed);
        }
        let mut text = String::with_capacity(mark - start + 64);
        loop {
            text.push_str(self.text.get(start..mark)?);
            if self.byte(mark) == b'"' {
                self.at = mark + 1;
                return Some(Cow::Owned(text));
            }
            if self.byte(mark) != b'\\' {
                return None;
            }
            self.at = mark + 1;
            text.push(json::read_escape(self.text, &mut self.at)?);
            start = self.at;
            mark = self.mark(start)?;
        }
    }

    /// Goes past a value and returns its text. Only its end is looked for: what is wrong inside is found by whoever reads it.
    fn skipped(&mut self) -> Option<&'a str> {
        let first = self.next();
        let start = self.at;
        if !matches!(first, b'{' | b'[' | b'"') {
            self.value(0, 1)?;
            return self.text.get(start..self.at);
        }
        let mut open = 0;
        loop {
            match self.byte(self.at) {
                b'"' => {
                    let mut mark = self.mark(self.at + 1)?;
                    while self.byte(mark) == b'\\' {
                        mark = self.mark(mark + 2)?;
                    }
                    if self.byte(mark) != b'"' {
                        return None;
                    }
                    self.at = mark;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' => open -= 1,
                0 if self.at >= self.bytes.len() => return None,
                b'\n' if self.is_line => return None,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return self.text.get(start..self.at);
            }
        }
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
