//! Git Data: refs, commits, trees, blobs and tags, as they are in git.
//!
//! New objects go into the cloud's mirror; a ref goes to the origin, with the objects that it needs.

mod objects;
mod references;
mod trees;

pub(super) use self::references::told;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, extract::Path};
use serde_json::Value;

use super::error::ApiError;
use crate::local::Cloud;
use crate::local::clock;
use crate::local::objects::Signature;
use crate::local::repository::OWNER;

/// Owner, repository and the rest of a path.
type Named = Path<(String, String, String)>;

pub(super) fn routes() -> Router<Arc<Cloud>> {
    let at = |rest: &str| format!("/repos/{{owner}}/{{repo}}/git/{rest}");
    Router::new()
        .route(&at("ref/{*reference}"), get(references::one))
        .route(&at("matching-refs/{*prefix}"), get(references::matching))
        .route(&at("refs"), post(references::create))
        .route(&at("refs/{*reference}"), patch(references::update).delete(references::delete))
        .route(&at("commits"), post(objects::create_commit))
        .route(&at("commits/{sha}"), get(objects::commit))
        .route(&at("trees"), post(trees::create))
        .route(&at("trees/{*sha}"), get(trees::one))
        .route(&at("blobs"), post(objects::create_blob))
        .route(&at("blobs/{sha}"), get(objects::blob))
        .route(&at("tags"), post(objects::create_tag))
        .route(&at("tags/{sha}"), get(objects::tag))
}

/// 201 with the address of what was made.
fn created(body: Value) -> Response {
    let location = body["url"].as_str().unwrap_or_default().to_owned();
    (StatusCode::CREATED, [(header::LOCATION, location)], Json(body)).into_response()
}

/// The person of this machine, now.
pub(super) fn local_person() -> Signature {
    Signature { name: OWNER.to_owned(), email: "local@localhost".to_owned(), date: clock::to_iso(clock::now()) }
}

/// `{name, email, date?}` of a request; `otherwise` when it is not there.
fn signature(value: Option<&Value>, field: &str, otherwise: &Signature) -> Result<Signature, ApiError> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(otherwise.clone()) };
    let invalid = |part: &str| {
        ApiError::invalid_field(
            "Commit",
            field,
            "invalid",
            format!("`{field}.{part}` is missing or not what it should be"),
        )
    };
    let text = |part: &'static str| value[part].as_str().filter(|text| !text.trim().is_empty());
    let date = match &value["date"] {
        Value::Null => otherwise.date.clone(),
        date => {
            let milliseconds = date.as_str().and_then(clock::from_iso).ok_or_else(|| invalid("date"))?;
            clock::to_iso(milliseconds)
        }
    };
    Ok(Signature {
        name: text("name").ok_or_else(|| invalid("name"))?.to_owned(),
        email: text("email").ok_or_else(|| invalid("email"))?.to_owned(),
        date,
    })
}
