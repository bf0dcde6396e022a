use proptest::prelude::*;

use super::super::log_tests::{self, calls, read};
use crate::handoff::{AttachmentKind, Change, Conversation, Part, TodoStatus, ToolKind, ToolStatus, TurnState};

/// A session of requests.
fn session(requests: &str) -> String {
    format!(r#"{{"initialLocation":"panel","responderUsername":"GitHub Copilot","requests":[{requests}]}}"#)
}

/// A request with a response and the metadata of its result.
fn request(response: &str, metadata: &str) -> String {
    session(&format!(
        r#"{{"requestId":"r1","message":{{"text":"Fix x","parts":[]}},"variableData":{{"variables":[]}},"response":[{response}],
            "result":{{"metadata":{metadata}}},"modelId":"copilot/gpt-5","timestamp":1760000000000}}"#
    ))
}

fn parts(response: &str, metadata: &str) -> Vec<Part> {
    read(&request(response, metadata)).turns.remove(0).parts
}

/// One call of a terminal, shown under the editor's id and made under the model's.
const TERMINAL: &str = r#"{"value":"Looking."},
    {"kind":"toolInvocationSerialized","toolId":"run_in_terminal","toolCallId":"u1","isComplete":true,"isConfirmed":{"type":4},
     "invocationMessage":"Run","toolSpecificData":{"kind":"terminal","commandLine":{"original":"npm t","userEdited":"npm test"},
     "terminalCommandOutput":{"text":"shown"},"terminalCommandState":{"exitCode":1}}}"#;
const ROUNDS: &str = r#"{"toolCallRounds":[
    {"id":"a","response":"Looking.","thinking":{"id":"t","text":"Hm."},
     "toolCalls":[{"id":"call_1__vscode-17","name":"run_in_terminal","arguments":"{\"command\":\"npm t\"}"}]},
    {"id":"b","response":"","summary":"Before this, much.","toolCalls":[
     {"id":"call_2__vscode-18","name":"read_file","arguments":"{\"filePath\":\"/r/a.ts\"}"}]}],
    "toolCallResults":{"call_1__vscode-17":{"$mid":20,"content":[{"$mid":21,"value":"1 failed"}]},
    "call_2__vscode-18":{"$mid":20,"content":[{"$mid":22,"value":{"node":{"type":1,"children":[
     {"type":2,"text":"File:","lineBreakBefore":false},{"type":2,"text":"a","lineBreakBefore":true}]}}}]}}}"#;

#[test]
fn samples_agree_with_an_independent_count() {
    log_tests::agree_with_an_independent_count("vscode-chat", "vscode-chat-json");
}

#[test]
fn an_invocation_gets_the_arguments_and_the_result_of_the_models_call() {
    let conversation = read(&request(TERMINAL, ROUNDS));
    let turn = &conversation.turns[0];
    let calls = calls(turn);
    assert_eq!(calls[0].name, "run_in_terminal");
    assert_eq!(calls[0].input, r#"{"command":"npm t"}"#);
    assert_eq!(calls[0].command.as_deref(), Some("npm test"), "what the person made of it was run");
    assert_eq!(
        (calls[0].output.as_str(), calls[0].exit_code, calls[0].status),
        ("1 failed", Some(1), ToolStatus::Failed)
    );
    assert_eq!(turn.at.as_deref(), Some("2025-10-09T08:53:20Z"));
    assert_eq!(conversation.model.as_deref(), Some("copilot/gpt-5"));
}

#[test]
fn a_call_that_the_response_hides_is_told_with_the_summary_before_it() {
    let parts = parts(TERMINAL, ROUNDS);
    let kinds: Vec<_> = parts.iter().map(std::mem::discriminant).collect();
    assert_eq!(kinds.len(), 5, "{parts:?}");
    assert_eq!(parts[1], Part::Reasoning("Hm.".to_owned()));
    assert_eq!(parts[3], Part::Compaction("Before this, much.".to_owned()));
    let Part::Tool(call) = &parts[4] else { panic!("{parts:?}") };
    assert_eq!((call.id.as_str(), call.kind, call.output.as_str()), ("call_2", ToolKind::Read, "File:\na"));
}

#[test]
fn a_summary_stands_before_the_round_that_it_was_made_for() {
    let metadata = r#"{"summary":{"toolCallRoundId":"b","text":"Much."},"toolCallRounds":[{"id":"a","toolCalls":[{"id":"1","name":"x"}]},{"id":"b","toolCalls":[{"id":"2","name":"y"}]}]}"#;
    let parts = parts("", metadata);
    assert!(matches!(&parts[1], Part::Compaction(text) if text == "Much."), "{parts:?}");
}

#[test]
fn text_goes_on_around_references_and_begins_anew_after_a_call() {
    let response = r#"{"value":"See "},{"kind":"inlineReference","inlineReference":{"$mid":1,"fsPath":"/r/a.ts"}},{"value":"."},
        {"kind":"progressMessage","content":{"value":"…"}},{"kind":"undoStop","id":"x"},{"value":"Done."}"#;
    assert_eq!(parts(response, "{}"), [Part::Text("See `/r/a.ts`.\n\nDone.".to_owned())]);
}

#[test]
fn an_edit_that_a_tool_made_is_counted_once() {
    let response = r#"{"kind":"toolInvocationSerialized","toolId":"copilot_replaceString","toolCallId":"u","isComplete":true},
        {"value":"\n```\n"},{"kind":"codeblockUri","uri":{"fsPath":"/r/a.ts"},"isEdit":true},
        {"kind":"textEditGroup","uri":{"fsPath":"/r/a.ts"},"edits":[[{"text":"two","range":{"startLineNumber":1}}]]},{"value":"\n```\n"}"#;
    let metadata = r#"{"toolCallRounds":[{"toolCalls":[{"id":"c","name":"replace_string_in_file",
        "arguments":"{\"filePath\":\"/r/a.ts\",\"oldString\":\"one\",\"newString\":\"two\"}"}]}]}"#;
    let conversation = read(&request(response, metadata));
    assert_eq!(conversation.counts().edits, 1);
    assert_eq!(conversation.turns[0].parts.len(), 1, "{:?}", conversation.turns[0].parts);
    assert!(calls(&conversation.turns[0])[0].edits[0].diff.contains("-one\n+two\n"));
}

#[test]
fn an_edit_without_a_call_is_a_call_of_its_own() {
    let response = r#"{"kind":"textEditGroup","uri":{"fsPath":"/r/a.ts"},"edits":[[{"text":"two"}]]},
        {"kind":"externalEdit","uri":{"fsPath":"/r/b.ts"},"editKind":"delete"},
        {"kind":"workspaceEdit","edits":[{"oldResource":{"path":"/r/c"},"newResource":{"path":"/r/d"}}]}"#;
    let conversation = read(&request(response, "{}"));
    let edits: Vec<_> = calls(&conversation.turns[0]).iter().map(|call| call.edits[0].clone()).collect();
    assert_eq!(edits[0].diff.lines().last(), Some("+two"));
    assert_eq!(edits[1].change, Change::Deleted);
    assert_eq!((edits[2].from.as_deref(), edits[2].path.as_str()), (Some("/r/c"), "/r/d"));
}

#[test]
fn an_edit_without_its_old_lines_says_which_these_were() {
    let at = |first: [u32; 2], last: [u32; 2], text: &str| {
        format!(
            r#"{{"range":{{"startLineNumber":{},"startColumn":{},"endLineNumber":{},"endColumn":{}}},"text":"{text}"}}"#,
            first[0], first[1], last[0], last[1]
        )
    };
    let edits = [at([3, 1], [8, 1], "new"), at([9, 4], [9, 9], "x"), at([2, 1], [2, 1], "in"), at([4, 1], [6, 2], "")];
    let response =
        format!(r#"{{"kind":"textEditGroup","uri":{{"fsPath":"/r/a.ts"}},"edits":[[{}]]}}"#, edits.join(","));
    let conversation = read(&request(&response, "{}"));
    assert_eq!(
        calls(&conversation.turns[0])[0].edits[0].diff,
        "@@ in place of lines 3 to 7\n+new\n@@ in line 9\n+x\n@@\n+in\n@@ in place of lines 4 to 6\n"
    );
}

#[test]
fn an_edit_that_failed_changed_nothing() {
    let response =
        r#"{"kind":"toolInvocationSerialized","toolId":"copilot_applyPatch","toolCallId":"u","isComplete":true}"#;
    let metadata = r#"{"toolCallRounds":[{"toolCalls":[{"id":"c","name":"apply_patch",
        "arguments":"{\"input\":\"*** Begin Patch\\n*** Add File: a\\n+x\\n*** End Patch\"}"}]}],
        "toolCallResults":{"c":{"content":[{"value":"Applying patch failed with error: Invalid context"}]}}}"#;
    let conversation = read(&request(response, metadata));
    assert_eq!((conversation.counts().tool_calls, conversation.counts().edits), (1, 0));
    assert_eq!(calls(&conversation.turns[0])[0].status, ToolStatus::Failed);
}

#[test]
fn to_dos_questions_and_plans_are_told() {
    let response = r#"{"kind":"toolInvocationSerialized","toolId":"manage_todo_list","toolCallId":"u","isComplete":true,
        "toolSpecificData":{"kind":"todoList","todoList":[{"id":1,"title":"Look","status":"completed"},{"id":2,"title":"Fix","status":"in-progress"}]}},
        {"kind":"questionCarousel","questions":[{"id":"q","title":"Which?","options":[{"id":"1","label":"A"},{"id":"2","label":"B"}]},
         {"id":"p","message":{"value":"Sure?"}}],"data":{"q":{"selectedValue":"A"}},"isUsed":true},
        {"kind":"planReview","title":"Plan","content":"1. Fix","data":{"action":"Go","rejected":false}}"#;
    let parts = parts(response, "{}");
    let Part::Todos(todos) = &parts[1] else { panic!("{parts:?}") };
    assert_eq!((todos[0].status, todos[1].status), (TodoStatus::Completed, TodoStatus::InProgress));
    assert_eq!(parts[2], Part::Question { text: "Which?\n- A\n- B".to_owned(), answer: Some("A".to_owned()) });
    assert_eq!(parts[3], Part::Question { text: "Sure?".to_owned(), answer: None });
    assert_eq!(parts[4], Part::Plan("1. Fix".to_owned()));
    assert_eq!(parts[5], Part::Question { text: "Plan".to_owned(), answer: Some("Go".to_owned()) });
}

#[test]
fn calls_of_a_sub_agent_are_its_own() {
    let response = r#"{"kind":"toolInvocationSerialized","toolId":"runSubagent","toolCallId":"s","isComplete":true,
        "toolSpecificData":{"kind":"subagent","prompt":"Look around","result":"Seen."}},
        {"kind":"toolInvocationSerialized","toolId":"copilot_readFile","toolCallId":"n","subAgentInvocationId":"s","isComplete":true}"#;
    let conversation = read(&request(response, "{}"));
    assert_eq!(conversation.counts().tool_calls, 2);
    let outer = calls(&conversation.turns[0]);
    assert_eq!((outer.len(), outer[0].output.as_str()), (1, "Seen."));
    assert_eq!(outer[0].subagent[0].request.text, "Look around");
    assert_eq!(calls(&outer[0].subagent[0]).len(), 1);
}

#[test]
fn a_call_that_was_refused_did_nothing() {
    let response = r#"{"kind":"toolInvocationSerialized","toolId":"run_in_terminal","toolCallId":"u","isConfirmed":{"type":5},
        "toolSpecificData":{"kind":"terminal","commandLine":{"original":"rm -rf /"}}}"#;
    let conversation = read(&request(response, "{}"));
    assert_eq!(calls(&conversation.turns[0])[0].status, ToolStatus::Cancelled);
}

#[test]
fn undone_and_hidden_requests_are_left_out() {
    let one = |fields: &str| {
        format!(
            r#"{{"requestId":"r","message":"x","response":[{{"value":"kept"}},{{"kind":"undoStop","id":"s"}},{{"value":"undone"}}]{fields}}}"#
        )
    };
    let text = session(
        &[
            one(""),
            one(r#","shouldBeRemovedOnSend":{"requestId":"r"}"#),
            one(r#","isHidden":true"#),
            one(r#","shouldBeRemovedOnSend":{"requestId":"r","afterUndoStop":"s"}"#),
        ]
        .join(","),
    );
    let conversation = read(&text);
    assert_eq!(conversation.turns.len(), 2);
    assert_eq!(conversation.turns[1].parts, [Part::Text("kept".to_owned())]);
}

#[test]
fn a_turn_says_how_it_ended() {
    let state = |fields: &str| read(&session(&format!(r#"{{"message":"x","response":[]{fields}}}"#))).turns[0].state;
    assert_eq!(state(r#","modelState":{"value":1},"result":{}"#), TurnState::Completed);
    assert_eq!(state(r#","modelState":{"value":2}"#), TurnState::Cancelled);
    assert_eq!(state(r#","isCanceled":true,"result":{}"#), TurnState::Cancelled);
    assert_eq!(state(r#","result":{"errorDetails":{"message":"no"}}"#), TurnState::Failed);
    assert_eq!(state(""), TurnState::Open);
    let failed =
        read(&session(r#"{"message":"x","response":[],"result":{"errorDetails":{"message":"Out of credits"}}}"#));
    assert_eq!(failed.turns[0].parts, [Part::Error("Out of credits".to_owned())]);
}

#[test]
fn what_the_person_attached_is_told_from_what_the_editor_added() {
    let text = session(
        r#"{"message":{"text":"x"},"response":[],"variableData":{"variables":[
        {"kind":"file","name":"a","value":{"$mid":1,"fsPath":"/r/a.ts"}},
        {"kind":"file","name":"b","value":{"uri":{"fsPath":"/r/b.ts"},"range":{"startLineNumber":3,"endLineNumber":5}}},
        {"kind":"image","name":"shot.png","value":{"$base64":"AAAA"}},
        {"kind":"terminalCommand","command":"ls","output":"a","value":null},
        {"kind":"promptFile","automaticallyAdded":true,"value":{"fsPath":"/r/rules.md"}},
        {"kind":"tool","name":"search"}]}}"#,
    );
    let request = &read(&text).turns[0].request;
    let names: Vec<_> =
        request.attachments.iter().map(|attachment| (attachment.kind, attachment.name.as_str())).collect();
    assert_eq!(
        names,
        [
            (AttachmentKind::File, "/r/a.ts"),
            (AttachmentKind::Selection, "/r/b.ts:3-5"),
            (AttachmentKind::Image, "shot.png"),
            (AttachmentKind::Terminal, "ls")
        ]
    );
    assert_eq!(request.scaffolding[0].text, "/r/rules.md");
}

#[test]
fn a_stored_session_tells_its_repository() {
    let text = r#"{"version":3,"sessionId":"s","customTitle":"Fix","workingDirectory":{"fsPath":"/r"},"requests":[{"message":"x","response":[]}],
        "repoData":{"remoteUrl":"https://github.com/o/n.git","localBranch":"fix","localHeadCommit":"b2","remoteHeadCommit":"a1",
        "diffs":[{"relativePath":"a.ts","changeType":"modified","unifiedDiff":"--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-x\n+y\n"},
                 {"relativePath":"n","oldRelativePath":"o","changeType":"renamed"},
                 {"relativePath":"b.ts","changeType":"modified","unifiedDiff":"@@ -1,2 +1 @@\n-x\n"}]}}"#;
    let Conversation { title, workspace, skipped, .. } = read(text);
    assert_eq!(title.as_deref(), Some("Fix"));
    assert_eq!((workspace.folder.as_deref(), workspace.branch.as_deref()), (Some("/r"), Some("fix")));
    assert_eq!((workspace.base_commit.as_deref(), workspace.head_commit.as_deref()), (Some("a1"), Some("b2")));
    assert_eq!(workspace.changes[0].diff, "@@ -1 +1 @@\n-x\n+y\n");
    assert_eq!((workspace.changes[1].change, workspace.changes[1].from.as_deref()), (Change::Renamed, Some("o")));
    // Of a diff that lost a line it is known that the file was changed.
    assert_eq!((workspace.changes[2].path.as_str(), &*workspace.changes[2].diff, skipped), ("b.ts", "", 1));
}

#[test]
fn a_part_of_an_unknown_kind_costs_itself() {
    let conversation = read(&request(r#"{"kind":"hologram"},{"value":"Still here."}"#, "{}"));
    assert_eq!((conversation.skipped, conversation.turns[0].parts.len()), (1, 1));
}

proptest! {
    #[test]
    fn damage_is_survived(at in any::<usize>(), length in 0_usize..200, with in "[{}\\[\\]\",:a0]{0,6}") {
        log_tests::survives_damage("vscode-chat", &request(TERMINAL, ROUNDS), at, length, &with);
    }
}
