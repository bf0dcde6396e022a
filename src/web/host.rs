//! The browser, a worker or Node as the core's [`Host`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use futures::stream::LocalBoxStream;
use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Url;

use super::{channel, fetch, socket};
use crate::error::{Error, ErrorCode, Result};
use crate::host::{FetchFailure, Host, HttpReply, HttpRequest, Lock, Secret, Signal, Socket, Store, WebAddress};
use crate::session::Timestamp;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(buffer: &Uint8Array);
}

/// The host that runs where JavaScript does.
pub struct BrowserHost {
    store: Rc<dyn Store>,
    fetch: Option<Function>,
    /// Strings and functions that return one, by connection. They are never written anywhere.
    secrets: RefCell<HashMap<String, JsValue>>,
    channel: channel::Channel,
}

impl std::fmt::Debug for BrowserHost {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("BrowserHost")
    }
}

impl BrowserHost {
    /// A host that keeps entries in `store` and sends requests with `fetch`, or with the global one.
    pub fn new(store: Rc<dyn Store>, fetch: Option<Function>) -> Self {
        Self { store, fetch, secrets: RefCell::default(), channel: channel::Channel::default() }
    }

    /// Sets the token of a connection: a string, a function, or nothing.
    pub fn set_secret(&self, connection: &str, token: JsValue) {
        let mut secrets = self.secrets.borrow_mut();
        if token.is_string() || token.is_function() {
            secrets.insert(connection.to_owned(), token);
        } else {
            secrets.remove(connection);
        }
    }
}

impl Host for BrowserHost {
    fn fetch(&self, request: HttpRequest) -> LocalBoxFuture<'static, std::result::Result<HttpReply, FetchFailure>> {
        if !self.is_online() {
            let failure = FetchFailure::NotSent("You are offline.".to_owned());
            return std::future::ready(Err(failure)).boxed_local();
        }
        let given = self.fetch.clone();
        let function = given.or_else(|| global("fetch").and_then(|fetch| fetch.dyn_into::<Function>().ok()));
        async move {
            let function = function.ok_or_else(|| FetchFailure::NotSent("There is no fetch here.".to_owned()))?;
            fetch::fetch(function, request).await
        }
        .boxed_local()
    }

    fn web_address(&self, text: &str, base: Option<&str>) -> Option<WebAddress> {
        let url = match base {
            Some(base) => Url::new_with_base(text, base),
            None => Url::new(text),
        };
        let url = url.ok().filter(|url| matches!(url.protocol().as_str(), "http:" | "https:"))?;
        Some(WebAddress {
            href: url.href(),
            origin: url.origin(),
            has_credentials: !url.username().is_empty() || !url.password().is_empty(),
        })
    }

    fn open_socket(
        &self,
        url: &str,
        protocols: &[String],
    ) -> LocalBoxFuture<'static, std::result::Result<Box<dyn Socket>, FetchFailure>> {
        std::future::ready(socket::open(url, protocols)).boxed_local()
    }

    fn now(&self) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "Date.now() is a whole number of milliseconds")]
        Timestamp(js_sys::Date::now() as i64)
    }

    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        gloo_timers::future::sleep(duration).boxed_local()
    }

    fn lowercase(&self, text: &str) -> String {
        js_sys::JsString::from(text).to_lower_case().into()
    }

    fn random(&self, buffer: &mut [u8]) {
        let bytes = Uint8Array::new_with_length(u32::try_from(buffer.len()).unwrap_or(u32::MAX));
        get_random_values(&bytes);
        bytes.copy_to(buffer);
    }

    fn store(&self) -> Rc<dyn Store> {
        self.store.clone()
    }

    fn lock(&self, name: &str) -> LocalBoxFuture<'static, Result<Box<dyn Lock>>> {
        channel::lock(name.to_owned()).boxed_local()
    }

    fn broadcast(&self, message: &str) {
        self.channel.post(message);
    }

    fn broadcasts(&self) -> LocalBoxStream<'static, String> {
        self.channel.messages()
    }

    fn is_online(&self) -> bool {
        // Node has a navigator that knows nothing of networks.
        let online = global("navigator").and_then(|navigator| Reflect::get(&navigator, &"onLine".into()).ok());
        online.and_then(|online| online.as_bool()).unwrap_or(true)
    }

    fn is_visible(&self) -> bool {
        // A worker has no document: whether anyone looks at its page it cannot know.
        let state = global("document").and_then(|document| Reflect::get(&document, &"visibilityState".into()).ok());
        state.and_then(|state| state.as_string()).is_none_or(|state| state != "hidden")
    }

    fn signals(&self) -> LocalBoxStream<'static, Signal> {
        channel::signals()
    }

    fn secret(&self, connection: &str) -> LocalBoxFuture<'static, Result<Option<Secret>>> {
        let token = self.secrets.borrow().get(connection).cloned();
        async move {
            let Some(token) = token else { return Ok(None) };
            let token = match token.dyn_ref::<Function>() {
                Some(function) => {
                    let refused = |problem: JsValue| {
                        Error::new(
                            ErrorCode::Unauthorized,
                            format!("No token was given ({}).", fetch::message(&problem)),
                        )
                    };
                    let given = function.call0(&JsValue::UNDEFINED).map_err(refused)?;
                    JsFuture::from(Promise::resolve(&given)).await.map_err(refused)?
                }
                None => token,
            };
            Ok(token
                .as_string()
                .map(|token| token.trim().to_owned())
                .filter(|token| !token.is_empty())
                .map(Secret::new))
        }
        .boxed_local()
    }
}

/// A property of the global object, where there is one.
pub(super) fn global(name: &str) -> Option<JsValue> {
    Reflect::get(&js_sys::global(), &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}
