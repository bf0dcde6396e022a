//! Filtering, sorting and counting rows.

use std::rc::Rc;

use serde_json::Value;

use crate::by_name::ByName;
use crate::host::Host;
use crate::json::{self, Fields, Writer};
use crate::order::sorted;
use crate::session::{Session, Status, Timestamp};

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By status.
    pub status: ByName<usize>,
    /// By connection.
    pub provider: ByName<usize>,
}

impl Fields for Counts {
    fn fields(&self, out: &mut Writer) {
        out.object("status", &self.status);
        out.object("provider", &self.provider);
    }
}

/// A snapshot of rows.
#[derive(Clone, Debug, Default)]
pub struct SessionList {
    rows: Vec<Rc<Session>>,
    counts: Counts,
}

impl SessionList {
    pub(super) fn of(rows: &mut dyn Iterator<Item = &Rc<Session>>, filter: &SessionFilter, host: &dyn Host) -> Self {
        let words = folded(filter.text.as_deref().unwrap_or_default(), host);
        let words: Vec<&str> = words.split_whitespace().collect();
        let mut counts = Counts::default();
        let mut chosen: Vec<&Rc<Session>> = Vec::new();
        for row in rows {
            if !passes(row, filter, &words, host) {
                continue;
            }
            let of_status = filter.status.as_ref().is_none_or(|status| status.contains(&row.facts.status));
            let of_provider = filter.provider.as_ref().is_none_or(|provider| provider.contains(&row.provider));
            if of_provider {
                counts.status.count(row.facts.status.as_str());
            }
            if of_status {
                counts.provider.count(&row.provider);
            }
            if of_status && of_provider {
                chosen.push(row);
            }
        }
        let moment = |row: &Session| match filter.sort {
            Sort::Updated => row.facts.updated_at,
            Sort::Created => row.facts.created_at,
        };
        let newer = |a: &Rc<Session>, b: &Rc<Session>| moment(b).cmp(&moment(a)).then_with(|| a.id.cmp(&b.id));
        let by_time = sorted(&chosen, &newer);
        let chosen = match filter.group {
            None | Some(Group::Day) => by_time,
            Some(Group::Status) => sorted(&by_time, &|a, b| urgency(a.facts.status).cmp(&urgency(b.facts.status))),
            Some(Group::Repository) => by_repository(&by_time, &moment),
        };
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
    pub fn rows(&self, from: usize, to: usize) -> &[Rc<Session>] {
        let to = to.min(self.rows.len());
        self.rows.get(from.min(to)..to).unwrap_or_default()
    }
}

/// Rows of a repository together, the repository with the newest row first.
fn by_repository<'a>(by_time: &[&'a Rc<Session>], moment: &dyn Fn(&Session) -> Timestamp) -> Vec<&'a Rc<Session>> {
    let mut newest = ByName::default();
    for row in by_time {
        let repository = row.facts.repository.as_deref().unwrap_or_default();
        if newest.get(repository).is_none() {
            newest.insert(repository, moment(row));
        }
    }
    sorted(by_time, &|a, b| {
        let (a, b) = (a.facts.repository.as_deref(), b.facts.repository.as_deref());
        let newest = |repository: Option<&str>| newest.get(repository.unwrap_or_default());
        newest(b).cmp(&newest(a)).then_with(|| a.cmp(&b))
    })
}

fn passes(row: &Session, filter: &SessionFilter, words: &[&str], host: &dyn Host) -> bool {
    let facts = &row.facts;
    if facts.archived != filter.archived
        || filter.repository.is_some() && filter.repository != facts.repository
        || filter.needs_me && !needs_me(row)
    {
        return false;
    }
    if words.is_empty() {
        return true;
    }
    let mut text = String::new();
    for part in [&facts.repository, &facts.agent, &facts.head_ref].into_iter().flatten() {
        text.push_str(part);
        text.push('\n');
    }
    for part in [facts.title.as_str(), "\n", facts.status.as_str(), "\n"] {
        text.push_str(part);
    }
    // "needs input" is found as it is read and as it is written.
    for byte in facts.status.as_str().bytes() {
        text.push(if byte == b'-' { ' ' } else { char::from(byte) });
    }
    let text = folded(&text, host);
    words.iter().all(|word| holds(&text, word))
}

/// Whether a text holds a word. The standard library's search is made for long texts, and as large.
fn holds(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part == word.as_bytes())
}

/// In lower case. Almost all of these texts are ASCII, for which the host need not be asked.
fn folded(text: &str, host: &dyn Host) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { host.lowercase(text) }
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
