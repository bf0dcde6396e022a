//! The addresses in answers: those of the API, and those of the page.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use url::form_urlencoded::byte_serialize;

use super::request::base_address;
use crate::local::repository::Repository;

/// Builds addresses under the host name that the client called, so that it can follow them with its token.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    origin: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Links {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self { origin: base_address(&parts.headers) })
    }
}

impl Links {
    /// An address of the page; `path` begins with a slash.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// An address of the API; `path` begins with a slash.
    pub(crate) fn api(&self, path: &str) -> String {
        format!("{}/api{path}", self.origin)
    }

    /// A repository's place in the API.
    pub(crate) fn repository(&self, repository: &Repository) -> String {
        self.api(&format!("/repos/{}", repository.full_name()))
    }

    /// A repository's place on the page.
    pub(crate) fn repository_page(&self, repository: &Repository) -> String {
        self.page(&format!("/{}", repository.full_name()))
    }
}

/// A path or branch name as part of an address: its slashes stay.
pub(crate) fn escape(path: &str) -> String {
    let segment = |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// What a client asks to read, besides JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    Json,
    /// The bytes of a file.
    Raw,
    /// A unified diff.
    Diff,
    /// Mails as `git format-patch` writes them.
    Patch,
    /// A commit's id alone.
    Sha,
}

impl Media {
    /// Reads `Accept`: `application/vnd.github.raw+json` and its kin, with or without a version.
    pub(crate) fn asked(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let words = accept.split([',', ';']).filter_map(|kind| kind.trim().strip_prefix("application/vnd.github."));
        for word in words {
            let word = word.trim_start_matches("v3.").trim_end_matches("+json");
            return match word {
                "raw" => Self::Raw,
                "diff" => Self::Diff,
                "patch" => Self::Patch,
                "sha" => Self::Sha,
                _ => continue,
            };
        }
        Self::Json
    }
}
