//! The `github` provider against a scripted network: what it sends, and what it makes of the answers.
#![cfg(not(target_arch = "wasm32"))]
// What surrounds the tests may stop at the first surprise, as they may themselves.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/address.rs"]
mod address;
#[path = "provider/host.rs"]
mod host;
#[path = "provider/reads.rs"]
mod reads;
#[path = "provider/refusals.rs"]
mod refusals;
#[path = "provider/watches.rs"]
mod watches;
#[path = "provider/writes.rs"]
mod writes;

use std::rc::Rc;

use cloud_agents::host::Host;
use cloud_agents::provider::{Provider, ProviderConfig, StartRequest, connect};
use cloud_agents::session::Kind;
use host::ScriptedHost;
use serde_json::{Value, json};

const TASK: &str = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";

fn config(kind: Kind) -> ProviderConfig {
    let base_url = (kind == Kind::Local).then(|| "http://127.0.0.1:4180/api/".to_owned());
    ProviderConfig { kind, id: None, label: None, base_url, agents_url: None, relay_url: None }
}

fn github(host: &Rc<ScriptedHost>) -> Rc<dyn Provider> {
    connect(&config(Kind::Github), "work", host.clone() as Rc<dyn Host>).unwrap()
}

fn local(host: &Rc<ScriptedHost>) -> Rc<dyn Provider> {
    connect(&config(Kind::Local), "local", host.clone() as Rc<dyn Host>).unwrap()
}

fn request(prompt: &str) -> StartRequest {
    StartRequest {
        provider: "work".into(),
        repository: "octocat/hello-world".into(),
        prompt: prompt.into(),
        title: None,
        base_ref: None,
        head_ref: None,
        agent: None,
        model: None,
        create_pull_request: false,
        push: None,
    }
}

/// A task as the REST reference shows it, without its sessions.
fn task(id: &str, state: &str) -> Value {
    json!({
        "id": id,
        "url": format!("https://api.github.com/agents/repos/octocat/hello-world/tasks/{id}"),
        "html_url": format!("https://github.com/octocat/hello-world/copilot/tasks/{id}"),
        "name": "Fix the login button on the homepage",
        "creator": { "id": 1 },
        "creator_type": "user",
        "owner": { "id": 1 },
        "repository": { "id": 1_296_269 },
        "state": state,
        "session_count": 1,
        "artifacts": [],
        "archived_at": null,
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-01T01:00:00Z"
    })
}

/// A session within a task, as the REST reference shows it.
fn run_of(task: &str, id: &str, state: &str, prompt: &str) -> Value {
    json!({
        "id": id,
        "name": "Fix the login button on the homepage",
        "user": { "id": 1 },
        "owner": { "id": 1 },
        "repository": { "id": 1_296_269 },
        "task_id": task,
        "state": state,
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-01T01:00:00Z",
        "prompt": prompt,
        "head_ref": "copilot/fix-1",
        "base_ref": "main",
        "model": "sweagent-capi:claude-sonnet-4.6"
    })
}

fn with(mut value: Value, key: &str, to: Value) -> Value {
    value[key] = to;
    value
}
