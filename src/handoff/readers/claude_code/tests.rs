use proptest::prelude::*;

use super::super::super::conversation::{AttachmentKind, Part, TodoStatus, ToolStatus, TurnState};
use super::super::log_tests::{
    agree_with_an_independent_count, broken_lines_cost_themselves, calls, fixture, holds, read, requests,
    survives_damage,
};

#[test]
fn samples_agree_with_an_independent_count() {
    agree_with_an_independent_count("claude-code", "claude-code");
}

#[test]
fn what_the_person_said_stands_apart_from_what_tools_said() {
    let conversation = read(&fixture("claude-code.jsonl"));
    holds(&conversation, 3, 11, 1, 0);
    let cart = "The cart forgets its items. Never touch the API.";
    assert_eq!(requests(&conversation), [cart, "Now plan the release", "Go on with the tag"]);
    let request = &conversation.turns[0].request;
    assert_eq!(
        (request.attachments[0].kind, request.attachments[0].name.as_str()),
        (AttachmentKind::Image, "image/png")
    );
    assert!(request.scaffolding.iter().any(|block| block.kind == "system-reminder"));
    assert_eq!(conversation.turns[0].at.as_deref(), Some("2026-03-01T10:00:04.000Z"));
}

#[test]
fn the_surroundings_are_those_of_the_session() {
    let conversation = read(&fixture("claude-code.jsonl"));
    assert_eq!(conversation.format, "claude-code");
    assert_eq!(conversation.title.as_deref(), Some("Cart that remembers"));
    assert_eq!(conversation.tool.as_deref(), Some("Claude Code 2.1.40"));
    assert_eq!(conversation.model.as_deref(), Some("claude-opus-4-6"));
    let workspace = &conversation.workspace;
    assert_eq!((workspace.folder.as_deref(), workspace.branch.as_deref()), (Some("/work/shop"), Some("fix/cart")));
    assert_eq!(workspace.repository.as_deref(), Some("octo/shop"));
    assert_eq!(workspace.pull_request.as_deref(), Some("https://github.com/octo/shop/pull/7"));
}

#[test]
fn a_command_has_its_exit_code_and_an_edit_its_place() {
    let conversation = read(&fixture("claude-code.jsonl"));
    let calls = calls(&conversation.turns[0]);
    assert_eq!((calls[0].exit_code, calls[0].status), (Some(1), ToolStatus::Failed));
    assert_eq!(calls[0].output, "1 failing: cart keeps items");
    assert_eq!((calls[7].exit_code, calls[7].status), (Some(0), ToolStatus::Completed));
    assert_eq!(calls[1].output, "export const cart = []");
    assert_eq!(calls[2].edits[0].diff, "@@ -7,1 +7,1 @@\n-export const cart = []\n+export const cart = load()\n");
}

#[test]
fn what_the_person_refuses_changes_nothing_and_their_reason_stays() {
    let conversation = read(&fixture("claude-code.jsonl"));
    let turn = &conversation.turns[0];
    let refused = calls(turn)[3];
    assert_eq!((refused.status, refused.edits.len()), (ToolStatus::Cancelled, 0));
    let answer = Some("I said: not the API.".to_owned());
    assert!(turn.parts.contains(&Part::Question { text: "May I use Edit?".to_owned(), answer }));
}

#[test]
fn questions_have_answers_and_tasks_their_state() {
    let conversation = read(&fixture("claude-code.jsonl"));
    let parts = &conversation.turns[0].parts;
    let text = "Which store?\n- Local: in the browser\n- Remote".to_owned();
    assert!(parts.contains(&Part::Question { text, answer: Some("Local".to_owned()) }));
    let Some(Part::Todos(todos)) = parts.last() else { panic!("the turn ends with its list") };
    assert_eq!((todos[0].text.as_str(), todos[0].status), ("Load the cart", TodoStatus::Completed));
}

#[test]
fn a_sub_agent_speaks_inside_its_call() {
    let conversation = read(&fixture("claude-code.jsonl"));
    let delegated = calls(&conversation.turns[1])[0];
    assert_eq!(delegated.output, "It is 1.2.");
    assert_eq!(delegated.subagent[0].request.text, "Find the version.");
    assert_eq!(calls(&delegated.subagent[0])[0].output, "package.json:3");
}

#[test]
fn a_plan_an_interruption_a_compaction_and_an_error_are_told() {
    let conversation = read(&fixture("claude-code.jsonl"));
    let [_, planned, last] = &*conversation.turns else { panic!("three turns") };
    assert!(planned.parts.contains(&Part::Plan("1. Bump\n2. Tag".to_owned())));
    assert_eq!(planned.state, TurnState::Cancelled);
    assert!(matches!(planned.parts.last(), Some(Part::Compaction(summary)) if summary.ends_with("The cart loads.")));
    assert_eq!(last.parts, [Part::Error("API Error: 500".to_owned())]);
    assert_eq!(last.state, TurnState::Failed);
}

#[test]
fn the_transcript_of_a_sub_agent_alone_is_a_conversation() {
    let conversation = read(
        &fixture("claude-code.jsonl")
            .lines()
            .filter(|line| line.contains("\"isSidechain\":true"))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    assert_eq!(requests(&conversation), ["Find the version."]);
}

#[test]
fn what_is_printed_as_a_stream_reads_as_well() {
    let conversation = read(concat!(
        r#"{"type":"system","subtype":"init","session_id":"s","cwd":"/work/shop","model":"claude-opus-4-6","tools":["Bash"]}"#,
        "\n",
        r#"{"type":"assistant","session_id":"s","parent_tool_use_id":null,"message":{"id":"m","role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Task","input":{"prompt":"p"}}]}}"#,
        "\n",
        r#"{"type":"assistant","session_id":"s","parent_tool_use_id":"t1","message":{"id":"n","role":"assistant","content":[{"type":"text","text":"inside"}]}}"#,
        "\n",
        r#"{"type":"result","subtype":"success","session_id":"s","result":"done"}"#,
    ));
    holds(&conversation, 1, 1, 0, 0);
    assert_eq!(calls(&conversation.turns[0])[0].subagent[0].parts, [Part::Text("inside".to_owned())]);
}

#[test]
fn progress_of_a_sub_agent_is_what_it_said() {
    let conversation = read(concat!(
        r#"{"type":"user","sessionId":"s","parentUuid":null,"uuid":"a","message":{"role":"user","content":"go"}}"#,
        "\n",
        r#"{"type":"assistant","sessionId":"s","parentUuid":"a","uuid":"b","message":{"id":"m","content":[{"type":"tool_use","id":"t1","name":"Agent","input":{"prompt":"p"}}]}}"#,
        "\n",
        r#"{"type":"progress","sessionId":"s","parentUuid":"b","uuid":"c","parentToolUseID":"t1","data":{"type":"agent_progress","message":{"type":"assistant","message":{"content":[{"type":"text","text":"inside"}]}}}}"#,
    ));
    assert_eq!(calls(&conversation.turns[0])[0].subagent[0].parts, [Part::Text("inside".to_owned())]);
}

#[test]
fn words_beside_a_result_were_said_while_the_agent_was_at_work() {
    let lines = [
        r#"{"type":"user","uuid":"a","parentUuid":null,"sessionId":"s","message":{"role":"user","content":"begin"}}"#,
        r#"{"type":"assistant","uuid":"b","parentUuid":"a","sessionId":"s","message":{"id":"m","role":"assistant","content":[{"type":"tool_use","id":"t","name":"Bash","input":{"command":"ls"}}]}}"#,
        r#"{"type":"user","uuid":"c","parentUuid":"b","sessionId":"s","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"},{"type":"text","text":"use the other one"}]}}"#,
    ];
    let read = read(&lines.join("\n"));
    assert_eq!(read.turns.len(), 1);
    let said = Part::Question { text: String::new(), answer: Some("use the other one".to_owned()) };
    assert!(read.turns[0].parts.contains(&said), "{:?}", read.turns[0].parts);
}

#[test]
fn broken_and_unknown_lines_cost_themselves() {
    broken_lines_cost_themselves(&fixture("claude-code.jsonl"));
}

proptest! {
    #[test]
    fn no_damage_makes_it_fail(at in any::<usize>(), length in 0..300_usize, with in "(\\{|\\}|\\[|\"|,|null|\n|:|\\PC){0,6}") {
        survives_damage("claude-code", &fixture("claude-code.jsonl"), at, length, &with);
    }
}
