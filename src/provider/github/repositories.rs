//! Names of repositories, which tasks give as numbers, and what a session at one can be started with.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use serde::Deserialize;

use super::api::Api;
use super::errors::Subject;
use super::tasks::split_repository;
use crate::error::Result;
use crate::provider::RepositoryChoice;
use crate::session::Timestamp;

/// A name that could not be had is asked for again after this long.
const FAILURE_LASTS_MS: i64 = 5 * 60 * 1000;

/// What we use of `GET /repositories/{id}`, `GET /repos/{owner}/{repo}` and `GET /user/repos`.
#[derive(Deserialize)]
pub(super) struct Repository {
    pub(super) full_name: Option<String>,
    pub(super) default_branch: Option<String>,
}

enum Slot {
    Known(String),
    Failed(Timestamp),
    Asked(Shared<LocalBoxFuture<'static, Option<String>>>),
}

/// Names by number, each asked for once in the life of a connection.
#[derive(Default)]
pub(super) struct Names(RefCell<HashMap<u64, Slot>>);

impl Names {
    /// Remembers a name that was seen on the way.
    pub(super) fn learn(&self, id: u64, name: &str) {
        self.0.borrow_mut().entry(id).or_insert_with(|| Slot::Known(name.to_owned()));
    }

    /// The name, asked for when it is not known; whoever asks meanwhile waits for the same reply. `None` when it could
    /// not be had: a repository that is gone or hidden costs only its name.
    pub(super) async fn name(&self, api: &Rc<Api>, id: u64) -> Option<String> {
        let asked = {
            let mut slots = self.0.borrow_mut();
            match slots.get(&id) {
                Some(Slot::Known(name)) => return Some(name.clone()),
                Some(Slot::Failed(at)) if api.host().now() < at.plus(FAILURE_LASTS_MS) => return None,
                Some(Slot::Asked(asked)) => asked.clone(),
                Some(Slot::Failed(_)) | None => {
                    let asked = ask(api.clone(), id).boxed_local().shared();
                    slots.insert(id, Slot::Asked(asked.clone()));
                    asked
                }
            }
        };
        let name = asked.await;
        let slot = name.clone().map_or_else(|| Slot::Failed(api.host().now()), Slot::Known);
        self.0.borrow_mut().insert(id, slot);
        name
    }
}

async fn ask(api: Rc<Api>, id: u64) -> Option<String> {
    let url = api.rest(&["repositories", &id.to_string()]).ok()?;
    let reply = api.get(url, Subject::Repository).await.ok()?;
    let name = api.json::<Repository>(&reply).ok()?.full_name?;
    split_repository(&name).is_some().then_some(name)
}

/// The repositories of the person, those of the latest work first.
pub(super) async fn offered(api: &Api) -> Result<Vec<RepositoryChoice>> {
    let mut url = api.rest(&["user", "repos"])?;
    url.query_pairs_mut().append_pair("per_page", "100").append_pair("sort", "pushed");
    let reply = api.get(url, Subject::Repository).await?;
    let repositories: Vec<Repository> = api.json(&reply)?;
    Ok(repositories
        .into_iter()
        .filter_map(|repository| {
            let name = repository.full_name.filter(|name| split_repository(name).is_some())?;
            Some(RepositoryChoice { name, default_branch: repository.default_branch.unwrap_or_default() })
        })
        .collect())
}
