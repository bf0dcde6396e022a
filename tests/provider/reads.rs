//! Lists, single sessions, what they changed and what they can be started with.

use cloud_agents::error::ErrorCode;
use cloud_agents::provider::{Choice, ListQuery};
use cloud_agents::session::{Artifact, ChangeStatus, PullRequest, Status, Timestamp, Usage};
use serde_json::{Value, json};

use crate::host::{Canned, ScriptedHost, Sent, TOKEN, run};
use crate::{TASK, github, local, run_of, task, with};

fn pull_artifact(id: u64) -> Value {
    json!({ "provider": "github", "type": "pull", "data": { "id": id, "global_id": format!("PR_{id}") } })
}

fn pull_node(number: u64) -> Value {
    json!({
        "number": number,
        "url": format!("https://github.com/octocat/hello-world/pull/{number}"),
        "title": "Fix the login button",
        "state": "MERGED",
        "isDraft": false,
        "additions": 12,
        "deletions": 3,
        "reviewDecision": "CHANGES_REQUESTED",
        "headRefName": "copilot/fix-1",
        "baseRefName": "main",
        "commits": { "nodes": [{ "commit": { "statusCheckRollup": { "state": "SUCCESS" } } }] }
    })
}

/// Answers a GraphQL call with a node for every id that ends in an even digit.
fn graphql(sent: &Sent) -> Canned {
    let ids = sent.json()["variables"]["ids"].as_array().unwrap().clone();
    let nodes: Vec<Value> = ids
        .iter()
        .map(|id| {
            let number: u64 = id.as_str().unwrap().trim_start_matches("PR_").parse().unwrap();
            if number.is_multiple_of(2) { pull_node(number) } else { Value::Null }
        })
        .collect();
    Canned::json(200, &json!({ "data": { "nodes": nodes }, "errors": [{ "message": "Could not resolve" }] }))
}

#[test]
fn a_list_asks_for_what_the_query_says() {
    let host = ScriptedHost::new(|_| Canned::json(200, &json!({ "tasks": [] })));
    let provider = github(&host);
    run(provider.list(&ListQuery::default())).unwrap();
    let query = ListQuery {
        repository: Some("octocat/hello-world".into()),
        since: Timestamp::parse("2026-01-02T03:04:05+01:00"),
        states: vec!["queued".into(), "in_progress".into()],
        archived: true,
        fresh: false,
    };
    let listing = run(provider.list(&query)).unwrap();
    assert!(listing.complete && !listing.not_modified && listing.found.is_empty());
    let sent = host.sent.borrow();
    assert_eq!(sent[0].line(), "GET /agents/tasks?per_page=100&sort=updated_at&direction=desc");
    assert_eq!(sent[1].path(), "GET /agents/repos/octocat/hello-world/tasks");
    assert_eq!(sent[1].query("state").as_deref(), Some("queued,in_progress"));
    assert_eq!(sent[1].query("is_archived").as_deref(), Some("true"));
    assert_eq!(sent[1].query("since").as_deref(), Some("2026-01-02T02:04:05Z"));
    let bad = ListQuery { repository: Some("nonsense".into()), ..ListQuery::default() };
    assert_eq!(run(provider.list(&bad)).unwrap_err().code, ErrorCode::Invalid);
}

#[test]
fn every_state_has_its_status_and_a_bad_item_costs_only_itself() {
    let host = ScriptedHost::new(|_| {
        let states = [
            "queued",
            "in_progress",
            "waiting_for_user",
            "idle",
            "completed",
            "failed",
            "timed_out",
            "cancelled",
            "novel",
        ];
        let mut tasks: Vec<Value> = states.iter().map(|state| task(state, state)).collect();
        tasks.extend([json!(5), json!({ "state": "queued" }), json!({ "id": 7 }), Value::Null, json!({ "id": "" })]);
        tasks.push(json!({ "id": "bare", "state": "queued", "novelty": { "a": [1] }, "artifacts": null }));
        Canned::json(200, &json!({ "tasks": tasks, "total_active_count": 3 }))
    });
    let listing = run(github(&host).list(&ListQuery::default())).unwrap();
    let found: Vec<(&str, Status)> =
        listing.found.iter().map(|found| (found.facts.raw_status.as_str(), found.facts.status)).collect();
    assert_eq!(
        found,
        [
            ("queued", Status::Queued),
            ("in_progress", Status::InProgress),
            ("waiting_for_user", Status::NeedsInput),
            ("idle", Status::Idle),
            ("completed", Status::Completed),
            ("failed", Status::Failed),
            ("timed_out", Status::TimedOut),
            ("cancelled", Status::Cancelled),
            ("novel", Status::Unknown),
            ("queued", Status::Queued),
        ]
    );
    assert_eq!(listing.skipped, 5);
    let facts = &listing.found[0].facts;
    assert_eq!(
        (facts.repository.as_deref(), &facts.model, &facts.head_ref),
        (Some("octocat/hello-world"), &None, &None)
    );
    assert_eq!(facts.url.as_deref(), Some("https://github.com/octocat/hello-world/copilot/tasks/queued"));
    assert_eq!(facts.updated_at, Timestamp::parse("2025-01-01T01:00:00Z").unwrap());
    assert_eq!(host.take_paths(), ["GET /agents/tasks"], "the address of the page names the repository");
}

#[test]
fn pages_are_followed_on_the_same_server_only() {
    let host = ScriptedHost::new(|sent| {
        let page: u32 = sent.query("page").map_or(1, |page| page.parse().unwrap());
        // A proxy that passes on the links of the server behind it.
        let next = format!(r#"<https://elsewhere.example/t?page={}>; rel="next""#, page + 1);
        let tasks = json!({ "tasks": [task(&format!("t{page}"), "queued"), task("t1", "queued")] });
        let canned = Canned::json(200, &tasks);
        if page < 3 { canned.header("link", next) } else { canned }
    });
    let listing = run(github(&host).list(&ListQuery::default())).unwrap();
    let ids: Vec<&str> = listing.found.iter().map(|found| found.remote.as_str()).collect();
    assert_eq!(ids, ["t1", "t2", "t3"]);
    assert!(listing.complete);
    let sent = host.sent.borrow();
    assert!(sent.iter().all(|sent| sent.url.starts_with("https://api.github.com/agents/tasks?per_page=100&")));
    assert!(sent.iter().all(|sent| sent.bearer.as_deref() == Some(TOKEN)));
}

#[test]
fn a_list_without_end_is_cut_and_says_so_and_one_in_a_circle_ends() {
    let host = ScriptedHost::new(|sent| {
        let page: u32 = sent.query("page").map_or(1, |page| page.parse().unwrap());
        Canned::json(200, &json!({ "tasks": [task(&format!("t{page}"), "queued")] }))
            .header("link", format!(r#"<https://api.github.com/agents/tasks?page={}>; rel="next""#, page + 1))
    });
    let listing = run(github(&host).list(&ListQuery::default())).unwrap();
    assert_eq!((listing.found.len(), listing.complete), (10, false));

    let host = ScriptedHost::new(|_| {
        Canned::json(200, &json!({ "tasks": [task("t", "queued")] }))
            .header("link", r#"<https://api.github.com/agents/tasks?page=2>; rel="next""#)
    });
    let listing = run(github(&host).list(&ListQuery::default())).unwrap();
    assert_eq!((listing.found.len(), host.sent.borrow().len()), (1, 2));
}

#[test]
fn an_unchanged_list_costs_one_request() {
    let host = ScriptedHost::new(|sent| match sent.path().as_str() {
        "POST /graphql" => graphql(sent),
        _ => Canned::json(
            200,
            &json!({ "tasks": [with(task("t", "completed"), "artifacts", json!([pull_artifact(42)]))] }),
        )
        .header("etag", "\"v1\"")
        .header("link", r#"<https://api.github.com/agents/tasks?page=2>; rel="last""#),
    });
    let provider = github(&host);
    let first = run(provider.list(&ListQuery::default())).unwrap();
    assert_eq!(host.take_paths(), ["GET /agents/tasks", "POST /graphql"]);
    let second = run(provider.list(&ListQuery::default())).unwrap();
    assert!(!first.not_modified && second.not_modified);
    assert_eq!(first.found, second.found);
    assert_eq!(host.take_paths(), ["GET /agents/tasks"]);
    assert_eq!(provider.traffic().not_modified, 1);
    host.advance(61_000);
    run(provider.list(&ListQuery::default())).unwrap();
    assert_eq!(host.take_paths(), ["GET /agents/tasks", "POST /graphql"], "pull requests change without their tasks");
    let fresh = run(provider.list(&ListQuery { fresh: true, ..ListQuery::default() })).unwrap();
    assert!(!fresh.not_modified);
}

#[test]
fn all_pull_requests_of_a_list_are_looked_up_in_one_call() {
    let host = ScriptedHost::new(|sent| match sent.path().as_str() {
        "POST /graphql" => graphql(sent),
        _ => {
            let nested = json!({ "provider": "github", "type": "github_resource",
                "data": { "type": "pull", "id": 6, "global_id": "PR_6", "state": "draft" } });
            let odd = json!({ "provider": "github", "type": "novelty", "data": { "x": 1 } });
            let bare = json!({ "provider": "github", "type": "pull", "data": { "id": 8 } });
            Canned::json(
                200,
                &json!({ "tasks": [
                with(task("a", "completed"), "artifacts", json!([pull_artifact(42), pull_artifact(43)])),
                with(task("b", "completed"), "artifacts", json!([nested, odd, bare, "nonsense"])),
                with(task("c", "completed"), "artifacts", json!([pull_artifact(42)])),
            ] }),
            )
        }
    });
    let provider = github(&host);
    let listing = run(provider.list(&ListQuery::default())).unwrap();
    {
        let sent = host.sent.borrow();
        assert_eq!(sent.len(), 2);
        assert_eq!(sent[1].url, "https://api.github.com/graphql");
        assert_eq!(sent[1].json()["variables"], json!({ "ids": ["PR_42", "PR_43", "PR_6"] }));
    }
    let resolved = |id: &str, number| {
        Artifact::PullRequest(PullRequest {
            id: id.into(),
            number: Some(number),
            url: Some(format!("https://github.com/octocat/hello-world/pull/{number}")),
            title: Some("Fix the login button".into()),
            state: Some("merged".into()),
            draft: Some(false),
            additions: Some(12),
            deletions: Some(3),
            review: Some("changes-requested".into()),
            checks: Some("success".into()),
            head_ref: Some("copilot/fix-1".into()),
            base_ref: Some("main".into()),
        })
    };
    let unresolved = |id: &str| Artifact::PullRequest(PullRequest { id: id.into(), ..PullRequest::default() });
    assert_eq!(listing.found[0].facts.artifacts, [resolved("42", 42), unresolved("43")]);
    assert_eq!(
        listing.found[1].facts.artifacts,
        [
            resolved("6", 6),
            Artifact::Unknown { raw: (&json!({ "provider": "github", "type": "novelty", "data": { "x": 1 } })).into() },
            unresolved("8"),
            Artifact::Unknown { raw: (&json!("nonsense")).into() },
        ]
    );
    assert_eq!(listing.found[2].facts.artifacts, [resolved("42", 42)]);
    assert_eq!(listing.found[0].facts.head_ref.as_deref(), Some("copilot/fix-1"));
}

#[test]
fn a_hundred_ids_go_into_one_call_and_a_failing_call_leaves_the_list_intact() {
    let host = ScriptedHost::new(|sent| match sent.path().as_str() {
        "POST /graphql" => Canned::text(403, r#"{"message":"no"}"#),
        _ => {
            let tasks: Vec<Value> = (0..130)
                .map(|n| with(task(&format!("t{n}"), "completed"), "artifacts", json!([pull_artifact(n)])))
                .collect();
            Canned::json(200, &json!({ "tasks": tasks }))
        }
    });
    let listing = run(github(&host).list(&ListQuery::default())).unwrap();
    assert_eq!(listing.found.len(), 130);
    assert_eq!(host.take_paths(), ["GET /agents/tasks", "POST /graphql", "POST /graphql"]);
}

#[test]
fn repositories_are_named_once_and_one_without_a_name_costs_only_the_name() {
    let host = ScriptedHost::new(|sent| match sent.path().as_str() {
        "GET /api/agents/tasks" => {
            let tasks: Vec<Value> =
                (0..20).map(|n| with(task(&format!("t{n}"), "queued"), "repository", json!({ "id": n % 3 }))).collect();
            Canned::json(200, &json!({ "tasks": tasks }))
        }
        "GET /api/repositories/1" => Canned::text(404, "{}"),
        path => {
            let id = path.rsplit('/').next().unwrap();
            Canned::json(200, &json!({ "id": 1, "full_name": format!("local/r{id}"), "default_branch": "main" }))
        }
    });
    let provider = local(&host);
    let (first, second) = run(async {
        let query = ListQuery::default();
        futures::join!(provider.list(&query), provider.list(&query))
    });
    for listing in [first.unwrap(), second.unwrap()] {
        let names: Vec<Option<&str>> =
            listing.found.iter().take(3).map(|found| found.facts.repository.as_deref()).collect();
        assert_eq!(names, [Some("local/r0"), None, Some("local/r2")]);
    }
    let mut paths = host.take_paths();
    paths.retain(|path| path.contains("repositories"));
    paths.sort();
    assert_eq!(paths, ["GET /api/repositories/0", "GET /api/repositories/1", "GET /api/repositories/2"]);
    run(provider.list(&ListQuery::default())).unwrap();
    assert_eq!(host.take_paths(), ["GET /api/agents/tasks"]);
    host.advance(6 * 60 * 1000);
    run(provider.list(&ListQuery::default())).unwrap();
    assert_eq!(host.take_paths(), ["GET /api/agents/tasks", "GET /api/repositories/1"]);
}

#[test]
fn only_an_address_of_githubs_own_pages_names_a_repository() {
    let addresses = [
        ("https://github.com/o/r/agents/tasks/1", Some("o/r")),
        ("https://github.com/o/r/tasks/1", Some("o/r")),
        ("https://github.com/copilot/tasks/1", None),
        ("https://github.com/o/r", None),
        ("https://github.com.evil.example/o/r/tasks/1", None),
        ("https://evil.example/o/r/tasks/1", None),
        ("http://github.com/o/r/tasks/1", None),
        ("https://github.com/../r/tasks/1", None),
        ("javascript:alert(1)", None),
    ];
    for (address, name) in addresses {
        let host = ScriptedHost::new(move |sent| match sent.path().contains("repositories") {
            true => Canned::text(404, "{}"),
            false => Canned::json(200, &with(task(TASK, "queued"), "html_url", json!(address))),
        });
        let facts = run(github(&host).get(TASK, None)).unwrap();
        assert_eq!(facts.repository.as_deref(), name, "{address}");
        assert_eq!(facts.url.is_some(), address.starts_with("http"), "{address}");
    }
}

#[test]
fn one_session_tells_all_that_its_latest_run_knows() {
    let usage = |unit: &str, amount: f64| json!({ "type": unit, "amount": amount });
    let mut runs = vec![
        with(run_of(TASK, "s2", "in_progress", "And the footer"), "created_at", json!("2025-01-02T00:00:00Z")),
        run_of(TASK, "s1", "completed", "Fix it"),
        json!({ "state": "no id" }),
    ];
    runs[0]["usage"] = usage("ai_credits", 60_000_000.0);
    runs[0]["head_ref"] = json!("copilot/fix-2");
    runs[0]["error"] = json!({ "message": "The job was not completed: premium request quota exceeded" });
    runs[1]["usage"] = usage("ai_credits", 90_000_000.0);
    runs[1]["model"] = json!("auto");
    let host = ScriptedHost::new(move |_| {
        let failed = with(task(TASK, "failed"), "custom_agent", json!({ "id": "docs-writer" }));
        Canned::json(200, &with(failed, "sessions", json!(runs.clone())))
    });
    let facts = run(github(&host).get(TASK, None)).unwrap();
    assert_eq!(facts.status, Status::Failed, "a session that is stuck in progress does not outvote its task");
    assert_eq!(facts.usage, Some(Usage { ai_credits: Some(0.2), premium_requests: None }), "0.15, rounded once");
    assert_eq!(facts.model.as_deref(), Some("claude-sonnet-4.6"));
    assert_eq!(facts.agent.as_deref(), Some("docs-writer"));
    assert_eq!((facts.base_ref.as_deref(), facts.head_ref.as_deref()), (Some("main"), Some("copilot/fix-2")));
    let error = facts.error.unwrap();
    assert!(error.message.contains("quota exceeded") && error.hint.unwrap().contains("billing"));
}

#[test]
fn the_offered_repositories_are_the_persons_own() {
    let host = ScriptedHost::new(|_| {
        Canned::json(
            200,
            &json!([
                { "full_name": "local/demo", "default_branch": "main" },
                { "full_name": "no name" },
                { "full_name": "o/r", "default_branch": null },
            ]),
        )
    });
    let names: Vec<String> = run(local(&host).repositories()).unwrap().into_iter().map(|choice| choice.name).collect();
    assert_eq!(names, ["local/demo", "o/r"]);
    assert_eq!(host.take_paths(), ["GET /api/user/repos"]);
}

fn repository(sent: &Sent) -> Canned {
    match sent.path().as_str() {
        "GET /repos/o/r" => Canned::json(200, &json!({ "full_name": "o/r", "default_branch": "trunk" })),
        "GET /repos/o/r/branches" => match sent.query("page").as_deref() {
            None => Canned::json(200, &json!([{ "name": "trunk" }, { "name": "feature/x" }]))
                .header("link", r#"<https://api.github.com/repos/o/r/branches?per_page=100&page=2>; rel="next""#),
            _ => Canned::json(200, &json!([{ "name": "z" }])),
        },
        "GET /repos/o/r/contents/.github/agents" => Canned::json(
            200,
            &json!([{ "name": "docs.agent.md" }, { "name": "README.md" }, { "name": ".agent.md" }, { "name": "a b.agent.md" }]),
        ),
        "GET /repos/o/r/contents/.github/agents/docs.agent.md" => {
            assert!(sent.headers.contains(&("accept", "application/vnd.github.raw+json".into())));
            Canned::text(200, "---\nname: \"Docs writer\"\ndescription: Writes: docs\ntools: [a]\n---\nname: no\n")
        }
        _ => Canned::text(404, "{}"),
    }
}

#[test]
fn options_hold_branches_agents_and_the_documented_models() {
    let host = ScriptedHost::new(repository);
    let options = run(github(&host).options("o/r")).unwrap();
    assert_eq!(
        (options.default_branch.as_str(), options.branches),
        ("trunk", vec!["trunk".into(), "feature/x".into(), "z".into()])
    );
    assert_eq!(
        options.agents,
        [
            Choice { id: "a b".into(), label: "a b".into(), description: None },
            Choice { id: "docs".into(), label: "Docs writer".into(), description: Some("Writes: docs".into()) },
        ]
    );
    let mut models: Vec<&str> = options.models.iter().map(|model| model.id.as_str()).collect();
    models.sort_unstable();
    assert_eq!(
        models,
        [
            "claude-opus-4.5",
            "claude-opus-4.6",
            "claude-sonnet-4.5",
            "claude-sonnet-4.6",
            "gpt-5.2-codex",
            "gpt-5.3-codex",
            "gpt-5.4",
        ]
    );
    assert_eq!(run(github(&host).options("o/none")).unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn a_repository_without_agents_or_commits_still_has_options() {
    let host = ScriptedHost::new(|sent| match sent.path().as_str() {
        "GET /api/repos/o/r" => Canned::json(200, &json!({ "full_name": "o/r", "default_branch": "main" })),
        "GET /api/repos/o/r/branches" => Canned::text(200, "[]"),
        _ => Canned::text(404, "{}"),
    });
    let options = run(local(&host).options("o/r")).unwrap();
    assert!(options.agents.is_empty() && options.models.is_empty() && options.branches.is_empty());
    assert!(options.notes.iter().any(|note| note.contains("first commit")), "{:?}", options.notes);
}

fn changed_files() -> Value {
    json!([
        { "filename": "src/a b.rs", "status": "modified", "additions": 1, "deletions": 1, "patch": "@@ -1 +1 @@\n-a\n+b" },
        { "filename": "new.txt", "status": "added", "additions": 1, "deletions": 0, "patch": "@@ -0,0 +1 @@\n+x" },
        { "filename": "gone.txt", "status": "removed", "additions": 0, "deletions": 1, "patch": "@@ -1 +0,0 @@\n-x" },
        { "filename": "to", "previous_filename": "from", "status": "renamed", "additions": 0, "deletions": 0 },
        { "filename": "logo.png", "status": "changed" },
    ])
}

#[test]
fn the_changes_of_a_pull_request_are_its_files_on_all_pages() {
    let host = ScriptedHost::new(|sent| match sent.path().as_str() {
        "POST /graphql" => graphql(sent),
        "GET /repos/octocat/hello-world/pulls/42/files" => match sent.query("page").as_deref() {
            None => Canned::json(200, &changed_files()).header(
                "link",
                r#"<https://api.github.com/repos/octocat/hello-world/pulls/42/files?page=2>; rel="next""#,
            ),
            _ => Canned::json(200, &json!([{ "filename": "last" }])),
        },
        _ => Canned::json(200, &with(task(TASK, "completed"), "artifacts", json!([pull_artifact(42)]))),
    });
    let changes = run(github(&host).changes(TASK)).unwrap();
    let seen: Vec<(&str, ChangeStatus, Option<&str>)> =
        changes.iter().map(|change| (change.path.as_str(), change.status, change.diff.as_deref())).collect();
    assert_eq!(
        seen,
        [
            ("src/a b.rs", ChangeStatus::Modified, Some("--- a/src/a b.rs\n+++ b/src/a b.rs\n@@ -1 +1 @@\n-a\n+b\n")),
            ("new.txt", ChangeStatus::Added, Some("--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+x\n")),
            ("gone.txt", ChangeStatus::Removed, Some("--- a/gone.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n")),
            ("to", ChangeStatus::Renamed, None),
            ("logo.png", ChangeStatus::Modified, None),
            ("last", ChangeStatus::Modified, None),
        ]
    );
    assert_eq!(changes[3].previous_path.as_deref(), Some("from"));
}

#[test]
fn without_a_pull_request_the_branch_is_compared_with_its_base() {
    let host = ScriptedHost::new(|sent| match sent.path().as_str() {
        path if path.contains("/compare/") => Canned::json(200, &json!({ "files": changed_files() })),
        _ => {
            Canned::json(200, &with(task(TASK, "completed"), "sessions", json!([run_of(TASK, "s", "completed", "x")])))
        }
    });
    assert_eq!(run(github(&host).changes(TASK)).unwrap().len(), 5);
    assert_eq!(host.take_paths()[1], "GET /repos/octocat/hello-world/compare/main...copilot%2Ffix-1");
}

#[test]
fn no_branch_yet_means_no_changes_and_a_lost_branch_is_told() {
    let host = ScriptedHost::new(|_| Canned::json(200, &task(TASK, "queued")));
    assert_eq!(run(github(&host).changes(TASK)).unwrap(), []);

    let unpushed = |sent: &Sent| match sent.path().contains("/compare/") {
        true => Canned::text(404, "{}"),
        false => Canned::json(200, &with(task(TASK, "failed"), "sessions", json!([run_of(TASK, "s", "failed", "x")]))),
    };
    let host = ScriptedHost::new(unpushed);
    assert_eq!(run(github(&host).changes(TASK)).unwrap(), []);

    let host = ScriptedHost::new(|sent| match sent.path().contains("/compare/") {
        true => Canned::text(404, "{}"),
        false => {
            let branch = json!([{ "type": "branch", "data": { "head_ref": "copilot/x", "base_ref": "main" } }]);
            Canned::json(200, &with(task(TASK, "completed"), "artifacts", branch))
        }
    });
    let error = run(github(&host).changes(TASK)).unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
    assert!(error.message.contains("copilot/x"), "{}", error.message);
}
