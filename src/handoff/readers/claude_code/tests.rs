use super::super::super::conversation::Part;
use super::super::log_tests;

#[test]
fn samples_agree_with_an_independent_count() {
    log_tests::agree_with_an_independent_count("claude-code", "claude-code");
}

#[test]
fn words_beside_a_result_were_said_while_the_agent_was_at_work() {
    let lines = [
        r#"{"type":"user","uuid":"a","parentUuid":null,"sessionId":"s","message":{"role":"user","content":"begin"}}"#,
        r#"{"type":"assistant","uuid":"b","parentUuid":"a","sessionId":"s","message":{"id":"m","role":"assistant","content":[{"type":"tool_use","id":"t","name":"Bash","input":{"command":"ls"}}]}}"#,
        r#"{"type":"user","uuid":"c","parentUuid":"b","sessionId":"s","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"},{"type":"text","text":"use the other one"}]}}"#,
    ];
    let read = super::super::read(lines.join("\n").as_bytes(), None).unwrap();
    assert_eq!(read.turns.len(), 1);
    let said = Part::Question { text: String::new(), answer: Some("use the other one".to_owned()) };
    assert!(read.turns[0].parts.contains(&said), "{:?}", read.turns[0].parts);
}
