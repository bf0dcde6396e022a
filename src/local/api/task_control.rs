//! What GitHub's own clients can do with a task beyond the documented calls: read its events, steer it, archive it, and open
//! its pull request.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::error::{ApiError, ApiResult};
use super::request::{JsonBody, Parameters};
use super::tasks::{answer, find};
use crate::local::agent::Answer;
use crate::local::store::tasks::State as TaskState;
use crate::local::task::{self, AnswerOutcome, brief, transcript};
use crate::local::{Cloud, clock};

/// What a 422 of these calls is about.
const RESOURCE: &str = "AgentTask";

/// The calls beyond the documented ones.
pub(super) fn routes() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/agents/tasks/{id}/events", get(events))
        .route("/agents/tasks/{id}/steer", post(steer))
        .route("/agents/tasks/{id}/archive", post(archive))
        .route("/agents/tasks/{id}/unarchive", post(unarchive))
        .route("/agents/repos/{owner}/{repo}/tasks/{id}/pulls", post(open_pull))
}

async fn events(State(cloud): State<Arc<Cloud>>, Path(id): Path<String>, parameters: Parameters) -> ApiResult {
    find(&cloud, &id)?;
    let page = parameters.page()?;
    let (events, total) = cloud.store.events(&id, page.offset(), page.size)?;
    Ok(parameters.paged(page, total, json!({ "events": events, "total": total })))
}

async fn steer(State(cloud): State<Arc<Cloud>>, Path(id): Path<String>, body: JsonBody) -> ApiResult {
    let task = find(&cloud, &id)?;
    match body.required_text(RESOURCE, "type")? {
        "user_message" => {
            if task.archived_at.is_some() {
                return Err(ApiError::unprocessable("The task is archived; unarchive it to go on with it"));
            }
            let content = body.required_text(RESOURCE, "content")?;
            let is_running = matches!(task.state, TaskState::InProgress | TaskState::WaitingForUser);
            cloud.store.add_session(&clock::random_id()?, &id, content)?;
            if is_running {
                let message = "This agent cannot take messages while it works; yours is its next turn.";
                let data = json!({ "infoType": "queued", "message": message });
                transcript::record(&cloud.store, &id, "session.info", &data)?;
            }
            task::wake(&cloud, &id);
        }
        "abort" => {
            // A task that ended a moment ago has what was asked for.
            cloud.tasks.abort(&id);
        }
        "ask_user_response" => respond(&cloud, &id, body.required_text(RESOURCE, "content")?).await?,
        other => {
            let message = format!("`{other}` is not something that this task can be steered with");
            return Err(ApiError::invalid_field(RESOURCE, "type", "invalid", message));
        }
    }
    Ok(accepted())
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({}))).into_response()
}

/// The Copilot SDK's `UserInputResponse`, and the request that it answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserInputResponse {
    request_id: String,
    answer: String,
    #[serde(default)]
    was_freeform: bool,
}

async fn respond(cloud: &Cloud, id: &str, content: &str) -> ApiResult<()> {
    let invalid = |message: &str| ApiError::invalid_field(RESOURCE, "content", "invalid", message);
    let response: UserInputResponse = serde_json::from_str(content)
        .map_err(|_| invalid("`content` must be JSON with `requestId`, `answer` and `wasFreeform`"))?;
    let given = Answer { request: response.request_id, text: response.answer, freeform: response.was_freeform };
    match cloud.tasks.answer(id, given).await {
        AnswerOutcome::Accepted => Ok(()),
        AnswerOutcome::NoSuchQuestion => Err(ApiError::conflict("This question is not open (any more)")),
        AnswerOutcome::NotAChoice => Err(invalid("the answer must be one of the choices")),
    }
}

async fn archive(State(cloud): State<Arc<Cloud>>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let task = find(&cloud, &id)?;
    if task.archived_at.is_none() {
        cloud.store.archive_task(&id, true)?;
        cloud.tasks.tidy(&cloud.data, &id).await?;
    }
    answer(&cloud, &headers, &id)
}

async fn unarchive(State(cloud): State<Arc<Cloud>>, Path(id): Path<String>, headers: HeaderMap) -> ApiResult {
    let task = find(&cloud, &id)?;
    if task.archived_at.is_some() {
        cloud.store.archive_task(&id, false)?;
    }
    answer(&cloud, &headers, &id)
}

async fn open_pull(
    State(cloud): State<Arc<Cloud>>,
    Path((owner, name, id)): Path<(String, String, String)>,
) -> ApiResult {
    let repository = super::repository(&cloud, &owner, &name)?;
    let task = find(&cloud, &id)?;
    if task.repository_id != repository.id {
        return Err(ApiError::not_found());
    }
    if task.head_commit.is_none() {
        return Err(ApiError::unprocessable("The task has no branch yet: nothing was changed so far"));
    }
    let sessions = cloud.store.sessions(&id)?;
    let body = sessions.first().map(|session| brief::without_comments(&session.prompt)).unwrap_or_default();
    let pull_id = task::open_pull(&cloud, &task, body.trim())?;
    let pull = cloud.store.pull_by_id(pull_id)?.ok_or_else(ApiError::not_found)?;
    let body = json!({ "id": pull.id, "number": pull.number, "repository_id": pull.repository_id });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}
