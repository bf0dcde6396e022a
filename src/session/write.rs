//! Writing sessions for the store and for JavaScript; what is `None` is left out.

use super::{
    Answer, Artifact, ChangeStatus, FileChange, Part, PullRequest, Question, Request, Session, SessionDetail,
    SessionError, SessionEvent, SessionFacts, ToolStatus, Turn, TurnState, Usage,
};
use crate::json::{Fields, Writer};

impl Fields for Session {
    fn fields(&self, out: &mut Writer) {
        out.text("id", &self.id);
        out.text("provider", &self.provider);
        out.text("kind", self.kind.as_str());
        out.flag("read", self.read);
        out.opt_text("stale", self.stale.as_ref());
        out.opt_text("warning", self.warning.as_ref());
        self.facts.fields(out);
    }
}

impl Fields for SessionFacts {
    fn fields(&self, out: &mut Writer) {
        out.text("title", &self.title);
        out.text("status", self.status.as_str());
        out.text("rawStatus", &self.raw_status);
        out.opt_text("repository", self.repository.as_ref());
        out.opt_text("baseRef", self.base_ref.as_ref());
        out.opt_text("headRef", self.head_ref.as_ref());
        out.opt_text("agent", self.agent.as_ref());
        out.opt_text("model", self.model.as_ref());
        out.text("createdAt", &self.created_at.to_iso());
        out.text("updatedAt", &self.updated_at.to_iso());
        out.opt_text("url", self.url.as_ref());
        out.list("artifacts", &self.artifacts);
        out.flag("archived", self.archived);
        if let Some(usage) = &self.usage {
            out.object("usage", usage);
        }
        if let Some(error) = &self.error {
            out.object("error", error);
        }
    }
}

impl Fields for SessionError {
    fn fields(&self, out: &mut Writer) {
        out.text("message", &self.message);
        out.opt_text("hint", self.hint.as_ref());
    }
}

impl Fields for Usage {
    fn fields(&self, out: &mut Writer) {
        out.opt_number("aiCredits", self.ai_credits);
        out.opt_number("premiumRequests", self.premium_requests);
    }
}

impl Fields for Artifact {
    fn fields(&self, out: &mut Writer) {
        match self {
            Self::PullRequest(pull_request) => {
                out.text("kind", "pull-request");
                pull_request.fields(out);
            }
            Self::Branch { head_ref, base_ref } => {
                out.text("kind", "branch");
                out.text("headRef", head_ref);
                out.text("baseRef", base_ref);
            }
            Self::Unknown { raw } => {
                out.text("kind", "unknown");
                out.written("raw", raw);
            }
        }
    }
}

impl Fields for PullRequest {
    fn fields(&self, out: &mut Writer) {
        out.text("id", &self.id);
        out.opt_whole("number", self.number);
        out.opt_text("url", self.url.as_ref());
        out.opt_text("title", self.title.as_ref());
        out.opt_text("state", self.state.as_ref());
        if let Some(draft) = self.draft {
            out.flag("draft", draft);
        }
        out.opt_whole("additions", self.additions);
        out.opt_whole("deletions", self.deletions);
        out.opt_text("review", self.review.as_ref());
        out.opt_text("checks", self.checks.as_ref());
        out.opt_text("headRef", self.head_ref.as_ref());
        out.opt_text("baseRef", self.base_ref.as_ref());
    }
}

impl Fields for FileChange {
    fn fields(&self, out: &mut Writer) {
        out.text("path", &self.path);
        out.opt_text("previousPath", self.previous_path.as_ref());
        let status = match self.status {
            ChangeStatus::Added => "added",
            ChangeStatus::Modified => "modified",
            ChangeStatus::Removed => "removed",
            ChangeStatus::Renamed => "renamed",
        };
        out.text("status", status);
        out.whole("additions", self.additions);
        out.whole("deletions", self.deletions);
        out.opt_text("diff", self.diff.as_ref());
    }
}

impl Fields for SessionDetail {
    fn fields(&self, out: &mut Writer) {
        self.session.fields(out);
        out.list("turns", &self.turns);
        out.list("questions", &self.questions);
    }
}

impl Fields for Turn {
    fn fields(&self, out: &mut Writer) {
        out.text("id", &self.id);
        out.object("request", &self.request);
        out.list("parts", &self.parts);
        let state = match self.state {
            TurnState::Running => "running",
            TurnState::Completed => "completed",
            TurnState::Failed => "failed",
            TurnState::Cancelled => "cancelled",
        };
        out.text("state", state);
        if let Some(started_at) = self.started_at {
            out.text("startedAt", &started_at.to_iso());
        }
    }
}

impl Fields for Request {
    fn fields(&self, out: &mut Writer) {
        out.text("text", &self.text);
    }
}

impl Fields for Part {
    fn fields(&self, out: &mut Writer) {
        let kind = match self {
            Self::Text { .. } => "text",
            Self::Reasoning { .. } => "reasoning",
            Self::Tool { .. } => "tool",
            Self::Diff { .. } => "diff",
            Self::Unknown { .. } => "unknown",
        };
        out.text("kind", kind);
        out.text("id", self.id());
        match self {
            Self::Text { text, .. } | Self::Reasoning { text, .. } => out.text("text", text),
            Self::Tool { name, title, input, status, output, exit_code, .. } => {
                out.text("name", name);
                out.opt_text("title", title.as_ref());
                if let Some(input) = input {
                    out.written("input", input);
                }
                let status = match status {
                    ToolStatus::Running => "running",
                    ToolStatus::Completed => "completed",
                    ToolStatus::Failed => "failed",
                    ToolStatus::Unknown => "unknown",
                };
                out.text("status", status);
                out.opt_text("output", output.as_ref());
                if let Some(exit_code) = exit_code {
                    out.tree("exitCode", &(*exit_code).into());
                }
            }
            Self::Diff { path, diff, .. } => {
                out.text("path", path);
                out.text("diff", diff);
            }
            Self::Unknown { raw, .. } => out.written("raw", raw),
        }
    }
}

impl Fields for Question {
    fn fields(&self, out: &mut Writer) {
        out.text("id", &self.id);
        out.text("text", &self.text);
        if !self.choices.is_empty() {
            out.texts("choices", &self.choices);
        }
        out.flag("freeform", self.freeform);
    }
}

impl Fields for Answer {
    fn fields(&self, out: &mut Writer) {
        out.text("question", &self.question);
        out.opt_text("choice", self.choice.as_ref());
        out.opt_text("text", self.text.as_ref());
    }
}

impl Fields for SessionEvent {
    fn fields(&self, out: &mut Writer) {
        match self {
            Self::Session { session } => {
                out.text("kind", "session");
                out.object("session", &**session);
            }
            Self::Turn { turn } => {
                out.text("kind", "turn");
                out.object("turn", turn);
            }
            Self::Part { turn, part } => {
                out.text("kind", "part");
                out.text("turn", turn);
                out.object("part", part);
            }
            Self::Question { question } => {
                out.text("kind", "question");
                out.object("question", question);
            }
            Self::End { session } => {
                out.text("kind", "end");
                out.object("session", &**session);
            }
        }
    }
}
