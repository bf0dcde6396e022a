//! Lists of tasks, page by page.

use serde_json::Value;

use super::Road;
use super::api::{Api, List, Listed, in_pages};
use super::errors::Subject;
use super::tasks::Draft;
use crate::error::Result;
use crate::provider::{Found, ListQuery, Listing};
use crate::wire::address::push_query;

/// As VS Code does; what is older is found by a narrower query.
const PAGES: usize = 10;

/// A list that has not changed shows pull requests as they were up to this long ago.
const PULLS_FRESH_MS: i64 = 60_000;

impl Road {
    /// Reads the list.
    pub(super) async fn list(&self, query: &ListQuery) -> Result<Listing> {
        let mut drafts: Vec<Draft> = Vec::new();
        let mut skipped = 0;
        let list = List {
            url: address(&self.api, query),
            field: Some("tasks"),
            pages: PAGES,
            subject: Subject::Tasks,
            conditional: !query.fresh,
        };
        let mut each = |task: &Value| {
            let Some(mut draft) = Draft::read(task, &|host| self.is_web_host(host)) else {
                skipped += 1;
                return;
            };
            // A task that changes while pages are read moves to the front and pushes others onto the next page.
            if drafts.iter().all(|known| known.remote != draft.remote) {
                if draft.facts.repository.is_none() {
                    draft.facts.repository.clone_from(&query.repository);
                }
                drafts.push(*draft);
            }
        };
        let Listed { not_modified, complete } = self.api.list(list, &mut each).await?;
        self.complete(&mut drafts, if not_modified { PULLS_FRESH_MS } else { 0 }).await;
        let found = drafts.into_iter().map(Found::from).collect();
        Ok(Listing { found, not_modified, complete, skipped })
    }
}

fn address(api: &Api, query: &ListQuery) -> Result<String> {
    let mut url = in_pages(match &query.repository {
        Some(repository) => api.agents_of(repository, &["tasks"]),
        None => api.agents(&["tasks"]),
    })?;
    push_query(&mut url, "sort", "updated_at");
    push_query(&mut url, "direction", "desc");
    let mut states = String::new();
    for state in &query.states {
        states.push_str(if states.is_empty() { "" } else { "," });
        states.push_str(state);
    }
    if !states.is_empty() {
        push_query(&mut url, "state", &states);
    }
    if query.archived {
        push_query(&mut url, "is_archived", "true");
    }
    if let Some(since) = query.since {
        push_query(&mut url, "since", &since.to_iso());
    }
    Ok(url)
}
