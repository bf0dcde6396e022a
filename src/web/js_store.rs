//! Stores in JavaScript: objects with `get`, `scan` and `commit`, as the types of the package say. IndexedDB is one, and
//! the host may bring along its own.

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::fetch::message;
use crate::error::{Error, ErrorCode, Result};
use crate::host::{Batch, Entry, Store};

#[wasm_bindgen(module = "/src/web/indexeddb.js")]
extern "C" {
    /// Undefined where there is none.
    #[wasm_bindgen(js_name = indexedDbStore)]
    fn indexed_db_store() -> JsValue;
}

/// A store in JavaScript.
#[derive(Debug)]
pub(super) struct JsStore(JsValue);

impl JsStore {
    /// # Errors
    /// `unsupported` where there is no IndexedDB, as in Node.
    pub(super) fn indexed_db() -> Result<Self> {
        let store = indexed_db_store();
        if store.is_undefined() {
            return Err(Error::new(ErrorCode::Unsupported, "There is no IndexedDB here.")
                .with_hint("Use the store \"memory\", or bring a store of your own."));
        }
        Ok(Self(store))
    }

    /// # Errors
    /// `invalid` when the object lacks one of the three methods.
    pub(super) fn new(store: JsValue) -> Result<Self> {
        for name in ["get", "scan", "commit"] {
            if !Reflect::get(&store, &name.into()).is_ok_and(|method| method.is_function()) {
                return Err(Error::invalid(
                    "The store must be \"memory\", \"indexeddb\" or an object with get, scan and commit.",
                )
                .with_hint("Compare it with the type Store of the package."));
            }
        }
        Ok(Self(store))
    }

    fn call(&self, name: &str, arguments: &[JsValue]) -> LocalBoxFuture<'static, Result<JsValue>> {
        let returned = Reflect::get(&self.0, &name.into())
            .and_then(|method| method.dyn_into::<Function>())
            .and_then(|method| method.apply(&self.0, &Array::from_iter(arguments)));
        async move {
            let promise = returned.map(|value| Promise::resolve(&value)).map_err(|problem| failed(&problem))?;
            JsFuture::from(promise).await.map_err(|problem| failed(&problem))
        }
        .boxed_local()
    }
}

impl Store for JsStore {
    fn get(&self, table: &'static str, key: &str) -> LocalBoxFuture<'static, Result<Option<String>>> {
        let found = self.call("get", &[table.into(), key.into()]);
        async move { Ok(found.await?.as_string()) }.boxed_local()
    }

    fn scan(&self, table: &'static str) -> LocalBoxFuture<'static, Result<Vec<(String, String)>>> {
        let found = self.call("scan", &[table.into()]);
        async move {
            let rows = Array::from(&found.await?);
            let pair = |row: JsValue| {
                let row = Array::from(&row);
                Some((row.get(0).as_string()?, row.get(1).as_string()?))
            };
            Ok(rows.iter().filter_map(pair).collect())
        }
        .boxed_local()
    }

    fn commit(&self, batch: Batch) -> LocalBoxFuture<'static, Result<bool>> {
        let argument = Object::new();
        set(&argument, "expect", &listed(batch.expect));
        set(&argument, "writes", &listed(batch.writes));
        let done = self.call("commit", &[argument.into()]);
        async move { Ok(done.await?.is_truthy()) }.boxed_local()
    }
}

fn listed(entries: Vec<Entry>) -> Array {
    let list = Array::new();
    for entry in entries {
        let object = Object::new();
        set(&object, "table", &entry.table.into());
        set(&object, "key", &entry.key.into());
        set(&object, "value", &entry.value.map_or(JsValue::NULL, Into::into));
        list.push(&object);
    }
    list
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // Setting a property of a plain object made here cannot fail.
    let _ = Reflect::set(object, &name.into(), value);
}

fn failed(problem: &JsValue) -> Error {
    Error::new(ErrorCode::Storage, format!("The store failed: {}.", message(problem)))
}
