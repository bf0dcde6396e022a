//! What a session at one repository can be started with: branches, custom agents, models.

use futures::future::join_all;
use serde_json::Value;

use super::api::Api;
use super::errors::Subject;
use crate::error::{ErrorCode, Result};
use crate::json::{string, text};
use crate::order::sorted;
use crate::provider::{Choice, StartOptions};
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
    let mut options = StartOptions::default();
    let reply = api.get(api.rest(&["repos", owner, name])?, Subject::Repository).await?;
    options.default_branch = string(&api.json(&reply)?, "default_branch").unwrap_or_default();
    let (branches, agents) = futures::join!(branches(api, owner, name), agents(api, owner, name));
    let (branches, all) = branches?;
    options.branches = branches;
    if !all {
        options
            .notes
            .push(format!("Only the first {} branches are listed; any other can be typed.", BRANCH_PAGES * 100));
    }
    if options.branches.is_empty() {
        options
            .notes
            .push("The repository has no branch yet: push a first commit before starting a session.".to_owned());
    }
    match agents {
        Ok(agents) => options.agents = agents,
        Err(error) => options.notes.push(format!("The custom agents could not be read: {}", error.message)),
    }
    if !api.extras {
        options.models = MODELS.iter().map(|(id, label)| choice(id, label, None)).collect();
        options
            .notes
            .push("GitHub works on an existing head branch only while it has an open pull request.".to_owned());
    }
    Ok(options)
}

async fn branches(api: &Api, owner: &str, name: &str) -> Result<(Vec<String>, bool)> {
    let mut url = api.rest(&["repos", owner, name, "branches"])?;
    push_query(&mut url, "per_page", "100");
    let mut branches = Vec::new();
    for _ in 0..BRANCH_PAGES {
        let reply = api.get(url.clone(), Subject::Repository).await?;
        branches.extend(names(&api.array(&reply, None)?));
        match api.next(&url, &reply) {
            Some(following) if following != url => url = following,
            _ => return Ok((branches, true)),
        }
    }
    Ok((branches, false))
}

/// The files `.github/agents/NAME.agent.md`, with the name and description of their front matter.
async fn agents(api: &Api, owner: &str, name: &str) -> Result<Vec<Choice>> {
    let folder = ["repos", owner, name, "contents", ".github", "agents"];
    let reply = match api.get(api.rest(&folder)?, Subject::Repository).await {
        Err(error) if error.code == ErrorCode::NotFound => return Ok(Vec::new()),
        reply => reply?,
    };
    let files = api.array(&reply, None)?;
    let names: Vec<&str> = files
        .iter()
        .filter_map(|file| text(file, "name"))
        .filter(|name| name.len() > AGENT_SUFFIX.len() && name.ends_with(AGENT_SUFFIX))
        .collect();
    let names = sorted(&names, &|a, b| a.cmp(b));
    Ok(join_all(names.iter().enumerate().map(|(at, file)| async move {
        let id = &file[..file.len() - AGENT_SUFFIX.len()];
        let mut path = folder.to_vec();
        path.push(file);
        let text = match api.rest(&path) {
            Ok(url) if at < DESCRIBED_AGENTS => api.get_raw(url, Subject::Repository).await.ok(),
            _ => None,
        };
        let text = text.as_ref().and_then(|reply| std::str::from_utf8(&reply.body).ok()).unwrap_or_default();
        choice(id, &front_matter(text, "name").unwrap_or_else(|| id.to_owned()), front_matter(text, "description"))
    }))
    .await)
}

fn names(named: &[Value]) -> impl Iterator<Item = String> {
    named.iter().filter_map(|item| string(item, "name"))
}

fn choice(id: &str, label: &str, description: Option<String>) -> Choice {
    Choice { id: id.to_owned(), label: label.to_owned(), description }
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
