//! What a session is: one unit of agent work at one provider, in one vocabulary for all of them.
//!
//! The model follows the Agent Host Protocol 1.0 (crate `ahp-types`) wherever both know a thing, so that serving or
//! reading AHP later is a translation:
//!
//! | here | Agent Host Protocol 1.0 |
//! |---|---|
//! | [`Session`] | `SessionSummary` on `ahp-root://`, its state on `ahp-session:/` |
//! | [`Session::id`] | `resource` |
//! | [`SessionFacts::title`] | `title` |
//! | [`Status::InProgress`], [`Status::Queued`] | status `InProgress` (8) |
//! | [`Status::NeedsInput`] | status `InputNeeded` (24) |
//! | [`Status::Failed`], [`Status::TimedOut`] | status `Error` (2) |
//! | [`Status::Idle`], [`Status::Completed`], [`Status::Cancelled`] | status `Idle` (1) |
//! | [`Session::read`], [`SessionFacts::archived`] | status bits `IsRead` (32), `IsArchived` (64) |
//! | [`SessionFacts::created_at`], [`SessionFacts::updated_at`] | `createdAt`, `modifiedAt` |
//! | [`SessionFacts::repository`] | `project` |
//! | [`SessionFacts::agent`], [`SessionFacts::model`] | the chat's agent and model |
//! | [`SessionFacts::artifacts`] (branch, pull request) | `changes`, and the changeset channel `ahp-changeset:/` |
//! | [`Turn`] | a turn of the chat on `ahp-chat:/` |
//! | [`Turn::request`] | the turn's user message |
//! | [`Part::Text`], [`Part::Reasoning`] | response parts `markdown`, `reasoning` |
//! | [`Part::Tool`] | response part `toolCall` with its state |
//! | [`Part::Diff`] | a tool call's file edit result |
//! | [`Part::Unknown`] | the unions' `Unknown` arm |
//! | [`Question`], [`Answer`] | an input request and its completion |
//! | a message to a running session | a steering message |
//! | [`Session::stale`], [`Session::warning`], [`Session::provider`], [`SessionFacts::raw_status`], [`SessionFacts::usage`] | nothing: ours only |

mod read;
mod timestamp;
mod turn;
mod write;

use std::rc::Rc;

use crate::json::Written;

pub use timestamp::Timestamp;
pub use turn::{Answer, Part, Question, Request, SessionEvent, ToolStatus, Turn, TurnState};

/// Which protocol a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The local cloud: GitHub's protocol with the calls beyond the documented five switched on.
    Local,
    /// GitHub's agent tasks.
    Github,
    /// Claude Managed Agents.
    Claude,
    /// Google Jules.
    Jules,
    /// Cursor Cloud Agents.
    Cursor,
    /// OpenHands.
    Openhands,
    /// A provider that the host brings along.
    Custom,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Accepted, not begun.
    Queued,
    /// The agent works.
    InProgress,
    /// The agent waits for the person.
    NeedsInput,
    /// Nothing runs, and the session takes a follow-up.
    Idle,
    /// The work is done.
    Completed,
    /// The work ended with an error.
    Failed,
    /// The provider ended it because it took too long.
    TimedOut,
    /// A person stopped it.
    Cancelled,
    /// A word that this version does not know; `raw_status` holds it.
    Unknown,
}

impl Status {
    /// Whether nothing more happens until a person does something new.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::TimedOut | Self::Cancelled)
    }

    /// The word of the JavaScript contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in-progress",
            Self::NeedsInput => "needs-input",
            Self::Idle => "idle",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::TimedOut => "timed-out",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }
}

/// What the provider says of a session: everything but what only we know.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionFacts {
    /// A few words; the provider may rewrite them while the work goes on.
    pub title: String,
    /// Where it stands, in our vocabulary.
    pub status: Status,
    /// The provider's own word for the status.
    pub raw_status: String,
    /// `owner/name`.
    pub repository: Option<String>,
    /// The branch the work started from.
    pub base_ref: Option<String>,
    /// The branch the work is committed to.
    pub head_ref: Option<String>,
    /// The custom agent's id, or who does the work where the provider says so.
    pub agent: Option<String>,
    /// The model, as the provider names it.
    pub model: Option<String>,
    /// When it was started.
    pub created_at: Timestamp,
    /// When the provider last changed it.
    pub updated_at: Timestamp,
    /// Where the provider shows it to a person.
    pub url: Option<String>,
    /// What it made.
    pub artifacts: Vec<Artifact>,
    /// Whether it is put away.
    pub archived: bool,
    /// What it consumed.
    pub usage: Option<Usage>,
    /// Why it failed.
    pub error: Option<SessionError>,
}

/// One unit of agent work at one provider, as a host sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Ours. It never changes, also while the start is still in the outbox.
    pub id: String,
    /// The id of the connection.
    pub provider: String,
    /// The protocol of the connection.
    pub kind: Kind,
    /// Whether the person has seen it as it stands.
    pub read: bool,
    /// Why this row may be out of date.
    pub stale: Option<String>,
    /// What the person should know before they go on: that the agent works without what was pushed for it.
    pub warning: Option<String>,
    /// What the provider says of it.
    pub facts: SessionFacts,
}

/// Why a session failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionError {
    /// The provider's words.
    pub message: String,
    /// What the person can do, where we know.
    pub hint: Option<String>,
}

/// What a session consumed. Only what the provider reports is there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// AI credits, rounded to one decimal.
    pub ai_credits: Option<f64>,
    /// Premium requests; may be fractional.
    pub premium_requests: Option<f64>,
}

/// What a session made.
#[derive(Clone, Debug, PartialEq)]
pub enum Artifact {
    /// A pull request.
    PullRequest(PullRequest),
    /// A branch without one.
    Branch {
        /// The branch with the work.
        head_ref: String,
        /// The branch it started from.
        base_ref: String,
    },
    /// What this version does not know, kept as it came.
    Unknown {
        /// The provider's own words.
        raw: Written,
    },
}

/// A pull request that a session opened. Everything but the id is missing until it has been looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullRequest {
    /// The provider's id of it, as it stands in the session.
    pub id: String,
    /// The number that people know it by.
    pub number: Option<u64>,
    /// Where a person reads it.
    pub url: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// `open`, `closed` or `merged`.
    pub state: Option<String>,
    /// Whether it is a draft.
    pub draft: Option<bool>,
    /// Lines added.
    pub additions: Option<u64>,
    /// Lines removed.
    pub deletions: Option<u64>,
    /// The review decision in lower case with dashes, such as `changes-requested`.
    pub review: Option<String>,
    /// The state of the checks on its head commit in lower case, such as `success`.
    pub checks: Option<String>,
    /// The branch with the work.
    pub head_ref: Option<String>,
    /// The branch it is to be merged into.
    pub base_ref: Option<String>,
}

/// What a session changed in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Path in the repository.
    pub path: String,
    /// Where the file was before a rename.
    pub previous_path: Option<String>,
    /// What happened to it.
    pub status: ChangeStatus,
    /// Lines added.
    pub additions: u64,
    /// Lines removed.
    pub deletions: u64,
    /// Unified diff; missing for binary files and for what the provider found too large.
    pub diff: Option<String>,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeStatus {
    /// It is new.
    Added,
    /// Its content or mode changed.
    Modified,
    /// It is gone.
    Removed,
    /// It has another path.
    Renamed,
}

/// A session with what happened in it.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionDetail {
    /// The row.
    pub session: Rc<Session>,
    /// Oldest first.
    pub turns: Vec<Turn>,
    /// What the agent waits for; empty unless the status is [`Status::NeedsInput`].
    pub questions: Vec<Question>,
}
