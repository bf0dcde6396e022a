use proptest::prelude::*;

use super::super::log_tests::{self, calls, read};
use crate::handoff::{Change, Part, TodoStatus, ToolStatus};

const V0: &str = r#"[{"id":0,"source":"user","timestamp":"2026-01-31T10:00:00","message":"Fix x","action":"message","args":{"content":"Fix x","image_urls":["data:image/png;base64,AA"]}},
 {"id":1,"source":"environment","observation":"agent_state_changed","content":"","extras":{"agent_state":"running"}},
 {"id":2,"source":"agent","message":"","action":"run","args":{"command":"make","thought":"I build."},"tool_call_metadata":{"function_name":"execute_bash","tool_call_id":"c1"}},
 {"id":3,"source":"agent","cause":2,"observation":"run","content":"broken","extras":{"command":"make","metadata":{"exit_code":2}},"tool_call_metadata":{"function_name":"execute_bash","tool_call_id":"c1"}},
 {"id":4,"source":"agent","message":"","action":"edit","args":{"path":"/r/a.py"}},
 {"id":5,"source":"agent","cause":4,"observation":"edit","content":"--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y","extras":{"path":"/r/a.py","prev_exist":true}},
 {"id":6,"source":"agent","message":"","action":"task_tracking","args":{"command":"plan","task_list":[{"id":"1","title":"Fix","status":"done"}]}},
 {"id":7,"source":"agent","action":"condensation","args":{"summary":"Much happened."}},
 {"id":8,"source":"agent","message":"All done.","action":"finish","args":{"outputs":{},"thought":"All done."}},
 {"id":9,"source":"agent","observation":"error","content":"The agent got lost"}]"#;
const V1: &str = r#"{"id":"a","source":"agent","kind":"SystemPromptEvent","system_prompt":{"text":"You"}}
{"id":"b","source":"user","timestamp":"2026-01-31T10:00:00","kind":"MessageEvent","llm_message":{"role":"user","content":[{"type":"text","text":"Fix x"}]}}
{"id":"c","source":"agent","kind":"ActionEvent","thought":[{"type":"text","text":"<think>Hm.</think>\nI build."}],"reasoning_content":"Hm.","action":{"kind":"TerminalAction","command":"make"},"tool_name":"terminal","tool_call_id":"t1","tool_call":{"id":"t1","name":"terminal","arguments":"{\"command\":\"make\"}"}}
{"id":"d","source":"environment","kind":"ObservationEvent","tool_name":"terminal","tool_call_id":"t1","action_id":"c","observation":{"kind":"TerminalObservation","content":[{"type":"text","text":"broken"}],"is_error":false,"exit_code":2}}
{"id":"e","source":"agent","kind":"ActionEvent","thought":[],"action":{"kind":"TerminalAction","command":"rm x"},"tool_name":"terminal","tool_call_id":"t2"}
{"id":"f","source":"user","kind":"UserRejectObservation","tool_call_id":"t2","action_id":"e","rejection_reason":"No!"}
{"id":"g","source":"agent","kind":"ActionEvent","thought":[],"action":{"kind":"FinishAction","message":"All done."},"tool_name":"finish","tool_call_id":"t3"}
{"id":"h","source":"environment","kind":"ObservationEvent","tool_call_id":"t3","observation":{"content":[]}}
{"id":"i","source":"environment","kind":"Condensation","summary":"Much happened."}
"#;

#[test]
fn samples_agree_with_an_independent_count() {
    log_tests::agree_with_an_independent_count("openhands", "openhands");
}

#[test]
fn actions_and_observations_come_together() {
    let conversation = read(V0);
    assert_eq!((conversation.turns.len(), conversation.skipped), (1, 0));
    let turn = &conversation.turns[0];
    assert_eq!((turn.request.text.as_str(), turn.request.attachments[0].name.as_str()), ("Fix x", "image"));
    assert_eq!(turn.parts[0], Part::Text("I build.".to_owned()));
    let calls = calls(turn);
    assert_eq!((calls[0].name.as_str(), calls[0].command.as_deref()), ("execute_bash", Some("make")));
    assert_eq!((calls[0].exit_code, calls[0].status), (Some(2), ToolStatus::Failed));
    assert_eq!((calls[1].edits[0].change, calls[1].edits[0].diff.as_str()), (Change::Modified, "@@ -1 +1 @@\n-x\n+y"));
    assert!(
        turn.parts.iter().any(|part| matches!(part, Part::Todos(todos) if todos[0].status == TodoStatus::Completed))
    );
    let last = &turn.parts[turn.parts.len() - 3..];
    assert_eq!(
        last,
        [
            Part::Compaction("Much happened.".to_owned()),
            Part::Text("All done.".to_owned()),
            Part::Error("The agent got lost".to_owned())
        ]
    );
}

#[test]
fn events_of_the_sdk_are_read() {
    let conversation = read(V1);
    assert_eq!((conversation.turns.len(), conversation.skipped), (1, 0));
    let turn = &conversation.turns[0];
    assert_eq!(turn.parts[..2], [Part::Reasoning("Hm.".to_owned()), Part::Text("I build.".to_owned())]);
    let calls = calls(turn);
    assert_eq!((calls.len(), calls[0].exit_code, calls[0].output.as_str()), (2, Some(2), "broken"));
    assert_eq!(
        (calls[1].status, calls[1].output.as_str(), calls[1].command.as_deref()),
        (ToolStatus::Cancelled, "No!", Some("rm x"))
    );
    assert_eq!(turn.parts[4], Part::Text("All done.".to_owned()));
}

#[test]
fn an_evaluation_holds_the_patch_that_came_out() {
    let patch = r"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n";
    let text = format!(
        r#"{{"instance_id":"i","instruction":"x","history":{},"test_result":{{"git_patch":"{patch}"}}}}"#,
        V0.replace('\n', "")
    );
    let conversation = read(&text);
    assert_eq!((conversation.format.as_str(), conversation.counts()), ("openhands", read(V0).counts()));
    assert_eq!((conversation.workspace.changes[0].path.as_str(), conversation.skipped), ("a", 0));
    // One that lost a line is told of.
    let conversation = read(&text.replace("-x\\n", ""));
    assert_eq!((conversation.workspace.changes.len(), conversation.skipped), (0, 1));
}

proptest! {
    #[test]
    fn damage_is_survived(old in any::<bool>(), at in any::<usize>(), length in 0_usize..400, with in "[{}\\[\\]\",:a0\n]{0,6}") {
        log_tests::survives_damage("openhands", if old { V0 } else { V1 }, at, length, &with);
    }
}
