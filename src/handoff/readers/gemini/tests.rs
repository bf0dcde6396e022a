use proptest::prelude::*;

use super::super::super::conversation::{Part, TodoStatus, ToolStatus, TurnState};
use super::super::log_tests::{
    agree_with_an_independent_count, broken_lines_cost_themselves, calls, fixture, holds, read, requests,
    survives_damage,
};

#[test]
fn samples_agree_with_an_independent_count() {
    agree_with_an_independent_count("gemini-cli", "gemini-cli");
}

#[test]
fn a_session_reads_alike_as_a_document_and_as_amended_lines() {
    let document = read(&fixture("gemini-cli.json"));
    let lines = read(&fixture("gemini-cli.jsonl"));
    assert_eq!(document.turns, lines.turns);
    assert_eq!(document, lines);
    holds(&document, 2, 5, 1, 0);
    assert_eq!(requests(&document), ["Mend @cart.ts", "Stop"]);
    assert_eq!(document.title.as_deref(), Some("Cart that remembers"));
    assert_eq!(document.workspace.folder.as_deref(), Some("/work/shop"));
    assert_eq!(document.turns[0].request.scaffolding[0].kind, "referenced files");
    assert_eq!((document.turns[0].state, document.turns[1].state), (TurnState::Failed, TurnState::Cancelled));
}

#[test]
fn calls_have_their_results() {
    let conversation = read(&fixture("gemini-cli.json"));
    let turn = &conversation.turns[0];
    let calls = calls(turn);
    assert_eq!(calls[0].edits[0].diff, "@@ -2,1 +2,1 @@\n-a\n+b\n");
    assert_eq!(
        (calls[1].output.as_str(), calls[1].exit_code, calls[1].status),
        ("1 failing", Some(1), ToolStatus::Failed)
    );
    assert_eq!((calls[2].status, calls[2].edits.len()), (ToolStatus::Cancelled, 0));
    assert_eq!((calls[4].status, calls[4].output.as_str()), (ToolStatus::Failed, "0 occurrences found"));
    let todos =
        turn.parts.iter().find_map(|part| if let Part::Todos(todos) = part { Some(todos) } else { None }).unwrap();
    assert_eq!((todos[1].text.as_str(), todos[1].status), ("Test", TodoStatus::InProgress));
    assert_eq!(turn.parts[0], Part::Reasoning("Look\nat the cart".to_owned()));
    assert_eq!(turn.parts.last(), Some(&Part::Error("[API Error: quota]".to_owned())));
}

#[test]
fn a_checkpoint_joins_calls_and_results_by_their_order() {
    let conversation = read(&fixture("gemini-checkpoint.json"));
    assert_eq!(requests(&conversation).last(), Some(&"List the files"));
    let calls = calls(conversation.turns.last().unwrap());
    assert_eq!((calls[0].output.as_str(), calls[0].status), ("src", ToolStatus::Completed));
    assert_eq!((calls[1].output.as_str(), calls[1].status), ("no such folder", ToolStatus::Failed));
}

#[test]
fn a_snapshot_of_the_state_is_a_compaction() {
    let conversation = read(concat!(
        r#"{"sessionId":"g","projectHash":"h"}"#,
        "\n",
        r#"{"id":"1","type":"user","content":"go"}"#,
        "\n",
        r#"{"$set":{"messages":[{"id":"2","type":"user","content":"<state_snapshot>all</state_snapshot>"},{"id":"3","type":"user","content":"on"}]}}"#,
    ));
    assert_eq!(conversation.turns[0].parts, [Part::Compaction("<state_snapshot>all</state_snapshot>".to_owned())]);
    assert_eq!(requests(&conversation), ["", "on"]);
}

#[test]
fn broken_and_unknown_lines_cost_themselves() {
    broken_lines_cost_themselves(&fixture("gemini-cli.jsonl"));
}

proptest! {
    #[test]
    fn no_damage_makes_it_fail(at in any::<usize>(), length in 0..300_usize, with in "(\\{|\\}|\\[|\"|,|null|\n|:|\\PC){0,6}") {
        for name in ["gemini-cli.json", "gemini-cli.jsonl", "gemini-checkpoint.json"] {
            survives_damage("gemini-cli", &fixture(name), at, length, &with);
        }
    }
}
