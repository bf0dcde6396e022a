//! Comments: on a line of a pull request's diff, and in its conversation.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{BODY_LIMIT, Found};
use crate::local::api::account::simple_user;
use crate::local::api::error::{ApiError, ApiResult};
use crate::local::api::links::Links;
use crate::local::api::repository as named;
use crate::local::api::request::{JsonBody, Parameters};
use crate::local::diff;
use crate::local::hunk::{self, Side};
use crate::local::pull_request::Standing;
use crate::local::repository::Repository;
use crate::local::store::reviews::{Comment, NewComment, Place};
use crate::local::{Cloud, clock};

const RESOURCE: &str = "PullRequestReviewComment";

/// A comment on the diff as a request words it.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) body: String,
    path: String,
    line: Option<u64>,
    side: Side,
    start_line: Option<u64>,
    start_side: Option<Side>,
    position: Option<u64>,
    whole_file: bool,
}

impl Draft {
    /// Reads the fields; where the comment stands is checked by [`place`].
    pub(super) fn read(body: &JsonBody) -> ApiResult<Self> {
        let number = |field: &str| match body.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| invalid(field, "must be a positive whole number")),
        };
        let side = |field: &str| match body.text(RESOURCE, field)? {
            None => Ok(None),
            Some("LEFT") => Ok(Some(Side::Left)),
            Some("RIGHT") => Ok(Some(Side::Right)),
            Some(_) => Err(invalid(field, "must be LEFT or RIGHT")),
        };
        Ok(Self {
            body: comment_text(body)?.to_owned(),
            path: body.required_text(RESOURCE, "path")?.to_owned(),
            line: number("line")?,
            side: side("side")?.unwrap_or(Side::Right),
            start_line: number("start_line")?,
            start_side: side("start_side")?,
            position: number("position")?,
            whole_file: body.text(RESOURCE, "subject_type")? == Some("file"),
        })
    }
}

fn invalid(field: &str, why: &str) -> ApiError {
    ApiError::invalid_field(RESOURCE, field, "invalid", format!("{field} {why}"))
}

fn comment_text(body: &JsonBody) -> ApiResult<&str> {
    let text = body.required_text(RESOURCE, "body")?;
    if text.chars().count() > BODY_LIMIT {
        return Err(invalid("body", &format!("is too long (maximum is {BODY_LIMIT} characters)")));
    }
    Ok(text)
}

/// Finds the line that a draft names in the pull request's diff.
///
/// # Errors
/// 422 when it is not part of the diff.
pub(super) async fn place(
    repository: &Repository,
    standing: &Standing,
    draft: &Draft,
    commit: &str,
) -> ApiResult<Place> {
    let outside = |field: &str| invalid(field, "must be part of the diff");
    let parted = standing.parted.as_deref().ok_or_else(|| outside("path"))?;
    let mirror = &repository.mirror;
    let files = diff::files(mirror, parted, &standing.head).await?;
    let file = files.into_iter().find(|file| file.path == draft.path).ok_or_else(|| outside("path"))?;
    let place = Place { path: draft.path.clone(), commit_id: commit.to_owned(), ..Place::default() };
    if draft.whole_file {
        return Ok(place);
    }
    let mut files = [file];
    diff::read_patches(mirror, parted, &standing.head, &mut files, false).await?;
    let patch = files.into_iter().find_map(|file| file.patch).unwrap_or_default();
    let lines = hunk::lines(&patch);
    let at = |side: Side, number: u64| lines.iter().find(|line| line.number(side) == Some(number));
    let (line, side) = match (draft.line, draft.position) {
        (Some(number), _) => (at(draft.side, number).ok_or_else(|| outside("line"))?, draft.side),
        (None, Some(position)) => {
            let found = lines.iter().find(|line| line.position as u64 == position);
            let line = found.ok_or_else(|| outside("position"))?;
            (line, if line.right.is_some() { Side::Right } else { Side::Left })
        }
        (None, None) => return Err(invalid("line", "is required")),
    };
    let start_side = draft.start_side.unwrap_or(side);
    if let Some(start) = draft.start_line {
        let first = at(start_side, start).ok_or_else(|| outside("start_line"))?;
        if first.position >= line.position {
            return Err(invalid("start_line", "must precede the end line"));
        }
    }
    Ok(Place {
        side: Some(side.word().to_owned()),
        line: line.number(side).and_then(|number| i64::try_from(number).ok()),
        start_side: draft.start_line.map(|_| start_side.word().to_owned()),
        start_line: draft.start_line.and_then(|number| i64::try_from(number).ok()),
        diff_hunk: hunk::down_to(&patch, line),
        ..place
    })
}

pub(super) async fn on_the_diff(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Found { repository, standing }: Found,
    parameters: Parameters,
) -> ApiResult {
    let all = cloud.store.review_comments(standing.pull.id)?;
    parameters.page_of(all, |comment| diff_body(&links, &repository, standing.pull.number, &comment))
}

pub(super) async fn create_on_the_diff(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    found: Found,
    body: JsonBody,
) -> ApiResult {
    if let Some(parent) = body.0.get("in_reply_to").and_then(Value::as_i64) {
        return answer(&cloud, &links, &found, parent, &body);
    }
    let Found { repository, standing } = found;
    let draft = Draft::read(&body)?;
    let commit = body.required_text(RESOURCE, "commit_id")?;
    if !crate::local::git::is_object_id(commit) {
        return Err(invalid("commit_id", "is not part of the pull request"));
    }
    let place = place(&repository, &standing, &draft, commit).await?;
    let new = NewComment { in_reply_to: None, body: draft.body, place: Some(place) };
    let comment = cloud.store.create_comment(standing.pull.id, &new)?;
    Ok(created(diff_body(&links, &repository, standing.pull.number, &comment)))
}

pub(super) async fn reply(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    found: Found,
    Path((.., comment)): Path<(String, String, String, String)>,
    body: JsonBody,
) -> ApiResult {
    let parent = comment.parse().map_err(|_| ApiError::not_found())?;
    answer(&cloud, &links, &found, parent, &body)
}

fn answer(cloud: &Cloud, links: &Links, found: &Found, parent: i64, body: &JsonBody) -> ApiResult {
    let pull = &found.standing.pull;
    let parent = cloud.store.comment(parent)?.filter(|(at, comment)| *at == pull.id && comment.place.is_some());
    let (_, parent) = parent.ok_or_else(ApiError::not_found)?;
    let new = NewComment {
        // "Replies to replies are not supported": they join the first comment's thread.
        in_reply_to: Some(parent.in_reply_to.unwrap_or(parent.id)),
        body: comment_text(body)?.to_owned(),
        place: parent.place,
    };
    let comment = cloud.store.create_comment(pull.id, &new)?;
    Ok(created(diff_body(links, &found.repository, pull.number, &comment)))
}

pub(super) async fn one_on_the_diff(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, comment)): Path<(String, String, String)>,
) -> ApiResult<Json<Value>> {
    let (repository, number, comment) = stored(&cloud, &owner, &name, &comment)?;
    match comment.place {
        Some(_) => Ok(Json(diff_body(&links, &repository, number, &comment))),
        None => Err(ApiError::not_found()),
    }
}

pub(super) async fn one_said(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, comment)): Path<(String, String, String)>,
) -> ApiResult<Json<Value>> {
    let (repository, number, comment) = stored(&cloud, &owner, &name, &comment)?;
    match comment.place {
        None => Ok(Json(conversation_body(&links, &repository, number, &comment))),
        Some(_) => Err(ApiError::not_found()),
    }
}

/// A comment of one repository, and the number of its pull request.
fn stored(cloud: &Cloud, owner: &str, name: &str, id: &str) -> ApiResult<(Arc<Repository>, i64, Comment)> {
    let repository = named(cloud, owner, name)?;
    let id = id.parse().map_err(|_| ApiError::not_found())?;
    let (pull, comment) = cloud.store.comment(id)?.ok_or_else(ApiError::not_found)?;
    let pull = cloud.store.pull_by_id(pull)?.filter(|pull| pull.repository_id == repository.id);
    let pull = pull.ok_or_else(ApiError::not_found)?;
    Ok((repository, pull.number, comment))
}

pub(super) async fn conversation(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Found { repository, standing }: Found,
    parameters: Parameters,
) -> ApiResult {
    let all = cloud.store.conversation(standing.pull.id)?;
    parameters.page_of(all, |comment| conversation_body(&links, &repository, standing.pull.number, &comment))
}

pub(super) async fn say(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Found { repository, standing }: Found,
    body: JsonBody,
) -> ApiResult {
    let new = NewComment { body: comment_text(&body)?.to_owned(), ..NewComment::default() };
    let comment = cloud.store.create_comment(standing.pull.id, &new)?;
    Ok(created(conversation_body(&links, &repository, standing.pull.number, &comment)))
}

fn created(body: Value) -> Response {
    let location = body["url"].as_str().unwrap_or_default().to_owned();
    (StatusCode::CREATED, [(header::LOCATION, location)], Json(body)).into_response()
}

fn conversation_body(links: &Links, repository: &Repository, number: i64, comment: &Comment) -> Value {
    let api = links.repository(repository);
    let page = format!("{}/pull/{number}", links.repository_page(repository));
    json!({
        "id": comment.id,
        "node_id": comment.node_id,
        "url": format!("{api}/issues/comments/{}", comment.id),
        "html_url": format!("{page}#issuecomment-{}", comment.id),
        "issue_url": format!("{api}/issues/{number}"),
        "user": simple_user(links),
        "author_association": "OWNER",
        "body": comment.body,
        "created_at": clock::to_iso(comment.created_at),
        "updated_at": clock::to_iso(comment.updated_at),
    })
}

fn diff_body(links: &Links, repository: &Repository, number: i64, comment: &Comment) -> Value {
    let api = links.repository(repository);
    let url = format!("{api}/pulls/comments/{}", comment.id);
    let pull = format!("{api}/pulls/{number}");
    let page = format!("{}/pull/{number}", links.repository_page(repository));
    let html = format!("{page}#discussion_r{}", comment.id);
    let place = comment.place.clone().unwrap_or_default();
    let mut body = json!({
        "id": comment.id,
        "node_id": comment.node_id,
        "pull_request_review_id": comment.review_id,
        "url": url,
        "html_url": html,
        "pull_request_url": pull,
        "user": simple_user(links),
        "author_association": "OWNER",
        "body": comment.body,
        "path": place.path,
        "commit_id": place.commit_id,
        "original_commit_id": place.commit_id,
        "diff_hunk": place.diff_hunk,
        "subject_type": if place.line.is_some() { "line" } else { "file" },
        "start_line": place.start_line,
        "original_start_line": place.start_line,
        "start_side": place.start_side,
        "created_at": clock::to_iso(comment.created_at),
        "updated_at": clock::to_iso(comment.updated_at),
        "_links": {
            "self": { "href": url },
            "html": { "href": html },
            "pull_request": { "href": pull },
        },
    });
    // These are absent, never null, in GitHub's schema.
    let optional = [
        ("line", place.line.map(Value::from)),
        ("original_line", place.line.map(Value::from)),
        ("side", place.side.map(Value::from)),
        ("in_reply_to_id", comment.in_reply_to.map(Value::from)),
    ];
    for (field, value) in optional {
        if let Some(value) = value {
            body[field] = value;
        }
    }
    body
}
