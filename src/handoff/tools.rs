//! What the tools of coding agents do, told from their names and arguments.
//!
//! The harnesses call the same things by other names (`Bash`, `exec_command`, `run_in_terminal`). Names are compared without
//! case and punctuation, arguments by the few words that are in use for a command, a path, an old and a new text.

use super::conversation::{Change, FileEdit, Todo, TodoStatus, ToolCall, ToolKind, ToolStatus};
use super::patch;
use super::tree::{Shape, Tree};
use crate::find::{self, around, around_last, holds, is_among};
use crate::json;

/// Names without case and punctuation, with spaces between them.
const KINDS: &[(ToolKind, &str)] = &[
    (
        ToolKind::Execute,
        "bash execcommand shell localshell localshellcall shellcommand containerexec runinterminal \
         runshellcommand executecommand runcommand runterminalcommand runterminalcmd terminal executebash \
         executeipythoncell run powershell pwsh writestdin exec commandexecution",
    ),
    (
        ToolKind::Edit,
        "edit editfile editfiles multiedit write writefile createfile create applypatch replacestringinfile \
         multireplacestringinfile insertedit inserteditintofile replace replaceinfile writetofile applydiff \
         insertcontent searchandreplace strreplace strreplaceeditor strreplacebasededittool fileeditor \
         fileeditoraction notebookedit editnotebook editnotebookfile deletefile delete patch insert \
         filechange",
    ),
    (
        ToolKind::Read,
        "read readfile readfiles readmanyfiles view viewimage viewfile openfile cat notebookread \
         getnotebooksummary readnotebook readnotebookcelloutput",
    ),
    (
        ToolKind::Search,
        "grep glob rg search searchfiles searchfilecontent grepsearch filesearch semanticsearch codebase \
         codebasesearch findtextinfiles findfiles listdir listdirectory listfiles listcodedefinitionnames \
         listcodeusages ls list find",
    ),
    (
        ToolKind::Fetch,
        "webfetch websearch websearchcall fetch fetchwebpage googlewebsearch browse browseraction \
         browseinteractive opensimplebrowser",
    ),
    (ToolKind::Subagent, "task agent subagent runsubagent spawnagent newtask delegate delegatetask"),
];

const PATHS: &str = "file_path filePath path paths absolute_path notebook_path notebookPath target_file file files \
    filename filePaths dir_path dirPath uri";
const OLD: &str = "old_string oldString old_str oldText search";
const NEW: &str = "new_string newString new_str newText replace";
const WHOLE: &str = "content file_text contents fileText";

/// A tool's name without case, punctuation and the prefix of the extension that brings it.
pub(super) fn plain(name: &str) -> String {
    let name = name.strip_prefix("copilot_").or_else(|| name.strip_prefix("functions.")).unwrap_or(name);
    let mut plain = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() {
            plain.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    plain
}

/// What sort of thing a tool of that name does.
pub(super) fn kind(name: &str) -> ToolKind {
    let plain = plain(name);
    for (kind, names) in KINDS {
        if is_among(names, &plain) {
            return *kind;
        }
    }
    ToolKind::Other
}

/// A call of a tool, as its name and its arguments tell it. `input` is JSON or, for free-form tools, text.
pub(super) fn call(id: &str, name: &str, input: &str) -> Box<ToolCall> {
    let arguments = arguments(input);
    let mut call = Box::<ToolCall>::default();
    id.clone_into(&mut call.id);
    name.clone_into(&mut call.name);
    input.clone_into(&mut call.input);
    call.kind = kind(name);
    // The editors that view as well.
    if call.kind == ToolKind::Edit && arguments.says("command", "view") {
        call.kind = ToolKind::Read;
    }
    match call.kind {
        ToolKind::Execute => {
            call.command = command(&arguments, input);
            if let Some(command) = &call.command
                && command.trim_start().starts_with("apply_patch")
            {
                call.kind = ToolKind::Edit;
                call.edits = patch::apply_patch(command);
            }
        }
        ToolKind::Edit => {
            call.edits = edits(&arguments, input);
            if plain(name).starts_with("delete") {
                for edit in &mut call.edits {
                    edit.change = Change::Deleted;
                }
            }
        }
        _ => {}
    }
    if call.kind != ToolKind::Subagent {
        paths(&arguments, &mut call.paths);
    }
    for edit in &call.edits {
        push(&mut call.paths, &edit.path);
    }
    call
}

/// Tells how a call ended; the exit code of a command decides by itself. An edit that failed changed nothing.
pub(super) fn end(call: &mut ToolCall, failed: bool) {
    call.status = match failed || call.exit_code.is_some_and(|code| code != 0) {
        true => ToolStatus::Failed,
        false => ToolStatus::Completed,
    };
    if call.status == ToolStatus::Failed && call.kind == ToolKind::Edit {
        call.edits.clear();
    }
}

/// Arguments as a tree. Some harnesses put the object into a string once more.
fn arguments(input: &str) -> Tree<'_> {
    match input.trim_start().starts_with('{') {
        true => Tree::parse(input, &Shape { levels: 0, skip: &["originalFile"], raw: &[] }).unwrap_or(Tree::Null),
        false => Tree::Null,
    }
}

fn command(arguments: &Tree<'_>, input: &str) -> Option<String> {
    for name in ["command", "cmd", "commandLine", "code", "script"] {
        match arguments.get(name) {
            Tree::Text(text) => return Some((**text).to_owned()),
            Tree::List(words) => return Some(command_line(words)),
            _ => {}
        }
    }
    let is_text = !arguments.is_there() && !input.trim().is_empty();
    is_text.then(|| input.trim().to_owned())
}

/// What a person would type: a script that is handed to a shell as it is, other words in a line.
fn command_line(words: &[Tree<'_>]) -> String {
    if let [_, flag, script] = words
        && matches!(flag.as_text(), Some("-c" | "-lc" | "-Command" | "/c"))
        && let Some(script) = script.as_text()
    {
        return script.to_owned();
    }
    let mut line = String::new();
    for word in words.iter().filter_map(Tree::as_text) {
        if !line.is_empty() {
            line.push(' ');
        }
        let bare = !word.is_empty() && !word.contains([' ', '\n', '"', '\'', '$', '&', '|', ';', '*', '<', '>']);
        match bare || words.first().and_then(Tree::as_text) == Some("apply_patch") {
            true => line.push_str(word),
            false => {
                line.push('\'');
                line.push_str(&word.replace('\'', "'\\''"));
                line.push('\'');
            }
        }
    }
    line
}

fn push(paths: &mut Vec<String>, path: &str) {
    let path = path.strip_prefix("file://").unwrap_or(path);
    if !path.is_empty() && !paths.iter().any(|known| known == path) {
        paths.push(path.to_owned());
    }
}

fn paths(arguments: &Tree<'_>, found: &mut Vec<String>) {
    for name in PATHS.split(' ') {
        let named = arguments.get(name);
        push(found, named.as_words());
        for item in named.items() {
            push(found, item.as_text().unwrap_or(item.words(PATHS)));
        }
    }
}

/// What an editing tool changes.
fn edits(arguments: &Tree<'_>, input: &str) -> Vec<FileEdit> {
    let patch = arguments.text("input patch patchText patch_text").unwrap_or(match arguments {
        Tree::Null => input,
        _ => "",
    });
    if !patch.is_empty() {
        return patch::apply_patch(patch);
    }
    let path = arguments.words(PATHS);
    let mut edits = Vec::new();
    for name in ["edits", "replacements"] {
        for item in arguments.list(name) {
            edit(item, path, &mut edits);
        }
    }
    if edits.is_empty() {
        edit(arguments, path, &mut edits);
    }
    edits
}

/// One replacement, added to those of the same file.
fn edit(arguments: &Tree<'_>, outer: &str, edits: &mut Vec<FileEdit>) {
    let path = arguments.text(PATHS).unwrap_or(outer);
    let path = path.strip_prefix("file://").unwrap_or(path);
    if path.is_empty() {
        return;
    }
    let whole = arguments.text(WHOLE);
    let (change, diff) = if let Some(old) = arguments.text(OLD) {
        let change = if old.is_empty() { Change::Added } else { Change::Modified };
        (change, patch::replacement(old, arguments.words(NEW)))
    } else if let Some(whole) = whole
        && !arguments.has("line")
    {
        (Change::Added, patch::addition(whole))
    } else if let Some(inserted) = whole.or_else(|| arguments.text(NEW)) {
        (Change::Modified, patch::replacement("", inserted))
    } else if let Some(diff) = arguments.text("diff") {
        (Change::Modified, patch::search_replace(diff))
    } else {
        // Without a text: code with "existing code" left out, a deletion, an undo.
        (Change::Modified, patch::replacement("", arguments.words("new_source insert_text")))
    };
    let path = path.to_owned();
    match edits.last_mut() {
        Some(last) if last.path == path => {
            if !last.diff.is_empty() && !diff.is_empty() && !last.diff.ends_with('\n') {
                last.diff.push('\n');
            }
            last.diff.push_str(&diff);
        }
        _ => edits.push(FileEdit { path, from: None, change, diff }),
    }
}

/// The to-do list that a call sets, if that is what the tool is for.
pub(super) fn todos(name: &str, input: &str) -> Option<Vec<Todo>> {
    let plain = plain(name);
    if !holds(&plain, "todo") && !is_among("updateplan tasktracking tasktracker plan", &plain) {
        return None;
    }
    let arguments = arguments(input);
    for field in ["todos", "plan", "todoList", "task_list", "taskList", "entries", "items"] {
        match arguments.get(field) {
            Tree::List(items) => return Some(todo_items(items)),
            Tree::Text(text) => {
                // A list in a string is JSON or Markdown.
                let todos = match Tree::read(text) {
                    Tree::List(items) => todo_items(&items),
                    _ => checklist(text),
                };
                return Some(todos).filter(|todos| !todos.is_empty());
            }
            _ => {}
        }
    }
    None
}

/// Things to do from objects that carry a text and a status.
pub(super) fn todo_items(items: &[Tree<'_>]) -> Vec<Todo> {
    let mut todos = Vec::new();
    for item in items {
        let text = item.as_text().or_else(|| item.text("content step title description text subject"));
        if let Some(text) = text {
            let status = match item.text("status") {
                Some(word) => TodoStatus::read(word),
                None if item.is("completed") || item.is("done") => TodoStatus::Completed,
                None => TodoStatus::Pending,
            };
            todos.push(Todo { text: text.to_owned(), status });
        }
    }
    todos
}

/// Things to do from a Markdown list with boxes.
pub(super) fn checklist(text: &str) -> Vec<Todo> {
    let mut todos = Vec::new();
    for line in text.lines() {
        let line = line.trim_start().trim_start_matches(['-', '*', '+']).trim_start();
        let Some((mark, text)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) else { continue };
        let status = match mark {
            " " | "" => TodoStatus::Pending,
            "x" | "X" => TodoStatus::Completed,
            "-" | "~" | ">" | "/" => TodoStatus::InProgress,
            _ => continue,
        };
        if !text.trim().is_empty() {
            todos.push(Todo { text: text.trim().to_owned(), status });
        }
    }
    todos
}

/// How the lines of a frame above an output begin.
const FRAME: &str = "Chunk ID: |Wall time: |Process exited with code |Process running with |Original token count: |\
    Exit code: |Exit code |Error: Exit code |Total output lines: |Command executed in ";

/// The exit code that an output tells in words above or below what the command printed. What the command itself printed
/// between is not looked at.
pub(super) fn exit_code(output: &str) -> Option<i32> {
    for line in output.lines() {
        if !find::any(FRAME, &|words| line.starts_with(words)) {
            break;
        }
        for words in ["exited with code ", "Exit code: ", "Exit code "] {
            if let Some((_, code)) = around(line, words) {
                return leading_number(code);
            }
        }
    }
    let is_gemini = output.starts_with("Command: ") || output.starts_with("Output: ");
    for line in output.lines().rev().take(6) {
        if is_gemini && let Some(code) = line.strip_prefix("Exit Code: ") {
            return leading_number(code);
        }
        if let Some(code) = line.strip_prefix("Command exited with code ") {
            return leading_number(code);
        }
        if let Some((_, code)) = around(marker(line), "exit code ") {
            return leading_number(code);
        }
    }
    None
}

/// The inside of a line in pointed or square brackets.
fn marker(line: &str) -> &str {
    match line.trim().as_bytes() {
        [b'<', .., b'>'] | [b'[', .., b']'] => line.trim(),
        _ => "",
    }
}

fn leading_number(text: &str) -> Option<i32> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit() && byte != b'-').unwrap_or(text.len());
    let number = json::read_number(text.get(..end)?)?;
    (number.abs() <= f64::from(i32::MAX)).then_some(number as i32)
}

/// What a command printed, without the frame in which a harness tells the exit code and the time.
pub(super) fn unframed(output: &str) -> &str {
    // Gemini's frame begins with the command and has the code below.
    let gemini = match output.strip_prefix("Output: ") {
        Some(body) => Some(body),
        None if output.starts_with("Command: ") => around(output, "\nOutput: ").map(|(_, body)| body),
        None => None,
    };
    if let Some(body) = gemini {
        let body = around_last(body, "\nExit Code: ").map_or(body, |(above, _)| above);
        let body = around_last(body, "\nError: ").map_or(body, |(above, _)| above);
        return if body == "(empty)" { "" } else { body };
    }
    let mut rest = output;
    while find::any(FRAME, &|words| rest.starts_with(words)) {
        rest = rest.split_once('\n').map_or("", |(_, below)| below);
        if let Some(body) = rest.strip_prefix("Output:\n").or_else(|| rest.strip_prefix("Output:\r\n")) {
            rest = body;
            break;
        }
    }
    let (above, last) = rest.trim_end().rsplit_once('\n').unwrap_or(("", rest.trim_end()));
    if holds(marker(last), "exit code ") {
        rest = above;
    }
    rest
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
