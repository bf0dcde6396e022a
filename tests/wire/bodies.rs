//! Bodies: as large as they may be, and what is no answer at all.

use cloud_agents::error::ErrorCode;
use cloud_agents::host::{FetchFailure, Method};
use cloud_agents::wire::Ask;

use crate::support::network::Answer;
use crate::{Wire, url};

/// 50 MB in pieces of 64 kB.
fn endless() -> Answer {
    Answer::new(200, "").chunks((0..800).map(|_| Ok(vec![b' '; 1 << 16])))
}

fn broken_off() -> Answer {
    let lost = FetchFailure::Lost("The connection broke.".into());
    Answer::new(200, "").chunks(vec![Ok(b"{\"a\":".to_vec()), Err(lost)].into_iter())
}

#[test]
fn a_body_without_end_is_not_read_to_its_end() {
    let wire = Wire::new();
    wire.network().script(|_| endless());
    let error = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap_err();
    assert_eq!(error.code, ErrorCode::TooLarge);
    assert!(wire.network().chunks_read() <= 257, "{} pieces were read", wire.network().chunks_read());
    assert_eq!(wire.network().under_way(), 0, "the rest is not wanted");
    assert_eq!(wire.network().sent().len(), 1);
}

#[test]
fn a_body_that_breaks_off_is_no_answer() {
    let wire = Wire::new();
    wire.network().script(|_| broken_off());
    let error = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap_err();
    assert_eq!(error.code, ErrorCode::Network);
    assert_eq!(wire.network().sent().len(), 4, "a get is tried again");
}

#[test]
fn a_write_whose_answer_is_cut_short_or_too_long_may_have_happened() {
    for answer in [endless, broken_off] {
        let wire = Wire::new();
        wire.network().script(move |_| answer());
        let error = wire.world.run(wire.client.send(Ask::write(Method::Post, url("a"), None))).unwrap_err();
        assert_eq!((error.code, error.status), (ErrorCode::UnreadableReply, Some(200)));
        assert_eq!(wire.network().sent().len(), 1);
    }
}

#[test]
fn a_refusal_counts_also_when_its_explanation_is_cut_short() {
    let wire = Wire::new();
    wire.network().script(|_| {
        let lost = FetchFailure::Lost("The connection broke.".into());
        Answer::new(422, "").chunks(vec![Ok(b"{\"mess".to_vec()), Err(lost)].into_iter())
    });
    let reply = wire.world.run(wire.client.send(Ask::write(Method::Post, url("a"), None))).unwrap();
    assert_eq!((reply.status, reply.body.len()), (422, 0));
}

#[test]
fn a_web_page_instead_of_data_is_named_as_such() {
    let wire = Wire::new();
    wire.network()
        .script(|_| Answer::ok("\n  <!doctype html><title>Sign in</title>").header("x-github-request-id", "AB:12"));
    let reply = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
    let error = reply.json().unwrap_err();
    assert_eq!((error.code, error.request_id.as_deref()), (ErrorCode::Provider, Some("AB:12")));
    assert!(error.message.contains("web page"), "{}", error.message);
    let reply = wire.world.run(wire.client.send(Ask::write(Method::Post, url("a"), None))).unwrap();
    assert_eq!(reply.json().unwrap_err().code, ErrorCode::UnreadableReply);
}

#[test]
fn truncated_data_is_an_error_that_says_where() {
    for body in ["", "{", "{\"a\":1", "[1,2", "\u{feff}", "nul"] {
        let wire = Wire::new();
        wire.network().script(move |_| Answer::ok(body));
        let reply = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
        let error = reply.json().unwrap_err();
        assert_eq!(error.code, ErrorCode::Provider, "{body:?}");
        assert!(error.message.contains("cannot be read"), "{}", error.message);
    }
}
