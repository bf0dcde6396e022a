//! What a person is told when a server refuses.

use cloud_agents::error::{Error, ErrorCode};
use cloud_agents::provider::{ListQuery, Provider, connect};
use cloud_agents::session::Kind;
use serde_json::json;

use crate::host::{Canned, ScriptedHost, TOKEN, run};
use crate::{TASK, config, github, local, request, task};

fn refused(canned: &Canned, ask: impl AsyncFn(&dyn Provider) -> Result<(), Error>) -> Error {
    let answer = canned.clone();
    let host = ScriptedHost::new(move |_| answer.clone());
    let error = run(ask(&*github(&host))).unwrap_err();
    assert!(!error.message.contains(TOKEN) && !error.hint.contains(TOKEN), "{error:?}");
    assert!(!error.hint.is_empty());
    error
}

async fn get(provider: &dyn Provider) -> Result<(), Error> {
    provider.get(TASK, None).await.map(drop)
}

async fn list(provider: &dyn Provider) -> Result<(), Error> {
    provider.list(&ListQuery::default()).await.map(drop)
}

async fn start(provider: &dyn Provider) -> Result<(), Error> {
    provider.start(&request("Fix it"), "m").await.map(drop)
}

fn says(status: u16, message: &str) -> Canned {
    let body = json!({ "message": message, "documentation_url": "https://docs.github.com/rest" });
    Canned::json(status, &body).header("x-github-request-id", "AB12:34")
}

#[test]
fn every_documented_status_has_its_code_on_every_documented_call() {
    let codes = [
        (400, ErrorCode::Invalid),
        (401, ErrorCode::Unauthorized),
        (403, ErrorCode::Forbidden),
        (404, ErrorCode::NotFound),
        (409, ErrorCode::Conflict),
        (422, ErrorCode::Invalid),
        (429, ErrorCode::RateLimited),
        (500, ErrorCode::Provider),
        (503, ErrorCode::Provider),
    ];
    for (status, code) in codes {
        let reply = says(status, "Because.");
        for error in [refused(&reply, get), refused(&reply, list), refused(&reply, start)] {
            assert_eq!((error.code, error.status), (code, Some(status)));
            assert_eq!(error.request_id.as_deref(), Some("AB12:34"));
            assert_eq!(error.provider.as_deref(), Some("work"));
            assert!(error.message.contains("Because"), "{}", error.message);
        }
    }
}

#[test]
fn a_refusal_that_is_no_json_is_still_a_refusal() {
    for body in ["", "null", "[]", "{", r#"{"message":5,"errors":{"a":1}}"#] {
        assert_eq!(refused(&Canned::text(404, body), get).code, ErrorCode::NotFound, "{body}");
    }
    let page = refused(&Canned::text(404, "\n <!doctype html><title>Sign in</title>"), get);
    assert!(page.message.contains("web page") && page.hint.contains("address"), "{page:?}");
    let page = refused(&Canned::text(200, "<html></html>"), get);
    assert_eq!(page.code, ErrorCode::Provider);
    assert!(page.message.contains("web page"));
}

#[test]
fn an_unprocessable_request_names_every_flaw() {
    let error = refused(
        &Canned::json(
            422,
            &json!({ "message": "Validation Failed", "errors": [
                { "code": "missing_field", "field": "prompt" },
                { "code": "custom", "message": "base_ref does not exist" },
                "plain words",
                { "code": "invalid" },
                7,
            ] }),
        ),
        start,
    );
    for words in ["Validation Failed", "prompt: missing field", "base_ref does not exist", "plain words", "invalid"] {
        assert!(error.message.contains(words), "{}", error.message);
    }
    assert!(error.hint.contains("branch"), "{}", error.hint);
}

#[test]
fn a_request_that_was_not_accepted_is_explained_by_whole_words() {
    let hint = |message: &str| refused(&says(422, message), start).hint.clone();
    assert!(hint("The model you prefer is not available").contains("model"));
    assert!(hint("Unknown custom agents").contains("custom agent"));
    assert!(hint("Branches must exist: base-ref").contains("branch names"));
}

#[test]
fn forbidden_says_what_to_do_about_it() {
    let hint = |message: &str| refused(&says(403, message), start).hint.clone();
    assert!(hint("Resource not accessible by personal access token").contains("“Agent tasks” (read and write)"));
    assert!(hint("Resource protected by organization SAML enforcement").contains("single sign-on"));
    assert!(hint("You must use SSO to see this").contains("single sign-on"));
    for other in ["No seat is associated with this account", "The payment processor declined"] {
        assert!(!hint(other).contains("single sign-on"), "{other}");
    }
    assert!(hint("Resource not accessible by integration").contains("installation"));
    assert!(hint("Nope").contains("cloud agent"));
}

#[test]
fn rate_limits_are_told_apart_from_missing_permission_and_say_how_long() {
    let secondary = refused(&says(403, "You have exceeded a secondary rate limit."), get);
    assert_eq!((secondary.code, secondary.retry_after_ms), (ErrorCode::RateLimited, Some(60_000)));
    let told = refused(&says(403, "Slow down").header("retry-after", "90"), get);
    assert_eq!((told.code, told.retry_after_ms), (ErrorCode::RateLimited, Some(90_000)));
    let reset = cloud_agents::session::Timestamp::parse("2026-11-22T12:10:00Z").unwrap().0 / 1000;
    let exhausted = says(403, "API limit")
        .header("x-ratelimit-limit", "5000")
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", reset.to_string());
    let exhausted = refused(&exhausted, get);
    assert_eq!((exhausted.code, exhausted.retry_after_ms), (ErrorCode::RateLimited, Some(600_000)));
}

#[test]
fn a_server_that_repeats_the_token_does_not_get_it_onto_the_screen() {
    let error = refused(&says(400, &format!("bad header Bearer {TOKEN}")), get);
    assert_eq!(error.code, ErrorCode::Invalid);
}

#[test]
fn tasks_that_the_browser_may_not_read_are_told_apart_from_a_network_that_is_down() {
    let host =
        ScriptedHost::new(
            |sent| {
                if sent.path().contains("/agents/") { Canned::lost() } else { Canned::text(200, "{}") }
            },
        );
    let provider = github(&host);
    let before = provider.road().unwrap();
    let error = run(provider.list(&ListQuery::default())).unwrap_err();
    assert_eq!(error.code, ErrorCode::Network);
    assert!(error.message.contains("web pages") && error.hint.contains("agentsUrl"), "{error:?}");
    assert_ne!(provider.road().unwrap(), before);

    let error = run(provider.start(&request("Fix it"), "m")).unwrap_err();
    assert_eq!(error.code, ErrorCode::UnreadableReply, "a write may have happened all the same");

    host.answer_with(|_| Canned::json(200, &json!({ "tasks": [] })));
    assert!(run(provider.list(&ListQuery::default())).is_ok());
    assert_eq!(provider.road().unwrap(), before);

    host.answer_with(|_| Canned::lost());
    let error = run(provider.list(&ListQuery::default())).unwrap_err();
    assert_eq!(error.code, ErrorCode::Network);
    assert!(!error.hint.contains("agentsUrl"));
}

#[test]
fn a_local_cloud_that_breaks_off_is_not_explained_as_github_shutting_pages_out() {
    let host =
        ScriptedHost::new(
            |sent| {
                if sent.path().contains("/agents/") { Canned::lost() } else { Canned::text(200, "{}") }
            },
        );
    let provider = local(&host);
    let before = provider.road();
    let error = run(provider.list(&ListQuery::default())).unwrap_err();
    assert_eq!(error.code, ErrorCode::Network);
    assert!(!error.message.contains("GitHub") && !error.hint.contains("agentsUrl"), "{error:?}");
    assert_eq!(provider.road(), before);
}

#[test]
fn a_write_that_is_sent_on_elsewhere_is_refused_with_advice() {
    let error = refused(&Canned::json(307, &json!({})), start);
    assert_eq!((error.code, error.status), (ErrorCode::Invalid, Some(307)));
    assert!(error.message.contains("another address"), "{}", error.message);
    assert!(error.hint.contains("renamed"), "{}", error.hint);
}

#[test]
fn a_session_is_asked_for_in_its_repository_where_that_is_known() {
    let host = ScriptedHost::new(|_| Canned::json(200, &task(TASK, "queued")));
    run(github(&host).get(TASK, Some("octocat/hello-world"))).unwrap();
    assert_eq!(host.sent.borrow()[0].line(), format!("GET /agents/repos/octocat/hello-world/tasks/{TASK}"));
    let error = run(github(&host).get(TASK, Some("nonsense"))).unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
}

#[test]
fn a_question_mark_in_the_address_loses_nothing_of_the_path() {
    for address in
        ["https://ghe.example/api/v3?tab=a", "https://ghe.example/api/v3/?", "https://ghe.example/api/v3/#top"]
    {
        let host = ScriptedHost::new(|_| Canned::json(200, &task(TASK, "queued")));
        let config = cloud_agents::provider::ProviderConfig { base_url: Some(address.into()), ..config(Kind::Github) };
        run(connect(&config, "c", host.clone()).unwrap().get(TASK, None)).unwrap();
        assert_eq!(host.sent.borrow()[0].url, format!("https://ghe.example/api/v3/agents/tasks/{TASK}"), "{address}");
    }
}

#[test]
fn a_connection_needs_addresses_that_are_some() {
    let host = ScriptedHost::new(|_| Canned::json(200, &task(TASK, "queued")));
    let opened = |config| connect(&config, "c", host.clone()).map(drop).map_err(|error| error.code);
    let github = config(Kind::Github);
    let at = |base: Option<&str>, agents: Option<&str>| {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        cloud_agents::provider::ProviderConfig { base_url: owned(base), agents_url: owned(agents), ..github.clone() }
    };
    for bad in ["nonsense", "ftp://a.example", "javascript:alert(1)", "https://me:secret@a.example"] {
        assert_eq!(opened(at(Some(bad), None)), Err(ErrorCode::Invalid), "{bad}");
        assert_eq!(opened(at(None, Some(bad))), Err(ErrorCode::Invalid), "{bad}");
    }
    let no_address = cloud_agents::provider::ProviderConfig { base_url: None, ..config(Kind::Local) };
    assert_eq!(opened(no_address), Err(ErrorCode::Invalid));
    assert_eq!(opened(at(None, Some("https://api.githubcopilot.com/agents/"))), Ok(()));
}

#[test]
fn both_addresses_of_a_connection_are_used_and_get_the_token() {
    let host = ScriptedHost::new(|sent| {
        if sent.path().contains("/repositories/") {
            Canned::json(200, &json!({ "full_name": "octocat/hello-world" }))
        } else {
            let mut task = task(TASK, "queued");
            task["html_url"] = json!(null);
            Canned::json(200, &task)
        }
    });
    let config = cloud_agents::provider::ProviderConfig {
        agents_url: Some("https://api.githubcopilot.com/agents/".into()),
        base_url: Some("https://api.github.com/".into()),
        ..config(Kind::Github)
    };
    let facts = run(connect(&config, "c", host.clone()).unwrap().get(TASK, None)).unwrap();
    assert_eq!(facts.repository.as_deref(), Some("octocat/hello-world"));
    let sent = host.sent.borrow();
    assert_eq!(sent[0].url, format!("https://api.githubcopilot.com/agents/tasks/{TASK}"));
    assert_eq!(sent[1].url, "https://api.github.com/repositories/1296269");
    assert!(sent.iter().all(|sent| sent.bearer.as_deref() == Some(TOKEN)));
}

#[test]
fn a_local_cloud_speaks_of_itself() {
    let host = ScriptedHost::new(|_| says(401, "Bad credentials"));
    let error = run(local(&host).get(TASK, None)).unwrap_err();
    assert_eq!(error.code, ErrorCode::Unauthorized);
    assert!(error.hint.contains("local cloud"), "{}", error.hint);
}
