//! Writing down what happens in a task, as events of GitHub's shape.
//!
//! Text arrives in pieces and is told in growing snapshots under one message id. A snapshot repeats what was said before, so
//! they are bounded twice: not too often, and a long text goes on in a new message. A page of events holds up to a hundred, and
//! clients stop reading somewhere: every event is bounded as well, and holds only what can be read.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::legible::legible;
use crate::local::agent::{Activity, Question};
use crate::local::clock;
use crate::local::store::{Store, StoreError};

/// At most one snapshot of a message in this time.
pub(crate) const SNAPSHOT_EVERY: Duration = Duration::from_millis(250);
/// A message longer than this (bytes) is followed by a new one.
const MESSAGE_LIMIT: usize = 8 << 10;
/// How much of what was written on stderr is kept, from its end.
const STDERR_LIMIT: usize = 16 << 10;
/// How much of a tool's output is kept.
const TOOL_OUTPUT_LIMIT: usize = 32 << 10;

/// The events of one turn.
#[derive(Debug)]
pub(crate) struct Transcript<'a> {
    store: &'a Store,
    task_id: &'a str,
    /// Makes message and tool ids unique within the task.
    turn: &'a str,
    /// What a plain agent writes, while it goes on.
    open: Option<OpenMessage>,
    messages: usize,
    stderr: String,
}

#[derive(Debug)]
struct OpenMessage {
    id: String,
    text: String,
    told: usize,
    told_at: Option<Instant>,
}

impl<'a> Transcript<'a> {
    pub(crate) fn new(store: &'a Store, task_id: &'a str, turn: &'a str) -> Self {
        Self { store, task_id, turn, open: None, messages: 0, stderr: String::new() }
    }

    /// Records an event as it is.
    pub(crate) fn event(&self, kind: &str, data: &Value) -> Result<(), StoreError> {
        record(self.store, self.task_id, kind, data)
    }

    /// Something about the run that a person should know.
    pub(crate) fn notice(&self, message: &str) -> Result<(), StoreError> {
        self.event("session.info", &json!({ "infoType": "notice", "message": message }))
    }

    /// Records what the agent did. A question is recorded by whoever can wait for its answer.
    pub(crate) fn activity(&mut self, activity: Activity) -> Result<(), StoreError> {
        if !matches!(activity, Activity::Wrote(_)) {
            self.close_message()?;
        }
        match activity {
            Activity::Wrote(text) => self.write(&text),
            Activity::Said { message, text } => {
                let id = self.own_id(&message);
                self.event("assistant.message", &message_data(&id, &legible(&text), None))
            }
            Activity::Thought { message, text } => {
                let id = self.own_id(&message);
                self.event("assistant.message", &message_data(&id, "", Some(&legible(&text))))
            }
            Activity::ToolStarted { id, name, arguments } => self.start_tool(&id, &name, &arguments),
            Activity::ToolCompleted { id, success, output } => self.complete_tool(&id, success, &output),
            Activity::Asked(question) => self.ask(&question),
        }
    }

    /// Records a line on stderr: shown as one tool call, whose output is the end of what was written.
    pub(crate) fn complaint(&mut self, line: &str) -> Result<(), StoreError> {
        if self.stderr.is_empty() {
            self.close_message()?;
            self.start_tool("stderr", "stderr", &json!({}))?;
        }
        self.stderr.push_str(&legible(line));
        self.stderr.push('\n');
        if self.stderr.len() > 2 * STDERR_LIMIT {
            self.stderr = end_of(&self.stderr, STDERR_LIMIT).to_owned();
        }
        Ok(())
    }

    /// The last words on stderr, for the reason of a failure.
    pub(crate) fn last_complaint(&self) -> Option<&str> {
        self.stderr.lines().rev().map(str::trim).find(|line| !line.is_empty())
    }

    /// Tells what was written since the last snapshot, if its time has come.
    pub(crate) fn tell(&mut self) -> Result<(), StoreError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let due = open.told_at.is_none_or(|told| told.elapsed() >= SNAPSHOT_EVERY);
        if !due || open.told == open.text.len() {
            return Ok(());
        }
        open.told = open.text.len();
        open.told_at = Some(Instant::now());
        let data = message_data(&open.id, open.text.trim_end(), None);
        record(self.store, self.task_id, "assistant.message", &data)
    }

    /// Tells everything that is left; `success` is how the agent's process ended.
    pub(crate) fn finish(&mut self, success: bool) -> Result<(), StoreError> {
        self.close_message()?;
        if self.stderr.is_empty() {
            return Ok(());
        }
        self.complete_tool("stderr", success, end_of(&self.stderr, STDERR_LIMIT))
    }

    fn write(&mut self, text: &str) -> Result<(), StoreError> {
        let text = legible(text);
        let mut rest = text.as_str();
        while rest.len() > MESSAGE_LIMIT {
            let (piece, left) = rest.split_at(rest.floor_char_boundary(MESSAGE_LIMIT));
            self.add(piece)?;
            rest = left;
        }
        self.add(rest)
    }

    /// Adds a piece that fits into one message.
    fn add(&mut self, text: &str) -> Result<(), StoreError> {
        if self.open.as_ref().is_some_and(|open| open.text.len() + text.len() > MESSAGE_LIMIT) {
            self.close_message()?;
        }
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                self.messages += 1;
                let id = format!("{}-{}", self.turn, self.messages);
                self.open.insert(OpenMessage { id, text: String::new(), told: 0, told_at: None })
            }
        };
        open.text.push_str(text);
        self.tell()
    }

    fn close_message(&mut self) -> Result<(), StoreError> {
        if let Some(open) = &mut self.open {
            open.told_at = None;
        }
        self.tell()?;
        self.open = None;
        Ok(())
    }

    fn own_id(&self, id: &str) -> String {
        format!("{}-{id}", self.turn)
    }

    fn start_tool(&self, id: &str, name: &str, arguments: &Value) -> Result<(), StoreError> {
        let id = self.own_id(id);
        let request = json!({ "toolCallId": id, "name": name, "arguments": arguments });
        let mut message = message_data(&format!("{id}-request"), "", None);
        message["toolRequests"] = json!([request]);
        self.event("assistant.message", &message)?;
        self.event("tool.execution_start", &json!({ "toolCallId": id, "toolName": name, "arguments": arguments }))
    }

    fn complete_tool(&self, id: &str, success: bool, output: &str) -> Result<(), StoreError> {
        let output = legible(output);
        let output = end_of(&output, TOOL_OUTPUT_LIMIT);
        let mut data = json!({ "toolCallId": self.own_id(id), "success": success });
        if success {
            data["result"] = json!({ "content": output });
        } else {
            data["error"] = json!({ "message": output });
        }
        self.event("tool.execution_complete", &data)
    }

    fn ask(&self, question: &Question) -> Result<(), StoreError> {
        self.event(
            "user_input.requested",
            &json!({
                "requestId": self.question_id(question),
                "question": question.text,
                "choices": question.choices,
                "allowFreeform": question.freeform,
            }),
        )
    }

    /// The id under which the person answers a question.
    pub(crate) fn question_id(&self, question: &Question) -> String {
        self.own_id(&question.id)
    }
}

/// Records an event under a new id.
pub(crate) fn record(store: &Store, task_id: &str, kind: &str, data: &Value) -> Result<(), StoreError> {
    let id = clock::random_id().unwrap_or_else(|_| format!("{task_id}-{}-{kind}", clock::now()));
    store.add_event(&id, task_id, kind, data)
}

fn message_data(id: &str, content: &str, reasoning: Option<&str>) -> Value {
    let mut data = json!({ "messageId": id, "content": content, "toolRequests": [] });
    if let Some(reasoning) = reasoning {
        data["reasoningText"] = json!(reasoning);
    }
    data
}

/// The last bytes of a text, from the beginning of a character.
fn end_of(text: &str, limit: usize) -> &str {
    let start = text.len().saturating_sub(limit);
    let start = (start..=text.len()).find(|index| text.is_char_boundary(*index)).unwrap_or(0);
    &text[start..]
}
