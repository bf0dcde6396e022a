//! The page at `/`: the files of one directory, under a strict policy, with the token in the first page only.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use tower_http::services::ServeDir;

use super::Cloud;
use super::repository::OWNER;

/// What the page may load and do: what its own `<meta>` says, where the reasons are, and `frame-ancestors`, which only a
/// header can carry.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
                      connect-src 'self' https: http://127.0.0.1:* http://localhost:*; base-uri 'none'; form-action 'none'; \
                      require-trusted-types-for 'script'; trusted-types lit-html dompurify 'allow-duplicates'; \
                      frame-ancestors 'none'";
/// The place for the token in the page.
const EMPTY_META: &str = "<meta name=\"cloud-agents-token\" content=\"\"";

/// The page and its assets.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The directory that `--page` names.
    pub(crate) directory: Option<PathBuf>,
    /// Whether the page at `/` holds the token.
    pub(crate) with_token: bool,
}

/// Everything that is not the API.
pub(crate) fn routes(site: &Site) -> Router<Arc<Cloud>> {
    let mut routes = Router::new()
        .route("/", get(first_page))
        .route("/index.html", get(|| async { Redirect::permanent("/") }))
        // Where every `html_url` leads: tasks, pull requests, commits and files of the page's own repositories.
        .route(&format!("/{OWNER}/{{*rest}}"), get(|| async { Redirect::to("/") }));
    if let Some(directory) = &site.directory {
        routes = routes.fallback_service(ServeDir::new(directory).append_index_html_on_directories(false));
    }
    routes.layer(middleware::from_fn(add_headers))
}

async fn first_page(State(cloud): State<Arc<Cloud>>) -> Response {
    let Some(directory) = &cloud.site.directory else {
        return (StatusCode::NOT_FOUND, "No page was given; start with --page DIR. The API is under /api.\n")
            .into_response();
    };
    let Ok(html) = tokio::fs::read_to_string(directory.join("index.html")).await else {
        let message = format!("There is no index.html in {}; build the page first.\n", directory.display());
        return (StatusCode::NOT_FOUND, message).into_response();
    };
    if !cloud.site.with_token {
        return Html(html).into_response();
    }
    let meta = format!("<meta name=\"cloud-agents-token\" content=\"{}\"", escape(&cloud.token));
    let html = if html.contains(EMPTY_META) {
        html.replacen(EMPTY_META, &meta, 1)
    } else {
        html.replacen("</head>", &format!("{meta}></head>"), 1)
    };
    Html(html).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

async fn add_headers(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let caching = match path.as_str() {
        "/" => "no-store",
        // Vite names these after their content.
        _ if path.starts_with("/assets/") && response.status().is_success() => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, caching),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    response
}
