use std::path::Path;
use std::process::Command;

use super::super::super::conversation::{Change, Conversation, FileEdit};
use super::super::super::patch::unified;
use super::super::super::workspace::Workspace;
use super::super::tests::{edited, section, turn};
use super::super::{Brief, Handoff, Limit, Pushed, Unit, brief};

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "core.autocrlf=false"]);
    let output = command.args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn of_changes(changes: Vec<FileEdit>, pushed: Option<Pushed<'_>>) -> Brief {
    let workspace = Workspace { changes, ..Workspace::default() };
    let handoff = Handoff { prompt: "Go on.", conversation: None, workspace: &workspace, pushed, drop: &[] };
    brief(&handoff, Limit { size: 30_000, unit: Unit::Utf16 }).unwrap()
}

/// What the brief's blocks of diffs hold, as an agent would take it from there.
fn patch_in(text: &str) -> String {
    let mut patch = String::new();
    let mut is_inside = false;
    for row in text.split_inclusive('\n') {
        match row {
            "```diff\n" => is_inside = true,
            "```\n" => is_inside = false,
            row if is_inside => patch.push_str(row),
            _ => {}
        }
    }
    patch
}

fn whys<'b>(brief: &'b Brief, item: &str) -> Vec<&'b str> {
    brief.omitted.iter().filter(|note| note.item == item).map(|note| note.why.as_str()).collect()
}

#[test]
fn git_applies_the_diffs_of_every_kind_of_change() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    git(folder, &["init", "--quiet"]);
    let long = |name: &str| (0..40).map(|row| format!("{name} {row}\n")).collect::<String>();
    let changed = |name: &str| long(name).replace(" 7\n", " seven\n");
    for name in ["moved", "copied", "plain", "gone", "script", "both"] {
        put(name, long(name).as_bytes());
    }
    put("crlf", long("crlf").replace('\n', "\r\n").as_bytes());
    put("picture.bin", &[0, 1, 2, 255]);
    put("empty-gone", b"");
    git(folder, &["add", "."]);
    git(folder, &["commit", "--quiet", "--message", "first"]);
    put("crlf", changed("crlf").replace('\n', "\r\n").as_bytes());
    put("plain", changed("plain").trim_end().as_bytes());
    put("copy", changed("copied").as_bytes());
    put("copied", long("copied").replace(" 9\n", " nine\n").as_bytes());
    put("both", changed("both").as_bytes());
    put("picture.bin", &[255, 0, 1, 2, 3]);
    put("new picture.bin", &[0; 40]);
    put("new one", b"#!/bin/sh\n");
    std::fs::rename(folder.join("moved"), folder.join("moved here")).unwrap();
    put("moved here", changed("moved").as_bytes());
    git(folder, &["rm", "--quiet", "gone", "empty-gone"]);
    git(folder, &["add", "."]);
    git(folder, &["update-index", "--chmod=+x", "script", "both", "new one"]);
    let diff = git(folder, &["diff", "--cached", "--binary", "--find-copies", "HEAD"]);
    let brief = of_changes(unified(&diff).unwrap(), None);
    let patch = patch_in(&brief.text);
    assert!(patch.contains("copy from ") && patch.contains("rename from ") && !patch.contains("GIT binary"), "{patch}");
    std::fs::write(folder.join(".git/patch"), &patch).unwrap();
    let wanted = git(folder, &["diff", "--cached", "--no-renames", "--raw", "HEAD", "--", ".", ":!*.bin"]);
    git(folder, &["reset", "--quiet", "--hard"]);
    git(folder, &["apply", "--check", "--index", ".git/patch"]);
    git(folder, &["apply", "--index", ".git/patch"]);
    assert_eq!(git(folder, &["diff", "--cached", "--no-renames", "--raw", "HEAD"]), wanted);
    for name in ["picture.bin", "new picture.bin"] {
        assert_eq!(whys(&brief, &format!("diff of {name}")), ["it is binary"]);
        let line = format!(
            "`{name}`: {}, not committed (binary, not included)\n",
            if name == "picture.bin" { "modified" } else { "added" }
        );
        assert!(brief.text.contains(&line), "{}", brief.text);
    }
}

#[test]
fn what_is_not_known_of_a_file_is_said() {
    let change = |path: &str, change, diff: &str| FileEdit {
        path: path.to_owned(),
        change,
        diff: diff.to_owned(),
        ..FileEdit::default()
    };
    let brief = of_changes(
        vec![
            change("new.rs", Change::Added, ""),
            change("old.rs", Change::Modified, ""),
            change("gone.rs", Change::Deleted, ""),
            change("logo.png", Change::Modified, "Binary files a/logo.png and b/logo.png differ\n"),
            change("esc.txt", Change::Modified, "@@ -1 +1 @@\n-a\n+\u{1b}[31mb\n"),
        ],
        None,
    );
    let state = section(&brief.text, "State of the work");
    assert!(state.contains("`new.rs`: added, not committed (its content is unknown)\n"), "{state}");
    assert!(state.contains("`gone.rs`: deleted, not committed\n") && !state.contains("file mode"), "{state}");
    for (path, why) in [
        ("new.rs", "what it holds is not known"),
        ("old.rs", "what it holds is not known"),
        ("logo.png", "it is binary"),
    ] {
        assert_eq!(whys(&brief, &format!("diff of {path}")), [why]);
    }
    assert!(brief.shortened.iter().any(|note| note.item == "diff of esc.txt"), "{:?}", brief.shortened);
    assert!(section(&brief.text, "Not included").contains("Left out: diff of new.rs"), "{}", brief.text);
}

#[test]
fn changes_that_were_pushed_are_reported_so() {
    let diff = "@@ -1 +1 @@\n-a\n+b\n".to_owned();
    let edit = FileEdit { path: "a.rs".into(), diff, ..FileEdit::default() };
    let brief = of_changes(vec![edit], Some(Pushed { branch: "handoff/1", commit: "feedbeef" }));
    assert!(brief.kept.iter().any(|note| note.item == "diff of a.rs" && note.why == "on the branch that is pushed"));
    assert!(!section(&brief.text, "Not included").contains("a.rs"), "it goes along: {}", brief.text);
}

#[test]
fn headers_that_a_diff_has_itself_are_not_doubled() {
    let diff = "diff --git a/x.rs b/x.rs\nindex 1..2 100644\n--- a/x.rs\n+++ b/x.rs\n@@ -1 +1 @@\n-a\n+b\n";
    let edit = FileEdit { path: "x.rs".into(), diff: diff.into(), ..FileEdit::default() };
    let brief = of_changes(vec![edit], None);
    let patch = "diff --git a/x.rs b/x.rs\n--- a/x.rs\n+++ b/x.rs\n@@ -1 +1 @@\n-a\n+b\n";
    assert_eq!(patch_in(&brief.text), patch);
    let turns = vec![turn("go", vec![edited("x.rs", Change::Modified, diff)])];
    let conversation = Conversation { turns, ..Conversation::default() };
    let workspace = Workspace::default();
    let handoff =
        Handoff { prompt: "Go on.", conversation: Some(&conversation), workspace: &workspace, pushed: None, drop: &[] };
    let brief = super::super::brief(&handoff, Limit { size: 30_000, unit: Unit::Utf16 }).unwrap();
    assert_eq!(patch_in(&brief.text), "x.rs\n@@ -1 +1 @@\n-a\n+b\n");
}
