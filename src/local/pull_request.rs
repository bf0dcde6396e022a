//! Where a pull request stands: its row in the store beside what its branches say now.

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::Cloud;
use super::api::error::ApiError;
use super::diff::{self, Totals};
use super::merge::merged_tree;
use super::objects;
use super::repository::Repository;
use super::store::pulls::Pull;
use super::{clock, git::GitError};

/// What stands where a branch was never seen.
const NOWHERE: &str = "0000000000000000000000000000000000000000";

/// What lies between two commits. It never changes, so each part is asked of git once.
#[derive(Debug, Default)]
pub(crate) struct Between {
    parted: OnceCell<Option<String>>,
    totals: OnceCell<Totals>,
    ahead: OnceCell<usize>,
    merges: OnceCell<bool>,
}

/// A pull request with the commits that it is between.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) pull: Pull,
    /// The head's commit: now, or when it was merged or closed.
    pub(crate) head: String,
    /// The base's commit: now, or when it was merged or closed.
    pub(crate) base: String,
    /// The commit at which they parted; `None` when one of them is gone or they share no history.
    pub(crate) parted: Option<String>,
    between: Arc<Between>,
}

impl Standing {
    /// Looks at the mirror, which the caller has refreshed. A pull request whose commits all came into the base by another
    /// way than the API counts as merged, as at GitHub.
    ///
    /// # Errors
    /// Those of git and of the store.
    pub(crate) async fn observe(cloud: &Cloud, repository: &Repository, mut pull: Pull) -> Result<Self, ApiError> {
        if pull.open {
            let head = repository.branch_tip(&pull.head_ref).await?.or_else(|| pull.head_commit.clone());
            let base = repository.branch_tip(&pull.base_ref).await?.or_else(|| pull.base_commit.clone());
            if (&head, &base) != (&pull.head_commit, &pull.base_commit) {
                let arrived = came_in(repository, &pull, head.as_deref(), base.as_deref()).await?;
                if arrived {
                    pull.open = false;
                    pull.merged_at = Some(clock::now());
                    pull.closed_at = pull.merged_at;
                    pull.merge_commit = base;
                } else {
                    (pull.head_commit, pull.base_commit) = (head, base);
                }
                pull = cloud.store.update_pull(&pull)?;
            }
        }
        let head = pull.head_commit.clone().unwrap_or_else(|| NOWHERE.to_owned());
        let base = pull.base_commit.clone().unwrap_or_else(|| NOWHERE.to_owned());
        let known = head != NOWHERE && base != NOWHERE;
        let between = repository.between(&base, &head);
        let asked = async || objects::merge_base(&repository.mirror, &base, &head).await;
        let parted = if known { between.parted.get_or_try_init(asked).await?.clone() } else { None };
        Ok(Self { pull, head, base, parted, between })
    }

    /// Lines and files that it changes.
    pub(crate) async fn totals(&self, repository: &Repository) -> Result<Totals, GitError> {
        match &self.parted {
            Some(parted) => {
                let asked = async || diff::totals(&repository.mirror, parted, &self.head).await;
                self.between.totals.get_or_try_init(asked).await.copied()
            }
            None => Ok(Totals::default()),
        }
    }

    /// How many commits it brings.
    pub(crate) async fn commit_count(&self, repository: &Repository) -> Result<usize, GitError> {
        match &self.parted {
            Some(_) => {
                let asked = async || objects::count_between(&repository.mirror, &self.base, &self.head).await;
                self.between.ahead.get_or_try_init(asked).await.copied()
            }
            None => Ok(0),
        }
    }

    /// Whether git can bring it in without a person; `None` once it is no longer open.
    pub(crate) async fn is_mergeable(&self, repository: &Repository) -> Result<Option<bool>, GitError> {
        if !self.pull.open {
            return Ok(None);
        }
        if self.parted.is_none() {
            return Ok(Some(false));
        }
        let asked = async || {
            let tree = merged_tree(&repository.mirror, &self.base, &self.head).await?;
            Ok::<_, GitError>(tree.is_some())
        };
        self.between.merges.get_or_try_init(asked).await.copied().map(Some)
    }
}

/// Whether the head brought something when it was last seen, and the base now has all of it.
async fn came_in(
    repository: &Repository,
    last: &Pull,
    head: Option<&str>,
    base: Option<&str>,
) -> Result<bool, GitError> {
    let (Some(head), Some(base), Some(old_base)) = (head, base, last.base_commit.as_deref()) else { return Ok(false) };
    if last.head_commit.as_deref() != Some(head) || old_base == base {
        return Ok(false);
    }
    let mirror = &repository.mirror;
    Ok(objects::count_between(mirror, old_base, head).await? > 0
        && objects::count_between(mirror, base, head).await? == 0)
}
