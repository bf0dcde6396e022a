//! Reading the lists of all connections and merging them into one.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use serde_json::Value;

use super::connection::{AT_ONCE, Connection};
use super::outbox::{Pending, State, What};
use super::running::Running;
use super::{Hub, SessionChange};
use crate::by_name::ByName;
use crate::error::{Error, ErrorCode, Result};
use crate::json::{self, Fields, Writer};
use crate::provider::{Found, ListQuery};
use crate::together::together;
use crate::wire::Traffic;

/// What to refresh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefreshOptions {
    /// Only this connection.
    pub provider: Option<String>,
    /// Read everything again, also what servers would call unchanged.
    pub force: bool,
}

impl RefreshOptions {
    /// Reads the object of the JavaScript contract.
    pub fn read(value: &Value) -> Self {
        Self { provider: json::string(value, "provider"), force: json::flag(value, "force").unwrap_or(false) }
    }
}

/// What a refresh did, over all connections.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RefreshReport {
    /// Requests sent.
    pub requests: u64,
    /// Replies that said "not modified".
    pub not_modified: u64,
    /// Bytes of bodies read.
    pub bytes: u64,
    /// Rows that are new, different or gone.
    pub changed: usize,
    /// By connection.
    pub errors: ByName<Error>,
}

impl Fields for RefreshReport {
    fn fields(&self, out: &mut Writer) {
        out.whole("requests", self.requests);
        out.whole("notModified", self.not_modified);
        out.whole("bytes", self.bytes);
        out.whole("changed", self.changed as u64);
        out.object("errors", &self.errors);
    }
}

/// What the refresh of one connection came to.
#[derive(Clone, Debug)]
pub(super) struct Refreshed {
    traffic: Traffic,
    outcome: Result<usize>,
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
impl Refreshed {
    pub(super) fn of(changed: usize) -> Self {
        Self { traffic: Traffic::default(), outcome: Ok(changed) }
    }

    pub(super) fn changed(&self) -> Option<usize> {
        self.outcome.as_ref().ok().copied()
    }
}

impl RefreshReport {
    fn add(&mut self, id: &str, refreshed: Refreshed) {
        self.requests += refreshed.traffic.requests;
        self.not_modified += refreshed.traffic.not_modified;
        self.bytes += refreshed.traffic.bytes;
        match refreshed.outcome {
            Ok(changed) => self.changed += changed,
            Err(error) => self.errors.insert(id, error),
        }
    }
}

impl Hub {
    /// Reads the lists of all connections, or of one. One that fails neither holds up nor empties another: its rows stay,
    /// marked stale.
    pub async fn refresh(self: &Rc<Self>, options: &RefreshOptions) -> RefreshReport {
        let report = RefCell::new(RefreshReport::default());
        together(self.refreshes(options, &report)).await;
        report.into_inner()
    }

    /// One piece of work a connection; each puts into the report what it came to.
    fn refreshes<'a>(
        self: &Rc<Self>,
        options: &RefreshOptions,
        report: &'a RefCell<RefreshReport>,
    ) -> Vec<LocalBoxFuture<'a, ()>> {
        let force = options.force;
        let mut work = Vec::new();
        for connection in self.connections.borrow().values() {
            if options.provider.as_ref().is_none_or(|provider| *provider == connection.id) {
                let (hub, connection) = (self.clone(), connection.clone());
                work.push(
                    async move {
                        let refreshed = hub.refresh_one(&connection, force).await;
                        report.borrow_mut().add(&connection.id, refreshed);
                    }
                    .boxed_local(),
                );
            }
        }
        if let Some(unknown) = options.provider.as_ref().filter(|_| work.is_empty()) {
            report.borrow_mut().errors.insert(unknown, super::no_connection(unknown));
        }
        work
    }

    /// Who asks while a refresh of the same connection is under way shares it, unless it reads less than was asked for.
    async fn refresh_one(self: Rc<Self>, connection: &Rc<Connection>, force: bool) -> Refreshed {
        loop {
            let under_way = connection.refreshing.borrow().upgrade();
            let running = under_way.unwrap_or_else(|| {
                let running = Running::new(force, self.clone().refresh_alone(connection.clone(), force).boxed_local());
                *connection.refreshing.borrow_mut() = Rc::downgrade(&running);
                running
            });
            let enough = running.force || !force;
            let refreshed = running.outcome().await;
            if enough {
                return refreshed;
            }
        }
    }

    async fn refresh_alone(self: Rc<Self>, connection: Rc<Connection>, force: bool) -> Refreshed {
        let before = connection.provider.traffic();
        let outcome = self.read_and_settle(&connection, force).await;
        let after = connection.provider.traffic();
        connection.refreshing.take();
        let traffic = Traffic {
            requests: after.requests - before.requests,
            not_modified: after.not_modified - before.not_modified,
            bytes: after.bytes - before.bytes,
        };
        Refreshed { traffic, outcome }
    }

    async fn read_and_settle(&self, connection: &Rc<Connection>, force: bool) -> Result<usize> {
        let read = connection.noting(self.read_lists(connection, force).await);
        match &read {
            Ok(_) => self.settle_pending(connection).await?,
            Err(error) if error.code != ErrorCode::Storage => {
                let stale = self.rows_mut().mark_stale(&connection.id, Some(&error.message));
                // That the connection failed is the news, whatever the store says.
                let _ = self.keep(stale, Vec::new()).await;
            }
            Err(_) => {}
        }
        read
    }

    /// Reads both lists of a connection, recognises lost starts in them and merges the rest. Boxed: it is waited for in
    /// several places.
    pub(super) fn read_lists<'a>(
        &'a self,
        connection: &'a Rc<Connection>,
        fresh: bool,
    ) -> LocalBoxFuture<'a, Result<usize>> {
        async move {
            let fresh = fresh || connection.reread_from.get().is_some_and(|from| from <= self.host.now());
            let begun = connection.begin_reading();
            let (mut all, mut complete) = (Vec::new(), [false; 2]);
            for archived in [false, true] {
                let query = ListQuery { archived, fresh, ..ListQuery::default() };
                let listing = connection.provider.list(&query).await?;
                complete[usize::from(archived)] = listing.complete;
                all.extend(listing.found);
            }
            if !self.is_open(connection) {
                return Ok(0);
            }
            connection.listed.set(true);
            self.catch_up_starts(connection).await;
            let mut remotes = ByName::default();
            for found in &all {
                remotes.insert(&found.remote, ());
            }
            let mut changes = Vec::new();
            for found in all {
                if self.is_free(connection, &found).await {
                    changes.extend(self.take(connection, found));
                }
            }
            let changes = self.finish_reading(connection, begun, changes, &remotes, complete);
            let changed = changes.len();
            self.keep(changes, Vec::new()).await?;
            Ok(changed)
        }
        .boxed_local()
    }

    /// What another tab sent meanwhile is in the list already: it must not be taken for somebody else's.
    async fn catch_up_starts(&self, connection: &Connection) {
        let pending = self.outbox().of_provider(&connection.id);
        for pending in pending {
            if pending.start().is_some() && !self.outbox().is_claimed(&pending.marker) {
                self.catch_up(&pending.marker).await;
            }
        }
    }

    /// Whether a listed session is not, and cannot be, what a lost start has become. If it is, the start is settled.
    async fn is_free(&self, connection: &Connection, found: &Found) -> bool {
        // Asked anew each time: a start that was on its way may be lost by now.
        while let Some(marker) = self.candidate(connection, &found.remote) {
            match connection.provider.has_start(&found.remote, &marker).await {
                Ok(true) if self.outbox().get(&marker).is_some() => {
                    let _ = self.settle_start(&marker, found.clone()).await;
                    return false;
                }
                // Given up, or found by another reader of the same list.
                Ok(true) => break,
                Ok(false) => self.outbox_mut().rule_out(&marker, &found.remote),
                // It could not be told whose it is; the next refresh asks again.
                Err(_) => {
                    connection.want_reread(AT_ONCE);
                    return false;
                }
            }
        }
        true
    }

    /// The marker of a lost start that may have become that session.
    fn candidate(&self, connection: &Connection, remote: &str) -> Option<String> {
        let outbox = self.outbox();
        let lost = outbox.lost_start(&connection.id, remote)?;
        let may_be = self.rows().may_be_start(&connection.id, remote, lost.created_at);
        may_be.then(|| lost.marker.clone())
    }

    /// Merges one listed session, unless it may be what a start on its way has become.
    fn take(&self, connection: &Rc<Connection>, found: Found) -> Option<SessionChange> {
        let mut rows = self.rows_mut();
        if connection.starting.get() > 0 && !rows.knows(&connection.id, &found.remote) {
            connection.want_reread(AT_ONCE);
            return None;
        }
        if !self.is_open(connection) {
            return None;
        }
        rows.absorb(&connection.id, connection.kind, found, self.host.now())
    }

    /// Both lists have been taken: what they lack is gone, and all that came of them is told.
    fn finish_reading(
        &self,
        connection: &Connection,
        begun: u64,
        mut changes: Vec<SessionChange>,
        remotes: &ByName<()>,
        complete: [bool; 2],
    ) -> Vec<SessionChange> {
        let mut rows = self.rows_mut();
        let (gone, doubtful) = rows.retain(&connection.id, remotes, complete, self.host.now());
        changes.extend(gone);
        changes.extend(rows.mark_stale(&connection.id, None));
        connection.end_reading(begun, doubtful);
        rows.as_they_are(changes)
    }

    /// Whether the host still wants this connection.
    fn is_open(&self, connection: &Rc<Connection>) -> bool {
        self.connections.borrow().get(&connection.id).is_some_and(|open| Rc::ptr_eq(open, connection))
    }

    /// Looks for messages whose fate is unknown and sends the starts that wait for the network. One that fails does not
    /// hold up the others.
    async fn settle_pending(&self, connection: &Rc<Connection>) -> Result<()> {
        let pending = self.outbox().of_provider(&connection.id);
        let mut settled = Ok(());
        for pending in pending {
            let outcome = match (&pending.what, pending.state) {
                (What::Start { .. }, State::Queued) => self.deliver_waiting(connection, &pending.marker).await,
                (What::Branch { .. }, _) => {
                    self.see_to_branch(connection, &pending).await;
                    Ok(())
                }
                (What::Message { .. }, State::Lost) => self.look_for_message(connection, &pending).await,
                (What::Answer { .. }, State::Lost) => {
                    // The question shows again if the answer did not arrive.
                    let _ = self.settle(&pending.marker).await;
                    Ok(())
                }
                _ => Ok(()),
            };
            settled = settled.and(outcome);
        }
        settled
    }

    async fn deliver_waiting(&self, connection: &Rc<Connection>, marker: &str) -> Result<()> {
        let Some(_claim) = self.claim(marker) else { return Ok(()) };
        let outcome = self.deliver_start(connection, marker).await;
        if let Err(error) = &outcome {
            let _ = self.keep_start(marker, error).await;
        }
        outcome
    }

    async fn look_for_message(&self, connection: &Connection, lost: &Pending) -> Result<()> {
        let arrived = match self.remote(&lost.session).ok().flatten() {
            Some(remote) => match connection.provider.has_message(&remote, &lost.marker).await {
                // With the session, its messages are gone too.
                Err(error) if error.code == ErrorCode::NotFound => true,
                outcome => connection.noting(outcome)?,
            },
            None => true,
        };
        // Somebody may be sending the same words again right now.
        if arrived && !self.outbox().is_claimed(&lost.marker) {
            let _ = self.settle(&lost.marker).await;
        }
        Ok(())
    }
}
