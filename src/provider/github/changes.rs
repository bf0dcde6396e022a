//! What a session changed: its pull request's files, or its branch compared with the one it started from.

use serde_json::Value;

use super::Road;
use super::diffs;
use super::errors::Subject;
use super::listing::named;
use crate::error::{ErrorCode, Result};
use crate::json::{string, text, whole};
use crate::session::{Artifact, ChangeStatus, FileChange};
use crate::wire::address::push_query;

/// GitHub lists at most 3,000 files of a pull request.
const PAGES: usize = 30;

impl Road {
    /// Empty as long as there is no branch.
    pub(super) async fn changes(&self, remote: &str) -> Result<Vec<FileChange>> {
        let draft = self.task(remote).await?;
        let facts = draft.facts;
        let pull = facts.artifacts.iter().rev().find_map(|artifact| match artifact {
            Artifact::PullRequest(pull) => pull.number,
            _ => None,
        });
        if pull.is_none() && facts.head_ref.is_none() {
            return Ok(Vec::new());
        }
        let repository = facts.repository.as_deref().ok_or_else(|| self.nameless())?;
        let (owner, name) = named(repository)?;
        if let Some(number) = pull {
            return self.pull_files(owner, name, number).await;
        }
        let head = facts.head_ref.unwrap_or_default();
        let base = match facts.base_ref.filter(|base| !base.is_empty()) {
            Some(base) => base,
            None => {
                let reply = self.api.get(self.api.rest(&["repos", owner, name])?, Subject::Repository).await?;
                string(&self.api.json(&reply)?, "default_branch").unwrap_or_default()
            }
        };
        let pushed = facts.artifacts.iter().any(|artifact| matches!(artifact, Artifact::Branch { .. }));
        match self.compare(owner, name, &base, &head).await {
            // The session names its branch before the first push.
            Err(error) if error.code == ErrorCode::NotFound && !pushed => Ok(Vec::new()),
            Err(mut error) if error.code == ErrorCode::NotFound => {
                error.message = format!("The branch “{head}” or “{base}” is not in {repository} any more.");
                Err(error.with_hint("The work may have been merged, or its branch deleted; look at the repository."))
            }
            compared => compared,
        }
    }

    async fn pull_files(&self, owner: &str, name: &str, number: u64) -> Result<Vec<FileChange>> {
        let mut url = self.api.rest(&["repos", owner, name, "pulls", &number.to_string(), "files"])?;
        push_query(&mut url, "per_page", "100");
        let mut changes = Vec::new();
        for _ in 0..PAGES {
            let reply = self.api.get(url.clone(), Subject::PullRequest).await?;
            changes.extend(self.api.array(&reply, None)?.iter().filter_map(file_change));
            match self.api.next(&url, &reply) {
                Some(following) if following != url => url = following,
                _ => break,
            }
        }
        Ok(changes)
    }

    /// The pages of a comparison are pages of commits; its files, 300 at most, stand on the first.
    async fn compare(&self, owner: &str, name: &str, base: &str, head: &str) -> Result<Vec<FileChange>> {
        let url = self.api.rest(&["repos", owner, name, "compare", &format!("{base}...{head}")])?;
        let reply = self.api.get(url, Subject::Branch).await?;
        Ok(self.api.array(&reply, Some("files"))?.iter().filter_map(file_change).collect())
    }
}

/// A file of a pull request or a comparison; `None` for what has no name.
fn file_change(file: &Value) -> Option<FileChange> {
    let mut change = FileChange {
        path: string(file, "filename")?,
        previous_path: string(file, "previous_filename"),
        status: match text(file, "status") {
            Some("added" | "copied") => ChangeStatus::Added,
            Some("removed") => ChangeStatus::Removed,
            Some("renamed") => ChangeStatus::Renamed,
            _ => ChangeStatus::Modified,
        },
        additions: whole(file, "additions").unwrap_or_default(),
        deletions: whole(file, "deletions").unwrap_or_default(),
        diff: None,
    };
    change.diff = text(file, "patch").filter(|patch| !patch.is_empty()).map(|patch| diffs::with_names(&change, patch));
    Some(change)
}
