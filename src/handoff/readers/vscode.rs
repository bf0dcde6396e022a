//! VS Code: chat exports, and chat sessions as VS Code stores them (versions 1 to 3).
//!
//! The format is that of `IExportableChatData` and `ISerializableChatData` in VS Code's chatModel.ts. Requests are parsed one
//! at a time: an export holds prompts and tool results several times over.

mod response;
mod rounds;

use super::super::conversation::{AttachmentKind, Change, FileEdit, Request, TurnState};
use super::super::patch;
use super::super::scaffolding;
use super::super::tree::{Shape, Tree};
use super::Reader;
use super::draft::{Draft, local};
use super::moment;
use super::source::Source;
use crate::find::holds;

pub(super) const READER: Reader = Reader { id: "vscode-chat", knows, read };

/// What of a request nobody needs: positions in the input box, styles, and the prompt that was made of it.
pub(super) const REQUEST: Shape = Shape {
    levels: 0,
    skip: &[
        "editorRange",
        "baseUri",
        "references",
        "slashCommands",
        "followups",
        "contentReferences",
        "codeCitations",
        "responseMarkdownInfo",
        "inputState",
        "usedContext",
        "disambiguation",
        "renderedUserMessage",
        "codeBlocks",
        "props",
        "iconPath",
        "statefulMarker",
        "editedFileEvents",
        "priority",
        "ctor",
        "ctorName",
    ],
    raw: &["rawInput"],
};

fn knows(source: &Source<'_>) -> bool {
    source.document.as_ref().is_some_and(is_session)
}

pub(super) fn is_session(tree: &Tree<'_>) -> bool {
    let is_named = tree.has("responderUsername") || tree.has("initialLocation") || tree.has("sessionId");
    is_named && matches!(tree.get("requests"), Tree::List(_))
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    if let Some(document) = &source.document {
        session(document, draft);
    }
}

/// A session: its requests are trees, or still text.
pub(super) fn session(session: &Tree<'_>, draft: &mut Draft) {
    session.put("customTitle computedTitle", &mut draft.conversation.title);
    draft.conversation.tool = Some("VS Code".to_owned());
    draft.conversation.workspace.folder = path(session.get("workingDirectory"));
    open(session.get("repoData"), &mut |data| repository(data, draft));
    for item in session.list("requests") {
        if !open(item, &mut |item| request(item, draft)) {
            draft.skip();
        }
    }
}

/// Looks at a tree that may still be text; `false` when the text is no JSON.
fn open(tree: &Tree<'_>, look: &mut dyn FnMut(&Tree<'_>)) -> bool {
    match tree {
        Tree::Raw(text) => match Tree::parse(text, &REQUEST) {
            Some(tree) => look(&tree),
            None => return false,
        },
        tree => look(tree),
    }
    true
}

/// The state of the repository when the session was stored.
fn repository(data: &Tree<'_>, draft: &mut Draft) {
    let workspace = &mut draft.conversation.workspace;
    data.put("remoteUrl", &mut workspace.repository);
    data.put("localBranch", &mut workspace.branch);
    data.put("remoteHeadCommit", &mut workspace.base_commit);
    data.put("localHeadCommit", &mut workspace.head_commit);
    open(data.get("diffs"), &mut |diffs| diffs.items().iter().for_each(|item| change(item, draft)));
}

/// A change that is not committed. That the file was changed is known where the diff is damaged, too.
fn change(item: &Tree<'_>, draft: &mut Draft) {
    let Some(path) = item.string("relativePath").or_else(|| path(item.get("uri"))) else { return draft.skip() };
    let change = match item.text("changeType") {
        Some("added") => Change::Added,
        Some("deleted") => Change::Deleted,
        Some("renamed") => Change::Renamed,
        _ => Change::Modified,
    };
    let diff = item.words("unifiedDiff").to_string();
    let mut edit = FileEdit { path, from: item.string("oldRelativePath"), change, diff };
    if patch::normalise(&mut edit).is_err() {
        draft.skip();
    }
    draft.conversation.workspace.changes.push(edit);
}

fn request(request: &Tree<'_>, draft: &mut Draft) {
    let stop = request.text("shouldBeRemovedOnSend.afterUndoStop");
    let is_undone = request.has("shouldBeRemovedOnSend") && stop.is_none();
    let message = request.get("message");
    // A log that lost its beginning has holes where requests were.
    let is_request = request.has("response") || message.is_there();
    if !is_request || is_undone || request.is("isHidden") || request.is("hiddenFromTranscript") {
        return;
    }
    let mut words = message.text("text").unwrap_or(message.as_words()).to_owned();
    if message.as_text().or(message.text("text")).is_none() {
        message.list("parts").iter().for_each(|part| words.push_str(part.words("text")));
    }
    let (said, mut injected) = scaffolding::split(&words);
    let asked = &mut draft.begin(request.get("requestId"), &moment::tree(request.get("timestamp"))).request;
    asked.scaffolding.append(&mut injected);
    if request.is("isSystemInitiated") {
        asked.inject("system-initiated", &said);
    } else {
        asked.text = said;
    }
    request.list("variableData.variables").iter().for_each(|variable| attach(variable, asked));
    request.put("modelId", &mut draft.conversation.model);
    let version = request.words("agent.extensionVersion");
    if let Some(id) = request.text("agent.extensionId.value")
        && !version.is_empty()
    {
        draft.conversation.tool = Some([id, " ", version].concat());
    }
    if draft.conversation.workspace.folder.is_none() {
        draft.conversation.workspace.folder = folder(request);
    }
    response::read(request, stop, draft);
    let error = request.at("result.errorDetails");
    let is_cancelled = request.is("isCanceled") || error.says("code", "canceled");
    if !is_cancelled {
        draft.fail(error.words("message"));
    }
    draft.end(match request.whole("modelState.value") {
        Some(0 | 4) => TurnState::Open,
        Some(2) => TurnState::Cancelled,
        Some(3) => TurnState::Failed,
        _ if is_cancelled => TurnState::Cancelled,
        _ if error.is_there() => TurnState::Failed,
        None if !request.has("result") => TurnState::Open,
        _ => TurnState::Completed,
    });
}

/// The first folder that the prompt names as the workspace.
fn folder(request: &Tree<'_>) -> Option<String> {
    for part in request.list("result.metadata.renderedGlobalContext") {
        let mut lines = part.words("text").lines();
        if lines.any(|line| holds(line, "workspace with the following folders:")) {
            return lines.next()?.strip_prefix("- ").map(|folder| folder.trim().to_owned());
        }
    }
    None
}

/// What came with a request. What VS Code adds by itself is not the person's.
fn attach(variable: &Tree<'_>, asked: &mut Request) {
    let value = variable.get("value");
    let kind = variable.words("kind");
    let mut name = place(value);
    if variable.is("automaticallyAdded") || kind == "promptText" {
        return asked.inject(kind, value.as_text().unwrap_or(&name));
    }
    let mut text = None;
    let kind = match &**kind {
        "tool" | "toolset" | "workspace" => return,
        "implicit" if variable.is_not("enabled") => return,
        "image" | "element" => AttachmentKind::Image,
        "diagnostic" => {
            text = variable.text("problemMessage");
            AttachmentKind::Diagnostic
        }
        "terminalCommand" => {
            text = variable.text("output").filter(|text| !text.is_empty()).or(variable.text("command"));
            name = variable.words("command").to_string();
            AttachmentKind::Terminal
        }
        "paste" => {
            text = variable.text("code");
            AttachmentKind::Other
        }
        _ if value.has("range") => AttachmentKind::Selection,
        _ if !name.is_empty() => AttachmentKind::File,
        _ => {
            text = value.as_text();
            AttachmentKind::Other
        }
    };
    if name.is_empty() && kind != AttachmentKind::Terminal {
        name = path(variable.get("filterUri")).unwrap_or_default();
    }
    asked.attach(kind, if name.is_empty() { variable.words("name") } else { &name }, text);
}

/// The path of a URI or of a place in a file.
fn path(uri: &Tree<'_>) -> Option<String> {
    let uri = if uri.has("uri") { uri.get("uri") } else { uri };
    let address = uri.as_text().filter(|text| holds(text, "://")).map(local);
    let text = uri.text("fsPath path").or(address).unwrap_or_default();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The path of a URI, with the lines of a place in a file; empty for everything else.
fn place(value: &Tree<'_>) -> String {
    let mut text = path(value).unwrap_or_default();
    let range = value.get("range");
    if let (Some(first), Some(last)) = (range.whole("startLineNumber"), range.whole("endLineNumber"))
        && !text.is_empty()
    {
        for (before, number) in [(':', first), ('-', last)] {
            text.push(before);
            text.push_str(&number.to_string());
        }
    }
    text
}

/// Text that may be Markdown in an object.
fn words<'t>(tree: &'t Tree<'_>) -> &'t str {
    tree.text("value").unwrap_or(tree.as_words())
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
