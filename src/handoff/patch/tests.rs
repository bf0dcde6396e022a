use proptest::prelude::*;

use super::super::conversation::{Change, FileEdit};
use super::{addition, apply_patch, is_diff, normalise, replacement, search_replace, unified};

#[test]
fn a_patch_of_codex_tells_what_happens_to_each_file() {
    let edits = apply_patch(
        "Here it is:\n*** Begin Patch\n*** Add File: new.txt\n+one\n+two\n*** Update File: src/a.rs\n*** Move to: src/b.rs\n@@ fn x()\n a\n-b\n+c\n*** Update File: d\n-e\n+f\n*** End of File\n*** Delete File: gone\n*** End Patch\nEOF\n",
    );
    let told: Vec<_> = edits.iter().map(|edit| (edit.path.as_str(), edit.change, edit.diff.as_str())).collect();
    assert_eq!(
        told,
        [
            ("new.txt", Change::Added, "@@ -0,0 +1,2 @@\n+one\n+two\n"),
            ("src/b.rs", Change::Renamed, "@@ fn x()\n a\n-b\n+c\n"),
            ("d", Change::Modified, "@@\n-e\n+f\n"),
            ("gone", Change::Deleted, ""),
        ]
    );
    assert_eq!(edits[1].from.as_deref(), Some("src/a.rs"));
    assert!(apply_patch("no patch").is_empty());
}

#[test]
fn a_replacement_shows_what_differs_between_three_common_lines() {
    assert_eq!(replacement("a\nb\nc", "a\nx\nc"), "@@\n a\n-b\n+x\n c\n");
    assert_eq!(replacement("", "new"), "@@\n+new\n");
    assert_eq!(replacement("old", ""), "@@\n-old\n");
    assert_eq!(replacement("1\n2\n3\n4\n5", "1\n2\n3\n4\n6"), "@@\n 2\n 3\n 4\n-5\n+6\n");
    assert_eq!(replacement("same", "same"), "");
    assert_eq!(replacement("a\na", "a\na\na"), "@@\n a\n a\n+a\n");
}

#[test]
fn a_new_file_is_one_hunk() {
    assert_eq!(addition("a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
    assert_eq!(addition("a"), "@@ -0,0 +1,1 @@\n+a\n\\ No newline at end of file\n");
    assert_eq!(addition(""), "");
}

#[test]
fn search_and_replace_blocks_become_hunks() {
    let aider = "<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n";
    let cline = "------- SEARCH\nold\n=======\nnew\n+++++++ REPLACE\n";
    let roo = "<<<<<<< SEARCH\n:start_line:3\n-------\nold\n=======\nnew\n>>>>>>> REPLACE\n";
    for text in [aider, cline, roo] {
        assert_eq!(search_replace(text), "@@\n-old\n+new\n", "{text}");
    }
    assert_eq!(search_replace("@@ -1 +1 @@\n-a\n+b\n"), "@@ -1 +1 @@\n-a\n+b\n");
    assert_eq!(search_replace("words"), "");
}

const DIFF: &str = "From: someone\n\n--- not a header\n\ndiff --git a/changed.rs b/changed.rs\nindex 1..2 100644\n--- a/changed.rs\n+++ b/changed.rs\n@@ -1,2 +1,2 @@ fn x()\n a\n-b\n+c\n@@ -9 +9,2 @@\n-d\n\\ No newline at end of file\n+e\n+f\ndiff --git a/old name b/new name\nsimilarity index 90%\nrename from old name\nrename to new name\ndiff --git a/script b/script\nold mode 100644\nnew mode 100755\ndiff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n--- a dashed line\ndiff --git a/picture.png b/picture.png\nnew file mode 100644\nindex 0..3\nGIT binary patch\nliteral 3\nKcmZ\n\nliteral 0\nHcmV\n\ndiff --git \"a/\\303\\244.txt\" \"b/\\303\\244.txt\"\nnew file mode 100644\n--- /dev/null\n+++ \"b/\\303\\244.txt\"\n@@ -0,0 +1 @@\n+x\n";

#[test]
fn a_diff_of_git_tells_what_happens_to_each_file() {
    let edits = unified(DIFF).unwrap();
    let told: Vec<_> = edits.iter().map(|edit| (edit.path.as_str(), edit.from.as_deref(), edit.change)).collect();
    assert_eq!(
        told,
        [
            ("changed.rs", None, Change::Modified),
            ("new name", Some("old name"), Change::Renamed),
            ("script", None, Change::Modified),
            ("gone", None, Change::Deleted),
            ("picture.png", None, Change::Added),
            ("ä.txt", None, Change::Added),
        ]
    );
    assert_eq!(
        edits[0].diff,
        "@@ -1,2 +1,2 @@ fn x()\n a\n-b\n+c\n@@ -9 +9,2 @@\n-d\n\\ No newline at end of file\n+e\n+f\n"
    );
    assert_eq!(edits[2].diff, "old mode 100644\nnew mode 100755\n");
    assert_eq!(edits[3].diff, "deleted file mode 100644\n@@ -1 +0,0 @@\n--- a dashed line\n");
    assert!(edits[4].diff.starts_with("new file mode 100644\nGIT binary patch\nliteral 3\nKcmZ\n\nliteral 0\n"));
}

#[test]
fn a_diff_without_gits_headers_is_read_as_well() {
    let edits = unified(
        "--- x.c\t2026-01-01\n+++ x.c\t2026-01-02\n@@ -1 +1 @@\n-a\n+b\n--- y.c\n+++ y.c\n@@ -1 +1 @@\n-a\n+b\n",
    )
    .unwrap();
    assert_eq!((edits.len(), edits[0].path.as_str(), edits[1].path.as_str()), (2, "x.c", "y.c"));
    assert_eq!(unified(" \n").unwrap(), []);
}

#[test]
fn a_damaged_diff_is_refused_with_its_line() {
    for (text, expected) in [
        ("words", "There is no unified diff"),
        ("--- a\n+++ b\n@@ -1,2 +1 @@\n-a\n", "Line 4"),
        ("--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n+c\n", "Line 6"),
        ("--- a\n+++ b\n@@\n-a\n", "Line 3"),
        ("@@ -1 +1 @@\n-a\n+b\n", "Line 1"),
        ("diff --cc x\n@@@ -1 -1 +1 @@@\n", "Line 1"),
    ] {
        let error = unified(text).unwrap_err();
        assert!(error.message.starts_with(expected), "{text}: {}", error.message);
        assert!(!error.hint.is_empty());
    }
}

/// What becomes of a host's diff of the file `src/a.rs`.
fn normal(diff: &str) -> Result<FileEdit, String> {
    let mut edit = FileEdit { path: "src/a.rs".to_owned(), diff: diff.to_owned(), ..FileEdit::default() };
    normalise(&mut edit).map(|()| edit).map_err(|error| error.message.clone())
}

#[test]
fn a_diff_of_a_host_loses_its_headers() {
    let hunk = "@@ -1 +1 @@\n-a\n+b\n";
    for headers in [
        "",
        "--- a/src/a.rs\n+++ b/src/a.rs\n",
        "diff --git a/src/a.rs b/src/a.rs\nindex 1..2 100644\n--- a/src/a.rs\n+++ b/src/a.rs\n",
        "Index: src/a.rs\n=====\n--- src/a.rs\t(revision 1)\n+++ src/a.rs\t(working copy)\n",
    ] {
        let edit = normal(&[headers, hunk].concat()).unwrap();
        assert_eq!((edit.path.as_str(), edit.diff.as_str(), edit.change), ("src/a.rs", hunk, Change::Modified));
        // What has the form keeps it, and needs no end of its last line.
        assert_eq!(normal(edit.diff.trim_end()).unwrap(), edit);
    }
    let edit = normal("old mode 100644\nnew mode 100755\n@@ -1 +1 @@\n-a\n+b\n").unwrap();
    assert_eq!(edit.diff, "old mode 100644\nnew mode 100755\n@@ -1 +1 @@\n-a\n+b\n");
    let edit = normal(
        "diff --git a/src/a.rs b/src/a.rs\nnew file mode 100644\n--- /dev/null\n+++ b/src/a.rs\n@@ -0,0 +1 @@\n+b\n",
    )
    .unwrap();
    assert_eq!((edit.change, edit.diff.as_str()), (Change::Added, "new file mode 100644\n@@ -0,0 +1 @@\n+b\n"));
    let edit = normal("diff --git a/old.rs b/src/a.rs\nrename from old.rs\nrename to src/a.rs\n").unwrap();
    assert_eq!((edit.change, edit.from.as_deref(), edit.diff.as_str()), (Change::Renamed, Some("old.rs"), ""));
    let mut again = edit.clone();
    again.diff = "diff --git a/old.rs b/src/a.rs\nrename from old.rs\nrename to src/a.rs\n".to_owned();
    assert_eq!(normalise(&mut again).map(|()| again), Ok(edit));
    assert_eq!(normal(" \n").unwrap().diff, "");
}

#[test]
fn a_diff_of_a_host_may_lack_its_line_numbers_and_nothing_else() {
    let bare = "@@\n a\n-b\n\\ No newline at end of file\n+c\n@@ fn x()\n--- d\n+++ e\n@@ -9 +9 @@\n-f\n+g\n";
    assert_eq!(normal(bare).unwrap().diff, bare);
    for (diff, expected) in [
        ("words", "There is no unified diff"),
        ("@@ -1,2 +1 @@\n-a\n", "Line 2 "),
        ("--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n+c\n", "Line 6 "),
        ("@@ -1 +1\n-a\n+b\n", "Line 1 "),
        ("@@\n-a\nb\n", "Line 3 "),
        ("--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n--- c\n+++ d\n@@ -1 +1 @@\n-a\n+b\n", "The diff is of several files"),
    ] {
        let error = normal(diff).unwrap_err();
        assert!(error.starts_with(expected), "{diff}: {error}");
    }
}

#[test]
fn a_diff_is_told_by_its_beginning() {
    for text in [
        DIFF.split_once("not a header\n\n").unwrap().1,
        "\u{feff}\ndiff --git a/x b/x\r\n",
        "diff --cc x\nindex 1,2..3\n",
        "--- x.c\t2026-01-01\n+++ x.c\t2026-01-02\n@@ -1 +1 @@\n",
        "Index: x.c\n===================================================================\n",
        "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\nFrom: Ada <ada@example.com>\n",
        "From: Ada <ada@example.com>\nDate: Tue, 1 Dec 2026 03:14:49 +0000\nSubject: [PATCH 1/2] Fix x\n\n---\n",
    ] {
        assert!(is_diff(text), "{text}");
    }
    for text in [
        "",
        "Fix x",
        "---\ntitle: x\n---\n",
        "--- a line\nof prose",
        "From here on, use\n",
        "Subject: Your [PATCH\n\nSubject: [PATCH] x",
        "Index: x",
        "@@ -1 +1 @@\n-a\n+b\n",
        "{\"diff --git \": 1}",
    ] {
        assert!(!is_diff(text), "{text}");
    }
}

proptest! {
    #[test]
    fn a_replacement_holds_both_sides(old in "([ab]\n){0,8}", new in "([ab]\n){0,8}") {
        let diff = replacement(&old, &new);
        let side = |marks: [char; 2]| diff.lines().skip(1).filter(|line| line.starts_with(marks)).map(|line| &line[1..]).collect::<Vec<_>>().join("\n");
        prop_assert!(old.contains(&side([' ', '-'])));
        prop_assert!(new.contains(&side([' ', '+'])));
    }

    #[test]
    fn no_text_makes_the_readers_of_patches_fail(text in "(\\*\\*\\* (Add|Update) File: |@@ -1,|--- |\\+\\+\\+ |diff --git |\"|\\\\[0-7]|rename from |GIT binary patch|[ +-]|\n|a/b|1|\\PC){0,40}") {
        let _ = apply_patch(&text);
        let _ = search_replace(&text);
        let _ = is_diff(&text);
        if let Ok(edit) = normal(&text) {
            prop_assert_eq!(normal(&edit.diff).map(|again| again.diff), Ok(edit.diff));
        }
        if let Ok(edits) = unified(&text) {
            prop_assert!(edits.iter().map(|edit| edit.diff.len()).sum::<usize>() <= 2 * text.len() + 2);
        }
    }
}

#[test]
fn a_diff_that_lost_a_line_of_a_hunk_is_refused() {
    for lost in [" a", "-b", "+c", "-d", "+e", "+f", "--- a dashed line", "+x"] {
        let kept: Vec<_> = DIFF.lines().filter(|line| *line != lost).collect();
        assert!(unified(&kept.join("\n")).is_err(), "{lost}");
    }
}
