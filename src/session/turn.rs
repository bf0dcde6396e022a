//! What happened inside a session: requests, responses in pieces, and questions.

use std::rc::Rc;

use super::Timestamp;
use crate::json::Written;

/// One request and its response.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Unique and stable within its session.
    pub id: String,
    /// What was asked.
    pub request: Request,
    /// The response so far, in the order in which its pieces began.
    pub parts: Vec<Part>,
    /// Whether more is to come.
    pub state: TurnState,
    /// When the request was made, where the provider says so.
    pub started_at: Option<Timestamp>,
}

/// What was asked of the agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// Markdown, without the marker of the outbox.
    pub text: String,
}

/// Whether a turn goes on, and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnState {
    /// More parts may come.
    Running,
    /// The agent finished it.
    Completed,
    /// It ended with an error.
    Failed,
    /// A person stopped it.
    Cancelled,
}

/// One piece of a response. A piece that grows comes again, whole, under the same id.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// What the agent says, in Markdown.
    Text {
        /// Unique within the session.
        id: String,
        /// All of it so far.
        text: String,
    },
    /// What the agent thinks, where the provider shows it.
    Reasoning {
        /// Unique within the session.
        id: String,
        /// All of it so far.
        text: String,
    },
    /// Something the agent does.
    Tool {
        /// The provider's id of the call.
        id: String,
        /// The tool's name, such as `bash`.
        name: String,
        /// What it does in a few words, where the provider says so.
        title: Option<String>,
        /// The arguments, as the provider sent them.
        input: Option<Written>,
        /// Whether it goes on, and how it ended.
        status: ToolStatus,
        /// What it printed or returned.
        output: Option<String>,
        /// The exit code of a command.
        exit_code: Option<i32>,
    },
    /// A change to one file.
    Diff {
        /// Unique within the session.
        id: String,
        /// The file's path in the repository.
        path: String,
        /// Unified diff.
        diff: String,
    },
    /// What this version does not know, kept as it came.
    Unknown {
        /// Unique within the session.
        id: String,
        /// The provider's own words.
        raw: Written,
    },
}

impl Part {
    /// The id under which a newer version of this part replaces it.
    pub fn id(&self) -> &str {
        match self {
            Self::Text { id, .. }
            | Self::Reasoning { id, .. }
            | Self::Tool { id, .. }
            | Self::Diff { id, .. }
            | Self::Unknown { id, .. } => id,
        }
    }
}

/// Whether a tool call goes on, and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolStatus {
    /// It has begun, and its turn goes on.
    Running,
    /// It returned a result.
    Completed,
    /// It returned an error.
    Failed,
    /// Its turn ended and nobody said how the call did: providers leave completions out.
    Unknown,
}

/// Something the agent wants to know before it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What an answer names.
    pub id: String,
    /// Markdown.
    pub text: String,
    /// Ready answers; none when it wants words.
    pub choices: Vec<String>,
    /// Whether an answer in the person's own words is taken.
    pub freeform: bool,
}

/// The person's answer. Exactly one of `choice` and `text` is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question's id.
    pub question: String,
    /// One of its choices.
    pub choice: Option<String>,
    /// The person's own words.
    pub text: Option<String>,
}

impl Answer {
    /// What is told to the agent, and whether it is in the person's own words. `None` when it is empty.
    pub fn words(&self) -> Option<(&str, bool)> {
        let (words, freeform) = match (&self.choice, &self.text) {
            (Some(choice), _) => (choice, false),
            (None, Some(text)) => (text, true),
            (None, None) => return None,
        };
        let words = words.trim();
        (!words.is_empty()).then_some((words, freeform))
    }
}

/// What `follow` yields. The newest turn or part of an id replaces the older one.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionEvent {
    /// The row changed.
    Session {
        /// As it stands now.
        session: Rc<super::Session>,
    },
    /// A turn began, or its state changed.
    Turn {
        /// With all its parts so far.
        turn: Turn,
    },
    /// A part began or grew.
    Part {
        /// The turn it belongs to.
        turn: String,
        /// All of it so far.
        part: Part,
    },
    /// The agent asks.
    Question {
        /// What it wants to know.
        question: Question,
    },
    /// Nothing more will come.
    End {
        /// As it ended.
        session: Rc<super::Session>,
    },
}
