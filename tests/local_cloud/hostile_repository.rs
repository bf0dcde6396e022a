//! Repositories that mean harm to whoever clones them, works in them or pushes to them.

use serde_json::json;

use crate::cloud::{Options, until};
use crate::repository::Repository;

const HOOKS: [&str; 10] = [
    "pre-receive",
    "update",
    "post-receive",
    "post-update",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "post-checkout",
    "post-index-change",
    "fsmonitor-watchman",
];

#[test]
fn its_hooks_and_settings_do_nothing() {
    let repository = Repository::new();
    let canary = repository.beside("canary");
    let sing = format!("touch {}", canary.display());
    for hook in HOOKS {
        repository.script(format!(".git/hooks/{hook}"), &format!("#!/bin/sh\n{sing}\n"));
    }
    let hooks = repository.path().join(".git/hooks").display().to_string();
    for (name, value) in [
        ("core.fsmonitor", sing.as_str()),
        ("core.hooksPath", &hooks),
        ("core.alternateRefsCommand", &sing),
        ("uploadpack.packObjectsHook", &sing),
        ("core.sshCommand", &sing),
        ("filter.evil.clean", &sing),
        ("filter.evil.smudge", &sing),
        ("filter.evil.process", &sing),
        ("diff.evil.textconv", &sing),
        ("diff.external", &sing),
        ("gc.auto", "1"),
        ("receive.autogc", "true"),
    ] {
        repository.git(&["config", name, value]);
    }
    let other = Repository::new();
    let alternates = format!("{}\n", other.path().join(".git/objects").display());
    repository.write(".git/objects/info/alternates", &alternates);
    repository.write(".gitattributes", "* filter=evil diff=evil merge=evil ident working-tree-encoding=UTF-16\n");
    repository.write("plain.txt", "$Id$ plain\r\n");
    // Without its own filters, or the fixture itself would sing.
    let quiet = ["-c", "filter.evil.clean=cat", "-c", "filter.evil.process=", "-c", "filter.evil.smudge=cat"];
    repository.write(".git/info/attributes", "* -filter -working-tree-encoding -ident -text\n");
    repository.git(&[&quiet[..], &["add", "-A"]].concat());
    repository.git(&[&quiet[..], &["commit", "-qm", "Harm"]].concat());
    std::fs::remove_file(repository.path().join(".git/info/attributes")).unwrap();
    assert!(!canary.exists(), "the fixture itself is quiet");

    let cloud = Options::new()
        .repository(&repository)
        .argument("--agent", "git diff; git status; cat plain.txt; echo x > new.txt")
        .start();
    let id = cloud.start("Work");
    cloud.wait_for(&id, "completed");
    cloud.steer(&id, &json!({ "type": "user_message", "content": "More" })).expect(202);
    until("the second turn", || {
        (cloud.task(&id)["session_count"] == 2 && cloud.task(&id)["state"] == "completed").then_some(())
    });
    assert!(cloud.said(&id).contains("$Id$ plain"));
    let branch = cloud.branch(&id).unwrap();
    let changed = repository.git(&["diff-tree", "-r", "--name-only", "--no-ext-diff", "main", &branch]);
    assert_eq!(changed, "new.txt");
    assert!(!canary.exists());
}

#[test]
fn refs_that_look_like_options_are_not_taken_for_any() {
    let repository = Repository::new();
    let canary = repository.beside("canary");
    let tip = repository.git(&["rev-parse", "HEAD"]);
    let option = format!("--upload-pack=touch${{IFS}}{}", canary.display());
    for name in ["-evil", "--exec=true", "--output=x"] {
        std::fs::write(repository.path().join(".git/refs/heads").join(name), format!("{tip}\n")).unwrap();
    }
    let cloud = Options::new().repository(&repository).start();
    for name in [
        "-evil",
        "--exec=true",
        "--output=x",
        &option,
        "refs/heads/-evil",
        "main..main",
        "main\n",
        "@{-1}",
        "HEAD:",
        "../main",
    ] {
        let body = json!({ "prompt": "x", "base_ref": name, "create_pull_request": false });
        let answer = cloud.post("/agents/repos/local/fixture/tasks", &body);
        assert_eq!(answer.status, 422, "{name}: {}", answer.text);
        let body = json!({ "prompt": "Harmless", "base_ref": "main", "head_ref": name, "create_pull_request": false });
        let id = cloud.start_with(&body);
        cloud.wait_for(&id, "completed");
        assert!(cloud.branch(&id).unwrap().starts_with("cloud-agent/harmless-"));
    }
    assert!(!canary.exists());
}

#[test]
fn links_in_it_lead_nowhere() {
    let repository = Repository::new();
    let outside = repository.beside("outside.md");
    std::fs::write(&outside, "untouched").unwrap();
    let folder = repository.beside("folder");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(&outside, repository.path().join("DEMO.md")).unwrap();
    std::os::unix::fs::symlink(&folder, repository.path().join("folder")).unwrap();
    repository.git(&["add", "-A"]);
    repository.git(&["commit", "-qm", "Links"]);
    let demo = Options::new().repository(&repository).start();
    let id = demo.start("Add a line");
    demo.wait_for(&id, "failed");
    let plain = "echo x >> DEMO.md; echo x > folder/file; echo y > mine.txt";
    let cloud = Options::new().repository(&repository).argument("--agent", plain).start();
    let id = cloud.start("Write through them");
    cloud.wait_for(&id, "completed");
    let branch = cloud.branch(&id).unwrap();
    assert_eq!(repository.git(&["diff-tree", "-r", "--name-only", "main", &branch]), "mine.txt");
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "untouched");
    assert!(std::fs::read_dir(&folder).unwrap().next().is_none());
}

#[test]
fn trees_that_reach_into_the_git_directory_are_refused() {
    let repository = Repository::new();
    let canary = repository.beside("canary");
    repository.write("hook", &format!("#!/bin/sh\ntouch {}\n", canary.display()));
    let blob = repository.git(&["hash-object", "-w", "hook"]);
    std::fs::remove_file(repository.path().join("hook")).unwrap();
    let tree = |entries: &str| {
        repository.write("../entries", entries);
        let input = std::fs::File::open(repository.beside("entries")).unwrap();
        let output = std::process::Command::new("git")
            .arg("mktree")
            .current_dir(repository.path())
            .stdin(input)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    for (branch, folder) in [("dot-git", ".git"), ("upper", ".GIT"), ("short", "git~1"), ("parent", "..")] {
        let hooks = tree(&format!("100755 blob {blob}\tpost-index-change\n"));
        let inside = tree(&format!("040000 tree {hooks}\thooks\n"));
        let root = tree(&format!("040000 tree {inside}\t{folder}\n"));
        let commit = repository.git(&["commit-tree", &root, "-m", "Harm"]);
        repository.git(&["update-ref", &format!("refs/heads/{branch}"), &commit]);
    }
    let cloud = Options::new().repository(&repository).start();
    for branch in ["dot-git", "upper", "short", "parent"] {
        let id = cloud.start_with(&json!({ "prompt": "x", "base_ref": branch, "create_pull_request": false }));
        cloud.wait_for(&id, "failed");
        assert!(cloud.reason(&id).contains("invalid path"), "{branch}: {}", cloud.reason(&id));
        assert!(!cloud.data().join("tasks").join(&id).join("hooks").exists());
    }
    assert!(!canary.exists());
}

#[test]
fn its_submodules_are_left_alone() {
    let repository = Repository::new();
    let canary = repository.beside("canary");
    let harm =
        format!("[submodule \"x\"]\n\tpath = x\n\turl = ext::touch {0}\n\tupdate = !touch {0}\n", canary.display());
    repository.write(".gitmodules", &harm);
    let tip = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["add", ".gitmodules"]);
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{tip},x")]);
    repository.git(&["commit", "-qm", "Submodule"]);
    let cloud = Options::new().repository(&repository).start();
    let id = cloud.start("Add a line");
    cloud.wait_for(&id, "completed");
    let branch = cloud.branch(&id).unwrap();
    assert_eq!(repository.git(&["diff-tree", "-r", "--name-only", "main", &branch]), "DEMO.md");
    assert!(!canary.exists());
}
