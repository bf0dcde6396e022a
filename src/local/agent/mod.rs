//! The agents that the local cloud can run: what each is started with, and how its output is read.
//!
//! Every agent is a child process inside the [`sandbox`], under a [`warden`] that ends all of its processes with it. A new
//! kind of agent is one file here that implements [`Agent`] and [`Listener`].

mod command;
pub(crate) mod demo;
mod process_limit;
pub(crate) mod processes;
pub(crate) mod sandbox;
pub(crate) mod search_path;
pub(crate) mod warden;

use std::fmt::Debug;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

/// One kind of agent.
pub(crate) trait Agent: Debug + Send + Sync {
    /// The program and its arguments.
    fn program(&self) -> io::Result<Vec<String>>;
    /// The command line that a person gave for it.
    fn command_line(&self) -> Option<&str> {
        None
    }
    /// What it reads first, and whether its stdin stays open after that.
    fn opening(&self, brief: &str) -> Opening;
    /// Reads one run of it.
    fn listener(&self) -> Box<dyn Listener>;
}

/// The beginning of an agent's stdin.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) input: String,
    pub(crate) keep_open: bool,
}

/// Turns the lines of one run into what a person sees.
pub(crate) trait Listener: Send + Sync {
    /// A line on stdout.
    fn line(&mut self, line: &str) -> Vec<Activity>;
    /// The line on stdin that answers a question.
    fn answer(&self, answer: &Answer) -> String;
}

/// What an agent did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Activity {
    /// Text that goes on: it is added to what was said before.
    Wrote(String),
    /// Text that replaces what the message with this id said before.
    Said { message: String, text: String },
    /// Thinking, in the same way.
    Thought { message: String, text: String },
    /// It began to use a tool.
    ToolStarted { id: String, name: String, arguments: Value },
    /// The tool is done.
    ToolCompleted { id: String, success: bool, output: String },
    /// It waits for an answer.
    Asked(Question),
}

/// A question to the person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) choices: Vec<String>,
    pub(crate) freeform: bool,
}

/// What the person answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) request: String,
    pub(crate) text: String,
    pub(crate) freeform: bool,
}

/// The agent that `--agent` names.
pub(crate) fn from_option(option: &str) -> Arc<dyn Agent> {
    match option.trim() {
        "demo" => Arc::new(demo::Demo),
        command => Arc::new(command::PlainCommand::new(command)),
    }
}

/// The binary that runs now, which is also the warden and the demo agent.
pub(crate) fn own_binary() -> io::Result<PathBuf> {
    std::env::current_exe()
}
