//! Bringing a branch into another without a work tree: git's own merge, written as objects of the mirror.

use std::path::Path;

use super::git::GitError;
use super::objects::{self, NewCommit, Signature, git};

/// The most commits that are replayed on another base.
const MAX_REPLAYED: usize = 1_000;

/// The three ways that GitHub offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// A commit with both tips as parents.
    Merge,
    /// One commit on the base with all that changed.
    Squash,
    /// Each commit again, on the base.
    Rebase,
}

/// What the new commits say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wording<'a> {
    pub(crate) message: &'a str,
    /// Who merges, and when.
    pub(crate) committer: &'a Signature,
}

/// The tree that holds what both commits changed since they parted; `None` when they changed the same lines, or share no
/// history.
pub(crate) async fn merged_tree(directory: &Path, base: &str, head: &str) -> Result<Option<String>, GitError> {
    let merged = git(directory).args(["merge-tree", "--write-tree", "--no-messages", base, head]).text().await;
    match merged {
        Ok(text) => Ok(text.lines().next().map(str::to_owned)),
        Err(error) if error.is_exit(1) => Ok(None),
        Err(GitError::Failed { complaint, .. }) if complaint.contains("unrelated histories") => Ok(None),
        Err(error) => Err(error),
    }
}

/// The commit that the base branch should stand at after `head` has come in; `None` when git cannot do it without a person.
pub(crate) async fn merge(
    directory: &Path,
    method: Method,
    base: &str,
    head: &str,
    wording: Wording<'_>,
) -> Result<Option<String>, GitError> {
    if method == Method::Rebase {
        return replay(directory, base, head, wording.committer).await;
    }
    let Some(tree) = merged_tree(directory, base, head).await? else { return Ok(None) };
    let mut parents = vec![base.to_owned()];
    if method == Method::Merge {
        parents.push(head.to_owned());
    }
    let new = NewCommit {
        tree: &tree,
        parents: &parents,
        message: wording.message,
        author: wording.committer,
        committer: wording.committer,
    };
    objects::write_commit(directory, &new).await.map(Some)
}

async fn replay(directory: &Path, base: &str, head: &str, committer: &Signature) -> Result<Option<String>, GitError> {
    let (count, commits) = objects::commits_between(directory, base, head, 0, MAX_REPLAYED).await?;
    if count > MAX_REPLAYED || commits.iter().any(|commit| commit.parents.len() != 1) {
        return Ok(None);
    }
    let mut tip = base.to_owned();
    for commit in commits {
        // git's merge-tree takes two commits and finds their base itself. So the tip's tree is put on the parent of the
        // commit that is to be replayed: the two then part exactly there.
        let Some(stood) = objects::commit(directory, &tip).await? else { return Ok(None) };
        let aside =
            NewCommit { tree: &stood.tree, parents: &commit.parents, message: "base", author: committer, committer };
        let aside = objects::write_commit(directory, &aside).await?;
        let Some(tree) = merged_tree(directory, &aside, &commit.sha).await? else { return Ok(None) };
        if tree == stood.tree {
            continue;
        }
        let new =
            NewCommit { tree: &tree, parents: &[tip], message: &commit.message, author: &commit.author, committer };
        tip = objects::write_commit(directory, &new).await?;
    }
    Ok(Some(tip))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::fixture::{Mirror, ada};

    const FILE: &str = "100644";

    struct Fork {
        mirror: Mirror,
        base: String,
        head: String,
    }

    /// Two branches from one commit: `ours` and `theirs` are the files of each.
    async fn fork(ours: &[(&str, &str, &[u8])], theirs: &[(&str, &str, &[u8])]) -> Fork {
        let mirror = Mirror::new().await;
        let root = mirror.commit("root", &[], &[(FILE, "a", b"1\n2\n3\n")]).await;
        let base = mirror.commit("ours", &[&root], ours).await;
        let first = mirror.commit("theirs, first", &[&root], theirs).await;
        let mut more = theirs.to_vec();
        more.push((FILE, "last", b"last\n"));
        let head = mirror.commit("theirs, second", &[&first], &more).await;
        Fork { mirror, base, head }
    }

    async fn merged(fork: &Fork, method: Method) -> Option<objects::Commit> {
        let committer = ada(9);
        let wording = Wording { message: "Together\n\nAt last.", committer: &committer };
        let sha = merge(&fork.mirror.path, method, &fork.base, &fork.head, wording).await.unwrap()?;
        objects::commit(&fork.mirror.path, &sha).await.unwrap()
    }

    #[tokio::test]
    async fn each_way_brings_both_sides() {
        let fork = fork(&[(FILE, "a", b"1\n2\nours\n")], &[(FILE, "a", b"theirs\n2\n3\n")]).await;
        for (method, parents, message) in [
            (Method::Merge, vec![fork.base.clone(), fork.head.clone()], "Together\n\nAt last."),
            (Method::Squash, vec![fork.base.clone()], "Together\n\nAt last."),
        ] {
            let commit = merged(&fork, method).await.unwrap();
            assert_eq!(commit.parents, parents, "{method:?}");
            assert_eq!(commit.message, message);
            assert_eq!(fork.mirror.read(&commit.sha, "a").await, "theirs\n2\nours");
            assert_eq!(fork.mirror.read(&commit.sha, "last").await, "last");
        }
        let commit = merged(&fork, Method::Rebase).await.unwrap();
        assert_eq!(fork.mirror.read(&commit.sha, "a").await, "theirs\n2\nours");
        assert_eq!((commit.message.as_str(), commit.author, commit.committer), ("theirs, second", ada(5), ada(9)));
        let (count, commits) =
            objects::commits_between(&fork.mirror.path, &fork.base, &commit.sha, 0, 9).await.unwrap();
        assert_eq!((count, commits[0].message.as_str()), (2, "theirs, first"));
        assert_eq!(commits[0].parents.join(" "), fork.base);
    }

    #[tokio::test]
    async fn the_same_lines_changed_twice_need_a_person() {
        let fork = fork(&[(FILE, "a", b"ours\n")], &[(FILE, "a", b"theirs\n")]).await;
        for method in [Method::Merge, Method::Squash, Method::Rebase] {
            assert!(merged(&fork, method).await.is_none(), "{method:?}");
        }
    }

    #[tokio::test]
    async fn histories_without_a_common_commit_are_not_merged() {
        let mirror = Mirror::new().await;
        let base = mirror.commit("one", &[], &[(FILE, "a", b"1\n")]).await;
        let head = mirror.commit("other", &[], &[(FILE, "b", b"2\n")]).await;
        assert_eq!(merged_tree(&mirror.path, &base, &head).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_the_base_has_already_is_not_committed_again() {
        let fork = fork(&[(FILE, "a", b"same\n")], &[(FILE, "a", b"same\n")]).await;
        let commit = merged(&fork, Method::Rebase).await.unwrap();
        assert_eq!((commit.message.as_str(), commit.parents), ("theirs, second", vec![fork.base.clone()]));
    }

    #[tokio::test]
    async fn a_merge_among_the_commits_is_not_replayed() {
        let kept: (&str, &str, &[u8]) = (FILE, "a", b"1\n2\n3\n");
        let mut fork = fork(&[kept, (FILE, "b", b"ours\n")], &[(FILE, "a", b"theirs\n")]).await;
        let tip = merged(&fork, Method::Merge).await.unwrap().sha;
        fork.head = fork.mirror.commit("on top", &[&tip], &[(FILE, "c", b"c\n")]).await;
        fork.base =
            fork.mirror.commit("aside", &[&fork.base], &[kept, (FILE, "b", b"ours\n"), (FILE, "d", b"d\n")]).await;
        assert!(merged(&fork, Method::Rebase).await.is_none());
    }

    #[tokio::test]
    async fn a_driver_named_by_a_repository_is_not_run() {
        let attributes: (&str, &str, &[u8]) = (FILE, ".gitattributes", b"* merge=ours\na merge=union\n");
        let fork = fork(&[attributes, (FILE, "a", b"ours\n")], &[attributes, (FILE, "a", b"theirs\n")]).await;
        assert!(merged(&fork, Method::Merge).await.is_none());
    }
}
