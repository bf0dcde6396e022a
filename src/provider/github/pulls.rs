//! Pull requests that sessions opened: all of a list in one GraphQL call.

use std::cell::RefCell;
use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;

use super::api::Api;
use super::tasks::Draft;
use crate::error::Result;
use crate::session::{Artifact, PullRequest, Timestamp};

const QUERY: &str = include_str!("queries/pull_requests.graphql");
/// GitHub's `nodes` takes this many ids.
const IDS_PER_CALL: usize = 100;

#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    nodes: Option<Vec<Option<Node>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    number: Option<u64>,
    url: Option<String>,
    title: Option<String>,
    state: Option<String>,
    is_draft: Option<bool>,
    additions: Option<u64>,
    deletions: Option<u64>,
    review_decision: Option<String>,
    head_ref_name: Option<String>,
    base_ref_name: Option<String>,
    commits: Option<Commits>,
}

#[derive(Deserialize)]
struct Commits {
    nodes: Option<Vec<Option<PullCommit>>>,
}

#[derive(Deserialize)]
struct PullCommit {
    commit: Option<Commit>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Commit {
    status_check_rollup: Option<Rollup>,
}

#[derive(Deserialize)]
struct Rollup {
    state: Option<String>,
}

/// What was learned of pull requests, by GraphQL id.
#[derive(Debug, Default)]
pub(super) struct Pulls(RefCell<HashMap<String, Known>>);

#[derive(Debug)]
struct Known {
    /// As GitHub told of it last; `None` when it never has.
    pull: Option<PullRequest>,
    /// Also what could not be told is not asked for again at once.
    asked_at: Timestamp,
}

impl Pulls {
    /// Fills in the pull requests of these sessions. What was asked for within the last `fresh_ms` is good enough; the
    /// rest is asked for in as few calls as GitHub takes. A call that fails leaves its pull requests as they were.
    pub(super) async fn resolve(&self, api: &Api, drafts: &mut [Draft], fresh_ms: i64) {
        let now = api.host().now();
        let mut wanted: Vec<String> = Vec::new();
        for (_, id) in drafts.iter().flat_map(|draft| &draft.pulls) {
            let known = self.0.borrow().get(id).is_some_and(|known| now < known.asked_at.plus(fresh_ms));
            if !known && !wanted.contains(id) {
                wanted.push(id.clone());
            }
        }
        for ids in wanted.chunks(IDS_PER_CALL) {
            let nodes = ask(api, ids).await.unwrap_or_default();
            let mut known = self.0.borrow_mut();
            for (id, node) in ids.iter().zip(nodes.into_iter().chain(std::iter::repeat_with(|| None))) {
                let entry = known.entry(id.clone()).or_insert(Known { pull: None, asked_at: now });
                entry.asked_at = now;
                if let Some(node) = node.filter(|node| node.number.is_some()) {
                    entry.pull = Some(node.into());
                }
            }
        }
        let known = self.0.borrow();
        for draft in drafts {
            for (at, global_id) in &draft.pulls {
                let Some(found) = known.get(global_id).and_then(|known| known.pull.as_ref()) else { continue };
                let Some(Artifact::PullRequest(pull)) = draft.facts.artifacts.get_mut(*at) else { continue };
                *pull = PullRequest { id: std::mem::take(&mut pull.id), ..found.clone() };
                if draft.facts.head_ref.is_none() {
                    draft.facts.head_ref.clone_from(&pull.head_ref);
                }
                if draft.facts.base_ref.is_none() {
                    draft.facts.base_ref.clone_from(&pull.base_ref);
                }
            }
        }
    }
}

async fn ask(api: &Api, ids: &[String]) -> Result<Vec<Option<Node>>> {
    let reply = api.graphql(json!({ "query": QUERY, "variables": { "ids": ids } }).to_string()).await?;
    let answer: Answer = api.json(&reply)?;
    Ok(answer.data.and_then(|data| data.nodes).unwrap_or_default())
}

impl From<Node> for PullRequest {
    fn from(node: Node) -> Self {
        let checks = node.commits.and_then(|commits| commits.nodes?.pop()??.commit?.status_check_rollup?.state);
        Self {
            id: String::new(),
            number: node.number,
            url: node.url.filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            title: node.title,
            state: node.state.map(|state| state.to_ascii_lowercase()),
            draft: node.is_draft,
            additions: node.additions,
            deletions: node.deletions,
            review: node.review_decision.map(|decision| decision.to_ascii_lowercase().replace('_', "-")),
            checks: checks.map(|state| state.to_ascii_lowercase()),
            head_ref: node.head_ref_name,
            base_ref: node.base_ref_name,
        }
    }
}
