//! Messages, answers and commands on a session that is there.

use cloud_agents::error::ErrorCode;
use cloud_agents::session::{Answer, Status, TurnState};

use crate::desk::{Desk, Tab, in_outbox, request, seconds};
use crate::support::{Fault, Op};

/// A desk with one running session, its id here and there.
fn running() -> (Desk, Tab, String, String) {
    let desk = Desk::new();
    let tab = desk.tab();
    let id = desk.start(&tab, "Tidy up").id;
    let remote = desk.cloud.only();
    desk.cloud.set_status(&remote, Status::InProgress);
    desk.refresh(&tab);
    (desk, tab, id, remote)
}

fn messages(desk: &Desk, remote: &str) -> Vec<String> {
    desk.cloud.look(remote, |record| record.messages.iter().map(|(_, text)| text.clone()).collect())
}

fn answer() -> Answer {
    Answer { question: "q".into(), choice: Some("a".into()), text: None }
}

#[test]
fn a_message_arrives_once_and_leaves_nothing_in_the_outbox() {
    let (desk, tab, id, remote) = running();
    desk.world.run(tab.hub.send(&id, "  faster, please \n")).unwrap();
    assert_eq!(messages(&desk, &remote), ["faster, please"]);
    assert_eq!(desk.outbox(), []);
}

#[test]
fn a_message_whose_reply_was_lost_is_found_and_has_arrived() {
    let (desk, tab, id, remote) = running();
    desk.cloud.next(Op::Send, Fault::lost_after_effect());
    desk.world.run(tab.hub.send(&id, "faster")).unwrap();
    assert_eq!(messages(&desk, &remote), ["faster"]);
    assert_eq!(desk.outbox(), []);
}

#[test]
fn the_same_words_are_looked_for_before_they_are_sent_again() {
    for effect in [true, false] {
        let (desk, tab, id, remote) = running();
        let fault = if effect { Fault::lost_after_effect() } else { Fault::lost_without_effect() };
        desk.cloud.next(Op::Send, fault);
        for _ in 0..3 {
            desk.cloud.next(Op::HasMessage, Fault::offline());
        }
        let error = desk.world.run(tab.hub.send(&id, "faster")).unwrap_err();
        assert_eq!(error.code, ErrorCode::UnreadableReply);
        let detail = desk.world.run(tab.hub.session(&id)).unwrap();
        let last = detail.turns.last().unwrap();
        assert_eq!((last.request.text.as_str(), last.state), ("faster", TurnState::Failed), "the words are kept");
        desk.world.run(tab.hub.send(&id, "faster")).unwrap();
        assert_eq!(messages(&desk, &remote), ["faster"]);
        assert_eq!(desk.cloud.count(Op::Send), if effect { 1 } else { 2 });
        assert_eq!(desk.outbox(), []);
    }
}

#[test]
fn a_message_of_a_killed_tab_is_found_at_the_next_refresh() {
    let (desk, tab, id, remote) = running();
    desk.cloud.next(Op::Send, Fault::slow(seconds(10)));
    let hub = tab.hub.clone();
    let of = id.clone();
    let sending = desk.world.spawn(async move { hub.send(&of, "faster").await });
    desk.world.pass(seconds(7));
    drop((sending, tab));
    desk.world.settle();
    let next = desk.tab();
    assert_eq!(desk.outbox().len(), 1);
    assert_eq!(desk.refresh(&next).errors.len(), 0);
    assert_eq!(desk.outbox(), []);
    assert_eq!(messages(&desk, &remote), ["faster"]);
}

#[test]
fn a_message_that_cannot_be_looked_for_does_not_hold_up_the_rest() {
    let (desk, tab, id, _) = running();
    desk.cloud.next(Op::Send, Fault::lost_without_effect());
    desk.world.run(tab.hub.send(&id, "faster")).unwrap_err();
    tab.host.online.set(false);
    let waiting = desk.start(&tab, "Another");
    tab.host.online.set(true);
    desk.cloud.next(Op::HasMessage, Fault::offline());
    assert_eq!(desk.refresh(&tab).errors["work"].code, ErrorCode::Network);
    assert!(!in_outbox(&tab.row(&waiting.id)), "the start went out all the same");
}

#[test]
fn a_message_to_a_session_that_is_gone_is_forgotten() {
    let (desk, tab, id, remote) = running();
    desk.cloud.next(Op::Send, Fault::lost_without_effect());
    desk.world.run(tab.hub.send(&id, "faster")).unwrap_err();
    desk.cloud.delete(&remote);
    assert_eq!(desk.refresh(&tab).errors.len(), 0);
    assert_eq!(desk.outbox(), []);
}

#[test]
fn a_store_that_fails_after_a_message_arrived_does_not_make_it_fail() {
    let (desk, tab, id, remote) = running();
    desk.disk.next_commits(&[true]);
    desk.disk.set_broken(true);
    desk.world.run(tab.hub.send(&id, "faster")).unwrap();
    desk.disk.set_broken(false);
    assert_eq!(messages(&desk, &remote), ["faster"]);
    let next = desk.tab();
    desk.refresh(&next);
    assert_eq!(desk.outbox(), []);
}

#[test]
fn a_message_that_could_not_be_written_down_is_not_sent() {
    let (desk, tab, id, remote) = running();
    desk.disk.set_broken(true);
    assert_eq!(desk.world.run(tab.hub.send(&id, "faster")).unwrap_err().code, ErrorCode::Storage);
    assert_eq!(desk.world.run(tab.hub.answer(&id, answer())).unwrap_err().code, ErrorCode::Storage);
    assert_eq!(messages(&desk, &remote), [""; 0]);
}

#[test]
fn a_refused_message_is_the_callers_again() {
    let (desk, tab, id, _) = running();
    desk.cloud.next(Op::Send, Fault::refused(ErrorCode::Conflict));
    assert_eq!(desk.world.run(tab.hub.send(&id, "faster")).unwrap_err().code, ErrorCode::Conflict);
    assert_eq!(desk.outbox(), []);
    let empty = desk.world.run(tab.hub.send(&id, " \n ")).unwrap_err();
    let long = desk.world.run(tab.hub.send(&id, &"x".repeat(1001))).unwrap_err();
    assert_eq!((empty.code, long.code), (ErrorCode::Invalid, ErrorCode::TooLarge));
}

#[test]
fn nothing_is_sent_to_a_session_that_has_not_started() {
    let desk = Desk::new();
    let tab = desk.tab();
    tab.host.online.set(false);
    let id = desk.start(&tab, "Tidy up").id;
    let outcomes = [
        desk.world.run(tab.hub.send(&id, "faster")),
        desk.world.run(tab.hub.answer(&id, answer())),
        desk.world.run(tab.hub.set_archived(&id, true)),
        desk.world.run(tab.hub.create_pull_request(&id)).map(|_| ()),
    ];
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().code, ErrorCode::Conflict);
    }
}

#[test]
fn an_answer_whose_reply_was_lost_counts_when_the_question_is_gone() {
    for effect in [true, false] {
        let (desk, tab, id, remote) = running();
        desk.cloud.ask(&remote, "q");
        let fault = if effect { Fault::lost_after_effect() } else { Fault::lost_without_effect() };
        desk.cloud.next(Op::Answer, fault);
        let outcome = desk.world.run(tab.hub.answer(&id, answer()));
        assert_eq!(outcome.is_ok(), effect, "{outcome:?}");
        assert_eq!(desk.cloud.look(&remote, |record| record.answers.len()), usize::from(effect));
        assert_eq!(desk.outbox(), []);
    }
}

#[test]
fn an_empty_answer_is_refused() {
    let (desk, tab, id, _) = running();
    let empty = Answer { question: "q".into(), choice: None, text: Some("  ".into()) };
    assert_eq!(desk.world.run(tab.hub.answer(&id, empty)).unwrap_err().code, ErrorCode::Invalid);
    assert_eq!(desk.cloud.count(Op::Answer), 0);
}

#[test]
fn a_stop_that_worked_has_worked_also_when_the_session_cannot_be_read_then() {
    let (desk, tab, id, _) = running();
    desk.cloud.next(Op::Get, Fault::offline());
    desk.world.run(tab.hub.cancel(&id)).unwrap();
    desk.refresh(&tab);
    assert_eq!(tab.row(&id).facts.status, Status::Cancelled);
}

#[test]
fn a_command_whose_reply_was_lost_fails_only_when_its_effect_is_not_there() {
    for effect in [true, false] {
        let fault = if effect { Fault::lost_after_effect() } else { Fault::lost_without_effect() };
        let (desk, tab, id, _) = running();
        for op in [Op::Cancel, Op::Archive, Op::CreatePullRequest] {
            desk.cloud.next(op, fault);
        }
        let outcomes = [
            desk.world.run(tab.hub.cancel(&id)),
            desk.world.run(tab.hub.create_pull_request(&id)).map(|_| ()),
            desk.world.run(tab.hub.set_archived(&id, true)),
        ];
        for outcome in outcomes {
            assert_eq!(outcome.is_ok(), effect, "{outcome:?}");
        }
    }
}

#[test]
fn a_refused_command_says_why_and_changes_nothing() {
    let (desk, tab, id, _) = running();
    let before = tab.row(&id);
    for op in [Op::Cancel, Op::Archive, Op::CreatePullRequest] {
        desk.cloud.next(op, Fault::refused(ErrorCode::Forbidden));
    }
    desk.cloud.always(Op::Get, Some(Fault::offline()));
    assert_eq!(desk.world.run(tab.hub.cancel(&id)).unwrap_err().code, ErrorCode::Forbidden);
    assert_eq!(desk.world.run(tab.hub.set_archived(&id, true)).unwrap_err().code, ErrorCode::Forbidden);
    assert_eq!(desk.world.run(tab.hub.create_pull_request(&id)).unwrap_err().code, ErrorCode::Forbidden);
    assert_eq!(tab.row(&id), before);
}

#[test]
fn what_is_put_away_leaves_the_list_and_comes_back() {
    let (desk, tab, id, _) = running();
    desk.world.run(tab.hub.set_archived(&id, true)).unwrap();
    assert_eq!(tab.rows(), []);
    desk.world.run(tab.hub.set_archived(&id, false)).unwrap();
    assert_eq!(tab.the_row().id, id);
}

#[test]
fn a_session_that_nobody_knows_is_not_found() {
    let desk = Desk::new();
    let tab = desk.tab();
    let codes = [
        desk.world.run(tab.hub.send("x", "hello")).unwrap_err().code,
        desk.world.run(tab.hub.cancel("x")).unwrap_err().code,
        desk.world.run(tab.hub.session("x")).unwrap_err().code,
        desk.world.run(tab.hub.mark_read("x")).unwrap_err().code,
        tab.hub.follow("x").unwrap_err().code,
    ];
    assert_eq!(codes, [ErrorCode::NotFound; 5]);
    let elsewhere = cloud_agents::provider::StartRequest { provider: "nowhere".into(), ..request("Tidy up") };
    assert_eq!(desk.world.run(tab.hub.start(elsewhere)).unwrap_err().code, ErrorCode::NotFound);
}
