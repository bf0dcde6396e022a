//! The hub as a person meets it: sessions that are started, watched and answered over a cloud that fails in every way.
#![cfg(not(target_arch = "wasm32"))]
// A test may stop at the first surprise, also where a function of its own helps it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "hub/desk.rs"]
mod desk;
#[path = "hub/follows.rs"]
mod follows;
#[path = "hub/given_up.rs"]
mod given_up;
#[path = "hub/lists.rs"]
mod lists;
#[path = "hub/messages.rs"]
mod messages;
#[path = "hub/pushes.rs"]
mod pushes;
#[path = "hub/simulation.rs"]
mod simulation;
#[path = "hub/starts.rs"]
mod starts;
mod support;
