//! The one failure type of the core. Every failure has a code that a program can branch on and a hint that a person can
//! act on; `web` turns it into the JavaScript `CloudAgentsError`.

use std::ops::{Deref, DerefMut};

use crate::json::{Fields, Writer};

/// What kind of failure it is. The words are part of the JavaScript contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The token is missing, wrong or expired.
    Unauthorized,
    /// The token is good but may not do this.
    Forbidden,
    /// The repository, session or branch is not there, or the token may not see it.
    NotFound,
    /// The request itself is wrong: an empty prompt, a name that is no `owner/name`.
    Invalid,
    /// The provider is in a state that does not allow this now.
    Conflict,
    /// Too many requests; `retry_after_ms` says when it may be tried again.
    RateLimited,
    /// This connection cannot do this at all.
    Unsupported,
    /// The provider may have done it, but its reply could not be read.
    UnreadableReply,
    /// The provider could not be reached.
    Network,
    /// The provider did not answer in time.
    Timeout,
    /// More bytes than this operation takes.
    TooLarge,
    /// The place where sessions are kept failed.
    Storage,
    /// The provider itself failed (5xx) or broke its own protocol.
    Provider,
    /// Stored or pasted data is damaged.
    Corrupt,
}

impl ErrorCode {
    /// The word of the JavaScript contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate-limited",
            Self::Unsupported => "unsupported",
            Self::UnreadableReply => "unreadable-reply",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::TooLarge => "too-large",
            Self::Storage => "storage",
            Self::Provider => "provider",
            Self::Corrupt => "corrupt",
        }
    }

    /// What a person can do about it when the provider has nothing better to say.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Unauthorized => "Connect again with a valid token.",
            Self::Forbidden => "Use a token that has the permission for this, or ask the owner for access.",
            Self::NotFound => "Check the spelling, and that your token may see it.",
            Self::Invalid => "Correct the request and try again.",
            Self::Conflict => "Refresh to see how things stand now, then try again.",
            Self::RateLimited => "Wait until the provider takes requests again.",
            Self::Unsupported => "Use a connection that can do this.",
            Self::UnreadableReply => "Refresh: what was sent is looked for before anything is sent again.",
            Self::Network => "Check the connection and the address of the provider, then refresh.",
            Self::Timeout => "Try again; if it lasts, the provider may be down.",
            Self::TooLarge => "Ask for less, or make the text shorter.",
            Self::Storage => "Free some space or allow this site to store data; until then nothing survives a reload.",
            Self::Provider => "Try again in a moment; if it lasts, look at the provider's status page.",
            Self::Corrupt => "Get the data again from where it came from.",
        }
    }
}

/// A failure. As large as a pointer, because every result in the core has room for one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<Failure>);

/// What happened, to which connection, and what the person can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// For programs.
    pub code: ErrorCode,
    /// What happened, in one sentence. Never holds a token.
    pub message: String,
    /// What the person can do, in one sentence.
    pub hint: String,
    /// The id of the connection it happened on.
    pub provider: Option<String>,
    /// The HTTP status, where there was a reply.
    pub status: Option<u16>,
    /// How long the provider asks to be left alone, in milliseconds; never shortened.
    pub retry_after_ms: Option<u64>,
    /// The provider's own id of the request, for its support.
    pub request_id: Option<String>,
}

impl Fields for Error {
    fn fields(&self, out: &mut Writer) {
        out.text("code", self.code.as_str());
        out.text("message", &self.message);
        out.text("hint", &self.hint);
        out.opt_text("provider", self.provider.as_ref());
        out.opt_whole("status", self.status.map(u64::from));
        out.opt_whole("retryAfterMs", self.retry_after_ms);
        out.opt_text("requestId", self.request_id.as_ref());
    }
}

impl Deref for Error {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Failure {
        &mut self.0
    }
}

/// What fallible operations of the core return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A failure with the hint that its code has.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::of(code, message.into())
    }

    fn of(code: ErrorCode, message: String) -> Self {
        Self(Box::new(Failure {
            code,
            message,
            hint: code.hint().to_owned(),
            provider: None,
            status: None,
            retry_after_ms: None,
            request_id: None,
        }))
    }

    /// The same failure with a better hint.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same failure with what the reply said of itself.
    pub fn with_reply(mut self, status: u16, request_id: Option<String>) -> Self {
        self.status = Some(status);
        self.request_id = request_id;
        self
    }

    /// The same failure, told of the connection it happened on.
    pub fn on(mut self, provider: &str) -> Self {
        self.provider = Some(provider.to_owned());
        self
    }

    /// `invalid`, for what the caller got wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Invalid, message)
    }

    /// Whether a write that failed like this may have reached the provider all the same, so that it must be looked for
    /// and never sent again. A server that says that it failed (5xx) may have done so after the work.
    pub fn may_have_happened(&self) -> bool {
        matches!(self.code, ErrorCode::UnreadableReply | ErrorCode::Timeout | ErrorCode::Provider)
    }
}
