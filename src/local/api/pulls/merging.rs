//! Merging: with git, when a person says so.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Found, RESOURCE};
use crate::local::api::error::{ApiError, ApiResult};
use crate::local::api::git_data::{local_person, told};
use crate::local::api::request::JsonBody;
use crate::local::git::GitError;
use crate::local::merge::{self, Method, Wording};
use crate::local::objects;
use crate::local::pull_request::Standing;
use crate::local::repository::{OWNER, Repository};
use crate::local::{Cloud, clock};

/// 204 when it was merged, 404 when not.
pub(super) async fn is_merged(found: Found) -> ApiResult<StatusCode> {
    // Neither answer has a body.
    Ok(if found.standing.pull.merged_at.is_some() { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND })
}

pub(super) async fn merge(
    State(cloud): State<Arc<Cloud>>,
    Found { repository, standing }: Found,
    body: JsonBody,
) -> ApiResult<Json<Value>> {
    let method = match body.text(RESOURCE, "merge_method")? {
        None | Some("merge") => Method::Merge,
        Some("squash") => Method::Squash,
        Some("rebase") => Method::Rebase,
        Some(_) => {
            let message = "`merge_method` must be merge, squash or rebase";
            return Err(ApiError::invalid_field(RESOURCE, "merge_method", "invalid", message));
        }
    };
    let refused = |message: &str| ApiError::new(StatusCode::METHOD_NOT_ALLOWED, message);
    if !standing.pull.open {
        return Err(refused("Pull Request is not mergeable"));
    }
    if standing.pull.draft {
        return Err(refused("Pull Request is still a draft"));
    }
    if body.text(RESOURCE, "sha")?.is_some_and(|sha| sha != standing.head) {
        return Err(ApiError::conflict("Head branch was modified. Review and try the merge again."));
    }
    if standing.parted.is_none() {
        return Err(refused("Pull Request is not mergeable"));
    }
    let message = wording(&repository, &standing, method, &body).await?;
    let committer = local_person();
    let wording = Wording { message: &message, committer: &committer };
    let merged = merge::merge(&repository.mirror, method, &standing.base, &standing.head, wording).await?;
    let Some(sha) = merged else {
        return Err(refused(match method {
            Method::Rebase => "This branch can't be rebased",
            Method::Merge | Method::Squash => "Pull Request has merge conflicts",
        }));
    };
    put_on_base(&repository, &standing, &sha).await?;
    let mut pull = standing.pull;
    pull.open = false;
    pull.merged_at = Some(clock::now());
    pull.closed_at = pull.merged_at;
    pull.merge_commit = Some(sha.clone());
    cloud.store.update_pull(&pull)?;
    Ok(Json(json!({ "sha": sha, "merged": true, "message": "Pull Request successfully merged" })))
}

async fn put_on_base(repository: &Repository, standing: &Standing, sha: &str) -> ApiResult<()> {
    let branch = &standing.pull.base_ref;
    match repository.push(sha, branch, Some(&standing.base)).await {
        Err(GitError::Failed { complaint, .. }) if complaint.contains("stale info") => {
            Err(ApiError::conflict("Base branch was modified. Review and try the merge again."))
        }
        pushed => told(repository, branch, pushed),
    }
}

/// GitHub's own words for the commit, where the request brings none.
async fn wording(repository: &Repository, standing: &Standing, method: Method, body: &JsonBody) -> ApiResult<String> {
    let pull = &standing.pull;
    let given_title = body.text(RESOURCE, "commit_title")?.filter(|text| !text.trim().is_empty());
    let given_text = body.text(RESOURCE, "commit_message")?;
    let (title, text) = match method {
        Method::Merge => {
            let title = format!("Merge pull request #{} from {OWNER}/{}", pull.number, pull.head_ref);
            (title, pull.title.clone())
        }
        Method::Squash | Method::Rebase => {
            let title = format!("{} (#{})", pull.title, pull.number);
            let (_, commits) =
                objects::commits_between(&repository.mirror, &standing.base, &standing.head, 0, 250).await?;
            let list = match commits.as_slice() {
                [only] => only.message.split_once('\n').map(|(_, rest)| rest.trim().to_owned()).unwrap_or_default(),
                many => many.iter().map(|commit| format!("* {}", commit.message)).collect::<Vec<_>>().join("\n\n"),
            };
            (title, list)
        }
    };
    let (title, text) = (given_title.unwrap_or(&title), given_text.unwrap_or(&text));
    Ok(if text.is_empty() { title.to_owned() } else { format!("{title}\n\n{text}") })
}
