use proptest::prelude::*;

use super::super::log_tests::{self, read};
use crate::error::ErrorCode;
use crate::handoff::Part;

/// Who says what, a line each.
fn told(text: &str) -> Vec<(String, Vec<String>)> {
    let say = |part: &Part| if let Part::Text(text) = part { text.clone() } else { panic!("{part:?}") };
    read(text).turns.iter().map(|turn| (turn.request.text.clone(), turn.parts.iter().map(say).collect())).collect()
}

fn two_turns(text: &str) {
    let expected =
        [("Fix x".to_owned(), vec!["Done.\n\nReally.".to_owned()]), ("Thanks".to_owned(), vec!["Fine.".to_owned()])];
    assert_eq!(told(text), expected, "{text}");
}

#[test]
fn chats_are_told_by_the_names_that_begin_lines() {
    two_turns("User: Fix x\nAssistant: Done.\n\nReally.\nUser: Thanks\nAssistant: Fine.");
    two_turns("## User\n\nFix x\n\n## Assistant\n\nDone.\n\nReally.\n\n## User\n\nThanks\n\n## Assistant\n\nFine.\n");
    two_turns("**You:** Fix x\n\n**ChatGPT:** Done.\n\nReally.\n\n**You:** Thanks\n\n**ChatGPT:** Fine.");
    two_turns("You said:\nFix x\nChatGPT said:\nDone.\n\nReally.\nYou said:\nThanks\nChatGPT said:\nFine.");
    two_turns("ada: Fix x\n\nGitHub Copilot: Done.\n\nReally.\n\nada: Thanks\n\nGitHub Copilot: Fine.");
}

#[test]
fn anything_else_is_what_the_person_says() {
    for text in [
        "Fix x, please.",
        "# Notes\n\nUser: admin\nPassword: none",
        "{\"a\": 1}\n{\"a\": 2}\nWhat is wrong with these lines?",
        "[1] is the paper that\n[2] cites.",
        "{\"a\": 1} is no answer.",
        "Read this:\n```json\n{\"a\": 1}\n```",
        "{\n  cut: off",
        "error: it broke\nnote: here",
    ] {
        assert_eq!(told(text), [(text.to_owned(), Vec::new())]);
    }
}

#[test]
fn json_that_no_reader_knows_is_no_ones_words() {
    for text in [
        "{}",
        "[]",
        " {\"unknown\": true}\n",
        "{\"a\":1}\n\n{\"a\":2}\n{\"a\":",
        r#"{"exportedAt":"2026-01-01T00:00:00Z","totalPrompts":1,"totalLogEntries":1,"prompts":[{"prompt":"Fix x","logs":[]}]}"#,
        r#"[{"title":"Fix x","create_time":1.5,"mapping":{"a":{"id":"a","message":null,"parent":null,"children":[]}}}]"#,
    ] {
        let error = super::super::read(text.as_bytes(), None).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid);
        assert!(error.hint.contains("claude-code") && error.hint.contains("chatreplay"), "{text}: {}", error.hint);
    }
    // Whoever says that it is text gets text.
    assert_eq!(super::super::read(b"{}", Some("text")).unwrap().turns[0].request.text, "{}");
}

#[test]
fn names_in_code_are_nobodys() {
    let text = "User: What prints this?\n```\nAssistant: x\nUser: y\n```\nAssistant: Two lines.";
    let told = told(text);
    assert_eq!((told.len(), told[0].1.len()), (1, 1), "{told:?}");
}

#[test]
fn scaffolding_in_a_pasted_chat_is_taken_off() {
    let conversation = read("<environment_context>\n<cwd>/r</cwd>\n</environment_context>\nFix x");
    assert_eq!(conversation.turns[0].request.text, "Fix x");
    assert_eq!(conversation.turns[0].request.scaffolding[0].kind, "environment_context");
}

proptest! {
    #[test]
    fn damage_is_survived(at in any::<usize>(), length in 0_usize..100, with in "[_*:\na#`]{0,6}") {
        log_tests::survives_damage("text", "User: Fix x\nAssistant: Done.\n", at, length, &with);
    }

    #[test]
    fn any_words_are_kept(text in "[ -~é\n]{1,200}") {
        if let Ok(conversation) = super::super::read(text.as_bytes(), Some("text")) {
            let told = conversation.turns.iter().map(|turn| turn.request.text.len()).sum::<usize>();
            prop_assert!(told <= text.len());
        }
    }
}
