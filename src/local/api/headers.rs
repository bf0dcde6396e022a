//! What every answer of the API carries: a request id, the rate limit, and an `ETag` that saves a second reading.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use crate::local::clock;

/// Nobody is limited here; the numbers are GitHub's for one user, always untouched.
pub(crate) const RATE_LIMIT: u64 = 5000;
/// Answers larger than this carry no `ETag`.
const TAGGED_LIMIT: usize = 64 << 20;

/// When the limit would be counted anew, in seconds since 1970.
pub(crate) fn rate_limit_reset() -> i64 {
    (clock::now() / 1000 / 3600 + 1) * 3600
}

/// Adds the request id and the rate limit to an answer, and answers 304 when the client holds this very body already.
pub(crate) async fn complete(request: Request, next: Next) -> Response {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let is_get = request.method() == Method::GET;
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let mut response = next.run(request).await;
    if is_get && response.status() == StatusCode::OK {
        response = tag(response, known.as_ref()).await;
    }
    let request_id = format!("{:X}:{:X}", clock::now(), COUNT.fetch_add(1, Ordering::Relaxed));
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    headers.insert("x-github-media-type", HeaderValue::from_static("github.v3; format=json"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert("x-github-request-id", value);
    }
    headers.insert("x-ratelimit-limit", HeaderValue::from(RATE_LIMIT));
    headers.insert("x-ratelimit-remaining", HeaderValue::from(RATE_LIMIT));
    headers.insert("x-ratelimit-used", HeaderValue::from(0));
    headers.insert("x-ratelimit-resource", HeaderValue::from_static("core"));
    headers.insert("x-ratelimit-reset", HeaderValue::from(rate_limit_reset()));
    response
}

async fn tag(response: Response, known: Option<&HeaderValue>) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = match axum::body::to_bytes(body, TAGGED_LIMIT).await {
        Ok(bytes) => bytes,
        Err(_) => {
            return ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "The answer is too large").into_response();
        }
    };
    let mut first = DefaultHasher::new();
    bytes.hash(&mut first);
    parts.headers.get(header::LINK).map(HeaderValue::as_bytes).hash(&mut first);
    let mut second = DefaultHasher::new();
    (first.finish(), &bytes).hash(&mut second);
    let value = format!("W/\"{:016x}{:016x}\"", first.finish(), second.finish());
    let same = known.and_then(|known| known.to_str().ok()).is_some_and(|known| {
        known.trim() == "*" || known.split(',').any(|one| one.trim().trim_start_matches("W/") == &value[2..])
    });
    if let Ok(value) = HeaderValue::from_str(&value) {
        parts.headers.insert(header::ETAG, value);
    }
    if same {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}
