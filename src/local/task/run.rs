//! One run of the agent: the warden's process, its reports, and the bounds that the cloud itself keeps.

use std::collections::HashMap;
use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::transcript::{SNAPSHOT_EVERY, Transcript};
use super::work_tree::WorkTree;
use super::{AnswerOutcome, Control, Stop};
use crate::local::Cloud;
use crate::local::agent::sandbox::Sandbox;
use crate::local::agent::search_path::search_path;
use crate::local::agent::warden::{Ending, Order, Report, Setup};
use crate::local::agent::{self, Activity, Answer, Listener, Question, processes};
use crate::local::store::StoreError;
use crate::local::store::tasks::{Session, State};

/// How long the warden has to clean up before its descendants are ended from here.
const CLEAN_UP: Duration = Duration::from_secs(30);
/// How long a question may stay open; the time for the work itself stands still meanwhile.
const QUESTION_OPEN: Duration = Duration::from_secs(7 * 24 * 3600);

/// Why a turn did not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Git(#[from] crate::local::git::GitError),
    #[error("{0}")]
    Refused(String),
    /// The work is kept, but not where it was meant to be.
    #[error(
        "the branch `{branch}` was changed by somebody else while the agent worked, so it was left as it is; the agent's \
         work is on the branch `{sibling}`: merge it, or send a follow-up, which starts from what `{branch}` holds now"
    )]
    Moved { branch: String, sibling: String },
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Completed,
    Failed(String),
    TimedOut(String),
    Cancelled,
    /// The cloud itself is stopping.
    Interrupted,
}

/// What a run works with.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) cloud: &'a Cloud,
    pub(super) session: &'a Session,
    pub(super) work_tree: &'a WorkTree,
    pub(super) environment: Vec<(String, String)>,
    /// The place among the tasks that may run at the same time; given back while a question is open.
    pub(super) slot: Option<OwnedSemaphorePermit>,
}

/// A question that waits for its answer.
struct Waiting {
    question: Question,
    id: String,
    since: Instant,
    answer: Option<Answer>,
}

impl Run<'_> {
    /// Runs the agent with this brief until it ends, whatever ends it.
    pub(super) async fn follow(
        &mut self,
        brief: &str,
        transcript: &mut Transcript<'_>,
        controls: &mut mpsc::UnboundedReceiver<Control>,
        stop: &mut Stop,
    ) -> Result<Outcome, RunError> {
        let limits = self.cloud.tasks.limits;
        let mut listener = self.cloud.tasks.agent.listener();
        let mut warden = Warden::start(&self.setup(brief)?).await?;
        let mut deadline = Instant::now() + limits.time;
        let mut waiting: Option<Waiting> = None;
        let mut ended_by: Option<Outcome> = None;
        let mut ticks = interval(SNAPSHOT_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut disk = DiskWatch::new(self.work_tree.clone());
        // Kept until it is there: one that is asked for anew goes to the end of the queue.
        let mut place = None;
        let ending = loop {
            let until = waiting.as_ref().map_or(deadline, |waiting| waiting.since + QUESTION_OPEN);
            tokio::select! {
                report = warden.next() => match report? {
                    Some(Report::Ended(ending)) => break Some(ending),
                    Some(Report::Notice(text)) => transcript.notice(&text)?,
                    Some(Report::Err(line)) => transcript.complaint(&line)?,
                    Some(Report::Out(line)) => {
                        for activity in listener.line(&line) {
                            if let Activity::Asked(question) = &activity && waiting.is_none() {
                                waiting = Some(self.wait_for(question, transcript)?);
                            }
                            transcript.activity(activity)?;
                        }
                    }
                    None => break None,
                },
                _ = ticks.tick() => {
                    transcript.tell()?;
                    if disk.exceeds(limits.disk).await && ended_by.is_none() {
                        let megabytes = limits.disk >> 20;
                        ended_by = Some(Outcome::Failed(format!("the agent's files took more than {megabytes} MB on disk")));
                        warden.stop();
                    }
                }
                Some(control) = controls.recv() => match control {
                    Control::Abort => {
                        ended_by.get_or_insert(Outcome::Cancelled);
                        warden.stop();
                    }
                    Control::Answer(answer, reply) => {
                        let outcome = accept(&mut waiting, answer);
                        if outcome == AnswerOutcome::Accepted {
                            place = Some(Box::pin(Arc::clone(&self.cloud.tasks.slots).acquire_owned()));
                        }
                        let _ = reply.send(outcome);
                    }
                },
                slot = given(&mut place), if place.is_some() => {
                    place = None;
                    self.slot = slot.ok();
                    if let Some(done) = waiting.take() {
                        deadline += done.since.elapsed();
                        self.hand_over_answer(done, listener.as_ref(), transcript, &mut warden).await?;
                    }
                }
                () = sleep_until(until), if ended_by.is_none() => {
                    let minutes = limits.time.as_secs().div_ceil(60);
                    ended_by = Some(Outcome::TimedOut(match waiting {
                        Some(_) => "the question was not answered within a week".to_owned(),
                        None => format!("The agent was stopped because it took longer than {minutes} min"),
                    }));
                    warden.stop();
                }
                () = stop.wait(), if ended_by.is_none() => {
                    ended_by = Some(Outcome::Interrupted);
                    warden.stop();
                }
            }
        };
        let complaint = warden.finish().await?;
        let outcome = ended_by.unwrap_or_else(|| self.judge(ending, &complaint, transcript));
        transcript.finish(outcome == Outcome::Completed)?;
        Ok(outcome)
    }

    fn setup(&self, brief: &str) -> Result<Setup, RunError> {
        let tasks = &self.cloud.tasks;
        let opening = tasks.agent.opening(brief);
        let mut environment: HashMap<String, String> = HashMap::new();
        let path = std::env::var_os("PATH").unwrap_or_default();
        environment.insert("PATH".to_owned(), search_path(tasks.agent.command_line(), &path));
        environment.insert("LANG".to_owned(), "C.UTF-8".to_owned());
        for name in &tasks.agent_environment {
            if let Ok(value) = std::env::var(name) {
                environment.insert(name.clone(), value);
            }
        }
        environment.extend(self.environment.iter().cloned());
        environment.insert("HOME".to_owned(), self.work_tree.home().to_string_lossy().into_owned());
        environment.insert("TMPDIR".to_owned(), self.work_tree.temporary().to_string_lossy().into_owned());
        Ok(Setup {
            program: tasks.agent.program()?,
            directory: self.work_tree.tree(),
            environment: environment.into_iter().collect(),
            sandbox: Sandbox {
                writable: vec![self.work_tree.tree(), self.work_tree.home(), self.work_tree.temporary()],
                hidden: self.cloud.data.clone(),
                forbidden_port: self.cloud.port,
                own_mounts: tasks.own_mounts,
            },
            input: opening.input,
            keep_open: opening.keep_open,
            output_limit: tasks.limits.output,
            process_limit: tasks.limits.processes,
            file_limit: tasks.limits.disk,
        })
    }

    fn wait_for(&mut self, question: &Question, transcript: &Transcript<'_>) -> Result<Waiting, RunError> {
        self.cloud.store.move_session(self.session, State::WaitingForUser, None)?;
        self.slot = None;
        let id = transcript.question_id(question);
        Ok(Waiting { question: question.clone(), id, since: Instant::now(), answer: None })
    }

    async fn hand_over_answer(
        &self,
        done: Waiting,
        listener: &dyn Listener,
        transcript: &Transcript<'_>,
        warden: &mut Warden,
    ) -> Result<(), RunError> {
        let Some(answer) = done.answer else { return Ok(()) };
        transcript.event(
            "user_input.completed",
            &serde_json::json!({ "requestId": done.id, "answer": answer.text, "wasFreeform": answer.freeform }),
        )?;
        self.cloud.store.move_session(self.session, State::InProgress, None)?;
        warden.order(&Order::Input(listener.answer(&answer))).await;
        Ok(())
    }

    fn judge(&self, ending: Option<Ending>, complaint: &str, transcript: &Transcript<'_>) -> Outcome {
        let limits = &self.cloud.tasks.limits;
        let last = transcript.last_complaint().map(|line| format!(": {line}")).unwrap_or_default();
        Outcome::Failed(match ending {
            Some(Ending::Exit(0)) => return Outcome::Completed,
            Some(Ending::Exit(code)) => format!("The agent ended with exit code {code}{last}"),
            Some(Ending::Signal(signal)) => format!("The agent was ended by signal {signal}{last}"),
            Some(Ending::TooMuchOutput) => {
                format!("The agent was stopped because it printed more than {} MB", limits.output >> 20)
            }
            Some(Ending::TooManyProcesses) => {
                format!("The agent was stopped because it had more than {} processes", limits.processes)
            }
            Some(Ending::Stopped) | None if complaint.is_empty() => "The agent's process was lost".to_owned(),
            Some(Ending::Stopped) | None => complaint.to_owned(),
        })
    }
}

/// What the future brings that was asked for, and nothing ever when none was.
async fn given<F: Future + Unpin>(asked: &mut Option<F>) -> F::Output {
    match asked {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

fn accept(waiting: &mut Option<Waiting>, given: Answer) -> AnswerOutcome {
    let Some(waiting) = waiting.as_mut().filter(|waiting| waiting.id == given.request && waiting.answer.is_none())
    else {
        return AnswerOutcome::NoSuchQuestion;
    };
    let is_choice = waiting.question.choices.contains(&given.text);
    if !is_choice && !waiting.question.freeform {
        return AnswerOutcome::NotAChoice;
    }
    // The agent knows its question under its own id.
    waiting.answer = Some(Answer { request: waiting.question.id.clone(), ..given });
    AnswerOutcome::Accepted
}

/// The warden's process, seen from the cloud.
pub(super) struct Warden {
    child: Child,
    orders: Option<ChildStdin>,
    reports: Lines<BufReader<ChildStdout>>,
}

impl Warden {
    pub(super) async fn start(setup: &Setup) -> io::Result<Self> {
        let mut command = Command::new(agent::own_binary()?);
        command.arg("warden").env_clear().current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let lost = || io::Error::other("the agent's process has no pipes");
        let mut orders = child.stdin.take().ok_or_else(lost)?;
        let reports = BufReader::new(child.stdout.take().ok_or_else(lost)?).lines();
        orders.write_all(format!("{}\n", serde_json::to_string(setup)?).as_bytes()).await?;
        Ok(Self { child, orders: Some(orders), reports })
    }

    /// The next report; `None` when there will be no more.
    pub(super) async fn next(&mut self) -> io::Result<Option<Report>> {
        let Some(line) = self.reports.next_line().await? else { return Ok(None) };
        Ok(Some(serde_json::from_str(&line)?))
    }

    async fn order(&mut self, order: &Order) {
        if let (Some(orders), Ok(line)) = (&mut self.orders, serde_json::to_string(order)) {
            // A warden that is gone says so by the end of its reports.
            let _ = orders.write_all(format!("{line}\n").as_bytes()).await;
        }
    }

    /// Has the run ended: the warden ends everything when its stdin ends.
    fn stop(&mut self) {
        self.orders = None;
    }

    /// Waits until nothing of the run is left; what the warden itself complained about.
    pub(super) async fn finish(mut self) -> io::Result<String> {
        self.orders = None;
        let mut complaint = String::new();
        let stderr = self.child.stderr.take();
        let gone = async {
            if let Some(stderr) = stderr {
                let _ = stderr.take(8 << 10).read_to_string(&mut complaint).await;
            }
            self.child.wait().await
        };
        if timeout(CLEAN_UP, gone).await.is_err()
            && let Some(pid) = self.child.id()
        {
            let ended = move || processes::end_descendants(pid, CLEAN_UP, || {});
            tokio::task::spawn_blocking(ended).await.map_err(io::Error::other)?;
            self.child.kill().await?;
        }
        Ok(complaint.trim().to_owned())
    }
}

/// Looks at the size of a task's files, never more than a tenth of the time.
struct DiskWatch {
    work_tree: WorkTree,
    next: Instant,
}

impl DiskWatch {
    fn new(work_tree: WorkTree) -> Self {
        Self { work_tree, next: Instant::now() }
    }

    async fn exceeds(&mut self, limit: u64) -> bool {
        if Instant::now() < self.next {
            return false;
        }
        let began = Instant::now();
        let work_tree = self.work_tree.clone();
        let used = tokio::task::spawn_blocking(move || work_tree.disk_use()).await.unwrap_or(0);
        self.next = Instant::now() + began.elapsed() * 10;
        used > limit
    }
}
