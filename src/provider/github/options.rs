//! What a session at one repository can be started with: branches, custom agents, models.

use futures::future::LocalBoxFuture;
use serde_json::Value;

use super::api::{Api, List};
use super::errors::Subject;
use crate::error::{ErrorCode, Result};
use crate::json::{string, text};
use crate::order::sorted;
use crate::provider::{Choice, StartOptions};
use crate::together::together;
use crate::wire::address::push_query;

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
pub(super) async fn read(api: &Api, owner: &str, name: &str) -> Result<StartOptions> {
    let default_branch = api.default_branch(owner, name).await?;
    let mut options = StartOptions { default_branch, ..StartOptions::default() };
    let mut add_branch = |branch: &Value| options.branches.extend(string(branch, "name"));
    let (mut branches, mut agents) = (Ok(true), Ok(()));
    together(vec![
        Box::pin(async {
            branches = api.list(branch_list(api, owner, name), &mut add_branch).await.map(|read| read.complete)
        }),
        Box::pin(async { agents = read_agents(api, owner, name, &mut options.agents).await }),
    ])
    .await;
    if !branches? {
        options
            .notes
            .push(format!("Only the first {} branches are listed; any other can be typed.", BRANCH_PAGES * 100));
    }
    finish(api, &mut options, agents);
    Ok(options)
}

/// What goes without asking.
fn finish(api: &Api, options: &mut StartOptions, agents: Result<()>) {
    if options.branches.is_empty() {
        options
            .notes
            .push("The repository has no branch yet: push a first commit before starting a session.".to_owned());
    }
    if let Err(error) = agents {
        options.notes.push(format!("The custom agents could not be read: {}", error.message));
    }
    if !api.extras {
        options.models = MODELS.iter().map(|(id, label)| choice(id, label)).collect();
        options
            .notes
            .push("GitHub works on an existing head branch only while it has an open pull request.".to_owned());
    }
}

fn branch_list(api: &Api, owner: &str, name: &str) -> List {
    let url = api.rest(&["repos", owner, name, "branches"]).map(|mut url| {
        push_query(&mut url, "per_page", "100");
        url
    });
    List { url, field: None, pages: BRANCH_PAGES, subject: Subject::Repository, conditional: false }
}

/// The files `.github/agents/NAME.agent.md`, with the name and description of their front matter.
async fn read_agents(api: &Api, owner: &str, name: &str, agents: &mut Vec<Choice>) -> Result<()> {
    let folder = ["repos", owner, name, "contents", ".github", "agents"];
    let mut names = Vec::new();
    let list = List { url: api.rest(&folder), field: None, pages: 1, subject: Subject::Repository, conditional: false };
    let mut add_name = |file: &Value| {
        let name = text(file, "name").and_then(|name| name.strip_suffix(AGENT_SUFFIX));
        names.extend(name.filter(|name| !name.is_empty()).map(str::to_owned));
    };
    match api.list(list, &mut add_name).await {
        Err(error) if error.code == ErrorCode::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    agents.extend(sorted(&names, &|a, b| a.cmp(b)).into_iter().map(|id| choice(id, id)));
    let mut work: Vec<LocalBoxFuture<'_, ()>> = Vec::new();
    for agent in agents.iter_mut().take(DESCRIBED_AGENTS) {
        let mut path = folder.to_vec();
        let file = format!("{}{AGENT_SUFFIX}", agent.id);
        path.push(&file);
        let asked = api.get_raw(api.rest(&path), Subject::Repository);
        work.push(Box::pin(async move {
            if let Ok(reply) = asked.await {
                describe(agent, std::str::from_utf8(&reply.body).unwrap_or_default());
            }
        }));
    }
    together(work).await;
    Ok(())
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
    let lines = lines.take_while(|line| line.trim_end() != "---");
    let value = lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.trim_end() == key)?.1.trim();
    let quoted = |mark: char| value.strip_prefix(mark).and_then(|value| value.strip_suffix(mark));
    let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
    (!value.is_empty() && !value.starts_with(['|', '>', '[', '{', '&', '*'])).then(|| value.to_owned())
}
