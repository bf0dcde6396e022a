use proptest::prelude::*;

use super::super::conversation::{Change, Todo, TodoStatus, ToolKind};
use super::{call, checklist, exit_code, kind, todos, unframed};

#[test]
fn the_same_thing_is_known_by_all_its_names() {
    for (name, expected) in [
        ("Bash", ToolKind::Execute),
        ("exec_command", ToolKind::Execute),
        ("copilot_runInTerminal", ToolKind::Execute),
        ("run_shell_command", ToolKind::Execute),
        ("MultiEdit", ToolKind::Edit),
        ("replace_string_in_file", ToolKind::Edit),
        ("copilot_readFile", ToolKind::Read),
        ("functions.shell", ToolKind::Execute),
        ("Grep", ToolKind::Search),
        ("WebFetch", ToolKind::Fetch),
        ("Task", ToolKind::Subagent),
        ("TaskCreate", ToolKind::Other),
        ("mcp__ide__getDiagnostics", ToolKind::Other),
        ("", ToolKind::Other),
    ] {
        assert_eq!(kind(name), expected, "{name}");
    }
}

#[test]
fn a_command_is_what_a_person_would_type() {
    let command = |name, input| call("1", name, input).command;
    assert_eq!(command("Bash", r#"{"command":"npm test"}"#).as_deref(), Some("npm test"));
    assert_eq!(command("exec_command", r#"{"cmd":"ls","workdir":"/r"}"#).as_deref(), Some("ls"));
    assert_eq!(command("shell", r#"{"command":["bash","-lc","ls | wc"]}"#).as_deref(), Some("ls | wc"));
    assert_eq!(
        command("shell", r#"{"command":["git","commit","-m","two words"]}"#).as_deref(),
        Some("git commit -m 'two words'")
    );
    assert_eq!(command("bash", "echo free form").as_deref(), Some("echo free form"));
    assert_eq!(command("write_stdin", r#"{"session_id":1,"chars":"y"}"#), None);
    assert_eq!(command("Read", r#"{"file_path":"a"}"#), None);
}

#[test]
fn edits_are_told_from_their_arguments() {
    let edits = |name, input| call("1", name, input).edits;
    let edit = edits("Edit", r#"{"file_path":"/r/a.rs","old_string":"x\ny","new_string":"x\nz"}"#).remove(0);
    assert_eq!(
        (edit.path.as_str(), edit.change, edit.diff.as_str()),
        ("/r/a.rs", Change::Modified, "@@\n x\n-y\n+z\n")
    );

    let written = edits("create_file", r#"{"filePath":"b.txt","content":"one\n"}"#).remove(0);
    assert_eq!((written.change, written.diff.as_str()), (Change::Added, "@@ -0,0 +1,1 @@\n+one\n"));

    let several =
        r#"{"file_path":"c","edits":[{"old_string":"1","new_string":"2"},{"old_string":"3","new_string":"4"}]}"#;
    let several = edits("MultiEdit", several);
    assert_eq!(several.len(), 1);
    assert_eq!(several[0].diff, "@@\n-1\n+2\n@@\n-3\n+4\n");

    let files = r#"{"replacements":[{"filePath":"d","oldString":"1","newString":"2"},{"filePath":"e","oldString":"3","newString":"4"}]}"#;
    assert_eq!(edits("multi_replace_string_in_file", files).len(), 2);

    let patch = "*** Begin Patch\n*** Delete File: f\n*** End Patch";
    assert_eq!(edits("apply_patch", patch)[0].change, Change::Deleted);
    assert_eq!(edits("delete_file", r#"{"target_file":"g"}"#)[0].change, Change::Deleted);
    assert!(edits("str_replace_editor", r#"{"command":"view","path":"h"}"#).is_empty());
    assert_eq!(
        edits("str_replace_editor", r#"{"command":"insert","path":"h","insert_line":2,"new_str":"n"}"#)[0].diff,
        "@@\n+n\n"
    );
    assert!(edits("Edit", "{broken").is_empty());
}

#[test]
fn a_patch_in_a_shell_is_an_edit() {
    let patched =
        call("1", "shell", r#"{"command":["apply_patch","*** Begin Patch\n*** Add File: a\n+x\n*** End Patch"]}"#);
    assert_eq!(patched.kind, ToolKind::Edit);
    assert_eq!(patched.edits[0].path, "a");
    let patched = call(
        "1",
        "shell",
        r#"{"command":["bash","-lc","apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\nEOF"]}"#,
    );
    assert_eq!((patched.edits.len(), patched.edits[0].diff.as_str()), (1, "@@ -0,0 +1,1 @@\n+x\n"));
}

#[test]
fn paths_are_collected_once_and_without_their_scheme() {
    let read = call("1", "read_many_files", r#"{"paths":["a","b","a"],"files":[{"path":"c"}],"uri":"file:///d"}"#);
    assert_eq!(read.paths, ["a", "b", "c", "/d"]);
}

#[test]
fn todo_lists_of_all_tools_read_alike() {
    let expected = [
        Todo { text: "one".to_owned(), status: TodoStatus::Completed },
        Todo { text: "two".to_owned(), status: TodoStatus::InProgress },
    ];
    for (name, input) in [
        ("TodoWrite", r#"{"todos":[{"content":"one","status":"completed"},{"content":"two","status":"in_progress"}]}"#),
        ("update_plan", r#"{"plan":[{"step":"one","status":"completed"},{"step":"two","status":"in_progress"}]}"#),
        (
            "manage_todo_list",
            r#"{"todoList":[{"id":1,"title":"one","status":"completed"},{"id":2,"title":"two","status":"in-progress"}]}"#,
        ),
        ("update_todo", r#"{"todos":"- [x] one\n- [-] two\n"}"#),
        (
            "write_todos",
            r#"{"todos":[{"description":"one","status":"completed"},{"description":"two","status":"in_progress"}]}"#,
        ),
    ] {
        assert_eq!(todos(name, input).as_deref(), Some(&expected[..]), "{name}");
    }
    assert_eq!(todos("TodoWrite", r#"{"todos":["only words"]}"#).unwrap()[0].text, "only words");
    assert_eq!(todos("Bash", r#"{"todos":[]}"#), None);
    assert_eq!(todos("TodoRead", "{}"), None);
    assert!(checklist("no list\n[link](x)").is_empty());
}

#[test]
fn exit_codes_are_found_in_the_frames_and_nowhere_else() {
    for (output, code, inside) in [
        (
            "Chunk ID: x\nWall time: 0.29 seconds\nProcess exited with code 2\nOriginal token count: 3\nOutput:\nrg: no\n",
            Some(2),
            "rg: no\n",
        ),
        ("Exit code: 1\nWall time: 0 seconds\nOutput:\nno", Some(1), "no"),
        ("Exit code 3\njq: error", Some(3), "jq: error"),
        ("Error: Exit code 127", Some(127), ""),
        ("made\n<shellId: 7 completed with exit code 0>", Some(0), "made"),
        ("\n[The command completed with exit code 1.]", Some(1), ""),
        ("Command: ls\nDirectory: (root)\nOutput: a\nb\nError: (none)\nExit Code: 0\nSignal: 0", Some(0), "a\nb"),
        ("Command: rm\nDirectory: (root)\nOutput: (empty)\nError: (none)\nExit Code: -1", Some(-1), ""),
        ("Chunk ID: x\nWall time: 1 seconds\nProcess running with session ID 5\nOutput:\n", None, ""),
        ("plain\nExit code: 3\nmore", None, "plain\nExit code: 3\nmore"),
        ("", None, ""),
    ] {
        assert_eq!(exit_code(output), code, "{output}");
        assert_eq!(unframed(output), inside, "{output}");
    }
}

proptest! {
    #[test]
    fn nothing_that_is_called_makes_it_fail(name in "[a-zA-Z_]{0,12}|apply_patch|Edit|shell|TodoWrite", input in "\\PC{0,80}|\\{.{0,80}\\}") {
        let call = call("1", &name, &input);
        prop_assert_eq!(call.input, input.clone());
        let _ = todos(&name, &input);
        prop_assert!(unframed(&input).len() <= input.len());
        let _ = exit_code(&input);
    }
}
