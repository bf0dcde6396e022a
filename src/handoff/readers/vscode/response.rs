//! The parts of a response.

use super::super::super::conversation::{Change, FileEdit, Part, ToolKind, ToolStatus, Turn};
use super::super::super::tree::{NULL, Tree};
use super::super::super::{patch, tools};
use super::super::draft::{Act, Draft, Rules};
use super::rounds::{self, Rounds};
use super::{REQUEST, path, words};

const INVOCATION: u8 = 1;
const STOP: u8 = 2;

/// The parts that are no text.
const PARTS: &Rules = &[
    ("toolInvocationSerialized toolInvocation", Act::Own(INVOCATION)),
    ("undoStop", Act::Own(STOP)),
    (
        "thinking",
        Act::Do(|part, draft| {
            let value = part.get("value");
            draft.think(value.as_words());
            value.items().iter().for_each(|text| draft.think(text.as_words()));
        }),
    ),
    ("textEditGroup notebookEditGroup externalEdit", Act::Do(edits)),
    ("workspaceEdit", Act::Do(moves)),
    ("questionCarousel", Act::Do(|part, draft| draft.ask_all(part.list("questions"), part.get("data"), None))),
    ("confirmation elicitation elicitationSerialized", Act::Do(confirmation)),
    ("planReview", Act::Do(plan)),
    ("warning", Act::Do(|part, draft| draft.fail(words(part.get("content"))))),
    (
        "pullRequest",
        Act::Do(|part, draft| {
            let uri = path(part.get("uri")).unwrap_or_default();
            draft.say(&["Pull request: ", part.words("title"), " ", &uri].concat());
        }),
    ),
    (
        "clearToPreviousToolInvocation",
        Act::Do(|_, draft| {
            let parts = &mut draft.turn().parts;
            let kept = parts.iter().rposition(|part| matches!(part, Part::Tool(_))).map_or(0, |at| at + 1);
            parts.truncate(kept);
        }),
    ),
    // What shows progress or offers something to click, and nothing that was said or done.
    (
        "prepareToolInvocation progressMessage progressTask progressTaskSerialized mcpServersStarting \
         mcpServersStartingSlow codeblockUri command extensions treeData hook autoModeResolution \
         disabledClaudeHooks reference codeCitation usedContext systemNotification info agentDetection \
         multiDiffData",
        Act::Nothing,
    ),
];

/// An edit belongs to a call that many parts back at most.
const NEAR: usize = 200;

pub(super) fn read(request: &Tree<'_>, stop: Option<&str>, draft: &mut Draft) {
    let response = request.list("response");
    let metadata = request.at("result.metadata");
    let parsed = Tree::parse(metadata.get("toolCallResults").as_raw(), &REQUEST);
    let mut rounds = Rounds::new(metadata, parsed.as_ref().unwrap_or(metadata.get("toolCallResults")));
    let last_of = |kind: &str| response.iter().rposition(|part| part.words("kind") == kind);
    rounds.says = last_of("").or(last_of("markdownContent")).is_some();
    rounds.thinks = last_of("thinking").is_some();
    // Calls that the response does not show come before its last words.
    let last = last_of("toolInvocationSerialized").map(|at| at + 1).or(last_of("")).unwrap_or(0);
    // Code that is an edit stands in a fence whose lines alone are left here.
    let fences_edits = response.iter().any(|part| part.says("kind", "codeblockUri") && part.is("isEdit"));
    let mut apart = true;
    for (index, part) in response.iter().enumerate() {
        if index == last && stop.is_none() {
            rounds.rest(draft);
        }
        let kind = part.words("kind");
        if let Some(text) = text(kind, part) {
            let is_nothing = kind == "inlineReference" && text.is_empty();
            if !(is_nothing || fences_edits && text.trim() == "```") {
                draft.more(&text, apart);
                apart = false;
            }
            continue;
        }
        match draft.follow(PARTS, kind, part) {
            INVOCATION => invocation(part, &mut rounds, draft),
            STOP if stop.is_some() && part.text("id") == stop => return,
            _ => {}
        }
        apart |= kind != "undoStop" && kind != "codeblockUri";
    }
    if stop.is_none() {
        rounds.rest(draft);
    }
}

/// The text that a part is: Markdown, or a reference in it, which shows its own name or the path.
fn text(kind: &str, part: &Tree<'_>) -> Option<String> {
    match kind {
        "" => Some(words(part).to_owned()),
        "markdownContent" | "markdownVuln" => Some(words(part.get("content")).to_owned()),
        "inlineReference" => {
            let name = part.words("name inlineReference.name").to_string();
            let name = if name.is_empty() { path(part.get("inlineReference")).unwrap_or_default() } else { name };
            Some(if name.is_empty() { name } else { ["`", &name, "`"].concat() })
        }
        _ => None,
    }
}

fn invocation(part: &Tree<'_>, rounds: &mut Rounds<'_>, draft: &mut Draft) {
    let (id, tool) = (part.words("toolCallId"), part.words("toolId"));
    let (specific, details) = (part.get("toolSpecificData"), part.get("resultDetails"));
    let (step, mut output) = rounds.take(id, tool, draft).unwrap_or((&NULL, None));
    let name = step.text("name").unwrap_or(tool);
    let mut input = &**step.words("arguments");
    if input.is_empty() {
        input = match specific.get("rawInput") {
            Tree::Raw(text) => text,
            _ => part.words("resultDetails.input toolSpecificData.input"),
        };
    }
    let mut call = tools::call(id, name, input);
    let command = "commandLine.userEdited commandLine.toolEdited commandLine.original command";
    if let Some(command) = specific.string(command) {
        (call.kind, call.command) = (ToolKind::Execute, Some(command));
    }
    call.exit_code = specific.whole("terminalCommandState.exitCode");
    if call.paths.is_empty() {
        for (_, uri) in part.at("invocationMessage.uris").fields() {
            call.paths.extend(path(uri));
        }
    }
    if let Some(prompt) = specific.string("prompt") {
        call.kind = ToolKind::Subagent;
        let mut turn = Turn::default();
        turn.request.text = prompt;
        call.subagent.push(turn);
    }
    if output.as_ref().is_none_or(String::is_empty) {
        output = shown(details, specific);
    }
    let is_denied = matches!(part.whole("isConfirmed.type"), Some(0 | 5));
    let failed = details.is("isError") || part.has("resultError");
    if output.is_none() && !is_denied && part.is("isComplete") {
        // Where nothing else is kept, the line that VS Code shows tells at least what was done.
        let past = if input.is_empty() { words(part.get("pastTenseMessage")) } else { "" };
        output = Some(past.to_owned());
    }
    if is_denied {
        call.status = ToolStatus::Cancelled;
        call.edits.clear();
    }
    let parent = part.words("subAgentInvocationId");
    if parent != id
        && let Some(turn) = draft.find(parent).and_then(|parent| parent.subagent.last_mut())
    {
        call.output = output.unwrap_or_default();
        tools::end(&mut call, failed);
        turn.parts.push(Part::Tool(call));
        return;
    }
    rounds::ended(call, if is_denied { None } else { output }, failed, draft);
    match specific.list("todoList").as_slice() {
        [] => draft.todos_of(name, input),
        items => draft.todo_items(items),
    }
}

/// What VS Code shows of a tool's result.
fn shown(details: &Tree<'_>, specific: &Tree<'_>) -> Option<String> {
    let mut text = String::new();
    for item in details.list("output") {
        if item.is("isText") {
            text.push_str(item.words("value"));
        }
    }
    for uri in details.items() {
        text.push_str(&path(uri).unwrap_or_default());
        text.push('\n');
    }
    if text.is_empty() {
        text.push_str(specific.words("terminalCommandOutput.text output result"));
    }
    (!text.is_empty()).then_some(text)
}

/// Changes to one file. VS Code shows those of an editing tool once more: they belong to its call.
fn edits(part: &Tree<'_>, draft: &mut Draft) {
    let Some(path) = path(part.get("uri")) else { return draft.skip() };
    let mut diff = part.words("diff").to_string();
    for edit in part.list("edits") {
        // A group of edits, or one edit.
        for edit in std::slice::from_ref(edit).iter().chain(edit.items()) {
            let hunk = patch::replacement("", edit.words("text"));
            let place = replaced(edit.get("range"));
            if !(hunk.is_empty() && place.is_empty()) {
                diff.push_str("@@");
                diff.push_str(&place);
                diff.push_str(hunk.strip_prefix("@@").unwrap_or("\n"));
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

/// Which lines an edit replaced, for the header of its hunk: they are not told themselves.
fn replaced(range: &Tree<'_>) -> String {
    let at = |name| range.whole(name).unwrap_or_default();
    let [first, mut last] = [at("startLineNumber"), at("endLineNumber")];
    if (first, at("startColumn")) == (last, at("endColumn")) || first < 1 || last < first {
        return String::new();
    }
    // It ends before the first letter of that line.
    last -= i32::from(last > first && at("endColumn") == 1);
    match last == first {
        true => [" in line ", &first.to_string()].concat(),
        false => [" in place of lines ", &first.to_string(), " to ", &last.to_string()].concat(),
    }
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
        None => draft.edited(edit),
    }
}

/// A question that buttons answer. Which one was pressed is told only of the newer kind.
fn confirmation(part: &Tree<'_>, draft: &mut Draft) {
    let state = part.string("state").filter(|state| state != "pending");
    if part.is("isUsed") && state.is_none() {
        return;
    }
    let text = [words(part.get("title")), "\n", words(part.get("message"))].concat();
    draft.question(text.trim().to_owned(), state);
}

/// A plan that the person was shown, and what the person said to it.
fn plan(part: &Tree<'_>, draft: &mut Draft) {
    draft.plan(words(part.get("content")));
    if let Some(answer) = part.string("data.feedback data.action") {
        draft.question(words(part.get("title")).to_owned(), Some(answer));
    }
}
