//! `POST /graphql`: a part of GitHub's GraphQL, answered from the same rows and the same git as the REST paths.

mod execute;
mod resolve;
mod schema;
mod validate;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use self::resolve::Resolver;
use self::schema::Schema;
use self::validate::GraphqlError;
use super::error::{ApiError, ApiResult};
use super::links::Links;
use super::request::JsonBody;
use crate::local::Cloud;

/// The longest document that is read.
const DOCUMENT_LIMIT: usize = 256 << 10;

pub(super) fn routes() -> Router<Arc<Cloud>> {
    Router::new().route("/graphql", post(answer))
}

async fn answer(State(cloud): State<Arc<Cloud>>, links: Links, body: JsonBody) -> ApiResult<Json<Value>> {
    let Some(text) = body.0.get("query").and_then(Value::as_str) else {
        return Err(ApiError::bad_request("A query attribute must be specified and must be a string."));
    };
    let none = Map::new();
    let variables = match body.0.get("variables") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(variables)) => variables,
        Some(_) => return Err(ApiError::bad_request("Variables must be an object.")),
    };
    let operation = body.0.get("operationName").and_then(Value::as_str);
    if text.len() > DOCUMENT_LIMIT {
        let message = format!("Query is longer than {DOCUMENT_LIMIT} bytes");
        return Ok(Json(json!({ "errors": [GraphqlError::plain(message)] })));
    }
    let schema = Schema::served().map_err(|message| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, message))?;
    let document = match validate::parse(text) {
        Ok(document) => document,
        Err(error) => return Ok(Json(json!({ "errors": [error] }))),
    };
    let request = match validate::check(schema, &document, operation, variables) {
        Ok(request) => request,
        Err(errors) => return Ok(Json(json!({ "errors": errors }))),
    };
    let resolver = Resolver::new(&cloud, &links);
    let (data, errors) = execute::execute(schema, &request, &resolver).await;
    let mut body = json!({ "data": data });
    if !errors.is_empty() {
        body["errors"] = json!(errors);
    }
    Ok(Json(body))
}
