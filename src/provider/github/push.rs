//! Work that is not committed yet, put on a branch of its own through GitHub's Git Data API ("Git database" in the REST
//! reference): blobs, a tree, a commit, a reference. Nothing is ever pushed to a branch that was there before.

use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Road;
use super::errors::Subject;
use crate::error::{Error, ErrorCode, Result};
use crate::handoff::{Change, FileEdit, apply};
use crate::host::Method;
use crate::json::{self, Fields, Writer, flag, items, text, within};
use crate::provider::{Later, Push};

const PLAIN_FILE: &str = "100644";
/// Where git's mode of a file stands in a diff.
const NEW_MODES: [&str; 2] = ["new mode ", "new file mode "];

/// The files of the base commit: mode and object by path.
#[derive(Debug, Default)]
struct Base {
    tree: String,
    files: BTreeMap<String, (String, String)>,
    /// The server left files out.
    is_cut: bool,
}

/// What becomes of a path in the new tree.
#[derive(Debug)]
struct Entry {
    path: String,
    mode: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// An object that the repository has.
    Object(String),
    /// Text that is sent with the tree.
    Text(String),
    /// Bytes that become a blob first.
    Bytes(Vec<u8>),
    /// The path goes.
    Gone,
}

impl Fields for Entry {
    fn fields(&self, out: &mut Writer) {
        out.text("path", &self.path);
        out.text("mode", &self.mode);
        out.text("type", "blob");
        match &self.content {
            Content::Object(sha) => out.text("sha", sha),
            Content::Text(text) => out.text("content", text),
            Content::Bytes(_) | Content::Gone => out.tree("sha", &Value::Null),
        }
    }
}

impl Road {
    /// See [`Branches::push`](crate::provider::Branches::push).
    pub(super) async fn push(&self, push: &Push) -> Result<String> {
        if let Some(commit) = self.branch_tip(push).await? {
            // An earlier try came as far as this.
            return Ok(commit);
        }
        let base = self.base(push).await?;
        let mut entries = Vec::new();
        for edit in &push.changes {
            self.entries(push, &base, edit, &mut entries).await?;
        }
        let tree = self.create(push, "trees", &|out: &mut Writer| {
            out.text("base_tree", &base.tree);
            out.list("tree", &entries);
        });
        let tree = tree.await?;
        let commit = self.create(push, "commits", &|out: &mut Writer| {
            out.text("message", &push.message);
            out.text("tree", &tree);
            out.texts("parents", std::slice::from_ref(&push.base_commit));
        });
        let commit = commit.await?;
        let reference = format!("refs/heads/{}", push.branch);
        let created = self.create(push, "refs", &|out: &mut Writer| {
            out.text("ref", &reference);
            out.text("sha", &commit);
        });
        let failed = created.await.err();
        match (self.branch_tip(push).await?, failed) {
            (Some(tip), _) if tip == commit => Ok(commit),
            (_, Some(error)) => Err(error),
            _ => Err(self
                .api
                .fail(ErrorCode::Conflict, format!("The branch “{}” is not what was pushed to it.", push.branch))
                .with_hint("Somebody else pushes to it: start again, which makes a branch of its own.")),
        }
    }

    /// See [`Branches::remove_branch`](crate::provider::Branches::remove_branch).
    pub(super) async fn remove_branch(&self, repository: &str, branch: &str) -> Result<()> {
        let url = self.branch_url(repository, "refs", branch);
        match self.api.write(Method::Delete, url, String::new(), Subject::Branch).await {
            Err(error) if !matches!(error.code, ErrorCode::NotFound | ErrorCode::Invalid) => Err(error),
            _ => Ok(()),
        }
    }

    fn branch_url(&self, repository: &str, call: &str, branch: &str) -> Result<String> {
        let path: Vec<&str> = ["git", call, "heads"].into_iter().chain(branch.split('/')).collect();
        self.api.rest_of(repository, &path)
    }

    /// The commit at the branch's head; none when there is no such branch.
    fn branch_tip<'a>(&'a self, push: &Push) -> Later<'a, Option<String>> {
        let asked = self.api.get(self.branch_url(&push.repository, "ref", &push.branch), Subject::Branch);
        Box::pin(async move {
            match asked.await {
                Err(error) if error.code == ErrorCode::NotFound => Ok(None),
                Err(error) => Err(error),
                Ok(reply) => {
                    let answer = self.api.json(&reply)?;
                    let sha = within(&answer, &["object", "sha"]).and_then(Value::as_str);
                    Ok(Some(sha.ok_or_else(|| self.api.strange(&reply))?.to_owned()))
                }
            }
        })
    }

    /// The files of the commit that the changes were made from.
    async fn base(&self, push: &Push) -> Result<Base> {
        let url = self.api.rest_of(&push.repository, &["git", "commits", &push.base_commit]);
        let reply = match self.api.get(url, Subject::Branch).await {
            Err(error) if matches!(error.code, ErrorCode::NotFound | ErrorCode::Invalid | ErrorCode::Conflict) => {
                let message = format!("{} does not have the commit {}.", push.repository, push.base_commit);
                return Err(self
                    .api
                    .fail(ErrorCode::NotFound, message)
                    .with_hint("Push the commits that the changes stand on, then hand off again."));
            }
            reply => reply?,
        };
        let commit = self.api.json(&reply)?;
        let tree = within(&commit, &["tree", "sha"]).and_then(Value::as_str);
        let tree = tree.ok_or_else(|| self.api.strange(&reply))?;
        let mut url = self.api.rest_of(&push.repository, &["git", "trees", tree])?;
        url.push_str("?recursive=1");
        let reply = self.api.get(Ok(url), Subject::Branch).await?;
        let answer = self.api.json(&reply)?;
        let mut base =
            Base { tree: tree.to_owned(), is_cut: flag(&answer, "truncated") == Some(true), ..Base::default() };
        for item in items(&answer, "tree") {
            if let (Some(path), Some(mode), Some(sha)) = (text(item, "path"), text(item, "mode"), text(item, "sha")) {
                base.files.insert(path.to_owned(), (mode.to_owned(), sha.to_owned()));
            }
        }
        Ok(base)
    }

    /// What one changed file makes of the tree.
    fn entries<'a>(
        &'a self,
        push: &'a Push,
        base: &'a Base,
        edit: &'a FileEdit,
        entries: &'a mut Vec<Entry>,
    ) -> Later<'a, ()> {
        Box::pin(async move {
            let old_path = edit.from.as_ref().unwrap_or(&edit.path);
            let is_new = edit.change == Change::Added && edit.from.is_none();
            let old = base.files.get(old_path);
            if old.is_none() && !is_new {
                return Err(self.missing(base, old_path));
            }
            if old.is_some() && is_new {
                let message = format!("“{}” is said to be new, but the base commit has it.", edit.path);
                return Err(self.api.fail(ErrorCode::Conflict, message).with_hint(OTHER_BASE));
            }
            let entry =
                |path: &str, mode: &str, content| Entry { path: path.to_owned(), mode: mode.to_owned(), content };
            if matches!(edit.change, Change::Deleted | Change::Renamed) {
                entries.push(entry(old_path, PLAIN_FILE, Content::Gone));
            }
            if edit.change == Change::Deleted {
                return Ok(());
            }
            let (old_mode, old_sha) = match old {
                Some((mode, sha)) => (mode.as_str(), Some(sha.as_str())),
                None => (PLAIN_FILE, None),
            };
            let mode = new_mode(&edit.diff).unwrap_or(old_mode);
            let content = match old_sha {
                Some(sha) if !changes_content(&edit.diff) => Content::Object(sha.to_owned()),
                sha => {
                    let old = match sha {
                        Some(sha) => self.blob(push, sha).await?,
                        None => Rc::from([]),
                    };
                    let new = apply(&edit.diff, &old).map_err(|error| self.of_file(error, &edit.path))?;
                    String::from_utf8(new).map_or_else(|bytes| Content::Bytes(bytes.into_bytes()), Content::Text)
                }
            };
            let content = match content {
                Content::Bytes(bytes) => Content::Object(self.create_blob(push, &bytes).await?),
                content => content,
            };
            entries.push(entry(&edit.path, mode, content));
            Ok(())
        })
    }

    fn missing(&self, base: &Base, path: &str) -> Error {
        if base.is_cut {
            let message = "The repository has too many files for changes to be pushed from here.";
            return self
                .api
                .fail(ErrorCode::TooLarge, message)
                .with_hint("Push the branch with git, and start from it.");
        }
        let message = format!("“{path}” was changed, but the base commit does not have it.");
        self.api.fail(ErrorCode::Conflict, message).with_hint(OTHER_BASE)
    }

    fn of_file(&self, mut error: Error, path: &str) -> Error {
        error.message = format!("“{path}”: {}", error.message);
        error
    }

    /// The bytes of a file at the base commit.
    fn blob<'a>(&'a self, push: &Push, sha: &str) -> Later<'a, Rc<[u8]>> {
        let asked = self.api.get_raw(self.api.rest_of(&push.repository, &["git", "blobs", sha]), Subject::Branch);
        Box::pin(async move { Ok(asked.await?.body.clone()) })
    }

    fn create_blob<'a>(&'a self, push: &Push, bytes: &[u8]) -> Later<'a, String> {
        let content = STANDARD.encode(bytes);
        self.create(push, "blobs", &|out: &mut Writer| {
            out.text("content", &content);
            out.text("encoding", "base64");
        })
    }

    /// Creates an object or a reference; its id.
    fn create<'a>(&'a self, push: &Push, call: &str, body: &dyn Fields) -> Later<'a, String> {
        let url = self.api.rest_of(&push.repository, &["git", call]);
        let asked = self.api.write(Method::Post, url, json::object(body), Subject::Push);
        Box::pin(async move {
            let reply = asked.await?;
            let answer = self.api.json(&reply)?;
            let sha = text(&answer, "sha").or_else(|| within(&answer, &["object", "sha"]).and_then(Value::as_str));
            Ok(sha.ok_or_else(|| self.api.strange(&reply))?.to_owned())
        })
    }
}

const OTHER_BASE: &str = "Make the diff against the commit that is named as its base.";

fn new_mode(diff: &str) -> Option<&str> {
    let header = diff.lines().take_while(|line| !line.starts_with("@@"));
    header.filter_map(|line| NEW_MODES.iter().find_map(|words| line.strip_prefix(words))).next().map(str::trim)
}

fn changes_content(diff: &str) -> bool {
    diff.lines().any(|line| ["@@", "GIT binary patch", "Binary files "].iter().any(|words| line.starts_with(words)))
}
