//! Pull requests that sessions opened: all of a list in one GraphQL call.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::{Value, json};

use super::api::Api;
use super::tasks::{Draft, web_address};
use crate::error::Result;
use crate::json::{flag, items, string, text, whole, write};
use crate::session::{Artifact, PullRequest, Timestamp};

const QUERY: &str = include_str!("queries/pull_requests.graphql");
/// GitHub's `nodes` takes this many ids.
const IDS_PER_CALL: usize = 100;

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
            for (at, id) in ids.iter().enumerate() {
                let entry = known.entry(id.clone()).or_insert(Known { pull: None, asked_at: now });
                entry.asked_at = now;
                if let Some(pull) = nodes.get(at).and_then(pull_request) {
                    entry.pull = Some(pull);
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

async fn ask(api: &Api, ids: &[String]) -> Result<Vec<Value>> {
    let reply = api.graphql(write(&json!({ "query": QUERY, "variables": { "ids": ids } }))).await?;
    let answer = api.json(&reply)?;
    Ok(answer.get("data").map_or(&[][..], |data| items(data, "nodes")).to_vec())
}

/// A node of the answer; `None` for what could not be found or is no pull request.
fn pull_request(node: &Value) -> Option<PullRequest> {
    let checks = node.pointer("/commits/nodes/0/commit/statusCheckRollup");
    let lower = |word: &str| word.to_ascii_lowercase().replace('_', "-");
    Some(PullRequest {
        id: String::new(),
        number: Some(whole(node, "number")?),
        url: web_address(text(node, "url")),
        title: string(node, "title"),
        state: text(node, "state").map(lower),
        draft: flag(node, "isDraft"),
        additions: whole(node, "additions"),
        deletions: whole(node, "deletions"),
        review: text(node, "reviewDecision").map(lower),
        checks: checks.and_then(|checks| text(checks, "state")).map(lower),
        head_ref: string(node, "headRefName"),
        base_ref: string(node, "baseRefName"),
    })
}
