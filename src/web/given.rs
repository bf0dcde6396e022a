//! What JavaScript gives with a call: small objects of texts, flags and lists, as trees.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use wasm_bindgen::JsValue;

use crate::error::{Error, Result};

/// An argument as a tree.
#[inline(never)]
pub(super) fn from_js(value: JsValue) -> Result<Value> {
    match serde_wasm_bindgen::from_value::<Given>(value) {
        Ok(given) => Ok(given.0),
        Err(problem) => Err(Error::invalid(format!("The call's argument is wrong: {problem}."))
            .with_hint("Compare it with the types of the package.")),
    }
}

/// A tree in the making. No call takes numbers: they are as good as nothing.
struct Given(Value);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Given;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("texts, flags and lists")
    }

    fn visit_unit<E>(self) -> std::result::Result<Given, E> {
        Ok(Given(Value::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> std::result::Result<Given, E> {
        Ok(Given(Value::Bool(flag)))
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<Given, E> {
        Ok(Given(Value::Null))
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<Given, E> {
        Ok(Given(Value::Null))
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<Given, E> {
        Ok(Given(Value::Null))
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Given, E> {
        Ok(Given(Value::String(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Given, A::Error> {
        let mut list = Vec::new();
        while let Some(Given(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Given(Value::Array(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Given, A::Error> {
        let mut fields = Map::new();
        while let Some(Given(name)) = entries.next_key()? {
            let Value::String(name) = name else { return Err(A::Error::custom("a name is no text")) };
            let Given(value) = entries.next_value()?;
            fields.insert(name, value);
        }
        Ok(Given(Value::Object(fields)))
    }
}
