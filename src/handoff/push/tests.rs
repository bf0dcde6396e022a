use super::super::patch::unified;
use super::{BaseFile, Prepared, PushedContent, from_base64, prepare, to_base64};
use crate::error::{Error, ErrorCode};

fn file(path: &str, mode: &str, content: &[u8]) -> BaseFile {
    BaseFile { path: path.into(), mode: mode.into(), id: format!("id of {path}"), content: to_base64(content) }
}

fn prepared(diff: &str, base: &[BaseFile]) -> Result<Prepared, Error> {
    prepare(&unified(diff).unwrap(), base, &[], &[])
}

fn refused(diff: &str, base: &[BaseFile]) -> Error {
    prepared(diff, base).unwrap_err()
}

const CHANGE: &str = "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+two\n";

#[test]
fn a_changed_file_goes_with_its_new_text_and_its_mode() {
    let made = prepared(CHANGE, &[file("a.txt", "100755", b"one\n")]).unwrap();
    assert_eq!(made.files.len(), 1);
    assert_eq!((made.files[0].path.as_str(), made.files[0].mode.as_str()), ("a.txt", "100755"));
    assert_eq!(made.files[0].content, PushedContent::Text("two\n".into()));
    assert!(made.secrets.is_empty());
}

#[test]
fn a_renamed_file_keeps_its_content_and_leaves_its_old_place() {
    let diff = "diff --git a/a.txt b/b.txt\nsimilarity index 100%\nrename from a.txt\nrename to b.txt\n";
    let made = prepared(diff, &[file("a.txt", "100644", b"one\n")]).unwrap();
    let told: Vec<_> = made.files.iter().map(|file| (file.path.as_str(), &file.content)).collect();
    assert_eq!(told, [("a.txt", &PushedContent::Gone), ("b.txt", &PushedContent::Object("id of a.txt".into()))]);
}

#[test]
fn a_new_mode_alone_keeps_the_content() {
    let diff = "diff --git a/a.sh b/a.sh\nold mode 100644\nnew mode 100755\n";
    let made = prepared(diff, &[file("a.sh", "100644", b"one\n")]).unwrap();
    assert_eq!(
        (made.files[0].mode.as_str(), &made.files[0].content),
        ("100755", &PushedContent::Object("id of a.sh".into()))
    );
}

#[test]
fn the_base_must_be_the_one_that_the_changes_were_made_from() {
    let other = refused(CHANGE, &[file("a.txt", "100644", b"three\n")]);
    assert_eq!(other.code, ErrorCode::Conflict);
    assert!(other.message.contains("a.txt"), "{other:?}");
    let missing = refused(CHANGE, &[]);
    assert!(missing.message.contains("does not have it") && missing.hint.contains("base"), "{missing:?}");
    let new = "diff --git a/a.txt b/a.txt\nnew file mode 100644\n--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+one\n";
    assert!(refused(new, &[file("a.txt", "100644", b"one\n")]).message.contains("the base commit has it"));
    assert_eq!(prepared(new, &[]).unwrap().files[0].content, PushedContent::Text("one\n".into()));
}

#[test]
fn no_path_leads_out_of_the_repository() {
    for path in ["../a.txt", "/etc/passwd", "a//b", "a/./b", ".git/config", "sub/.GIT/hooks/post-checkout", "c:\\a"] {
        let edit = crate::handoff::FileEdit {
            path: path.into(),
            change: crate::handoff::Change::Added,
            diff: "@@ -0,0 +1 @@\n+one\n".into(),
            ..Default::default()
        };
        let error = prepare(&[edit], &[], &[], &[]).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid, "{path}");
        assert!(error.message.contains(path), "{error:?}");
    }
}

#[test]
fn secrets_that_would_be_pushed_are_named_without_being_told() {
    let token = format!("ghp_{}", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3hJ6");
    let diff = format!(
        "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1,3 @@\n one\n+token = {token}\n+{token}\n"
    );
    let made = prepared(&diff, &[file("a.txt", "100644", b"one\n")]).unwrap();
    assert_eq!(made.secrets.len(), 1);
    assert_eq!((made.secrets[0].path.as_str(), made.secrets[0].kind.as_str()), ("a.txt", "GitHub token"));
    assert!(!format!("{:?}", made.secrets).contains("ghp_"));
    // What is there already is no news.
    let held = format!("{token}\none\n");
    let diff = format!("diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n {token}\n-one\n+two\n");
    assert!(prepared(&diff, &[file("a.txt", "100644", held.as_bytes())]).unwrap().secrets.is_empty());
}

#[test]
fn secrets_are_seen_through_colours_and_in_wide_characters() {
    let token = ["gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let coloured = CHANGE.replace("+two", &format!("+{}\u{1b}[m\u{1b}[K{}", &token[..4], &token[4..]));
    let wide = CHANGE.replace("+two", &format!("+{}", token.chars().flat_map(|c| [c, '\0']).collect::<String>()));
    for diff in [coloured, wide] {
        let made = prepared(&diff, &[file("a.txt", "100644", b"one\n")]).unwrap();
        assert_eq!((made.secrets.len(), made.secrets[0].kind.as_str(), made.secrets[0].count), (1, "GitHub token", 1));
    }
}

#[test]
fn the_tokens_of_connections_count_as_secrets_whatever_they_look_like() {
    let diff = CHANGE.replace("+two", "+plain-word-of-mine");
    let edits = unified(&diff).unwrap();
    let made = prepare(&edits, &[file("a.txt", "100644", b"one\n")], &["plain-word-of-mine".into()], &[]).unwrap();
    assert_eq!(made.secrets.len(), 1);
}

#[test]
fn what_was_masked_before_is_not_committed_masked() {
    let diff = CHANGE.replace("+two", "+key ‹GitHub token 1›");
    let placeholders = ["‹GitHub token 1›".to_owned()];
    let error =
        prepare(&unified(&diff).unwrap(), &[file("a.txt", "100644", b"one\n")], &[], &placeholders).unwrap_err();
    assert!(error.message.contains("a.txt") && error.message.contains("masked"), "{error:?}");
    // Such words in a file of somebody's own are no masked secret.
    assert!(prepared(&diff, &[file("a.txt", "100644", b"one\n")]).is_ok());
}

#[test]
fn nothing_is_no_push() {
    assert_eq!(prepare(&[], &[], &[], &[]).unwrap_err().code, ErrorCode::Invalid);
}

#[test]
fn base64_comes_back_also_over_several_lines() {
    for bytes in [&b""[..], b"a", b"ab", b"abc", &[0, 255, 62, 63]] {
        let text = to_base64(bytes);
        assert_eq!(text.len() % 4, 0);
        assert_eq!(from_base64(&text).unwrap(), bytes);
    }
    assert_eq!(from_base64("YW\nJj\n").unwrap(), b"abc");
    assert_eq!(from_base64("Y*Jj"), None);
}
