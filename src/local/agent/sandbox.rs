//! What an agent may touch: its own directories to write, everything but the cloud's data to read, and not the cloud's port.
//!
//! It is enforced by Landlock, where the kernel has it: <https://docs.kernel.org/userspace-api/landlock.html>.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The limits of one agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sandbox {
    /// The directories that it may change.
    pub(crate) writable: Vec<PathBuf>,
    /// The cloud's data: what is not in `writable` there can neither be read nor changed.
    pub(crate) hidden: PathBuf,
    /// The TCP port to which it may not connect, which is where the cloud's token is good for something.
    pub(crate) forbidden_port: u16,
}

/// Devices that programs expect to open for writing.
#[cfg(target_os = "linux")]
const DEVICES: [&str; 8] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts"];

/// Confines the calling thread and everything that it starts from now on. Returns what could not be enforced, for the log.
#[cfg(target_os = "linux")]
pub(crate) fn confine(sandbox: &Sandbox) -> Result<Option<String>, String> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, NetPort, Ruleset, RulesetAttr, RulesetCreatedAttr,
        RulesetStatus, Scope, path_beneath_rules,
    };
    let abi = ABI::V6;
    let ruleset = || -> Result<_, landlock::RulesetError> {
        let mut ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::ConnectTcp)?
            .scope(Scope::from_all(abi))?
            .create()?
            .add_rules(path_beneath_rules(&sandbox.writable, AccessFs::from_all(abi)))?
            .add_rules(path_beneath_rules(readable_around(&sandbox.hidden), AccessFs::from_read(abi)))?
            .add_rules(path_beneath_rules(["/"], AccessFs::ReadDir))?
            .add_rules(path_beneath_rules(
                DEVICES,
                AccessFs::from_read(abi) | AccessFs::WriteFile | AccessFs::IoctlDev,
            ))?;
        // There are only rules that allow: every port but one.
        for port in (0..=u16::MAX).filter(|port| *port != sandbox.forbidden_port) {
            ruleset = ruleset.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
        }
        ruleset.restrict_self()
    };
    let status = ruleset().map_err(|error| format!("the agent could not be confined: {error}"))?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => None,
        RulesetStatus::PartiallyEnforced => {
            Some("This kernel's Landlock is older than the local cloud's rules; some of them do not hold.".to_owned())
        }
        RulesetStatus::NotEnforced => Some(UNCONFINED.to_owned()),
    })
}

/// Other systems have no Landlock.
#[cfg(not(target_os = "linux"))]
pub(crate) fn confine(_: &Sandbox) -> Result<Option<String>, String> {
    Ok(Some(UNCONFINED.to_owned()))
}

const UNCONFINED: &str = "This system has no Landlock: the agent can read and write whatever this account can. \
                          Run only agents that you trust.";

/// Everything beside the way to `hidden`: the neighbours of each of its ancestors, and of itself.
fn readable_around(hidden: &Path) -> Vec<PathBuf> {
    let mut readable = Vec::new();
    for inner in hidden.ancestors() {
        let Some(outer) = inner.parent() else { break };
        let Ok(entries) = std::fs::read_dir(outer) else { continue };
        readable.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path != inner));
    }
    // A link may lead to the hidden directory itself; what it leads to is decided where that lies.
    readable.retain(|path| path.canonicalize().is_ok_and(|real| !hidden.starts_with(&real)));
    readable
}
