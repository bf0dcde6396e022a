//! A view of the file system that is the agent's own: everything read-only but its directories, and no sockets of others.
//!
//! Landlock does not know chmod(2), chown(2), utimensat(2) and setxattr(2), and before Linux 7 not the connecting to sockets
//! that have a path. A mount namespace does (mount_namespaces(7)); it takes a user namespace (user_namespaces(7)), which not
//! every system lets an account make.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind, mount_change, mount_remount};
use rustix::process::{getegid, geteuid};
use rustix::thread::UnshareFlags;

/// Where systems keep the sockets of their services: D-Bus, Docker, systemd, those of every session.
const SERVICES: &str = "/run";

/// Gives the process a user namespace, in which it is who it was. It must have one thread only.
pub(super) fn enter_namespace() -> io::Result<()> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    unshare(UnshareFlags::NEWUSER)?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
}

/// Gives the calling thread, and what it starts from now on, mounts of their own, of which only these directories can be
/// changed.
pub(super) fn separate(writable: &[PathBuf]) -> io::Result<()> {
    unshare(UnshareFlags::NEWNS)?;
    // What is mounted later elsewhere must not come in writable.
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)?;
    let writable = writable.iter().map(|path| path.canonicalize()).collect::<io::Result<Vec<_>>>()?;
    hide_sockets(&writable)?;
    for directory in &writable {
        mount_bind(directory, directory)?;
    }
    let foreign = || -> io::Result<_> {
        let mounts = Mount::all()?.into_iter();
        Ok(mounts.filter(|mount| mount.is_writable() && !writable.contains(&mount.path)))
    };
    for mount in foreign()? {
        // One that cannot be reached is found below not to matter.
        let _ = mount_remount(&mount.path, mount.flags | MountFlags::BIND | MountFlags::RDONLY, "");
    }
    for mount in foreign()? {
        if statvfs(&mount.path).is_ok_and(|found| !found.f_flag.contains(StatVfsMountFlags::RDONLY)) {
            return Err(io::Error::other(format!("{} could not be made read-only", mount.path.display())));
        }
    }
    Ok(())
}

fn unshare(flags: UnshareFlags) -> io::Result<()> {
    #[expect(unsafe_code, reason = "there is no safe call")]
    // SAFETY: what is unsafe is a table of file descriptors of one's own (`CLONE_FILES`), and nobody here asks for it.
    unsafe {
        rustix::thread::unshare_unsafe(flags)?;
    }
    Ok(())
}

/// Hides the sockets that have a path: all of those where services have theirs, and whatever else is there now.
fn hide_sockets(writable: &[PathBuf]) -> io::Result<()> {
    // `/etc/resolv.conf` may lead there, and the programs of some systems are found through links there.
    let resolver = Path::new("/etc/resolv.conf").canonicalize().ok().filter(|path| path.starts_with(SERVICES));
    let resolver = resolver.and_then(|path| Some((fs::read(&path).ok()?, path)));
    let mut links = Vec::new();
    for entry in fs::read_dir(SERVICES).into_iter().flatten().flatten() {
        links.extend(fs::read_link(entry.path()).map(|to| (to, entry.path())));
    }
    // A cloud whose data are there would hide them from its own agents.
    if Path::new(SERVICES).is_dir() && !writable.iter().any(|path| path.starts_with(SERVICES)) {
        mount("tmpfs", SERVICES, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, c"mode=755,size=1m")?;
        for (to, link) in links {
            std::os::unix::fs::symlink(to, link)?;
        }
        if let Some((content, path)) = resolver {
            fs::create_dir_all(path.parent().unwrap_or(Path::new(SERVICES)))?;
            fs::write(path, content)?;
        }
    }
    for socket in sockets() {
        let is_socket = fs::symlink_metadata(&socket).is_ok_and(|found| found.file_type().is_socket());
        if is_socket && !writable.iter().any(|path| socket.starts_with(path)) {
            match mount_bind("/dev/null", &socket) {
                // Whoever listened has taken it away.
                Err(Errno::NOENT) => {}
                done => done?,
            }
        }
    }
    Ok(())
}

/// The paths at which somebody listens now.
fn sockets() -> Vec<PathBuf> {
    // Seven columns, and the path if there is one.
    let table = fs::read("/proc/net/unix").unwrap_or_default();
    let mut paths: Vec<PathBuf> = table
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.iter().position(|byte| *byte == b'/').map(|start| line[start..].to_vec()))
        .map(|path| PathBuf::from(OsString::from_vec(path)))
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
struct Mount {
    path: PathBuf,
    kind: Vec<u8>,
    flags: MountFlags,
}

impl Mount {
    fn all() -> io::Result<Vec<Self>> {
        let table = fs::read("/proc/thread-self/mountinfo")?;
        Ok(table.split(|byte| *byte == b'\n').filter_map(Self::read).collect())
    }

    fn read(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|byte| *byte == b' ').skip(4);
        let path = PathBuf::from(OsString::from_vec(unescape(fields.next()?)));
        let flags = read_flags(fields.next()?);
        let kind = fields.skip_while(|field| *field != b"-").nth(1)?.to_vec();
        Some(Self { path, kind, flags })
    }

    /// An automount point holds nothing itself, and asking for it could wait for a mount that never comes.
    fn is_writable(&self) -> bool {
        !self.flags.contains(MountFlags::RDONLY) && self.kind != b"autofs"
    }
}

/// The flags that a mount has: it can be changed only if those that are not to change are named again.
fn read_flags(options: &[u8]) -> MountFlags {
    let mut flags = MountFlags::STRICTATIME;
    for option in options.split(|byte| *byte == b',') {
        flags |= match option {
            b"ro" => MountFlags::RDONLY,
            b"nosuid" => MountFlags::NOSUID,
            b"nodev" => MountFlags::NODEV,
            b"noexec" => MountFlags::NOEXEC,
            b"noatime" => MountFlags::NOATIME,
            b"nodiratime" => MountFlags::NODIRATIME,
            b"relatime" => MountFlags::RELATIME,
            _ => MountFlags::empty(),
        };
    }
    if flags.intersects(MountFlags::NOATIME | MountFlags::RELATIME) {
        flags.remove(MountFlags::STRICTATIME);
    }
    flags
}

/// Undoes the octal escapes of the table.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read_with_their_spaces_and_flags() {
        let line = br"36 35 98:0 /mnt1 /mnt/a\040b\134c ro,noatime,nosuid master:1 - ext3 /dev/root rw,errors=continue";
        let mount = Mount::read(line).unwrap();
        assert_eq!(mount.path, Path::new(r"/mnt/a b\c"));
        assert_eq!(mount.flags, MountFlags::RDONLY | MountFlags::NOATIME | MountFlags::NOSUID);
        assert_eq!(mount.kind, b"ext3");
        assert!(!mount.is_writable());
        assert_eq!(read_flags(b"rw,nodev"), MountFlags::STRICTATIME | MountFlags::NODEV);
        assert!(Mount::read(b"").is_none());
    }
}
