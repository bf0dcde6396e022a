//! Looking at one session again and again. GitHub pushes nothing: its own clients ask every two seconds as well.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::Road;
use super::errors::Subject;
use super::tasks::{Draft, Run, unmarked};
use super::turns::TurnBuilder;
use crate::error::Result;
use crate::json::{text, whole};
use crate::provider::{Look, News, Watch};
use crate::session::{Question, Request, Status, Turn};
use crate::wire::Reply;
use crate::wire::address::push_query;

const EVENTS_PER_PAGE: u64 = 100;
/// A look ends after that many pages, and the next one goes on: a history without end must not hold the tab.
const PAGES_PER_LOOK: usize = 100;
/// A message is looked for in that many pages at most.
const PAGES_PER_SEARCH: u64 = 1000;
/// Pull requests change without their task; while a session is watched they are asked for this often.
const PULLS_FRESH_MS: i64 = 30_000;

impl Road {
    pub(super) fn event_page(&self, remote: &str, page: u64) -> Result<String> {
        let mut url = self.api.agents(&["tasks", remote, "events"])?;
        push_query(&mut url, "page", &page.to_string());
        push_query(&mut url, "per_page", &EVENTS_PER_PAGE.to_string());
        Ok(url)
    }

    /// The events of a page, and how many there are on all pages.
    fn events(&self, reply: &Reply) -> Result<(Vec<Value>, Option<u64>)> {
        let mut page = self.api.json(reply)?;
        match page.get_mut("events").map(Value::take) {
            Some(Value::Array(events)) => Ok((events, whole(&page, "total"))),
            _ => Err(self.api.strange(reply)),
        }
    }

    /// Whether the person sent a message with that mark.
    pub(super) async fn has_message(&self, remote: &str, mark: &str) -> Result<bool> {
        for page in 1..=PAGES_PER_SEARCH {
            let reply = self.api.get(self.event_page(remote, page)?, Subject::Session).await?;
            let (events, total) = self.events(&reply)?;
            let holds = |event: &Value| {
                text(event, "type") == Some("user.message")
                    && event.get("data").and_then(|data| text(data, "content")).is_some_and(|said| said.contains(mark))
            };
            if events.iter().any(holds) {
                return Ok(true);
            }
            if is_last(page, events.len(), total) {
                break;
            }
        }
        Ok(false)
    }
}

/// The client hands out one body as long as the server calls it unchanged.
fn is_same(before: Option<&Rc<[u8]>>, now: &Rc<[u8]>) -> bool {
    before.is_some_and(|before| Rc::ptr_eq(before, now))
}

fn is_last(page: u64, events: usize, total: Option<u64>) -> bool {
    (events as u64) < EVENTS_PER_PAGE || total.is_some_and(|total| page.saturating_mul(EVENTS_PER_PAGE) >= total)
}

/// One session under watch.
pub(super) struct GithubWatch {
    road: Rc<Road>,
    remote: String,
    /// As of the last look.
    draft: Option<Draft>,
    builder: TurnBuilder,
    /// Turns made of the task's sessions, where there are no events.
    runs: Vec<Turn>,
    /// The first page that may hold something new.
    page: u64,
    total: u64,
    /// What this watch read last. "Not modified" alone says too little: it is about the last reader on the connection.
    task_body: Option<Rc<[u8]>>,
    page_body: Option<Rc<[u8]>>,
}

impl GithubWatch {
    pub(super) fn new(road: Rc<Road>, remote: &str) -> Self {
        Self {
            road,
            remote: remote.to_owned(),
            draft: None,
            builder: TurnBuilder::default(),
            runs: Vec::new(),
            page: 1,
            total: 0,
            task_body: None,
            page_body: None,
        }
    }

    /// The task first and its events after it: when the task has settled, all of its events are there.
    async fn look_at_task(&mut self) -> Result<Draft> {
        let reply = self.road.task_reply(&self.remote, true).await?;
        let mut draft = match &self.draft {
            Some(before) if is_same(self.task_body.as_ref(), &reply.body) => before.clone(),
            _ => self.road.draft(&reply)?,
        };
        let status = draft.facts.status;
        let settled_now = status.is_settled() && self.draft.as_ref().is_none_or(|before| before.facts.status != status);
        let fresh_ms = if settled_now { 0 } else { PULLS_FRESH_MS };
        self.road.complete(std::slice::from_mut(&mut draft), fresh_ms).await;
        self.task_body = Some(reply.body);
        self.draft = Some(draft.clone());
        Ok(draft)
    }

    async fn read_events(&mut self) -> Result<()> {
        for _ in 0..PAGES_PER_LOOK {
            let url = self.road.event_page(&self.remote, self.page)?;
            let reply = self.road.api.get_if_changed(url, Subject::Session).await?;
            if is_same(self.page_body.as_ref(), &reply.body) {
                return Ok(());
            }
            let (events, total) = self.road.events(&reply)?;
            self.page_body = Some(reply.body);
            // Fewer events than there were: the history was written anew, and pages mean something else.
            if total.is_some_and(|total| total < self.total) && self.page > 1 {
                self.page = 1;
                self.total = 0;
                continue;
            }
            self.total = total.unwrap_or_default();
            for event in &events {
                self.builder.apply(event);
            }
            let last = is_last(self.page, events.len(), total);
            if events.len() as u64 >= EVENTS_PER_PAGE {
                self.page += 1;
            }
            if last {
                return Ok(());
            }
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Watch for GithubWatch {
    async fn look(&mut self) -> Result<Look> {
        let draft = self.look_at_task().await?;
        let news = if self.road.api.extras {
            if let Some(run) = draft.runs.first().filter(|run| !run.prompt.is_empty()) {
                self.builder.begin(&run.prompt, run.started_at);
            }
            self.read_events().await?;
            self.builder.settle(draft.facts.status)
        } else {
            let turns: Vec<Turn> = draft.runs.iter().map(turn).collect();
            let before = std::mem::replace(&mut self.runs, turns);
            let new = self.runs.iter().filter(|turn| !before.contains(turn));
            new.map(|turn| News::Turn(turn.id.clone())).collect()
        };
        Ok(Look { facts: draft.facts, news })
    }

    fn turns(&self) -> &[Turn] {
        if self.road.api.extras { self.builder.turns() } else { &self.runs }
    }

    fn questions(&self) -> &[Question] {
        self.builder.questions()
    }

    fn pace(&self) -> Duration {
        let status = self.draft.as_ref().map_or(Status::Queued, |draft| draft.facts.status);
        Duration::from_secs(match status {
            Status::Queued | Status::InProgress | Status::Unknown if self.road.api.extras => 2,
            Status::NeedsInput if self.road.api.extras => 3,
            Status::Queued | Status::InProgress | Status::NeedsInput | Status::Unknown => 5,
            Status::Idle | Status::Completed | Status::Failed | Status::TimedOut | Status::Cancelled => 10,
        })
    }
}

/// All that the documented calls tell of a turn.
fn turn(run: &Run) -> Turn {
    Turn {
        id: run.id.clone(),
        request: Request { text: unmarked(&run.prompt).to_owned() },
        parts: Vec::new(),
        state: run.state,
        started_at: run.started_at,
    }
}
