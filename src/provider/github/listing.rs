//! Lists of tasks, page by page.

use std::collections::HashSet;

use url::Url;

use super::api::Api;
use super::errors::Subject;
use super::tasks::{Draft, split_repository};
use crate::error::{Error, Result};
use crate::provider::ListQuery;
use crate::wire::{Reply, next_page};

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
    let mut visited = HashSet::new();
    for page in 0..PAGES {
        visited.insert(url.to_string());
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
        let following = next(&url, &reply).filter(|url| !visited.contains(url.as_str()));
        list.not_modified = reply.not_modified;
        list.complete = following.is_none();
        match following {
            Some(following) if !reply.not_modified => url = following,
            _ => break,
        }
    }
    Ok(list)
}

fn address(api: &Api, query: &ListQuery) -> Result<Url> {
    let mut url = match &query.repository {
        Some(repository) => {
            let (owner, name) = named(repository)?;
            api.agents(&["repos", owner, name, "tasks"])?
        }
        None => api.agents(&["tasks"])?,
    };
    let mut pairs = url.query_pairs_mut();
    pairs.append_pair("per_page", "100").append_pair("sort", "updated_at").append_pair("direction", "desc");
    if !query.states.is_empty() {
        pairs.append_pair("state", &query.states.join(","));
    }
    if query.archived {
        pairs.append_pair("is_archived", "true");
    }
    if let Some(since) = query.since {
        pairs.append_pair("since", &since.to_iso());
    }
    drop(pairs);
    Ok(url)
}

/// Owner and name, for a path.
pub(super) fn named(repository: &str) -> Result<(&str, &str)> {
    split_repository(repository).ok_or_else(|| {
        Error::invalid(format!("“{repository}” does not name a repository."))
            .with_hint("Write it as owner/name, such as octocat/hello-world.")
    })
}

/// The page after this one. A proxy may pass on links of the server behind it: of those only the page's number is taken,
/// so that nothing is sent elsewhere.
pub(super) fn next(current: &Url, reply: &Reply) -> Option<Url> {
    let link = current.join(&next_page(reply.link.as_deref()?)?).ok()?;
    if link.origin() == current.origin() {
        return Some(link);
    }
    let (_, page) = link.query_pairs().find(|(key, _)| key == "page")?;
    let page: u32 = page.parse().ok()?;
    let kept: Vec<(String, String)> =
        current.query_pairs().filter(|(key, _)| key != "page").map(|(key, value)| (key.into(), value.into())).collect();
    let mut url = current.clone();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair("page", &page.to_string());
    Some(url)
}
