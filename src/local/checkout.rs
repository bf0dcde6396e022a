//! A branch that a person has checked out in the repository that a task came from: git rightly refuses to move it under
//! their files, so the files are moved along, and only when none of them was changed.
//!
//! This is what `receive.denyCurrentBranch=updateInstead` does, but with the cloud's own git directory, so that no filter,
//! hook or setting of the repository is run.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::git::{GitCall, GitError};

/// The index of a checkout, locked as git locks it; the lock goes when this does.
#[derive(Debug)]
pub(crate) struct Checkout {
    work_tree: PathBuf,
    index: PathBuf,
    lock: PathBuf,
}

/// Why the files cannot follow.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckoutError {
    /// It is not the branch of the main work tree, or that has no ordinary git directory.
    #[error("the branch is checked out in a work tree that the local cloud does not move")]
    Elsewhere,
    /// Another git is at work there.
    #[error("another git is at work in {}; try again", .0.display())]
    Busy(PathBuf),
    /// Files differ from the commit, or would be overwritten.
    #[error("the branch is checked out in {} with changes that are not committed; commit or stash them, or check out another branch", .0.display())]
    Changed(PathBuf),
    /// git could not be run.
    #[error("{0}")]
    Git(#[from] GitError),
}

impl Checkout {
    /// Locks the checkout of `branch` (its full name) at `origin`.
    pub(crate) fn lock(origin: &Path, branch: &str) -> Result<Self, CheckoutError> {
        let directory = origin.join(".git");
        let is_directory = std::fs::symlink_metadata(&directory).is_ok_and(|metadata| metadata.is_dir());
        let head = std::fs::read_to_string(directory.join("HEAD")).unwrap_or_default();
        if !is_directory || head.trim() != format!("ref: {branch}") {
            return Err(CheckoutError::Elsewhere);
        }
        let (index, lock) = (directory.join("index"), directory.join("index.lock"));
        let busy = |_| CheckoutError::Busy(origin.to_owned());
        let content = std::fs::read(&index).map_err(busy)?;
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&lock).map_err(busy)?;
        // From here on the lock is ours to remove.
        let checkout = Self { work_tree: origin.to_owned(), index, lock };
        file.write_all(&content).map_err(busy)?;
        Ok(checkout)
    }

    fn git<'a>(&'a self, mirror: &'a Path) -> GitCall<'a> {
        GitCall::new(Some(mirror)).work_tree(&self.work_tree).index(&self.lock)
    }

    /// Says whether the files stand at `old` and could be moved to `new`.
    pub(crate) async fn check(&self, mirror: &Path, old: &str, new: &str) -> Result<(), CheckoutError> {
        let changed = || CheckoutError::Changed(self.work_tree.clone());
        // It fails when a file differs, which is what the next call tells.
        let _ = self.git(mirror).args(["update-index", "-q", "--refresh"]).run().await;
        let clean = self.git(mirror).args(["diff-index", "--quiet", old, "--"]).says_yes().await?;
        if !clean {
            return Err(changed());
        }
        match self.git(mirror).args(["read-tree", "-n", "-u", "-m", old, new]).run().await {
            Ok(_) => Ok(()),
            Err(GitError::Failed { .. }) => Err(changed()),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves the files from `old` to `new`, after the branch was moved.
    pub(crate) async fn follow(self, mirror: &Path, old: &str, new: &str) -> Result<(), CheckoutError> {
        self.git(mirror).args(["read-tree", "-u", "-m", old, new]).run().await?;
        std::fs::rename(&self.lock, &self.index).map_err(|error| CheckoutError::Git(error.into()))
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _ = std::fs::remove_file(&self.lock);
    }
}
