//! GitHub's REST conventions over one connection: addresses, headers, refusals turned into errors.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::errors::{self, Subject};
use crate::error::{Error, ErrorCode, Result};
use crate::host::{Host, Method};
use crate::provider::ProviderConfig;
use crate::session::Kind;
use crate::wire::address::{page, push_segment, split_query, with_page};
use crate::wire::{Ask, Client, Reply, Traffic, next_page};

/// Where GitHub's API lives unless the connection says otherwise.
const GITHUB: &str = "https://api.github.com";
/// The version of the REST API whose documents this provider follows.
const VERSION: &str = "2026-03-10";
/// GitHub's own media type, and the one under which its OpenAPI description files the same replies.
const JSON: &str = "application/vnd.github+json, application/json";
/// The file itself instead of a JSON object with its base64 form.
const RAW: &str = "application/vnd.github.raw+json";

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
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if extras => {
                return Err(Error::invalid("A local cloud needs its address.")
                    .with_hint("Give baseUrl, such as http://127.0.0.1:4180/api.")
                    .on(id));
            }
            None => GITHUB.to_owned(),
        };
        let agents = match config.agents_url.as_deref().map(str::trim).filter(|url| !url.is_empty()) {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("{base}/agents"),
        };
        let client = Client::new(host, id, &[&base, &agents])?;
        let read = |text: &str| client.host().web_address(text, None);
        let host_name = read(&base).and_then(|base| Some(base.origin.split_once("://")?.1.to_owned()));
        let path = |text: String| {
            let href = read(&text).map_or(text, |address| address.href);
            split_query(&href).0.trim_end_matches('/').to_owned()
        };
        Ok(Self {
            base: path(base),
            agents: path(agents),
            host_name: host_name.unwrap_or_default(),
            client,
            connection: id.to_owned(),
            extras,
            closed_to_pages: Cell::new(false),
        })
    }

    /// An address of the REST API.
    pub(super) fn rest(&self, segments: &[&str]) -> Result<String> {
        self.join(&self.base, segments)
    }

    /// An address of the agent tasks.
    pub(super) fn agents(&self, segments: &[&str]) -> Result<String> {
        self.join(&self.agents, segments)
    }

    /// Every segment becomes exactly one segment: what servers and people put into it cannot lead elsewhere.
    fn join(&self, base: &str, segments: &[&str]) -> Result<String> {
        let mut url = base.to_owned();
        for segment in segments {
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
    pub(super) async fn get(&self, url: String, subject: Subject) -> Result<Reply> {
        self.send(Ask::get(url), JSON, subject).await
    }

    /// Like [`Api::get`], for an address that is read again and again.
    pub(super) async fn get_if_changed(&self, url: String, subject: Subject) -> Result<Reply> {
        self.send(Ask::get(url).conditional(), JSON, subject).await
    }

    /// Reads a file as it is.
    pub(super) async fn get_raw(&self, url: String, subject: Subject) -> Result<Reply> {
        self.send(Ask::get(url), RAW, subject).await
    }

    /// Changes something; never sent twice.
    pub(super) async fn write(&self, method: Method, url: String, json: String, subject: Subject) -> Result<Reply> {
        self.send(Ask::write(method, url, Some(json)), JSON, subject).await
    }

    /// A GraphQL query.
    pub(super) async fn graphql(&self, json: String) -> Result<Reply> {
        let url = self.rest(&["graphql"])?;
        self.send(Ask::query(url, json), JSON, Subject::PullRequest).await
    }

    /// Reads the reply's JSON.
    pub(super) fn json(&self, reply: &Reply) -> Result<Value> {
        reply.json().map_err(|error| error.on(&self.connection))
    }

    /// Reads a reply that is an array, or an object with one of that name. An answer without it says nothing: it must
    /// not pass for an empty list.
    pub(super) fn array(&self, reply: &Reply, name: Option<&str>) -> Result<Vec<Value>> {
        let mut answer = self.json(reply)?;
        let array = match name {
            Some(name) => answer.get_mut(name).map(Value::take),
            None => Some(answer),
        };
        match array {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(self.strange(reply)),
        }
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

    async fn send(&self, ask: Ask, accept: &'static str, subject: Subject) -> Result<Reply> {
        let ask = ask.header("accept", accept).header("x-github-api-version", VERSION);
        match self.client.send(ask).await {
            Ok(reply) => {
                if subject.is_agents() {
                    self.closed_to_pages.set(false);
                }
                if reply.is_success() {
                    return Ok(reply);
                }
                Err(errors::refusal(&reply, subject, self.extras, self.until_reset()).on(&self.connection))
            }
            // A reply that broke off was readable, and the local cloud is its own page's server: neither is CORS.
            Err(error)
                if error.code == ErrorCode::Network
                    && error.status.is_none()
                    && subject.is_agents()
                    && !self.extras =>
            {
                Err(self.explain(error).await)
            }
            Err(error) => Err(error),
        }
    }

    /// How long the exhausted hourly budget lasts.
    fn until_reset(&self) -> Option<Duration> {
        let budget = self.client.budget().filter(|budget| budget.remaining == 0)?;
        let wait = budget.resets_at.0.saturating_sub(self.client.host().now().0);
        u64::try_from(wait).ok().map(Duration::from_millis)
    }

    /// Agent tasks could not be read. Where the rest of the API can, it is not the network: `api.github.com/agents/*`
    /// leaves CORS headers out of authenticated replies, so that a browser receives them and hands out nothing.
    async fn explain(&self, error: Error) -> Error {
        let Ok(url) = self.rest(&["rate_limit"]) else { return error };
        let probe = Ask::get(url).within(Duration::from_secs(10)).header("accept", JSON);
        if self.client.send(probe).await.is_err() {
            return error;
        }
        self.closed_to_pages.set(true);
        self.fail(ErrorCode::Network, "GitHub does not let web pages read agent tasks at this address.").with_hint(
            "Set agentsUrl to an address that web pages may read, such as https://api.githubcopilot.com/agents, \
             or connect from a host that is no web page.",
        )
    }
}
