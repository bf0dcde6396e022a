//! The rows of the list: ours and the provider's id, what the provider last said, and how new word is merged in.

use std::rc::Rc;

use super::list::{SessionFilter, SessionList};
use crate::by_name::ByName;
use crate::error::Error;
use crate::host::{Entry, Host};
use crate::json::{self, Fields, Writer};
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
    pub session: Option<Rc<Session>>,
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
    /// Shared with all who were shown it; whoever changes it makes a copy.
    session: Rc<Session>,
    /// The provider's id; `None` while the start is in the outbox.
    remote: Option<String>,
    /// When the provider last gave proof of it, by our clock.
    seen_at: Timestamp,
}

/// Lists lag: a session that was there this short a while ago is not gone because a list lacks it.
pub(super) const LAG_MS: i64 = 120_000;
/// The clocks of providers and of this machine may differ by hours.
pub(super) const SKEW_MS: i64 = 24 * 3_600_000;

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
            session: Rc::new(Session::read(value.get("session")?)?),
            remote: json::string(&value, "remote"),
            seen_at: Timestamp::field(&value, "seen_at")?,
        })
    }
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    by_id: ByName<Box<Row>>,
    /// Our ids of sessions that were started here, by the ids that a list would give them. They stay when such a session
    /// leaves the lists, for the case that it comes back: ids never change.
    own_ids: ByName<String>,
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
                    let stale = &mut Rc::make_mut(&mut row.session).stale;
                    stale.get_or_insert_with(|| "From last time; not refreshed yet.".to_owned());
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
        if let Some(known) = self.other_of(&row) {
            if row.is_listed_id() {
                return;
            }
            self.by_id.remove(&known);
        }
        self.insert(row);
    }

    /// Another tab has the last word on a row: takes over what it kept, or that it is gone.
    pub(super) fn replace(&mut self, id: &str, kept: Option<&str>) -> Vec<SessionChange> {
        let mut changes = Vec::new();
        let Some(kept) = kept else {
            changes.extend(self.remove(id));
            return changes;
        };
        if let Some(row) = Row::read(kept) {
            if let Some(other) = self.other_of(&row) {
                changes.extend(self.remove(&other));
            }
            self.insert(row);
            changes.push(self.change(ChangeKind::Changed, id, None));
        }
        changes
    }

    pub(super) fn session(&self, id: &str) -> Option<&Rc<Session>> {
        self.by_id.get(id).map(|row| &row.session)
    }

    /// The provider's id of a row: `None` when there is no such row, `Some(None)` while it is in the outbox.
    pub(super) fn remote(&self, id: &str) -> Option<Option<String>> {
        self.by_id.get(id).map(|row| row.remote.clone())
    }

    pub(super) fn knows(&self, provider: &str, remote: &str) -> bool {
        self.listed(&listed_id(provider, remote)).is_some()
    }

    /// Whether a session of that connection began from that branch.
    pub(super) fn is_base(&self, provider: &str, branch: &str) -> bool {
        let is_from = |row: &Row| row.remote.is_some() && row.session.facts.base_ref.as_deref() == Some(branch);
        !self.ids(provider, &is_from).is_empty()
    }

    /// Our ids of the sessions in a repository that are not older than that, and of which nobody said where they began.
    pub(super) fn of_unknown_base(&self, provider: &str, repository: &str, since: Timestamp) -> Vec<String> {
        self.ids(provider, &|row| {
            let facts = &row.session.facts;
            row.remote.is_some()
                && facts.base_ref.is_none()
                && facts.created_at >= since
                && facts.repository.as_deref() == Some(repository)
        })
    }

    /// Whether a session may be what a start became that was asked for at `asked_at`: nobody knows it, or it is only known
    /// from a list (another tab may have listed it) and is about as old as the start.
    pub(super) fn may_be_start(&self, provider: &str, remote: &str, asked_at: Timestamp) -> bool {
        self.listed(&listed_id(provider, remote))
            .is_none_or(|row| row.is_listed_id() && row.session.facts.created_at >= asked_at.plus(-SKEW_MS))
    }

    pub(super) fn list(&self, filter: &SessionFilter, host: &dyn Host) -> SessionList {
        SessionList::of(&mut self.by_id.values().map(|row| &row.session), filter, host)
    }

    /// Adds the row of a start that is not confirmed yet.
    pub(super) fn add_pending(&mut self, session: Session) -> SessionChange {
        self.add(session, None)
    }

    fn add(&mut self, session: Session, proof: Option<(String, Timestamp)>) -> SessionChange {
        let id = session.id.clone();
        let (remote, seen_at) = proof.map_or((None, session.facts.created_at), |(remote, now)| (Some(remote), now));
        self.insert(Row { session: Rc::new(session), remote, seen_at });
        self.change(ChangeKind::Added, &id, None)
    }

    /// Gives a pending row the session that its start became. A row under which the same session was listed meanwhile
    /// goes.
    pub(super) fn confirm(&mut self, id: &str, found: Found, now: Timestamp) -> Vec<SessionChange> {
        let mut changes = Vec::new();
        let Some(row) = self.by_id.get_mut(id) else { return changes };
        let session = Rc::make_mut(&mut row.session);
        let attention = attention(session.facts.status, found.facts.status);
        // Which branch the work goes to is for the provider to say: a wish for one may be ignored.
        session.facts.head_ref = None;
        renew(&mut session.facts, found.facts);
        session.stale = None;
        session.read &= attention.is_none();
        let listed = listed_id(&session.provider, &found.remote);
        row.remote = Some(found.remote);
        row.seen_at = now;
        let other = self.listed(&listed).map(|other| other.session.id.clone()).filter(|other| other != id);
        if let Some(other) = other {
            self.by_id.remove(&other);
            changes.push(self.change(ChangeKind::Removed, &other, None));
        }
        self.own_ids.insert(&listed, id.to_owned());
        changes.push(self.change(ChangeKind::Changed, id, attention));
        changes
    }

    /// The provider would not have a start that waited. The person learns why from the row.
    pub(super) fn refuse(&mut self, id: &str, why: &Error) -> Option<SessionChange> {
        let session = self.session_mut(id)?;
        session.stale = None;
        session.read = false;
        session.facts.status = Status::Failed;
        session.facts.error = Some(SessionError { message: why.message.clone(), hint: Some(why.hint.clone()) });
        Some(self.change(ChangeKind::Changed, id, Some(Attention::Failed)))
    }

    /// Notes on a row why it may be out of date, or that it is not.
    pub(super) fn explain(&mut self, id: &str, why: Option<&str>) -> Option<SessionChange> {
        self.session(id).filter(|session| session.stale.as_deref() != why)?;
        self.session_mut(id)?.stale = why.map(str::to_owned);
        Some(self.change(ChangeKind::Changed, id, None))
    }

    /// Notes on a row what the person should know of it. It stays whatever the provider says.
    pub(super) fn warn(&mut self, id: &str, warning: String) -> Option<SessionChange> {
        let session = self.session_mut(id)?;
        session.warning = Some(warning);
        session.read = false;
        Some(self.change(ChangeKind::Changed, id, Some(Attention::NeedsInput)))
    }

    /// Merges in what a provider says of a session that it listed or that was looked at.
    pub(super) fn absorb(&mut self, provider: &str, kind: Kind, found: Found, now: Timestamp) -> Option<SessionChange> {
        let listed = listed_id(provider, &found.remote);
        let id = self.own_ids.get(&listed).cloned().unwrap_or(listed);
        if self.session(&id).is_some() {
            return self.update(&id, found.facts, now);
        }
        // What was there before the person came here is no news; what waits for them is.
        let read = found.facts.status != Status::NeedsInput;
        let session =
            Session { id, provider: provider.to_owned(), kind, read, stale: None, warning: None, facts: found.facts };
        Some(self.add(session, Some((found.remote, now))))
    }

    /// Merges new word into a row. Word that is older than the row changes nothing.
    pub(super) fn update(&mut self, id: &str, facts: SessionFacts, now: Timestamp) -> Option<SessionChange> {
        let row = self.by_id.get_mut(id)?;
        row.seen_at = now;
        let before = row.session.clone();
        let session = Rc::make_mut(&mut row.session);
        session.stale = None;
        if facts.updated_at >= before.facts.updated_at {
            renew(&mut session.facts, facts);
        }
        let attention = attention(before.facts.status, session.facts.status);
        session.read &= attention.is_none();
        if row.session == before {
            row.session = before;
            return None;
        }
        Some(self.change(ChangeKind::Changed, id, attention))
    }

    /// Marks the rows of a connection that could not be read, or, without a reason, those of one that was.
    pub(super) fn mark_stale(&mut self, provider: &str, why: Option<&str>) -> Vec<SessionChange> {
        let ids = self.ids(provider, &|row| row.remote.is_some() && row.session.stale.as_deref() != why);
        let mut changes = Vec::new();
        for id in ids {
            changes.extend(self.explain(&id, why));
        }
        changes
    }

    /// Our ids of the rows of a connection that pass, in ascending order.
    fn ids(&self, provider: &str, passes: &dyn Fn(&Row) -> bool) -> Vec<String> {
        let mut ids = Vec::new();
        for row in self.by_id.values() {
            if row.session.provider == provider && passes(row) {
                ids.push(row.session.id.clone());
            }
        }
        ids
    }

    /// Removes the rows that complete lists do not hold any more. `remotes` is what they hold; `complete` says of the list
    /// of what is not put away, and of that of what is, whether that is all. Also says from when on a row that is missing
    /// will count as gone.
    pub(super) fn retain(
        &mut self,
        provider: &str,
        remotes: &ByName<()>,
        complete: [bool; 2],
        now: Timestamp,
    ) -> (Vec<SessionChange>, Option<Timestamp>) {
        let (mut gone, mut doubtful) = (Vec::new(), None);
        let missing = self.ids(provider, &|row| {
            row.remote.as_ref().is_some_and(|remote| remotes.get(remote).is_none())
                && complete[usize::from(row.session.facts.archived)]
        });
        for id in missing {
            let Some(row) = self.by_id.get_mut(&id) else { continue };
            // A clock that was ahead and has been put right must not keep the row for ever.
            row.seen_at = row.seen_at.min(now);
            let gone_from = row.seen_at.plus(LAG_MS);
            if now > gone_from {
                self.by_id.remove(&id);
                gone.push(self.change(ChangeKind::Removed, &id, None));
            } else {
                let from = gone_from.plus(1);
                doubtful = Some(doubtful.map_or(from, |earliest: Timestamp| earliest.min(from)));
            }
        }
        (gone, doubtful)
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<SessionChange> {
        let row = self.by_id.remove(id)?;
        // Another row may stand for the same session by now.
        if let Some(listed) = row.listed_id()
            && self.own_ids.get(&listed).is_some_and(|own| own == id)
        {
            self.own_ids.remove(&listed);
        }
        Some(self.change(ChangeKind::Removed, id, None))
    }

    pub(super) fn remove_provider(&mut self, provider: &str) -> Vec<SessionChange> {
        let ids = self.ids(provider, &|_| true);
        let mut changes = Vec::new();
        for id in ids {
            changes.extend(self.remove(&id));
        }
        changes
    }

    /// Changes that were gathered while other things happened, told as the rows are now: one change a row.
    pub(super) fn as_they_are(&self, changes: Vec<SessionChange>) -> Vec<SessionChange> {
        let mut told: Vec<SessionChange> = Vec::with_capacity(changes.len());
        let mut places: ByName<usize> = ByName::default();
        for change in changes {
            match places.get(&change.id) {
                Some(place) => {
                    let earlier = &mut told[*place];
                    earlier.attention = change.attention.or(earlier.attention);
                }
                None => {
                    places.insert(&change.id, told.len());
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
        if self.session(id)?.read {
            return Some(None);
        }
        self.session_mut(id)?.read = true;
        Some(Some(self.change(ChangeKind::Changed, id, None)))
    }

    /// What the store must hold after these changes.
    pub(super) fn entries(&self, changes: &[SessionChange]) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(changes.len());
        for change in changes {
            let row = self.by_id.get(&change.id);
            let value = row.map(|row| json::object(&**row));
            entries.push(Entry { table: TABLE, key: change.id.clone(), value });
        }
        entries
    }

    fn insert(&mut self, row: Row) {
        let id = row.session.id.clone();
        if let Some(listed) = row.listed_id() {
            if listed == id {
                self.own_ids.remove(&listed);
            } else {
                self.own_ids.insert(&listed, id.clone());
            }
        }
        self.by_id.insert(&id, Box::new(row));
    }

    /// The row of a session, by the id that a list would give it.
    fn listed(&self, listed: &str) -> Option<&Row> {
        let id = self.own_ids.get(listed).map_or(listed, String::as_str);
        self.by_id.get(id).map(|row| &**row)
    }

    /// The id of another row that stands for the same session.
    fn other_of(&self, row: &Row) -> Option<String> {
        let other = self.listed(&row.listed_id()?)?;
        (other.session.id != row.session.id).then(|| other.session.id.clone())
    }

    fn session_mut(&mut self, id: &str) -> Option<&mut Session> {
        self.by_id.get_mut(id).map(|row| Rc::make_mut(&mut row.session))
    }

    fn change(&self, kind: ChangeKind, id: &str, attention: Option<Attention>) -> SessionChange {
        SessionChange { kind, id: id.to_owned(), session: self.session(id).cloned(), attention }
    }
}

impl Row {
    /// The id that the session gets when it is first met in a list; `None` while its start is in the outbox.
    fn listed_id(&self) -> Option<String> {
        Some(listed_id(&self.session.provider, self.remote.as_ref()?))
    }

    /// Whether its id is that one.
    fn is_listed_id(&self) -> bool {
        self.listed_id().is_some_and(|listed| listed == self.session.id)
    }
}

/// No connection's id holds a slash, so that this names one session only.
fn listed_id(provider: &str, remote: &str) -> String {
    [provider, "/", remote].concat()
}

/// List items hold less than a look at one session: what the newer word leaves out stays as it was known.
fn renew(facts: &mut SessionFacts, newer: SessionFacts) {
    fn keep<T>(now: &mut Option<T>, before: &mut Option<T>) {
        if now.is_none() {
            *now = before.take();
        }
    }
    let mut before = std::mem::replace(facts, newer);
    keep(&mut facts.repository, &mut before.repository);
    keep(&mut facts.base_ref, &mut before.base_ref);
    keep(&mut facts.head_ref, &mut before.head_ref);
    keep(&mut facts.agent, &mut before.agent);
    keep(&mut facts.model, &mut before.model);
    keep(&mut facts.url, &mut before.url);
    keep(&mut facts.usage, &mut before.usage);
    if facts.status == before.status {
        keep(&mut facts.error, &mut before.error);
    }
    if facts.title.is_empty() {
        std::mem::swap(&mut facts.title, &mut before.title);
    }
    for artifact in &mut facts.artifacts {
        let Artifact::PullRequest(pull) = artifact else { continue };
        // Looking up pull requests can fail while the list itself does not.
        if pull.number.is_some() {
            continue;
        }
        for known in &mut before.artifacts {
            if let Artifact::PullRequest(known) = known
                && known.id == pull.id
            {
                std::mem::swap(pull, known);
                break;
            }
        }
    }
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
