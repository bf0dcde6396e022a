//! Claude Code: the lines under `~/.claude/projects`, and those that `claude -p --output-format stream-json` prints.
//!
//! A line is an envelope around a message of Anthropic's Messages API; one message stands in several lines. Lines hang together
//! by `parentUuid`. Calls that run at once make branches too, so only a prompt whose parent belongs to an earlier turn is a
//! rewind. What sub-agents say comes as `isSidechain` lines, as `agent_progress`, or under `parent_tool_use_id`.

mod questions;
mod tasks;

use std::borrow::Cow;

use self::questions::Questions;
use self::tasks::TaskList;
use super::super::conversation::{AttachmentKind, Change, FileEdit, Part, Request, ToolKind, TurnState};
use super::super::tools;
use super::super::tree::{NULL, Shape, Tree};
use super::Reader;
use super::draft::{Act, Draft, Rules};
use super::places::{Places, Waiting};
use super::source::{Source, each};
use crate::find::{self, around, before, holds, is_among};

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
const BOOKKEEPING: &str = "file-history-snapshot file-history-delta queue-operation last-prompt mode permission-mode agent-name \
    agent-color agent-setting tag result stream_event worktree-state rate_limit_event tool_progress \
    keep_alive control_request control_response auth_status content-replacement task-summary";
const INTERRUPTED: &str = "[Request interrupted by user";
/// How results begin when the person refused the call, and what comes before the person's reason.
const REFUSED: &str = "The user doesn't want to |User rejected |The tool use was rejected";
const REASON: &str = "the user said:\n";

/// Whether a file is a transcript of Claude Code.
fn knows(source: &Source<'_>) -> bool {
    source.peeked.iter().any(|line| {
        let kind = line.words("type");
        let is_stored = line.text("sessionId").is_some()
            && (line.fields().iter().any(|(name, _)| name == "parentUuid") || is_among(BOOKKEEPING, kind));
        let is_streamed = line.text("session_id").is_some() && is_among("system assistant user", kind);
        is_stored || is_streamed || (line.text("leafUuid").is_some() && kind == "summary")
    })
}

/// Reads one.
fn read(source: &Source<'_>, draft: &mut Draft) {
    let is_main = |line: &Tree<'_>| line.has("message") && !line.is("isSidechain");
    let mut reading = Reading { is_sidechain: !source.peeked.iter().any(is_main), ..Reading::default() };
    let lines = source.lines_until(&SHAPE, ["message", "toolUseResult"]);
    each(lines, draft, &mut |line, draft| reading.line(line, draft));
    reading.finish(draft);
}

/// What a sub-agent said and did.
#[derive(Debug, Default)]
struct Sidechain {
    /// The call that began it, where a line tells.
    call: Option<String>,
    /// What it was asked.
    prompt: String,
    draft: Option<Box<Draft>>,
}

#[derive(Debug, Default)]
struct Reading {
    /// All of the file is the transcript of a sub-agent; until a line says otherwise.
    is_sidechain: bool,
    /// How many turns there were when a line had been read.
    turns_at: Places,
    /// Which sidechain a line, an agent or a call belongs to.
    sidechain_of: Places,
    sidechains: Vec<Sidechain>,
    /// The line that is read belongs to a sidechain.
    is_aside: bool,
    /// Calls of sub-agents by what these were asked.
    delegated: Waiting,
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
        let kind = line.words("type");
        let uuid = line.words("uuid");
        // A resumed session repeats the lines of the one it continues.
        if self.turns_at.get(uuid).or(self.sidechain_of.get(uuid)).is_some() {
            return;
        }
        if line.is_not("isSidechain") {
            self.is_sidechain = false;
        }
        let skipped = draft.conversation.skipped;
        match draft.follow(LINES, kind, line) {
            MESSAGE => match self.sidechain(line, uuid) {
                Some(at) => return self.aside(at, kind, line),
                None => self.message(kind, line, draft),
            },
            PROGRESS => self.progress(line),
            SUMMARY => self.summaries.push((line.words("leafUuid").to_string(), line.words("summary").to_string())),
            TITLE => self.titles[0] = line.string("customTitle"),
            AI_TITLE => self.titles[1] = line.string("aiTitle title"),
            UNKNOWN => return draft.skip(),
            _ => {}
        }
        surroundings(line, draft);
        if draft.conversation.skipped == skipped {
            self.turns_at.set(uuid, [draft.conversation.turns.len(), 0]);
        }
    }

    /// Which sidechain a line belongs to; `None` for the conversation itself.
    fn sidechain(&mut self, line: &Tree<'_>, uuid: &str) -> Option<usize> {
        let is_side = line.is("isSidechain") && !self.is_sidechain;
        let call = line.text("parent_tool_use_id");
        if !is_side && call.is_none() {
            return None;
        }
        let of = |name: &str| self.sidechain_of.get(line.words(name));
        let known = of("parent_tool_use_id").or_else(|| of("parentUuid")).or_else(|| of("agentId"));
        let [at, _] = known.unwrap_or([self.sidechains.len(), 0]);
        if known.is_none() {
            let prompt = text_of(line.at("message.content")).into_owned();
            self.sidechains.push(Sidechain { call: call.map(str::to_owned), prompt, draft: None });
        }
        for key in [call.unwrap_or_default(), line.words("agentId"), uuid] {
            self.sidechain_of.set(key, [at, 0]);
        }
        Some(at)
    }

    fn aside(&mut self, at: usize, kind: &str, line: &Tree<'_>) {
        let mut draft = self.sidechains[at].draft.take().unwrap_or_default();
        self.is_aside = true;
        self.message(kind, line, &mut draft);
        self.is_aside = false;
        self.sidechains[at].draft = Some(draft);
    }

    /// What a sub-agent says while its call runs.
    fn progress(&mut self, line: &Tree<'_>) {
        let data = line.get("data").as_raw();
        if !holds(data, "\"agent_progress\"") {
            return;
        }
        let (Some(data), Some(call)) = (Tree::parse(data, &SHAPE), line.text("parentToolUseID")) else { return };
        let known = self.sidechain_of.get(call);
        let [at, _] = known.unwrap_or([self.sidechains.len(), 0]);
        if known.is_none() {
            self.sidechain_of.set(call, [at, 0]);
            self.sidechains.push(Sidechain { call: Some(call.to_owned()), ..Sidechain::default() });
        }
        self.aside(at, data.words("message.type"), data.get("message"));
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
        let content = message.get("content");
        let is_error = line.is("isApiErrorMessage");
        match message.says("model", "<synthetic>") {
            true if !is_error => return,
            true => {}
            false => message.put("model", &mut draft.conversation.model),
        }
        if is_error {
            return draft.end_failed(&text_of(content));
        }
        draft.end(TurnState::Completed);
        draft.say(content.as_words());
        for block in content.items() {
            if draft.follow(BLOCKS, block.words("type"), block) == CALL {
                self.call(block, draft);
            }
        }
    }

    fn call(&mut self, block: &Tree<'_>, draft: &mut Draft) {
        let (id, name) = (block.words("id"), block.words("name"));
        let Tree::Raw(input) = *block.get("input") else { return draft.skip() };
        draft.called(id, name, input);
        let is_subagent = tools::kind(name) == ToolKind::Subagent;
        if !is_subagent && !is_among("ExitPlanMode AskUserQuestion TaskCreate TaskUpdate", name) {
            return;
        }
        let Some(input) = Tree::parse(input, Shape::ALL) else { return };
        match &**name {
            "ExitPlanMode" => plan(&input, draft),
            "AskUserQuestion" => self.questions.ask(id, &input, draft),
            "TaskCreate" => self.tasks.create(id, &input),
            "TaskUpdate" => self.tasks.update(&input),
            _ => self.delegated.add(input.words("prompt"), id),
        }
    }

    /// A line of the person, or of what tools returned to the model.
    fn request(&mut self, line: &Tree<'_>, content: &Tree<'_>, draft: &mut Draft) {
        let mut given = Request::default();
        let mut has_result = false;
        for block in content.items() {
            let kind = block.words("type");
            if kind == "tool_result" {
                has_result = true;
                self.result(line, block, draft);
            } else if kind == "image" || kind == "document" {
                let name = block.text("source.media_type").unwrap_or(kind);
                given.attach(if kind == "image" { AttachmentKind::Image } else { AttachmentKind::File }, name, None);
            }
        }
        let text = text_of(content);
        if text.is_empty() && given.attachments.is_empty() {
            if !has_result {
                draft.skip();
            }
            return;
        }
        if text.starts_with(INTERRUPTED) {
            return draft.end(TurnState::Cancelled);
        }
        if line.is("isCompactSummary") {
            return draft.sum_in_words(&text);
        }
        let is_meta = line.is("isMeta");
        let origin = line.words("origin.kind");
        if is_meta || line.is("isSynthetic") || !origin.is_empty() && origin != "human" {
            return draft.inject(if is_meta { "meta" } else { "injected" }, &text);
        }
        if has_result {
            return draft.said_at_work(&text);
        }
        // A command of Claude Code itself, such as /clear, prints something: nobody was asked anything.
        let turns = draft.conversation.turns.len();
        if text.starts_with("<local-command-std") && self.command.take() == Some(turns) && draft.turn().parts.is_empty()
        {
            draft.rewind(turns.saturating_sub(1));
        }
        if !self.is_aside {
            self.tasks.put(draft);
            self.rewind(line, draft);
        }
        let (id, at) = (line.get("uuid"), line.get("timestamp"));
        let turn = if text.is_empty() { draft.begin(id, at) } else { draft.ask(&text, id, at) };
        turn.request.attachments.append(&mut given.attachments);
        let is_command = text.starts_with("<command-name>") || text.starts_with("<command-message>");
        self.command = is_command.then_some(draft.conversation.turns.len());
    }

    /// A prompt that continues from an earlier turn takes the place of what came after that.
    fn rewind(&mut self, line: &Tree<'_>, draft: &mut Draft) {
        if let Some([turns, _]) = self.turns_at.get(line.words("parentUuid"))
            && turns < draft.conversation.turns.len()
        {
            draft.rewind(turns);
            self.tasks.tell_again();
        }
    }

    fn result(&mut self, line: &Tree<'_>, block: &Tree<'_>, draft: &mut Draft) {
        let id = block.words("tool_use_id");
        let output = text_of(block.get("content"));
        let failed = block.is("is_error");
        let mut code = if failed { tools::exit_code(&output) } else { None };
        let Some(call) = draft.find(id) else { return draft.skip() };
        let name = call.name.clone();
        let has_own = matches!(call.kind, ToolKind::Edit | ToolKind::Execute | ToolKind::Subagent);
        let own = match has_own || is_among("AskUserQuestion ExitPlanMode TaskCreate", &name) {
            true => Tree::parse_start(own_result(line), &RESULT),
            false => NULL,
        };
        match call.kind {
            ToolKind::Edit => edited(&own, &mut call.edits),
            // Bash returns an error for every other code; what it reads from a code it puts into words.
            ToolKind::Execute if !failed && own.is_not("interrupted") => {
                let is_told = own.has("backgroundTaskId") || own.has("returnCodeInterpretation");
                code = if is_told { None } else { Some(0) };
            }
            ToolKind::Subagent => {
                if let Some([at, _]) = self.sidechain_of.get(own.words("agentId")) {
                    self.sidechains[at].call = Some(id.to_string());
                }
            }
            _ => {}
        }
        draft.result(id, if failed { tools::unframed(&output) } else { &output }, code, failed);
        if failed && find::any(REFUSED, &|words| output.starts_with(words)) {
            draft.refused(id);
            refused(&name, &output, draft);
        }
        match &*name {
            "AskUserQuestion" => {
                self.questions.answer(id, own.get("answers"), Some(&*output).filter(|_| !failed), draft)
            }
            "ExitPlanMode" if !failed => plan(&own, draft),
            "TaskCreate" => {
                let task = own.text("task.id").or_else(|| output.strip_prefix("Task #").map(|rest| before(rest, " ")));
                self.tasks.number(id, task.unwrap_or_default());
            }
            _ => {}
        }
    }

    fn finish(mut self, draft: &mut Draft) {
        self.tasks.put(draft);
        for sidechain in self.sidechains {
            let call = sidechain.call.or_else(|| self.delegated.take(&sidechain.prompt)).unwrap_or_default();
            if let (Some(call), Some(aside)) = (draft.find(&call), sidechain.draft) {
                call.subagent = aside.finish().turns;
            }
        }
        let [given, made] = self.titles;
        let summary = self.summaries.into_iter().rev().find(|(leaf, _)| self.turns_at.get(leaf).is_some());
        draft.conversation.title = given.or(made).or(summary.map(|(_, summary)| summary));
    }
}

const MESSAGE: u8 = 1;
const PROGRESS: u8 = 2;
const SUMMARY: u8 = 3;
const TITLE: u8 = 4;
const AI_TITLE: u8 = 5;
const UNKNOWN: u8 = 6;

const LINES: &Rules = &[
    ("user assistant", Act::Own(MESSAGE)),
    ("progress", Act::Own(PROGRESS)),
    (
        "system",
        Act::Do(|line, draft| {
            if line.says("subtype", "compact_boundary") {
                draft.sum("");
            } else if line.says("subtype", "init") {
                draft.conversation.model = line.string("model");
            }
        }),
    ),
    ("attachment", Act::Do(|line, draft| attachment(line.get("attachment"), draft))),
    ("summary", Act::Own(SUMMARY)),
    ("custom-title", Act::Own(TITLE)),
    ("ai-title", Act::Own(AI_TITLE)),
    (
        "pr-link",
        Act::Do(|line, draft| {
            line.put("prUrl", &mut draft.conversation.workspace.pull_request);
            line.put("prRepository", &mut draft.conversation.workspace.repository);
        }),
    ),
    (BOOKKEEPING, Act::Nothing),
    ("", Act::Own(UNKNOWN)),
];

const CALL: u8 = 1;

const BLOCKS: &Rules = &[
    ("text", Act::Say("text")),
    ("thinking", Act::Think("thinking")),
    ("tool_use server_tool_use mcp_tool_use", Act::Own(CALL)),
    ("redacted_thinking web_search_tool_result mcp_tool_result", Act::Nothing),
];

fn surroundings(line: &Tree<'_>, draft: &mut Draft) {
    let conversation = &mut draft.conversation;
    if conversation.workspace.folder.is_none() {
        line.put("cwd", &mut conversation.workspace.folder);
    }
    let branch = line.words("gitBranch");
    if !branch.is_empty() && branch != "HEAD" {
        line.put("gitBranch", &mut conversation.workspace.branch);
    }
    if conversation.tool.is_none()
        && let Some(version) = line.text("version claude_code_version")
    {
        conversation.tool = Some(["Claude Code ", version].concat());
    }
}

/// What the person gave along, and what they said while the agent was at work.
fn attachment(attachment: &Tree<'_>, draft: &mut Draft) {
    let kind = match attachment.text("type") {
        Some("queued_command") if !attachment.says("commandMode", "task-notification") => {
            return draft.said_at_work(&text_of(attachment.get("prompt")));
        }
        Some("file" | "directory" | "already_read_file" | "pdf_reference") => AttachmentKind::File,
        Some("selected_lines_in_ide") => AttachmentKind::Selection,
        _ => return,
    };
    if let Some(name) = attachment.text("filename path") {
        draft.turn().request.attach(kind, name, attachment.text("content content.file.content"));
    }
}

/// The tool's own result, which only stored and streamed lines have.
fn own_result<'a>(line: &Tree<'a>) -> &'a str {
    match line.get("toolUseResult").as_raw() {
        "" => line.get("tool_use_result").as_raw(),
        own => own,
    }
}

/// What the person says instead is theirs, and binds.
fn refused(name: &str, output: &str, draft: &mut Draft) {
    let question = match name {
        // It has its own.
        "AskUserQuestion" => return,
        "ExitPlanMode" => "May I go ahead with this plan?".to_owned(),
        name => ["May I use ", name, "?"].concat(),
    };
    if let Some((_, reason)) = around(output, REASON) {
        draft.question(question, Some(reason.trim().to_owned()));
    }
}

/// All text of a message's content.
fn text_of<'t>(content: &'t Tree<'_>) -> Cow<'t, str> {
    let mut all = Cow::Borrowed(&**content.as_words());
    for block in content.items() {
        let kind = block.words("type");
        let text = match kind == "text" {
            true => block.words("text"),
            false if kind.is_empty() => block.as_words(),
            false => continue,
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

/// A plan in words, once.
fn plan(holder: &Tree<'_>, draft: &mut Draft) {
    let plan = holder.words("plan");
    let mut near = draft.turn().parts.iter().rev().take(40);
    if !plan.is_empty() && !near.any(|part| matches!(part, Part::Plan(known) if known == plan)) {
        draft.plan(plan);
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
        for (before, name) in HEADER {
            diff.push_str(before);
            diff.push_str(&hunk.whole(name).unwrap_or_default().to_string());
        }
        diff.push_str(" @@\n");
        for line in hunk.list("lines") {
            diff.push_str(line.as_words());
            diff.push('\n');
        }
    }
    let change = if own.says("type", "create") { Change::Added } else { Change::Modified };
    edits.clear();
    edits.push(FileEdit { path, from: None, change, diff });
}

/// The numbers in a hunk's header, with what stands before each.
const HEADER: [(&str, &str); 4] = [("@@ -", "oldStart"), (",", "oldLines"), (" +", "newStart"), (",", "newLines")];

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
