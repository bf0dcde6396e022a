//! Handoffs for JavaScript: conversations and bundles stay in the core, as handles; what is asked of them comes as JSON text.

use wasm_bindgen::prelude::*;

use super::conversation::{Conversation, summary};
use super::crossing::thrown;
use crate::error::{Error, Result};
use crate::handoff::secrets::Masked;
use crate::handoff::{
    self, Brief, Handoff, Limit, Note, Options, PUSHED_COMMIT, Parts, PushParts, Pushed, Unit, Workspace,
};
use crate::json::{self, Writer};
use crate::provider;
use crate::session::Kind;

/// A handoff without its secrets.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Bundle(handoff::Bundle);

/// Reads a session of ours. Transcripts of other tools are for the module of the readers.
#[wasm_bindgen(js_name = readSession)]
pub fn read_session(bytes: &[u8]) -> std::result::Result<Conversation, JsValue> {
    handoff::read_session(bytes).map(Conversation).map_err(thrown)
}

/// Opens what the readers handed out.
#[wasm_bindgen(js_name = takeIn)]
pub fn take_in(json: &[u8]) -> std::result::Result<Conversation, JsValue> {
    handoff::read_conversation(json).map(Conversation).map_err(thrown)
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

/// Whether a text is a unified diff, by its beginning.
#[wasm_bindgen(js_name = isDiff)]
pub fn is_diff(text: &str) -> bool {
    handoff::is_diff(text)
}

/// The changes of a unified diff, as the JSON text of a workspace that holds nothing else.
#[wasm_bindgen(js_name = readChanges)]
pub fn read_changes(text: &str) -> std::result::Result<JsValue, JsValue> {
    let changes = handoff::unified(text).map_err(thrown)?;
    Ok(handoff::workspace_json(&Workspace { changes, ..Workspace::default() }).into())
}

/// Makes changes ready to be pushed. `parts` is the JSON text of an object with `changes` (the JSON text of a workspace), `base`
/// (what the engine read), `maskAlso` and `placeholders`.
#[wasm_bindgen(js_name = preparePush)]
pub fn prepare_push(parts: &str) -> std::result::Result<JsValue, JsValue> {
    let prepared = PushParts::read(parts)
        .and_then(|parts| handoff::prepare(&parts.changes, &parts.base, &parts.also, &parts.placeholders));
    prepared.map(|prepared| json::object(&prepared).into()).map_err(thrown)
}

#[wasm_bindgen]
impl Conversation {
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
    /// `drop` and `pushed`.
    pub fn brief(&self, options: &str) -> std::result::Result<JsValue, JsValue> {
        self.rendered(options).map(JsValue::from).map_err(thrown)
    }

    fn rendered(&self, options: &str) -> Result<String> {
        let options = Options::read(options);
        let limit = limit(&options)?;
        let pushed = !options.pushed.is_empty();
        let handoff = Handoff {
            prompt: &self.0.prompt,
            conversation: self.0.conversation.as_ref(),
            workspace: &self.known(),
            pushed: pushed.then_some(Pushed { branch: &options.pushed, commit: PUSHED_COMMIT }),
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
