//! What a repository holds: its refs, commits, trees, blobs and tags, read and written with git in the cloud's own mirror.

use std::path::Path;

use super::clock;
use super::git::{GitCall, GitError, is_branch_name, is_object_id};

/// Who wrote something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) name: String,
    pub(crate) email: String,
    /// ISO 8601 in UTC.
    pub(crate) date: String,
}

/// A commit.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) sha: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) author: Signature,
    pub(crate) committer: Signature,
    pub(crate) message: String,
}

/// A name and the object that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The full name, such as `refs/heads/main`.
    pub(crate) name: String,
    /// `commit` or `tag`.
    pub(crate) kind: String,
    pub(crate) sha: String,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A file or a symbolic link.
    Blob,
    /// A directory.
    Tree,
    /// A submodule, whose commit lies in another repository.
    Commit,
}

impl EntryKind {
    /// git's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Tree => "tree",
            Self::Commit => "commit",
        }
    }

    fn read(word: &str) -> Option<Self> {
        [Self::Blob, Self::Tree, Self::Commit].into_iter().find(|kind| kind.word() == word)
    }
}

/// One entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) mode: String,
    pub(crate) kind: EntryKind,
    pub(crate) sha: String,
    /// In bytes; only a blob has one.
    pub(crate) size: Option<u64>,
    /// From the root of the tree that was asked for.
    pub(crate) path: String,
}

/// An annotated tag.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) sha: String,
    pub(crate) object: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) tagger: Option<Signature>,
    pub(crate) message: String,
}

/// The tree that holds nothing, which git knows without it being stored.
pub(crate) const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

const COMMIT_FORMAT: &str = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B";
const COMMIT_FIELDS: usize = 10;

/// A call in the mirror at `directory`.
pub(crate) fn git(directory: &Path) -> GitCall<'_> {
    GitCall::new(Some(directory))
}

/// The id that `expression` stands for, `None` when git knows none.
async fn verify(directory: &Path, expression: &str) -> Result<Option<String>, GitError> {
    let found = git(directory).args(["rev-parse", "--verify", "--quiet", "--end-of-options", expression]).text().await;
    match found {
        Ok(text) => Ok(text.lines().map(str::to_owned).find(|line| is_object_id(line))),
        Err(GitError::Failed { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The commit that a branch, a tag, a full ref or an object id of at least seven digits stands for, looked for in that
/// order as GitHub does.
pub(crate) async fn resolve(directory: &Path, name: &str) -> Result<Option<String>, GitError> {
    if !is_branch_name(name) {
        return Ok(None);
    }
    let mut candidates = Vec::new();
    if name.starts_with("refs/heads/") || name.starts_with("refs/tags/") {
        candidates.push(name.to_owned());
    }
    candidates.push(format!("refs/heads/{name}"));
    candidates.push(format!("refs/tags/{name}"));
    if (7..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        candidates.push(name.to_owned());
    }
    for candidate in candidates {
        if let Some(sha) = verify(directory, &format!("{candidate}^{{commit}}")).await? {
            return Ok(Some(sha));
        }
    }
    Ok(None)
}

/// `blob`, `tree`, `commit` or `tag`; `None` when there is no such object.
pub(crate) async fn kind(directory: &Path, sha: &str) -> Result<Option<String>, GitError> {
    if !is_object_id(sha) {
        return Ok(None);
    }
    match git(directory).args(["cat-file", "-t", sha]).text().await {
        Ok(kind) => Ok(Some(kind)),
        Err(GitError::Failed { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// One commit by its full id.
pub(crate) async fn commit(directory: &Path, sha: &str) -> Result<Option<Commit>, GitError> {
    if kind(directory, sha).await?.as_deref() != Some("commit") {
        return Ok(None);
    }
    Ok(log(directory, &["--no-walk"], &[sha]).await?.into_iter().next())
}

/// The commits that `to` has and `from` has not, oldest first: all of them counted, and those of one page.
pub(crate) async fn commits_between(
    directory: &Path,
    from: &str,
    to: &str,
    skip: usize,
    count: usize,
) -> Result<(usize, Vec<Commit>), GitError> {
    let range = format!("{from}..{to}");
    let listed = git(directory)
        .args(["rev-list", "--topo-order", "--reverse", "--end-of-options", range.as_str()])
        .text()
        .await?;
    let ids: Vec<&str> = listed.lines().collect();
    let page: Vec<&str> = ids.iter().copied().skip(skip).take(count).collect();
    let commits = if page.is_empty() { Vec::new() } else { log(directory, &["--no-walk=unsorted"], &page).await? };
    Ok((ids.len(), commits))
}

/// The commits reachable from `tip`, newest first, those of one page.
pub(crate) async fn history(directory: &Path, tip: &str, skip: usize, count: usize) -> Result<Vec<Commit>, GitError> {
    log(directory, &[&format!("--skip={skip}"), &format!("--max-count={count}")], &[tip]).await
}

async fn log(directory: &Path, options: &[&str], revisions: &[&str]) -> Result<Vec<Commit>, GitError> {
    let output = git(directory)
        .args(["log", "-z", "--no-show-signature", "--no-notes", "--no-mailmap", COMMIT_FORMAT])
        .args(options)
        .arg("--end-of-options")
        .args(revisions)
        .run()
        .await?;
    let text = String::from_utf8_lossy(&output);
    let fields: Vec<&str> = text.split('\0').collect();
    Ok(fields.chunks_exact(COMMIT_FIELDS).map(read_commit).collect())
}

fn read_commit(fields: &[&str]) -> Commit {
    let field = |index: usize| fields.get(index).copied().unwrap_or_default();
    let signature = |name: usize| Signature {
        name: field(name).to_owned(),
        email: field(name + 1).to_owned(),
        date: date(field(name + 2)),
    };
    Commit {
        sha: field(0).to_owned(),
        tree: field(1).to_owned(),
        parents: field(2).split_whitespace().map(str::to_owned).collect(),
        author: signature(3),
        committer: signature(6),
        message: field(9).trim_end_matches('\n').to_owned(),
    }
}

/// Seconds since 1970 as ISO 8601; a date that a hostile commit made up counts as 1970.
fn date(seconds: &str) -> String {
    clock::to_iso(seconds.trim().parse::<i64>().unwrap_or_default().saturating_mul(1000))
}

/// The newest commit that both have, `None` when they share none.
pub(crate) async fn merge_base(directory: &Path, one: &str, other: &str) -> Result<Option<String>, GitError> {
    match git(directory).args(["merge-base", "--end-of-options", one, other]).text().await {
        Ok(sha) => Ok(Some(sha)),
        Err(error) if error.is_exit(1) => Ok(None),
        Err(error) => Err(error),
    }
}

/// How many commits `to` has that `from` has not.
pub(crate) async fn count_between(directory: &Path, from: &str, to: &str) -> Result<usize, GitError> {
    let range = format!("{from}..{to}");
    let text = git(directory).args(["rev-list", "--count", "--end-of-options", range.as_str()]).text().await?;
    Ok(text.parse().unwrap_or_default())
}

/// How many commits are reachable from `tip`, counted up to `most`.
pub(crate) async fn count(directory: &Path, tip: &str, most: usize) -> Result<usize, GitError> {
    let most = format!("--max-count={most}");
    let text = git(directory).args(["rev-list", "--count", most.as_str(), "--end-of-options", tip]).text().await?;
    Ok(text.parse().unwrap_or_default())
}

/// The refs whose full names begin with `prefix`, by name.
pub(crate) async fn references(directory: &Path, prefix: &str) -> Result<Vec<Reference>, GitError> {
    let listed = git(directory)
        .args(["for-each-ref", "--sort=refname", "--format=%(refname)%00%(objecttype)%00%(objectname)"])
        .text()
        .await?;
    let read = |line: &str| {
        let mut fields = line.split('\0');
        Some(Reference {
            name: fields.next().filter(|name| name.starts_with(prefix))?.to_owned(),
            kind: fields.next()?.to_owned(),
            sha: fields.next()?.to_owned(),
        })
    };
    Ok(listed.lines().filter_map(read).collect())
}

/// The entries of a tree or of a commit's tree: at most `limit`, and whether there were more.
pub(crate) async fn tree(
    directory: &Path,
    sha: &str,
    recursive: bool,
    limit: usize,
) -> Result<(Vec<Entry>, bool), GitError> {
    let mut call = git(directory).args(["ls-tree", "-z", "--long", "--full-tree"]);
    if recursive {
        call = call.args(["-r", "-t"]);
    }
    let output = call.args(["--end-of-options", sha]).run().await?;
    let text = String::from_utf8_lossy(&output);
    let mut entries: Vec<Entry> = text.split('\0').filter_map(read_entry).take(limit + 1).collect();
    let more = entries.len() > limit;
    entries.truncate(limit);
    Ok((entries, more))
}

fn read_entry(record: &str) -> Option<Entry> {
    let (about, path) = record.split_once('\t')?;
    let mut about = about.split_whitespace();
    Some(Entry {
        mode: about.next()?.to_owned(),
        kind: EntryKind::read(about.next()?)?,
        sha: about.next()?.to_owned(),
        size: about.next()?.parse().ok(),
        path: path.to_owned(),
    })
}

/// What stands at `path` in a commit: the entry itself, which for the root is a tree.
pub(crate) async fn entry_at(directory: &Path, commit: &str, path: &str) -> Result<Option<Entry>, GitError> {
    if path.is_empty() {
        let tree = verify(directory, &format!("{commit}^{{tree}}")).await?;
        return Ok(tree.map(|sha| Entry {
            mode: "040000".to_owned(),
            kind: EntryKind::Tree,
            sha,
            size: None,
            path: String::new(),
        }));
    }
    let output = git(directory)
        .args(["ls-tree", "-z", "--long", "--full-tree", "--end-of-options", commit, "--", path])
        .run()
        .await?;
    let text = String::from_utf8_lossy(&output);
    Ok(text.split('\0').filter_map(read_entry).find(|entry| entry.path == path))
}

/// The size of a blob in bytes.
pub(crate) async fn blob_size(directory: &Path, sha: &str) -> Result<u64, GitError> {
    Ok(git(directory).args(["cat-file", "-s", sha]).text().await?.parse().unwrap_or_default())
}

/// The content of a blob of at most `limit` bytes.
pub(crate) async fn blob(directory: &Path, sha: &str, limit: usize) -> Result<Vec<u8>, GitError> {
    git(directory).args(["cat-file", "blob", sha]).limit(limit).run().await
}

/// An annotated tag by its full id.
pub(crate) async fn tag(directory: &Path, sha: &str) -> Result<Option<Tag>, GitError> {
    if kind(directory, sha).await?.as_deref() != Some("tag") {
        return Ok(None);
    }
    let output = git(directory).args(["cat-file", "tag", sha]).run().await?;
    let text = String::from_utf8_lossy(&output);
    let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    Ok(Some(Tag {
        sha: sha.to_owned(),
        object: header("object").unwrap_or_default().to_owned(),
        kind: header("type").unwrap_or_default().to_owned(),
        name: header("tag").unwrap_or_default().to_owned(),
        tagger: header("tagger").and_then(read_signature),
        message: message.trim_end_matches('\n').to_owned(),
    }))
}

/// `Name <email> 1700000000 +0100`.
fn read_signature(line: &str) -> Option<Signature> {
    let (name, rest) = line.rsplit_once(" <")?;
    let (email, when) = rest.split_once("> ")?;
    Some(Signature {
        name: name.to_owned(),
        email: email.to_owned(),
        date: date(when.split_whitespace().next().unwrap_or_default()),
    })
}

/// Stores a blob.
pub(crate) async fn write_blob(directory: &Path, content: Vec<u8>) -> Result<String, GitError> {
    git(directory).args(["hash-object", "-w", "--no-filters", "--stdin"]).input(content).text().await
}

/// What a new commit says beside its tree.
#[derive(Debug, Clone)]
pub(crate) struct NewCommit<'a> {
    pub(crate) tree: &'a str,
    pub(crate) parents: &'a [String],
    pub(crate) message: &'a str,
    pub(crate) author: &'a Signature,
    pub(crate) committer: &'a Signature,
}

/// Stores a commit.
pub(crate) async fn write_commit(directory: &Path, new: &NewCommit<'_>) -> Result<String, GitError> {
    let mut call = git(directory).args(["commit-tree", "--no-gpg-sign"]);
    for parent in new.parents {
        call = call.args(["-p", parent.as_str()]);
    }
    call.args(["-F", "-"])
        .arg(new.tree)
        .env("GIT_AUTHOR_NAME", clean(&new.author.name))
        .env("GIT_AUTHOR_EMAIL", clean(&new.author.email))
        .env("GIT_AUTHOR_DATE", &new.author.date)
        .env("GIT_COMMITTER_NAME", clean(&new.committer.name))
        .env("GIT_COMMITTER_EMAIL", clean(&new.committer.email))
        .env("GIT_COMMITTER_DATE", &new.committer.date)
        .input(new.message.as_bytes())
        .text()
        .await
}

/// An environment variable holds no NUL, and git takes no name of nothing but punctuation.
fn clean(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
    if text.chars().any(char::is_alphanumeric) { text } else { "unknown".to_owned() }
}

/// Stores a tag object.
pub(crate) async fn write_tag(
    directory: &Path,
    (object, kind): (&str, &str),
    name: &str,
    tagger: &Signature,
    message: &str,
) -> Result<String, GitError> {
    let seconds = clock::from_iso(&tagger.date).unwrap_or_default() / 1000;
    let (who, email) = (clean(&tagger.name), clean(&tagger.email));
    let text =
        format!("object {object}\ntype {kind}\ntag {name}\ntagger {who} <{email}> {seconds} +0000\n\n{message}\n");
    git(directory).args(["mktag"]).input(text).text().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::fixture::{Mirror, ada};

    const FILE: &str = "100644";

    #[tokio::test]
    async fn a_commit_is_read_as_it_was_written() {
        let mirror = Mirror::new().await;
        let root = mirror.commit("root", &[], &[(FILE, "a", b"a")]).await;
        let message = "Say \u{201c}yes\u{201d}\n\n%H %x00 -- end";
        let sha = mirror.commit(message, &[&root], &[(FILE, "a", b"b")]).await;
        let commit = commit(&mirror.path, &sha).await.unwrap().unwrap();
        assert_eq!((commit.message.as_str(), commit.parents, commit.author), (message, vec![root], ada(5)));
        assert!(self::commit(&mirror.path, &commit.tree).await.unwrap().is_none(), "a tree is no commit");
        assert!(self::commit(&mirror.path, "--help").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_name_is_a_branch_before_it_is_an_id() {
        let mirror = Mirror::new().await;
        let one = mirror.commit("one", &[], &[(FILE, "a", b"1")]).await;
        let two = mirror.commit("two", &[&one], &[(FILE, "a", b"2")]).await;
        mirror.branch("main", &one).await;
        mirror.branch(&one[..8], &two).await;
        let found = async |name: &str| resolve(&mirror.path, name).await.unwrap();
        assert_eq!(found("main").await.as_deref(), Some(one.as_str()));
        assert_eq!(found("refs/heads/main").await.as_deref(), Some(one.as_str()));
        assert_eq!(found(&one[..8]).await.as_deref(), Some(two.as_str()));
        assert_eq!(found(&one[..9]).await.as_deref(), Some(one.as_str()));
        for name in ["", "HEAD", "main^", "main~1", "main:a", "@{-1}", "--all", ":/one", "main@{0}", &one[..6]] {
            assert_eq!(found(name).await, None, "{name}");
        }
    }

    #[tokio::test]
    async fn who_and_when_may_be_anything() {
        let mirror = Mirror::new().await;
        let tree = mirror.commit("x", &[], &[(FILE, "a", b"a")]).await;
        let tree = commit(&mirror.path, &tree).await.unwrap().unwrap().tree;
        let odd = Signature { name: "<> \n".to_owned(), email: "a\0b>".to_owned(), date: ada(1).date };
        let new = NewCommit { tree: &tree, parents: &[], message: "m", author: &odd, committer: &ada(2) };
        let sha = write_commit(&mirror.path, &new).await.unwrap();
        let commit = commit(&mirror.path, &sha).await.unwrap().unwrap();
        assert_eq!((commit.author.name.as_str(), commit.author.email.as_str()), ("unknown", "ab"));
        assert_eq!(date("not a number"), "1970-01-01T00:00:00Z");
        assert_eq!(date("9223372036854775807"), "1970-01-01T00:00:00Z");
    }

    #[tokio::test]
    async fn a_path_is_only_that_path() {
        let mirror = Mirror::new().await;
        let sha = mirror
            .commit("x", &[], &[(FILE, "*", b"star"), (FILE, "dir/:(top)", b"magic"), (FILE, "other", b"o")])
            .await;
        let at = async |path: &str| entry_at(&mirror.path, &sha, path).await.unwrap().map(|entry| entry.path);
        assert_eq!(at("*").await.as_deref(), Some("*"));
        assert_eq!(at("dir/:(top)").await.as_deref(), Some("dir/:(top)"));
        for path in ["o*", ":(top)other", "dir/", "dir/*"] {
            assert_eq!(at(path).await, None, "{path}");
        }
    }
}
