//! A conversation for JavaScript, in the memory of whichever module has it: what is asked of it comes as JSON text.

use wasm_bindgen::prelude::*;

use crate::handoff;
use crate::json::{self, Writer};

/// A conversation that was read.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Conversation(pub(super) handoff::Conversation);

#[wasm_bindgen]
impl Conversation {
    /// Format, title and counts.
    pub fn summary(&self) -> JsValue {
        summary(Some(&self.0)).into()
    }

    /// What it tells of its surroundings.
    pub fn workspace(&self) -> JsValue {
        handoff::workspace_json(&self.0.workspace).into()
    }

    /// The person's last words.
    #[wasm_bindgen(js_name = lastRequest)]
    pub fn last_request(&self) -> String {
        let mut requests = self.0.turns.iter().rev().map(|turn| &turn.request.text);
        requests.find(|text| !text.is_empty()).cloned().unwrap_or_default()
    }

    /// All of it.
    #[wasm_bindgen(js_name = toJSON)]
    pub fn to_json(&self) -> JsValue {
        handoff::conversation_json(&self.0).into()
    }
}

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
