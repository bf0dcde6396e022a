//! Lists of tasks, page by page.

use std::collections::HashSet;

use super::api::Api;
use super::errors::Subject;
use super::tasks::{Draft, split_repository};
use crate::error::{Error, Result};
use crate::provider::ListQuery;
use crate::wire::address::push_query;

/// As VS Code does; what is older is found by a narrower query.
const PAGES: usize = 10;

/// A list before its names and pull requests are looked up.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    pub(super) drafts: Vec<Draft>,
    pub(super) not_modified: bool,
    pub(super) complete: bool,
    pub(super) skipped: usize,
}

/// Reads the list. When its first page has not changed since it was read last, nothing else has either: it is ordered
/// by the latest change.
pub(super) async fn list(api: &Api, query: &ListQuery, web_host: &dyn Fn(&str) -> bool) -> Result<Drafts> {
    let mut url = address(api, query)?;
    let mut list = Drafts::default();
    let mut seen = HashSet::new();
    let mut visited = Vec::new();
    for page in 0..PAGES {
        visited.push(url.clone());
        let reply = if page == 0 && !query.fresh {
            api.get_if_changed(url.clone(), Subject::Tasks).await?
        } else {
            api.get(url.clone(), Subject::Tasks).await?
        };
        for task in api.array(&reply, Some("tasks"))? {
            match Draft::read(&task, web_host) {
                // A task that changes while pages are read moves to the front and pushes others onto the next page.
                Some(mut draft) => {
                    if seen.insert(draft.remote.clone()) {
                        draft.facts.repository = draft.facts.repository.or_else(|| query.repository.clone());
                        list.drafts.push(draft);
                    }
                }
                None => list.skipped += 1,
            }
        }
        let following = api.next(&url, &reply).filter(|url| !visited.contains(url));
        list.not_modified = reply.not_modified;
        list.complete = following.is_none();
        match following {
            Some(following) if !reply.not_modified => url = following,
            _ => break,
        }
    }
    Ok(list)
}

fn address(api: &Api, query: &ListQuery) -> Result<String> {
    let mut url = match &query.repository {
        Some(repository) => {
            let (owner, name) = named(repository)?;
            api.agents(&["repos", owner, name, "tasks"])?
        }
        None => api.agents(&["tasks"])?,
    };
    for (name, value) in [("per_page", "100"), ("sort", "updated_at"), ("direction", "desc")] {
        push_query(&mut url, name, value);
    }
    if !query.states.is_empty() {
        push_query(&mut url, "state", &query.states.join(","));
    }
    if query.archived {
        push_query(&mut url, "is_archived", "true");
    }
    if let Some(since) = query.since {
        push_query(&mut url, "since", &since.to_iso());
    }
    Ok(url)
}

/// Owner and name, for a path.
pub(super) fn named(repository: &str) -> Result<(&str, &str)> {
    split_repository(repository).ok_or_else(|| {
        Error::invalid(format!("“{repository}” does not name a repository."))
            .with_hint("Write it as owner/name, such as octocat/hello-world.")
    })
}
