//! Uncommitted changes made ready to be committed to a branch of their own: applied to the files that they were made from,
//! and looked through for secrets. Pure: whoever calls reads the files and sends the result.

mod news;

use super::apply::{apply, misfit, unsupported};
use super::base64::{PLAIN, decode as decode64, encode as encode64};
use super::conversation::{Change, FileEdit};
use super::patch::of_file;
use super::tree::{Shape, Tree};
use crate::by_name::ByName;
use crate::error::{Error, ErrorCode, Result};
use crate::find::{any, around, holds};
use crate::json::{Fields, Writer};

/// Stands in a brief for the commit that is made when the session starts. As long as the id of a commit, so that the brief
/// keeps its size when the id takes its place.
pub const PUSHED_COMMIT: &str = "the-commit-that-is-pushed-with-the-start";

const PLAIN_FILE: &str = "100644";
/// Where git's mode of a file stands in a diff.
const NEW_MODES: [&str; 2] = ["new mode ", "new file mode "];
/// Git's mode of a folder, and of a commit of another repository.
const FOLDER: &str = "040000";
const SUBMODULE: &str = "160000";
/// What git's diffs show of such a commit.
const SUBPROJECT: &str = "Subproject commit ";
/// Git's id of an empty file.
const EMPTY: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
/// No system that git runs on has longer paths.
const LONGEST_PATH: usize = 4096;
const OTHER_BASE: &str = "Make the diff against the commit that it is to stand on: git diff --binary COMMIT.";

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
    /// The file that it is in, without the secrets in its name; or words for the commit's message.
    pub path: String,
    /// What it is: `GitHub token`.
    pub kind: String,
    /// In how many places of that file, beside those where the base has the same.
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

/// Where a change begins: the path that it is applied to.
fn before(edit: &FileEdit) -> &String {
    edit.from.as_ref().unwrap_or(&edit.path)
}

/// Whether a change leaves nothing where it begins.
fn leaves(edit: &FileEdit) -> bool {
    matches!(edit.change, Change::Deleted | Change::Renamed)
}

/// The folders of a path, the outermost first.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.bytes().take(LONGEST_PATH).enumerate().filter(|(_, byte)| *byte == b'/').filter_map(|(at, _)| path.get(..at))
}

/// The paths of which the base has to be read: those that changes are applied to and lead to, and the folders that are to make
/// room for a file.
pub fn paths_before(changes: &[FileEdit]) -> Vec<String> {
    let mut written = ByName::default();
    for edit in changes.iter().filter(|edit| edit.change != Change::Deleted) {
        written.count(&edit.path);
    }
    let (mut paths, mut known) = (Vec::new(), ByName::default());
    let mut ask = |path: &str| {
        known.count(path);
        if known[path] == 1 {
            paths.push(path.to_owned());
        }
    };
    for edit in changes {
        ask(before(edit));
        ask(&edit.path);
        if leaves(edit) {
            folders(before(edit)).skip_while(|folder| written.get(folder).is_none()).for_each(&mut ask);
        }
    }
    paths
}

/// Applies changes to the files that they were made from. `base` holds what is at the paths of [`paths_before`]: the file; or
/// the file that stands where a folder of the path must be; or what lies in the folder of that name, without contents. `also` is
/// to be found as secrets too, such as the tokens of connections; `placeholders` stand for secrets that were masked in these
/// changes before.
///
/// # Errors
/// `conflict` where the changes were not made from these files, `unsupported` where the new contents cannot be told,
/// `invalid` for paths that lead out of the repository, for files that are changed twice, for placeholders, and where there is
/// nothing to push.
pub fn prepare(changes: &[FileEdit], base: &[BaseFile], also: &[String], placeholders: &[String]) -> Result<Prepared> {
    let mut tree = Changed { base, ..Changed::default() };
    for (index, file) in base.iter().enumerate() {
        // What stood in the way of a path, or in a folder, came without its content; it may have come with it too.
        if !file.content.is_empty() || tree.held.get(&file.path).is_none() {
            tree.held.insert(&file.path, index);
        }
    }
    for edit in changes {
        check(edit, placeholders)?;
        if leaves(edit) {
            tree.gone.count(before(edit));
        }
    }
    let (mut written, mut secrets) = (Vec::new(), Vec::new());
    for edit in changes {
        let old = tree.old(edit)?;
        let content = contents(old)
            .ok_or_else(|| of_file(Error::new(ErrorCode::Provider, "it was not sent whole."), before(edit)))?;
        let new = becomes(edit, old, &content).map_err(|error| of_file(error, &edit.path))?;
        check_id(edit, old)?;
        let Some(new) = new else { continue };
        tree.written.count(&new.path);
        if tree.written[&new.path] > 1 || edit.change == Change::Modified && tree.gone.get(&new.path).is_some() {
            return Err(twice(&new.path, "is changed twice."));
        }
        news::find(&new, tree.file(&new.path).is_none(), &content, also, &mut secrets);
        written.push(new);
    }
    tree.check_folders()?;
    // What takes the place of a folder, or of a file in its way, needs it gone.
    let mut files = Vec::new();
    for path in tree.gone.keys().filter(|path| tree.written.get(path).is_none()) {
        files.push(PushedFile { path: path.to_owned(), mode: PLAIN_FILE.to_owned(), content: PushedContent::Gone });
    }
    files.append(&mut written);
    if files.is_empty() {
        return Err(Error::invalid("There is nothing to push.").with_hint("Start without the changes."));
    }
    Ok(Prepared { files, secrets })
}

/// Secrets in the message of a commit.
pub fn secrets_of_message(message: &str, also: &[String]) -> Vec<PushedSecret> {
    let mut found = Vec::new();
    news::look("the commit's message", "", message, also, &mut found);
    found
}

/// A tree on its way to another.
#[derive(Default)]
struct Changed<'a> {
    base: &'a [BaseFile],
    /// Places in `base` by path.
    held: ByName<usize>,
    /// The paths that changes leave.
    gone: ByName<usize>,
    /// The paths that they lead to.
    written: ByName<usize>,
}

impl<'a> Changed<'a> {
    /// What the base has at a path.
    fn file(&self, path: &str) -> Option<&'a BaseFile> {
        let index = *self.held.get(path)?;
        self.base.get(index).filter(|file| file.mode != FOLDER)
    }

    /// The file that a change was made from; `None` for one that is new.
    fn old(&self, edit: &FileEdit) -> Result<Option<&'a BaseFile>> {
        let was = before(edit);
        let (from, to) = ids(&edit.diff);
        let is_made = edit.change == Change::Added || edit.change == Change::Modified && is_none(from) && !is_none(to);
        let is_new = is_made && edit.from.is_none();
        let is_there = |path: &str| self.file(path).is_some() && self.gone.get(path).is_none();
        if (is_new || *was != edit.path) && is_there(&edit.path) {
            return Err(other_base(&edit.path, "is said to be new, but the base commit has it."));
        }
        match self.file(was).filter(|_| !is_new) {
            None if !is_new => Err(other_base(was, "was changed, but the base commit does not have it.")),
            old => Ok(old),
        }
    }

    /// No file takes the place of others that nobody deleted: a tree has one thing at a path, and git would drop them.
    fn check_folders(&self) -> Result<()> {
        for path in self.written.keys() {
            for folder in folders(path) {
                if self.written.get(folder).is_some() {
                    return Err(twice(folder, "is to be a file and a folder."));
                }
                if self.file(folder).is_some() && self.gone.get(folder).is_none() {
                    return Err(other_base(folder, "is to be a folder, but it is a file at the base commit."));
                }
            }
        }
        for file in self.base {
            let below = [&file.path, "/"].concat();
            let is_left = self.gone.get(&file.path).is_some()
                || file.mode == FOLDER
                    && self.gone.from(&below).next().is_some_and(|(path, _)| path.starts_with(&below));
            if let Some(folder) = folders(&file.path).find(|folder| !is_left && self.written.get(folder).is_some()) {
                let what = ["is to be a file, but the base commit has “", &file.path, "” in it."].concat();
                return Err(other_base(folder, &what));
            }
        }
        Ok(())
    }
}

/// What can be told from a change alone.
fn check(edit: &FileEdit, placeholders: &[String]) -> Result<()> {
    let was = before(edit);
    let is_masked = |placeholder: &String| [was, &edit.path, &edit.diff].iter().any(|text| holds(text, placeholder));
    if placeholders.iter().any(is_masked) {
        return Err(of_file(
            Error::invalid("secrets were masked in its changes, so that they cannot be committed as they were.")
                .with_hint("Put the changes into the brief, or push the branch with git."),
            &edit.path,
        ));
    }
    check_path(was)?;
    check_path(&edit.path)
}

/// What a file holds at the base, as git's diffs show it; `None` when it did not come whole.
fn contents(old: Option<&BaseFile>) -> Option<Vec<u8>> {
    match old {
        Some(old) if old.mode == SUBMODULE => Some([SUBPROJECT, &old.id, "\n"].concat().into_bytes()),
        Some(old) => from_base64(&old.content),
        None => Some(Vec::new()),
    }
}

/// What a changed file is in the new tree; `None` where it is no more.
fn becomes(edit: &FileEdit, old: Option<&BaseFile>, content: &[u8]) -> Result<Option<PushedFile>> {
    let diff = edit.diff.as_str();
    let is_told = changes_content(diff);
    if edit.change == Change::Deleted {
        // Git's id of what was deleted says as much as its lines, and is there for binary files too.
        let is_other = is_told && ids(diff).0.is_empty() && !apply(diff, content)?.is_empty();
        return if is_other { Err(misfit()) } else { Ok(None) };
    }
    let mode = new_mode(diff);
    let is_known = match old {
        Some(_) => mode.is_some() || edit.from.is_some(),
        // Of an empty file git shows its mode, and the id of nothing.
        None => mode.is_some() && EMPTY.starts_with(ids(diff).1),
    };
    if !is_told && !is_known {
        return Err(unsupported("its contents are not known."));
    }
    // The sign that stands for bytes that are no UTF-8: the file would not be what it was.
    if super::patch::hunks(diff).lines().any(|line| line.starts_with('+') && holds(line, "\u{fffd}")) {
        return Err(unsupported("its new lines were not read as UTF-8."));
    }
    let mode = mode.or(old.map(|old| old.mode.as_str())).unwrap_or(PLAIN_FILE);
    let content = match old.filter(|_| !is_told) {
        Some(old) => PushedContent::Object(old.id.clone()),
        None => match String::from_utf8(apply(diff, content)?) {
            Ok(text) if mode == SUBMODULE => PushedContent::Object(
                commit(&text)
                    .ok_or_else(|| unsupported("this submodule has changes of its own, or its commit is not known."))?,
            ),
            Ok(text) => PushedContent::Text(text),
            Err(bytes) => PushedContent::Bytes(to_base64(bytes.as_bytes())),
        },
    };
    Ok(Some(PushedFile { path: edit.path.clone(), mode: mode.to_owned(), content }))
}

/// The commit of a submodule. Git writes `-dirty` behind it when there is work in it that no commit holds.
fn commit(text: &str) -> Option<String> {
    let id = text.strip_prefix(SUBPROJECT)?.trim_end();
    (id.len() >= EMPTY.len() && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_owned())
}

/// Whether the file is the one that the diff names as the content that it leads from.
fn check_id(edit: &FileEdit, old: Option<&BaseFile>) -> Result<()> {
    match old {
        Some(old) if !old.id.starts_with(ids(&edit.diff).0) => Err(of_file(misfit(), before(edit))),
        _ => Ok(()),
    }
}

/// The ids of the contents that a diff leads from and to, which may be cut; empty where git did not write them.
fn ids(diff: &str) -> (&str, &str) {
    let line = headers(diff).find_map(|line| line.strip_prefix("index ")).unwrap_or_default();
    around(line.split(' ').next().unwrap_or_default(), "..").unwrap_or_default()
}

/// Git's id of no content at all.
fn is_none(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|digit| digit == b'0')
}

/// A path of a tree, and nowhere else: transcripts and bundles may name any.
fn check_path(path: &str) -> Result<()> {
    let is_sound = |segment: &str| !any("|.|..", &|word| segment == word) && !is_git(segment);
    // The sign at the end stands in for what could not be read.
    let is_read = !any("\\|\0|\u{fffd}", &|sign| holds(path, sign));
    if path.split('/').all(is_sound) && is_read && path.len() <= LONGEST_PATH {
        return Ok(());
    }
    Err(Error::invalid(["“", path, "” is no path within the repository."].concat())
        .with_hint("Make the diff at the top of the repository: git diff --binary HEAD."))
}

/// Whether some system takes it for git's own folder: Windows drops dots and spaces at the end, has short names, and streams
/// behind a colon; macOS drops signs without width.
fn is_git(segment: &str) -> bool {
    let visible: String = segment.chars().filter(char::is_ascii).collect();
    let name = visible.split(':').next().unwrap_or_default().trim_end_matches([' ', '.']);
    any(".git|git~1", &|word| name.eq_ignore_ascii_case(word))
}

fn other_base(path: &str, what: &str) -> Error {
    Error::new(ErrorCode::Conflict, ["“", path, "” ", what].concat()).with_hint(OTHER_BASE)
}

fn twice(path: &str, what: &str) -> Error {
    Error::invalid(["“", path, "” ", what].concat()).with_hint("Give one diff of all changes: git diff --binary HEAD.")
}

/// The lines before the hunks.
fn headers(diff: &str) -> impl Iterator<Item = &str> {
    diff.lines().take_while(|line| !line.starts_with("@@"))
}

fn new_mode(diff: &str) -> Option<&str> {
    headers(diff).find_map(|line| NEW_MODES.iter().find_map(|words| line.strip_prefix(words))).map(str::trim)
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
