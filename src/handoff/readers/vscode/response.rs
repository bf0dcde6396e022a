//! The parts of a response.

use super::super::super::conversation::{Change, FileEdit, Part, Request, ToolCall, ToolKind, ToolStatus, Turn};
use super::super::super::tree::Tree;
use super::super::super::{patch, tools};
use super::super::draft::Draft;
use super::rounds::{self, Rounds};
use super::{REQUEST, path, words};

/// Parts that show progress or offer something to click, and nothing that was said or done.
const SILENT: &[&str] = &[
    "prepareToolInvocation",
    "progressMessage",
    "progressTask",
    "progressTaskSerialized",
    "mcpServersStarting",
    "mcpServersStartingSlow",
    "undoStop",
    "codeblockUri",
    "command",
    "extensions",
    "treeData",
    "hook",
    "autoModeResolution",
    "disabledClaudeHooks",
    "reference",
    "codeCitation",
    "usedContext",
    "systemNotification",
    "info",
    "agentDetection",
    "multiDiffData",
];

/// An edit belongs to a call that many parts back at most.
const NEAR: usize = 200;

pub(super) fn read(request: &Tree<'_>, stop: Option<&str>, draft: &mut Draft) {
    let response = request.list("response");
    let metadata = request.at(&["result", "metadata"]);
    let results = match metadata.get("toolCallResults") {
        Tree::Raw(text) => Tree::parse(text, REQUEST),
        _ => None,
    };
    let mut rounds = Rounds::new(metadata, results.as_ref().unwrap_or(metadata.get("toolCallResults")));
    let kinds = |kind: &str| response.iter().rposition(|part| part.text("kind").unwrap_or_default() == kind);
    rounds.says = kinds("").or(kinds("markdownContent")).is_some();
    rounds.thinks = kinds("thinking").is_some();
    // Calls that the response does not show come before its last words.
    let last = kinds("toolInvocationSerialized").map(|at| at + 1).or(kinds("")).unwrap_or(0);
    // Code that is an edit stands in a fence whose lines alone are left here.
    let fences_edits = response.iter().any(|part| part.text("kind") == Some("codeblockUri") && part.is("isEdit"));
    let mut apart = true;
    for (index, part) in response.iter().enumerate() {
        if index == last && stop.is_none() {
            rounds.rest(draft);
        }
        let kind = part.text("kind").unwrap_or_default();
        match kind {
            "" | "markdownContent" | "markdownVuln" => {
                let text = if kind.is_empty() { words(part) } else { words(part.get("content")) };
                if !(fences_edits && text.trim() == "```") {
                    draft.more(text, apart);
                    apart = false;
                }
                continue;
            }
            "inlineReference" => {
                let name = reference(part);
                if !name.is_empty() {
                    draft.more(&["`", &name, "`"].concat(), apart);
                    apart = false;
                }
                continue;
            }
            "undoStop" if stop.is_some() && part.text("id") == stop => return,
            "thinking" => match part.get("value") {
                Tree::List(pieces) => pieces.iter().filter_map(Tree::as_text).for_each(|text| draft.think(text)),
                value => draft.think(value.as_text().unwrap_or_default()),
            },
            "toolInvocationSerialized" | "toolInvocation" => invocation(part, &mut rounds, draft),
            "textEditGroup" | "notebookEditGroup" | "externalEdit" => edits(part, draft),
            "workspaceEdit" => moves(part, draft),
            "questionCarousel" => questions(part, draft),
            "confirmation" | "elicitation" | "elicitationSerialized" => confirmation(part, draft),
            "planReview" => plan(part, draft),
            "warning" => draft.fail(words(part.get("content"))),
            "pullRequest" => {
                let title = part.text("title").unwrap_or_default();
                draft.say(&["Pull request: ", title, " ", &path(part.get("uri")).unwrap_or_default()].concat());
            }
            "clearToPreviousToolInvocation" => {
                let parts = &mut draft.turn().parts;
                let kept = parts.iter().rposition(|part| matches!(part, Part::Tool(_))).map_or(0, |at| at + 1);
                parts.truncate(kept);
            }
            kind if SILENT.contains(&kind) => {}
            _ => draft.skip(),
        }
        apart |= kind != "undoStop" && kind != "codeblockUri";
    }
    if stop.is_none() {
        rounds.rest(draft);
    }
}

/// What an inline reference shows: its own name, or the path.
fn reference(part: &Tree<'_>) -> String {
    let target = part.get("inlineReference");
    let name = part.string("name").or_else(|| target.string("name"));
    name.filter(|name| !name.is_empty()).or_else(|| path(target)).unwrap_or_default()
}

fn invocation(part: &Tree<'_>, rounds: &mut Rounds<'_>, draft: &mut Draft) {
    let (id, tool) = (part.text("toolCallId").unwrap_or_default(), part.text("toolId").unwrap_or_default());
    let (specific, details) = (part.get("toolSpecificData"), part.get("resultDetails"));
    let step = rounds.take(id, tool, draft);
    let (name, mut input, result) = match step {
        Some((name, arguments, result)) => (name, arguments, result),
        None => (tool, "", None),
    };
    if input.is_empty() {
        input = match specific.get("rawInput") {
            Tree::Raw(text) => text,
            _ => details.text("input").or_else(|| specific.text("input")).unwrap_or_default(),
        };
    }
    let mut call = tools::call(id, name, input);
    let line = specific.get("commandLine");
    let command = ["userEdited", "toolEdited", "original"].iter().find_map(|name| line.text(name));
    if let Some(command) = command.or_else(|| specific.text("command")) {
        (call.kind, call.command) = (ToolKind::Execute, Some(command.to_owned()));
    }
    call.exit_code = specific.at(&["terminalCommandState"]).whole("exitCode");
    if call.paths.is_empty() {
        for (_, uri) in part.at(&["invocationMessage", "uris"]).fields() {
            call.paths.extend(path(uri));
        }
    }
    if let Some(prompt) = specific.text("prompt") {
        call.kind = ToolKind::Subagent;
        call.subagent
            .push(Turn { request: Request { text: prompt.to_owned(), ..Request::default() }, ..Turn::default() });
    }
    let mut output = result.filter(|result| !result.is_empty()).or_else(|| shown(details, specific));
    let is_denied = matches!(part.get("isConfirmed").whole("type"), Some(0 | 5));
    let failed = details.is("isError") || part.get("resultError").is_there();
    if output.is_none() && !is_denied && part.is("isComplete") {
        // Where nothing else is kept, the line that VS Code shows tells at least what was done.
        let past = words(part.get("pastTenseMessage"));
        output = Some(if input.is_empty() { past.to_owned() } else { String::new() });
    }
    if is_denied {
        call.status = ToolStatus::Cancelled;
        call.edits.clear();
    }
    let parent = part.text("subAgentInvocationId").filter(|parent| *parent != id);
    if let Some(turn) = parent.and_then(|parent| draft.find(parent)).and_then(|parent| parent.subagent.last_mut()) {
        call.output = output.unwrap_or_default();
        call.status = match failed || call.exit_code.is_some_and(|code| code != 0) {
            true => ToolStatus::Failed,
            false => ToolStatus::Completed,
        };
        turn.parts.push(Part::Tool(Box::new(call)));
        return;
    }
    let todos = match specific.list("todoList") {
        [] => tools::todos(name, input),
        items => Some(tools::todo_items(items)),
    };
    let output = if is_denied { None } else { output };
    rounds::ended(call, output, failed, draft);
    if let Some(todos) = todos {
        draft.todos(todos);
    }
}

/// What VS Code shows of a tool's result.
fn shown(details: &Tree<'_>, specific: &Tree<'_>) -> Option<String> {
    let mut text = String::new();
    for item in details.list("output") {
        text.push_str(item.text("value").filter(|_| item.is("isText")).unwrap_or_default());
    }
    for uri in details.items() {
        text.push_str(&path(uri).unwrap_or_default());
        text.push('\n');
    }
    if text.is_empty() {
        let terminal = specific.at(&["terminalCommandOutput"]).text("text");
        text.push_str(
            terminal.or_else(|| specific.text("output")).or_else(|| specific.text("result")).unwrap_or_default(),
        );
    }
    (!text.is_empty()).then_some(text)
}

/// Changes to one file. VS Code shows those of an editing tool once more: they belong to its call.
fn edits(part: &Tree<'_>, draft: &mut Draft) {
    let Some(path) = path(part.get("uri")) else { return draft.skip() };
    let mut diff = part.string("diff").unwrap_or_default();
    for edit in part.list("edits") {
        // A group of edits, or one edit.
        for edit in std::slice::from_ref(edit).iter().chain(edit.items()) {
            if let Some(text) = edit.text("text") {
                diff.push_str(&patch::replacement("", text));
            }
        }
    }
    let change = match part.text("editKind") {
        Some("create") => Change::Added,
        Some("delete") => Change::Deleted,
        Some("rename") => Change::Renamed,
        _ => Change::Modified,
    };
    change_file(FileEdit { path, from: None, change, diff }, draft);
}

/// Files created, deleted and renamed.
fn moves(part: &Tree<'_>, draft: &mut Draft) {
    for edit in part.list("edits") {
        let (old, new) = (path(edit.get("oldResource")), path(edit.get("newResource")));
        let (path, from, change) = match (old, new) {
            (Some(old), Some(new)) => (new, Some(old), Change::Renamed),
            (Some(old), None) => (old, None, Change::Deleted),
            (None, Some(new)) => (new, None, Change::Added),
            (None, None) => continue,
        };
        change_file(FileEdit { path, from, change, diff: String::new() }, draft);
    }
}

fn change_file(edit: FileEdit, draft: &mut Draft) {
    // The call may name the file relative to the workspace.
    let same = |path: &str| {
        let rest = edit.path.strip_suffix(path);
        !path.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    let mut open = None;
    for part in draft.turn().parts.iter_mut().rev().take(NEAR) {
        if let Part::Tool(call) = part {
            if call.edits.iter().any(|edit| same(&edit.path)) {
                return;
            }
            let names = call.paths.is_empty() || call.paths.iter().any(|path| same(path));
            let takes = call.kind == ToolKind::Edit && call.edits.is_empty() && call.status != ToolStatus::Failed;
            if open.is_none() && takes && names {
                open = Some(call);
            }
        }
    }
    match open {
        Some(call) => call.edits.push(edit),
        None => draft.call(ToolCall {
            name: "edit".to_owned(),
            kind: ToolKind::Edit,
            paths: vec![edit.path.clone()],
            status: ToolStatus::Completed,
            edits: vec![edit],
            ..ToolCall::default()
        }),
    }
}

/// More questions at once nobody asks.
const MOST_QUESTIONS: usize = 100;

/// Questions to the person, each with its choices and with what was answered.
fn questions(part: &Tree<'_>, draft: &mut Draft) {
    let answers = part.get("data");
    for question in part.list("questions").iter().take(MOST_QUESTIONS) {
        let mut text = words(question.get("message")).to_owned();
        if text.is_empty() {
            text.push_str(words(question.get("title")));
        }
        for option in question.list("options") {
            text.push_str("\n- ");
            text.push_str(option.text("label").or_else(|| option.as_text()).unwrap_or_default());
        }
        let mut answer = String::new();
        leaves(answers.get(question.text("id").unwrap_or_default()), &mut answer);
        draft.question(text, (!answer.is_empty()).then_some(answer));
    }
}

/// All texts in a tree, separated by commas.
fn leaves(tree: &Tree<'_>, text: &mut String) {
    if let Some(word) = tree.as_text() {
        if !text.is_empty() && !word.is_empty() {
            text.push_str(", ");
        }
        text.push_str(word);
    }
    tree.items().iter().for_each(|item| leaves(item, text));
    tree.fields().iter().for_each(|(_, item)| leaves(item, text));
}

/// A question that buttons answer. Which one was pressed is told only of the newer kind.
fn confirmation(part: &Tree<'_>, draft: &mut Draft) {
    let state = part.text("state").filter(|state| *state != "pending");
    if part.is("isUsed") && state.is_none() {
        return;
    }
    let text = [words(part.get("title")), "\n", words(part.get("message"))].concat();
    draft.question(text.trim().to_owned(), state.map(str::to_owned));
}

/// A plan that the person was shown, and what the person said to it.
fn plan(part: &Tree<'_>, draft: &mut Draft) {
    draft.add(Part::Plan(words(part.get("content")).to_owned()));
    let data = part.get("data");
    let answer = data.text("feedback").or_else(|| data.text("action"));
    if let Some(answer) = answer {
        draft.question(words(part.get("title")).to_owned(), Some(answer.to_owned()));
    }
}
