//! GitHub's agent tasks, and everything that speaks their protocol: the local cloud too.
//!
//! The documented calls create, list and read tasks (REST reference, "agent tasks", version 2026-03-10). A server of the
//! kind `local` has those beyond them that GitHub's own clients use: `events`, `steer`, `archive`, `unarchive`, `pulls`
//! and a settable name.

mod api;
mod changes;
mod diffs;
mod errors;
mod listing;
mod options;
mod pulls;
mod push;
mod questions;
mod repositories;
mod tasks;
mod turns;
mod watch;

use std::future::ready;
use std::rc::Rc;

use futures::future::LocalBoxFuture;

use self::api::Api;
use self::errors::Subject;
use self::pulls::{IDS_PER_CALL, Pulls};
use self::repositories::Names;
use self::tasks::{Draft, mark, marked, shortened};
use self::watch::GithubWatch;
use super::{
    Branches, Capabilities, Found, Later, Limit, Limits, ListQuery, Listing, Provider, ProviderConfig,
    RepositoryChoice, StartOptions, StartRequest, Stream, Unit, Watch,
};
use crate::error::{Error, ErrorCode, Result};
use crate::find::holds;
use crate::host::{Host, Method};
use crate::json::{self, Writer};
use crate::session::{Answer, FileChange, SessionFacts};
use crate::together::together;
use crate::wire::{Reply, Traffic};

/// What GitHub's own clients send at most: 30,000 UTF-16 units less room for their own words.
pub(super) const PROMPT_LIMIT: Limit = Limit { size: 29_950, unit: Unit::Utf16 };
/// The longest name that `PATCH /tasks/{id}` takes, in characters.
const NAME_LIMIT: usize = 100;

/// A connection to GitHub or to a server that speaks its protocol.
pub(super) struct Github {
    road: Rc<Road>,
}

/// What the connection and its watches share.
struct Road {
    api: Api,
    names: Names,
    pulls: Pulls,
}

impl Github {
    /// Opens a connection. Nothing is sent yet.
    pub(super) fn connect(config: &ProviderConfig, id: &str, host: Rc<dyn Host>) -> Result<Self> {
        let api = Api::connect(config, id, host)?;
        Ok(Self { road: Rc::new(Road { api, names: Names::default(), pulls: Pulls::default() }) })
    }
}

impl Road {
    /// Whether a host name is that of the web pages which belong to this API.
    fn is_web_host(&self, host: &str) -> bool {
        let api = self.api.host_name();
        !self.api.extras && (host == "github.com" || host == api || api.strip_prefix("api.") == Some(host))
    }

    fn task_url(&self, remote: &str) -> Result<String> {
        self.api.agents(&["tasks", remote])
    }

    /// A task as the server tells of it, before its names are looked up.
    fn draft(&self, reply: &Reply) -> Result<Box<Draft>> {
        let task = self.api.json(reply)?;
        Draft::read(&task, &|host| self.is_web_host(host)).ok_or_else(|| self.api.strange(reply))
    }

    /// A task with everything that can be looked up.
    fn task<'a>(&'a self, remote: &str, repository: Option<&str>) -> Later<'a, Box<Draft>> {
        let url = match repository {
            Some(repository) => self.api.agents_of(repository, &["tasks", remote]),
            None => self.task_url(remote),
        };
        let asked = self.api.get(url, Subject::Session);
        Box::pin(async move {
            let mut draft = self.draft(&*asked.await?)?;
            self.complete(std::slice::from_mut(&mut *draft), 0).await;
            Ok(draft)
        })
    }

    /// Looks up the repositories' names and the pull requests, those that were not within the last `fresh_ms`.
    fn complete<'a>(&'a self, drafts: &'a mut [Draft], fresh_ms: i64) -> LocalBoxFuture<'a, ()> {
        let now = self.api.host().now();
        let pulls = self.pulls.wanted(drafts, now, fresh_ms);
        let mut work: Vec<LocalBoxFuture<'a, ()>> = Vec::new();
        for id in self.names.wanted(drafts, now) {
            work.push(Box::pin(self.names.ask(&self.api, id)));
        }
        for ids in pulls.chunks(IDS_PER_CALL) {
            work.push(Box::pin(self.pulls.ask(&self.api, ids.to_vec())));
        }
        Box::pin(async move {
            together(work).await;
            for draft in drafts {
                if let (Some(id), None) = (draft.repository_id, &draft.facts.repository) {
                    draft.facts.repository = self.names.name(id);
                }
                self.pulls.fill(draft);
            }
        })
    }

    /// A call on one task beyond the documented ones.
    fn act(&self, method: Method, path: &[&str], body: String, what: &str) -> Later<'_, ()> {
        let url = if self.api.extras { self.api.agents(path) } else { Err(self.api.unsupported(what)) };
        self.write(method, url, body, Subject::Session)
    }

    /// A write whose reply says nothing new.
    fn write(&self, method: Method, url: Result<String>, body: String, subject: Subject) -> Later<'_, ()> {
        let asked = self.api.write(method, url, body, subject);
        Box::pin(async move { asked.await.map(drop) })
    }

    fn steer(&self, remote: &str, kind: &str, content: Option<&str>, what: &str) -> Later<'_, ()> {
        let body = json::object(&|out: &mut Writer| {
            out.text("type", kind);
            if let Some(content) = content {
                out.text("content", content);
            }
        });
        self.act(Method::Post, &["tasks", remote, "steer"], body, what)
    }

    /// Gives a new task the title that the person chose. The task runs under its own name when that fails.
    async fn rename(&self, draft: &mut Draft, title: &str) {
        let name = shortened(title.trim(), NAME_LIMIT);
        if name.is_empty() {
            return;
        }
        let body = json::object(&|out: &mut Writer| out.text("name", name));
        if self.act(Method::Patch, &["tasks", &draft.remote], body, "name a session").await.is_ok() {
            name.clone_into(&mut draft.facts.title);
        }
    }

    /// The body of a call that starts a session.
    fn start_body(&self, request: &StartRequest, marker: &str) -> Result<String> {
        let prompt = marked(self.sendable(&request.prompt, "prompt")?, marker);
        Ok(json::object(&|out: &mut Writer| {
            out.text("prompt", &prompt);
            // Left out, it is documented as `false` and seen to be `true`: it is always said.
            out.flag("create_pull_request", request.create_pull_request);
            for (name, value) in [
                ("model", &request.model),
                ("custom_agent", &request.agent),
                ("base_ref", &request.base_ref),
                ("head_ref", &request.head_ref),
            ] {
                let value = value.as_deref().unwrap_or_default().trim();
                if !value.is_empty() {
                    out.text(name, value);
                }
            }
        }))
    }

    /// A session's repository, unless it has no name that this connection may see.
    fn repository_of<'a>(&self, facts: &'a SessionFacts) -> Result<&'a str> {
        facts.repository.as_deref().ok_or_else(|| {
            self.api
                .fail(ErrorCode::NotFound, "The session's repository could not be looked up.")
                .with_hint("Check that the token was given access to the repository, then refresh.")
        })
    }

    /// A text that can be sent as a prompt or a message.
    fn sendable<'a>(&self, text: &'a str, what: &str) -> Result<&'a str> {
        let text = text.trim();
        if text.is_empty() {
            return Err(self
                .api
                .fail(ErrorCode::Invalid, format!("The {what} is empty."))
                .with_hint("Say what is to be done."));
        }
        let (size, most) = (PROMPT_LIMIT.unit.measure(text), PROMPT_LIMIT.size);
        if size > most {
            let message = format!("The {what} has {size} characters; {most} are taken.");
            return Err(self.api.fail(ErrorCode::TooLarge, message).with_hint("Make it shorter."));
        }
        Ok(text)
    }
}

impl Provider for Github {
    fn capabilities(&self) -> Capabilities {
        let extras = self.road.api.extras;
        Capabilities {
            follow_up: extras,
            steer: extras,
            answer: extras,
            cancel: extras,
            archive: extras,
            create_pull_request: extras,
            push: true,
            attach_diff: false,
            attach_files: false,
            images: false,
            stream: Stream::Poll,
        }
    }

    fn limits(&self) -> Limits {
        Limits { prompt: PROMPT_LIMIT }
    }

    fn road(&self) -> Option<String> {
        let road = match self.road.api.closed_to_pages() {
            false => "agent tasks",
            true => "agent tasks, which GitHub keeps from web pages at this address",
        };
        Some(road.to_owned())
    }

    fn traffic(&self) -> Traffic {
        self.road.api.traffic()
    }

    fn repositories<'a>(&'a self) -> Later<'a, Vec<RepositoryChoice>> {
        Box::pin(repositories::offered(&self.road.api))
    }

    fn options<'a>(&'a self, repository: &'a str) -> Later<'a, StartOptions> {
        Box::pin(options::read(&self.road.api, repository))
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> Later<'a, Listing> {
        Box::pin(self.road.list(query))
    }

    fn get<'a>(&'a self, remote: &'a str, repository: Option<&'a str>) -> Later<'a, SessionFacts> {
        let asked = self.road.task(remote, repository);
        Box::pin(async move { Ok(asked.await?.facts) })
    }

    fn watch(&self, remote: &str) -> Box<dyn Watch> {
        Box::new(GithubWatch::new(self.road.clone(), remote))
    }

    fn changes<'a>(&'a self, remote: &'a str) -> Later<'a, Vec<FileChange>> {
        Box::pin(self.road.changes(remote))
    }

    fn start<'a>(&'a self, request: &'a StartRequest, marker: &'a str) -> Later<'a, Found> {
        Box::pin(async move {
            let api = &self.road.api;
            let url = api.agents_of(&request.repository, &["tasks"])?;
            let body = self.road.start_body(request, marker)?;
            let reply = api.write(Method::Post, Ok(url), body, Subject::Tasks).await?;
            let mut draft = self.road.draft(&reply)?;
            if let (Some(title), true) = (&request.title, api.extras) {
                self.road.rename(&mut draft, title).await;
            }
            draft.facts.repository = Some(request.repository.clone());
            if let Some(id) = draft.repository_id {
                self.road.names.learn(id, &request.repository);
            }
            Ok(Found::from(*draft))
        })
    }

    fn has_start<'a>(&'a self, remote: &'a str, marker: &'a str) -> Later<'a, bool> {
        Box::pin(async move {
            let reply = self.road.api.get(self.road.task_url(remote), Subject::Session).await?;
            let draft = self.road.draft(&reply)?;
            // A fresh task has no sessions yet, and the prompt is theirs.
            if draft.runs.iter().all(|run| run.prompt.is_empty()) && !draft.facts.status.is_settled() {
                return Err(self.road.api.fail(ErrorCode::Conflict, "The task does not show its prompt yet."));
            }
            let mark = mark(marker);
            Ok(draft.runs.iter().any(|run| holds(&run.prompt, &mark)))
        })
    }

    fn send<'a>(&'a self, remote: &'a str, message: &'a str, marker: &'a str) -> Later<'a, ()> {
        match self.road.sendable(message, "message") {
            Ok(message) => self.road.steer(remote, "user_message", Some(&marked(message, marker)), "take messages"),
            Err(error) => refused(error),
        }
    }

    fn has_message<'a>(&'a self, remote: &'a str, marker: &'a str) -> Later<'a, bool> {
        Box::pin(self.road.has_message(remote, marker))
    }

    fn answer<'a>(&'a self, remote: &'a str, answer: &'a Answer) -> Later<'a, ()> {
        match questions::steer(answer) {
            Some((kind, content)) => self.road.steer(remote, kind, Some(&content), "take answers"),
            None => refused(
                self.road
                    .api
                    .fail(ErrorCode::Invalid, "The answer is empty.")
                    .with_hint("Choose one of the answers or write one."),
            ),
        }
    }

    fn cancel<'a>(&'a self, remote: &'a str) -> Later<'a, ()> {
        self.road.steer(remote, "abort", None, "stop a session")
    }

    fn set_archived<'a>(&'a self, remote: &'a str, archived: bool) -> Later<'a, ()> {
        let action = if archived { "archive" } else { "unarchive" };
        self.road.act(Method::Post, &["tasks", remote, action], "{}".to_owned(), "put sessions away")
    }

    fn create_pull_request<'a>(&'a self, remote: &'a str) -> Later<'a, ()> {
        Box::pin(async move {
            if !self.road.api.extras {
                return Err(self.road.api.unsupported("open a pull request from a session"));
            }
            let draft = self.road.task(remote, None).await?;
            let repository = self.road.repository_of(&draft.facts)?;
            let url = self.road.api.agents_of(repository, &["tasks", remote, "pulls"]);
            self.road.write(Method::Post, url, "{}".to_owned(), Subject::PullRequest).await
        })
    }

    fn branches(&self) -> Option<&dyn Branches> {
        Some(&*self.road)
    }
}

/// What is wrong before anything is sent.
fn refused<'a>(error: Error) -> Later<'a, ()> {
    Box::pin(ready(Err(error)))
}
