//! What a person sets off: starts, messages, answers, stops. Each start and message happens at most once.

use std::rc::Rc;
use std::time::Duration;

use super::connection::Connection;
use super::outbox::{Pending, State, What, absent, new_marker};
use super::{Hub, no_session};
use crate::error::{Error, ErrorCode, Result};
use crate::host::{Batch, Entry};
use crate::provider::{Found, Limit, StartRequest, Unit};
use crate::session::{Answer, Session, SessionFacts, Status};

/// The `rawStatus` of a row whose start is not confirmed.
pub(super) const OUTBOX: &str = "outbox";
/// When a lost start or message is looked for before the caller hears that it is not confirmed yet. Lists lag a little.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];

impl Hub {
    /// Starts a session, exactly once. It resolves when the provider has confirmed; offline, or after a reply that could
    /// not be read, with the row in the outbox, which becomes that session later under the same id.
    ///
    /// # Errors
    /// `invalid` for an empty prompt or a repository that is no `owner/name`; `too-large`; `storage` when it cannot be
    /// written down first; and what the provider refused it with. In all these cases nothing was started.
    pub async fn start(&self, request: StartRequest) -> Result<Session> {
        let connection = self.connection(&request.provider)?;
        check_start(&request, connection.provider.limits().prompt).map_err(|error| error.on(&connection.id))?;
        let marker = new_marker(&*self.host);
        let now = self.host.now();
        let pending = Pending {
            marker: marker.clone(),
            session: marker.clone(),
            provider: connection.id.clone(),
            created_at: now,
            what: What::Start { request: request.clone() },
            state: State::Queued,
            not_mine: Default::default(),
        };
        let row = Session {
            id: marker.clone(),
            provider: connection.id.clone(),
            kind: connection.kind,
            read: true,
            stale: None,
            facts: pending_facts(&request, now),
        };
        let added = self.rows.borrow_mut().add_pending(row);
        let mut writes = self.rows.borrow().entries(std::slice::from_ref(&added));
        writes.push(pending.entry());
        if let Err(error) = self.host.store().commit(Batch { expect: Vec::new(), writes }).await {
            self.rows.borrow_mut().remove(&marker);
            return Err(error);
        }
        self.outbox.borrow_mut().put(pending);
        self.tell(&[added]);
        self.deliver_start(&connection, &marker).await?;
        self.row(&marker)
    }

    /// Sends a start that is still queued. `Ok` also when it stays in the outbox.
    pub(super) async fn deliver_start(&self, connection: &Rc<Connection>, marker: &str) -> Result<()> {
        if !self.host.is_online() {
            return self.explain(marker, "You are offline. It starts when the network is back.").await;
        }
        if !connection.listed.get() {
            // Without the list nobody could tell later whether a lost reply meant a started session.
            if let Err(error) = connection.noting(self.read_lists(connection, false).await) {
                return match error.code {
                    ErrorCode::Network | ErrorCode::Timeout => {
                        self.explain(marker, &format!("Not sent yet: {} {}", error.message, error.hint)).await
                    }
                    _ => self.withdraw(marker, error).await,
                };
            }
        }
        let Some(queued) = self.outbox.borrow().get(marker).filter(|pending| pending.state == State::Queued).cloned()
        else {
            return Ok(());
        };
        let What::Start { request } = &queued.what else { return Ok(()) };
        let sending = Pending { state: State::Sending, ..queued.clone() };
        if !self.host.store().commit(queued.step(&sending)).await? {
            // Another tab took it.
            return Ok(());
        }
        self.outbox.borrow_mut().put(sending.clone());
        connection.starting.set(connection.starting.get() + 1);
        let outcome = connection.noting(connection.provider.start(request, marker).await);
        connection.starting.set(connection.starting.get() - 1);
        match outcome {
            Ok(found) => self.settle_start(marker, found).await,
            Err(error) if error.may_have_happened() => {
                self.lose(sending, &error).await?;
                for wait in LOOKS {
                    self.host.sleep(wait).await;
                    // A list that cannot be read now is read at the next refresh; the start stays in the outbox.
                    let looked = self.read_lists(connection, true).await;
                    if looked.is_ok() && self.outbox.borrow().get(marker).is_none() {
                        break;
                    }
                }
                Ok(())
            }
            Err(error) if error.code == ErrorCode::Network => {
                self.host.store().commit(sending.step(&queued)).await?;
                self.outbox.borrow_mut().put(queued);
                self.explain(marker, &format!("Not sent yet: {} {}", error.message, error.hint)).await
            }
            Err(error) => self.withdraw(marker, error).await,
        }
    }

    /// A start became a session.
    pub(super) async fn settle_start(&self, marker: &str, found: Found) -> Result<()> {
        self.outbox.borrow_mut().remove(marker);
        let changes = self.rows.borrow_mut().confirm(marker, found, self.host.now());
        self.tell(&changes);
        let mut writes = self.rows.borrow().entries(&changes);
        writes.push(absent(marker));
        // The session exists whatever the store says; an entry left behind is found and settled again after a reload.
        let _ = self.host.store().commit(Batch { expect: Vec::new(), writes }).await;
        Ok(())
    }

    /// A start was refused: nothing happened, and nothing stays behind.
    async fn withdraw(&self, marker: &str, error: Error) -> Result<()> {
        self.outbox.borrow_mut().remove(marker);
        let removed = self.rows.borrow_mut().remove(marker);
        self.forget(marker, removed.into_iter().collect()).await?;
        Err(error)
    }

    async fn forget(&self, marker: &str, changes: Vec<super::SessionChange>) -> Result<()> {
        self.tell(&changes);
        let mut writes: Vec<Entry> = self.rows.borrow().entries(&changes);
        writes.push(absent(marker));
        self.host.store().commit(Batch { expect: Vec::new(), writes }).await.map(|_| ())
    }

    /// The reply to a write could not be read: it is looked for from now on.
    async fn lose(&self, sending: Pending, error: &Error) -> Result<()> {
        let lost = Pending { state: State::Lost, ..sending.clone() };
        let marker = lost.marker.clone();
        self.outbox.borrow_mut().put(lost.clone());
        if matches!(lost.what, What::Start { .. }) {
            self.explain(&marker, &format!("Not confirmed: {} It is looked for.", error.message)).await?;
        }
        self.host.store().commit(sending.step(&lost)).await.map(|_| ())
    }

    async fn explain(&self, id: &str, why: &str) -> Result<()> {
        let change = self.rows.borrow_mut().explain(id, Some(why.to_owned()));
        self.save(change.into_iter().collect()).await
    }

    /// Sends a message: a follow-up to a settled session, steering to a running one. When the same words were sent before
    /// and nobody knows whether they arrived, they are looked for first and not sent twice.
    ///
    /// # Errors
    /// `invalid` for an empty message; `conflict` while the session is in the outbox; `unsupported`; `unreadable-reply`
    /// when it may have arrived (the words stay in the outbox); and those of the provider.
    pub async fn send(&self, id: &str, message: &str) -> Result<()> {
        let message = message.trim();
        if message.is_empty() {
            return Err(Error::invalid("The message is empty.").with_hint("Write what the agent should do."));
        }
        let (connection, remote) = self.confirmed(id)?;
        check_size(message, connection.provider.limits().prompt).map_err(|error| error.on(&connection.id))?;
        let known = self.outbox.borrow().lost_message(id, message);
        let queued = match known {
            Some(lost) => {
                if connection.noting(connection.provider.has_message(&remote, &lost.marker).await)? {
                    return self.settle(&lost.marker).await;
                }
                lost
            }
            None => self.pending(id, &connection, What::Message { text: message.to_owned() }),
        };
        let sending = self.begin(queued).await?;
        let outcome = connection.noting(connection.provider.send(&remote, message, &sending.marker).await);
        match outcome {
            Err(error) if error.may_have_happened() => {
                let marker = sending.marker.clone();
                self.lose(sending, &error).await?;
                for wait in LOOKS {
                    self.host.sleep(wait).await;
                    if connection.provider.has_message(&remote, &marker).await == Ok(true) {
                        return self.settle(&marker).await;
                    }
                }
                Err(error)
            }
            outcome => {
                self.settle(&sending.marker).await?;
                outcome
            }
        }
    }

    /// Answers a question.
    ///
    /// # Errors
    /// `invalid` for an empty answer; otherwise as [`Hub::send`].
    pub async fn answer(&self, id: &str, answer: Answer) -> Result<()> {
        if answer.words().is_none() {
            return Err(
                Error::invalid("The answer is empty.").with_hint("Choose one of the answers or write your own.")
            );
        }
        let (connection, remote) = self.confirmed(id)?;
        let sending = self.begin(self.pending(id, &connection, What::Answer { answer: answer.clone() })).await?;
        let outcome = connection.noting(connection.provider.answer(&remote, &answer).await);
        // An answer needs no marker: a question that is not open any more has been answered.
        let outcome = match outcome {
            Err(error) if error.may_have_happened() => {
                let mut watch = connection.provider.watch(&remote);
                let gone = watch.look().await.is_ok()
                    && !watch.questions().iter().any(|question| question.id == answer.question);
                if gone { Ok(()) } else { Err(error) }
            }
            outcome => outcome,
        };
        self.settle(&sending.marker).await?;
        outcome
    }

    /// Ends a running session. A start that is still in the outbox is given up: a queued one is never sent.
    ///
    /// # Errors
    /// Those of the provider.
    pub async fn cancel(&self, id: &str) -> Result<()> {
        if self.remote(id)?.is_none() {
            let marker = self.outbox.borrow().start_of(id).map(|pending| pending.marker.clone());
            let Some(marker) = marker else { return Err(no_session(id)) };
            if self.outbox.borrow().get(&marker).is_some_and(|pending| pending.state == State::Sending) {
                return Err(Error::new(ErrorCode::Conflict, "This session is being sent right now.")
                    .with_hint("Wait a moment, then stop it."));
            }
            self.outbox.borrow_mut().remove(&marker);
            let removed = self.rows.borrow_mut().remove(id);
            return self.forget(&marker, removed.into_iter().collect()).await;
        }
        let (connection, remote) = self.confirmed(id)?;
        connection.noting(connection.provider.cancel(&remote).await)?;
        self.reread(id, &connection, &remote).await
    }

    /// Puts a session away, or brings it back.
    ///
    /// # Errors
    /// Those of the provider.
    pub async fn set_archived(&self, id: &str, archived: bool) -> Result<()> {
        let (connection, remote) = self.confirmed(id)?;
        connection.noting(connection.provider.set_archived(&remote, archived).await)?;
        self.reread(id, &connection, &remote).await
    }

    /// Opens a pull request from the session's branch.
    ///
    /// # Errors
    /// Those of the provider. After a reply that could not be read, it fails only when no pull request is there.
    pub async fn create_pull_request(&self, id: &str) -> Result<Session> {
        let (connection, remote) = self.confirmed(id)?;
        let outcome = connection.noting(connection.provider.create_pull_request(&remote).await);
        self.reread(id, &connection, &remote).await?;
        let row = self.row(id)?;
        match outcome {
            Err(error) if !(error.may_have_happened() && has_pull_request(&row.facts)) => Err(error),
            _ => Ok(row),
        }
    }

    async fn reread(&self, id: &str, connection: &Connection, remote: &str) -> Result<()> {
        let facts = connection.noting(connection.provider.get(remote).await)?;
        self.merge(id, facts).await;
        Ok(())
    }

    fn confirmed(&self, id: &str) -> Result<(Rc<Connection>, String)> {
        let connection = self.connection_of(id)?;
        let remote = self.remote(id)?.ok_or_else(|| {
            Error::new(ErrorCode::Conflict, "This session is not confirmed by its provider yet.")
                .with_hint("Refresh, and try again when it has started.")
                .on(&connection.id)
        })?;
        Ok((connection, remote))
    }

    fn pending(&self, id: &str, connection: &Connection, what: What) -> Pending {
        Pending {
            marker: new_marker(&*self.host),
            session: id.to_owned(),
            provider: connection.id.clone(),
            created_at: self.host.now(),
            what,
            state: State::Queued,
            not_mine: Default::default(),
        }
    }

    /// Writes down that something is being sent, before it is.
    async fn begin(&self, pending: Pending) -> Result<Pending> {
        let sending = Pending { state: State::Sending, ..pending };
        self.host.store().commit(Batch { expect: Vec::new(), writes: vec![sending.entry()] }).await?;
        self.outbox.borrow_mut().put(sending.clone());
        Ok(sending)
    }

    /// Something in the outbox is done with.
    pub(super) async fn settle(&self, marker: &str) -> Result<()> {
        self.outbox.borrow_mut().remove(marker);
        self.host.store().commit(Batch { expect: Vec::new(), writes: vec![absent(marker)] }).await.map(|_| ())
    }
}

fn has_pull_request(facts: &SessionFacts) -> bool {
    facts.artifacts.iter().any(|artifact| matches!(artifact, crate::session::Artifact::PullRequest(_)))
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

fn check_size(text: &str, limit: Limit) -> Result<()> {
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
fn pending_facts(request: &StartRequest, now: crate::session::Timestamp) -> SessionFacts {
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
