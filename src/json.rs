//! JSON, read and written field by field.
//!
//! Derived readers cost the wasm several kilobytes a type; these few functions serve all of them. They are as lenient as
//! servers make necessary: a field that is missing, null or of another type is `None`, and costs only itself.

mod digits;
mod float;
mod reader;
mod writer;

use serde_json::Value;

pub use digits::{digits, read_digits, write_digits};
pub use float::write as write_float;
pub use reader::{read, read_escape, read_number};
pub use writer::{Fields, Writer, list, object, quote as write_text, write};

/// A tree that is only kept and handed on, as its JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written(String);

impl Written {
    /// Its JSON text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl From<&Value> for Written {
    fn from(tree: &Value) -> Self {
        Self(write(tree))
    }
}

/// Reads a tree; `None` when it is none.
pub fn parse(bytes: &[u8]) -> Option<Value> {
    read(bytes).ok()
}

/// The text of a field.
pub fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

/// The text of a field, unless it is empty.
pub fn filled<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    text(object, name).filter(|text| !text.is_empty())
}

/// Puts the text of a field into its place; an empty one counts for none. A call a field: where a struct is written with
/// all of its fields at once, each of them is copied twice.
pub fn fill(place: &mut Option<String>, object: &Value, name: &str) {
    *place = filled(object, name).map(str::to_owned);
}

/// What lies within, field after field.
pub fn within<'a>(object: &'a Value, path: &[&str]) -> Option<&'a Value> {
    let mut value = object;
    for name in path {
        value = value.get(name)?;
    }
    Some(value)
}

/// The text of a field, as a copy.
pub fn string(object: &Value, name: &str) -> Option<String> {
    text(object, name).map(str::to_owned)
}

/// A whole number that is not negative.
pub fn whole(object: &Value, name: &str) -> Option<u64> {
    object.get(name)?.as_u64()
}

/// Any number.
pub fn number(object: &Value, name: &str) -> Option<f64> {
    object.get(name)?.as_f64()
}

/// Yes or no.
pub fn flag(object: &Value, name: &str) -> Option<bool> {
    object.get(name)?.as_bool()
}

/// The items of an array; none when there is no such array.
pub fn items<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts among the items of an array.
pub fn strings(object: &Value, name: &str) -> Vec<String> {
    items(object, name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// An id that servers write as a number or as text.
pub fn id(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) => Some(text.clone()),
        number @ Value::Number(_) => Some(write(number)),
        _ => None,
    }
}
