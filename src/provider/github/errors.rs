//! GitHub's refusals as errors that a person can act on (facts of the REST reference, "agent tasks", and of the guide
//! "Troubleshooting the REST API").

use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, ErrorCode};
use crate::json::{items, parse, string, text};
use crate::wire::Reply;

/// GitHub asks for at least this long when it names no time.
const RATE_LIMIT_PAUSE: Duration = Duration::from_secs(60);
/// Longer explanations of a server are cut.
const LONGEST_DETAIL: usize = 400;

/// What a request was about, so that a refusal can name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The agent tasks of a repository or of the person.
    Tasks,
    /// One agent task.
    Session,
    /// A repository and what lies in it.
    Repository,
    /// A pull request.
    PullRequest,
    /// A branch or a pair of branches.
    Branch,
}

impl Subject {
    pub(super) fn is_agents(self) -> bool {
        matches!(self, Self::Tasks | Self::Session)
    }

    fn not_found(self) -> &'static str {
        match self {
            Self::Tasks | Self::Repository => "The repository was not found",
            Self::Session => "The session was not found",
            Self::PullRequest => "The pull request was not found",
            Self::Branch => "The branch was not found",
        }
    }

    /// The permission of a fine-grained token, as GitHub's settings page names it.
    fn permission(self) -> &'static str {
        match self {
            Self::Tasks | Self::Session => "“Agent tasks” (read and write)",
            Self::Repository | Self::Branch => "“Contents” (read)",
            Self::PullRequest => "“Pull requests” (read)",
        }
    }
}

/// The error that a reply with a status of 300 and more stands for. `local` is whether the server is a local cloud, and
/// `until_reset` how long its exhausted budget lasts.
pub(super) fn refusal(reply: &Reply, subject: Subject, local: bool, until_reset: Option<Duration>) -> Error {
    let explanation = Explanation::read(&reply.body);
    let detail = explanation.detail.as_deref();
    let service = if local { "The server" } else { "GitHub" };
    let limited = matches!(reply.status, 403 | 429)
        && (reply.status == 429 || reply.exhausted || reply.retry_after.is_some() || explanation.says("rate limit"));
    let mut error = match reply.status {
        _ if limited => {
            let mut error =
                Error::new(ErrorCode::RateLimited, tell(format!("{service} takes no more requests for now"), detail));
            let wait = reply.retry_after.or(until_reset).unwrap_or(RATE_LIMIT_PAUSE);
            error.retry_after_ms = u64::try_from(wait.as_millis()).ok();
            error
        }
        400 => {
            let error = Error::invalid(tell(format!("{service} did not accept the request"), detail));
            if explanation.says("unknown integration") {
                error.with_hint("That address takes requests of known clients only; leave agentsUrl out.")
            } else {
                error
            }
        }
        401 => Error::new(ErrorCode::Unauthorized, tell("The token was not accepted", detail)).with_hint(if local {
            "Copy the token that the local cloud printed when it started, and connect again."
        } else {
            "Connect again with a token that is valid and not expired."
        }),
        403 => forbidden(&explanation, subject, service),
        404 => {
            Error::new(ErrorCode::NotFound, tell(subject.not_found(), detail)).with_hint(not_found_hint(subject, local))
        }
        409 => Error::new(ErrorCode::Conflict, tell(format!("{service} cannot do this now"), detail)),
        410 => Error::new(ErrorCode::NotFound, tell(format!("{} any more", subject.not_found()), detail)),
        413 => Error::new(ErrorCode::TooLarge, tell(format!("{service} does not take that much"), detail)),
        status if status < 500 => {
            let error = Error::invalid(tell(format!("{service} did not accept the request"), detail));
            if reply.status == 422 { error.with_hint(unprocessable_hint(&explanation)) } else { error }
        }
        // A gateway that lost the answer says nothing about what the server behind it did.
        502 | 504 if reply.is_of_write() => {
            Error::new(ErrorCode::UnreadableReply, tell(format!("{service}’s gateway lost the answer"), None))
        }
        _ => Error::new(ErrorCode::Provider, tell(format!("{service} failed with status {}", reply.status), detail)),
    };
    if explanation.is_page && error.code != ErrorCode::UnreadableReply {
        error.message = format!("The server answered with a web page instead of data (status {}).", reply.status);
        if matches!(error.code, ErrorCode::Provider | ErrorCode::Invalid | ErrorCode::NotFound) {
            error = error.with_hint("Check the connection's address; a proxy or a sign-in page may stand in between.");
        }
    }
    error.status = Some(reply.status);
    error.request_id.clone_from(&reply.request_id);
    error
}

fn forbidden(explanation: &Explanation, subject: Subject, service: &str) -> Error {
    let error =
        Error::new(ErrorCode::Forbidden, tell(format!("{service} does not allow this"), explanation.detail.as_deref()));
    if explanation.says("saml") || explanation.says("sso") {
        error.with_hint("Authorize the token for the organization's single sign-on in GitHub's token settings.")
    } else if explanation.says("not accessible by integration") {
        error.with_hint("Use a token of a person: GitHub takes no installation tokens for agent tasks.")
    } else if explanation.says("personal access token") || explanation.says("not accessible") {
        error.with_hint(format!(
            "Give the fine-grained token the repository permission {}, or use a classic token with the scope “repo”.",
            subject.permission()
        ))
    } else if subject.is_agents() {
        error.with_hint(
            "Check that the cloud agent is on for this repository and your plan, and that the token has the \
             permission “Agent tasks” (read and write).",
        )
    } else {
        error
    }
}

fn not_found_hint(subject: Subject, local: bool) -> &'static str {
    match (subject, local) {
        (Subject::Tasks | Subject::Repository, true) => {
            "Check the name; the local cloud knows the repositories it was started with."
        }
        (Subject::Session, true) => "It may have been removed, or belong to another local cloud; refresh the list.",
        (Subject::PullRequest | Subject::Branch, true) => "It may have been deleted; look at the repository.",
        (_, false) => {
            "Check the name, and that the token was given access to the repository: GitHub hides what a token may not see."
        }
    }
}

fn unprocessable_hint(explanation: &Explanation) -> &'static str {
    if explanation.says("ref") || explanation.says("branch") {
        "Check the branch names: the base branch must exist on the server, so push it first."
    } else if explanation.says("model") {
        "Choose another model, or none to let the provider choose."
    } else if explanation.says("agent") {
        "Check that the custom agent's file is on the base branch, in .github/agents."
    } else {
        ErrorCode::Invalid.hint()
    }
}

/// `lead (detail).`
fn tell(lead: impl Into<String>, detail: Option<&str>) -> String {
    let lead = lead.into();
    match detail {
        Some(detail) => format!("{lead} ({}).", detail.trim_end_matches('.')),
        None => format!("{lead}."),
    }
}

/// What a server says about its refusal.
struct Explanation {
    detail: Option<String>,
    lower: String,
    is_page: bool,
}

impl Explanation {
    fn read(body: &[u8]) -> Self {
        let is_page = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
        let mut words = Vec::new();
        if let Some(value) = parse(body) {
            words.extend(string(&value, "message"));
            words.extend(items(&value, "errors").iter().filter_map(flaw));
        }
        let mut detail = words.join("; ");
        if let Some((end, _)) = detail.char_indices().nth(LONGEST_DETAIL) {
            detail.truncate(end);
            detail.push('…');
        }
        // A server that repeats the request's headers must not get the token onto a screen.
        if ["ghp_", "gho_", "ghu_", "github_pat_", "Bearer "].iter().any(|mark| detail.contains(mark)) {
            detail.clear();
        }
        let lower = detail.to_ascii_lowercase();
        Self { detail: (!detail.trim().is_empty()).then_some(detail), lower, is_page }
    }

    fn says(&self, words: &str) -> bool {
        self.lower.contains(words)
    }
}

/// One of the `errors` of a 422: `{code, message?, field?}`, or a plain sentence.
fn flaw(flaw: &Value) -> Option<String> {
    let text = |key: &str| text(flaw, key).filter(|text| !text.is_empty());
    if let Some(sentence) = flaw.as_str().or_else(|| text("message")) {
        return Some(sentence.to_owned());
    }
    let code = text("code")?.replace('_', " ");
    Some(match text("field") {
        Some(field) => format!("{field}: {code}"),
        None => code,
    })
}
