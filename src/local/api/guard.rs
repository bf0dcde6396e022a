//! Who may talk to the local cloud: its own host names, its own origin and those named, and only with the token.
//!
//! A page on any other site can send requests to a loopback port; a name that resolves to 127.0.0.1 can make such a page
//! "same-origin". So the `Host` and the `Origin` are checked before anything else, and the token after them. The origins that
//! were named are let in to the API only: the page at `/` holds the token, which is for the page's own origin.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use super::error::ApiError;
use crate::local::Cloud;

/// What a page of another origin may read of an answer.
const EXPOSED: &str = "ETag, Link, Location, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, \
                       X-RateLimit-Resource, X-RateLimit-Reset, X-GitHub-Request-Id";
/// What a page of another origin may send.
const ALLOWED_HEADERS: &str =
    "Authorization, Content-Type, If-None-Match, Accept, X-GitHub-Api-Version, GraphQL-Features";
const ALLOWED_METHODS: &str = "GET, POST, PATCH, PUT, DELETE";

/// Refuses requests by `Host` and `Origin`, for the page and the API alike, and writes the CORS headers.
pub(crate) async fn check_source(State(cloud): State<Arc<Cloud>>, request: Request, next: Next) -> Response {
    if !has_own_host(&request, cloud.port) {
        return ApiError::forbidden("This host name is not one of the local cloud's own (127.0.0.1, localhost)")
            .into_response();
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let Some(origin) = origin else {
        return next.run(request).await;
    };
    let own = is_own_origin(&origin, cloud.port);
    if !own && !request.uri().path().starts_with("/api/") {
        return ApiError::forbidden("The page is for its own origin only; other origins may be allowed to use the API")
            .into_response();
    }
    if !own && !cloud.allowed_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()) {
        return ApiError::forbidden("This origin is not allowed; start the local cloud with --allow-origin to name it")
            .into_response();
    }
    let preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if !own {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        if preflight {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(ALLOWED_METHODS));
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED_HEADERS));
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
            // Chromium asks for this before a page of a public address may reach a loopback one.
            headers.insert("access-control-allow-private-network", HeaderValue::from_static("true"));
        }
    }
    response
}

/// Refuses an API call without the token.
pub(crate) async fn check_token(State(cloud): State<Arc<Cloud>>, request: Request, next: Next) -> Response {
    let Some(given) = bearer(request.headers()) else {
        return ApiError::unauthorized("Requires authentication").into_response();
    };
    if !bool::from(given.as_bytes().ct_eq(cloud.token.as_bytes())) {
        return ApiError::unauthorized("Bad credentials").into_response();
    }
    next.run(request).await
}

/// The token of `Authorization: Bearer …`, or `token …`, which GitHub takes as well.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token")).then(|| token.trim())
}

fn has_own_host(request: &Request, port: u16) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => return false,
    };
    // A request line with an absolute address outranks the Host header.
    let address = request.uri().authority().map_or(host, |authority| authority.as_str());
    [host, address].iter().all(|name| is_own_name(name, port))
}

fn is_own_name(name: &str, port: u16) -> bool {
    let own = name.rsplit_once(':').filter(|(_, given)| given.parse() == Ok(port));
    own.is_some_and(|(host, _)| host == "127.0.0.1" || host.eq_ignore_ascii_case("localhost"))
}

fn is_own_origin(origin: &HeaderValue, port: u16) -> bool {
    let name = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
    name.is_some_and(|name| is_own_name(name, port))
}
