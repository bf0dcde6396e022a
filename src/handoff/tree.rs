//! JSON as transcripts have it: read in one pass, borrowed from the text, without the fields that nobody needs.
//!
//! Transcripts repeat themselves (whole files beside their diffs, the same output in two shapes). A [`Shape`] names what is
//! skipped without being built, and what is kept as the JSON text that it is; that makes reading several times faster than a
//! full tree. serde_json does the parsing.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

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
    Object(Vec<(Cow<'a, str>, Tree<'a>)>),
}

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

const NULL: Tree<'static> = Tree::Null;

impl<'a> Tree<'a> {
    /// Reads one JSON document; `None` for what is none. Documents nested deeper than serde_json's limit (128) are none.
    pub(super) fn parse(text: &'a str, shape: Shape) -> Option<Self> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let tree = shape.deserialize(&mut reader).ok()?;
        reader.end().ok()?;
        Some(tree)
    }

    /// A field of an object; `Null` where there is none.
    pub(super) fn get(&self, name: &str) -> &Tree<'a> {
        match self {
            Self::Object(fields) => fields.iter().find(|(key, _)| key == name).map_or(&NULL, |(_, value)| value),
            _ => &NULL,
        }
    }

    /// A field of a field of …
    pub(super) fn at(&self, path: &[&str]) -> &Tree<'a> {
        path.iter().fold(self, |tree, name| tree.get(name))
    }

    /// The value, if it is text.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A field that is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).as_text()
    }

    /// A field that is text, as a copy.
    pub(super) fn string(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// A field that is `true`.
    pub(super) fn is(&self, name: &str) -> bool {
        *self.get(name) == Tree::Flag(true)
    }

    /// A field that is a number.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match self.get(name) {
            Tree::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A field that is a whole number, such as an exit code.
    pub(super) fn whole(&self, name: &str) -> Option<i32> {
        let number = self.number(name)?;
        (number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX)).then_some(number as i32)
    }

    /// The items of an array; none where there is no array.
    pub(super) fn items(&self) -> &[Tree<'a>] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The items of a field that is an array.
    pub(super) fn list(&self, name: &str) -> &[Tree<'a>] {
        self.get(name).items()
    }

    /// The fields of an object; none where there is no object.
    pub(super) fn fields(&self) -> &[(Cow<'a, str>, Tree<'a>)] {
        match self {
            Self::Object(fields) => fields,
            _ => &[],
        }
    }

    /// Whether there is anything.
    pub(super) fn is_there(&self) -> bool {
        *self != Tree::Null
    }
}

impl Shape {
    fn below(self) -> Self {
        Self { levels: self.levels.saturating_sub(1), ..self }
    }
}

/// Arrays and objects as their text, everything else as it is.
fn shallow(text: &str) -> Tree<'_> {
    match text.starts_with(['{', '[']) {
        true => Tree::Raw(text),
        false => Tree::parse(text, Shape::default()).unwrap_or(Tree::Null),
    }
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = Tree<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shape {
    type Value = Tree<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Tree::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Tree::Number(number as f64))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Tree::Number(number as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Tree::Number(number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Tree::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Tree::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        if self.levels == 1 {
            while let Some(item) = items.next_element::<&RawValue>()? {
                list.push(shallow(item.get()));
            }
            return Ok(Tree::List(list));
        }
        let below = self.below();
        while let Some(item) = items.next_element_seed(below)? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        let below = self.below();
        while let Some(Tree::Text(key)) = entries.next_key_seed(Shape::default())? {
            if self.skip.contains(&&*key) {
                entries.next_value::<IgnoredAny>()?;
            } else if self.raw.contains(&&*key) {
                fields.push((key, Tree::Raw(entries.next_value::<&RawValue>()?.get())));
            } else if self.levels == 1 {
                fields.push((key, shallow(entries.next_value::<&RawValue>()?.get())));
            } else {
                fields.push((key, entries.next_value_seed(below)?));
            }
        }
        Ok(Tree::Object(fields))
    }
}

#[cfg(test)]
mod tests;
