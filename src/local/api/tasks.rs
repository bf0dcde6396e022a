//! The agent-tasks calls: the five that GitHub documents (<https://docs.github.com/rest/agent-tasks/agent-tasks>), and the
//! change of a task's name.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::error::{ApiError, ApiResult};
use super::request::{JsonBody, Parameters, base_address};
use crate::local::repository::{OWNER_ID, Repository};
use crate::local::store::tasks::{NewTask, Session, State as TaskState, Task, TaskFilter};
use crate::local::task::{self, brief};
use crate::local::{Cloud, clock, git};

/// What a 422 of these calls is about.
const RESOURCE: &str = "AgentTask";

/// The documented calls.
pub(super) fn routes() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/agents/repos/{owner}/{repo}/tasks", get(list_for_repository).post(create))
        .route("/agents/repos/{owner}/{repo}/tasks/{id}", get(get_in_repository))
        .route("/agents/tasks", get(list))
        .route("/agents/tasks/{id}", get(get_one).patch(rename))
}

async fn list(State(cloud): State<Arc<Cloud>>, parameters: Parameters, headers: HeaderMap) -> ApiResult {
    list_tasks(&cloud, &parameters, &headers, None)
}

async fn list_for_repository(
    State(cloud): State<Arc<Cloud>>,
    Path((owner, name)): Path<(String, String)>,
    parameters: Parameters,
    headers: HeaderMap,
) -> ApiResult {
    let repository = super::repository(&cloud, &owner, &name)?;
    let creators = parameters.all("creator_id");
    let ids: Result<Vec<i64>, _> = creators.iter().map(|id| id.parse()).collect();
    let ids = ids.map_err(|_| parameters.invalid("creator_id", "must be whole numbers"))?;
    if !ids.is_empty() && !ids.contains(&OWNER_ID) {
        let page = parameters.page()?;
        let body = json!({ "tasks": [], "total_active_count": 0, "total_archived_count": 0 });
        return Ok(parameters.paged(page, 0, body));
    }
    list_tasks(&cloud, &parameters, &headers, Some(repository.id))
}

fn list_tasks(cloud: &Cloud, parameters: &Parameters, headers: &HeaderMap, repository_id: Option<i64>) -> ApiResult {
    let page = parameters.page()?;
    let states = parameters.all("state").into_iter().map(|word| {
        TaskState::from_word(word).ok_or_else(|| {
            let words = TaskState::ALL.map(TaskState::word).join(", ");
            parameters.invalid("state", &format!("must be one or more of {words}"))
        })
    });
    let since = match parameters.get("since") {
        None | Some("") => None,
        Some(text) => {
            let time = clock::from_iso(text);
            Some(time.ok_or_else(|| parameters.invalid("since", "must be a time like 2025-01-01T00:00:00Z"))?)
        }
    };
    let filter = TaskFilter {
        repository_id,
        states: states.collect::<Result<_, _>>()?,
        archived: parameters.boolean("is_archived", false)?,
        since,
        by_creation: parameters.choice("sort", &["updated_at", "created_at"])? == "created_at",
        ascending: parameters.choice("direction", &["desc", "asc"])? == "asc",
        offset: page.offset(),
        count: page.size,
    };
    let found = cloud.store.list_tasks(&filter)?;
    let tasks: Vec<Value> = found.tasks.iter().map(|task| task_json(cloud, headers, task)).collect::<Result<_, _>>()?;
    let body = json!({
        "tasks": tasks,
        "total_active_count": found.active,
        "total_archived_count": found.archived,
    });
    Ok(parameters.paged(page, found.matching, body))
}

async fn get_in_repository(
    State(cloud): State<Arc<Cloud>>,
    Path((owner, name, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> ApiResult {
    let repository = super::repository(&cloud, &owner, &name)?;
    let task = find(&cloud, &id)?;
    if task.repository_id != repository.id {
        return Err(ApiError::not_found());
    }
    Ok(Json(detail_json(&cloud, &headers, &task)?).into_response())
}

async fn get_one(State(cloud): State<Arc<Cloud>>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let task = find(&cloud, &id)?;
    Ok(Json(detail_json(&cloud, &headers, &task)?).into_response())
}

async fn rename(
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: JsonBody,
) -> ApiResult {
    find(&cloud, &id)?;
    let name = body.required_text(RESOURCE, "name")?.trim();
    if name.chars().count() > brief::NAME_LIMIT {
        let message = format!("`name` must have at most {} characters", brief::NAME_LIMIT);
        return Err(ApiError::invalid_field(RESOURCE, "name", "invalid", message));
    }
    cloud.store.rename_task(&id, name)?;
    answer(&cloud, &headers, &id)
}

async fn create(
    State(cloud): State<Arc<Cloud>>,
    Path((owner, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: JsonBody,
) -> ApiResult {
    let repository = super::repository(&cloud, &owner, &name)?;
    let prompt = body.required_text(RESOURCE, "prompt")?;
    let model = body.text(RESOURCE, "model")?.filter(|model| !model.is_empty());
    let custom_agent = body.text(RESOURCE, "custom_agent")?.filter(|agent| !agent.is_empty());
    let create_pull_request = body.boolean(RESOURCE, "create_pull_request")?.unwrap_or(false);
    let base_ref = body.text(RESOURCE, "base_ref")?;
    let head_ref = body.text(RESOURCE, "head_ref")?;
    if model.is_some_and(|model| model.len() > 200 || model.contains(char::is_control)) {
        return Err(ApiError::invalid_field(RESOURCE, "model", "invalid", "`model` is not the name of a model"));
    }
    repository.fetch().await.map_err(|error| {
        ApiError::unprocessable(format!("{} cannot be read from where it came from: {error}", repository.full_name()))
    })?;
    let (base_ref, commit) = find_base(&repository, base_ref).await?;
    if let Some(agent) = custom_agent
        && task::custom_agent(&repository, &commit, agent).await?.is_none()
    {
        let message = format!("there is no `.github/agents/{agent}.agent.md` on the branch `{base_ref}`");
        return Err(ApiError::invalid_field(RESOURCE, "custom_agent", "invalid", message));
    }
    let id = clock::random_id()?;
    let name = brief::name(prompt);
    let head_ref = match head_ref.map(short_name) {
        // As at GitHub: without an open pull request the branch is not taken over.
        Some(head) if cloud.store.open_pull(repository.id, head, Some(&base_ref))?.is_some() => head.to_owned(),
        _ => brief::branch(&name, &id),
    };
    cloud.store.create_task(&NewTask {
        id: &id,
        session_id: &clock::random_id()?,
        repository_id: repository.id,
        name: &name,
        prompt,
        model,
        custom_agent,
        create_pull_request,
        base_ref: &base_ref,
        head_ref: &head_ref,
    })?;
    task::wake(&cloud, &id);
    let task = find(&cloud, &id)?;
    Ok((StatusCode::CREATED, Json(task_json(&cloud, &headers, &task)?)).into_response())
}

fn short_name(reference: &str) -> &str {
    reference.strip_prefix("refs/heads/").unwrap_or(reference)
}

async fn find_base(repository: &Repository, given: Option<&str>) -> ApiResult<(String, String)> {
    let name = match given.map(short_name).filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => repository.default_branch().await?,
    };
    let tip = if git::is_branch_name(&name) { repository.branch_tip(&name).await? } else { None };
    let message = || format!("`{name}` is not a branch of {}", repository.full_name());
    let tip = tip.ok_or_else(|| ApiError::invalid_field(RESOURCE, "base_ref", "invalid", message()))?;
    Ok((name, tip))
}

/// The task with this id, or GitHub's 404.
pub(super) fn find(cloud: &Cloud, id: &str) -> ApiResult<Task> {
    cloud.store.task(id)?.ok_or_else(ApiError::not_found)
}

/// A task's present state as the answer.
pub(super) fn answer(cloud: &Cloud, headers: &HeaderMap, id: &str) -> ApiResult<Response> {
    let task = find(cloud, id)?;
    Ok(Json(task_json(cloud, headers, &task)?).into_response())
}

fn task_json(cloud: &Cloud, headers: &HeaderMap, task: &Task) -> ApiResult<Value> {
    let mut artifacts = Vec::new();
    if let Some(pull) = task.pull_id.map(|id| cloud.store.pull_by_id(id)).transpose()?.flatten() {
        let data = json!({ "id": pull.id, "global_id": pull.node_id });
        artifacts.push(json!({ "provider": "github", "type": "pull", "data": data }));
    }
    if task.head_commit.is_some() {
        let data = json!({ "head_ref": task.head_ref, "base_ref": task.base_ref });
        artifacts.push(json!({ "provider": "github", "type": "branch", "data": data }));
    }
    let mut body = json!({
        "id": task.id,
        "name": task.name,
        "creator": { "id": OWNER_ID },
        "creator_type": "user",
        "owner": { "id": OWNER_ID },
        "repository": { "id": task.repository_id },
        "state": task.state.word(),
        "session_count": task.session_count,
        "artifacts": artifacts,
        "archived_at": task.archived_at.map(clock::to_iso),
        "created_at": clock::to_iso(task.created_at),
        "updated_at": clock::to_iso(task.updated_at),
    });
    // A task of a repository that the cloud was not started with this time still has its history, only no address.
    if let Some(repository) = cloud.repositories.by_id(task.repository_id) {
        let (base, name) = (base_address(headers), repository.full_name());
        body["url"] = json!(format!("{base}/api/agents/repos/{name}/tasks/{}", task.id));
        body["html_url"] = json!(format!("{base}/{name}/tasks/{}", task.id));
    }
    if let Some(agent) = &task.custom_agent {
        body["custom_agent"] = json!({ "id": agent });
    }
    Ok(body)
}

fn detail_json(cloud: &Cloud, headers: &HeaderMap, task: &Task) -> ApiResult<Value> {
    let mut body = task_json(cloud, headers, task)?;
    let sessions = cloud.store.sessions(&task.id)?;
    body["sessions"] = sessions.iter().map(|session| session_json(task, session)).collect();
    Ok(body)
}

fn session_json(task: &Task, session: &Session) -> Value {
    let mut body = json!({
        "id": session.id,
        "name": task.name,
        "user": { "id": OWNER_ID },
        "owner": { "id": OWNER_ID },
        "repository": { "id": task.repository_id },
        "task_id": task.id,
        "state": session.state.word(),
        "created_at": clock::to_iso(session.created_at),
        "updated_at": clock::to_iso(session.updated_at),
        "prompt": session.prompt,
        "head_ref": task.head_ref,
        "base_ref": task.base_ref,
        "model": task.model.as_deref().unwrap_or("auto"),
    });
    if let Some(time) = session.completed_at {
        body["completed_at"] = json!(clock::to_iso(time));
    }
    if let Some(error) = &session.error {
        body["error"] = json!({ "message": error });
    }
    body
}
