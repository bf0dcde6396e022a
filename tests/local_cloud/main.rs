//! The local cloud as people, and attackers, meet it: the real binary, real repositories, real HTTP.
#![cfg(all(feature = "local", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod a_day;
#[path = "../support/address.rs"]
mod address;
mod ample;
mod cloud;
mod doors;
mod hostile_agent;
mod hostile_repository;
mod lists;
mod origins;
mod pushes;
mod repository;
mod restart;
#[path = "../provider/host.rs"]
#[allow(dead_code, reason = "the tests of the provider use the rest of it")]
mod scripted;
