//! Starts: written down before they are sent, sent once, and found again when nobody knows what became of them.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use super::connection::Connection;
use super::outbox::{self, Pending, State, What, absent};
use super::{Commit, Hub, SessionChange, branches, rows};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Entry;
use crate::provider::{Found, Later, Limit, StartRequest};
use crate::session::{Kind, Session, SessionFacts, Status};

/// The `rawStatus` of a row whose start is not confirmed.
const OUTBOX: &str = "outbox";
/// When a lost start or message is looked for before the caller hears that it is not confirmed yet. Lists lag a little.
pub(super) const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];

impl Hub {
    /// Starts a session, exactly once. It resolves when the provider has confirmed; offline, or after a reply that could
    /// not be read, with the row in the outbox, which becomes that session later under the same id.
    ///
    /// # Errors
    /// `invalid` for an empty prompt or a repository that is no `owner/name`; `too-large`; `storage` when it cannot be
    /// written down first; `conflict` when it was given up before it was sent; and what the provider refused it with. In
    /// all these cases nothing was started. `unreadable-reply` or `timeout` when it was given up while it was looked for.
    pub fn start(&self, request: StartRequest) -> Later<'_, Rc<Session>> {
        Box::pin(async move {
            let connection = self.connection(&request.provider)?;
            check_start(&request, connection.provider.limits().prompt).map_err(|error| error.on(&connection.id))?;
            if let Some(push) = &request.push {
                branches::check(push, &connection)?;
            }
            let (pending, row) = self.pending_start(request, &connection);
            let marker = pending.marker.clone();
            // Nobody else delivers it while this call does: the caller is to hear what came of it.
            let Some(_claim) = self.claim(&marker) else { return Err(given_up(&connection.id)) };
            let added = self.rows_mut().add_pending(row);
            let mut writes = self.rows().entries(std::slice::from_ref(&added));
            writes.push(pending.entry());
            if let Err(error) = self.commit(Vec::new(), writes).await {
                self.rows_mut().remove(&marker);
                return Err(error);
            }
            self.outbox_mut().put(pending);
            self.tell(&[added]);
            if let Err(error) = self.deliver_start(&connection, &marker).await {
                // What was given up meanwhile has been cleared away.
                let failed = self.outbox().get(&marker).cloned();
                let removal = failed.and_then(|failed| self.removal_of(&failed, error.may_have_happened()));
                self.forget(&marker, &marker, removal).await;
                return Err(error);
            }
            self.row(&marker).map_err(|_| given_up(&connection.id))
        })
    }

    fn pending_start(&self, request: StartRequest, connection: &Connection) -> (Rc<Pending>, Session) {
        let mut pending = self.pending("", connection, What::Start { request: request.clone() });
        pending.session.clone_from(&pending.marker);
        let row = pending_row(&pending, &request, connection.kind);
        (Rc::new(pending), row)
    }

    /// Sends a start that is still queued. `Ok` also when it stays in the outbox. After an error it was not sent, or it
    /// was given up, and what becomes of it is the caller's to say; the caller has claimed it. Boxed: it is waited for in
    /// several places.
    pub(super) fn deliver_start<'a>(
        &'a self,
        connection: &'a Rc<Connection>,
        marker: &'a str,
    ) -> LocalBoxFuture<'a, Result<()>> {
        async move {
            if !self.is_ready_for_starts(connection, marker).await? {
                return Ok(());
            }
            // Whoever read the outbox before may come late: what was sent meanwhile is not to be pushed, or queued, again.
            let Some(queued) = self.queued(marker) else { return Ok(()) };
            let pushed = self.push_first(connection, marker).await;
            let sending = match pushed {
                Ok(pushed) => self.take_turn(marker, pushed).await,
                // Pushing once more does no harm, and nothing was started.
                Err(error) if is_passing(&error) => {
                    if self.queued(marker).is_some() {
                        let _ = self.requeue(marker, &error).await;
                    }
                    None
                }
                Err(error) if self.outbox().get(marker).is_some() => return Err(error),
                Err(_) => None,
            };
            let Some(sending) = sending else {
                let _ = self.leave(&queued).await;
                return Ok(());
            };
            let Some(request) = sending.start().map(branches::as_sent) else { return Ok(()) };
            let outcome = {
                let _on_its_way = OnItsWay::new(&connection.starting);
                connection.noting(connection.provider.start(&request, marker).await)
            };
            let error = match outcome {
                Ok(found) => {
                    let _ = self.settle_start(marker, found).await;
                    return self.row(marker).map(|_| ()).map_err(|_| started_unseen(&connection.id));
                }
                Err(error) => error,
            };
            if error.code == ErrorCode::Network {
                let _ = self.requeue(marker, &error).await;
                return Ok(());
            }
            if error.may_have_happened() {
                let _ = self.lose(&sending, &error).await;
                let mut looked = false;
                for wait in LOOKS {
                    self.host.sleep(wait).await;
                    // A list that cannot be read now is read at the next refresh; the start stays in the outbox.
                    looked = self.read_lists(connection, true).await.is_ok();
                    if looked && self.outbox().get(marker).is_none() {
                        break;
                    }
                }
                let is_lost = self.outbox().get(marker).is_some();
                // The provider says that it failed, and it is not in the list: so it did.
                let has_failed = looked && is_lost && error.code == ErrorCode::Provider;
                if !has_failed && self.row(marker).is_ok() {
                    return Ok(());
                }
                // Given up while it was looked for: nobody can say that it did not happen.
            }
            Err(error)
        }
        .boxed_local()
    }

    fn queued(&self, marker: &str) -> Option<Rc<Pending>> {
        self.outbox().get(marker).filter(|pending| pending.state == State::Queued).cloned()
    }

    /// Whether a connection can take a start now. Without its list nobody could tell later whether a lost reply meant a
    /// started session. If it cannot, the row says why.
    async fn is_ready_for_starts(&self, connection: &Rc<Connection>, marker: &str) -> Result<bool> {
        if !self.host.is_online() {
            let _ = self.explain(marker, "You are offline. It starts when the network is back.").await;
            return Ok(false);
        }
        if !connection.listed.get()
            && let Err(error) = connection.noting(self.read_lists(connection, false).await)
        {
            if !matches!(error.code, ErrorCode::Network | ErrorCode::Timeout) {
                return Err(error);
            }
            let _ = self.explain_wait(marker, &error).await;
            return Ok(false);
        }
        // A connection that was replaced meanwhile has not been read; the new one sends it.
        Ok(connection.listed.get())
    }

    /// Writes down that a start is being sent, and what was pushed for it, unless another tab was quicker or it was given up.
    async fn take_turn(&self, marker: &str, pushed: Option<String>) -> Option<Rc<Pending>> {
        let queued = self.queued(marker)?;
        let mut sending = queued.in_state(State::Sending);
        if let Some(commit) = pushed {
            Rc::make_mut(&mut sending).set_pushed(commit);
        }
        match self.replace_queued(sending.entry(), None).await {
            Ok(true) => {
                self.outbox_mut().put(sending.clone());
                return Some(sending);
            }
            Ok(false) => self.catch_up(marker).await,
            Err(error) => {
                let _ = self.explain_wait(marker, &error).await;
            }
        }
        None
    }

    /// Writes what a start is that the store calls queued, and `also`; `false` when the store does not call it that, or not any
    /// more. A damaged entry cannot be sent by anybody: it may be replaced. Boxed: it is waited for in several places.
    fn replace_queued<'a>(&'a self, next: Entry, also: Option<&Rc<Pending>>) -> LocalBoxFuture<'a, Result<bool>> {
        let also = also.map(|also| also.entry());
        async move {
            let Some(held) = self.host.store().get(outbox::TABLE, &next.key).await? else { return Ok(false) };
            if Pending::read(&held).is_some_and(|theirs| theirs.state != State::Queued) {
                return Ok(false);
            }
            let expect = vec![Entry { table: outbox::TABLE, key: next.key.clone(), value: Some(held) }];
            self.commit(expect, [next].into_iter().chain(also).collect()).await
        }
        .boxed_local()
    }

    /// Learns from the store what other tabs made of a start that waits here.
    pub(super) fn catch_up<'a>(&'a self, marker: &'a str) -> LocalBoxFuture<'a, ()> {
        async move {
            let store = self.host.store();
            let Ok(held) = store.get(outbox::TABLE, marker).await else { return };
            let Some(mine) = self.agree(marker, held.as_deref()) else { return };
            let Ok(row) = store.get(rows::TABLE, &mine.session).await else { return };
            self.outbox_mut().remove(marker);
            let changes = self.rows_mut().replace(&mine.session, row.as_deref());
            self.tell(&changes);
        }
        .boxed_local()
    }

    /// Takes over how far other tabs got with a start. Returns it when the store has it no more.
    fn agree(&self, marker: &str, held: Option<&str>) -> Option<Rc<Pending>> {
        let mut outbox = self.outbox_mut();
        // What this tab is sending itself, it knows better.
        let mine = outbox.get(marker).filter(|mine| mine.state != State::Sending)?.clone();
        let Some(held) = held else { return Some(mine) };
        let theirs = Pending::read(held)?.of_another_time();
        if theirs.state != mine.state {
            outbox.put(Rc::new(Pending { not_mine: mine.not_mine.clone(), ..theirs }));
        }
        None
    }

    /// A start became a session. It exists whatever the store says; an entry left behind is found and settled again after
    /// a reload.
    pub(super) fn settle_start(&self, marker: &str, found: Found) -> Commit {
        let mut writes = vec![absent(marker)];
        let started = self.outbox().get(marker).cloned();
        self.outbox_mut().remove(marker);
        // Whether it works on what was pushed shows when its branch is there.
        if let Some(check) = started.and_then(|started| self.check_of(&started)) {
            writes.push(check.entry());
            self.outbox_mut().put(check);
        }
        let changes = self.rows_mut().confirm(marker, found, self.host.now());
        self.keep(changes, writes)
    }

    /// A start that waited was not sent now either. What may pass keeps it waiting; a refusal ends it, and its words stay
    /// until the person has done with them.
    pub(super) fn keep_start(&self, marker: &str, error: &Error) -> Commit {
        if self.outbox().get(marker).is_some_and(|pending| pending.state == State::Lost) {
            // Nobody sends it again by themselves: it is looked for until the person gives it up.
            return self.keep(Vec::new(), Vec::new());
        }
        let passing = error.may_have_happened()
            || matches!(
                error.code,
                ErrorCode::Unauthorized | ErrorCode::RateLimited | ErrorCode::Network | ErrorCode::Storage
            );
        if passing {
            return self.requeue(marker, error);
        }
        let refused = self.outbox_mut().set_state(marker, State::Refused);
        let Some(refused) = refused else { return self.keep(Vec::new(), Vec::new()) };
        let change = self.rows_mut().refuse(marker, error);
        let mut writes = vec![refused.entry()];
        if let Some(removal) = self.removal_of(&refused, false) {
            writes.push(removal.entry());
            self.outbox_mut().put(removal);
        }
        self.keep(change.into_iter().collect(), writes)
    }

    /// Nothing has left this machine: it waits for another try. A store that fails here still says that it is being sent:
    /// after a reload it is looked for.
    fn requeue(&self, marker: &str, error: &Error) -> Commit {
        let queued = self.outbox_mut().set_state(marker, State::Queued);
        let writes = queued.iter().map(|queued| queued.entry()).collect();
        self.keep(self.note_wait(marker, error), writes)
    }

    /// Gives up a start that is in the outbox.
    pub(super) fn give_up<'a>(&'a self, id: &'a str) -> Later<'a, ()> {
        Box::pin(async move {
            let known = self.outbox().start_of(id).cloned();
            let marker = known.as_ref().map_or(id, |known| &known.marker);
            let state = known.as_ref().map(|known| known.state);
            // One that is looked for may have been started, from that branch.
            let pushed = known.as_ref().filter(|_| state != Some(State::Lost));
            let removal = pushed.and_then(|known| self.removal_of(known, false));
            match state {
                // It is being written down this very moment.
                None if self.outbox().is_claimed(id) => return Err(being_sent()),
                Some(State::Sending) => return Err(being_sent()),
                // Another tab may have sent it and be done with it.
                Some(State::Queued) if self.host.store().get(outbox::TABLE, marker).await?.is_none() => {
                    self.catch_up(marker).await;
                    return match self.remote(id) {
                        Ok(Some(_)) => Err(being_sent()),
                        _ => Ok(()),
                    };
                }
                Some(State::Queued) if !self.replace_queued(absent(marker), removal.as_ref()).await? => {
                    self.catch_up(marker).await;
                    return Err(being_sent());
                }
                // Without a start, what it was to be could not be read back; the row is all there is.
                _ => {}
            }
            self.forget(marker, id, removal).await;
            Ok(())
        })
    }

    /// Takes a start and its row away, and the branch that was pushed for it.
    fn forget<'a>(&'a self, marker: &str, id: &str, removal: Option<Rc<Pending>>) -> LocalBoxFuture<'a, ()> {
        self.outbox_mut().remove(marker);
        let changes = self.rows_mut().remove(id).into_iter().collect();
        let mut writes = vec![absent(marker)];
        if let Some(removal) = &removal {
            writes.push(removal.entry());
            self.outbox_mut().put(removal.clone());
        }
        let kept = self.keep(changes, writes);
        async move {
            let _ = kept.await;
            if let Some(removal) = removal
                && let Ok(connection) = self.connection(&removal.provider)
            {
                self.see_to_branch(&connection, &removal).await;
            }
        }
        .boxed_local()
    }

    /// Notes on a row in the outbox why it is still there. The note is for the person who looks now; a store that fails
    /// has been told elsewhere.
    pub(super) fn explain(&self, id: &str, why: &str) -> Commit {
        self.keep(self.note(id, why), Vec::new())
    }

    fn explain_wait(&self, id: &str, error: &Error) -> Commit {
        self.keep(self.note_wait(id, error), Vec::new())
    }

    fn note_wait(&self, id: &str, error: &Error) -> Vec<SessionChange> {
        self.note(id, &format!("Not sent yet: {} {}", error.message, error.hint))
    }

    pub(super) fn note(&self, id: &str, why: &str) -> Vec<SessionChange> {
        self.rows_mut().explain(id, Some(why)).into_iter().collect()
    }
}

/// Counts a start as on its way, also when nobody waits for its reply any more.
struct OnItsWay<'a>(&'a Cell<usize>);

impl<'a> OnItsWay<'a> {
    fn new(starting: &'a Cell<usize>) -> Self {
        starting.set(starting.get() + 1);
        Self(starting)
    }
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

fn given_up(provider: &str) -> Error {
    Error::new(ErrorCode::Conflict, "The start was given up before it was sent.")
        .with_hint("Start it again if you still want it.")
        .on(provider)
}

fn started_unseen(provider: &str) -> Error {
    Error::new(ErrorCode::UnreadableReply, "The session was started, but its connection was closed meanwhile.")
        .with_hint("Connect again to find it in the list.")
        .on(provider)
}

fn being_sent() -> Error {
    Error::new(ErrorCode::Conflict, "This session is being sent right now.").with_hint("Wait a moment, then stop it.")
}

/// Whether it may go well the next time, without anything having been done twice.
fn is_passing(error: &Error) -> bool {
    matches!(error.code, ErrorCode::Network | ErrorCode::Timeout | ErrorCode::UnreadableReply)
}

fn check_start(request: &StartRequest, limit: Limit) -> Result<()> {
    if request.prompt.trim().is_empty() {
        return Err(Error::invalid("The prompt is empty.").with_hint("Write what the agent should do."));
    }
    let sound = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let named = request.repository.split_once('/').is_some_and(|(owner, name)| sound(owner) && sound(name));
    if !named {
        return Err(Error::invalid(format!("“{}” is no repository.", request.repository))
            .with_hint("Write it as owner/name, such as octocat/hello-world."));
    }
    check_size(&request.prompt, limit)
}

pub(super) fn check_size(text: &str, limit: Limit) -> Result<()> {
    let size = limit.unit.measure(text);
    if size > limit.size {
        return Err(Error::new(
            ErrorCode::TooLarge,
            format!("The text is too long: {size} of {} allowed.", limit.size),
        )
        .with_hint("Shorten it; long material belongs into a file in the repository."));
    }
    Ok(())
}

/// The row of a start before any provider has said anything of it.
pub(super) fn pending_row(pending: &Pending, request: &StartRequest, kind: Kind) -> Session {
    let first_line = request.prompt.trim().lines().next().unwrap_or_default();
    let title = request.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(first_line);
    let facts = SessionFacts {
        title: title.trim().chars().take(80).collect(),
        status: Status::Queued,
        raw_status: OUTBOX.to_owned(),
        repository: Some(request.repository.clone()),
        base_ref: request.push.as_ref().map(|push| push.branch.clone()).or_else(|| request.base_ref.clone()),
        head_ref: request.head_ref.clone(),
        agent: request.agent.clone(),
        model: request.model.clone(),
        created_at: pending.created_at,
        updated_at: pending.created_at,
        url: None,
        artifacts: Vec::new(),
        archived: false,
        usage: None,
        error: None,
    };
    Session {
        id: pending.session.clone(),
        provider: pending.provider.clone(),
        kind,
        read: true,
        stale: None,
        warning: None,
        facts,
    }
}
