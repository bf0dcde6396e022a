use proptest::prelude::*;

use super::super::log_tests::{self, calls, read};
use crate::handoff::{Change, Part, ToolStatus};

const TAGGED: &str = r##"[{"role":"user","ts":1760000000000,"content":[{"type":"text","text":"<task>\nAdd <b>x</b>\n</task>"},
   {"type":"text","text":"\n# TODO LIST\n- [ ] Look"},{"type":"text","text":"<environment_details>\n# Files\na.ts\n</environment_details>"}]},
 {"role":"assistant","content":[{"type":"text","text":"<thinking>Hm.</thinking>\nI look.\n\n<read_file>\n<path>a.ts</path>\n<task_progress>- [x] Look\n- [ ] Write</task_progress>\n</read_file>"}]},
 {"role":"user","content":[{"type":"text","text":"[read_file for 'a.ts'] Result:"},{"type":"text","text":"let x = 1"},{"type":"text","text":"<environment_details>\n</environment_details>"}]},
 {"role":"assistant","content":[{"type":"text","text":"<write_to_file>\n<path>b.ts</path>\n<content>\n<p></content></p>\n</content>\n</write_to_file>"}]},
 {"role":"user","content":[{"type":"text","text":"[write_to_file for 'b.ts'] Result:"},{"type":"text","text":"The content was successfully saved.\n<feedback>\nNow test it\n</feedback>"},{"type":"text","text":"<environment_details>\n</environment_details>"}]},
 {"role":"assistant","content":"<ask_followup_question>\n<question>Which?</question>\n<options>[\"A\",\"B\"]</options>\n</ask_followup_question>"},
 {"role":"user","content":[{"type":"text","text":"[ask_followup_question for 'Which?'] Result:"},{"type":"text","text":"<answer>\nB\n</answer>"}]},
 {"role":"assistant","content":"<attempt_completion>\n<result>\nDone.\n</result>\n</attempt_completion>"}]"##;
const NATIVE: &str = r#"[{"role":"user","ts":1,"content":"Fix it"},
 {"role":"assistant","modelInfo":{"modelId":"claude-4"},"content":[{"type":"tool_use","id":"t","name":"execute_command","input":{"command":"make"}}]},
 {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"Command executed in terminal within working directory '/r'. Exit code: 2\nOutput:\nbroken\n<feedback>Try again</feedback>"}]}]"#;
const SHOWN: &str = r#"[{"ts":1760000000000,"type":"say","say":"task","text":"Fix x"},
 {"ts":2,"type":"say","say":"api_req_started","text":"{}"},{"ts":3,"type":"say","say":"text","text":"I look."},
 {"ts":4,"type":"ask","ask":"command","text":"make test"},{"ts":5,"type":"say","say":"command_output","text":"all well"},
 {"ts":6,"type":"say","say":"tool","text":"{\"tool\":\"editedExistingFile\",\"path\":\"a.ts\",\"diff\":\"<<<<<<< SEARCH\\none\\n=======\\ntwo\\n>>>>>>> REPLACE\"}"},
 {"ts":7,"type":"ask","ask":"followup","text":"{\"question\":\"Which?\",\"options\":[\"A\",\"B\"],\"selected\":\"B\"}"},
 {"ts":8,"type":"say","say":"error","text":"Lost"},{"ts":9,"type":"say","say":"user_feedback","text":"Go on"},{"ts":10,"type":"say","say":"hologram","text":""}]"#;

#[test]
fn the_persons_words_are_taken_out_of_their_frames() {
    let conversation = read(TAGGED);
    let said: Vec<_> = conversation.turns.iter().map(|turn| turn.request.text.as_str()).collect();
    assert_eq!(conversation.format, "cline");
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("Add <b>x</b>"), "{said:?}");
    assert_eq!(said[1], "Now test it");
}

#[test]
fn tags_in_the_text_are_calls_and_the_next_message_holds_their_results() {
    let conversation = read(TAGGED);
    let turn = &conversation.turns[0];
    let calls = calls(turn);
    assert_eq!(turn.parts[..2], [Part::Reasoning("Hm.".to_owned()), Part::Text("I look.".to_owned())]);
    assert_eq!((calls[0].name.as_str(), calls[0].output.as_str()), ("read_file", "let x = 1"));
    assert_eq!(calls[1].edits[0].diff.lines().last(), Some("+<p></content></p>"));
    assert!(turn.parts.iter().any(|part| matches!(part, Part::Todos(todos) if todos.len() == 2)));
}

#[test]
fn a_question_gets_its_answer() {
    let conversation = read(TAGGED);
    let question = Part::Question { text: "Which?\n- A\n- B".to_owned(), answer: Some("B".to_owned()) };
    assert_eq!(conversation.turns[1].parts, [question, Part::Text("Done.".to_owned())]);
}

#[test]
fn functions_are_called_as_in_anthropics_messages() {
    let conversation = read(NATIVE);
    let call = calls(&conversation.turns[0])[0];
    assert_eq!((call.exit_code, call.status), (Some(2), ToolStatus::Failed));
    assert_eq!(conversation.turns[1].request.text, "Try again");
    assert_eq!(conversation.model.as_deref(), Some("claude-4"));
}

#[test]
fn several_files_in_one_parameter_and_both_forms_of_blocks_are_read() {
    let answer = |text: &str| {
        let text = text.replace('\n', "\\n");
        let conversation =
            read(&format!(r#"[{{"role":"user","ts":1,"content":"x"}},{{"role":"assistant","content":"{text}"}}]"#));
        calls(&conversation.turns[0])[0].clone()
    };
    let read =
        answer("<read_file>\n<args>\n<file><path>a</path></file>\n<file><path>b</path></file>\n</args>\n</read_file>");
    assert_eq!(read.paths, ["a", "b"]);
    let roo = answer(
        "<apply_diff>\n<args>\n<file>\n<path>a</path>\n<diff>\n<content><![CDATA[\n<<<<<<< SEARCH\n:start_line:3\n-------\none\n=======\ntwo\n>>>>>>> REPLACE\n]]></content>\n</diff>\n</file>\n</args>\n</apply_diff>",
    );
    assert_eq!(roo.edits[0].path, "a");
    assert!(roo.edits[0].diff.contains("-one\n+two"), "{}", roo.edits[0].diff);
    let cline = answer(
        "<replace_in_file>\n<path>a</path>\n<diff>\n------- SEARCH\none\n=======\ntwo\n+++++++ REPLACE\n</diff>\n</replace_in_file>",
    );
    assert!(cline.edits[0].diff.contains("-one\n+two"), "{}", cline.edits[0].diff);
}

#[test]
fn what_the_person_saw_is_read() {
    let conversation = read(SHOWN);
    assert_eq!((conversation.turns.len(), conversation.skipped), (2, 1));
    let turn = &conversation.turns[0];
    assert_eq!(turn.at.as_deref(), Some("2025-10-09T08:53:20Z"));
    let calls = calls(turn);
    assert_eq!((calls[0].command.as_deref(), calls[0].output.as_str()), (Some("make test"), "all well\n"));
    assert_eq!((calls[1].edits[0].change, calls[1].edits[0].path.as_str()), (Change::Modified, "a.ts"));
    assert!(calls[1].edits[0].diff.contains("-one\n+two"), "{}", calls[1].edits[0].diff);
    assert_eq!(turn.parts[3], Part::Question { text: "Which?\n- A\n- B".to_owned(), answer: Some("B".to_owned()) });
    assert_eq!(turn.parts[4], Part::Error("Lost".to_owned()));
}

#[test]
fn frames_without_an_environment_are_no_words() {
    let conversation = read(
        r#"[{"role":"user","ts":1,"content":[{"type":"text","text":"<task>\nAdd <b>x</b>\n</task>"}]},
         {"role":"assistant","ts":2,"content":"Which one?"},
         {"role":"user","ts":3,"content":[{"type":"text","text":"<user_message>\nThe first\n</user_message>"}]},
         {"role":"user","ts":4,"content":"What is <task>x</task> in <user_message>?"}]"#,
    );
    assert_eq!(
        log_tests::requests(&conversation),
        ["Add <b>x</b>", "The first", "What is <task>x</task> in <user_message>?"]
    );
}

proptest! {
    #[test]
    fn damage_is_survived(which in 0_usize..3, at in any::<usize>(), length in 0_usize..200, with in "[{}\\[\\]\",:a0<>/]{0,6}") {
        log_tests::survives_damage("cline", [TAGGED, NATIVE, SHOWN][which], at, length, &with);
    }
}
