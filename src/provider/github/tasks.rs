//! GitHub's agent tasks as sessions: the shapes of the REST reference, "agent tasks", version 2026-03-10.

use serde_json::Value;

use crate::json::{id, items, number, string, text, whole};
use crate::order::sorted;
use crate::session::{Artifact, PullRequest, SessionError, SessionFacts, Status, Timestamp, TurnState, Usage};

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

impl Draft {
    /// The session that a task is, whether the task is an item of a list or read alone; `None` for what has no id.
    /// `web_host` tells whether a host name is that of GitHub's web pages.
    pub(super) fn read(task: &Value, web_host: &dyn Fn(&str) -> bool) -> Option<Self> {
        let remote = string(task, "id").filter(|id| !id.is_empty())?;
        let sessions = items(task, "sessions").iter().filter(|session| text(session, "id").is_some());
        let dated: Vec<_> = sessions.map(|session| (Timestamp::field(session, "created_at"), session)).collect();
        let sessions: Vec<&Value> =
            sorted(&dated, &|a, b| a.0.cmp(&b.0)).into_iter().map(|(_, session)| session).collect();
        let state = text(task, "state").unwrap_or_default();
        let status = status(state);
        let latest =
            |name: &str| sessions.iter().rev().find_map(|session| text(session, name).filter(|text| !text.is_empty()));
        let (artifacts, pulls) = artifacts(items(task, "artifacts"));
        let branch = artifacts.iter().rev().find_map(|artifact| match artifact {
            Artifact::Branch { head_ref, base_ref } => Some((head_ref.as_str(), base_ref.as_str())),
            _ => None,
        });
        let (created_at, updated_at) = (Timestamp::field(task, "created_at"), Timestamp::field(task, "updated_at"));
        let prompt = sessions.first().and_then(|session| text(session, "prompt"));
        let titles = [text(task, "name"), latest("name"), prompt];
        let title = titles.into_iter().flatten().map(first_line).find(|title| !title.is_empty());
        let page = text(task, "html_url");
        let facts = SessionFacts {
            title: title.unwrap_or("Untitled session").to_owned(),
            status,
            raw_status: state.to_owned(),
            repository: page.and_then(|url| repository_in(url, web_host)),
            // `head_ref` of a request is ignored without an open pull request; the artifact tells the real branch.
            base_ref: branch_name(branch.map(|(_, base)| base)).or_else(|| branch_name(latest("base_ref"))),
            head_ref: branch_name(branch.map(|(head, _)| head)).or_else(|| branch_name(latest("head_ref"))),
            agent: task.get("custom_agent").and_then(|agent| string(agent, "id")).filter(|id| !id.is_empty()),
            model: latest("model").map(model_name),
            created_at: created_at.or(updated_at).unwrap_or_default(),
            updated_at: updated_at.or(created_at).unwrap_or_default(),
            url: web_address(page),
            artifacts,
            archived: text(task, "archived_at").is_some_and(|moment| !moment.is_empty()),
            usage: usage(&sessions),
            error: error(status, &sessions),
        };
        let last = sessions.len().saturating_sub(1);
        let run = |(at, session): (usize, &&Value)| {
            // A task that failed for good can leave its latest session "in progress": the task is right.
            let state = match turn_state(self::status(text(session, "state").unwrap_or_default())) {
                _ if at == last => turn_state(status),
                TurnState::Running => TurnState::Completed,
                settled => settled,
            };
            Run {
                id: string(session, "id").unwrap_or_default(),
                prompt: string(session, "prompt").unwrap_or_default(),
                state,
                started_at: Timestamp::field(session, "created_at"),
            }
        };
        let runs = sessions.iter().enumerate().map(run).collect();
        let repository_id = task.get("repository").and_then(|repository| whole(repository, "id"));
        Some(Self { remote, facts, repository_id, pulls, runs })
    }
}

/// An address that a person may be sent to.
pub(super) fn web_address(url: Option<&str>) -> Option<String> {
    url.filter(|url| url.starts_with("https://") || url.starts_with("http://")).map(str::to_owned)
}

/// Artifacts in our vocabulary, and the GraphQL ids of those that are pull requests.
fn artifacts(raw: &[Value]) -> (Vec<Artifact>, Vec<(usize, String)>) {
    let mut pulls = Vec::new();
    let mut artifacts = Vec::with_capacity(raw.len());
    for raw in raw {
        let data = raw.get("data").unwrap_or(&Value::Null);
        // GitHub's own clients see pull requests as `github_resource` with the type one level down.
        let kind = match text(raw, "type") {
            Some("github_resource") => text(data, "type"),
            kind => kind,
        };
        let artifact = match (kind, id(data, "id"), branch_name(text(data, "head_ref"))) {
            (Some("pull"), Some(id), _) => {
                if let Some(global_id) = string(data, "global_id").filter(|id| !id.is_empty()) {
                    pulls.push((artifacts.len(), global_id));
                }
                Artifact::PullRequest(PullRequest { id, ..PullRequest::default() })
            }
            (Some("branch"), _, Some(head_ref)) => {
                Artifact::Branch { head_ref, base_ref: branch_name(text(data, "base_ref")).unwrap_or_default() }
            }
            _ => Artifact::Unknown { raw: raw.clone() },
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
fn usage(sessions: &[&Value]) -> Option<Usage> {
    let (mut billionths, mut premium_requests) = (None, None);
    for usage in sessions.iter().filter_map(|session| session.get("usage")) {
        let sum = match text(usage, "type") {
            Some("ai_credits") => &mut billionths,
            Some("premium_requests") => &mut premium_requests,
            _ => continue,
        };
        if let Some(amount) = number(usage, "amount") {
            *sum = Some(sum.unwrap_or(0.0) + amount);
        }
    }
    let ai_credits = billionths.map(|billionths: f64| (billionths / 1e9 * 10.0).round() / 10.0);
    let usage = Usage { ai_credits, premium_requests };
    (usage != Usage::default()).then_some(usage)
}

/// Why a session that ended badly did so, in the words of its latest run that says so.
fn error(status: Status, sessions: &[&Value]) -> Option<SessionError> {
    if !matches!(status, Status::Failed | Status::TimedOut) {
        return None;
    }
    let words = |session: &&Value| text(session.get("error")?, "message").map(str::trim).map(str::to_owned);
    let message = sessions.iter().rev().filter_map(words).find(|message| !message.is_empty())?;
    let lower = message.to_ascii_lowercase();
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
    Some(SessionError { message, hint: Some(hint.to_owned()) })
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
