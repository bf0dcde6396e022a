//! What the fields of `schema.graphql` answer.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::local::api::headers::{RATE_LIMIT, rate_limit_reset};
use crate::local::api::links::Links;
use crate::local::api::node_id::{self, Node};
use crate::local::objects::{self, Commit, Reference};
use crate::local::pull_request::Standing;
use crate::local::repository::{OWNER, OWNER_ID, Repository};
use crate::local::store::pulls::Pull;
use crate::local::{Cloud, clock};

/// "You may not provide more than 100 node ids".
const MAX_IDS: usize = 100;
/// "Values of `first` and `last` must be within 1-100."
const MAX_PAGE: i64 = 100;

/// A field that brings an error in place of a value.
#[derive(Debug)]
pub(super) struct FieldError {
    /// GitHub's word, such as `NOT_FOUND`.
    pub(super) kind: &'static str,
    /// For a person.
    pub(super) message: String,
}

impl FieldError {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    fn failed(error: impl std::fmt::Debug) -> Self {
        Self::new("INTERNAL", format!("Something went wrong while executing your query: {error:?}"))
    }
}

/// A pull request in its repository.
#[derive(Debug)]
pub(super) struct PullRequest {
    repository: Arc<Repository>,
    standing: Standing,
}

/// Something with fields.
#[derive(Debug, Clone)]
pub(super) enum Object {
    Query,
    User,
    RateLimit,
    Repository(Arc<Repository>),
    Ref(Arc<Repository>, Reference),
    PullRequests { repository: Arc<Repository>, pulls: Arc<Vec<Pull>>, total: usize },
    PullRequest(Arc<PullRequest>),
    PullCommits { pull: Arc<PullRequest>, commits: Arc<Vec<Commit>>, total: usize },
    PullCommit { pull: Arc<PullRequest>, commit: Arc<Commit> },
    Commit(Arc<Repository>, Arc<Commit>),
}

impl Object {
    /// Its `__typename`.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::User => "User",
            Self::RateLimit => "RateLimit",
            Self::Repository(_) => "Repository",
            Self::Ref(..) => "Ref",
            Self::PullRequests { .. } => "PullRequestConnection",
            Self::PullRequest(_) => "PullRequest",
            Self::PullCommits { .. } => "PullRequestCommitConnection",
            Self::PullCommit { .. } => "PullRequestCommit",
            Self::Commit(..) => "Commit",
        }
    }
}

/// What a field brings.
#[derive(Debug)]
pub(super) enum Resolved {
    Value(Value),
    Object(Object),
    Objects(Vec<Result<Object, FieldError>>),
}

type Answer = Result<Resolved, FieldError>;

fn value(value: impl Into<Value>) -> Answer {
    Ok(Resolved::Value(value.into()))
}

fn optional(object: Option<Object>) -> Answer {
    Ok(object.map_or(Resolved::Value(Value::Null), Resolved::Object))
}

/// Answers fields for one request.
#[derive(Debug)]
pub(super) struct Resolver<'r> {
    cloud: &'r Cloud,
    links: &'r Links,
}

impl<'r> Resolver<'r> {
    pub(super) fn new(cloud: &'r Cloud, links: &'r Links) -> Self {
        Self { cloud, links }
    }

    /// The answer of a field that the schema knows, with arguments that were checked against it.
    pub(super) async fn resolve(&self, object: &Object, field: &str, arguments: &Map<String, Value>) -> Answer {
        match object {
            Object::Query => self.query(field, arguments).await,
            Object::User => self.user(field),
            Object::RateLimit => rate_limit(field),
            Object::Repository(repository) => self.repository(repository, field, arguments).await,
            Object::Ref(repository, reference) => reference_field(repository, reference, field).await,
            Object::PullRequests { repository, pulls, total } => match field {
                "totalCount" => value(*total),
                _ => {
                    let mut nodes = Vec::new();
                    for pull in pulls.iter() {
                        nodes.push(self.pull(Arc::clone(repository), pull.clone()).await);
                    }
                    Ok(Resolved::Objects(nodes))
                }
            },
            Object::PullRequest(pull) => self.pull_field(pull, field, arguments).await,
            Object::PullCommits { pull, commits, total } => match field {
                "totalCount" => value(*total),
                _ => {
                    let node = |commit: &Commit| {
                        Ok(Object::PullCommit { pull: Arc::clone(pull), commit: Arc::new(commit.clone()) })
                    };
                    Ok(Resolved::Objects(commits.iter().map(node).collect()))
                }
            },
            Object::PullCommit { pull, commit } => match field {
                "commit" => Ok(Resolved::Object(Object::Commit(Arc::clone(&pull.repository), Arc::clone(commit)))),
                "url" => value(format!("{}/commits/{}", self.pull_page(pull), commit.sha)),
                _ => value(node_id::pull_commit(pull.standing.pull.id, &commit.sha)),
            },
            Object::Commit(repository, commit) => self.commit_field(repository, commit, field),
        }
    }

    async fn query(&self, field: &str, arguments: &Map<String, Value>) -> Answer {
        match field {
            "viewer" => Ok(Resolved::Object(Object::User)),
            "rateLimit" => Ok(Resolved::Object(Object::RateLimit)),
            "repository" => {
                let (owner, name) = (text(arguments, "owner"), text(arguments, "name"));
                let found = self.cloud.repositories.by_name(owner, name).map(Object::Repository);
                found.map(Resolved::Object).ok_or_else(|| {
                    let message = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
                    FieldError::new("NOT_FOUND", message)
                })
            }
            "node" => self.node(text(arguments, "id")).await.map(Resolved::Object),
            _ => {
                let ids = arguments.get("ids").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                if ids.len() > MAX_IDS {
                    let message =
                        format!("You may not provide more than {MAX_IDS} node ids; you provided {}.", ids.len());
                    return Err(FieldError::new("ARGUMENT_LIMIT", message));
                }
                let mut nodes = Vec::new();
                for id in ids {
                    nodes.push(self.node(id.as_str().unwrap_or_default()).await);
                }
                Ok(Resolved::Objects(nodes))
            }
        }
    }

    async fn node(&self, id: &str) -> Result<Object, FieldError> {
        let found = self.find(id).await?;
        found.ok_or_else(|| {
            FieldError::new("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'"))
        })
    }

    async fn find(&self, id: &str) -> Result<Option<Object>, FieldError> {
        if let Some(pull) = self.cloud.store.pull_by_node_id(id).map_err(FieldError::failed)? {
            return match self.cloud.repositories.by_id(pull.repository_id) {
                Some(repository) => self.pull(repository, pull).await.map(Some),
                None => Ok(None),
            };
        }
        let known = |id: i64| self.cloud.repositories.by_id(id);
        match node_id::read(id) {
            Some(Node::User) => Ok(Some(Object::User)),
            Some(Node::Repository(id)) => Ok(known(id).map(Object::Repository)),
            Some(Node::Commit(id, sha)) => match known(id) {
                Some(repository) => {
                    let commit = objects::commit(&repository.mirror, &sha).await.map_err(FieldError::failed)?;
                    Ok(commit.map(|commit| Object::Commit(repository, Arc::new(commit))))
                }
                None => Ok(None),
            },
            Some(Node::Reference(id, name)) => match known(id) {
                Some(repository) => Ok(branch(&repository, &name).await?),
                None => Ok(None),
            },
            None => Ok(None),
        }
    }

    async fn pull(&self, repository: Arc<Repository>, pull: Pull) -> Result<Object, FieldError> {
        repository.refresh().await.map_err(FieldError::failed)?;
        let standing = Standing::observe(self.cloud, &repository, pull).await.map_err(FieldError::failed)?;
        Ok(Object::PullRequest(Arc::new(PullRequest { repository, standing })))
    }

    fn user(&self, field: &str) -> Answer {
        match field {
            "avatarUrl" => value("data:,"),
            "databaseId" => value(OWNER_ID),
            "id" => value(node_id::user()),
            "login" => value(OWNER),
            "name" => value("Local cloud"),
            _ => value(self.links.page(&format!("/{OWNER}"))),
        }
    }

    async fn repository(&self, repository: &Arc<Repository>, field: &str, arguments: &Map<String, Value>) -> Answer {
        match field {
            "databaseId" => value(repository.id),
            "defaultBranchRef" => {
                let name = repository.refresh().await.map_err(FieldError::failed)?;
                optional(branch(repository, &format!("refs/heads/{name}")).await?)
            }
            "id" => value(node_id::repository(repository.id)),
            "isPrivate" => value(true),
            "name" => value(repository.name.as_str()),
            "nameWithOwner" => value(repository.full_name()),
            "owner" => Ok(Resolved::Object(Object::User)),
            "pullRequest" => {
                let number = arguments.get("number").and_then(Value::as_i64).unwrap_or_default();
                let found = self.cloud.store.pull_by_number(repository.id, number).map_err(FieldError::failed)?;
                let pull = found.ok_or_else(|| {
                    let message = format!("Could not resolve to a PullRequest with the number of {number}.");
                    FieldError::new("NOT_FOUND", message)
                })?;
                self.pull(Arc::clone(repository), pull).await.map(Resolved::Object)
            }
            "pullRequests" => self.pulls(repository, arguments).await,
            _ => value(self.links.repository_page(repository)),
        }
    }

    async fn pulls(&self, repository: &Arc<Repository>, arguments: &Map<String, Value>) -> Answer {
        let window = Window::read("pullRequests", arguments)?;
        let states = arguments.get("states").and_then(Value::as_array);
        let mut pulls = self.cloud.store.pulls(repository.id).map_err(FieldError::failed)?;
        // Oldest first, as GitHub orders them unless told otherwise.
        pulls.reverse();
        pulls.retain(|pull| {
            states.is_none_or(|states| states.iter().any(|wanted| wanted.as_str() == Some(state(pull))))
                && ["headRefName", "baseRefName"]
                    .iter()
                    .zip([&pull.head_ref, &pull.base_ref])
                    .all(|(name, own)| arguments.get(*name).and_then(Value::as_str).is_none_or(|wanted| wanted == own))
        });
        let total = pulls.len();
        let (skip, take) = window.of(total);
        let pulls = pulls.into_iter().skip(skip).take(take).collect();
        Ok(Resolved::Object(Object::PullRequests { repository: Arc::clone(repository), pulls: Arc::new(pulls), total }))
    }

    fn pull_page(&self, pull: &PullRequest) -> String {
        format!("{}/pull/{}", self.links.repository_page(&pull.repository), pull.standing.pull.number)
    }

    async fn pull_field(&self, object: &Arc<PullRequest>, field: &str, arguments: &Map<String, Value>) -> Answer {
        let PullRequest { repository, standing } = object.as_ref();
        let pull = &standing.pull;
        let time = |at: i64| Value::from(clock::to_iso(at));
        match field {
            "additions" | "deletions" | "changedFiles" => {
                let totals = standing.totals(repository).await.map_err(FieldError::failed)?;
                match field {
                    "additions" => value(totals.additions),
                    "deletions" => value(totals.deletions),
                    _ => value(totals.files),
                }
            }
            "author" => Ok(Resolved::Object(Object::User)),
            "baseRefName" => value(pull.base_ref.as_str()),
            "baseRefOid" => value(standing.base.as_str()),
            "body" => value(pull.body.as_str()),
            "closed" => value(!pull.open),
            "closedAt" => value(pull.closed_at.map(time)),
            "commits" => self.pull_commits(object, arguments).await,
            "createdAt" => value(time(pull.created_at)),
            "databaseId" => value(pull.id),
            "headRefName" => value(pull.head_ref.as_str()),
            "headRefOid" => value(standing.head.as_str()),
            "id" => value(pull.node_id.as_str()),
            "isDraft" => value(pull.draft),
            "mergeable" => {
                let mergeable = standing.is_mergeable(repository).await.map_err(FieldError::failed)?;
                value(match mergeable {
                    Some(true) => "MERGEABLE",
                    Some(false) => "CONFLICTING",
                    None => "UNKNOWN",
                })
            }
            "merged" => value(pull.merged_at.is_some()),
            "mergedAt" => value(pull.merged_at.map(time)),
            "number" => value(pull.number),
            "repository" => Ok(Resolved::Object(Object::Repository(Arc::clone(repository)))),
            "reviewDecision" => {
                let reviews = self.cloud.store.reviews(pull.id).map_err(FieldError::failed)?;
                let decisive = |state: &str| matches!(state, "APPROVED" | "CHANGES_REQUESTED");
                let last = reviews.into_iter().rev().map(|review| review.state).find(|state| decisive(state));
                value(last)
            }
            "state" => value(state(pull)),
            "title" => value(pull.title.as_str()),
            "updatedAt" => value(time(pull.updated_at)),
            _ => value(self.pull_page(object)),
        }
    }

    async fn pull_commits(&self, pull: &Arc<PullRequest>, arguments: &Map<String, Value>) -> Answer {
        let window = Window::read("commits", arguments)?;
        let standing = &pull.standing;
        let (total, commits) = if standing.parted.is_some() {
            let mirror = &pull.repository.mirror;
            let total = standing.commit_count(&pull.repository).await.map_err(FieldError::failed)?;
            let (skip, take) = window.of(total);
            objects::commits_between(mirror, &standing.base, &standing.head, skip, take)
                .await
                .map_err(FieldError::failed)?
        } else {
            (0, Vec::new())
        };
        Ok(Resolved::Object(Object::PullCommits { pull: Arc::clone(pull), commits: Arc::new(commits), total }))
    }

    fn commit_field(&self, repository: &Repository, commit: &Commit, field: &str) -> Answer {
        match field {
            "committedDate" => value(commit.committer.date.as_str()),
            "id" => value(node_id::commit(repository.id, &commit.sha)),
            "message" => value(commit.message.as_str()),
            "messageHeadline" => value(commit.message.lines().next().unwrap_or_default()),
            "oid" => value(commit.sha.as_str()),
            // Nothing checks commits here, which GitHub says with null.
            "statusCheckRollup" => value(Value::Null),
            _ => value(format!("{}/commit/{}", self.links.repository_page(repository), commit.sha)),
        }
    }
}

fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> &'a str {
    arguments.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn state(pull: &Pull) -> &'static str {
    match (pull.open, pull.merged_at) {
        (true, _) => "OPEN",
        (false, Some(_)) => "MERGED",
        (false, None) => "CLOSED",
    }
}

fn rate_limit(field: &str) -> Answer {
    match field {
        "cost" => value(1),
        "limit" | "remaining" => value(RATE_LIMIT),
        "resetAt" => value(clock::to_iso(rate_limit_reset() * 1000)),
        _ => value(0),
    }
}

async fn branch(repository: &Arc<Repository>, name: &str) -> Result<Option<Object>, FieldError> {
    let all = objects::references(&repository.mirror, "refs/heads/").await.map_err(FieldError::failed)?;
    let found = all.into_iter().find(|reference| reference.name == name);
    Ok(found.map(|reference| Object::Ref(Arc::clone(repository), reference)))
}

async fn reference_field(repository: &Arc<Repository>, reference: &Reference, field: &str) -> Answer {
    const PREFIX: &str = "refs/heads/";
    match field {
        "id" => value(node_id::reference(repository.id, &reference.name)),
        "name" => value(reference.name.trim_start_matches(PREFIX)),
        "prefix" => value(PREFIX),
        _ => {
            let commit = objects::commit(&repository.mirror, &reference.sha).await.map_err(FieldError::failed)?;
            optional(commit.map(|commit| Object::Commit(Arc::clone(repository), Arc::new(commit))))
        }
    }
}

/// `first` or `last` of a connection.
enum Window {
    First(usize),
    Last(usize),
}

impl Window {
    fn read(connection: &str, arguments: &Map<String, Value>) -> Result<Self, FieldError> {
        let given = |name: &str| arguments.get(name).and_then(Value::as_i64);
        let (first, last) = (given("first"), given("last"));
        let Some(count) = first.or(last) else {
            let message = format!(
                "You must provide a `first` or `last` value to properly paginate the `{connection}` connection."
            );
            return Err(FieldError::new("MISSING_PAGINATION_BOUNDARIES", message));
        };
        match usize::try_from(count) {
            Ok(size) if (1..=MAX_PAGE).contains(&count) => {
                Ok(if first.is_some() { Self::First(size) } else { Self::Last(size) })
            }
            _ => {
                let message = format!(
                    "Requesting {count} records on the `{connection}` connection exceeds the limit of {MAX_PAGE} records."
                );
                Err(FieldError::new("EXCESSIVE_PAGINATION", message))
            }
        }
    }

    /// How many of `total` to skip and to take.
    fn of(&self, total: usize) -> (usize, usize) {
        match *self {
            Self::First(size) => (0, size),
            Self::Last(size) => (total.saturating_sub(size), size),
        }
    }
}
