//! Any plain command as an agent: the brief on stdin, the work tree as its directory, its lines as what it says.

use std::io;

use super::{Activity, Agent, Answer, Listener, Opening};

/// A command line for `sh`.
#[derive(Debug)]
pub(super) struct PlainCommand {
    command: String,
}

impl PlainCommand {
    pub(super) fn new(command: &str) -> Self {
        Self { command: command.to_owned() }
    }
}

impl Agent for PlainCommand {
    fn program(&self) -> io::Result<Vec<String>> {
        Ok(["/bin/sh", "-c", &self.command].map(str::to_owned).to_vec())
    }

    fn command_line(&self) -> Option<&str> {
        Some(&self.command)
    }

    fn opening(&self, brief: &str) -> Opening {
        Opening { input: format!("{brief}\n"), keep_open: false }
    }

    fn listener(&self) -> Box<dyn Listener> {
        Box::new(Lines)
    }
}

/// A plain command only talks: it asks nothing, so nothing is ever answered.
struct Lines;

impl Listener for Lines {
    fn line(&mut self, line: &str) -> Vec<Activity> {
        vec![Activity::Wrote(format!("{line}\n"))]
    }

    fn answer(&self, _: &Answer) -> String {
        String::new()
    }
}
