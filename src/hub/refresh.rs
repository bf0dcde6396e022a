//! Reading the lists of all connections and merging them into one.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use futures::FutureExt;
use futures::future::join_all;
use serde::{Deserialize, Serialize};

use super::connection::Connection;
use super::outbox::{State, What};
use super::{Hub, SessionChange};
use crate::error::{Error, ErrorCode, Result};
use crate::provider::{Found, ListQuery, Listing};
use crate::wire::Traffic;

/// What to refresh.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RefreshOptions {
    /// Only this connection.
    pub provider: Option<String>,
    /// Read everything again, also what servers would call unchanged.
    pub force: bool,
}

/// What a refresh did, over all connections.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
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
    pub errors: BTreeMap<String, Error>,
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
                Err(error) => {
                    report.errors.insert(id, error);
                }
            }
        }
        if let Some(unknown) = options.provider.as_ref().filter(|id| !self.connections.borrow().contains_key(*id)) {
            report.errors.insert(unknown.clone(), super::no_connection(unknown));
        }
        report
    }

    /// Who asks while a refresh of the same connection is under way shares it.
    async fn refresh_one(self: &Rc<Self>, connection: &Rc<Connection>, force: bool) -> Refreshed {
        let running = connection.refreshing.borrow().clone();
        if let Some(running) = running {
            return running.await;
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
        *connection.refreshing.borrow_mut() = Some(shared.clone());
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
                    self.save(stale).await?;
                }
                Err(error)
            }
        }
    }

    /// Reads both lists of a connection, recognises lost starts in them and merges the rest.
    pub(super) async fn read_lists(&self, connection: &Rc<Connection>, fresh: bool) -> Result<usize> {
        let provider = &connection.provider;
        let active = provider.list(&ListQuery { fresh, ..ListQuery::default() }).await?;
        let archived = provider.list(&ListQuery { archived: true, fresh, ..ListQuery::default() }).await?;
        connection.listed.set(true);
        let complete = |put_away: bool| {
            let list = if put_away { &archived } else { &active };
            list.complete && !list.not_modified
        };
        let (complete_active, complete_archived) = (complete(false), complete(true));
        let remotes: HashSet<String> =
            active.found.iter().chain(&archived.found).map(|found| found.remote.clone()).collect();
        let mut changes = Vec::new();
        for Listing { found, .. } in [active, archived] {
            for found in found {
                changes.extend(self.take(connection, found).await?);
            }
        }
        let now = self.host.now();
        {
            let mut rows = self.rows.borrow_mut();
            let complete = |put_away| if put_away { complete_archived } else { complete_active };
            changes.extend(rows.retain(&connection.id, &remotes, complete, now));
            changes.extend(rows.mark_fresh(&connection.id));
        }
        let changed = changes.iter().map(|change| change.id.as_str()).collect::<HashSet<_>>().len();
        self.save(changes).await?;
        Ok(changed)
    }

    /// Merges one listed session, unless it is, or may be, what a start on its way has become.
    async fn take(&self, connection: &Rc<Connection>, found: Found) -> Result<Option<SessionChange>> {
        let known = self.rows.borrow().knows(&connection.id, &found.remote);
        if !known {
            if connection.starting.get() > 0 {
                return Ok(None);
            }
            let lost = self.outbox.borrow().of_provider(&connection.id);
            let starts = lost.into_iter().filter(|pending| {
                matches!(pending.what, What::Start { .. })
                    && pending.state == State::Lost
                    && !pending.not_mine.contains(&found.remote)
            });
            for mut pending in starts {
                match connection.provider.has_start(&found.remote, &pending.marker).await {
                    Ok(true) => {
                        self.settle_start(&pending.marker, found).await?;
                        return Ok(None);
                    }
                    Ok(false) => {
                        pending.not_mine.insert(found.remote.clone());
                        self.outbox.borrow_mut().put(pending);
                    }
                    // It could not be told whose it is; the next refresh asks again.
                    Err(_) => return Ok(None),
                }
            }
        }
        let now = self.host.now();
        Ok(self.rows.borrow_mut().absorb(&connection.id, connection.kind, found, now))
    }

    /// Looks for messages whose fate is unknown and sends the starts that wait for the network.
    async fn settle_pending(&self, connection: &Rc<Connection>) -> Result<()> {
        let pending = self.outbox.borrow().of_provider(&connection.id);
        for pending in pending {
            match (&pending.what, pending.state) {
                (What::Start { .. }, State::Queued) => {
                    // A refusal is told on the row's disappearance and in the report.
                    self.deliver_start(connection, &pending.marker).await?;
                }
                (What::Message { .. }, State::Lost) => {
                    let Some(remote) = self.remote(&pending.session).ok().flatten() else {
                        self.settle(&pending.marker).await?;
                        continue;
                    };
                    if connection.provider.has_message(&remote, &pending.marker).await? {
                        self.settle(&pending.marker).await?;
                    }
                }
                // The question shows again if the answer did not arrive.
                (What::Answer { .. }, State::Lost) => self.settle(&pending.marker).await?,
                _ => {}
            }
        }
        Ok(())
    }
}
