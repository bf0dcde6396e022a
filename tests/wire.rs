//! The wire as a server meets it: polite, bounded, and silent about tokens.
#![cfg(not(target_arch = "wasm32"))]
// A test may stop at the first surprise, also where a function of its own helps it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "wire/bodies.rs"]
mod bodies;
#[path = "wire/manners.rs"]
mod manners;
#[path = "wire/secrets.rs"]
mod secrets;
mod support;

use std::rc::Rc;

use cloud_agents::host::Secret;
use cloud_agents::wire::Client;

use support::{Network, ScriptedHost, World};

const API: &str = "https://api.example/v1";
const TOKEN: &str = "ghp_a-token-that-nobody-may-see";

/// A client of `https://api.example` with a token, in a world of its own.
struct Wire {
    world: World,
    host: Rc<ScriptedHost>,
    client: Client,
}

impl Wire {
    fn new() -> Self {
        let world = World::new();
        let host = ScriptedHost::new(&world);
        host.secrets.borrow_mut().insert("work".into(), Secret::new(TOKEN));
        let client = Client::new(host.clone(), "work", &[API]).unwrap();
        Self { world, host, client }
    }

    fn network(&self) -> &Network {
        &self.host.network
    }
}

fn url(path: &str) -> String {
    format!("{API}/{path}")
}
