//! Uncommitted work on a branch of its own: through the provider's code, on a real server, judged by git.

use std::rc::Rc;

use cloud_agents::error::{Error, ErrorCode};
use cloud_agents::handoff::{paths_before, prepare, unified};
use cloud_agents::host::Method;
use cloud_agents::provider::{Provider, ProviderConfig, Push, connect};
use cloud_agents::session::Kind;
use ureq::http;

use crate::cloud::{Cloud, Options, TOKEN, client};
use crate::repository::Repository;
use crate::scripted::{Canned, ScriptedHost, Sent, run};

const REPOSITORY: &str = "local/fixture";
const BRANCH: &str = "cloud-agents/handoff-1";

/// A person's clone of a repository that a cloud serves.
struct Desk {
    repository: Repository,
    cloud: Cloud,
    base: String,
}

impl Desk {
    fn new() -> Self {
        let repository = Repository::new();
        repository.write("src/main.rs", "fn main() {\n    println!(\"one\");\n}\n");
        repository.write("old name.txt", "one\ntwo\nthree\n");
        repository.write("gone.txt", "gone\n");
        repository.script("run.sh", "#!/bin/sh\necho hello\n");
        std::fs::write(repository.path().join("picture.bin"), [0, 1, 2, 255]).unwrap();
        repository.git(&["add", "-A"]);
        repository.git(&["commit", "-qm", "More"]);
        let base = repository.git(&["rev-parse", "HEAD"]);
        let cloud = Options::new().repository(&repository).start();
        Self { repository, cloud, base }
    }

    /// What git says is uncommitted, untracked files included.
    fn diff(&self) -> String {
        self.repository.git(&["add", "--intent-to-add", "."]);
        let diff = self.repository.git(&["diff", "--binary", "-M", "HEAD"]);
        format!("{diff}\n")
    }

    /// That, made ready to be pushed.
    fn push(&self) -> Push {
        self.prepared(&self.base, &self.diff()).unwrap()
    }

    fn prepared(&self, from: &str, diff: &str) -> Result<Push, Error> {
        let changes = unified(diff).unwrap();
        let provider = self.provider();
        let base = run(provider.branches().unwrap().base(REPOSITORY, from, &paths_before(&changes)))?;
        let prepared = prepare(&changes, &base.files, &[], &[])?;
        Ok(Push {
            branch: BRANCH.into(),
            base_commit: base.commit,
            base_tree: base.tree,
            message: "Uncommitted work".into(),
            files: prepared.files,
            secrets: 0,
            secrets_confirmed: false,
            commit: None,
        })
    }

    fn provider(&self) -> Rc<dyn Provider> {
        self.provider_over(|_, reply| reply)
    }

    /// A connection to the cloud; what it answers goes through `change`.
    fn provider_over(&self, change: impl Fn(&Sent, Canned) -> Canned + 'static) -> Rc<dyn Provider> {
        let client = client();
        let host = ScriptedHost::new(move |sent| change(sent, over_http(&client, sent)));
        let config = ProviderConfig {
            kind: Kind::Local,
            id: None,
            label: None,
            base_url: Some(format!("{}/api", self.cloud.address)),
            agents_url: None,
            relay_url: None,
        };
        connect(&config, "local", host).unwrap()
    }

    fn pushed(&self) -> String {
        run(self.provider().branches().unwrap().push(REPOSITORY, &self.push())).unwrap()
    }

    fn refused(&self, from: &str, diff: &str) -> Error {
        let error = self.prepared(from, diff).unwrap_err();
        assert_eq!(self.repository.git(&["branch", "--list", BRANCH]), "", "nothing is left behind");
        error
    }
}

pub fn over_http(client: &ureq::Agent, sent: &Sent) -> Canned {
    let mut request = http::Request::builder().method(sent.method.as_str()).uri(&sent.url);
    for (name, value) in &sent.headers {
        request = request.header(*name, value);
    }
    let request = request.header("authorization", format!("Bearer {TOKEN}")).header("content-type", "application/json");
    let reply = client.run(request.body(sent.body.clone().unwrap_or_default()).unwrap()).unwrap();
    let (parts, mut body) = reply.into_parts();
    let mut canned = Canned::bytes(parts.status.as_u16(), body.read_to_vec().unwrap());
    for name in ["content-type", "etag", "link"] {
        if let Some(value) = parts.headers.get(name) {
            canned = canned.header(name, value.to_str().unwrap());
        }
    }
    canned
}

#[test]
fn the_branch_holds_exactly_what_lay_uncommitted_on_the_desk() {
    let desk = Desk::new();
    let repository = &desk.repository;
    repository.write("src/main.rs", "fn main() {\n    println!(\"two\");\n}\n// no line break at the end");
    repository.write("docs/neu ü.md", "# New\n");
    repository.git(&["mv", "old name.txt", "new name.txt"]);
    repository.write("new name.txt", "one\ntwo\nthree\nfour\n");
    repository.git(&["rm", "-q", "gone.txt"]);
    repository.script("README.md", "# A repository\n");
    std::fs::write(repository.path().join("new.bin"), (0..=255).collect::<Vec<u8>>()).unwrap();
    std::fs::remove_file(repository.path().join("picture.bin")).unwrap();
    let commit = desk.pushed();
    assert_eq!(repository.git(&["rev-parse", BRANCH]), commit);
    assert_eq!(repository.git(&["rev-parse", &format!("{commit}^")]), desk.base);
    repository.git(&["add", "-A"]);
    // Modes, names and contents: one tree is the other.
    assert_eq!(repository.git(&["rev-parse", &format!("{commit}^{{tree}}")]), repository.git(&["write-tree"]));
    assert_eq!(repository.git(&["log", "-1", "--format=%B", BRANCH]), "Uncommitted work");
}

#[test]
fn a_second_try_takes_the_branch_that_the_first_one_made() {
    let desk = Desk::new();
    desk.repository.write("README.md", "# Changed\n");
    let first = desk.pushed();
    assert_eq!(desk.pushed(), first);
}

#[test]
fn a_lost_reply_to_the_last_step_is_found_by_reading_the_branch() {
    let desk = Desk::new();
    desk.repository.write("README.md", "# Changed\n");
    let push = desk.push();
    let lost = |sent: &Sent, reply| match sent.method == Method::Post && sent.url.ends_with("/git/refs") {
        true => Canned::lost(),
        false => reply,
    };
    let commit = run(desk.provider_over(lost).branches().unwrap().push(REPOSITORY, &push)).unwrap();
    assert_eq!(desk.repository.git(&["rev-parse", BRANCH]), commit);
}

#[test]
fn a_commit_that_was_never_pushed_is_named_with_what_to_do() {
    let desk = Desk::new();
    desk.repository.write("README.md", "# Changed\n");
    let commit = "1".repeat(40);
    let error = desk.refused(&commit, &desk.diff());
    assert_eq!(error.code, ErrorCode::NotFound);
    assert!(error.message.contains(&commit), "{error:?}");
    assert!(error.hint.contains("Push the commits"), "{error:?}");
}

#[test]
fn a_branch_says_where_changes_begin_when_no_commit_does() {
    let desk = Desk::new();
    desk.repository.write("README.md", "# Changed\n");
    assert_eq!(desk.prepared("main", &desk.diff()).unwrap().base_commit, desk.base);
    let error = desk.refused("nowhere/here", &desk.diff());
    assert!(error.code == ErrorCode::NotFound && error.message.contains("nowhere/here"), "{error:?}");
}

#[test]
fn changes_of_another_commit_are_a_conflict_that_names_the_file() {
    let desk = Desk::new();
    desk.repository.write("src/main.rs", "fn main() {}\n");
    let older = desk.repository.git(&["rev-parse", "HEAD^"]);
    let error = desk.refused(&older, &desk.diff());
    assert_eq!(error.code, ErrorCode::Conflict);
    assert!(error.message.contains("src/main.rs"), "{error:?}");
    desk.repository.git(&["reset", "-q", "--hard"]);
    desk.repository.write("README.md", "# Changed\n");
    let diff = desk.diff().replace("-# A repository", "-# Another");
    assert!(desk.refused(&desk.base, &diff).message.contains("README.md"));
}

#[test]
fn a_binary_file_that_only_changed_says_to_push_with_git() {
    let desk = Desk::new();
    let diff = "diff --git a/picture.bin b/picture.bin\nindex 1..2 100644\nBinary files a/picture.bin and b/picture.bin differ\n";
    let error = desk.refused(&desk.base, diff);
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.message.contains("picture.bin") && error.hint.contains("git"), "{error:?}");
}

#[test]
fn long_texts_and_folders_that_were_files_arrive_whole() {
    let desk = Desk::new();
    let repository = &desk.repository;
    repository.write("long.txt", &"A line of a long text.\n".repeat(20_000));
    repository.git(&["rm", "-q", "gone.txt"]);
    repository.write("gone.txt/now a folder.txt", "there\n");
    let commit = desk.pushed();
    repository.git(&["add", "-A"]);
    assert_eq!(repository.git(&["rev-parse", &format!("{commit}^{{tree}}")]), repository.git(&["write-tree"]));
}

#[test]
fn a_branch_of_somebody_else_is_left_alone() {
    let desk = Desk::new();
    desk.repository.git(&["branch", BRANCH, &desk.base]);
    desk.repository.write("README.md", "# Changed\n");
    let push = desk.push();
    let error = run(desk.provider().branches().unwrap().push(REPOSITORY, &push)).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    assert_eq!(desk.repository.git(&["rev-parse", BRANCH]), desk.base);
}

#[test]
fn a_branch_of_a_refused_start_goes_again_and_going_twice_is_no_error() {
    let desk = Desk::new();
    desk.repository.write("README.md", "# Changed\n");
    desk.pushed();
    let provider = desk.provider();
    let branches = provider.branches().unwrap();
    run(branches.remove(REPOSITORY, BRANCH)).unwrap();
    assert_eq!(desk.repository.git(&["branch", "--list", BRANCH]), "");
    run(branches.remove(REPOSITORY, BRANCH)).unwrap();
}

#[test]
fn whether_a_branch_stands_on_what_was_pushed_is_told() {
    let desk = Desk::new();
    desk.repository.write("README.md", "# Changed\n");
    let commit = desk.pushed();
    let provider = desk.provider();
    let branches = provider.branches().unwrap();
    let holds = |branch| run(branches.holds(REPOSITORY, branch, &commit)).unwrap();
    assert_eq!((holds(BRANCH), holds("main"), holds("nowhere")), (Some(true), Some(false), None));
}
