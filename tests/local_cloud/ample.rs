//! Far more of everything than anyone expects: output, changed files, connections. All of it ends, and a person still sees what
//! happened.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cloud_agents::provider::{Provider, ProviderConfig, connect};
use cloud_agents::session::{Kind, Part};

use crate::cloud::{Cloud, Options, PATIENCE, client};
use crate::pushes::over_http;
use crate::repository::Repository;
use crate::scripted::{ScriptedHost, run};

/// The core on this cloud, which takes 16 MB of one answer; here it gets no more than half of that.
fn core(cloud: &Cloud) -> Rc<dyn Provider> {
    let client = client();
    let host = ScriptedHost::new(move |sent| {
        let canned = over_http(&client, sent);
        assert!(canned.body.len() < 8 << 20, "{} bytes: {}", canned.body.len(), sent.url);
        canned
    });
    let config = ProviderConfig {
        kind: Kind::Local,
        id: None,
        label: None,
        base_url: Some(format!("{}/api", cloud.address)),
        agents_url: None,
        relay_url: None,
    };
    connect(&config, "local", host).unwrap()
}

#[test]
fn a_session_opens_after_endless_output_of_any_kind() {
    let repository = Repository::new();
    let cloud = Options::new().repository(&repository).shell_agent().start();
    let provider = core(&cloud);
    for (script, seen) in [
        ("echo begun; cat /dev/zero", "begun\n\u{fffd}\n"),
        ("printf '\\033[1mbegun\\033[0m\\n'; yes '\"\\' | tr -d '\\n'", "begun"),
    ] {
        let id = cloud.start(script);
        cloud.wait_for(&id, "failed");
        let mut watch = provider.watch(&id);
        let look = run(watch.look()).unwrap();
        assert!(format!("{:?}", look.facts.error).contains("more than 16 MB"), "{:?}", look.facts.error);
        let parts = watch.turns()[0].parts.clone();
        let Some(Part::Text { text, .. }) = parts.first() else { panic!("{parts:?}") };
        assert!(text.starts_with(seen), "{script}: {:?}", text.chars().take(50).collect::<String>());
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    }
}

#[test]
fn the_diff_of_thousands_of_files_is_there_in_time() {
    let repository = Repository::new();
    repository.write("moved.txt", &"a line\n".repeat(30));
    repository.git(&["add", "-A"]);
    repository.git(&["commit", "-qm", "Moved"]);
    let cloud = Options::new().repository(&repository).shell_agent().start();
    let script = "i=0; while [ $i -lt 3000 ]; do echo $i > file-$i.txt; i=$((i+1)); done; git mv moved.txt a-moved.txt; echo more >> a-moved.txt
         yes 'a line that is not very long' | head -c 40000000 > enormous.txt; head -c 30000000 /dev/zero | tr '\\0' y > a-line.txt
         mkdir large; for i in 1 2 3 4 5 6 7 8 9; do yes \"$i \\\"text\\\"\" | head -c 400000 > a-large-$i.txt; done";
    let id = cloud.start(script);
    cloud.wait_for(&id, "completed");
    let began = Instant::now();
    let changes = run(core(&cloud).changes(&id)).unwrap();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
    let diff = |path: &str| {
        let file = changes.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is missing"));
        file.diff.as_deref()
    };
    assert_eq!(changes.len(), 300);
    assert!(diff("file-0.txt").is_some_and(|diff| diff.trim_end().ends_with("@@ -0,0 +1 @@\n+0")));
    assert!(diff("a-moved.txt").is_some_and(|diff| diff.trim_end().ends_with("+more")), "{:?}", diff("a-moved.txt"));
    assert!(diff("a-large-1.txt").is_some() && diff("a-large-9.txt").is_some());
    assert_eq!((diff("enormous.txt"), diff("a-line.txt")), (None, None));
    let without = changes.iter().filter(|file| file.diff.is_none()).count();
    assert_eq!(without, 2);
}

#[test]
fn a_request_that_is_not_sent_to_its_end_is_not_waited_for() {
    let cloud = Options::new().start();
    let open = |text: &str| {
        let mut stream = TcpStream::connect(cloud.address.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    let half = format!("GET /api/user HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nX-A: ", cloud.port());
    // More than the cloud serves at once: whoever comes after them waits, and is answered.
    let mut streams: Vec<TcpStream> = (0..400).map(|_| open(&half)).collect();
    assert_eq!(cloud.get("/user").status, 200);
    for stream in &mut streams {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(!rest.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&rest));
    }
}
