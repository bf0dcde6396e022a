//! Filtering, sorting and counting rows.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::json;
use crate::session::{Session, Status};

/// Which rows to show, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Every word must appear in the title, repository, agent, branch or status.
    pub text: Option<String>,
    /// Only these.
    pub status: Option<Vec<Status>>,
    /// Only these connections.
    pub provider: Option<Vec<String>>,
    /// Only this `owner/name`.
    pub repository: Option<String>,
    /// Those that are put away instead of those that are not.
    pub archived: bool,
    /// Only what waits for the person: a question, or an end that they have not seen.
    pub needs_me: bool,
    /// Newest change first unless said.
    pub sort: Sort,
    /// Rows of a group stand together, groups in the order of their newest row; status groups in the order of urgency.
    pub group: Option<Group>,
}

impl SessionFilter {
    /// Reads the object of the JavaScript contract. Words that it does not know are as good as none.
    pub fn read(value: &Value) -> Self {
        let listed = |name: &str| value.get(name).filter(|list| list.is_array()).map(|_| json::strings(value, name));
        Self {
            text: json::string(value, "text"),
            status: listed("status").map(|words| words.iter().filter_map(|word| Status::parse(word)).collect()),
            provider: listed("provider"),
            repository: json::string(value, "repository"),
            archived: json::flag(value, "archived").unwrap_or(false),
            needs_me: json::flag(value, "needsMe").unwrap_or(false),
            sort: match json::text(value, "sort") {
                Some("created") => Sort::Created,
                _ => Sort::Updated,
            },
            group: match json::text(value, "group") {
                Some("day") => Some(Group::Day),
                Some("repository") => Some(Group::Repository),
                Some("status") => Some(Group::Status),
                _ => None,
            },
        }
    }
}

/// Newest first, by what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By the last change.
    #[default]
    Updated,
    /// By the start.
    Created,
}

/// What rows are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// By day: the order by time serves.
    Day,
    /// By repository.
    Repository,
    /// By status.
    Status,
}

/// How many rows there are, the filter's status and provider left out of account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// By status.
    pub status: BTreeMap<&'static str, usize>,
    /// By connection.
    pub provider: BTreeMap<String, usize>,
}

/// A snapshot of rows.
#[derive(Clone, Debug, Default)]
pub struct SessionList {
    rows: Vec<Session>,
    counts: Counts,
}

impl SessionList {
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a Session>, filter: &SessionFilter) -> Self {
        let words: Vec<String> =
            filter.text.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).collect();
        let mut counts = Counts::default();
        let mut chosen: Vec<&Session> = Vec::new();
        for row in rows.filter(|row| passes(row, filter, &words)) {
            let of_status = filter.status.as_ref().is_none_or(|status| status.contains(&row.facts.status));
            let of_provider = filter.provider.as_ref().is_none_or(|provider| provider.contains(&row.provider));
            if of_provider {
                *counts.status.entry(row.facts.status.as_str()).or_default() += 1;
            }
            if of_status {
                *counts.provider.entry(row.provider.clone()).or_default() += 1;
            }
            if of_status && of_provider {
                chosen.push(row);
            }
        }
        let moment = |row: &Session| match filter.sort {
            Sort::Updated => row.facts.updated_at,
            Sort::Created => row.facts.created_at,
        };
        chosen.sort_by(|a, b| moment(b).cmp(&moment(a)).then_with(|| a.id.cmp(&b.id)));
        match filter.group {
            None | Some(Group::Day) => {}
            Some(Group::Status) => chosen.sort_by_key(|row| urgency(row.facts.status)),
            Some(Group::Repository) => {
                let mut newest = BTreeMap::new();
                for row in &chosen {
                    newest.entry(row.facts.repository.clone()).or_insert_with(|| moment(row));
                }
                chosen.sort_by_cached_key(|row| {
                    let repository = row.facts.repository.clone();
                    (Reverse(newest.get(&repository).copied()), repository)
                });
            }
        }
        Self { rows: chosen.into_iter().cloned().collect(), counts }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Counts for menus and badges.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Rows `from` (included) to `to` (excluded), as far as there are such.
    pub fn rows(&self, from: usize, to: usize) -> &[Session] {
        let to = to.min(self.rows.len());
        self.rows.get(from.min(to)..to).unwrap_or_default()
    }
}

fn passes(row: &Session, filter: &SessionFilter, words: &[String]) -> bool {
    let facts = &row.facts;
    facts.archived == filter.archived
        && filter.repository.as_ref().is_none_or(|repository| facts.repository.as_ref() == Some(repository))
        && (!filter.needs_me || needs_me(row))
        && words.iter().all(|word| {
            let texts = [
                Some(facts.title.as_str()),
                facts.repository.as_deref(),
                facts.agent.as_deref(),
                facts.head_ref.as_deref(),
            ];
            texts.iter().flatten().any(|text| text.to_lowercase().contains(word))
                || facts.status.as_str().replace('-', " ").contains(word)
                || facts.status.as_str().contains(word)
        })
}

fn needs_me(row: &Session) -> bool {
    match row.facts.status {
        Status::NeedsInput => true,
        Status::Failed | Status::TimedOut | Status::Completed | Status::Idle => !row.read,
        Status::Queued | Status::InProgress | Status::Cancelled | Status::Unknown => false,
    }
}

fn urgency(status: Status) -> usize {
    match status {
        Status::NeedsInput => 0,
        Status::Failed => 1,
        Status::TimedOut => 2,
        Status::InProgress => 3,
        Status::Queued => 4,
        Status::Idle => 5,
        Status::Completed => 6,
        Status::Cancelled => 7,
        Status::Unknown => 8,
    }
}
