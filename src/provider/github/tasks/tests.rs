#![cfg(not(target_arch = "wasm32"))]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Draft, marked, repository_in, split_repository, unmarked};
use crate::json;
use crate::session::{Status, Timestamp, TurnState};

const MARKER: &str = "abcdefghijklmnopqrstuvwxyz";

fn draft(task: &Value) -> Option<Box<Draft>> {
    Draft::read(task, &|host| host == "github.com")
}

/// The example of the REST reference, "Get a task by ID".
fn example() -> Value {
    json!({"id":"a1b2c3d4-e5f6-7890-abcd-ef1234567890","url":"https://api.github.com/agents/repos/octocat/hello-world/tasks/a1b2c3d4-e5f6-7890-abcd-ef1234567890","html_url":"https://github.com/octocat/hello-world/copilot/tasks/a1b2c3d4-e5f6-7890-abcd-ef1234567890","name":"Fix the login button on the homepage","creator":{"id":1},"creator_type":"user","owner":{"id":1},"repository":{"id":1_296_269},"state":"completed","session_count":1,"artifacts":[{"provider":"github","type":"pull","data":{"id":42}}],"archived_at":null,"created_at":"2025-01-01T00:00:00Z","updated_at":"2025-01-01T01:00:00Z","sessions":[{"id":"s1a2b3c4-d5e6-7890-abcd-ef1234567890","name":"Fix the login button on the homepage","user":{"id":1},"owner":{"id":1},"repository":{"id":1_296_269},"task_id":"a1b2c3d4-e5f6-7890-abcd-ef1234567890","state":"completed","created_at":"2025-01-01T00:00:00Z","updated_at":"2025-01-01T01:00:00Z","completed_at":"2025-01-01T01:00:00Z","prompt":"Fix the login button on the homepage","head_ref":"copilot/fix-1","base_ref":"main","model":"claude-sonnet-4.6"}]})
}

#[test]
fn the_documented_example_keeps_every_field() {
    let draft = draft(&example()).unwrap();
    let facts = json::parse(json::object(&draft.facts).as_bytes()).unwrap();
    assert_eq!(
        facts,
        json!({
            "title": "Fix the login button on the homepage",
            "status": "completed",
            "rawStatus": "completed",
            "repository": "octocat/hello-world",
            "baseRef": "main",
            "headRef": "copilot/fix-1",
            "model": "claude-sonnet-4.6",
            "createdAt": "2025-01-01T00:00:00Z",
            "updatedAt": "2025-01-01T01:00:00Z",
            "url": "https://github.com/octocat/hello-world/copilot/tasks/a1b2c3d4-e5f6-7890-abcd-ef1234567890",
            "artifacts": [{ "kind": "pull-request", "id": "42" }],
            "archived": false,
        })
    );
    assert_eq!((draft.repository_id, draft.pulls.len(), draft.runs.len()), (Some(1_296_269), 0, 1));
    assert_eq!(draft.runs[0].state, TurnState::Completed);
}

#[test]
fn archived_says_so_and_a_task_without_dates_or_name_is_still_one() {
    let mut task = example();
    task["archived_at"] = json!("2025-02-01T00:00:00Z");
    assert!(draft(&task).unwrap().facts.archived);
    let bare = draft(&json!({ "id": "x" })).unwrap();
    assert_eq!((bare.facts.status, bare.facts.raw_status.as_str()), (Status::Unknown, ""));
    assert_eq!((bare.facts.title.as_str(), bare.facts.created_at), ("Untitled session", Timestamp(0)));
}

#[test]
fn a_title_shows_no_marker() {
    let mut task = example();
    for (name, title) in [
        (json!("Fix it <!-- cloud-agents:abc"), "Fix it"),
        (json!("  \n Second line\nthird"), "Second line"),
        (json!(""), "Fix the login button on the homepage"),
        (Value::Null, "Fix the login button on the homepage"),
    ] {
        task["name"] = name;
        assert_eq!(draft(&task).unwrap().facts.title, title);
    }
}

#[test]
fn usage_is_summed_before_it_is_divided_and_rounded_once() {
    let mut task = example();
    let run = task["sessions"][0].clone();
    let used = |unit: &str, amount: f64| {
        let mut run = run.clone();
        run["usage"] = json!({ "type": unit, "amount": amount });
        run
    };
    // Each of the three alone would round to nothing.
    let credits = used("ai_credits", 40_000_000.0);
    task["sessions"] =
        json!([credits, credits, credits, used("premium_requests", 0.33), used("premium_requests", 1.0)]);
    let usage = draft(&task).unwrap().facts.usage.unwrap();
    assert_eq!((usage.ai_credits, usage.premium_requests), (Some(0.1), Some(1.33)));
    task["sessions"] = json!([used("novelty", 3.0), run]);
    assert_eq!(draft(&task).unwrap().facts.usage, None);
}

#[test]
fn a_bad_session_or_artifact_costs_only_itself() {
    let mut task = example();
    let run = task["sessions"][0].clone();
    task["sessions"] = json!([5, run, { "state": "queued" }]);
    task["artifacts"] = json!([null, { "type": "branch", "data": { "head_ref": "refs/heads/x" } }]);
    let draft = draft(&task).unwrap();
    assert_eq!((draft.runs.len(), draft.facts.artifacts.len()), (1, 2));
    assert_eq!(draft.facts.head_ref.as_deref(), Some("x"));
}

#[test]
fn a_name_of_a_repository_is_two_plain_words() {
    for good in ["octocat/hello-world", "a/b.c", "A_1/.github"] {
        assert!(split_repository(good).is_some(), "{good}");
    }
    for bad in ["", "/", "a/", "/b", "a", "a/b/c", "a/..", "./b", "a b/c", "a/b?c", "a/b#c", "a/é", "a/b\n"] {
        assert_eq!(split_repository(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn a_marker_is_taken_off_again(text in "\\PC{0,60}") {
        let sent = marked(&text, MARKER);
        prop_assert!(sent.ends_with(" -->"));
        prop_assert_eq!(unmarked(&sent), text.trim_end());
    }

    #[test]
    fn only_a_marker_at_the_end_is_one(text in "[a-z <!->]{0,40}") {
        let quoted = format!("a\n{}\n{text}z", super::mark(MARKER));
        prop_assert_eq!(unmarked(&quoted), quoted.as_str());
    }

    #[test]
    fn no_address_is_too_strange(url in "(https://github.com)?[/a-z.?#%]{0,40}") {
        if let Some(name) = repository_in(&url, &|host| host == "github.com") {
            prop_assert!(split_repository(&name).is_some());
        }
    }

    #[test]
    fn no_task_is_too_strange(
        key in prop::sample::select(vec!["id", "state", "artifacts", "sessions", "repository", "created_at", "name", "custom_agent"]),
        value in prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), ".{0,10}".prop_map(Value::from),
            Just(json!([])), Just(json!([{}])), Just(json!({})), Just(json!({ "id": -1 }))],
    ) {
        let mut task = example();
        task[key] = value;
        let _ = draft(&task);
    }
}
