//! Writing JSON field by field.
//!
//! Derived writers are there once for each type and field; these few functions serve all of them.

use std::rc::Rc;

use serde_json::Value;

use super::Written;

/// What is written as an object.
pub trait Fields {
    /// Writes its fields, one after the other. Calling this of another value writes that one's fields among them.
    fn fields(&self, out: &mut Writer);
}

/// Fields that need no type of their own, such as those of a request's body.
impl<F: Fn(&mut Writer)> Fields for F {
    fn fields(&self, out: &mut Writer) {
        self(out);
    }
}

impl<T: Fields> Fields for Rc<T> {
    fn fields(&self, out: &mut Writer) {
        (**self).fields(out);
    }
}

/// JSON text in the making.
#[derive(Debug, Default)]
pub struct Writer(String);

/// A value as JSON text.
pub fn object(value: &dyn Fields) -> String {
    let mut out = Writer::default();
    out.braced(value);
    out.0
}

/// Values as the JSON text of an array.
pub fn list<T: Fields>(values: &[T]) -> String {
    let mut out = Writer::default();
    out.bracketed(values);
    out.0
}

/// A tree as JSON text.
pub fn write(tree: &Value) -> String {
    let mut out = Writer::default();
    out.any(tree);
    out.0
}

impl Writer {
    /// A text.
    pub fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quoted(value);
    }

    /// A text, where there is one.
    pub fn opt_text(&mut self, name: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// Yes or no.
    pub fn flag(&mut self, name: &str, value: bool) {
        self.name(name);
        self.0.push_str(if value { "true" } else { "false" });
    }

    /// A whole number.
    pub fn whole(&mut self, name: &str, value: u64) {
        self.name(name);
        self.unsigned(value);
    }

    /// A whole number, where there is one.
    pub fn opt_whole(&mut self, name: &str, value: Option<u64>) {
        if let Some(value) = value {
            self.whole(name, value);
        }
    }

    /// Any number.
    pub fn number(&mut self, name: &str, value: f64) {
        self.name(name);
        self.float(value);
    }

    /// A number, where there is one.
    pub fn opt_number(&mut self, name: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.number(name, value);
        }
    }

    /// A tree.
    pub fn tree(&mut self, name: &str, value: &Value) {
        self.name(name);
        self.any(value);
    }

    /// A tree that is written already.
    pub fn written(&mut self, name: &str, tree: &Written) {
        self.raw(name, tree.text());
    }

    /// JSON text.
    pub fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.push_str(json);
    }

    /// An object.
    pub fn object(&mut self, name: &str, value: &dyn Fields) {
        self.name(name);
        self.braced(value);
    }

    /// An array of objects.
    pub fn list<T: Fields>(&mut self, name: &str, values: &[T]) {
        self.name(name);
        self.bracketed(values);
    }

    /// An array of texts.
    pub fn texts(&mut self, name: &str, values: &[String]) {
        self.name(name);
        self.0.push('[');
        for value in values {
            self.separate('[');
            self.quoted(value);
        }
        self.0.push(']');
    }

    /// A comma, unless this is the first after `opening`. Whatever was written before ends in another character.
    fn separate(&mut self, opening: char) {
        if !self.0.ends_with(opening) {
            self.0.push(',');
        }
    }

    fn name(&mut self, name: &str) {
        self.separate('{');
        self.quoted(name);
        self.0.push(':');
    }

    fn braced(&mut self, value: &dyn Fields) {
        self.0.push('{');
        value.fields(self);
        self.0.push('}');
    }

    fn bracketed<T: Fields>(&mut self, values: &[T]) {
        self.0.push('[');
        for value in values {
            self.separate('[');
            self.braced(value);
        }
        self.0.push(']');
    }

    fn any(&mut self, tree: &Value) {
        match tree {
            Value::Null => self.0.push_str("null"),
            Value::Bool(value) => self.0.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), _, _) => self.unsigned(value),
                (None, Some(value), _) => {
                    self.0.push('-');
                    self.unsigned(value.unsigned_abs());
                }
                (None, None, value) => self.float(value.unwrap_or(f64::NAN)),
            },
            Value::String(text) => self.quoted(text),
            Value::Array(items) => {
                self.0.push('[');
                for item in items {
                    self.separate('[');
                    self.any(item);
                }
                self.0.push(']');
            }
            Value::Object(fields) => {
                self.0.push('{');
                for (name, value) in fields {
                    self.tree(name, value);
                }
                self.0.push('}');
            }
        }
    }

    fn unsigned(&mut self, value: u64) {
        super::write_digits(value, &mut self.0);
    }

    /// With a fraction, so that it reads back as what it was. JSON has no words for infinity and the like.
    fn float(&mut self, value: f64) {
        if !value.is_finite() {
            self.0.push_str("null");
            return;
        }
        super::float::write(&mut self.0, value);
    }

    fn quoted(&mut self, text: &str) {
        quote(text, LETTERS, &mut self.0);
    }
}

/// What RFC 8259 §7 has a letter for, beside the quotation mark and the backslash.
const LETTERS: &[(u8, char)] = &[(0x08, 'b'), (0x09, 't'), (0x0a, 'n'), (0x0c, 'f'), (0x0d, 'r')];

/// Writes a text as JSON: only what must be escaped is, by a letter where `letters` has one. What stands in it as it is goes
/// over in one piece.
pub fn quote(text: &str, letters: &[(u8, char)], into: &mut String) {
    into.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        into.push_str(text.get(from..at).unwrap_or_default());
        from = at + 1;
        into.push('\\');
        if byte >= b' ' {
            into.push(char::from(byte));
        } else if let Some((_, letter)) = letters.iter().find(|(escaped, _)| *escaped == byte) {
            into.push(*letter);
        } else {
            into.push_str(if byte < 16 { "u000" } else { "u001" });
            into.push(char::from_digit(u32::from(byte % 16), 16).unwrap_or_default());
        }
    }
    into.push_str(text.get(from..).unwrap_or_default());
    into.push('"');
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Trees without fractions, which serde_json writes in another notation.
    fn trees() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|fields| fields.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_tree_is_written_as_serde_json_writes_it(tree in trees()) {
            prop_assert_eq!(write(&tree), serde_json::to_string(&tree).unwrap());
        }

        #[test]
        fn a_text_of_awkward_characters_is_escaped_as_serde_json_does(text in "[\\x00-\\x22\\x5b-\\x5e\\x7f-\\u{a0}\u{2028}é😀]{0,40}") {
            prop_assert_eq!(write(&json!(text)), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn a_number_is_the_same_to_whoever_reads_it(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            let written = write(&json!(value));
            prop_assert_eq!(written.parse::<f64>().unwrap(), value);
            prop_assert!(serde_json::from_str::<Value>(&written).unwrap().is_f64());
        }
    }

    #[test]
    fn fields_come_in_order_and_only_those_that_are_there() {
        struct Inner(&'static str);
        impl Fields for Inner {
            fn fields(&self, out: &mut Writer) {
                out.text("a", self.0);
            }
        }
        struct Outer;
        impl Fields for Outer {
            fn fields(&self, out: &mut Writer) {
                out.opt_text("none", None);
                out.opt_whole("none", None);
                out.opt_number("none", None);
                Inner("{").fields(out);
                out.list("list", &[Inner("["), Inner("")]);
                out.list::<Inner>("empty", &[]);
                out.texts("texts", &["[".to_owned(), "{".to_owned()]);
                out.object("object", &Inner("\n"));
                out.tree("tree", &json!([{}, [], { "b": null }]));
                out.flag("flag", true);
                out.opt_whole("whole", Some(u64::MAX));
                out.opt_number("number", Some(-0.5));
                out.number("infinite", f64::INFINITY);
            }
        }
        assert_eq!(
            object(&Outer),
            r#"{"a":"{","list":[{"a":"["},{"a":""}],"empty":[],"texts":["[","{"],"object":{"a":"\n"},"tree":[{},[],{"b":null}],"flag":true,"whole":18446744073709551615,"number":-0.5,"infinite":null}"#
        );
        assert_eq!(list(&[Inner("1"), Inner("2")]), r#"[{"a":"1"},{"a":"2"}]"#);
        assert_eq!(list::<Inner>(&[]), "[]");
    }
}
