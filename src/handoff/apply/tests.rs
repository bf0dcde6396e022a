use proptest::prelude::*;
use similar::TextDiff;

use super::{apply, merge};
use crate::error::ErrorCode;

/// The hunks of the diff between two texts, by a crate that is not ours.
fn hunks(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    diff.unified_diff().context_radius(2).missing_newline_hint(true).to_string()
}

#[test]
fn a_hunk_changes_its_lines_and_leaves_the_others() {
    let new = merge("@@ -2,2 +2,2 @@\n two\n-three\n+drei\n", "one\ntwo\nthree\nfour\n").unwrap();
    assert_eq!(new, "one\ntwo\ndrei\nfour\n");
}

#[test]
fn a_new_file_is_made_of_nothing() {
    assert_eq!(merge("@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n", "").unwrap(), "a\nb");
}

#[test]
fn a_deleted_text_leaves_nothing() {
    assert_eq!(merge("@@ -1 +0,0 @@\n-a\n", "a\n").unwrap(), "");
}

#[test]
fn line_breaks_of_windows_stay() {
    assert_eq!(merge("@@ -1,2 +1,2 @@\n-a\r\n+x\r\n b\r\n", "a\r\nb\r\n").unwrap(), "x\r\nb\r\n");
}

#[test]
fn a_last_line_gains_and_loses_its_line_break() {
    let gained = merge("@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n", "a").unwrap();
    assert_eq!(gained, "a\n");
    let lost = merge("@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n", "a\n").unwrap();
    assert_eq!(lost, "a");
}

#[test]
fn another_file_is_a_conflict_and_not_a_guess() {
    for (hunk, old) in [
        ("@@ -1 +1 @@\n-a\n+b\n", "c\n"),
        ("@@ -9 +9 @@\n-a\n+b\n", "a\n"),
        ("@@ -1,2 +1,1 @@\n a\n-b\n", "a\n"),
        ("@@ -1 +1 @@\n-a\n+b\n", "a"),
        // A last line of the new text above lines of the old one: the two would be joined.
        ("@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n", "a\nrest\n"),
        ("@@ -0,0 +1 @@\n+b\n\\ No newline at end of file\n", "rest\n"),
    ] {
        assert_eq!(merge(hunk, old).unwrap_err().code, ErrorCode::Conflict, "{hunk}");
    }
}

#[test]
fn a_hunk_that_goes_back_is_a_conflict() {
    let twice = "@@ -3 +3 @@\n-c\n+x\n@@ -1 +1 @@\n-a\n+y\n";
    assert_eq!(merge(twice, "a\nb\nc\n").unwrap_err().code, ErrorCode::Conflict);
}

#[test]
fn what_is_no_hunk_is_refused() {
    for text in [
        "@@ nonsense @@\n",
        "@@\n-a\n+b\n",
        "@@ -0,5 +1 @@\n",
        "@@ -a +b @@\n",
        "hello\n",
        "@@ -18446744073709551616 +1 @@\n",
    ] {
        assert_eq!(merge(text, "a\n").unwrap_err().code, ErrorCode::Invalid, "{text}");
    }
}

#[test]
fn gits_lines_on_modes_change_no_text() {
    assert_eq!(apply("old mode 100644\nnew mode 100755\n", b"a\n").unwrap(), b"a\n");
    assert_eq!(apply("new mode 100755\n@@ -1 +1 @@\n-a\n+b\n", b"a\n").unwrap(), b"b\n");
    assert_eq!(apply("", b"\xff").unwrap(), b"\xff");
}

#[test]
fn a_binary_change_without_its_contents_says_what_to_do() {
    for diff in ["Binary files a/x and b/x differ\n", "GIT binary patch\ndelta 5\nMcmZ\n\n"] {
        assert_eq!(apply(diff, b"\0").unwrap_err().code, ErrorCode::Unsupported, "{diff}");
    }
    assert_eq!(apply("@@ -1 +1 @@\n-a\n+b\n", b"\xff\n").unwrap_err().code, ErrorCode::Unsupported);
}

proptest! {
    #[test]
    fn the_difference_of_two_texts_leads_from_one_to_the_other(
        old in "([abc]{0,2}\r?\n){0,12}[abc]{0,2}",
        new in "([abc]{0,2}\r?\n){0,12}[abc]{0,2}",
    ) {
        prop_assert_eq!(merge(&hunks(&old, &new), &old).unwrap(), new);
    }

    #[test]
    fn any_hunks_are_applied_or_refused(hunks in "(@@ -[0-9]{1,2}(,[0-9])? \\+1 @@\n|[ +\\-\\\\a]{0,3}\n){0,8}", old in "([ab]\n){0,6}") {
        let _ = merge(&hunks, &old);
    }
}
