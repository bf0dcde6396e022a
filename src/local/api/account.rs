//! The one account of the local cloud, and its rate limit.

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::headers::{RATE_LIMIT, rate_limit_reset};
use super::links::Links;
use super::node_id;
use crate::local::Cloud;
use crate::local::repository::{OWNER, OWNER_ID};

/// `/user` and `/rate_limit`.
pub(super) fn routes() -> Router<Arc<Cloud>> {
    Router::new().route("/user", get(user)).route("/rate_limit", get(rate_limit))
}

async fn user(links: Links) -> Json<Value> {
    let mut user = simple_user(&links);
    let more = json!({
        "name": "Local cloud",
        "company": null,
        "blog": "",
        "location": null,
        "email": null,
        "hireable": null,
        "bio": null,
        "twitter_username": null,
        "private_gists": 0,
        "total_private_repos": 0,
        "owned_private_repos": 0,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": false,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-01T00:00:00Z",
    });
    if let (Some(user), Value::Object(more)) = (user.as_object_mut(), more) {
        user.extend(more);
    }
    Json(user)
}

/// The account in the short form in which it stands inside other answers (`simple-user`).
pub(crate) fn simple_user(links: &Links) -> Value {
    let url = |path: &str| links.api(&format!("/users/{OWNER}{path}"));
    json!({
        "login": OWNER,
        "id": OWNER_ID,
        "node_id": node_id::user(),
        // A picture that costs no request and shows nothing.
        "avatar_url": "data:,",
        "gravatar_id": "",
        "url": url(""),
        "html_url": links.page(&format!("/{OWNER}")),
        "followers_url": url("/followers"),
        "following_url": url("/following{/other_user}"),
        "gists_url": url("/gists{/gist_id}"),
        "starred_url": url("/starred{/owner}{/repo}"),
        "subscriptions_url": url("/subscriptions"),
        "organizations_url": url("/orgs"),
        "repos_url": url("/repos"),
        "events_url": url("/events{/privacy}"),
        "received_events_url": url("/received_events"),
        "type": "User",
        "site_admin": false,
    })
}

async fn rate_limit() -> Json<Value> {
    let limit = json!({ "limit": RATE_LIMIT, "used": 0, "remaining": RATE_LIMIT, "reset": rate_limit_reset() });
    Json(json!({ "resources": { "core": limit, "search": limit, "graphql": limit }, "rate": limit }))
}
