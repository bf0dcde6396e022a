//! GitHub's refusals as errors that a person can act on (facts of the REST reference, "agent tasks", and of the guide
//! "Troubleshooting the REST API").

use std::time::Duration;

use serde_json::Value;

use super::tasks::shortened;
use crate::error::{Error, ErrorCode};
use crate::find::holds;
use crate::json::{filled, items, parse, string};
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
    /// A branch that is made from here.
    Push,
}

impl Subject {
    pub(super) fn is_agents(self) -> bool {
        matches!(self, Self::Tasks | Self::Session)
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Tasks | Self::Repository => "The repository",
            Self::Session => "The session",
            Self::PullRequest => "The pull request",
            Self::Branch => "The branch",
            // A token that may not write is told no more than one that may not see it.
            Self::Push => "The repository, or leave to write to it,",
        }
    }

    /// The permission of a fine-grained token, as GitHub's settings page names it.
    fn permission(self) -> &'static str {
        match self {
            Self::Tasks | Self::Session => "“Agent tasks” (read and write)",
            Self::Repository | Self::Branch => "“Contents” (read)",
            Self::PullRequest => "“Pull requests” (read)",
            Self::Push => "“Contents” (read and write), and “Workflows” where .github/workflows changes",
        }
    }
}

/// The error that a reply with a status of 300 and more stands for. `local` is whether the server is a local cloud, and
/// `until_reset` how long its exhausted budget lasts.
pub(super) fn refusal(reply: &Reply, subject: Subject, local: bool, until_reset: Option<Duration>) -> Error {
    let explanation = Explanation::read(&reply.body);
    let service = if local { "The server" } else { "GitHub" };
    let limited = matches!(reply.status, 403 | 429)
        && (reply.status == 429 || reply.exhausted || reply.retry_after.is_some() || explanation.says("rate limit"));
    let status = u64::from(reply.status);
    let failed = format!("failed with status {status}");
    let (code, who, what) = match reply.status {
        _ if limited => (ErrorCode::RateLimited, service, "takes no more requests for now"),
        401 => (ErrorCode::Unauthorized, "The token", "was not accepted"),
        403 => (ErrorCode::Forbidden, service, "does not allow this"),
        404 => (ErrorCode::NotFound, subject.noun(), "was not found"),
        409 => (ErrorCode::Conflict, service, "cannot do this now"),
        410 => (ErrorCode::NotFound, subject.noun(), "was not found any more"),
        413 => (ErrorCode::TooLarge, service, "does not take that much"),
        300..=399 => (ErrorCode::Invalid, service, "sent the request on to another address; nothing was sent there"),
        status if status < 500 => (ErrorCode::Invalid, service, "did not accept the request"),
        // A gateway that lost the answer says nothing about what the server behind it did.
        502 | 504 if reply.is_of_write() => {
            let message = format!("{service}’s gateway lost the answer.");
            return Error::new(ErrorCode::UnreadableReply, message).with_reply(reply.status, reply.request_id.clone());
        }
        _ => (ErrorCode::Provider, service, failed.as_str()),
    };
    let mut message = format!("{who} {what}");
    if explanation.is_page {
        message = format!("The server answered with a web page instead of data (status {status})");
    } else if let Some(detail) = &explanation.detail {
        message = format!("{message} ({})", detail.trim_end_matches('.'));
    }
    message.push('.');
    let mut error = Error::new(code, message).with_reply(reply.status, reply.request_id.clone());
    let is_elsewhere = matches!(code, ErrorCode::Provider | ErrorCode::Invalid | ErrorCode::NotFound);
    if limited {
        let wait = reply.retry_after.or(until_reset).unwrap_or(RATE_LIMIT_PAUSE);
        error.retry_after_ms = Some(wait.as_secs() * 1000 + u64::from(wait.subsec_millis()));
    } else if explanation.is_page && is_elsewhere {
        "Check the connection's address; a proxy or a sign-in page may stand in between.".clone_into(&mut error.hint);
    } else if let Some(hint) = hint(reply.status, &explanation, subject, local) {
        error.hint = hint;
    }
    error
}

/// What the person can do, where there is more to say than what the error's code says.
fn hint(status: u16, explanation: &Explanation, subject: Subject, local: bool) -> Option<String> {
    let hint = match status {
        400 if explanation.says("unknown integration") => {
            "That address takes requests of known clients only; leave agentsUrl out."
        }
        401 if local => "Copy the token that the local cloud printed when it started, and connect again.",
        401 => "Connect again with a token that is valid and not expired.",
        403 if explanation.says("saml") || explanation.says("sso") => {
            "Authorize the token for the organization's single sign-on in GitHub's token settings."
        }
        403 if explanation.says("not accessible by integration") => {
            "Use a token of a person: GitHub takes no installation tokens for agent tasks."
        }
        403 if explanation.says("personal access token") || explanation.says("not accessible") => {
            return Some(format!(
                "Give the fine-grained token the repository permission {}, or use a classic token with the scope “repo”.",
                subject.permission()
            ));
        }
        403 if subject.is_agents() => {
            "Check that the cloud agent is on for this repository and your plan, and that the token has the \
             permission “Agent tasks” (read and write)."
        }
        300..=399 => "The repository may have been renamed: take its present name, and check the connection's address.",
        404 => not_found_hint(subject, local),
        422 => unprocessable_hint(explanation)?,
        _ => return None,
    };
    Some(hint.to_owned())
}

fn not_found_hint(subject: Subject, local: bool) -> &'static str {
    match (subject, local) {
        (Subject::Tasks | Subject::Repository, true) => {
            "Check the name; the local cloud knows the repositories it was started with."
        }
        (Subject::Session, true) => "It may have been removed, or belong to another local cloud; refresh the list.",
        (Subject::PullRequest | Subject::Branch | Subject::Push, true) => {
            "It may have been deleted; look at the repository."
        }
        (_, false) => {
            "Check the name, and that the token was given access to the repository: GitHub hides what a token may not see."
        }
    }
}

fn unprocessable_hint(explanation: &Explanation) -> Option<&'static str> {
    Some(if explanation.says("ref") || explanation.says("branch") {
        "Check the branch names: the base branch must exist on the server, so push it first."
    } else if explanation.says("model") {
        "Choose another model, or none to let the provider choose."
    } else if explanation.says("agent") {
        "Check that the custom agent's file is on the base branch, in .github/agents."
    } else {
        return None;
    })
}

/// What a server says about its refusal.
struct Explanation {
    detail: Option<String>,
    /// Its letters and digits in lower case, with a space in place of everything else.
    lower: String,
    is_page: bool,
}

impl Explanation {
    fn read(body: &[u8]) -> Self {
        let is_page = body.trim_ascii_start().starts_with(b"<");
        let mut detail = String::new();
        if let Some(value) = parse(body) {
            detail = string(&value, "message").unwrap_or_default();
            for flaw in items(&value, "errors") {
                tell(&mut detail, flaw);
            }
        }
        let shown = shortened(&detail, LONGEST_DETAIL).len();
        if shown < detail.len() {
            detail.truncate(shown);
            detail.push('…');
        }
        // A server that repeats the request's headers must not get the token onto a screen.
        if ["ghp_", "gho_", "ghu_", "github_pat_", "Bearer "].iter().any(|mark| holds(&detail, mark)) {
            detail.clear();
        }
        // Whole words with a space around each: a “seat associated with” nothing is not about single sign-on.
        let mut lower = " ".to_owned();
        for letter in detail.chars() {
            lower.push(if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { ' ' });
        }
        lower.push(' ');
        Self { detail: (!detail.trim().is_empty()).then_some(detail), lower, is_page }
    }

    /// Whether it says these words, or more than one of what they name.
    fn says(&self, words: &str) -> bool {
        [" ", "s "].iter().any(|end| holds(&self.lower, &[" ", words, end].concat()))
    }
}

/// Adds one of the `errors` of a 422: `{code, message?, field?}`, or a plain sentence.
fn tell(detail: &mut String, flaw: &Value) {
    let sentence = flaw.as_str().or_else(|| filled(flaw, "message"));
    let Some(words) = sentence.or_else(|| filled(flaw, "code")) else { return };
    if !detail.is_empty() {
        detail.push_str("; ");
    }
    if sentence.is_some() {
        detail.push_str(words);
        return;
    }
    if let Some(field) = filled(flaw, "field") {
        detail.push_str(field);
        detail.push_str(": ");
    }
    for letter in words.chars() {
        detail.push(if letter == '_' { ' ' } else { letter });
    }
}
