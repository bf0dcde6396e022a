use proptest::prelude::*;

use super::super::log_tests::{self, read};
use super::MOST_NAMED;
use crate::handoff::Part;

const LOG: &str = r#"{"kind":0,"v":{"version":3,"sessionId":"s","responderUsername":"GitHub Copilot","requests":[]}}
{"kind":2,"k":["requests"],"v":[{"requestId":"r1","message":{"text":"Fix x"},"response":[{"value":"One"}]}]}
{"kind":2,"k":["requests",0,"response"],"v":[{"value":" two"},{"value":" three"}]}
{"kind":2,"k":["requests",0,"response"],"i":2,"v":[{"value":" four"}]}
{"kind":1,"k":["requests",0,"result"],"v":{"metadata":{}}}
{"kind":1,"k":["customTitle"],"v":"Fixing"}
{"kind":3,"k":["customTitle"]}
"#;

#[test]
fn samples_agree_with_an_independent_count() {
    log_tests::agree_with_an_independent_count("vscode-chat-log", "vscode-mutation-log");
}

#[test]
fn entries_set_extend_cut_and_delete() {
    let conversation = read(LOG);
    assert_eq!(conversation.format, "vscode-chat-log");
    assert_eq!(conversation.turns[0].parts, [Part::Text("One two four".to_owned())]);
    assert_eq!((conversation.title, conversation.skipped), (None, 0));
}

#[test]
fn a_log_of_its_first_entry_alone_is_read() {
    let log = r#"{"kind":0,"v":{"sessionId":"s","requests":[{"message":"x","response":[]}]}}"#;
    assert_eq!(read(log).turns.len(), 1);
}

#[test]
fn a_log_without_its_first_entry_tells_what_came_later() {
    let log = r#"{"kind":1,"k":["inputState","inputText"],"v":""}
{"kind":2,"k":["requests",2,"response"],"v":[{"value":"Done."}]}
{"kind":2,"k":["requests"],"v":[{"message":"And y","response":[]}]}
"#;
    let conversation = read(log);
    assert_eq!(conversation.turns.len(), 2);
    assert_eq!(conversation.turns[0].parts, [Part::Text("Done.".to_owned())]);
    assert_eq!(conversation.turns[1].request.text, "And y");
}

#[test]
fn results_are_read_whether_they_came_whole_or_one_by_one() {
    let request = r#"{"message":"x","response":[],"result":{"metadata":{"toolCallRounds":[{"id":"a","toolCalls":[{"id":"1","name":"x"},{"id":"2","name":"y"}]}],
        "toolCallResults":{"1":{"content":[{"value":"one"}]}}}}}"#.replace('\n', "");
    let log = format!(
        "{{\"kind\":0,\"v\":{{\"sessionId\":\"s\",\"requests\":[{request}]}}}}\n{}\n",
        r#"{"kind":1,"k":["requests",0,"result","metadata","toolCallResults","2"],"v":{"content":[{"value":"two"}]}}"#
    );
    let conversation = read(&log);
    let outputs: Vec<_> = log_tests::calls(&conversation.turns[0]).iter().map(|call| call.output.clone()).collect();
    assert_eq!((outputs, conversation.skipped), (vec!["one".to_owned(), "two".to_owned()], 0));
    let whole = read(log.lines().next().unwrap());
    assert_eq!(log_tests::calls(&whole.turns[0])[0].output, "one");
}

#[test]
fn broken_entries_cost_themselves() {
    let damaged = LOG
        .lines()
        .map(|line| format!("{line}\n{{\"kind\":2,\"k\":[\n{{\"kind\":9,\"k\":[\"a\"]}}\n"))
        .collect::<String>();
    let conversation = read(&damaged);
    assert_eq!(conversation.turns, read(LOG).turns);
    assert_eq!(conversation.skipped, 14);
}

#[test]
fn a_path_to_a_far_item_makes_no_memory() {
    let far = format!("{{\"kind\":1,\"k\":[\"requests\",{}],\"v\":1}}\n", MOST_NAMED * 1000);
    let conversation = read(&format!("{LOG}{}", far.repeat(100)));
    assert_eq!(conversation.skipped, 100);
    let new = (0..20_000).map(|number| format!("{{\"kind\":1,\"k\":[\"f{number}\"],\"v\":1}}\n")).collect::<String>();
    assert!(read(&format!("{LOG}{new}")).skipped > 19_000);
}

proptest! {
    #[test]
    fn damage_is_survived(at in any::<usize>(), length in 0_usize..200, with in "[{}\\[\\]\",:a0123]{0,6}") {
        log_tests::survives_damage("vscode-chat-log", LOG, at, length, &with);
    }

    #[test]
    fn any_entries_are_applied_without_panic(entries in prop::collection::vec(
        (0_u8..5, prop::collection::vec(prop_oneof!["[a-c]".prop_map(|name| format!("\"{name}\"")), (0_usize..4).prop_map(|index| index.to_string())], 0..4),
         prop_oneof![Just("[1,{}]"), Just("{\"a\":[]}"), Just("null"), Just("\"x\"")]), 0..12)) {
        let log = entries.iter().map(|(kind, path, value)| format!("{{\"kind\":{kind},\"k\":[{}],\"v\":{value}}}\n", path.join(","))).collect::<String>();
        let _ = super::super::read(log.as_bytes(), Some("vscode-chat-log"));
    }
}
