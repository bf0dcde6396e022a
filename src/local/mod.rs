//! The local cloud: a cloud for coding agents on the person's own machine, speaking GitHub's protocol.

pub(crate) mod agent;
pub(crate) mod api;
pub(crate) mod arguments;
mod checkout;
pub(crate) mod clock;
mod connections;
mod demo_repository;
pub(crate) mod diff;
#[cfg(test)]
mod fixture;
pub(crate) mod git;
pub(crate) mod hunk;
pub(crate) mod merge;
pub(crate) mod objects;
mod patches;
pub(crate) mod pull_request;
pub(crate) mod repository;
mod serve;
pub(crate) mod site;
pub(crate) mod store;
pub(crate) mod task;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

use self::arguments::{Arguments, Command};
use self::repository::Registry;
use self::site::Site;
use self::store::Store;
use self::task::Tasks;

/// Everything that a running local cloud shares between its requests and its tasks.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) store: Store,
    pub(crate) repositories: Registry,
    pub(crate) tasks: Tasks,
    pub(crate) site: Site,
    /// Where tasks, mirrors and the store are.
    pub(crate) data: PathBuf,
    /// The port that it listens on.
    pub(crate) port: u16,
    /// What every API call must carry.
    pub(crate) token: String,
    /// Origins besides its own, exactly as browsers send them.
    pub(crate) allowed_origins: Vec<String>,
}

/// Runs the command line of `cloud-agents`.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = match arguments.command {
        Command::Serve(options) => options,
        Command::Warden => return agent::warden::run(),
        Command::DemoAgent => return agent::demo::run(),
    };
    match serve::run(*options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cloud-agents: {error}");
            ExitCode::FAILURE
        }
    }
}
