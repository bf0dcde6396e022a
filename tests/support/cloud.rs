//! A cloud of agents that does what a real one does on a bad day: it loses replies before and after the effect, refuses, is
//! slow, and its lists lag behind what it knows.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use cloud_agents::error::{Error, ErrorCode, Result};
use cloud_agents::provider::{
    Base, Branches, Capabilities, Found, Later, Limit, Limits, ListQuery, Listing, Provider, Push, RepositoryChoice,
    StartOptions, StartRequest, Stream, Unit, Watch,
};
use cloud_agents::session::{
    Answer, Artifact, FileChange, Part, PullRequest, Question, Request, SessionFacts, Status, Timestamp, Turn,
    TurnState,
};
use cloud_agents::wire::Traffic;

use super::clock::Clock;
use super::watch::CloudWatch;

/// What a cloud is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    List,
    Get,
    Look,
    Start,
    HasStart,
    Send,
    HasMessage,
    Answer,
    Cancel,
    Archive,
    CreatePullRequest,
    Push,
    RemoveBranch,
    Holds,
}

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    before: Duration,
    effect: bool,
    after: Duration,
    error: Option<ErrorCode>,
}

impl Fault {
    /// Nothing, but it takes that long: half on the way there, half on the way back.
    pub fn slow(duration: Duration) -> Self {
        Self { before: duration / 2, effect: true, after: duration / 2, error: None }
    }

    /// It happens, and the reply is lost.
    pub fn lost_after_effect() -> Self {
        Self { error: Some(ErrorCode::UnreadableReply), ..Self::slow(Duration::ZERO) }
    }

    /// It does not happen, and nobody can tell.
    pub fn lost_without_effect() -> Self {
        Self { effect: false, ..Self::lost_after_effect() }
    }

    /// It happens, and the server says that it failed.
    pub fn failed_after_effect() -> Self {
        Self { error: Some(ErrorCode::Provider), ..Self::slow(Duration::ZERO) }
    }

    /// It does not happen, for that reason.
    pub fn refused(code: ErrorCode) -> Self {
        Self { effect: false, error: Some(code), ..Self::slow(Duration::ZERO) }
    }

    pub fn offline() -> Self {
        Self::refused(ErrorCode::Network)
    }

    pub fn taking(self, duration: Duration) -> Self {
        Self { before: duration / 2, after: duration / 2, ..self }
    }
}

/// A session as the cloud knows it.
pub struct Record {
    pub facts: SessionFacts,
    pub marker: Option<String>,
    pub messages: Vec<(String, String)>,
    pub answers: Vec<Answer>,
    pub turns: Vec<Turn>,
    pub questions: Vec<Question>,
    /// Lists do not hold it before.
    pub listed_from: Timestamp,
    /// What `get` knows and lists do not.
    pub model: Option<String>,
}

/// The server side, shared by everybody who connects to it.
pub struct Cloud {
    clock: Rc<Clock>,
    records: RefCell<BTreeMap<String, Record>>,
    numbered: Cell<usize>,
    faults: RefCell<HashMap<Op, VecDeque<Fault>>>,
    always: RefCell<HashMap<Op, Fault>>,
    log: RefCell<Vec<Op>>,
    lag: Cell<Duration>,
    version: Cell<u64>,
    page: Cell<usize>,
    /// How far the cloud's wall clock is off, in milliseconds.
    pub skew: Cell<i64>,
    /// Whether lists answer "not modified" when nothing changed.
    pub conditional: Cell<bool>,
    /// Whether every list is all there is.
    pub complete: Cell<bool>,
    /// Whether changes can be pushed.
    pub takes_pushes: Cell<bool>,
    /// The commits at the heads of branches.
    pub branches: RefCell<BTreeMap<String, String>>,
    /// Which branches stand on which commits.
    pub standing: RefCell<Vec<(String, String)>>,
    /// What was asked to be started.
    pub starts: RefCell<Vec<StartRequest>>,
}

impl Cloud {
    pub fn new(clock: Rc<Clock>) -> Rc<Self> {
        Rc::new(Self {
            clock,
            records: RefCell::default(),
            numbered: Cell::new(0),
            faults: RefCell::default(),
            always: RefCell::default(),
            log: RefCell::default(),
            lag: Cell::new(Duration::ZERO),
            version: Cell::new(0),
            page: Cell::new(usize::MAX),
            skew: Cell::new(0),
            conditional: Cell::new(false),
            complete: Cell::new(true),
            takes_pushes: Cell::new(true),
            branches: RefCell::default(),
            standing: RefCell::default(),
            starts: RefCell::default(),
        })
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now().plus(self.skew.get())
    }

    /// The next requests of that sort go wrong like this, one after the other.
    pub fn next(&self, op: Op, fault: Fault) {
        self.faults.borrow_mut().entry(op).or_default().push_back(fault);
    }

    /// All requests of that sort go wrong like this, until told otherwise.
    pub fn always(&self, op: Op, fault: Option<Fault>) {
        match fault {
            Some(fault) => self.always.borrow_mut().insert(op, fault),
            None => self.always.borrow_mut().remove(&op),
        };
    }

    /// From now on nothing goes wrong.
    pub fn forget_faults(&self) {
        self.faults.borrow_mut().clear();
        self.always.borrow_mut().clear();
    }

    /// Nobody reaches the cloud any more, or everybody does.
    pub fn set_reachable(&self, reachable: bool) {
        let reads = [Op::List, Op::Get, Op::Look, Op::HasStart, Op::HasMessage, Op::Holds];
        let writes = [Op::Start, Op::Send, Op::Answer, Op::Cancel, Op::Push, Op::RemoveBranch];
        for op in reads.into_iter().chain(writes) {
            self.always(op, (!reachable).then(Fault::offline));
        }
    }

    pub fn set_list_lag(&self, lag: Duration) {
        self.lag.set(lag);
    }

    /// A list that is read again without having changed holds only this many.
    pub fn set_first_page(&self, page: usize) {
        self.page.set(page);
    }

    pub fn count(&self, op: Op) -> usize {
        self.log.borrow().iter().filter(|done| **done == op).count()
    }

    pub fn len(&self) -> usize {
        self.records.borrow().len()
    }

    pub fn remotes(&self) -> Vec<String> {
        self.records.borrow().keys().cloned().collect()
    }

    pub fn only(&self) -> String {
        let remotes = self.remotes();
        assert_eq!(remotes.len(), 1, "the cloud should hold one session: {remotes:?}");
        remotes[0].clone()
    }

    /// A session that was started elsewhere.
    pub fn add(&self, title: &str) -> String {
        let request = StartRequest {
            provider: String::new(),
            repository: "octo/demo".into(),
            prompt: title.into(),
            title: None,
            base_ref: None,
            head_ref: None,
            agent: None,
            model: None,
            create_pull_request: false,
            push: None,
        };
        self.create(&request, None)
    }

    fn create(&self, request: &StartRequest, marker: Option<&str>) -> String {
        self.numbered.set(self.numbered.get() + 1);
        let remote = format!("t{}", self.numbered.get());
        let now = self.now();
        let facts = SessionFacts {
            title: request.title.clone().unwrap_or_else(|| request.prompt.clone()),
            status: Status::Queued,
            raw_status: "queued".into(),
            repository: Some(request.repository.clone()),
            base_ref: request.base_ref.clone(),
            head_ref: None,
            agent: request.agent.clone(),
            model: None,
            created_at: now,
            updated_at: now,
            url: Some(format!("https://cloud.example/{remote}")),
            artifacts: Vec::new(),
            archived: false,
            usage: None,
            error: None,
        };
        let turn = Turn {
            id: format!("{remote}-1"),
            request: Request { text: request.prompt.clone() },
            parts: Vec::new(),
            state: TurnState::Running,
            started_at: Some(now),
        };
        let record = Record {
            facts,
            marker: marker.map(str::to_owned),
            messages: Vec::new(),
            answers: Vec::new(),
            turns: vec![turn],
            questions: Vec::new(),
            listed_from: self.clock.now().plus(self.lag.get().as_millis() as i64),
            model: request.model.clone().or_else(|| Some("the usual".into())),
        };
        self.records.borrow_mut().insert(remote.clone(), record);
        self.version.set(self.version.get() + 1);
        remote
    }

    /// Something happens to a session.
    pub fn change<T>(&self, remote: &str, change: impl FnOnce(&mut Record) -> T) -> T {
        let mut records = self.records.borrow_mut();
        let record = records.get_mut(remote).unwrap();
        let value = change(record);
        record.facts.updated_at = self.now();
        self.version.set(self.version.get() + 1);
        value
    }

    pub fn look<T>(&self, remote: &str, look: impl FnOnce(&Record) -> T) -> T {
        look(&self.records.borrow()[remote])
    }

    pub fn set_status(&self, remote: &str, status: Status) {
        self.change(remote, |record| {
            record.facts.status = status;
            record.facts.raw_status = status.as_str().into();
            if status.is_settled()
                && let Some(turn) = record.turns.last_mut()
            {
                turn.state = TurnState::Completed;
            }
        });
    }

    /// The agent says something; the same id again is the same words, grown.
    pub fn say(&self, remote: &str, id: &str, text: &str) {
        let part = Part::Text { id: id.into(), text: text.into() };
        self.change(remote, |record| {
            let parts = &mut record.turns.last_mut().unwrap().parts;
            match parts.iter_mut().find(|known| known.id() == id) {
                Some(known) => *known = part,
                None => parts.push(part),
            }
        });
    }

    pub fn ask(&self, remote: &str, id: &str) {
        let question = Question {
            id: id.into(),
            text: "Which one?".into(),
            choices: vec!["a".into(), "b".into()],
            freeform: true,
        };
        self.change(remote, |record| record.questions.push(question));
        self.set_status(remote, Status::NeedsInput);
    }

    pub fn delete(&self, remote: &str) {
        self.records.borrow_mut().remove(remote);
        self.version.set(self.version.get() + 1);
    }

    pub(super) fn record(&self, remote: &str) -> Result<std::cell::Ref<'_, Record>> {
        std::cell::Ref::filter_map(self.records.borrow(), |records| records.get(remote))
            .map_err(|_| Error::new(ErrorCode::NotFound, "The cloud has no such session."))
    }

    /// One request and its reply, with whatever goes wrong.
    pub(super) async fn serve<T>(&self, op: Op, effect: impl FnOnce() -> Result<T>) -> Result<T> {
        self.log.borrow_mut().push(op);
        let next = self.faults.borrow_mut().get_mut(&op).and_then(VecDeque::pop_front);
        let Some(fault) = next.or_else(|| self.always.borrow().get(&op).copied()) else { return effect() };
        self.clock.sleep(fault.before).await;
        let outcome = if fault.effect { Some(effect()) } else { None };
        self.clock.sleep(fault.after).await;
        match (outcome, fault.error) {
            (_, Some(code)) => Err(Error::new(code, format!("The cloud said {code:?}."))),
            (Some(outcome), None) => outcome,
            (None, None) => unreachable!("a fault without an effect has an error"),
        }
    }
}

/// One connection to the cloud.
pub struct CloudProvider {
    cloud: Rc<Cloud>,
    lists_seen: RefCell<HashMap<bool, u64>>,
    requests: Cell<u64>,
}

impl CloudProvider {
    pub fn new(cloud: Rc<Cloud>) -> Rc<Self> {
        Rc::new(Self { cloud, lists_seen: RefCell::default(), requests: Cell::new(0) })
    }

    async fn serve<T>(&self, op: Op, effect: impl FnOnce() -> Result<T>) -> Result<T> {
        self.requests.set(self.requests.get() + 1);
        self.cloud.serve(op, effect).await
    }

    fn write<T>(&self, remote: &str, write: impl FnOnce(&mut Record) -> T) -> Result<T> {
        self.cloud.record(remote).map(drop)?;
        Ok(self.cloud.change(remote, write))
    }
}

impl Provider for CloudProvider {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            follow_up: true,
            steer: true,
            answer: true,
            cancel: true,
            archive: true,
            create_pull_request: true,
            push: false,
            attach_diff: false,
            attach_files: false,
            images: false,
            stream: Stream::Poll,
        }
    }

    fn limits(&self) -> Limits {
        Limits { prompt: Limit { size: 1000, unit: Unit::Characters } }
    }

    fn road(&self) -> Option<String> {
        None
    }

    fn traffic(&self) -> Traffic {
        Traffic { requests: self.requests.get(), ..Traffic::default() }
    }

    fn repositories<'a>(&'a self) -> Later<'a, Vec<RepositoryChoice>> {
        Box::pin(async move { Ok(Vec::new()) })
    }

    fn options<'a>(&'a self, _repository: &'a str) -> Later<'a, StartOptions> {
        Box::pin(async move { Ok(StartOptions::default()) })
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> Later<'a, Listing> {
        Box::pin(async move {
            self.serve(Op::List, || {
                let cloud = &self.cloud;
                let now = cloud.clock.now();
                let records = cloud.records.borrow();
                let shown = |record: &&Record| record.facts.archived == query.archived && record.listed_from <= now;
                let mut found: Vec<Found> = records
                    .iter()
                    .filter(|(_, record)| shown(record))
                    .map(|(remote, record)| Found { remote: remote.clone(), facts: record.facts.clone() })
                    .collect();
                found.sort_by_key(|found| std::cmp::Reverse(found.facts.updated_at));
                // What lags behind becomes visible without anything changing: it counts as a change of the list.
                let late = records.values().filter(|record| record.listed_from > now).count() as u64;
                let version = cloud.version.get() * 1000 + late;
                let seen = self.lists_seen.borrow_mut().insert(query.archived, version);
                let not_modified = cloud.conditional.get() && !query.fresh && seen == Some(version);
                let mut complete = cloud.complete.get();
                if not_modified && found.len() > cloud.page.get() {
                    found.truncate(cloud.page.get());
                    complete = false;
                }
                Ok(Listing { found, not_modified, complete, skipped: 0 })
            })
            .await
        })
    }

    fn get<'a>(&'a self, remote: &'a str, _: Option<&'a str>) -> Later<'a, SessionFacts> {
        Box::pin(async move {
            self.serve(Op::Get, || {
                let record = self.cloud.record(remote)?;
                Ok(SessionFacts { model: record.model.clone(), ..record.facts.clone() })
            })
            .await
        })
    }

    fn watch(&self, remote: &str) -> Box<dyn Watch> {
        Box::new(CloudWatch::new(self.cloud.clone(), remote))
    }

    fn changes<'a>(&'a self, _remote: &'a str) -> Later<'a, Vec<FileChange>> {
        Box::pin(async move { Ok(Vec::new()) })
    }

    fn start<'a>(&'a self, request: &'a StartRequest, marker: &'a str) -> Later<'a, Found> {
        Box::pin(async move {
            self.serve(Op::Start, || {
                self.cloud.starts.borrow_mut().push(request.clone());
                let remote = self.cloud.create(request, Some(marker));
                let facts = self.cloud.look(&remote, |record| record.facts.clone());
                Ok(Found { remote, facts })
            })
            .await
        })
    }

    fn has_start<'a>(&'a self, remote: &'a str, marker: &'a str) -> Later<'a, bool> {
        Box::pin(async move {
            self.serve(Op::HasStart, || Ok(self.cloud.record(remote)?.marker.as_deref() == Some(marker))).await
        })
    }

    fn send<'a>(&'a self, remote: &'a str, message: &'a str, marker: &'a str) -> Later<'a, ()> {
        let message = (marker.to_owned(), message.to_owned());
        Box::pin(self.serve(Op::Send, || self.write(remote, |record| record.messages.push(message))))
    }

    fn has_message<'a>(&'a self, remote: &'a str, marker: &'a str) -> Later<'a, bool> {
        Box::pin(async move {
            self.serve(Op::HasMessage, || {
                Ok(self.cloud.record(remote)?.messages.iter().any(|(known, _)| known == marker))
            })
            .await
        })
    }

    fn answer<'a>(&'a self, remote: &'a str, answer: &'a Answer) -> Later<'a, ()> {
        Box::pin(self.serve(Op::Answer, || {
            self.write(remote, |record| {
                record.answers.push(answer.clone());
                record.questions.retain(|question| question.id != answer.question);
                record.facts.status = Status::InProgress;
            })
        }))
    }

    fn cancel<'a>(&'a self, remote: &'a str) -> Later<'a, ()> {
        Box::pin(self.serve(Op::Cancel, || self.write(remote, |record| record.facts.status = Status::Cancelled)))
    }

    fn set_archived<'a>(&'a self, remote: &'a str, archived: bool) -> Later<'a, ()> {
        Box::pin(self.serve(Op::Archive, move || self.write(remote, |record| record.facts.archived = archived)))
    }

    fn create_pull_request<'a>(&'a self, remote: &'a str) -> Later<'a, ()> {
        Box::pin(async move {
            self.serve(Op::CreatePullRequest, || {
                self.write(remote, |record| {
                    let pull = PullRequest { id: "p1".into(), number: Some(1), ..PullRequest::default() };
                    record.facts.artifacts.push(Artifact::PullRequest(pull));
                })
            })
            .await
        })
    }

    fn branches(&self) -> Option<&dyn Branches> {
        self.cloud.takes_pushes.get().then_some(self)
    }
}

impl Branches for CloudProvider {
    fn base<'a>(&'a self, _: &'a str, from: &'a str, _: &'a [String]) -> Later<'a, Base> {
        Box::pin(async move { Ok(Base { commit: from.to_owned(), tree: "tree".into(), files: Vec::new() }) })
    }

    fn push<'a>(&'a self, _: &'a str, push: &'a Push) -> Later<'a, String> {
        Box::pin(self.serve(Op::Push, || {
            let mut branches = self.cloud.branches.borrow_mut();
            let commit = branches.entry(push.branch.clone()).or_insert_with(|| "c".repeat(40)).clone();
            Ok(commit)
        }))
    }

    fn remove<'a>(&'a self, _: &'a str, branch: &'a str) -> Later<'a, ()> {
        Box::pin(self.serve(Op::RemoveBranch, || {
            self.cloud.branches.borrow_mut().remove(branch);
            Ok(())
        }))
    }

    fn holds<'a>(&'a self, _: &'a str, branch: &'a str, commit: &'a str) -> Later<'a, Option<bool>> {
        Box::pin(self.serve(Op::Holds, || {
            let pair = (branch.to_owned(), commit.to_owned());
            Ok(Some(self.cloud.standing.borrow().contains(&pair)))
        }))
    }
}
