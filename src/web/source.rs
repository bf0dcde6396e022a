//! Where things come from that come when they like: what `platform.js` makes of the platform.

use std::future::ready;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{LocalBoxStream, Stream, StreamExt};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Request};

#[wasm_bindgen(module = "/src/web/platform.js")]
extern "C" {
    /// Something of which more and more comes.
    pub(super) type JsSource;
    #[wasm_bindgen(method)]
    fn next(this: &JsSource) -> Promise;
    #[wasm_bindgen(method)]
    fn stop(this: &JsSource);

    /// A request and its reply; a source of the body's chunks.
    #[wasm_bindgen(extends = JsSource)]
    pub(super) type Exchange;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> Exchange;
    #[wasm_bindgen(method, getter)]
    pub(super) fn signal(this: &Exchange) -> AbortSignal;
    #[wasm_bindgen(method, catch)]
    pub(super) fn begin(this: &Exchange, send: Option<&Function>, request: &Request) -> Result<Promise, JsValue>;

    /// A source of messages.
    #[wasm_bindgen(extends = JsSource)]
    pub(super) type JsSocket;
    #[wasm_bindgen(catch, js_name = openSocket)]
    pub(super) fn open_socket(url: &str, protocols: Vec<String>) -> Result<JsSocket, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn send(this: &JsSocket, text: &str) -> Result<bool, JsValue>;

    pub(super) fn sleep(milliseconds: f64) -> JsSource;
    pub(super) fn broadcast(message: &str);
    pub(super) fn broadcasts() -> JsSource;
    pub(super) fn lock(name: &str) -> JsSource;
    #[wasm_bindgen(js_name = isOnline)]
    pub(super) fn is_online() -> bool;
    #[wasm_bindgen(js_name = isVisible)]
    pub(super) fn is_visible() -> bool;
    pub(super) fn signals() -> JsSource;
    pub(super) fn ask(token: &JsValue) -> Promise;
}

/// A source that is stopped when dropped.
pub(super) struct Source {
    source: JsSource,
    coming: Option<JsFuture>,
}

impl Source {
    pub(super) fn new(source: JsSource) -> Self {
        Self { source, coming: None }
    }

    /// The texts among what comes.
    pub(super) fn texts(self) -> LocalBoxStream<'static, String> {
        self.filter_map(|come| ready(come.ok().and_then(|come| come.as_string()))).boxed_local()
    }
}

impl Stream for Source {
    type Item = Result<JsValue, JsValue>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let coming = this.coming.get_or_insert_with(|| this.source.next().into());
        let come = std::task::ready!(Future::poll(Pin::new(coming), context));
        this.coming = None;
        Poll::Ready(Some(come).filter(|come| !come.as_ref().is_ok_and(JsValue::is_undefined)))
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.source.stop();
    }
}
