//! What an agent may touch: its own directories to write, everything but the cloud's data to read, and not the cloud's port.
//!
//! Three things of the kernel enforce it together, and what of them a system does not have is said at the start:
//!
//! - Landlock (<https://docs.kernel.org/userspace-api/landlock.html>): which files can be opened, made, moved and removed, which
//!   ports can be connected to, and that no process outside can be signalled, traced or called by an abstract socket.
//! - A filter of system calls ([`system_calls`]): the ways around Landlock's rule of ports.
//! - A user and a mount namespace ([`mounts`]): modes, owners, times and extended attributes of everything outside of its
//!   directories stay as they are, and the services' sockets are out of sight. An agent has no capabilities in it, even one
//!   of root.
//!
//! What no part of it keeps an agent from: reading whatever else this account can read, names and metadata of the cloud's own
//! files included; any other TCP port, UDP, and so any service that trusts this machine; and, before Linux 7, a socket with a
//! path outside of `/run` that somebody opened after the agent was started.

#[cfg(target_os = "linux")]
mod mounts;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod system_calls;

use std::io;
use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, NetPort, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus, Scope, path_beneath_rules,
};
#[cfg(target_os = "linux")]
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, remove_capability_from_bounding_set,
    set_capabilities,
};
use serde::{Deserialize, Serialize};

/// The limits of one agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sandbox {
    /// The directories that it may change.
    pub(crate) writable: Vec<PathBuf>,
    /// The cloud's data: the content of what is not in `writable` there can neither be read nor changed. Names and metadata
    /// can be read; mode, owner, times and extended attributes are safe only with `own_mounts`.
    pub(crate) hidden: PathBuf,
    /// The TCP port to which it may not connect, which is where the cloud's token is good for something.
    pub(crate) forbidden_port: u16,
    /// Whether it gets namespaces of its own. A run fails if it cannot have them then.
    pub(crate) own_mounts: bool,
}

/// Devices that programs expect to open for writing.
#[cfg(target_os = "linux")]
const DEVICES: [&str; 8] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts"];

/// Prepares the process for [`confine`]: what only a process of one thread can do.
pub(crate) fn prepare(sandbox: &Sandbox) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if sandbox.own_mounts {
        mounts::enter_namespace()
            .map_err(|error| io::Error::other(format!("the agent could get no namespace of its own: {error}")))?;
    }
    let _ = sandbox;
    Ok(())
}

/// Confines the calling thread and everything that it starts from now on. Returns what could not be enforced, for the log.
#[cfg(target_os = "linux")]
pub(crate) fn confine(sandbox: &Sandbox) -> Result<Vec<String>, String> {
    let mut unenforced = Vec::new();
    if sandbox.own_mounts {
        // Before Landlock, which lets nobody mount anything.
        mounts::separate(&sandbox.writable)
            .map_err(|error| format!("the agent could get no mounts of its own: {error}"))?;
    } else {
        unenforced.push(NO_MOUNTS.to_owned());
    }
    drop_capabilities().map_err(|error| format!("the agent's capabilities could not be dropped: {error}"))?;
    let status =
        restrict_files_and_ports(sandbox).map_err(|error| format!("the agent could not be confined: {error}"))?;
    match status {
        RulesetStatus::FullyEnforced => {}
        RulesetStatus::PartiallyEnforced => unenforced.push(OLD_LANDLOCK.to_owned()),
        RulesetStatus::NotEnforced => unenforced.push(UNCONFINED.to_owned()),
    }
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    system_calls::refuse().map_err(|error| format!("system calls could not be refused to the agent: {error}"))?;
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    unenforced.push(NO_FILTER.to_owned());
    Ok(unenforced)
}

#[cfg(target_os = "linux")]
fn restrict_files_and_ports(sandbox: &Sandbox) -> Result<RulesetStatus, landlock::RulesetError> {
    let abi = ABI::V6;
    let mut files = AccessFs::from_all(abi);
    // Since Linux 7. Its absence is not said: `mounts` hides the sockets.
    let strict = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    if strict.handle_access(AccessFs::ResolveUnix).is_ok() {
        files |= AccessFs::ResolveUnix;
    }
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(files)?
        .handle_access(AccessNet::ConnectTcp)?
        .scope(Scope::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(&sandbox.writable, files))?
        .add_rules(path_beneath_rules(readable_around(&sandbox.hidden), AccessFs::from_read(abi)))?
        .add_rules(path_beneath_rules(["/"], AccessFs::ReadDir))?
        .add_rules(path_beneath_rules(DEVICES, AccessFs::from_read(abi) | AccessFs::WriteFile | AccessFs::IoctlDev))?;
    // There are only rules that allow: every port but one.
    for port in (0..=u16::MAX).filter(|port| *port != sandbox.forbidden_port) {
        ruleset = ruleset.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
    }
    Ok(ruleset.restrict_self()?.ruleset)
}

/// Gives up every capability of the calling thread, and that a program of root could have any again.
#[cfg(target_os = "linux")]
fn drop_capabilities() -> io::Result<()> {
    clear_ambient_capability_set()?;
    // Who may not do this has none, and gets none: no program gives privileges to one under Landlock or a filter.
    if capabilities(None)?.effective.contains(CapabilitySet::SETPCAP) {
        for number in 0..u64::BITS {
            let capability = CapabilitySet::from_bits_retain(1 << number);
            match remove_capability_from_bounding_set(capability) {
                // Beyond the last that this kernel has.
                Err(rustix::io::Errno::INVAL) => break,
                done => done?,
            }
        }
    }
    let none = CapabilitySet::empty();
    Ok(set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?)
}

/// Other systems have none of it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn confine(_: &Sandbox) -> Result<Vec<String>, String> {
    Ok(vec![UNCONFINED.to_owned()])
}

#[cfg(target_os = "linux")]
const OLD_LANDLOCK: &str = "This kernel's Landlock is older than the local cloud's rules; some of them do not hold.";
#[cfg(target_os = "linux")]
const NO_MOUNTS: &str = "This system lets the local cloud make no user and mount namespace: the agent can change modes, owners \
                         and times of this account's files, and call services by their sockets (Docker, D-Bus). Run only \
                         agents that you trust.";
#[cfg(all(target_os = "linux", not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
const NO_FILTER: &str = "This processor has no filter of system calls here: the agent can reach the local cloud's port by \
                         Multipath TCP. Run only agents that you trust.";
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
