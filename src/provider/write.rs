//! Writing what providers say of themselves, and starts for the outbox; what is `None` is left out.

use super::{
    Base, Capabilities, Choice, ConnectionState, Limit, Limits, Push, RepositoryChoice, StartOptions, StartRequest,
    Stream,
};
use crate::json::{Fields, Writer};

impl ConnectionState {
    /// The word of the JavaScript contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Unauthorized => "unauthorized",
            Self::Unreachable => "unreachable",
            Self::Limited => "limited",
        }
    }
}

impl Fields for Capabilities {
    fn fields(&self, out: &mut Writer) {
        out.flag("followUp", self.follow_up);
        out.flag("steer", self.steer);
        out.flag("answer", self.answer);
        out.flag("cancel", self.cancel);
        out.flag("archive", self.archive);
        out.flag("createPullRequest", self.create_pull_request);
        out.flag("push", self.push);
        out.flag("attachDiff", self.attach_diff);
        out.flag("attachFiles", self.attach_files);
        out.flag("images", self.images);
        let stream = match self.stream {
            Stream::Poll => "poll",
            Stream::Sse => "sse",
            Stream::Websocket => "websocket",
        };
        out.text("stream", stream);
    }
}

impl Fields for Limits {
    fn fields(&self, out: &mut Writer) {
        out.object("prompt", &self.prompt);
    }
}

impl Fields for Limit {
    fn fields(&self, out: &mut Writer) {
        out.whole("size", self.size as u64);
        out.text("unit", self.unit.word());
    }
}

impl Fields for StartRequest {
    fn fields(&self, out: &mut Writer) {
        out.text("provider", &self.provider);
        out.text("repository", &self.repository);
        out.text("prompt", &self.prompt);
        out.opt_text("title", self.title.as_ref());
        out.opt_text("baseRef", self.base_ref.as_ref());
        out.opt_text("headRef", self.head_ref.as_ref());
        out.opt_text("agent", self.agent.as_ref());
        out.opt_text("model", self.model.as_ref());
        out.flag("createPullRequest", self.create_pull_request);
        if let Some(push) = &self.push {
            out.object("push", &**push);
        }
    }
}

impl Fields for Push {
    fn fields(&self, out: &mut Writer) {
        out.text("branch", &self.branch);
        out.text("baseCommit", &self.base_commit);
        out.text("baseTree", &self.base_tree);
        out.text("message", &self.message);
        out.list("files", &self.files);
        out.opt_text("commit", self.commit.as_ref());
    }
}

impl Fields for Base {
    fn fields(&self, out: &mut Writer) {
        out.text("commit", &self.commit);
        out.text("tree", &self.tree);
        out.list("files", &self.files);
    }
}

impl Fields for Choice {
    fn fields(&self, out: &mut Writer) {
        out.text("id", &self.id);
        out.text("label", &self.label);
        out.opt_text("description", self.description.as_ref());
    }
}

impl Fields for StartOptions {
    fn fields(&self, out: &mut Writer) {
        out.list("agents", &self.agents);
        out.list("models", &self.models);
        out.texts("branches", &self.branches);
        out.text("defaultBranch", &self.default_branch);
        out.texts("notes", &self.notes);
    }
}

impl Fields for RepositoryChoice {
    fn fields(&self, out: &mut Writer) {
        out.text("name", &self.name);
        out.text("defaultBranch", &self.default_branch);
    }
}
