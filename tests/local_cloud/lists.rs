//! The list of tasks: filters, order, pages, and answers that need not be sent twice.

use serde_json::{Value, json};

use crate::cloud::{Cloud, Options, TOKEN};
use crate::repository::Repository;

fn names(answer: &Value) -> Vec<&str> {
    answer["tasks"].as_array().unwrap().iter().map(|task| task["name"].as_str().unwrap()).collect()
}

fn three(repository: &Repository) -> (Cloud, [String; 3]) {
    let cloud = Options::new().repository(repository).start();
    let ids = ["One", "Two, which shall fail", "Three"].map(|prompt| {
        let id = cloud.start(prompt);
        cloud.wait_for(&id, if prompt.contains("fail") { "failed" } else { "completed" });
        id
    });
    (cloud, ids)
}

#[test]
fn lists_are_filtered_and_sorted() {
    let repository = Repository::new();
    let (cloud, ids) = three(&repository);
    let list = |query: &str| cloud.get(&format!("/agents/repos/local/fixture/tasks?{query}")).expect(200);
    let two = "Two, which shall fail";
    assert_eq!(names(&list("")), ["Three", two, "One"]);
    assert_eq!(names(&list("sort=created_at&direction=asc")), ["One", two, "Three"]);
    assert_eq!(names(&list("state=failed")), [two]);
    assert_eq!(names(&list("state=failed,completed")), ["Three", two, "One"]);
    assert_eq!(names(&list("state=queued")), Vec::<&str>::new());
    assert_eq!(names(&list("since=2000-01-01T00:00:00Z")).len(), 3);
    assert_eq!(names(&list("since=2999-01-01T00:00:00Z")), Vec::<&str>::new());
    assert_eq!(names(&list("creator_id=1")).len(), 3);
    assert_eq!(names(&list("creator_id=1&creator_id=2")).len(), 3);
    assert_eq!(names(&list("creator_id=2")), Vec::<&str>::new());
    // What a list says was updated last is found again with exactly that time.
    let first = list("per_page=1");
    let since = first["tasks"][0]["updated_at"].as_str().unwrap();
    assert!(names(&list(&format!("since={since}"))).contains(&"Three"));

    let archived = cloud.post(&format!("/agents/tasks/{}/archive", ids[0]), &json!({})).expect(200);
    assert!(archived["archived_at"].is_string());
    assert_eq!(names(&list("")), ["Three", two]);
    let only = list("is_archived=true");
    assert_eq!(names(&only), ["One"]);
    assert_eq!((&only["total_active_count"], &only["total_archived_count"]), (&json!(2), &json!(1)));
    let back = cloud.post(&format!("/agents/tasks/{}/unarchive", ids[0]), &json!({})).expect(200);
    assert_eq!(back["archived_at"], Value::Null);
    assert_eq!(names(&cloud.get("/agents/tasks").expect(200)).len(), 3);

    for bad in [
        "state=done",
        "per_page=0",
        "per_page=101",
        "page=0",
        "page=x",
        "sort=name",
        "direction=up",
        "is_archived=maybe",
        "since=yesterday",
        "creator_id=me",
    ] {
        let answer = cloud.get(&format!("/agents/repos/local/fixture/tasks?{bad}"));
        assert_eq!((answer.status, answer.json()["errors"][0]["code"].as_str()), (422, Some("invalid")), "{bad}");
    }
}

#[test]
fn pages_are_linked() {
    let repository = Repository::new();
    let (cloud, ids) = three(&repository);
    let path = "/agents/repos/local/fixture/tasks?per_page=1&state=completed,failed";
    let link = |page: usize| cloud.get(&format!("{path}&page={page}")).header("link").to_owned();
    let relations = |text: &str| -> Vec<String> {
        text.split(", <").map(|part| part.split("rel=\"").nth(1).unwrap().trim_end_matches('"').to_owned()).collect()
    };
    assert_eq!(relations(&link(1)), ["next", "first"]);
    assert_eq!(relations(&link(2)), ["next", "prev", "first"]);
    assert_eq!(relations(&link(3)), ["prev", "first", "last"]);

    // Following the links leads through everything once.
    let mut found = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let answer = cloud.get(&path);
        found.extend(names(&answer.json()).into_iter().map(str::to_owned));
        let prefix = format!("{}/api", cloud.address);
        next = answer
            .header("link")
            .split(", ")
            .find(|link| link.ends_with("rel=\"next\""))
            .map(|link| link.split('>').next().unwrap().strip_prefix(&format!("<{prefix}")).unwrap().to_owned());
    }
    assert_eq!(found.len(), 3);

    let events = cloud.get(&format!("/agents/tasks/{}/events?per_page=2&page=2", ids[0]));
    assert_eq!(relations(events.header("link")), ["next", "prev", "first"]);
    let events = events.expect(200);
    assert_eq!(events["events"].as_array().unwrap().len(), 2);
    assert_eq!(events["total"], cloud.events(&ids[0]).len());
    let all = cloud.events(&ids[0]);
    for (before, event) in all.iter().zip(&all[1..]) {
        assert_eq!(event["parentId"], before["id"]);
    }
}

#[test]
fn what_is_known_is_not_sent_again() {
    let repository = Repository::new();
    let (cloud, ids) = three(&repository);
    let authorization = format!("Bearer {TOKEN}");
    let ask = |tag: &str| {
        cloud.send("GET", "/api/agents/tasks", &[("authorization", &authorization), ("if-none-match", tag)], None)
    };
    let first = ask("\"other\"");
    let tag = first.header("etag").to_owned();
    assert_eq!(first.status, 200);
    let again = ask(&tag);
    assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", tag.as_str()));
    assert!(!again.header("x-github-request-id").is_empty());
    cloud.patch(&format!("/agents/tasks/{}", ids[1]), &json!({ "name": "Another name" })).expect(200);
    let changed = ask(&tag);
    assert_eq!(changed.status, 200);
    assert!(changed.text.contains("Another name"));
    assert_eq!(cloud.patch(&format!("/agents/tasks/{}", ids[1]), &json!({ "name": "x".repeat(101) })).status, 422);
    for name in ["limit", "remaining", "used", "reset", "resource"] {
        assert!(!changed.header(&format!("x-ratelimit-{name}")).is_empty(), "{name}");
    }
}
