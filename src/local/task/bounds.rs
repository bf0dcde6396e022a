//! The bounds on agents that this system cannot keep, told before any agent runs.

use std::path::PathBuf;

use rustix::process::geteuid;

use super::Limits;
use super::run::{RunError, Warden};
use crate::local::agent;
use crate::local::agent::sandbox::Sandbox;
use crate::local::agent::warden::{Report, Setup};

const ROOT: &str = "The local cloud runs as root, and so do its agents. Run it as an account that has nothing to lose.";

/// What a person should know. It is found out by a run of this binary in place of an agent, so that it is what every run of an
/// agent will find.
pub(crate) async fn missing(data: PathBuf, port: u16, limits: Limits) -> Result<Vec<String>, RunError> {
    let setup = Setup {
        program: vec![agent::own_binary()?.to_string_lossy().into_owned(), "--version".to_owned()],
        directory: PathBuf::from("/"),
        environment: Vec::new(),
        sandbox: Sandbox { writable: Vec::new(), hidden: data, forbidden_port: port },
        input: String::new(),
        keep_open: false,
        output_limit: limits.output,
        process_limit: limits.processes,
        file_limit: limits.disk,
    };
    let mut missing: Vec<String> = geteuid().is_root().then(|| ROOT.to_owned()).into_iter().collect();
    let mut warden = Warden::start(&setup).await?;
    while let Some(report) = warden.next().await? {
        match report {
            Report::Notice(notice) => missing.push(notice),
            Report::Ended(_) => break,
            Report::Out(_) | Report::Err(_) => {}
        }
    }
    let complaint = warden.finish().await?;
    if !complaint.is_empty() {
        missing.push(format!("No agent can be run: {complaint}"));
    }
    Ok(missing)
}
