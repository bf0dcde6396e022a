//! Who is let in, attacked: hosts, origins, tokens, and what the page may do.

use serde_json::json;

use crate::cloud::{Options, TOKEN};
use crate::repository::Repository;

fn page(meta: &str) -> tempfile::TempDir {
    let page = tempfile::tempdir().unwrap();
    let html = format!("<!doctype html><html><head>{meta}<title>Page</title></head><body></body></html>");
    std::fs::write(page.path().join("index.html"), html).unwrap();
    std::fs::create_dir(page.path().join("assets")).unwrap();
    std::fs::write(page.path().join("assets/core-abc123.wasm"), b"\0asm").unwrap();
    std::fs::write(page.path().join("assets/page-abc123.js"), "export {};").unwrap();
    page
}

const META: &str = "<meta name=\"cloud-agents-token\" content=\"\">";

#[test]
fn every_call_wants_the_token() {
    let cloud = Options::new().start();
    let paths =
        ["/user", "/rate_limit", "/agents/tasks", "/agents/tasks/x", "/agents/repos/local/demo/tasks", "/nothing"];
    for path in paths {
        let path = format!("/api{path}");
        let answer = cloud.send("GET", &path, &[], None);
        assert_eq!(
            (answer.status, answer.json()["message"].as_str()),
            (401, Some("Requires authentication")),
            "{path}"
        );
        assert!(!answer.header("x-github-request-id").is_empty());
        for wrong in ["Bearer wrong", &format!("Bearer {TOKEN}x"), &format!("Bearer {}", &TOKEN[1..]), "Bearer ", TOKEN]
        {
            let answer = cloud.send("GET", &path, &[("authorization", wrong)], None);
            assert_eq!(answer.status, 401, "{path} with {wrong}");
        }
        let in_query = format!("{path}?access_token={TOKEN}&token={TOKEN}");
        assert_eq!(cloud.send("GET", &in_query, &[], None).status, 401);
    }
    let started = cloud.send("POST", "/api/agents/repos/local/demo/tasks", &[], Some("{\"prompt\":\"x\"}"));
    assert_eq!(started.status, 401);
    assert_eq!(cloud.get("/agents/tasks").expect(200)["tasks"], json!([]));
    assert_eq!(cloud.get("/nothing").status, 404);
}

#[test]
fn other_host_names_are_refused() {
    let cloud = Options::new().start();
    let port = cloud.port();
    let ask = |lines: &str| {
        let answer = cloud.raw(&format!(
            "GET /api/user HTTP/1.1\r\n{lines}Authorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
        ));
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    for own in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("LOCALHOST:{port}")] {
        assert_eq!(ask(&format!("Host: {own}\r\n")), "200", "{own}");
    }
    let foreign = [
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        "localhost".to_owned(),
        format!("127.0.0.1:{}", port.wrapping_add(1)),
        format!("localhost.evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        format!("evil@127.0.0.1:{port}"),
        format!("0.0.0.0:{port}"),
        String::new(),
    ];
    for host in foreign {
        assert!(matches!(ask(&format!("Host: {host}\r\n")).as_str(), "403" | "400"), "{host}");
    }
    assert!(matches!(ask("").as_str(), "403" | "400"), "no host at all");
    let two = format!("Host: 127.0.0.1:{port}\r\nHost: evil.example:{port}\r\n");
    assert!(matches!(ask(&two).as_str(), "403" | "400"), "two hosts");
    // An absolute address in the request line outranks the header.
    let absolute = |address: &str, host: &str| {
        let answer = cloud.raw(&format!(
            "GET http://{address}/api/user HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
        ));
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    let own = format!("127.0.0.1:{port}");
    assert_eq!(absolute(&own, &own), "200");
    for address in ["evil.example", &format!("evil.example:{port}"), &format!("evil@{own}"), "127.0.0.1"] {
        assert!(matches!(absolute(address, &own).as_str(), "403" | "400"), "{address}");
    }
    assert!(matches!(absolute(&own, "evil.example").as_str(), "403" | "400"), "the header counts as well");
    // The page holds the token, so a name that was made to resolve to this machine must not get it either.
    let answer = cloud.raw(&format!("GET / HTTP/1.1\r\nHost: evil.example:{port}\r\nConnection: close\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 403") && !answer.contains(TOKEN), "{answer}");
}

#[test]
fn other_origins_are_refused_unless_named() {
    let cloud = Options::new().argument("--allow-origin", "https://friend.example").start();
    let authorization = format!("Bearer {TOKEN}");
    let ask = |method: &str, origin: &str, more: &[(&str, &str)]| {
        let headers = [&[("origin", origin), ("authorization", authorization.as_str())], more].concat();
        cloud.send(method, "/api/user", &headers, None)
    };
    let own = [cloud.address.clone(), format!("http://localhost:{}", cloud.port())];
    for origin in &own {
        assert_eq!(ask("GET", origin, &[]).status, 200, "{origin}");
    }
    let foreign = [
        "https://evil.example",
        "http://friend.example",
        "https://friend.example.evil.example",
        "https://friend.example:8443",
        "null",
        "http://127.0.0.1",
        "https://127.0.0.1:1",
        "http://localhost:1",
    ];
    for origin in foreign {
        for method in ["GET", "OPTIONS"] {
            let answer = ask(method, origin, &[("access-control-request-method", "GET")]);
            assert_eq!(answer.status, 403, "{method} {origin}");
            assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        }
    }
    let answer = ask("GET", "https://friend.example", &[]);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "https://friend.example"));
    for name in ["ETag", "Link", "Location", "Retry-After", "X-RateLimit-Remaining", "X-GitHub-Request-Id"] {
        assert!(answer.header("access-control-expose-headers").contains(name), "{name}");
    }
    // Without the token a friend is told so, and can read it.
    let answer = cloud.send("GET", "/api/user", &[("origin", "https://friend.example")], None);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (401, "https://friend.example"));
    let preflight = [
        ("origin", "https://friend.example"),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "authorization"),
    ];
    let answer = cloud.send("OPTIONS", "/api/agents/tasks/x", &preflight, None);
    assert_eq!(answer.status, 204);
    assert!(answer.header("access-control-allow-methods").contains("PATCH"));
    for name in ["Authorization", "Content-Type", "If-None-Match", "Accept", "X-GitHub-Api-Version", "GraphQL-Features"]
    {
        assert!(answer.header("access-control-allow-headers").contains(name), "{name}");
    }
    let refusal = Options::new().argument("--allow-origin", "*").refusal();
    assert!(refusal.contains("not an origin"), "{refusal}");
}

#[test]
fn an_origin_that_is_named_gets_the_api_and_not_the_page() {
    let page = page(META);
    let options = Options::new().argument("--page", page.path().to_str().unwrap());
    let cloud = options.argument("--allow-origin", "https://friend.example").start();
    for origin in ["https://friend.example", "https://evil.example", "null"] {
        for path in ["/", "/?x=/api/", "/index.html", "/assets/page-abc123.js", "//api/user", "/api"] {
            for method in ["GET", "HEAD", "OPTIONS"] {
                let headers = [("origin", origin), ("access-control-request-method", "GET")];
                let answer = cloud.send(method, path, &headers, None);
                assert_eq!(answer.status, 403, "{method} {path} from {origin}");
                assert!(!answer.text.contains(TOKEN), "{method} {path} from {origin}");
                assert_eq!(answer.header("access-control-allow-origin"), "", "{method} {path} from {origin}");
            }
        }
    }
    let own = cloud.send("GET", "/", &[("origin", &cloud.address)], None);
    assert!(own.status == 200 && own.text.contains(TOKEN), "{}", own.text);
    assert_eq!(own.header("access-control-allow-origin"), "");
}

#[test]
fn the_header_says_what_the_page_says_of_itself() {
    let html = include_str!("../../www/page/index.html");
    let rest = html.split("http-equiv=\"Content-Security-Policy\"").nth(1).unwrap();
    let own = rest.split("content=\"").nth(1).unwrap().split('"').next().unwrap();
    let cloud = Options::new().start();
    let answer = cloud.send("GET", "/", &[], None);
    assert_eq!(answer.header("content-security-policy"), format!("{own}; frame-ancestors 'none'"));
}

#[test]
fn the_token_can_come_from_the_environment_which_others_cannot_read() {
    let cloud = Options::new().environment("CLOUD_AGENTS_TOKEN", "from-the-environment").start();
    let ask = |token: &str| {
        let authorization = format!("Bearer {token}");
        cloud.send("GET", "/api/user", &[("authorization", authorization.as_str())], None).status
    };
    assert_eq!(ask("from-the-environment"), 200);
    assert_eq!(ask(TOKEN), 401);
    let line = std::fs::read(format!("/proc/{}/cmdline", cloud.pid())).unwrap();
    assert!(!String::from_utf8_lossy(&line).contains("from-the-environment"));
    let options = Options::new().environment("CLOUD_AGENTS_TOKEN", "from-the-environment");
    let cloud = options.argument("--token", TOKEN).start();
    assert_eq!(cloud.get("/user").status, 200, "what is said on the command line outranks it");
}

#[test]
fn the_page_holds_the_token_and_nothing_else_does() {
    let page = page(META);
    let directory = page.path().to_str().unwrap();
    let cloud = Options::new().argument("--page", directory).start();
    let first = cloud.send("GET", "/", &[], None);
    assert_eq!(first.status, 200);
    assert!(first.text.contains(&format!("<meta name=\"cloud-agents-token\" content=\"{TOKEN}\">")), "{}", first.text);
    assert_eq!(first.header("cache-control"), "no-store");
    assert_eq!(first.header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(first.header("x-content-type-options"), "nosniff");
    assert_eq!(first.header("referrer-policy"), "no-referrer");
    let policy = first.header("content-security-policy");
    for rule in
        ["default-src 'none'", "frame-ancestors 'none'", "script-src 'self' 'wasm-unsafe-eval';", "base-uri 'none'"]
    {
        assert!(policy.contains(rule), "{rule} is missing in {policy}");
    }
    assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{policy}");

    let wasm = cloud.send("GET", "/assets/core-abc123.wasm", &[], None);
    assert_eq!((wasm.status, wasm.header("content-type")), (200, "application/wasm"));
    assert!(wasm.header("cache-control").contains("immutable"));
    assert!(cloud.send("GET", "/assets/page-abc123.js", &[], None).header("content-type").contains("javascript"));
    for path in
        ["/index.html", "/assets/core-abc123.wasm", "/assets/../index.html", "/local/fixture/tasks/1", "/nothing"]
    {
        assert!(!cloud.send("GET", path, &[], None).text.contains(TOKEN), "{path}");
    }
    let path = format!("GET /assets/..%2f..%2f..{}/token HTTP/1.1", cloud.data().display());
    let answer = cloud.raw(&format!("{path}\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", cloud.port()));
    assert!(!answer.contains(TOKEN) && !answer.starts_with("HTTP/1.1 200"), "{answer}");

    let shared = Options::new().argument("--page", directory).flag("--no-page-token").start();
    assert!(!shared.send("GET", "/", &[], None).text.contains(TOKEN));
}

#[test]
fn a_token_is_made_once_and_kept_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let page = page(META);
    let start =
        |data| Options::new().argument("--page", page.path().to_str().unwrap()).argument("--token", "").start_on(data);
    let shown = |cloud: &crate::cloud::Cloud| {
        let text = cloud.send("GET", "/", &[], None).text;
        text.split("content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let cloud = start(tempfile::tempdir().unwrap());
    let token = shown(&cloud);
    assert!(token.len() >= 43, "{token}");
    let mode = std::fs::metadata(cloud.data().join("token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    let cloud = start(cloud.shut_down());
    assert_eq!(shown(&cloud), token);
}

#[test]
fn a_start_that_cannot_be_says_what_to_do() {
    let cloud = Options::new().start();
    let port = cloud.port().to_string();
    let refusal = Options::new().argument("--port", &port).refusal();
    assert!(refusal.contains(&format!("port {port} is taken")) && refusal.contains("--port"), "{refusal}");
    for repository in ["/nowhere/at/all", "ext::sh -c true", "--upload-pack=true", "fd::3", "x::y"] {
        let refusal = Options::new().flag(&format!("--repo={repository}")).refusal();
        assert!(refusal.contains("neither a git repository"), "{repository}: {refusal}");
    }
    let plain = tempfile::tempdir().unwrap();
    let refusal = Options::new().argument("--repo", plain.path().to_str().unwrap()).refusal();
    assert!(refusal.contains("could not be read"), "{refusal}");
    let data = cloud.data();
    let refusal = Options::new().argument("--data", data.to_str().unwrap()).refusal();
    assert!(refusal.contains("another local cloud"), "{refusal}");
}

#[test]
fn bad_requests_are_refused_in_githubs_words() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).start();
    let tasks = "/agents/repos/local/fixture/tasks";
    let answer = cloud.post_text(tasks, "{\"prompt\": ");
    assert_eq!((answer.status, answer.json()["message"].as_str()), (400, Some("Problems parsing JSON")));
    assert_eq!(cloud.post_text(tasks, "[]").status, 400);
    for (body, code) in [
        (json!({}), "missing_field"),
        (json!({ "prompt": "  " }), "invalid"),
        (json!({ "prompt": 1 }), "invalid"),
        (json!({ "prompt": "x", "create_pull_request": "yes" }), "invalid"),
        (json!({ "prompt": "x", "base_ref": "nowhere" }), "invalid"),
        (json!({ "prompt": "x", "base_ref": "--upload-pack=true" }), "invalid"),
        (json!({ "prompt": "x", "base_ref": "main^{commit}" }), "invalid"),
        (json!({ "prompt": "x", "custom_agent": "nobody" }), "invalid"),
        (json!({ "prompt": "x", "custom_agent": "../../README" }), "invalid"),
    ] {
        let answer = cloud.post(tasks, &body).expect(422);
        assert_eq!(answer["errors"][0]["code"], code, "{body} {answer}");
        assert!(answer["documentation_url"].is_string() && answer["message"].is_string());
    }
    let large = json!({ "prompt": "x".repeat(50 << 20) }).to_string();
    let answer = cloud.post_text(tasks, &large);
    assert_eq!((answer.status, answer.json()["message"].as_str()), (413, Some("The body is larger than 8 MB")));
    assert_eq!(cloud.post("/agents/repos/local/nowhere/tasks", &json!({ "prompt": "x" })).status, 404);
    assert_eq!(cloud.get("/agents/tasks/nothing").status, 404);
    for body in [
        json!({}),
        json!({ "type": "dance" }),
        json!({ "type": "user_message" }),
        json!({ "type": "ask_user_response", "content": "no" }),
    ] {
        let id = cloud.run("x", "completed")["id"].as_str().unwrap().to_owned();
        assert_eq!(cloud.steer(&id, &body).status, 422, "{body}");
    }
    assert_eq!(cloud.get("/agents/tasks").expect(200)["tasks"].as_array().unwrap().len(), 4);
}
