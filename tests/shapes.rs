//! What the core writes for JavaScript is what the types of the package say. The same lines stand in
//! `tests/package/shapes.ts`, where TypeScript holds them against the types.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::rc::Rc;

use cloud_agents::error::{Error, ErrorCode};
use cloud_agents::handoff::{Prepared, PushedContent, PushedFile, PushedSecret};
use cloud_agents::hub::{Attention, ChangeKind, Counts, ProviderInfo, RefreshReport, SessionChange};
use cloud_agents::json::{self, Fields};
use cloud_agents::provider::{
    Capabilities, Choice, ConnectionState, Limit, Limits, RepositoryChoice, StartOptions, StartRequest, Stream, Unit,
};
use cloud_agents::session::{
    Answer, Artifact, ChangeStatus, FileChange, Kind, Part, PullRequest, Question, Request, Session, SessionDetail,
    SessionError, SessionEvent, SessionFacts, Status, Timestamp, ToolStatus, Turn, TurnState, Usage,
};
use serde_json::json;

/// The lines that this program finds right, as `type` and JSON.
#[derive(Default)]
struct Shapes(Vec<(&'static str, String)>);

impl Shapes {
    fn one(&mut self, shape: &'static str, value: &dyn Fields) {
        self.0.push((shape, json::object(value)));
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn session() -> Session {
    let pull_request = PullRequest {
        id: "42".into(),
        number: Some(7),
        url: some("https://example.com/pull/7"),
        title: some("Say \"hello\"\n"),
        state: some("merged"),
        draft: Some(false),
        additions: Some(3),
        deletions: Some(0),
        review: some("changes-requested"),
        checks: some("success"),
        head_ref: some("work"),
        base_ref: some("main"),
    };
    Session {
        id: "here/1".into(),
        provider: "here".into(),
        kind: Kind::Local,
        read: true,
        warning: some("Its branch is another."),
        stale: some("Not refreshed yet."),
        facts: SessionFacts {
            title: "Say hello".into(),
            status: Status::InProgress,
            raw_status: "in_progress".into(),
            repository: some("local/demo"),
            base_ref: some("main"),
            head_ref: some("work"),
            agent: some("demo"),
            model: some("none"),
            created_at: Timestamp(0),
            updated_at: Timestamp(1_250),
            url: some("https://example.com/1"),
            artifacts: vec![
                Artifact::PullRequest(pull_request),
                Artifact::PullRequest(PullRequest { id: "43".into(), ..PullRequest::default() }),
                Artifact::Branch { head_ref: "work".into(), base_ref: "main".into() },
                Artifact::Unknown { raw: (&json!({ "type": "video", "data": [1, -2, 0.5, null, true] })).into() },
            ],
            archived: false,
            usage: Some(Usage { ai_credits: Some(1.5), premium_requests: Some(2.0) }),
            error: Some(SessionError { message: "It broke.".into(), hint: some("Mend it.") }),
        },
    }
}

fn bare(kind: Kind, status: Status) -> Session {
    let facts = SessionFacts {
        status,
        repository: None,
        base_ref: None,
        head_ref: None,
        agent: None,
        model: None,
        url: None,
        artifacts: Vec::new(),
        usage: Some(Usage::default()),
        error: Some(SessionError { message: "It broke.".into(), hint: None }),
        ..session().facts
    };
    Session { kind, stale: None, warning: None, facts, ..session() }
}

fn parts() -> Vec<Part> {
    let tool = |id: &str, status| Part::Tool {
        id: id.into(),
        name: "bash".into(),
        title: None,
        input: None,
        status,
        output: None,
        exit_code: None,
    };
    vec![
        Part::Text { id: "a".into(), text: "Hello".into() },
        Part::Reasoning { id: "b".into(), text: "Hm".into() },
        Part::Tool {
            id: "c".into(),
            name: "bash".into(),
            title: some("List"),
            input: Some((&json!({ "command": "ls" })).into()),
            status: ToolStatus::Completed,
            output: some("DEMO.md"),
            exit_code: Some(-1),
        },
        tool("d", ToolStatus::Running),
        tool("e", ToolStatus::Failed),
        tool("f", ToolStatus::Unknown),
        Part::Diff { id: "g".into(), path: "DEMO.md".into(), diff: "+hello".into() },
        Part::Unknown { id: "h".into(), raw: (&json!("?")).into() },
    ]
}

fn turn(state: TurnState, parts: Vec<Part>, started_at: Option<Timestamp>) -> Turn {
    Turn { id: "1".into(), request: Request { text: "Hello".into() }, parts, state, started_at }
}

fn question(choices: &[&str]) -> Question {
    Question {
        id: "q".into(),
        text: "Where?".into(),
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        freeform: choices.is_empty(),
    }
}

fn provider(shapes: &mut Shapes) {
    let info = |state, stream, unit, note: Option<String>| ProviderInfo {
        id: "here".into(),
        kind: Kind::Local,
        label: "Here".into(),
        state,
        road: note.clone(),
        note,
        capabilities: Capabilities {
            follow_up: true,
            steer: true,
            answer: true,
            cancel: true,
            archive: true,
            create_pull_request: true,
            push: true,
            attach_diff: false,
            attach_files: false,
            images: false,
            stream,
        },
        limits: Limits { prompt: Limit { size: 30_000, unit } },
    };
    shapes.one("ProviderInfo", &info(ConnectionState::Ready, Stream::Poll, Unit::Utf16, None));
    shapes.one("ProviderInfo", &info(ConnectionState::Unauthorized, Stream::Sse, Unit::Characters, some("Look.")));
    shapes.one("ProviderInfo", &info(ConnectionState::Unreachable, Stream::Websocket, Unit::Bytes, None));
    shapes.one("ProviderInfo", &info(ConnectionState::Limited, Stream::Poll, Unit::Tokens, None));
    let choice = |description| Choice { id: "a".into(), label: "A".into(), description };
    let options = StartOptions {
        agents: vec![choice(some("Does it.")), choice(None)],
        models: vec![choice(None)],
        branches: vec!["main".into(), "work".into()],
        default_branch: "main".into(),
        notes: vec!["Read this.".into()],
    };
    shapes.one("StartOptions", &options);
    shapes.one("StartOptions", &StartOptions::default());
    shapes.one("RepositoryChoice", &RepositoryChoice { name: "local/demo".into(), default_branch: "main".into() });
    let request = StartRequest {
        provider: "here".into(),
        repository: "local/demo".into(),
        prompt: "Hello".into(),
        title: some("Hello"),
        base_ref: some("main"),
        head_ref: some("work"),
        agent: some("demo"),
        model: some("none"),
        create_pull_request: true,
        push: None,
    };
    shapes.one("StartRequest", &request);
    let file = |content| PushedFile { path: "a.txt".into(), mode: "100644".into(), content };
    let prepared = Prepared {
        files: vec![
            file(PushedContent::Text("one\n".into())),
            file(PushedContent::Bytes("AA==".into())),
            file(PushedContent::Object("4f1c2aa".into())),
            file(PushedContent::Gone),
        ],
        secrets: vec![PushedSecret { path: "a.txt".into(), kind: "GitHub token".into(), count: 1 }],
    };
    shapes.one("Pick<PreparedPush, \"files\" | \"secrets\">", &prepared);
}

fn failures(shapes: &mut Shapes) {
    use ErrorCode::{
        Conflict, Corrupt, Forbidden, Invalid, Network, NotFound, Provider, RateLimited, Storage, Timeout, TooLarge,
        Unauthorized, UnreadableReply, Unsupported,
    };
    let codes = [
        Unauthorized,
        Forbidden,
        NotFound,
        Invalid,
        Conflict,
        RateLimited,
        Unsupported,
        UnreadableReply,
        Network,
        Timeout,
        TooLarge,
        Storage,
        Provider,
        Corrupt,
    ];
    for code in codes {
        shapes.one("Failure", &Error::new(code, "No.").with_hint("Wait."));
    }
    let mut limited = Error::new(RateLimited, "Slow down.").with_hint("Wait.").with_reply(429, some("A1")).on("here");
    limited.retry_after_ms = Some(60_000);
    shapes.one("Failure", &limited);
    let mut report =
        RefreshReport { requests: 3, not_modified: 1, bytes: 4096, changed: 2, ..RefreshReport::default() };
    shapes.one("RefreshReport", &report);
    report.errors.insert("here", limited);
    shapes.one("RefreshReport", &report);
}

fn shapes() -> Shapes {
    let mut shapes = Shapes::default();
    shapes.one("Session", &session());
    for kind in Kind::ALL {
        shapes.one("Session", &bare(kind, Status::Unknown));
    }
    for status in Status::ALL {
        shapes.one("Session", &bare(Kind::Github, status));
    }
    let questions = vec![question(&["Above", "Below"]), question(&[])];
    let turns = vec![
        turn(TurnState::Running, parts(), Some(Timestamp(0))),
        turn(TurnState::Completed, Vec::new(), None),
        turn(TurnState::Failed, Vec::new(), None),
        turn(TurnState::Cancelled, Vec::new(), None),
    ];
    shapes.one("SessionDetail", &SessionDetail { session: Rc::new(session()), turns, questions });
    let row = Rc::new(bare(Kind::Local, Status::Idle));
    shapes.one("SessionEvent", &SessionEvent::Session { session: row.clone() });
    shapes.one("SessionEvent", &SessionEvent::Turn { turn: turn(TurnState::Running, Vec::new(), None) });
    for part in parts() {
        shapes.one("SessionEvent", &SessionEvent::Part { turn: "1".into(), part });
    }
    shapes.one("SessionEvent", &SessionEvent::Question { question: question(&["Above"]) });
    shapes.one("SessionEvent", &SessionEvent::End { session: row });
    for status in [ChangeStatus::Added, ChangeStatus::Modified, ChangeStatus::Removed, ChangeStatus::Renamed] {
        let renamed = status == ChangeStatus::Renamed;
        shapes.one(
            "FileChange",
            &FileChange {
                path: "DEMO.md".into(),
                previous_path: renamed.then(|| "OLD.md".to_owned()),
                status,
                additions: 1,
                deletions: 2,
                diff: (!renamed).then(|| "+hello".to_owned()),
            },
        );
    }
    shapes.one("Answer", &Answer { question: "q".into(), choice: some("Above"), text: None });
    shapes.one("Answer", &Answer { question: "q".into(), choice: None, text: some("Nowhere") });
    let change = |kind, session, attention| SessionChange { kind, id: "here/1".into(), session, attention };
    shapes.one("SessionChange", &change(ChangeKind::Added, Some(Rc::new(session())), None));
    for attention in [Attention::Finished, Attention::Failed, Attention::NeedsInput] {
        shapes.one("SessionChange", &change(ChangeKind::Changed, None, Some(attention)));
    }
    shapes.one("SessionChange", &change(ChangeKind::Removed, None, None));
    let mut counts = Counts::default();
    shapes.one("SessionList[\"counts\"]", &counts);
    for status in Status::ALL {
        counts.status.count(status.as_str());
        counts.provider.count("here");
    }
    shapes.one("SessionList[\"counts\"]", &counts);
    provider(&mut shapes);
    failures(&mut shapes);
    shapes
}

#[test]
fn what_is_written_is_what_typescript_has_checked() {
    let mut lines = include_str!("package/shapes.ts").lines().skip_while(|line| !line.starts_with("export const"));
    for (at, (shape, text)) in shapes().0.into_iter().enumerate() {
        let expected = format!("export const shape{at}: {shape} = {text};");
        assert_eq!(lines.next(), Some(expected.as_str()));
    }
    assert_eq!(lines.next(), None);
}
