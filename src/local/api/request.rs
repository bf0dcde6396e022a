//! Reading requests: query parameters, pages and JSON bodies, refused as GitHub refuses them.

use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, http::HeaderMap};
use futures::StreamExt as _;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::error::{ApiError, ApiResult};

/// The largest body that a request may have.
const BODY_LIMIT: usize = 8 << 20;
/// How long a client may pause within a body.
const BODY_PAUSE: Duration = Duration::from_secs(30);
/// How much of a larger one is read to its end.
const DISCARD_LIMIT: usize = 256 << 20;

/// The query string's parameters, and the address they came with.
#[derive(Debug, Clone)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    /// Scheme, host and path, to which links to other pages are written.
    address: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Ok(Self { pairs, address: format!("{}{}", base_address(&parts.headers), original_path(parts)) })
    }
}

/// `http://<host>`, as the client called us; the guard has checked that the name is ours.
pub(crate) fn base_address(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    format!("http://{host}")
}

fn original_path(parts: &Parts) -> String {
    let original = parts.extensions.get::<axum::extract::OriginalUri>().map(|uri| &uri.0);
    original.map_or_else(|| parts.uri.path(), Uri::path).to_owned()
}

impl Parameters {
    /// The first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter, which may be repeated, written with `[]`, or separated by commas.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let named = self.pairs.iter().filter(|(key, _)| key.strip_suffix("[]").unwrap_or(key) == name);
        named.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|value| !value.is_empty()).collect()
    }

    /// `true` or `false`; `default` when it is not there.
    pub(crate) fn boolean(&self, name: &str, default: bool) -> ApiResult<bool> {
        match self.get(name) {
            None | Some("") => Ok(default),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(_) => Err(self.invalid(name, "must be true or false")),
        }
    }

    /// One of the allowed words, the first of them when the parameter is not there.
    pub(crate) fn choice<'a>(&self, name: &str, allowed: &[&'a str]) -> ApiResult<&'a str> {
        let given = self.get(name).unwrap_or_default();
        let found = if given.is_empty() { allowed.first() } else { allowed.iter().find(|word| **word == given) };
        found.copied().ok_or_else(|| self.invalid(name, &format!("must be one of {}", allowed.join(", "))))
    }

    /// A 422 that names this parameter.
    pub(crate) fn invalid(&self, name: &str, why: &str) -> ApiError {
        ApiError::invalid_field("Query", name, "invalid", format!("`{name}` {why}"))
    }

    /// Which page is asked for: `page` (from 1) and `per_page` (1 to 100, 30 unless said).
    pub(crate) fn page(&self) -> ApiResult<Page> {
        let number = |name: &str, default: usize, most: usize| match self.get(name) {
            None | Some("") => Ok(default),
            Some(text) => match text.parse::<usize>() {
                Ok(number) if (1..=most).contains(&number) => Ok(number),
                _ => Err(self.invalid(name, &format!("must be a whole number from 1 to {most}"))),
            },
        };
        Ok(Page { number: number("page", 1, 1_000_000)?, size: number("per_page", 30, 100)? })
    }

    /// A JSON answer with the items of one page and the `Link` header that leads to the others: `rel="first"` always, `prev`
    /// and `next` where there are such pages, `last` only on the final page.
    pub(crate) fn paged(&self, page: Page, total: usize, body: impl Serialize) -> Response {
        let last = total.div_ceil(page.size).max(1);
        let mut links = Vec::new();
        if page.number < last {
            links.push(self.link(page, page.number + 1, "next"));
        }
        if page.number > 1 {
            links.push(self.link(page, (page.number - 1).min(last), "prev"));
        }
        links.push(self.link(page, 1, "first"));
        if page.number >= last {
            links.push(self.link(page, last, "last"));
        }
        let mut response = Json(body).into_response();
        if let Ok(value) = HeaderValue::from_str(&links.join(", ")) {
            response.headers_mut().insert(header::LINK, value);
        }
        response
    }

    /// The page that is asked for, out of a list that is there as a whole.
    pub(crate) fn page_of<T>(&self, all: Vec<T>, body: impl FnMut(T) -> Value) -> ApiResult {
        let page = self.page()?;
        let total = all.len();
        Ok(self.paged(page, total, page.of(all).into_iter().map(body).collect::<Vec<_>>()))
    }

    fn link(&self, page: Page, number: usize, relation: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let others = self.pairs.iter().filter(|(key, _)| key != "page" && key != "per_page");
        query.extend_pairs(others);
        query.append_pair("page", &number.to_string()).append_pair("per_page", &page.size.to_string());
        format!("<{}?{}>; rel=\"{relation}\"", self.address, query.finish())
    }
}

/// One page of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// From 1.
    pub(crate) number: usize,
    /// Items on a page.
    pub(crate) size: usize,
}

impl Page {
    /// How many items come before this page.
    pub(crate) fn offset(self) -> usize {
        (self.number - 1) * self.size
    }

    /// The items of this page, out of the whole list.
    pub(crate) fn of<T>(self, list: Vec<T>) -> Vec<T> {
        list.into_iter().skip(self.offset()).take(self.size).collect()
    }
}

/// A body up to [`BODY_LIMIT`]. One that is larger is read on without being kept: a connection that ends while the client
/// still sends looks like a broken network to it, and not like the answer 413.
async fn read_body(request: Request) -> ApiResult<Vec<u8>> {
    let mut body = request.into_body().into_data_stream();
    let mut bytes = Vec::new();
    let mut size = 0_usize;
    loop {
        let Ok(chunk) = timeout(BODY_PAUSE, body.next()).await else {
            return Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "The body did not go on"));
        };
        let Some(chunk) = chunk else { break };
        let chunk = chunk.map_err(|_| ApiError::bad_request("The body ended too early"))?;
        size = size.saturating_add(chunk.len());
        if size <= BODY_LIMIT {
            bytes.extend_from_slice(&chunk);
        } else if size > DISCARD_LIMIT {
            break;
        }
    }
    if size > BODY_LIMIT {
        let message = format!("The body is larger than {} MB", BODY_LIMIT >> 20);
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    Ok(bytes)
}

/// A JSON object as a request's body. A body that is empty counts as `{}`.
#[derive(Debug)]
pub(crate) struct JsonBody(pub(crate) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let bytes = read_body(request).await?;
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            Ok(_) => Err(ApiError::bad_request("Body should be a JSON object")),
            Err(_) => Err(ApiError::bad_request("Problems parsing JSON")),
        }
    }
}

impl JsonBody {
    /// A text; `None` when it is missing or null, a 422 when it is something else.
    pub(crate) fn text(&self, resource: &'static str, field: &str) -> ApiResult<Option<&str>> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ApiError::invalid_field(resource, field, "invalid", format!("`{field}` must be a string"))),
        }
    }

    /// A text that must be there and hold more than white space.
    pub(crate) fn required_text(&self, resource: &'static str, field: &str) -> ApiResult<&str> {
        match self.text(resource, field)? {
            None => Err(ApiError::invalid_field(resource, field, "missing_field", format!("`{field}` is required"))),
            Some(text) if text.trim().is_empty() => {
                Err(ApiError::invalid_field(resource, field, "invalid", format!("`{field}` must not be empty")))
            }
            Some(text) => Ok(text),
        }
    }

    /// `true` or `false`; `None` when it is missing or null, a 422 when it is something else.
    pub(crate) fn boolean(&self, resource: &'static str, field: &str) -> ApiResult<Option<bool>> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(ApiError::invalid_field(resource, field, "invalid", format!("`{field}` must be a boolean"))),
        }
    }
}
