//! Starts: written down before they are sent, sent once, and found again when nobody knows what became of them.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::connection::Connection;
use super::outbox::{self, Pending, State, What, absent, new_marker};
use super::{Hub, rows};
use crate::error::{Error, ErrorCode, Result};
use crate::host::{Batch, Entry};
use crate::provider::{Found, Limit, StartRequest, Unit};
use crate::session::{Kind, Session, SessionFacts, Status, Timestamp};

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
    pub async fn start(&self, request: StartRequest) -> Result<Session> {
        let connection = self.connection(&request.provider)?;
        check_start(&request, connection.provider.limits().prompt).map_err(|error| error.on(&connection.id))?;
        let marker = new_marker(&*self.host);
        // Nobody else delivers it while this call does: the caller is to hear what came of it.
        let Some(_claim) = self.claim(&marker) else { return Err(given_up(&connection.id)) };
        let pending = Pending {
            marker: marker.clone(),
            session: marker.clone(),
            provider: connection.id.clone(),
            created_at: self.host.now(),
            what: What::Start { request: request.clone() },
            state: State::Queued,
            not_mine: Default::default(),
        };
        let added = self.rows.borrow_mut().add_pending(pending_row(&pending, &request, connection.kind));
        let mut writes = self.rows.borrow().entries(std::slice::from_ref(&added));
        writes.push(pending.entry());
        if let Err(error) = self.host.store().commit(Batch { expect: Vec::new(), writes }).await {
            self.rows.borrow_mut().remove(&marker);
            return Err(error);
        }
        self.outbox.borrow_mut().put(pending);
        self.tell(&[added]);
        if let Err(error) = self.deliver_start(&connection, &marker).await {
            self.forget(&marker, &marker).await;
            return Err(error);
        }
        self.row(&marker).map_err(|_| given_up(&connection.id))
    }

    /// Sends a start that is still queued. `Ok` also when it stays in the outbox. After an error it was not sent, or it
    /// was given up, and what becomes of it is the caller's to say; the caller has claimed it.
    pub(super) async fn deliver_start(&self, connection: &Rc<Connection>, marker: &str) -> Result<()> {
        if !self.host.is_online() {
            self.explain(marker, "You are offline. It starts when the network is back.").await;
            return Ok(());
        }
        if !connection.listed.get() {
            // Without the list nobody could tell later whether a lost reply meant a started session.
            match connection.noting(self.read_lists(connection, false).await) {
                Ok(_) => {}
                Err(error) if matches!(error.code, ErrorCode::Network | ErrorCode::Timeout) => {
                    self.explain_wait(marker, &error).await;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
            if !connection.listed.get() {
                // The connection was replaced meanwhile; the new one sends it.
                return Ok(());
            }
        }
        let Some(sending) = self.take_turn(marker).await else { return Ok(()) };
        let What::Start { request } = &sending.what else { return Ok(()) };
        let outcome = {
            let _on_its_way = OnItsWay::new(&connection.starting);
            connection.noting(connection.provider.start(request, marker).await)
        };
        match outcome {
            Ok(found) => {
                self.settle_start(marker, found).await;
                if self.row(marker).is_err() {
                    return Err(started_unseen(&connection.id));
                }
            }
            Err(error) if error.may_have_happened() => {
                self.lose(&sending, &error).await;
                for wait in LOOKS {
                    self.host.sleep(wait).await;
                    // A list that cannot be read now is read at the next refresh; the start stays in the outbox.
                    let looked = self.read_lists(connection, true).await;
                    if looked.is_ok() && self.outbox.borrow().get(marker).is_none() {
                        break;
                    }
                }
                if self.row(marker).is_err() {
                    // Given up while it was looked for: nobody can say that it did not happen.
                    return Err(error);
                }
            }
            Err(error) if error.code == ErrorCode::Network => self.requeue(marker, &error).await,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Writes down that a start is being sent, unless another tab was quicker or it was given up.
    async fn take_turn(&self, marker: &str) -> Option<Pending> {
        let queued = self.outbox.borrow().get(marker).filter(|pending| pending.state == State::Queued).cloned()?;
        let sending = Pending { state: State::Sending, ..queued };
        let store = self.host.store();
        let taken = async {
            let Some(held) = store.get(outbox::TABLE, marker).await? else { return Ok(false) };
            if Pending::read(&held).is_none_or(|held| held.state != State::Queued) {
                return Ok(false);
            }
            let expect = vec![Entry { table: outbox::TABLE, key: marker.to_owned(), value: Some(held) }];
            store.commit(Batch { expect, writes: vec![sending.entry()] }).await
        };
        match taken.await {
            Ok(true) => {
                self.outbox.borrow_mut().put(sending.clone());
                Some(sending)
            }
            Ok(false) => {
                self.catch_up(marker).await;
                None
            }
            Err(error) => {
                self.explain_wait(marker, &error).await;
                None
            }
        }
    }

    /// Learns from the store what other tabs made of a start that waits here.
    pub(super) async fn catch_up(&self, marker: &str) {
        let store = self.host.store();
        let Ok(held) = store.get(outbox::TABLE, marker).await else { return };
        // What this tab is sending itself, it knows better.
        let Some(mine) = self.outbox.borrow().get(marker).filter(|mine| mine.state != State::Sending).cloned() else {
            return;
        };
        match held.as_deref().map(Pending::read) {
            Some(Some(theirs)) => {
                let theirs = theirs.of_another_time();
                if theirs.state != mine.state {
                    self.outbox.borrow_mut().put(Pending { not_mine: mine.not_mine, ..theirs });
                }
            }
            Some(None) => {}
            None => {
                let Ok(row) = store.get(rows::TABLE, &mine.session).await else { return };
                self.outbox.borrow_mut().remove(marker);
                let changes = self.rows.borrow_mut().replace(&mine.session, row.as_deref());
                self.tell(&changes);
            }
        }
    }

    /// A start became a session.
    pub(super) async fn settle_start(&self, marker: &str, found: Found) {
        self.outbox.borrow_mut().remove(marker);
        let changes = self.rows.borrow_mut().confirm(marker, found, self.host.now());
        self.tell(&changes);
        let mut writes = self.rows.borrow().entries(&changes);
        writes.push(absent(marker));
        // The session exists whatever the store says; an entry left behind is found and settled again after a reload.
        let _ = self.host.store().commit(Batch { expect: Vec::new(), writes }).await;
    }

    /// A start that waited was not sent now either. What may pass keeps it waiting; a refusal ends it, and its words stay
    /// until the person has done with them.
    pub(super) async fn keep_start(&self, marker: &str, error: &Error) {
        let passing = error.may_have_happened()
            || matches!(
                error.code,
                ErrorCode::Unauthorized
                    | ErrorCode::RateLimited
                    | ErrorCode::Provider
                    | ErrorCode::Network
                    | ErrorCode::Storage
            );
        if passing {
            return self.requeue(marker, error).await;
        }
        let Some(pending) = self.outbox.borrow_mut().set_state(marker, State::Refused) else { return };
        let change = self.rows.borrow_mut().refuse(marker, error);
        let changes: Vec<_> = change.into_iter().collect();
        self.tell(&changes);
        let mut writes = self.rows.borrow().entries(&changes);
        writes.push(pending.entry());
        let _ = self.host.store().commit(Batch { expect: Vec::new(), writes }).await;
    }

    /// Nothing has left this machine: it waits for another try.
    async fn requeue(&self, marker: &str, error: &Error) {
        let pending = self.outbox.borrow_mut().set_state(marker, State::Queued);
        if let Some(pending) = pending {
            // A store that fails here still says that it is being sent: after a reload it is looked for.
            let _ = self.host.store().commit(Batch { expect: Vec::new(), writes: vec![pending.entry()] }).await;
        }
        self.explain_wait(marker, error).await;
    }

    /// Gives up a start that is in the outbox.
    pub(super) async fn give_up(&self, id: &str) -> Result<()> {
        let known = self.outbox.borrow().start_of(id).map(|pending| (pending.marker.clone(), pending.state));
        let Some((marker, state)) = known else {
            if self.outbox.borrow().is_claimed(id) {
                // It is being written down this very moment.
                return Err(being_sent());
            }
            // What it was to be could not be read back; the row is all there is.
            self.forget(id, id).await;
            return Ok(());
        };
        if state == State::Sending {
            return Err(being_sent());
        }
        if state == State::Queued {
            let store = self.host.store();
            let held = store.get(outbox::TABLE, &marker).await?;
            let theirs = held.as_deref().and_then(Pending::read);
            let queued = theirs.is_none_or(|theirs| theirs.state == State::Queued);
            let expect = vec![Entry { table: outbox::TABLE, key: marker.clone(), value: held }];
            if !queued || !store.commit(Batch { expect, writes: vec![absent(&marker)] }).await? {
                self.catch_up(&marker).await;
                return Err(being_sent());
            }
        }
        self.forget(&marker, id).await;
        Ok(())
    }

    /// Takes a start and its row away.
    async fn forget(&self, marker: &str, id: &str) {
        self.outbox.borrow_mut().remove(marker);
        let changes: Vec<_> = self.rows.borrow_mut().remove(id).into_iter().collect();
        self.tell(&changes);
        let mut writes = self.rows.borrow().entries(&changes);
        writes.push(absent(marker));
        let _ = self.host.store().commit(Batch { expect: Vec::new(), writes }).await;
    }

    /// Notes on a row in the outbox why it is still there.
    pub(super) async fn explain(&self, id: &str, why: &str) {
        let change = self.rows.borrow_mut().explain(id, Some(why.to_owned()));
        // The note is for the person who looks now; a store that fails has been told elsewhere.
        let _ = self.save(change.into_iter().collect()).await;
    }

    async fn explain_wait(&self, id: &str, error: &Error) {
        self.explain(id, &format!("Not sent yet: {} {}", error.message, error.hint)).await;
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

fn check_start(request: &StartRequest, limit: Limit) -> Result<()> {
    if request.prompt.trim().is_empty() {
        return Err(Error::invalid("The prompt is empty.").with_hint("Write what the agent should do."));
    }
    let sound = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
    };
    let named = request.repository.split_once('/').is_some_and(|(owner, name)| sound(owner) && sound(name));
    if !named {
        return Err(Error::invalid(format!("“{}” is no repository.", request.repository))
            .with_hint("Write it as owner/name, such as octocat/hello-world."));
    }
    check_size(&request.prompt, limit)
}

pub(super) fn check_size(text: &str, limit: Limit) -> Result<()> {
    let size = match limit.unit {
        Unit::Utf16 => text.encode_utf16().count(),
        Unit::Characters => text.chars().count(),
        Unit::Bytes => text.len(),
        // Three bytes a token is fewer than models need for code and prose alike.
        Unit::Tokens => text.len().div_ceil(3),
    };
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
    Session {
        id: pending.session.clone(),
        provider: pending.provider.clone(),
        kind,
        read: true,
        stale: None,
        facts: pending_facts(request, pending.created_at),
    }
}

fn pending_facts(request: &StartRequest, now: Timestamp) -> SessionFacts {
    let first_line = request.prompt.trim().lines().next().unwrap_or_default();
    let title = request.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(first_line);
    SessionFacts {
        title: title.trim().chars().take(80).collect(),
        status: Status::Queued,
        raw_status: OUTBOX.to_owned(),
        repository: Some(request.repository.clone()),
        base_ref: request.base_ref.clone(),
        head_ref: request.head_ref.clone(),
        agent: request.agent.clone(),
        model: request.model.clone(),
        created_at: now,
        updated_at: now,
        url: None,
        artifacts: Vec::new(),
        archived: false,
        usage: None,
        error: None,
    }
}
