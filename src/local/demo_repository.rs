//! The small repository that is there when none was given, so that a newcomer can start at once.

use std::path::{Path, PathBuf};

use super::git::{self, GitCall, GitError};

const README: &str = "# Demo\n\nA small repository to try cloud agents on. Start a session, watch it, and look at the branch it makes.\n";
const PROGRAM: &str = "\"\"\"Greets whoever is named on the command line.\"\"\"\n\nimport sys\n\n\ndef greeting(name: str) -> str:\n    \
                       return f\"Hello, {name}!\"\n\n\nif __name__ == \"__main__\":\n    print(greeting(sys.argv[1] if len(sys.argv) > 1 else \"world\"))\n";
const TEST: &str =
    "from greet import greeting\n\n\ndef test_greeting():\n    assert greeting(\"you\") == \"Hello, you!\"\n";
const AGENT: &str = "---\nname: reviewer\ndescription: Reads a change with care and says what could go wrong\n---\n\n\
                     Read the code that the request is about. Name what could break, and why, before anything else.\n";

/// The repository's path, after it was made if need be.
pub(crate) async fn create(data: &Path) -> Result<PathBuf, GitError> {
    let path = data.join("demo");
    if path.join("info/attributes").exists()
        && call(&path).args(["rev-parse", "--verify", "refs/heads/next"]).run().await.is_ok()
    {
        return Ok(path);
    }
    git::create_directory(&path).await?;
    let first = commit(&path, None, "Say hello", &[("README.md", README), ("greet.py", PROGRAM)]).await?;
    let files = [
        ("README.md", README),
        ("greet.py", PROGRAM),
        ("test_greet.py", TEST),
        (".github/agents/reviewer.agent.md", AGENT),
    ];
    let second = commit(&path, Some(&first), "Test the greeting, and add a reviewer", &files).await?;
    for branch in ["main", "next"] {
        call(&path).args(["update-ref", &format!("refs/heads/{branch}"), &second]).run().await?;
    }
    Ok(path)
}

fn call(path: &Path) -> GitCall<'_> {
    GitCall::new(Some(path))
}

async fn commit(path: &Path, parent: Option<&str>, message: &str, files: &[(&str, &str)]) -> Result<String, GitError> {
    let index = path.join("demo-index");
    let mut entries = String::new();
    for (name, content) in files {
        let blob = call(path).args(["hash-object", "-w", "--stdin"]).input(*content).text().await?;
        entries.push_str(&format!("100644 {blob}\t{name}\n"));
    }
    call(path).index(&index).args(["read-tree", "--empty"]).run().await?;
    call(path).index(&index).args(["update-index", "--index-info"]).input(entries).run().await?;
    let tree = call(path).index(&index).arg("write-tree").text().await?;
    let mut call = call(path).args(["commit-tree", &tree, "-m", message]);
    for (name, value) in [
        ("GIT_AUTHOR_NAME", "Cloud Agents"),
        ("GIT_AUTHOR_EMAIL", "demo@localhost"),
        ("GIT_COMMITTER_NAME", "Cloud Agents"),
        ("GIT_COMMITTER_EMAIL", "demo@localhost"),
    ] {
        call = call.env(name, value);
    }
    if let Some(parent) = parent {
        call = call.args(["-p", parent]);
    }
    call.text().await
}
