//! The serialized handoff: what another host can open, secrets already masked.
//!
//! A bundle is one JSON document, written in one way only: the same handoff gives the same bytes and the same hash. Fields that a
//! reader does not know are ignored, parts of a kind that it does not know are left out and counted, so within a major version older
//! readers read what newer ones wrote. The shape is published as `bundle.schema.json`. The link form is the same document, deflated and in
//! base64url, with `ca1.` before it.

mod canonical;
mod deflate;
mod link;
mod record;
mod sha256;

use super::clean::cleaned;
use super::conversation::Conversation;
use super::patch;
use super::secrets::{Choices, Masked, Masks};
use super::tree::{Shape, Tree};
use super::workspace::Workspace;
use crate::error::{Error, ErrorCode, Result};
use crate::find::holds;
pub(super) use canonical::quote;
use canonical::{Reader, Writer};
use record::Fields;

/// What `format` says in every bundle.
const FORMAT: &str = "cloud-agents-bundle";
/// Readers of another major version refuse it; a minor one only adds fields and kinds.
const VERSION: &str = "1.0";
const MAJOR: &str = "1";
/// A bundle's JSON is refused beyond this many bytes.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// A handoff without its secrets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bundle {
    /// What the person wants.
    pub prompt: String,
    /// What was said and done so far.
    pub conversation: Option<Conversation>,
    /// The state around it, as the host knows it.
    pub workspace: Workspace,
    /// What was masked.
    pub masked: Vec<Masked>,
}

/// What is masked in a bundle, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masking {
    /// Texts that are masked wherever they stand: the tokens of connections, and what the person adds.
    pub also: Vec<String>,
    /// Placeholders whose originals the person wants to hand over. What `also` masks is never handed over.
    pub unmask: Vec<String>,
    /// What else is masked.
    pub choices: Choices,
    /// What was masked in the bundle that the texts come from.
    pub before: Vec<Masked>,
}

/// Cleans all texts and shows them to the masks, then masks them.
struct Mask<'a> {
    masks: &'a mut Masks,
    settled: bool,
}

impl Mask<'_> {
    fn apply(&mut self, text: &mut String) {
        if self.settled {
            if let Some(masked) = self.masks.mask(text, false) {
                *text = masked;
            }
            return;
        }
        if let Some(clean) = cleaned(text, false) {
            *text = clean;
        }
        self.masks.learn(text);
    }
}

impl Fields for Mask<'_> {
    fn text(&mut self, _: &'static str, text: &mut String) {
        self.apply(text);
    }

    /// A diff without secrets stays as it is, to be committed as it is: form feeds and escapes may belong to its files. Masked is
    /// what is left of it when it is cleaned, as the brief shows it.
    fn diff(&mut self, _: &'static str, diff: &mut String) {
        let clean = cleaned(diff, true);
        for text in [clean, Some(diff.clone())].into_iter().flatten() {
            if !self.settled {
                self.masks.learn(&text);
            } else if let Some(masked) = self.masks.mask(&text, true) {
                *diff = masked;
                return;
            }
        }
    }

    fn maybe(&mut self, _: &'static str, text: &mut Option<String>) {
        if let Some(text) = text {
            self.apply(text);
        }
    }

    fn number(&mut self, _: &'static str, _: &mut Option<i64>) {}

    fn word(&mut self, _: &'static str, _: &'static str) -> Option<String> {
        None
    }

    fn record(&mut self, _: &'static str, fields: &mut dyn FnMut(&mut dyn Fields)) {
        fields(self);
    }

    fn begin_list(&mut self, _: &'static str, count: usize) -> usize {
        count
    }

    fn item(&mut self, _: usize, fields: &mut dyn FnMut(&mut dyn Fields)) {
        fields(self);
    }

    fn text_item(&mut self, _: usize, text: &mut String) {
        self.apply(text);
    }

    fn end_list(&mut self) {}
}

impl Bundle {
    /// Makes a bundle: cleans all texts that go into it of what no screen shows, then masks their secrets.
    pub fn create(prompt: String, conversation: Option<Conversation>, workspace: Workspace, masking: &Masking) -> Self {
        let mut bundle = Self { prompt, conversation, workspace, masked: Vec::new() };
        let mut masks = Masks::new(&masking.also, masking.choices);
        masks.masked_before(&masking.before);
        bundle.content(&mut Mask { masks: &mut masks, settled: false });
        masks.settle(&masking.unmask);
        bundle.content(&mut Mask { masks: &mut masks, settled: true });
        bundle.masked = masks.list();
        bundle
    }

    /// The fields that hold what the person hands over.
    fn content(&mut self, io: &mut dyn Fields) {
        io.record("intent", &mut |io| io.text("prompt", &mut self.prompt));
        if let Some(conversation) = &mut self.conversation {
            io.record("conversation", &mut |io| record::conversation(conversation, io));
        }
        // What is empty is not written, so one that holds nothing is none, or it would not come back.
        self.conversation.take_if(|conversation| {
            conversation.format.is_empty() && conversation.turns.is_empty() && conversation_json(conversation) == "{}"
        });
        io.record("workspace", &mut |io| record::workspace(&mut self.workspace, io));
    }

    /// Everything that the hash is taken of. Whatever goes through the fields may change them: so this takes the bundle as if it
    /// did, and copies none of it.
    fn body(&mut self) -> String {
        let mut writer = Writer::begin();
        writer.text("format", &mut FORMAT.to_owned());
        writer.text("version", &mut VERSION.to_owned());
        self.content(&mut writer);
        writer.begin_list("masked", self.masked.len());
        for (index, masked) in self.masked.iter_mut().enumerate() {
            writer.item(index, &mut |io| masked_fields(masked, io));
        }
        writer.end_list();
        writer.json.push('}');
        writer.json
    }

    /// Names the content: the same for the same handoff, whoever wrote it down.
    pub fn hash(&mut self) -> String {
        hash(&self.body())
    }

    /// The bundle as a file.
    pub fn to_json(&mut self) -> String {
        let mut json = self.body();
        let hash = hash(&json);
        json.pop();
        json.push_str(",\"hash\":\"");
        json.push_str(&hash);
        json.push_str("\"}");
        json
    }

    /// The bundle as text for a link's fragment or a QR code.
    ///
    /// # Errors
    /// `too-large` when no browser would carry it.
    pub fn to_link(&mut self) -> Result<String> {
        link::encode(&self.to_json())
    }

    /// Reads a bundle in either form; a whole address with the link form in its fragment will do.
    ///
    /// # Errors
    /// `invalid` for what is no bundle, `unsupported` for one of another major version, `corrupt` for a damaged one, `too-large`
    /// for one that would not fit.
    pub fn decode(text: &str) -> Result<Self> {
        let text = without_mark(text.trim_ascii());
        if text.len() > MOST_BYTES {
            return Err(Error::new(ErrorCode::TooLarge, "The bundle is larger than 256 MB."));
        }
        match link::find(text) {
            Some(packed) => Self::from_json(&link::decode(packed)?),
            None => Self::from_json(text),
        }
    }

    fn from_json(json: &str) -> Result<Self> {
        let tree = Tree::parse(json, Shape::ALL);
        let Some(tree) = tree.filter(|tree| tree.text("format") == Some(FORMAT)) else {
            // What begins like a bundle and is no JSON was cut off on its way.
            let begins = holds(json.get(..json.len().min(64)).unwrap_or_default(), FORMAT);
            let code = if begins { ErrorCode::Corrupt } else { ErrorCode::Invalid };
            return Err(Error::new(code, if begins { "The bundle is damaged." } else { "This is no bundle." })
                .with_hint("Give the whole file or link that the other host made."));
        };
        let version = tree.text("version").unwrap_or_default();
        if version != MAJOR && !version.starts_with([MAJOR, "."].concat().as_str()) {
            return Err(Error::new(ErrorCode::Unsupported, "The bundle was made by another major version.")
                .with_hint("Open it with the version that made it, or hand the conversation over again."));
        }
        let mut bundle = Self::default();
        if let Tree::Object(_) = tree.get("conversation") {
            bundle.conversation = Some(Conversation::default());
        }
        let mut reader = Reader::new(&tree);
        bundle.content(&mut reader);
        let skipped = reader.skipped;
        for item in tree.list("masked") {
            let mut masked = Masked::default();
            masked_fields(&mut masked, &mut Reader::new(item));
            bundle.masked.push(masked);
        }
        let mut body = String::with_capacity(json.len());
        canonical::write_without(&tree, "hash", &mut body);
        // Databases and other tools put fields into an order of their own: all that is known is in ours again.
        let stated = tree.text("hash").unwrap_or_default();
        if hash(&body) != stated && hash(&bundle.body()) != stated {
            return Err(Error::new(ErrorCode::Corrupt, "The bundle is not as it was written: its hash is another.")
                .with_hint("Give the file or link that the other host made, as it was."));
        }
        // Not before: what is skipped here was not when the hash was taken.
        if let Some(conversation) = &mut bundle.conversation {
            conversation.skipped += skipped;
        }
        Ok(bundle)
    }
}

/// Whether a text is a bundle, by its beginning.
pub fn is_bundle(text: &str) -> bool {
    let text = without_mark(text.trim_ascii_start());
    link::find(text).is_some() || text.starts_with('{') && holds(text, &["\"", FORMAT, "\""].concat())
}

/// Without the byte order marks that editors put before a text.
fn without_mark(mut text: &str) -> &str {
    while let Some(rest) = text.strip_prefix('\u{feff}') {
        text = rest;
    }
    text
}

/// A conversation as the JSON that a bundle holds of it.
pub fn conversation_json(conversation: &mut Conversation) -> String {
    json_of(&mut |io| record::conversation(conversation, io))
}

/// A workspace as the JSON that a bundle holds of it.
pub fn workspace_json(workspace: &mut Workspace) -> String {
    json_of(&mut |io| record::workspace(workspace, io))
}

fn json_of(fields: &mut dyn FnMut(&mut dyn Fields)) -> String {
    let mut writer = Writer::begin();
    fields(&mut writer);
    writer.json.push('}');
    writer.json
}

/// Reads a conversation from that JSON. What it does not know is left out.
///
/// # Errors
/// `invalid` for what is no object.
pub fn read_conversation(json: &[u8]) -> Result<Conversation> {
    let json = str::from_utf8(json).unwrap_or_default();
    let mut conversation = Conversation::default();
    read_fields(json, "The conversation is no object.", &mut |io| record::conversation(&mut conversation, io))?;
    Ok(conversation)
}

/// Reads a workspace that a host describes in that JSON. What it does not know is left out; diffs are checked, and may have their
/// file's headers.
///
/// # Errors
/// `invalid` for what is no object, and for a diff that is damaged.
pub fn read_workspace(json: &str) -> Result<Workspace> {
    let mut workspace = Workspace::default();
    read_fields(json, "The workspace is no object.", &mut |io| record::workspace(&mut workspace, io))?;
    for edit in &mut workspace.changes {
        patch::normalise(edit).map_err(|error| patch::of_file(error, &edit.path))?;
    }
    Ok(workspace)
}

fn read_fields(json: &str, misfit: &str, fields: &mut dyn FnMut(&mut dyn Fields)) -> Result<()> {
    let tree = Tree::parse(json, Shape::ALL).filter(|tree| matches!(tree, Tree::Object(_)));
    let tree = tree.ok_or_else(|| Error::invalid(misfit).with_hint("Compare it with the types of the package."))?;
    fields(&mut Reader::new(&tree));
    Ok(())
}

fn masked_fields(masked: &mut Masked, io: &mut dyn Fields) {
    io.text("kind", &mut masked.kind);
    io.text("placeholder", &mut masked.placeholder);
    let mut count = i64::try_from(masked.count).ok();
    io.number("count", &mut count);
    masked.count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
}

fn hash(body: &str) -> String {
    ["sha256:", &sha256::hexadecimal(body.as_bytes())].concat()
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
