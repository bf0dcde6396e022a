//! Commits, blobs and tags.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Named, created, local_person, signature};
use crate::local::Cloud;
use crate::local::api::commits::{signature_body, text, verification};
use crate::local::api::contents::{READ_LIMIT, too_large, wrapped};
use crate::local::api::error::{ApiError, ApiResult};
use crate::local::api::links::{Links, Media};
use crate::local::api::request::JsonBody;
use crate::local::api::{node_id, repository};
use crate::local::objects::{self, Commit, NewCommit, Tag};
use crate::local::repository::Repository;

/// The most parents that a commit is given.
const MAX_PARENTS: usize = 32;

pub(super) async fn commit(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, sha)): Named,
) -> ApiResult<Json<Value>> {
    let repository = repository(&cloud, &owner, &name)?;
    repository.refresh().await?;
    let commit = objects::commit(&repository.mirror, &sha).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(commit_body(&links, &repository, &commit)))
}

pub(super) async fn create_commit(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name)): Path<(String, String)>,
    body: JsonBody,
) -> ApiResult<Response> {
    const RESOURCE: &str = "Commit";
    let repository = repository(&cloud, &owner, &name)?;
    let mirror = &repository.mirror;
    let message = body.required_text(RESOURCE, "message")?;
    let tree = body.required_text(RESOURCE, "tree")?;
    if objects::kind(mirror, tree).await?.as_deref() != Some("tree") {
        return Err(ApiError::unprocessable("Tree SHA does not exist"));
    }
    let invalid = || ApiError::invalid_field(RESOURCE, "parents", "invalid", "`parents` must be a list of commits");
    let parents: Vec<String> = match body.0.get("parents") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) if list.len() <= MAX_PARENTS => {
            list.iter().map(|sha| sha.as_str().map(str::to_owned)).collect::<Option<_>>().ok_or_else(invalid)?
        }
        Some(_) => return Err(invalid()),
    };
    for parent in &parents {
        if objects::kind(mirror, parent).await?.as_deref() != Some("commit") {
            return Err(ApiError::unprocessable("Parent SHA does not exist or is not a commit object"));
        }
    }
    let author = signature(body.0.get("author"), "author", &local_person())?;
    let committer = signature(body.0.get("committer"), "committer", &author)?;
    let new = NewCommit { tree, parents: &parents, message, author: &author, committer: &committer };
    let sha = objects::write_commit(mirror, &new).await?;
    let commit = objects::commit(mirror, &sha).await?.ok_or_else(ApiError::not_found)?;
    Ok(created(commit_body(&links, &repository, &commit)))
}

/// GitHub's `git-commit`.
fn commit_body(links: &Links, repository: &Repository, commit: &Commit) -> Value {
    let api = links.repository(repository);
    let page = links.repository_page(repository);
    json!({
        "sha": commit.sha,
        "node_id": node_id::commit(repository.id, &commit.sha),
        "url": format!("{api}/git/commits/{}", commit.sha),
        "html_url": format!("{page}/commit/{}", commit.sha),
        "author": signature_body(&commit.author),
        "committer": signature_body(&commit.committer),
        "tree": { "sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree) },
        "message": commit.message,
        "parents": commit.parents.iter().map(|parent| json!({
            "sha": parent,
            "url": format!("{api}/git/commits/{parent}"),
            "html_url": format!("{page}/commit/{parent}"),
        })).collect::<Vec<_>>(),
        "verification": verification(),
    })
}

pub(super) async fn blob(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, sha)): Named,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let repository = repository(&cloud, &owner, &name)?;
    repository.refresh().await?;
    let mirror = &repository.mirror;
    if objects::kind(mirror, &sha).await?.as_deref() != Some("blob") {
        return Err(ApiError::not_found());
    }
    let size = objects::blob_size(mirror, &sha).await?;
    if size > READ_LIMIT {
        return Err(too_large());
    }
    let content = objects::blob(mirror, &sha, READ_LIMIT as usize).await?;
    if Media::asked(&headers) == Media::Raw {
        return Ok(text("application/vnd.github.raw; charset=utf-8", content));
    }
    let body = json!({
        "sha": sha,
        "node_id": node_id::object("B", repository.id, &sha),
        "url": format!("{}/git/blobs/{sha}", links.repository(&repository)),
        "size": size,
        "content": wrapped(&content),
        "encoding": "base64",
    });
    Ok(Json(body).into_response())
}

pub(super) async fn create_blob(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name)): Path<(String, String)>,
    body: JsonBody,
) -> ApiResult<Response> {
    const RESOURCE: &str = "Blob";
    let repository = repository(&cloud, &owner, &name)?;
    let missing = || ApiError::invalid_field(RESOURCE, "content", "missing_field", "`content` is required");
    let content = body.text(RESOURCE, "content")?.ok_or_else(missing)?;
    let bytes = match body.text(RESOURCE, "encoding")? {
        None | Some("utf-8") => content.as_bytes().to_vec(),
        Some("base64") => {
            let letters: String = content.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
            let invalid = |_| ApiError::invalid_field(RESOURCE, "content", "invalid", "`content` is not base64");
            STANDARD.decode(letters).map_err(invalid)?
        }
        Some(_) => {
            let message = "`encoding` must be utf-8 or base64";
            return Err(ApiError::invalid_field(RESOURCE, "encoding", "invalid", message));
        }
    };
    let sha = objects::write_blob(&repository.mirror, bytes).await?;
    Ok(created(json!({ "url": format!("{}/git/blobs/{sha}", links.repository(&repository)), "sha": sha })))
}

pub(super) async fn tag(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, sha)): Named,
) -> ApiResult<Json<Value>> {
    let repository = repository(&cloud, &owner, &name)?;
    repository.refresh().await?;
    let tag = objects::tag(&repository.mirror, &sha).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(tag_body(&links, &repository, &tag)))
}

pub(super) async fn create_tag(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name)): Path<(String, String)>,
    body: JsonBody,
) -> ApiResult<Response> {
    const RESOURCE: &str = "Tag";
    let repository = repository(&cloud, &owner, &name)?;
    let mirror = &repository.mirror;
    let tag = body.required_text(RESOURCE, "tag")?;
    if !crate::local::git::is_branch_name(tag) {
        return Err(ApiError::invalid_field(RESOURCE, "tag", "invalid", "`tag` is not a name that a tag can have"));
    }
    let message = body.required_text(RESOURCE, "message")?;
    let object = body.required_text(RESOURCE, "object")?;
    let kind = body.required_text(RESOURCE, "type")?;
    if objects::kind(mirror, object).await?.as_deref() != Some(kind) {
        let message = "`object` does not exist or is not of this `type`";
        return Err(ApiError::invalid_field(RESOURCE, "object", "invalid", message));
    }
    let tagger = signature(body.0.get("tagger"), "tagger", &local_person())?;
    let sha = objects::write_tag(mirror, (object, kind), tag, &tagger, message).await?;
    let tag = objects::tag(mirror, &sha).await?.ok_or_else(ApiError::not_found)?;
    Ok(created(tag_body(&links, &repository, &tag)))
}

fn tag_body(links: &Links, repository: &Repository, tag: &Tag) -> Value {
    let api = links.repository(repository);
    // Very old tags have no tagger; GitHub's schema wants one.
    let tagger = tag.tagger.as_ref().map_or_else(|| json!({ "name": "", "email": "", "date": "" }), signature_body);
    json!({
        "sha": tag.sha,
        "node_id": node_id::object("TA", repository.id, &tag.sha),
        "url": format!("{api}/git/tags/{}", tag.sha),
        "tag": tag.name,
        "message": tag.message,
        "tagger": tagger,
        "object": {
            "type": tag.kind,
            "sha": tag.object,
            "url": format!("{api}/git/{}s/{}", tag.kind, tag.object),
        },
        "verification": verification(),
    })
}
