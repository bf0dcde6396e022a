//! One turn of a task: from its request to a commit on the branch at the origin.

use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::run::{Outcome, Run, RunError};
use super::transcript::Transcript;
use super::work_tree::WorkTree;
use super::{Control, Stop, brief};
use crate::local::Cloud;
use crate::local::git::GitError;
use crate::local::repository::Repository;
use crate::local::store::StoreError;
use crate::local::store::pulls::NewPull;
use crate::local::store::tasks::{Session, State, Task};

/// The largest custom agent file that is read.
const CUSTOM_AGENT_LIMIT: usize = 256 << 10;

/// Takes one turn and records how it ended.
pub(super) async fn take(
    cloud: &Cloud,
    session: &Session,
    slot: Option<OwnedSemaphorePermit>,
    controls: &mut mpsc::UnboundedReceiver<Control>,
    stop: &mut Stop,
) -> Result<Outcome, StoreError> {
    let store = &cloud.store;
    let mut transcript = Transcript::new(store, &session.task_id, &session.id);
    let is_first = store.sessions(&session.task_id)?.first().is_some_and(|first| first.id == session.id);
    store.move_session(session, State::InProgress, None)?;
    transcript.event(if is_first { "session.start" } else { "session.resume" }, &json!({ "sessionId": session.id }))?;
    transcript.event("user.message", &json!({ "content": session.prompt }))?;
    transcript.event("assistant.turn_start", &json!({ "turnId": session.id }))?;
    let done = work(cloud, session, slot, &mut transcript, controls, stop).await;
    let outcome = done.unwrap_or_else(|error| Outcome::Failed(error.to_string()));
    let (state, reason) = match &outcome {
        // The store keeps the session as running; the next start tells why it is not.
        Outcome::Interrupted => return Ok(outcome),
        Outcome::Completed => (State::Completed, None),
        Outcome::Cancelled => (State::Cancelled, None),
        Outcome::Failed(reason) => (State::Failed, Some(reason.as_str())),
        Outcome::TimedOut(reason) => (State::TimedOut, Some(reason.as_str())),
    };
    if let Some(message) = reason {
        let kind = if state == State::TimedOut { "timeout" } else { "agent" };
        transcript.event("session.error", &json!({ "errorType": kind, "message": message }))?;
    }
    if state == State::Cancelled {
        transcript.event("abort", &json!({ "reason": "user" }))?;
    }
    transcript.event("assistant.turn_end", &json!({ "turnId": session.id }))?;
    store.move_session(session, state, reason)?;
    transcript.event("session.idle", &json!({}))?;
    Ok(outcome)
}

async fn work(
    cloud: &Cloud,
    session: &Session,
    slot: Option<OwnedSemaphorePermit>,
    transcript: &mut Transcript<'_>,
    controls: &mut mpsc::UnboundedReceiver<Control>,
    stop: &mut Stop,
) -> Result<Outcome, RunError> {
    let task = cloud.store.task(&session.task_id)?.ok_or_else(|| refused("the task is gone"))?;
    let repository = cloud
        .repositories
        .by_id(task.repository_id)
        .ok_or_else(|| refused("its repository is not among those that the local cloud was started with"))?;
    let work_tree = WorkTree::new(&cloud.data, &task.id);
    let start = prepare(&repository, &task, &work_tree).await?;
    let text = render_brief(&repository, &task, session, &start.commit).await?;
    let environment = task.model.iter().map(|model| ("CLOUD_AGENTS_MODEL".to_owned(), model.clone())).collect();
    let mut run = Run { cloud, session, work_tree: &work_tree, environment, slot };
    let outcome = run.follow(&text, transcript, controls, stop).await?;
    if outcome == Outcome::Interrupted {
        return Ok(outcome);
    }
    // Whatever ended the run: what it changed is kept, where a person can look at it.
    let reason = match keep(cloud, &repository, &task, &work_tree, &start, transcript).await {
        Ok(()) => return Ok(outcome),
        Err(error @ RunError::Moved { .. }) => error.to_string(),
        Err(error) => format!("the changes could not be kept: {error}"),
    };
    if outcome == Outcome::Completed {
        return Ok(Outcome::Failed(reason));
    }
    transcript.notice(&reason)?;
    Ok(outcome)
}

/// Where a turn starts from.
struct Start {
    /// The commit that the files are at.
    commit: String,
    /// Where the task's branch stands; `None` when it is still to be made.
    tip: Option<String>,
}

fn refused(reason: &str) -> RunError {
    RunError::Refused(reason.to_owned())
}

/// Has the files at the commit that the turn starts from.
async fn prepare(repository: &Repository, task: &Task, work_tree: &WorkTree) -> Result<Start, RunError> {
    repository.fetch().await?;
    let tip = repository.branch_tip(&task.head_ref).await?;
    let Some(checked_out) = work_tree.start_commit().await else {
        let (commit, branch) = match &tip {
            Some(commit) => (commit.clone(), &task.head_ref),
            None => {
                let gone = || refused(&format!("the branch `{}` is gone", task.base_ref));
                (repository.branch_tip(&task.base_ref).await?.ok_or_else(gone)?, &task.base_ref)
            }
        };
        work_tree.check_out(repository, &commit, &task.head_ref, branch).await?;
        return Ok(Start { commit, tip });
    };
    let ours = task.head_commit.clone().unwrap_or(checked_out);
    let commit = match &tip {
        // Somebody else's commits came onto the branch: the next turn starts from them.
        Some(commit) if *commit != ours => {
            work_tree.reset(repository, commit).await?;
            commit.clone()
        }
        _ => ours,
    };
    Ok(Start { commit, tip })
}

/// What the agent reads: the prompt, and before it the instructions of the custom agent that was chosen.
async fn render_brief(
    repository: &Repository,
    task: &Task,
    session: &Session,
    commit: &str,
) -> Result<String, RunError> {
    let prompt = brief::without_marker(&session.prompt);
    let Some(name) = &task.custom_agent else { return Ok(prompt) };
    let instructions = custom_agent(repository, commit, name).await?;
    let instructions =
        instructions.ok_or_else(|| refused(&format!("there is no custom agent `{name}` on this branch")))?;
    Ok(format!("{prompt}\n\nFollow these instructions of the custom agent `{name}`:\n\n{}", instructions.trim()))
}

/// The instructions in `.github/agents/NAME.agent.md` at a commit, without their front matter.
pub(crate) async fn custom_agent(
    repository: &Repository,
    commit: &str,
    name: &str,
) -> Result<Option<String>, GitError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || !name.chars().all(is_plain) {
        return Ok(None);
    }
    let object = format!("{commit}:.github/agents/{name}.agent.md");
    let call = repository.git().limit(CUSTOM_AGENT_LIMIT).args(["cat-file", "blob", &object]);
    let text = match call.run().await {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(GitError::Failed { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let body = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map(|(_, body)| body.to_owned());
    Ok(Some(body.unwrap_or(text)))
}

/// Commits what changed, pushes it, and opens the pull request that was asked for.
async fn keep(
    cloud: &Cloud,
    repository: &Repository,
    task: &Task,
    work_tree: &WorkTree,
    start: &Start,
    transcript: &Transcript<'_>,
) -> Result<(), RunError> {
    let message = format!("{}\n\nCloud-Agent-Task: {}\n", task.name, task.id);
    let Some(commit) = work_tree.commit(repository, &start.commit, &message).await? else {
        transcript.notice("Nothing was changed in this turn.")?;
        return Ok(());
    };
    // Where the branch stood when the turn started, and not where the mirror has it by now: whatever came onto it meanwhile
    // is not in this commit.
    match repository.push(&commit, &task.head_ref, start.tip.as_deref()).await {
        Err(error) if error.is_stale_push() => {
            let sibling = push_beside(repository, &commit, &task.head_ref).await?;
            return Err(RunError::Moved { branch: task.head_ref.clone(), sibling });
        }
        pushed => pushed?,
    }
    cloud.store.set_head_commit(&task.id, &commit)?;
    transcript.notice(&format!("Committed {} on the branch {} and pushed it.", &commit[..10], task.head_ref))?;
    if task.create_pull_request && task.pull_id.is_none() {
        let first = cloud.store.sessions(&task.id)?;
        let body = first.first().map(|session| brief::without_comments(&session.prompt)).unwrap_or_default();
        open_pull(cloud, task, body.trim())?;
    }
    Ok(())
}

/// Puts a commit on a new branch named after one that it cannot go on; the name.
async fn push_beside(repository: &Repository, commit: &str, branch: &str) -> Result<String, GitError> {
    let mut number = 2;
    loop {
        let sibling = format!("{branch}-{number}");
        match repository.push(commit, &sibling, None).await {
            Err(error) if error.is_stale_push() => number += 1,
            pushed => return pushed.map(|()| sibling),
        }
    }
}

/// Opens the pull request of a task, or finds the open one that its branch has already; its id.
pub(crate) fn open_pull(cloud: &Cloud, task: &Task, body: &str) -> Result<i64, StoreError> {
    let new = NewPull {
        repository_id: task.repository_id,
        title: &task.name,
        body,
        head_ref: &task.head_ref,
        base_ref: &task.base_ref,
        draft: false,
    };
    cloud.store.open_task_pull(&task.id, new)
}
