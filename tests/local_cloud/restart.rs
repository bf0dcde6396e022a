//! What is left after the local cloud was stopped, or cut off.

use serde_json::json;

use crate::cloud::{Options, processes_with, until};
use crate::repository::Repository;

const REASON: &str = "the local cloud was restarted while this task was running";

fn options(repository: &Repository) -> Options {
    Options::new().repository(repository).shell_agent().argument("--parallel", "1")
}

#[test]
fn tasks_are_found_again_after_a_power_cut() {
    let repository = Repository::new();
    let cloud = options(&repository).start();
    let done = cloud.start("echo done > done.txt");
    let before = cloud.wait_for(&done, "completed");
    let events = cloud.events(&done);
    let running =
        cloud.start("echo here; sleep 6151.75 & setsid sleep 6151.75 & while sleep 0.01; do echo and here; done");
    let queued = cloud.start("echo later > later.txt");
    until("the agent works", || cloud.said(&running).contains("here").then_some(()));
    let data = cloud.cut_off();
    until("its processes ended", || processes_with("sleep 6151.75").is_empty().then_some(()));

    let cloud = options(&repository).start_on(data);
    let mut after = cloud.task(&done);
    for task in [&mut after, &mut before.clone()] {
        task["url"] = json!("");
        task["html_url"] = json!("");
    }
    assert_eq!(after["sessions"], before["sessions"]);
    assert_eq!(after["artifacts"], before["artifacts"]);
    assert_eq!(cloud.events(&done), events);
    let failed = cloud.wait_for(&running, "failed");
    assert_eq!(cloud.reason(&running), REASON);
    assert!(failed["sessions"][0]["completed_at"].is_string());
    assert_eq!(cloud.events_of(&running, "session.error")[0]["message"], REASON);
    cloud.wait_for(&queued, "completed");
    assert_eq!(repository.show(&cloud.branch(&queued).unwrap(), "later.txt"), "later");

    // And it can go on.
    cloud.steer(&running, &json!({ "type": "user_message", "content": "echo on > on.txt" })).expect(202);
    until("the follow-up", || (cloud.task(&running)["state"] == "completed").then_some(()));
    assert_eq!(repository.show(&cloud.branch(&running).unwrap(), "on.txt"), "on");
}

#[test]
fn shutting_down_ends_the_agents_first() {
    let repository = Repository::new();
    let cloud = options(&repository).start();
    let id = cloud.start("echo here; sleep 6152.75 & setsid sleep 6152.75 & wait");
    until("the agent works", || cloud.said(&id).contains("here").then_some(()));
    let data = cloud.shut_down();
    assert_eq!(processes_with("sleep 6152.75"), Vec::<u32>::new());
    let cloud = options(&repository).start_on(data);
    cloud.wait_for(&id, "failed");
    assert_eq!(cloud.reason(&id), REASON);
}
