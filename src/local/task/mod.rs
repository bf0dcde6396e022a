//! Tasks at work: who runs, who waits, and what reaches a task from outside while it runs.

pub(crate) mod bounds;
pub(crate) mod brief;
mod legible;
pub(crate) mod run;
pub(crate) mod transcript;
mod turn;
mod work_tree;

pub(crate) use turn::{custom_agent, open_pull};

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::Cloud;
use super::agent::{Agent, Answer};
use super::store::StoreError;
use super::store::tasks::State;

/// Why tasks that were running are failed when the cloud starts again.
const RESTARTED: &str = "the local cloud was restarted while this task was running";
/// How long tasks have to end when the cloud stops.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// The bounds of one run of an agent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The time it may work.
    pub(crate) time: Duration,
    /// Bytes on disk.
    pub(crate) disk: u64,
    /// Bytes on stdout and stderr.
    pub(crate) output: u64,
    /// Processes at the same time.
    pub(crate) processes: usize,
}

/// What reaches a task while it is under way.
#[derive(Debug)]
pub(crate) enum Control {
    /// End it, and what waits behind it.
    Abort,
    /// The answer to its question.
    Answer(Answer, oneshot::Sender<AnswerOutcome>),
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerOutcome {
    Accepted,
    NoSuchQuestion,
    NotAChoice,
}

/// Tells a task that the cloud itself is stopping.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Returns when the cloud stops.
    pub(crate) async fn wait(&mut self) {
        // The sender lives as long as the cloud.
        if self.0.wait_for(|stopping| *stopping).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// All tasks that are under way, and what they have in common.
#[derive(Debug)]
pub(crate) struct Tasks {
    pub(crate) agent: Arc<dyn Agent>,
    /// Names of the variables that agents get from the cloud's own environment.
    pub(crate) agent_environment: Vec<String>,
    pub(crate) limits: Limits,
    /// Whether this system lets agents have namespaces of their own.
    pub(crate) own_mounts: bool,
    /// Places for tasks that run at the same time.
    slots: Arc<Semaphore>,
    /// By task id, as long as the task is under way.
    runners: Mutex<HashMap<String, mpsc::UnboundedSender<Control>>>,
    stopping: watch::Sender<bool>,
    /// Every runner holds a clone of the sender, so that the receiver ends when the last has ended.
    alive: Mutex<Option<mpsc::Sender<()>>>,
    all_ended: tokio::sync::Mutex<mpsc::Receiver<()>>,
}

impl Tasks {
    pub(crate) fn new(
        agent: Arc<dyn Agent>,
        agent_environment: Vec<String>,
        limits: Limits,
        own_mounts: bool,
        parallel: usize,
    ) -> Self {
        let (alive, all_ended) = mpsc::channel(1);
        Self {
            agent,
            agent_environment,
            limits,
            own_mounts,
            slots: Arc::new(Semaphore::new(parallel)),
            runners: Mutex::default(),
            stopping: watch::Sender::new(false),
            alive: Mutex::new(Some(alive)),
            all_ended: tokio::sync::Mutex::new(all_ended),
        }
    }

    fn runners(&self) -> std::sync::MutexGuard<'_, HashMap<String, mpsc::UnboundedSender<Control>>> {
        self.runners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a task that is under way; `false` when it is not.
    fn tell(&self, task_id: &str, control: Control) -> bool {
        self.runners().get(task_id).is_some_and(|runner| runner.send(control).is_ok())
    }

    /// Ends a task that is under way, and what waits behind it. A task that has ended stays as it is.
    pub(crate) fn abort(&self, task_id: &str) -> bool {
        self.tell(task_id, Control::Abort)
    }

    /// Answers the question of a task.
    pub(crate) async fn answer(&self, task_id: &str, answer: Answer) -> AnswerOutcome {
        let (reply, outcome) = oneshot::channel();
        if !self.tell(task_id, Control::Answer(answer, reply)) {
            return AnswerOutcome::NoSuchQuestion;
        }
        outcome.await.unwrap_or(AnswerOutcome::NoSuchQuestion)
    }

    /// Removes the files of a task that is not under way; they would come back from its branch if it went on.
    pub(crate) async fn tidy(&self, data: &Path, task_id: &str) -> io::Result<()> {
        if self.runners().contains_key(task_id) {
            return Ok(());
        }
        work_tree::WorkTree::new(data, task_id).remove().await
    }

    /// Ends all agents and waits for it. The store keeps their tasks as running, so that the next start tells what happened.
    pub(crate) async fn stop(&self) {
        self.stopping.send_replace(true);
        self.alive.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut all_ended = self.all_ended.lock().await;
        if tokio::time::timeout(STOP_WITHIN, all_ended.recv()).await.is_err() {
            eprintln!("cloud-agents: some agents did not end in time");
        }
    }
}

/// Sees to it that the queued sessions of a task are run, one after the other.
pub(crate) fn wake(cloud: &Arc<Cloud>, task_id: &str) {
    let alive = cloud.tasks.alive.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(alive) = alive else { return };
    let mut runners = cloud.tasks.runners();
    if runners.contains_key(task_id) {
        return;
    }
    let (sender, controls) = mpsc::unbounded_channel();
    runners.insert(task_id.to_owned(), sender);
    drop(runners);
    let cloud = Arc::clone(cloud);
    let task_id = task_id.to_owned();
    tokio::spawn(async move {
        if let Err(error) = run_sessions(&cloud, &task_id, controls).await {
            eprintln!("cloud-agents: task {task_id}: {error}");
            cloud.tasks.runners().remove(&task_id);
        }
        drop(alive);
    });
}

async fn run_sessions(
    cloud: &Arc<Cloud>,
    task_id: &str,
    mut controls: mpsc::UnboundedReceiver<Control>,
) -> Result<(), StoreError> {
    let mut stop = Stop(cloud.tasks.stopping.subscribe());
    loop {
        let session = {
            // Under the lock, so that a session added now either is seen here or finds no runner and starts one.
            let mut runners = cloud.tasks.runners();
            let session = cloud.store.next_session(task_id)?;
            if session.is_none() {
                runners.remove(task_id);
            }
            session
        };
        let Some(session) = session else { return Ok(()) };
        let slot = tokio::select! {
            slot = Arc::clone(&cloud.tasks.slots).acquire_owned() => slot.ok(),
            () = stop.wait() => return Ok(()),
            Some(control) = controls.recv() => {
                match control {
                    Control::Abort => cancel_queued(cloud, task_id)?,
                    Control::Answer(_, reply) => {
                        let _ = reply.send(AnswerOutcome::NoSuchQuestion);
                    }
                }
                continue;
            }
        };
        let outcome = turn::take(cloud, &session, slot, &mut controls, &mut stop).await?;
        match outcome {
            run::Outcome::Interrupted => return Ok(()),
            run::Outcome::Cancelled if cloud.store.next_session(task_id)?.is_some() => cancel_queued(cloud, task_id)?,
            _ => {}
        }
    }
}

fn cancel_queued(cloud: &Cloud, task_id: &str) -> Result<(), StoreError> {
    cloud.store.cancel_queued(task_id)?;
    transcript::record(&cloud.store, task_id, "abort", &json!({ "reason": "user" }))
}

/// Takes up what the last run of the cloud left: running tasks have failed, queued ones run.
pub(crate) fn resume(cloud: &Arc<Cloud>) -> Result<(), StoreError> {
    for session in cloud.store.running_sessions()? {
        let data = json!({ "errorType": "restart", "message": RESTARTED });
        transcript::record(&cloud.store, &session.task_id, "session.error", &data)?;
        cloud.store.move_session(&session, State::Failed, Some(RESTARTED))?;
    }
    for task_id in cloud.store.tasks_with_queued_sessions()? {
        wake(cloud, &task_id);
    }
    Ok(())
}
