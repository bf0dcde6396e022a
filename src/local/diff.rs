//! What changed between two commits, file by file, with the patches that a reader sees.

use std::path::Path;

use super::git::GitError;
use super::objects::git;

/// What all patches of one comparison may take before each file is read alone.
const PATCHES_LIMIT: usize = 24 << 20;
/// The longest patch that is shown; a longer one is left out, as GitHub leaves it out.
const PATCH_LIMIT: usize = 1 << 20;

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
    let output =
        git(directory).args(OPTIONS).args(["-z", "--raw", "--no-abbrev", "--end-of-options", from, to]).run().await?;
    let mut files = read_raw(&String::from_utf8_lossy(&output));
    for (file, (additions, deletions)) in files.iter_mut().zip(numbers(directory, from, to).await?) {
        (file.additions, file.deletions) = (additions, deletions);
    }
    Ok(files)
}

/// Fills in the patches of `files`, all of which [`files()`] gave for the same two commits in the same order.
pub(crate) async fn read_patches(
    directory: &Path,
    from: &str,
    to: &str,
    files: &mut [FileDiff],
) -> Result<(), GitError> {
    let output = git(directory)
        .args(OPTIONS)
        .args(["-p", "--full-index", "--end-of-options", from, to])
        .limit(PATCHES_LIMIT)
        .run()
        .await;
    match output {
        Ok(output) => {
            assign(&String::from_utf8_lossy(&output), files);
            Ok(())
        }
        Err(GitError::TooMuchOutput { .. }) => {
            for file in files {
                file.patch = patch_alone(directory, from, to, file).await?;
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The whole comparison as `git diff` prints it.
pub(crate) async fn text(directory: &Path, from: &str, to: &str) -> Result<Vec<u8>, GitError> {
    git(directory).args(OPTIONS).args(["-p", "--end-of-options", from, to]).limit(PATCHES_LIMIT).run().await
}

/// The commits as mails, as `git format-patch` prints them.
pub(crate) async fn mails(directory: &Path, from: &str, to: &str) -> Result<Vec<u8>, GitError> {
    let range = format!("{from}..{to}");
    git(directory)
        .args(["format-patch", "--stdout", "--no-ext-diff", "--no-textconv", "--no-signature", "--end-of-options"])
        .arg(range)
        .limit(PATCHES_LIMIT)
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
        .limit(PATCHES_LIMIT)
        .run()
        .await
}

async fn patch_alone(directory: &Path, from: &str, to: &str, file: &FileDiff) -> Result<Option<String>, GitError> {
    let call = match file.change {
        Change::Changed => return Ok(None),
        // The two sides have different paths, so the blobs themselves are compared.
        Change::Renamed | Change::Copied => git(directory)
            .args(["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--end-of-options"])
            .args([&file.old_sha, &file.sha]),
        Change::Added | Change::Removed | Change::Modified => git(directory)
            .args(["diff-tree", "-r", "-p", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"])
            .args(["--end-of-options", from, to, "--", file.path.as_str()]),
    };
    let output = call.limit(PATCH_LIMIT).run().await;
    match output {
        Ok(output) => Ok(hunks(&String::from_utf8_lossy(&output))),
        Err(GitError::TooMuchOutput { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn numbers(directory: &Path, from: &str, to: &str) -> Result<Vec<(u64, u64)>, GitError> {
    let output = git(directory).args(OPTIONS).args(["-z", "--numstat", "--end-of-options", from, to]).run().await?;
    Ok(read_numbers(&String::from_utf8_lossy(&output)))
}

/// `:OLDMODE NEWMODE OLDSHA NEWSHA STATUS\0PATH\0`, with a second path after a rename or copy.
fn read_raw(text: &str) -> Vec<FileDiff> {
    let mut files = Vec::new();
    let mut records = text.split('\0');
    while let Some(about) = records.next().and_then(|record| record.strip_prefix(':')) {
        let mut about = about.split(' ').skip(2);
        let (Some(old_sha), Some(new_sha), Some(status), Some(first)) =
            (about.next(), about.next(), about.next(), records.next())
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
        let (path, previous) = match moved.then(|| records.next()).flatten() {
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
    files
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

/// Gives each file its part of a patch of them all. A change of type is printed as a removal and an addition.
fn assign(text: &str, files: &mut [FileDiff]) {
    let mut sections = sections(text).into_iter();
    for file in files {
        let mut patch = sections.next().and_then(hunks);
        if file.change == Change::Changed {
            let added = sections.next().and_then(hunks);
            patch = match (patch, added) {
                (Some(removed), Some(added)) => Some(format!("{removed}\n{added}")),
                (one, other) => one.or(other),
            };
        }
        file.patch = patch.filter(|patch| patch.len() <= PATCH_LIMIT);
    }
}

/// A patch of many files, cut before each `diff --git`: every line of content begins with a space, a sign or a backslash.
fn sections(text: &str) -> Vec<&str> {
    const HEAD: &str = "diff --git ";
    let mut starts: Vec<usize> = Vec::new();
    if text.starts_with(HEAD) {
        starts.push(0);
    }
    starts.extend(text.match_indices("\ndiff --git ").map(|(index, _)| index + 1));
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| text.get(*start..end)).collect()
}

/// What follows the header of one file's patch.
fn hunks(section: &str) -> Option<String> {
    let start = section.find("\n@@ ")? + 1;
    Some(section.get(start..)?.trim_end_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::fixture::Mirror;

    #[test]
    fn names_with_anything_in_them_are_read() {
        let raw = ":100644 100644 1111 2222 M\0a b\tc\0:000000 100644 0000 3333 A\0\u{e9}\0:100644 100644 4444 5555 R087\0old\0new\0:100644 000000 6666 0000 D\0gone\0";
        let files = read_raw(raw);
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

    #[test]
    fn content_that_looks_like_a_header_stays_content() {
        let text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-diff --git a/y b/y\n+@@ -1 +1 @@\ndiff --git a/y b/y\nsimilarity index 100%\n";
        let parts = sections(text);
        assert_eq!(parts.len(), 2);
        assert_eq!(hunks(parts[0]).as_deref(), Some("@@ -1 +1 @@\n-diff --git a/y b/y\n+@@ -1 +1 @@"));
        assert_eq!(hunks(parts[1]), None);
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
        read_patches(&mirror.path, &from, &to, &mut files).await.unwrap();
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
        let enormous = b"a line that is not very long\n".repeat((PATCHES_LIMIT + 1) / 20);
        let to = mirror
            .commit(
                "to",
                &[&from],
                &[(FILE, "enormous", &enormous), (FILE, "new", b"new\n"), (FILE, "small", b"new\n")],
            )
            .await;
        let mut files = files(&mirror.path, &from, &to).await.unwrap();
        read_patches(&mirror.path, &from, &to, &mut files).await.unwrap();
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
}
