//! What is on its way to a provider and not confirmed yet. It is written to the store before it is sent, so that a killed
//! tab or a lost reply neither loses it nor sends it twice.

use std::rc::Rc;

use serde_json::Value;

use crate::host::{Entry, Host};
use crate::json::{self, Fields, Writer};
use crate::order::sorted;
use crate::provider::StartRequest;
use crate::session::{Answer, Request, Timestamp, Turn, TurnState};

/// The store's table of the outbox, by marker.
pub(super) const TABLE: &str = "outbox";

/// One write that is not confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    /// Unguessable; the provider carries it where it can be found again.
    pub(super) marker: String,
    /// Our id of the session it is about.
    pub(super) session: String,
    /// The connection's id.
    pub(super) provider: String,
    /// When the person asked for it.
    pub(super) created_at: Timestamp,
    pub(super) what: What,
    pub(super) state: State,
    /// Sessions that were looked at and are not this start's.
    pub(super) not_mine: Vec<String>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Start {
        request: StartRequest,
    },
    Message {
        text: String,
    },
    Answer {
        answer: Answer,
    },
    /// A branch that was pushed for a start: with its commit, it is to be told whether the session works on it; without, the
    /// start did not come to be, and the branch is to be removed.
    Branch {
        repository: String,
        branch: String,
        commit: Option<String>,
    },
}

/// How far it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing has left this machine.
    Queued,
    /// It is being sent. Found in the store after a reload, it means: nobody knows.
    Sending,
    /// It was sent, and the reply could not be read: it is looked for.
    Lost,
    /// It waited, and then the provider would not have it. Kept for its words.
    Refused,
}

impl Fields for Pending {
    fn fields(&self, out: &mut Writer) {
        out.text("marker", &self.marker);
        out.text("session", &self.session);
        out.text("provider", &self.provider);
        out.text("created_at", &self.created_at.to_iso());
        out.object("what", &self.what);
        let state = match self.state {
            State::Queued => "queued",
            State::Sending => "sending",
            State::Lost => "lost",
            State::Refused => "refused",
        };
        out.text("state", state);
        out.texts("not_mine", &self.not_mine);
    }
}

impl Fields for What {
    fn fields(&self, out: &mut Writer) {
        match self {
            Self::Start { request } => {
                out.text("kind", "start");
                out.object("request", request);
            }
            Self::Message { text } => {
                out.text("kind", "message");
                out.text("text", text);
            }
            Self::Answer { answer } => {
                out.text("kind", "answer");
                out.object("answer", answer);
            }
            Self::Branch { repository, branch, commit } => {
                out.text("kind", "branch");
                out.text("repository", repository);
                out.text("branch", branch);
                out.opt_text("commit", commit.as_ref());
            }
        }
    }
}

/// Everything that is not confirmed.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Each marker once.
    all: Vec<Rc<Pending>>,
    /// What this tab is sending right now.
    claimed: Vec<String>,
}

impl Outbox {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Takes back what the store held, and says how many entries it could not read.
    pub(super) fn restore(&mut self, entries: Vec<(String, String)>) -> usize {
        let mut skipped = 0;
        for (_, value) in entries {
            match Pending::read(&value) {
                Some(pending) => self.put(Rc::new(pending.of_another_time())),
                None => skipped += 1,
            }
        }
        skipped
    }

    pub(super) fn get(&self, marker: &str) -> Option<&Rc<Pending>> {
        self.all.iter().find(|pending| pending.marker == marker)
    }

    pub(super) fn put(&mut self, pending: Rc<Pending>) {
        match self.all.iter_mut().find(|known| known.marker == pending.marker) {
            Some(known) => *known = pending,
            None => self.all.push(pending),
        }
    }

    pub(super) fn remove(&mut self, marker: &str) {
        self.all.retain(|pending| pending.marker != marker);
    }

    /// Says how far something got; `None` when it is not here any more.
    pub(super) fn set_state(&mut self, marker: &str, state: State) -> Option<Rc<Pending>> {
        let pending = self.get(marker)?.in_state(state);
        self.put(pending.clone());
        Some(pending)
    }

    /// A start at that connection that is looked for, and that nobody compared with this session yet.
    pub(super) fn lost_start(&self, provider: &str, remote: &str) -> Option<&Rc<Pending>> {
        self.all.iter().find(|pending| {
            pending.state == State::Lost
                && pending.provider == provider
                && pending.start().is_some()
                && !pending.is_ruled_out(remote)
        })
    }

    /// A session was looked at and is not that start's.
    pub(super) fn rule_out(&mut self, marker: &str, remote: &str) {
        if let Some(pending) = self.get_mut(marker)
            && !pending.is_ruled_out(remote)
        {
            pending.not_mine.push(remote.to_owned());
        }
    }

    /// `false` when it is claimed already.
    pub(super) fn claim(&mut self, marker: &str) -> bool {
        let free = !self.is_claimed(marker);
        if free {
            self.claimed.push(marker.to_owned());
        }
        free
    }

    pub(super) fn is_claimed(&self, marker: &str) -> bool {
        self.claimed.iter().any(|claimed| claimed == marker)
    }

    /// Whoever was sending it does so no more: what was still on its way then may have arrived.
    pub(super) fn release(&mut self, marker: &str) {
        self.claimed.retain(|claimed| claimed != marker);
        if let Some(pending) = self.get_mut(marker).filter(|pending| pending.state == State::Sending) {
            pending.state = State::Lost;
        }
    }

    fn get_mut(&mut self, marker: &str) -> Option<&mut Pending> {
        self.all.iter_mut().find(|pending| pending.marker == marker).map(Rc::make_mut)
    }

    /// What passes, in the order in which the person asked for it.
    fn in_order(&self, passes: &dyn Fn(&Pending) -> bool) -> Vec<&Rc<Pending>> {
        let all: Vec<_> = self.all.iter().filter(|pending| passes(pending)).collect();
        sorted(&all, &|a, b| a.created_at.cmp(&b.created_at).then_with(|| a.marker.cmp(&b.marker)))
    }

    /// Everything, in no order.
    pub(super) fn all(&self) -> &[Rc<Pending>] {
        &self.all
    }

    /// What is pending at one connection, in the order in which the person asked for it.
    pub(super) fn of_provider(&self, provider: &str) -> Vec<Rc<Pending>> {
        self.in_order(&|pending| pending.provider == provider).into_iter().cloned().collect()
    }

    /// The start that a pending row stands for.
    pub(super) fn start_of(&self, session: &str) -> Option<&Rc<Pending>> {
        self.all.iter().find(|pending| pending.session == session && pending.start().is_some())
    }

    /// What is to be sent, as it was sent to that session before when nobody knows what came of that.
    pub(super) fn lost(&self, session: &str, what: &What) -> Option<&Rc<Pending>> {
        self.all
            .iter()
            .find(|pending| pending.session == session && pending.state == State::Lost && pending.what == *what)
    }

    /// What a session's page shows of what is not confirmed: the person's own words, so that they are not lost.
    pub(super) fn unconfirmed_turns(&self, session: &str) -> Vec<Turn> {
        let mut turns = Vec::new();
        for pending in self.in_order(&|pending| pending.session == session) {
            let text = match &pending.what {
                What::Start { request } => &request.prompt,
                What::Message { text } => text,
                What::Answer { .. } | What::Branch { .. } => continue,
            };
            let state = match pending.state {
                State::Queued | State::Sending => TurnState::Running,
                State::Lost | State::Refused => TurnState::Failed,
            };
            turns.push(Turn {
                id: pending.marker.clone(),
                request: Request { text: text.clone() },
                parts: Vec::new(),
                state,
                started_at: Some(pending.created_at),
            });
        }
        turns
    }

    /// Takes away what is pending at one connection, and says of what the store is to be rid.
    pub(super) fn remove_provider(&mut self, provider: &str) -> Vec<Entry> {
        let mut gone = Vec::new();
        self.all.retain(|pending| {
            let stays = pending.provider != provider;
            if !stays {
                gone.push(absent(&pending.marker));
            }
            stays
        });
        gone
    }
}

impl What {
    fn read(value: &Value) -> Option<Self> {
        match json::text(value, "kind")? {
            "start" => StartRequest::read(value.get("request")?).ok().map(|request| Self::Start { request }),
            "message" => json::string(value, "text").map(|text| Self::Message { text }),
            "answer" => Answer::read(value.get("answer")?).map(|answer| Self::Answer { answer }),
            "branch" => {
                let (repository, branch) = (json::string(value, "repository")?, json::string(value, "branch")?);
                Some(Self::Branch { repository, branch, commit: json::string(value, "commit") })
            }
            _ => None,
        }
    }
}

impl Pending {
    /// Reads what the store holds; `None` when it is damaged.
    pub(super) fn read(text: &str) -> Option<Self> {
        let value = json::parse(text.as_bytes())?;
        // What may be missing is read first, and what is copied then: nothing has to be given up on the way.
        let (marker, session) = (json::text(&value, "marker")?, json::text(&value, "session")?);
        let (provider, created_at) = (json::text(&value, "provider")?, Timestamp::field(&value, "created_at")?);
        let state = match json::text(&value, "state")? {
            "queued" => State::Queued,
            "sending" => State::Sending,
            "lost" => State::Lost,
            "refused" => State::Refused,
            _ => return None,
        };
        let what = What::read(value.get("what")?)?;
        Some(Self {
            marker: marker.to_owned(),
            session: session.to_owned(),
            provider: provider.to_owned(),
            created_at,
            what,
            state,
            not_mine: json::strings(&value, "not_mine"),
        })
    }

    /// What is to be started, if this is a start.
    pub(super) fn start(&self) -> Option<&StartRequest> {
        match &self.what {
            What::Start { request } => Some(request),
            What::Message { .. } | What::Answer { .. } | What::Branch { .. } => None,
        }
    }

    /// Notes the commit that was pushed for this start.
    pub(super) fn set_pushed(&mut self, commit: String) {
        if let What::Start { request } = &mut self.what
            && let Some(push) = &mut request.push
        {
            Rc::make_mut(push).commit = Some(commit);
        }
    }

    /// The same, having got that far.
    pub(super) fn in_state(&self, state: State) -> Rc<Self> {
        Rc::new(Self { state, ..self.clone() })
    }

    /// Whether that session was looked at and is not this start's.
    pub(super) fn is_ruled_out(&self, remote: &str) -> bool {
        self.not_mine.iter().any(|other| other == remote)
    }

    /// As it is to be understood by those who are not sending it themselves: what was being sent may have arrived, and is
    /// looked for.
    pub(super) fn of_another_time(mut self) -> Self {
        if self.state == State::Sending {
            self.state = State::Lost;
        }
        self
    }

    /// The store's entry for this.
    pub(super) fn entry(&self) -> Entry {
        Entry { table: TABLE, key: self.marker.clone(), value: Some(json::object(self)) }
    }
}

/// The store's entry for a marker that is done with.
pub(super) fn absent(marker: &str) -> Entry {
    Entry { table: TABLE, key: marker.to_owned(), value: None }
}

/// 26 characters of lower-case base 32 (RFC 4648): 130 bits that nobody guesses.
pub(super) fn new_marker(host: &dyn Host) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bytes = [0_u8; 26];
    host.random(&mut bytes);
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}
