//! A running local cloud, and a client for it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::http;

use crate::repository::Repository;

pub const TOKEN: &str = "the-token-of-the-tests";
/// More than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until there is an answer; fails the test when there is none in time.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::park_timeout(Duration::from_millis(15));
    }
}

/// How to start a local cloud.
pub struct Options {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    namespaces: bool,
}

impl Options {
    pub fn new() -> Self {
        Self { arguments: Vec::new(), environment: Vec::new(), namespaces: true }
    }

    pub fn repository(self, repository: &Repository) -> Self {
        self.argument("--repo", repository.path().to_str().unwrap())
    }

    /// An agent that runs its prompt as a shell script.
    pub fn shell_agent(self) -> Self {
        self.argument("--agent", "sh -s")
    }

    pub fn argument(mut self, name: &str, value: &str) -> Self {
        self.arguments.extend([name.to_owned(), value.to_owned()]);
        self
    }

    pub fn flag(mut self, name: &str) -> Self {
        self.arguments.push(name.to_owned());
        self
    }

    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As on a system that lets accounts make no namespaces.
    pub fn without_namespaces(mut self) -> Self {
        self.namespaces = false;
        self
    }

    pub fn start(self) -> Cloud {
        self.start_on(TempDir::with_prefix("cloud-").unwrap())
    }

    pub fn start_on(self, data: TempDir) -> Cloud {
        let mut server = self.command(data.path()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("Open ").and_then(|rest| rest.strip_suffix('/'));
        let Some(address) = address else {
            let mut complaint = String::new();
            server.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
            panic!("the cloud did not start: {line}{complaint}");
        };
        Cloud { address: address.to_owned(), server, client: client(), data: Some(data) }
    }

    /// What a cloud that cannot start says.
    pub fn refusal(self) -> String {
        let data = TempDir::with_prefix("cloud-").unwrap();
        let output = self.command(data.path()).output().unwrap();
        assert!(!output.status.success(), "it started");
        String::from_utf8(output.stderr).unwrap()
    }

    fn command(self, data: &Path) -> Command {
        let program = env!("CARGO_BIN_EXE_cloud-agents");
        let mut command = Command::new(program);
        if !self.namespaces {
            let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
            command = Command::new("unshare");
            command.args(["--user", "--map-root-user", "sh", "-c", script, "sh", program]);
        }
        command.arg("serve");
        if !self.arguments.iter().any(|argument| argument == "--data") {
            command.args(["--data", data.to_str().unwrap()]);
        }
        if !self.arguments.iter().any(|argument| argument == "--port") {
            command.args(["--port", "0"]);
        }
        let in_environment = self.environment.iter().any(|(name, _)| name == "CLOUD_AGENTS_TOKEN");
        if !in_environment && !self.arguments.iter().any(|argument| argument == "--token") {
            command.args(["--token", TOKEN]);
        }
        command.args(self.arguments).envs(self.environment);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Sends requests, and says what came of them. A connection each: one that the server has just closed, as it may, would be a
/// failure where browsers ask once more.
pub fn client() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).max_idle_connections(0);
    ureq::Agent::new_with_config(config.timeout_global(Some(PATIENCE)).build())
}

/// A running local cloud; it ends with the test.
pub struct Cloud {
    pub address: String,
    server: Child,
    client: ureq::Agent,
    data: Option<TempDir>,
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The body of an answer with this status.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }
}

impl Cloud {
    pub fn port(&self) -> u16 {
        self.address.rsplit(':').next().unwrap().parse().unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.server.id()
    }

    pub fn data(&self) -> PathBuf {
        self.data.as_ref().unwrap().path().to_owned()
    }

    /// Ends the server at once, as a power cut would; its data stay.
    pub fn cut_off(mut self) -> TempDir {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        self.data.take().unwrap()
    }

    /// Ends the server as Ctrl-C does; its data stay.
    pub fn shut_down(mut self) -> TempDir {
        let status = Command::new("kill").args(["-INT", &self.server.id().to_string()]).status().unwrap();
        assert!(status.success());
        assert!(self.server.wait().unwrap().success());
        self.data.take().unwrap()
    }

    /// Ends the server; what it said on its stderr.
    pub fn complaints(mut self) -> String {
        self.server.kill().unwrap();
        let mut complaints = String::new();
        self.server.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
        complaints
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match body {
            Some(body) => self.client.run(request.body(body.to_owned()).unwrap()),
            None => self.client.run(request.body(()).unwrap()),
        };
        let (parts, mut body) = response.unwrap().into_parts();
        let text = body.read_to_string().unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    fn with_token(&self, method: &str, path: &str, body: Option<&str>) -> Answer {
        let authorization = format!("Bearer {TOKEN}");
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        self.send(method, &format!("/api{path}"), &headers, body)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.with_token("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.with_token("POST", path, Some(&body.to_string()))
    }

    pub fn post_text(&self, path: &str, body: &str) -> Answer {
        self.with_token("POST", path, Some(body))
    }

    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.with_token("PATCH", path, Some(&body.to_string()))
    }

    /// Bytes as they are, and what comes back: for requests that no client would send.
    pub fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Starts a task at the fixture; its id.
    pub fn start(&self, prompt: &str) -> String {
        self.start_with(&json!({ "prompt": prompt, "create_pull_request": false }))
    }

    pub fn start_with(&self, body: &Value) -> String {
        let task = self.post("/agents/repos/local/fixture/tasks", body).expect(201);
        task["id"].as_str().unwrap().to_owned()
    }

    pub fn task(&self, id: &str) -> Value {
        self.get(&format!("/agents/tasks/{id}")).expect(200)
    }

    /// Waits for a state.
    pub fn wait_for(&self, id: &str, state: &str) -> Value {
        let settled = ["completed", "failed", "timed_out", "cancelled"];
        until(&format!("{state} of {id}"), || {
            let task = self.task(id);
            let now = task["state"].as_str().unwrap();
            assert!(
                now == state || !settled.contains(&now),
                "{now} instead of {state}: {task:#}\n{:#?}",
                self.events(id)
            );
            (now == state).then_some(task)
        })
    }

    /// Runs a task to its end; the task then.
    pub fn run(&self, prompt: &str, state: &str) -> Value {
        let id = self.start(prompt);
        self.wait_for(&id, state)
    }

    pub fn steer(&self, id: &str, body: &Value) -> Answer {
        self.post(&format!("/agents/tasks/{id}/steer"), body)
    }

    /// All events of a task.
    pub fn events(&self, id: &str) -> Vec<Value> {
        let mut events = Vec::new();
        for page in 1.. {
            let answer = self.get(&format!("/agents/tasks/{id}/events?per_page=100&page={page}")).expect(200);
            events.extend(answer["events"].as_array().unwrap().iter().cloned());
            if events.len() as u64 >= answer["total"].as_u64().unwrap() {
                break;
            }
        }
        events
    }

    /// The data of a task's events of one type.
    pub fn events_of(&self, id: &str, kind: &str) -> Vec<Value> {
        let events = self.events(id).into_iter().filter(|event| event["type"] == kind);
        events.map(|mut event| event["data"].take()).collect()
    }

    /// What the agent said, the last snapshot of each message.
    pub fn said(&self, id: &str) -> String {
        let mut said: Vec<(String, String)> = Vec::new();
        for data in self.events_of(id, "assistant.message") {
            let (message, content) = (data["messageId"].as_str().unwrap(), data["content"].as_str().unwrap());
            match said.iter_mut().find(|(id, _)| id == message) {
                Some((_, text)) => {
                    assert!(content.starts_with(text.as_str()), "a snapshot does not grow: {text:?} then {content:?}");
                    *text = content.to_owned();
                }
                None => said.push((message.to_owned(), content.to_owned())),
            }
        }
        said.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
    }

    /// Why the newest session failed.
    pub fn reason(&self, id: &str) -> String {
        let task = self.task(id);
        let session = task["sessions"].as_array().unwrap().last().unwrap();
        session["error"]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// The branch that a task made.
    pub fn branch(&self, id: &str) -> Option<String> {
        let task = self.task(id);
        let branch = task["artifacts"].as_array().unwrap().iter().find(|artifact| artifact["type"] == "branch")?;
        Some(branch["data"]["head_ref"].as_str().unwrap().to_owned())
    }
}

/// The processes whose command line holds this text.
pub fn processes_with(text: &str) -> Vec<u32> {
    let own = std::process::id();
    let pids =
        std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| *pid != own)
        .filter(|pid| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).replace('\0', " ").contains(text)
        })
        .collect()
}
