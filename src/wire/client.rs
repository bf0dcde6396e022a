//! One connection's way to its servers: tokens only to their origin, a bounded number of requests at a time, retries that a
//! server agrees with, conditional requests, and bodies that end somewhere.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{Either, select};
use serde::de::DeserializeOwned;

use super::etags::{Etags, Kept};
use super::gate::{Gate, Pass};
use super::limits::{Budget, backoff, http_date, retry_after};
use crate::error::{Error, ErrorCode, Result};
use crate::host::{FetchFailure, Host, HttpReply, HttpRequest, Method, Secret};
use crate::session::Timestamp;

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
    /// `unreadable-reply` when a write succeeded but its reply is no such JSON (it must be looked for, not sent again);
    /// `provider` when a read is not.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|problem| {
            let page = self.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
            let (message, hint) = if page {
                (
                    "The server answered with a web page instead of data.".to_owned(),
                    "Check the connection's address; a proxy or a sign-in page may stand in between.",
                )
            } else {
                (
                    format!("The server's answer cannot be read ({problem})."),
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
            return Err(self
                .fail(
                    ErrorCode::Provider,
                    "The server pointed to an address that is not its own; nothing was sent there.",
                )
                .with_hint("Check the connection's address."));
        }
        let mut waits = backoff(self.host.clone());
        loop {
            let pass = self.enter().await?;
            let outcome = self.send_once(&ask).await;
            drop(pass);
            if ask.effect || !worth_another_try(&outcome) {
                return outcome;
            }
            let Some(wait) = waits.next() else { return outcome };
            let asked_for = outcome.as_ref().ok().and_then(|reply| reply.retry_after);
            if asked_for.is_some_and(|asked_for| asked_for > PATIENCE) {
                return outcome;
            }
            self.host.sleep(wait.max(asked_for.unwrap_or_default())).await;
        }
    }

    /// Whether an address is of this connection's origins.
    fn is_ours(&self, url: &str) -> bool {
        self.host.web_address(url, None).is_some_and(|address| self.origins.contains(&address.origin))
    }

    /// Waits for a place, and until the server takes requests again. What it asks for while somebody waits for a place
    /// holds for them too.
    async fn enter(&self) -> Result<Pass> {
        loop {
            let pass = self.gate.enter().await;
            let Some(wait) = self.wait() else { return Ok(pass) };
            if wait > PATIENCE {
                let mut error = self.fail(ErrorCode::RateLimited, "The provider asked to be left alone for a while.");
                error.retry_after_ms = u64::try_from(wait.as_millis()).ok();
                return Err(error);
            }
            drop(pass);
            self.host.sleep(wait).await;
        }
    }

    /// How long the server still wants to be left alone.
    fn wait(&self) -> Option<Duration> {
        let wait = self.not_before.get().0.saturating_sub(self.host.now().0);
        u64::try_from(wait).ok().filter(|wait| *wait > 0).map(Duration::from_millis)
    }

    async fn send_once(&self, ask: &Ask) -> Result<Reply> {
        let bearer = self.bearer(ask.timeout).await?;
        let mut headers = ask.headers.clone();
        if ask.body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        let kept = if ask.conditional { self.etags.borrow_mut().recall(&ask.url) } else { None };
        if let Some(kept) = &kept {
            headers.push(("if-none-match", kept.tag.clone()));
        }
        let request = HttpRequest { method: ask.method, url: ask.url.clone(), headers, body: ask.body.clone(), bearer };
        self.count(|traffic| traffic.requests += 1);
        let work = Box::pin(async {
            let reply = self.host.fetch(request).await.map_err(|failure| self.lost(ask, &failure))?;
            self.read(ask, kept, reply).await
        });
        match select(work, self.host.sleep(ask.timeout)).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => {
                Err(self.fail(ErrorCode::Timeout, format!("No answer within {} seconds.", ask.timeout.as_secs())))
            }
        }
    }

    /// The token, unless whoever gives it never does: nothing has been sent then.
    async fn bearer(&self, patience: Duration) -> Result<Option<Secret>> {
        match select(self.host.secret(&self.connection), self.host.sleep(patience)).await {
            Either::Left((given, _)) => given.map_err(|error| error.on(&self.connection)),
            Either::Right(_) => Err(self.fail(ErrorCode::Unauthorized, "No token was given in time.")),
        }
    }

    async fn read(&self, ask: &Ask, kept: Option<Kept>, reply: HttpReply) -> Result<Reply> {
        let header = |name: &str| reply.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        if !self.is_ours(&reply.url) {
            return Err(self
                .fail(
                    if ask.effect { ErrorCode::UnreadableReply } else { ErrorCode::Provider },
                    "The server sent the request on to another address; its answer is not trusted.",
                )
                .with_hint("Check the connection's address."));
        }
        let now = self.host.now();
        // A page's clock may be hours off; where the server's own is there to see, its dates are measured by that.
        let their_now = header("date").and_then(|date| http_date(&date)).unwrap_or(now);
        let retry_after = header("retry-after").and_then(|value| retry_after(&value, their_now));
        let budget = Budget::read(|name| header(name)?.trim().parse().ok());
        if budget.is_some() {
            self.budget.set(budget);
        }
        let exhausted = budget.is_some_and(|budget| budget.remaining == 0);
        self.heed(reply.status, retry_after, budget.map(|budget| budget.wait(their_now)).filter(|_| exhausted), now);
        let (request_id, link, etag) = (header("x-github-request-id"), header("link"), header("etag"));
        let status = reply.status;
        if let Some(Kept { body, link, .. }) = kept.filter(|_| status == 304) {
            self.count(|traffic| traffic.not_modified += 1);
            let effect = ask.effect;
            return Ok(Reply {
                status: 200,
                body,
                not_modified: true,
                link,
                request_id,
                retry_after,
                exhausted,
                effect,
            });
        }
        let refused = status >= 400;
        let body: Rc<[u8]> = match self.read_body(ask, reply).await {
            Ok(body) => body.into(),
            // The refusal is what counts; its explanation is a courtesy.
            Err(_) if refused => Rc::default(),
            Err(error) => return Err(error.with_reply(status, request_id)),
        };
        if ask.conditional {
            match etag.filter(|_| status == 200) {
                Some(tag) => self.etags.borrow_mut().keep(&ask.url, tag, &body, link.clone()),
                None => self.etags.borrow_mut().forget(&ask.url),
            }
        }
        Ok(Reply { status, body, not_modified: false, link, request_id, retry_after, exhausted, effect: ask.effect })
    }

    async fn read_body(&self, ask: &Ask, mut reply: HttpReply) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(chunk) = reply.body.next().await {
            let chunk = chunk.map_err(|failure| self.lost(ask, &failure))?;
            self.count(|traffic| traffic.bytes += chunk.len() as u64);
            if body.len() + chunk.len() > LARGEST_BODY {
                let message = format!("The server's answer is larger than {} MB.", LARGEST_BODY >> 20);
                let code = if ask.effect { ErrorCode::UnreadableReply } else { ErrorCode::TooLarge };
                return Err(self.fail(code, message));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Remembers until when the server wants to be left alone.
    fn heed(&self, status: u16, retry_after: Option<Duration>, window: Option<Duration>, now: Timestamp) {
        let unnamed = (status == 429).then_some(UNNAMED_WAIT);
        let Some(wait) = retry_after.or(window).or(unnamed).filter(|_| matches!(status, 403 | 429 | 503)) else {
            return;
        };
        let until = now.plus(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        self.not_before.set(self.not_before.get().max(until));
    }

    fn lost(&self, ask: &Ask, failure: &FetchFailure) -> Error {
        match failure {
            FetchFailure::NotSent(message) => self.fail(ErrorCode::Network, message.clone()),
            FetchFailure::Lost(message) if ask.effect => self.fail(ErrorCode::UnreadableReply, message.clone()),
            FetchFailure::Lost(message) => self.fail(ErrorCode::Network, message.clone()),
        }
    }

    fn fail(&self, code: ErrorCode, message: impl Into<String>) -> Error {
        Error::new(code, message).on(&self.connection)
    }

    fn count(&self, change: impl FnOnce(&mut Traffic)) {
        let mut traffic = self.traffic.get();
        change(&mut traffic);
        self.traffic.set(traffic);
    }
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
