//! A world that the tests own: a virtual clock, a scripted network, a store that fails on demand, and a cloud that loses
//! replies and lags behind itself.

// Each test program uses a part of it.
#![allow(dead_code, unused_imports)]

pub mod address;
pub mod clock;
pub mod cloud;
pub mod host;
pub mod network;
pub mod store;
pub mod watch;

pub use clock::World;
pub use cloud::{Cloud, Fault, Op};
pub use host::ScriptedHost;
pub use network::{Answer, Network};
pub use store::FailingStore;
