//! The readers of transcripts for JavaScript. They are a module of their own: whoever hands a session, a link or a bundle over
//! needs none of them.

use wasm_bindgen::prelude::*;

use super::conversation::Conversation;
use super::crossing::thrown;
use crate::handoff;

/// Reads a transcript; without a format it is found by what the file holds.
#[wasm_bindgen(js_name = readConversation)]
pub fn read_conversation(bytes: &[u8], format: Option<String>) -> Result<Conversation, JsValue> {
    handoff::read(bytes, format.as_deref()).map(Conversation).map_err(thrown)
}

#[wasm_bindgen]
impl Conversation {
    /// What the handoff module opens it from. It leaves this module's memory with that.
    #[wasm_bindgen(js_name = handOut)]
    pub fn hand_out(self) -> Vec<u8> {
        handoff::conversation_json(&self.0).into_bytes()
    }
}
