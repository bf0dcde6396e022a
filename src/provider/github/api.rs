//! GitHub's REST conventions over one connection: addresses, headers, refusals turned into errors.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::errors::{self, Subject};
use super::tasks::split_repository;
use crate::error::{Error, ErrorCode, Result};
use crate::find::around;
use crate::host::{Host, Method};
use crate::json::{string, whole};
use crate::provider::{Later, ProviderConfig};
use crate::session::Kind;
use crate::wire::address::{page, push_query, push_segment, split_query, with_page};
use crate::wire::{Ask, Client, Reply, Traffic, next_page};

/// Where GitHub's API lives unless the connection says otherwise.
const GITHUB: &str = "https://api.github.com";
/// The version of the REST API whose documents this provider follows.
const VERSION: &str = "2026-03-10";
/// GitHub's own media type, and the one under which its OpenAPI description files the same replies.
const JSON: &str = "application/vnd.github+json, application/json";
/// The file itself instead of a JSON object with its base64 form.
const RAW: &str = "application/vnd.github.raw+json";

/// A list to read.
#[derive(Debug)]
pub(super) struct List {
    /// Where it begins.
    pub(super) url: Result<String>,
    /// The field that holds the items, where the answer is not the array itself.
    pub(super) field: Option<&'static str>,
    /// At most so many pages.
    pub(super) pages: usize,
    pub(super) subject: Subject,
    /// The list is ordered by the latest change: when its first page has not changed since it was read last, nothing
    /// else has either.
    pub(super) conditional: bool,
}

/// An address of a list, in pages as large as GitHub makes them.
pub(super) fn in_pages(url: Result<String>) -> Result<String> {
    let mut url = url?;
    push_query(&mut url, "per_page", "100");
    Ok(url)
}

/// How far a list was read.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Nothing changed since it was read last.
    pub(super) not_modified: bool,
    /// There is no further page.
    pub(super) complete: bool,
}

/// What is asked of an address.
enum How {
    Read,
    ReadIfChanged,
    ReadRaw,
    Query(String),
    Write(Method, String),
}

impl How {
    fn ask(self, url: String) -> Ask {
        let accept = if matches!(self, Self::ReadRaw) { RAW } else { JSON };
        let ask = match self {
            Self::Read | Self::ReadRaw => Ask::get(url),
            Self::ReadIfChanged => Ask::get(url).conditional(),
            Self::Query(json) => Ask::query(url, json),
            Self::Write(method, json) => Ask::write(method, url, Some(json)),
        };
        ask.header("accept", accept).header("x-github-api-version", VERSION)
    }
}

/// The way to one connection's servers.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    connection: String,
    base: String,
    agents: String,
    /// Host name and port of the REST API.
    host_name: String,
    /// The server has the calls beyond the documented five: events, steer, archive, pulls, and a settable name.
    pub(super) extras: bool,
    /// The server answers, but keeps the agent tasks from web pages.
    closed_to_pages: Cell<bool>,
}

impl Api {
    pub(super) fn connect(config: &ProviderConfig, id: &str, host: Rc<dyn Host>) -> Result<Self> {
        let extras = config.kind == Kind::Local;
        let base = match config.base_url.as_deref().map(str::trim).filter(|url| !url.is_empty()) {
            Some(url) => url.to_owned(),
            None if extras => {
                return Err(Error::invalid("A local cloud needs its address.")
                    .with_hint("Give baseUrl, such as http://127.0.0.1:4180/api.")
                    .on(id));
            }
            None => GITHUB.to_owned(),
        };
        let agents = config.agents_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
        let client = Client::new(host, id, &[&base, agents.unwrap_or(&base)])?;
        let read = |text: &str| client.host().web_address(text, None);
        let host_name = read(&base).and_then(|base| Some(around(&base.origin, "://")?.1.to_owned()));
        let path = |text: &str| {
            let href = read(text).map_or_else(|| text.to_owned(), |address| address.href);
            split_query(&href).0.trim_end_matches('/').to_owned()
        };
        let base = path(&base);
        Ok(Self {
            agents: agents.map_or_else(|| format!("{base}/agents"), path),
            base,
            host_name: host_name.unwrap_or_default(),
            client,
            connection: id.to_owned(),
            extras,
            closed_to_pages: Cell::new(false),
        })
    }

    /// An address of the REST API.
    pub(super) fn rest(&self, path: &[&str]) -> Result<String> {
        self.join(self.base.clone(), path)
    }

    /// An address of the REST API, within a repository.
    pub(super) fn rest_of(&self, repository: &str, path: &[&str]) -> Result<String> {
        self.join(self.repository(&self.base, repository)?, path)
    }

    /// An address of the agent tasks.
    pub(super) fn agents(&self, path: &[&str]) -> Result<String> {
        self.join(self.agents.clone(), path)
    }

    /// An address of the agent tasks, within a repository.
    pub(super) fn agents_of(&self, repository: &str, path: &[&str]) -> Result<String> {
        self.join(self.repository(&self.agents, repository)?, path)
    }

    fn repository(&self, base: &str, repository: &str) -> Result<String> {
        let (owner, name) = split_repository(repository).ok_or_else(|| {
            Error::invalid(format!("“{repository}” does not name a repository."))
                .with_hint("Write it as owner/name, such as octocat/hello-world.")
        })?;
        self.join(base.to_owned(), &["repos", owner, name])
    }

    /// Every segment becomes exactly one segment: what servers and people put into it cannot lead elsewhere.
    fn join(&self, mut url: String, path: &[&str]) -> Result<String> {
        for segment in path {
            if matches!(*segment, "" | "." | "..") {
                return Err(self.fail(ErrorCode::Invalid, "A name or an id is empty or no name at all."));
            }
            push_segment(&mut url, segment);
        }
        Ok(url)
    }

    /// The page after this one. A proxy may pass on links of the server behind it: of those only the page's number is
    /// taken, so that nothing is sent elsewhere.
    pub(super) fn next(&self, current: &str, reply: &Reply) -> Option<String> {
        let link = self.host().web_address(&next_page(reply.link.as_deref()?)?, Some(current))?;
        if self.host().web_address(current, None)?.origin == link.origin {
            return Some(link.href);
        }
        Some(with_page(current, page(&link.href)?))
    }

    /// Host name and port of the REST API.
    pub(super) fn host_name(&self) -> &str {
        &self.host_name
    }

    pub(super) fn host(&self) -> &Rc<dyn Host> {
        self.client.host()
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.client.traffic()
    }

    pub(super) fn closed_to_pages(&self) -> bool {
        self.closed_to_pages.get()
    }

    /// Reads JSON of GitHub's own media type.
    pub(super) fn get(&self, url: Result<String>, subject: Subject) -> Later<'_, Rc<Reply>> {
        self.send(url, How::Read, subject)
    }

    /// Like [`Api::get`], for an address that is read again and again.
    pub(super) fn get_if_changed(&self, url: Result<String>, subject: Subject) -> Later<'_, Rc<Reply>> {
        self.send(url, How::ReadIfChanged, subject)
    }

    /// Reads a file as it is.
    pub(super) fn get_raw(&self, url: Result<String>, subject: Subject) -> Later<'_, Rc<Reply>> {
        self.send(url, How::ReadRaw, subject)
    }

    /// Changes something; never sent twice.
    pub(super) fn write(
        &self,
        method: Method,
        url: Result<String>,
        json: String,
        subject: Subject,
    ) -> Later<'_, Rc<Reply>> {
        self.send(url, How::Write(method, json), subject)
    }

    /// A GraphQL query.
    pub(super) fn graphql(&self, json: String) -> Later<'_, Rc<Reply>> {
        self.send(self.rest(&["graphql"]), How::Query(json), Subject::PullRequest)
    }

    /// Reads a list page by page and hands every item to `each`.
    pub(super) fn list<'a>(&'a self, list: List, each: &'a mut dyn FnMut(&Value)) -> Later<'a, Listed> {
        Box::pin(async move {
            let List { url, field, pages, subject, conditional } = list;
            let mut url = url?;
            let mut visited = Vec::new();
            loop {
                let reply = match conditional && visited.is_empty() {
                    true => self.get_if_changed(Ok(url.clone()), subject),
                    false => self.get(Ok(url.clone()), subject),
                };
                let reply = reply.await?;
                for item in &self.items(&reply, field)?.0 {
                    each(item);
                }
                let following = self.next(&url, &reply);
                visited.push(url);
                let following = following.filter(|url| !visited.contains(url));
                match following {
                    Some(following) if !reply.not_modified && visited.len() < pages => url = following,
                    following => {
                        return Ok(Listed { not_modified: reply.not_modified, complete: following.is_none() });
                    }
                }
            }
        })
    }

    /// The items of a reply, and what it says of their number on all pages. An answer without items says nothing: it must
    /// not pass for an empty list.
    pub(super) fn items(&self, reply: &Reply, field: Option<&str>) -> Result<(Vec<Value>, Option<u64>)> {
        let mut answer = self.json(reply)?;
        let total = whole(&answer, "total");
        let items = match field {
            Some(name) => answer.get_mut(name).map(Value::take).unwrap_or_default(),
            None => answer,
        };
        match items {
            Value::Array(items) => Ok((items, total)),
            _ => Err(self.strange(reply)),
        }
    }

    /// The branch that a repository has when none is said.
    pub(super) fn default_branch(&self, repository: &str) -> Later<'_, String> {
        let asked = self.get(self.rest_of(repository, &[]), Subject::Repository);
        Box::pin(async move { Ok(string(&self.json(&*asked.await?)?, "default_branch").unwrap_or_default()) })
    }

    /// Reads the reply's JSON.
    pub(super) fn json(&self, reply: &Reply) -> Result<Value> {
        reply.json().map_err(|error| error.on(&self.connection))
    }

    /// The reply is JSON, but not what was asked for.
    pub(super) fn strange(&self, reply: &Reply) -> Error {
        let message = "The server's answer is not what was asked for.";
        let error = match reply.is_of_write() {
            true => self.fail(ErrorCode::UnreadableReply, message),
            false => self
                .fail(ErrorCode::Provider, message)
                .with_hint("Check the connection's address: it may belong to another service."),
        };
        error.with_reply(reply.status, reply.request_id.clone())
    }

    pub(super) fn fail(&self, code: ErrorCode, message: impl Into<String>) -> Error {
        Error::new(code, message).on(&self.connection)
    }

    /// A call that this connection does not have.
    pub(super) fn unsupported(&self, what: &str) -> Error {
        self.fail(ErrorCode::Unsupported, format!("GitHub's documented API cannot {what}."))
            .with_hint("Open the session on GitHub by its link and do it there.")
    }

    /// The one place where anything is waited for: all that is larger than a pointer stays in here.
    fn send(&self, url: Result<String>, how: How, subject: Subject) -> Later<'_, Rc<Reply>> {
        Box::pin(async move {
            let error = match self.client.send(how.ask(url?)).await {
                Ok(reply) => return self.judge(reply, subject),
                Err(error) => error,
            };
            // A reply that broke off was readable, and the local cloud is its own page's server: neither is CORS.
            if error.code != ErrorCode::Network || error.status.is_some() || !subject.is_agents() || self.extras {
                return Err(error);
            }
            // Where the rest of the API can be read, it is not the network: `api.github.com/agents/*` leaves CORS headers
            // out of authenticated replies, so that a browser receives them and hands out nothing.
            let Ok(url) = self.rest(&["rate_limit"]) else { return Err(error) };
            let probe = Ask::get(url).within(Duration::from_secs(10)).header("accept", JSON);
            Err(if self.client.send(probe).await.is_ok() { self.closed() } else { error })
        })
    }

    fn judge(&self, reply: Reply, subject: Subject) -> Result<Rc<Reply>> {
        if subject.is_agents() {
            self.closed_to_pages.set(false);
        }
        if reply.is_success() {
            return Ok(Rc::new(reply));
        }
        Err(errors::refusal(&reply, subject, self.extras, self.until_reset()).on(&self.connection))
    }

    fn closed(&self) -> Error {
        self.closed_to_pages.set(true);
        self.fail(ErrorCode::Network, "GitHub does not let web pages read agent tasks at this address.").with_hint(
            "Give the connection an address of agent tasks (agentsUrl) that web pages may read, such as https://api.githubcopilot.com/agents, \
             or connect from a host that is no web page.",
        )
    }

    /// How long the exhausted hourly budget lasts.
    fn until_reset(&self) -> Option<Duration> {
        let budget = self.client.budget().filter(|budget| budget.remaining == 0)?;
        let wait = budget.resets_at.0.saturating_sub(self.client.host().now().0);
        u64::try_from(wait).ok().map(Duration::from_millis)
    }
}
