//! Following one session: each thing once and in order, until the session ends.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::{Commit, Hub, RefreshOptions};
use crate::error::{Error, ErrorCode, Result};
use crate::provider::{Look, News, Watch};
use crate::session::{Session, SessionEvent};

/// Looks that may fail in a row before the reader hears of it.
const PATIENCE: u32 = 15;
/// How often a session in the outbox is looked for.
const OUTBOX_PACE: Duration = Duration::from_secs(5);

/// The events of one session. It asks its provider only as fast as [`Follow::next`] is called, so nothing piles up.
pub struct Follow {
    hub: Rc<Hub>,
    id: String,
    watch: Option<Box<dyn Watch>>,
    ready: VecDeque<SessionEvent>,
    told: Option<Rc<Session>>,
    /// What is waited before the next look, for a reason of its own.
    pause: Duration,
    looked: bool,
    failures: u32,
    ended: bool,
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Follow").field("id", &self.id).field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl Follow {
    pub(super) fn new(hub: Rc<Hub>, id: String) -> Self {
        Self {
            hub,
            id,
            watch: None,
            ready: VecDeque::new(),
            told: None,
            pause: Duration::ZERO,
            looked: false,
            failures: 0,
            ended: false,
        }
    }

    /// The next event; `None` once the session has ended.
    ///
    /// # Errors
    /// `not-found` when the session is gone, `unauthorized` and `forbidden` at once; anything that may pass only after
    /// it lasted.
    pub async fn next(&mut self) -> Result<Option<SessionEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.ended {
                return Ok(None);
            }
            if self.told.is_none() {
                self.tell_row()?;
                continue;
            }
            let looked = self.look().await;
            self.ended |= looked.is_err();
            looked?;
        }
    }

    async fn look(&mut self) -> Result<()> {
        let Some(remote) = self.hub.remote(&self.id)? else {
            return self.look_for_start().await;
        };
        let connection = self.hub.connection_of(&self.id)?;
        let watch = match &mut self.watch {
            Some(watch) => watch,
            none => none.insert(connection.provider.watch(&remote)),
        };
        if self.looked {
            self.pause += watch.pace();
        }
        if !self.pause.is_zero() {
            self.hub.host.sleep(std::mem::take(&mut self.pause)).await;
        }
        let written = match connection.noting(watch.look().await) {
            Ok(look) => self.take(look)?,
            Err(error) => self.endure(error)?,
        };
        let _ = written.await;
        Ok(())
    }

    /// Looks for what became of a session in the outbox. Whoever is sending it hears first.
    async fn look_for_start(&mut self) -> Result<()> {
        let row = self.hub.row(&self.id)?;
        if row.facts.status.is_settled() {
            self.end(row);
            return Ok(());
        }
        self.hub.host.sleep(OUTBOX_PACE).await;
        let claimed = self.hub.outbox().is_claimed(&self.id);
        if !claimed {
            let options = RefreshOptions { provider: Some(row.provider.clone()), force: false };
            self.hub.refresh(&options).await;
        }
        self.tell_row()
    }

    fn end(&mut self, row: Rc<Session>) {
        self.ended = true;
        self.ready.push_back(SessionEvent::End { session: row });
    }

    fn take(&mut self, look: Look) -> Result<Commit> {
        self.failures = 0;
        let status = look.facts.status;
        let written = self.hub.merge(&self.id, look.facts);
        self.tell_row()?;
        if let Some(watch) = &self.watch {
            if self.looked {
                for news in &look.news {
                    if let Some(event) = event(&**watch, news) {
                        self.ready.push_back(event);
                    }
                }
            } else {
                self.looked = true;
                for turn in watch.turns() {
                    self.ready.push_back(SessionEvent::Turn { turn: turn.clone() });
                }
                for question in watch.questions() {
                    self.ready.push_back(SessionEvent::Question { question: question.clone() });
                }
            }
        }
        if status.is_settled() {
            let row = self.hub.row(&self.id)?;
            self.end(row);
        }
        Ok(written)
    }

    /// Waits out what may pass.
    fn endure(&mut self, error: Error) -> Result<Commit> {
        let passing = matches!(
            error.code,
            ErrorCode::Network
                | ErrorCode::Timeout
                | ErrorCode::RateLimited
                | ErrorCode::Provider
                | ErrorCode::UnreadableReply
        );
        self.failures += 1;
        if !passing || self.failures >= PATIENCE {
            return Err(error);
        }
        let written = self.hub.explain(&self.id, &error.message);
        self.tell_row()?;
        self.pause = Duration::from_millis(error.retry_after_ms.unwrap_or(0)).max(OUTBOX_PACE);
        Ok(written)
    }

    /// Tells the row when it is not what was told last.
    fn tell_row(&mut self) -> Result<()> {
        let row = self.hub.row(&self.id)?;
        if self.told.as_ref() != Some(&row) {
            self.told = Some(row.clone());
            self.ready.push_back(SessionEvent::Session { session: row });
        }
        Ok(())
    }
}

fn event(watch: &dyn Watch, news: &News) -> Option<SessionEvent> {
    let turn = |id: &str| watch.turns().iter().find(|turn| turn.id == id);
    match news {
        News::Turn(id) => turn(id).cloned().map(|turn| SessionEvent::Turn { turn }),
        News::Part { turn: id, part } => {
            let part = turn(id)?.parts.iter().find(|candidate| candidate.id() == part)?.clone();
            Some(SessionEvent::Part { turn: id.clone(), part })
        }
        News::Question(id) => {
            let question = watch.questions().iter().find(|question| question.id == *id)?.clone();
            Some(SessionEvent::Question { question })
        }
    }
}
