//! One connection's way to its servers: tokens only to their origin, a bounded number of requests at a time, retries that a
//! server agrees with, conditional requests, and bodies that end somewhere.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use serde_json::Value;

use super::etags::{Etags, Kept};
use super::gate::Gate;
use super::limits::{Budget, backoff, http_date, retry_after};
use crate::error::{Error, ErrorCode, Result};
use crate::host::{FetchFailure, Host, HttpReply, HttpRequest, Method, Secret};
use crate::json;
use crate::session::Timestamp;
use crate::together::in_time;

/// Requests at a time to one connection.
const AT_A_TIME: usize = 5;
/// A wait that a server asks for is sat out up to this long; a longer one is an error that says how long.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a server is left alone that is asked too much and names no time: what GitHub asks for at least.
const UNNAMED_WAIT: Duration = Duration::from_secs(60);
/// The largest body that is read.
const LARGEST_BODY: usize = 16 << 20;

/// A request to a connection.
#[derive(Clone, Debug)]
pub struct Ask {
    method: Method,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
    timeout: Duration,
    conditional: bool,
    effect: bool,
}

impl Ask {
    /// Reads; sent again when the server was briefly unable.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            url: url.into(),
            headers: Vec::new(),
            body: None,
            timeout: Duration::from_secs(30),
            conditional: false,
            effect: false,
        }
    }

    /// Writes; never sent twice, whatever happens.
    pub fn write(method: Method, url: impl Into<String>, json: Option<String>) -> Self {
        Self { method, body: json, timeout: Duration::from_secs(60), effect: true, ..Self::get(url) }
    }

    /// Reads by POST, as GraphQL does; treated like [`Ask::get`].
    pub fn query(url: impl Into<String>, json: String) -> Self {
        Self { method: Method::Post, body: Some(json), ..Self::get(url) }
    }

    /// With one more header; the name in lower case.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Asks the server to answer only when something changed since the same URL was read last.
    pub fn conditional(mut self) -> Self {
        self.conditional = true;
        self
    }

    /// Gives up after that long.
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// A reply that has been read whole.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code; 200 where a 304 stood for a kept body.
    pub status: u16,
    /// The body.
    pub body: Rc<[u8]>,
    /// The server said that nothing changed since this URL was read last.
    pub not_modified: bool,
    /// The `Link` header.
    pub link: Option<String>,
    /// The server's id of the request.
    pub request_id: Option<String>,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// `X-RateLimit-Remaining` is 0.
    pub exhausted: bool,
    effect: bool,
}

impl Reply {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it answers a request that changes something.
    pub fn is_of_write(&self) -> bool {
        self.effect
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// `unreadable-reply` when a write succeeded but its reply is no JSON (it must be looked for, not sent again);
    /// `provider` when a read is not.
    pub fn json(&self) -> Result<Value> {
        json::read(&self.body).map_err(|at| {
            let page = self.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
            let (message, hint) = if page {
                (
                    "The server answered with a web page instead of data.".to_owned(),
                    "Check the connection's address; a proxy or a sign-in page may stand in between.",
                )
            } else {
                (
                    format!("The server's answer cannot be read from its byte {at} on."),
                    "Refresh; if it lasts, the address may belong to another service.",
                )
            };
            let code = if self.effect { ErrorCode::UnreadableReply } else { ErrorCode::Provider };
            let mut error = Error::new(code, message);
            if !self.effect {
                error = error.with_hint(hint);
            }
            error.with_reply(self.status, self.request_id.clone())
        })
    }
}

/// What a connection has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent.
    pub requests: u64,
    /// Replies that said "not modified".
    pub not_modified: u64,
    /// Bytes of bodies read.
    pub bytes: u64,
}

/// One connection's way to its servers.
pub struct Client {
    host: Rc<dyn Host>,
    connection: String,
    origins: Vec<String>,
    gate: Gate,
    etags: RefCell<Etags>,
    traffic: Cell<Traffic>,
    budget: Cell<Option<Budget>>,
    not_before: Cell<Timestamp>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Client").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl Client {
    /// A client for the connection of that id. Its token goes to the origins of `urls` and nowhere else.
    ///
    /// # Errors
    /// `invalid` when a URL is no absolute `http:` or `https:` URL, or when it holds a user name or password.
    pub fn new(host: Rc<dyn Host>, connection: &str, urls: &[&str]) -> Result<Self> {
        let mut origins = Vec::new();
        for text in urls {
            let address = host.web_address(text, None).ok_or_else(|| {
                Error::invalid(format!("“{text}” is no web address."))
                    .with_hint("Give the connection an address such as https://api.github.com.")
                    .on(connection)
            })?;
            if address.has_credentials {
                return Err(Error::invalid("An address must not hold a user name or password.")
                    .with_hint("Take them out of the address and give a token instead.")
                    .on(connection));
            }
            if !origins.contains(&address.origin) {
                origins.push(address.origin);
            }
        }
        Ok(Self {
            host,
            connection: connection.to_owned(),
            origins,
            gate: Gate::new(AT_A_TIME),
            etags: RefCell::default(),
            traffic: Cell::default(),
            budget: Cell::new(None),
            not_before: Cell::new(Timestamp(i64::MIN)),
        })
    }

    /// What this connection has cost so far.
    pub fn traffic(&self) -> Traffic {
        self.traffic.get()
    }

    /// What the server last said of the hourly budget.
    pub fn budget(&self) -> Option<Budget> {
        self.budget.get()
    }

    /// The host that this client uses.
    pub fn host(&self) -> &Rc<dyn Host> {
        &self.host
    }

    /// Sends the request and reads its reply whole, whatever its status.
    ///
    /// # Errors
    /// `invalid` when the URL is not of this connection's origins; `network` when nothing came back; `timeout`;
    /// `rate-limited` when the server wants to be left alone for longer than a person waits; `too-large`. For a write,
    /// anything that leaves open whether it happened is `unreadable-reply` or `timeout`.
    pub async fn send(&self, ask: Ask) -> Result<Reply> {
        if !self.is_ours(&ask.url) {
            return Err(self.astray(
                ErrorCode::Provider,
                "The server pointed to an address that is not its own; nothing was sent there.",
            ));
        }
        let mut tries = 0;
        loop {
            // What the server asks for while somebody waits for a place holds for them too.
            let pass = self.gate.enter().await;
            let pause = match self.wait()? {
                Some(wait) => wait,
                None => {
                    let outcome = self.send_once(&ask).await;
                    let Some(pause) = self.pause(&ask, &outcome, tries) else { return outcome };
                    tries += 1;
                    pause
                }
            };
            drop(pass);
            self.host.sleep(pause).await;
        }
    }

    /// Whether an address is of this connection's origins.
    fn is_ours(&self, url: &str) -> bool {
        self.host.web_address(url, None).is_some_and(|address| self.origins.contains(&address.origin))
    }

    /// How long the server still wants to be left alone; an error when that is longer than a person waits.
    fn wait(&self) -> Result<Option<Duration>> {
        let wait = self.not_before.get().0.saturating_sub(self.host.now().0);
        let Some(wait_ms) = u64::try_from(wait).ok().filter(|wait_ms| *wait_ms > 0) else { return Ok(None) };
        let wait = Duration::from_millis(wait_ms);
        if wait > PATIENCE {
            let mut error = self.fail(ErrorCode::RateLimited, "The provider asked to be left alone for a while.");
            error.retry_after_ms = Some(wait_ms);
            return Err(error);
        }
        Ok(Some(wait))
    }

    /// How long to wait before the request is sent again, if it is to be.
    fn pause(&self, ask: &Ask, outcome: &Result<Reply>, tries: usize) -> Option<Duration> {
        if ask.effect || !worth_another_try(outcome) {
            return None;
        }
        let wait = backoff(&*self.host, tries)?;
        let asked_for = outcome.as_ref().ok().and_then(|reply| reply.retry_after).unwrap_or_default();
        (asked_for <= PATIENCE).then(|| wait.max(asked_for))
    }

    async fn send_once(&self, ask: &Ask) -> Result<Reply> {
        let mut given = None;
        let asked = self.host.secret(&self.connection);
        in_time(async { given = Some(asked.await) }.boxed_local(), self.host.sleep(ask.timeout)).await;
        let (request, kept) = self.request(ask, given)?;
        let mut outcome = None;
        let work = async { outcome = Some(self.exchange(ask, request, kept).await) };
        in_time(work.boxed_local(), self.host.sleep(ask.timeout)).await;
        outcome.unwrap_or_else(|| {
            Err(self.fail(ErrorCode::Timeout, format!("No answer within {} seconds.", ask.timeout.as_secs())))
        })
    }

    /// What is sent, and the reply that the server is asked about. No token in time: nothing is sent.
    fn request(&self, ask: &Ask, given: Option<Result<Option<Secret>>>) -> Result<(HttpRequest, Option<Rc<Kept>>)> {
        let bearer = given
            .unwrap_or_else(|| Err(self.fail(ErrorCode::Unauthorized, "No token was given in time.")))
            .map_err(|error| error.on(&self.connection))?;
        let mut headers = ask.headers.clone();
        if ask.body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        let kept = if ask.conditional { self.etags.borrow_mut().recall(&ask.url) } else { None };
        if let Some(kept) = &kept {
            headers.push(("if-none-match", kept.tag.clone()));
        }
        self.count(|traffic| traffic.requests += 1);
        let request = HttpRequest { method: ask.method, url: ask.url.clone(), headers, body: ask.body.clone(), bearer };
        Ok((request, kept))
    }

    async fn exchange(&self, ask: &Ask, request: HttpRequest, kept: Option<Rc<Kept>>) -> Result<Reply> {
        let mut reply = self.host.fetch(request).await.map_err(|failure| self.lost(ask, failure))?;
        let mut read = self.read_head(ask, kept, &reply)?;
        if !read.not_modified {
            let mut body = Vec::new();
            while let Some(chunk) = reply.body.next().await {
                if let Err(error) = self.take(ask, &mut body, chunk) {
                    if read.status < 400 {
                        return Err(error.with_reply(read.status, read.request_id));
                    }
                    // The refusal is what counts; its explanation is a courtesy.
                    body.clear();
                    break;
                }
            }
            read.body = body.into();
            self.keep(ask, &read, header(&reply, "etag"));
        }
        Ok(read)
    }

    /// Reads all but the body, which is there only where the server said that nothing changed.
    fn read_head(&self, ask: &Ask, kept: Option<Rc<Kept>>, reply: &HttpReply) -> Result<Reply> {
        if !self.is_ours(&reply.url) {
            return Err(self.astray(
                if ask.effect { ErrorCode::UnreadableReply } else { ErrorCode::Provider },
                "The server sent the request on to another address; its answer is not trusted.",
            ));
        }
        let now = self.host.now();
        // A page's clock may be hours off; where the server's own is there to see, its dates are measured by that.
        let their_now = header(reply, "date").and_then(http_date).unwrap_or(now);
        let retry_after = header(reply, "retry-after").and_then(|value| retry_after(value, their_now));
        let budget = Budget::read(&|name| json::read_digits(header(reply, name)?.trim()));
        if budget.is_some() {
            self.budget.set(budget);
        }
        let exhausted = budget.is_some_and(|budget| budget.remaining == 0);
        self.heed(reply.status, retry_after, budget.map(|budget| budget.wait(their_now)).filter(|_| exhausted), now);
        let mut read = Reply {
            status: reply.status,
            body: Rc::default(),
            not_modified: false,
            link: header(reply, "link").map(str::to_owned),
            request_id: header(reply, "x-github-request-id").map(str::to_owned),
            retry_after,
            exhausted,
            effect: ask.effect,
        };
        if let Some(kept) = kept.filter(|_| reply.status == 304) {
            self.count(|traffic| traffic.not_modified += 1);
            read.status = 200;
            read.not_modified = true;
            read.body = kept.body.clone();
            read.link.clone_from(&kept.link);
        }
        Ok(read)
    }

    /// Adds what came to the body.
    fn take(&self, ask: &Ask, body: &mut Vec<u8>, chunk: std::result::Result<Vec<u8>, FetchFailure>) -> Result<()> {
        let chunk = chunk.map_err(|failure| self.lost(ask, failure))?;
        self.count(|traffic| traffic.bytes += chunk.len() as u64);
        if body.len() + chunk.len() > LARGEST_BODY {
            let message = format!("The server's answer is larger than {} MB.", LARGEST_BODY >> 20);
            let code = if ask.effect { ErrorCode::UnreadableReply } else { ErrorCode::TooLarge };
            return Err(self.fail(code, message));
        }
        body.extend_from_slice(&chunk);
        Ok(())
    }

    /// Keeps a reply for the next time that the same is asked.
    fn keep(&self, ask: &Ask, read: &Reply, etag: Option<&str>) {
        if !ask.conditional {
            return;
        }
        let mut etags = self.etags.borrow_mut();
        etags.forget(&ask.url);
        if let Some(tag) = etag.filter(|_| read.status == 200) {
            etags.keep(&ask.url, tag, &read.body, read.link.clone());
        }
    }

    /// Remembers until when the server wants to be left alone.
    fn heed(&self, status: u16, retry_after: Option<Duration>, window: Option<Duration>, now: Timestamp) {
        let unnamed = (status == 429).then_some(UNNAMED_WAIT);
        let Some(wait) = retry_after.or(window).or(unnamed).filter(|_| matches!(status, 403 | 429 | 503)) else {
            return;
        };
        // A wait of a hundred years is as long as one of more.
        let wait = wait.min(Duration::from_secs(100 * 365 * 24 * 3600));
        let until =
            now.plus(i64::try_from(wait.as_secs() * 1000).unwrap_or(i64::MAX)).plus(wait.subsec_millis().into());
        self.not_before.set(self.not_before.get().max(until));
    }

    fn lost(&self, ask: &Ask, failure: FetchFailure) -> Error {
        let (code, message) = match failure {
            FetchFailure::Lost(message) if ask.effect => (ErrorCode::UnreadableReply, message),
            FetchFailure::NotSent(message) | FetchFailure::Lost(message) => (ErrorCode::Network, message),
        };
        self.fail(code, message)
    }

    fn fail(&self, code: ErrorCode, message: impl Into<String>) -> Error {
        Error::new(code, message).on(&self.connection)
    }

    fn astray(&self, code: ErrorCode, message: &str) -> Error {
        self.fail(code, message).with_hint("Check the connection's address.")
    }

    fn count(&self, change: impl FnOnce(&mut Traffic)) {
        let mut traffic = self.traffic.get();
        change(&mut traffic);
        self.traffic.set(traffic);
    }
}

/// A header of a reply, by its name in lower case.
fn header<'a>(reply: &'a HttpReply, name: &str) -> Option<&'a str> {
    reply.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A server that is briefly unable, or a connection that broke once.
fn worth_another_try(outcome: &Result<Reply>) -> bool {
    match outcome {
        // Who is asked too much and names no time wants to be left alone for longer than a retry waits.
        Ok(reply) if reply.status == 429 => reply.retry_after.is_some(),
        Ok(reply) => matches!(reply.status, 502..=504),
        Err(error) => error.code == ErrorCode::Network,
    }
}
