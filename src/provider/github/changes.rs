//! What a session changed: its pull request's files, or its branch compared with the one it started from.

use serde_json::Value;

use super::Road;
use super::api::{List, in_pages};
use super::diffs;
use super::errors::Subject;
use crate::error::{Error, ErrorCode, Result};
use crate::json::{string, text, whole};
use crate::session::{Artifact, ChangeStatus, FileChange, SessionFacts};

/// GitHub lists at most 3,000 files of a pull request.
const PAGES: usize = 30;

impl Road {
    /// Empty as long as there is no branch.
    pub(super) async fn changes(&self, remote: &str) -> Result<Vec<FileChange>> {
        let mut changes = Vec::new();
        let draft = self.task(remote, None).await?;
        let facts = &draft.facts;
        let pull = facts.artifacts.iter().rev().find_map(|artifact| match artifact {
            Artifact::PullRequest(pull) => pull.number,
            _ => None,
        });
        if pull.is_none() && facts.head_ref.is_none() {
            return Ok(changes);
        }
        let repository = self.repository_of(facts)?;
        let mut base = facts.base_ref.clone().unwrap_or_default();
        if pull.is_none() && base.is_empty() {
            base = self.api.default_branch(repository).await?;
        }
        let list = self.files(repository, pull, &base, facts.head_ref.as_deref().unwrap_or_default());
        match self.api.list(list, &mut |file| changes.extend(file_change(file))).await {
            Err(error) if pull.is_none() && error.code == ErrorCode::NotFound => without_branch(error, facts, &base)?,
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        Ok(changes)
    }

    /// Where the files of a session stand: those of its pull request, else those of a comparison.
    fn files(&self, repository: &str, pull: Option<u64>, base: &str, head: &str) -> List {
        let (url, field, pages, subject) = match pull {
            Some(number) => {
                let url = in_pages(self.api.rest_of(repository, &["pulls", &number.to_string(), "files"]));
                (url, None, PAGES, Subject::PullRequest)
            }
            None => {
                let url = self.api.rest_of(repository, &["compare", &format!("{base}...{head}")]);
                // The pages of a comparison are pages of commits; its files, 300 at most, stand on the first.
                (url, Some("files"), 1, Subject::Branch)
            }
        };
        List { url, field, pages, subject, conditional: false }
    }
}

/// The session names its branch before the first push; after it, something is wrong.
fn without_branch(mut error: Error, facts: &SessionFacts, base: &str) -> Result<()> {
    if !facts.artifacts.iter().any(|artifact| matches!(artifact, Artifact::Branch { .. })) {
        return Ok(());
    }
    let head = facts.head_ref.as_deref().unwrap_or_default();
    let repository = facts.repository.as_deref().unwrap_or_default();
    error.message = format!("The branch “{head}” or “{base}” is not in {repository} any more.");
    Err(error.with_hint("The work may have been merged, or its branch deleted; look at the repository."))
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
