//! The list: merged from several connections, honest about what is old, and the same after a reload.

use std::rc::Rc;

use cloud_agents::error::ErrorCode;
use cloud_agents::hub::{Attention, ChangeKind, Group, RefreshOptions, SessionFilter, Sort};
use cloud_agents::session::Status;

use crate::desk::{Desk, Tab, in_outbox, request, seconds};
use crate::support::{Cloud, Fault, Op};

const LAG: u64 = 120;

fn filtered(tab: &Tab, filter: &SessionFilter) -> Vec<String> {
    tab.hub.sessions(filter).rows(0, usize::MAX).iter().map(|row| row.facts.title.clone()).collect()
}

#[test]
fn a_connection_that_fails_marks_its_rows_and_leaves_the_others_alone() {
    let desk = Desk::new();
    let tab = desk.tab();
    let home = Cloud::new(desk.world.clock.clone());
    tab.connect("home", &home);
    desk.cloud.add("at work");
    home.add("at home");
    desk.refresh(&tab);
    desk.cloud.set_reachable(false);
    home.add("at home too");
    let report = desk.refresh(&tab);
    assert_eq!(report.errors.keys().collect::<Vec<_>>(), ["work"]);
    assert_eq!(report.errors["work"].code, ErrorCode::Network);
    assert_eq!(tab.rows().len(), 3);
    for row in tab.rows() {
        assert_eq!(row.stale.is_some(), row.provider == "work");
    }
    desk.cloud.set_reachable(true);
    assert_eq!(desk.refresh(&tab).errors.len(), 0);
    assert!(tab.rows().iter().all(|row| row.stale.is_none()));
}

#[test]
fn a_session_is_gone_only_when_complete_lists_lack_it_for_longer_than_they_lag() {
    let desk = Desk::new();
    let tab = desk.tab();
    let gone = desk.cloud.add("gone soon");
    desk.cloud.add("stays");
    desk.refresh(&tab);
    desk.cloud.delete(&gone);
    desk.world.pass(seconds(LAG - 1));
    desk.refresh(&tab);
    assert_eq!(tab.rows().len(), 2, "the list may lag");
    desk.cloud.complete.set(false);
    desk.world.pass(seconds(LAG));
    desk.refresh(&tab);
    assert_eq!(tab.rows().len(), 2, "it may stand on a page that was left out");
    desk.cloud.complete.set(true);
    desk.refresh(&tab);
    assert_eq!(filtered(&tab, &SessionFilter::default()), ["stays"]);
    assert_eq!(desk.disk.table("sessions").len(), 1);
}

#[test]
fn a_deletion_is_seen_also_when_the_list_does_not_change_any_more() {
    for first_page in [usize::MAX, 1] {
        let desk = Desk::new();
        let tab = desk.tab();
        desk.cloud.conditional.set(true);
        desk.cloud.set_first_page(first_page);
        let gone = desk.cloud.add("gone soon");
        desk.cloud.add("one");
        desk.cloud.add("two");
        desk.refresh(&tab);
        desk.cloud.delete(&gone);
        desk.refresh(&tab);
        assert_eq!(tab.rows().len(), 3);
        desk.world.pass(seconds(LAG + 1));
        desk.refresh(&tab);
        desk.refresh(&tab);
        assert_eq!(tab.rows().len(), 2);
    }
}

#[test]
fn a_clock_that_was_ahead_does_not_keep_what_is_gone() {
    let desk = Desk::new();
    let tab = desk.tab();
    tab.host.skew.set(86_400_000);
    let gone = desk.cloud.add("gone soon");
    desk.refresh(&tab);
    tab.host.skew.set(0);
    desk.cloud.delete(&gone);
    desk.refresh(&tab);
    desk.world.pass(seconds(LAG + 1));
    desk.refresh(&tab);
    assert_eq!(tab.rows(), []);
}

#[test]
fn clocks_that_disagree_neither_hide_nor_double_a_session() {
    for (ours, theirs) in [(-7_200_000, 0), (7_200_000, 0), (0, -7_200_000), (0, 7_200_000)] {
        let desk = Desk::new();
        let tab = desk.tab();
        tab.host.skew.set(ours);
        desk.cloud.skew.set(theirs);
        desk.cloud.next(Op::Start, Fault::lost_after_effect());
        let session = desk.start(&tab, "Tidy up");
        assert!(!in_outbox(&session));
        desk.cloud.set_status(&desk.cloud.only(), Status::Completed);
        desk.refresh(&tab);
        assert_eq!((tab.the_row().id, tab.the_row().facts.status), (session.id, Status::Completed));
    }
}

#[test]
fn a_session_that_comes_back_has_the_id_it_had() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.set_list_lag(seconds(10 * LAG));
    let session = desk.start(&tab, "Tidy up");
    desk.world.pass(seconds(2 * LAG));
    desk.refresh(&tab);
    assert_eq!(tab.rows(), [], "this list lags longer than any should");
    desk.world.pass(seconds(10 * LAG));
    desk.refresh(&tab);
    assert_eq!(tab.the_row().id, session.id);
}

#[test]
fn what_a_look_told_stays_when_the_list_does_not_tell_it() {
    let desk = Desk::new();
    let tab = desk.tab();
    let id = desk.start(&tab, "Tidy up").id;
    desk.world.run(tab.hub.set_archived(&id, false)).unwrap();
    assert_eq!(tab.row(&id).facts.model.as_deref(), Some("the usual"));
    desk.cloud.set_status(&desk.cloud.only(), Status::InProgress);
    desk.refresh(&tab);
    let row = tab.row(&id);
    assert_eq!((row.facts.status, row.facts.model.as_deref()), (Status::InProgress, Some("the usual")));
}

#[test]
fn older_word_does_not_undo_newer() {
    let desk = Desk::new();
    let tab = desk.tab();
    let id = desk.start(&tab, "Tidy up").id;
    // The list was written before the stop, and arrives after it.
    desk.cloud.next(Op::List, Fault::slow(seconds(8)));
    let hub = tab.hub.clone();
    let refreshing = desk.world.spawn(async move { hub.refresh(&RefreshOptions::default()).await });
    desk.world.pass(seconds(6));
    desk.world.run(tab.hub.cancel(&id)).unwrap();
    desk.world.run(refreshing);
    assert_eq!(tab.row(&id).facts.status, Status::Cancelled);
}

#[test]
fn what_wants_the_person_is_told_once_and_is_unread_until_they_look() {
    let desk = Desk::new();
    let tab = desk.tab();
    let id = desk.start(&tab, "Tidy up").id;
    let remote = desk.cloud.only();
    let cases = [
        (Status::InProgress, None),
        (Status::NeedsInput, Some(Attention::NeedsInput)),
        (Status::InProgress, None),
        (Status::Failed, Some(Attention::Failed)),
        (Status::InProgress, None),
        (Status::Idle, Some(Attention::Finished)),
        (Status::Completed, Some(Attention::Finished)),
        (Status::TimedOut, Some(Attention::Failed)),
        (Status::Cancelled, None),
    ];
    for (status, attention) in cases {
        desk.world.pass(seconds(1));
        tab.heard.borrow_mut().clear();
        desk.cloud.set_status(&remote, status);
        desk.refresh(&tab);
        desk.refresh(&tab);
        let heard: Vec<_> = tab.heard.borrow().iter().map(|change| change.attention).collect();
        assert_eq!(heard, [attention], "{status:?}");
        assert_eq!(tab.row(&id).read, attention.is_none());
        desk.world.run(tab.hub.mark_read(&id)).unwrap();
        assert!(tab.row(&id).read);
    }
    let next = desk.tab();
    assert!(next.row(&id).read, "what was read stays read");
}

#[test]
fn what_was_there_before_is_no_news_but_a_question_is() {
    let desk = Desk::new();
    let tab = desk.tab();
    let done = desk.cloud.add("done");
    desk.cloud.set_status(&done, Status::Completed);
    let asks = desk.cloud.add("asks");
    desk.cloud.ask(&asks, "q");
    desk.refresh(&tab);
    let needing = SessionFilter { needs_me: true, ..SessionFilter::default() };
    assert_eq!(filtered(&tab, &needing), ["asks"]);
}

/// Three repositories' sessions, one a minute: a failed one, a running one, a finished one and a waiting one.
fn several() -> (Desk, Tab) {
    let desk = Desk::new();
    let tab = desk.tab();
    let sessions = [
        ("alpha fix", "octo/one", Status::Failed),
        ("beta docs", "octo/two", Status::InProgress),
        ("gamma tests", "octo/one", Status::Completed),
        ("delta fix", "octo/three", Status::NeedsInput),
    ];
    for (title, repository, status) in sessions {
        let remote = desk.cloud.add(title);
        desk.cloud.change(&remote, |record| record.facts.repository = Some(repository.into()));
        desk.cloud.set_status(&remote, status);
        desk.world.pass(seconds(60));
    }
    desk.refresh(&tab);
    (desk, tab)
}

#[test]
fn the_list_is_filtered_sorted_and_grouped() {
    let (desk, tab) = several();
    let all = SessionFilter::default();
    assert_eq!(filtered(&tab, &all), ["delta fix", "gamma tests", "beta docs", "alpha fix"]);
    let text = |text: &str| SessionFilter { text: Some(text.into()), ..SessionFilter::default() };
    assert_eq!(filtered(&tab, &text("FIX")), ["delta fix", "alpha fix"]);
    assert_eq!(filtered(&tab, &text("one fix")), ["alpha fix"]);
    assert_eq!(filtered(&tab, &text("needs input")), ["delta fix"]);
    assert_eq!(filtered(&tab, &text("nothing like it")), [""; 0]);
    let status = SessionFilter { status: Some(vec![Status::Failed, Status::Completed]), ..SessionFilter::default() };
    assert_eq!(filtered(&tab, &status), ["gamma tests", "alpha fix"]);
    let repository = SessionFilter { repository: Some("octo/one".into()), ..SessionFilter::default() };
    assert_eq!(filtered(&tab, &repository), ["gamma tests", "alpha fix"]);
    let group = |group| SessionFilter { group: Some(group), ..SessionFilter::default() };
    assert_eq!(filtered(&tab, &group(Group::Repository)), ["delta fix", "gamma tests", "alpha fix", "beta docs"]);
    assert_eq!(filtered(&tab, &group(Group::Status)), ["delta fix", "alpha fix", "beta docs", "gamma tests"]);
    let first = desk.cloud.remotes()[0].clone();
    desk.cloud.say(&first, "m", "still here");
    desk.refresh(&tab);
    assert_eq!(filtered(&tab, &all)[0], "alpha fix", "the newest change is first");
    let created = SessionFilter { sort: Sort::Created, ..SessionFilter::default() };
    assert_eq!(filtered(&tab, &created)[3], "alpha fix");
}

#[test]
fn the_list_is_counted_and_shown_in_windows() {
    let (_desk, tab) = several();
    let some = SessionFilter { status: Some(vec![Status::Failed]), ..SessionFilter::default() };
    let list = tab.hub.sessions(&some);
    assert_eq!((list.len(), list.is_empty()), (1, false));
    assert_eq!(list.counts().status.len(), 4, "the menu of states counts all of them");
    assert_eq!(list.counts().provider["work"], 1);
    let all = tab.hub.sessions(&SessionFilter::default());
    let titles = |from, to| all.rows(from, to).iter().map(|row| row.facts.title.as_str()).collect::<Vec<_>>();
    assert_eq!(titles(1, 3), ["gamma tests", "beta docs"]);
    assert_eq!(titles(3, 100), ["alpha fix"]);
    assert_eq!((titles(4, 9).len(), titles(100, 200).len(), titles(3, 1).len()), (0, 0, 0));
}

#[test]
fn a_snapshot_shares_its_rows_and_stays_as_it_was() {
    let (desk, tab) = several();
    let all = SessionFilter::default();
    let (before, again) = (tab.hub.sessions(&all), tab.hub.sessions(&all));
    assert!(before.rows(0, 4).iter().zip(again.rows(0, 4)).all(|(one, other)| Rc::ptr_eq(one, other)));
    let id = before.rows(0, 1)[0].id.clone();
    assert!(!before.rows(0, 1)[0].read);
    desk.world.run(tab.hub.mark_read(&id)).unwrap();
    assert!(!before.rows(0, 1)[0].read, "what was shown does not change");
    let after = tab.hub.sessions(&all);
    assert!(after.rows(0, 1)[0].read);
    assert!(Rc::ptr_eq(&after.rows(1, 2)[0], &before.rows(1, 2)[0]), "only what changed is copied");
}

#[test]
fn a_list_that_was_read_in_vain_is_read_again() {
    let (offline, slow) = (Fault::offline(), Fault::slow(seconds(2)));
    for (faults, given_up) in [([Fault::slow(seconds(0)), offline], false), ([Fault::slow(seconds(0)), slow], true)] {
        let desk = Desk::new();
        let tab = desk.tab();
        desk.cloud.conditional.set(true);
        desk.cloud.set_first_page(1);
        for title in ["one", "two", "three"] {
            desk.cloud.add(title);
        }
        for fault in faults {
            desk.cloud.next(Op::List, fault);
        }
        let hub = tab.hub.clone();
        let refreshing = desk.world.spawn(async move { hub.refresh(&RefreshOptions::default()).await });
        desk.world.pass(seconds(1));
        if given_up {
            drop(refreshing);
            desk.world.settle();
        }
        assert_eq!(tab.rows(), [], "the first list came, the second did not");
        desk.refresh(&tab);
        assert_eq!(tab.rows().len(), 3);
        let before = desk.cloud.count(Op::List);
        desk.refresh(&tab);
        assert_eq!(desk.cloud.count(Op::List) - before, 2);
    }
}

#[test]
fn a_forced_refresh_reads_everything_also_when_a_plain_one_is_under_way() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.conditional.set(true);
    desk.refresh(&tab);
    desk.cloud.always(Op::List, Some(Fault::slow(seconds(2))));
    let plain = RefreshOptions::default();
    let force = RefreshOptions { provider: None, force: true };
    let before = desk.cloud.count(Op::List);
    let all = futures::future::join3(tab.hub.refresh(&plain), tab.hub.refresh(&plain), tab.hub.refresh(&force));
    desk.world.run(all);
    assert_eq!(desk.cloud.count(Op::List) - before, 4, "the plain ones share, the forced one is its own");
}

#[test]
fn a_refresh_that_was_given_up_does_not_stop_the_next() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.add("a");
    desk.cloud.next(Op::List, Fault::slow(seconds(60)));
    let hub = tab.hub.clone();
    let refreshing = desk.world.spawn(async move { hub.refresh(&RefreshOptions::default()).await });
    desk.world.settle();
    drop(refreshing);
    desk.world.settle();
    let before = desk.world.now();
    assert_eq!(desk.refresh(&tab).changed, 1);
    assert_eq!(desk.world.now(), before);
}

#[test]
fn disconnecting_takes_its_rows_and_its_outbox_along() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.start(&tab, "Tidy up");
    tab.host.online.set(false);
    desk.start(&tab, "Later");
    tab.host.online.set(true);
    desk.world.run(tab.hub.disconnect("work")).unwrap();
    assert_eq!((tab.rows(), tab.hub.providers().len()), (Vec::new(), 0));
    assert_eq!((desk.outbox(), desk.disk.table("sessions")), (Vec::new(), Vec::new()));
    assert_eq!(desk.world.run(tab.hub.disconnect("work")).unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(desk.world.run(tab.hub.start(request("More"))).unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn a_refresh_that_is_under_way_brings_nothing_back_after_disconnecting() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.add("a");
    desk.cloud.next(Op::List, Fault::slow(seconds(4)));
    let hub = tab.hub.clone();
    let refreshing = desk.world.spawn(async move { hub.refresh(&RefreshOptions::default()).await });
    desk.world.pass(seconds(1));
    desk.world.run(tab.hub.disconnect("work")).unwrap();
    desk.world.run(refreshing);
    assert_eq!((tab.rows(), desk.disk.table("sessions")), (Vec::new(), Vec::new()));
}

#[test]
fn a_start_that_is_under_way_while_its_connection_closes_leaves_no_row() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::Start, Fault::slow(seconds(4)));
    let starting = desk.starting(&tab, "Tidy up");
    desk.world.pass(seconds(1));
    desk.world.run(tab.hub.disconnect("work")).unwrap();
    let error = desk.world.run(starting).unwrap_err();
    assert!(error.may_have_happened(), "nobody may think that nothing was started: {error:?}");
    assert_eq!((tab.rows(), desk.outbox()), (Vec::new(), Vec::new()));
}

#[test]
fn the_list_of_last_time_is_there_at_once_and_says_that_it_is_old() {
    let desk = Desk::new();
    let tab = desk.tab();
    let id = desk.start(&tab, "Tidy up").id;
    let before = desk.cloud.count(Op::List);
    let next = desk.tab();
    assert!(next.row(&id).stale.unwrap().contains("last time"));
    assert_eq!(desk.cloud.count(Op::List), before, "the network was not touched");
    desk.refresh(&next);
    assert_eq!(next.row(&id), tab.row(&id));
}

#[test]
fn damaged_entries_cost_only_themselves() {
    let desk = Desk::new();
    let tab = desk.tab();
    let good = desk.start(&tab, "Tidy up").id;
    tab.host.online.set(false);
    let (lost_row, lost_entry) = (desk.start(&tab, "words").id, desk.start(&tab, "gone").id);
    for (table, key) in [("sessions", "x"), ("sessions", lost_row.as_str()), ("outbox", "y"), ("outbox", &lost_entry)] {
        desk.disk.plant(table, key, Some("{\"half\":"));
    }
    let next = desk.bare_tab();
    let loaded = desk.world.run(next.hub.load()).unwrap();
    assert_eq!((loaded.sessions, loaded.pending, loaded.skipped), (3, 1, 4));
    assert!(desk.disk.table("sessions").iter().any(|(key, _)| key == "x"), "they are left where they are");
    next.connect("work", &desk.cloud);
    desk.refresh(&next);
    assert!(!in_outbox(&next.row(&lost_row)), "the words were in the outbox");
    assert!(!in_outbox(&next.row(&good)));
    assert!(in_outbox(&next.row(&lost_entry)));
    desk.world.run(next.hub.cancel(&lost_entry)).unwrap();
    assert_eq!(next.rows().len(), 2);
    assert_eq!(desk.cloud.len(), 2);
}

#[test]
fn changes_are_told_as_the_rows_are_when_they_are_told() {
    let desk = Desk::new();
    let tab = desk.tab();
    let lost = {
        desk.cloud.set_list_lag(seconds(3600));
        desk.cloud.next(Op::Start, Fault::lost_after_effect());
        desk.start(&tab, "Tidy up").id
    };
    desk.cloud.set_list_lag(seconds(0));
    let known = desk.cloud.add("known");
    desk.refresh(&tab);
    let id = tab.ids().into_iter().find(|id| *id != lost).unwrap();
    desk.cloud.set_status(&known, Status::Completed);
    desk.cloud.add("unknown");
    desk.cloud.next(Op::HasStart, Fault::slow(seconds(4)));
    tab.heard.borrow_mut().clear();
    let hub = tab.hub.clone();
    let refreshing = desk.world.spawn(async move { hub.refresh(&RefreshOptions::default()).await });
    desk.world.pass(seconds(1));
    desk.world.run(tab.hub.mark_read(&id)).unwrap();
    desk.world.run(refreshing);
    let heard = tab.heard.borrow();
    let last = heard.iter().rfind(|change| change.id == id).unwrap();
    assert_eq!(last.kind, ChangeKind::Changed);
    assert_eq!(last.session.as_deref(), Some(&tab.row(&id)));
}
