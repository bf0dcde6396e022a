//! Pull requests that sessions opened: all of a list in one GraphQL call.

use std::cell::RefCell;

use serde_json::Value;

use super::api::Api;
use super::tasks::{Draft, web_address};
use crate::by_name::ByName;
use crate::json::{Object, flag, items, string, text, whole};
use crate::session::{Artifact, PullRequest, Timestamp};

const QUERY: &str = include_str!("queries/pull_requests.graphql");
/// GitHub's `nodes` takes this many ids.
pub(super) const IDS_PER_CALL: usize = 100;

/// What was learned of pull requests, by GraphQL id.
#[derive(Debug, Default)]
pub(super) struct Pulls(RefCell<ByName<Known>>);

#[derive(Debug)]
struct Known {
    /// As GitHub told of it last; `None` when it never has.
    pull: Option<PullRequest>,
    /// Also what could not be told is not asked for again at once.
    asked_at: Timestamp,
}

impl Pulls {
    /// The pull requests of these sessions that were not asked for within the last `fresh_ms`.
    pub(super) fn wanted(&self, drafts: &[Draft], now: Timestamp, fresh_ms: i64) -> Vec<String> {
        let mut wanted: Vec<String> = Vec::new();
        for draft in drafts {
            for (_, id) in &draft.pulls {
                let known = self.0.borrow().get(id).is_some_and(|known| now < known.asked_at.plus(fresh_ms));
                if !known && !wanted.contains(id) {
                    wanted.push(id.clone());
                }
            }
        }
        wanted
    }

    /// Asks for pull requests, [`IDS_PER_CALL`] at most. A call that fails leaves them as they were.
    pub(super) async fn ask(&self, api: &Api, ids: Vec<String>) {
        let asked_at = api.host().now();
        let ids_json: Vec<Value> = ids.iter().map(|id| Value::from(id.as_str())).collect();
        let variables = Object::begin().tree("ids", &Value::Array(ids_json)).end();
        let reply = api.graphql(Object::begin().text("query", QUERY).json("variables", &variables).end()).await;
        let answer = reply.and_then(|reply| api.json(&reply)).unwrap_or_default();
        let nodes = answer.get("data").map_or(&[][..], |data| items(data, "nodes"));
        let mut known = self.0.borrow_mut();
        for (at, id) in ids.iter().enumerate() {
            let told = nodes.get(at).and_then(pull_request);
            let pull = told.or_else(|| known.remove(id)?.pull);
            known.insert(id, Known { pull, asked_at });
        }
    }

    /// Fills in what is known of a session's pull requests.
    pub(super) fn fill(&self, draft: &mut Draft) {
        let known = self.0.borrow();
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
