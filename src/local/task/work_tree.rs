//! A task's own directory: the files that the agent works on, its HOME and its TMPDIR, and the index that it cannot reach.
//!
//! Git's objects and branches are in the repository's mirror. The `.git` that the agent finds among its files is a plaything:
//! the cloud makes it before the agent starts and never runs git in it afterwards.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::local::git::{self, GitCall, GitError};
use crate::local::repository::Repository;

/// Commits of history that the agent finds in its `.git`.
const HISTORY: &str = "--depth=50";
/// The configuration of the agent's `.git`.
const AGENT_CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\
                            [user]\n\tname = Cloud Agent\n\temail = cloud-agent@localhost\n";
/// More files than this count as a full disk.
const FILE_COUNT_LIMIT: u64 = 1_000_000;

/// Where one task works.
#[derive(Debug, Clone)]
pub(crate) struct WorkTree {
    root: PathBuf,
}

/// What the files of a task hold that git must not meet.
#[derive(Debug, Default)]
struct Obstacles {
    /// Directories with a `.git` of their own: git would run in them.
    nested: Vec<PathBuf>,
    /// Pipes, sockets and devices, which cannot be committed.
    special: Vec<PathBuf>,
}

impl WorkTree {
    pub(crate) fn new(data: &Path, task_id: &str) -> Self {
        Self { root: data.join("tasks").join(task_id) }
    }

    /// The files.
    pub(crate) fn tree(&self) -> PathBuf {
        self.root.join("tree")
    }

    /// The agent's HOME.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The agent's TMPDIR.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    fn start_file(&self) -> PathBuf {
        self.root.join("start")
    }

    /// The commit that the files were checked out from; `None` when there is no complete checkout yet.
    pub(crate) async fn start_commit(&self) -> Option<String> {
        let commit = tokio::fs::read_to_string(self.start_file()).await.ok()?;
        git::is_object_id(&commit).then_some(commit)
    }

    /// Checks a commit out afresh. `branch` is what the agent sees as its branch, `tracked` the branch that holds the commit.
    pub(crate) async fn check_out(
        &self,
        repository: &Repository,
        commit: &str,
        branch: &str,
        tracked: &str,
    ) -> Result<(), GitError> {
        self.remove().await?;
        for directory in [self.tree(), self.home(), self.temporary()] {
            tokio::fs::create_dir_all(directory).await?;
        }
        self.make_plaything(repository, commit, branch, tracked).await?;
        self.reset(repository, commit).await?;
        tokio::fs::write(self.start_file(), commit).await?;
        Ok(())
    }

    /// Brings the files to a commit; what is not tracked stays.
    pub(crate) async fn reset(&self, repository: &Repository, commit: &str) -> Result<(), GitError> {
        self.drop_stale_lock().await?;
        let (tree, index) = (self.tree(), self.index());
        let call = repository.git().work_tree(&tree).index(&index).slow();
        call.args(["read-tree", "--reset", "-u", "--no-recurse-submodules", commit]).run().await?;
        Ok(())
    }

    /// Only this task uses its index: a lock on it is from a run of the cloud that was cut off.
    async fn drop_stale_lock(&self) -> io::Result<()> {
        match tokio::fs::remove_file(self.root.join("index.lock")).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes everything; a later turn checks the branch out afresh.
    pub(crate) async fn remove(&self) -> io::Result<()> {
        match tokio::fs::remove_dir_all(&self.root).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The agent's own `.git`, so that `git diff`, `git log` and `git status` tell it something.
    async fn make_plaything(
        &self,
        repository: &Repository,
        commit: &str,
        branch: &str,
        tracked: &str,
    ) -> Result<(), GitError> {
        let directory = self.tree().join(".git");
        git::create_directory(&directory).await?;
        let call = || GitCall::new(Some(&directory));
        let remote = format!("file://{}", repository.mirror.display());
        let branches = format!("+refs/heads/{tracked}:refs/remotes/origin/{tracked}");
        let fetch = call().slow().args(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", HISTORY]);
        fetch
            .arg("--upload-pack")
            .arg(git::other_end("upload-pack"))
            .args(["--end-of-options", &remote, &branches])
            .run()
            .await?;
        call().args(["update-ref", &format!("refs/heads/{branch}"), commit]).run().await?;
        call().args(["symbolic-ref", "HEAD", &format!("refs/heads/{branch}")]).run().await?;
        call().args(["read-tree", commit]).run().await?;
        tokio::fs::write(directory.join("config"), AGENT_CONFIG).await?;
        Ok(())
    }

    /// Commits what changed since `parent`; `None` when nothing did. No process of the agent may be alive.
    pub(crate) async fn commit(
        &self,
        repository: &Repository,
        parent: &str,
        message: &str,
    ) -> Result<Option<String>, GitError> {
        let (tree, index) = (self.tree(), self.index());
        self.drop_stale_lock().await?;
        let root = tree.clone();
        let obstacles =
            tokio::task::spawn_blocking(move || find_obstacles(&root)).await.map_err(io::Error::other)??;
        for path in &obstacles.special {
            tokio::fs::remove_file(path).await?;
        }
        let mut pathspecs = b".\0".to_vec();
        for path in &obstacles.nested {
            pathspecs.extend_from_slice(b":(top,exclude,literal)");
            pathspecs.extend_from_slice(path.as_os_str().as_bytes());
            pathspecs.push(0);
        }
        let add = repository.git().work_tree(&tree).index(&index).slow().pathspec_magic().input(pathspecs);
        add.args(["add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul"]).run().await?;
        let content = repository.git().index(&index).slow().arg("write-tree").text().await?;
        let before = repository.git().args(["rev-parse", "--verify", &format!("{parent}^{{tree}}")]).text().await?;
        if content == before {
            return Ok(None);
        }
        let mut call = repository.git().args(["commit-tree", &content, "-p", parent, "-F", "-"]).input(message);
        for (name, value) in [
            ("GIT_AUTHOR_NAME", "Cloud Agent"),
            ("GIT_AUTHOR_EMAIL", "cloud-agent@localhost"),
            ("GIT_COMMITTER_NAME", "Cloud Agent"),
            ("GIT_COMMITTER_EMAIL", "cloud-agent@localhost"),
        ] {
            call = call.env(name, value);
        }
        call.text().await.map(Some)
    }

    /// The bytes that the task takes on disk, or `u64::MAX` when it has too many files.
    pub(crate) fn disk_use(&self) -> u64 {
        let mut bytes = 0_u64;
        let mut files = 0_u64;
        let mut waiting = vec![self.tree(), self.home(), self.temporary()];
        while let Some(directory) = waiting.pop() {
            let Ok(entries) = std::fs::read_dir(&directory) else { continue };
            for entry in entries.flatten() {
                // Of the entry itself: a link out of the tree is not this task's disk.
                let Ok(metadata) = entry.metadata() else { continue };
                bytes = bytes.saturating_add(metadata.blocks() * 512);
                files += 1;
                if files > FILE_COUNT_LIMIT {
                    return u64::MAX;
                }
                if metadata.is_dir() {
                    waiting.push(entry.path());
                }
            }
        }
        bytes
    }
}

/// Looks through the files without following a link.
fn find_obstacles(tree: &Path) -> io::Result<Obstacles> {
    if !std::fs::symlink_metadata(tree)?.is_dir() {
        return Err(io::Error::other("the work tree was replaced by something else"));
    }
    let mut obstacles = Obstacles::default();
    let mut waiting = vec![PathBuf::new()];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(tree.join(&directory))? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let path = directory.join(entry.file_name());
            if entry.file_name().eq_ignore_ascii_case(".git") {
                if !directory.as_os_str().is_empty() {
                    obstacles.nested.push(directory.clone());
                }
            } else if kind.is_dir() {
                waiting.push(path);
            } else if kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device() {
                obstacles.special.push(tree.join(path));
            }
        }
    }
    Ok(obstacles)
}
