//! Starts that the person gives up, before they are sent and while they are.

use cloud_agents::error::ErrorCode;
use cloud_agents::hub::RefreshOptions;

use crate::desk::{Desk, seconds};
use crate::support::{Fault, Op};

#[test]
fn a_waiting_start_can_be_given_up() {
    let desk = Desk::new();
    let tab = desk.tab();
    tab.host.online.set(false);
    let waiting = desk.start(&tab, "Tidy up");
    desk.world.run(tab.hub.cancel(&waiting.id)).unwrap();
    tab.host.online.set(true);
    desk.refresh(&tab);
    assert_eq!(desk.cloud.count(Op::Start), 0);
    assert_eq!(tab.rows(), []);
    assert_eq!(desk.outbox(), []);
}

#[test]
fn a_start_that_another_tab_is_sending_cannot_be_given_up() {
    let desk = Desk::new();
    let first = desk.tab();
    first.host.online.set(false);
    let waiting = desk.start(&first, "Tidy up");
    let second = desk.tab();
    first.host.online.set(true);
    desk.cloud.next(Op::Start, Fault::slow(seconds(10)));
    let hub = first.hub.clone();
    let sending = desk.world.spawn(async move { hub.refresh(&RefreshOptions::default()).await });
    desk.world.pass(seconds(1));
    for tab in [&first, &second] {
        let error = desk.world.run(tab.hub.cancel(&waiting.id)).unwrap_err();
        assert_eq!(error.code, ErrorCode::Conflict);
    }
    desk.world.run(sending);
    assert_eq!(desk.tab().the_row().id, waiting.id);
}

#[test]
fn giving_up_what_is_being_sent_gives_nothing_up() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.refresh(&tab);
    desk.disk.set_latency(std::time::Duration::from_millis(10));
    desk.cloud.next(Op::Start, Fault::slow(seconds(10)));
    let starting = desk.starting(&tab, "Tidy up");
    // The first attempt comes while it is being written down, the second while it is taken from the queue.
    for milliseconds in [5, 10, 20] {
        desk.world.pass(std::time::Duration::from_millis(milliseconds));
        let error = desk.world.run(tab.hub.cancel(&tab.the_row().id)).unwrap_err();
        assert_eq!(error.code, ErrorCode::Conflict);
    }
    let id = tab.the_row().id;
    assert_eq!(desk.world.run(starting).unwrap().id, id);
}

#[test]
fn a_start_given_up_before_it_was_sent_says_so() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.next(Op::List, Fault::slow(seconds(10)));
    let starting = desk.starting(&tab, "Tidy up");
    desk.world.pass(seconds(1));
    desk.world.run(tab.hub.cancel(&tab.the_row().id)).unwrap();
    let error = desk.world.run(starting).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    assert_eq!(desk.cloud.count(Op::Start), 0);
}

#[test]
fn a_start_given_up_while_it_is_looked_for_does_not_claim_that_nothing_happened() {
    let desk = Desk::new();
    let tab = desk.tab();
    desk.cloud.set_list_lag(seconds(30));
    desk.cloud.next(Op::Start, Fault::lost_after_effect());
    let starting = desk.starting(&tab, "Tidy up");
    desk.world.pass(seconds(2));
    desk.world.run(tab.hub.cancel(&tab.the_row().id)).unwrap();
    assert!(desk.world.run(starting).unwrap_err().may_have_happened());
    desk.world.pass(seconds(30));
    desk.refresh(&tab);
    assert_eq!(tab.the_row().facts.raw_status, "queued");
}
