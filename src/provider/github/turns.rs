//! A session's events as turns and parts.
//!
//! The shapes are those of the Copilot SDK's session events, an envelope `{id, timestamp, type, data}` each. Messages
//! come as growing snapshots under one `messageId`, and completions of tool calls are often left out.

use serde_json::Value;

use super::diffs;
use super::questions;
use super::tasks::{Run, after_last, turn_state, unmarked};
use crate::by_name::ByName;
use crate::json::{flag, items, read_digits, text, write};
use crate::provider::News;
use crate::session::{Part, Question, Request, Status, Timestamp, ToolStatus, Turn, TurnState};

/// The id of a session's first turn, whether or not an event tells of its request.
const FIRST: &str = "start";

/// Builds turns out of events. Every event counts once, however often it is given, and it makes no difference how the
/// events are split over calls.
#[derive(Debug, Default)]
pub(super) struct TurnBuilder {
    turns: Vec<Turn>,
    /// How the events say that each turn ended.
    ended: Vec<Option<TurnState>>,
    /// The first turn's request is known from the task alone.
    supposed: bool,
    seen: ByName<()>,
    /// Where each part is: turn and position.
    places: ByName<(usize, usize)>,
    asked: Vec<Question>,
    open: Vec<Question>,
    /// What is new, in order: a turn and, from 1 on, its parts; 0 is the turn itself.
    changed: Vec<(usize, usize)>,
}

impl TurnBuilder {
    pub(super) fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// What the agent waits for, as of the last [`TurnBuilder::settle`].
    pub(super) fn questions(&self) -> &[Question] {
        &self.open
    }

    /// Tells the request that the session began with, which may be known before its event.
    pub(super) fn begin(&mut self, prompt: &str, started_at: Option<Timestamp>) {
        if self.turns.is_empty() {
            self.supposed = true;
            self.open_turn(FIRST.to_owned(), unmarked(prompt).to_owned(), started_at);
        }
    }

    /// Takes one event. What is no event of any kind we know becomes an unknown part; nothing fails.
    pub(super) fn apply(&mut self, event: &Value) {
        let key = match text(event, "id").filter(|id| !id.is_empty()) {
            Some(id) => id.to_owned(),
            None => write(event),
        };
        if self.seen.get(&key).is_some() {
            return;
        }
        self.seen.insert(&key, ());
        let kind = text(event, "type").unwrap_or_default();
        let data = event.get("data").unwrap_or(&Value::Null);
        match kind {
            "user.message" => {
                let at = Timestamp::field(event, "timestamp");
                self.request(key, unmarked(text(data, "content").unwrap_or_default()), at);
            }
            "assistant.turn_start" => self.go_on(),
            "assistant.message" => self.message(&key, data),
            "assistant.reasoning" => {
                let id = text(data, "reasoningId").unwrap_or(&key).to_owned();
                self.say(&id, text(data, "content"), true);
            }
            "tool.execution_start" | "tool.user_requested" => self.tool(data, "toolName"),
            "tool.execution_partial_result" => self.tool_output(data),
            "tool.execution_complete" => self.tool_result(data),
            "session.error" => {
                self.say(&key, text(data, "message"), false);
                self.end(TurnState::Failed);
            }
            // What the person should know of the place where the work is done.
            "session.info" | "session.warning" => self.say(&key, text(data, "message"), false),
            "abort" => self.end(TurnState::Cancelled),
            "session.idle" | "session.shutdown" => self.end(TurnState::Completed),
            "user_input.requested" | "permission.requested" | "exit_plan_mode.requested" | "elicitation.requested" => {
                if let Some(question) = questions::asked(kind, data) {
                    self.forget(&|other| other.id == question.id);
                    self.asked.push(question);
                }
            }
            "user_input.completed" | "permission.completed" | "exit_plan_mode.completed" | "elicitation.completed" => {
                if let Some(request) = text(data, "requestId") {
                    self.forget(&|question| questions::is_of_request(question, request));
                }
            }
            _ if is_bookkeeping(kind) => {}
            _ => self.put(Part::Unknown { id: key, raw: event.into() }),
        }
    }

    /// Brings the turns in line with how the session stands, and tells what is new since the last time. The session's
    /// state is not an event: the same turns come out whatever it was before.
    pub(super) fn settle(&mut self, status: Status) -> Vec<News> {
        let last = self.turns.len().saturating_sub(1);
        let mut changed = Vec::new();
        for (at, turn) in self.turns.iter_mut().enumerate() {
            let state = match self.ended[at] {
                Some(state) => state,
                None if at == last => turn_state(status),
                None => TurnState::Completed,
            };
            if turn.state != state {
                turn.state = state;
                changed.push((at, 0));
            }
            let (from, to) = match state {
                TurnState::Running => (ToolStatus::Unknown, ToolStatus::Running),
                _ => (ToolStatus::Running, ToolStatus::Unknown),
            };
            for (place, part) in turn.parts.iter_mut().enumerate() {
                if let Part::Tool { status, .. } = part
                    && *status == from
                {
                    *status = to;
                    changed.push((at, place + 1));
                }
            }
        }
        for (turn, part) in changed {
            self.change(turn, part);
        }
        let before = std::mem::take(&mut self.open);
        if status == Status::NeedsInput {
            self.open.clone_from(&self.asked);
        }
        self.news(&before)
    }

    /// Takes the runs of a task, all that the documented calls tell of its turns; tells which are new or different.
    pub(super) fn replace(&mut self, runs: &[Run]) -> Vec<News> {
        let before = std::mem::take(&mut self.turns);
        for run in runs {
            let turn = Turn {
                id: run.id.clone(),
                request: Request { text: unmarked(&run.prompt).to_owned() },
                parts: Vec::new(),
                state: run.state,
                started_at: run.started_at,
            };
            if !before.contains(&turn) {
                self.change(self.turns.len(), 0);
            }
            self.turns.push(turn);
        }
        self.news(&[])
    }

    /// Remembers that something is new.
    fn change(&mut self, turn: usize, part: usize) {
        if let Err(at) = self.changed.binary_search(&(turn, part)) {
            self.changed.insert(at, (turn, part));
        }
    }

    /// What is new since the last time, besides the questions that were open `before`.
    fn news(&mut self, before: &[Question]) -> Vec<News> {
        let mut news = Vec::new();
        for (turn, part) in std::mem::take(&mut self.changed) {
            let Some(turn) = self.turns.get(turn) else { continue };
            if part == 0 {
                news.push(News::Turn(turn.id.clone()));
            } else if let Some(part) = turn.parts.get(part - 1) {
                news.push(News::Part { turn: turn.id.clone(), part: part.id().to_owned() });
            }
        }
        for question in &self.open {
            if !before.contains(question) {
                news.push(News::Question(question.id.clone()));
            }
        }
        news
    }

    fn open_turn(&mut self, id: String, request: String, started_at: Option<Timestamp>) {
        if let Some(ended) = self.ended.last_mut() {
            ended.get_or_insert(TurnState::Completed);
        }
        self.change(self.turns.len(), 0);
        self.turns.push(Turn {
            id,
            request: Request { text: request },
            parts: Vec::new(),
            state: TurnState::Running,
            started_at,
        });
        self.ended.push(None);
    }

    /// A person's message begins a turn, unless it is the one that the session is known to have begun with.
    fn request(&mut self, key: String, request: &str, at: Option<Timestamp>) {
        let known = match self.turns.as_mut_slice() {
            [first] if self.supposed => {
                first.parts.is_empty() || first.request.text.is_empty() || first.request.text == request
            }
            [] => {
                self.open_turn(FIRST.to_owned(), request.to_owned(), at);
                return;
            }
            _ => false,
        };
        self.supposed = false;
        match self.turns.first_mut() {
            Some(first) if known => {
                first.started_at = first.started_at.or(at);
                if first.request.text != request {
                    request.clone_into(&mut first.request.text);
                    self.change(0, 0);
                }
            }
            _ => self.open_turn(key, request.to_owned(), at),
        }
    }

    /// The agent works again after all: an error was got over, or something woke it.
    fn go_on(&mut self) {
        if let Some(ended) = self.ended.last_mut() {
            *ended = None;
        }
    }

    fn end(&mut self, state: TurnState) {
        if let Some(ended) = self.ended.last_mut() {
            ended.get_or_insert(state);
        }
        self.asked.clear();
    }

    /// Takes questions back.
    fn forget(&mut self, which: &dyn Fn(&Question) -> bool) {
        while let Some(at) = self.asked.iter().position(which) {
            self.asked.remove(at);
        }
    }

    fn message(&mut self, key: &str, data: &Value) {
        let id = text(data, "messageId").unwrap_or(key).to_owned();
        self.say(&format!("{id}:reasoning"), text(data, "reasoningText"), true);
        self.say(&id, text(data, "content"), false);
        for request in items(data, "toolRequests") {
            self.tool(request, "name");
        }
    }

    fn say(&mut self, id: &str, text: Option<&str>, thinking: bool) {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return };
        let (id, text) = (id.to_owned(), text.to_owned());
        self.put(if thinking { Part::Reasoning { id, text } } else { Part::Text { id, text } });
    }

    /// A tool is called. The call is told of twice, by the message that asks for it and when it begins.
    fn tool(&mut self, data: &Value, name_key: &str) {
        let Some(call) = text(data, "toolCallId") else { return };
        let told = text(data, name_key);
        let arguments = data.get("arguments").filter(|arguments| !arguments.is_null());
        let intention = text(data, "intentionSummary").or_else(|| text(arguments?, "description"));
        let Some(place) = self.tool_place(call, told) else { return };
        let Some(Part::Tool { name, title, input, .. }) = self.part_mut(place) else { return };
        let mut grown = false;
        if let Some(told) = told.filter(|told| name != told && name == UNNAMED) {
            told.clone_into(name);
            grown = true;
        }
        if title.is_none() && intention.is_some() {
            *title = intention.map(str::to_owned);
            grown = true;
        }
        if input.is_none() && arguments.is_some() {
            *input = arguments.map(Into::into);
            grown = true;
        }
        if grown {
            self.change(place.0, place.1 + 1);
        }
    }

    fn tool_output(&mut self, data: &Value) {
        let Some(call) = text(data, "toolCallId") else { return };
        let Some(more) = text(data, "partialOutput").or_else(|| text(data, "output")) else { return };
        let Some(place) = self.tool_place(call, text(data, "toolName")) else { return };
        if let Some(Part::Tool { status: ToolStatus::Running | ToolStatus::Unknown, output, .. }) = self.part_mut(place)
        {
            output.get_or_insert_default().push_str(more);
            self.change(place.0, place.1 + 1);
        }
    }

    fn tool_result(&mut self, data: &Value) {
        let Some(call) = text(data, "toolCallId") else { return };
        let Some(place) = self.tool_place(call, text(data, "toolName")) else { return };
        let result = data.get("result").unwrap_or(&Value::Null);
        let failure = data.get("error").filter(|error| !error.is_null());
        let good = flag(data, "success").unwrap_or(failure.is_none());
        let words = |value, name| text(value, name).or_else(|| value.as_str());
        let said = words(result, "content").or_else(|| words(failure?, "message"));
        if let Some(Part::Tool { status, output, exit_code, .. }) = self.part_mut(place) {
            *status = if good { ToolStatus::Completed } else { ToolStatus::Failed };
            if let Some(said) = said {
                *output = Some(said.to_owned());
            }
            *exit_code = exit_code_of(result).or_else(|| said.and_then(exit_code_in)).or(*exit_code);
            self.change(place.0, place.1 + 1);
        }
        if let Some(detail) = text(result, "detailedContent").filter(|_| good) {
            for (at, (path, diff)) in diffs::files(detail).into_iter().enumerate() {
                self.put(Part::Diff { id: format!("{call}:diff:{at}"), path, diff });
            }
        }
    }

    /// Where the part of a tool call is; it begins here when it is new. `None` when something else has that id.
    fn tool_place(&mut self, call: &str, name: Option<&str>) -> Option<(usize, usize)> {
        if self.places.get(call).is_none() {
            self.put(Part::Tool {
                id: call.to_owned(),
                name: name.unwrap_or(UNNAMED).to_owned(),
                title: None,
                input: None,
                status: ToolStatus::Running,
                output: None,
                exit_code: None,
            });
        }
        let place = *self.places.get(call)?;
        matches!(self.part_mut(place), Some(Part::Tool { .. })).then_some(place)
    }

    fn part_mut(&mut self, (turn, part): (usize, usize)) -> Option<&mut Part> {
        self.turns.get_mut(turn)?.parts.get_mut(part)
    }

    /// Puts a part where it was before, or at the end of the last turn.
    fn put(&mut self, part: Part) {
        if let Some(&place) = self.places.get(part.id()) {
            // An id that two different things share stays with the first; a tool's part grows by itself.
            let grown = match (self.part_mut(place), part) {
                (Some(Part::Text { text: old, .. }), Part::Text { text: new, .. })
                | (Some(Part::Reasoning { text: old, .. }), Part::Reasoning { text: new, .. })
                | (Some(Part::Diff { diff: old, .. }), Part::Diff { diff: new, .. }) => put_text(old, new),
                _ => false,
            };
            if grown {
                self.change(place.0, place.1 + 1);
            }
            return;
        }
        if self.turns.is_empty() {
            self.begin("", None);
        }
        let turn = self.turns.len() - 1;
        let parts = &mut self.turns[turn].parts;
        self.places.insert(part.id(), (turn, parts.len()));
        parts.push(part);
        let place = parts.len();
        self.change(turn, place);
    }
}

/// Puts a text into the place of another; tells whether they differ.
fn put_text(old: &mut String, new: String) -> bool {
    let differ = *old != new;
    *old = new;
    differ
}

/// The name of a tool whose completion is all that is known.
const UNNAMED: &str = "tool";

/// Events that say nothing about the work, or what another event says whole.
fn is_bookkeeping(kind: &str) -> bool {
    let (family, rest) = kind.split_once('.').unwrap_or((kind, ""));
    match family {
        "hook" | "system" | "custom_agent" | "subagent" => true,
        "session" => rest != "handoff",
        "assistant" => {
            matches!(rest, "turn_end" | "intent" | "usage" | "streaming_delta" | "reasoning_delta" | "message_delta")
        }
        _ => false,
    }
}

fn exit_code_of(result: &Value) -> Option<i32> {
    let code = result.get("exitCode").or_else(|| result.get("exit_code"))?;
    i32::try_from(code.as_i64()?).ok()
}

/// The shell tool ends its output with a line such as `<shellId: 1 completed with exit code 0>`.
fn exit_code_in(output: &str) -> Option<i32> {
    let line = after_last(output.trim_end(), b'\n').strip_prefix('<')?.strip_suffix('>')?;
    let code = after_last(line, b' ');
    if !line.strip_suffix(code)?.trim_end().ends_with("exit code") {
        return None;
    }
    let digits = read_digits(code.strip_prefix('-').unwrap_or(code))?;
    let size = i32::try_from(digits).ok()?;
    Some(if code.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests;
