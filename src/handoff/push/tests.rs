use super::super::patch::unified;
use super::{BaseFile, Prepared, PushedContent, from_base64, paths_before, prepare, secrets_of_message, to_base64};
use crate::error::{Error, ErrorCode};
use crate::handoff::effort_tests::assert_linear;
use crate::handoff::{Change, FileEdit};

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
    assert!(missing.message.contains("does not have it") && missing.hint.contains("git diff"), "{missing:?}");
    let new = "diff --git a/a.txt b/a.txt\nnew file mode 100644\n--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+one\n";
    assert!(refused(new, &[file("a.txt", "100644", b"one\n")]).message.contains("the base commit has it"));
    assert_eq!(prepared(new, &[]).unwrap().files[0].content, PushedContent::Text("one\n".into()));
}

#[test]
fn no_path_leads_out_of_the_repository() {
    for path in [
        "../a.txt",
        "/etc/passwd",
        "a//b",
        "a/./b",
        ".git/config",
        "sub/.GIT/hooks/post-checkout",
        "c:\\a",
        ".git /config",
        ".Git./config",
        ".git::$INDEX_ALLOCATION/config",
        "GIT~1/config",
        ".g\u{200c}it/config",
        "caf\u{fffd}.txt",
        &"a/".repeat(3000),
    ] {
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

const NEW: &str =
    "diff --git a/n b/n\nnew file mode 100644\nindex 0000000..5626abf\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+one\n";
const GONE: &str = "diff --git a/g b/g\ndeleted file mode 100644\n--- a/g\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n";

fn edit(path: &str, change: Change, diff: &str) -> FileEdit {
    FileEdit { path: path.into(), change, diff: diff.into(), ..FileEdit::default() }
}

fn named(id: &str, mut file: BaseFile) -> BaseFile {
    file.id = id.into();
    file
}

/// Each path with its mode and what it holds: the id, the text, or nothing.
fn told(made: &Prepared) -> Vec<(&str, &str, &str)> {
    let told = |file: &'_ super::PushedFile| match &file.content {
        PushedContent::Object(text) | PushedContent::Text(text) | PushedContent::Bytes(text) => text.clone().leak(),
        PushedContent::Gone => "",
    };
    made.files.iter().map(|file| (file.path.as_str(), file.mode.as_str(), told(file))).collect()
}

#[test]
fn contents_that_nobody_knows_are_not_made_up() {
    let there = [file("a.txt", "100644", b"one\n")];
    for (path, change, diff) in [
        ("n", Change::Added, ""),
        ("a.txt", Change::Modified, ""),
        ("a.txt", Change::Renamed, ""),
        ("a.txt", Change::Modified, "index 1..2 100644\n"),
        ("n", Change::Added, "new file mode 100644\nindex 0000000..5626abf\n"),
    ] {
        let there = there.clone().map(|file| named("1f", file));
        let error = prepare(&[edit(path, change, diff)], &there, &[], &[]).unwrap_err();
        assert_eq!(error.code, ErrorCode::Unsupported, "{path} {diff}");
        assert!(error.message.contains(path) && !error.hint.is_empty(), "{error:?}");
    }
    for diff in ["new file mode 100644\n", "new file mode 100644\nindex 0000000..e69de29\n"] {
        let made = prepare(&[edit("n", Change::Added, diff)], &[], &[], &[]).unwrap();
        assert_eq!(told(&made), [("n", "100644", "")]);
    }
    let made = prepare(&[edit("a.txt", Change::Deleted, "")], &there, &[], &[]).unwrap();
    assert_eq!(made.files[0].content, PushedContent::Gone);
}

#[test]
fn a_diff_with_the_line_ends_of_a_shell_makes_the_same_files() {
    let binary = "diff --git a/new.bin b/new.bin\nnew file mode 100644\nindex 0000000..1\nGIT binary patch\nliteral 3\nKcmZQz{0{&D1OWj6\n\nliteral 0\nHcmV?d00001\n\n";
    let there = [file("a.txt", "100644", b"one\n")];
    let diff = [CHANGE, NEW, binary].concat();
    let made = prepared(&diff, &there).unwrap();
    assert!(matches!(&made.files[2].content, PushedContent::Bytes(bytes) if bytes.len() == 4), "{made:?}");
    assert_eq!(prepared(&diff.replace('\n', "\r\n"), &there).unwrap(), made);
}

#[test]
fn files_that_change_places_keep_their_contents() {
    let rename = |from: &str, to: &str| format!("diff --git a/{from} b/{to}\nrename from {from}\nrename to {to}\n");
    let there = [file("a", "100644", b"one\n"), file("b", "100755", b"two\n")];
    let swap = prepared(&(rename("a", "b") + &rename("b", "a")), &there).unwrap();
    assert_eq!(told(&swap), [("b", "100644", "id of a"), ("a", "100755", "id of b")]);
    let chain = prepared(&(rename("a", "b") + &rename("b", "c")), &there).unwrap();
    assert_eq!(told(&chain), [("a", "100644", ""), ("b", "100644", "id of a"), ("c", "100755", "id of b")]);
    let over = refused(&rename("a", "b"), &there);
    assert!(over.code == ErrorCode::Conflict && over.message.contains("“b” is said to be new"), "{over:?}");
}

#[test]
fn a_submodule_is_a_commit_and_no_text() {
    let (old, new) = ("1".repeat(40), "2".repeat(40));
    let added = format!(
        "diff --git a/s b/s\nnew file mode 160000\n--- /dev/null\n+++ b/s\n@@ -0,0 +1 @@\n+Subproject commit {new}\n"
    );
    assert_eq!(told(&prepared(&added, &[]).unwrap()), [("s", "160000", new.as_str())]);
    let bump = format!(
        "diff --git a/s b/s\nindex 1111111..2222222 160000\n--- a/s\n+++ b/s\n@@ -1 +1 @@\n-Subproject commit {old}\n+Subproject commit {new}\n"
    );
    let there = [BaseFile { path: "s".into(), mode: "160000".into(), id: old, content: String::new() }];
    assert_eq!(told(&prepared(&bump, &there).unwrap()), [("s", "160000", new.as_str())]);
    let dirty = bump.replace(&new, &format!("{new}-dirty"));
    assert_eq!(refused(&dirty, &there).code, ErrorCode::Unsupported);
}

#[test]
fn a_file_that_becomes_a_link_is_one_entry() {
    let link = "diff --git a/g b/g\nnew file mode 120000\n--- /dev/null\n+++ b/g\n@@ -0,0 +1 @@\n+n\n\\ No newline at end of file\n";
    let made = prepared(&[GONE, link].concat(), &[file("g", "100644", b"one\n")]).unwrap();
    assert_eq!(told(&made), [("g", "120000", "n")]);
}

#[test]
fn a_path_is_written_once() {
    let (new, changed) = (unified(NEW).unwrap().remove(0), unified(CHANGE).unwrap().remove(0));
    let gone = edit("a.txt", Change::Deleted, "");
    for changes in [[new.clone(), new], [changed.clone(), changed.clone()], [changed, gone]] {
        let error = prepare(&changes, &[file("a.txt", "100644", b"one\n")], &[], &[]).unwrap_err();
        let message = format!("“{}” is changed twice.", changes[0].path);
        assert_eq!((error.code, &error.message), (ErrorCode::Invalid, &message));
    }
}

#[test]
fn no_file_goes_because_another_takes_its_place() {
    let add = |path: &str| edit(path, Change::Added, "new file mode 100644\n@@ -0,0 +1 @@\n+one\n");
    let gone = |path: &str| edit(path, Change::Deleted, "");
    let there = |path: &str, mode: &str| file(path, mode, b"");
    // Below a file, which then must be gone.
    let error = prepare(&[add("f/x")], &[there("f", "100644")], &[], &[]).unwrap_err();
    assert!(error.code == ErrorCode::Conflict && error.message.contains("“f”"), "{error:?}");
    let made = prepare(&[add("f/x"), gone("f")], &[there("f", "100644")], &[], &[]).unwrap();
    assert_eq!(told(&made), [("f", "100644", ""), ("f/x", "100644", "one\n")]);
    // What is in the way is told once more without its content.
    let rename = "diff --git a/f b/f/x\nrename from f\nrename to f/x\n@@ -1 +1 @@\n-one\n+two\n";
    let made = prepared(rename, &[file("f", "100644", b"one\n"), there("f", "100644")]).unwrap();
    assert_eq!(told(&made), [("f", "100644", ""), ("f/x", "100644", "two\n")]);
    // In place of a folder, which must be gone whole.
    let changes = [gone("d/a"), add("d"), gone("d/e/b")];
    assert_eq!(paths_before(&changes), ["d/a", "d", "d/e/b", "d/e"]);
    let whole = [there("d/a", "100644"), there("d/e", "040000"), there("d/e/b", "100644")];
    assert_eq!(told(&prepare(&changes, &whole, &[], &[]).unwrap()).len(), 3);
    for more in [there("d/z", "100644"), there("d/z", "040000"), there("d/e/z", "160000")] {
        let error = prepare(&changes, &[&whole[..], std::slice::from_ref(&more)].concat(), &[], &[]).unwrap_err();
        assert!(error.code == ErrorCode::Conflict && error.message.contains(&more.path), "{error:?}");
    }
    let both = prepare(&[add("n"), add("n/x")], &[], &[], &[]).unwrap_err();
    assert_eq!(both.code, ErrorCode::Invalid);
}

#[test]
fn deletions_renames_and_binary_files_are_of_the_base_too() {
    let rename = "diff --git a/g b/h\nrename from g\nrename to h\nindex 1234567..1234567\n";
    let binary = "diff --git a/g b/g\nindex 1234567..2 100644\nGIT binary patch\nliteral 3\nKcmZQz{0{&D1OWj6\n\n";
    let gone = GONE.replace("--- a/g", "index 1234567..0000000\n--- a/g");
    let there = |id: &str| [named(id, file("g", "100644", b"one\n"))];
    for diff in [rename, binary, &gone] {
        let error = refused(diff, &there("7654321"));
        assert!(error.code == ErrorCode::Conflict && error.message.contains("“g”"), "{error:?}");
        assert!(prepared(diff, &there("1234567890")).is_ok(), "{diff}");
    }
    // Without an id, its lines tell.
    assert_eq!(refused(GONE, &[file("g", "100644", b"one\ntwo\n")]).code, ErrorCode::Conflict);
    assert_eq!(refused(GONE, &[file("g", "100644", b"two\n")]).code, ErrorCode::Conflict);
    assert!(prepared(GONE, &[file("g", "100644", b"one\n")]).is_ok());
    // A file that was empty of an id is new, whatever the host calls it.
    let new = edit("n", Change::Modified, "index 0000000..5626abf\n@@ -0,0 +1 @@\n+one\n");
    assert!(prepare(std::slice::from_ref(&new), &[], &[], &[]).is_ok());
    assert_eq!(prepare(&[new], &[file("n", "100644", b"")], &[], &[]).unwrap_err().code, ErrorCode::Conflict);
}

#[test]
fn lines_that_were_read_wrongly_are_not_committed() {
    let error = refused(&CHANGE.replace("+two", "+caf\u{fffd}"), &[file("a.txt", "100644", b"one\n")]);
    assert!(error.code == ErrorCode::Unsupported && error.message.contains("a.txt"), "{error:?}");
    let held = "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1,2 @@\n caf\u{fffd}\n+two\n";
    assert!(prepared(held, &[file("a.txt", "100644", "caf\u{fffd}\n".as_bytes())]).is_ok());
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
fn secrets_are_seen_whatever_part_of_them_is_added() {
    let seen = |diff: &str, old: &str| -> Vec<_> {
        let made = prepared(diff, &[file("a.txt", "100644", old.as_bytes())]).unwrap();
        made.secrets.into_iter().map(|secret| (secret.path, secret.kind, secret.count)).collect()
    };
    let head = "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n";
    let key = ["-----BEGIN PRIV", "ATE KEY-----\n-----END PRIV", "ATE KEY-----\n"].concat();
    let (begin, end) = key.split_at(key.find("-----END").unwrap());
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n";
    let diff = format!("{head}@@ -1,2 +1,3 @@\n {begin}+{body} {end}");
    assert_eq!(seen(&diff, &key), [("a.txt".to_owned(), "private key".to_owned(), 1)]);
    let diff = format!("{head}@@ -1 +1,2 @@\n password: >\n+  Xk29vQz7Lm4Tr8Wp\n");
    assert_eq!(seen(&diff, "password: >\n").len(), 1);
    // One of the same kind in the place of another is news; one that moves is not.
    let (one, two) = (
        ["gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"].concat(),
        ["gh", "p_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3hJ6"].concat(),
    );
    let diff = format!("{head}@@ -1 +1,2 @@\n-{one}\n+{two}\n+{two}\n");
    assert_eq!(seen(&diff, &format!("{one}\n")), [("a.txt".to_owned(), "GitHub token".to_owned(), 2)]);
    let diff = format!("{head}@@ -1,2 +1,2 @@\n-{one}\n x\n+{one}\n");
    assert_eq!(seen(&diff, &format!("{one}\nx\n")), []);
}

#[test]
fn names_and_messages_hold_secrets_too() {
    let token = ["gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let new = edit(&format!("notes/{token}.txt"), Change::Added, "new file mode 100644\n");
    let made = prepare(&[new], &[], &[], &[]).unwrap();
    assert_eq!((made.secrets.len(), made.secrets[0].count), (1, 1));
    assert!(made.secrets[0].path.starts_with("notes/") && !made.secrets[0].path.contains(&token));
    let found = secrets_of_message(&format!("Use {token}"), &[]);
    assert_eq!((found.len(), found[0].path.as_str()), (1, "the commit's message"));
    assert_eq!(secrets_of_message("Uncommitted changes", &["word of mine".into()]), []);
}

#[test]
fn time_is_linear_in_hostile_changes() {
    assert_linear(20_000, "", "a.txt/", "", &|path| {
        let _ = prepare(&[edit(path, Change::Added, "new file mode 100644\n")], &[], &[], &[]);
    });
    for line in ["password=Xk29vQz7Lm4Tr8Wp\n", "key: ‹GitHub token 1›\n", "ghp_16C7e42F292c6912E7710c838347Ae178B4a\n"]
    {
        assert_linear(20_000, "", line, "", &|text| {
            let count = text.lines().count();
            let lines = text.replace('\n', "\n+");
            let diff = format!("@@ -0,0 +1,{count} @@\n+{}", &lines[..lines.len() - 1]);
            prepare(&[edit("n", Change::Added, &diff)], &[], &[], &[]).unwrap();
        });
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
