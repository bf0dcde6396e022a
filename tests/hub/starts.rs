//! Starts: exactly once, whatever happens to the reply, the tab, the store or the network.

use cloud_agents::error::ErrorCode;
use cloud_agents::hub::{ChangeKind, RefreshOptions};
use cloud_agents::session::Status;

use crate::desk::{Desk, in_outbox, request, seconds};
use crate::support::{Fault, Op};

#[test]
fn a_start_resolves_with_the_session_that_the_provider_confirmed() {
    let desk = Desk::new();
    let tab = desk.tab();
    let session = desk.start(&tab, "Tidy up\nand more");
    assert_eq!(session.facts.raw_status, "queued");
    assert_eq!(tab.the_row(), session);
    assert_eq!(desk.cloud.count(Op::Start), 1);
    assert_eq!(desk.outbox(), []);
    let kinds: Vec<_> = tab.heard.borrow().iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Added, ChangeKind::Changed]);
}

#[test]
fn a_start_made_offline_waits_and_goes_out_under_the_same_id() {
    let desk = Desk::new();
    let tab = desk.tab();
    tab.host.online.set(false);
    let waiting = desk.start(&tab, "Tidy up");
    assert!(in_outbox(&waiting));
    assert!(waiting.stale.unwrap().contains("offline"));
    assert_eq!(desk.cloud.count(Op::Start), 0);
    tab.host.online.set(true);
    assert_eq!(desk.refresh(&tab).errors.len(), 0);
    let row = tab.the_row();
    assert_eq!(row.id, waiting.id);
    assert_eq!(row.facts.raw_status, "queued");
    assert_eq!(desk.cloud.len(), 1);
}

#[test]
fn a_start_whose_cloud_cannot_be_reached_waits_too() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.set_reachable(false);
    let waiting = desk.start(&tab, "Tidy up");
    assert!(in_outbox(&waiting));
    desk.cloud.set_reachable(true);
    desk.refresh(&tab);
    assert_eq!(tab.the_row().id, waiting.id);
    assert!(!in_outbox(&tab.the_row()));
    assert_eq!(desk.cloud.len(), 1);
}

#[test]
fn a_start_whose_reply_was_lost_is_adopted_by_its_marker() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.add("somebody else's");
    desk.cloud.next(Op::Start, Fault::lost_after_effect());
    let session = desk.start(&tab, "Tidy up");
    assert!(!in_outbox(&session));
    assert_eq!(desk.cloud.count(Op::Start), 1);
    assert_eq!(tab.rows().len(), 2);
    assert_eq!(desk.outbox(), []);
}

#[test]
fn a_lost_start_that_the_list_shows_only_later_keeps_its_id() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.set_list_lag(seconds(60));
    desk.cloud.next(Op::Start, Fault::lost_after_effect());
    let waiting = desk.start(&tab, "Tidy up");
    assert!(in_outbox(&waiting));
    desk.refresh(&tab);
    assert!(in_outbox(&tab.the_row()));
    desk.world.pass(seconds(60));
    desk.refresh(&tab);
    assert_eq!(tab.the_row().id, waiting.id);
    assert!(!in_outbox(&tab.the_row()));
    assert_eq!(desk.cloud.count(Op::Start), 1);
}

#[test]
fn a_start_that_never_arrived_is_not_sent_again_on_its_own() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::Start, Fault::lost_without_effect());
    let waiting = desk.start(&tab, "Tidy up");
    for _ in 0..5 {
        desk.world.pass(seconds(60));
        desk.refresh(&tab);
    }
    assert_eq!(desk.cloud.count(Op::Start), 1);
    assert!(in_outbox(&tab.the_row()));
    desk.world.run(tab.hub.cancel(&waiting.id)).unwrap();
    assert_eq!(tab.rows(), []);
    assert_eq!(desk.outbox(), []);
}

#[test]
fn a_list_that_arrives_while_a_start_is_on_its_way_makes_no_second_row() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.refresh(&tab);
    desk.cloud.next(Op::Start, Fault::slow(seconds(20)));
    let starting = desk.starting(&tab, "Tidy up");
    desk.world.pass(seconds(15));
    assert_eq!(desk.cloud.len(), 1, "it happened already, and its reply is on the way");
    desk.refresh(&tab);
    assert!(in_outbox(&tab.the_row()));
    let session = desk.world.run(starting).unwrap();
    assert_eq!(tab.the_row(), *session);
    assert!(!tab.heard.borrow().iter().any(|change| change.kind == ChangeKind::Removed));
}

#[test]
fn what_was_passed_over_while_a_start_was_on_its_way_shows_at_the_next_refresh() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.conditional.set(true);
    desk.cloud.set_first_page(1);
    desk.refresh(&tab);
    desk.cloud.next(Op::Start, Fault::slow(seconds(20)));
    let starting = desk.starting(&tab, "Tidy up");
    desk.world.settle();
    for title in ["one", "two", "three"] {
        desk.cloud.add(title);
    }
    desk.world.pass(seconds(15));
    desk.refresh(&tab);
    desk.world.run(starting).unwrap();
    desk.refresh(&tab);
    assert_eq!(tab.rows().len(), 4, "the list did not change, but this tab has not taken all of it");
}

#[test]
fn a_killed_tab_loses_nothing_and_the_next_one_finds_the_session() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::Start, Fault::slow(seconds(20)));
    let starting = desk.starting(&tab, "Tidy up");
    desk.world.pass(seconds(15));
    let id = tab.the_row().id;
    drop((starting, tab));
    let next = desk.tab();
    assert!(in_outbox(&next.row(&id)));
    desk.refresh(&next);
    assert_eq!(next.the_row().id, id);
    assert!(!in_outbox(&next.the_row()));
    assert_eq!(desk.cloud.count(Op::Start), 1);
    assert_eq!(desk.outbox(), []);
}

#[test]
fn a_start_that_the_page_gave_up_waiting_for_is_looked_for() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::Start, Fault::slow(seconds(20)));
    let starting = desk.starting(&tab, "Tidy up");
    desk.world.pass(seconds(15));
    let id = tab.the_row().id;
    drop(starting);
    desk.world.settle();
    desk.cloud.add("somebody else's");
    desk.refresh(&tab);
    assert!(!in_outbox(&tab.row(&id)));
    assert_eq!(tab.rows().len(), 2);
}

#[test]
fn a_refused_start_leaves_nothing_behind() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::Start, Fault::refused(ErrorCode::Invalid));
    let error = desk.world.run(tab.hub.start(request("Tidy up"))).unwrap_err();
    assert_eq!((error.code, error.provider.as_deref()), (ErrorCode::Invalid, Some("work")));
    assert_eq!(tab.rows(), []);
    assert_eq!(desk.outbox(), []);
    assert_eq!(desk.disk.table("sessions"), []);
}

#[test]
fn a_start_that_waited_and_is_then_refused_keeps_the_words() {
    let desk = Desk::new();
    let tab = desk.tab();
    tab.host.online.set(false);
    let waiting = desk.start(&tab, "Tidy up\nall of it");
    tab.host.online.set(true);
    desk.cloud.next(Op::Start, Fault::refused(ErrorCode::Invalid));
    desk.cloud.add("somebody else's");
    let report = desk.refresh(&tab);
    assert_eq!(report.errors["work"].code, ErrorCode::Invalid);
    assert_eq!(tab.rows().len(), 2, "the list was read all the same");
    let row = tab.row(&waiting.id);
    assert_eq!(row.facts.status, Status::Failed);
    assert!(row.facts.error.unwrap().message.contains("Invalid"));
    let detail = desk.world.run(tab.hub.session(&waiting.id)).unwrap();
    assert_eq!(detail.turns[0].request.text, "Tidy up\nall of it");
    let again = desk.tab();
    assert_eq!(desk.refresh(&again).errors.len(), 0);
    let detail = desk.world.run(again.hub.session(&waiting.id)).unwrap();
    assert_eq!(detail.turns[0].request.text, "Tidy up\nall of it", "a reload keeps them too");
    assert_eq!(desk.cloud.count(Op::Start), 1, "what was refused is not tried again");
    desk.world.run(again.hub.cancel(&waiting.id)).unwrap();
    assert_eq!(desk.outbox(), []);
    assert_eq!(again.rows().len(), 1);
}

#[test]
fn a_start_that_waits_outlives_an_expired_token() {
    let desk = Desk::new();
    let tab = desk.tab();
    tab.host.online.set(false);
    let waiting = desk.start(&tab, "Tidy up");
    tab.host.online.set(true);
    for code in [ErrorCode::Unauthorized, ErrorCode::RateLimited] {
        desk.cloud.next(Op::Start, Fault::refused(code));
        assert_eq!(desk.refresh(&tab).errors["work"].code, code);
        assert!(in_outbox(&tab.row(&waiting.id)));
    }
    desk.refresh(&tab);
    assert!(!in_outbox(&tab.row(&waiting.id)));
    assert_eq!(desk.cloud.len(), 1);
}

#[test]
fn a_start_that_the_server_says_has_failed_is_looked_for_and_never_sent_again() {
    for waits in [false, true] {
        for happened in [true, false] {
            let desk = Desk::new();
            let tab = desk.tab();
            let fault = if happened { Fault::failed_after_effect() } else { Fault::refused(ErrorCode::Provider) };
            if waits {
                tab.host.online.set(false);
                desk.start(&tab, "Tidy up");
                tab.host.online.set(true);
                desk.cloud.next(Op::Start, fault);
                desk.refresh(&tab);
            } else {
                desk.cloud.next(Op::Start, fault);
                let started = desk.world.run(tab.hub.start(request("Tidy up")));
                assert_eq!(
                    started.map(drop).map_err(|error| error.code),
                    if happened { Ok(()) } else { Err(ErrorCode::Provider) }
                );
            }
            for _ in 0..3 {
                desk.refresh(&tab);
            }
            assert_eq!(desk.cloud.count(Op::Start), 1);
            assert_eq!(desk.cloud.len(), usize::from(happened));
            let rows = tab.rows();
            // What waited keeps its words, with what the server said, until the person gives it up.
            assert_eq!(rows.len(), usize::from(happened || waits));
            assert!(rows.iter().all(|row| in_outbox(row) != happened));
            if waits && !happened {
                assert!(rows[0].stale.as_deref().is_some_and(|why| why.contains("Provider")), "{:?}", rows[0]);
            }
        }
    }
}

#[test]
fn a_start_that_the_server_says_has_failed_stays_while_its_list_cannot_be_read() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.refresh(&tab);
    desk.cloud.next(Op::Start, Fault::failed_after_effect());
    desk.cloud.always(Op::List, Some(Fault::offline()));
    let waiting = desk.start(&tab, "Tidy up");
    assert!(in_outbox(&waiting));
    desk.cloud.always(Op::List, None);
    desk.refresh(&tab);
    assert_eq!(tab.the_row().id, waiting.id);
    assert!(!in_outbox(&tab.the_row()));
    assert_eq!(desk.cloud.count(Op::Start), 1);
}

#[test]
fn a_start_that_could_not_be_written_down_is_not_sent() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.disk.set_broken(true);
    let error = desk.world.run(tab.hub.start(request("Tidy up"))).unwrap_err();
    assert_eq!(error.code, ErrorCode::Storage);
    assert_eq!(desk.cloud.count(Op::Start), 0);
    assert_eq!(tab.rows(), []);
}

#[test]
fn a_start_whose_sending_could_not_be_written_down_waits_and_goes_out_once() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.refresh(&tab);
    desk.disk.next_commits(&[true, false]);
    let waiting = desk.start(&tab, "Tidy up");
    assert_eq!(desk.cloud.count(Op::Start), 0);
    assert!(in_outbox(&waiting));
    assert!(waiting.stale.unwrap().contains("The disk is full."));
    desk.refresh(&tab);
    assert_eq!(tab.the_row().id, waiting.id);
    assert!(!in_outbox(&tab.the_row()));
    assert_eq!(desk.cloud.count(Op::Start), 1);
}

#[test]
fn a_store_that_fails_after_the_sending_does_not_undo_the_start() {
    for lost in [false, true] {
        let desk = Desk::new();
        let tab = desk.tab();
        desk.refresh(&tab);
        desk.cloud.set_list_lag(seconds(30));
        if lost {
            desk.cloud.next(Op::Start, Fault::lost_after_effect());
        }
        desk.disk.next_commits(&[true, true]);
        desk.disk.set_broken(true);
        let session = desk.start(&tab, "Tidy up");
        assert_eq!(in_outbox(&session), lost);
        desk.disk.set_broken(false);
        desk.world.pass(seconds(30));
        drop(tab);
        let next = desk.tab();
        desk.refresh(&next);
        assert_eq!(next.the_row().id, session.id);
        assert!(!in_outbox(&next.the_row()));
        assert_eq!(desk.outbox(), []);
    }
}

#[test]
fn two_tabs_send_a_waiting_start_once() {
    let desk = Desk::new();
    let first = desk.tab();
    first.host.online.set(false);
    let waiting = desk.start(&first, "Tidy up");
    let second = desk.tab();
    first.host.online.set(true);
    desk.cloud.always(Op::Start, Some(Fault::slow(seconds(4))));
    let both = futures::future::join(
        first.hub.refresh(&RefreshOptions { provider: None, force: false }),
        second.hub.refresh(&RefreshOptions { provider: None, force: false }),
    );
    desk.world.run(both);
    assert_eq!(desk.cloud.count(Op::Start), 1);
    desk.refresh(&first);
    desk.refresh(&second);
    for tab in [&first, &second] {
        assert_eq!(tab.the_row().id, waiting.id);
        assert!(!in_outbox(&tab.the_row()));
    }
    assert_eq!(desk.tab().ids(), [waiting.id]);
}

#[test]
fn a_session_that_two_tabs_know_under_two_ids_is_one_row_after_a_reload() {
    let desk = Desk::new();
    let (first, second) = (desk.tab(), desk.tab());
    let session = desk.start(&first, "Tidy up");
    desk.refresh(&second);
    desk.refresh(&first);
    for _ in 0..2 {
        let next = desk.tab();
        desk.refresh(&next);
        assert_eq!(next.the_row().id, session.id);
    }
}

#[test]
fn a_start_that_another_tab_listed_before_its_own_tab_died_is_still_found() {
    let desk = Desk::new();
    let (first, second) = (desk.tab(), desk.tab());
    desk.cloud.next(Op::Start, Fault::slow(seconds(20)));
    let starting = desk.starting(&first, "Tidy up");
    desk.world.pass(seconds(15));
    let id = first.the_row().id;
    desk.refresh(&second);
    drop((starting, first, second));
    let next = desk.tab();
    desk.refresh(&next);
    assert_eq!(next.ids(), [id]);
    assert_eq!(desk.outbox(), []);
}

#[test]
fn a_start_and_a_refresh_at_the_same_time_send_it_once_and_the_start_hears_the_outcome() {
    for refused in [false, true] {
        let desk = Desk::new();
        let tab = desk.tab();
        desk.cloud.always(Op::List, Some(Fault::slow(seconds(1))));
        desk.disk.set_latency(std::time::Duration::from_millis(5));
        if refused {
            desk.cloud.next(Op::Start, Fault::refused(ErrorCode::Forbidden));
        }
        let refreshing = { tab.hub.clone() };
        let refreshing = desk.world.spawn(async move { refreshing.refresh(&RefreshOptions::default()).await });
        desk.world.settle();
        let outcome = desk.world.run(tab.hub.start(request("Tidy up")));
        let report = desk.world.run(refreshing);
        assert_eq!(desk.cloud.count(Op::Start), 1);
        if refused {
            assert_eq!(outcome.unwrap_err().code, ErrorCode::Forbidden);
            assert_eq!(report.errors.len(), 0, "the start itself was told");
            assert_eq!(tab.rows(), []);
        } else {
            assert!(!in_outbox(&outcome.unwrap()));
        }
    }
}

#[test]
fn two_lost_starts_each_find_their_own_session() {
    let desk = Desk::new();
    let tab = desk.tab();
    for _ in 0..2 {
        desk.cloud.next(Op::Start, Fault::lost_after_effect().taking(seconds(2)));
    }
    let both = futures::future::join(tab.hub.start(request("one")), tab.hub.start(request("two")));
    let (one, two) = desk.world.run(both);
    let (one, two) = (one.unwrap(), two.unwrap());
    desk.refresh(&tab);
    assert_eq!(tab.rows().len(), 2);
    assert_eq!(tab.row(&one.id).facts.title, "one");
    assert_eq!(tab.row(&two.id).facts.title, "two");
    assert!(!tab.rows().iter().any(in_outbox));
}

#[test]
fn a_lost_start_is_found_while_another_is_still_on_its_way() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.refresh(&tab);
    desk.cloud.next(Op::Start, Fault::slow(seconds(50)));
    let slow = desk.starting(&tab, "slow");
    desk.world.settle();
    desk.cloud.next(Op::Start, Fault::lost_after_effect());
    let quick = desk.start(&tab, "quick");
    assert!(!in_outbox(&quick), "its session is in the list");
    desk.world.run(slow).unwrap();
    desk.refresh(&tab);
    assert_eq!(tab.rows().len(), 2);
}

#[test]
fn a_start_that_is_lost_while_its_session_is_compared_with_another_finds_it() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.refresh(&tab);
    desk.cloud.next(Op::Start, Fault::lost_without_effect());
    desk.start(&tab, "never arrived");
    // It happens after five seconds; ten seconds after the start its reply is lost, while its session is looked at.
    desk.cloud.next(Op::Start, Fault::lost_after_effect().taking(seconds(10)));
    desk.cloud.next(Op::HasStart, Fault::slow(seconds(6)));
    for fault in [Fault::slow(seconds(0)), Fault::slow(seconds(0)), Fault::offline(), Fault::offline()] {
        desk.cloud.next(Op::List, fault);
    }
    let starting = desk.starting(&tab, "Tidy up");
    desk.world.pass(seconds(7));
    desk.refresh(&tab);
    let session = desk.world.run(starting).unwrap();
    assert!(!in_outbox(&tab.row(&session.id)));
    assert_eq!(tab.rows().len(), 2);
}

#[test]
fn two_readers_of_the_list_do_not_bring_back_what_one_of_them_found() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.set_list_lag(seconds(10));
    desk.cloud.next(Op::Start, Fault::lost_after_effect());
    let waiting = desk.start(&tab, "Tidy up");
    desk.cloud.add("somebody else's");
    desk.world.pass(seconds(10));
    // The look at the other session is on its way while the start is given up.
    desk.cloud.always(Op::HasStart, Some(Fault::slow(seconds(4))));
    let hub = tab.hub.clone();
    let refreshing = desk.world.spawn(async move { hub.refresh(&RefreshOptions::default()).await });
    desk.world.pass(seconds(1));
    desk.world.run(tab.hub.cancel(&waiting.id)).unwrap();
    desk.world.run(refreshing);
    assert_eq!(tab.rows().len(), 2, "both sessions are there, as sessions of their own");
    assert!(!tab.rows().iter().any(in_outbox));
    assert_eq!(desk.outbox(), []);
    let detail = desk.world.run(tab.hub.session(&tab.ids()[0])).unwrap();
    assert_eq!(detail.turns.len(), 1);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_written() {
    let desk = Desk::new();
    let tab = desk.tab();
    let mut requests = vec![request("   "), request(&"x".repeat(1001))];
    for repository in ["", "demo", "a/b/c", "../x", "octo/..", "octo/de mo"] {
        requests.push(cloud_agents::provider::StartRequest { repository: repository.into(), ..request("Tidy up") });
    }
    for request in requests {
        let error = desk.world.run(tab.hub.start(request)).unwrap_err();
        assert!(matches!(error.code, ErrorCode::Invalid | ErrorCode::TooLarge), "{error:?}");
    }
    assert_eq!(desk.disk.commits(), 0);
    assert_eq!(desk.cloud.count(Op::List), 0);
}

#[test]
fn a_branch_that_the_provider_did_not_confirm_is_not_shown_as_the_sessions() {
    let desk = Desk::new();
    let tab = desk.tab();
    let wish = cloud_agents::provider::StartRequest { head_ref: Some("mine".into()), ..request("Tidy up") };
    let session = desk.world.run(tab.hub.start(wish)).unwrap();
    assert_eq!(session.facts.head_ref, None);
}

#[test]
fn a_session_that_is_found_finished_wants_the_person() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::Start, Fault::slow(seconds(20)));
    let starting = desk.starting(&tab, "Tidy up");
    desk.world.pass(seconds(15));
    drop((starting, tab));
    desk.cloud.set_status(&desk.cloud.only(), Status::Completed);
    let next = desk.tab();
    desk.refresh(&next);
    assert!(!next.the_row().read);
    assert!(next.heard.borrow().iter().any(|change| change.attention.is_some()));
}
