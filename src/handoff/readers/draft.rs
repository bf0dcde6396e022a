//! A conversation under construction: what all readers do alike.

use std::collections::BTreeMap;

use super::super::conversation::{Conversation, Part, Request, Todo, ToolCall, ToolKind, ToolStatus, Turn, TurnState};
use super::super::scaffolding;

/// Where a tool call stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    turn: usize,
    part: usize,
}

/// What a reader has read so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What is known of it, turns included.
    pub(super) conversation: Conversation,
    /// Calls by id. What a rewind took away is still in it; [`Draft::find`] looks whether it is there.
    calls: BTreeMap<String, Place>,
    /// The last to-do list.
    todos: Option<Place>,
}

impl Draft {
    /// Something that could not be read, or that no reader knows.
    pub(super) fn skip(&mut self) {
        self.conversation.skipped += 1;
    }

    /// The person said something: a new turn begins. What the tool put around the words is taken off. Words that are
    /// nothing but scaffolding begin no turn; they go to the turn that is there.
    pub(super) fn ask(&mut self, text: &str, id: Option<&str>, at: Option<&str>) -> &mut Turn {
        let (said, scaffolding) = scaffolding::split(text);
        if said.is_empty() && !scaffolding.is_empty() {
            let turn = self.turn();
            if scaffolding.iter().any(|found| found.kind == "interrupted") {
                turn.state = TurnState::Cancelled;
            }
            turn.request.scaffolding.extend(scaffolding);
            return turn;
        }
        self.begin(Turn {
            id: id.map(str::to_owned),
            at: at.map(str::to_owned),
            request: Request { text: said, scaffolding, ..Request::default() },
            ..Turn::default()
        })
    }

    /// Begins a turn as it is.
    pub(super) fn begin(&mut self, mut turn: Turn) -> &mut Turn {
        // Scaffolding that came before the first words belongs to them.
        if let Some(last) = self.conversation.turns.last_mut()
            && last.parts.is_empty()
            && last.request.text.is_empty()
            && last.request.attachments.is_empty()
        {
            let mut scaffolding = std::mem::take(&mut last.request.scaffolding);
            scaffolding.append(&mut turn.request.scaffolding);
            turn.request.scaffolding = scaffolding;
            *last = turn;
        } else {
            self.conversation.turns.push(turn);
        }
        self.turn()
    }

    /// The turn under way. An agent that begins by itself gets one without a request.
    pub(super) fn turn(&mut self) -> &mut Turn {
        let turns = &mut self.conversation.turns;
        if turns.is_empty() {
            turns.push(Turn::default());
        }
        let last = turns.len() - 1;
        &mut turns[last]
    }

    /// Adds a part to the turn under way.
    pub(super) fn add(&mut self, part: Part) {
        self.turn().parts.push(part);
    }

    /// The agent said something. Empty words are nothing.
    pub(super) fn say(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.add(Part::Text(text.to_owned()));
        }
    }

    /// The agent thought something. Empty thoughts are nothing.
    pub(super) fn think(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.add(Part::Reasoning(text.to_owned()));
        }
    }

    /// The agent goes on saying something; `apart` when something stood between.
    pub(super) fn more(&mut self, text: &str, apart: bool) {
        match self.turn().parts.last_mut() {
            Some(Part::Text(said)) if !apart => said.push_str(text),
            Some(Part::Text(said)) if !text.trim().is_empty() => {
                said.push_str("\n\n");
                said.push_str(text);
            }
            _ => self.say(text),
        }
    }

    /// The agent goes on thinking something.
    pub(super) fn think_more(&mut self, text: &str) {
        match self.turn().parts.last_mut() {
            Some(Part::Reasoning(thought)) => thought.push_str(text),
            _ => self.think(text),
        }
    }

    /// Something went wrong. Empty words are nothing.
    pub(super) fn fail(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.add(Part::Error(text.to_owned()));
        }
    }

    /// The agent asked something.
    pub(super) fn question(&mut self, text: String, answer: Option<String>) {
        self.add(Part::Question { text, answer });
    }

    /// The to-do list as it stands from here on. The same list again is nothing new.
    pub(super) fn todos(&mut self, todos: Vec<Todo>) {
        let before = self.todos.and_then(|place| self.conversation.turns.get(place.turn)?.parts.get(place.part));
        if before.is_none_or(|part| !matches!(part, Part::Todos(before) if *before == todos)) {
            self.add(Part::Todos(todos));
            self.todos = self.last_place();
        }
    }

    /// Where the last part of the turn under way is.
    fn last_place(&self) -> Option<Place> {
        let turn = self.conversation.turns.len().checked_sub(1)?;
        let part = self.conversation.turns.get(turn)?.parts.len().checked_sub(1)?;
        Some(Place { turn, part })
    }

    /// The agent calls a tool. A call whose id is there already is the same call again: it is filled in, not repeated.
    pub(super) fn call(&mut self, call: ToolCall) {
        if !call.id.is_empty()
            && let Some(known) = self.find(&call.id)
        {
            let (output, status) = (std::mem::take(&mut known.output), known.status);
            let exit_code = known.exit_code;
            *known = call;
            if known.output.is_empty() {
                known.output = output;
            }
            if known.status == ToolStatus::Unknown {
                known.status = status;
            }
            known.exit_code = known.exit_code.or(exit_code);
            return;
        }
        let id = call.id.clone();
        self.add(Part::Tool(Box::new(call)));
        if !id.is_empty()
            && let Some(place) = self.last_place()
        {
            self.calls.insert(id, place);
        }
    }

    /// A call that was made before, by its id.
    pub(super) fn find(&mut self, id: &str) -> Option<&mut ToolCall> {
        let place = *self.calls.get(id)?;
        match self.conversation.turns.get_mut(place.turn)?.parts.get_mut(place.part)? {
            Part::Tool(call) if call.id == id => Some(call),
            _ => None,
        }
    }

    /// What a call returned. `failed` where the transcript says whether it did; a command's exit code decides by itself.
    /// `false` when nobody made that call.
    pub(super) fn result(&mut self, id: &str, output: &str, exit_code: Option<i32>, failed: Option<bool>) -> bool {
        let Some(call) = self.find(id) else { return false };
        output.clone_into(&mut call.output);
        call.exit_code = exit_code.or(call.exit_code);
        call.status = match failed == Some(true) || call.exit_code.is_some_and(|code| code != 0) {
            true => ToolStatus::Failed,
            false => ToolStatus::Completed,
        };
        // An edit that failed changed nothing.
        if call.status == ToolStatus::Failed && call.kind == ToolKind::Edit {
            call.edits.clear();
        }
        true
    }

    /// How the turn under way ended.
    pub(super) fn end(&mut self, state: TurnState) {
        self.turn().state = state;
    }

    /// Everything from that turn on was undone by the person.
    pub(super) fn rewind(&mut self, turns: usize) {
        self.conversation.turns.truncate(turns);
    }

    /// What was read.
    pub(super) fn finish(mut self) -> Conversation {
        let is_empty =
            |turn: &Turn| turn.request.text.is_empty() && turn.request.attachments.is_empty() && turn.parts.is_empty();
        self.conversation.turns.retain(|turn| !is_empty(turn));
        self.conversation
    }
}

/// `owner/name` from the address of a repository on GitHub, every other address as it is.
pub(super) fn repository(address: &str) -> String {
    let short = ["https://github.com/", "git@github.com:", "ssh://git@github.com/", "git://github.com/"]
        .iter()
        .find_map(|start| address.strip_prefix(start));
    match short {
        Some(name) => name.strip_suffix(".git").unwrap_or(name).trim_end_matches('/').to_owned(),
        None => address.to_owned(),
    }
}
