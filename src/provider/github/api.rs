//! GitHub's REST conventions over one connection: addresses, headers, refusals turned into errors.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::errors::{self, Subject};
use crate::error::{Error, ErrorCode, Result};
use crate::host::{Host, Method};
use crate::provider::ProviderConfig;
use crate::session::Kind;
use crate::wire::{Ask, Client, Reply, Traffic};

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
    base: Url,
    agents: Url,
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
        let read = |text: &str| {
            let mut url =
                Url::parse(text).map_err(|_| Error::invalid(format!("“{text}” is no web address.")).on(id))?;
            url.set_query(None);
            url.set_fragment(None);
            Ok::<_, Error>(url)
        };
        Ok(Self {
            client,
            connection: id.to_owned(),
            base: read(&base)?,
            agents: read(&agents)?,
            extras,
            closed_to_pages: Cell::new(false),
        })
    }

    /// An address of the REST API.
    pub(super) fn rest(&self, segments: &[&str]) -> Result<Url> {
        self.join(&self.base, segments)
    }

    /// An address of the agent tasks.
    pub(super) fn agents(&self, segments: &[&str]) -> Result<Url> {
        self.join(&self.agents, segments)
    }

    /// Every segment becomes exactly one segment: what servers and people put into it cannot lead elsewhere.
    fn join(&self, base: &Url, segments: &[&str]) -> Result<Url> {
        let mut url = base.clone();
        let sound = segments.iter().all(|segment| !matches!(*segment, "" | "." | ".."));
        match url.path_segments_mut() {
            Ok(mut path) if sound => {
                path.pop_if_empty().extend(segments);
            }
            _ => return Err(self.fail(ErrorCode::Invalid, "A name or an id is empty or no name at all.")),
        }
        Ok(url)
    }

    /// The host name of the REST API.
    pub(super) fn host_name(&self) -> Option<&str> {
        self.base.host_str()
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
    pub(super) async fn get(&self, url: Url, subject: Subject) -> Result<Reply> {
        self.send(Ask::get(url), JSON, subject).await
    }

    /// Like [`Api::get`], for an address that is read again and again.
    pub(super) async fn get_if_changed(&self, url: Url, subject: Subject) -> Result<Reply> {
        self.send(Ask::get(url).conditional(), JSON, subject).await
    }

    /// Reads a file as it is.
    pub(super) async fn get_raw(&self, url: Url, subject: Subject) -> Result<Reply> {
        self.send(Ask::get(url), RAW, subject).await
    }

    /// Changes something; never sent twice.
    pub(super) async fn write(&self, method: Method, url: Url, json: String, subject: Subject) -> Result<Reply> {
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
        Error { status: Some(reply.status), request_id: reply.request_id.clone(), ..error }
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
            Err(error) if error.code == ErrorCode::Network && subject.is_agents() => Err(self.explain(error).await),
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
