use proptest::prelude::*;

use super::super::log_tests::{self, calls, read};
use crate::handoff::{AttachmentKind, Part, ToolStatus};

const OPENAI: &str = r#"{"model":"gpt-5","messages":[
    {"role":"system","content":"You help."},
    {"role":"user","content":[{"type":"text","text":"Run the tests"},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]},
    {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"bash","arguments":"{\"command\":\"make test\"}"}}]},
    {"role":"tool","tool_call_id":"c1","content":"Exit code: 2\nOutput:\nbroken"},
    {"role":"assistant","content":"They fail."}]}"#;
const ANTHROPIC: &str = r#"[{"role":"user","content":"Fix it"},
    {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"x"},{"type":"text","text":"On it."},
     {"type":"tool_use","id":"t1","name":"Edit","input":{"file_path":"a","old_string":"one\n","new_string":"two\n"}},
     {"type":"tool_use","id":"t2","name":"TodoWrite","input":{"todos":[{"content":"Fix","status":"in_progress"}]}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"Edited."}]},
     {"type":"tool_result","tool_use_id":"t2","content":"Set."}]}]"#;
const RESPONSES: &str = r#"[{"role":"user","content":"List"},
    {"type":"reasoning","summary":[{"type":"summary_text","text":"Look first."}],"encrypted_content":"zzz"},
    {"type":"function_call","call_id":"f1","name":"shell","arguments":"{\"command\":[\"ls\",\"-a\"]}"},
    {"type":"function_call_output","call_id":"f1","output":"a"},
    {"type":"custom_tool_call","call_id":"f2","name":"apply_patch","input":"*** Begin Patch\n*** Add File: n\n+x\n*** End Patch"},
    {"type":"message","role":"assistant","content":[{"type":"output_text","text":"One file."}]}]"#;
const TAGGED: &str = r#"[{"role":"user","content":"List"},
    {"role":"assistant","content":"I look.\n\n<function=execute_bash>\n<parameter=command>ls</parameter>\n</function>"},
    {"role":"user","content":"EXECUTION RESULT of [execute_bash]:\na\n[The command completed with exit code 1.]"}]"#;

#[test]
fn samples_agree_with_an_independent_count() {
    log_tests::agree_with_an_independent_count("messages", "openai-messages");
    log_tests::agree_with_an_independent_count("messages", "anthropic-messages");
}

#[test]
fn openai_chat_completions_are_read() {
    let conversation = read(OPENAI);
    assert_eq!((conversation.turns.len(), conversation.skipped), (1, 0));
    assert_eq!(conversation.model.as_deref(), Some("gpt-5"));
    let turn = &conversation.turns[0];
    assert_eq!(turn.request.attachments[0].kind, AttachmentKind::Image);
    assert_eq!(turn.request.attachments[0].name, "https://example.com/a.png");
    let call = calls(turn)[0];
    assert_eq!(
        (call.command.as_deref(), call.exit_code, call.status),
        (Some("make test"), Some(2), ToolStatus::Failed)
    );
    assert_eq!(turn.parts[1], Part::Text("They fail.".to_owned()));
}

#[test]
fn anthropic_messages_are_read_and_results_are_no_requests() {
    let conversation = read(ANTHROPIC);
    assert_eq!((conversation.turns.len(), conversation.skipped), (1, 0));
    let turn = &conversation.turns[0];
    assert_eq!(turn.parts[0], Part::Reasoning("Hm.".to_owned()));
    assert_eq!((calls(turn)[0].output.as_str(), calls(turn)[0].edits.len()), ("Edited.", 1));
    assert!(matches!(&turn.parts[4], Part::Todos(todos) if todos[0].text == "Fix"), "{:?}", turn.parts);
}

#[test]
fn responses_items_are_read() {
    let conversation = read(RESPONSES);
    assert_eq!((conversation.counts().tool_calls, conversation.counts().edits, conversation.skipped), (2, 1, 0));
    assert_eq!(calls(&conversation.turns[0])[0].output, "a");
    assert_eq!(conversation.turns[0].parts[0], Part::Reasoning("Look first.".to_owned()));
}

#[test]
fn calls_in_the_words_of_a_model_are_calls() {
    let conversation = read(TAGGED);
    assert_eq!(conversation.turns.len(), 1);
    let call = calls(&conversation.turns[0])[0];
    assert_eq!((call.command.as_deref(), call.exit_code), (Some("ls"), Some(1)));
    assert_eq!(conversation.turns[0].parts[0], Part::Text("I look.".to_owned()));
}

#[test]
fn a_message_a_line_is_read() {
    let text = "{\"role\":\"user\",\"content\":\"Hi\"}\n{\"role\":\"assistant\",\"content\":\"Hello\"}\nbroken\n";
    let conversation = read(text);
    assert_eq!((conversation.turns.len(), conversation.turns[0].parts.len(), conversation.skipped), (1, 1, 1));
}

#[test]
fn a_result_that_nobody_asked_for_and_an_unknown_block_cost_themselves() {
    let text = r#"[{"role":"user","content":"Hi"},{"role":"tool","tool_call_id":"no","content":"x"},
        {"role":"assistant","content":[{"type":"hologram"},{"type":"text","text":"Hello"}]},{"role":"oracle","content":"x"}]"#;
    let conversation = read(text);
    assert_eq!((conversation.skipped, conversation.turns[0].parts.len()), (3, 1));
}

proptest! {
    #[test]
    fn damage_is_survived(which in 0_usize..4, at in any::<usize>(), length in 0_usize..200, with in "[{}\\[\\]\",:a0<=/>]{0,6}") {
        log_tests::survives_damage("messages", [OPENAI, ANTHROPIC, RESPONSES, TAGGED][which], at, length, &with);
    }
}
