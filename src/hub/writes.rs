//! What a person does with a session that is there: messages, answers, stops, and putting it away. Each message happens at
//! most once.

use std::rc::Rc;

use futures::FutureExt;

use super::connection::Connection;
use super::outbox::{Pending, State, What, absent, new_marker};
use super::starts::{LOOKS, check_size};
use super::{Commit, Hub, refused};
use crate::error::{Error, ErrorCode, Result};
use crate::provider::Later;
use crate::session::{Answer, Artifact, Session, SessionFacts};

impl Hub {
    /// Sends a message: a follow-up to a settled session, steering to a running one. When the same words were sent before
    /// and nobody knows whether they arrived, they are looked for first and not sent twice.
    ///
    /// # Errors
    /// `invalid` for an empty message; `conflict` while the session is in the outbox; `unsupported`; `unreadable-reply`
    /// when it may have arrived (the words stay in the outbox); and those of the provider.
    pub fn send<'a>(&'a self, id: &'a str, message: &str) -> Later<'a, ()> {
        let message = message.trim();
        if message.is_empty() {
            return refused(Error::invalid("The message is empty.").with_hint("Write what the agent should do."));
        }
        self.deliver(id, What::Message { text: message.to_owned() })
    }

    /// Answers a question.
    ///
    /// # Errors
    /// `invalid` for an empty answer; otherwise as [`Hub::send`].
    pub fn answer<'a>(&'a self, id: &'a str, answer: Answer) -> Later<'a, ()> {
        if answer.words().is_none() {
            return refused(
                Error::invalid("The answer is empty.").with_hint("Choose one of the answers or write your own."),
            );
        }
        self.deliver(id, What::Answer { answer })
    }

    /// Sends words for the agent, once. Boxed: it is waited for in several places.
    fn deliver<'a>(&'a self, id: &'a str, what: What) -> Later<'a, ()> {
        async move {
            let errand = self.errand(id, what)?;
            let (provider, remote) = (&errand.connection.provider, &errand.remote);
            let marker = &errand.pending.marker;
            let mut outcome = Ok(());
            let is_there = errand.pending.state == State::Lost
                && errand.connection.noting(provider.has_message(remote, marker).await)?;
            if !is_there {
                let sending = errand.pending.in_state(State::Sending);
                // Written down before it is sent.
                self.commit(Vec::new(), vec![sending.entry()]).await?;
                self.outbox_mut().put(sending.clone());
                outcome = errand.connection.noting(errand.send().await);
                if let Err(error) = &outcome
                    && error.may_have_happened()
                {
                    if let What::Answer { answer } = &sending.what {
                        // An answer needs no marker: a question that is not open any more has been answered.
                        let mut watch = provider.watch(remote);
                        if watch.look().await.is_ok()
                            && !watch.questions().iter().any(|question| question.id == answer.question)
                        {
                            outcome = Ok(());
                        }
                    } else {
                        let _ = self.lose(&sending, error).await;
                        if !self.is_there(&errand).await {
                            // Its words stay in the outbox.
                            return outcome;
                        }
                        outcome = Ok(());
                    }
                }
            }
            let _ = self.settle(marker).await;
            outcome
        }
        .boxed_local()
    }

    /// Looks for a message until lists have stopped lagging.
    async fn is_there(&self, errand: &Errand<'_>) -> bool {
        for wait in LOOKS {
            self.host.sleep(wait).await;
            let provider = &errand.connection.provider;
            if provider.has_message(&errand.remote, &errand.pending.marker).await == Ok(true) {
                return true;
            }
        }
        false
    }

    /// Takes words for the agent on. When the same message was sent before and nobody knows whether it arrived, it is that
    /// one.
    fn errand(&self, id: &str, what: What) -> Result<Errand<'_>> {
        let (connection, remote) = self.confirmed(id)?;
        let mut known = None;
        if let What::Message { text } = &what {
            check_size(text, connection.provider.limits().prompt).map_err(|error| error.on(&connection.id))?;
            known = self.outbox().lost(id, &what).cloned();
        }
        let pending = known.unwrap_or_else(|| Rc::new(self.pending(id, &connection, what)));
        let Some(claim) = self.claim(&pending.marker) else {
            return Err(Error::new(ErrorCode::Conflict, "This is being sent right now.")
                .with_hint("Wait a moment.")
                .on(&connection.id));
        };
        Ok(Errand { connection, remote, pending, _claim: claim })
    }

    /// Ends a running session. A start that is still in the outbox is given up: a queued one is never sent.
    ///
    /// # Errors
    /// `conflict` while it is being sent; those of the provider.
    pub fn cancel<'a>(&'a self, id: &'a str) -> Later<'a, ()> {
        match self.remote(id) {
            Ok(Some(_)) => self.command(id, Command::Cancel),
            Ok(None) => self.give_up(id),
            Err(error) => refused(error),
        }
    }

    /// Puts a session away, or brings it back.
    ///
    /// # Errors
    /// `conflict` while it is in the outbox; those of the provider.
    pub fn set_archived<'a>(&'a self, id: &'a str, archived: bool) -> Later<'a, ()> {
        self.command(id, Command::SetArchived(archived))
    }

    /// Opens a pull request from the session's branch.
    ///
    /// # Errors
    /// `conflict` while it is in the outbox; those of the provider.
    pub fn create_pull_request<'a>(&'a self, id: &'a str) -> Later<'a, Rc<Session>> {
        Box::pin(async move {
            self.command(id, Command::CreatePullRequest).await?;
            self.row(id)
        })
    }

    /// Gives a command and reads the session again. A command whose reply was lost has failed only when its effect is not
    /// there; one that succeeded has succeeded also when the session cannot be read just now. Boxed: it is waited for in
    /// several places.
    fn command<'a>(&'a self, id: &'a str, command: Command) -> Later<'a, ()> {
        async move {
            let (connection, remote) = self.confirmed(id)?;
            let provider = &connection.provider;
            let given = match command {
                Command::Cancel => provider.cancel(&remote),
                Command::SetArchived(archived) => provider.set_archived(&remote, archived),
                Command::CreatePullRequest => provider.create_pull_request(&remote),
            };
            let outcome = connection.noting(given.await);
            if outcome.as_ref().is_err_and(|error| !error.may_have_happened()) {
                return outcome;
            }
            let repository = self.row(id)?.facts.repository.clone();
            let got = provider.get(&remote, repository.as_deref()).await;
            let Ok(facts) = connection.noting(got) else { return outcome };
            let happened = outcome.is_ok() || command.shows_in(&facts);
            let _ = self.merge(id, facts).await;
            if happened { Ok(()) } else { outcome }
        }
        .boxed_local()
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

    pub(super) fn pending(&self, id: &str, connection: &Connection, what: What) -> Pending {
        Pending {
            marker: new_marker(&*self.host),
            session: id.to_owned(),
            provider: connection.id.clone(),
            created_at: self.host.now(),
            what,
            state: State::Queued,
            not_mine: Vec::new(),
        }
    }

    /// The reply to a write could not be read: it is looked for from now on.
    pub(super) fn lose(&self, sending: &Pending, error: &Error) -> Commit {
        let lost = sending.in_state(State::Lost);
        let (expect, mut writes) = (vec![sending.entry()], vec![lost.entry()]);
        if lost.start().is_some() {
            let why = format!("Not confirmed: {} It is looked for.", error.message);
            let changes = self.note(&lost.session, &why);
            self.tell(&changes);
            writes.extend(self.rows().entries(&changes));
        }
        self.outbox_mut().put(lost);
        // What the store calls “being sent” is looked for after a reload just the same. Another tab may have settled it.
        self.commit(expect, writes)
    }

    /// Something in the outbox is done with. It has happened, whatever the store says; an entry left behind is looked for
    /// and settled after a reload.
    pub(super) fn settle(&self, marker: &str) -> Commit {
        self.outbox_mut().remove(marker);
        self.commit(Vec::new(), vec![absent(marker)])
    }

    /// Takes something on: nobody else in this tab sends it meanwhile. `None` when somebody does.
    pub(super) fn claim<'a>(&'a self, marker: &str) -> Option<Claim<'a>> {
        let free = self.outbox_mut().claim(marker);
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
        self.hub.outbox_mut().release(&self.marker);
    }
}

/// Words on their way to an agent.
struct Errand<'a> {
    connection: Rc<Connection>,
    remote: String,
    pending: Rc<Pending>,
    _claim: Claim<'a>,
}

impl Errand<'_> {
    fn send(&self) -> Later<'_, ()> {
        let provider = &self.connection.provider;
        match &self.pending.what {
            What::Message { text } => provider.send(&self.remote, text, &self.pending.marker),
            What::Answer { answer } => provider.answer(&self.remote, answer),
            // Starts and their branches have a way of their own.
            What::Start { .. } | What::Branch { .. } => std::future::ready(Ok(())).boxed_local(),
        }
    }
}

/// What a person has done to a session.
#[derive(Clone, Copy)]
enum Command {
    Cancel,
    SetArchived(bool),
    CreatePullRequest,
}

impl Command {
    /// Whether a session is as the command wants it.
    fn shows_in(self, facts: &SessionFacts) -> bool {
        match self {
            Self::Cancel => facts.status.is_settled(),
            Self::SetArchived(archived) => facts.archived == archived,
            Self::CreatePullRequest => {
                facts.artifacts.iter().any(|artifact| matches!(artifact, Artifact::PullRequest(_)))
            }
        }
    }
}
