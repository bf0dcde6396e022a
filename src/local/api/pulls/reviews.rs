//! Reviews of a pull request.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::Found;
use super::comments::{Draft, place};
use crate::local::api::account::simple_user;
use crate::local::api::error::{ApiError, ApiResult};
use crate::local::api::links::Links;
use crate::local::api::request::{JsonBody, Parameters};
use crate::local::repository::Repository;
use crate::local::store::pulls::Pull;
use crate::local::store::reviews::{NewComment, Review};
use crate::local::{Cloud, clock, objects};

const RESOURCE: &str = "PullRequestReview";

pub(super) async fn list(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Found { repository, standing }: Found,
    parameters: Parameters,
) -> ApiResult {
    let all = cloud.store.reviews(standing.pull.id)?;
    parameters.page_of(all, |review| review_body(&links, &repository, &standing.pull, &review))
}

pub(super) async fn one(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Found { repository, standing }: Found,
    Path((.., review)): Path<(String, String, String, String)>,
) -> ApiResult<Json<Value>> {
    let id: i64 = review.parse().map_err(|_| ApiError::not_found())?;
    let all = cloud.store.reviews(standing.pull.id)?;
    let review = all.into_iter().find(|review| review.id == id).ok_or_else(ApiError::not_found)?;
    Ok(Json(review_body(&links, &repository, &standing.pull, &review)))
}

pub(super) async fn create(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Found { repository, standing }: Found,
    body: JsonBody,
) -> ApiResult<Json<Value>> {
    let text = body.text(RESOURCE, "body")?.unwrap_or_default();
    let invalid = |field: &str, message: &str| ApiError::invalid_field(RESOURCE, field, "invalid", message);
    let state = match body.text(RESOURCE, "event")? {
        None => "PENDING",
        Some("APPROVE") => "APPROVED",
        Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
        Some("COMMENT") => "COMMENTED",
        Some(_) => return Err(invalid("event", "`event` must be APPROVE, REQUEST_CHANGES or COMMENT")),
    };
    let comments = match body.0.get("comments") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.clone(),
        Some(_) => return Err(invalid("comments", "`comments` must be a list")),
    };
    let wants_text = matches!(state, "CHANGES_REQUESTED" | "COMMENTED") && comments.is_empty();
    if wants_text && text.trim().is_empty() {
        return Err(invalid("body", "`body` is required for this event"));
    }
    let commit = match body.text(RESOURCE, "commit_id")? {
        None => standing.head.clone(),
        Some(given) => {
            let known = objects::commit(&repository.mirror, given).await?;
            known.ok_or_else(|| invalid("commit_id", "`commit_id` is not part of the pull request"))?.sha
        }
    };
    let mut drafts = Vec::new();
    for comment in comments {
        let Value::Object(members) = comment else {
            return Err(invalid("comments", "each of `comments` must be an object"));
        };
        let draft = Draft::read(&JsonBody(members))?;
        let place = place(&repository, &standing, &draft, &commit).await?;
        drafts.push(NewComment { in_reply_to: None, body: draft.body, place: Some(place) });
    }
    let review = cloud.store.create_review(standing.pull.id, (state, text, &commit), &drafts)?;
    Ok(Json(review_body(&links, &repository, &standing.pull, &review)))
}

fn review_body(links: &Links, repository: &Repository, pull: &Pull, review: &Review) -> Value {
    let url = format!("{}/pulls/{}", links.repository(repository), pull.number);
    let page = format!("{}/pull/{}", links.repository_page(repository), pull.number);
    let html = format!("{page}#pullrequestreview-{}", review.id);
    let mut body = json!({
        "id": review.id,
        "node_id": review.node_id,
        "user": simple_user(links),
        "body": review.body,
        "state": review.state,
        "commit_id": review.commit_id,
        "html_url": html,
        "pull_request_url": url,
        "author_association": "OWNER",
        "_links": { "html": { "href": html }, "pull_request": { "href": url } },
    });
    if let Some(submitted) = review.submitted_at {
        body["submitted_at"] = Value::from(clock::to_iso(submitted));
    }
    body
}
