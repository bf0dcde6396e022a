//! GitHub's agent tasks as sessions: the shapes of the REST reference, "agent tasks", version 2026-03-10.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::session::{Artifact, PullRequest, SessionError, SessionFacts, Status, Timestamp, TurnState, Usage};

/// A list of tasks. Each is read on its own, so that one that cannot be read costs only itself.
#[derive(Deserialize)]
pub(super) struct TaskPage {
    pub(super) tasks: Vec<Box<RawValue>>,
}

/// An agent task; `sessions` is there only when one task is read.
#[derive(Deserialize)]
pub(super) struct Task {
    pub(super) id: String,
    state: Option<String>,
    html_url: Option<String>,
    name: Option<String>,
    repository: Option<Numbered>,
    artifacts: Option<Vec<Box<RawValue>>>,
    archived_at: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    custom_agent: Option<CustomAgent>,
    sessions: Option<Vec<Box<RawValue>>>,
}

#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

#[derive(Deserialize)]
struct CustomAgent {
    id: Option<String>,
}

/// One run of the agent within a task.
#[derive(Deserialize)]
struct TaskSession {
    id: String,
    state: Option<String>,
    name: Option<String>,
    created_at: Option<String>,
    prompt: Option<String>,
    head_ref: Option<String>,
    base_ref: Option<String>,
    model: Option<String>,
    usage: Option<TaskUsage>,
    error: Option<TaskError>,
}

#[derive(Deserialize)]
struct TaskUsage {
    #[serde(rename = "type")]
    unit: Option<String>,
    amount: Option<f64>,
}

#[derive(Deserialize)]
struct TaskError {
    message: Option<String>,
}

#[derive(Deserialize)]
struct TaskArtifact {
    #[serde(rename = "type")]
    kind: Option<String>,
    data: Option<ArtifactData>,
}

#[derive(Deserialize)]
struct ArtifactData {
    id: Option<u64>,
    global_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    head_ref: Option<String>,
    base_ref: Option<String>,
}

/// What one run of the agent was asked, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) id: String,
    /// As sent, with the outbox's marker.
    pub(super) prompt: String,
    pub(super) state: TurnState,
    pub(super) started_at: Option<Timestamp>,
}

/// A task's facts, and what has to be looked up before they are whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    pub(super) remote: String,
    pub(super) facts: SessionFacts,
    /// The task names its repository by number only.
    pub(super) repository_id: Option<u64>,
    /// Which artifacts are pull requests, by their GraphQL ids.
    pub(super) pulls: Vec<(usize, String)>,
    /// The task's sessions, oldest first; empty for a list item.
    pub(super) runs: Vec<Run>,
}

/// Reads an item of a list; `None` when it is none that we understand.
pub(super) fn read<T: DeserializeOwned>(raw: &RawValue) -> Option<T> {
    serde_json::from_slice(raw.get().as_bytes()).ok()
}

fn read_all<T: DeserializeOwned>(raw: Option<&[Box<RawValue>]>) -> Vec<T> {
    raw.unwrap_or_default().iter().filter_map(|item| read(item)).collect()
}

/// A task's or session's state in our vocabulary.
pub(super) fn status(word: &str) -> Status {
    match word {
        "queued" => Status::Queued,
        "in_progress" => Status::InProgress,
        "waiting_for_user" => Status::NeedsInput,
        "idle" => Status::Idle,
        "completed" => Status::Completed,
        "failed" => Status::Failed,
        "timed_out" => Status::TimedOut,
        "cancelled" => Status::Cancelled,
        _ => Status::Unknown,
    }
}

/// How a turn stands whose session stands like this.
pub(super) fn turn_state(status: Status) -> TurnState {
    match status {
        Status::Queued | Status::InProgress | Status::NeedsInput | Status::Unknown => TurnState::Running,
        Status::Idle | Status::Completed => TurnState::Completed,
        Status::Failed | Status::TimedOut => TurnState::Failed,
        Status::Cancelled => TurnState::Cancelled,
    }
}

impl Task {
    /// The session that this task is. `web_host` tells whether a host name is that of GitHub's web pages.
    pub(super) fn draft(self, web_host: &dyn Fn(&str) -> bool) -> Draft {
        let mut sessions: Vec<TaskSession> = read_all(self.sessions.as_deref());
        sessions.sort_by_key(|session| session.created_at.as_deref().and_then(Timestamp::parse));
        let state = self.state.unwrap_or_default();
        let status = status(&state);
        let latest = |field: fn(&TaskSession) -> Option<&str>| {
            sessions.iter().rev().find_map(|session| field(session).filter(|text| !text.is_empty()))
        };
        let (artifacts, pulls) = artifacts(self.artifacts.as_deref().unwrap_or_default());
        let branch = artifacts.iter().rev().find_map(|artifact| match artifact {
            Artifact::Branch { head_ref, base_ref } => Some((head_ref.as_str(), base_ref.as_str())),
            _ => None,
        });
        let created_at = self.created_at.as_deref().and_then(Timestamp::parse);
        let updated_at = self.updated_at.as_deref().and_then(Timestamp::parse);
        let title = [self.name.as_deref(), latest(|session| session.name.as_deref())]
            .into_iter()
            .chain([sessions.first().and_then(|session| session.prompt.as_deref())])
            .flatten()
            .map(first_line)
            .find(|title| !title.is_empty());
        let facts = SessionFacts {
            title: title.unwrap_or("Untitled session").to_owned(),
            status,
            repository: self.html_url.as_deref().and_then(|url| repository_in(url, web_host)),
            // `head_ref` of a request is ignored without an open pull request; the artifact tells the real branch.
            base_ref: branch_name(
                branch.map(|(_, base)| base).or_else(|| latest(|session| session.base_ref.as_deref())),
            ),
            head_ref: branch_name(
                branch.map(|(head, _)| head).or_else(|| latest(|session| session.head_ref.as_deref())),
            ),
            agent: self.custom_agent.and_then(|agent| agent.id).filter(|id| !id.is_empty()),
            model: latest(|session| session.model.as_deref()).map(model_name),
            created_at: created_at.or(updated_at).unwrap_or_default(),
            updated_at: updated_at.or(created_at).unwrap_or_default(),
            url: self.html_url.filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            artifacts,
            archived: self.archived_at.is_some_and(|moment| !moment.is_empty()),
            usage: usage(&sessions),
            error: error(status, &sessions),
            raw_status: state,
        };
        let last = sessions.len().saturating_sub(1);
        let runs = sessions
            .into_iter()
            .enumerate()
            .map(|(at, session)| Run {
                // A task that failed for good can leave its latest session "in progress": the task is right.
                state: if at == last {
                    turn_state(status)
                } else {
                    match turn_state(self::status(session.state.as_deref().unwrap_or_default())) {
                        TurnState::Running => TurnState::Completed,
                        settled => settled,
                    }
                },
                started_at: session.created_at.as_deref().and_then(Timestamp::parse),
                id: session.id,
                prompt: session.prompt.unwrap_or_default(),
            })
            .collect();
        Draft { remote: self.id, facts, repository_id: self.repository.map(|repository| repository.id), pulls, runs }
    }
}

/// Artifacts in our vocabulary, and the GraphQL ids of those that are pull requests.
fn artifacts(raw: &[Box<RawValue>]) -> (Vec<Artifact>, Vec<(usize, String)>) {
    let mut pulls = Vec::new();
    let mut artifacts = Vec::with_capacity(raw.len());
    for raw in raw {
        let known = read::<TaskArtifact>(raw).and_then(|artifact| {
            let data = artifact.data?;
            // GitHub's own clients see pull requests as `github_resource` with the type one level down.
            match artifact.kind.as_deref()? {
                "github_resource" if data.kind.as_deref() == Some("pull") => Some(("pull", data)),
                "pull" => Some(("pull", data)),
                "branch" => Some(("branch", data)),
                _ => None,
            }
        });
        let artifact = match known {
            Some(("pull", ArtifactData { id: Some(id), global_id, .. })) => {
                if let Some(global_id) = global_id.filter(|id| !id.is_empty()) {
                    pulls.push((artifacts.len(), global_id));
                }
                Artifact::PullRequest(PullRequest { id: id.to_string(), ..PullRequest::default() })
            }
            Some(("branch", ArtifactData { head_ref: Some(head), base_ref, .. })) => Artifact::Branch {
                head_ref: branch_name(Some(&head)).unwrap_or_default(),
                base_ref: branch_name(base_ref.as_deref()).unwrap_or_default(),
            },
            _ => Artifact::Unknown { raw: read(raw).unwrap_or(Value::Null) },
        };
        artifacts.push(artifact);
    }
    (artifacts, pulls)
}

/// A branch without `refs/heads/`.
fn branch_name(reference: Option<&str>) -> Option<String> {
    let name = reference?.trim();
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    (!name.is_empty()).then(|| name.to_owned())
}

/// GitHub asks for `claude-sonnet-4.6` and says `sweagent-capi:claude-sonnet-4.6`.
fn model_name(model: &str) -> String {
    model.rsplit(':').next().filter(|name| !name.is_empty()).unwrap_or(model).to_owned()
}

/// AI credits come in billionths, to be summed before they are divided.
fn usage(sessions: &[TaskSession]) -> Option<Usage> {
    let sum = |unit: &str| {
        let amounts = sessions
            .iter()
            .filter_map(|session| session.usage.as_ref())
            .filter(|usage| usage.unit.as_deref() == Some(unit))
            .filter_map(|usage| usage.amount);
        amounts.fold(None, |sum: Option<f64>, amount| Some(sum.unwrap_or_default() + amount))
    };
    let usage = Usage {
        ai_credits: sum("ai_credits").map(|billionths| (billionths / 1e9 * 10.0).round() / 10.0),
        premium_requests: sum("premium_requests"),
    };
    (usage != Usage::default()).then_some(usage)
}

/// Why a session that ended badly did so, in the words of its latest run that says so.
fn error(status: Status, sessions: &[TaskSession]) -> Option<SessionError> {
    if !matches!(status, Status::Failed | Status::TimedOut) {
        return None;
    }
    let message = sessions.iter().rev().find_map(|session| {
        session.error.as_ref()?.message.as_deref().map(str::trim).filter(|text| !text.is_empty())
    })?;
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let hint = if status == Status::TimedOut || says(&["timed out", "timeout", "time limit"]) {
        "Ask for less at a time: a session ends after a fixed time."
    } else if says(&["premium request", "credit", "quota", "billing", "spending limit"]) {
        "Check the budget of your plan in GitHub's billing settings, then start it again."
    } else if says(&["protected", "ruleset", "rule violation", "permission", "push"]) {
        "Check that the agent may push to the repository, and its branch rules, then start it again."
    } else if says(&["restart"]) {
        "Start it again, or send a message to go on."
    } else {
        "Read what it did last, then start it again or send a message."
    };
    Some(SessionError { message: message.to_owned(), hint: Some(hint.to_owned()) })
}

/// `owner/name` from the address of a page about the task. Three forms are seen: `/o/r/copilot/tasks/ID`,
/// `/o/r/agents/tasks/ID` and `/o/r/tasks/ID`; `/copilot/tasks/ID` has no repository in it.
fn repository_in(url: &str, web_host: &dyn Fn(&str) -> bool) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/')?;
    let mut segments = path.split(['/', '?', '#']);
    let (owner, name, third) = (segments.next()?, segments.next()?, segments.next()?);
    let sound = web_host(host) && matches!(third, "copilot" | "agents" | "tasks");
    sound.then(|| format!("{owner}/{name}")).filter(|name| split_repository(name).is_some())
}

/// Owner and name of `owner/name`; `None` when it is no such thing.
pub(super) fn split_repository(repository: &str) -> Option<(&str, &str)> {
    let sound = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.len() <= 100
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    repository.split_once('/').filter(|(owner, name)| sound(owner) && sound(name))
}

const MARK: &str = "<!-- cloud-agents:";

/// The line that carries a marker where servers keep it and people do not see it.
pub(super) fn mark(marker: &str) -> String {
    format!("{MARK}{marker} -->")
}

/// A text with the outbox's marker as its last line.
pub(super) fn marked(text: &str, marker: &str) -> String {
    format!("{text}\n\n{}", mark(marker))
}

/// A text without the outbox's marker at its end.
pub(super) fn unmarked(text: &str) -> &str {
    let text = text.trim_end();
    match text.rfind(MARK) {
        Some(at) if text.ends_with("-->") && !text[at..text.len() - 3].contains("-->") => text[..at].trim_end(),
        _ => text,
    }
}

/// The first line that says something. A name derived from the prompt may hold a piece of the marker.
fn first_line(text: &str) -> &str {
    let text = text.find(MARK).map_or(text, |at| &text[..at]);
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
