use proptest::prelude::*;

use super::super::log_tests::{self, calls, read, requests};
use crate::handoff::{AttachmentKind, Change, Part, ToolStatus, TurnState};

const CHAT: &str = r#"{"resource":"chat:1","title":"Fix x","status":1,"workingDirectory":"file:///r","turns":[
  {"id":"t1","message":{"text":"Fix x","origin":{"kind":"user"},"model":{"id":"gpt-5"},"attachments":[
    {"type":"resource","uri":"file:///r/a.rs","label":"a.rs","displayKind":"document"},
    {"type":"simple","label":"note","modelRepresentation":"Be quick."}]},
   "responseParts":[{"kind":"reasoning","id":"r","content":"Hm."},
    {"kind":"toolCall","toolCall":{"toolCallId":"c1","toolName":"bash","toolInput":"{\"command\":\"make\"}","status":"completed","success":false,
      "content":[{"type":"text","text":"broken"}],"error":{"message":"!"}}},
    {"kind":"toolCall","toolCall":{"toolCallId":"c2","toolName":"write_thing","toolInput":"","status":"completed","success":true,
      "content":[{"type":"fileEdit","before":{"uri":"file:///r/a.rs"},"after":{"uri":"file:///r/b.rs"}}]}},
    {"kind":"toolCall","toolCall":{"toolCallId":"c3","toolName":"bash","toolInput":"{\"command\":\"rm x\"}","status":"cancelled","reason":"denied"}},
    {"kind":"markdown","id":"m","content":"Half done."},{"kind":"hologram"}],"state":"complete"},
  {"id":"t2","message":{"text":"Go on"},"responseParts":[],"state":"error","error":{"message":"Out of credits"}}],
 "activeTurn":{"id":"t3","message":{"text":"Again"},"responseParts":[{"kind":"markdown","content":"I"}]}}"#;

#[test]
fn a_chat_is_read_with_its_active_turn() {
    let conversation = read(CHAT);
    assert_eq!((conversation.format.as_str(), conversation.turns.len(), conversation.skipped), ("ahp", 3, 1));
    assert_eq!(conversation.workspace.folder.as_deref(), Some("/r"));
    assert_eq!(conversation.model.as_deref(), Some("gpt-5"));
    let states: Vec<_> = conversation.turns.iter().map(|turn| turn.state).collect();
    assert_eq!(states, [TurnState::Completed, TurnState::Failed, TurnState::Open]);
    assert_eq!(conversation.turns[1].parts, [Part::Error("Out of credits".to_owned())]);
    assert_eq!(conversation.turns[0].id.as_deref(), Some("t1"));
}

#[test]
fn calls_tell_what_they_did_and_how_they_ended() {
    let conversation = read(CHAT);
    let calls = calls(&conversation.turns[0]);
    assert_eq!((calls[0].command.as_deref(), calls[0].status), (Some("make"), ToolStatus::Failed));
    assert_eq!(calls[0].output, "broken\n!");
    assert_eq!((calls[1].edits[0].change, calls[1].edits[0].path.as_str()), (Change::Renamed, "/r/b.rs"));
    assert_eq!(calls[2].status, ToolStatus::Cancelled);
}

#[test]
fn attachments_are_named_or_carried() {
    let conversation = read(CHAT);
    let attachments = &conversation.turns[0].request.attachments;
    assert_eq!((attachments[0].kind, attachments[0].name.as_str()), (AttachmentKind::File, "/r/a.rs"));
    assert_eq!(attachments[1].text.as_deref(), Some("Be quick."));
}

#[test]
fn the_chats_of_a_session_and_the_older_user_message_are_read() {
    let text = r#"{"summary":{"title":"S"},"chats":[{"turns":[{"id":"a","userMessage":{"text":"Hi"},"responseParts":[{"kind":"markdown","content":"Hello"}]}]}]}"#;
    let conversation = read(text);
    assert_eq!((conversation.title.as_deref(), conversation.turns[0].request.text.as_str()), (Some("S"), "Hi"));
}

/// A chat that waits for the person, with words of others among the person's.
const WAITING: &str = r#"{"resource":"chat:1","turns":[
  {"id":"t1","message":{"text":"Fix x","origin":{"kind":"user"}},"responseParts":[
    {"kind":"inputRequest","request":{"id":"q0","questions":[{"id":"a","kind":"boolean","message":"Really?"},{"id":"b","kind":"single-select","message":"Where?"}],
      "answers":{"a":{"state":"submitted","value":{"kind":"boolean","value":true}},"b":{"state":"submitted","value":{"kind":"selected","value":"Here","freeformValues":["or there"]}}}},"response":"accept"},
    {"kind":"inputRequest","request":{"id":"q1","message":"Sign in"},"response":"decline"},
    {"kind":"markdown","content":"Done."}],"state":"complete"},
  {"id":"t2","message":{"text":"Never touch x.","origin":{"kind":"systemNotification"}},"responseParts":[
    {"kind":"systemNotification","content":{"markdown":"Job 1 ended"}},{"kind":"markdown","content":"I look."}],"state":"complete"},
  {"id":"t3","message":{"text":"Always do y.","origin":{"kind":"agent"}},"responseParts":[{"kind":"markdown","content":"Yes."}],"state":"complete"}],
 "activeTurn":{"id":"t4","message":{"text":"Go on","origin":{"kind":"user"}},"responseParts":[{"kind":"markdown","content":"I ask."}]},
 "steeringMessage":{"id":"s","message":{"text":"Faster","origin":{"kind":"user"}}},
 "queuedMessages":[{"id":"m1","message":{"text":"Then test it","origin":{"kind":"user"}}},{"id":"m2","message":{"text":"Never z.","origin":{"kind":"tool"}}}],
 "inputRequests":[{"id":"q2","message":"Before I go on","questions":[
   {"id":"c","kind":"single-select","message":"Which one?","options":[{"id":"1","label":"A"},{"id":"2","label":"B"}]}],"answers":{"c":{"state":"draft","value":{"kind":"selected","value":"1"}}}},
   {"id":"q3","message":"May I?"}]}"#;

#[test]
fn words_of_others_are_scaffolding() {
    let conversation = read(WAITING);
    assert_eq!(requests(&conversation), ["Fix x", "", "", "Go on", "Then test it"]);
    let injected = |at: usize| -> Vec<_> {
        let found = &conversation.turns[at].request.scaffolding;
        found.iter().map(|found| (found.kind.as_str(), found.text.as_str())).collect()
    };
    assert_eq!(injected(1), [("systemNotification", "Never touch x."), ("systemNotification", "Job 1 ended")]);
    assert_eq!((injected(2), injected(4)), (vec![("agent", "Always do y.")], vec![("tool", "Never z.")]));
    assert_eq!(conversation.skipped, 0);
}

#[test]
fn what_waits_for_an_answer_or_its_turn_is_told() {
    let conversation = read(WAITING);
    let question =
        |text: &str, answer: Option<&str>| Part::Question { text: text.to_owned(), answer: answer.map(str::to_owned) };
    assert_eq!(
        conversation.turns[0].parts[..3],
        [
            question("Really?", Some("yes")),
            question("Where?", Some("Here, or there")),
            question("Sign in", Some("decline"))
        ]
    );
    assert_eq!(
        conversation.turns[3].parts[1..],
        [
            question("", Some("Faster")),
            Part::Text("Before I go on".to_owned()),
            question("Which one?\n- A\n- B", None),
            question("May I?", None)
        ]
    );
    assert_eq!((conversation.turns[3].state, conversation.turns[4].state), (TurnState::Open, TurnState::Open));
}

proptest! {
    #[test]
    fn damage_is_survived(waits in any::<bool>(), at in any::<usize>(), length in 0_usize..200, with in "[{}\\[\\]\",:a0]{0,6}") {
        log_tests::survives_damage("ahp", if waits { WAITING } else { CHAT }, at, length, &with);
    }
}
