//! Changes that are pushed to a branch of their own before a session starts from it: pushed once, read back after the start, and
//! removed again when the start does not come to be.

use std::rc::Rc;

use futures::FutureExt;

use super::connection::Connection;
use super::outbox::{Pending, State, What};
use super::rows::{LAG_MS, SKEW_MS};
use super::{Commit, Hub};
use crate::error::{Error, ErrorCode, Result};
use crate::find::around;
use crate::handoff::PUSHED_COMMIT;
use crate::provider::{Base, Branches, Later, Push, StartRequest};
use crate::session::Session;

impl Hub {
    /// Reads where changes begin that are to be pushed; see [`Branches::base`].
    ///
    /// # Errors
    /// `unsupported` where nothing can be pushed, and those of the provider.
    pub fn base<'a>(
        &'a self,
        provider: &str,
        repository: &'a str,
        from: &'a str,
        paths: &'a [String],
    ) -> Later<'a, Base> {
        let connection = self.connection(provider);
        Box::pin(async move {
            let connection = connection?;
            let read = async { branches_of(&connection)?.base(repository, from, paths).await };
            connection.noting(read.await)
        })
    }

    /// Pushes what a start in the outbox is to begin from: the commit, or `None` when there is nothing to push.
    pub(super) fn push_first<'a>(&'a self, connection: &'a Connection, marker: &str) -> Later<'a, Option<String>> {
        let pending = self.outbox().get(marker).cloned();
        async move {
            let Some(request) = pending.as_ref().and_then(|pending| pending.start()) else { return Ok(None) };
            let Some(push) = &request.push else { return Ok(None) };
            let pushed = async { branches_of(connection)?.push(&request.repository, push).await };
            connection.noting(pushed.await).map(Some)
        }
        .boxed_local()
    }

    /// What remains to be told of a session that started from a pushed branch.
    pub(super) fn check_of(&self, started: &Pending) -> Option<Rc<Pending>> {
        let commit = started.start()?.push.as_ref()?.commit.clone()?;
        self.errand_of(started, Some(commit), State::Queued)
    }

    /// What remains to be done about the branch of a start that did not come to be. Where that is only likely, it is done when
    /// lists have stopped lagging.
    pub(super) fn removal_of(&self, failed: &Pending, is_likely: bool) -> Option<Rc<Pending>> {
        self.errand_of(failed, None, if is_likely { State::Lost } else { State::Queued })
    }

    /// A start was given up or sent by another tab while its changes were being pushed. Whether a session works on them shows
    /// when lists have stopped lagging.
    pub(super) fn leave(&self, queued: &Pending) -> Commit {
        let is_gone = self.outbox().get(&queued.marker).is_none();
        let removal = if is_gone { self.removal_of(queued, true) } else { None };
        let writes = removal.iter().map(|removal| removal.entry()).collect();
        if let Some(removal) = removal {
            self.outbox_mut().put(removal);
        }
        self.commit(Vec::new(), writes)
    }

    fn errand_of(&self, start: &Pending, commit: Option<String>, state: State) -> Option<Rc<Pending>> {
        let request = start.start()?;
        let branch = request.push.as_ref()?.branch.clone();
        let connection = self.connection(&start.provider).ok()?;
        let what = What::Branch { repository: request.repository.clone(), branch, commit };
        Some(self.pending(&start.session, &connection, what).in_state(state))
    }

    /// Does what remains to be done about a branch, if it can be done now. What it comes to is no failure of a refresh.
    pub(super) async fn see_to_branch(&self, connection: &Connection, errand: &Pending) {
        let What::Branch { repository, branch, commit } = &errand.what else { return };
        let is_done = match (branches_of(connection), commit) {
            (Err(_), _) => true,
            (Ok(branches), None) if self.is_unused(connection, errand, repository, branch).await => {
                match branches.remove(repository, branch).await {
                    Ok(()) => true,
                    // Trying again does not help: a rule protects it, or the token may not.
                    Err(error) => {
                        matches!(error.code, ErrorCode::Forbidden | ErrorCode::Conflict | ErrorCode::Invalid)
                    }
                }
            }
            (_, None) => self.rows().is_base(&connection.id, branch),
            (Ok(branches), Some(commit)) => self.check(branches, repository, (branch, commit), &errand.session).await,
        };
        if is_done {
            let _ = self.settle(&errand.marker).await;
        }
    }

    /// Whether nobody works, or will work, on a branch that is to be removed.
    async fn is_unused(&self, connection: &Connection, errand: &Pending, repository: &str, branch: &str) -> bool {
        if self.outbox().pushes_to(&connection.id, branch) {
            return false;
        }
        if errand.state == State::Lost {
            if self.host.now() <= errand.created_at.plus(LAG_MS) {
                return false;
            }
            // Lists may leave out where a session began; each that may have begun there is asked.
            let doubtful = self.rows().of_unknown_base(&connection.id, repository, errand.created_at.plus(-SKEW_MS));
            for id in doubtful {
                let Ok(Some(remote)) = self.remote(&id) else { continue };
                match connection.provider.get(&remote, Some(repository)).await {
                    Ok(facts) if facts.base_ref.is_some() => _ = self.merge(&id, facts).await,
                    _ => return false,
                }
            }
        }
        !self.rows().is_base(&connection.id, branch)
    }

    /// Tells whether a session works on what was pushed. `false` while its branch is not there.
    async fn check(
        &self,
        branches: &dyn Branches,
        repository: &str,
        (branch, commit): (&str, &str),
        session: &str,
    ) -> bool {
        let Ok(row) = self.row(session) else { return true };
        let is_settled = row.facts.status.is_settled();
        let Some(head) = head_of(&row) else { return is_settled };
        match branches.holds(repository, head, commit).await {
            Ok(Some(holds)) => {
                if !holds {
                    let _ = self.warn(session, head, branch).await;
                }
                true
            }
            // Some make the branch with their first commit.
            Ok(None) => is_settled,
            Err(error) => error.code == ErrorCode::Forbidden,
        }
    }

    fn warn(&self, session: &str, head: &str, branch: &str) -> Commit {
        let warning = format!(
            "The agent works without your uncommitted changes: its branch “{head}” does not stand on “{branch}”. \
             Tell it to merge “{branch}”, or stop it and start again."
        );
        let change = self.rows_mut().warn(session, warning);
        self.keep(change.into_iter().collect(), Vec::new())
    }
}

/// A start as the provider gets it: from the branch that was pushed, with its commit in the brief.
pub(super) fn as_sent(request: &StartRequest) -> StartRequest {
    let mut sent = request.clone();
    if let Some(push) = sent.push.take() {
        let commit = push.commit.as_deref().unwrap_or_default();
        let mut rest = &*request.prompt;
        sent.prompt.clear();
        while let Some((before, after)) = around(rest, PUSHED_COMMIT) {
            sent.prompt.push_str(before);
            sent.prompt.push_str(commit);
            rest = after;
        }
        sent.prompt.push_str(rest);
        sent.base_ref = Some(push.branch.clone());
    }
    sent
}

/// Whether something may be pushed there.
pub(super) fn check(push: &Push, connection: &Connection) -> Result<()> {
    branches_of(connection)?;
    if push.secrets == 0 || push.secrets_confirmed {
        return Ok(());
    }
    Err(Error::invalid("There are secrets in the changes that are to be pushed.")
        .with_hint("Take them out, or confirm that they are pushed as they are.")
        .on(&connection.id))
}

fn branches_of(connection: &Connection) -> Result<&dyn Branches> {
    connection.provider.branches().ok_or_else(|| {
        Error::new(ErrorCode::Unsupported, "Nothing can be pushed to this provider.")
            .with_hint("Put the changes into the brief.")
            .on(&connection.id)
    })
}

/// The branch that a session commits to.
fn head_of(row: &Session) -> Option<&str> {
    row.facts.head_ref.as_deref()
}
