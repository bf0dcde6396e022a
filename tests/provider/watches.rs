//! Following a session: what is asked, how often, and what is new each time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use cloud_agents::error::ErrorCode;
use cloud_agents::provider::{News, Watch};
use cloud_agents::session::{Part, Status, ToolStatus, TurnState};
use serde_json::{Value, json};

use crate::host::{Canned, ScriptedHost, Sent, run};
use crate::{TASK, github, local, run_of, task, with};

/// A task with a history that grows, served with entity tags and in pages.
#[derive(Clone)]
struct Server(Rc<RefCell<(String, Vec<Value>)>>);

impl Server {
    fn new(state: &str) -> Self {
        Self(Rc::new(RefCell::new((state.to_owned(), Vec::new()))))
    }

    fn state(&self, state: &str) {
        self.0.borrow_mut().0 = state.to_owned();
    }

    fn event(&self, kind: &str, data: Value) {
        let events = &mut self.0.borrow_mut().1;
        let id = format!("e{}", events.len());
        events.push(json!({ "id": id, "timestamp": "2026-01-01T00:00:00Z", "type": kind, "data": data }));
    }

    fn answer(&self, sent: &Sent) -> Canned {
        let (state, events) = &*self.0.borrow();
        if sent.path().contains("/repositories/") {
            return Canned::json(200, &json!({ "full_name": "local/demo" }));
        }
        if !sent.path().ends_with("/events") {
            let run = run_of(TASK, "s1", state, "Fix it\n\n<!-- cloud-agents:m -->");
            let task = with(task(TASK, state), "sessions", json!([run]));
            return Canned::json(200, &task).header("etag", format!("\"task-{state}\""));
        }
        assert_eq!(sent.query("per_page").as_deref(), Some("100"));
        let page: usize = sent.query("page").unwrap().parse().unwrap();
        let first = ((page - 1) * 100).min(events.len());
        let shown = &events[first..(first + 100).min(events.len())];
        let tag = format!("\"{page}-{}\"", events.len());
        Canned::json(200, &json!({ "events": shown, "total": events.len() })).header("etag", tag)
    }
}

fn watched(server: &Server) -> (Rc<ScriptedHost>, Box<dyn Watch>) {
    let answering = server.clone();
    let host = ScriptedHost::new(move |sent| answering.answer(sent));
    let watch = local(&host).watch(TASK);
    (host, watch)
}

#[test]
fn a_session_is_followed_from_its_prompt_to_its_end() {
    let server = Server::new("queued");
    let (_, mut watch) = watched(&server);
    let look = run(watch.look()).unwrap();
    assert_eq!(look.news, [News::Turn("start".into())]);
    assert_eq!(watch.turns()[0].request.text, "Fix it", "without the marker");
    assert_eq!(look.facts.repository.as_deref(), Some("local/demo"));

    server.state("in_progress");
    server.event("session.start", json!({}));
    server.event("user.message", json!({ "content": "Fix it\n\n<!-- cloud-agents:m -->" }));
    server.event("assistant.message", json!({ "messageId": "m1", "content": "I look", "toolRequests": [] }));
    let call = json!([{ "toolCallId": "c1", "name": "bash", "arguments": { "command": "ls" } }]);
    server.event("assistant.message", json!({ "messageId": "m1", "content": "I look around.", "toolRequests": call }));
    let look = run(watch.look()).unwrap();
    let part = |part: &str| News::Part { turn: "start".into(), part: part.into() };
    assert_eq!(look.news, [part("m1"), part("c1")]);
    assert_eq!(watch.turns().len(), 1);
    assert_eq!(watch.turns()[0].parts[0], Part::Text { id: "m1".into(), text: "I look around.".into() });
    assert!(matches!(&watch.turns()[0].parts[1], Part::Tool { status: ToolStatus::Running, .. }));

    server.state("waiting_for_user");
    server.event("user_input.requested", json!({ "requestId": "q1", "question": "Which?", "choices": ["A", "B"] }));
    let look = run(watch.look()).unwrap();
    assert_eq!(look.news, [News::Question("q1".into())]);
    assert_eq!((watch.questions()[0].choices.len(), watch.questions()[0].freeform), (2, true));

    server.state("completed");
    server.event("user_input.completed", json!({ "requestId": "q1", "answer": "A", "wasFreeform": false }));
    server.event("session.idle", json!({}));
    let look = run(watch.look()).unwrap();
    assert_eq!(look.facts.status, Status::Completed);
    assert_eq!(look.news, [News::Turn("start".into()), part("c1")]);
    assert!(watch.questions().is_empty());
    assert_eq!(watch.turns()[0].state, TurnState::Completed);
    assert!(
        matches!(&watch.turns()[0].parts[1], Part::Tool { status: ToolStatus::Unknown, .. }),
        "nobody said how it went"
    );
    assert_eq!(run(watch.look()).unwrap().news, []);
}

#[test]
fn only_the_pages_that_can_hold_something_new_are_read_again() {
    let server = Server::new("in_progress");
    server.event("user.message", json!({ "content": "Fix it" }));
    for number in 1..250 {
        server.event("assistant.message", json!({ "messageId": format!("m{number}"), "content": "x" }));
    }
    let (host, mut watch) = watched(&server);
    run(watch.look()).unwrap();
    let pages = |host: &ScriptedHost| -> Vec<String> {
        host.sent.borrow_mut().drain(..).filter_map(|sent| sent.query("page")).collect()
    };
    assert_eq!(pages(&host), ["1", "2", "3"]);
    assert_eq!(watch.turns()[0].parts.len(), 249);
    assert_eq!(run(watch.look()).unwrap().news, []);
    assert_eq!(pages(&host), ["3"]);
    for number in 250..300 {
        server.event("assistant.message", json!({ "messageId": format!("m{number}"), "content": "x" }));
    }
    assert_eq!(run(watch.look()).unwrap().news.len(), 50);
    assert_eq!(pages(&host), ["3"]);
    server.event("assistant.message", json!({ "messageId": "m300", "content": "x" }));
    assert_eq!(run(watch.look()).unwrap().news.len(), 1);
    assert_eq!(pages(&host), ["4"]);

    // The server wrote its history anew: what is known already is not news.
    server.0.borrow_mut().1.truncate(150);
    server.event("assistant.message", json!({ "messageId": "m1", "content": "xy" }));
    server.0.borrow_mut().1.last_mut().unwrap()["id"] = json!("rewritten");
    assert_eq!(run(watch.look()).unwrap().news, [News::Part { turn: "start".into(), part: "m1".into() }]);
    assert_eq!(pages(&host), ["4", "1", "2"]);
}

#[test]
fn two_watches_on_one_connection_each_see_everything() {
    let server = Server::new("in_progress");
    server.event("user.message", json!({ "content": "Fix it" }));
    let answering = server.clone();
    let host = ScriptedHost::new(move |sent| answering.answer(sent));
    let provider = local(&host);
    let (mut first, mut second) = (provider.watch(TASK), provider.watch(TASK));
    run(first.look()).unwrap();
    server.event("assistant.message", json!({ "messageId": "m1", "content": "x" }));
    server.state("completed");
    run(second.look()).unwrap();
    let look = run(first.look()).unwrap();
    assert_eq!(look.facts.status, Status::Completed);
    assert_eq!(first.turns(), second.turns());
    assert_eq!(first.turns()[0].parts.len(), 1);
    assert!(provider.traffic().not_modified >= 2, "the second reader's replies serve the first");
}

#[test]
fn a_look_that_fails_loses_nothing() {
    let server = Server::new("in_progress");
    server.event("user.message", json!({ "content": "Fix it" }));
    let (host, mut watch) = watched(&server);
    run(watch.look()).unwrap();
    server.state("completed");
    server.event("assistant.message", json!({ "messageId": "m1", "content": "x" }));
    let answering = server.clone();
    host.answer_with(move |sent| match sent.path().ends_with("/events") {
        true => Canned::text(500, "{}"),
        false => answering.answer(sent),
    });
    assert_eq!(run(watch.look()).unwrap_err().code, ErrorCode::Provider);
    let answering = server.clone();
    host.answer_with(move |sent| answering.answer(sent));
    let look = run(watch.look()).unwrap();
    assert_eq!(look.facts.status, Status::Completed);
    assert_eq!(look.news, [News::Turn("start".into()), News::Part { turn: "start".into(), part: "m1".into() }]);
}

#[test]
fn the_pace_follows_the_session() {
    for (state, with_extras, without) in
        [("queued", 2, 5), ("in_progress", 2, 5), ("waiting_for_user", 3, 5), ("idle", 10, 10), ("completed", 10, 10)]
    {
        let server = Server::new(state);
        let (_, mut watch) = watched(&server);
        for _ in 0..5 {
            run(watch.look()).unwrap();
        }
        assert_eq!(watch.pace(), Duration::from_secs(with_extras), "{state}");
        let host = ScriptedHost::new(move |sent| server.answer(sent));
        let mut watch = github(&host).watch(TASK);
        run(watch.look()).unwrap();
        assert_eq!(watch.pace(), Duration::from_secs(without), "{state}");
    }
}

#[test]
fn who_has_just_begun_to_watch_a_running_session_is_told_sooner() {
    let server = Server::new("queued");
    let (_, mut watch) = watched(&server);
    for pace in [1, 1, 1, 1, 2] {
        run(watch.look()).unwrap();
        assert_eq!(watch.pace(), Duration::from_secs(pace));
    }
}

#[test]
fn without_events_the_sessions_of_the_task_are_its_turns() {
    let stage = Rc::new(RefCell::new("in_progress"));
    let state = stage.clone();
    let host = ScriptedHost::new(move |_| {
        let state = *state.borrow();
        let later = run_of(TASK, "s2", "in_progress", "And the footer\n\n<!-- cloud-agents:m -->");
        let later = with(later, "created_at", json!("2025-01-02T00:00:00Z"));
        let earlier = run_of(TASK, "s1", "failed", "Fix it");
        Canned::json(200, &with(task(TASK, state), "sessions", json!([later, earlier])))
    });
    let mut watch = github(&host).watch(TASK);
    assert_eq!(run(watch.look()).unwrap().news, [News::Turn("s1".into()), News::Turn("s2".into())]);
    let turns: Vec<(&str, TurnState)> =
        watch.turns().iter().map(|turn| (turn.request.text.as_str(), turn.state)).collect();
    assert_eq!(turns, [("Fix it", TurnState::Failed), ("And the footer", TurnState::Running)]);
    *stage.borrow_mut() = "cancelled";
    assert_eq!(run(watch.look()).unwrap().news, [News::Turn("s2".into())]);
    assert_eq!(watch.turns()[1].state, TurnState::Cancelled);
    assert!(host.take_paths().iter().all(|path| !path.ends_with("/events")));
}

#[test]
fn a_pull_request_that_cannot_be_looked_up_is_not_asked_for_at_every_look() {
    let host = ScriptedHost::new(|sent| match sent.path().as_str() {
        "POST /graphql" => Canned::text(403, "{}"),
        _ => {
            let pull = json!([{ "type": "pull", "data": { "id": 1, "global_id": "PR_1" } }]);
            Canned::json(200, &with(task(TASK, "in_progress"), "artifacts", pull))
        }
    });
    let mut watch = github(&host).watch(TASK);
    let asked = |host: &ScriptedHost| host.take_paths().iter().filter(|path| *path == "POST /graphql").count();
    for expected in [1, 0, 0] {
        run(watch.look()).unwrap();
        assert_eq!(asked(&host), expected);
    }
    host.advance(31_000);
    run(watch.look()).unwrap();
    assert_eq!(asked(&host), 1);
}
