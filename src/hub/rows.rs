//! The rows of the list: ours and the provider's id, what the provider last said, and how new word is merged in.

use std::collections::{HashMap, HashSet};

use super::list::{SessionFilter, SessionList};
use crate::error::Error;
use crate::host::{Entry, Host};
use crate::json::{self, Fields, Writer};
use crate::order::sorted;
use crate::provider::Found;
use crate::session::{Artifact, Kind, Session, SessionError, SessionFacts, Status, Timestamp};

/// The store's table of rows, by our id.
pub(super) const TABLE: &str = "sessions";

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Something about it is different.
    Changed,
    /// It is gone.
    Removed,
}

/// Why a change wants the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// The work is done.
    Finished,
    /// The work ended with an error.
    Failed,
    /// The agent asks something.
    NeedsInput,
}

/// One change in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionChange {
    /// What happened.
    pub kind: ChangeKind,
    /// Our id of the session.
    pub id: String,
    /// The row as it is now; `None` when it is gone.
    pub session: Option<Session>,
    /// Whether it wants the person.
    pub attention: Option<Attention>,
}

impl Fields for SessionChange {
    fn fields(&self, out: &mut Writer) {
        let kind = match self.kind {
            ChangeKind::Added => "added",
            ChangeKind::Changed => "changed",
            ChangeKind::Removed => "removed",
        };
        out.text("kind", kind);
        out.text("id", &self.id);
        if let Some(session) = &self.session {
            out.object("session", session);
        }
        if let Some(attention) = self.attention {
            let attention = match attention {
                Attention::Finished => "finished",
                Attention::Failed => "failed",
                Attention::NeedsInput => "needs-input",
            };
            out.text("attention", attention);
        }
    }
}

/// A row as it is kept.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    session: Session,
    /// The provider's id; `None` while the start is in the outbox.
    remote: Option<String>,
    /// When the provider last gave proof of it, by our clock.
    seen_at: Timestamp,
}

/// Lists lag: a session that was there this short a while ago is not gone because a list lacks it.
const LAG_MS: i64 = 120_000;

impl Fields for Row {
    fn fields(&self, out: &mut Writer) {
        out.object("session", &self.session);
        out.opt_text("remote", self.remote.as_ref());
        out.text("seen_at", &self.seen_at.to_iso());
    }
}

impl Row {
    /// Reads a row as it was kept.
    fn read(text: &str) -> Option<Self> {
        let value = json::parse(text.as_bytes())?;
        Some(Self {
            session: Session::read(value.get("session")?)?,
            remote: json::string(&value, "remote"),
            seen_at: Timestamp::field(&value, "seen_at")?,
        })
    }
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    by_id: HashMap<String, Row>,
    by_remote: HashMap<(String, String), String>,
    /// Our ids of sessions that left the lists, for the case that they come back: ids never change.
    departed: HashMap<(String, String), String>,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Takes back what the store held, and says how many entries it could not read.
    pub(super) fn restore(&mut self, entries: Vec<(String, String)>) -> usize {
        let mut skipped = 0;
        for (_, value) in entries {
            match Row::read(&value) {
                Some(mut row) => {
                    row.session.stale.get_or_insert_with(|| "From last time; not refreshed yet.".to_owned());
                    self.insert_unless_known(row);
                }
                None => skipped += 1,
            }
        }
        skipped
    }

    /// A tab that listed a session which another tab was starting kept it under an id of its own. The id that the start
    /// was given is the one that stays.
    fn insert_unless_known(&mut self, row: Row) {
        let known =
            row.key().and_then(|key| self.by_remote.get(&key)).filter(|known| **known != row.session.id).cloned();
        match known {
            Some(_) if row.is_listed_id() => {}
            Some(known) => {
                self.by_id.remove(&known);
                self.insert(row);
            }
            None => self.insert(row),
        }
    }

    /// Another tab has the last word on a row: takes over what it kept, or that it is gone.
    pub(super) fn replace(&mut self, id: &str, kept: Option<&str>) -> Vec<SessionChange> {
        let Some(kept) = kept else { return self.remove(id).into_iter().collect() };
        let Some(row) = Row::read(kept) else { return Vec::new() };
        let other = row.key().and_then(|key| self.by_remote.get(&key)).filter(|other| *other != id).cloned();
        let mut changes: Vec<_> = other.and_then(|other| self.remove(&other)).into_iter().collect();
        self.insert(row);
        changes.push(self.change(ChangeKind::Changed, id, None));
        changes
    }

    pub(super) fn session(&self, id: &str) -> Option<&Session> {
        self.by_id.get(id).map(|row| &row.session)
    }

    /// The provider's id of a row: `None` when there is no such row, `Some(None)` while it is in the outbox.
    pub(super) fn remote(&self, id: &str) -> Option<Option<String>> {
        self.by_id.get(id).map(|row| row.remote.clone())
    }

    pub(super) fn knows(&self, provider: &str, remote: &str) -> bool {
        self.by_remote.contains_key(&(provider.to_owned(), remote.to_owned()))
    }

    /// Whether a session may be what a start became that was asked for at `asked_at`: nobody knows it, or it is only known
    /// from a list (another tab may have listed it) and is about as old as the start. Clocks may differ by hours.
    pub(super) fn may_be_start(&self, provider: &str, remote: &str, asked_at: Timestamp) -> bool {
        let id = self.by_remote.get(&(provider.to_owned(), remote.to_owned()));
        id.and_then(|id| self.by_id.get(id))
            .is_none_or(|row| row.is_listed_id() && row.session.facts.created_at >= asked_at.plus(-24 * 3_600_000))
    }

    pub(super) fn list(&self, filter: &SessionFilter, host: &dyn Host) -> SessionList {
        SessionList::of(self.by_id.values().map(|row| &row.session), filter, host)
    }

    /// Adds the row of a start that is not confirmed yet.
    pub(super) fn add_pending(&mut self, session: Session) -> SessionChange {
        let (id, seen_at) = (session.id.clone(), session.facts.created_at);
        self.insert(Row { session, remote: None, seen_at });
        self.change(ChangeKind::Added, &id, None)
    }

    /// Gives a pending row the session that its start became. A row under which the same session was listed meanwhile
    /// goes.
    pub(super) fn confirm(&mut self, id: &str, found: Found, now: Timestamp) -> Vec<SessionChange> {
        let Some(row) = self.by_id.get_mut(id) else { return Vec::new() };
        let mut changes = Vec::new();
        let attention = attention(row.session.facts.status, found.facts.status);
        row.remote = Some(found.remote.clone());
        // Which branch the work goes to is for the provider to say: a wish for one may be ignored.
        row.session.facts.head_ref = None;
        row.session.facts = merged(&row.session.facts, found.facts);
        row.session.stale = None;
        row.session.read &= attention.is_none();
        row.seen_at = now;
        let key = (row.session.provider.clone(), found.remote);
        if let Some(other) = self.by_remote.insert(key, id.to_owned()).filter(|other| other != id) {
            self.by_id.remove(&other);
            changes.push(self.change(ChangeKind::Removed, &other, None));
        }
        changes.push(self.change(ChangeKind::Changed, id, attention));
        changes
    }

    /// The provider would not have a start that waited. The person learns why from the row.
    pub(super) fn refuse(&mut self, id: &str, why: &Error) -> Option<SessionChange> {
        let row = self.by_id.get_mut(id)?;
        row.session.stale = None;
        row.session.read = false;
        row.session.facts.status = Status::Failed;
        row.session.facts.error = Some(SessionError { message: why.message.clone(), hint: Some(why.hint.clone()) });
        Some(self.change(ChangeKind::Changed, id, Some(Attention::Failed)))
    }

    /// Notes on a pending row why it is still pending.
    pub(super) fn explain(&mut self, id: &str, why: Option<String>) -> Option<SessionChange> {
        let row = self.by_id.get_mut(id).filter(|row| row.session.stale != why)?;
        row.session.stale = why;
        Some(self.change(ChangeKind::Changed, id, None))
    }

    /// Merges in what a provider says of a session that it listed or that was looked at.
    pub(super) fn absorb(&mut self, provider: &str, kind: Kind, found: Found, now: Timestamp) -> Option<SessionChange> {
        let key = (provider.to_owned(), found.remote.clone());
        match self.by_remote.get(&key).cloned() {
            Some(id) => self.update(&id, found.facts, now),
            None => {
                let id = self.departed.remove(&key).unwrap_or_else(|| listed_id(provider, &found.remote));
                // What was there before the person came here is no news; what waits for them is.
                let read = found.facts.status != Status::NeedsInput;
                let session = Session {
                    id: id.clone(),
                    provider: provider.to_owned(),
                    kind,
                    read,
                    stale: None,
                    facts: found.facts,
                };
                self.insert(Row { session, remote: Some(found.remote), seen_at: now });
                Some(self.change(ChangeKind::Added, &id, None))
            }
        }
    }

    /// Merges new word into a row. Word that is older than the row changes nothing.
    pub(super) fn update(&mut self, id: &str, facts: SessionFacts, now: Timestamp) -> Option<SessionChange> {
        let row = self.by_id.get_mut(id)?;
        let before = row.session.clone();
        row.session.stale = None;
        row.seen_at = now;
        if facts.updated_at >= before.facts.updated_at {
            row.session.facts = merged(&before.facts, facts);
        }
        let attention = attention(before.facts.status, row.session.facts.status);
        if attention.is_some() {
            row.session.read = false;
        }
        (row.session != before).then(|| self.change(ChangeKind::Changed, id, attention))
    }

    /// Marks the rows of a connection that could not be read.
    pub(super) fn mark_stale(&mut self, provider: &str, why: &str) -> Vec<SessionChange> {
        self.set_stale(provider, Some(why))
    }

    /// The connection was read: its rows are as fresh as that.
    pub(super) fn mark_fresh(&mut self, provider: &str) -> Vec<SessionChange> {
        self.set_stale(provider, None)
    }

    fn set_stale(&mut self, provider: &str, why: Option<&str>) -> Vec<SessionChange> {
        let ids = self.ids(provider, &|row| row.remote.is_some() && row.session.stale.as_deref() != why);
        let mut changes = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(row) = self.by_id.get_mut(&id) {
                row.session.stale = why.map(str::to_owned);
            }
            changes.push(self.change(ChangeKind::Changed, &id, None));
        }
        changes
    }

    /// Our ids of the rows of a connection that pass, in ascending order.
    fn ids(&self, provider: &str, passes: &dyn Fn(&Row) -> bool) -> Vec<String> {
        let rows = self.by_id.values().filter(|row| row.session.provider == provider && passes(row));
        let ids: Vec<&str> = rows.map(|row| row.session.id.as_str()).collect();
        sorted(&ids, &|a, b| a.cmp(b)).into_iter().map(str::to_owned).collect()
    }

    /// Removes the rows that complete lists do not hold any more. `remotes` is what they hold; `complete` says of which of
    /// the two lists (put away or not) that is all. Also says from when on a row that is missing will count as gone.
    pub(super) fn retain(
        &mut self,
        provider: &str,
        remotes: &HashSet<String>,
        complete: impl Fn(bool) -> bool,
        now: Timestamp,
    ) -> (Vec<SessionChange>, Option<Timestamp>) {
        let (mut gone, mut doubtful) = (Vec::new(), None);
        let missing = self.ids(provider, &|row| {
            row.remote.as_ref().is_some_and(|remote| !remotes.contains(remote)) && complete(row.session.facts.archived)
        });
        for id in missing {
            let Some(row) = self.by_id.get_mut(&id) else { continue };
            // A clock that was ahead and has been put right must not keep the row for ever.
            row.seen_at = row.seen_at.min(now);
            let gone_from = row.seen_at.plus(LAG_MS);
            if now > gone_from {
                gone.push(id);
            } else {
                let from = gone_from.plus(1);
                doubtful = Some(doubtful.map_or(from, |earliest: Timestamp| earliest.min(from)));
            }
        }
        for id in &gone {
            if let Some(row) = self.by_id.get(id).filter(|row| !row.is_listed_id())
                && let Some(key) = row.key()
            {
                self.departed.insert(key, id.clone());
            }
        }
        (gone.iter().filter_map(|id| self.remove(id)).collect(), doubtful)
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<SessionChange> {
        let row = self.by_id.remove(id)?;
        // Another row may stand for the same session by now.
        if let Some(key) = row.key().filter(|key| self.by_remote.get(key).is_some_and(|holder| holder == id)) {
            self.by_remote.remove(&key);
        }
        Some(self.change(ChangeKind::Removed, id, None))
    }

    pub(super) fn remove_provider(&mut self, provider: &str) -> (Vec<SessionChange>, Vec<Entry>) {
        let ids = self.ids(provider, &|_| true);
        let changes: Vec<SessionChange> = ids.iter().filter_map(|id| self.remove(id)).collect();
        let entries = self.entries(&changes);
        (changes, entries)
    }

    /// Changes that were gathered while other things happened, told as the rows are now: one change a row.
    pub(super) fn as_they_are(&self, changes: Vec<SessionChange>) -> Vec<SessionChange> {
        let mut told: Vec<SessionChange> = Vec::with_capacity(changes.len());
        let mut places: HashMap<String, usize> = HashMap::new();
        for change in changes {
            match places.get(&change.id) {
                Some(place) => {
                    let earlier = &mut told[*place];
                    earlier.attention = change.attention.or(earlier.attention);
                }
                None => {
                    places.insert(change.id.clone(), told.len());
                    told.push(change);
                }
            }
        }
        for change in &mut told {
            change.session = self.session(&change.id).cloned();
            change.kind = match (&change.session, change.kind) {
                (None, _) => ChangeKind::Removed,
                (Some(_), ChangeKind::Removed) => ChangeKind::Changed,
                (Some(_), kind) => kind,
            };
        }
        told
    }

    /// `None` when there is no such row, otherwise what changed, if anything did.
    pub(super) fn mark_read(&mut self, id: &str) -> Option<Option<SessionChange>> {
        let row = self.by_id.get_mut(id)?;
        let was_read = std::mem::replace(&mut row.session.read, true);
        Some((!was_read).then(|| self.change(ChangeKind::Changed, id, None)))
    }

    /// What the store must hold after these changes.
    pub(super) fn entries(&self, changes: &[SessionChange]) -> Vec<Entry> {
        let ids: HashSet<&str> = changes.iter().map(|change| change.id.as_str()).collect();
        ids.into_iter()
            .map(|id| Entry {
                table: TABLE,
                key: id.to_owned(),
                value: self.by_id.get(id).map(|row| json::object(row)),
            })
            .collect()
    }

    fn insert(&mut self, row: Row) {
        let id = row.session.id.clone();
        if let Some(key) = row.key() {
            self.by_remote.insert(key, id.clone());
        }
        self.by_id.insert(id, row);
    }

    fn change(&self, kind: ChangeKind, id: &str, attention: Option<Attention>) -> SessionChange {
        SessionChange { kind, id: id.to_owned(), session: self.session(id).cloned(), attention }
    }
}

impl Row {
    fn key(&self) -> Option<(String, String)> {
        self.remote.clone().map(|remote| (self.session.provider.clone(), remote))
    }

    /// Whether its id is the one that a session gets when it is first met in a list.
    fn is_listed_id(&self) -> bool {
        self.remote.as_ref().is_some_and(|remote| self.session.id == listed_id(&self.session.provider, remote))
    }
}

fn listed_id(provider: &str, remote: &str) -> String {
    format!("{provider}/{remote}")
}

/// List items hold less than a look at one session: what the newer word leaves out stays as it was known.
fn merged(before: &SessionFacts, mut now: SessionFacts) -> SessionFacts {
    fn keep<T: Clone>(now: &mut Option<T>, before: &Option<T>) {
        if now.is_none() {
            now.clone_from(before);
        }
    }
    keep(&mut now.repository, &before.repository);
    keep(&mut now.base_ref, &before.base_ref);
    keep(&mut now.head_ref, &before.head_ref);
    keep(&mut now.agent, &before.agent);
    keep(&mut now.model, &before.model);
    keep(&mut now.url, &before.url);
    keep(&mut now.usage, &before.usage);
    if now.status == before.status {
        keep(&mut now.error, &before.error);
    }
    if now.title.is_empty() {
        now.title.clone_from(&before.title);
    }
    for artifact in &mut now.artifacts {
        let Artifact::PullRequest(pull) = artifact else { continue };
        let known = before.artifacts.iter().find_map(|artifact| match artifact {
            Artifact::PullRequest(known) if known.id == pull.id => Some(known),
            _ => None,
        });
        // Looking up pull requests can fail while the list itself does not.
        if let Some(known) = known.filter(|_| pull.number.is_none()) {
            pull.clone_from(known);
        }
    }
    now
}

fn attention(before: Status, now: Status) -> Option<Attention> {
    match now {
        _ if now == before => None,
        Status::NeedsInput => Some(Attention::NeedsInput),
        Status::Failed | Status::TimedOut => Some(Attention::Failed),
        Status::Completed => Some(Attention::Finished),
        Status::Idle if matches!(before, Status::Queued | Status::InProgress) => Some(Attention::Finished),
        _ => None,
    }
}
