//! What a provider is to the hub: its protocol and nothing else.
//!
//! A provider is added by one file (or folder) here, one line in [`connect`], and its own table of [`Capabilities`].

mod github;
mod write;

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::LocalBoxFuture;
use serde_json::Value;

use crate::error::{Error, ErrorCode, Result};
pub use crate::handoff::{BaseFile, PushedContent, PushedFile};
pub use crate::handoff::{Limit, Unit};
use crate::host::Host;
use crate::json;
use crate::session::{Answer, FileChange, Kind, Question, SessionFacts, Turn};
use crate::wire::Traffic;

/// One configured provider. Its token is not here: it is asked of the host each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderConfig {
    /// The protocol.
    pub kind: Kind,
    /// Names the connection; the kind unless said.
    pub id: Option<String>,
    /// What a person reads.
    pub label: Option<String>,
    /// Where the API lives.
    pub base_url: Option<String>,
    /// Where the agent-tasks paths live when that is not `{base_url}/agents`.
    pub agents_url: Option<String>,
    /// A relay named for this connection.
    pub relay_url: Option<String>,
}

/// What a connection can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// A message to a settled session.
    pub follow_up: bool,
    /// A message to a running session.
    pub steer: bool,
    /// An answer to a question.
    pub answer: bool,
    /// Ending a running session.
    pub cancel: bool,
    /// Putting a session away.
    pub archive: bool,
    /// Opening a pull request from a session's branch.
    pub create_pull_request: bool,
    /// Committing changes to a branch of their own before a start.
    pub push: bool,
    /// Taking a patch with the prompt.
    pub attach_diff: bool,
    /// Taking files with the prompt.
    pub attach_files: bool,
    /// Taking images with the prompt.
    pub images: bool,
    /// How news arrive.
    pub stream: Stream,
}

/// How news of a session arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// By asking again and again.
    Poll,
    /// Server-sent events.
    Sse,
    /// A WebSocket.
    Websocket,
}

/// Changes that become a branch of their own before a session starts from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The branch to be made, with a name that nobody else makes.
    pub branch: String,
    /// The commit that the changes were made from; the repository must have it.
    pub base_commit: String,
    /// That commit's tree.
    pub base_tree: String,
    /// The commit's message.
    pub message: String,
    /// What is different in it.
    pub files: Vec<PushedFile>,
    /// How many secrets were found in them.
    pub secrets: usize,
    /// The person wants them pushed all the same.
    pub secrets_confirmed: bool,
    /// The commit, once it is there.
    pub commit: Option<String>,
}

/// Where changes begin: a commit, and of its files those that were asked for and are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// The commit's id.
    pub commit: String,
    /// Its tree's.
    pub tree: String,
    /// In the order in which they were asked for.
    pub files: Vec<BaseFile>,
}

/// How much a provider takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The prompt of a start or a message, the outbox's marker not counted.
    pub prompt: Limit,
}

/// Whether a connection works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// As far as we know it works.
    Ready,
    /// The token was refused.
    Unauthorized,
    /// The servers cannot be reached, or not from a page.
    Unreachable,
    /// The servers want to be left alone for a while.
    Limited,
}

/// What a new session is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartRequest {
    /// The connection's id.
    pub provider: String,
    /// `owner/name`.
    pub repository: String,
    /// What is to be done.
    pub prompt: String,
    /// A few words for the list.
    pub title: Option<String>,
    /// The branch to start from.
    pub base_ref: Option<String>,
    /// An existing branch to commit to.
    pub head_ref: Option<String>,
    /// The custom agent.
    pub agent: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// Whether a pull request is to be opened.
    pub create_pull_request: bool,
    /// What is pushed first; the session starts from that branch.
    pub push: Option<Rc<Push>>,
}

impl ProviderConfig {
    /// Reads the object of the JavaScript contract.
    ///
    /// # Errors
    /// `invalid` when `kind` is none.
    pub fn read(value: &Value) -> Result<Self> {
        let kind = json::text(value, "kind").and_then(Kind::parse).ok_or_else(|| {
            Error::invalid("A connection needs a kind.")
                .with_hint("Say `kind: \"local\"`, `\"github\"` or another of the type Kind.")
        })?;
        Ok(Self {
            kind,
            id: json::string(value, "id"),
            label: json::string(value, "label"),
            base_url: json::string(value, "baseUrl"),
            agents_url: json::string(value, "agentsUrl"),
            relay_url: json::string(value, "relayUrl"),
        })
    }
}

impl StartRequest {
    /// Reads the object of the JavaScript contract, which is also how the outbox keeps it.
    ///
    /// # Errors
    /// `invalid` when the provider, the repository or the prompt is missing.
    pub fn read(value: &Value) -> Result<Self> {
        let needed = |name: &str| {
            json::string(value, name).ok_or_else(|| {
                Error::invalid(format!("The field `{name}` is missing or no text."))
                    .with_hint("A start needs a provider, a repository and a prompt.")
            })
        };
        Ok(Self {
            provider: needed("provider")?,
            repository: needed("repository")?,
            prompt: needed("prompt")?,
            title: json::string(value, "title"),
            base_ref: json::string(value, "baseRef"),
            head_ref: json::string(value, "headRef"),
            agent: json::string(value, "agent"),
            model: json::string(value, "model"),
            create_pull_request: json::flag(value, "createPullRequest").unwrap_or(false),
            push: match value.get("push").filter(|push| push.is_object()) {
                Some(push) => Some(Rc::new(Push::read(push)?)),
                None => None,
            },
        })
    }
}

impl Push {
    /// Reads the object of the JavaScript contract, which is also how the outbox keeps it.
    ///
    /// # Errors
    /// `invalid` when it is not what `preparePush` made.
    pub fn read(value: &Value) -> Result<Self> {
        let needed = |name: &str| {
            json::string(value, name).filter(|text| !text.is_empty()).ok_or_else(|| {
                Error::invalid(format!("The field `push.{name}` is missing or no text."))
                    .with_hint("Pass what preparePush() resolved with.")
            })
        };
        let mut files = Vec::new();
        for file in json::items(value, "files") {
            let (Some(path), Some(mode)) = (json::string(file, "path"), json::string(file, "mode")) else { continue };
            let content = if let Some(id) = json::string(file, "object") {
                PushedContent::Object(id)
            } else if let Some(text) = json::string(file, "text") {
                PushedContent::Text(text)
            } else {
                json::string(file, "bytes").map_or(PushedContent::Gone, PushedContent::Bytes)
            };
            files.push(PushedFile { path, mode, content });
        }
        Ok(Self {
            branch: needed("branch")?,
            base_commit: needed("baseCommit")?,
            base_tree: needed("baseTree")?,
            message: needed("message")?,
            files,
            secrets: json::items(value, "secrets").len(),
            secrets_confirmed: json::flag(value, "secretsConfirmed").unwrap_or(false),
            commit: json::string(value, "commit"),
        })
    }
}

/// One entry of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What [`StartRequest`] takes.
    pub id: String,
    /// What a person reads.
    pub label: String,
    /// What it is for.
    pub description: Option<String>,
}

/// What a session at one repository can be started with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartOptions {
    /// Who can do the work.
    pub agents: Vec<Choice>,
    /// With which model.
    pub models: Vec<Choice>,
    /// From which branch.
    pub branches: Vec<String>,
    /// The branch that is taken when none is said.
    pub default_branch: String,
    /// What a person should read before starting.
    pub notes: Vec<String>,
}

/// A repository that a connection offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryChoice {
    /// `owner/name`.
    pub name: String,
    /// Its default branch.
    pub default_branch: String,
}

/// Which sessions to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Only those of this `owner/name`.
    pub repository: Option<String>,
    /// Only those that changed at or after this moment.
    pub since: Option<crate::session::Timestamp>,
    /// Only those in these states, in the provider's own words; all when empty.
    pub states: Vec<String>,
    /// Those that are put away instead of those that are not.
    pub archived: bool,
    /// Read everything again, also what the server would call unchanged.
    pub fresh: bool,
}

/// A session as a provider tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The provider's id of it.
    pub remote: String,
    /// What it says of it.
    pub facts: SessionFacts,
}

/// What a list came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// Newest change first.
    pub found: Vec<Found>,
    /// Nothing changed since the same list was read last; `found` is what it held then, as far as its first page goes.
    pub not_modified: bool,
    /// Everything that the query asks for is here; `false` when pages were left out, so that what is missing may still
    /// be there.
    pub complete: bool,
    /// How many items could not be understood. Each costs only itself.
    pub skipped: usize,
}

/// What came of one look at a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The session as it stands.
    pub facts: SessionFacts,
    /// What is new in its turns since the last look, in order.
    pub news: Vec<News>,
}

/// Something new in a session's turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A turn began, or its state or request changed: its id.
    Turn(String),
    /// A part began or grew.
    Part {
        /// The turn's id.
        turn: String,
        /// The part's id.
        part: String,
    },
    /// The agent asks: the question's id.
    Question(String),
}

/// Looks at one session again and again, remembering where it was.
#[async_trait(?Send)]
pub trait Watch {
    /// What is new. Waits for news where the provider pushes them; otherwise asks once and returns.
    async fn look(&mut self) -> Result<Look>;
    /// All turns so far.
    fn turns(&self) -> &[Turn];
    /// The questions that are open now.
    fn questions(&self) -> &[Question];
    /// How long to wait before the next look, given how the session stands; zero where [`Watch::look`] waits itself.
    fn pace(&self) -> Duration;
}

/// What comes of something that takes a while. Boxed, because a future within another is there once for each.
pub type Later<'a, T> = LocalBoxFuture<'a, Result<T>>;

/// A provider's protocol.
///
/// Every write takes a marker, an opaque word that the provider carries where [`Provider::has_start`] and
/// [`Provider::has_message`] find it again. Writes fail with `unreadable-reply` or `timeout` when they may have happened
/// all the same; any other failure means that they did not.
pub trait Provider {
    /// What this connection can do.
    fn capabilities(&self) -> Capabilities;
    /// How much it takes.
    fn limits(&self) -> Limits;
    /// Which of several ways to the provider is in use.
    fn road(&self) -> Option<String>;
    /// What this connection has cost so far.
    fn traffic(&self) -> Traffic;

    /// The repositories to offer first; may be empty where there are too many to list.
    fn repositories<'a>(&'a self) -> Later<'a, Vec<RepositoryChoice>>;
    /// What a session at this repository can be started with.
    fn options<'a>(&'a self, repository: &'a str) -> Later<'a, StartOptions>;

    /// Sessions, newest change first.
    fn list<'a>(&'a self, query: &'a ListQuery) -> Later<'a, Listing>;
    /// A session's facts, without its turns. Where its repository is known, the provider may ask for it there.
    fn get<'a>(&'a self, remote: &'a str, repository: Option<&'a str>) -> Later<'a, SessionFacts>;
    /// Begins to look at a session's turns.
    fn watch(&self, remote: &str) -> Box<dyn Watch>;
    /// What a session changed, file by file.
    fn changes<'a>(&'a self, remote: &'a str) -> Later<'a, Vec<FileChange>>;

    /// Starts a session.
    fn start<'a>(&'a self, request: &'a StartRequest, marker: &'a str) -> Later<'a, Found>;
    /// Whether this session was started with that marker.
    fn has_start<'a>(&'a self, remote: &'a str, marker: &'a str) -> Later<'a, bool>;
    /// Sends a message: a follow-up to a settled session, steering to a running one.
    fn send<'a>(&'a self, remote: &'a str, message: &'a str, marker: &'a str) -> Later<'a, ()>;
    /// Whether a message with that marker has arrived.
    fn has_message<'a>(&'a self, remote: &'a str, marker: &'a str) -> Later<'a, bool>;
    /// Answers a question.
    fn answer<'a>(&'a self, remote: &'a str, answer: &'a Answer) -> Later<'a, ()>;
    /// Ends a running session.
    fn cancel<'a>(&'a self, remote: &'a str) -> Later<'a, ()>;
    /// Puts a session away, or brings it back.
    fn set_archived<'a>(&'a self, remote: &'a str, archived: bool) -> Later<'a, ()>;
    /// Opens a pull request from the session's branch.
    fn create_pull_request<'a>(&'a self, remote: &'a str) -> Later<'a, ()>;

    /// The branches of its repositories, where changes can be pushed to them.
    fn branches(&self) -> Option<&dyn Branches> {
        None
    }
}

/// What a provider of git repositories does with branches, apart from sessions.
pub trait Branches {
    /// Reads where changes begin: `from` is a commit, or a branch, whose head counts. Of `paths` those that are there.
    fn base<'a>(&'a self, repository: &'a str, from: &'a str, paths: &'a [String]) -> Later<'a, Base>;
    /// Commits changes to a new branch on top of their base commit, and reads the branch back: the commit at its head. A branch
    /// of that name that holds them already was made by an earlier try, and is taken as it is; so this may be tried again.
    fn push<'a>(&'a self, repository: &'a str, push: &'a Push) -> Later<'a, String>;
    /// Removes a branch that [`Branches::push`] made. One that is gone is no error.
    fn remove<'a>(&'a self, repository: &'a str, branch: &'a str) -> Later<'a, ()>;
    /// Whether a branch stands on that commit; `None` when there is no such branch.
    fn holds<'a>(&'a self, repository: &'a str, branch: &'a str, commit: &'a str) -> Later<'a, Option<bool>>;
}

/// The registry: opens a connection by its kind.
///
/// # Errors
/// `unsupported` for a kind that this version does not speak; `invalid` for addresses that are none.
pub fn connect(config: &ProviderConfig, id: &str, host: Rc<dyn Host>) -> Result<Rc<dyn Provider>> {
    if config.relay_url.is_some() {
        return Err(Error::new(ErrorCode::Unsupported, "Relays are not supported by this version.")
            .with_hint("Leave relayUrl out.")
            .on(id));
    }
    match config.kind {
        Kind::Local | Kind::Github => Ok(Rc::new(github::Github::connect(config, id, host)?)),
        kind => Err(unspoken(kind).on(id)),
    }
}

/// How long a prompt may be that goes to a provider of that kind.
///
/// # Errors
/// `unsupported` for a kind that this version does not speak.
pub fn prompt_limit(kind: Kind) -> Result<Limit> {
    match kind {
        Kind::Local | Kind::Github => Ok(github::PROMPT_LIMIT),
        kind => Err(unspoken(kind)),
    }
}

fn unspoken(kind: Kind) -> Error {
    let message = ["This version does not speak the protocol of ", default_label(kind), "."].concat();
    Error::new(ErrorCode::Unsupported, message).with_hint("Connect the local cloud or GitHub.")
}

/// The name of a provider that a person reads when the connection has no label.
pub fn default_label(kind: Kind) -> &'static str {
    match kind {
        Kind::Local => "Local cloud",
        Kind::Github => "GitHub",
        Kind::Claude => "Claude",
        Kind::Jules => "Jules",
        Kind::Cursor => "Cursor",
        Kind::Openhands => "OpenHands",
        Kind::Custom => "Custom",
    }
}
