//! Work that is not committed yet, put on a branch of its own through GitHub's Git Data API ("Git database" in the REST
//! reference): blobs, a tree, a commit, a reference. Nothing is ever pushed to a branch that was there before.

use serde_json::Value;

use super::Road;
use super::errors::Subject;
use crate::by_name::ByName;
use crate::error::{Error, ErrorCode, Result};
use crate::host::Method;
use crate::json::{self, Fields, Writer, items, string, text, within};
use crate::provider::{Base, BaseFile, Branches, Later, Push, PushedContent, PushedFile};

/// A longer text becomes a blob of its own, so that no request grows without bound.
const LONGEST_INLINE: usize = 256 * 1024;
/// Git's mode of a folder.
const FOLDER: &str = "040000";
/// The length of an id of git.
const ID: usize = 40;

impl Fields for Tree<'_> {
    fn fields(&self, out: &mut Writer) {
        out.text("base_tree", &self.0.base_tree);
        out.list("tree", &self.1);
    }
}

/// A tree that is made from another.
struct Tree<'a>(&'a Push, Vec<Entry<'a>>);

/// A path in it; where the bytes became a blob first, with that.
struct Entry<'a>(&'a PushedFile, Option<String>);

impl Fields for Entry<'_> {
    fn fields(&self, out: &mut Writer) {
        let Self(file, blob) = self;
        out.text("path", &file.path);
        out.text("mode", &file.mode);
        out.text("type", if file.mode == "160000" { "commit" } else { "blob" });
        match (blob, &file.content) {
            (Some(id), _) | (None, PushedContent::Object(id)) => out.text("sha", id),
            (None, PushedContent::Text(text)) => out.text("content", text),
            (None, _) => out.tree("sha", &Value::Null),
        }
    }
}

impl Branches for Road {
    fn base<'a>(&'a self, repository: &'a str, from: &'a str, paths: &'a [String]) -> Later<'a, Base> {
        Box::pin(async move {
            let is_id = from.len() == ID && from.bytes().all(|byte| byte.is_ascii_hexdigit());
            let mut commit = Some(from.to_owned());
            if !is_id {
                commit = self.branch_tip(repository, from).await?;
            }
            let tree = match &commit {
                Some(commit) => self.commit_tree(repository, commit).await?,
                None => None,
            };
            let (Some(commit), Some(tree)) = (commit, tree) else {
                let message = format!("{repository} does not have “{from}”.");
                return Err(self
                    .api
                    .fail(ErrorCode::NotFound, message)
                    .with_hint("Push the commits that the changes stand on, then hand off again."));
            };
            let mut files = Vec::new();
            let mut folders = ByName::default();
            for path in paths {
                let Some((mode, id)) = self.find(repository, &tree, path, &mut folders).await? else { continue };
                // What a submodule points to is in another repository.
                let content = if mode == "160000" { None } else { self.blob(repository, &id).await? };
                files.push(BaseFile { path: path.clone(), mode, id, content: content.unwrap_or_default() });
            }
            Ok(Base { commit, tree, files })
        })
    }

    fn push<'a>(&'a self, repository: &'a str, push: &'a Push) -> Later<'a, String> {
        Box::pin(async move {
            // Objects are named by what they hold: made again, they are the same. So is the tree, by which the branch of an
            // earlier try is known.
            let mut entries = Vec::new();
            for file in &push.files {
                let blob = match &file.content {
                    PushedContent::Bytes(bytes) => Some(self.create_blob(repository, bytes, "base64").await?),
                    PushedContent::Text(text) if text.len() > LONGEST_INLINE => {
                        Some(self.create_blob(repository, text, "utf-8").await?)
                    }
                    _ => None,
                };
                entries.push(Entry(file, blob));
            }
            let tree = self.create(repository, "trees", &Tree(push, entries)).await?;
            if let Some(commit) = self.pushed(repository, push, &tree).await? {
                return Ok(commit);
            }
            let commit = self.create(repository, "commits", &|out: &mut Writer| {
                out.text("message", &push.message);
                out.text("tree", &tree);
                out.texts("parents", std::slice::from_ref(&push.base_commit));
            });
            let commit = commit.await?;
            let reference = ["refs/heads/", &push.branch].concat();
            let created = self.create(repository, "refs", &|out: &mut Writer| {
                out.text("ref", &reference);
                out.text("sha", &commit);
            });
            let failed = created.await.err();
            match (self.pushed(repository, push, &tree).await?, failed) {
                (Some(commit), _) => Ok(commit),
                (None, Some(error)) => Err(error),
                (None, None) => Err(self.taken(push)),
            }
        })
    }

    fn remove<'a>(&'a self, repository: &'a str, branch: &'a str) -> Later<'a, ()> {
        let url = self.branch_url(repository, "refs", branch);
        let asked = self.api.write(Method::Delete, url, String::new(), Subject::Push);
        Box::pin(async move {
            match asked.await {
                Err(error) if !matches!(error.code, ErrorCode::NotFound | ErrorCode::Invalid) => Err(error),
                _ => Ok(()),
            }
        })
    }

    fn holds<'a>(&'a self, repository: &'a str, branch: &'a str, commit: &'a str) -> Later<'a, Option<bool>> {
        let range = [commit, "...", branch].concat();
        let url = self.api.rest_of(repository, &["compare", &range]).map(|mut url| {
            // The files, which may be many, are on the first page only.
            url.push_str("?per_page=1&page=2");
            url
        });
        let asked = self.said(url, &["status"]);
        Box::pin(async move { Ok(asked.await?.map(|status| status == "ahead" || status == "identical")) })
    }
}

impl Road {
    fn branch_url(&self, repository: &str, call: &str, branch: &str) -> Result<String> {
        let path: Vec<&str> = ["git", call, "heads"].into_iter().chain(branch.split('/')).collect();
        self.api.rest_of(repository, &path)
    }

    /// What one field of an object of git says; `None` when there is no such object.
    fn said<'a>(&'a self, url: Result<String>, path: &'static [&'static str]) -> Later<'a, Option<String>> {
        let asked = self.api.get(url, Subject::Branch);
        Box::pin(async move {
            match asked.await {
                Err(error) if matches!(error.code, ErrorCode::NotFound | ErrorCode::Invalid | ErrorCode::Conflict) => {
                    Ok(None)
                }
                Err(error) => Err(error),
                Ok(reply) => {
                    let answer = self.api.json(&reply)?;
                    let said = within(&answer, path).and_then(Value::as_str);
                    Ok(Some(said.ok_or_else(|| self.api.strange(&reply))?.to_owned()))
                }
            }
        })
    }

    /// The commit at the branch's head; none when there is no such branch.
    fn branch_tip<'a>(&'a self, repository: &str, branch: &str) -> Later<'a, Option<String>> {
        self.said(self.branch_url(repository, "ref", branch), &["object", "sha"])
    }

    fn commit_tree<'a>(&'a self, repository: &str, commit: &str) -> Later<'a, Option<String>> {
        self.said(self.api.rest_of(repository, &["git", "commits", commit]), &["tree", "sha"])
    }

    /// The commit at the head of the branch, if it holds what is pushed; `None` when there is no such branch.
    async fn pushed(&self, repository: &str, push: &Push, tree: &str) -> Result<Option<String>> {
        let Some(tip) = self.branch_tip(repository, &push.branch).await? else { return Ok(None) };
        match self.commit_tree(repository, &tip).await? {
            Some(held) if held == tree => Ok(Some(tip)),
            _ => Err(self.taken(push)),
        }
    }

    fn taken(&self, push: &Push) -> Error {
        self.api
            .fail(ErrorCode::Conflict, format!("The branch “{}” is not what was pushed to it.", push.branch))
            .with_hint("Somebody else pushes to it: start again, which makes a branch of its own.")
    }

    /// Mode and id of a path, folder by folder: the whole tree of a large repository is megabytes, and may be cut.
    async fn find(
        &self,
        repository: &str,
        tree: &str,
        path: &str,
        folders: &mut ByName<Value>,
    ) -> Result<Option<(String, String)>> {
        let mut found = (FOLDER.to_owned(), tree.to_owned());
        for name in path.split('/') {
            if found.0 != FOLDER {
                return Ok(None);
            }
            if folders.get(&found.1).is_none() {
                let url = self.api.rest_of(repository, &["git", "trees", &found.1]);
                let reply = self.api.get(url, Subject::Branch).await?;
                folders.insert(&found.1, self.api.json(&reply)?);
            }
            let held = folders.get(&found.1).map_or(&[][..], |folder| items(folder, "tree"));
            let Some(item) = held.iter().find(|item| text(item, "path") == Some(name)) else { return Ok(None) };
            let (Some(mode), Some(id)) = (string(item, "mode"), string(item, "sha")) else { return Ok(None) };
            found = (mode, id);
        }
        Ok(Some(found).filter(|found| found.0 != FOLDER))
    }

    /// The content of a file, in base64.
    fn blob<'a>(&'a self, repository: &str, id: &str) -> Later<'a, Option<String>> {
        self.said(self.api.rest_of(repository, &["git", "blobs", id]), &["content"])
    }

    fn create_blob<'a>(&'a self, repository: &str, content: &str, encoding: &str) -> Later<'a, String> {
        self.create(repository, "blobs", &|out: &mut Writer| {
            out.text("content", content);
            out.text("encoding", encoding);
        })
    }

    /// Creates an object or a reference; its id.
    fn create<'a>(&'a self, repository: &str, call: &str, body: &dyn Fields) -> Later<'a, String> {
        let url = self.api.rest_of(repository, &["git", call]);
        let asked = self.api.write(Method::Post, url, json::object(body), Subject::Push);
        Box::pin(async move {
            let reply = asked.await?;
            let answer = self.api.json(&reply)?;
            let id = text(&answer, "sha").or_else(|| within(&answer, &["object", "sha"]).and_then(Value::as_str));
            Ok(id.ok_or_else(|| self.api.strange(&reply))?.to_owned())
        })
    }
}
