//! The repositories that the local cloud works on: where each came from, and the bare mirror that the cloud keeps of it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::local::checkout::{Checkout, CheckoutError};
use crate::local::git::{self, GitCall, GitError};
use crate::local::pull_request::Between;

/// Everything here belongs to this one account.
pub(crate) const OWNER: &str = "local";
/// Its numeric id, in the place where GitHub has one.
pub(crate) const OWNER_ID: i64 = 1;

/// Why a repository cannot be offered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RepositoryError {
    /// Neither a directory nor a URL that git may fetch from.
    #[error(
        "`{0}` is neither a git repository on this machine nor a URL that git can fetch from; give a path or an https, http, ssh or git URL"
    )]
    NotARepository(String),
    /// Others on this machine can read a command line, and git would keep what stands in it.
    #[error(
        "`{0}` holds a user name or a password, which does not belong in an address; give an ssh URL, or clone it and give the \
         path of the clone"
    )]
    Credentials(String),
    /// There is nothing to work on.
    #[error("`{0}` has no branch yet; commit something there first")]
    Empty(String),
    /// It has branches, and git would not give them.
    #[error(
        "the branches of `{0}` could not be read; if it is a shallow clone, make it whole first: git fetch --unshallow"
    )]
    Withheld(String),
    /// Its objects have names of another kind.
    #[error("`{0}` names its objects by SHA-256, which the local cloud cannot read; give a repository that uses SHA-1")]
    Sha256(String),
    /// The server wants to know who asks.
    #[error(
        "`{0}` wants a user name and a password, and the local cloud has none to give; use its ssh URL, or clone it and give \
         the path of the clone"
    )]
    Locked(String),
    /// A partial clone.
    #[error(
        "`{0}` is a partial clone, which lacks some of its files; fetch them first: git -C {0} fetch --refetch --no-filter"
    )]
    Partial(String),
    /// git could not read it.
    #[error("`{origin}` could not be read: {source}")]
    Unreadable {
        /// As it was given.
        origin: String,
        /// What git said.
        source: GitError,
    },
    /// The data directory could not be written.
    #[error("the data directory could not be written: {0}")]
    Io(#[from] std::io::Error),
}

/// One repository.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The numeric id, which stays with the origin across restarts.
    pub(crate) id: i64,
    /// The part after `local/`.
    pub(crate) name: String,
    /// The absolute path or the URL it comes from, and to which branches are pushed.
    pub(crate) origin: String,
    /// The bare git directory that mirrors the origin's branches; only the cloud writes it.
    pub(crate) mirror: PathBuf,
    /// When the cloud first saw it, in milliseconds.
    pub(crate) created_at: i64,
    /// Held while branches move, so that a fetch cannot undo a push that is on its way.
    moving: tokio::sync::Mutex<()>,
    /// When the origin was last asked, and what its default branch was then.
    seen: tokio::sync::Mutex<Option<(Instant, String)>>,
    /// What was found out about pairs of commits, base and head.
    compared: Mutex<HashMap<(String, String), Arc<Between>>>,
}

/// How many pairs of commits are remembered.
const REMEMBERED: usize = 2_000;

/// How long what an origin said is taken as still so: one on this machine, and one that is asked over a network.
const FRESH: Duration = Duration::from_secs(2);
const FRESH_REMOTE: Duration = Duration::from_secs(30);

impl Repository {
    /// Brings the mirror up to date unless that was just done; the origin's default branch. An origin that cannot be reached
    /// now is read as it was last seen.
    pub(crate) async fn refresh(&self) -> Result<String, GitError> {
        let mut seen = self.seen.lock().await;
        let fresh = if self.is_local() { FRESH } else { FRESH_REMOTE };
        if let Some((at, branch)) = seen.as_ref()
            && at.elapsed() < fresh
        {
            return Ok(branch.clone());
        }
        let asked = async {
            self.fetch().await?;
            self.default_branch().await
        };
        let branch = match (asked.await, seen.take()) {
            (Ok(branch), _) | (Err(_), Some((_, branch))) => branch,
            (Err(error), None) => return Err(error),
        };
        *seen = Some((Instant::now(), branch.clone()));
        Ok(branch)
    }

    /// What is known of two commits, to be filled in as it is asked.
    pub(crate) fn between(&self, base: &str, head: &str) -> Arc<Between> {
        let mut compared = self.compared.lock().unwrap_or_else(PoisonError::into_inner);
        if compared.len() >= REMEMBERED {
            compared.clear();
        }
        Arc::clone(compared.entry((base.to_owned(), head.to_owned())).or_default())
    }

    /// `local/<name>`.
    pub(crate) fn full_name(&self) -> String {
        format!("{OWNER}/{}", self.name)
    }

    /// A git call in the mirror.
    pub(crate) fn git(&self) -> GitCall<'_> {
        GitCall::new(Some(&self.mirror))
    }

    /// Brings the mirror's branches and tags to where the origin's are now.
    pub(crate) async fn fetch(&self) -> Result<(), GitError> {
        let _moving = self.moving.lock().await;
        self.fetch_branches().await
    }

    async fn fetch_branches(&self) -> Result<(), GitError> {
        let mut call = self.git().network().args([
            "fetch",
            "--quiet",
            "--force",
            "--prune",
            "--no-tags",
            // Without it the branches of a shallow clone are left out, and nothing is said of it.
            "--update-shallow",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
        ]);
        if self.is_local() {
            call = call.arg("--upload-pack").arg(git::other_end("upload-pack"));
        }
        let branches_and_tags = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
        call.args(["--end-of-options", &self.origin]).args(branches_and_tags).run().await?;
        Ok(())
    }

    /// Puts a commit of the mirror on a branch of the origin, then of the mirror. `expected` is where the branch must stand
    /// now (`None`: it must not exist), so that nobody's commits are lost.
    pub(crate) async fn push(&self, commit: &str, branch: &str, expected: Option<&str>) -> Result<(), GitError> {
        self.push_to(commit, &format!("refs/heads/{branch}"), expected).await
    }

    /// The same for any ref, by its full name. Where the origin is a person's own checkout of that branch, their files go
    /// along if they have not changed them.
    pub(crate) async fn push_to(&self, object: &str, reference: &str, expected: Option<&str>) -> Result<(), GitError> {
        let _moving = self.moving.lock().await;
        match (self.send(object, reference, expected, &[]).await, expected) {
            (Err(GitError::Failed { command, code, complaint }), Some(old))
                if self.is_local() && complaint.contains("checked out") =>
            {
                self.send_with_files(object, reference, old).await.map_err(|error| GitError::Failed {
                    command,
                    code,
                    complaint: error.to_string(),
                })?;
            }
            (sent, _) => sent?,
        }
        self.git().args(["update-ref", "--end-of-options", reference, object]).run().await?;
        Ok(())
    }

    async fn send_with_files(&self, object: &str, reference: &str, old: &str) -> Result<(), CheckoutError> {
        let checkout = Checkout::lock(Path::new(&self.origin), reference)?;
        checkout.check(&self.mirror, old, object).await?;
        self.send(object, reference, Some(old), &["receive.denyCurrentBranch=ignore"]).await?;
        checkout.follow(&self.mirror, old, object).await
    }

    /// One push; an empty `object` removes the ref.
    async fn send(
        &self,
        object: &str,
        reference: &str,
        expected: Option<&str>,
        settings: &[&str],
    ) -> Result<(), GitError> {
        let mut call = self.git().network().args(["push", "--quiet", "--no-verify", "--no-follow-tags"]);
        call = call.arg(format!("--force-with-lease={reference}:{}", expected.unwrap_or_default()));
        if self.is_local() {
            let settings: String = settings.iter().map(|setting| format!("-c {setting} ")).collect();
            call = call.arg("--receive-pack").arg(git::other_end(&format!("{settings}receive-pack")));
        }
        call.args(["--end-of-options", &self.origin, &format!("{object}:{reference}")]).run().await?;
        Ok(())
    }

    /// Removes a ref from the origin and the mirror, if it still stands at `expected`.
    pub(crate) async fn delete(&self, reference: &str, expected: &str) -> Result<(), GitError> {
        let _moving = self.moving.lock().await;
        self.send("", reference, Some(expected), &[]).await?;
        self.git().args(["update-ref", "-d", "--end-of-options", reference]).run().await?;
        Ok(())
    }

    /// The commit a branch of the mirror stands at; `None` when there is no such branch.
    pub(crate) async fn branch_tip(&self, branch: &str) -> Result<Option<String>, GitError> {
        if !git::is_branch_name(branch) {
            return Ok(None);
        }
        let name = format!("refs/heads/{branch}^{{commit}}");
        match self.git().args(["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).text().await {
            Ok(tip) => Ok(Some(tip)),
            Err(error) if error.is_exit(1) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The branch that the origin calls its own: what its HEAD names, else `main`, `master`, or the first there is.
    pub(crate) async fn default_branch(&self) -> Result<String, GitError> {
        let answer = self.ask_origin("--symref", &["HEAD"]).await?;
        let named = answer
            .lines()
            .find_map(|line| line.strip_prefix("ref: refs/heads/")?.strip_suffix("\tHEAD"))
            .map(str::to_owned);
        let branches = self.branches().await?;
        let known = |name: &str| branches.iter().any(|branch| branch == name);
        Ok(named
            .filter(|name| known(name))
            .or_else(|| ["main", "master"].into_iter().find(|name| known(name)).map(str::to_owned))
            .or_else(|| branches.first().cloned())
            .unwrap_or_else(|| "main".to_owned()))
    }

    /// Whether the origin has any branch at all.
    async fn offers_branches(&self) -> Result<bool, GitError> {
        Ok(!self.ask_origin("--heads", &[]).await?.is_empty())
    }

    /// What the origin says of its refs.
    async fn ask_origin(&self, option: &str, patterns: &[&str]) -> Result<String, GitError> {
        let mut call = self.git().network().args(["ls-remote", option]);
        if self.is_local() {
            call = call.arg("--upload-pack").arg(git::other_end("upload-pack"));
        }
        call.args(["--end-of-options", &self.origin]).args(patterns).text().await
    }

    /// The mirror's branches, by name.
    pub(crate) async fn branches(&self) -> Result<Vec<String>, GitError> {
        let list = self.git().args(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/"]).text().await?;
        Ok(list.lines().filter(|name| git::is_branch_name(name)).map(str::to_owned).collect())
    }

    fn is_local(&self) -> bool {
        Path::new(&self.origin).is_absolute()
    }
}

/// The repositories of one running cloud, in the order in which they were given.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    list: Vec<Arc<Repository>>,
}

impl Registry {
    /// Takes a repository in, mirrors it and gives it a free name. `identify` returns the id (and the first time) that the
    /// store keeps for an origin.
    pub(crate) async fn add(
        &mut self,
        given: &str,
        data: &Path,
        identify: impl FnOnce(&str) -> Result<(i64, i64), std::io::Error>,
    ) -> Result<Arc<Repository>, RepositoryError> {
        let origin = resolve_origin(given)?;
        if let Some(known) = self.list.iter().find(|repository| repository.origin == origin) {
            return Ok(Arc::clone(known));
        }
        let (id, created_at) = identify(&origin)?;
        let mirror = data.join("repositories").join(format!("{id}.git"));
        let unreadable = |source| why_unreadable(given, source);
        if !mirror.join("info/attributes").exists() {
            git::create_directory(&mirror).await.map_err(unreadable)?;
        }
        let name = self.free_name(&directory_name(&origin));
        let repository = Repository {
            id,
            name,
            origin,
            mirror,
            created_at,
            moving: Default::default(),
            seen: Default::default(),
            compared: Default::default(),
        };
        repository.fetch().await.map_err(unreadable)?;
        if repository.branches().await.map_err(unreadable)?.is_empty() {
            let offers = repository.offers_branches().await.map_err(unreadable)?;
            let why = if offers { RepositoryError::Withheld } else { RepositoryError::Empty };
            return Err(why(given.to_owned()));
        }
        let repository = Arc::new(repository);
        self.list.push(Arc::clone(&repository));
        Ok(repository)
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Arc<Repository>] {
        &self.list
    }

    /// By owner and name; GitHub compares both without regard to case.
    pub(crate) fn by_name(&self, owner: &str, name: &str) -> Option<Arc<Repository>> {
        let found = self
            .list
            .iter()
            .find(|repository| owner.eq_ignore_ascii_case(OWNER) && repository.name.eq_ignore_ascii_case(name));
        found.cloned()
    }

    /// By numeric id.
    pub(crate) fn by_id(&self, id: i64) -> Option<Arc<Repository>> {
        self.list.iter().find(|repository| repository.id == id).cloned()
    }

    fn free_name(&self, wanted: &str) -> String {
        let taken: HashSet<String> = self.list.iter().map(|repository| repository.name.to_lowercase()).collect();
        let mut name = wanted.to_owned();
        let mut number = 2;
        while taken.contains(&name.to_lowercase()) {
            name = format!("{wanted}-{number}");
            number += 1;
        }
        name
    }
}

/// What git's complaint means to the person who gave the repository.
fn why_unreadable(given: &str, source: GitError) -> RepositoryError {
    let origin = given.to_owned();
    let complaint = match &source {
        GitError::Failed { complaint, .. } => complaint.as_str(),
        _ => "",
    };
    if complaint.contains("mismatched algorithms") {
        RepositoryError::Sha256(origin)
    } else if complaint.contains("could not read Username") || complaint.contains("could not read Password") {
        RepositoryError::Locked(origin)
    } else if complaint.contains("from promisor remote") {
        RepositoryError::Partial(origin)
    } else {
        RepositoryError::Unreadable { origin, source }
    }
}

/// Whether an address (what follows `://`, or the short form of an ssh URL) holds more than a name to log in with by ssh.
fn has_credentials(scheme: &str, address: &str) -> bool {
    let authority = address.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, _)) => user.contains(':') || matches!(scheme, "http" | "https"),
        // A password with a slash in it looks like a port that is no number.
        None => {
            let port = authority.rsplit_once(':').map(|(_, port)| port).filter(|_| !authority.ends_with(']'));
            port.is_some_and(|port| port.bytes().any(|byte| !byte.is_ascii_digit())) && address.contains('@')
        }
    }
}

/// An address as it may be shown.
fn without_credentials(given: &str) -> String {
    let (scheme, address) = given.split_once("://").map_or(("", given), |(scheme, address)| (scheme, address));
    let rest = address.rsplit_once('@').map_or(address, |(_, rest)| rest);
    format!("{scheme}{}…@{rest}", if scheme.is_empty() { "" } else { "://" })
}

/// An absolute path for what lies on this machine, the URL itself for what does not.
fn resolve_origin(given: &str) -> Result<String, RepositoryError> {
    let refused = || RepositoryError::NotARepository(given.to_owned());
    if given.is_empty() || given.starts_with('-') || given.contains(char::is_control) {
        return Err(refused());
    }
    if let Some((scheme, address)) = given.split_once("://") {
        if scheme != "file" && has_credentials(scheme, address) {
            return Err(RepositoryError::Credentials(without_credentials(given)));
        }
        return match scheme {
            "https" | "http" | "ssh" | "git" => Ok(given.to_owned()),
            "file" => resolve_origin(given.trim_start_matches("file://")),
            _ => Err(refused()),
        };
    }
    let path = Path::new(given);
    if path.exists() {
        let path = path.canonicalize().map_err(|_| refused())?;
        return path.to_str().map(str::to_owned).ok_or_else(refused);
    }
    if given.split_once('@').is_some_and(|(user, _)| user.contains(':') && !user.contains('/')) {
        return Err(RepositoryError::Credentials(without_credentials(given)));
    }
    // `user@host:path`, the short form of an ssh URL; `transport::address` is how helpers are called and is not it.
    match given.split_once(':') {
        Some((host, path)) if !host.contains('/') && !host.is_empty() && !path.is_empty() && !path.starts_with(':') => {
            Ok(given.to_owned())
        }
        _ => Err(refused()),
    }
}

/// The name of a clone's directory, in the letters that GitHub allows in a repository's name.
fn directory_name(origin: &str) -> String {
    let trimmed = origin.trim_end_matches('/').trim_end_matches("/.git");
    let last = trimmed.rsplit(['/', ':']).next().unwrap_or_default();
    let name: String = last
        .trim_end_matches(".git")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .collect();
    if name.trim_matches(['.', '-']).is_empty() { "repository".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::{RepositoryError, resolve_origin};

    #[test]
    fn a_password_in_an_address_is_refused_and_not_told() {
        for given in [
            "https://user:secret@host.example/repo.git",
            "https://secret@host.example/repo.git",
            "http://user:se/cret@host.example/repo.git",
            "https://us@er:secret@host.example/repo.git",
            "ssh://git:secret@host.example/repo.git",
            "ftp://user:secret@host.example/repo.git",
            "user:secret@host.example:repo.git",
        ] {
            let error = resolve_origin(given).unwrap_err();
            assert!(matches!(error, RepositoryError::Credentials(_)), "{given}: {error}");
            let told = format!("{error} {error:?}");
            assert!(!told.contains("secret") && !told.contains("cret@") && told.contains("host.example"), "{told}");
        }
    }

    #[test]
    fn addresses_without_a_password_are_taken_as_they_are() {
        for given in [
            "https://host.example/@scope/repo.git",
            "https://host.example:8443/repo.git",
            "http://[::1]/repo.git",
            "http://[::1]:80/repo.git",
            "ssh://git@host.example:22/repo.git",
            "git@host.example:owner/repo.git",
            "git://host.example/repo.git",
        ] {
            assert_eq!(resolve_origin(given).unwrap(), given);
        }
    }
}
