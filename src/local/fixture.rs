//! A mirror for tests, written with the code that is tested elsewhere: commits from lists of files.

use std::path::PathBuf;

use tempfile::TempDir;

use super::git::create_directory;
use super::objects::{self, NewCommit, Signature, git};

/// A git directory of the cloud's own; it goes with the value.
#[derive(Debug)]
pub(crate) struct Mirror {
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

/// Ada, at a second of 2026.
pub(crate) fn ada(second: u32) -> Signature {
    Signature {
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        date: format!("2026-01-02T03:04:{second:02}Z"),
    }
}

impl Mirror {
    pub(crate) async fn new() -> Self {
        let folder = TempDir::with_prefix("mirror-").unwrap();
        let path = folder.path().join("mirror.git");
        create_directory(&path).await.unwrap();
        Self { path, _folder: folder }
    }

    /// A commit with these files: mode, path, content.
    pub(crate) async fn commit(&self, message: &str, parents: &[&str], files: &[(&str, &str, &[u8])]) -> String {
        let index = self.path.join("test.index");
        let mut records = Vec::new();
        for (mode, path, content) in files {
            let blob = objects::write_blob(&self.path, content.to_vec()).await.unwrap();
            records.extend_from_slice(format!("{mode} {blob}\t{path}\0").as_bytes());
        }
        let call = || git(&self.path).index(&index);
        call().args(["read-tree", "--empty"]).run().await.unwrap();
        call().args(["update-index", "-z", "--index-info"]).input(records).run().await.unwrap();
        let tree = call().args(["write-tree"]).text().await.unwrap();
        let parents: Vec<String> = parents.iter().map(|parent| (*parent).to_owned()).collect();
        let who = ada(5);
        let new = NewCommit { tree: &tree, parents: &parents, message, author: &who, committer: &who };
        objects::write_commit(&self.path, &new).await.unwrap()
    }

    /// Puts a branch on a commit.
    pub(crate) async fn branch(&self, name: &str, commit: &str) {
        let name = format!("refs/heads/{name}");
        git(&self.path).args(["update-ref", name.as_str(), commit]).run().await.unwrap();
    }

    /// What a file of a commit holds.
    pub(crate) async fn read(&self, commit: &str, path: &str) -> String {
        git(&self.path).args(["cat-file", "blob", &format!("{commit}:{path}")]).text().await.unwrap()
    }
}
