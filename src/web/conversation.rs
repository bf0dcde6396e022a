//! A conversation for JavaScript, in the memory of whichever module read it.

use wasm_bindgen::prelude::*;

use crate::handoff::{self, Workspace};
use crate::json::{self, Writer};

/// A conversation that was read.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Conversation(pub(super) handoff::Conversation);

#[wasm_bindgen]
impl Conversation {
    /// What a host shows of it, as JSON text: `summary`, the `workspace` that it tells of, and the person's last `words`.
    pub fn told(&mut self) -> JsValue {
        let mut requests = self.0.turns.iter().rev().map(|turn| &turn.request.text);
        let words = requests.find(|text| !text.is_empty()).map_or("", |text| handoff::task_of(text)).to_owned();
        let summary = summary(Some(&self.0));
        told(&summary, &mut self.0.workspace, &words)
    }

    /// All of it, as the JSON that a bundle holds of it and is made of. It leaves the wasm's memory with that.
    #[wasm_bindgen(js_name = handOut)]
    pub fn hand_out(mut self) -> Vec<u8> {
        handoff::conversation_json(&mut self.0).into_bytes()
    }
}

/// What a host shows of a conversation or a bundle.
pub(super) fn told(summary: &str, workspace: &mut Workspace, words: &str) -> JsValue {
    let workspace = handoff::workspace_json(workspace);
    json::object(&|out: &mut Writer| {
        out.raw("summary", summary);
        out.raw("workspace", &workspace);
        out.text("words", words);
    })
    .into()
}

/// Format, title and counts.
pub(super) fn summary(conversation: Option<&handoff::Conversation>) -> String {
    json::object(&|out: &mut Writer| {
        out.text("format", conversation.map_or("", |conversation| &conversation.format));
        out.opt_text("title", conversation.and_then(|conversation| conversation.title.as_ref()));
        let counts = conversation.map(handoff::Conversation::counts).unwrap_or_default();
        out.whole("turns", counts.turns as u64);
        out.whole("toolCalls", counts.tool_calls as u64);
        out.whole("edits", counts.edits as u64);
        out.whole("skipped", conversation.map_or(0, |conversation| conversation.skipped) as u64);
    })
}
