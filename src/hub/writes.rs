//! What a person does with a session that is there: messages, answers, stops, and putting it away. Each message happens at
//! most once.

use std::rc::Rc;

use super::Hub;
use super::connection::Connection;
use super::outbox::{Pending, State, What, absent, new_marker};
use super::starts::{LOOKS, check_size};
use crate::error::{Error, ErrorCode, Result};
use crate::host::Batch;
use crate::session::{Answer, Artifact, Session, SessionFacts};

impl Hub {
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
        let queued = known.unwrap_or_else(|| self.pending(id, &connection, What::Message { text: message.to_owned() }));
        let Some(_claim) = self.claim(&queued.marker) else { return Err(under_way(&connection.id)) };
        if queued.state == State::Lost
            && connection.noting(connection.provider.has_message(&remote, &queued.marker).await)?
        {
            self.settle(&queued.marker).await;
            return Ok(());
        }
        let sending = self.begin(queued).await?;
        let outcome = connection.noting(connection.provider.send(&remote, message, &sending.marker).await);
        match outcome {
            Err(error) if error.may_have_happened() => {
                self.lose(&sending, &error).await;
                for wait in LOOKS {
                    self.host.sleep(wait).await;
                    if connection.provider.has_message(&remote, &sending.marker).await == Ok(true) {
                        self.settle(&sending.marker).await;
                        return Ok(());
                    }
                }
                Err(error)
            }
            outcome => {
                self.settle(&sending.marker).await;
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
        let pending = self.pending(id, &connection, What::Answer { answer: answer.clone() });
        let Some(_claim) = self.claim(&pending.marker) else { return Err(under_way(&connection.id)) };
        let sending = self.begin(pending).await?;
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
        self.settle(&sending.marker).await;
        outcome
    }

    /// Ends a running session. A start that is still in the outbox is given up: a queued one is never sent.
    ///
    /// # Errors
    /// `conflict` while it is being sent; those of the provider.
    pub async fn cancel(&self, id: &str) -> Result<()> {
        if self.remote(id)?.is_none() {
            return self.give_up(id).await;
        }
        let (connection, remote) = self.confirmed(id)?;
        let outcome = connection.noting(connection.provider.cancel(&remote).await);
        self.check(id, &connection, &remote, outcome, |facts| facts.status.is_settled()).await
    }

    /// Puts a session away, or brings it back.
    ///
    /// # Errors
    /// `conflict` while it is in the outbox; those of the provider.
    pub async fn set_archived(&self, id: &str, archived: bool) -> Result<()> {
        let (connection, remote) = self.confirmed(id)?;
        let outcome = connection.noting(connection.provider.set_archived(&remote, archived).await);
        self.check(id, &connection, &remote, outcome, |facts| facts.archived == archived).await
    }

    /// Opens a pull request from the session's branch.
    ///
    /// # Errors
    /// `conflict` while it is in the outbox; those of the provider.
    pub async fn create_pull_request(&self, id: &str) -> Result<Session> {
        let (connection, remote) = self.confirmed(id)?;
        let outcome = connection.noting(connection.provider.create_pull_request(&remote).await);
        let there =
            |facts: &SessionFacts| facts.artifacts.iter().any(|artifact| matches!(artifact, Artifact::PullRequest(_)));
        self.check(id, &connection, &remote, outcome, there).await?;
        self.row(id)
    }

    /// Reads a session again after a command. A command whose reply was lost has failed only when its effect is not there;
    /// one that succeeded has succeeded also when the session cannot be read just now.
    async fn check(
        &self,
        id: &str,
        connection: &Connection,
        remote: &str,
        outcome: Result<()>,
        there: impl FnOnce(&SessionFacts) -> bool,
    ) -> Result<()> {
        match &outcome {
            Err(error) if !error.may_have_happened() => return outcome,
            _ => {}
        }
        let Ok(facts) = connection.noting(connection.provider.get(remote).await) else { return outcome };
        let happened = outcome.is_ok() || there(&facts);
        self.merge(id, facts).await;
        if happened { Ok(()) } else { outcome }
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

    /// The reply to a write could not be read: it is looked for from now on.
    pub(super) async fn lose(&self, sending: &Pending, error: &Error) {
        let lost = Pending { state: State::Lost, ..sending.clone() };
        self.outbox.borrow_mut().put(lost.clone());
        if matches!(lost.what, What::Start { .. }) {
            self.explain(&lost.session, &format!("Not confirmed: {} It is looked for.", error.message)).await;
        }
        // What the store calls “being sent” is looked for after a reload just the same. Another tab may have settled it.
        let _ = self.host.store().commit(sending.step(&lost)).await;
    }

    /// Something in the outbox is done with. It has happened, whatever the store says; an entry left behind is looked for
    /// and settled after a reload.
    pub(super) async fn settle(&self, marker: &str) {
        self.outbox.borrow_mut().remove(marker);
        let _ = self.host.store().commit(Batch { expect: Vec::new(), writes: vec![absent(marker)] }).await;
    }

    /// Takes something on: nobody else in this tab sends it meanwhile. `None` when somebody does.
    pub(super) fn claim<'a>(&'a self, marker: &str) -> Option<Claim<'a>> {
        let free = self.outbox.borrow_mut().claim(marker);
        free.then(|| Claim { hub: self, marker: marker.to_owned() })
    }
}

/// Held while something is being sent. When nobody waits for the reply any more, what was sent is looked for.
pub(super) struct Claim<'a> {
    hub: &'a Hub,
    marker: String,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.hub.outbox.borrow_mut().release(&self.marker);
    }
}

fn under_way(provider: &str) -> Error {
    Error::new(ErrorCode::Conflict, "This is being sent right now.").with_hint("Wait a moment.").on(provider)
}
