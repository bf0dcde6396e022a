//! What changed between two commits, file by file, with the patches that a reader sees.

use std::path::Path;
use std::time::Duration;

use super::git::GitError;
use super::objects::git;
use super::patches::{Patches, Shown};

/// What a comparison may take as one text.
const TEXT_LIMIT: usize = 24 << 20;
/// How long the patches of an answer are waited for; those that are not there by then are left out.
const PATCHES_WITHIN: Duration = Duration::from_secs(10);

/// How a file changed, in GitHub's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Added,
    Removed,
    Modified,
    Renamed,
    Copied,
    /// Its type changed, such as from a file to a symbolic link.
    Changed,
}

impl Change {
    /// The word in `files[].status`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Modified => "modified",
            Self::Renamed => "renamed",
            Self::Copied => "copied",
            Self::Changed => "changed",
        }
    }
}

/// One changed file.
#[derive(Debug, Clone)]
pub(crate) struct FileDiff {
    pub(crate) path: String,
    pub(crate) previous: Option<String>,
    pub(crate) change: Change,
    /// The blob after the change; before it, for a removed file.
    pub(crate) sha: String,
    pub(crate) additions: u64,
    pub(crate) deletions: u64,
    /// The hunks; none for a binary file, a mere rename, or more than is shown.
    pub(crate) patch: Option<String>,
    old_sha: String,
}

/// Lines and files of a whole comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) additions: u64,
    pub(crate) deletions: u64,
    pub(crate) files: usize,
}

const OPTIONS: [&str; 6] = ["diff-tree", "-r", "--find-renames", "--no-ext-diff", "--no-textconv", "--no-color"];

/// The counts of what changed from `from` to `to`.
pub(crate) async fn totals(directory: &Path, from: &str, to: &str) -> Result<Totals, GitError> {
    let mut totals = Totals::default();
    for (additions, deletions) in numbers(directory, from, to).await? {
        totals.additions += additions;
        totals.deletions += deletions;
        totals.files += 1;
    }
    Ok(totals)
}

/// The files that changed from `from` to `to`, in git's order, without their patches.
pub(crate) async fn files(directory: &Path, from: &str, to: &str) -> Result<Vec<FileDiff>, GitError> {
    let call = git(directory).args(OPTIONS).args(["-z", "--raw", "--numstat", "--no-abbrev"]);
    let output = call.args(["--end-of-options", from, to]).run().await?;
    let output = String::from_utf8_lossy(&output);
    let (mut files, numbers) = read_raw(&output);
    for (file, (additions, deletions)) in files.iter_mut().zip(read_numbers(numbers)) {
        (file.additions, file.deletions) = (additions, deletions);
    }
    Ok(files)
}

/// Fills in the patches of `files`, which are some of those that [`files()`] gave for the same two commits, or all of them.
/// A patch that is too long, or for which there is no room or no time, is left out.
pub(crate) async fn read_patches(
    directory: &Path,
    from: &str,
    to: &str,
    files: &mut [FileDiff],
    are_all: bool,
) -> Result<(), GitError> {
    let (mut moved, mut others) = (Vec::new(), Vec::new());
    for file in files.iter() {
        match &file.previous {
            // A file that was merely moved has no patch.
            Some(previous) if file.old_sha != file.sha => moved.extend([previous.clone(), file.path.clone()]),
            Some(_) => {}
            None => others.push(file.path.clone()),
        }
    }
    // Among fewer files git may find other renames, so those that were found are looked at by themselves.
    let calls = match are_all {
        true => vec![("--find-renames", Vec::new())],
        false => vec![("--no-renames", others), ("--find-renames", moved)],
    };
    let mut patches = Patches::new();
    for (renames, paths) in calls {
        if are_all || !paths.is_empty() {
            let call = git(directory).args(OPTIONS).args([renames, "-p", "--full-index", "--end-of-options", from, to]);
            let (read, is_complete) = call.arg("--").args(paths).within(PATCHES_WITHIN).read_into(patches).await?;
            patches = read;
            patches.end(is_complete);
        }
    }
    let mut shown = patches.into_shown();
    for file in files {
        file.patch = file.take_patch(&mut shown);
    }
    Ok(())
}

impl FileDiff {
    fn take_patch(&self, shown: &mut Shown) -> Option<String> {
        let nothing = "0".repeat(self.sha.len());
        match self.change {
            Change::Removed => shown.patch(&self.sha, &nothing),
            // A change of type is printed as a removal and an addition.
            Change::Changed => {
                let (removed, added) = (shown.patch(&self.old_sha, &nothing), shown.patch(&nothing, &self.sha));
                match (removed, added) {
                    (Some(removed), Some(added)) => Some(format!("{removed}\n{added}")),
                    (one, other) => one.or(other),
                }
            }
            Change::Added | Change::Modified | Change::Renamed | Change::Copied => {
                shown.patch(&self.old_sha, &self.sha)
            }
        }
    }
}

/// The whole comparison as `git diff` prints it.
pub(crate) async fn text(directory: &Path, from: &str, to: &str) -> Result<Vec<u8>, GitError> {
    git(directory).args(OPTIONS).args(["-p", "--end-of-options", from, to]).limit(TEXT_LIMIT).run().await
}

/// The commits as mails, as `git format-patch` prints them.
pub(crate) async fn mails(directory: &Path, from: &str, to: &str) -> Result<Vec<u8>, GitError> {
    let range = format!("{from}..{to}");
    git(directory)
        .args(["format-patch", "--stdout", "--no-ext-diff", "--no-textconv", "--no-signature", "--end-of-options"])
        .arg(range)
        .limit(TEXT_LIMIT)
        .run()
        .await
}

/// One commit as a mail.
pub(crate) async fn mail(directory: &Path, commit: &str) -> Result<Vec<u8>, GitError> {
    git(directory)
        .args([
            "format-patch",
            "--stdout",
            "--no-ext-diff",
            "--no-textconv",
            "--no-signature",
            "-1",
            "--end-of-options",
        ])
        .arg(commit)
        .limit(TEXT_LIMIT)
        .run()
        .await
}

async fn numbers(directory: &Path, from: &str, to: &str) -> Result<Vec<(u64, u64)>, GitError> {
    let output = git(directory).args(OPTIONS).args(["-z", "--numstat", "--end-of-options", from, to]).run().await?;
    Ok(read_numbers(&String::from_utf8_lossy(&output)))
}

/// `:OLDMODE NEWMODE OLDSHA NEWSHA STATUS\0PATH\0`, with a second path after a rename or copy; what comes after them all.
fn read_raw(text: &str) -> (Vec<FileDiff>, &str) {
    let mut files = Vec::new();
    let mut rest = text;
    while rest.starts_with(':') {
        let Some(about) = next_record(&mut rest) else { break };
        let mut about = about.split(' ').skip(2);
        let (Some(old_sha), Some(new_sha), Some(status), Some(first)) =
            (about.next(), about.next(), about.next(), next_record(&mut rest))
        else {
            break;
        };
        let change = match status.as_bytes().first() {
            Some(b'A') => Change::Added,
            Some(b'D') => Change::Removed,
            Some(b'R') => Change::Renamed,
            Some(b'C') => Change::Copied,
            Some(b'T') => Change::Changed,
            _ => Change::Modified,
        };
        let moved = matches!(change, Change::Renamed | Change::Copied);
        let (path, previous) = match moved.then(|| next_record(&mut rest)).flatten() {
            Some(second) => (second, Some(first.to_owned())),
            None => (first, None),
        };
        files.push(FileDiff {
            path: path.to_owned(),
            previous,
            change,
            sha: if change == Change::Removed { old_sha } else { new_sha }.to_owned(),
            additions: 0,
            deletions: 0,
            patch: None,
            old_sha: old_sha.to_owned(),
        });
    }
    (files, rest)
}

fn next_record<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let (record, after) = rest.split_once('\0')?;
    *rest = after;
    Some(record)
}

/// `ADDED\tDELETED\tPATH\0`, or with an empty path and then two of them after a rename; `-` stands for a binary file.
fn read_numbers(text: &str) -> Vec<(u64, u64)> {
    let mut numbers = Vec::new();
    let mut records = text.split('\0');
    while let Some(record) = records.next() {
        let mut fields = record.splitn(3, '\t');
        let (Some(additions), Some(deletions), Some(path)) = (fields.next(), fields.next(), fields.next()) else {
            break;
        };
        if path.is_empty() {
            records.next();
            records.next();
        }
        numbers.push((additions.parse().unwrap_or_default(), deletions.parse().unwrap_or_default()));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::fixture::Mirror;

    #[test]
    fn names_with_anything_in_them_are_read() {
        let raw = ":100644 100644 1111 2222 M\0a b\tc\0:000000 100644 0000 3333 A\0\u{e9}\0:100644 100644 4444 5555 R087\0old\0new\0:100644 000000 6666 0000 D\0gone\x001\t2\ta b\tc\0";
        let (files, rest) = read_raw(raw);
        assert_eq!(rest, "1\t2\ta b\tc\0");
        let seen: Vec<_> =
            files.iter().map(|file| (file.path.as_str(), file.change.word(), file.sha.as_str())).collect();
        assert_eq!(
            seen,
            [
                ("a b\tc", "modified", "2222"),
                ("\u{e9}", "added", "3333"),
                ("new", "renamed", "5555"),
                ("gone", "removed", "6666")
            ]
        );
        assert_eq!(files[2].previous.as_deref(), Some("old"));
    }

    #[test]
    fn numbers_stay_beside_their_files_after_a_rename() {
        assert_eq!(
            read_numbers("1\t2\ta\tb\0-\t-\tpicture\x003\t4\t\0old\0new\x005\t0\tlast\0"),
            [(1, 2), (0, 0), (3, 4), (5, 0)]
        );
    }

    const FILE: &str = "100644";

    #[tokio::test]
    async fn each_kind_of_change_has_its_own_patch() {
        let mirror = Mirror::new().await;
        let long = b"one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";
        let from = mirror
            .commit(
                "from",
                &[],
                &[
                    (FILE, "binary", b"\0\x01"),
                    (FILE, "becomes a link", b"text\n"),
                    (FILE, "moved", long),
                    (FILE, "run", b"x\n"),
                    (FILE, "z", b"old\n"),
                ],
            )
            .await;
        let to = mirror
            .commit(
                "to",
                &[&from],
                &[
                    (FILE, "binary", b"\0\x02"),
                    ("120000", "becomes a link", b"z"),
                    (FILE, "elsewhere/moved", long),
                    ("100755", "run", b"x\n"),
                    (FILE, "z", b"new\n"),
                ],
            )
            .await;
        let mut files = files(&mirror.path, &from, &to).await.unwrap();
        read_patches(&mirror.path, &from, &to, &mut files, true).await.unwrap();
        let seen: Vec<_> =
            files.iter().map(|file| (file.path.as_str(), file.change.word(), file.patch.as_deref())).collect();
        let link = "@@ -1 +0,0 @@\n-text\n@@ -0,0 +1 @@\n+z\n\\ No newline at end of file";
        assert_eq!(
            seen,
            [
                ("becomes a link", "changed", Some(link)),
                ("binary", "modified", None),
                ("elsewhere/moved", "renamed", None),
                ("run", "modified", None),
                ("z", "modified", Some("@@ -1 +1 @@\n-old\n+new")),
            ]
        );
        let totals = totals(&mirror.path, &from, &to).await.unwrap();
        assert_eq!(totals, Totals { additions: 2, deletions: 2, files: 5 });
    }

    #[tokio::test]
    async fn one_enormous_file_does_not_hide_the_patches_of_the_others() {
        let mirror = Mirror::new().await;
        let from = mirror.commit("from", &[], &[(FILE, "small", b"old\n"), (FILE, "gone", b"gone\n")]).await;
        let enormous = b"a line that is not very long\n".repeat((TEXT_LIMIT + 1) / 20);
        let to = mirror
            .commit(
                "to",
                &[&from],
                &[(FILE, "enormous", &enormous), (FILE, "new", b"new\n"), (FILE, "small", b"new\n")],
            )
            .await;
        let mut files = files(&mirror.path, &from, &to).await.unwrap();
        read_patches(&mirror.path, &from, &to, &mut files, true).await.unwrap();
        let seen: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.patch.as_deref())).collect();
        assert_eq!(
            seen,
            [
                ("enormous", None),
                ("gone", Some("@@ -1 +0,0 @@\n-gone")),
                ("new", Some("@@ -0,0 +1 @@\n+new")),
                ("small", Some("@@ -1 +1 @@\n-old\n+new")),
            ]
        );
    }

    #[tokio::test]
    async fn some_of_the_files_have_the_patches_that_they_have_among_all() {
        let mirror = Mirror::new().await;
        let long = |last: &str| format!("one\ntwo\nthree\nfour\nfive\nsix\nseven\n{last}\n").into_bytes();
        let (before, after) = (long("eight"), long("nine"));
        let old: [(&str, &str, &[u8]); 5] = [
            (FILE, "a", b"a file that becomes a folder\n"),
            (FILE, "b*", b"old\n"),
            (FILE, "moved", &before),
            (FILE, "moved too", &before),
            (FILE, "type", b"text\n"),
        ];
        let new: [(&str, &str, &[u8]); 5] = [
            (FILE, "a/b", b"in it\n"),
            (FILE, "b*", b"new\n"),
            (FILE, "bc", b"another\n"),
            (FILE, "elsewhere/moved", &after),
            ("120000", "type", b"z"),
        ];
        let from = mirror.commit("from", &[], &old).await;
        let to = mirror.commit("to", &[&from], &new).await;
        let mut all = files(&mirror.path, &from, &to).await.unwrap();
        read_patches(&mirror.path, &from, &to, &mut all, true).await.unwrap();
        assert!(all.iter().all(|file| file.patch.is_some()), "{all:#?}");
        assert!(all.iter().any(|file| file.change == Change::Renamed));
        for (index, file) in all.iter().enumerate() {
            let mut one = files(&mirror.path, &from, &to).await.unwrap().split_off(index);
            one.truncate(1);
            read_patches(&mirror.path, &from, &to, &mut one, false).await.unwrap();
            assert_eq!(one[0].patch, file.patch, "{}", file.path);
        }
    }
}
