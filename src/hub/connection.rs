//! One open connection and how it fares.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::running::Running;
use crate::error::{Error, ErrorCode, Result};
use crate::json::{Fields, Writer};
use crate::provider::{Capabilities, ConnectionState, Limits, Provider};
use crate::session::{Kind, Timestamp};

/// A connection as a host sees it now.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderInfo {
    /// Its id.
    pub id: String,
    /// Its protocol.
    pub kind: Kind,
    /// What a person reads.
    pub label: String,
    /// Whether it works.
    pub state: ConnectionState,
    /// Which of several ways to the provider is in use.
    pub road: Option<String>,
    /// One sentence that a person should read.
    pub note: Option<String>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// How much it takes.
    pub limits: Limits,
}

impl Fields for ProviderInfo {
    fn fields(&self, out: &mut Writer) {
        out.text("id", &self.id);
        out.text("kind", self.kind.as_str());
        out.text("label", &self.label);
        out.text("state", self.state.as_str());
        out.opt_text("road", self.road.as_ref());
        out.opt_text("note", self.note.as_ref());
        out.object("capabilities", &self.capabilities);
        out.object("limits", &self.limits);
    }
}

/// One open connection.
pub(super) struct Connection {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) kind: Kind,
    pub(super) provider: Rc<dyn Provider>,
    /// Its list has been read successfully, so that what a write came to can be looked for.
    pub(super) listed: Cell<bool>,
    /// Starts that are on their way. Sessions that appear meanwhile may be theirs.
    pub(super) starting: Cell<usize>,
    /// The refresh under way, as long as somebody waits for it: its work holds the connection.
    pub(super) refreshing: RefCell<Weak<Running>>,
    /// From then on the lists are to be read anew, also if they did not change: not all that they held has been taken.
    pub(super) reread_from: Cell<Option<Timestamp>>,
    /// How often that was wanted.
    reread_wishes: Cell<u64>,
    state: Cell<ConnectionState>,
    note: RefCell<Option<String>>,
}

/// Earlier than any clock.
pub(super) const AT_ONCE: Timestamp = Timestamp(i64::MIN);

impl Connection {
    pub(super) fn new(id: String, label: String, kind: Kind, provider: Rc<dyn Provider>) -> Self {
        Self {
            id,
            label,
            kind,
            provider,
            listed: Cell::new(false),
            starting: Cell::new(0),
            refreshing: RefCell::default(),
            reread_from: Cell::new(None),
            reread_wishes: Cell::new(0),
            state: Cell::new(ConnectionState::Ready),
            note: RefCell::new(None),
        }
    }

    pub(super) fn info(&self) -> ProviderInfo {
        ProviderInfo {
            id: self.id.clone(),
            kind: self.kind,
            label: self.label.clone(),
            state: self.state.get(),
            road: self.provider.road(),
            note: self.note.borrow().clone(),
            capabilities: self.provider.capabilities(),
            limits: self.provider.limits(),
        }
    }

    /// Has the lists read anew from that moment on, or earlier if that was wanted already.
    pub(super) fn want_reread(&self, from: Timestamp) {
        self.reread_wishes.set(self.reread_wishes.get() + 1);
        let earliest = self.reread_from.get().map_or(from, |known| known.min(from));
        self.reread_from.set(Some(earliest));
    }

    /// The lists are being read. Until [`Connection::end_reading`], what they hold counts as not taken: whoever fails or
    /// gives up on the way leaves a list behind that the server will call unchanged.
    pub(super) fn begin_reading(&self) -> u64 {
        self.want_reread(AT_ONCE);
        self.reread_wishes.get()
    }

    /// All that the lists held has been taken, unless somebody found meanwhile that it was not.
    pub(super) fn end_reading(&self, begun: u64, doubtful: Option<Timestamp>) {
        if self.reread_wishes.get() == begun {
            self.reread_from.set(doubtful);
        } else if let Some(from) = doubtful {
            self.want_reread(from);
        }
    }

    /// Learns from an outcome how the connection fares, and names the connection in the error.
    pub(super) fn noting<T>(&self, mut outcome: Result<T>) -> Result<T> {
        self.note(outcome.as_mut().err());
        outcome
    }

    fn note(&self, failed: Option<&mut Error>) {
        let Some(error) = failed else { return self.set_state(ConnectionState::Ready, None) };
        let state = match error.code {
            ErrorCode::Unauthorized => Some(ConnectionState::Unauthorized),
            ErrorCode::Network | ErrorCode::Timeout => Some(ConnectionState::Unreachable),
            ErrorCode::RateLimited => Some(ConnectionState::Limited),
            _ => None,
        };
        if let Some(state) = state {
            self.set_state(state, Some(format!("{} {}", error.message, error.hint)));
        }
        if error.provider.is_none() {
            error.provider = Some(self.id.clone());
        }
    }

    fn set_state(&self, state: ConnectionState, note: Option<String>) {
        self.state.set(state);
        *self.note.borrow_mut() = note;
    }
}
