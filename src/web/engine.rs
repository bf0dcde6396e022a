//! Sessions for JavaScript: the public classes are written in TypeScript over [`Engine`].

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

use super::crossing::thrown;
use super::host::BrowserHost;
use super::js_store::JsStore;
use super::work::Work;

/// The engine behind the JavaScript class `CloudAgents`. Failures are thrown as plain objects.
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
            Some("indexeddb") => Rc::new(JsStore::indexed_db().map_err(thrown)?),
            _ => Rc::new(JsStore::new(store).map_err(thrown)?),
        };
        let host = Rc::new(BrowserHost::new(store, fetch));
        Ok(Self { hub: Rc::new(Hub::new(host.clone())), host, work: Work::new() })
    }

    /// Tells `listener` of changes, as the JSON text of an array.
    pub fn listen(&self, listener: Function) {
        self.hub.listen(move |changes| {
            // What a listener throws is the listener's affair.
            let _ = listener.call1(&JsValue::UNDEFINED, &json::list(changes).into());
        });
    }

    /// Opens a connection; `config` is JSON text, `token` is a string, a function or undefined. The connection as JSON text.
    pub fn connect(&self, config: &str, token: JsValue) -> std::result::Result<JsValue, JsValue> {
        let config = ProviderConfig::read(&given(config)).map_err(thrown)?;
        let info = self.hub.connect(&config).map_err(thrown)?;
        self.host.set_secret(&info.id, token);
        Ok(json::object(&info).into())
    }

    /// The open connections, as JSON text.
    pub fn providers(&self) -> JsValue {
        json::list(&self.hub.providers()).into()
    }

    /// A snapshot of the list; `filter` is JSON text.
    pub fn sessions(&self, filter: &str) -> SessionList {
        SessionList(self.hub.sessions(&SessionFilter::read(&given(filter))))
    }

    /// Whatever takes its time: the method of `CloudAgents` of that name, with its arguments as the JSON text of one object.
    /// Resolves with JSON text, or with undefined.
    pub fn call(&self, method: String, arguments: &str) -> Promise {
        let (hub, host, given) = (self.hub.clone(), self.host.clone(), given(arguments));
        self.work.promise(Box::pin(async move { perform(&hub, &host, &method, &given).await }))
    }

    /// Follows a session.
    pub fn follow(&self, id: String) -> std::result::Result<Follow, JsValue> {
        let follow = self.hub.follow(&id).map_err(thrown)?;
        Ok(Follow { follow: Rc::new(RefCell::new(Some(follow))), work: self.work.branch() })
    }

    /// Rejects what is pending and ends all follows. May be called twice.
    pub fn close(&self) {
        self.work.close();
    }
}

/// What [`Engine::call`] does. One future for all methods, so that what surrounds them is there once.
async fn perform(hub: &Rc<Hub>, host: &BrowserHost, method: &str, given: &Value) -> Result<Option<String>> {
    let word = |name: &str| json::text(given, name).unwrap_or_default();
    let (id, provider) = (word("id"), word("provider"));
    let text = match method {
        "load" => json::object(&hub.load().await?),
        "repositories" => json::list(&hub.repositories(provider).await?),
        "options" => json::object(&hub.options(provider, word("repository")).await?),
        "base" => {
            let paths = json::strings(given, "paths");
            json::object(&hub.base(provider, word("repository"), word("from"), &paths).await?)
        }
        "refresh" => json::object(&hub.refresh(&RefreshOptions::read(given)).await),
        "session" => json::object(&hub.session(id).await?),
        "changes" => json::list(&hub.changes(id).await?),
        "start" => json::object(&hub.start(StartRequest::read(given)?).await?),
        "createPullRequest" => json::object(&hub.create_pull_request(id).await?),
        _ => {
            let done = match method {
                "disconnect" => {
                    host.set_secret(provider, JsValue::UNDEFINED);
                    hub.disconnect(provider)
                }
                "send" => hub.send(id, word("message")),
                "answer" => hub.answer(id, answer(given)?),
                "cancel" => hub.cancel(id),
                "archive" | "unarchive" => hub.set_archived(id, method == "archive"),
                "markRead" => hub.mark_read(id),
                _ => return Err(Error::invalid("There is no such call.")),
            };
            return done.await.map(|()| None);
        }
    };
    Ok(Some(text))
}

fn answer(given: &Value) -> Result<Answer> {
    given
        .get("answer")
        .and_then(Answer::read)
        .ok_or_else(|| Error::invalid("The answer names no question.").with_hint("Pass the question's id."))
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
    pub fn counts(&self) -> JsValue {
        json::object(self.0.counts()).into()
    }

    /// Rows `from` (included) to `to` (excluded).
    pub fn rows(&self, from: usize, to: usize) -> JsValue {
        json::list(self.0.rows(from, to)).into()
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
            let Some(mut follow) = cell.borrow_mut().take() else { return Ok(None) };
            let Some(event) = follow.next().await? else { return Ok(None) };
            *cell.borrow_mut() = Some(follow);
            Ok(Some(json::object(&event)))
        }))
    }

    /// Ends it: a waiting [`Follow::next`] resolves with undefined.
    pub fn stop(&self) {
        self.follow.borrow_mut().take();
        self.work.close();
    }
}

/// What a call is given, as a tree. The package's own JavaScript wrote the text: whatever is no JSON is as good as nothing.
#[inline(never)]
fn given(arguments: &str) -> Value {
    json::parse(arguments.as_bytes()).unwrap_or_default()
}
