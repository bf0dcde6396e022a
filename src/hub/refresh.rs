//! Reading the lists of all connections and merging them into one.

use std::collections::HashSet;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::join_all;
use serde_json::Value;

use super::connection::{AT_ONCE, Connection, Running};
use super::outbox::{Pending, State, What};
use super::{Hub, SessionChange};
use crate::by_name::ByName;
use crate::error::{Error, ErrorCode, Result};
use crate::json::{self, Fields, Writer};
use crate::provider::{Found, ListQuery, Listing};
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

impl Hub {
    /// Reads the lists of all connections, or of one. One that fails neither holds up nor empties another: its rows stay,
    /// marked stale.
    pub async fn refresh(self: &Rc<Self>, options: &RefreshOptions) -> RefreshReport {
        let connections: Vec<_> = self.connections.borrow().values().cloned().collect();
        let chosen = connections
            .into_iter()
            .filter(|connection| options.provider.as_ref().is_none_or(|provider| *provider == connection.id));
        let mut report = RefreshReport::default();
        let all = join_all(chosen.map(|connection| async move {
            let refreshed = self.refresh_one(&connection, options.force).await;
            (connection.id.clone(), refreshed)
        }));
        for (id, refreshed) in all.await {
            report.requests += refreshed.traffic.requests;
            report.not_modified += refreshed.traffic.not_modified;
            report.bytes += refreshed.traffic.bytes;
            match refreshed.outcome {
                Ok(changed) => report.changed += changed,
                Err(error) => report.errors.insert(&id, error),
            }
        }
        if let Some(unknown) = options.provider.as_ref().filter(|id| self.connections.borrow().get(id).is_none()) {
            report.errors.insert(unknown, super::no_connection(unknown));
        }
        report
    }

    /// Who asks while a refresh of the same connection is under way shares it, unless it reads less than was asked for.
    async fn refresh_one(self: &Rc<Self>, connection: &Rc<Connection>, force: bool) -> Refreshed {
        loop {
            let running = connection
                .refreshing
                .borrow()
                .as_ref()
                .and_then(|running| Some((running.force, running.work.upgrade()?)));
            let Some((forced, work)) = running else { break };
            let refreshed = work.await;
            if forced || !force {
                return refreshed;
            }
        }
        let (hub, of) = (self.clone(), connection.clone());
        let work = async move {
            let before = of.provider.traffic();
            let outcome = hub.read_and_settle(&of, force).await;
            let after = of.provider.traffic();
            of.refreshing.borrow_mut().take();
            let traffic = Traffic {
                requests: after.requests - before.requests,
                not_modified: after.not_modified - before.not_modified,
                bytes: after.bytes - before.bytes,
            };
            Refreshed { traffic, outcome }
        };
        let shared = work.boxed_local().shared();
        *connection.refreshing.borrow_mut() = shared.downgrade().map(|work| Running { force, work });
        shared.await
    }

    async fn read_and_settle(&self, connection: &Rc<Connection>, force: bool) -> Result<usize> {
        match connection.noting(self.read_lists(connection, force).await) {
            Ok(changed) => {
                self.settle_pending(connection).await?;
                Ok(changed)
            }
            Err(error) => {
                if error.code != ErrorCode::Storage {
                    let stale = self.rows.borrow_mut().mark_stale(&connection.id, &error.message);
                    // That the connection failed is the news, whatever the store says.
                    let _ = self.save(stale).await;
                }
                Err(error)
            }
        }
    }

    /// Reads both lists of a connection, recognises lost starts in them and merges the rest.
    pub(super) async fn read_lists(&self, connection: &Rc<Connection>, fresh: bool) -> Result<usize> {
        let provider = &connection.provider;
        let fresh = fresh || connection.reread_from.get().is_some_and(|from| from <= self.host.now());
        let begun = connection.begin_reading();
        let active = provider.list(&ListQuery { fresh, ..ListQuery::default() }).await?;
        let archived = provider.list(&ListQuery { archived: true, fresh, ..ListQuery::default() }).await?;
        if !self.is_open(connection) {
            return Ok(0);
        }
        connection.listed.set(true);
        self.catch_up_starts(connection).await;
        let (complete_active, complete_archived) = (active.complete, archived.complete);
        let remotes: HashSet<String> =
            active.found.iter().chain(&archived.found).map(|found| found.remote.clone()).collect();
        let mut changes = Vec::new();
        for Listing { found, .. } in [active, archived] {
            for found in found {
                changes.extend(self.take(connection, found).await);
            }
        }
        let now = self.host.now();
        {
            let mut rows = self.rows.borrow_mut();
            let complete = |put_away| if put_away { complete_archived } else { complete_active };
            let (gone, doubtful) = rows.retain(&connection.id, &remotes, complete, now);
            changes.extend(gone);
            changes.extend(rows.mark_fresh(&connection.id));
            connection.end_reading(begun, doubtful);
        }
        let changes = self.rows.borrow().as_they_are(changes);
        let changed = changes.len();
        self.save(changes).await?;
        Ok(changed)
    }

    /// What another tab sent meanwhile is in the list already: it must not be taken for somebody else's.
    async fn catch_up_starts(&self, connection: &Connection) {
        let pending = self.outbox.borrow().of_provider(&connection.id);
        for pending in pending.iter().filter(|pending| matches!(pending.what, What::Start { .. })) {
            if !self.outbox.borrow().is_claimed(&pending.marker) {
                self.catch_up(&pending.marker).await;
            }
        }
    }

    /// Merges one listed session, unless it is, or may be, what a start on its way has become.
    async fn take(&self, connection: &Rc<Connection>, found: Found) -> Option<SessionChange> {
        let knows = || self.rows.borrow().knows(&connection.id, &found.remote);
        loop {
            // Asked anew each time: a start that was on its way may be lost by now.
            let Some((marker, asked_at)) = self.outbox.borrow().lost_start(&connection.id, &found.remote) else {
                break;
            };
            if !self.rows.borrow().may_be_start(&connection.id, &found.remote, asked_at) {
                break;
            }
            match connection.provider.has_start(&found.remote, &marker).await {
                Ok(true) if self.outbox.borrow().get(&marker).is_some() => {
                    self.settle_start(&marker, found).await;
                    return None;
                }
                // Given up, or found by another reader of the same list.
                Ok(true) => break,
                Ok(false) => self.outbox.borrow_mut().rule_out(&marker, &found.remote),
                // It could not be told whose it is; the next refresh asks again.
                Err(_) => {
                    connection.want_reread(AT_ONCE);
                    return None;
                }
            }
        }
        if !knows() && connection.starting.get() > 0 {
            connection.want_reread(AT_ONCE);
            return None;
        }
        if !self.is_open(connection) {
            return None;
        }
        let now = self.host.now();
        self.rows.borrow_mut().absorb(&connection.id, connection.kind, found, now)
    }

    /// Whether the host still wants this connection.
    fn is_open(&self, connection: &Rc<Connection>) -> bool {
        self.connections.borrow().get(&connection.id).is_some_and(|open| Rc::ptr_eq(open, connection))
    }

    /// Looks for messages whose fate is unknown and sends the starts that wait for the network. One that fails does not
    /// hold up the others.
    async fn settle_pending(&self, connection: &Rc<Connection>) -> Result<()> {
        let pending = self.outbox.borrow().of_provider(&connection.id);
        let mut first_error = None;
        for pending in pending {
            let outcome = match (&pending.what, pending.state) {
                (What::Start { .. }, State::Queued) => self.deliver_waiting(connection, &pending.marker).await,
                (What::Message { .. }, State::Lost) => self.look_for_message(connection, &pending).await,
                // The question shows again if the answer did not arrive.
                (What::Answer { .. }, State::Lost) => {
                    self.settle(&pending.marker).await;
                    Ok(())
                }
                _ => Ok(()),
            };
            if let Err(error) = outcome {
                first_error.get_or_insert(error);
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    async fn deliver_waiting(&self, connection: &Rc<Connection>, marker: &str) -> Result<()> {
        let Some(_claim) = self.claim(marker) else { return Ok(()) };
        let outcome = self.deliver_start(connection, marker).await;
        if let Err(error) = &outcome {
            self.keep_start(marker, error).await;
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
        if arrived && !self.outbox.borrow().is_claimed(&lost.marker) {
            self.settle(&lost.marker).await;
        }
        Ok(())
    }
}
