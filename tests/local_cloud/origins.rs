//! Repositories of unusual kinds: those that can be worked on, and what is said of those that cannot. And what agents of
//! unusual places find.

use std::process::Command;

use serde_json::json;

use crate::cloud::{Options, until};
use crate::repository::Repository;

fn git(arguments: &[&str]) {
    let output = Command::new("git").args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_shallow_clone_is_worked_on_like_any_other() {
    let whole = Repository::new();
    for text in ["one\n", "two\n"] {
        whole.write("file.txt", text);
        whole.git(&["add", "-A"]);
        whole.git(&["commit", "-qm", text]);
    }
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path().join("fixture");
    let path = clone.to_str().unwrap();
    git(&["clone", "-q", "--depth", "1", &format!("file://{}", whole.path().display()), path]);
    let cloud = Options::new().argument("--repo", path).start();
    assert_eq!(cloud.get("/repos/local/fixture/branches").expect(200)[0]["name"], "main");
    let id = cloud.start("One");
    cloud.wait_for(&id, "completed");
    cloud.steer(&id, &json!({ "type": "user_message", "content": "Two" })).expect(202);
    until("the second turn", || {
        let task = cloud.task(&id);
        (task["session_count"] == 2 && task["state"] == "completed").then_some(())
    });
    let branch = cloud.branch(&id).unwrap();
    let show = Command::new("git").args(["-C", path, "show", &format!("{branch}:DEMO.md")]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&show.stdout), "- One\n- Two\n");
    let compared = cloud.get(&format!("/repos/local/fixture/compare/main...{branch}")).expect(200);
    assert_eq!((&compared["ahead_by"], &compared["files"][0]["filename"]), (&json!(2), &json!("DEMO.md")));
}

#[test]
fn what_cannot_be_worked_on_is_refused_with_a_way_out() {
    let refusal = |repository: &str| Options::new().argument("--repo", repository).refusal();
    let empty = Repository::empty();
    let said = refusal(empty.path().to_str().unwrap());
    assert!(said.contains("has no branch yet; commit something there first"), "{said}");

    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("sha256");
    let path = other.to_str().unwrap();
    git(&["init", "-q", "-b", "main", "--object-format=sha256", path]);
    git(&["-C", path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"]);
    let said = refusal(path);
    assert!(said.contains("SHA-256") && said.contains("give a repository that uses SHA-1"), "{said}");

    let whole = Repository::new();
    whole.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = folder.path().join("partial");
    let path = clone.to_str().unwrap();
    git(&["clone", "-q", "--no-checkout", "--filter=blob:none", &format!("file://{}", whole.path().display()), path]);
    let said = refusal(path);
    assert!(said.contains("partial clone") && said.contains("--refetch --no-filter"), "{said}");
    git(&["-C", path, "fetch", "-q", "--refetch", "--no-filter"]);
    drop(Options::new().argument("--repo", path).start());

    let said = refusal("https://somebody:the-password@host.example/repo.git");
    assert!(said.contains("give an ssh URL") && !said.contains("the-password"), "{said}");
}

/// A server that asks everybody for a password.
#[test]
fn a_server_that_wants_a_password_is_refused_with_a_way_out() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let answer = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let said = Options::new().argument("--repo", &format!("http://127.0.0.1:{port}/repo.git")).refusal();
    assert!(said.contains("wants a user name and a password") && said.contains("ssh URL"), "{said}");
}

#[test]
fn an_agent_finds_the_systems_programs_and_what_it_was_started_with() {
    let repository = Repository::new();
    let tools = repository.beside("tools");
    std::fs::create_dir(&tools).unwrap();
    repository.script("../tools/my-agent", "#!/usr/bin/env my-interpreter\n");
    repository.script("../tools/my-interpreter", "#!/bin/sh\necho \"PATH=$PATH\"\n");
    let others = repository.beside("others");
    std::fs::create_dir(&others).unwrap();
    let whole = format!("{}:{}:{}", others.display(), tools.display(), std::env::var("PATH").unwrap());
    let start =
        || Options::new().repository(&repository).argument("--agent", "my-agent -p").environment("PATH", &whole);
    let said = |options: Options| {
        let cloud = options.start();
        let id = cloud.start("x");
        cloud.wait_for(&id, "completed");
        cloud.said(&id)
    };
    let minimal = "/usr/local/bin:/usr/bin:/bin";
    assert_eq!(said(start()), format!("PATH={}:{minimal}", tools.display()));
    assert_eq!(said(start().argument("--agent-env", "PATH")), format!("PATH={whole}"));
    let shell = Options::new().repository(&repository).argument("--agent", "echo $PATH").environment("PATH", &whole);
    assert_eq!(said(shell), minimal);
}
