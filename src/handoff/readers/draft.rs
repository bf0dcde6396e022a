//! A conversation under construction: what all readers do alike.

use super::super::conversation::{
    Attachment, AttachmentKind, Conversation, FileEdit, Part, Request, Scaffolding, Todo, ToolCall, ToolStatus, Turn,
    TurnState,
};
use super::super::tree::{NULL, Tree};
use super::super::{scaffolding, tools};
use super::places::Places;
use crate::find::is_among;
use crate::json::write_float;

/// More questions at once nobody asks.
const MOST_QUESTIONS: usize = 100;

/// What a reader has read so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What is known of it, turns included.
    pub(super) conversation: Conversation,
    /// Calls by id. What a rewind took away is still in it; [`Draft::find`] looks whether it is there.
    calls: Places,
    /// The last to-do list.
    todos: Option<[usize; 2]>,
}

/// What is done with an item of a kind.
pub(super) enum Act {
    /// It tells nothing, or tells it again.
    Nothing,
    /// The agent says what stands in a field.
    Say(&'static str),
    /// The agent thinks what stands in a field.
    Think(&'static str),
    /// What a field that is there holds replaced everything before.
    Sum(&'static str),
    /// What the format itself does with it.
    Do(fn(&Tree<'_>, &mut Draft)),
    /// What the reader knows to do with it, under a number of its own; none is 0.
    Own(u8),
}

/// What is done with items, by their kinds; spaces separate these, and none stand for all others.
pub(super) type Rules = [(&'static str, Act)];

impl Draft {
    /// Something that could not be read, or that no reader knows.
    #[inline(never)]
    pub(super) fn skip(&mut self) {
        self.conversation.skipped += 1;
    }

    /// Follows the rule for an item of that kind; one without is skipped. Returns what the reader has to do itself, or 0.
    pub(super) fn follow(&mut self, rules: &Rules, kind: &str, item: &Tree<'_>) -> u8 {
        let Some((_, act)) = rules.iter().find(|(kinds, _)| kinds.is_empty() || is_among(kinds, kind)) else {
            self.skip();
            return 0;
        };
        match act {
            Act::Nothing => {}
            Act::Say(field) => self.say(item.words(field)),
            Act::Think(field) => self.think(item.words(field)),
            Act::Sum(field) => self.sum(item.words(field)),
            Act::Do(act) => act(item, self),
            Act::Own(number) => return *number,
        }
        0
    }

    /// The person said something: a new turn begins. What the tool put around the words is taken off. Words that are
    /// nothing but scaffolding begin no turn; they go to the turn that is there. The turn's own id and moment count where
    /// they are texts.
    pub(super) fn ask(&mut self, text: &str, id: &Tree<'_>, at: &Tree<'_>) -> &mut Turn {
        let (said, scaffolding) = scaffolding::split(text);
        if said.is_empty() && !scaffolding.is_empty() {
            let turn = self.turn();
            if scaffolding.iter().any(|found| found.kind == "interrupted") {
                turn.state = TurnState::Cancelled;
            }
            turn.request.scaffolding.extend(scaffolding);
            return turn;
        }
        let turn = self.begin(id, at);
        turn.request.text = said;
        turn.request.scaffolding.extend(scaffolding);
        turn
    }

    /// The same, of what has neither id nor moment.
    pub(super) fn ask_plain(&mut self, text: &str) -> &mut Turn {
        self.ask(text, &NULL, &NULL)
    }

    /// The same, with what was given along. Neither words nor that is nothing.
    pub(super) fn ask_with(&mut self, text: &str, given: &mut Request, id: &Tree<'_>, at: &Tree<'_>) {
        if !text.trim().is_empty() || !given.attachments.is_empty() {
            self.ask(text, id, at).request.attachments.append(&mut given.attachments);
        }
    }

    /// Begins a turn. Scaffolding that came before the first words belongs to them.
    pub(super) fn begin(&mut self, id: &Tree<'_>, at: &Tree<'_>) -> &mut Turn {
        let is_open =
            |last: &Turn| last.parts.is_empty() && last.request.text.is_empty() && last.request.attachments.is_empty();
        let mut turn =
            Turn { id: id.as_text().map(str::to_owned), at: at.as_text().map(str::to_owned), ..Turn::default() };
        if let Some(last) = self.conversation.turns.pop_if(|last| is_open(last)) {
            turn.request.scaffolding = last.request.scaffolding;
        }
        self.conversation.turns.push(turn);
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

    /// The agent asked something and offered choices: texts, or objects with a label.
    pub(super) fn ask_person(&mut self, question: &str, choices: &Tree<'_>, answer: Option<String>) {
        let mut text = question.to_owned();
        for choice in choices.items() {
            text.push_str("\n- ");
            text.push_str(choice.text("label answer").unwrap_or(choice.as_words()));
        }
        self.question(text, answer);
    }

    /// Asks several questions, each with its choices and with what was answered: texts, flags and numbers, at any depth. An
    /// answer that was not sent yet is none; `instead` is what is known where there is none.
    pub(super) fn ask_all(&mut self, questions: &[Tree<'_>], answers: &Tree<'_>, instead: Option<&str>) {
        for question in questions.iter().take(MOST_QUESTIONS) {
            let text = question.find("message message.value title title.value", &|words| !words.as_words().is_empty());
            let given = answers.get(question.words("id"));
            let mut answer = String::new();
            if !given.says("state", "draft") {
                leaves(given, &mut answer);
            }
            let answer = if answer.is_empty() { instead.map(str::to_owned) } else { Some(answer) };
            self.ask_person(text.as_words(), question.get("options"), answer);
        }
    }

    /// The person said something while the agent was at work, which begins no turn.
    pub(super) fn said_at_work(&mut self, text: &str) {
        let (said, mut scaffolding) = scaffolding::split(text);
        self.turn().request.scaffolding.append(&mut scaffolding);
        if !said.is_empty() {
            self.question(String::new(), Some(said));
        }
    }

    /// A plan in words.
    pub(super) fn plan(&mut self, plan: &str) {
        self.add(Part::Plan(plan.to_owned()));
    }

    /// Everything before was replaced by a summary.
    pub(super) fn sum(&mut self, summary: &str) {
        self.add(Part::Compaction(summary.to_owned()));
    }

    /// The words of a summary, where it may have been told of without.
    pub(super) fn sum_in_words(&mut self, summary: &str) {
        match self.turn().parts.last_mut() {
            Some(Part::Compaction(text)) if text.is_empty() => text.push_str(summary),
            _ => self.sum(summary),
        }
    }

    /// Words of a tool among those of the person.
    pub(super) fn inject(&mut self, kind: &str, text: &str) {
        self.turn().request.inject(kind, text);
    }

    /// The to-do list as it stands from here on. The same list again is nothing new.
    pub(super) fn todos(&mut self, todos: Vec<Todo>) {
        let before = self.todos.and_then(|place| self.part(place));
        if before.is_none_or(|part| !matches!(part, Part::Todos(before) if *before == todos)) {
            self.add(Part::Todos(todos));
            self.todos = Some(self.last_place());
        }
    }

    /// A to-do list that a transcript keeps; one without items is none.
    pub(super) fn todo_items(&mut self, items: &[Tree<'_>]) {
        if !items.is_empty() {
            self.todos(tools::todo_items(items));
        }
    }

    /// Where the last part of the turn under way is.
    pub(super) fn last_place(&mut self) -> [usize; 2] {
        let part = self.turn().parts.len().saturating_sub(1);
        [self.conversation.turns.len() - 1, part]
    }

    /// The part at a place.
    pub(super) fn part(&mut self, [turn, part]: [usize; 2]) -> Option<&mut Part> {
        self.conversation.turns.get_mut(turn)?.parts.get_mut(part)
    }

    /// The agent calls a tool of that name; it may set the to-do list with it.
    pub(super) fn called(&mut self, id: &str, name: &str, input: &str) {
        self.call(tools::call(id, name, input));
        self.todos_of(name, input);
    }

    /// The to-do list that a call sets, if that is what the tool is for.
    pub(super) fn todos_of(&mut self, name: &str, input: &str) {
        if let Some(todos) = tools::todos(name, input) {
            self.todos(todos);
        }
    }

    /// Adds a call. One whose id is there already is the same call again: it is filled in, not repeated.
    pub(super) fn call(&mut self, mut call: Box<ToolCall>) {
        if let Some(known) = self.find(&call.id) {
            if call.output.is_empty() {
                std::mem::swap(&mut call.output, &mut known.output);
            }
            if call.status == ToolStatus::Unknown {
                call.status = known.status;
            }
            call.exit_code = call.exit_code.or(known.exit_code);
            *known = call;
            return;
        }
        let id = call.id.clone();
        self.add(Part::Tool(call));
        if !id.is_empty() {
            let place = self.last_place();
            self.calls.set(&id, place);
        }
    }

    /// A change to a file by a tool that is not told.
    pub(super) fn edited(&mut self, edit: FileEdit) {
        let mut call = tools::call("", "edit", "");
        call.paths.push(edit.path.clone());
        call.edits.push(edit);
        call.status = ToolStatus::Completed;
        self.call(call);
    }

    /// A call that was made before, by its id.
    pub(super) fn find(&mut self, id: &str) -> Option<&mut Box<ToolCall>> {
        match self.part(self.calls.get(id)?)? {
            Part::Tool(call) if call.id == id => Some(call),
            _ => None,
        }
    }

    /// The person refused a call, or stopped it.
    pub(super) fn refused(&mut self, id: &str) {
        if let Some(call) = self.find(id) {
            call.status = ToolStatus::Cancelled;
        }
    }

    /// What a call returned. `failed` where the transcript says so; a command's exit code decides by itself.
    /// `false` when nobody made that call.
    pub(super) fn result(&mut self, id: &str, output: &str, exit_code: Option<i32>, failed: bool) -> bool {
        let Some(call) = self.find(id) else { return false };
        output.clone_into(&mut call.output);
        call.exit_code = exit_code.or(call.exit_code);
        tools::end(call, failed);
        true
    }

    /// The same with the output as it came, which may tell the exit code. What nobody asked for is skipped.
    pub(super) fn returned(&mut self, id: &str, output: &str, failed: bool) {
        if !self.result(id, tools::unframed(output), tools::exit_code(output), failed) {
            self.skip();
        }
    }

    /// How the turn under way ended.
    pub(super) fn end(&mut self, state: TurnState) {
        self.turn().state = state;
    }

    /// It ended with an error, which is told even if there are no words for it.
    pub(super) fn end_failed(&mut self, message: &str) {
        self.add(Part::Error(message.to_owned()));
        self.end(TurnState::Failed);
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

impl Request {
    /// Something that the person gave along.
    pub(super) fn attach(&mut self, kind: AttachmentKind, name: &str, text: Option<&str>) {
        self.attachments.push(Attachment { kind, name: name.to_owned(), text: text.map(str::to_owned) });
    }

    /// Words of a tool among those of the person.
    pub(super) fn inject(&mut self, kind: &str, text: &str) {
        self.scaffolding.push(Scaffolding { kind: kind.to_owned(), text: text.to_owned() });
    }
}

/// All that a tree says, with commas between: texts, flags and numbers. What an answer says of itself is no part of it.
fn leaves(tree: &Tree<'_>, text: &mut String) {
    if !text.is_empty() && matches!(tree, Tree::Text(_) | Tree::Flag(_) | Tree::Number(_)) {
        text.push_str(", ");
    }
    match tree {
        Tree::Text(words) => text.push_str(words),
        Tree::Flag(flag) => text.push_str(if *flag { "yes" } else { "no" }),
        Tree::Number(number) => write_float(text, *number),
        _ => {}
    }
    tree.items().iter().for_each(|item| leaves(item, text));
    for (name, item) in tree.fields() {
        if !is_among("state kind", name) {
            leaves(item, text);
        }
    }
}

/// The path in the URI of a file; everything else as it is.
pub(super) fn local(uri: &str) -> &str {
    uri.strip_prefix("file://").unwrap_or(uri)
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
