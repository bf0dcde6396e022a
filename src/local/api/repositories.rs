//! Repositories and their branches.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::account::simple_user;
use super::commits::commit_body;
use super::error::{ApiError, ApiResult};
use super::links::{Links, escape};
use super::request::Parameters;
use super::{node_id, repository};
use crate::local::repository::Repository;
use crate::local::{Cloud, clock, objects};

pub(super) fn routes() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/user/repos", get(list))
        .route("/repositories/{id}", get(by_id))
        .route("/repos/{owner}/{repo}", get(by_name))
        .route("/repos/{owner}/{repo}/branches", get(branches))
        .route("/repos/{owner}/{repo}/branches/{*branch}", get(branch))
}

async fn list(State(cloud): State<Arc<Cloud>>, links: Links, parameters: Parameters) -> ApiResult {
    let page = parameters.page()?;
    let all = cloud.repositories.all().to_vec();
    let total = all.len();
    let mut bodies = Vec::new();
    for repository in page.of(all) {
        bodies.push(repository_body(&cloud, &links, &repository).await?);
    }
    Ok(parameters.paged(page, total, bodies))
}

async fn by_id(State(cloud): State<Arc<Cloud>>, links: Links, Path(id): Path<String>) -> ApiResult<Json<Value>> {
    let id = id.parse().map_err(|_| ApiError::not_found())?;
    let repository = cloud.repositories.by_id(id).ok_or_else(ApiError::not_found)?;
    full_body(&cloud, &links, &repository).await.map(Json)
}

async fn by_name(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    let repository = repository(&cloud, &owner, &name)?;
    full_body(&cloud, &links, &repository).await.map(Json)
}

/// The last parts of the addresses that a repository lists, beside the names of its fields.
const ADDRESSES: [(&str, &str); 38] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("svn_url", ""),
    ("url", ""),
];

/// What no local repository has.
fn absent() -> Value {
    json!({
        "archived": false,
        "disabled": false,
        "is_template": false,
        "topics": [],
        "has_issues": false,
        "has_projects": false,
        "has_wiki": false,
        "has_pages": false,
        "has_downloads": false,
        "has_discussions": false,
        "forks": 0,
        "forks_count": 0,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
    })
}

/// GitHub's `repository`: what stands in lists and inside pull requests.
pub(super) async fn repository_body(cloud: &Cloud, links: &Links, repository: &Repository) -> ApiResult<Value> {
    let default_branch = repository.refresh().await?;
    let mirror = &repository.mirror;
    let created = clock::to_iso(repository.created_at);
    let pushed = match repository.branch_tip(&default_branch).await? {
        Some(tip) => objects::commit(mirror, &tip).await?.map(|commit| commit.committer.date),
        None => None,
    };
    let open = cloud.store.pulls(repository.id)?.iter().filter(|pull| pull.open).count();
    let api = links.repository(repository);
    let page = links.repository_page(repository);
    let mut body = json!({
        "id": repository.id,
        "node_id": node_id::repository(repository.id),
        "name": repository.name,
        "full_name": repository.full_name(),
        "owner": simple_user(links),
        "private": true,
        "visibility": "private",
        "html_url": page,
        "description": null,
        "fork": false,
        "clone_url": format!("{page}.git"),
        "git_url": format!("{page}.git"),
        "ssh_url": format!("{page}.git"),
        "mirror_url": null,
        "homepage": null,
        "language": null,
        "license": null,
        "default_branch": default_branch,
        "open_issues": open,
        "open_issues_count": open,
        "size": 0,
        "allow_merge_commit": true,
        "allow_squash_merge": true,
        "allow_rebase_merge": true,
        "permissions": { "admin": true, "maintain": true, "push": true, "triage": true, "pull": true },
        "created_at": created,
        "updated_at": pushed.as_ref().unwrap_or(&created),
        "pushed_at": pushed.as_ref().unwrap_or(&created),
    });
    if let (Some(members), Value::Object(absent)) = (body.as_object_mut(), absent()) {
        members.extend(absent);
        let addresses = ADDRESSES.iter().map(|(field, rest)| ((*field).to_owned(), format!("{api}{rest}").into()));
        members.extend(addresses.collect::<Map<String, Value>>());
    }
    Ok(body)
}

/// GitHub's `full-repository`: what one repository alone answers.
async fn full_body(cloud: &Cloud, links: &Links, repository: &Repository) -> ApiResult<Value> {
    let mut body = repository_body(cloud, links, repository).await?;
    body["network_count"] = Value::from(0);
    body["subscribers_count"] = Value::from(0);
    Ok(body)
}

async fn branches(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name)): Path<(String, String)>,
    parameters: Parameters,
) -> ApiResult {
    let repository = repository(&cloud, &owner, &name)?;
    repository.refresh().await?;
    let mut all = objects::references(&repository.mirror, "refs/heads/").await?;
    if parameters.boolean("protected", false)? {
        all.clear();
    }
    let api = links.repository(&repository);
    parameters.page_of(all, |branch| {
        let name = branch.name.trim_start_matches("refs/heads/");
        json!({
            "name": name,
            "commit": { "sha": branch.sha, "url": format!("{api}/commits/{}", branch.sha) },
            "protected": false,
        })
    })
}

async fn branch(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, branch)): Path<(String, String, String)>,
) -> ApiResult<Json<Value>> {
    let repository = repository(&cloud, &owner, &name)?;
    repository.refresh().await?;
    let missing = || ApiError::new(axum::http::StatusCode::NOT_FOUND, "Branch not found");
    let tip = repository.branch_tip(&branch).await?.ok_or_else(missing)?;
    let commit = objects::commit(&repository.mirror, &tip).await?.ok_or_else(missing)?;
    let url = format!("{}/branches/{}", links.repository(&repository), escape(&branch));
    Ok(Json(json!({
        "name": branch,
        "commit": commit_body(&links, &repository, &commit),
        "_links": {
            "self": url,
            "html": format!("{}/tree/{}", links.repository_page(&repository), escape(&branch)),
        },
        "protected": false,
        "protection": {
            "enabled": false,
            "required_status_checks": { "enforcement_level": "off", "contexts": [], "checks": [] },
        },
        "protection_url": format!("{url}/protection"),
    })))
}
