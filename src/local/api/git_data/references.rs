//! Refs: branches and tags by their full names.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::{Named, created};
use crate::local::Cloud;
use crate::local::api::error::{ApiError, ApiResult};
use crate::local::api::links::{Links, escape};
use crate::local::api::request::JsonBody;
use crate::local::api::{node_id, repository};
use crate::local::git::{GitError, is_branch_name, is_object_id};
use crate::local::objects::{self, Reference};
use crate::local::repository::Repository;

const RESOURCE: &str = "Reference";

/// `heads/main` or `refs/heads/main`, in full.
fn full(name: &str) -> String {
    if name.starts_with("refs/") { name.to_owned() } else { format!("refs/{name}") }
}

async fn find(repository: &Repository, name: &str) -> ApiResult<Option<Reference>> {
    let name = full(name);
    let all = objects::references(&repository.mirror, &name).await?;
    Ok(all.into_iter().find(|reference| reference.name == name))
}

fn reference_body(links: &Links, repository: &Repository, reference: &Reference) -> Value {
    let api = links.repository(repository);
    let short = reference.name.trim_start_matches("refs/");
    json!({
        "ref": reference.name,
        "node_id": node_id::reference(repository.id, &reference.name),
        "url": format!("{api}/git/refs/{}", escape(short)),
        "object": {
            "type": reference.kind,
            "sha": reference.sha,
            "url": format!("{api}/git/{}s/{}", reference.kind, reference.sha),
        },
    })
}

pub(super) async fn one(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, reference)): Named,
) -> ApiResult<Json<Value>> {
    let repository = repository(&cloud, &owner, &name)?;
    repository.refresh().await?;
    let found = find(&repository, &reference).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(reference_body(&links, &repository, &found)))
}

pub(super) async fn matching(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, prefix)): Named,
) -> ApiResult<Json<Value>> {
    let repository = repository(&cloud, &owner, &name)?;
    repository.refresh().await?;
    let found = objects::references(&repository.mirror, &full(&prefix)).await?;
    Ok(Json(found.iter().map(|reference| reference_body(&links, &repository, reference)).collect()))
}

pub(super) async fn create(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name)): Path<(String, String)>,
    body: JsonBody,
) -> ApiResult<Response> {
    let repository = repository(&cloud, &owner, &name)?;
    let reference = body.required_text(RESOURCE, "ref")?;
    let sha = body.required_text(RESOURCE, "sha")?;
    let short = reference.strip_prefix("refs/heads/").or_else(|| reference.strip_prefix("refs/tags/"));
    if !short.is_some_and(is_branch_name) {
        let message = "`ref` must be a valid name that begins with refs/heads/ or refs/tags/";
        return Err(ApiError::invalid_field(RESOURCE, "ref", "invalid", message));
    }
    repository.refresh().await?;
    if find(&repository, reference).await?.is_some() {
        return Err(ApiError::unprocessable("Reference already exists"));
    }
    check_target(&repository, reference, sha).await?;
    put(&repository, reference, sha, None).await?;
    let made = find(&repository, reference).await?.ok_or_else(ApiError::not_found)?;
    Ok(created(reference_body(&links, &repository, &made)))
}

pub(super) async fn update(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, reference)): Named,
    body: JsonBody,
) -> ApiResult<Json<Value>> {
    let repository = repository(&cloud, &owner, &name)?;
    let sha = body.required_text(RESOURCE, "sha")?;
    let force = body.boolean(RESOURCE, "force")?.unwrap_or(false);
    repository.refresh().await?;
    let missing = || ApiError::unprocessable("Reference does not exist");
    let old = find(&repository, &reference).await?.ok_or_else(missing)?;
    check_target(&repository, &old.name, sha).await?;
    let is_branch = old.name.starts_with("refs/heads/");
    if is_branch && !force && objects::count_between(&repository.mirror, sha, &old.sha).await? > 0 {
        return Err(ApiError::unprocessable("Update is not a fast forward"));
    }
    put(&repository, &old.name, sha, Some(&old.sha)).await?;
    let moved = find(&repository, &old.name).await?.ok_or_else(missing)?;
    Ok(Json(reference_body(&links, &repository, &moved)))
}

pub(super) async fn delete(
    State(cloud): State<Arc<Cloud>>,
    Path((owner, name, reference)): Named,
) -> ApiResult<StatusCode> {
    let repository = repository(&cloud, &owner, &name)?;
    let default = repository.refresh().await?;
    let missing = || ApiError::unprocessable("Reference does not exist");
    let old = find(&repository, &reference).await?.ok_or_else(missing)?;
    if old.name == format!("refs/heads/{default}") {
        return Err(ApiError::unprocessable("The default branch cannot be deleted"));
    }
    told(&repository, &old.name, repository.delete(&old.name, &old.sha).await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A branch stands at a commit, a tag at anything, and what it stands at must be there.
async fn check_target(repository: &Repository, reference: &str, sha: &str) -> ApiResult<()> {
    let kind = if is_object_id(sha) { objects::kind(&repository.mirror, sha).await? } else { None };
    match kind.as_deref() {
        None => Err(ApiError::unprocessable("Object does not exist")),
        Some("commit") => Ok(()),
        Some(_) if reference.starts_with("refs/tags/") => Ok(()),
        Some(_) => Err(ApiError::unprocessable("Object is not a commit")),
    }
}

async fn put(repository: &Repository, reference: &str, sha: &str, expected: Option<&str>) -> ApiResult<()> {
    told(repository, reference, repository.push_to(sha, reference, expected).await)
}

/// A push that the origin refused, in words for the person who asked for it.
pub(in crate::local::api) fn told(repository: &Repository, name: &str, pushed: Result<(), GitError>) -> ApiResult<()> {
    match pushed {
        Ok(()) => Ok(()),
        Err(GitError::Failed { complaint, .. }) => {
            Err(ApiError::conflict(format!("{name} could not be moved in {}: {complaint}", repository.origin)))
        }
        Err(error) => Err(error.into()),
    }
}
