use proptest::prelude::*;

use super::super::log_tests::{self, calls, read};
use crate::handoff::{AttachmentKind, Change, Part, TodoStatus, ToolKind, ToolStatus, TurnState};

const STREAM: &str = r#"{"jsonrpc":"2.0","id":0,"method":"session/new","params":{"cwd":"/r"}}
{"jsonrpc":"2.0","id":1,"method":"session/prompt","params":{"sessionId":"s","prompt":[{"type":"text","text":"Fix x"},{"type":"resource_link","uri":"file:///r/a.rs","name":"a.rs"}]}}
{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"user_message_chunk","content":{"type":"text","text":"Fix x"}}}}
{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"agent_thought_chunk","content":{"type":"text","text":"H"}}}}
{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"agent_thought_chunk","content":{"type":"text","text":"m."}}}}
{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"plan","entries":[{"content":"Fix","priority":"high","status":"in_progress"}]}}}
{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"tool_call","toolCallId":"t1","title":"`cargo test`","kind":"execute","status":"pending"}}}
{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"tool_call_update","toolCallId":"t1","status":"completed","rawOutput":{"output":"1 failed","exit_code":101}}}}
{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"tool_call","toolCallId":"t2","title":"Edit a.rs","kind":"edit","status":"completed","locations":[{"path":"/r/a.rs","line":3}],"content":[{"type":"diff","path":"/r/a.rs","oldText":"one\n","newText":"two\n"}]}}}
{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"Do"}}}}
{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"ne."}}}}
{"jsonrpc":"2.0","id":1,"result":{"stopReason":"end_turn"}}
{"jsonrpc":"2.0","id":2,"method":"session/prompt","params":{"sessionId":"s","prompt":[{"type":"text","text":"Stop"}]}}
{"jsonrpc":"2.0","id":2,"result":{"stopReason":"cancelled"}}
"#;

#[test]
fn samples_agree_with_an_independent_count() {
    log_tests::agree_with_an_independent_count("acp", "acp");
}

#[test]
fn chunks_are_joined_and_the_echo_of_the_prompt_is_not_said_twice() {
    let conversation = read(STREAM);
    assert_eq!((conversation.turns.len(), conversation.skipped), (2, 0));
    let turn = &conversation.turns[0];
    assert_eq!(turn.request.text, "Fix x");
    assert_eq!(turn.request.attachments[0].kind, AttachmentKind::File);
    assert_eq!(turn.request.attachments[0].name, "/r/a.rs");
    assert_eq!(turn.parts[0], Part::Reasoning("Hm.".to_owned()));
    assert!(matches!(&turn.parts[1], Part::Todos(todos) if todos[0].status == TodoStatus::InProgress));
    assert_eq!(turn.parts.last(), Some(&Part::Text("Done.".to_owned())));
    assert_eq!(conversation.turns[1].state, TurnState::Cancelled);
    assert_eq!(conversation.workspace.folder.as_deref(), Some("/r"));
}

#[test]
fn an_update_fills_in_what_its_call_did_not_know() {
    let conversation = read(STREAM);
    let calls = calls(&conversation.turns[0]);
    assert_eq!((calls[0].kind, calls[0].command.as_deref()), (ToolKind::Execute, Some("cargo test")));
    assert_eq!(
        (calls[0].exit_code, calls[0].status, calls[0].output.as_str()),
        (Some(101), ToolStatus::Failed, "1 failed")
    );
    assert_eq!((calls[1].edits[0].change, calls[1].paths.as_slice()), (Change::Modified, &["/r/a.rs".to_owned()][..]));
    assert!(calls[1].edits[0].diff.ends_with("-one\n+two\n"));
}

#[test]
fn chunks_of_a_person_begin_turns_where_no_prompts_are_recorded() {
    let chunk = |kind: &str, text: &str| {
        format!(
            "{{\"timestamp\":1,\"params\":{{\"update\":{{\"sessionUpdate\":\"{kind}\",\"content\":{{\"type\":\"text\",\"text\":\"{text}\"}}}}}}}}\n"
        )
    };
    let text = [
        chunk("user_message_chunk", "One "),
        chunk("user_message_chunk", "more"),
        chunk("agent_message_chunk", "Yes"),
        chunk("user_message_chunk", "Two"),
    ];
    let conversation = read(&text.concat());
    let said: Vec<_> = conversation.turns.iter().map(|turn| turn.request.text.as_str()).collect();
    assert_eq!(said, ["One more", "Two"]);
}

#[test]
fn broken_lines_cost_themselves() {
    let conversation = read(&STREAM.replace('\n', "\n{\"jsonrpc\":\n"));
    assert_eq!((conversation.counts(), conversation.skipped), (read(STREAM).counts(), STREAM.lines().count()));
}

proptest! {
    #[test]
    fn damage_is_survived(at in any::<usize>(), length in 0_usize..400, with in "[{}\\[\\]\",:a0\n]{0,6}") {
        log_tests::survives_damage("acp", STREAM, at, length, &with);
    }
}
