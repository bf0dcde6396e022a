//! What crosses to JavaScript and back, whichever module it is.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::error::Error;

/// Runs when the module is loaded: a panic says in the console where it happened.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// An error on its way to JavaScript, where the host makes a `CloudAgentsError` of it: few fields, so they go as an object.
#[inline(never)]
pub(super) fn thrown(error: Error) -> JsValue {
    let failure = Thrown {
        code: error.code.as_str(),
        message: &error.message,
        hint: &error.hint,
        provider: error.provider.as_deref(),
        status: error.status,
        // What a double cannot hold, nobody waits for.
        retry_after_ms: error.retry_after_ms.map(|milliseconds| milliseconds as f64),
        request_id: error.request_id.as_deref(),
    };
    serde_wasm_bindgen::to_value(&failure).unwrap_or_else(Into::into)
}

/// The `Failure` of the package's types.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Thrown<'a> {
    code: &'a str,
    message: &'a str,
    hint: &'a str,
    provider: Option<&'a str>,
    status: Option<u16>,
    retry_after_ms: Option<f64>,
    request_id: Option<&'a str>,
}
