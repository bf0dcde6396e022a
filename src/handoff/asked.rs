//! What a host asks for, as the JSON text that it writes. Its own code wrote it: what is no JSON is as good as nothing.

use super::bundle::{Masking, read_workspace};
use super::conversation::FileEdit;
use super::push::{BaseFile, read_base};
use super::secrets::Choices;
use super::tree::{Shape, Tree};
use super::workspace::Workspace;
use crate::error::Result;

/// What a bundle is made of, beside a conversation: an object with `prompt`, `workspace` (JSON text), `maskAlso`, `unmask` and
/// `maskNames`.
#[derive(Debug, Default)]
pub struct Parts {
    /// What the person wants.
    pub prompt: String,
    /// The state around it, as the host knows it.
    pub workspace: Workspace,
    /// What is masked.
    pub masking: Masking,
}

/// How a brief is to be: an object with `kind`, or `size` (digits) and `unit`, `drop` and `pushed`.
#[derive(Debug, Default)]
pub struct Options {
    /// The kind of provider whose limit holds.
    pub kind: String,
    /// The limit itself.
    pub size: Option<usize>,
    /// What it counts; empty for UTF-16.
    pub unit: String,
    /// What the person leaves out.
    pub drop: Vec<String>,
    /// The branch that the changes are pushed to before the start; empty where they are not.
    pub pushed: String,
}

/// What is to be pushed: an object with `changes`, `base` (both JSON text), `maskAlso` and `placeholders`.
#[derive(Debug, Default)]
pub struct PushParts {
    /// The changes.
    pub changes: Vec<FileEdit>,
    /// What they were made from.
    pub base: Vec<BaseFile>,
    /// What counts as a secret too.
    pub also: Vec<String>,
    /// What stands for secrets that were masked in the changes before.
    pub placeholders: Vec<String>,
}

impl Parts {
    /// Reads them.
    ///
    /// # Errors
    /// `invalid` for a workspace that is no object.
    pub fn read(json: &str) -> Result<Self> {
        let given = tree(json);
        let workspace = given.text("workspace").map_or_else(|| Ok(Workspace::default()), read_workspace)?;
        let names = given.is("maskNames");
        let masking = Masking {
            also: texts(&given, "maskAlso"),
            unmask: texts(&given, "unmask"),
            choices: Choices { homes: names, emails: names },
            before: Vec::new(),
        };
        Ok(Self { prompt: given.string("prompt").unwrap_or_default(), workspace, masking })
    }
}

impl Options {
    /// Reads them.
    pub fn read(json: &str) -> Self {
        let given = tree(json);
        let text = |name| given.string(name).unwrap_or_default();
        Self {
            kind: text("kind"),
            size: text("size").parse().ok(),
            unit: text("unit"),
            drop: texts(&given, "drop"),
            pushed: text("pushed"),
        }
    }
}

impl PushParts {
    /// Reads them.
    ///
    /// # Errors
    /// `invalid` for changes that are none.
    pub fn read(json: &str) -> Result<Self> {
        let given = tree(json);
        let text = |name| given.text(name).unwrap_or_default();
        Ok(Self {
            changes: read_workspace(text("changes"))?.changes,
            base: read_base(text("base")),
            also: texts(&given, "maskAlso"),
            placeholders: texts(&given, "placeholders"),
        })
    }
}

fn tree(json: &str) -> Tree<'_> {
    Tree::parse(json, Shape::ALL).unwrap_or(Tree::Null)
}

fn texts(tree: &Tree<'_>, name: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for item in tree.list(name) {
        texts.extend(item.as_text().map(str::to_owned));
    }
    texts
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{Options, Parts};

    #[test]
    fn what_is_given_is_read_and_nothing_else() {
        let json =
            r#"{"prompt":"Fix it","workspace":"{\"branch\":\"main\"}","maskAlso":["x",1,"y"],"maskNames":true,"z":0}"#;
        let parts = Parts::read(json).expect("parts");
        assert_eq!((parts.prompt.as_str(), parts.workspace.branch.as_deref()), ("Fix it", Some("main")));
        assert_eq!(parts.masking.also, ["x", "y"]);
        assert!(parts.masking.unmask.is_empty() && parts.masking.choices.homes && parts.masking.choices.emails);
        assert!(Parts::read(r#"{"workspace":"[]"}"#).is_err());
        let options = Options::read(r#"{"size":"8000","unit":"bytes","drop":["plan"]}"#);
        assert_eq!(
            (options.size, options.unit.as_str(), &*options.drop),
            (Some(8000), "bytes", &["plan".to_owned()][..])
        );
        assert_eq!(Options::read("").size.or(Options::read(r#"{"size":"many"}"#).size), None);
    }
}
