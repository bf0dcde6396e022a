//! Starts that take uncommitted work along on a branch of its own: pushed once, checked afterwards, and gone again when the start
//! does not come to be.

use std::rc::Rc;

use cloud_agents::error::ErrorCode;
use cloud_agents::handoff::{PUSHED_COMMIT, PushedContent, PushedFile};
use cloud_agents::provider::{Push, StartRequest};
use cloud_agents::session::Status;

use crate::desk::{Desk, Tab, in_outbox, request, seconds};
use crate::support::{Fault, Op};

const BRANCH: &str = "cloud-agents/handoff-1";

fn commit() -> String {
    "c".repeat(40)
}

pub fn push() -> Push {
    let file = PushedFile { path: "a.txt".into(), mode: "100644".into(), content: PushedContent::Text("new\n".into()) };
    Push {
        branch: BRANCH.into(),
        base_commit: "b".repeat(40),
        base_tree: "a".repeat(40),
        message: "Uncommitted work".into(),
        files: vec![file],
        secrets: 0,
        secrets_confirmed: false,
        commit: None,
    }
}

fn with(push: Push) -> StartRequest {
    let prompt = format!("Go on from {PUSHED_COMMIT}, that is {PUSHED_COMMIT}.");
    StartRequest { push: Some(Rc::new(push)), base_ref: Some("main".into()), ..request(&prompt) }
}

impl Desk {
    fn start_with_push(&self, tab: &Tab) -> cloud_agents::error::Result<Rc<cloud_agents::session::Session>> {
        self.world.run(tab.hub.start(with(push())))
    }

    fn branches(&self) -> Vec<String> {
        self.cloud.branches.borrow().keys().cloned().collect()
    }
}

#[test]
fn the_branch_is_there_before_the_session_that_starts_from_it_and_is_named_in_its_brief() {
    let desk = Desk::new();
    let tab = desk.tab();
    let session = desk.start_with_push(&tab).unwrap();
    assert_eq!(session.facts.base_ref.as_deref(), Some(BRANCH));
    let starts = desk.cloud.starts.borrow();
    assert_eq!(starts[0].base_ref.as_deref(), Some(BRANCH), "not the branch that was asked for, which lacks the work");
    assert_eq!(starts[0].prompt, format!("Go on from {0}, that is {0}.", commit()));
    assert_eq!(starts[0].push, None);
    assert_eq!((desk.cloud.count(Op::Push), desk.branches()), (1, vec![BRANCH.to_owned()]));
}

#[test]
fn secrets_are_not_pushed_before_the_person_confirms() {
    let desk = Desk::new();
    let tab = desk.tab();
    let error = desk.world.run(tab.hub.start(with(Push { secrets: 2, ..push() }))).unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    assert!(error.hint.contains("confirm"), "{error:?}");
    assert_eq!((desk.cloud.count(Op::Push), tab.rows().len()), (0, 0));
    let confirmed = Push { secrets: 2, secrets_confirmed: true, ..push() };
    assert!(desk.world.run(tab.hub.start(with(confirmed))).is_ok());
}

#[test]
fn a_provider_that_takes_no_branches_says_so_and_nothing_starts() {
    let desk = Desk::new();
    desk.cloud.takes_pushes.set(false);
    let tab = desk.tab();
    let error = desk.start_with_push(&tab).unwrap_err();
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert_eq!((desk.cloud.len(), tab.rows().len(), desk.outbox().len()), (0, 0, 0));
}

#[test]
fn a_refused_start_leaves_no_branch_behind() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::Start, Fault::refused(ErrorCode::Invalid));
    assert_eq!(desk.start_with_push(&tab).unwrap_err().code, ErrorCode::Invalid);
    assert_eq!((desk.branches(), desk.outbox().len(), tab.rows().len()), (vec![], 0, 0));
}

#[test]
fn a_refused_push_starts_nothing() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::Push, Fault::refused(ErrorCode::Forbidden));
    assert_eq!(desk.start_with_push(&tab).unwrap_err().code, ErrorCode::Forbidden);
    assert_eq!((desk.cloud.count(Op::Start), desk.outbox().len(), tab.rows().len()), (0, 0, 0));
}

#[test]
fn a_branch_that_could_not_be_removed_goes_at_the_next_refresh_also_of_another_tab() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::Start, Fault::refused(ErrorCode::Invalid));
    desk.cloud.next(Op::RemoveBranch, Fault::offline());
    desk.start_with_push(&tab).unwrap_err();
    assert_eq!((desk.branches().len(), desk.outbox().len()), (1, 1));
    drop(tab);
    let tab = desk.tab();
    assert_eq!(tab.rows().len(), 0, "it is no session");
    desk.refresh(&tab);
    assert_eq!((desk.branches(), desk.outbox().len()), (vec![], 0));
}

#[test]
fn the_branch_of_a_start_that_failed_is_kept_until_it_is_sure_that_nothing_works_on_it() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.set_list_lag(seconds(30));
    desk.cloud.next(Op::Start, Fault::failed_after_effect());
    assert_eq!(desk.start_with_push(&tab).unwrap_err().code, ErrorCode::Provider);
    assert_eq!(desk.branches(), [BRANCH], "it may have been started all the same");
    desk.world.pass(seconds(300));
    desk.refresh(&tab);
    assert_eq!((tab.the_row().facts.base_ref.as_deref(), desk.branches().len()), (Some(BRANCH), 1));
    assert_eq!(desk.outbox().len(), 0);

    desk.cloud.branches.borrow_mut().clear();
    desk.cloud.next(Op::Start, Fault::refused(ErrorCode::Provider));
    let other = Push { branch: "cloud-agents/handoff-2".into(), ..push() };
    desk.world.run(tab.hub.start(with(other))).unwrap_err();
    desk.refresh(&tab);
    assert_eq!(desk.branches().len(), 1);
    desk.world.pass(seconds(300));
    desk.refresh(&tab);
    assert_eq!((desk.branches(), desk.outbox().len()), (vec![], 0));
}

#[test]
fn a_branch_that_may_not_be_removed_is_not_tried_for_ever() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::Start, Fault::refused(ErrorCode::Invalid));
    desk.cloud.next(Op::RemoveBranch, Fault::refused(ErrorCode::Forbidden));
    desk.start_with_push(&tab).unwrap_err();
    assert_eq!(desk.outbox().len(), 0);
}

#[test]
fn a_push_whose_reply_is_lost_waits_and_is_pushed_once_more_and_started_once() {
    let desk = Desk::new();
    for fault in [Fault::offline(), Fault::lost_after_effect(), Fault::lost_without_effect()] {
        let tab = desk.tab();
        desk.refresh(&tab);
        let before = desk.cloud.len();
        desk.cloud.next(Op::Push, fault);
        let row = desk.start_with_push(&tab).unwrap();
        assert!(in_outbox(&row) && desk.cloud.len() == before, "{row:?}");
        desk.refresh(&tab);
        assert_eq!((desk.cloud.len(), in_outbox(&tab.row(&row.id))), (before + 1, false));
        desk.cloud.branches.borrow_mut().clear();
    }
}

#[test]
fn a_tab_that_dies_between_the_push_and_the_start_has_started_nothing() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.refresh(&tab);
    desk.cloud.next(Op::Push, Fault::slow(seconds(20)));
    let hub = tab.hub.clone();
    let starting = desk.world.spawn(async move { hub.start(with(push())).await });
    desk.world.pass(seconds(15));
    assert_eq!(desk.branches(), [BRANCH]);
    let id = tab.the_row().id;
    drop((starting, tab));
    let tab = desk.tab();
    desk.refresh(&tab);
    assert_eq!((desk.cloud.len(), tab.the_row().id), (1, id));
    assert_eq!(desk.cloud.starts.borrow()[0].base_ref.as_deref(), Some(BRANCH));
}

#[test]
fn two_tabs_push_one_branch_and_start_one_session() {
    let desk = Desk::new();
    let (first, second) = (desk.tab(), desk.tab());
    desk.refresh(&first);
    desk.cloud.next(Op::Push, Fault::offline());
    let row = desk.start_with_push(&first).unwrap();
    drop(second);
    let second = desk.tab();
    let (one, other) = (first.hub.clone(), second.hub.clone());
    let one = desk.world.spawn(async move { one.refresh(&Default::default()).await });
    let other = desk.world.spawn(async move { other.refresh(&Default::default()).await });
    desk.world.run(async move { (one.await, other.await) });
    assert_eq!((desk.cloud.len(), desk.branches().len()), (1, 1));
    assert_eq!(first.the_row().id, row.id);
    assert_eq!(second.the_row().id, row.id);
}

#[test]
fn giving_up_a_start_that_waits_takes_its_branch_back() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.refresh(&tab);
    desk.cloud.next(Op::Push, Fault::lost_after_effect());
    let row = desk.start_with_push(&tab).unwrap();
    assert_eq!(desk.branches().len(), 1);
    desk.world.run(tab.hub.cancel(&row.id)).unwrap();
    assert_eq!((desk.branches(), desk.outbox().len(), tab.rows().len()), (vec![], 0, 0));
}

#[test]
fn giving_up_a_start_that_may_have_happened_leaves_it_its_branch() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.set_list_lag(seconds(600));
    desk.cloud.next(Op::Start, Fault::lost_after_effect());
    let row = desk.start_with_push(&tab).unwrap();
    desk.world.run(tab.hub.cancel(&row.id)).unwrap();
    assert_eq!(desk.branches(), [BRANCH]);
}

#[test]
fn a_start_that_waited_and_was_refused_then_leaves_no_branch_behind() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.refresh(&tab);
    desk.cloud.next(Op::Push, Fault::lost_after_effect());
    desk.start_with_push(&tab).unwrap();
    desk.cloud.next(Op::Start, Fault::refused(ErrorCode::Invalid));
    desk.refresh(&tab);
    assert_eq!(tab.the_row().facts.status, Status::Failed, "its words stay");
    desk.refresh(&tab);
    assert_eq!(desk.branches(), Vec::<String>::new());
}

#[test]
fn an_agent_that_works_without_what_was_pushed_is_told_of_whatever_happens() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::Start, Fault::lost_after_effect());
    let id = desk.start_with_push(&tab).unwrap().id.clone();
    desk.refresh(&tab);
    assert_eq!((desk.cloud.count(Op::Holds), tab.row(&id).warning), (0, None), "it has no branch yet");
    drop(tab);
    let tab = desk.tab();
    desk.cloud.change(&desk.cloud.only(), |record| record.facts.head_ref = Some("copilot/fix-1".into()));
    desk.cloud.next(Op::Holds, Fault::offline());
    desk.refresh(&tab);
    assert_eq!(tab.row(&id).warning, None, "nobody could tell");
    desk.refresh(&tab);
    let warning = tab.row(&id).warning.unwrap();
    assert!(warning.contains("copilot/fix-1") && warning.contains(BRANCH), "{warning}");
    assert!(!tab.row(&id).read);
    desk.cloud.set_status(&desk.cloud.only(), Status::Completed);
    desk.refresh(&tab);
    drop(tab);
    let tab = desk.tab();
    desk.refresh(&tab);
    assert_eq!(tab.row(&id).warning, Some(warning));
    assert_eq!((desk.cloud.count(Op::Holds), desk.outbox().len()), (2, 0), "it is told once");
}

#[test]
fn an_agent_that_works_on_what_was_pushed_is_no_news() {
    let desk = Desk::new();
    let tab = desk.tab();
    let id = desk.start_with_push(&tab).unwrap().id.clone();
    desk.cloud.standing.borrow_mut().push(("copilot/fix-1".into(), commit()));
    desk.cloud.change(&desk.cloud.only(), |record| record.facts.head_ref = Some("copilot/fix-1".into()));
    desk.refresh(&tab);
    desk.refresh(&tab);
    assert_eq!((tab.row(&id).warning, desk.cloud.count(Op::Holds), desk.outbox().len()), (None, 1, 0));
    assert_eq!(desk.branches(), [BRANCH], "the session stands on it");
}

#[test]
fn a_session_that_ended_without_a_branch_is_not_asked_about_for_ever() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.start_with_push(&tab).unwrap();
    assert_eq!(desk.outbox().len(), 1);
    desk.cloud.set_status(&desk.cloud.only(), Status::Failed);
    desk.refresh(&tab);
    assert_eq!(desk.outbox().len(), 0);
}
