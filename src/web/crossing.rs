//! What crosses to JavaScript and back, whichever module it is.

use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::json;

/// Runs when the module is loaded: a panic says in the console where it happened. The wasm that is made for size leaves what a
/// panic says out (`scripts/compile-core`).
#[cfg(panic = "abort")]
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// An error on its way to JavaScript, where the host makes a `CloudAgentsError` of it: the `Failure` of the package's types, as
/// JSON text.
#[inline(never)]
pub(super) fn thrown(error: Error) -> JsValue {
    json::object(&error).into()
}
