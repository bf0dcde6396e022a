//! The core's face towards JavaScript. It translates and decides nothing; it hands out JSON text (quicker to cross with than
//! trees) and takes small objects.
//!
//! There are three modules of it, each a feature, so that a page loads what it uses: the engine, which starts and follows
//! sessions (`engine-module`, the default), the handoff (`handoff-module`), and what reads transcripts (`readers-module`).

#[cfg(any(feature = "handoff-module", feature = "readers-module"))]
mod conversation;
mod crossing;
#[cfg(feature = "engine-module")]
mod engine;
#[cfg(feature = "engine-module")]
mod fetch;
#[cfg(feature = "handoff-module")]
mod handoff;
#[cfg(feature = "engine-module")]
mod host;
#[cfg(feature = "engine-module")]
mod js_store;
#[cfg(feature = "readers-module")]
mod readers;
#[cfg(feature = "engine-module")]
mod socket;
#[cfg(feature = "engine-module")]
mod source;
#[cfg(feature = "engine-module")]
mod work;

#[cfg(any(feature = "handoff-module", feature = "readers-module"))]
pub use conversation::Conversation;
#[cfg(feature = "engine-module")]
pub use engine::{Engine, Follow, SessionList};
#[cfg(feature = "handoff-module")]
pub use handoff::{
    Bundle, bundle_of, decode_bundle, is_bundle, is_diff, prepare_push, read_changes, read_session, take_in,
};
#[cfg(feature = "engine-module")]
pub use host::BrowserHost;
#[cfg(feature = "readers-module")]
pub use readers::read_conversation;
