//! Bundles as JSON: one way to write each, and reading that takes what it knows.

use super::super::tree::Tree;
use super::record::Fields;
use crate::json::{write_float, write_text};

/// Writes records. Fields stand in the order in which they are named, without spaces; what is empty is left out.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) json: String,
    /// For each list that was begun: whether it is left out, because it is empty.
    empty_lists: Vec<bool>,
}

impl Writer {
    /// Begins a document.
    pub(super) fn begin() -> Self {
        Self { json: "{".to_owned(), empty_lists: Vec::new() }
    }

    fn name(&mut self, name: &str) {
        comma(&mut self.json);
        quote(name, &mut self.json);
        self.json.push(':');
    }
}

/// What a bundle escapes by a letter. Its hash is of these bytes, so that there will never be more of them.
const LETTERS: &[(u8, char)] = &[(b'\n', 'n'), (b'\r', 'r'), (b'\t', 't')];

/// Writes a text as bundles hold it.
pub(in super::super) fn quote(text: &str, into: &mut String) {
    write_text(text, LETTERS, into);
}

/// Writes a tree as it would have been written: what a bundle's hash is taken of, whoever put spaces into it.
pub(super) fn write(tree: &Tree<'_>, into: &mut String) {
    match tree {
        Tree::Null => into.push_str("null"),
        Tree::Flag(flag) => into.push_str(if *flag { "true" } else { "false" }),
        Tree::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            into.push_str(&(*number as i64).to_string())
        }
        Tree::Number(number) => write_float(into, *number),
        Tree::Text(text) => quote(text, into),
        Tree::Raw(raw) => into.push_str(raw),
        Tree::List(items) => {
            into.push('[');
            for item in items {
                comma(into);
                write(item, into);
            }
            into.push(']');
        }
        Tree::Object(_) => write_without(tree, "", into),
    }
}

/// Writes an object, but for the fields of that name.
pub(super) fn write_without(tree: &Tree<'_>, left_out: &str, into: &mut String) {
    into.push('{');
    for (name, value) in tree.fields() {
        if left_out.is_empty() || name != left_out {
            comma(into);
            quote(name, into);
            into.push(':');
            write(value, into);
        }
    }
    into.push('}');
}

/// A comma, unless an object or a list was just begun.
fn comma(into: &mut String) {
    if !into.ends_with(['{', '[']) {
        into.push(',');
    }
}

impl Fields for Writer {
    fn text(&mut self, name: &'static str, text: &mut String) {
        if !text.is_empty() {
            self.name(name);
            quote(text, &mut self.json);
        }
    }

    fn maybe(&mut self, name: &'static str, text: &mut Option<String>) {
        if let Some(text) = text {
            self.name(name);
            quote(text, &mut self.json);
        }
    }

    fn number(&mut self, name: &'static str, number: &mut Option<i64>) {
        if let Some(number) = number {
            self.name(name);
            self.json.push_str(&number.to_string());
        }
    }

    fn word(&mut self, name: &'static str, word: &'static str) -> Option<String> {
        if !word.is_empty() {
            self.name(name);
            quote(word, &mut self.json);
        }
        None
    }

    fn record(&mut self, name: &'static str, fields: &mut dyn FnMut(&mut dyn Fields)) {
        let before = self.json.len();
        self.name(name);
        let begun = self.json.len();
        self.json.push('{');
        fields(self);
        if self.json.len() == begun + 1 {
            self.json.truncate(before);
        } else {
            self.json.push('}');
        }
    }

    fn begin_list(&mut self, name: &'static str, count: usize) -> usize {
        self.empty_lists.push(count == 0);
        if count > 0 {
            self.name(name);
            self.json.push('[');
        }
        count
    }

    fn item(&mut self, _: usize, fields: &mut dyn FnMut(&mut dyn Fields)) {
        comma(&mut self.json);
        self.json.push('{');
        fields(self);
        self.json.push('}');
    }

    fn text_item(&mut self, _: usize, text: &mut String) {
        comma(&mut self.json);
        quote(text, &mut self.json);
    }

    fn end_list(&mut self) {
        if self.empty_lists.pop() == Some(false) {
            self.json.push(']');
        }
    }
}

/// Reads records from a tree. What is missing or of another type stays as it is.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    record: &'a Tree<'a>,
    lists: Vec<&'a [Tree<'a>]>,
    /// Items that were left out, because a later version added their kind or because they are none.
    pub(super) skipped: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(record: &'a Tree<'a>) -> Self {
        Self { record, lists: Vec::new(), skipped: 0 }
    }

    fn list_item(&self, index: usize) -> Option<&'a Tree<'a>> {
        self.lists.last().and_then(|items| items.get(index))
    }

    fn within(&mut self, record: &'a Tree<'a>, fields: &mut dyn FnMut(&mut dyn Fields)) {
        if let Tree::Object(_) = record {
            let outer = std::mem::replace(&mut self.record, record);
            fields(self);
            self.record = outer;
        }
    }
}

impl Fields for Reader<'_> {
    fn text(&mut self, name: &'static str, text: &mut String) {
        if let Some(read) = self.record.string(name) {
            *text = read;
        }
    }

    fn maybe(&mut self, name: &'static str, text: &mut Option<String>) {
        *text = self.record.string(name);
    }

    fn number(&mut self, name: &'static str, number: &mut Option<i64>) {
        *number = self
            .record
            .number(name)
            .filter(|number| number.fract() == 0.0 && number.abs() < 9e15)
            .map(|number| number as i64);
    }

    fn word(&mut self, name: &'static str, _: &'static str) -> Option<String> {
        Some(self.record.string(name).unwrap_or_default())
    }

    fn record(&mut self, name: &'static str, fields: &mut dyn FnMut(&mut dyn Fields)) {
        let record = self.record.get(name);
        self.within(record, fields);
    }

    fn begin_list(&mut self, name: &'static str, _: usize) -> usize {
        let items = self.record.list(name);
        self.lists.push(items);
        items.len()
    }

    fn item(&mut self, index: usize, fields: &mut dyn FnMut(&mut dyn Fields)) {
        if let Some(record) = self.list_item(index) {
            self.within(record, fields);
        }
    }

    fn text_item(&mut self, index: usize, text: &mut String) {
        if let Some(read) = self.list_item(index).and_then(Tree::as_text) {
            read.clone_into(text);
        }
    }

    fn end_list(&mut self) {
        self.lists.pop();
    }

    fn skip(&mut self) {
        self.skipped += 1;
    }
}
