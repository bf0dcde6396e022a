//! What a person does with the local cloud, from the first start to the merged branch.

use serde_json::{Value, json};

use crate::cloud::{Options, until};
use crate::repository::Repository;

#[test]
fn a_newcomer_without_a_repository_finds_one() {
    let cloud = Options::new().start();
    let body = json!({ "prompt": "Add a line", "create_pull_request": false });
    let task = cloud.post("/agents/repos/local/demo/tasks", &body).expect(201);
    let id = task["id"].as_str().unwrap();
    assert_eq!(task["name"], "Add a line");
    let task = cloud.wait_for(id, "completed");
    assert_eq!(task["sessions"][0]["base_ref"], "main");
    assert!(cloud.said(id).contains("no model"));
    let body = json!({ "prompt": "x", "custom_agent": "reviewer", "base_ref": "next" });
    let task = cloud.post("/agents/repos/local/demo/tasks", &body).expect(201);
    assert_eq!(task["custom_agent"]["id"], "reviewer");
    cloud.wait_for(task["id"].as_str().unwrap(), "completed");
}

#[test]
fn a_session_asks_is_answered_and_leaves_a_branch() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).start();
    let marker = "<!-- cloud-agents:abcdefghijklmnopqrstuvwxyz -->";
    let prompt = format!("Please ask me first\n\nThen do it.\n{marker}");
    let id = cloud.start(&prompt);
    cloud.wait_for(&id, "waiting_for_user");

    let question = cloud.events_of(&id, "user_input.requested").remove(0);
    assert_eq!(question["choices"], json!(["At the end", "At the beginning"]));
    assert_eq!(question["allowFreeform"], true);
    let respond = |request: &Value, answer: &str| {
        let content = json!({ "requestId": request, "answer": answer, "wasFreeform": false }).to_string();
        cloud.steer(&id, &json!({ "type": "ask_user_response", "content": content }))
    };
    assert_eq!(respond(&json!("another question"), "At the end").status, 409);
    respond(&question["requestId"], "At the beginning").expect(202);

    let task = cloud.wait_for(&id, "completed");
    assert_eq!(task["name"], "Please ask me first");
    assert_eq!(task["sessions"][0]["prompt"], prompt, "the marker stays");
    assert_eq!(cloud.events_of(&id, "user.message")[0]["content"], prompt);
    assert_eq!(cloud.events_of(&id, "user_input.completed")[0]["answer"], "At the beginning");
    assert_eq!(respond(&question["requestId"], "At the end").status, 409, "it is answered already");

    let branch = cloud.branch(&id).unwrap();
    assert!(branch.starts_with("cloud-agent/please-ask-me-first-"), "{branch}");
    assert_eq!(repository.show(&branch, "DEMO.md"), "- Please ask me first");
    assert_eq!(repository.git(&["log", "-1", "--format=%an <%ae>", &branch]), "Cloud Agent <cloud-agent@localhost>");
    assert_eq!(repository.git(&["rev-list", "--count", &format!("main..{branch}")]), "1");
    assert_eq!(repository.git(&["rev-parse", "--abbrev-ref", "HEAD"]), "main");

    let kinds: Vec<Value> = cloud.events(&id).into_iter().map(|event| event["type"].clone()).collect();
    for kind in
        ["session.start", "assistant.turn_start", "tool.execution_start", "tool.execution_complete", "session.idle"]
    {
        assert!(kinds.contains(&json!(kind)), "{kind} is missing in {kinds:?}");
    }
}

#[test]
fn a_follow_up_goes_on_where_the_last_turn_ended() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).start();
    let id = cloud.start("One");
    cloud.wait_for(&id, "completed");
    cloud.steer(&id, &json!({ "type": "user_message", "content": "Two" })).expect(202);
    let task = until("two sessions", || {
        let task = cloud.task(&id);
        (task["session_count"] == 2 && task["state"] == "completed").then_some(task)
    });
    assert_eq!(task["sessions"][1]["prompt"], "Two");
    let branch = cloud.branch(&id).unwrap();
    assert_eq!(repository.show(&branch, "DEMO.md"), "- One\n- Two");
    assert_eq!(repository.git(&["rev-list", "--count", &format!("main..{branch}")]), "2");

    // Somebody works on the branch between two turns, and the files are tidied away with the archive.
    repository.git(&["checkout", "-q", &branch]);
    repository.write("DEMO.md", "- Mine\n");
    repository.git(&["commit", "-qam", "Mine"]);
    repository.git(&["checkout", "-q", "main"]);
    cloud.post(&format!("/agents/tasks/{id}/archive"), &json!({})).expect(200);
    assert!(!cloud.data().join("tasks").join(&id).exists());
    assert_eq!(cloud.steer(&id, &json!({ "type": "user_message", "content": "Three" })).status, 422);
    cloud.post(&format!("/agents/tasks/{id}/unarchive"), &json!({})).expect(200);
    cloud.steer(&id, &json!({ "type": "user_message", "content": "Three" })).expect(202);
    until("three sessions", || {
        let task = cloud.task(&id);
        (task["session_count"] == 3 && task["state"] == "completed").then_some(())
    });
    assert_eq!(repository.show(&branch, "DEMO.md"), "- Mine\n- Three");
}

#[test]
fn commits_that_come_while_the_agent_works_are_not_overwritten() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).shell_agent().start();
    let id = cloud.start("echo one > work.txt");
    cloud.wait_for(&id, "completed");
    let branch = cloud.branch(&id).unwrap();
    let go_on = |script: &str| {
        cloud.steer(&id, &json!({ "type": "user_message", "content": script })).expect(202);
    };
    let gate = cloud.data().join("tasks").join(&id).join("home/gate");
    go_on("mkfifo \"$HOME/gate\"; echo started; read x < \"$HOME/gate\"; echo two > work.txt");
    until("the agent works", || cloud.said(&id).contains("started").then_some(()));
    repository.git(&["checkout", "-q", &branch]);
    repository.write("mine.txt", "mine\n");
    repository.git(&["add", "-A"]);
    repository.git(&["commit", "-qm", "Mine"]);
    repository.git(&["checkout", "-q", "main"]);
    let mine = repository.git(&["rev-parse", &branch]);
    // Whoever looks at the branches brings the new commit to where the cloud knows of it.
    until("the cloud knows of it", || {
        let branches = cloud.get("/repos/local/fixture/branches").expect(200);
        branches.as_array().unwrap().iter().any(|known| known["commit"]["sha"] == mine.as_str()).then_some(())
    });
    std::fs::write(gate, "open\n").unwrap();
    cloud.wait_for(&id, "failed");
    assert_eq!(repository.git(&["rev-parse", &branch]), mine);
    let sibling = format!("{branch}-2");
    assert_eq!(repository.show(&sibling, "work.txt"), "two", "the work is kept");
    let reason = cloud.reason(&id);
    assert!(reason.contains(&format!("`{branch}` was changed")) && reason.contains(&sibling), "{reason}");

    go_on("cat work.txt >> mine.txt");
    until("the next turn", || (cloud.task(&id)["state"] == "completed").then_some(()));
    assert_eq!(repository.show(&branch, "mine.txt"), "mine\none");
    assert_eq!(repository.git(&["rev-list", "--count", &format!("{mine}..{branch}")]), "1");
}

#[test]
fn stopping_a_session_ends_its_agent_and_keeps_what_it_did() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).shell_agent().start();
    let id = cloud.start("echo half > work.txt; echo started; sleep 5471.25");
    until("the agent works", || cloud.said(&id).contains("started").then_some(()));
    cloud.steer(&id, &json!({ "type": "user_message", "content": "true" })).expect(202);
    let info = cloud.events_of(&id, "session.info");
    assert!(info.iter().any(|data| data["message"].as_str().unwrap().contains("next turn")), "{info:?}");
    cloud.steer(&id, &json!({ "type": "abort" })).expect(202);
    let task = cloud.wait_for(&id, "cancelled");
    let states: Vec<&Value> = task["sessions"].as_array().unwrap().iter().map(|session| &session["state"]).collect();
    assert_eq!(states, ["cancelled", "cancelled"], "what waits behind it is cancelled too");
    assert_eq!(crate::cloud::processes_with("sleep 5471.25"), Vec::<u32>::new());
    assert_eq!(repository.show(&cloud.branch(&id).unwrap(), "work.txt"), "half");
    // Stopping what has stopped is no error.
    cloud.steer(&id, &json!({ "type": "abort" })).expect(202);
}

#[test]
fn the_demo_agent_fails_and_dawdles_on_request() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).start();
    let slow = cloud.start("Be slow");
    let failed = cloud.run("Please fail", "failed");
    let reason = cloud.reason(failed["id"].as_str().unwrap());
    assert!(reason.contains("exit code 1") && reason.contains("`fail`"), "{reason}");
    assert_eq!(failed["artifacts"], json!([]));
    until("progress", || cloud.said(&slow).contains("1 of 60 seconds").then_some(()));
    cloud.steer(&slow, &json!({ "type": "abort" })).expect(202);
    cloud.wait_for(&slow, "cancelled");
}

#[test]
fn a_plain_command_reads_the_brief_and_its_lines_are_told_as_they_come() {
    let repository = Repository::new();
    // The agent waits at a gate that opens when its first line was seen: so that line was told before the end.
    let agent = "cat > brief.txt; mkfifo \"$HOME/gate\"; echo first; echo oops >&2; read x < \"$HOME/gate\"; echo second; exit 3";
    let cloud = Options::new().repository(&repository).argument("--agent", agent).start();
    let id = cloud.start("Do this\n<!-- cloud-agents:abcdefghijklmnopqrstuvwxyz -->");
    until("the first line", || (cloud.said(&id).trim() == "first").then_some(()));
    let gate = cloud.data().join("tasks").join(&id).join("home/gate");
    std::fs::write(gate, "open\n").unwrap();
    cloud.wait_for(&id, "failed");
    assert!(cloud.said(&id).contains("second"));
    assert_eq!(cloud.reason(&id), "The agent ended with exit code 3: oops");
    assert_eq!(cloud.events_of(&id, "tool.execution_complete")[0]["error"]["message"], "oops\n");
    assert_eq!(repository.show(&cloud.branch(&id).unwrap(), "brief.txt"), "Do this");
}

#[test]
fn a_task_becomes_a_pull_request_when_asked_for() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).start();
    let first = cloud.start_with(&json!({ "prompt": "First\n\nIn detail <!-- x -->", "create_pull_request": true }));
    let task = cloud.wait_for(&first, "completed");
    let pull = &task["artifacts"][0];
    assert_eq!((&pull["provider"], &pull["type"]), (&json!("github"), &json!("pull")));
    assert!(pull["data"]["global_id"].as_str().unwrap().starts_with("PR_"));

    let second = cloud.start("Second");
    let task = cloud.wait_for(&second, "completed");
    assert_eq!(task["artifacts"].as_array().unwrap().len(), 1, "none was asked for");
    let path = format!("/agents/repos/local/fixture/tasks/{second}/pulls");
    let pull = cloud.post(&path, &json!({})).expect(201);
    assert_eq!(pull["number"], 2);
    assert_eq!(cloud.post(&path, &json!({})).expect(201), pull, "there is one pull request a task");

    // A branch with an open pull request can be taken over, any other cannot.
    let branch = cloud.branch(&second).unwrap();
    let body = json!({ "prompt": "Third", "base_ref": "main", "head_ref": branch, "create_pull_request": false });
    let third = cloud.start_with(&body);
    cloud.wait_for(&third, "completed");
    assert_eq!(cloud.branch(&third).unwrap(), branch);
    assert_eq!(repository.show(&branch, "DEMO.md"), "- Second\n- Third");
    let fourth = cloud.start_with(&json!({ "prompt": "Fourth", "head_ref": "main", "create_pull_request": false }));
    cloud.wait_for(&fourth, "completed");
    assert!(cloud.branch(&fourth).unwrap().starts_with("cloud-agent/fourth-"));

    let nothing = cloud.start("Please fail");
    cloud.wait_for(&nothing, "failed");
    let path = format!("/agents/repos/local/fixture/tasks/{nothing}/pulls");
    assert_eq!(cloud.post(&path, &json!({})).status, 422);
}

#[test]
fn tasks_wait_for_a_place_and_questions_do_not_hold_one() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).argument("--parallel", "1").start();
    let slow = cloud.start("Be slow");
    cloud.wait_for(&slow, "in_progress");
    let asking = cloud.start("Please ask");
    assert_eq!(cloud.task(&asking)["state"], "queued");
    let never = cloud.start("Never mind");
    cloud.steer(&never, &json!({ "type": "abort" })).expect(202);
    cloud.wait_for(&never, "cancelled");
    cloud.steer(&slow, &json!({ "type": "abort" })).expect(202);
    cloud.wait_for(&asking, "waiting_for_user");
    // The one place is free while the question is open.
    cloud.run("Quick", "completed");
    assert_eq!(cloud.task(&asking)["state"], "waiting_for_user");
}

#[test]
fn an_answered_question_keeps_its_place_in_the_queue() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).argument("--parallel", "1").start();
    let asking = cloud.start("Please ask");
    cloud.wait_for(&asking, "waiting_for_user");
    let slow = cloud.start("Be slow");
    cloud.wait_for(&slow, "in_progress");
    let question = cloud.events_of(&asking, "user_input.requested").remove(0);
    let content = json!({ "requestId": question["requestId"], "answer": "At the end", "wasFreeform": false });
    let answer = json!({ "type": "ask_user_response", "content": content.to_string() });
    cloud.steer(&asking, &answer).expect(202);
    let later = cloud.start("Be slow later");
    // Seconds pass in the slow one, and so do turns of the loop in which the answered one waits.
    until("some seconds", || {
        let said = cloud.events_of(&slow, "assistant.message");
        said.iter().any(|data| data["content"] == "3 of 60 seconds have passed.").then_some(())
    });
    cloud.steer(&slow, &json!({ "type": "abort" })).expect(202);
    cloud.wait_for(&later, "in_progress");
    assert_eq!(cloud.events_of(&asking, "user_input.completed").len(), 1, "it was answered before the later one came");
    cloud.wait_for(&asking, "completed");
}

#[test]
fn repositories_of_the_same_name_are_told_apart() {
    let (first, second) = (Repository::new(), Repository::new());
    second.write("second.txt", "yes");
    second.git(&["add", "-A"]);
    second.git(&["commit", "-qm", "Second"]);
    let url = format!("file://{}", second.path().display());
    let cloud = Options::new().repository(&first).argument("--repo", &url).start();
    let task = cloud.post("/agents/repos/local/fixture-2/tasks", &json!({ "prompt": "Hello" })).expect(201);
    let id = task["id"].as_str().unwrap();
    cloud.wait_for(id, "completed");
    let branch = cloud.branch(id).unwrap();
    assert_eq!(second.show(&branch, "second.txt"), "yes");
    assert!(!first.try_git(&["rev-parse", "--verify", &branch]).status.success());
}
