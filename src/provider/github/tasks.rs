//! GitHub's agent tasks as sessions: the shapes of the REST reference, "agent tasks", version 2026-03-10.

use serde_json::Value;

use crate::find::{around, holds, position};
use crate::json::{fill, filled, id, items, number, string, text, within};
use crate::order::sorted;
use crate::provider::Found;
use crate::session::{Artifact, PullRequest, SessionError, SessionFacts, Status, Timestamp, TurnState, Usage};
use crate::wire::address::split_query;

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
    pub(super) fn read(task: &Value, web_host: &dyn Fn(&str) -> bool) -> Option<Box<Self>> {
        let remote = filled(task, "id")?.to_owned();
        let sessions: Vec<&Value> =
            items(task, "sessions").iter().filter(|session| text(session, "id").is_some()).collect();
        let sessions = sorted(&sessions, &|a, b| started_at(a).cmp(&started_at(b)));
        let raw_status = text(task, "state").unwrap_or_default().to_owned();
        let status = status(&raw_status);
        let (created_at, updated_at) = (started_at(task), Timestamp::field(task, "updated_at"));
        let mut draft = Box::new(Self {
            remote,
            facts: SessionFacts {
                title: title(task, &sessions).to_owned(),
                status,
                raw_status,
                repository: None,
                base_ref: None,
                head_ref: None,
                agent: None,
                model: latest(&sessions, "model").map(model_name),
                created_at: created_at.or(updated_at).unwrap_or_default(),
                updated_at: updated_at.or(created_at).unwrap_or_default(),
                url: None,
                artifacts: Vec::new(),
                archived: filled(task, "archived_at").is_some(),
                usage: usage(&sessions),
                error: None,
            },
            repository_id: within(task, &["repository", "id"]).and_then(Value::as_u64),
            pulls: Vec::new(),
            runs: Vec::new(),
        });
        if let Some(page) = text(task, "html_url") {
            draft.facts.repository = repository_in(page, web_host);
            draft.facts.url = web_address(page);
        }
        if let Some(agent) = task.get("custom_agent") {
            fill(&mut draft.facts.agent, agent, "id");
        }
        let branch = draft.read_artifacts(items(task, "artifacts"));
        draft.facts.base_ref = reference(branch, &sessions, "base_ref");
        draft.facts.head_ref = reference(branch, &sessions, "head_ref");
        if matches!(status, Status::Failed | Status::TimedOut) {
            draft.facts.error = error(status, &sessions);
        }
        draft.read_runs(&sessions);
        Some(draft)
    }

    /// Reads artifacts, and notes which of them are pull requests; returns what the latest branch says of itself.
    fn read_artifacts<'a>(&mut self, raw: &'a [Value]) -> Option<&'a Value> {
        let mut branch = None;
        for raw in raw {
            let data = raw.get("data").unwrap_or(&Value::Null);
            // GitHub's own clients see pull requests as `github_resource` with the type one level down.
            let kind = match text(raw, "type") {
                Some("github_resource") => text(data, "type"),
                kind => kind,
            };
            let artifact = match (kind, id(data, "id"), branch_name(text(data, "head_ref"))) {
                (Some("pull"), Some(id), _) => {
                    if let Some(global_id) = filled(data, "global_id") {
                        self.pulls.push((self.facts.artifacts.len(), global_id.to_owned()));
                    }
                    Artifact::PullRequest(PullRequest { id, ..PullRequest::default() })
                }
                (Some("branch"), _, Some(head_ref)) => {
                    branch = Some(data);
                    Artifact::Branch { head_ref, base_ref: branch_name(text(data, "base_ref")).unwrap_or_default() }
                }
                _ => Artifact::Unknown { raw: raw.into() },
            };
            self.facts.artifacts.push(artifact);
        }
        branch
    }

    fn read_runs(&mut self, sessions: &[&Value]) {
        for (at, session) in sessions.iter().enumerate() {
            // A task that failed for good can leave its latest session "in progress": the task is right.
            let state = match turn_state(status(text(session, "state").unwrap_or_default())) {
                _ if at + 1 == sessions.len() => turn_state(self.facts.status),
                TurnState::Running => TurnState::Completed,
                settled => settled,
            };
            self.runs.push(Run {
                id: string(session, "id").unwrap_or_default(),
                prompt: string(session, "prompt").unwrap_or_default(),
                state,
                started_at: started_at(session),
            });
        }
    }
}

impl From<Draft> for Found {
    fn from(draft: Draft) -> Self {
        Self { remote: draft.remote, facts: draft.facts }
    }
}

fn started_at(session: &Value) -> Option<Timestamp> {
    Timestamp::field(session, "created_at")
}

/// What the latest of the sessions says that says so.
fn latest<'a>(sessions: &[&'a Value], name: &str) -> Option<&'a str> {
    sessions.iter().rev().find_map(|session| filled(session, name))
}

/// `head_ref` of a request is ignored without an open pull request; the artifact tells the real branch.
fn reference(branch: Option<&Value>, sessions: &[&Value], name: &str) -> Option<String> {
    let told = branch.and_then(|branch| branch_name(text(branch, name)));
    told.or_else(|| branch_name(latest(sessions, name)))
}

fn title<'a>(task: &'a Value, sessions: &[&'a Value]) -> &'a str {
    let prompt = sessions.first().and_then(|session| text(session, "prompt"));
    for title in [text(task, "name"), latest(sessions, "name"), prompt] {
        let title = first_line(title.unwrap_or_default());
        if !title.is_empty() {
            return title;
        }
    }
    "Untitled session"
}

/// An address that a person may be sent to.
pub(super) fn web_address(url: &str) -> Option<String> {
    (url.starts_with("https://") || url.starts_with("http://")).then(|| url.to_owned())
}

/// A branch without `refs/heads/`.
fn branch_name(reference: Option<&str>) -> Option<String> {
    let name = reference?.trim();
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    (!name.is_empty()).then(|| name.to_owned())
}

/// GitHub asks for `claude-sonnet-4.6` and says `sweagent-capi:claude-sonnet-4.6`.
fn model_name(model: &str) -> String {
    let name = after_last(model, b':');
    (if name.is_empty() { model } else { name }).to_owned()
}

/// The first `limit` characters.
pub(super) fn shortened(text: &str, limit: usize) -> &str {
    let end = text.char_indices().nth(limit).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or_default()
}

/// What follows the last ASCII mark; all of it where there is none.
pub(super) fn after_last(text: &str, mark: u8) -> &str {
    let at = text.bytes().rposition(|byte| byte == mark).map_or(0, |at| at + 1);
    text.get(at..).unwrap_or_default()
}

/// AI credits come in billionths, to be summed before they are divided.
fn usage(sessions: &[&Value]) -> Option<Usage> {
    let (mut billionths, mut premium_requests) = (None, None);
    for session in sessions {
        let Some(usage) = session.get("usage") else { continue };
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
    (ai_credits.is_some() || premium_requests.is_some()).then_some(Usage { ai_credits, premium_requests })
}

/// What to do after a session that ended badly, by the words of its error.
const HINTS: [(&[&str], &str); 4] = [
    (&["timed out", "timeout", "time limit"], "Ask for less at a time: a session ends after a fixed time."),
    (
        &["premium request", "credit", "quota", "billing", "spending limit"],
        "Check the budget of your plan in GitHub's billing settings, then start it again.",
    ),
    (
        &["protected", "ruleset", "rule violation", "permission", "push"],
        "Check that the agent may push to the repository, and its branch rules, then start it again.",
    ),
    (&["restart"], "Start it again, or send a message to go on."),
];

/// Why a session that ended badly did so, in the words of its latest run that says so.
fn error(status: Status, sessions: &[&Value]) -> Option<SessionError> {
    let words = |session: &&'_ Value| Some(text(session.get("error")?, "message")?.trim().to_owned());
    let message = sessions.iter().rev().filter_map(words).find(|message| !message.is_empty())?;
    let lower = message.to_ascii_lowercase();
    let mut hint = "Read what it did last, then start it again or send a message.";
    for (at, (words, what)) in HINTS.iter().enumerate() {
        if (at == 0 && status == Status::TimedOut) || words.iter().any(|word| holds(&lower, word)) {
            hint = what;
            break;
        }
    }
    Some(SessionError { message, hint: Some(hint.to_owned()) })
}

/// `owner/name` from the address of a page about the task. Three forms are seen: `/o/r/copilot/tasks/ID`,
/// `/o/r/agents/tasks/ID` and `/o/r/tasks/ID`; `/copilot/tasks/ID` has no repository in it.
fn repository_in(url: &str, web_host: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut segments = split_query(url).0.strip_prefix("https://")?.split('/');
    let (host, owner, name) = (segments.next()?, segments.next()?, segments.next()?);
    if !web_host(host) || !matches!(segments.next()?, "copilot" | "agents" | "tasks") {
        return None;
    }
    let repository = format!("{owner}/{name}");
    split_repository(&repository).is_some().then_some(repository)
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
    let Some(at) = text.bytes().rposition(|byte| byte == b'<') else { return text };
    // A comment ends with its first `-->`, and no marker has a `<` in it.
    match text.split_at_checked(at) {
        Some((before, comment)) if comment.starts_with(MARK) && position(comment, "-->") == Some(comment.len() - 3) => {
            before.trim_end()
        }
        _ => text,
    }
}

/// The first line that says something. A name derived from the prompt may hold a piece of the marker.
fn first_line(text: &str) -> &str {
    let text = around(text, MARK).map_or(text, |(before, _)| before).trim_start();
    text.lines().next().unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests;
