//! Calls of tools that models without function calling write into their text.
//!
//! Cline and Roo: `<read_file><path>a</path></read_file>`. OpenHands: `<function=terminal><parameter=command>ls</parameter>`.
//! What a tool returned comes back in the words of the person.

use super::super::conversation::{Part, ToolCall, ToolKind, ToolStatus};
use super::super::tools;
use super::draft::Draft;
use crate::find::{self, around, around_last, bare, is_among, without_first};
use crate::json::{self, Writer};
use crate::order::sorted;

/// The tools of Cline and Roo. Other tags in an answer are HTML.
const NAMES: &str = "execute_command read_file write_to_file replace_in_file apply_diff insert_content search_and_replace \
    edit_file search_files list_files list_code_definition_names codebase_search browser_action use_mcp_tool \
    access_mcp_resource load_mcp_documentation ask_followup_question attempt_completion plan_mode_respond \
    new_task switch_mode fetch_instructions update_todo_list web_fetch web_search";

/// Parameters that hold whole files: their end is the last closing tag.
const LONG: &str = "content diff result args arguments";

/// A call in a text, and the text around it.
struct Found<'a> {
    before: &'a str,
    name: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    after: &'a str,
}

/// Tells what an answer says and calls. `call` is told the name and the arguments as JSON.
pub(super) fn tell(text: &str, draft: &mut Draft, call: &mut dyn FnMut(&str, &str, &mut Draft)) {
    let mut rest = text;
    let mut unclosed = Vec::new();
    while let Some(found) = next(rest, &mut unclosed) {
        prose(found.before, draft);
        call(found.name, &input(&found.parameters), draft);
        rest = found.after;
    }
    prose(rest, draft);
}

/// Parameters as JSON, in the order of their names; the last of a name counts.
fn input(parameters: &[(&str, &str)]) -> String {
    let (mut fields, mut paths) = (Vec::new(), Vec::new());
    for (name, value) in parameters {
        if *name == "args" {
            nested(value, &mut fields, &mut paths);
        }
        fields.push((*name, Some(*value)));
    }
    // Sorted in the end: a text may hold very many.
    let fields = sorted(&fields, &|a, b| a.0.cmp(b.0));
    json::object(&|out: &mut Writer| {
        for (at, (name, value)) in fields.iter().enumerate() {
            if fields.get(at + 1).is_none_or(|(next, _)| next != name) {
                match value {
                    Some(value) => out.text(name, value),
                    None => out.texts(name, &paths),
                }
            }
        }
    })
}

/// Roo's newer calls name several files in one parameter: a field without a value stands for all of them.
fn nested<'a>(value: &'a str, fields: &mut Vec<(&'a str, Option<&'a str>)>, paths: &mut Vec<String>) {
    paths.clear();
    let (mut first, mut rest) = ("", value);
    while let Some((path, after)) = around(rest, "<path>").and_then(|(_, path)| around(path, "</path>")) {
        first = path.trim();
        paths.push(first.to_owned());
        rest = after;
    }
    if paths.len() != 1 {
        return fields.push(("paths", None));
    }
    fields.push(("path", Some(first)));
    let content = around(rest, "<content>").and_then(|(_, rest)| around_last(rest, "</content>"));
    if let Some((content, _)) = content {
        let content = content.trim();
        let content = content.strip_prefix("<![CDATA[").unwrap_or(content);
        let content = content.strip_suffix("]]>").unwrap_or(content);
        fields.push(("diff", Some(bare(content, "\n"))));
    }
}

/// What is said, with what is thought between tags apart.
fn prose(text: &str, draft: &mut Draft) {
    let mut rest = text.trim();
    for (open, close) in [("<thinking>", "</thinking>"), ("<think>", "</think>")] {
        if let Some(inner) = rest.strip_prefix(open)
            && let Some((thought, after)) = around(inner, close)
        {
            draft.think(thought.trim());
            rest = after.trim();
        }
    }
    draft.say(rest);
}

/// The first call at the beginning of a line. Names that have no closing tag in the rest of the text are remembered.
fn next<'a>(text: &'a str, unclosed: &mut Vec<&'a str>) -> Option<Found<'a>> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let line = without_first(rest, " \t");
        if line.starts_with('<')
            && let Some(found) = function(line).or_else(|| tool(line, unclosed))
        {
            return Some(Found { before: text.get(..at).unwrap_or_default(), ..found });
        }
        at += rest.find('\n')? + 1;
    }
}

fn function(text: &str) -> Option<Found<'_>> {
    let (name, body) = around(text.strip_prefix("<function=")?, ">")?;
    // The stop word of the model is the closing tag: a log may lack it.
    let (body, after) = around(body, "</function").unwrap_or((body, ""));
    let mut parameters = Vec::new();
    let mut rest = body;
    while let Some((_, parameter)) = around(rest, "<parameter=") {
        let Some((key, value)) = around(parameter, ">") else { break };
        let (value, next) = around(value, "</parameter>").unwrap_or((value, ""));
        parameters.push((key, value.strip_prefix('\n').unwrap_or(value)));
        rest = next;
    }
    Some(Found { before: "", name, parameters, after: after.strip_prefix('>').unwrap_or(after) })
}

fn tool<'a>(text: &'a str, unclosed: &mut Vec<&'a str>) -> Option<Found<'a>> {
    let line = text.lines().next()?;
    let (name, _) = around(line.strip_prefix('<')?, ">")?;
    if !is_among(NAMES, name) || unclosed.contains(&name) {
        return None;
    }
    let body = text.get(name.len() + 2..)?;
    let Some((body, after)) = around(body, &["</", name, ">"].concat()) else {
        unclosed.push(name);
        return None;
    };
    let mut parameters = Vec::new();
    let mut rest = body.trim_start();
    while let Some((key, value)) = rest.strip_prefix('<').and_then(|rest| around(rest, ">")) {
        let close = ["</", key, ">"].concat();
        let is_long = is_among(LONG, key);
        let parts = if is_long { around_last(value, &close) } else { around(value, &close) };
        let Some((value, next)) = parts else { break };
        parameters.push((key, if is_long { value.strip_prefix('\n').unwrap_or(value) } else { value.trim() }));
        rest = next.trim_start();
    }
    Some(Found { before: "", name, parameters, after })
}

/// Gives an output to the first call of the turn under way that has none; `false` where all have theirs.
pub(super) fn answer(output: &str, draft: &mut Draft) -> bool {
    let is_open = |call: &ToolCall| call.status == ToolStatus::Unknown;
    let mut open = None;
    for part in draft.turn().parts.iter_mut().rev().take(64) {
        match part {
            Part::Tool(call) if is_open(call) => open = Some(call),
            Part::Tool(_) => break,
            _ => {}
        }
    }
    let Some(call) = open else { return false };
    if call.kind == ToolKind::Execute {
        call.exit_code = tools::exit_code(output);
    }
    let refused = output.starts_with("The user denied");
    let failed = find::any("The tool execution failed|<error>|Error", &|words| output.starts_with(words));
    tools::end(call, refused || failed);
    if refused {
        call.status = ToolStatus::Cancelled;
    }
    tools::unframed(output).clone_into(&mut call.output);
    true
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
