//! Starts, messages, answers and the rest of what changes something.

use cloud_agents::error::ErrorCode;
use cloud_agents::host::Method;
use cloud_agents::provider::StartRequest;
use cloud_agents::session::{Answer, Artifact, Status};
use serde_json::{Value, json};

use crate::host::{Canned, ScriptedHost, Sent, TOKEN, run};
use crate::{TASK, github, local, request, run_of, task, with};

const MARKER: &str = "abcdefghijklmnopqrstuvwxyz";

fn created(_: &Sent) -> Canned {
    Canned::json(201, &with(task(TASK, "queued"), "session_count", json!(0)))
}

#[test]
fn a_start_sends_every_field_and_always_says_whether_it_wants_a_pull_request() {
    let host = ScriptedHost::new(created);
    let full = StartRequest {
        title: Some("My title".into()),
        base_ref: Some("develop".into()),
        head_ref: Some("feature/x".into()),
        agent: Some("my-custom-agent".into()),
        model: Some("claude-sonnet-4.6".into()),
        create_pull_request: true,
        ..request("Fix the login button")
    };
    let found = run(github(&host).start(&full, MARKER)).unwrap();
    assert_eq!(found.remote, TASK);
    assert_eq!((found.facts.status, found.facts.raw_status.as_str()), (Status::Queued, "queued"));
    assert_eq!(found.facts.repository.as_deref(), Some("octocat/hello-world"));
    assert_eq!(found.facts.model, None, "the reply says nothing of a model, so nothing is invented");

    run(github(&host).start(&request("Fix it"), MARKER)).unwrap();
    let sent = host.sent.borrow();
    assert_eq!(sent.len(), 2, "the documented API has no call that sets a title");
    assert_eq!(sent[0].url, "https://api.github.com/agents/repos/octocat/hello-world/tasks");
    assert_eq!(
        sent[0].json(),
        json!({
            "prompt": format!("Fix the login button\n\n<!-- cloud-agents:{MARKER} -->"),
            "create_pull_request": true,
            "model": "claude-sonnet-4.6",
            "custom_agent": "my-custom-agent",
            "base_ref": "develop",
            "head_ref": "feature/x",
        })
    );
    assert_eq!(
        sent[1].json(),
        json!({ "prompt": format!("Fix it\n\n<!-- cloud-agents:{MARKER} -->"), "create_pull_request": false })
    );
}

#[test]
fn only_headers_that_github_lets_web_pages_send_are_sent() {
    let host = ScriptedHost::new(created);
    run(github(&host).start(&request("Fix it"), MARKER)).unwrap();
    let sent = host.sent.borrow();
    let mut headers = sent[0].headers.clone();
    headers.sort();
    assert_eq!(
        headers,
        [
            ("accept", "application/vnd.github+json, application/json".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("x-github-api-version", "2026-03-10".to_owned()),
        ]
    );
    assert_eq!(sent[0].bearer.as_deref(), Some(TOKEN));
}

#[test]
fn what_cannot_be_started_is_refused_before_anything_is_sent() {
    let host = ScriptedHost::new(created);
    let provider = github(&host);
    for repository in ["", "hello-world", "octocat/", "/x", "a/b/c", "../..", "a/..", "octo cat/x", "a/b?c", "a/%2e"] {
        let wrong = StartRequest { repository: repository.into(), ..request("Fix it") };
        let error = run(provider.start(&wrong, MARKER)).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid, "{repository}");
    }
    assert_eq!(run(provider.start(&request(" \n"), MARKER)).unwrap_err().code, ErrorCode::Invalid);
    let long = "😀".repeat(29_950 / 2);
    assert_eq!(run(provider.start(&request(&format!("{long}x")), MARKER)).unwrap_err().code, ErrorCode::TooLarge);
    assert!(host.sent.borrow().is_empty());
    assert!(run(provider.start(&request(&long), MARKER)).is_ok(), "the marker does not count against the limit");
}

#[test]
fn a_local_start_is_given_its_title_and_survives_when_that_fails() {
    let named = |sent: &Sent| match sent.method {
        Method::Patch => Canned::json(200, &task(TASK, "queued")),
        _ => created(sent),
    };
    let host = ScriptedHost::new(named);
    let titled = StartRequest { title: Some("t".repeat(130)), ..request("Fix it") };
    let found = run(local(&host).start(&titled, MARKER)).unwrap();
    assert_eq!(found.facts.title, "t".repeat(100));
    assert_eq!(host.sent.borrow()[1].line(), format!("PATCH /api/agents/tasks/{TASK}"));
    assert_eq!(host.sent.borrow()[1].json(), json!({ "name": "t".repeat(100) }));

    host.answer_with(|sent| match sent.method {
        Method::Patch => Canned::text(500, "no"),
        _ => created(sent),
    });
    let found = run(local(&host).start(&titled, MARKER)).unwrap();
    assert_eq!(found.facts.title, "Fix the login button on the homepage");
}

#[test]
fn a_start_whose_reply_cannot_be_read_is_told_as_such_and_not_sent_again() {
    for unreadable in [
        Canned::text(201, r#"{"id":"a1b2"#),
        Canned::text(201, "<html>Sign in</html>"),
        Canned::text(201, ""),
        Canned::json(201, &json!({ "state": "queued" })),
        Canned::json(201, &json!({ "id": "" })),
        Canned::text(502, "<html>Bad gateway</html>"),
        Canned::text(504, ""),
        Canned::lost(),
    ] {
        let answer = unreadable.clone();
        let host = ScriptedHost::new(move |_| answer.clone());
        let error = run(github(&host).start(&request("Fix it"), MARKER)).unwrap_err();
        assert_eq!(error.code, ErrorCode::UnreadableReply, "{unreadable:?}");
        assert!(error.may_have_happened());
        let posts = host.sent.borrow().iter().filter(|sent| sent.method == Method::Post).count();
        assert_eq!(posts, 1, "{unreadable:?}");
    }
}

#[test]
fn a_lost_start_is_found_by_its_marker() {
    let prompt = format!("Fix it\n\n<!-- cloud-agents:{MARKER} -->");
    let runs = json!([run_of(TASK, "s1", "completed", "Something else"), run_of(TASK, "s2", "queued", &prompt)]);
    let host = ScriptedHost::new(move |_| Canned::json(200, &with(task(TASK, "queued"), "sessions", runs.clone())));
    let provider = github(&host);
    assert!(run(provider.has_start(TASK, MARKER)).unwrap());
    assert!(!run(provider.has_start(TASK, "abcdefghijklmnopqrstuvwxy2")).unwrap());
}

#[test]
fn whose_start_a_task_is_cannot_be_told_before_its_first_session() {
    let wordless = json!([{ "id": "s1", "state": "in_progress", "created_at": "2026-01-01T00:00:00Z" }]);
    for begun in
        [task(TASK, "queued"), task(TASK, "in_progress"), with(task(TASK, "in_progress"), "sessions", wordless)]
    {
        let host = ScriptedHost::new(move |_| Canned::json(200, &begun));
        let error = run(github(&host).has_start(TASK, MARKER)).unwrap_err();
        assert_eq!(error.code, ErrorCode::Conflict);
    }
    let host = ScriptedHost::new(|_| Canned::json(200, &task(TASK, "completed")));
    assert!(!run(github(&host).has_start(TASK, MARKER)).unwrap());
}

#[test]
fn messages_answers_and_stops_steer() {
    let host = ScriptedHost::new(|_| Canned::text(202, "{}"));
    let provider = local(&host);
    run(provider.send(TASK, " And the footer ", MARKER)).unwrap();
    run(provider.cancel(TASK)).unwrap();
    let answer = |question: &str, choice: Option<&str>, text: Option<&str>| {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        run(provider.answer(TASK, &Answer { question: question.into(), choice: owned(choice), text: owned(text) }))
    };
    answer("q1", Some("Blue"), None).unwrap();
    answer("q1", None, Some("Greenish")).unwrap();
    let error = answer("q1", None, Some("  ")).unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    assert_eq!(answer("q1", None, None).unwrap_err().code, ErrorCode::Invalid);

    let sent = host.sent.borrow();
    assert!(sent.iter().all(|sent| sent.line() == format!("POST /api/agents/tasks/{TASK}/steer")));
    let bodies: Vec<Value> = sent.iter().map(Sent::json).collect();
    assert_eq!(
        bodies[..2],
        [
            json!({
                "type": "user_message",
                "content": format!("And the footer\n\n<!-- cloud-agents:{MARKER} -->"),
            }),
            json!({ "type": "abort" }),
        ]
    );
    let content = |body: &Value| serde_json::from_str::<Value>(body["content"].as_str().unwrap()).unwrap();
    assert!(bodies[2..].iter().all(|body| body["type"] == "ask_user_response"));
    assert_eq!(content(&bodies[2]), json!({ "requestId": "q1", "answer": "Blue", "wasFreeform": false }));
    assert_eq!(content(&bodies[3]), json!({ "requestId": "q1", "answer": "Greenish", "wasFreeform": true }));
    assert_eq!(bodies.len(), 4);
}

#[test]
fn a_lost_message_is_found_on_any_page_of_the_events() {
    let event = |number: usize, text: &str| json!({ "id": format!("e{number}"), "type": "user.message", "data": { "content": text } });
    let host = ScriptedHost::new(move |sent| {
        let page: usize = sent.query("page").unwrap().parse().unwrap();
        let first = (page - 1) * 100;
        let events: Vec<Value> = (first..(first + 100).min(250))
            .map(|number| match number {
                203 => event(number, &format!("x\n\n<!-- cloud-agents:{MARKER} -->")),
                _ => event(number, "x"),
            })
            .collect();
        Canned::json(200, &json!({ "events": events, "total": 250 }))
    });
    let provider = local(&host);
    assert!(run(provider.has_message(TASK, MARKER)).unwrap());
    assert!(!run(provider.has_message(TASK, "another")).unwrap());
    assert_eq!(host.sent.borrow().len(), 6);
}

#[test]
fn archive_and_pull_requests_have_calls_of_their_own() {
    let host = ScriptedHost::new(|sent| match sent.path().as_str() {
        path if path.ends_with("/pulls") => {
            Canned::json(201, &json!({ "id": 9, "number": 3, "repository_id": 1_296_269 }))
        }
        path if path.contains("/repositories/") => Canned::json(200, &json!({ "full_name": "local/demo" })),
        _ => Canned::json(200, &task(TASK, "completed")),
    });
    let provider = local(&host);
    run(provider.set_archived(TASK, true)).unwrap();
    run(provider.set_archived(TASK, false)).unwrap();
    run(provider.create_pull_request(TASK)).unwrap();
    assert_eq!(
        host.take_paths(),
        [
            format!("POST /api/agents/tasks/{TASK}/archive"),
            format!("POST /api/agents/tasks/{TASK}/unarchive"),
            format!("GET /api/agents/tasks/{TASK}"),
            "GET /api/repositories/1296269".to_owned(),
            format!("POST /api/agents/repos/local/demo/tasks/{TASK}/pulls"),
        ]
    );
}

#[test]
fn github_itself_has_none_of_the_calls_beyond_the_documented_ones() {
    let host = ScriptedHost::new(created);
    let provider = github(&host);
    let capabilities = provider.capabilities();
    assert!(!capabilities.follow_up && !capabilities.steer && !capabilities.answer && !capabilities.cancel);
    assert!(!capabilities.archive && !capabilities.create_pull_request);
    let answer = Answer { question: "q".into(), choice: Some("x".into()), text: None };
    for outcome in [
        run(provider.send(TASK, "x", MARKER)),
        run(provider.answer(TASK, &answer)),
        run(provider.cancel(TASK)),
        run(provider.set_archived(TASK, true)),
        run(provider.create_pull_request(TASK)),
        run(provider.has_message(TASK, MARKER)).map(drop),
    ] {
        let error = outcome.unwrap_err();
        assert_eq!(error.code, ErrorCode::Unsupported);
        assert!(error.hint.contains("GitHub"), "{}", error.hint);
    }
    assert!(host.sent.borrow().is_empty());
}

#[test]
fn ids_of_servers_cannot_lead_to_another_path() {
    let host = ScriptedHost::new(|_| Canned::text(202, "{}"));
    run(local(&host).cancel("../../user?x#y")).unwrap();
    assert_eq!(host.sent.borrow()[0].line(), "POST /api/agents/tasks/..%2F..%2Fuser%3Fx%23y/steer");
    for id in ["", ".", ".."] {
        assert_eq!(run(local(&host).cancel(id)).unwrap_err().code, ErrorCode::Invalid);
    }
}

#[test]
fn a_task_with_a_branch_tells_the_branch_it_really_got() {
    let branch = json!([{ "provider": "github", "type": "branch",
        "data": { "head_ref": "refs/heads/copilot/real", "base_ref": "main" } }]);
    let host = ScriptedHost::new(move |_| Canned::json(201, &with(task(TASK, "queued"), "artifacts", branch.clone())));
    let wanted = StartRequest { head_ref: Some("mine".into()), ..request("Fix it") };
    let found = run(github(&host).start(&wanted, MARKER)).unwrap();
    assert_eq!(found.facts.head_ref.as_deref(), Some("copilot/real"));
    assert_eq!(found.facts.artifacts, [Artifact::Branch { head_ref: "copilot/real".into(), base_ref: "main".into() }]);
}
