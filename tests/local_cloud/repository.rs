//! Real git repositories for the tests, made with git itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A repository in a directory of its own, with one commit on `main`.
pub struct Repository {
    directory: TempDir,
}

impl Repository {
    pub fn new() -> Self {
        let repository = Self::empty();
        repository.write("README.md", "# A repository\n");
        repository.git(&["add", "-A"]);
        repository.git(&["commit", "-qm", "Begin"]);
        repository
    }

    pub fn empty() -> Self {
        let directory = TempDir::with_prefix("repository-").unwrap();
        let repository = Self { directory };
        std::fs::create_dir(repository.path()).unwrap();
        repository.git(&["init", "-q", "-b", "main"]);
        // The tests look at branches; the work tree is on one that no task touches.
        repository
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("fixture")
    }

    /// A place beside the repository, where a canary would sing.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn script(&self, path: impl AsRef<Path>, content: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What git printed; the test fails when git does.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    pub fn try_git(&self, arguments: &[&str]) -> Output {
        Command::new("git")
            .args(["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "core.fsmonitor=false"])
            .args(["-c", "core.hooksPath=/dev/null"])
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap()
    }

    /// The content of a file at a revision.
    pub fn show(&self, revision: &str, file: &str) -> String {
        self.git(&["show", &format!("{revision}:{file}")])
    }
}
