//! Uncommitted changes made ready to be committed to a branch of their own: applied to the files that they were made from,
//! and looked through for secrets. Pure: whoever calls reads the files and sends the result.

use super::apply::apply;
use super::base64::{PLAIN, decode as decode64, encode as encode64};
use super::clean::cleaned;
use super::conversation::{Change, FileEdit};
use super::patch::of_file;
use super::secrets::{Choices, Masks};
use super::tree::{Shape, Tree};
use crate::error::{Error, ErrorCode, Result};
use crate::find::{any, holds};
use crate::json::{Fields, Writer};

/// Stands in a brief for the commit that is made when the session starts. As long as the id of a commit, so that the brief
/// keeps its size when the id takes its place.
pub const PUSHED_COMMIT: &str = "the-commit-that-is-pushed-with-the-start";

const PLAIN_FILE: &str = "100644";
/// Where git's mode of a file stands in a diff.
const NEW_MODES: [&str; 2] = ["new mode ", "new file mode "];
const OTHER_BASE: &str = "Make the diff against the commit that is named as its base.";

/// A file of the commit that changes were made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaseFile {
    /// Where it is.
    pub path: String,
    /// Git's mode, such as `100755`.
    pub mode: String,
    /// Git's id of its content.
    pub id: String,
    /// Its content in base64 (RFC 4648, section 4); lines may be broken.
    pub content: String,
}

impl Fields for BaseFile {
    fn fields(&self, out: &mut Writer) {
        out.text("path", &self.path);
        out.text("mode", &self.mode);
        out.text("id", &self.id);
        out.text("content", &self.content);
    }
}

/// What becomes of one path in the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedFile {
    /// Where it is.
    pub path: String,
    /// Git's mode.
    pub mode: String,
    /// What is there.
    pub content: PushedContent,
}

/// What a path holds after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushedContent {
    /// What the repository has already, by git's id.
    Object(String),
    /// Text.
    Text(String),
    /// Bytes, in base64.
    Bytes(String),
    /// Nothing any more.
    Gone,
}

impl Fields for PushedFile {
    fn fields(&self, out: &mut Writer) {
        out.text("path", &self.path);
        out.text("mode", &self.mode);
        match &self.content {
            PushedContent::Object(id) => out.text("object", id),
            PushedContent::Text(text) => out.text("text", text),
            PushedContent::Bytes(bytes) => out.text("bytes", bytes),
            PushedContent::Gone => {}
        }
    }
}

/// A secret in what would be pushed, which the person has to confirm. It never holds the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedSecret {
    /// The file that it is in.
    pub path: String,
    /// What it is: `GitHub token`.
    pub kind: String,
    /// In how many places of that file.
    pub count: usize,
}

impl Fields for PushedSecret {
    fn fields(&self, out: &mut Writer) {
        out.text("path", &self.path);
        out.text("kind", &self.kind);
        out.whole("count", self.count as u64);
    }
}

/// What a commit is to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Each path that is different in it.
    pub files: Vec<PushedFile>,
    /// What the person should see before it goes out.
    pub secrets: Vec<PushedSecret>,
}

impl Fields for Prepared {
    fn fields(&self, out: &mut Writer) {
        out.list("files", &self.files);
        out.list("secrets", &self.secrets);
    }
}

/// The paths that changes are applied to: of these the base has to be read.
pub fn paths_before(changes: &[FileEdit]) -> Vec<String> {
    changes.iter().map(|edit| edit.from.as_ref().unwrap_or(&edit.path).clone()).collect()
}

/// Applies changes to the files that they were made from. Of those, `base` holds what is there. `also` is to be found as
/// secrets too, such as the tokens of connections; `placeholders` stand for secrets that were masked in these changes before.
///
/// # Errors
/// `conflict` where the changes were not made from these files, `unsupported` where the new contents cannot be told,
/// `invalid` for paths that lead out of the repository, for placeholders, and where there is nothing to push.
pub fn prepare(changes: &[FileEdit], base: &[BaseFile], also: &[String], placeholders: &[String]) -> Result<Prepared> {
    let mut prepared = Prepared::default();
    for edit in changes {
        let was = edit.from.as_ref().unwrap_or(&edit.path);
        for path in [was, &edit.path] {
            check_path(path)?;
        }
        if placeholders.iter().any(|placeholder| holds(&edit.diff, placeholder)) {
            return Err(of_file(
                Error::invalid("secrets were masked in its changes, so that they cannot be committed as they were.")
                    .with_hint("Put the changes into the brief, or push the branch with git."),
                &edit.path,
            ));
        }
        let old = base.iter().find(|file| file.path == *was);
        add(edit, was, old, &mut prepared.files)?;
        find_secrets(edit, &prepared.files, also, &mut prepared.secrets);
    }
    if prepared.files.is_empty() {
        return Err(Error::invalid("There is nothing to push.").with_hint("Start without the changes."));
    }
    Ok(prepared)
}

/// What one changed file makes of the tree.
fn add(edit: &FileEdit, was: &str, old: Option<&BaseFile>, files: &mut Vec<PushedFile>) -> Result<()> {
    let is_new = edit.change == Change::Added && edit.from.is_none();
    if old.is_none() && !is_new {
        return Err(other_base(was, "was changed, but the base commit does not have it."));
    }
    if old.is_some() && is_new {
        return Err(other_base(was, "is said to be new, but the base commit has it."));
    }
    let mut push = |path: &str, mode: &str, content| {
        files.push(PushedFile { path: path.to_owned(), mode: mode.to_owned(), content });
    };
    if matches!(edit.change, Change::Deleted | Change::Renamed) {
        push(was, PLAIN_FILE, PushedContent::Gone);
    }
    if edit.change == Change::Deleted {
        return Ok(());
    }
    let mode = new_mode(&edit.diff).or(old.map(|old| old.mode.as_str())).unwrap_or(PLAIN_FILE);
    if let Some(old) = old.filter(|_| !changes_content(&edit.diff)) {
        push(&edit.path, mode, PushedContent::Object(old.id.clone()));
        return Ok(());
    }
    let before = old.map_or_else(|| Some(Vec::new()), |old| from_base64(&old.content));
    let before = before.ok_or_else(|| of_file(Error::new(ErrorCode::Provider, "it was not sent whole."), was))?;
    let after = apply(&edit.diff, &before).map_err(|error| of_file(error, &edit.path))?;
    let content = match String::from_utf8(after) {
        Ok(text) => PushedContent::Text(text),
        Err(bytes) => PushedContent::Bytes(to_base64(bytes.as_bytes())),
    };
    push(&edit.path, mode, content);
    Ok(())
}

/// Looks through what a change adds. What the repository holds already is no news in it.
fn find_secrets(edit: &FileEdit, files: &[PushedFile], also: &[String], found: &mut Vec<PushedSecret>) {
    let mut added = String::new();
    for line in super::patch::hunks(&edit.diff).split_inclusive('\n') {
        added.push_str(line.strip_prefix('+').unwrap_or_default());
    }
    // Keys lie in binary files too.
    if let Some(PushedContent::Bytes(bytes)) = files.last().map(|file| &file.content) {
        added = String::from_utf8_lossy(&from_base64(bytes).unwrap_or_default()).into_owned();
    }
    // What colours part, or the empty bytes of UTF-16, is whole for whoever opens the file.
    let texts = [cleaned(&added, false), Some(added)];
    let mut masks = Masks::new(also, Choices::default());
    texts.iter().flatten().for_each(|text| masks.learn(text));
    masks.settle(&[]);
    texts.iter().flatten().any(|text| masks.mask(text, false).is_some());
    for masked in masks.list() {
        found.push(PushedSecret { path: edit.path.clone(), kind: masked.kind, count: masked.count });
    }
}

/// A path of a tree, and nowhere else: transcripts and bundles may name any.
fn check_path(path: &str) -> Result<()> {
    let is_sound = |segment: &str| !any("|.|..", &|word| segment == word) && !segment.eq_ignore_ascii_case(".git");
    if path.split('/').all(is_sound) && !holds(path, "\\") && !holds(path, "\0") {
        return Ok(());
    }
    Err(Error::invalid(["“", path, "” is no path within the repository."].concat())
        .with_hint("Make the diff at the top of the repository: git diff --binary HEAD."))
}

fn other_base(path: &str, what: &str) -> Error {
    Error::new(ErrorCode::Conflict, ["“", path, "” ", what].concat()).with_hint(OTHER_BASE)
}

fn new_mode(diff: &str) -> Option<&str> {
    let mut header = diff.lines().take_while(|line| !line.starts_with("@@"));
    header.find_map(|line| NEW_MODES.iter().find_map(|words| line.strip_prefix(words))).map(str::trim)
}

fn changes_content(diff: &str) -> bool {
    diff.lines().any(|line| any("@@|GIT binary patch|Binary files ", &|words| line.starts_with(words)))
}

/// What a host read of the base, as the JSON that the engine wrote: an object with `files`.
pub fn read_base(text: &str) -> Vec<BaseFile> {
    let base = Tree::parse(text, Shape::ALL).unwrap_or(Tree::Null);
    let mut files = Vec::new();
    for file in base.list("files") {
        let word = |name| file.string(name).unwrap_or_default();
        files.push(BaseFile { path: word("path"), mode: word("mode"), id: word("id"), content: word("content") });
    }
    files
}

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    encode64(bytes, PLAIN, &mut text);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    decode64(text.bytes().filter(|letter| !b"=\r\n".contains(letter)), PLAIN)
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
