//! Names of repositories, which tasks give as numbers, and which ones to offer.

use std::cell::{RefCell, RefMut};

use serde_json::Value;

use super::api::{Api, List, in_pages};
use super::errors::Subject;
use super::tasks::{Draft, split_repository};
use crate::error::Result;
use crate::json::{string, text};
use crate::provider::RepositoryChoice;
use crate::session::Timestamp;
use crate::wire::Gate;
use crate::wire::address::push_query;

/// A name that could not be had is asked for again after this long.
const FAILURE_LASTS_MS: i64 = 5 * 60 * 1000;

/// What is known of one repository.
struct Known {
    id: u64,
    name: Option<String>,
    failed_at: Option<Timestamp>,
    /// Who asks holds the only place; whoever asks meanwhile waits for it and finds the name.
    asking: Gate,
}

impl Known {
    fn is_asked_for(&self, now: Timestamp) -> bool {
        self.name.is_none() && self.failed_at.is_none_or(|at| now >= at.plus(FAILURE_LASTS_MS))
    }
}

/// Names by number, each asked for once in the life of a connection.
#[derive(Default)]
pub(super) struct Names(RefCell<Vec<Known>>);

impl Names {
    /// What is known of a repository, which may be nothing yet.
    fn known(&self, id: u64) -> RefMut<'_, Known> {
        let mut all = self.0.borrow_mut();
        let at = all.iter().position(|known| known.id == id).unwrap_or_else(|| {
            all.push(Known { id, name: None, failed_at: None, asking: Gate::new(1) });
            all.len() - 1
        });
        RefMut::map(all, |all| &mut all[at])
    }

    /// Remembers a name that was seen on the way.
    pub(super) fn learn(&self, id: u64, name: &str) {
        self.known(id).name = Some(name.to_owned());
    }

    /// The name, if it is known.
    pub(super) fn name(&self, id: u64) -> Option<String> {
        self.known(id).name.clone()
    }

    /// Learns the names that these sessions tell, and says which ones are to be asked for.
    pub(super) fn wanted(&self, drafts: &[Draft], now: Timestamp) -> Vec<u64> {
        let mut wanted = Vec::new();
        for draft in drafts {
            let Some(id) = draft.repository_id else { continue };
            match &draft.facts.repository {
                Some(name) => self.learn(id, name),
                None if !wanted.contains(&id) && self.known(id).is_asked_for(now) => wanted.push(id),
                None => {}
            }
        }
        wanted
    }

    /// Asks for a name. A repository that is gone or hidden costs only its name.
    pub(super) async fn ask(&self, api: &Api, id: u64) {
        let asking = self.known(id).asking.clone();
        let _place = asking.enter().await;
        if !self.known(id).is_asked_for(api.host().now()) {
            return;
        }
        let url = api.rest(&["repositories", &id.to_string()]);
        let reply = api.get(url, Subject::Repository).await;
        let answer = reply.and_then(|reply| api.json(&reply)).unwrap_or_default();
        let mut known = self.known(id);
        match repository_name(&answer) {
            Some(name) => known.name = Some(name.to_owned()),
            None => known.failed_at = Some(api.host().now()),
        }
    }
}

/// `owner/name` as the server calls it, if it does.
fn repository_name(repository: &Value) -> Option<&str> {
    text(repository, "full_name").filter(|name| split_repository(name).is_some())
}

/// The repositories of the person, those of the latest work first.
pub(super) async fn offered(api: &Api) -> Result<Vec<RepositoryChoice>> {
    let mut choices = Vec::new();
    let mut url = in_pages(api.rest(&["user", "repos"]))?;
    push_query(&mut url, "sort", "pushed");
    let list = List { url: Ok(url), field: None, pages: 1, subject: Subject::Repository, conditional: false };
    api.list(list, &mut |repository| {
        if let Some(name) = repository_name(repository) {
            let default_branch = string(repository, "default_branch").unwrap_or_default();
            choices.push(RepositoryChoice { name: name.to_owned(), default_branch });
        }
    })
    .await?;
    Ok(choices)
}
