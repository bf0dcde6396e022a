//! The core's face towards JavaScript. It translates and decides nothing: the public classes are written in TypeScript
//! over [`Engine`], which hands out JSON text (quicker to cross with than trees) and takes small objects.

mod channel;
mod fetch;
mod host;
mod indexeddb;
mod js_store;
mod socket;
mod work;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use serde_json::Value;
use wasm_bindgen::prelude::*;

use crate::error::{Error, Result};
use crate::host::{MemoryStore, Store};
use crate::hub::{self, Hub, RefreshOptions, SessionFilter};
use crate::json;
use crate::provider::{ProviderConfig, StartRequest};
use crate::session::Answer;

pub use host::BrowserHost;
use work::Work;

/// The engine behind the JavaScript class `CloudAgents`. Failures are thrown as the JSON text of a [`Error`].
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    hub: Rc<Hub>,
    host: Rc<BrowserHost>,
    work: Work,
}

#[wasm_bindgen]
impl Engine {
    /// An engine that keeps what it knows in `store` (`"memory"`, `"indexeddb"` or an object with `get`, `scan` and
    /// `commit`) and sends its requests with `fetch` (the global one unless given).
    #[wasm_bindgen(constructor)]
    pub fn new(store: JsValue, fetch: Option<Function>) -> std::result::Result<Engine, JsValue> {
        let store: Rc<dyn Store> = match store.as_string().as_deref() {
            Some("memory") => Rc::new(MemoryStore::default()),
            Some("indexeddb") => Rc::new(indexeddb::IndexedDb::new().map_err(thrown)?),
            _ => Rc::new(js_store::JsStore::new(store).map_err(thrown)?),
        };
        let host = Rc::new(BrowserHost::new(store, fetch));
        Ok(Self { hub: Rc::new(Hub::new(host.clone())), host, work: Work::new() })
    }

    /// Brings back the list and outbox of last time.
    pub fn load(&self) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move { Ok(json::object(&hub.load().await?).into()) }))
    }

    /// Tells `listener` of changes, as the JSON text of an array.
    pub fn listen(&self, listener: Function) {
        self.hub.listen(move |changes| {
            // What a listener throws is the listener's affair.
            let _ = listener.call1(&JsValue::UNDEFINED, &json::list(changes).into());
        });
    }

    /// Opens a connection; `token` is a string, a function or undefined.
    pub fn connect(&self, config: JsValue, token: JsValue) -> std::result::Result<JsValue, JsValue> {
        let config = from_js(config).and_then(|config| ProviderConfig::read(&config)).map_err(thrown)?;
        let info = self.hub.connect(&config).map_err(thrown)?;
        self.host.set_secret(&info.id, token);
        Ok(json::object(&info).into())
    }

    /// Closes a connection and forgets its token.
    pub fn disconnect(&self, provider: String) -> Promise {
        let (hub, host) = (self.hub.clone(), self.host.clone());
        self.work.promise(Box::pin(async move {
            host.set_secret(&provider, JsValue::UNDEFINED);
            hub.disconnect(&provider).await?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// The open connections.
    pub fn providers(&self) -> std::result::Result<JsValue, JsValue> {
        Ok(json::list(&self.hub.providers()).into())
    }

    /// The repositories that a connection offers.
    pub fn repositories(&self, provider: String) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move { Ok(json::list(&hub.repositories(&provider).await?).into()) }))
    }

    /// What a session can be started with.
    pub fn options(&self, provider: String, repository: String) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move { Ok(json::object(&hub.options(&provider, &repository).await?).into()) }))
    }

    /// Starts a session.
    pub fn start(&self, request: JsValue) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move {
            let request = StartRequest::read(&from_js(request)?)?;
            Ok(json::object(&hub.start(request).await?).into())
        }))
    }

    /// Reads the lists.
    pub fn refresh(&self, options: JsValue) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move {
            let options = RefreshOptions::read(&from_js(options)?);
            Ok(json::object(&hub.refresh(&options).await).into())
        }))
    }

    /// A snapshot of the list.
    pub fn sessions(&self, filter: JsValue) -> std::result::Result<SessionList, JsValue> {
        let filter = SessionFilter::read(&from_js(filter).map_err(thrown)?);
        Ok(SessionList(self.hub.sessions(&filter)))
    }

    /// One session with its turns.
    pub fn session(&self, id: String) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move { Ok(json::object(&hub.session(&id).await?).into()) }))
    }

    /// What a session changed.
    pub fn changes(&self, id: String) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move { Ok(json::list(&hub.changes(&id).await?).into()) }))
    }

    /// Follows a session.
    pub fn follow(&self, id: String) -> std::result::Result<Follow, JsValue> {
        let follow = self.hub.follow(&id).map_err(thrown)?;
        Ok(Follow { follow: Rc::new(RefCell::new(Some(follow))), work: self.work.branch() })
    }

    /// Sends a message.
    pub fn send(&self, id: String, message: String) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move {
            hub.send(&id, &message).await?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Answers a question.
    pub fn answer(&self, id: String, answer: JsValue) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move {
            let answer = Answer::read(&from_js(answer)?)
                .ok_or_else(|| Error::invalid("The answer names no question.").with_hint("Pass the question's id."))?;
            hub.answer(&id, answer).await?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Ends a running session.
    pub fn cancel(&self, id: String) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move {
            hub.cancel(&id).await?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Puts a session away, or brings it back.
    #[wasm_bindgen(js_name = setArchived)]
    pub fn set_archived(&self, id: String, archived: bool) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move {
            hub.set_archived(&id, archived).await?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Remembers that the person has seen a session.
    #[wasm_bindgen(js_name = markRead)]
    pub fn mark_read(&self, id: String) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move {
            hub.mark_read(&id).await?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Opens a pull request from a session's branch.
    #[wasm_bindgen(js_name = createPullRequest)]
    pub fn create_pull_request(&self, id: String) -> Promise {
        let hub = self.hub.clone();
        self.work.promise(Box::pin(async move { Ok(json::object(&hub.create_pull_request(&id).await?).into()) }))
    }

    /// Rejects what is pending and ends all follows. May be called twice.
    pub fn close(&self) {
        self.work.close();
    }
}

/// A snapshot of the list.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SessionList(hub::SessionList);

#[wasm_bindgen]
impl SessionList {
    /// How many rows there are.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// Counts by status and connection.
    pub fn counts(&self) -> std::result::Result<JsValue, JsValue> {
        Ok(json::object(self.0.counts()).into())
    }

    /// Rows `from` (included) to `to` (excluded).
    pub fn rows(&self, from: usize, to: usize) -> std::result::Result<JsValue, JsValue> {
        Ok(json::list(self.0.rows(from, to)).into())
    }
}

/// The events of one session.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Follow {
    follow: Rc<RefCell<Option<hub::Follow>>>,
    work: Work,
}

#[wasm_bindgen]
impl Follow {
    /// The next event; undefined once the session has ended or [`Follow::stop`] was called.
    pub fn next(&self) -> Promise {
        let cell = self.follow.clone();
        self.work.promise_or_end(Box::pin(async move {
            // Nothing to take: it has ended, or another call has not come back yet.
            let Some(mut follow) = cell.borrow_mut().take() else { return Ok(JsValue::UNDEFINED) };
            match follow.next().await? {
                Some(event) => {
                    *cell.borrow_mut() = Some(follow);
                    Ok(json::object(&event).into())
                }
                None => Ok(JsValue::UNDEFINED),
            }
        }))
    }

    /// Ends it: a waiting [`Follow::next`] resolves with undefined.
    pub fn stop(&self) {
        self.follow.borrow_mut().take();
        self.work.close();
    }
}

/// Runs when the module is loaded: a panic says in the console where it happened.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// An argument as a JSON tree.
fn from_js(value: JsValue) -> Result<Value> {
    serde_wasm_bindgen::from_value(value).map_err(|problem| {
        Error::invalid(format!("The call's argument is wrong: {problem}."))
            .with_hint("Compare it with the types of the package.")
    })
}

/// An error on its way to JavaScript, where the host makes a `CloudAgentsError` of it.
fn thrown(error: Error) -> JsValue {
    json::object(&error).into()
}
