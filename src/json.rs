//! JSON, read and written field by field.
//!
//! Derived readers cost the wasm several kilobytes a type; these few functions serve all of them. They are as lenient as
//! servers make necessary: a field that is missing, null or of another type is `None`, and costs only itself.

mod writer;

use serde_json::Value;

pub use writer::{Fields, Writer, list, object, write};

/// Reads a tree. The one reader for texts and bytes alike: serde_json would be there once for each.
pub fn parse(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// The text of a field.
pub fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
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

/// An object as text, written field by field. Trees made for writing cost the wasm an insertion into a map a field.
#[derive(Debug)]
pub struct Object(String);

impl Object {
    /// An object without fields, to be filled and ended.
    pub fn begin() -> Self {
        Self("{".to_owned())
    }

    /// A text.
    pub fn text(self, name: &str, value: &str) -> Self {
        self.tree(name, &Value::from(value))
    }

    /// Yes or no.
    pub fn flag(self, name: &str, value: bool) -> Self {
        self.json(name, if value { "true" } else { "false" })
    }

    /// A tree.
    pub fn tree(self, name: &str, value: &Value) -> Self {
        self.json(name, &write(value))
    }

    /// What is JSON already.
    pub fn json(mut self, name: &str, json: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&write(&Value::from(name)));
        self.0.push(':');
        self.0.push_str(json);
        self
    }

    /// All of it.
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use serde_json::{Value, json};

    use super::{Object, parse};

    #[test]
    fn an_object_without_fields_is_one_too() {
        assert_eq!(Object::begin().end(), "{}");
    }

    proptest::proptest! {
        #[test]
        fn a_written_object_reads_back(name in "\\PC{1,8}", said in ".{0,20}", yes: bool) {
            let tree = json!({ "in": [said.as_str(), null] });
            let inner = Object::begin().text(&name, &said).end();
            let written = Object::begin().flag("yes", yes).text("said", &said).tree("tree", &tree).json("inner", &inner);
            let mut expected = json!({ "yes": yes, "said": said.as_str(), "tree": tree, "inner": {} });
            expected["inner"][&name] = Value::from(said.as_str());
            proptest::prop_assert_eq!(parse(written.end().as_bytes()), Some(expected));
        }
    }
}
