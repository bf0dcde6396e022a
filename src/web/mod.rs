//! The core's face towards JavaScript. It translates and decides nothing; it hands out JSON text (quicker to cross with than
//! trees) and takes small objects.
//!
//! There are two modules of it, so that a page which only starts and follows sessions does not load what reads transcripts:
//! the engine, and with the feature `handoff-module` the handoff.

mod crossing;
#[cfg(not(feature = "handoff-module"))]
mod engine;
#[cfg(not(feature = "handoff-module"))]
mod fetch;
#[cfg(feature = "handoff-module")]
mod handoff;
#[cfg(not(feature = "handoff-module"))]
mod host;
#[cfg(not(feature = "handoff-module"))]
mod js_store;
#[cfg(not(feature = "handoff-module"))]
mod socket;
#[cfg(not(feature = "handoff-module"))]
mod source;
#[cfg(not(feature = "handoff-module"))]
mod work;

#[cfg(not(feature = "handoff-module"))]
pub use engine::{Engine, Follow, SessionList};
#[cfg(feature = "handoff-module")]
pub use handoff::{Bundle, Conversation, bundle_of, decode_bundle, is_bundle, read_conversation};
#[cfg(not(feature = "handoff-module"))]
pub use host::BrowserHost;
