//! Whatever happens in whatever order: nothing is started twice, nothing is lost, no session has two rows, no id changes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use cloud_agents::error::{Error, ErrorCode};
use cloud_agents::hub::{RefreshOptions, SessionFilter};
use cloud_agents::provider::Push;
use cloud_agents::session::{Session, Status};
use futures::future::RemoteHandle;
use proptest::prelude::*;

use crate::desk::{Desk, Tab, in_outbox, request, seconds};
use crate::pushes;
use crate::support::{Fault, Op};

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    Start(Fate, Option<Fate>),
    Refresh { force: bool },
    GiveUp,
    Reload,
    Online(bool),
    Reachable(bool),
    ListLag(u64),
    Slow(u64),
    Pass(u64),
    Elsewhere,
    Progress(Status),
    DiskFails(usize),
}

/// What becomes of a start on its way.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Well,
    LostAfterEffect,
    LostWithoutEffect,
    FailedAfterEffect,
    Failed,
    Refused,
    Expired,
}

impl Fate {
    fn fault(self) -> Fault {
        match self {
            Fate::Well => Fault::slow(seconds(0)),
            Fate::LostAfterEffect => Fault::lost_after_effect(),
            Fate::LostWithoutEffect => Fault::lost_without_effect(),
            Fate::FailedAfterEffect => Fault::failed_after_effect(),
            Fate::Failed => Fault::refused(ErrorCode::Provider),
            Fate::Refused => Fault::refused(ErrorCode::Invalid),
            Fate::Expired => Fault::refused(ErrorCode::Unauthorized),
        }
    }
}

fn branch_of(prompt: &str) -> String {
    format!("for/{prompt}")
}

fn step(disk_fails: bool) -> impl Strategy<Value = Step> {
    let fate = prop_oneof![
        Just(Fate::Well),
        Just(Fate::LostAfterEffect),
        Just(Fate::LostWithoutEffect),
        Just(Fate::FailedAfterEffect),
        Just(Fate::Failed),
        Just(Fate::Refused),
        Just(Fate::Expired),
    ];
    let push = prop::option::of(fate.clone());
    let status = prop_oneof![Just(Status::InProgress), Just(Status::NeedsInput), Just(Status::Completed)];
    prop_oneof![
        6 => (fate, push).prop_map(|(fate, push)| Step::Start(fate, push)),
        5 => any::<bool>().prop_map(|force| Step::Refresh { force }),
        1 => Just(Step::GiveUp),
        2 => Just(Step::Reload),
        2 => any::<bool>().prop_map(Step::Online),
        1 => any::<bool>().prop_map(Step::Reachable),
        1 => (0_u64..60).prop_map(Step::ListLag),
        2 => (0_u64..20).prop_map(Step::Slow),
        6 => (0_u64..40).prop_map(Step::Pass),
        2 => status.prop_map(Step::Progress),
        1 => Just(Step::Elsewhere),
        1 => (1_usize..4).prop_map(move |times| if disk_fails { Step::DiskFails(times) } else { Step::Elsewhere }),
    ]
}

/// A start that the person made, and what they were told.
#[derive(Clone, Debug, Default)]
struct Started {
    told: Option<Result<Rc<Session>, Error>>,
    given_up: bool,
}

type Book = Rc<RefCell<BTreeMap<String, Started>>>;

struct Simulation {
    desk: Desk,
    tab: Tab,
    book: Book,
    working: Vec<RemoteHandle<()>>,
    /// Our id of each session in the cloud, once a tab showed it.
    ids: BTreeMap<String, String>,
    slow: u64,
    disk_failed: bool,
}

impl Simulation {
    fn new() -> Self {
        let desk = Desk::new();
        desk.cloud.conditional.set(true);
        desk.cloud.set_first_page(2);
        desk.cloud.bare_lists.set(true);
        let tab = desk.tab();
        Self { desk, tab, book: Rc::default(), working: Vec::new(), ids: BTreeMap::new(), slow: 0, disk_failed: false }
    }

    fn all_rows(&self) -> Vec<Session> {
        let list = |archived| {
            let filter = SessionFilter { archived, ..SessionFilter::default() };
            self.tab.hub.sessions(&filter).rows(0, usize::MAX).iter().map(|row| Session::clone(row)).collect::<Vec<_>>()
        };
        [list(false), list(true)].concat()
    }

    fn take(&mut self, step: &Step) {
        let cloud = self.desk.cloud.clone();
        match step {
            Step::Start(fate, push) => self.start(*fate, *push),
            Step::Refresh { force } => {
                let (hub, force) = (self.tab.hub.clone(), *force);
                let refreshing = async move {
                    hub.refresh(&RefreshOptions { provider: None, force }).await;
                };
                self.working.push(self.desk.world.spawn(refreshing));
            }
            Step::GiveUp => self.give_up(),
            Step::Reload => {
                self.working.clear();
                self.desk.world.settle();
                self.tab = self.desk.tab();
            }
            Step::Online(online) => self.tab.host.online.set(*online),
            Step::Reachable(reachable) => cloud.set_reachable(*reachable),
            Step::ListLag(lag) => cloud.set_list_lag(seconds(*lag)),
            Step::Slow(slow) => {
                self.slow = *slow;
                for op in [Op::List, Op::HasStart] {
                    cloud.always(op, Some(Fault::slow(seconds(*slow))));
                }
            }
            Step::Pass(time) => self.desk.world.pass(seconds(*time)),
            Step::Elsewhere => {
                cloud.add("started elsewhere");
            }
            Step::Progress(status) => {
                if let Some(remote) = cloud.remotes().last() {
                    cloud.set_status(remote, *status);
                }
            }
            Step::DiskFails(times) => {
                self.disk_failed = true;
                self.desk.disk.next_commits(&vec![false; *times]);
            }
        }
    }

    fn start(&mut self, fate: Fate, push: Option<Fate>) {
        self.desk.cloud.next(Op::Start, fate.fault().taking(seconds(self.slow)));
        let prompt = format!("job {}", self.book.borrow().len());
        let mut request = request(&prompt);
        if let Some(push) = push {
            self.desk.cloud.next(Op::Push, push.fault().taking(seconds(self.slow)));
            request.push = Some(Rc::new(Push { branch: branch_of(&prompt), ..pushes::push() }));
        }
        self.book.borrow_mut().insert(prompt.clone(), Started::default());
        let (hub, book) = (self.tab.hub.clone(), self.book.clone());
        self.working.push(self.desk.world.spawn(async move {
            let told = hub.start(request).await;
            book.borrow_mut().get_mut(&prompt).unwrap().told = Some(told);
        }));
    }

    fn give_up(&mut self) {
        let Some(row) = self.all_rows().into_iter().find(in_outbox) else { return };
        // A tab may die between showing that a start was confirmed and keeping it. What the next tab then gives up is, should
        // it turn up again, a session like any other.
        self.ids.retain(|_, id| *id != row.id);
        let hub = self.tab.hub.clone();
        let given_up = self.desk.world.run(async move { hub.cancel(&row.id).await.map(|()| row.facts.title) });
        if let Ok(prompt) = given_up {
            self.book.borrow_mut().get_mut(&prompt).unwrap().given_up = true;
        }
    }

    /// What holds at every moment.
    fn check(&mut self) {
        let rows = self.all_rows();
        let mut by_url = BTreeMap::new();
        for row in rows {
            let Some(url) = row.facts.url.clone() else { continue };
            let other = by_url.insert(url.clone(), row.id.clone());
            assert_eq!(other, None, "two rows for {url}");
            if !self.disk_failed {
                let known = self.ids.entry(url.clone()).or_insert_with(|| row.id.clone());
                assert_eq!(*known, row.id, "the id of {url} changed");
            }
        }
        for prompt in self.book.borrow().keys() {
            assert!(self.in_cloud(prompt) <= 1, "{prompt} was started twice");
        }
        for request in self.desk.cloud.starts.borrow().iter().filter(|request| request.base_ref.is_some()) {
            assert_eq!(request.base_ref, Some(branch_of(&request.prompt)));
        }
        for remote in self.desk.cloud.remotes() {
            let branch = self.desk.cloud.look(&remote, |record| record.facts.base_ref.clone());
            let is_there = |branch: &String| branch == "main" || self.desk.cloud.branches.borrow().contains_key(branch);
            assert!(branch.as_ref().is_none_or(is_there), "{remote} lost its branch {branch:?}");
        }
    }

    fn in_cloud(&self, prompt: &str) -> usize {
        let cloud = &self.desk.cloud;
        cloud.remotes().iter().filter(|remote| cloud.look(remote, |record| record.facts.title == prompt)).count()
    }

    /// Everything works again, and there is time.
    fn heal(&mut self) {
        let cloud = &self.desk.cloud;
        cloud.set_reachable(true);
        cloud.forget_faults();
        self.desk.disk.mend();
        self.tab.host.online.set(true);
        for work in std::mem::take(&mut self.working) {
            self.desk.world.run(work);
        }
        self.desk.world.pass(seconds(200));
        for _ in 0..3 {
            let report = self.desk.refresh(&self.tab);
            assert_eq!(report.errors.len(), 0, "{report:?}");
        }
    }

    /// What holds in the end: every start is one session, or was refused, or is still in the outbox.
    fn check_end(&self) {
        let rows = self.all_rows();
        assert_eq!(rows.iter().filter(|row| !in_outbox(row)).count(), self.desk.cloud.len());
        for (prompt, started) in self.book.borrow().iter() {
            let rows: Vec<_> = rows.iter().filter(|row| row.facts.title == *prompt).collect();
            let outbox = rows.iter().filter(|row| in_outbox(row)).count();
            let in_cloud = self.in_cloud(prompt);
            assert_eq!(rows.len() - outbox, in_cloud, "{prompt} {started:?} {rows:?}");
            match &started.told {
                Some(Err(error)) if !error.may_have_happened() => assert_eq!(rows.len(), 0, "{prompt} was refused"),
                Some(Ok(_)) if !started.given_up => assert_eq!(rows.len(), 1, "{prompt} was lost"),
                Some(_) | None => assert!(rows.len() <= 1, "{prompt}"),
            }
            let has_branch = self.desk.cloud.branches.borrow().contains_key(&branch_of(prompt));
            let was_refused =
                started.told.as_ref().is_some_and(|told| told.as_ref().is_err_and(|error| !error.may_have_happened()));
            assert!(!(has_branch && was_refused && in_cloud == 0), "the branch of {prompt} was left behind");
        }
    }
}

/// Takes the steps, then lets everything work again, and looks once more after a reload.
fn simulate(steps: &[Step]) {
    let mut simulation = Simulation::new();
    for step in steps {
        simulation.take(step);
        simulation.check();
    }
    simulation.heal();
    simulation.check();
    if !simulation.disk_failed {
        simulation.check_end();
    }
    let tab = simulation.desk.tab();
    simulation.tab = tab;
    simulation.desk.refresh(&simulation.tab);
    simulation.check();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_start_ends_once_whatever_happens(steps in prop::collection::vec(step(false), 1..60)) {
        simulate(&steps);
    }

    #[test]
    fn nothing_is_started_twice_when_the_disk_fails_too(steps in prop::collection::vec(step(true), 1..60)) {
        simulate(&steps);
    }
}

#[test]
fn thousands_of_sessions_are_started_finished_and_listed() {
    let desk = Desk::new();
    let tab = desk.tab();
    for number in 0..3000 {
        desk.start(&tab, &format!("job {number}"));
    }
    for remote in desk.cloud.remotes() {
        desk.cloud.set_status(&remote, Status::Completed);
    }
    assert_eq!(desk.refresh(&tab).changed, 3000);
    assert_eq!(desk.tab().rows().len(), 3000);
    assert_eq!(desk.cloud.count(Op::Start), 3000);
}

#[test]
fn a_refresh_that_read_the_outbox_before_a_start_was_lost_sends_it_no_more() {
    simulate(&[
        Step::Start(Fate::Well, Some(Fate::LostAfterEffect)),
        Step::Pass(1),
        Step::Start(Fate::Well, None),
        Step::Start(Fate::Well, Some(Fate::LostAfterEffect)),
        Step::Online(false),
        Step::Pass(1),
        Step::Reload,
        Step::Reachable(false),
        Step::Start(Fate::LostAfterEffect, Some(Fate::LostAfterEffect)),
        Step::Start(Fate::FailedAfterEffect, Some(Fate::LostAfterEffect)),
        Step::Slow(4),
        Step::Start(Fate::LostAfterEffect, None),
        Step::Pass(8),
        Step::Start(Fate::Well, Some(Fate::Well)),
        Step::Start(Fate::Well, None),
        Step::Pass(1),
        Step::Reload,
        Step::Start(Fate::Well, None),
        Step::Reachable(false),
        Step::Reachable(false),
        Step::Start(Fate::Well, Some(Fate::Well)),
        Step::Start(Fate::Well, None),
        Step::Refresh { force: false },
        Step::Start(Fate::Well, None),
        Step::Slow(8),
        Step::Pass(9),
        Step::Reachable(false),
        Step::Pass(20),
    ]);
}
