//! A chat from any tool, in one neutral form.
//!
//! The words are those of the Agent Host Protocol 1.0 where it has one (turn, response part, tool call). What a tool injects
//! into the person's messages is kept apart from what the person said ([`Request::scaffolding`]), because an agent that takes
//! over must not take the one for the other.

use super::workspace::Workspace;

/// A chat, before it is handed off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    /// The reader that read it, such as `claude-code`.
    pub format: String,
    /// What the tool calls the chat.
    pub title: Option<String>,
    /// The program it was held in, with its version where that is told.
    pub tool: Option<String>,
    /// The model that answered last.
    pub model: Option<String>,
    /// In the order in which they were said.
    pub turns: Vec<Turn>,
    /// Lines, items and parts that could not be read, or that no reader knows.
    pub skipped: usize,
    /// What the chat itself tells of its surroundings.
    pub workspace: Workspace,
}

/// One request and its response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// The tool's own id, where it has one.
    pub id: Option<String>,
    /// When the request was made, ISO 8601 as the tool wrote it or as its milliseconds say.
    pub at: Option<String>,
    /// What was asked. Empty for what the agent did before anything was asked.
    pub request: Request,
    /// The response, in order.
    pub parts: Vec<Part>,
    /// How it ended.
    pub state: TurnState,
}

/// What was asked of the agent, and what came with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The person's own words, without what the tool put around them.
    pub text: String,
    /// Files, images and pieces of text that the person gave along.
    pub attachments: Vec<Attachment>,
    /// What the tool injected: environment blocks, copies of AGENTS.md, reminders.
    pub scaffolding: Vec<Scaffolding>,
}

/// What the person gave along with a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attachment {
    /// What it is.
    pub kind: AttachmentKind,
    /// Its path, address or name. An image is named, never carried.
    pub name: String,
    /// Its text, where the chat holds it.
    pub text: Option<String>,
}

/// What an attachment is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttachmentKind {
    /// A file or a folder.
    #[default]
    File,
    /// A picture.
    Image,
    /// Selected lines of a file.
    Selection,
    /// What a terminal printed.
    Terminal,
    /// What a compiler or a linter said.
    Diagnostic,
    /// Anything else.
    Other,
}

/// Text that a tool put into the person's message.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaffolding {
    /// The name of the block, such as `environment_context` or `system-reminder`.
    pub kind: String,
    /// All of it.
    pub text: String,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TurnState {
    /// The agent finished it, or nothing says otherwise.
    #[default]
    Completed,
    /// It ended with an error.
    Failed,
    /// The person stopped it.
    Cancelled,
    /// It had not ended when the chat was written.
    Open,
}

/// One piece of a response.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// What the agent said, in Markdown.
    Text(String),
    /// What it thought, where the tool wrote that down in clear.
    Reasoning(String),
    /// Something it did.
    Tool(Box<ToolCall>),
    /// A plan in words.
    Plan(String),
    /// The to-do list, whole, as it stood from here on.
    Todos(Vec<Todo>),
    /// Something it asked, and what the person answered.
    Question {
        /// The question's words, with the choices it offered. Empty where the person said something unasked, while the
        /// agent was at work.
        text: String,
        /// The person's answer; none while it is open.
        answer: Option<String>,
    },
    /// Something went wrong outside of a tool: a refusal, a lost connection, a limit.
    Error(String),
    /// Everything before was replaced by this summary in the model's eyes. Empty where the tool hides it.
    Compaction(String),
    /// A picture in the response, by reference.
    Image(String),
}

/// Something the agent did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolCall {
    /// The model's id of the call, or the tool's.
    pub id: String,
    /// The tool's name as the transcript has it, such as `Bash` or `apply_patch`.
    pub name: String,
    /// What sort of thing it does.
    pub kind: ToolKind,
    /// The arguments as they were sent: JSON, or the text of a free-form tool.
    pub input: String,
    /// The command line of a [`ToolKind::Execute`].
    pub command: Option<String>,
    /// Files and folders that the call names, as it names them.
    pub paths: Vec<String>,
    /// What it printed or returned, without the frame that the tool puts around it.
    pub output: String,
    /// The exit code of a command, where it is told.
    pub exit_code: Option<i32>,
    /// How it ended.
    pub status: ToolStatus,
    /// What it changed in files.
    pub edits: Vec<FileEdit>,
    /// What a sub-agent said and did, where the transcript holds it.
    pub subagent: Vec<Turn>,
}

/// What sort of thing a tool does. The names are those of the Agent Client Protocol's tool kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolKind {
    /// Reads files.
    Read,
    /// Changes, creates, moves or deletes files.
    Edit,
    /// Looks for files or text.
    Search,
    /// Runs a command.
    Execute,
    /// Fetches from the network.
    Fetch,
    /// Hands work to a sub-agent.
    Subagent,
    /// Anything else.
    #[default]
    Other,
}

/// How a tool call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolStatus {
    /// It returned a result.
    Completed,
    /// It returned an error, or its command an exit code other than 0.
    Failed,
    /// The person refused or stopped it.
    Cancelled,
    /// The transcript does not tell.
    #[default]
    Unknown,
}

/// A change to one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileEdit {
    /// The path, as the tool has it.
    pub path: String,
    /// The path before a rename.
    pub from: Option<String>,
    /// What happened to the file.
    pub change: Change,
    /// Hunks in unified form without file headers; a hunk whose place in the file is not known begins with a bare `@@`, behind
    /// which may stand what is known: the function it is in, or which lines it replaced where these are not told. Git's lines on modes and its binary contents come first. Empty where the transcript has none.
    pub diff: String,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change {
    /// It was there before.
    #[default]
    Modified,
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// It has another path.
    Renamed,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Todo {
    /// What is to be done.
    pub text: String,
    /// How far it is.
    pub status: TodoStatus,
}

/// How far a thing to do is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TodoStatus {
    /// Not begun.
    #[default]
    Pending,
    /// Being done.
    InProgress,
    /// Done.
    Completed,
    /// Given up.
    Cancelled,
}

impl TodoStatus {
    /// Reads the words that the tools use.
    pub fn read(word: &str) -> Self {
        match word {
            "completed" | "done" => Self::Completed,
            "in_progress" | "in-progress" | "inProgress" | "active" => Self::InProgress,
            "cancelled" | "canceled" | "deleted" => Self::Cancelled,
            _ => Self::Pending,
        }
    }
}

/// How much a conversation holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests with their responses.
    pub turns: usize,
    /// Tool calls, those of sub-agents included.
    pub tool_calls: usize,
    /// Changes to files, those of sub-agents included.
    pub edits: usize,
}

impl Conversation {
    /// Counts what is there.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { turns: self.turns.len(), ..Counts::default() };
        count_calls(&self.turns, &mut counts);
        counts
    }
}

fn count_calls(turns: &[Turn], counts: &mut Counts) {
    for part in turns.iter().flat_map(|turn| &turn.parts) {
        if let Part::Tool(call) = part {
            counts.tool_calls += 1;
            counts.edits += call.edits.len();
            count_calls(&call.subagent, counts);
        }
    }
}
