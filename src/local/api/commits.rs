//! Commits and what changed in them: `/commits`, `/commits/{ref}` and `/compare/{base}...{head}`.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::error::{ApiError, ApiResult};
use super::links::{Links, Media, escape};
use super::repository;
use super::request::Parameters;
use crate::local::Cloud;
use crate::local::diff::{self, FileDiff};
use crate::local::objects::{self, Commit, Signature};
use crate::local::repository::{OWNER, Repository};

/// The most files that a comparison or a commit shows, as at GitHub.
const MAX_FILES: usize = 300;
/// The most commits that a list counts through.
const MAX_HISTORY: usize = 100_000;

pub(super) fn routes() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/repos/{owner}/{repo}/commits", get(list))
        .route("/repos/{owner}/{repo}/commits/{*reference}", get(one))
        .route("/repos/{owner}/{repo}/compare/{*basehead}", get(compare))
}

/// The commit that a name in a path stands for; 404 as GitHub words it when there is none.
pub(super) async fn resolve(repository: &Repository, name: &str) -> ApiResult<String> {
    let found = objects::resolve(&repository.mirror, name).await?;
    found.ok_or_else(ApiError::not_found)
}

/// Text of another kind than JSON.
pub(super) fn text(kind: &'static str, bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, kind)], bytes).into_response()
}

async fn list(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name)): Path<(String, String)>,
    parameters: Parameters,
) -> ApiResult {
    let repository = repository(&cloud, &owner, &name)?;
    let default = repository.refresh().await?;
    let tip = resolve(&repository, parameters.get("sha").filter(|sha| !sha.is_empty()).unwrap_or(&default)).await?;
    let page = parameters.page()?;
    let total = objects::count(&repository.mirror, &tip, MAX_HISTORY).await?;
    let commits = objects::history(&repository.mirror, &tip, page.offset(), page.size).await?;
    let body: Vec<Value> = commits.iter().map(|commit| commit_body(&links, &repository, commit)).collect();
    Ok(parameters.paged(page, total, body))
}

async fn one(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, reference)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> ApiResult {
    let repository = repository(&cloud, &owner, &name)?;
    repository.refresh().await?;
    let Some(sha) = objects::resolve(&repository.mirror, &reference).await? else {
        return Err(ApiError::unprocessable(format!("No commit found for SHA: {reference}")));
    };
    let commit = objects::commit(&repository.mirror, &sha).await?.ok_or_else(ApiError::not_found)?;
    let from = commit.parents.first().map_or(objects::EMPTY_TREE, String::as_str);
    match Media::asked(&headers) {
        Media::Sha => return Ok(text("application/vnd.github.sha; charset=utf-8", sha.into_bytes())),
        Media::Diff => {
            let bytes = diff::text(&repository.mirror, from, &sha).await?;
            return Ok(text("application/vnd.github.diff; charset=utf-8", bytes));
        }
        Media::Patch => {
            let bytes = diff::mail(&repository.mirror, &sha).await?;
            return Ok(text("application/vnd.github.patch; charset=utf-8", bytes));
        }
        Media::Json | Media::Raw => {}
    }
    let (files, _) = changes(&repository.mirror, from, &sha, 0, MAX_FILES).await?;
    let totals = diff::totals(&repository.mirror, from, &sha).await?;
    let mut body = commit_body(&links, &repository, &commit);
    body["stats"] = json!({
        "additions": totals.additions,
        "deletions": totals.deletions,
        "total": totals.additions + totals.deletions,
    });
    body["files"] = files.iter().map(|file| file_body(&links, &repository, &sha, file)).collect();
    Ok(Json(body).into_response())
}

async fn compare(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, basehead)): Path<(String, String, String)>,
    headers: HeaderMap,
    parameters: Parameters,
) -> ApiResult {
    let repository = repository(&cloud, &owner, &name)?;
    repository.refresh().await?;
    let (base_name, head_name) = basehead.split_once("...").ok_or_else(ApiError::not_found)?;
    let mirror = &repository.mirror;
    let base = resolve(&repository, own_branch(base_name)).await?;
    let head = resolve(&repository, own_branch(head_name)).await?;
    let Some(parted) = objects::merge_base(mirror, &base, &head).await? else {
        let message = format!("No common ancestor between {base_name} and {head_name}.");
        return Err(ApiError::new(StatusCode::NOT_FOUND, message));
    };
    match Media::asked(&headers) {
        Media::Diff => {
            let bytes = diff::text(mirror, &parted, &head).await?;
            return Ok(text("application/vnd.github.diff; charset=utf-8", bytes));
        }
        Media::Patch => {
            let bytes = diff::mails(mirror, &base, &head).await?;
            return Ok(text("application/vnd.github.patch; charset=utf-8", bytes));
        }
        Media::Json | Media::Raw | Media::Sha => {}
    }
    // Unlike other lists this one shows up to 250 commits unless the client asks for pages.
    let page = parameters.page()?;
    let size = if parameters.get("per_page").is_some() { page.size } else { 250 };
    let offset = (page.number - 1) * size;
    let (ahead, commits) = objects::commits_between(mirror, &base, &head, offset, size).await?;
    let behind = objects::count_between(mirror, &head, &base).await?;
    let status = match (ahead, behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let url = format!("{}/compare/{}", links.repository(&repository), escape(&basehead));
    let page_url = format!("{}/compare/{}", links.repository_page(&repository), escape(&basehead));
    let exact = format!("{}/compare/{base}...{head}", links.repository_page(&repository));
    let mut body = json!({
        "url": url,
        "html_url": page_url,
        "permalink_url": exact,
        "diff_url": format!("{page_url}.diff"),
        "patch_url": format!("{page_url}.patch"),
        "base_commit": whole(&links, &repository, &base).await?,
        "merge_base_commit": whole(&links, &repository, &parted).await?,
        "status": status,
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": commits.iter().map(|commit| commit_body(&links, &repository, commit)).collect::<Vec<_>>(),
    });
    // "The list of changed files is only shown on the first page of results."
    if page.number == 1 {
        let (files, _) = changes(mirror, &parted, &head, 0, MAX_FILES).await?;
        body["files"] = files.iter().map(|file| file_body(&links, &repository, &head, file)).collect();
    }
    Ok(Json(body).into_response())
}

/// `owner:branch`, as GitHub lets one name a branch of another fork, where the owner is ours.
pub(super) fn own_branch(name: &str) -> &str {
    match name.split_once(':') {
        Some((owner, branch)) if owner.eq_ignore_ascii_case(OWNER) => branch,
        _ => name,
    }
}

async fn whole(links: &Links, repository: &Repository, sha: &str) -> ApiResult<Value> {
    let commit = objects::commit(&repository.mirror, sha).await?.ok_or_else(ApiError::not_found)?;
    Ok(commit_body(links, repository, &commit))
}

/// Some of the files that changed between two commits, with their patches, and how many have changed in all.
pub(super) async fn changes(
    mirror: &FilePath,
    from: &str,
    to: &str,
    skip: usize,
    count: usize,
) -> ApiResult<(Vec<FileDiff>, usize)> {
    let files = diff::files(mirror, from, to).await?;
    let total = files.len();
    let mut some: Vec<FileDiff> = files.into_iter().skip(skip).take(count).collect();
    let are_all = some.len() == total;
    diff::read_patches(mirror, from, to, &mut some, are_all).await?;
    Ok((some, total))
}

/// GitHub's `commit`, without its statistics and files.
pub(super) fn commit_body(links: &Links, repository: &Repository, commit: &Commit) -> Value {
    let api = links.repository(repository);
    let page = links.repository_page(repository);
    let sha = &commit.sha;
    json!({
        "sha": sha,
        "node_id": super::node_id::commit(repository.id, sha),
        "url": format!("{api}/commits/{sha}"),
        "html_url": format!("{page}/commit/{sha}"),
        "comments_url": format!("{api}/commits/{sha}/comments"),
        "commit": {
            "url": format!("{api}/git/commits/{sha}"),
            "author": signature_body(&commit.author),
            "committer": signature_body(&commit.committer),
            "message": commit.message,
            "tree": { "sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree) },
            "comment_count": 0,
            "verification": verification(),
        },
        "author": null,
        "committer": null,
        "parents": commit.parents.iter().map(|parent| json!({
            "sha": parent,
            "url": format!("{api}/commits/{parent}"),
            "html_url": format!("{page}/commit/{parent}"),
        })).collect::<Vec<_>>(),
    })
}

pub(super) fn signature_body(signature: &Signature) -> Value {
    json!({ "name": signature.name, "email": signature.email, "date": signature.date })
}

/// No signature is looked at here.
pub(super) fn verification() -> Value {
    json!({ "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null })
}

/// GitHub's `diff-entry`.
pub(super) fn file_body(links: &Links, repository: &Repository, commit: &str, file: &FileDiff) -> Value {
    let path = escape(&file.path);
    let page = links.repository_page(repository);
    let mut body = json!({
        "sha": file.sha,
        "filename": file.path,
        "status": file.change.word(),
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": format!("{page}/blob/{commit}/{path}"),
        "raw_url": format!("{page}/raw/{commit}/{path}"),
        "contents_url": format!("{}/contents/{path}?ref={commit}", links.repository(repository)),
    });
    if let Some(previous) = &file.previous {
        body["previous_filename"] = Value::from(previous.as_str());
    }
    if let Some(patch) = &file.patch {
        body["patch"] = Value::from(patch.as_str());
    }
    body
}
