use super::super::super::conversation::{Change, Part, ToolKind, ToolStatus, TurnState};
use super::super::log_tests::calls;
use super::super::read;

const SESSION: &str = r##"{
  "id": "local:1", "provider": "local", "kind": "local", "title": "Tidy up", "status": "needs-input", "rawStatus": "waiting_for_user",
  "repository": "octocat/hello", "headRef": "cloud-agent/tidy-1", "model": "gpt-5.4", "artifacts": [], "archived": false, "read": true,
  "turns": [
    { "id": "1", "request": { "text": "Tidy up\nthe docs" }, "state": "completed", "startedAt": "2026-11-22T12:00:00Z", "parts": [
      { "kind": "reasoning", "id": "r", "text": "Hm." },
      { "kind": "text", "id": "t", "text": "I begin." },
      { "kind": "tool", "id": "c", "name": "bash", "input": {"command": "npm test"}, "status": "failed", "output": "1 failed", "exitCode": 1 },
      { "kind": "diff", "id": "d", "path": "docs/a.md", "diff": "--- /dev/null\n+++ b/docs/a.md\n@@ -0,0 +1 @@\n+new\n" },
      { "kind": "unknown", "id": "u", "raw": { "type": "later" } }
    ] },
    { "id": "2", "request": { "text": "And the tests" }, "state": "running", "parts": [] }
  ],
  "questions": [{ "id": "q", "text": "Which ones?", "choices": ["All", "None"], "freeform": true }]
}"##;

#[test]
fn a_session_of_ours_is_a_conversation_with_its_branch() {
    let conversation = read(SESSION.as_bytes(), None).unwrap();
    assert_eq!(conversation.format, "session");
    assert_eq!(conversation.title.as_deref(), Some("Tidy up"));
    assert_eq!(conversation.workspace.repository.as_deref(), Some("octocat/hello"));
    assert_eq!(conversation.workspace.branch.as_deref(), Some("cloud-agent/tidy-1"));
    assert_eq!(conversation.skipped, 1);
    let [first, second] = conversation.turns.as_slice() else { panic!("{conversation:?}") };
    assert_eq!(first.request.text, "Tidy up\nthe docs");
    assert_eq!(first.at.as_deref(), Some("2026-11-22T12:00:00Z"));
    assert_eq!(second.state, TurnState::Open);
    let [Part::Reasoning(_), Part::Text(_), Part::Tool(ran), Part::Tool(edit)] = first.parts.as_slice() else {
        panic!("{first:?}")
    };
    assert_eq!((ran.kind, ran.command.as_deref()), (ToolKind::Execute, Some("npm test")));
    assert_eq!((ran.status, ran.exit_code, ran.output.as_str()), (ToolStatus::Failed, Some(1), "1 failed"));
    assert_eq!(edit.edits[0].path, "docs/a.md");
    assert_eq!(edit.edits[0].change, Change::Added);
    assert_eq!(edit.edits[0].diff, "@@ -0,0 +1 @@\n+new\n");
    assert_eq!(second.parts, [Part::Question { text: "Which ones?\n- All\n- None".to_owned(), answer: None }]);
}

#[test]
fn the_input_of_a_tool_may_be_a_text_or_an_object_in_one() {
    let session = SESSION
        .replace(r#""input": {"command": "npm test"}"#, r#""input": "{\"command\":\"npm test\"}""#)
        .replace(
            r#"{ "kind": "unknown""#,
            r#"{ "kind": "tool", "id": "p", "name": "apply_patch", "status": "completed",
                "input": "*** Begin Patch\n*** Update File: a.rs\n@@\n-a\n+\"b\"\n*** End Patch" }, { "kind": "unknown""#,
        );
    let conversation = read(session.as_bytes(), None).unwrap();
    let calls = calls(&conversation.turns[0]);
    assert_eq!((calls[0].command.as_deref(), calls[0].input.as_str()), (Some("npm test"), r#"{"command":"npm test"}"#));
    assert_eq!((calls[2].edits.len(), calls[2].edits[0].path.as_str()), (1, "a.rs"));
    assert_eq!(calls[2].edits[0].diff, "@@\n-a\n+\"b\"\n");
}
