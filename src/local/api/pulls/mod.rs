//! Local pull requests: two branches of one repository, with what people say about them, merged with git when a person
//! says so.

mod body;
mod comments;
mod merging;
mod reviews;

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use super::commits::{changes, commit_body, file_body, own_branch, text};
use super::error::{ApiError, ApiResult};
use super::links::{Links, Media};
use super::repositories::repository_body;
use super::repository;
use super::request::{JsonBody, Parameters};
use crate::local::pull_request::Standing;
use crate::local::repository::{OWNER, Repository};
use crate::local::store::pulls::{NewPull, Pull};
use crate::local::{Cloud, clock, diff, objects};

/// "Responses include a maximum of 3000 files."
const MAX_FILES: usize = 3_000;
/// "Lists a maximum of 250 commits for a pull request."
const MAX_COMMITS: usize = 250;
/// What GitHub lets a title and a body hold.
const TITLE_LIMIT: usize = 256;
const BODY_LIMIT: usize = 65_536;

const RESOURCE: &str = "PullRequest";

pub(super) fn routes() -> Router<Arc<Cloud>> {
    let at = |rest: &str| format!("/repos/{{owner}}/{{repo}}/pulls/{{number}}{rest}");
    Router::new()
        .route("/repos/{owner}/{repo}/pulls", get(list).post(create))
        .route(&at(""), get(one).patch(edit))
        .route(&at("/files"), get(files))
        .route(&at("/commits"), get(commits))
        .route(&at("/merge"), get(merging::is_merged).merge(put(merging::merge)))
        .route(&at("/reviews"), get(reviews::list).post(reviews::create))
        .route(&at("/reviews/{review}"), get(reviews::one))
        .route(&at("/comments"), get(comments::on_the_diff).post(comments::create_on_the_diff))
        .route(&at("/comments/{comment}/replies"), post(comments::reply))
        .route("/repos/{owner}/{repo}/pulls/comments/{comment}", get(comments::one_on_the_diff))
        .route("/repos/{owner}/{repo}/issues/{number}/comments", get(comments::conversation).post(comments::say))
        .route("/repos/{owner}/{repo}/issues/comments/{comment}", get(comments::one_said))
}

/// What a path names: the pull request, its repository, and where its branches stand.
struct Found {
    repository: Arc<Repository>,
    standing: Standing,
}

/// The segments of the path by which a pull request is named.
#[derive(Deserialize)]
struct Named {
    owner: String,
    repo: String,
    number: i64,
}

impl FromRequestParts<Arc<Cloud>> for Found {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, cloud: &Arc<Cloud>) -> ApiResult<Self> {
        let named = Path::<Named>::from_request_parts(parts, cloud).await;
        let Path(Named { owner, repo, number }) = named.map_err(|_| ApiError::not_found())?;
        let repository = repository(cloud, &owner, &repo)?;
        let pull = cloud.store.pull_by_number(repository.id, number)?.ok_or_else(ApiError::not_found)?;
        repository.refresh().await?;
        let standing = Standing::observe(cloud, &repository, pull).await?;
        Ok(Self { repository, standing })
    }
}

async fn list(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name)): Path<(String, String)>,
    parameters: Parameters,
) -> ApiResult {
    let repository = repository(&cloud, &owner, &name)?;
    repository.refresh().await?;
    let state = parameters.choice("state", &["open", "closed", "all"])?;
    let sort = parameters.choice("sort", &["created", "updated", "popularity", "long-running"])?;
    let newest_first = sort == "created" && parameters.get("direction").is_none_or(str::is_empty);
    let descending = newest_first || parameters.choice("direction", &["asc", "desc"])? == "desc";
    let head = parameters.get("head").map(own_branch).filter(|head| !head.is_empty());
    let base = parameters.get("base").filter(|base| !base.is_empty());
    let mut standings = Vec::new();
    for pull in cloud.store.pulls(repository.id)? {
        if head.is_none_or(|head| head == pull.head_ref) && base.is_none_or(|base| base == pull.base_ref) {
            let standing = Standing::observe(&cloud, &repository, pull).await?;
            if state == "all" || (state == "open") == standing.pull.open {
                standings.push(standing);
            }
        }
    }
    standings.sort_by_key(|standing| match sort {
        "updated" => standing.pull.updated_at,
        _ => standing.pull.number,
    });
    if descending {
        standings.reverse();
    }
    let whole = repository_body(&cloud, &links, &repository).await?;
    parameters.page_of(standings, |standing| body::short(&links, &repository, &whole, &standing))
}

async fn one(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Found { repository, standing }: Found,
    headers: HeaderMap,
) -> ApiResult {
    let from = standing.parted.as_deref().unwrap_or(&standing.head);
    match Media::asked(&headers) {
        Media::Diff => {
            let bytes = diff::text(&repository.mirror, from, &standing.head).await?;
            Ok(text("application/vnd.github.diff; charset=utf-8", bytes))
        }
        Media::Patch => {
            let bytes = diff::mails(&repository.mirror, &standing.base, &standing.head).await?;
            Ok(text("application/vnd.github.patch; charset=utf-8", bytes))
        }
        _ => Ok(Json(body::full(&cloud, &links, &repository, &standing).await?).into_response()),
    }
}

async fn create(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name)): Path<(String, String)>,
    body: JsonBody,
) -> ApiResult {
    let repository = repository(&cloud, &owner, &name)?;
    let new = NewPull {
        repository_id: repository.id,
        title: limited(body.required_text(RESOURCE, "title")?, "title", TITLE_LIMIT)?,
        body: limited(body.text(RESOURCE, "body")?.unwrap_or_default(), "body", BODY_LIMIT)?,
        head_ref: own_branch(body.required_text(RESOURCE, "head")?),
        base_ref: own_branch(body.required_text(RESOURCE, "base")?),
        draft: body.boolean(RESOURCE, "draft")?.unwrap_or(false),
    };
    repository.refresh().await?;
    let pull = open(&cloud, &repository, new).await?;
    let standing = Standing::observe(&cloud, &repository, pull).await?;
    let body = body::full(&cloud, &links, &repository, &standing).await?;
    let location = body["url"].as_str().unwrap_or_default().to_owned();
    Ok((StatusCode::CREATED, [(axum::http::header::LOCATION, location)], Json(body)).into_response())
}

fn limited<'a>(text: &'a str, field: &str, most: usize) -> ApiResult<&'a str> {
    if text.chars().count() > most {
        let message = format!("{field} is too long (maximum is {most} characters)");
        return Err(ApiError::invalid_field(RESOURCE, field, "custom", message));
    }
    Ok(text)
}

/// Opens a pull request between two branches of the mirror.
///
/// # Errors
/// 422 as GitHub words it: a branch that does not exist, nothing to merge, or a pull request that is open already.
pub(crate) async fn open(cloud: &Cloud, repository: &Repository, new: NewPull<'_>) -> ApiResult<Pull> {
    let tip = async |branch: &str, field: &'static str| {
        let tip = repository.branch_tip(branch).await?;
        tip.ok_or_else(|| ApiError::invalid_field(RESOURCE, field, "invalid", format!("There is no branch `{branch}`")))
    };
    let base = tip(new.base_ref, "base").await?;
    let head = tip(new.head_ref, "head").await?;
    let refused = |message: String| ApiError::invalid_field(RESOURCE, "head", "custom", message);
    if objects::count_between(&repository.mirror, &base, &head).await? == 0 {
        return Err(refused(format!("No commits between {} and {}", new.base_ref, new.head_ref)));
    }
    let created = cloud.store.create_pull(new)?;
    created.ok_or_else(|| refused(format!("A pull request already exists for {OWNER}:{}.", new.head_ref)))
}

async fn edit(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Found { repository, standing }: Found,
    body: JsonBody,
) -> ApiResult<Json<Value>> {
    let mut pull = standing.pull;
    if body.0.contains_key("title") {
        limited(body.required_text(RESOURCE, "title")?, "title", TITLE_LIMIT)?.clone_into(&mut pull.title);
    }
    if let Some(text) = body.text(RESOURCE, "body")? {
        limited(text, "body", BODY_LIMIT)?.clone_into(&mut pull.body);
    }
    if let Some(base) = body.text(RESOURCE, "base")? {
        rebase_onto(&repository, &mut pull, base).await?;
    }
    match body.text(RESOURCE, "state")? {
        None => {}
        Some("open") if pull.open => {}
        Some("open") => reopen(&cloud, &repository, &mut pull).await?,
        Some("closed") if !pull.open => {}
        Some("closed") => {
            pull.open = false;
            pull.closed_at = Some(clock::now());
        }
        Some(_) => {
            return Err(ApiError::invalid_field(RESOURCE, "state", "invalid", "`state` must be open or closed"));
        }
    }
    let pull = cloud.store.update_pull(&pull)?;
    let standing = Standing::observe(&cloud, &repository, pull).await?;
    body::full(&cloud, &links, &repository, &standing).await.map(Json)
}

/// Points an open pull request at another base branch.
async fn rebase_onto(repository: &Repository, pull: &mut Pull, base: &str) -> ApiResult<()> {
    let refused = |message: String| ApiError::invalid_field(RESOURCE, "base", "invalid", message);
    if base == pull.base_ref {
        return Ok(());
    }
    if !pull.open {
        return Err(refused("Cannot change the base branch of a closed pull request.".to_owned()));
    }
    let tip = repository.branch_tip(base).await?;
    pull.base_commit = Some(tip.ok_or_else(|| refused(format!("There is no branch `{base}`")))?);
    base.clone_into(&mut pull.base_ref);
    Ok(())
}

async fn reopen(cloud: &Cloud, repository: &Repository, pull: &mut Pull) -> ApiResult<()> {
    let refused = |message: &str| ApiError::invalid_field(RESOURCE, "state", "custom", message);
    if pull.merged_at.is_some() {
        return Err(refused("state cannot be changed. The pull request was merged."));
    }
    if repository.branch_tip(&pull.head_ref).await?.is_none() {
        return Err(refused("state cannot be changed. The branch was deleted."));
    }
    if cloud.store.open_pull(repository.id, &pull.head_ref, Some(&pull.base_ref))?.is_some() {
        return Err(refused("state cannot be changed. There is already an open pull request between these branches."));
    }
    pull.open = true;
    pull.closed_at = None;
    Ok(())
}

async fn files(links: Links, Found { repository, standing }: Found, parameters: Parameters) -> ApiResult {
    let page = parameters.page()?;
    let (files, total) = match &standing.parted {
        Some(parted) => {
            let left = MAX_FILES.saturating_sub(page.offset()).min(page.size);
            changes(&repository.mirror, parted, &standing.head, page.offset(), left).await?
        }
        None => (Vec::new(), 0),
    };
    let bodies = files.iter().map(|file| file_body(&links, &repository, &standing.head, file));
    Ok(parameters.paged(page, total.min(MAX_FILES), bodies.collect::<Vec<_>>()))
}

async fn commits(links: Links, Found { repository, standing }: Found, parameters: Parameters) -> ApiResult {
    let page = parameters.page()?;
    let (total, commits) = if standing.parted.is_some() {
        let left = MAX_COMMITS.saturating_sub(page.offset()).min(page.size);
        let mirror = &repository.mirror;
        objects::commits_between(mirror, &standing.base, &standing.head, page.offset(), left).await?
    } else {
        (0, Vec::new())
    };
    let bodies = commits.iter().map(|commit| commit_body(&links, &repository, commit));
    Ok(parameters.paged(page, total.min(MAX_COMMITS), bodies.collect::<Vec<_>>()))
}
