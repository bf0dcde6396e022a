//! VS Code: chat exports, and chat sessions as VS Code stores them (versions 1 to 3).
//!
//! The format is that of `IExportableChatData` and `ISerializableChatData` in VS Code's chatModel.ts. Requests are parsed one
//! at a time: an export holds prompts and tool results several times over.

mod response;
mod rounds;

use super::super::conversation::{Attachment, AttachmentKind, Change, FileEdit, Request, Scaffolding, Turn, TurnState};
use super::super::patch;
use super::super::scaffolding;
use super::super::tree::{Shape, Tree};
use super::super::workspace::Workspace;
use super::Reader;
use super::draft::Draft;
use super::moment;
use super::source::Source;

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
    let named = ["responderUsername", "initialLocation", "sessionId"].iter().any(|name| tree.get(name).is_there());
    named && matches!(tree.get("requests"), Tree::List(_))
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    if let Some(document) = &source.document {
        session(document, draft);
    }
}

/// A session: its requests are trees, or still text.
pub(super) fn session(session: &Tree<'_>, draft: &mut Draft) {
    draft.conversation.title = session.string("customTitle").or_else(|| session.string("computedTitle"));
    draft.conversation.tool = Some("VS Code".to_owned());
    let workspace = &mut draft.conversation.workspace;
    workspace.folder = path(session.get("workingDirectory"));
    open(session.get("repoData"), &mut |data| repository(data, workspace));
    for item in session.list("requests") {
        if !open(item, &mut |item| request(item, draft)) {
            draft.skip();
        }
    }
}

/// Looks at a tree that may still be text; `false` when the text is no JSON.
fn open(tree: &Tree<'_>, look: &mut dyn FnMut(&Tree<'_>)) -> bool {
    match tree {
        Tree::Raw(text) => match Tree::parse(text, REQUEST) {
            Some(tree) => look(&tree),
            None => return false,
        },
        tree => look(tree),
    }
    true
}

/// The state of the repository when the session was stored.
fn repository(data: &Tree<'_>, workspace: &mut Workspace) {
    workspace.repository = data.string("remoteUrl");
    workspace.branch = data.string("localBranch");
    workspace.base_commit = data.string("remoteHeadCommit");
    workspace.head_commit = data.string("localHeadCommit");
    open(data.get("diffs"), &mut |diffs| diffs.items().iter().for_each(|item| workspace.changes.extend(change(item))));
}

fn change(item: &Tree<'_>) -> Option<FileEdit> {
    Some(FileEdit {
        path: item.string("relativePath").or_else(|| path(item.get("uri")))?,
        from: item.string("oldRelativePath"),
        change: match item.text("changeType") {
            Some("added") => Change::Added,
            Some("deleted") => Change::Deleted,
            Some("renamed") => Change::Renamed,
            _ => Change::Modified,
        },
        diff: patch::hunks(item.text("unifiedDiff").unwrap_or_default()).to_owned(),
    })
}

fn request(request: &Tree<'_>, draft: &mut Draft) {
    let undone = request.get("shouldBeRemovedOnSend");
    let is_undone = undone.is_there() && undone.text("afterUndoStop").is_none();
    let message = request.get("message");
    let is_request = request.get("response").is_there() || message.is_there();
    // A log that lost its beginning has holes where requests were.
    if !is_request || is_undone || request.is("isHidden") || request.is("hiddenFromTranscript") {
        return;
    }
    let mut words = String::new();
    match message.as_text().or_else(|| message.text("text")) {
        Some(text) => words.push_str(text),
        None => message.list("parts").iter().for_each(|part| words.push_str(part.text("text").unwrap_or_default())),
    }
    let (mut said, mut injected) = scaffolding::split(&words);
    if request.is("isSystemInitiated") {
        let text = std::mem::take(&mut said);
        injected.push(Scaffolding { kind: "system-initiated".to_owned(), text });
    }
    let mut asked = Request { text: said, scaffolding: injected, ..Request::default() };
    for variable in request.at(&["variableData"]).list("variables") {
        attach(variable, &mut asked);
    }
    draft.begin(Turn {
        id: request.string("requestId"),
        at: request.number("timestamp").and_then(moment::iso),
        request: asked,
        ..Turn::default()
    });
    if let Some(model) = request.string("modelId") {
        draft.conversation.model = Some(model);
    }
    let agent = request.get("agent");
    if let (Some(id), Some(version)) = (agent.get("extensionId").text("value"), agent.text("extensionVersion")) {
        draft.conversation.tool = Some([id, " ", version].concat());
    }
    if draft.conversation.workspace.folder.is_none() {
        draft.conversation.workspace.folder = folder(request);
    }
    response::read(request, undone.text("afterUndoStop"), draft);
    let error = request.at(&["result", "errorDetails"]);
    let is_cancelled = request.is("isCanceled") || error.text("code") == Some("canceled");
    if let Some(message) = error.text("message")
        && !is_cancelled
    {
        draft.fail(message);
    }
    draft.end(match request.at(&["modelState"]).whole("value") {
        Some(0 | 4) => TurnState::Open,
        Some(2) => TurnState::Cancelled,
        Some(3) => TurnState::Failed,
        _ if is_cancelled => TurnState::Cancelled,
        _ if error.is_there() => TurnState::Failed,
        None if !request.get("result").is_there() => TurnState::Open,
        _ => TurnState::Completed,
    });
}

/// The first folder that the prompt names as the workspace.
fn folder(request: &Tree<'_>) -> Option<String> {
    for part in request.at(&["result", "metadata"]).list("renderedGlobalContext") {
        let mut lines = part.text("text").unwrap_or_default().lines();
        if lines.any(|line| line.contains("workspace with the following folders:")) {
            return lines.next()?.strip_prefix("- ").map(|folder| folder.trim().to_owned());
        }
    }
    None
}

/// What came with a request. What VS Code adds by itself is not the person's.
fn attach(variable: &Tree<'_>, asked: &mut Request) {
    let value = variable.get("value");
    let kind = variable.text("kind").unwrap_or_default();
    let place = place(value);
    if variable.is("automaticallyAdded") || kind == "promptText" {
        let text = value.as_text().map(str::to_owned).or(place).unwrap_or_default();
        asked.scaffolding.push(Scaffolding { kind: kind.to_owned(), text });
        return;
    }
    let (is_selection, is_off) = (value.get("range").is_there(), variable.get("enabled") == &Tree::Flag(false));
    let (kind, text) = match kind {
        "tool" | "toolset" | "workspace" => return,
        "implicit" if is_off => return,
        "image" | "element" => (AttachmentKind::Image, None),
        "diagnostic" => (AttachmentKind::Diagnostic, variable.text("problemMessage")),
        "terminalCommand" => (
            AttachmentKind::Terminal,
            variable.text("output").filter(|text| !text.is_empty()).or(variable.text("command")),
        ),
        "paste" => (AttachmentKind::Other, variable.text("code")),
        _ if is_selection => (AttachmentKind::Selection, None),
        _ if place.is_some() => (AttachmentKind::File, None),
        _ => (AttachmentKind::Other, value.as_text()),
    };
    let name = match kind {
        AttachmentKind::Terminal => variable.text("command").map(str::to_owned),
        _ => place.or_else(|| path(variable.get("filterUri"))),
    };
    asked.attachments.push(Attachment {
        kind,
        name: name.or_else(|| variable.string("name")).unwrap_or_default(),
        text: text.map(str::to_owned),
    });
}

/// The path of a URI or of a place in a file.
fn path(uri: &Tree<'_>) -> Option<String> {
    let uri = if uri.get("uri").is_there() { uri.get("uri") } else { uri };
    let text = uri.text("fsPath").or_else(|| uri.text("path")).or_else(|| {
        let text = uri.as_text().filter(|text| text.contains("://"))?;
        Some(text.strip_prefix("file://").unwrap_or(text))
    })?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// The path of a URI, with the lines of a place in a file.
fn place(value: &Tree<'_>) -> Option<String> {
    let mut text = path(value)?;
    let range = value.get("range");
    if let (Some(first), Some(last)) = (range.whole("startLineNumber"), range.whole("endLineNumber")) {
        text.push(':');
        text.push_str(&first.to_string());
        text.push('-');
        text.push_str(&last.to_string());
    }
    Some(text)
}

/// Text that may be Markdown in an object.
fn words<'t>(tree: &'t Tree<'_>) -> &'t str {
    tree.as_text().or_else(|| tree.text("value")).unwrap_or_default()
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
