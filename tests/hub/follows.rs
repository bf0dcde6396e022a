//! Following a session: each thing once, in order, to its end.

use std::rc::Rc;

use cloud_agents::error::{ErrorCode, Result};
use cloud_agents::hub::Hub;
use cloud_agents::session::{Part, SessionEvent, Status};

use crate::desk::{Desk, Tab, in_outbox, seconds};
use crate::support::{Fault, Op};

/// Everything that a follow yields, in a few words each.
async fn follow(hub: Rc<Hub>, id: String) -> (Vec<String>, Result<()>) {
    let mut events = Vec::new();
    let mut follow = hub.follow(&id).unwrap();
    loop {
        match follow.next().await {
            Ok(Some(event)) => events.push(told(&event)),
            Ok(None) => return (events, Ok(())),
            Err(error) => return (events, Err(error)),
        }
    }
}

fn told(event: &SessionEvent) -> String {
    match event {
        SessionEvent::Session { session } => {
            format!("{}{}", session.facts.raw_status, if session.stale.is_some() { " (stale)" } else { "" })
        }
        SessionEvent::Turn { turn } => format!("turn of {} parts", turn.parts.len()),
        SessionEvent::Part { part: Part::Text { id, text }, .. } => format!("{id}: {text}"),
        SessionEvent::Part { part, .. } => format!("part {}", part.id()),
        SessionEvent::Question { question } => format!("question {}", question.id),
        SessionEvent::End { session } => format!("end {}", session.facts.raw_status),
    }
}

fn started() -> (Desk, Tab, String, String) {
    let desk = Desk::new();
    let tab = desk.tab();
    let id = desk.start(&tab, "Tidy up").id;
    let remote = desk.cloud.only();
    (desk, tab, id, remote)
}

/// What happens in the cloud, a step every ten seconds.
fn play(desk: &Desk, steps: Vec<Box<dyn FnOnce()>>) -> futures::future::RemoteHandle<()> {
    let clock = desk.world.clock.clone();
    desk.world.spawn(async move {
        for step in steps {
            clock.sleep(seconds(10)).await;
            step();
        }
    })
}

#[test]
fn a_follow_tells_each_thing_once_in_order_and_ends() {
    let (desk, tab, id, remote) = started();
    desk.cloud.say(&remote, "m0", "Hello");
    let (cloud, at) = (desk.cloud.clone(), remote.clone());
    let step = |change: fn(&crate::support::Cloud, &str)| -> Box<dyn FnOnce()> {
        let (cloud, at) = (cloud.clone(), at.clone());
        Box::new(move || change(&cloud, &at))
    };
    let playing = play(
        &desk,
        vec![
            step(|cloud, at| cloud.set_status(at, Status::InProgress)),
            step(|cloud, at| cloud.say(at, "m1", "I look")),
            step(|cloud, at| cloud.say(at, "m1", "I look around")),
            step(|cloud, at| cloud.ask(at, "q")),
            step(|cloud, at| cloud.set_status(at, Status::Completed)),
        ],
    );
    let (mut events, outcome) = desk.world.run(follow(tab.hub.clone(), id));
    outcome.unwrap();
    desk.world.run(playing);
    // The row is told again whenever its time of change is newer.
    events.dedup();
    assert_eq!(
        events,
        [
            "queued",
            "turn of 1 parts",
            "in-progress",
            "m1: I look",
            "in-progress",
            "m1: I look around",
            "needs-input",
            "question q",
            "completed",
            "turn of 2 parts",
            "end completed",
        ]
    );
}

#[test]
fn a_follow_of_a_session_that_has_ended_tells_all_of_it_and_ends() {
    let (desk, tab, id, remote) = started();
    desk.cloud.say(&remote, "m", "Done");
    desk.cloud.set_status(&remote, Status::Completed);
    let before = desk.world.now();
    let (events, outcome) = desk.world.run(follow(tab.hub.clone(), id));
    outcome.unwrap();
    assert_eq!(events, ["queued", "completed", "turn of 1 parts", "end completed"]);
    assert_eq!(desk.world.now(), before, "nothing was waited for");
}

#[test]
fn a_follow_sits_out_what_passes_and_misses_nothing() {
    let (desk, tab, id, remote) = started();
    for code in [ErrorCode::Network, ErrorCode::Timeout, ErrorCode::RateLimited, ErrorCode::Provider] {
        desk.cloud.next(Op::Look, Fault::slow(seconds(0)));
        desk.cloud.next(Op::Look, Fault::refused(code));
    }
    let (cloud, at) = (desk.cloud.clone(), remote);
    let playing = play(
        &desk,
        vec![
            {
                let (cloud, at) = (cloud.clone(), at.clone());
                Box::new(move || cloud.say(&at, "m", "Still there"))
            },
            Box::new(move || cloud.set_status(&at, Status::Completed)),
        ],
    );
    let (events, outcome) = desk.world.run(follow(tab.hub.clone(), id.clone()));
    outcome.unwrap();
    desk.world.run(playing);
    assert_eq!(events.iter().filter(|event| event.starts_with("m: ")).count(), 1);
    assert!(events.iter().any(|event| event.ends_with("(stale)")), "the person sees that it is old: {events:?}");
    assert_eq!(events.last().unwrap(), "end completed");
    assert_eq!(tab.row(&id).stale, None);
}

#[test]
fn a_follow_gives_up_on_what_lasts_and_at_once_on_what_does_not_pass() {
    let (desk, tab, id, _) = started();
    desk.cloud.always(Op::Look, Some(Fault::offline()));
    let (_, outcome) = desk.world.run(follow(tab.hub.clone(), id.clone()));
    assert_eq!(outcome.unwrap_err().code, ErrorCode::Network);
    let looks = desk.cloud.count(Op::Look);
    assert!((10..30).contains(&looks), "{looks}");
    for code in [ErrorCode::NotFound, ErrorCode::Unauthorized, ErrorCode::Forbidden] {
        desk.cloud.always(Op::Look, Some(Fault::refused(code)));
        let before = desk.cloud.count(Op::Look);
        let (_, outcome) = desk.world.run(follow(tab.hub.clone(), id.clone()));
        assert_eq!((outcome.unwrap_err().code, desk.cloud.count(Op::Look) - before), (code, 1));
    }
}

#[test]
fn a_follow_of_a_start_in_the_outbox_goes_over_into_the_session() {
    let desk = Desk::new();
    let tab = desk.tab();
    tab.host.online.set(false);
    let waiting = desk.start(&tab, "Tidy up");
    let (host, cloud, clock) = (tab.host.clone(), desk.cloud.clone(), desk.world.clock.clone());
    let playing = desk.world.spawn(async move {
        clock.sleep(seconds(60)).await;
        host.online.set(true);
        clock.sleep(seconds(20)).await;
        cloud.set_status(&cloud.only(), Status::Completed);
    });
    let (events, outcome) = desk.world.run(follow(tab.hub.clone(), waiting.id.clone()));
    outcome.unwrap();
    desk.world.run(playing);
    assert_eq!(events[0], "outbox (stale)");
    assert!(events.contains(&"queued".to_owned()), "{events:?}");
    assert_eq!(events.last().unwrap(), "end completed");
    assert_eq!(tab.the_row().id, waiting.id);
}

#[test]
fn a_follow_of_a_start_that_is_refused_later_ends_with_the_reason() {
    let desk = Desk::new();
    let tab = desk.tab();
    tab.host.online.set(false);
    let waiting = desk.start(&tab, "Tidy up");
    tab.host.online.set(true);
    desk.cloud.next(Op::Start, Fault::refused(ErrorCode::Forbidden));
    let mut follow = tab.hub.follow(&waiting.id).unwrap();
    let last = desk.world.run(async {
        let mut last = None;
        while let Some(event) = follow.next().await.unwrap() {
            last = Some(event);
        }
        last
    });
    let Some(SessionEvent::End { session }) = last else { panic!("{last:?}") };
    assert!(in_outbox(&session) && session.facts.status == Status::Failed && session.facts.error.is_some());
}

#[test]
fn a_follow_whose_connection_closes_says_that_the_session_is_gone() {
    let (desk, tab, id, _) = started();
    let following = desk.world.spawn(follow(tab.hub.clone(), id));
    desk.world.pass(seconds(5));
    desk.world.run(tab.hub.disconnect("work")).unwrap();
    let (_, outcome) = desk.world.run(following);
    assert_eq!(outcome.unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn a_follow_that_nobody_reads_asks_nothing() {
    let (desk, tab, id, _) = started();
    let follow = tab.hub.follow(&id).unwrap();
    desk.world.pass(seconds(3600));
    assert_eq!(desk.cloud.count(Op::Look), 0);
    drop(follow);
}
