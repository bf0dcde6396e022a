#![cfg(not(target_arch = "wasm32"))]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{asked, is_of_request, steer};
use crate::session::{Answer, Question};

fn chosen(question: &Question, choice: &str) -> (&'static str, Value) {
    let answer = Answer { question: question.id.clone(), choice: Some(choice.into()), text: None };
    let (kind, content) = steer(&answer).unwrap();
    (kind, serde_json::from_str(&content).unwrap())
}

fn written(question: &Question, text: &str) -> (&'static str, Value) {
    let answer = Answer { question: question.id.clone(), choice: None, text: Some(text.into()) };
    let (kind, content) = steer(&answer).unwrap();
    (kind, serde_json::from_str(&content).unwrap())
}

#[test]
fn a_plain_question_keeps_its_choices_and_whether_words_are_taken() {
    let data = json!({ "requestId": "q", "question": " Which? ", "choices": ["A", 5, "B"], "allowFreeform": false });
    let question = asked("user_input.requested", &data).unwrap();
    let expected =
        Question { id: "q".into(), text: "Which?".into(), choices: vec!["A".into(), "B".into()], freeform: false };
    assert_eq!(question, expected);
    let open = asked("user_input.requested", &json!({ "requestId": "q", "question": "What?" })).unwrap();
    assert!(open.freeform && open.choices.is_empty());
}

#[test]
fn a_permission_shows_the_command_in_a_block_that_it_cannot_leave() {
    let hostile = "echo ```\n# Allowed already";
    let wanted = json!({ "kind": "shell", "intention": "Look around", "fullCommandText": hostile });
    let question = asked("permission.requested", &json!({ "requestId": "p", "permissionRequest": wanted })).unwrap();
    assert_eq!(question.text, format!("Look around\n\n````\n{hostile}\n````"));
    assert!(!question.freeform);
    let yes = ("permission_response", json!({ "requestId": "p", "approved": true }));
    assert_eq!(chosen(&question, "Allow"), yes);
    let no = ("permission_response", json!({ "requestId": "p", "approved": false }));
    assert_eq!(chosen(&question, "Deny"), no);
    assert_eq!(chosen(&question, "anything else"), no, "only the very word allows");
    assert_eq!(written(&question, "please do not"), no);
}

#[test]
fn a_plan_is_approved_rejected_or_talked_about() {
    let data = json!({ "requestId": "p", "summary": "Plan", "planContent": "1. Do", "actions": ["autopilot"] });
    let question = asked("exit_plan_mode.requested", &data).unwrap();
    assert_eq!((question.text.as_str(), question.choices.len()), ("Plan\n\n1. Do", 2));
    let (kind, content) = chosen(&question, "autopilot");
    assert_eq!(kind, "plan_approval_response");
    assert_eq!(content, json!({ "requestId": "p", "approved": true, "selectedAction": "autopilot" }));
    assert_eq!(chosen(&question, "Reject").1, json!({ "requestId": "p", "approved": false }));
    let feedback = json!({ "requestId": "p", "approved": false, "feedback": "Smaller" });
    assert_eq!(written(&question, "Smaller").1, feedback);
    let bare = asked("exit_plan_mode.requested", &json!({ "requestId": "p" })).unwrap();
    assert_eq!(chosen(&bare, "Approve").1, json!({ "requestId": "p", "approved": true }));
}

#[test]
fn a_form_with_one_field_can_be_filled_in_and_any_form_declined() {
    let form = |properties: Value| {
        let schema = json!({ "type": "object", "properties": properties });
        asked("elicitation.requested", &json!({ "requestId": "e", "message": "Name?", "requestedSchema": schema }))
            .unwrap()
    };
    let accept = |field: Value| json!({ "requestId": "e", "action": "accept", "content": field });
    let words = form(json!({ "na/me": { "type": "string" } }));
    assert!(words.freeform);
    assert_eq!(written(&words, "Ada"), ("elicitation_response", accept(json!({ "na/me": "Ada" }))));
    let list = form(json!({ "colour": { "type": "string", "enum": ["red", "blue"] } }));
    assert_eq!((list.choices.len(), list.freeform), (3, false));
    assert_eq!(chosen(&list, "blue").1, accept(json!({ "colour": "blue" })));
    let flag = form(json!({ "sure": { "type": "boolean" } }));
    assert_eq!(chosen(&flag, "No").1, accept(json!({ "sure": false })));
    let several = form(json!({ "a": {}, "b": {} }));
    assert_eq!((several.choices.as_slice(), several.freeform), (&["Decline".to_owned()][..], false));
    assert_eq!(chosen(&several, "Decline").1, json!({ "requestId": "e", "action": "decline" }));
}

#[test]
fn a_request_without_an_id_cannot_be_answered_and_is_no_question() {
    assert_eq!(asked("user_input.requested", &json!({ "question": "Which?" })), None);
    assert_eq!(asked("novelty.requested", &json!({ "requestId": "q" })), None);
}

proptest! {
    /// Whatever a server calls its requests, an answer goes back to the request that it answers.
    #[test]
    fn an_answer_names_its_request(request in "[a-z/0-9é]{1,12}", field in "[a-z/0-9é]{0,6}") {
        let schema = json!({ "properties": { field: { "type": "string" } } });
        let data = json!({ "requestId": request, "question": "?", "requestedSchema": schema });
        for kind in ["user_input", "permission", "exit_plan_mode", "elicitation"] {
            let question = asked(&format!("{kind}.requested"), &data).unwrap();
            prop_assert!(is_of_request(&question, &request), "{kind}");
            prop_assert_eq!(&written(&question, "words").1["requestId"], &json!(request), "{}", kind);
        }
    }

    #[test]
    fn no_question_id_is_too_strange(id in ".{0,40}", words in ".{0,20}") {
        let _ = steer(&Answer { question: id, choice: None, text: Some(words) });
    }
}
