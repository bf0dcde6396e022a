use proptest::prelude::*;

use super::super::super::conversation::{AttachmentKind, Part, Todo, TodoStatus, ToolKind, ToolStatus, TurnState};
use super::super::log_tests::{
    agree_with_an_independent_count, broken_lines_cost_themselves, calls, fixture, holds, read, requests,
    survives_damage,
};
use super::todo_table::TodoTable;

#[test]
fn samples_agree_with_an_independent_count() {
    agree_with_an_independent_count("copilot-cli", "copilot-cli-events");
}

#[test]
fn a_log_tells_what_was_asked_where_and_with_what() {
    let conversation = read(&fixture("copilot-cli.jsonl"));
    holds(&conversation, 3, 10, 4, 0);
    assert_eq!(requests(&conversation), ["The cart forgets its items", "Go on", "Again"]);
    assert_eq!(
        (conversation.format.as_str(), conversation.tool.as_deref()),
        ("copilot-cli", Some("Copilot CLI 1.0.64"))
    );
    assert_eq!(conversation.title.as_deref(), Some("Cart that remembers"));
    let workspace = &conversation.workspace;
    assert_eq!((workspace.folder.as_deref(), workspace.repository.as_deref()), (Some("/work/shop"), Some("octo/shop")));
    assert_eq!(
        (workspace.head_commit.as_deref(), workspace.base_commit.as_deref()),
        (Some("cbee02b"), Some("aaaa111"))
    );
    let request = &conversation.turns[0].request;
    assert_eq!(
        (request.attachments[1].kind, request.attachments[1].text.as_deref()),
        (AttachmentKind::Selection, Some("fetch()"))
    );
    assert_eq!(request.scaffolding[0].kind, "skill-x");
}

#[test]
fn a_message_that_grew_is_there_once() {
    let conversation = read(&fixture("copilot-cli.jsonl"));
    let texts: Vec<_> = conversation.turns[0].parts.iter().filter(|part| matches!(part, Part::Text(_))).collect();
    assert_eq!(texts, [&Part::Text("I look at it.".to_owned())]);
}

#[test]
fn calls_have_their_results_whichever_event_told_of_them() {
    let conversation = read(&fixture("copilot-cli.jsonl"));
    let calls = calls(&conversation.turns[0]);
    assert_eq!(
        (calls[0].exit_code, calls[0].status, calls[0].output.as_str()),
        (Some(1), ToolStatus::Failed, "1 failing")
    );
    assert_eq!((calls[1].edits.len(), calls[1].status), (2, ToolStatus::Completed));
    assert_eq!(calls[2].edits[0].diff, "@@ -3 +3 @@\n-a\n+b\n");
    assert_eq!(calls[2].edits[0].path, "/work/shop/cart.ts");
    assert_eq!((calls[3].edits.len(), calls[3].status), (0, ToolStatus::Cancelled));
    let delegated = calls.iter().find(|call| call.kind == ToolKind::Subagent).unwrap();
    assert_eq!((delegated.output.as_str(), delegated.subagent[0].parts.len()), ("Found", 2));
}

#[test]
fn questions_plans_lists_and_ends_are_told() {
    let conversation = read(&fixture("copilot-cli.jsonl"));
    let [first, second, third] = &*conversation.turns else { panic!("three turns") };
    let questions: Vec<_> = first.parts.iter().filter(|part| matches!(part, Part::Question { .. })).collect();
    let text = "Which store?\n- Local\n- Remote".to_owned();
    assert_eq!(questions, [&Part::Question { text, answer: Some("Local".to_owned()) }]);
    assert!(first.parts.contains(&Part::Plan("# Plan".to_owned())));
    assert!(first.parts.contains(&Part::Compaction("The cart loads.".to_owned())));
    let todos = first
        .parts
        .iter()
        .rev()
        .find_map(|part| if let Part::Todos(todos) = part { Some(todos) } else { None })
        .unwrap();
    let todo = |text: &str, status| Todo { text: text.to_owned(), status };
    let expected = [todo("Load the cart; it's empty", TodoStatus::Completed), todo("Save it", TodoStatus::Pending)];
    assert_eq!(todos.as_slice(), expected);
    assert_eq!((second.state, third.state), (TurnState::Failed, TurnState::Cancelled));
}

#[test]
fn a_handoff_tells_its_context_and_where_the_work_is() {
    let conversation = read(concat!(
        r#"{"type":"session.start","data":{"sessionId":"s","producer":"copilot-agent","context":{"branch":"main"}}}"#,
        "\n",
        r#"{"type":"session.handoff","data":{"sourceType":"remote","summary":"The cart loads.","context":"Tests are red.","repository":{"owner":"octo","name":"shop","branch":"copilot/cart"}}}"#,
        "\n",
        r#"{"type":"user.message","id":"u","data":{"content":"Go on","attachments":[{"type":"github_reference","number":7,"title":"Cart is empty","url":"https://github.com/octo/shop/issues/7"}]}}"#,
    ));
    assert_eq!(conversation.turns[0].parts, [Part::Compaction("The cart loads.\nTests are red.".to_owned())]);
    let workspace = &conversation.workspace;
    assert_eq!(
        (workspace.repository.as_deref(), workspace.branch.as_deref()),
        (Some("octo/shop"), Some("copilot/cart"))
    );
    let given = &conversation.turns[1].request.attachments[0];
    assert_eq!(
        (given.name.as_str(), given.text.as_deref()),
        ("https://github.com/octo/shop/issues/7", Some("Cart is empty"))
    );
}

#[test]
fn a_transcript_of_vs_code_is_told_by_its_producer() {
    let conversation = read(&fixture("vscode-transcript.jsonl"));
    holds(&conversation, 1, 1, 0, 0);
    assert_eq!(
        (conversation.format.as_str(), conversation.tool.as_deref()),
        ("vscode-transcript", Some("VS Code 1.112.0"))
    );
    let tested = calls(&conversation.turns[0])[0];
    assert_eq!((tested.command.as_deref(), tested.exit_code), (Some("npm test"), Some(1)));
}

#[test]
fn a_table_of_things_to_do_follows_its_statements() {
    let mut table = TodoTable::default();
    assert!(!table.run("SELECT * FROM todos; CREATE TABLE todos (id TEXT)"));
    assert!(table.run("insert into todos (id, title) values ('a', 'A'), ('b', 'B'), ('c', 'C')"));
    assert!(table.run("UPDATE todos SET status = 'in_progress', updated_at = CURRENT_TIMESTAMP WHERE id IN ('b', 'c'); DELETE FROM todos WHERE id = 'c'"));
    assert!(!table.run("UPDATE other SET status = 'done'"));
    let statuses: Vec<_> = table.rows().iter().map(|todo| todo.status).collect();
    assert_eq!(statuses, [TodoStatus::Pending, TodoStatus::InProgress, TodoStatus::Cancelled]);
    assert!(table.run("UPDATE todos SET status = 'done'"));
    assert!(table.rows().iter().all(|todo| todo.status == TodoStatus::Completed));
}

#[test]
fn broken_and_unknown_lines_cost_themselves() {
    broken_lines_cost_themselves(&fixture("copilot-cli.jsonl"));
}

proptest! {
    #[test]
    fn no_damage_makes_it_fail(at in any::<usize>(), length in 0..300_usize, with in "(\\{|\\}|\\[|\"|,|null|\n|:|\\PC){0,6}") {
        survives_damage("copilot-cli", &fixture("copilot-cli.jsonl"), at, length, &with);
        survives_damage("vscode-transcript", &fixture("vscode-transcript.jsonl"), at, length, &with);
    }
}
