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
