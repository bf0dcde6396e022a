//! Names of repositories, which tasks give as numbers, and what a session at one can be started with.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};

use super::api::Api;
use super::errors::Subject;
use super::tasks::split_repository;
use crate::error::Result;
use crate::json::string;
use crate::provider::RepositoryChoice;
use crate::session::Timestamp;
use crate::wire::address::push_query;

/// A name that could not be had is asked for again after this long.
const FAILURE_LASTS_MS: i64 = 5 * 60 * 1000;

enum Slot {
    Known(String),
    Failed(Timestamp),
    Asked(Shared<LocalBoxFuture<'static, Option<String>>>),
}

/// Names by number, each asked for once in the life of a connection.
#[derive(Default)]
pub(super) struct Names(RefCell<Vec<(u64, Slot)>>);

impl Names {
    /// Remembers a name that was seen on the way.
    pub(super) fn learn(&self, id: u64, name: &str) {
        let mut slots = self.0.borrow_mut();
        if !slots.iter().any(|(known, _)| *known == id) {
            slots.push((id, Slot::Known(name.to_owned())));
        }
    }

    fn put(&self, id: u64, slot: Slot) {
        let mut slots = self.0.borrow_mut();
        slots.retain(|(known, _)| *known != id);
        slots.push((id, slot));
    }

    /// The name, asked for when it is not known; whoever asks meanwhile waits for the same reply. `None` when it could
    /// not be had: a repository that is gone or hidden costs only its name.
    pub(super) async fn name(&self, api: &Rc<Api>, id: u64) -> Option<String> {
        let asked = match self.0.borrow().iter().find(|(known, _)| *known == id) {
            Some((_, Slot::Known(name))) => return Some(name.clone()),
            Some((_, Slot::Failed(at))) if api.host().now() < at.plus(FAILURE_LASTS_MS) => return None,
            Some((_, Slot::Asked(asked))) => Some(asked.clone()),
            _ => None,
        };
        let asked = asked.unwrap_or_else(|| {
            let asked = ask(api.clone(), id).boxed_local().shared();
            self.put(id, Slot::Asked(asked.clone()));
            asked
        });
        let name = asked.await;
        self.put(id, name.clone().map_or_else(|| Slot::Failed(api.host().now()), Slot::Known));
        name
    }
}

async fn ask(api: Rc<Api>, id: u64) -> Option<String> {
    let url = api.rest(&["repositories", &id.to_string()]).ok()?;
    let reply = api.get(url, Subject::Repository).await.ok()?;
    let name = string(&api.json(&reply).ok()?, "full_name")?;
    split_repository(&name).is_some().then_some(name)
}

/// The repositories of the person, those of the latest work first.
pub(super) async fn offered(api: &Api) -> Result<Vec<RepositoryChoice>> {
    let mut url = api.rest(&["user", "repos"])?;
    push_query(&mut url, "per_page", "100");
    push_query(&mut url, "sort", "pushed");
    let reply = api.get(url, Subject::Repository).await?;
    let repositories = api.array(&reply, None)?;
    Ok(repositories
        .iter()
        .filter_map(|repository| {
            let name = string(repository, "full_name").filter(|name| split_repository(name).is_some())?;
            Some(RepositoryChoice { name, default_branch: string(repository, "default_branch").unwrap_or_default() })
        })
        .collect())
}
