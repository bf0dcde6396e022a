//! Manners: few requests at a time, waits that are kept, retries that end, nothing fetched twice.

use std::cell::Cell;
use std::time::Duration;

use cloud_agents::error::ErrorCode;
use cloud_agents::host::Method;
use cloud_agents::wire::Ask;
use futures::future::join_all;

use crate::support::network::Answer;
use crate::{Wire, url};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn at_most_five_requests_are_under_way() {
    let wire = Wire::new();
    wire.network().script(|_| Answer::ok("{}").after(seconds(1)));
    let asks = (0..20).map(|number| wire.client.send(Ask::get(url(&number.to_string()))));
    let replies = wire.world.run(join_all(asks));
    assert!(replies.iter().all(|reply| reply.as_ref().unwrap().is_success()));
    assert_eq!(wire.network().most_at_a_time(), 5);
    assert_eq!(wire.network().sent().len(), 20);
}

#[test]
fn a_get_is_tried_again_after_at_least_what_the_server_asks_for() {
    for asked_for in [0, 1, 14] {
        let wire = Wire::new();
        let times = Cell::new(0);
        wire.network().script(move |_| {
            times.set(times.get() + 1);
            let busy = || Answer::new(429, "").header("retry-after", &asked_for.to_string());
            if times.get() < 3 { busy() } else { Answer::ok("{}") }
        });
        let reply = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
        assert_eq!(reply.status, 200);
        let sent = wire.network().sent();
        assert_eq!(sent.len(), 3);
        for pair in sent.windows(2) {
            assert!(pair[1].at.0 - pair[0].at.0 >= asked_for * 1000);
        }
    }
}

#[test]
fn a_wait_that_one_request_is_told_holds_for_all_of_the_connection() {
    let wire = Wire::new();
    let times = Cell::new(0);
    wire.network().script(move |_| {
        times.set(times.get() + 1);
        let answer = if times.get() == 1 { Answer::new(429, "").header("retry-after", "10") } else { Answer::ok("{}") };
        answer.after(seconds(1))
    });
    let asks = (0..12).map(|number| wire.client.send(Ask::get(url(&number.to_string()))));
    let replies = wire.world.run(join_all(asks));
    assert!(replies.iter().all(|reply| reply.as_ref().unwrap().is_success()));
    let sent = wire.network().sent();
    let told_at = sent[0].at.0 + 1000;
    for request in &sent[5..] {
        assert!(request.at.0 >= told_at + 10_000, "{} was sent before it was allowed", request.request.url);
    }
}

#[test]
fn a_wait_that_nobody_sits_out_is_an_error_that_says_how_long() {
    let wire = Wire::new();
    wire.network().play(vec![|| Answer::new(429, "").header("retry-after", "120"), || Answer::ok("{}")]);
    let refused = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
    assert_eq!((refused.status, refused.retry_after), (429, Some(seconds(120))));
    wire.world.pass(seconds(20));
    let error = wire.world.run(wire.client.send(Ask::get(url("b")))).unwrap_err();
    assert_eq!((error.code, error.retry_after_ms), (ErrorCode::RateLimited, Some(100_000)));
    assert_eq!(wire.network().sent().len(), 1, "nothing more was sent");
    wire.world.pass(seconds(100));
    assert!(wire.world.run(wire.client.send(Ask::get(url("b")))).unwrap().is_success());
}

#[test]
fn a_server_that_stays_busy_is_asked_four_times_and_no_more() {
    for status in [502, 503, 504] {
        let wire = Wire::new();
        wire.network().script(move |_| Answer::new(status, "busy"));
        let reply = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
        assert_eq!(reply.status, status);
        assert_eq!(wire.network().sent().len(), 4);
    }
}

#[test]
fn a_server_that_is_asked_too_much_and_names_no_time_is_left_alone_for_a_minute() {
    let wire = Wire::new();
    wire.network().play(vec![|| Answer::new(429, "busy"), || Answer::ok("{}")]);
    assert_eq!(wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap().status, 429);
    assert_eq!(wire.network().sent().len(), 1);
    wire.world.pass(seconds(40));
    let error = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap_err();
    assert_eq!((error.code, error.retry_after_ms), (ErrorCode::RateLimited, Some(20_000)));
    wire.world.pass(seconds(20));
    assert!(wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap().is_success());
}

#[test]
fn a_broken_connection_is_tried_again_for_a_get() {
    let wire = Wire::new();
    wire.network().play(vec![Answer::lost, || Answer::ok("{}")]);
    assert!(wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap().is_success());
    wire.network().script(|_| Answer::lost());
    let error = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap_err();
    assert_eq!(error.code, ErrorCode::Network);
    assert_eq!(wire.network().sent().len(), 2 + 4);
}

#[test]
fn what_is_no_passing_trouble_is_not_tried_again() {
    for status in [400, 401, 403, 404, 409, 422, 500] {
        let wire = Wire::new();
        wire.network().script(move |_| Answer::new(status, "no"));
        assert_eq!(wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap().status, status);
        assert_eq!(wire.network().sent().len(), 1);
    }
}

#[test]
fn a_write_is_sent_once_whatever_happens() {
    type Case = (fn() -> Answer, Option<ErrorCode>);
    let cases: [Case; 5] = [
        (|| Answer::new(503, "busy"), None),
        (|| Answer::new(429, "").header("retry-after", "1"), None),
        (Answer::lost, Some(ErrorCode::UnreadableReply)),
        (|| Answer::ok("{}").after(seconds(600)), Some(ErrorCode::Timeout)),
        (|| Answer::ok("{}").from("https://elsewhere.example/"), Some(ErrorCode::UnreadableReply)),
    ];
    for (answer, expected) in cases {
        let wire = Wire::new();
        wire.network().script(move |_| answer());
        let outcome = wire.world.run(wire.client.send(Ask::write(Method::Post, url("a"), Some("{}".into()))));
        assert_eq!(outcome.err().map(|error| error.code), expected);
        assert_eq!(wire.network().sent().len(), 1);
    }
}

#[test]
fn a_write_that_never_left_this_machine_says_so() {
    let wire = Wire::new();
    wire.host.online.set(false);
    let error = wire.world.run(wire.client.send(Ask::write(Method::Post, url("a"), None))).unwrap_err();
    assert_eq!(error.code, ErrorCode::Network);
    assert!(!error.may_have_happened());
}

#[test]
fn a_server_that_does_not_answer_is_given_up_and_frees_its_place() {
    let wire = Wire::new();
    wire.network().script(|_| Answer::ok("{}").after(seconds(3600)));
    let start = wire.world.now();
    let asks = (0..10).map(|_| wire.client.send(Ask::get(url("a")).within(seconds(7))));
    for outcome in wire.world.run(join_all(asks)) {
        assert_eq!(outcome.unwrap_err().code, ErrorCode::Timeout);
    }
    assert_eq!(wire.world.now().0 - start.0, 14_000, "two rounds of five");
    assert_eq!(wire.network().under_way(), 0, "what is given up is aborted");
}

#[test]
fn what_did_not_change_is_not_sent_again() {
    let wire = Wire::new();
    wire.network().script(|request| {
        let known = request.headers.iter().any(|(name, value)| *name == "if-none-match" && value == "\"v1\"");
        if known {
            return Answer::new(304, "");
        }
        Answer::ok(r#"{"a":1}"#)
            .header("etag", "\"v1\"")
            .header("link", "<https://api.example/v1/a?page=2>; rel=\"next\"")
    });
    let first = wire.world.run(wire.client.send(Ask::get(url("a")).conditional())).unwrap();
    let second = wire.world.run(wire.client.send(Ask::get(url("a")).conditional())).unwrap();
    assert!(!first.not_modified && second.not_modified);
    assert_eq!((second.status, &second.body, &second.link), (200, &first.body, &first.link));
    let traffic = wire.client.traffic();
    assert_eq!((traffic.requests, traffic.not_modified, traffic.bytes), (2, 1, 7));
    let fresh = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
    assert!(!fresh.not_modified, "who does not ask for it gets the whole answer");
}

#[test]
fn what_is_asked_for_while_the_kept_answers_change_is_still_answered() {
    let wire = Wire::new();
    wire.network().script(|request| {
        let known = request.headers.iter().any(|(name, _)| *name == "if-none-match");
        let (status, wait) = if known { (304, 10) } else { (200, 0) };
        Answer::new(status, r#"{"a":1}"#).header("etag", "\"v1\"").after(seconds(wait))
    });
    let wire = &wire;
    let read = |path: String| async move { wire.client.send(Ask::get(url(&path)).conditional()).await.unwrap() };
    wire.world.run(read("a".into()));
    let others = async {
        for number in 0..100 {
            read(format!("other/{number}")).await;
        }
    };
    let (again, ()) = wire.world.run(futures::future::join(read("a".into()), others));
    assert_eq!((again.status, &*again.body), (200, &br#"{"a":1}"#[..]));
}

#[test]
fn the_budget_is_what_the_server_said_last() {
    let wire = Wire::new();
    assert_eq!(wire.client.budget(), None);
    wire.network().script(|_| {
        Answer::ok("{}")
            .header("x-ratelimit-limit", "5000")
            .header("x-ratelimit-remaining", "17")
            .header("x-ratelimit-reset", "1767607200")
    });
    wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
    let budget = wire.client.budget().unwrap();
    assert_eq!((budget.limit, budget.remaining, budget.resets_at.0), (5000, 17, 1_767_607_200_000));
}

/// The window that the server means ends 40 minutes after the morning of these tests.
fn exhausted() -> Answer {
    Answer::new(403, "")
        .header("x-ratelimit-limit", "60")
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", "1767606000")
}

#[test]
fn an_exhausted_budget_is_left_alone_until_its_window_ends() {
    let wire = Wire::new();
    wire.network().script(|_| exhausted());
    wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
    let error = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap_err();
    assert_eq!((error.code, error.retry_after_ms), (ErrorCode::RateLimited, Some(40 * 60 * 1000)));
    assert_eq!(wire.network().sent().len(), 1);
}

#[test]
fn a_clock_that_is_wrong_does_not_shorten_a_wait() {
    for hours in [-3, 3] {
        let wire = Wire::new();
        wire.host.skew.set(hours * 3_600_000);
        wire.network().script(|_| exhausted().header("date", "Mon, 05 Jan 2026 09:00:00 GMT"));
        wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
        let error = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap_err();
        assert_eq!(error.retry_after_ms, Some(40 * 60 * 1000), "the server's own clock was there to see");

        let wire = Wire::new();
        wire.host.skew.set(hours * 3_600_000);
        wire.network().script(|_| exhausted());
        wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
        let error = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap_err();
        let wait = error.retry_after_ms.unwrap();
        assert!((60_000..=3_600_000).contains(&wait), "{wait}: at least a minute, at most a window");

        let wire = Wire::new();
        wire.host.skew.set(hours * 3_600_000);
        wire.network().script(|_| {
            Answer::new(429, "")
                .header("retry-after", "Mon, 05 Jan 2026 09:02:00 GMT")
                .header("date", "Mon, 05 Jan 2026 09:00:00 GMT")
        });
        let reply = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
        assert_eq!(reply.retry_after, Some(seconds(120)));
    }
}
