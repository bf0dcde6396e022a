//! The outside world, as far as the core may touch it.
//!
//! Everything under `session`, `handoff`, `wire`, `provider` and `hub` reaches the network, time, chance, storage and other
//! tabs through [`Host`] alone. In the browser `web` implements it; in tests a virtual clock and a scripted network do, so
//! that thousands of sessions run in a second.

mod memory;

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use futures::stream::LocalBoxStream;

use crate::error::Result;
use crate::session::Timestamp;

pub use memory::MemoryStore;

/// What embeds the core. Dropping a future that it returned gives the work up: a dropped fetch is aborted.
pub trait Host {
    /// Sends a request and returns as soon as the status and headers are there; the body streams. Redirects are followed
    /// by the host, which must not carry `authorization` to another origin.
    fn fetch(&self, request: HttpRequest) -> LocalBoxFuture<'static, std::result::Result<HttpReply, FetchFailure>>;

    /// Reads an address, relative to `base` where one is given, with the platform's own URL parser, the same that its
    /// fetch uses. `None` for what is no `http:` or `https:` address.
    fn web_address(&self, text: &str, base: Option<&str>) -> Option<WebAddress>;

    /// Opens a WebSocket.
    fn open_socket(
        &self,
        url: &str,
        protocols: &[String],
    ) -> LocalBoxFuture<'static, std::result::Result<Box<dyn Socket>, FetchFailure>>;

    /// The wall clock.
    fn now(&self) -> Timestamp;

    /// Resolves after that long.
    fn sleep(&self, duration: Duration) -> LocalBoxFuture<'static, ()>;

    /// The text in lower case, by Unicode's tables: every platform has them, and they are large.
    fn lowercase(&self, text: &str) -> String;

    /// Fills the buffer with randomness fit for identifiers that nobody may guess.
    fn random(&self, buffer: &mut [u8]);

    /// Where sessions and the outbox are kept.
    fn store(&self) -> Rc<dyn Store>;

    /// Waits until nobody else, in no other tab either, holds the lock of that name.
    fn lock(&self, name: &str) -> LocalBoxFuture<'static, Result<Box<dyn Lock>>>;

    /// Tells the other tabs of the same origin.
    fn broadcast(&self, message: &str);

    /// What other tabs tell, from now on.
    fn broadcasts(&self) -> LocalBoxStream<'static, String>;

    /// Whether a network is there, as far as the host knows.
    fn is_online(&self) -> bool;

    /// Whether a person may be looking.
    fn is_visible(&self) -> bool;

    /// Changes of the two above, from now on.
    fn signals(&self) -> LocalBoxStream<'static, Signal>;

    /// The secret of a connection, asked for each time one is needed and kept nowhere else.
    fn secret(&self, connection: &str) -> LocalBoxFuture<'static, Result<Option<Secret>>>;
}

/// An absolute `http:` or `https:` address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress {
    /// As the platform writes it.
    pub href: String,
    /// Scheme, host and port, such as `https://api.github.com`.
    pub origin: String,
    /// It holds a user name or a password.
    pub has_credentials: bool,
}

/// Something the host noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A network is there again.
    Online,
    /// The network is gone.
    Offline,
    /// A person may be looking.
    Visible,
    /// Nobody can see it.
    Hidden,
}

/// A token. It never shows itself in a log or an error.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a token.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token itself, to be put into a header and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or commands.
    Post,
    /// Changes.
    Patch,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A request as it leaves the core.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// The method. Redirects of a `GET` are followed; any other request would carry what a person wrote to an address that
    /// nobody chose, so that its redirect is the reply.
    pub method: Method,
    /// Absolute URL.
    pub url: String,
    /// Lower-case names.
    pub headers: Vec<(&'static str, String)>,
    /// UTF-8 text.
    pub body: Option<String>,
    /// The token that goes into `authorization: Bearer`.
    pub bearer: Option<Secret>,
}

/// The head of a reply, with the body still to come.
pub struct HttpReply {
    /// The status code.
    pub status: u16,
    /// Lower-case names; in a browser only those that the server exposes.
    pub headers: Vec<(String, String)>,
    /// Where the reply came from in the end, after redirects.
    pub url: String,
    /// The body as it arrives.
    pub body: LocalBoxStream<'static, std::result::Result<Vec<u8>, FetchFailure>>,
}

impl fmt::Debug for HttpReply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpReply")
            .field("status", &self.status)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchFailure {
    /// Nothing left this machine.
    NotSent(String),
    /// The request may have arrived, but no readable reply came: the connection broke, or the server's CORS headers keep
    /// the reply from the page.
    Lost(String),
}

/// A WebSocket.
pub trait Socket {
    /// Sends a text message.
    fn send(&mut self, text: &str) -> std::result::Result<(), FetchFailure>;
    /// The next text message; `None` once the socket is closed.
    fn next(&mut self) -> LocalBoxFuture<'_, Option<std::result::Result<String, FetchFailure>>>;
}

/// A lock that is held until it is dropped.
pub trait Lock {}

/// One entry of a [`Batch`]: a value to write or to expect, `None` for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The table's name.
    pub table: &'static str,
    /// The key within the table.
    pub key: String,
    /// JSON text, or `None` when there is (to be) no such entry.
    pub value: Option<String>,
}

/// Writes that happen together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// What must still be so; otherwise nothing is written.
    pub expect: Vec<Entry>,
    /// What to write.
    pub writes: Vec<Entry>,
}

/// Transactional storage of text by table and key.
pub trait Store {
    /// The value, or `None` when there is no such entry.
    fn get(&self, table: &'static str, key: &str) -> LocalBoxFuture<'static, Result<Option<String>>>;
    /// Every entry of a table, by ascending key.
    fn scan(&self, table: &'static str) -> LocalBoxFuture<'static, Result<Vec<(String, String)>>>;
    /// Applies all writes and returns `true`, or none and returns `false` when something expected is not so any more.
    fn commit(&self, batch: Batch) -> LocalBoxFuture<'static, Result<bool>>;
}
