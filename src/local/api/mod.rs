//! The HTTP face of the local cloud: the page at `/`, GitHub's shapes under `/api`.

pub(crate) mod account;
mod commits;
mod contents;
pub(crate) mod error;
mod git_data;
mod graphql;
pub(crate) mod guard;
pub(crate) mod headers;
pub(crate) mod links;
pub(crate) mod node_id;
mod pulls;
mod repositories;
pub(crate) mod request;
mod task_control;
mod tasks;

use std::sync::Arc;

use axum::{Router, middleware};

use self::error::ApiError;
use crate::local::repository::Repository;
use crate::local::{Cloud, site};

/// Everything the local cloud answers.
pub(crate) fn router(cloud: Arc<Cloud>) -> Router {
    let api = Router::new()
        .merge(account::routes())
        .merge(tasks::routes())
        .merge(task_control::routes())
        .merge(commits::routes())
        .merge(contents::routes())
        .merge(git_data::routes())
        .merge(graphql::routes())
        .merge(pulls::routes())
        .merge(repositories::routes())
        .fallback(|| async { ApiError::not_found() })
        .method_not_allowed_fallback(|| async { ApiError::not_found() })
        .layer(middleware::from_fn_with_state(Arc::clone(&cloud), guard::check_token))
        .layer(middleware::from_fn(headers::complete));
    Router::new()
        .nest("/api", api)
        .merge(site::routes(&cloud.site))
        .layer(middleware::from_fn_with_state(Arc::clone(&cloud), guard::check_source))
        .with_state(cloud)
}

/// The repository that a path names, or GitHub's 404.
pub(crate) fn repository(cloud: &Cloud, owner: &str, name: &str) -> Result<Arc<Repository>, ApiError> {
    cloud.repositories.by_name(owner, name).ok_or_else(ApiError::not_found)
}
