//! The browser, a worker or Node as the core's [`Host`].

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::stream::LocalBoxStream;
use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Url;

use super::source::{self, Source};
use super::{fetch, socket};
use crate::by_name::ByName;
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
    secrets: RefCell<ByName<JsValue>>,
}

impl std::fmt::Debug for BrowserHost {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("BrowserHost")
    }
}

impl BrowserHost {
    /// A host that keeps entries in `store` and sends requests with `fetch`, or with the global one.
    pub fn new(store: Rc<dyn Store>, fetch: Option<Function>) -> Self {
        Self { store, fetch, secrets: RefCell::default() }
    }

    /// Sets the token of a connection: a string, a function, or nothing.
    pub fn set_secret(&self, connection: &str, token: JsValue) {
        let mut secrets = self.secrets.borrow_mut();
        if token.is_string() || token.is_function() {
            secrets.insert(connection, token);
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
        fetch::fetch(self.fetch.clone(), request).boxed_local()
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
        Source::new(source::sleep(duration.as_secs_f64() * 1000.0)).into_future().map(drop).boxed_local()
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
        let mut held = Held(Source::new(source::lock(name)));
        async move {
            held.0.next().await;
            Ok(Box::new(held) as Box<dyn Lock>)
        }
        .boxed_local()
    }

    fn broadcast(&self, message: &str) {
        source::broadcast(message);
    }

    fn broadcasts(&self) -> LocalBoxStream<'static, String> {
        Source::new(source::broadcasts()).texts()
    }

    fn is_online(&self) -> bool {
        source::is_online()
    }

    fn is_visible(&self) -> bool {
        source::is_visible()
    }

    fn signals(&self) -> LocalBoxStream<'static, Signal> {
        let named = |name: String| match name.as_str() {
            "online" => Signal::Online,
            "offline" => Signal::Offline,
            "hidden" => Signal::Hidden,
            _ => Signal::Visible,
        };
        Source::new(source::signals()).texts().map(named).boxed_local()
    }

    fn secret(&self, connection: &str) -> LocalBoxFuture<'static, Result<Option<Secret>>> {
        let token = self.secrets.borrow().get(connection).cloned();
        async move {
            let Some(token) = token else { return Ok(None) };
            let token = JsFuture::from(source::ask(&token)).await.map_err(|problem| {
                let why = fetch::message(&problem);
                Error::new(ErrorCode::Unauthorized, format!("No token was given ({why})."))
            })?;
            Ok(token
                .as_string()
                .map(|token| token.trim().to_owned())
                .filter(|token| !token.is_empty())
                .map(Secret::new))
        }
        .boxed_local()
    }
}

/// A lock that is given back when dropped, granted or not.
struct Held(Source);

impl Lock for Held {}
