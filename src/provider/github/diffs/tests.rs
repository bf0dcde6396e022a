#![cfg(not(target_arch = "wasm32"))]

use proptest::prelude::*;

use super::{files, with_names};
use crate::session::{ChangeStatus, FileChange};

const ONE: &str = "--- a/x.sql\n+++ b/x.sql\n@@ -1,3 +1,3 @@\n select\n--- a comment\n+-- another\n ;\n";
const TWO: &str = "--- a/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n";

fn paths(text: &str) -> Vec<String> {
    files(text).into_iter().map(|(path, _)| path).collect()
}

#[test]
fn a_removed_line_that_looks_like_a_header_does_not_begin_a_file() {
    assert_eq!(files(ONE), [("x.sql".to_owned(), ONE.to_owned())]);
}

#[test]
fn files_are_taken_apart_with_and_without_gits_own_lines() {
    assert_eq!(files(&format!("{ONE}{TWO}")), [("x.sql".into(), ONE.into()), ("old".into(), TWO.into())]);
    let git = |name: &str, diff: &str| format!("diff --git a/{name} b/{name}\nindex 1..2 100644\n{diff}");
    let both = format!("\n{}{}", git("x.sql", ONE), git("old", TWO));
    assert_eq!(files(&both), [("x.sql".into(), git("x.sql", ONE)), ("old".into(), git("old", TWO))]);
}

#[test]
fn what_is_no_diff_or_changes_nothing_is_left_out() {
    for text in
        ["", "words", "--- a\n+++ b\n", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n one\n two\n", "@@ -1 +1 @@\n-a\n+b\n"]
    {
        assert_eq!(paths(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_header_that_promises_too_much_does_not_swallow_the_next_file() {
    let broken = "--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n-a\n+b\ndiff --git a/old b/old\n";
    assert_eq!(paths(&format!("{broken}{TWO}")), ["x", "old"]);
}

#[test]
fn a_patch_that_names_its_files_stays_as_it_is() {
    let change = FileChange {
        path: "x.sql".into(),
        previous_path: None,
        status: ChangeStatus::Modified,
        additions: 1,
        deletions: 1,
        diff: None,
    };
    assert_eq!(with_names(&change, ONE), ONE);
    let renamed = FileChange { previous_path: Some("y.sql".into()), status: ChangeStatus::Renamed, ..change };
    let diff = with_names(&renamed, "@@ -1 +1 @@\n-a\n+b");
    assert_eq!(paths(&diff), ["x.sql"]);
    assert!(diff.starts_with("--- a/y.sql\n+++ b/x.sql\n@@"));
}

proptest! {
    #[test]
    fn nothing_is_too_strange(lines in prop::collection::vec(prop_oneof![
        "(diff --git |--- |\\+\\+\\+ |@@ -|@@ -1,2 \\+1,2 @@|@@ -4294967295 \\+4294967295,4294967295 @@|[-+ \\\\]).{0,8}", ".{0,8}"
    ], 0..30)) {
        let text = lines.join("\n");
        for (path, diff) in files(&text) {
            prop_assert!(!path.is_empty() && text.contains(&diff));
        }
    }
}
