//! Start, hand off and follow cloud coding-agent sessions from any browser tab or web editor.
//!
//! One core for every provider and every host. Data flows one way: host, `web`, [`hub`], [`provider`], [`wire`], and results
//! come back the same way. The core touches the outside only through the [`host::Host`] trait.

pub mod by_name;
mod calendar;
pub mod error;
mod find;
pub mod handoff;
pub mod host;
pub mod hub;
pub mod json;
mod order;
pub mod provider;
pub mod session;
mod together;
pub mod wire;

#[cfg(target_arch = "wasm32")]
pub mod web;

#[cfg(all(feature = "local", not(target_arch = "wasm32")))]
pub mod local;
