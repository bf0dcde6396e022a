//! Reading back what was written: rows that the store kept.

use serde_json::Value;

use super::{Answer, Artifact, Kind, PullRequest, Session, SessionError, SessionFacts, Status, Timestamp, Usage};
use crate::json::{flag, items, number, string, text, whole};

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Local, Self::Github, Self::Claude, Self::Jules, Self::Cursor, Self::Openhands, Self::Custom];

    /// The word of the JavaScript contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Github => "github",
            Self::Claude => "claude",
            Self::Jules => "jules",
            Self::Cursor => "cursor",
            Self::Openhands => "openhands",
            Self::Custom => "custom",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::InProgress,
        Self::NeedsInput,
        Self::Idle,
        Self::Completed,
        Self::Failed,
        Self::TimedOut,
        Self::Cancelled,
        Self::Unknown,
    ];

    /// The status of that word of the JavaScript contract.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

impl Session {
    /// Reads a session as it serializes; `None` when it lacks what every session has.
    pub fn read(value: &Value) -> Option<Self> {
        // What may be missing is read first, and what is copied then: nothing has to be given up on the way.
        let (id, provider, title) = (text(value, "id")?, text(value, "provider")?, text(value, "title")?);
        let (raw_status, status) = (text(value, "rawStatus")?, Status::parse(text(value, "status")?)?);
        let (kind, read, archived) =
            (Kind::parse(text(value, "kind")?)?, flag(value, "read")?, flag(value, "archived")?);
        let (created_at, updated_at) = (Timestamp::field(value, "createdAt")?, Timestamp::field(value, "updatedAt")?);
        Some(Self {
            id: id.to_owned(),
            provider: provider.to_owned(),
            kind,
            read,
            stale: string(value, "stale"),
            warning: string(value, "warning"),
            facts: SessionFacts {
                title: title.to_owned(),
                status,
                raw_status: raw_status.to_owned(),
                repository: string(value, "repository"),
                base_ref: string(value, "baseRef"),
                head_ref: string(value, "headRef"),
                agent: string(value, "agent"),
                model: string(value, "model"),
                created_at,
                updated_at,
                url: string(value, "url"),
                artifacts: items(value, "artifacts").iter().map(artifact).collect(),
                archived,
                usage: value.get("usage").map(|usage| Usage {
                    ai_credits: number(usage, "aiCredits"),
                    premium_requests: number(usage, "premiumRequests"),
                }),
                error: value.get("error").and_then(|error| {
                    Some(SessionError { message: string(error, "message")?, hint: string(error, "hint") })
                }),
            },
        })
    }
}

fn artifact(value: &Value) -> Artifact {
    let known = match text(value, "kind") {
        Some("pull-request") => string(value, "id").map(|id| {
            Artifact::PullRequest(PullRequest {
                id,
                number: whole(value, "number"),
                url: string(value, "url"),
                title: string(value, "title"),
                state: string(value, "state"),
                draft: flag(value, "draft"),
                additions: whole(value, "additions"),
                deletions: whole(value, "deletions"),
                review: string(value, "review"),
                checks: string(value, "checks"),
                head_ref: string(value, "headRef"),
                base_ref: string(value, "baseRef"),
            })
        }),
        Some("branch") => string(value, "headRef")
            .zip(string(value, "baseRef"))
            .map(|(head_ref, base_ref)| Artifact::Branch { head_ref, base_ref }),
        _ => None,
    };
    known.unwrap_or_else(|| Artifact::Unknown { raw: value.get("raw").unwrap_or(value).into() })
}

impl Answer {
    /// Reads an answer as it serializes; `None` when it names no question.
    pub fn read(value: &Value) -> Option<Self> {
        Some(Self {
            question: string(value, "question")?,
            choice: string(value, "choice"),
            text: string(value, "text"),
        })
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::{object, parse};

    fn words() -> impl Strategy<Value = Option<String>> {
        proptest::option::of("\\PC{0,12}")
    }

    fn artifacts() -> impl Strategy<Value = Artifact> {
        prop_oneof![
            ("[a-z]{1,8}", proptest::option::of(0..9_999_u64), words(), proptest::option::of(any::<bool>())).prop_map(
                |(id, number, title, draft)| {
                    Artifact::PullRequest(PullRequest { id, number, title, draft, ..PullRequest::default() })
                }
            ),
            ("[a-z/]{1,8}", "[a-z]{1,8}").prop_map(|(head_ref, base_ref)| Artifact::Branch { head_ref, base_ref }),
            "[a-z]{1,8}".prop_map(|word| Artifact::Unknown { raw: (&Value::String(word)).into() }),
        ]
    }

    proptest! {
        #[test]
        fn a_session_reads_back_as_it_was_written(
            (title, repository, agent, stale) in ("\\PC{0,20}", words(), words(), words()),
            (kind, status) in (0..Kind::ALL.len(), 0..Status::ALL.len()),
            (created, updated) in (0..4_000_000_000_000_i64, 0..4_000_000_000_000_i64),
            artifacts in proptest::collection::vec(artifacts(), 0..3),
            // Credits are rounded to one decimal; serde_json reads longer fractions only almost exactly.
            (tenths, message) in (proptest::option::of(0..10_000_000_u32), words()),
            (archived, read) in (any::<bool>(), any::<bool>()),
        ) {
            let session = Session {
                id: "a/b".into(),
                provider: "p".into(),
                kind: Kind::ALL[kind],
                read,
                warning: stale.clone(),
                stale,
                facts: SessionFacts {
                    title,
                    status: Status::ALL[status],
                    raw_status: "raw".into(),
                    repository,
                    base_ref: Some("main".into()),
                    head_ref: None,
                    agent,
                    model: None,
                    created_at: Timestamp(created),
                    updated_at: Timestamp(updated),
                    url: None,
                    artifacts,
                    archived,
                    usage: tenths.map(|tenths| Usage { ai_credits: Some(f64::from(tenths) / 10.0), premium_requests: None }),
                    error: message.map(|message| SessionError { message, hint: None }),
                },
            };
            let written = parse(object(&session).as_bytes()).unwrap();
            prop_assert_eq!(Session::read(&written), Some(session));
        }

        #[test]
        fn damaged_rows_are_refused_without_a_panic(text in "\\PC{0,60}") {
            let value: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
            prop_assert_eq!(Session::read(&value), None);
        }
    }
}
