//! Handoffs for JavaScript: conversations and bundles stay in the core, as handles; what is asked of them comes as JSON text.

use wasm_bindgen::prelude::*;

use super::crossing::thrown;
use crate::error::{Error, Result};
use crate::handoff::secrets::Masked;
use crate::handoff::{self, Brief, Handoff, Limit, Note, Options, Parts, Unit, Workspace};
use crate::json::{self, Writer};
use crate::provider;
use crate::session::Kind;

/// A conversation that was read.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Conversation(handoff::Conversation);

/// A handoff without its secrets.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Bundle(handoff::Bundle);

/// Reads a transcript; without a format it is found by what the file holds.
#[wasm_bindgen(js_name = readConversation)]
pub fn read_conversation(bytes: &[u8], format: Option<String>) -> std::result::Result<Conversation, JsValue> {
    handoff::read(bytes, format.as_deref()).map(Conversation).map_err(thrown)
}

/// Whether a text is a bundle, by its beginning.
#[wasm_bindgen(js_name = isBundle)]
pub fn is_bundle(text: &str) -> bool {
    handoff::is_bundle(text)
}

/// Opens a bundle in either form.
#[wasm_bindgen(js_name = decodeBundle)]
pub fn decode_bundle(text: &str) -> std::result::Result<Bundle, JsValue> {
    handoff::Bundle::decode(text).map(Bundle).map_err(thrown)
}

/// Makes a bundle of a prompt and a workspace alone. `parts` is the JSON text of an object with `prompt`, `workspace` (JSON text), `maskAlso`,
/// `unmask` and `maskNames`.
#[wasm_bindgen(js_name = bundleOf)]
pub fn bundle_of(parts: &str) -> std::result::Result<Bundle, JsValue> {
    bundle(parts, None, &Workspace::default(), &[]).map_err(thrown)
}

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

    /// A bundle of it; `parts` as for `bundleOf`.
    pub fn bundle(&self, parts: &str) -> std::result::Result<Bundle, JsValue> {
        bundle(parts, Some(&self.0), &self.0.workspace, &[]).map_err(thrown)
    }
}

#[wasm_bindgen]
impl Bundle {
    /// Format, title and counts of its conversation.
    pub fn summary(&self) -> JsValue {
        summary(self.0.conversation.as_ref()).into()
    }

    /// The state around it.
    pub fn workspace(&self) -> JsValue {
        handoff::workspace_json(&self.known()).into()
    }

    /// What the person wants.
    pub fn prompt(&self) -> String {
        self.0.prompt.clone()
    }

    /// As a file.
    #[wasm_bindgen(js_name = toJSON)]
    pub fn to_json(&self) -> JsValue {
        self.0.to_json().into()
    }

    /// As text for a link.
    pub fn link(&self) -> std::result::Result<JsValue, JsValue> {
        self.0.to_link().map(JsValue::from).map_err(thrown)
    }

    /// Another bundle of the same content; `parts` as for `bundleOf`.
    pub fn bundle(&self, parts: &str) -> std::result::Result<Bundle, JsValue> {
        bundle(parts, self.0.conversation.as_ref(), &self.0.workspace, &self.0.masked).map_err(thrown)
    }

    /// The prompt within a limit, and what is in it. `options` is the JSON text of an object with `kind`, or `size` (digits) and `unit`,
    /// and `drop`.
    pub fn brief(&self, options: &str) -> std::result::Result<JsValue, JsValue> {
        self.rendered(options).map(JsValue::from).map_err(thrown)
    }

    fn rendered(&self, options: &str) -> Result<String> {
        let options = Options::read(options);
        let limit = limit(&options)?;
        let handoff = Handoff {
            prompt: &self.0.prompt,
            conversation: self.0.conversation.as_ref(),
            workspace: &self.known(),
            pushed: None,
            drop: &options.drop,
        };
        let brief = handoff::brief(&handoff, limit)?;
        Ok(report(brief, limit, &self.0.masked))
    }

    /// The workspace, with what the conversation knows of it.
    fn known(&self) -> Workspace {
        let mut workspace = self.0.workspace.clone();
        if let Some(conversation) = &self.0.conversation {
            workspace.fill_from(&conversation.workspace);
        }
        workspace
    }
}

fn bundle(
    parts: &str,
    conversation: Option<&handoff::Conversation>,
    around: &Workspace,
    masked: &[Masked],
) -> Result<Bundle> {
    let mut parts = Parts::read(parts)?;
    parts.masking.before = masked.to_vec();
    parts.workspace.fill_from(around);
    Ok(Bundle(handoff::Bundle::create(&parts.prompt, conversation, &parts.workspace, &parts.masking)))
}

/// The limit that is named, else that of a kind of provider.
fn limit(options: &Options) -> Result<Limit> {
    if let Some(size) = options.size {
        let unit = if options.unit.is_empty() { Some(Unit::Utf16) } else { Unit::named(&options.unit) };
        let unit = unit.ok_or_else(|| {
            Error::invalid("There is no such unit.").with_hint("Take utf16, characters, bytes or tokens.")
        })?;
        return Ok(Limit { size, unit });
    }
    let kind = Kind::parse(&options.kind).ok_or_else(|| {
        Error::invalid("The brief has no limit.").with_hint("Pass the kind of the provider, or a limit.")
    })?;
    provider::prompt_limit(kind)
}

fn summary(conversation: Option<&handoff::Conversation>) -> String {
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

fn report(mut brief: Brief, limit: Limit, masked: &[Masked]) -> String {
    // What a tool returned, masked to save room, is a brief's affair and no secret.
    brief.shortened.append(&mut brief.masked);
    json::object(&|out: &mut Writer| {
        out.text("text", &brief.text);
        out.whole("size", limit.unit.measure(&brief.text) as u64);
        out.object("limit", &limit);
        out.list("kept", &brief.kept);
        out.list("shortened", &brief.shortened);
        out.list("omitted", &brief.omitted);
        out.list("masked", masked);
    })
}

impl json::Fields for Note {
    fn fields(&self, out: &mut Writer) {
        out.text("item", &self.item);
        out.text("why", &self.why);
    }
}

impl json::Fields for Masked {
    fn fields(&self, out: &mut Writer) {
        out.text("placeholder", &self.placeholder);
        out.text("kind", &self.kind);
        out.whole("count", self.count as u64);
    }
}
