//! GraphQL ids in the form of GitHub's: a prefix that names the type, then letters that mean nothing to a client.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Something that `node(id:)` can find. Pull requests are not here: the store keeps their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// The one account.
    User,
    /// A repository by its numeric id.
    Repository(i64),
    /// A commit of a repository.
    Commit(i64, String),
    /// A ref of a repository by its full name.
    Reference(i64, String),
}

fn write(prefix: &str, content: &str) -> String {
    format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(content))
}

/// The id of the one account.
pub(crate) fn user() -> String {
    write("U", "1")
}

/// The id of a repository.
pub(crate) fn repository(id: i64) -> String {
    write("R", &id.to_string())
}

/// The id of a commit.
pub(crate) fn commit(repository: i64, sha: &str) -> String {
    write("C", &format!("{repository}:{sha}"))
}

/// The id of a ref, by its full name.
pub(crate) fn reference(repository: i64, name: &str) -> String {
    write("REF", &format!("{repository}:{name}"))
}

/// The id of a tree, blob or tag.
pub(crate) fn object(prefix: &str, repository: i64, sha: &str) -> String {
    write(prefix, &format!("{repository}:{sha}"))
}

/// The id of a commit's place in a pull request.
pub(crate) fn pull_commit(pull: i64, sha: &str) -> String {
    write("PURC", &format!("{pull}:{sha}"))
}

/// What an id names.
pub(crate) fn read(id: &str) -> Option<Node> {
    let (prefix, content) = id.split_once('_')?;
    let content = String::from_utf8(URL_SAFE_NO_PAD.decode(content).ok()?).ok()?;
    let pair = || content.split_once(':').and_then(|(id, rest)| Some((id.parse().ok()?, rest.to_owned())));
    match prefix {
        "U" => (content == "1").then_some(Node::User),
        "R" => content.parse().ok().map(Node::Repository),
        "C" => pair().map(|(id, sha)| Node::Commit(id, sha)),
        "REF" => pair().map(|(id, name)| Node::Reference(id, name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(read(&user()), Some(Node::User));
        assert_eq!(read(&repository(7)), Some(Node::Repository(7)));
        assert_eq!(read(&commit(7, "abc")), Some(Node::Commit(7, "abc".to_owned())));
        assert_eq!(read(&reference(7, "refs/heads/a:b")), Some(Node::Reference(7, "refs/heads/a:b".to_owned())));
    }

    #[test]
    fn anything_else_names_nothing() {
        for id in ["", "U", "U_", "U_Mg", "R_x", "C_MQ", "PR_MTox", "R_\u{e9}"] {
            assert_eq!(read(id), None, "{id}");
        }
    }
}
