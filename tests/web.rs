//! The core in a real browser against a real local cloud: what a page does, through the face that JavaScript sees.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::rc::Rc;

use cloud_agents::host::{Host, MemoryStore, Signal};
use cloud_agents::web::{BrowserHost, Engine, Follow};
use futures::{FutureExt, StreamExt};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Where the local cloud is that was started for these tests.
struct Cloud {
    api: String,
    token: String,
    repository: String,
}

async fn cloud() -> Cloud {
    let reply = gloo_net::http::Request::get("/target/web-test.json").send().await.expect("the note is served");
    let note: Value = serde_json::from_str(&reply.text().await.unwrap()).expect("the note is JSON");
    let text = |name: &str| note[name].as_str().expect(name).to_owned();
    Cloud { api: text("api"), token: text("token"), repository: text("repository") }
}

fn engine_with(store: &str, cloud: &Cloud) -> Engine {
    let engine = Engine::new(store.into(), None).unwrap();
    let config = json!({ "kind": "local", "baseUrl": cloud.api });
    engine.connect(&config.to_string(), cloud.token.as_str().into()).unwrap();
    engine
}

/// What a promise resolved with, as JSON; what it was rejected with, as the failure.
async fn settled(promise: js_sys::Promise) -> Result<Value, Value> {
    let read = |value: JsValue| {
        let text = value.as_string().or_else(|| js_sys::JSON::stringify(&value).ok()?.as_string());
        text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap_or(Value::String(text)))
    };
    JsFuture::from(promise).await.map(read).map_err(read)
}

/// What a call came to.
async fn call(engine: &Engine, method: &str, given: Value) -> Result<Value, Value> {
    settled(engine.call(method.to_owned(), &given.to_string())).await
}

async fn start(engine: &Engine, cloud: &Cloud, prompt: &str) -> Value {
    let request = json!({ "provider": "local", "repository": cloud.repository, "prompt": prompt });
    call(engine, "start", request).await.expect("the start is confirmed")
}

/// The ids of the rows that pass a filter.
fn ids(engine: &Engine, filter: &Value) -> Vec<String> {
    let list = engine.sessions(&filter.to_string());
    let rows: Value = serde_json::from_str(&list.rows(0, list.length()).as_string().unwrap()).unwrap();
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Reads events until one passes, and returns it.
async fn until(follow: &Follow, passes: impl Fn(&Value) -> bool) -> Value {
    loop {
        let event = settled(follow.next()).await.expect("following goes on");
        assert!(!event.is_null(), "the session ended before that");
        if passes(&event) {
            return event;
        }
    }
}

#[wasm_bindgen_test]
async fn a_session_is_started_followed_answered_and_its_diff_read() {
    let cloud = cloud().await;
    let engine = engine_with("memory", &cloud);
    let session = start(&engine, &cloud, "Please ask which greeting to write").await;
    let id = session["id"].as_str().unwrap().to_owned();
    assert_eq!(session["repository"], cloud.repository.as_str());
    let follow = engine.follow(id.clone()).unwrap();
    let question = until(&follow, |event| event["kind"] == "question").await["question"].clone();
    let choice = question["choices"][0].clone();
    let answer = json!({ "question": question["id"], "choice": choice });
    call(&engine, "answer", json!({ "id": id, "answer": answer })).await.expect("the answer is taken");
    let end = until(&follow, |event| event["kind"] == "end").await;
    assert_eq!(end["session"]["status"], "completed");
    assert_eq!(settled(follow.next()).await, Ok(Value::Null));
    let changes = call(&engine, "changes", json!({ "id": id })).await.unwrap();
    assert_eq!(changes[0]["path"], "DEMO.md");
    let detail = call(&engine, "session", json!({ "id": id })).await.unwrap();
    assert_eq!(detail["turns"][0]["request"]["text"], "Please ask which greeting to write");
}

#[wasm_bindgen_test]
async fn a_running_session_is_stopped_and_put_away() {
    let cloud = cloud().await;
    let engine = engine_with("memory", &cloud);
    let session = start(&engine, &cloud, "Take it slow").await;
    let id = session["id"].as_str().unwrap().to_owned();
    let follow = engine.follow(id.clone()).unwrap();
    until(&follow, |event| event["kind"] == "turn").await;
    call(&engine, "cancel", json!({ "id": id })).await.expect("it is stopped");
    let end = until(&follow, |event| event["kind"] == "end").await;
    assert_eq!(end["session"]["status"], "cancelled");
    call(&engine, "archive", json!({ "id": id })).await.expect("it is put away");
    assert!(!ids(&engine, &json!({})).contains(&id));
    assert!(ids(&engine, &json!({ "archived": true })).contains(&id));
}

#[wasm_bindgen_test]
async fn the_list_of_last_time_is_there_after_a_reload() {
    let cloud = cloud().await;
    let before = engine_with("indexeddb", &cloud);
    call(&before, "load", json!({})).await.expect("the store opens");
    let id = start(&before, &cloud, "Say hello").await["id"].as_str().unwrap().to_owned();
    before.close();
    let after = engine_with("indexeddb", &cloud);
    call(&after, "load", json!({})).await.expect("the store opens again");
    assert!(ids(&after, &json!({ "text": "hello" })).contains(&id));
    let report = call(&after, "refresh", json!({})).await.unwrap();
    assert_eq!(report["errors"], json!({}));
    call(&after, "disconnect", json!({ "provider": "local" })).await.expect("the rows leave the store");
}

#[wasm_bindgen_test]
async fn a_wrong_token_is_told_with_a_hint() {
    let cloud = Cloud { token: "wrong".into(), ..cloud().await };
    let engine = engine_with("memory", &cloud);
    let request = json!({ "provider": "local", "repository": cloud.repository, "prompt": "Hello" });
    let refused = call(&engine, "start", request).await.unwrap_err();
    assert_eq!(refused["code"], "unauthorized");
    assert_eq!(refused["status"], 401);
    assert!(!refused["hint"].as_str().unwrap().is_empty());
    assert_eq!(engine.sessions("{}").length(), 0);
}

#[wasm_bindgen_test]
async fn a_token_may_come_from_a_function_that_takes_its_time() {
    let cloud = cloud().await;
    let engine = Engine::new("memory".into(), None).unwrap();
    let token = js_sys::Function::new_no_args(&format!("return Promise.resolve({:?})", cloud.token));
    engine.connect(&json!({ "kind": "local", "baseUrl": cloud.api }).to_string(), token.into()).unwrap();
    let report = call(&engine, "refresh", json!({})).await.unwrap();
    assert_eq!(report["errors"], json!({}));
}

#[wasm_bindgen_test]
async fn what_is_pending_ends_when_the_engine_does() {
    let cloud = cloud().await;
    let engine = engine_with("memory", &cloud);
    let id = start(&engine, &cloud, "Take it slow").await["id"].as_str().unwrap().to_owned();
    let follow = engine.follow(id.clone()).unwrap();
    until(&follow, |event| event["kind"] == "turn").await;
    let (waiting, asking) = (follow.next(), engine.call("session".to_owned(), &json!({ "id": id }).to_string()));
    engine.close();
    engine.close();
    assert_eq!(settled(waiting).await, Ok(Value::Null));
    assert_eq!(settled(asking).await.unwrap_err()["code"], "invalid");
    assert_eq!(call(&engine, "cancel", json!({ "id": id })).await.unwrap_err()["code"], "invalid");
    let again = engine_with("memory", &cloud);
    call(&again, "refresh", json!({})).await.unwrap();
    for running in ids(&again, &json!({ "text": "slow", "status": ["in-progress"] })) {
        call(&again, "cancel", json!({ "id": running })).await.expect("it is stopped");
    }
}

fn host() -> BrowserHost {
    BrowserHost::new(Rc::new(MemoryStore::default()), None)
}

#[wasm_bindgen_test]
async fn a_lock_is_held_by_one_at_a_time() {
    let (first, second) = (host(), host());
    let held = first.lock("outbox").await.unwrap();
    let mut waiting = second.lock("outbox");
    // Another lock is granted meanwhile, so this one would have been too.
    drop(first.lock("something else").await.unwrap());
    assert!((&mut waiting).now_or_never().is_none(), "two hold the lock");
    drop(held);
    waiting.await.expect("the lock is given on");
}

#[wasm_bindgen_test]
async fn tabs_hear_each_other_and_not_themselves() {
    let (here, there) = (host(), host());
    let mut heard = there.broadcasts();
    here.broadcast("changed");
    assert_eq!(heard.next().await.as_deref(), Some("changed"));
}

#[wasm_bindgen_test]
async fn going_offline_and_back_is_noticed() {
    let host = host();
    let mut seen = Vec::new();
    let mut signals = host.signals();
    for name in ["offline", "online"] {
        let event = web_sys::Event::new(name).unwrap();
        js_sys::global().unchecked_into::<web_sys::EventTarget>().dispatch_event(&event).unwrap();
        seen.push(signals.next().await.unwrap());
    }
    assert_eq!(seen, [Signal::Offline, Signal::Online]);
}

#[wasm_bindgen_test]
async fn a_socket_that_cannot_connect_fails_at_its_first_message() {
    let mut socket = host().open_socket("ws://127.0.0.1:9/nothing", &["v1".to_owned()]).await.expect("it opens later");
    let first = socket.next().await;
    assert!(matches!(first, None | Some(Err(_))));
    assert!(host().open_socket("ftp://127.0.0.1/nothing", &[]).now_or_never().unwrap().is_err());
}
