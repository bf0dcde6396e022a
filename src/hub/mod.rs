//! The engine: every session of every connection in one list, started exactly once, followed live.
//!
//! The hub is plain yet: it acts when it is asked to and keeps no schedule of its own.

mod branches;
mod connection;
mod follow;
mod list;
mod outbox;
mod refresh;
mod rows;
mod running;
mod starts;
mod writes;

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::by_name::ByName;
use crate::error::{Error, ErrorCode, Result};
use crate::host::{Batch, Entry, Host};
use crate::json::{Fields, Writer};
use crate::provider::{self, Later, Provider, ProviderConfig, RepositoryChoice, StartOptions};
use crate::session::{FileChange, Kind, Session, SessionDetail, SessionFacts};

use connection::Connection;
pub use connection::ProviderInfo;
pub use follow::Follow;
pub use list::{Counts, Group, SessionFilter, SessionList, Sort};
use outbox::{Outbox, State};
pub use refresh::{RefreshOptions, RefreshReport};
use rows::Rows;
pub use rows::{Attention, ChangeKind, SessionChange};

/// The engine. Cheap to share: hosts hold it in an `Rc` and clone that before they await.
pub struct Hub {
    host: Rc<dyn Host>,
    connections: RefCell<ByName<Rc<Connection>>>,
    rows: RefCell<Rows>,
    outbox: RefCell<Outbox>,
    listener: RefCell<Option<Rc<Listener>>>,
}

/// What the store makes of a write. What is to happen here has happened when this is made.
type Commit = LocalBoxFuture<'static, Result<bool>>;

/// Who is told of changes.
type Listener = dyn Fn(&[SessionChange]);

impl std::fmt::Debug for Hub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let connections: Vec<_> = self.connections.borrow().keys().map(str::to_owned).collect();
        formatter.debug_struct("Hub").field("connections", &connections).finish_non_exhaustive()
    }
}

/// What became of the list and outbox of last time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Rows that are there again.
    pub sessions: usize,
    /// Starts and messages that are not confirmed yet.
    pub pending: usize,
    /// Entries that could not be read. They are left where they are.
    pub skipped: usize,
}

impl Fields for Loaded {
    fn fields(&self, out: &mut Writer) {
        out.whole("sessions", self.sessions as u64);
        out.whole("pending", self.pending as u64);
        out.whole("skipped", self.skipped as u64);
    }
}

impl Hub {
    /// An empty hub; [`Hub::load`] brings back what the store holds.
    pub fn new(host: Rc<dyn Host>) -> Self {
        Self {
            host,
            connections: RefCell::default(),
            rows: RefCell::default(),
            outbox: RefCell::default(),
            listener: RefCell::new(None),
        }
    }

    // Looked at from many places, whose every own way in would say again what to do when it is barred.
    #[inline(never)]
    fn rows(&self) -> Ref<'_, Rows> {
        self.rows.borrow()
    }

    #[inline(never)]
    fn rows_mut(&self) -> RefMut<'_, Rows> {
        self.rows.borrow_mut()
    }

    #[inline(never)]
    fn outbox(&self) -> Ref<'_, Outbox> {
        self.outbox.borrow()
    }

    #[inline(never)]
    fn outbox_mut(&self) -> RefMut<'_, Outbox> {
        self.outbox.borrow_mut()
    }

    /// Brings back the list and the outbox of last time.
    ///
    /// # Errors
    /// `storage` when the store cannot be read.
    pub async fn load(&self) -> Result<Loaded> {
        let store = self.host.store();
        let sessions = store.scan(rows::TABLE).await?;
        let pending = store.scan(outbox::TABLE).await?;
        let (mut rows, mut outbox) = (self.rows_mut(), self.outbox_mut());
        let skipped = rows.restore(sessions) + outbox.restore(pending);
        for pending in outbox.all() {
            let Some(request) = pending.start() else { continue };
            // The words of a start whose row is damaged are here; what its connection is shows when it opens.
            if rows.session(&pending.session).is_none() {
                rows.add_pending(starts::pending_row(pending, request, Kind::Custom));
            }
            if pending.state == State::Lost {
                rows.explain(&pending.session, Some("Not confirmed. It is looked for."));
            }
        }
        Ok(Loaded { sessions: rows.len(), pending: outbox.len(), skipped })
    }

    /// Sets who is told of changes in the list; the one before is told no more.
    pub fn listen(&self, listener: impl Fn(&[SessionChange]) + 'static) {
        *self.listener.borrow_mut() = Some(Rc::new(listener));
    }

    /// Opens a connection, or replaces the one of the same id. Nothing is sent yet.
    ///
    /// # Errors
    /// `unsupported` for a kind this version does not speak, `invalid` for an address that is none.
    pub fn connect(&self, config: &ProviderConfig) -> Result<ProviderInfo> {
        let id = config.id.as_deref().unwrap_or(config.kind.as_str());
        if id.is_empty() || id.as_bytes().contains(&b'/') {
            return Err(Error::invalid("A connection's id must not be empty or hold a slash.")
                .with_hint("Give it a short name."));
        }
        let provider = provider::connect(config, id, self.host.clone())?;
        let label = config.label.clone().unwrap_or_else(|| provider::default_label(config.kind).to_owned());
        Ok(self.connect_provider(id, label, config.kind, provider))
    }

    /// Opens a connection over a provider that the host brings along.
    pub fn connect_provider(&self, id: &str, label: String, kind: Kind, provider: Rc<dyn Provider>) -> ProviderInfo {
        let connection = Rc::new(Connection::new(id.to_owned(), label, kind, provider));
        let info = connection.info();
        self.connections.borrow_mut().insert(id, connection);
        info
    }

    /// Closes a connection. Its rows leave the list and the store, and so does what it had in the outbox.
    ///
    /// # Errors
    /// `not-found` when there is no such connection; `storage`.
    pub fn disconnect<'a>(&self, id: &str) -> Later<'a, ()> {
        if self.connections.borrow_mut().remove(id).is_none() {
            return refused(no_connection(id));
        }
        let changes = self.rows_mut().remove_provider(id);
        let writes = self.outbox_mut().remove_provider(id);
        done(self.keep(changes, writes))
    }

    /// The open connections, by id.
    pub fn providers(&self) -> Vec<ProviderInfo> {
        self.connections.borrow().values().map(|connection| connection.info()).collect()
    }

    /// The repositories that a connection offers first.
    ///
    /// # Errors
    /// Those of the provider.
    pub async fn repositories(&self, provider: &str) -> Result<Vec<RepositoryChoice>> {
        let connection = self.connection(provider)?;
        connection.noting(connection.provider.repositories().await)
    }

    /// What a session at one repository can be started with.
    ///
    /// # Errors
    /// Those of the provider.
    pub async fn options(&self, provider: &str, repository: &str) -> Result<StartOptions> {
        let connection = self.connection(provider)?;
        connection.noting(connection.provider.options(repository).await)
    }

    /// The rows that pass a filter, as they are now. Never touches the network.
    pub fn sessions(&self, filter: &SessionFilter) -> SessionList {
        self.rows().list(filter, &*self.host)
    }

    /// One session with its turns, read from its provider. A session that is still in the outbox has only what was asked.
    ///
    /// # Errors
    /// `not-found`, and those of the provider.
    pub async fn session(&self, id: &str) -> Result<SessionDetail> {
        let (mut turns, mut questions) = (Vec::new(), Vec::new());
        if let Some(remote) = self.remote(id)? {
            let connection = self.connection_of(id)?;
            let mut watch = connection.provider.watch(&remote);
            let facts = connection.noting(watch.look().await)?.facts;
            let _ = self.merge(id, facts).await;
            turns = watch.turns().to_vec();
            questions = watch.questions().to_vec();
        }
        turns.extend(self.outbox().unconfirmed_turns(id));
        Ok(SessionDetail { session: self.row(id)?, turns, questions })
    }

    /// What a session changed, file by file.
    ///
    /// # Errors
    /// `not-found`, and those of the provider.
    pub async fn changes(&self, id: &str) -> Result<Vec<FileChange>> {
        match self.remote(id)? {
            Some(remote) => {
                let connection = self.connection_of(id)?;
                connection.noting(connection.provider.changes(&remote).await)
            }
            None => Ok(Vec::new()),
        }
    }

    /// Remembers that the person has seen a session as it stands.
    ///
    /// # Errors
    /// `not-found`, `storage`.
    pub fn mark_read<'a>(&self, id: &str) -> Later<'a, ()> {
        let change = self.rows_mut().mark_read(id);
        match change {
            Some(change) => done(self.keep(change.into_iter().collect(), Vec::new())),
            None => refused(no_session(id)),
        }
    }

    /// Follows a session: what it holds now, then what comes.
    ///
    /// # Errors
    /// `not-found` when there is no such session.
    pub fn follow(self: &Rc<Self>, id: &str) -> Result<Follow> {
        self.row(id)?;
        Ok(Follow::new(self.clone(), id.to_owned()))
    }

    fn row(&self, id: &str) -> Result<Rc<Session>> {
        self.rows().session(id).cloned().ok_or_else(|| no_session(id))
    }

    /// The provider's id of a session; `None` while it is in the outbox.
    fn remote(&self, id: &str) -> Result<Option<String>> {
        self.rows().remote(id).ok_or_else(|| no_session(id))
    }

    fn connection(&self, id: &str) -> Result<Rc<Connection>> {
        self.connections.borrow().get(id).cloned().ok_or_else(|| no_connection(id))
    }

    fn connection_of(&self, session: &str) -> Result<Rc<Connection>> {
        self.connection(&self.row(session)?.provider)
    }

    /// Takes over what a provider says of a session that is already in the list. A row that could not be kept is shown all
    /// the same; the next refresh reports the store.
    fn merge(&self, id: &str, facts: SessionFacts) -> Commit {
        let change = self.rows_mut().update(id, facts, self.host.now());
        self.keep(change.into_iter().collect(), Vec::new())
    }

    /// Tells of changes and keeps the rows they are about, together with other writes.
    fn keep(&self, changes: Vec<SessionChange>, mut writes: Vec<Entry>) -> Commit {
        self.tell(&changes);
        writes.extend(self.rows().entries(&changes));
        self.commit(Vec::new(), writes)
    }

    fn commit(&self, expect: Vec<Entry>, writes: Vec<Entry>) -> Commit {
        if writes.is_empty() {
            return std::future::ready(Ok(true)).boxed_local();
        }
        self.host.store().commit(Batch { expect, writes })
    }

    fn tell(&self, changes: &[SessionChange]) {
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener.filter(|_| !changes.is_empty()) {
            listener(changes);
        }
    }
}

/// What is wrong before anything is waited for.
fn refused<'a>(error: Error) -> Later<'a, ()> {
    Box::pin(std::future::ready(Err(error)))
}

fn done<'a>(commit: Commit) -> Later<'a, ()> {
    Box::pin(async move { commit.await.map(drop) })
}

fn no_session(id: &str) -> Error {
    Error::new(ErrorCode::NotFound, format!("There is no session “{id}” here."))
        .with_hint("Refresh the list and open it from there.")
}

fn no_connection(id: &str) -> Error {
    Error::new(ErrorCode::NotFound, format!("There is no connection “{id}”."))
        .with_hint("Connect the provider first.")
        .on(id)
}
