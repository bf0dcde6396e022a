//! What a session at one repository can be started with: branches, custom agents, models.

use futures::future::LocalBoxFuture;
use serde_json::Value;

use super::api::{Api, List, Listed, in_pages};
use super::errors::Subject;
use crate::error::{ErrorCode, Result};
use crate::json::{string, text};
use crate::order::sorted;
use crate::provider::{Choice, Later, StartOptions};
use crate::together::together;

/// Branches beyond these pages of 100 can be typed, but are not offered.
const BRANCH_PAGES: usize = 3;
/// More custom agents than this are offered by their file names alone.
const DESCRIBED_AGENTS: usize = 20;
const AGENT_SUFFIX: &str = ".agent.md";

/// The models of the REST reference, "Create a task"; there is no call that lists them.
const MODELS: [(&str, &str); 7] = [
    ("claude-sonnet-4.6", "Claude Sonnet 4.6"),
    ("claude-opus-4.6", "Claude Opus 4.6"),
    ("gpt-5.4", "GPT-5.4"),
    ("gpt-5.3-codex", "GPT-5.3-Codex"),
    ("gpt-5.2-codex", "GPT-5.2-Codex"),
    ("claude-sonnet-4.5", "Claude Sonnet 4.5"),
    ("claude-opus-4.5", "Claude Opus 4.5"),
];

/// Reads what the repository offers. Custom agents that cannot be read are a note, not a failure.
pub(super) async fn read(api: &Api, repository: &str) -> Result<StartOptions> {
    let mut options = StartOptions { default_branch: api.default_branch(repository).await?, ..StartOptions::default() };
    let mut names = Vec::new();
    let mut add_branch = |branch: &Value| options.branches.extend(string(branch, "name"));
    let mut add_agent = |file: &Value| names.extend(agent_name(file));
    let (mut branches, mut agents) = (Ok(Listed::default()), Ok(Listed::default()));
    together(vec![
        keep(api.list(branch_list(api, repository), &mut add_branch), &mut branches),
        keep(api.list(agent_list(api, repository), &mut add_agent), &mut agents),
    ])
    .await;
    add_what_was_read(&mut options, api, &branches?, agents, &names);
    together(descriptions(api, repository, &mut options.agents)).await;
    Ok(options)
}

/// Puts what is read where it is wanted.
fn keep<'a>(read: Later<'a, Listed>, place: &'a mut Result<Listed>) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move { *place = read.await })
}

fn branch_list(api: &Api, repository: &str) -> List {
    let url = in_pages(api.rest_of(repository, &["branches"]));
    List { url, field: None, pages: BRANCH_PAGES, subject: Subject::Repository, conditional: false }
}

/// The files `.github/agents/NAME.agent.md`.
fn agent_list(api: &Api, repository: &str) -> List {
    let url = api.rest_of(repository, &["contents", ".github", "agents"]);
    List { url, field: None, pages: 1, subject: Subject::Repository, conditional: false }
}

fn agent_name(file: &Value) -> Option<String> {
    let name = text(file, "name")?.strip_suffix(AGENT_SUFFIX)?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// Adds the agents and the models, and the notes on all that was read.
fn add_what_was_read(
    options: &mut StartOptions,
    api: &Api,
    branches: &Listed,
    agents: Result<Listed>,
    agent_names: &[String],
) {
    if !branches.complete {
        let shown = BRANCH_PAGES * 100;
        options.notes.push(format!("Only the first {shown} branches are listed; any other can be typed."));
    }
    if options.branches.is_empty() {
        let note = "The repository has no branch yet: push a first commit before starting a session.";
        options.notes.push(note.to_owned());
    }
    match agents {
        // Where there is no such folder, there are no agents.
        Err(error) if error.code != ErrorCode::NotFound => {
            options.notes.push(format!("The custom agents could not be read: {}", error.message));
        }
        _ => {
            let names: Vec<&str> = agent_names.iter().map(String::as_str).collect();
            for name in sorted(&names, &|a, b| a.cmp(b)) {
                options.agents.push(choice(name, name));
            }
        }
    }
    if !api.extras {
        for (id, label) in MODELS {
            options.models.push(choice(id, label));
        }
        let note = "GitHub works on an existing head branch only while it has an open pull request.";
        options.notes.push(note.to_owned());
    }
}

/// Reads the files of the first agents for their names and descriptions.
fn descriptions<'a>(api: &'a Api, repository: &str, agents: &'a mut [Choice]) -> Vec<LocalBoxFuture<'a, ()>> {
    let mut work: Vec<LocalBoxFuture<'a, ()>> = Vec::new();
    for agent in agents.iter_mut().take(DESCRIBED_AGENTS) {
        let file = format!("{}{AGENT_SUFFIX}", agent.id);
        let url = api.rest_of(repository, &["contents", ".github", "agents", &file]);
        let asked = api.get_raw(url, Subject::Repository);
        work.push(Box::pin(async move {
            if let Ok(reply) = asked.await {
                describe(agent, std::str::from_utf8(&reply.body).unwrap_or_default());
            }
        }));
    }
    work
}

/// Names an agent as its file does.
fn describe(agent: &mut Choice, file: &str) {
    if let Some(label) = front_matter(file, "name") {
        agent.label = label;
    }
    agent.description = front_matter(file, "description");
}

fn choice(id: &str, label: &str) -> Choice {
    Choice { id: id.to_owned(), label: label.to_owned(), description: None }
}

/// A plain value of a Markdown file's YAML front matter, which is all that agent files have there in practice; anything
/// richer is left out.
fn front_matter(text: &str, key: &str) -> Option<String> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    if lines.next()?.trim_end() != "---" {
        return None;
    }
    let value = loop {
        let line = lines.next()?.trim_end();
        if line == "---" {
            return None;
        }
        match line.split_once(':') {
            Some((name, value)) if name.trim_end() == key => break value.trim(),
            _ => {}
        }
    };
    let quoted = |mark: char| value.strip_prefix(mark).and_then(|value| value.strip_suffix(mark));
    let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
    (!value.is_empty() && !value.starts_with(['|', '>', '[', '{', '&', '*'])).then(|| value.to_owned())
}
