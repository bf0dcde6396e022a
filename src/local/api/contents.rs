//! Files and directories as they stand in a commit: `/contents/{path}?ref=`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::commits::text;
use super::error::{ApiError, ApiResult};
use super::links::{Links, Media, escape};
use super::repository;
use super::request::Parameters;
use crate::local::objects::{self, Entry, EntryKind};
use crate::local::repository::Repository;
use crate::local::{Cloud, git};

/// "Between 1-100 MB: only the raw or object media types are supported"; the JSON then has no content.
const INLINE_LIMIT: u64 = 1 << 20;
/// The largest file that is read at all.
pub(super) const READ_LIMIT: u64 = 32 << 20;
/// "This API has an upper limit of 1,000 files for a directory."
const DIRECTORY_LIMIT: usize = 1_000;

pub(super) fn routes() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/repos/{owner}/{repo}/contents", get(root))
        .route("/repos/{owner}/{repo}/contents/", get(root))
        .route("/repos/{owner}/{repo}/contents/{*path}", get(at_path))
}

async fn root(
    state: State<Arc<Cloud>>,
    links: Links,
    Path((owner, name)): Path<(String, String)>,
    headers: HeaderMap,
    parameters: Parameters,
) -> ApiResult {
    at_path(state, links, Path((owner, name, String::new())), headers, parameters).await
}

async fn at_path(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, path)): Path<(String, String, String)>,
    headers: HeaderMap,
    parameters: Parameters,
) -> ApiResult {
    let repository = repository(&cloud, &owner, &name)?;
    let default = repository.refresh().await?;
    let reference = parameters.get("ref").filter(|name| !name.is_empty()).unwrap_or(&default);
    let Some(commit) = objects::resolve(&repository.mirror, reference).await? else {
        let message = format!("No commit found for the ref {reference}");
        return Err(ApiError::new(StatusCode::NOT_FOUND, message));
    };
    let path = clean(&path)?;
    let place = Place { links: &links, repository: &repository, commit: &commit, reference };
    let entry = objects::entry_at(&repository.mirror, &commit, path).await?.ok_or_else(ApiError::not_found)?;
    if entry.kind == EntryKind::Tree {
        let (entries, _) = objects::tree(&repository.mirror, &entry.sha, false, DIRECTORY_LIMIT).await?;
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let bodies = entries.into_iter().map(|entry| {
            let path = format!("{prefix}{}", entry.path);
            place.describe(&Entry { path, ..entry })
        });
        return Ok(Json(bodies.collect::<Vec<_>>()).into_response());
    }
    if entry.kind == EntryKind::Commit {
        return Ok(Json(place.submodule(&entry).await?).into_response());
    }
    let size = entry.size.unwrap_or_default();
    if size > READ_LIMIT {
        return Err(too_large());
    }
    let raw = Media::asked(&headers) == Media::Raw;
    let content = if raw || size <= INLINE_LIMIT {
        objects::blob(&repository.mirror, &entry.sha, READ_LIMIT as usize).await?
    } else {
        Vec::new()
    };
    if raw {
        return Ok(text("application/vnd.github.raw; charset=utf-8", content));
    }
    let mut body = place.describe(&entry);
    if entry.mode == "120000" {
        body["target"] = Value::from(String::from_utf8_lossy(&content));
    } else if size > INLINE_LIMIT {
        body["encoding"] = Value::from("none");
        body["content"] = Value::from("");
    } else {
        body["encoding"] = Value::from("base64");
        body["content"] = Value::from(wrapped(&content));
    }
    Ok(Json(body).into_response())
}

/// 403 with the code that clients look for.
pub(super) fn too_large() -> ApiError {
    ApiError::too_large(format!("This API returns blobs up to {} MB in size.", READ_LIMIT >> 20))
}

/// Base64 in lines, as GitHub writes it.
pub(super) fn wrapped(content: &[u8]) -> String {
    const LINE: usize = 60;
    let encoded = STANDARD.encode(content);
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    for (index, letter) in encoded.chars().enumerate() {
        if index > 0 && index % LINE == 0 {
            lines.push('\n');
        }
        lines.push(letter);
    }
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines
}

/// A path inside the repository, without slashes around it.
fn clean(path: &str) -> ApiResult<&str> {
    let path = path.trim_matches('/');
    let odd = |part: &str| part.is_empty() || part == "." || part == "..";
    if path.contains('\0') || (!path.is_empty() && path.split('/').any(odd)) {
        return Err(ApiError::unprocessable("path contains a malformed path component"));
    }
    Ok(path)
}

struct Place<'a> {
    links: &'a Links,
    repository: &'a Repository,
    commit: &'a str,
    reference: &'a str,
}

impl Place<'_> {
    fn describe(&self, entry: &Entry) -> Value {
        let api = self.links.repository(self.repository);
        let page = self.links.repository_page(self.repository);
        let path = escape(&entry.path);
        let reference: String = url::form_urlencoded::byte_serialize(self.reference.as_bytes()).collect();
        let (word, object) = match (entry.kind, entry.mode.as_str()) {
            (EntryKind::Tree, _) => ("dir", "trees"),
            (EntryKind::Commit, _) => ("submodule", "commits"),
            (_, "120000") => ("symlink", "blobs"),
            _ => ("file", "blobs"),
        };
        let url = format!("{api}/contents/{path}?ref={reference}");
        let html = format!("{page}/blob/{}/{path}", self.commit);
        let git = (word != "submodule").then(|| format!("{api}/git/{object}/{}", entry.sha));
        let download = (word == "file").then(|| format!("{page}/raw/{}/{path}", self.commit));
        json!({
            "type": word,
            "name": entry.path.rsplit('/').next().unwrap_or_default(),
            "path": entry.path,
            "sha": entry.sha,
            "size": entry.size.unwrap_or_default(),
            "url": url,
            "git_url": git,
            "html_url": html,
            "download_url": download,
            "_links": { "self": url, "git": git, "html": html },
        })
    }

    /// A submodule, with the address that `.gitmodules` has for it: a link for a person, never fetched from here.
    async fn submodule(&self, entry: &Entry) -> ApiResult<Value> {
        let mut body = self.describe(entry);
        let mirror = &self.repository.mirror;
        let listed = objects::entry_at(mirror, self.commit, ".gitmodules").await?;
        let text = match listed.filter(|file| file.kind == EntryKind::Blob) {
            Some(file) => match objects::blob(mirror, &file.sha, INLINE_LIMIT as usize).await {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(git::GitError::TooMuchOutput { .. }) => String::new(),
                Err(error) => return Err(error.into()),
            },
            None => String::new(),
        };
        let address = submodule_address(&text, &entry.path);
        let address = address.filter(|address| url::Url::parse(address).is_ok());
        body["submodule_git_url"] = Value::from(address.unwrap_or("about:blank"));
        Ok(body)
    }
}

/// The `url` in the section of a `.gitmodules` whose `path` is the one asked for.
fn submodule_address<'a>(text: &'a str, path: &str) -> Option<&'a str> {
    let value = |section: &'a str, wanted: &str| {
        section.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == wanted).then(|| value.trim())
        })
    };
    let sections = text.split("[submodule ").skip(1);
    sections.filter(|section| value(section, "path") == Some(path)).find_map(|section| value(section, "url"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_comes_in_lines_of_sixty() {
        let text = wrapped(&[b'x'; 100]);
        assert!(text.lines().all(|line| line.len() <= 60));
        assert_eq!(STANDARD.decode(text.replace('\n', "")).unwrap(), [b'x'; 100]);
        assert_eq!(wrapped(b""), "");
    }

    #[test]
    fn a_path_cannot_leave_the_tree() {
        assert_eq!(clean("/src/a.rs/").unwrap(), "src/a.rs");
        assert_eq!(clean("").unwrap(), "");
        for path in ["../x", "a/../b", "a//b", "./a", "a\0b"] {
            assert!(clean(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_submodule_is_found_by_its_path() {
        let text = "[submodule \"a\"]\n\tpath = one\n\turl = https://example.org/a\n[submodule \"b\"]\n\turl = https://example.org/b\n\tpath = two\n";
        assert_eq!(submodule_address(text, "two"), Some("https://example.org/b"));
        assert_eq!(submodule_address(text, "three"), None);
    }
}
