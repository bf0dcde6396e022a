use proptest::prelude::*;

use super::super::super::conversation::{Change, Part, TodoStatus, ToolStatus, TurnState};
use super::super::log_tests::{
    agree_with_an_independent_count, broken_lines_cost_themselves, calls, fixture, holds, read, requests,
    survives_damage,
};

#[test]
fn samples_agree_with_an_independent_count() {
    agree_with_an_independent_count("codex", "codex-rollout");
}

#[test]
fn a_rollout_of_2026_counts_nothing_twice() {
    let conversation = read(&fixture("codex-2026.jsonl"));
    holds(&conversation, 3, 7, 2, 0);
    assert_eq!(requests(&conversation), ["The cart forgets its items", "Go on", "And now?"]);
    let request = &conversation.turns[0].request;
    assert_eq!(
        request.attachments.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
        ["image/png", "/tmp/shot.png"]
    );
    let kinds: Vec<_> = request.scaffolding.iter().map(|block| block.kind.as_str()).collect();
    assert_eq!(kinds, ["AGENTS.md", "environment_context"]);
    let said = conversation.turns[0].parts.iter().filter(|part| **part == Part::Text("I look.".to_owned())).count();
    assert_eq!(said, 1);
}

#[test]
fn the_surroundings_stand_in_the_first_line() {
    let conversation = read(&fixture("codex-2026.jsonl"));
    assert_eq!(conversation.tool.as_deref(), Some("Codex 0.140.0"));
    assert_eq!(conversation.model.as_deref(), Some("gpt-5.4"));
    let workspace = &conversation.workspace;
    assert_eq!((workspace.repository.as_deref(), workspace.branch.as_deref()), (Some("octo/shop"), Some("fix/cart")));
    assert_eq!(workspace.head_commit.as_deref(), Some("d94c1758cb20836d664073ca2bf5bad2739f3d07"));
    assert_eq!(workspace.folder.as_deref(), Some("/work/shop"));
}

#[test]
fn a_command_that_outlives_its_call_ends_with_its_exit_code() {
    let conversation = read(&fixture("codex-2026.jsonl"));
    let calls = calls(&conversation.turns[0]);
    let started = calls.iter().find(|call| call.id == "c2").unwrap();
    assert_eq!(
        (started.command.as_deref(), started.exit_code, started.status),
        (Some("npm test"), Some(1), ToolStatus::Failed)
    );
    assert_eq!(started.output, "running\n1 failing\n");
    let shell = calls.iter().find(|call| call.id == "c6").unwrap();
    assert_eq!(
        (shell.command.as_deref(), shell.exit_code, shell.output.as_str()),
        (Some("git status"), Some(0), "clean\n")
    );
}

#[test]
fn a_patch_counts_once_and_only_if_it_held() {
    let conversation = read(&fixture("codex-2026.jsonl"));
    let calls = calls(&conversation.turns[0]);
    let applied = calls.iter().find(|call| call.id == "c4").unwrap();
    let told: Vec<_> = applied.edits.iter().map(|edit| (edit.path.as_str(), edit.change, edit.diff.as_str())).collect();
    assert_eq!(
        told,
        [("src/cart.ts", Change::Modified, "@@ -7 +7 @@\n-old\n+new\n"), ("src/gone.ts", Change::Deleted, "")]
    );
    assert_eq!(applied.exit_code, Some(0));
    let failed = calls.iter().find(|call| call.id == "c5").unwrap();
    assert_eq!((failed.status, failed.edits.len()), (ToolStatus::Failed, 0));
}

#[test]
fn the_plan_the_hidden_compaction_and_the_ends_are_told() {
    let conversation = read(&fixture("codex-2026.jsonl"));
    let [first, second, third] = &*conversation.turns else { panic!("three turns") };
    let todos =
        first.parts.iter().find_map(|part| if let Part::Todos(todos) = part { Some(todos) } else { None }).unwrap();
    assert_eq!((todos[1].text.as_str(), todos[1].status), ("Mend it", TodoStatus::InProgress));
    let compactions = first.parts.iter().filter(|part| **part == Part::Compaction(String::new())).count();
    assert_eq!(compactions, 1);
    assert_eq!(second.parts, [Part::Error("stream disconnected".to_owned())]);
    assert_eq!((first.state, second.state, third.state), (TurnState::Completed, TurnState::Cancelled, TurnState::Open));
}

#[test]
fn a_rollout_of_2025_reads_as_well() {
    let conversation = read(&fixture("codex-2025.jsonl"));
    holds(&conversation, 1, 1, 0, 0);
    assert_eq!(requests(&conversation), ["Say what is there"]);
    assert_eq!(conversation.turns[0].request.attachments[0].name, "image/jpeg");
    assert_eq!(conversation.workspace.repository.as_deref(), Some("octo/shop"));
    let listed = calls(&conversation.turns[0])[0];
    assert_eq!((listed.command.as_deref(), listed.output.as_str(), listed.exit_code), (Some("ls"), "a\nb\n", Some(0)));
    assert_eq!(conversation.turns[0].parts[0], Part::Reasoning("List".to_owned()));
}

#[test]
fn what_codex_exec_prints_reads_as_well() {
    let conversation = read(&fixture("codex-exec.jsonl"));
    holds(&conversation, 1, 2, 2, 0);
    let calls = calls(&conversation.turns[0]);
    assert_eq!((calls[0].command.as_deref(), calls[0].exit_code), (Some("ls"), Some(0)));
    assert_eq!((calls[1].edits[0].change, calls[1].edits[1].change), (Change::Added, Change::Modified));
}

#[test]
fn broken_and_unknown_lines_cost_themselves() {
    broken_lines_cost_themselves(&fixture("codex-2026.jsonl"));
    broken_lines_cost_themselves(&fixture("codex-2025.jsonl"));
}

proptest! {
    #[test]
    fn no_damage_makes_it_fail(at in any::<usize>(), length in 0..300_usize, with in "(\\{|\\}|\\[|\"|,|null|\n|:|\\PC){0,6}") {
        for name in ["codex-2026.jsonl", "codex-2025.jsonl", "codex-exec.jsonl"] {
            survives_damage("codex", &fixture(name), at, length, &with);
        }
    }
}
