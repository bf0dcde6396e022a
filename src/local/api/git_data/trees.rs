//! Trees: read, and made from another tree and a list of changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{Named, created};
use crate::local::api::error::{ApiError, ApiResult};
use crate::local::api::links::Links;
use crate::local::api::repository;
use crate::local::api::request::{JsonBody, Parameters};
use crate::local::git::{GitError, is_object_id};
use crate::local::objects::{self, Entry, EntryKind};
use crate::local::repository::Repository;
use crate::local::{Cloud, clock};

const RESOURCE: &str = "Tree";
/// "The limit for the tree array is 100,000 entries ... when using the recursive parameter."
const MAX_ENTRIES: usize = 100_000;

pub(super) async fn one(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name, sha)): Named,
    parameters: Parameters,
) -> ApiResult<Json<Value>> {
    let repository = repository(&cloud, &owner, &name)?;
    repository.refresh().await?;
    let tree = tree_of(&repository, &sha).await?.ok_or_else(ApiError::not_found)?;
    // "Setting this parameter to any value (even 0 or false) returns objects recursively."
    let recursive = parameters.get("recursive").is_some_and(|given| !given.is_empty());
    tree_body(&links, &repository, &tree, recursive).await.map(Json)
}

/// The tree that an id or a branch leads to.
async fn tree_of(repository: &Repository, name: &str) -> ApiResult<Option<String>> {
    let mirror = &repository.mirror;
    if is_object_id(name) && objects::kind(mirror, name).await?.as_deref() == Some("tree") {
        return Ok(Some(name.to_owned()));
    }
    let Some(commit) = objects::resolve(mirror, name).await? else { return Ok(None) };
    Ok(objects::commit(mirror, &commit).await?.map(|commit| commit.tree))
}

async fn tree_body(links: &Links, repository: &Repository, sha: &str, recursive: bool) -> ApiResult<Value> {
    let (entries, truncated) = objects::tree(&repository.mirror, sha, recursive, MAX_ENTRIES).await?;
    let api = links.repository(repository);
    let entry_body = |entry: &Entry| {
        let mut body = json!({ "path": entry.path, "mode": entry.mode, "type": entry.kind.word(), "sha": entry.sha });
        if let Some(size) = entry.size {
            body["size"] = Value::from(size);
        }
        if entry.kind != EntryKind::Commit {
            body["url"] = Value::from(format!("{api}/git/{}s/{}", entry.kind.word(), entry.sha));
        }
        body
    };
    let list: Vec<Value> = entries.iter().map(entry_body).collect();
    Ok(json!({ "sha": sha, "url": format!("{api}/git/trees/{sha}"), "tree": list, "truncated": truncated }))
}

pub(super) async fn create(
    State(cloud): State<Arc<Cloud>>,
    links: Links,
    Path((owner, name)): Path<(String, String)>,
    body: JsonBody,
) -> ApiResult<Response> {
    let repository = repository(&cloud, &owner, &name)?;
    let mut files = Files::default();
    if let Some(base) = body.text(RESOURCE, "base_tree")? {
        let base = tree_of(&repository, base).await?;
        let base = base.ok_or_else(|| ApiError::unprocessable("base_tree is not a valid tree"))?;
        files.add_tree(&repository, "", &base).await?;
    }
    let changes = match body.0.get("tree") {
        Some(Value::Array(changes)) if changes.len() <= MAX_ENTRIES => changes,
        _ => {
            return Err(ApiError::invalid_field(RESOURCE, "tree", "missing_field", "`tree` must be a list of entries"));
        }
    };
    for change in changes {
        files.change(&repository, change).await?;
    }
    let sha = files.write(&repository).await?;
    let body = tree_body(&links, &repository, &sha, false).await?;
    Ok(created(body))
}

/// The files of a tree by their paths: mode and object.
#[derive(Debug, Default)]
struct Files(BTreeMap<String, (String, String)>);

impl Files {
    async fn add_tree(&mut self, repository: &Repository, prefix: &str, sha: &str) -> ApiResult<()> {
        let (entries, more) = objects::tree(&repository.mirror, sha, true, MAX_ENTRIES).await?;
        if more {
            return Err(ApiError::unprocessable("The tree has too many entries"));
        }
        for entry in entries.into_iter().filter(|entry| entry.kind != EntryKind::Tree) {
            self.0.insert(format!("{prefix}{}", entry.path), (entry.mode, entry.sha));
        }
        Ok(())
    }

    /// Takes away what stands at a path: a file, or all that is below it.
    fn clear(&mut self, path: &str) {
        let below = format!("{path}/");
        self.0.retain(|name, _| name != path && !name.starts_with(&below));
    }

    async fn change(&mut self, repository: &Repository, change: &Value) -> ApiResult<()> {
        let invalid = |field: &str| {
            ApiError::invalid_field(RESOURCE, format!("tree.{field}"), "invalid", format!("tree.{field} is not valid"))
        };
        let path = change["path"].as_str().unwrap_or_default();
        let is_path = !path.contains('\0') && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !is_path || path.split('/').any(|part| part.eq_ignore_ascii_case(".git")) {
            return Err(invalid("path"));
        }
        self.clear(path);
        if change.get("sha").is_some_and(Value::is_null) {
            return Ok(());
        }
        // A file takes the place of one that stood where a directory of its path must be.
        for (index, _) in path.match_indices('/') {
            self.0.remove(&path[..index]);
        }
        let mode = change["mode"].as_str().unwrap_or("100644");
        let mirror = &repository.mirror;
        let sha = match (change["sha"].as_str(), change["content"].as_str()) {
            (Some(_), Some(_)) => return Err(ApiError::unprocessable("Must supply either tree.sha or tree.content")),
            (Some(sha), None) => sha.to_owned(),
            (None, Some(content)) => objects::write_blob(mirror, content.as_bytes().to_vec()).await?,
            (None, None) => return Err(invalid("sha")),
        };
        let kind = if mode == "160000" && is_object_id(&sha) {
            // The commit of a submodule lies in another repository.
            Some("commit".to_owned())
        } else {
            objects::kind(mirror, &sha).await?
        };
        match (mode, kind.as_deref()) {
            ("040000", Some("tree")) => self.add_tree(repository, &format!("{path}/"), &sha).await,
            ("100644" | "100755" | "120000", Some("blob")) | ("160000", Some("commit")) => {
                self.0.insert(path.to_owned(), (mode.to_owned(), sha));
                Ok(())
            }
            (_, None) => Err(invalid("sha")),
            _ => Err(invalid("mode")),
        }
    }

    /// Stores the tree: through an index of its own, so that git checks each path as it would check a commit's.
    async fn write(self, repository: &Repository) -> ApiResult<String> {
        if self.0.is_empty() {
            let sha = objects::git(&repository.mirror).args(["mktree", "-z"]).text().await?;
            return Ok(sha);
        }
        let mut records = Vec::new();
        for (path, (mode, sha)) in &self.0 {
            records.extend_from_slice(format!("{mode} {sha}\t{path}\0").as_bytes());
        }
        let index = repository.mirror.join(format!("tree-{}.index", clock::random_id()?));
        let git = || objects::git(&repository.mirror).index(&index);
        let done = async {
            git().args(["update-index", "-z", "--index-info"]).input(records).run().await?;
            git().args(["write-tree"]).text().await
        };
        let done = done.await;
        // What git did not come to write is not there to be removed.
        let _ = tokio::fs::remove_file(&index).await;
        match done {
            Ok(sha) => Ok(sha),
            Err(GitError::Failed { complaint, .. }) => Err(ApiError::unprocessable(complaint)),
            Err(error) => Err(error.into()),
        }
    }
}
