#![cfg(not(target_arch = "wasm32"))]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::TurnBuilder;
use crate::provider::News;
use crate::session::{Part, Status, ToolStatus, Turn, TurnState};

fn event(id: &str, kind: &str, data: Value) -> Value {
    json!({ "id": id, "timestamp": "2026-01-01T00:00:00Z", "parentId": null, "type": kind, "data": data })
}

fn built(events: &[Value], status: Status) -> TurnBuilder {
    let mut builder = TurnBuilder::default();
    events.iter().for_each(|event| builder.apply(event));
    builder.settle(status);
    builder
}

fn states(builder: &TurnBuilder) -> Vec<TurnState> {
    builder.turns().iter().map(|turn| turn.state).collect()
}

fn tool(builder: &TurnBuilder, id: &str) -> Part {
    let parts = builder.turns().iter().flat_map(|turn| &turn.parts);
    parts.into_iter().find(|part| part.id() == id).unwrap().clone()
}

#[test]
fn a_message_grows_and_keeps_its_place() {
    let message = |id: &str, text: &str, thought: &str| {
        event(id, "assistant.message", json!({ "messageId": "m", "content": text, "reasoningText": thought }))
    };
    let builder = built(
        &[
            message("1", "", "Hm"),
            message("2", "I", "Hm, hm"),
            event("3", "novelty", json!({})),
            message("4", "I do", ""),
        ],
        Status::InProgress,
    );
    let parts = &builder.turns()[0].parts;
    assert_eq!(parts[0], Part::Reasoning { id: "m:reasoning".into(), text: "Hm, hm".into() });
    assert_eq!(parts[1], Part::Text { id: "m".into(), text: "I do".into() });
    assert!(matches!(&parts[2], Part::Unknown { id, raw } if id == "3" && raw.text().contains(r#""type":"novelty""#)));
    assert_eq!(parts.len(), 3);
}

#[test]
fn a_tool_call_is_one_part_however_often_it_is_told_of() {
    let call = json!({ "toolCallId": "c", "name": "bash", "arguments": { "command": "ls" }, "intentionSummary": "Look around" });
    let mut events = vec![
        event("1", "assistant.message", json!({ "messageId": "m", "content": "", "toolRequests": [call] })),
        event(
            "2",
            "tool.execution_start",
            json!({ "toolCallId": "c", "toolName": "bash", "arguments": { "command": "ls" } }),
        ),
        event("3", "tool.execution_partial_result", json!({ "toolCallId": "c", "partialOutput": "a\n" })),
        event("4", "tool.execution_partial_result", json!({ "toolCallId": "c", "partialOutput": "b\n" })),
    ];
    let expected = |status, output: &str, exit_code| Part::Tool {
        id: "c".into(),
        name: "bash".into(),
        title: Some("Look around".into()),
        input: Some((&json!({ "command": "ls" })).into()),
        status,
        output: Some(output.into()),
        exit_code,
    };
    assert_eq!(tool(&built(&events, Status::InProgress), "c"), expected(ToolStatus::Running, "a\nb\n", None));
    assert_eq!(tool(&built(&events, Status::Failed), "c"), expected(ToolStatus::Unknown, "a\nb\n", None));
    let end = "a\nb\nc\n<shellId: 1 completed with exit code 2>";
    events.push(event(
        "5",
        "tool.execution_complete",
        json!({ "toolCallId": "c", "success": true, "result": { "content": end, "detailedContent": end } }),
    ));
    events.push(event("6", "tool.execution_partial_result", json!({ "toolCallId": "c", "partialOutput": "late" })));
    assert_eq!(tool(&built(&events, Status::InProgress), "c"), expected(ToolStatus::Completed, end, Some(2)));
}

#[test]
fn a_result_tells_how_a_tool_ended() {
    let ended = |data: Value| {
        let mut data = data;
        data["toolCallId"] = json!("c");
        match tool(&built(&[event("1", "tool.execution_complete", data)], Status::InProgress), "c") {
            Part::Tool { status, output, exit_code, .. } => (status, output, exit_code),
            other => panic!("{other:?}"),
        }
    };
    let failed = json!({ "success": false, "error": { "message": "Denied", "code": "denied" } });
    assert_eq!(ended(failed), (ToolStatus::Failed, Some("Denied".into()), None));
    assert_eq!(ended(json!({ "error": "No" })), (ToolStatus::Failed, Some("No".into()), None));
    assert_eq!(ended(json!({})), (ToolStatus::Completed, None, None));
    let code = json!({ "success": true, "result": { "content": "x", "exitCode": 3 } });
    assert_eq!(ended(code), (ToolStatus::Completed, Some("x".into()), Some(3)));
}

#[test]
fn an_edit_shows_its_diff_besides() {
    let diff = "\ndiff --git a/src/x.rs b/src/x.rs\n--- a/src/x.rs\n+++ b/src/x.rs\n@@ -1 +1 @@\n-a\n+b\n";
    let done = |detail: &str| {
        let result = json!({ "content": "Done.", "detailedContent": detail });
        event("1", "tool.execution_complete", json!({ "toolCallId": "c", "success": true, "result": result }))
    };
    let builder = built(&[done(diff)], Status::InProgress);
    let parts = &builder.turns()[0].parts;
    let shown = Part::Diff { id: "c:diff:0".into(), path: "src/x.rs".into(), diff: diff.trim_start().into() };
    assert_eq!(parts[1..], [shown]);
    let builder = built(&[done("just words --- and +++")], Status::InProgress);
    assert_eq!(builder.turns()[0].parts.len(), 1);
}

#[test]
fn every_message_of_the_person_begins_a_turn_and_ends_the_one_before() {
    let said = |id: &str, text: &str| event(id, "user.message", json!({ "content": text }));
    let mut builder = TurnBuilder::default();
    builder.begin("Fix it\n\n<!-- cloud-agents:m -->", None);
    assert_eq!(builder.settle(Status::Queued), [News::Turn("start".into())]);
    builder.apply(&said("e1", "Fix it\n\n<!-- cloud-agents:m -->"));
    assert_eq!(builder.settle(Status::InProgress), [], "the request is known already");
    builder.apply(&said("e2", "And that"));
    assert_eq!(builder.settle(Status::InProgress), [News::Turn("start".into()), News::Turn("e2".into())]);
    assert_eq!(states(&builder), [TurnState::Completed, TurnState::Running]);
    let texts: Vec<&str> = builder.turns().iter().map(|turn| turn.request.text.as_str()).collect();
    assert_eq!(texts, ["Fix it", "And that"]);
}

#[test]
fn turns_end_as_their_events_say_or_else_as_the_session_does() {
    let said = || event("1", "user.message", json!({ "content": "x" }));
    for (ending, state) in [
        ("session.idle", TurnState::Completed),
        ("session.shutdown", TurnState::Completed),
        ("abort", TurnState::Cancelled),
        ("session.error", TurnState::Failed),
    ] {
        let ended = event("2", ending, json!({ "message": "It broke", "reason": "user" }));
        let after = event("3", "session.idle", json!({}));
        let builder = built(&[said(), ended, after], Status::InProgress);
        assert_eq!(states(&builder), [state], "{ending}");
        let shown = builder.turns()[0].parts.len();
        assert_eq!(shown, usize::from(ending == "session.error"), "{ending}: why it failed is shown");
    }
    for (status, state) in [
        (Status::Queued, TurnState::Running),
        (Status::InProgress, TurnState::Running),
        (Status::NeedsInput, TurnState::Running),
        (Status::Unknown, TurnState::Running),
        (Status::Idle, TurnState::Completed),
        (Status::Completed, TurnState::Completed),
        (Status::Failed, TurnState::Failed),
        (Status::TimedOut, TurnState::Failed),
        (Status::Cancelled, TurnState::Cancelled),
    ] {
        assert_eq!(states(&built(&[said()], status)), [state], "{status:?}");
    }
}

#[test]
fn an_error_that_the_agent_gets_over_does_not_end_the_turn() {
    let events = [
        event("1", "user.message", json!({ "content": "x" })),
        event("2", "session.error", json!({ "message": "Model overloaded" })),
        event("3", "assistant.turn_start", json!({})),
        event("4", "assistant.message", json!({ "messageId": "m", "content": "Again" })),
    ];
    assert_eq!(states(&built(&events, Status::InProgress)), [TurnState::Running]);
    assert_eq!(states(&built(&events, Status::Completed)), [TurnState::Completed]);
}

#[test]
fn questions_are_open_until_answered_and_only_while_the_session_waits() {
    let asked = event("1", "user_input.requested", json!({ "requestId": "q", "question": "Which?" }));
    let mut builder = built(std::slice::from_ref(&asked), Status::InProgress);
    assert!(builder.questions().is_empty());
    assert_eq!(builder.settle(Status::NeedsInput), [News::Question("q".into())]);
    assert_eq!(builder.settle(Status::NeedsInput), []);
    assert_eq!(builder.questions().len(), 1);
    builder.apply(&event("2", "user_input.completed", json!({ "requestId": "q", "answer": "A" })));
    builder.settle(Status::NeedsInput);
    assert!(builder.questions().is_empty());
    let stopped = built(&[asked, event("2", "abort", json!({}))], Status::NeedsInput);
    assert!(stopped.questions().is_empty());
}

#[test]
fn bookkeeping_is_not_shown_and_what_is_new_to_us_is() {
    for kind in [
        "session.start",
        "session.info",
        "session.model_change",
        "session.title_changed",
        "hook.start",
        "hook.end",
        "assistant.turn_start",
        "assistant.turn_end",
        "assistant.usage",
        "assistant.message_delta",
        "assistant.reasoning_delta",
        "assistant.streaming_delta",
        "assistant.intent",
        "system.message",
        "custom_agent.started",
    ] {
        let builder = built(&[event("1", kind, json!({ "content": "x" }))], Status::InProgress);
        assert!(builder.turns().iter().all(|turn| turn.parts.is_empty()), "{kind}");
    }
    for kind in ["weather.changed", "tool.novelty", "session.handoff", ""] {
        let builder = built(&[event("1", kind, json!({}))], Status::InProgress);
        assert!(matches!(&builder.turns()[0].parts[..], [Part::Unknown { .. }]), "{kind}");
    }
}

/// Events in the shapes that the Copilot CLI records, with the bookkeeping that comes between them.
#[test]
fn a_session_as_it_is_recorded_reads_as_a_person_would_tell_it() {
    let recorded = include_str!("../../../../tests/fixtures/copilot-events.jsonl");
    let events: Vec<Value> = recorded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let builder = built(&events, Status::Completed);
    assert_eq!(states(&builder), [TurnState::Completed]);
    let turn = &builder.turns()[0];
    assert_eq!(turn.request.text, "Why does the check fail?");
    let kinds: Vec<&str> = turn
        .parts
        .iter()
        .map(|part| match part {
            Part::Text { .. } => "text",
            Part::Reasoning { .. } => "reasoning",
            Part::Tool { status: ToolStatus::Completed, .. } => "tool done",
            Part::Tool { .. } => "tool",
            Part::Diff { .. } => "diff",
            Part::Unknown { .. } => "unknown",
        })
        .collect();
    assert_eq!(kinds, ["reasoning", "tool done", "tool done", "diff", "text"]);
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]", "[a-z]{0,3}", Just("x<!-- cloud-agents:m -->".to_owned())]
}

/// Events of every kind with few ids, so that they meet each other.
fn events() -> impl Strategy<Value = Vec<Value>> {
    let kind = prop::sample::select(vec![
        "user.message",
        "assistant.message",
        "assistant.turn_start",
        "assistant.reasoning",
        "tool.execution_start",
        "tool.execution_partial_result",
        "tool.execution_complete",
        "session.idle",
        "session.error",
        "abort",
        "user_input.requested",
        "user_input.completed",
        "permission.requested",
        "elicitation.requested",
        "novelty",
    ]);
    let one = (any::<prop::sample::Index>(), kind, word(), word(), word(), any::<bool>());
    prop::collection::vec(one, 0..40).prop_map(|all| {
        let event =
            |(at, (index, kind, a, b, text, flag)): (usize, (prop::sample::Index, _, String, String, String, bool))| {
                // Some events have no id, some share one.
                let id = match index.index(6) {
                    0 => Value::Null,
                    1 => json!("shared"),
                    _ => json!(format!("e{at}")),
                };
                let request = json!({ "toolCallId": b, "name": text, "arguments": flag });
                json!({ "id": id, "type": kind, "data": {
                "content": text, "messageId": a, "reasoningText": b, "toolRequests": [request], "toolCallId": b,
                "toolName": a, "partialOutput": text, "success": flag, "result": { "content": text },
                "requestId": a, "question": text, "message": text, "choices": [a, 5], "reasoningId": a,
            } })
            };
        all.into_iter().enumerate().map(event).collect()
    })
}

fn statuses() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![
        Status::Queued,
        Status::InProgress,
        Status::NeedsInput,
        Status::Idle,
        Status::Completed,
        Status::Failed,
        Status::Cancelled,
    ])
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word().prop_map(Value::from),
        prop::sample::select(vec![
            "user.message",
            "assistant.message",
            "tool.execution_complete",
            "diff --git ",
            "@@ -1 +1 @@"
        ])
        .prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "id",
        "type",
        "data",
        "content",
        "messageId",
        "toolRequests",
        "toolCallId",
        "result",
        "detailedContent",
        "error",
        "requestId",
        "requestedSchema",
        "properties",
        "choices",
        "permissionRequest",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// What a follower holds who takes every piece of news and nothing else.
fn followed(view: &mut Vec<Turn>, builder: &TurnBuilder, news: &[News]) {
    for news in news {
        let of = |id: &str| builder.turns().iter().find(|turn| turn.id == id).unwrap();
        match news {
            News::Turn(id) => match view.iter_mut().find(|turn| turn.id == *id) {
                Some(turn) => turn.clone_from(of(id)),
                None => view.push(of(id).clone()),
            },
            News::Part { turn, part } => {
                let new = of(turn).parts.iter().find(|other| other.id() == part).unwrap();
                let parts = &mut view.iter_mut().find(|other| other.id == *turn).unwrap().parts;
                match parts.iter_mut().find(|other| other.id() == part) {
                    Some(old) => old.clone_from(new),
                    None => parts.push(new.clone()),
                }
            }
            News::Question(id) => assert!(builder.questions().iter().any(|question| question.id == *id)),
        }
    }
}

proptest! {
    #[test]
    fn the_same_events_again_change_nothing(events in events(), status in statuses()) {
        let mut builder = built(&events, status);
        let (turns, questions) = (builder.turns().to_vec(), builder.questions().to_vec());
        events.iter().for_each(|event| builder.apply(event));
        prop_assert_eq!(builder.settle(status), vec![]);
        prop_assert_eq!(builder.turns(), &turns[..]);
        prop_assert_eq!(builder.questions(), &questions[..]);
    }

    #[test]
    fn any_split_gives_the_same_turns(
        events in events(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), statuses()), 0..4),
        status in statuses(),
    ) {
        let whole = built(&events, status);
        let mut cuts: Vec<(usize, Status)> =
            cuts.into_iter().map(|(cut, status)| (cut.index(events.len() + 1), status)).collect();
        cuts.sort_by_key(|(cut, _)| *cut);
        let mut pieces = TurnBuilder::default();
        let mut view = Vec::new();
        let mut from = 0;
        for (cut, between) in cuts.into_iter().chain([(events.len(), status)]) {
            events[from..cut].iter().for_each(|event| pieces.apply(event));
            let news = pieces.settle(between);
            followed(&mut view, &pieces, &news);
            from = cut;
        }
        prop_assert_eq!(pieces.turns(), whole.turns());
        prop_assert_eq!(pieces.questions(), whole.questions());
        prop_assert_eq!(&view[..], whole.turns(), "the news tell everything");
    }

    #[test]
    fn ids_are_unique(events in events(), status in statuses()) {
        let builder = built(&events, status);
        let mut turns: Vec<&str> = builder.turns().iter().map(|turn| turn.id.as_str()).collect();
        let mut parts: Vec<&str> = builder.turns().iter().flat_map(|turn| &turn.parts).map(Part::id).collect();
        let (some_turns, some_parts) = (turns.len(), parts.len());
        turns.sort_unstable();
        turns.dedup();
        parts.sort_unstable();
        parts.dedup();
        prop_assert_eq!((turns.len(), parts.len()), (some_turns, some_parts));
    }

    #[test]
    fn no_json_is_too_strange(events in prop::collection::vec(json_value(), 0..12), status in statuses()) {
        let _ = built(&events, status);
    }
}
