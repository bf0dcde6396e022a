//! The state around a conversation.

use std::mem::swap;

use super::conversation::FileEdit;

/// Where the work happens and how it stands there. Everything is optional: a pasted chat tells nothing of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workspace {
    /// `owner/name`, or the address of the git repository.
    pub repository: Option<String>,
    /// The folder on the person's machine; needed to make paths relative, and masked on request.
    pub folder: Option<String>,
    /// The branch the person is on.
    pub branch: Option<String>,
    /// The commit on the remote that the branch stands on.
    pub base_commit: Option<String>,
    /// The commit that is checked out. Where it differs from `base_commit`, commits are not pushed yet.
    pub head_commit: Option<String>,
    /// The address of the pull request that was made from the branch.
    pub pull_request: Option<String>,
    /// Changes that are not committed.
    pub changes: Vec<FileEdit>,
    /// Tests that fail now.
    pub failing_tests: Vec<FailingTest>,
    /// What compilers and linters say.
    pub diagnostics: Vec<Diagnostic>,
    /// What is selected in editors.
    pub selections: Vec<Selection>,
    /// What terminals show.
    pub terminals: Vec<Terminal>,
    /// Paths of the files that are open.
    pub open_files: Vec<String>,
    /// Names of the custom agents that the repository has.
    pub custom_agents: Vec<String>,
}

/// A test that fails now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FailingTest {
    /// Its full name.
    pub name: String,
    /// The file it is in.
    pub path: Option<String>,
    /// What it printed.
    pub output: String,
}

/// What a compiler or a linter says of a place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostic {
    /// The file.
    pub path: String,
    /// The line, counted from 1.
    pub line: Option<u32>,
    /// `error`, `warning`, `information` or `hint`.
    pub severity: String,
    /// What it says.
    pub message: String,
}

/// Selected lines of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The file.
    pub path: String,
    /// The first line, counted from 1.
    pub line: Option<u32>,
    /// The selected text.
    pub text: String,
}

/// What a terminal shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terminal {
    /// Its name.
    pub name: String,
    /// The excerpt.
    pub text: String,
}

impl Workspace {
    /// Whether anything is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes from another what this one does not know itself: a host's own word comes before the transcript's.
    pub fn fill_from(&mut self, mut other: Self) {
        for (mine, theirs) in [
            (&mut self.repository, &mut other.repository),
            (&mut self.folder, &mut other.folder),
            (&mut self.branch, &mut other.branch),
            (&mut self.base_commit, &mut other.base_commit),
            (&mut self.head_commit, &mut other.head_commit),
            (&mut self.pull_request, &mut other.pull_request),
        ] {
            if mine.is_none() {
                swap(mine, theirs);
            }
        }
        fill(&mut self.changes, &mut other.changes);
        fill(&mut self.failing_tests, &mut other.failing_tests);
        fill(&mut self.diagnostics, &mut other.diagnostics);
        fill(&mut self.selections, &mut other.selections);
        fill(&mut self.terminals, &mut other.terminals);
        fill(&mut self.open_files, &mut other.open_files);
        fill(&mut self.custom_agents, &mut other.custom_agents);
    }
}

fn fill<T>(mine: &mut Vec<T>, theirs: &mut Vec<T>) {
    if mine.is_empty() {
        swap(mine, theirs);
    }
}
