//! The token: to its own origin, and nowhere else.

use cloud_agents::error::ErrorCode;
use cloud_agents::host::{Method, Secret};
use cloud_agents::json;
use cloud_agents::wire::{Ask, Client, next_page};

use crate::support::network::Answer;
use crate::{TOKEN, Wire, url};

#[test]
fn the_token_goes_to_the_connections_own_origin() {
    let wire = Wire::new();
    wire.network().script(|_| Answer::ok("{}"));
    wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
    let sent = wire.network().sent();
    assert_eq!(sent[0].request.bearer, Some(Secret::new(TOKEN)));
    assert!(!sent[0].request.url.contains(TOKEN));
}

#[test]
fn a_next_page_elsewhere_is_not_asked_for() {
    let elsewhere = [
        "https://evil.example/v1/a?page=2",
        "http://api.example/v1/a?page=2",
        "https://api.example:8443/v1/a",
        "https://api.example.evil.example/v1/a",
        "https://api.example@evil.example/v1/a",
        "//evil.example/",
        "/v1/a?page=2",
        "javascript:alert(1)",
        "",
    ];
    for target in elsewhere {
        let wire = Wire::new();
        let link = format!("<{target}>; rel=\"next\"");
        wire.network().script(move |_| Answer::ok("[]").header("link", &link));
        let reply = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
        let next = next_page(reply.link.as_deref().unwrap()).unwrap();
        let error = wire.world.run(wire.client.send(Ask::get(next))).unwrap_err();
        assert_eq!((error.code, error.provider.as_deref()), (ErrorCode::Provider, Some("work")), "{target}");
        assert_eq!(wire.network().sent().len(), 1, "nothing was sent to {target}");
    }
}

#[test]
fn an_answer_that_came_from_elsewhere_is_not_trusted() {
    let wire = Wire::new();
    wire.network()
        .script(|_| Answer::ok(r#"{"forged":true}"#).header("etag", "\"x\"").from("https://evil.example/v1/a"));
    let error = wire.world.run(wire.client.send(Ask::get(url("a")).conditional())).unwrap_err();
    assert_eq!(error.code, ErrorCode::Provider);
    wire.network().script(|request| {
        assert!(!request.headers.iter().any(|(name, _)| *name == "if-none-match"), "nothing of it was kept");
        Answer::ok("{}")
    });
    wire.world.run(wire.client.send(Ask::get(url("a")).conditional())).unwrap();
}

#[test]
fn a_redirect_within_the_origin_is_fine() {
    let wire = Wire::new();
    wire.network().script(|_| Answer::ok("{}").from("https://api.example/v2/a"));
    assert!(wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap().is_success());
}

#[test]
fn the_token_shows_in_no_debug_text_and_no_error() {
    let wire = Wire::new();
    let answers: [fn() -> Answer; 6] = [
        Answer::lost,
        || Answer::ok("{}").after(std::time::Duration::from_secs(900)),
        || Answer::ok("{}").from("https://evil.example/"),
        || Answer::new(200, "<html>"),
        || Answer::new(200, "").chunks((0..800).map(|_| Ok(vec![b' '; 1 << 16]))),
        || Answer::new(429, "").header("retry-after", "900"),
    ];
    let mut texts = vec![format!("{:?}", wire.client)];
    for answer in answers {
        wire.network().script(move |_| answer());
        for ask in [Ask::get(url("a")), Ask::write(Method::Post, url("a"), Some("{}".into()))] {
            texts.push(format!("{ask:?}"));
            match wire.world.run(wire.client.send(ask)) {
                Ok(reply) => texts.push(format!("{reply:?} {:?}", reply.json::<serde_json::Value>())),
                Err(error) => texts.push(format!("{error:?} {error} {}", json::object(&error))),
            }
        }
    }
    texts.extend(wire.network().sent().iter().map(|sent| format!("{sent:?}")));
    for text in &texts {
        assert!(!text.contains(TOKEN), "{text}");
    }
    assert!(texts.len() > 20);
}

#[test]
fn a_token_is_asked_for_each_time() {
    let wire = Wire::new();
    wire.network().script(|_| Answer::ok("{}"));
    wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
    wire.host.secrets.borrow_mut().insert("work".into(), Secret::new("another"));
    wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap();
    wire.host.secrets.borrow_mut().clear();
    let error = wire.world.run(wire.client.send(Ask::get(url("a")))).unwrap_err();
    assert_eq!((error.code, error.provider.as_deref()), (ErrorCode::Unauthorized, Some("work")));
    let bearers: Vec<_> = wire.network().sent().into_iter().map(|sent| sent.request.bearer).collect();
    assert_eq!(bearers, [Some(Secret::new(TOKEN)), Some(Secret::new("another"))]);
}

#[test]
fn an_address_that_is_none_makes_no_connection() {
    let wire = Wire::new();
    for address in
        ["", "api.example", "ftp://api.example", "data:text/plain,x", "https://me:pw@api.example", "https://"]
    {
        let error = Client::new(wire.host.clone(), "work", &[address]).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid, "{address}");
        assert!(!error.message.contains("pw"), "{}", error.message);
    }
}
