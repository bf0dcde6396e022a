//! A host whose network is a list of answers and whose clock moves only when something sleeps.

use std::cell::{Cell, RefCell};
use std::future::{poll_fn, ready};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cloud_agents::error::Result;
use cloud_agents::host::{
    FetchFailure, Host, HttpReply, HttpRequest, Lock, MemoryStore, Method, Secret, Signal, Socket, Store, WebAddress,
};
use cloud_agents::session::Timestamp;
use futures::future::LocalBoxFuture;
use futures::stream::{self, LocalBoxStream, StreamExt};
use serde_json::Value;
use url::Url;

use super::address;

/// The token of every connection in these tests.
pub const TOKEN: &str = "github_pat_secret";

/// An answer of the scripted network.
#[derive(Clone, Debug)]
pub struct Canned {
    status: u16,
    headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    failure: Option<FetchFailure>,
}

impl Canned {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, body.to_string())
    }

    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self::bytes(status, body.into().into_bytes())
    }

    pub fn bytes(status: u16, body: Vec<u8>) -> Self {
        Self { status, headers: Vec::new(), body, failure: None }
    }

    /// The request arrives, and its reply does not.
    pub fn lost() -> Self {
        Self { failure: Some(FetchFailure::Lost("Failed to fetch".into())), ..Self::text(0, "") }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Answer = dyn Fn(&Sent) -> Canned;

/// A request as the network saw it.
#[derive(Clone, Debug)]
pub struct Sent {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
    pub bearer: Option<String>,
}

impl Sent {
    /// `GET /agents/tasks?page=1`, without scheme and host.
    pub fn line(&self) -> String {
        let path = self.url.splitn(4, '/').nth(3).unwrap_or_default();
        format!("{} /{path}", self.method.as_str())
    }

    pub fn path(&self) -> String {
        let line = self.line();
        line.split('?').next().unwrap_or_default().to_owned()
    }

    /// The value of a query parameter, decoded.
    pub fn query(&self, key: &str) -> Option<String> {
        let url = Url::parse(&self.url).unwrap();
        url.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(self.body.as_deref().unwrap()).unwrap()
    }
}

/// The host. Answers may be `304` to a request that names the `ETag` they carry.
pub struct ScriptedHost {
    now: Cell<i64>,
    answer: RefCell<Box<Answer>>,
    pub sent: RefCell<Vec<Sent>>,
    store: Rc<MemoryStore>,
}

impl ScriptedHost {
    pub fn new(answer: impl Fn(&Sent) -> Canned + 'static) -> Rc<Self> {
        Rc::new(Self {
            now: Cell::new(Timestamp::parse("2026-11-22T12:00:00Z").unwrap().0),
            answer: RefCell::new(Box::new(answer)),
            sent: RefCell::default(),
            store: Rc::default(),
        })
    }

    pub fn answer_with(&self, answer: impl Fn(&Sent) -> Canned + 'static) {
        *self.answer.borrow_mut() = Box::new(answer);
    }

    /// `METHOD /path` of everything sent so far, in order; forgets it.
    pub fn take_paths(&self) -> Vec<String> {
        self.sent.borrow_mut().drain(..).map(|sent| sent.path()).collect()
    }

    pub fn advance(&self, milliseconds: i64) {
        self.now.set(self.now.get() + milliseconds);
    }
}

impl Host for ScriptedHost {
    fn fetch(&self, request: HttpRequest) -> LocalBoxFuture<'static, std::result::Result<HttpReply, FetchFailure>> {
        let sent = Sent {
            method: request.method,
            url: request.url.clone(),
            headers: request.headers,
            body: request.body,
            bearer: request.bearer.map(|secret| secret.expose().to_owned()),
        };
        self.sent.borrow_mut().push(sent.clone());
        let canned = (self.answer.borrow())(&sent);
        if let Some(failure) = canned.failure {
            return Box::pin(ready(Err(failure)));
        }
        let header = |headers: &[(&str, String)], name: &str| {
            headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
        };
        let tag = header(&canned.headers, "etag");
        let unchanged = tag.is_some() && tag == header(&sent.headers, "if-none-match");
        let (status, body) = if unchanged { (304, Vec::new()) } else { (canned.status, canned.body) };
        let headers = canned.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let body = stream::iter([Ok(body)]).boxed_local();
        // A request takes a moment, so that others can be sent meanwhile.
        Box::pin(async move {
            let mut waited = false;
            poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            Ok(HttpReply { status, headers, url: request.url, body })
        })
    }

    fn web_address(&self, text: &str, base: Option<&str>) -> Option<WebAddress> {
        address::web_address(text, base)
    }

    fn open_socket(
        &self,
        _url: &str,
        _protocols: &[String],
    ) -> LocalBoxFuture<'static, std::result::Result<Box<dyn Socket>, FetchFailure>> {
        Box::pin(ready(Err(FetchFailure::NotSent("no sockets here".into()))))
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.now.get())
    }

    /// Timeouts of requests never run out here; every other wait is over at once, and the clock shows it.
    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()> {
        if duration >= Duration::from_secs(10) {
            return Box::pin(futures::future::pending());
        }
        self.advance(i64::try_from(duration.as_millis()).unwrap());
        Box::pin(ready(()))
    }

    fn lowercase(&self, text: &str) -> String {
        text.to_lowercase()
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }

    fn store(&self) -> Rc<dyn Store> {
        self.store.clone()
    }

    fn lock(&self, _name: &str) -> LocalBoxFuture<'static, Result<Box<dyn Lock>>> {
        struct Free;
        impl Lock for Free {}
        Box::pin(ready(Ok(Box::new(Free) as Box<dyn Lock>)))
    }

    fn broadcast(&self, _message: &str) {}

    fn broadcasts(&self) -> LocalBoxStream<'static, String> {
        stream::pending().boxed_local()
    }

    fn is_online(&self) -> bool {
        true
    }

    fn is_visible(&self) -> bool {
        true
    }

    fn signals(&self) -> LocalBoxStream<'static, Signal> {
        stream::pending().boxed_local()
    }

    fn secret(&self, _connection: &str) -> LocalBoxFuture<'static, Result<Option<Secret>>> {
        Box::pin(ready(Ok(Some(Secret::new(TOKEN)))))
    }
}

/// Runs a future whose waits all end by being asked again.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..10_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("the future never ends")
}
