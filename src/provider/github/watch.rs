//! Looking at one session again and again. GitHub pushes nothing: its own clients ask every two seconds as
//! well.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::Road;
use super::errors::Subject;
use super::tasks::{Draft, mark};
use super::turns::TurnBuilder;
use crate::error::Result;
use crate::find::holds;
use crate::json::{text, within};
use crate::provider::{Look, Watch};
use crate::session::{Question, Status, Turn};
use crate::wire::Reply;
use crate::wire::address::push_query;

const EVENTS_PER_PAGE: u64 = 100;
/// A look ends after that many pages, and the next one goes on: a history without end must not hold the tab.
const PAGES_PER_LOOK: usize = 100;
/// A message is looked for in that many pages at most.
const PAGES_PER_SEARCH: u64 = 1000;
/// Who has just begun to watch waits for something to happen: that many looks are a second apart.
const EAGER_LOOKS: u8 = 5;
/// Pull requests change without their task; while a session is watched they are asked for this often.
const PULLS_FRESH_MS: i64 = 30_000;

impl Road {
    pub(super) fn event_page(&self, remote: &str, page: u64) -> Result<String> {
        let mut url = self.api.agents(&["tasks", remote, "events"])?;
        push_query(&mut url, "page", &page.to_string());
        push_query(&mut url, "per_page", &EVENTS_PER_PAGE.to_string());
        Ok(url)
    }

    /// A page of events, and whether it is the last.
    fn events(&self, reply: &Reply, page: u64) -> Result<Events> {
        let (events, total) = self.api.items(reply, Some("events"))?;
        let is_last = (events.len() as u64) < EVENTS_PER_PAGE
            || total.is_some_and(|total| page >= total.div_ceil(EVENTS_PER_PAGE));
        Ok(Events { events, total, is_last })
    }

    /// Whether the person sent a message with that marker.
    pub(super) async fn has_message(&self, remote: &str, marker: &str) -> Result<bool> {
        if !self.api.extras {
            return Err(self.api.unsupported("take messages"));
        }
        let mark = mark(marker);
        for page in 1..=PAGES_PER_SEARCH {
            let reply = self.api.get(self.event_page(remote, page), Subject::Session).await?;
            let Events { events, is_last, .. } = self.events(&reply, page)?;
            for event in &events {
                if text(event, "type") == Some("user.message")
                    && within(event, &["data", "content"])
                        .and_then(Value::as_str)
                        .is_some_and(|text| holds(text, &mark))
                {
                    return Ok(true);
                }
            }
            if is_last {
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

/// A page of a session's history.
struct Events {
    events: Vec<Value>,
    /// How many there are on all pages.
    total: Option<u64>,
    is_last: bool,
}

/// One session under watch.
pub(super) struct GithubWatch {
    road: Rc<Road>,
    remote: String,
    /// As of the last look, or `queued` before there was one.
    status: Status,
    /// How often it was looked at, as far as that matters.
    looks: u8,
    /// What the last look made of the task's body.
    draft: Option<Box<Draft>>,
    builder: TurnBuilder,
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
            status: Status::Queued,
            looks: 0,
            draft: None,
            builder: TurnBuilder::default(),
            page: 1,
            total: 0,
            task_body: None,
            page_body: None,
        }
    }

    /// The task as the reply tells of it, and how fresh its pull requests have to be.
    fn take_task(&mut self, reply: &Reply) -> Result<(Box<Draft>, i64)> {
        let draft = match self.draft.take() {
            Some(before) if is_same(self.task_body.as_ref(), &reply.body) => before,
            _ => self.road.draft(reply)?,
        };
        self.task_body = Some(reply.body.clone());
        let settled_now = draft.facts.status.is_settled() && self.status != draft.facts.status;
        Ok((draft, if settled_now { 0 } else { PULLS_FRESH_MS }))
    }

    /// What came of a look at the task and its events.
    fn tell(&mut self, draft: Box<Draft>) -> Look {
        let news = match self.road.api.extras {
            true => self.builder.settle(draft.facts.status),
            false => self.builder.replace(&draft.runs),
        };
        let facts = draft.facts.clone();
        self.draft = Some(draft);
        Look { facts, news }
    }

    /// Takes the events of a page; tells whether there is no more to read for now.
    fn take_events(&mut self, reply: &Reply) -> Result<bool> {
        if is_same(self.page_body.as_ref(), &reply.body) {
            return Ok(true);
        }
        let Events { events, total, is_last } = self.road.events(reply, self.page)?;
        self.page_body = Some(reply.body.clone());
        // Fewer events than there were: the history was written anew, and pages mean something else.
        if total.is_some_and(|total| total < self.total) && self.page > 1 {
            self.page = 1;
            self.total = 0;
            return Ok(false);
        }
        self.total = total.unwrap_or_default();
        for event in &events {
            self.builder.apply(event);
        }
        if events.len() as u64 >= EVENTS_PER_PAGE {
            self.page += 1;
        }
        Ok(is_last)
    }
}

#[async_trait(?Send)]
impl Watch for GithubWatch {
    async fn look(&mut self) -> Result<Look> {
        let road = self.road.clone();
        self.looks = self.looks.saturating_add(1);
        // The task first and its events after it: when the task has settled, all of its events are there.
        let reply = road.api.get_if_changed(road.task_url(&self.remote), Subject::Session).await?;
        let (mut draft, fresh_ms) = self.take_task(&reply)?;
        road.complete(std::slice::from_mut(&mut *draft), fresh_ms).await;
        self.status = draft.facts.status;
        if road.api.extras {
            if let Some(run) = draft.runs.first().filter(|run| !run.prompt.is_empty()) {
                self.builder.begin(&run.prompt, run.started_at);
            }
            for _ in 0..PAGES_PER_LOOK {
                let url = road.event_page(&self.remote, self.page);
                let reply = road.api.get_if_changed(url, Subject::Session).await?;
                if self.take_events(&reply)? {
                    break;
                }
            }
        }
        Ok(self.tell(draft))
    }

    fn turns(&self) -> &[Turn] {
        self.builder.turns()
    }

    fn questions(&self) -> &[Question] {
        self.builder.questions()
    }

    fn pace(&self) -> Duration {
        Duration::from_secs(match self.status {
            Status::Queued | Status::InProgress | Status::Unknown if self.road.api.extras => {
                if self.looks < EAGER_LOOKS { 1 } else { 2 }
            }
            Status::NeedsInput if self.road.api.extras => 3,
            Status::Queued | Status::InProgress | Status::NeedsInput | Status::Unknown => 5,
            Status::Idle | Status::Completed | Status::Failed | Status::TimedOut | Status::Cancelled => 10,
        })
    }
}
