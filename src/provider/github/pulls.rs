//! Pull requests that sessions opened: all of a list in one GraphQL call.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;

use super::api::Api;
use super::tasks::{Draft, web_address};
use crate::by_name::ByName;
use crate::json::{self, Writer, fill, flag, text, whole, within};
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
    pull: Option<Rc<PullRequest>>,
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

    /// Asks for pull requests, [`IDS_PER_CALL`] at most.
    pub(super) async fn ask(&self, api: &Api, ids: Vec<String>) {
        let reply = api.graphql(query(&ids)).await;
        let answer = reply.and_then(|reply| api.json(&reply)).unwrap_or_default();
        self.learn(&ids, &answer, api.host().now());
    }

    /// Remembers what was told. What was not told stays as it was.
    fn learn(&self, ids: &[String], answer: &Value, asked_at: Timestamp) {
        let mut known = self.0.borrow_mut();
        for (at, id) in ids.iter().enumerate() {
            let node = within(answer, &["data", "nodes"]).and_then(|nodes| nodes.get(at));
            let pull = match node.and_then(pull_request) {
                Some(pull) => Some(Rc::new(pull)),
                None => known.get(id).and_then(|known| known.pull.clone()),
            };
            known.insert(id, Known { pull, asked_at });
        }
    }

    /// Fills in what is known of a session's pull requests.
    pub(super) fn fill(&self, draft: &mut Draft) {
        let known = self.0.borrow();
        for (at, global_id) in &draft.pulls {
            let Some(found) = known.get(global_id).and_then(|known| known.pull.as_deref()) else { continue };
            let Some(Artifact::PullRequest(pull)) = draft.facts.artifacts.get_mut(*at) else { continue };
            let id = std::mem::take(&mut pull.id);
            pull.clone_from(found);
            pull.id = id;
            if draft.facts.head_ref.is_none() {
                draft.facts.head_ref.clone_from(&pull.head_ref);
            }
            if draft.facts.base_ref.is_none() {
                draft.facts.base_ref.clone_from(&pull.base_ref);
            }
        }
    }
}

fn query(ids: &[String]) -> String {
    json::object(&|out: &mut Writer| {
        out.text("query", QUERY);
        out.object("variables", &|out: &mut Writer| out.texts("ids", ids));
    })
}

/// A node of the answer; `None` for what could not be found or is no pull request.
fn pull_request(node: &Value) -> Option<PullRequest> {
    let mut pull = PullRequest { number: Some(whole(node, "number")?), ..PullRequest::default() };
    pull.url = text(node, "url").and_then(web_address);
    fill(&mut pull.title, node, "title");
    fill_word(&mut pull.state, node, "state");
    pull.draft = flag(node, "isDraft");
    pull.additions = whole(node, "additions");
    pull.deletions = whole(node, "deletions");
    fill_word(&mut pull.review, node, "reviewDecision");
    if let Some(commit) = within(node, &["commits", "nodes"]).and_then(|commits| commits.get(0))
        && let Some(checks) = within(commit, &["commit", "statusCheckRollup"])
    {
        fill_word(&mut pull.checks, checks, "state");
    }
    fill(&mut pull.head_ref, node, "headRefName");
    fill(&mut pull.base_ref, node, "baseRefName");
    Some(pull)
}

/// GitHub's `CHANGES_REQUESTED` as our `changes-requested`.
fn fill_word(place: &mut Option<String>, object: &Value, name: &str) {
    *place = text(object, name).map(|word| word.to_ascii_lowercase().replace('_', "-"));
}
