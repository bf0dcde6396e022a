//! Claude Code: the lines under `~/.claude/projects`, and those that `claude -p --output-format stream-json` prints.
//!
//! A line is an envelope around a message of Anthropic's Messages API; one message stands in several lines. Lines hang together
//! by `parentUuid`. Calls that run at once make branches too, so only a prompt whose parent belongs to an earlier turn is a
//! rewind. What sub-agents say comes as `isSidechain` lines, as `agent_progress`, or under `parent_tool_use_id`.

mod questions;
mod tasks;

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use self::questions::Questions;
use self::tasks::TaskList;
use super::super::conversation::{
    Attachment, AttachmentKind, Change, FileEdit, Part, Scaffolding, ToolKind, ToolStatus, Turn, TurnState,
};
use super::super::scaffolding;
use super::super::tools;
use super::super::tree::{Shape, Tree};
use super::Reader;
use super::draft::Draft;
use super::source::Source;

/// The reader of this format.
pub(super) const READER: Reader = Reader { id: "claude-code", knows, read };

const SHAPE: Shape = Shape {
    levels: 0,
    skip: &["signature", "usage", "snapshot", "thinkingMetadata", "hookInfos", "normalizedMessages", "originalFile"],
    raw: &["input", "toolUseResult", "tool_use_result", "data"],
};
/// Of the tool's own result: not what stands in the call already.
const RESULT: Shape = Shape {
    levels: 0,
    skip: &["originalFile", "oldString", "newString", "content", "stdout", "stderr", "file", "edits", "questions"],
    raw: &[],
};
/// Kinds of lines that tell nothing of the conversation.
const BOOKKEEPING: &[&str] = &[
    "file-history-snapshot",
    "file-history-delta",
    "queue-operation",
    "last-prompt",
    "mode",
    "permission-mode",
    "agent-name",
    "agent-color",
    "agent-setting",
    "tag",
    "result",
    "stream_event",
    "worktree-state",
    "rate_limit_event",
    "tool_progress",
    "keep_alive",
    "control_request",
    "control_response",
    "auth_status",
    "content-replacement",
    "task-summary",
];
const INTERRUPTED: &str = "[Request interrupted by user";
/// How results begin when the person refused the call, and what comes before the person's reason.
const REFUSED: &[&str] = &["The user doesn't want to ", "User rejected ", "The tool use was rejected"];
const REASON: &str = "the user said:\n";

/// Whether a file is a transcript of Claude Code.
fn knows(source: &Source<'_>) -> bool {
    source.peeked.iter().any(|line| {
        let kind = line.text("type").unwrap_or_default();
        let is_stored = line.text("sessionId").is_some()
            && (line.fields().iter().any(|(name, _)| name == "parentUuid") || BOOKKEEPING.contains(&kind));
        let is_streamed = line.text("session_id").is_some() && ["system", "assistant", "user"].contains(&kind);
        is_stored || is_streamed || (line.text("leafUuid").is_some() && kind == "summary")
    })
}

/// Reads one.
fn read(source: &Source<'_>, draft: &mut Draft) {
    let is_main = |line: &Tree<'_>| line.get("message").is_there() && !line.is("isSidechain");
    let mut reading = Reading { is_sidechain: !source.peeked.iter().any(is_main), ..Reading::default() };
    for line in source.lines_until(SHAPE, ["message", "toolUseResult"]) {
        match line {
            Some(line) => reading.line(&line, draft),
            None => draft.skip(),
        }
    }
    reading.finish(draft);
}

/// What a sub-agent said and did.
#[derive(Debug, Default)]
struct Sidechain {
    /// The call that began it, where a line tells.
    call: Option<String>,
    /// What it was asked.
    prompt: String,
    draft: Draft,
}

#[derive(Debug, Default)]
struct Reading {
    /// All of the file is the transcript of a sub-agent; until a line says otherwise.
    is_sidechain: bool,
    /// How many turns there were when a line had been read.
    turns_at: BTreeMap<String, usize>,
    /// Which sidechain a line, an agent or a call belongs to.
    sidechain_of: BTreeMap<String, usize>,
    sidechains: Vec<Sidechain>,
    /// The line that is read belongs to a sidechain.
    is_aside: bool,
    /// Calls of sub-agents by what these were asked.
    delegated: BTreeMap<String, VecDeque<String>>,
    questions: Questions,
    tasks: TaskList,
    /// How many turns there were when a slash command had been read.
    command: Option<usize>,
    /// Titles that Claude Code made, with the line they stand for.
    summaries: Vec<(String, String)>,
    /// A title that was given, and one that was made for the session as a whole.
    titles: [Option<String>; 2],
}

impl Reading {
    fn line(&mut self, line: &Tree<'_>, draft: &mut Draft) {
        let kind = line.text("type").unwrap_or_default();
        let uuid = line.text("uuid").unwrap_or_default();
        // A resumed session repeats the lines of the one it continues.
        if !uuid.is_empty() && (self.turns_at.contains_key(uuid) || self.sidechain_of.contains_key(uuid)) {
            return;
        }
        if *line.get("isSidechain") == Tree::Flag(false) {
            self.is_sidechain = false;
        }
        let skipped = draft.conversation.skipped;
        match kind {
            "user" | "assistant" => match self.sidechain(line, uuid) {
                Some(at) => return self.aside(at, kind, line),
                None => self.message(kind, line, draft),
            },
            "progress" => self.progress(line),
            "system" => self.system(line, draft),
            "attachment" => self.attachment(line.get("attachment"), draft),
            "summary" => {
                let summary = (line.string("leafUuid").unwrap_or_default(), line.string("summary").unwrap_or_default());
                self.summaries.push(summary);
            }
            "custom-title" => self.titles[0] = line.string("customTitle"),
            "ai-title" => self.titles[1] = line.string("aiTitle").or_else(|| line.string("title")),
            "pr-link" => {
                let workspace = &mut draft.conversation.workspace;
                workspace.pull_request = line.string("prUrl").or(workspace.pull_request.take());
                workspace.repository = line.string("prRepository").or(workspace.repository.take());
            }
            kind if BOOKKEEPING.contains(&kind) => {}
            _ => return draft.skip(),
        }
        self.surroundings(line, draft);
        if !uuid.is_empty() && draft.conversation.skipped == skipped {
            self.turns_at.insert(uuid.to_owned(), draft.conversation.turns.len());
        }
    }

    fn surroundings(&mut self, line: &Tree<'_>, draft: &mut Draft) {
        let conversation = &mut draft.conversation;
        if conversation.workspace.folder.is_none() {
            conversation.workspace.folder = line.string("cwd");
        }
        if let Some(branch) = line.text("gitBranch").filter(|branch| !branch.is_empty() && *branch != "HEAD")
            && conversation.workspace.branch.as_deref() != Some(branch)
        {
            conversation.workspace.branch = Some(branch.to_owned());
        }
        if let Some(version) = line.text("version").or_else(|| line.text("claude_code_version"))
            && conversation.tool.is_none()
        {
            conversation.tool = Some(["Claude Code ", version].concat());
        }
    }

    /// Which sidechain a line belongs to; `None` for the conversation itself.
    fn sidechain(&mut self, line: &Tree<'_>, uuid: &str) -> Option<usize> {
        let call = line.text("parent_tool_use_id");
        let is_side = line.is("isSidechain") && !self.is_sidechain;
        if !is_side && call.is_none() {
            return None;
        }
        let agent = line.text("agentId").unwrap_or_default();
        let keys = [call.unwrap_or_default(), line.text("parentUuid").unwrap_or_default(), agent];
        let known = keys.iter().find_map(|key| self.sidechain_of.get(*key).copied());
        let at = known.unwrap_or(self.sidechains.len());
        if at == self.sidechains.len() {
            let prompt = text_of(line.at(&["message", "content"])).into_owned();
            self.sidechains.push(Sidechain { call: call.map(str::to_owned), prompt, ..Sidechain::default() });
        }
        for key in [call.unwrap_or_default(), agent, uuid] {
            if !key.is_empty() {
                self.sidechain_of.insert(key.to_owned(), at);
            }
        }
        Some(at)
    }

    fn aside(&mut self, at: usize, kind: &str, line: &Tree<'_>) {
        let Some(sidechain) = self.sidechains.get_mut(at) else { return };
        let mut draft = std::mem::take(&mut sidechain.draft);
        self.is_aside = true;
        self.message(kind, line, &mut draft);
        self.is_aside = false;
        if let Some(sidechain) = self.sidechains.get_mut(at) {
            sidechain.draft = draft;
        }
    }

    /// What a sub-agent says while its call runs.
    fn progress(&mut self, line: &Tree<'_>) {
        let Tree::Raw(data) = line.get("data") else { return };
        if !data.contains("\"agent_progress\"") {
            return;
        }
        let (Some(data), Some(call)) = (Tree::parse(data, SHAPE), line.text("parentToolUseID")) else { return };
        let message = data.get("message");
        let known = self.sidechain_of.get(call).copied();
        let at = known.unwrap_or(self.sidechains.len());
        if known.is_none() {
            self.sidechain_of.insert(call.to_owned(), at);
            self.sidechains.push(Sidechain { call: Some(call.to_owned()), ..Sidechain::default() });
        }
        self.aside(at, message.text("type").unwrap_or_default(), message);
    }

    fn system(&mut self, line: &Tree<'_>, draft: &mut Draft) {
        match line.text("subtype") {
            Some("compact_boundary") => draft.add(Part::Compaction(String::new())),
            Some("init") => draft.conversation.model = line.string("model"),
            _ => {}
        }
    }

    /// What the person gave along, and what they said while the agent was at work.
    fn attachment(&mut self, attachment: &Tree<'_>, draft: &mut Draft) {
        let kind = match attachment.text("type") {
            Some("queued_command") if attachment.text("commandMode") != Some("task-notification") => {
                return said_at_work(&text_of(attachment.get("prompt")), draft);
            }
            Some("file" | "directory" | "already_read_file" | "pdf_reference") => AttachmentKind::File,
            Some("selected_lines_in_ide") => AttachmentKind::Selection,
            _ => return,
        };
        let Some(name) = attachment.string("filename").or_else(|| attachment.string("path")) else { return };
        let text = attachment.string("content").or_else(|| attachment.at(&["content", "file"]).string("content"));
        draft.turn().request.attachments.push(Attachment { kind, name, text });
    }

    fn message(&mut self, kind: &str, line: &Tree<'_>, draft: &mut Draft) {
        let message = line.get("message");
        match kind {
            "assistant" => self.response(line, message, draft),
            "user" => self.request(line, message.get("content"), draft),
            _ => draft.skip(),
        }
    }

    fn response(&mut self, line: &Tree<'_>, message: &Tree<'_>, draft: &mut Draft) {
        match message.text("model") {
            Some("<synthetic>") if !line.is("isApiErrorMessage") => return,
            Some("<synthetic>") | None => {}
            Some(model) if draft.conversation.model.as_deref() == Some(model) => {}
            Some(model) => draft.conversation.model = Some(model.to_owned()),
        }
        let content = message.get("content");
        if line.is("isApiErrorMessage") {
            draft.add(Part::Error(text_of(content).into_owned()));
            return draft.end(TurnState::Failed);
        }
        draft.end(TurnState::Completed);
        if let Some(text) = content.as_text() {
            draft.say(text);
        }
        for block in content.items() {
            match block.text("type") {
                Some("text") => draft.say(block.text("text").unwrap_or_default()),
                Some("thinking") => draft.think(block.text("thinking").unwrap_or_default()),
                Some("tool_use" | "server_tool_use" | "mcp_tool_use") => self.call(block, draft),
                Some("redacted_thinking" | "web_search_tool_result" | "mcp_tool_result") => {}
                _ => draft.skip(),
            }
        }
    }

    fn call(&mut self, block: &Tree<'_>, draft: &mut Draft) {
        let (id, name) = (block.text("id").unwrap_or_default(), block.text("name").unwrap_or_default());
        let Tree::Raw(input) = *block.get("input") else { return draft.skip() };
        let call = tools::call(id, name, input);
        let is_subagent = call.kind == ToolKind::Subagent;
        draft.call(call);
        if let Some(todos) = tools::todos(name, input) {
            return draft.todos(todos);
        }
        if !is_subagent && !["ExitPlanMode", "AskUserQuestion", "TaskCreate", "TaskUpdate"].contains(&name) {
            return;
        }
        let Some(input) = Tree::parse(input, Shape::default()) else { return };
        match name {
            "ExitPlanMode" => plan(&input, draft),
            "AskUserQuestion" => self.questions.ask(id, &input, draft),
            "TaskCreate" => self.tasks.create(id, &input),
            "TaskUpdate" => self.tasks.update(&input),
            _ => {
                let prompt = input.string("prompt").unwrap_or_default();
                self.delegated.entry(prompt).or_default().push_back(id.to_owned());
            }
        }
    }

    /// A line of the person, or of what tools returned to the model.
    fn request(&mut self, line: &Tree<'_>, content: &Tree<'_>, draft: &mut Draft) {
        let mut images = Vec::new();
        let mut has_result = false;
        for block in content.items() {
            match block.text("type") {
                Some("tool_result") => {
                    has_result = true;
                    self.result(line, block, draft);
                }
                Some(kind @ ("image" | "document")) => {
                    let name = block.at(&["source", "media_type"]).as_text().unwrap_or(kind).to_owned();
                    let kind = if kind == "image" { AttachmentKind::Image } else { AttachmentKind::File };
                    images.push(Attachment { kind, name, text: None });
                }
                _ => {}
            }
        }
        let text = text_of(content);
        if text.is_empty() && images.is_empty() {
            if !has_result {
                draft.skip();
            }
            return;
        }
        if text.starts_with(INTERRUPTED) {
            return draft.end(TurnState::Cancelled);
        }
        if line.is("isCompactSummary") {
            return compaction(text.into_owned(), draft);
        }
        let is_told_by_tool = line.at(&["origin", "kind"]).as_text().is_some_and(|kind| kind != "human");
        if has_result && !line.is("isMeta") && !line.is("isSynthetic") && !is_told_by_tool {
            return said_at_work(&text, draft);
        }
        if line.is("isMeta") || line.is("isSynthetic") || is_told_by_tool {
            let kind = if line.is("isMeta") { "meta" } else { "injected" }.to_owned();
            return draft.turn().request.scaffolding.push(Scaffolding { kind, text: text.into_owned() });
        }
        // A command of Claude Code itself, such as /clear, prints something: nobody was asked anything.
        if text.starts_with("<local-command-std") && self.command.take() == Some(draft.conversation.turns.len()) {
            let turns = draft.conversation.turns.len().saturating_sub(1);
            if draft.turn().parts.is_empty() {
                draft.rewind(turns);
            }
        }
        if !self.is_aside {
            self.tasks.put(draft);
            self.rewind(line, draft);
        }
        let (id, at) = (line.text("uuid"), line.text("timestamp"));
        let turn = match text.is_empty() {
            true => draft.begin(Turn { id: id.map(str::to_owned), at: at.map(str::to_owned), ..Turn::default() }),
            false => draft.ask(&text, id, at),
        };
        turn.request.attachments.append(&mut images);
        let is_command = text.starts_with("<command-name>") || text.starts_with("<command-message>");
        self.command = is_command.then_some(draft.conversation.turns.len());
    }

    /// A prompt that continues from an earlier turn takes the place of what came after that.
    fn rewind(&mut self, line: &Tree<'_>, draft: &mut Draft) {
        let Some(parent) = line.text("parentUuid") else { return };
        if let Some(turns) = self.turns_at.get(parent).copied()
            && turns < draft.conversation.turns.len()
        {
            draft.rewind(turns);
            self.tasks.tell_again();
        }
    }

    fn result(&mut self, line: &Tree<'_>, block: &Tree<'_>, draft: &mut Draft) {
        let id = block.text("tool_use_id").unwrap_or_default();
        let output = text_of(block.get("content"));
        let failed = block.is("is_error");
        let mut code = if failed { tools::exit_code(&output) } else { None };
        let own = match (line.get("toolUseResult"), line.get("tool_use_result")) {
            (Tree::Raw(raw), _) | (_, Tree::Raw(raw)) => *raw,
            _ => "",
        };
        let Some(call) = draft.find(id) else { return draft.skip() };
        let name = call.name.clone();
        let kind = call.kind;
        let wants = ["AskUserQuestion", "ExitPlanMode", "TaskCreate"].contains(&&*name);
        let own = match wants || matches!(kind, ToolKind::Edit | ToolKind::Execute | ToolKind::Subagent) {
            true => Tree::parse_start(own, RESULT).unwrap_or(Tree::Null),
            false => Tree::Null,
        };
        match kind {
            ToolKind::Edit => edited(&own, &mut call.edits),
            // Bash returns an error for every other code; what it reads from a code it puts into words.
            ToolKind::Execute if !failed && own.get("interrupted") == &Tree::Flag(false) => {
                let is_told = own.get("backgroundTaskId").is_there() || own.get("returnCodeInterpretation").is_there();
                code = if is_told { None } else { Some(0) };
            }
            ToolKind::Subagent => {
                if let Some(at) = own.text("agentId").and_then(|agent| self.sidechain_of.get(agent))
                    && let Some(sidechain) = self.sidechains.get_mut(*at)
                {
                    sidechain.call = Some(id.to_owned());
                }
            }
            _ => {}
        }
        let shown = if failed { tools::unframed(&output) } else { &*output };
        draft.result(id, shown, code, Some(failed));
        if failed && REFUSED.iter().any(|words| output.starts_with(words)) {
            if let Some(call) = draft.find(id) {
                call.status = ToolStatus::Cancelled;
            }
            // What the person says instead is theirs, and binds.
            let question = match &*name {
                // It has its own.
                "AskUserQuestion" => String::new(),
                "ExitPlanMode" => "May I go ahead with this plan?".to_owned(),
                name => ["May I use ", name, "?"].concat(),
            };
            if let Some((_, reason)) = output.split_once(REASON).filter(|_| !question.is_empty()) {
                draft.add(Part::Question { text: question, answer: Some(reason.trim().to_owned()) });
            }
        }
        match &*name {
            "AskUserQuestion" => {
                self.questions.answer(id, own.get("answers"), Some(&*output).filter(|_| !failed), draft)
            }
            "ExitPlanMode" if !failed => plan(&own, draft),
            "TaskCreate" => {
                let task = own.at(&["task", "id"]).as_text();
                let number = task.or_else(|| output.strip_prefix("Task #")?.split(' ').next());
                self.tasks.number(id, number.unwrap_or_default());
            }
            _ => {}
        }
    }

    fn finish(mut self, draft: &mut Draft) {
        self.tasks.put(draft);
        for sidechain in self.sidechains {
            let call = match sidechain.call {
                Some(call) => Some(call),
                None => self.delegated.get_mut(&sidechain.prompt).and_then(VecDeque::pop_front),
            };
            if let Some(call) = call.as_deref().and_then(|call| draft.find(call)) {
                call.subagent = sidechain.draft.finish().turns;
            }
        }
        let [given, made] = self.titles;
        let is_ours = |leaf: &str| self.turns_at.contains_key(leaf);
        let summary = self.summaries.into_iter().rev().find(|(leaf, _)| is_ours(leaf)).map(|(_, summary)| summary);
        draft.conversation.title = given.or(made).or(summary);
    }
}

/// All text of a message's content.
fn text_of<'t>(content: &'t Tree<'_>) -> Cow<'t, str> {
    if let Some(text) = content.as_text() {
        return Cow::Borrowed(text);
    }
    let mut all = Cow::Borrowed("");
    for block in content.items() {
        let text = match block.text("type") {
            Some("text") => block.text("text").unwrap_or_default(),
            Some(_) => continue,
            None => block.as_text().unwrap_or_default(),
        };
        if all.is_empty() {
            all = Cow::Borrowed(text);
        } else if !text.is_empty() {
            all.to_mut().push('\n');
            all.to_mut().push_str(text);
        }
    }
    all
}

/// Words beside a result, or out of the queue, were said while the agent was at work. They begin no turn.
fn said_at_work(text: &str, draft: &mut Draft) {
    let (answer, mut scaffolding) = scaffolding::split(text);
    draft.turn().request.scaffolding.append(&mut scaffolding);
    if !answer.is_empty() {
        draft.add(Part::Question { text: String::new(), answer: Some(answer) });
    }
}

/// Everything before was summed up.
fn compaction(summary: String, draft: &mut Draft) {
    match draft.turn().parts.last_mut() {
        Some(Part::Compaction(text)) if text.is_empty() => *text = summary,
        _ => draft.add(Part::Compaction(summary)),
    }
}

/// A plan in words, once.
fn plan(holder: &Tree<'_>, draft: &mut Draft) {
    let Some(plan) = holder.text("plan").filter(|plan| !plan.is_empty()) else { return };
    let is_known =
        draft.turn().parts.iter().rev().take(40).any(|part| matches!(part, Part::Plan(known) if known == plan));
    if !is_known {
        draft.add(Part::Plan(plan.to_owned()));
    }
}

/// The edit as it was made, with its place in the file.
fn edited(own: &Tree<'_>, edits: &mut Vec<FileEdit>) {
    let (Some(path), patch) = (own.string("filePath"), own.list("structuredPatch")) else { return };
    if patch.is_empty() {
        return;
    }
    let mut diff = String::new();
    for hunk in patch {
        let number = |name| hunk.whole(name).unwrap_or_default();
        diff.push_str(&format!(
            "@@ -{},{} +{},{} @@\n",
            number("oldStart"),
            number("oldLines"),
            number("newStart"),
            number("newLines")
        ));
        for line in hunk.list("lines") {
            diff.push_str(line.as_text().unwrap_or_default());
            diff.push('\n');
        }
    }
    let change = if own.text("type") == Some("create") { Change::Added } else { Change::Modified };
    *edits = vec![FileEdit { path, from: None, change, diff }];
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
