use proptest::prelude::*;

use super::super::super::conversation::{AttachmentKind, Change, Part, TodoStatus, ToolStatus, TurnState};
use super::super::log_tests::{calls, fixture, holds, read, requests, survives_damage};

#[test]
fn an_export_tells_what_was_said_until_it_was_reverted() {
    let conversation = read(&fixture("opencode.json"));
    holds(&conversation, 3, 7, 2, 0);
    assert_eq!(requests(&conversation), ["The cart forgets its items", "Go on", "Again"]);
    assert_eq!((conversation.format.as_str(), conversation.tool.as_deref()), ("opencode", Some("OpenCode 1.1.36")));
    assert_eq!(conversation.workspace.folder.as_deref(), Some("/work/shop"));
    let request = &conversation.turns[0].request;
    assert_eq!(
        (request.attachments[0].kind, request.attachments[0].name.as_str()),
        (AttachmentKind::Image, "shot.png")
    );
    assert_eq!(request.attachments[1].name, "cart.ts");
    assert_eq!(request.scaffolding[0].text, "Called the Read tool");
    assert_eq!(conversation.turns[0].at.as_deref(), Some("2026-03-01T10:00:00Z"));
}

#[test]
fn calls_have_their_results() {
    let conversation = read(&fixture("opencode.json"));
    let turn = &conversation.turns[0];
    let calls = calls(turn);
    assert_eq!((calls[0].exit_code, calls[0].status), (Some(1), ToolStatus::Failed));
    assert_eq!(calls[1].edits[0].diff, "@@ -3,1 +3,1 @@\n-a\n+b\n");
    assert_eq!(calls[2].edits[0].change, Change::Modified);
    assert_eq!((calls[5].status, calls[5].edits.len()), (ToolStatus::Cancelled, 0));
    assert_eq!(calls[6].status, ToolStatus::Unknown);
    let todos =
        turn.parts.iter().find_map(|part| if let Part::Todos(todos) = part { Some(todos) } else { None }).unwrap();
    assert_eq!((todos[0].text.as_str(), todos[0].status), ("Load", TodoStatus::Completed));
    let text = "Which store?\n- Local\n- Remote".to_owned();
    assert!(turn.parts.contains(&Part::Question { text, answer: Some("Local".to_owned()) }));
    assert_eq!(turn.parts.last(), Some(&Part::Compaction("The cart loads.".to_owned())));
}

#[test]
fn errors_and_interruptions_end_their_turns() {
    let conversation = read(&fixture("opencode.json"));
    assert_eq!(conversation.turns[1].parts, [Part::Error("The model is busy".to_owned())]);
    assert_eq!((conversation.turns[1].state, conversation.turns[2].state), (TurnState::Failed, TurnState::Cancelled));
}

#[test]
fn a_subtask_has_a_prompt_that_the_person_did_not_write_and_a_retry_its_error() {
    let conversation = read(
        r#"{"info":{"id":"ses_1"},"messages":[
            {"info":{"id":"m1","role":"user"},"parts":[{"type":"text","text":"Fix x"}]},
            {"info":{"id":"m2","role":"assistant"},"parts":[
                {"type":"retry","attempt":1,"error":{"name":"APIError","data":{"message":"Overloaded"}}},{"type":"text","text":"Done."}]},
            {"info":{"id":"m3","role":"user"},"parts":[{"type":"subtask","prompt":"Never write.","description":"Review","agent":"review","command":"review"}]},
            {"info":{"id":"m4","role":"assistant"},"parts":[{"type":"text","text":"Fine."}]},
            {"info":{"id":"m5","role":"user"},"parts":[{"type":"text","text":"Look"},{"type":"subtask","prompt":"Never read."}]},
            {"info":{"id":"m6","role":"user"},"parts":[{"type":"subtask","prompt":"Never do."}]},
            {"info":{"id":"m7","role":"assistant"},"parts":[{"type":"text","text":"All fine."}]}]}"#,
    );
    assert_eq!(requests(&conversation), ["Fix x", "/review", "Look", ""]);
    assert_eq!(conversation.turns[0].parts[0], Part::Error("Overloaded".to_owned()));
    let injected = |at: usize| conversation.turns[at].request.scaffolding[0].text.as_str();
    assert_eq!([injected(1), injected(2), injected(3)], ["Never write.", "Never read.", "Never do."]);
}

#[test]
fn an_unknown_part_costs_itself() {
    let conversation = read(&fixture("opencode.json").replace("\"type\": \"reasoning\"", "\"type\": \"news\""));
    holds(&conversation, 3, 7, 2, 1);
}

proptest! {
    #[test]
    fn no_damage_makes_it_fail(at in any::<usize>(), length in 0..300_usize, with in "(\\{|\\}|\\[|\"|,|null|\n|:|\\PC){0,6}") {
        survives_damage("opencode", &fixture("opencode.json"), at, length, &with);
    }
}
