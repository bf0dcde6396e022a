//! Handing a conversation over: what was said and done anywhere, made ready for an agent elsewhere.
//!
//! A [`Conversation`] is read from a transcript ([`read`]), joined with the [`Workspace`] around it and the person's intent to a
//! bundle, cleaned of secrets, and rendered within a provider's limit as a brief. Everything here is deterministic and pure: no
//! model, no network, no clock.

mod apply;
mod asked;
mod base64;
mod binary;
mod brief;
mod bundle;
mod clean;
mod conversation;
mod inflate;
mod patch;
mod push;
mod readers;
mod scaffolding;
pub mod secrets;
mod tools;
mod tree;
mod workspace;

pub use apply::apply;
pub use asked::{Options, Parts, PushParts};
pub use brief::{Brief, Handoff, Limit, Note, Pushed, Unit, brief, task_of};
pub use bundle::{Bundle, Masking, conversation_json, is_bundle, read_conversation, read_workspace, workspace_json};

pub use conversation::{
    Attachment, AttachmentKind, Change, Conversation, Counts, FileEdit, Part, Request, Scaffolding, Todo, TodoStatus,
    ToolCall, ToolKind, ToolStatus, Turn, TurnState,
};
pub use patch::{is_diff, unified};
pub use push::{
    BaseFile, PUSHED_COMMIT, Prepared, PushedContent, PushedFile, PushedSecret, paths_before, prepare, read_base,
    secrets_of_message,
};
pub use readers::{formats, read, read_session};
pub use workspace::{Diagnostic, FailingTest, Selection, Terminal, Workspace};

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod effort_tests;
