//! The bounds on agents that this system cannot keep, told before any agent runs.

use std::path::PathBuf;

use rustix::process::geteuid;

use super::Limits;
use super::run::{RunError, Warden};
use crate::local::agent;
use crate::local::agent::sandbox::Sandbox;
use crate::local::agent::warden::{Report, Setup};

const ROOT: &str = "The local cloud runs as root, and so do its agents. Run it as an account that has nothing to lose.";

/// What this system can and cannot keep.
#[derive(Debug)]
pub(crate) struct Found {
    /// Whether agents can have namespaces of their own.
    pub(crate) own_mounts: bool,
    /// What a person should know.
    pub(crate) missing: Vec<String>,
}

/// Finds it out by a run of this binary in place of an agent, so that it is what every run of an agent will find. Later runs
/// are held to it: namespaces that can no longer be had fail them.
pub(crate) async fn find(data: PathBuf, port: u16, limits: Limits) -> Result<Found, RunError> {
    let mut setup = Setup {
        program: vec![agent::own_binary()?.to_string_lossy().into_owned(), "--version".to_owned()],
        directory: PathBuf::from("/"),
        environment: Vec::new(),
        sandbox: Sandbox { writable: Vec::new(), hidden: data, forbidden_port: port, own_mounts: true },
        input: String::new(),
        keep_open: false,
        output_limit: limits.output,
        process_limit: limits.processes,
        file_limit: limits.disk,
    };
    let mut missing: Vec<String> = geteuid().is_root().then(|| ROOT.to_owned()).into_iter().collect();
    let (mut notices, mut complaint) = try_out(&setup).await?;
    if !complaint.is_empty() {
        setup.sandbox.own_mounts = false;
        (notices, complaint) = try_out(&setup).await?;
    }
    missing.append(&mut notices);
    if !complaint.is_empty() {
        missing.push(format!("No agent can be run: {complaint}"));
    }
    Ok(Found { own_mounts: setup.sandbox.own_mounts, missing })
}

/// What a run says about its confinement, and what its warden complains about.
async fn try_out(setup: &Setup) -> Result<(Vec<String>, String), RunError> {
    let mut notices = Vec::new();
    let mut warden = Warden::start(setup).await?;
    while let Some(report) = warden.next().await? {
        match report {
            Report::Notice(notice) => notices.push(notice),
            Report::Ended(_) => break,
            Report::Out(_) | Report::Err(_) => {}
        }
    }
    Ok((notices, warden.finish().await?))
}
