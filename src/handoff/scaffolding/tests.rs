use proptest::prelude::*;

use super::{INJECTED, split};
use crate::handoff::effort_tests::assert_linear;

/// The words, and the kinds of what was around them.
fn kinds(text: &str) -> (String, Vec<String>) {
    let (said, found) = split(text);
    (said, found.into_iter().map(|found| found.kind).collect())
}

fn only_words(text: &str) {
    assert_eq!(kinds(text), (text.trim().to_owned(), Vec::new()));
}

#[test]
fn words_without_scaffolding_stay_as_they_are() {
    only_words("Fix the test.\n\n- and keep <b>this</b>\n");
    only_words("");
}

#[test]
fn an_environment_block_is_taken_off() {
    let text = "<environment_context>\n  <cwd>/r</cwd>\n</environment_context>\n\nFix the test.";
    assert_eq!(kinds(text), ("Fix the test.".to_owned(), vec!["environment_context".to_owned()]));
}

#[test]
fn the_text_of_a_block_is_kept_whole() {
    let (_, found) = split("Go.\n<system-reminder>\nBe brief.\n</system-reminder>");
    assert_eq!(found[0].text, "<system-reminder>\nBe brief.\n</system-reminder>");
}

#[test]
fn the_copy_of_agents_md_is_taken_off_with_its_heading() {
    let text = "# AGENTS.md instructions for /r\n\n<INSTRUCTIONS>\n# House\n```sh\nmake\n</INSTRUCTIONS>\nGo.\n";
    assert_eq!(kinds(text), ("Go.".to_owned(), vec!["AGENTS.md".to_owned()]));
}

#[test]
fn a_heading_of_the_persons_own_stays() {
    only_words("# AGENTS.md instructions\n\nWrite some for this repository.");
}

#[test]
fn of_the_frames_of_vs_code_the_request_is_the_persons() {
    let text = "<attachments>\n<attachment id=\"a\">\n<userRequestX>\n</attachment>\n</attachments>\n<context>\nToday.\n</context>\n\
                <reminderInstructions>\nKeep going.\n</reminderInstructions>\n<userRequest>\nUse <context> in React\n</userRequest>\n";
    let (said, kinds) = kinds(text);
    assert_eq!(said, "Use <context> in React");
    assert_eq!(kinds, ["attachments", "context", "reminderInstructions"]);
}

#[test]
fn plain_names_without_a_frame_are_the_persons() {
    only_words("Explain this page:\n<context>\n  <rules>x</rules>\n</context>\n<task>\nand this\n</task>");
}

#[test]
fn tags_in_code_are_the_persons() {
    only_words("Why does it send\n```xml\n<system-reminder>\nx\n</system-reminder>\n```\nto the model?");
    only_words("Why does it send\n~~~~\n```\n<system-reminder>\nx\n</system-reminder>\n~~~~\nto the model?");
    only_words("Why is there `<system-reminder>x</system-reminder>` in it?");
    only_words("See\n\n    <system-reminder>\n    x\n    </system-reminder>\n\nthere.");
    only_words("> <system-reminder>x</system-reminder>\nSays who?");
}

#[test]
fn a_fence_that_is_never_closed_hides_nothing() {
    let text = "Look:\n```\nx\n\n<system-reminder>\ny\n</system-reminder>";
    assert_eq!(kinds(text), ("Look:\n```\nx".to_owned(), vec!["system-reminder".to_owned()]));
}

#[test]
fn a_tag_that_is_never_closed_is_the_persons() {
    only_words("<system-reminder>\nis what I see at the top. Why?");
}

#[test]
fn blocks_of_the_same_name_are_balanced() {
    let text = "<system-reminder>\na\n<system-reminder>\nb\n</system-reminder>\nc\n</system-reminder>\nGo.";
    assert_eq!(kinds(text), ("Go.".to_owned(), vec!["system-reminder".to_owned()]));
}

#[test]
fn what_does_not_balance_ends_at_the_first_closing_tag() {
    let text = "<system-reminder>\na\n<system-reminder>\nb\n</system-reminder>\nGo.";
    assert_eq!(kinds(text), ("Go.".to_owned(), vec!["system-reminder".to_owned()]));
}

#[test]
fn a_slash_command_is_said_with_its_arguments() {
    let text = "<command-message>review</command-message>\n<command-name>/review</command-name>\n<command-args>src</command-args>";
    assert_eq!(kinds(text), ("/review src".to_owned(), vec!["command-message".to_owned()]));
    let empty = "<command-name>/clear</command-name>\n            <command-message>clear</command-message>\n            <command-args></command-args>";
    assert_eq!(kinds(empty).0, "/clear");
}

#[test]
fn a_command_that_the_person_ran_is_said() {
    assert_eq!(split("<bash-input>git status</bash-input>").0, "! git status");
}

#[test]
fn clines_frames_are_known_by_its_environment_block() {
    let text = "<task>\nAdd a button.\n</task>\n\n<environment_details>\n# Mode\nact\n</environment_details>";
    assert_eq!(kinds(text), ("Add a button.".to_owned(), vec!["environment_details".to_owned()]));
}

#[test]
fn words_around_blocks_keep_their_order_and_one_empty_line() {
    let text = "One.\n\n<git_status>\nclean\n</git_status>\n\nTwo.\n<user_info>x</user_info> <git_status>y</git_status>\nThree.";
    assert_eq!(split(text).0, "One.\n\nTwo.\nThree.");
}

#[test]
fn the_context_of_the_codex_editor_ends_where_the_request_begins() {
    let text = "# Context from my IDE setup:\n\n## Active file: a.rs\n\n## My request for Codex:\nFix it.\n";
    assert_eq!(kinds(text), ("Fix it.".to_owned(), vec!["ide-context".to_owned()]));
}

#[test]
fn a_task_after_a_running_example_is_the_persons() {
    let text = "Here's a running example of how to perform a task with the provided tools.\n\nUSER: Count.\n\n\
                --------------------- NEW TASK DESCRIPTION ---------------------\nFix it.\n\
                --------------------- END OF NEW TASK DESCRIPTION ---------------------\n\nFollow the format!";
    let (said, found) = split(text);
    assert_eq!((said.as_str(), found.len()), ("Fix it.", 1));
    assert!(found[0].text.ends_with("Follow the format!"));
}

#[test]
fn messages_that_only_a_tool_writes_leave_no_words() {
    for text in [
        "[Request interrupted by user for tool use]",
        "Caveat: The messages below were generated by the user while running local commands. DO NOT respond.",
        "<local-command-stdout></local-command-stdout>",
        "<permissions instructions>\nsandbox\n</permissions instructions>",
    ] {
        let (said, kinds) = kinds(text);
        assert_eq!((said.as_str(), kinds.len()), ("", 1), "{text}");
    }
}

#[test]
fn texts_made_to_be_slow_are_gone_through_at_once() {
    for piece in [
        "<system-reminder>\n",
        "<system-reminder>\n<system-reminder>\n</system-reminder>\n",
        "```\n<user_info>\n",
        "<a>\n",
    ] {
        assert_linear(50_000, "<userRequest>x</userRequest>\n", piece, "", &|text| _ = split(text));
    }
}

/// Lines that a person writes: no known tag begins one, no fence is left open.
fn words() -> impl Strategy<Value = String> {
    prop::collection::vec("[a-zA-Z][ a-zA-Z0-9<>/`*.é-]{0,30}|```[a-z]{0,3}\n<user_info>\n</user_info>\n```", 1..6)
        .prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn any_text_is_split_without_panic(text in "(<[/]?(user_info|userRequest|task|é)>|\n|```|[<>/ a-zé#]){0,40}") {
        let _ = split(&text);
    }

    #[test]
    fn what_a_person_writes_is_never_taken(text in words()) {
        prop_assert_eq!(split(&text), (text.trim().to_owned(), Vec::new()));
    }

    #[test]
    fn blocks_come_off_and_words_stay(text in words(), name in 0..INJECTED.split('|').count(), inner in "[a-z\n]{0,20}", first in any::<bool>()) {
        let block = format!("<{0}>{inner}</{0}>", INJECTED.split('|').nth(name).unwrap());
        let whole = if first { format!("{block}\n{text}") } else { format!("{text}\n{block}") };
        let (said, found) = split(&whole);
        prop_assert_eq!(said, text.trim());
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(&found[0].text, &block);
    }
}
