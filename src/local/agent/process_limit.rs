//! A bound on processes that the kernel itself keeps: a fork bomb is faster than anyone who counts.
//!
//! Three ways, of which a system may have any: a cgroup with the `pids` controller (both versions,
//! <https://docs.kernel.org/admin-guide/cgroup-v2.html>), or `RLIMIT_NPROC`, which does not bind root. It is set generously,
//! because it counts threads and, for `RLIMIT_NPROC`, everything else of this account; the warden counts exactly.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::process::{Resource, Rlimit, geteuid, setrlimit};

/// Threads that the warden itself may have, and some room.
const ROOM: usize = 64;
/// Threads to a process, on average.
const THREADS: usize = 4;

/// Puts the calling process under the kernel's bound, and takes it out again at the end.
#[derive(Debug)]
pub(crate) struct ProcessLimit {
    group: Option<Group>,
}

#[derive(Debug)]
struct Group {
    path: PathBuf,
    /// Where the process was before.
    origin: PathBuf,
}

impl ProcessLimit {
    /// Bounds this process and everything that it starts. Returns what a person should know when nothing can be bounded.
    pub(crate) fn enter(processes: usize) -> (Self, Option<&'static str>) {
        let most = processes.saturating_mul(THREADS).saturating_add(ROOM);
        let group = Group::enter(most).ok();
        let bounded = group.is_some() || !geteuid().is_root() && limit_account(most).is_ok();
        let warning = (!bounded).then_some(
            "This system has no pids cgroup for the local cloud: the agent's processes are counted, but a fork bomb may be \
             quicker. Run only agents that you trust.",
        );
        (Self { group }, warning)
    }

    /// Whether the kernel has refused a process since: a fork bomb may fizzle out before it is counted.
    pub(crate) fn was_reached(&self) -> bool {
        let events = self.group.as_ref().and_then(|group| fs::read_to_string(group.path.join("pids.events")).ok());
        events.is_some_and(|events| {
            let refused = events.lines().find_map(|line| line.strip_prefix("max "));
            refused.is_some_and(|count| count.trim() != "0")
        })
    }
}

impl Drop for ProcessLimit {
    fn drop(&mut self) {
        if let Some(group) = &self.group {
            // A group that cannot be left stays behind empty, and harmless.
            let _ = group.leave();
        }
    }
}

impl Group {
    /// Creates a group as near to the present one as this account may, and moves this process there.
    fn enter(most: usize) -> io::Result<Self> {
        let (top, origin) = present_group()?;
        let name = format!("cloud-agents-{}", std::process::id());
        for parent in origin.ancestors().take_while(|path| path.starts_with(&top)) {
            let path = parent.join(&name);
            if fs::create_dir(&path).is_err() {
                continue;
            }
            let group = Self { path, origin: origin.clone() };
            let entered = fs::write(group.path.join("pids.max"), most.to_string())
                .and_then(|()| fs::write(group.path.join("cgroup.procs"), std::process::id().to_string()));
            if entered.is_ok() {
                return Ok(group);
            }
            fs::remove_dir(&group.path)?;
        }
        Err(io::Error::other("no cgroup can be made"))
    }

    fn leave(&self) -> io::Result<()> {
        fs::write(self.origin.join("cgroup.procs"), std::process::id().to_string())?;
        fs::remove_dir(&self.path)
    }
}

/// The top of the hierarchy that has the `pids` controller, and this process's place in it.
fn present_group() -> io::Result<(PathBuf, PathBuf)> {
    let places = fs::read_to_string("/proc/self/cgroup")?;
    for place in places.lines() {
        let mut fields = place.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let top = match controllers {
            "" => Path::new("/sys/fs/cgroup"),
            _ if controllers.split(',').any(|name| name == "pids") => Path::new("/sys/fs/cgroup/pids"),
            _ => continue,
        };
        let origin = top.join(path.trim_start_matches('/'));
        if origin.join("cgroup.procs").exists() {
            return Ok((top.to_owned(), origin));
        }
    }
    Err(io::Error::other("there is no pids controller"))
}

/// Bounds the account as a whole: as many as it has now, and `most` more.
fn limit_account(most: usize) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let own = geteuid().as_raw();
    let mut now = 0;
    for entry in fs::read_dir("/proc")?.flatten() {
        let is_process = entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok());
        if is_process && entry.metadata().is_ok_and(|metadata| metadata.uid() == own) {
            now += fs::read_dir(entry.path().join("task")).map_or(1, Iterator::count);
        }
    }
    let bound = (now + most) as u64;
    setrlimit(Resource::Nproc, Rlimit { current: Some(bound), maximum: Some(bound) })?;
    Ok(())
}
