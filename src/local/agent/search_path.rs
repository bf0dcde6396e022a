//! Where an agent looks for programs: where the system has its own, and where its own command was found.
//!
//! The cloud's whole `PATH` tells what a person has installed, and leads into their directories. But `claude` below
//! `~/.local/bin`, or beside its `node` in a directory of nvm, must still start.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What every system has.
pub(crate) const MINIMAL: &str = "/usr/local/bin:/usr/bin:/bin";
/// The longest first line of a script that is read.
const FIRST_LINE: u64 = 256;

/// The `PATH` for an agent with this command line, found in `whole`.
pub(crate) fn search_path(command_line: Option<&str>, whole: &OsStr) -> String {
    let mut directories: Vec<String> = Vec::new();
    let found = command_line.and_then(program).and_then(|name| find(name, whole));
    let interpreter = found.as_deref().and_then(interpreter).and_then(|name| find(&name, whole));
    for directory in [&found, &interpreter].into_iter().flatten().filter_map(|path| path.parent()?.to_str()) {
        let is_known = MINIMAL.split(':').any(|known| known == directory);
        if !is_known && !directory.contains(':') && !directories.iter().any(|known| known == directory) {
            directories.push(directory.to_owned());
        }
    }
    directories.push(MINIMAL.to_owned());
    directories.join(":")
}

/// The first word of a command line that is neither an assignment nor a word that only leads to the program.
fn program(command_line: &str) -> Option<&str> {
    let mut words = command_line.split_ascii_whitespace().map(|word| word.trim_matches(['"', '\'']));
    words.find(|word| !word.contains('=') && !matches!(*word, "exec" | "env"))
}

fn find(name: &str, whole: &OsStr) -> Option<PathBuf> {
    let is_program = |path: &PathBuf| {
        path.is_absolute()
            && path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(is_program);
    }
    std::env::split_paths(whole).map(|directory| directory.join(name)).find(is_program)
}

/// The program that `#!/usr/bin/env PROGRAM` names.
fn interpreter(script: &Path) -> Option<String> {
    let mut first = Vec::new();
    File::open(script).ok()?.take(FIRST_LINE).read_to_end(&mut first).ok()?;
    let first = String::from_utf8_lossy(&first);
    let mut words = first.lines().next()?.strip_prefix("#!")?.split_ascii_whitespace();
    words.next().filter(|word| word.ends_with("/env"))?;
    words.find(|word| !word.starts_with('-') && !word.contains('=')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_command_needs_is_added() {
        let folder = tempfile::tempdir().unwrap();
        let (tools, node, other) =
            (folder.path().join("tools"), folder.path().join("node"), folder.path().join("other"));
        let place = |directory: &Path, name: &str, text: &str, mode: u32| {
            std::fs::create_dir_all(directory).unwrap();
            std::fs::write(directory.join(name), text).unwrap();
            std::fs::set_permissions(directory.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
        };
        place(&other, "agent", "not a program", 0o644);
        place(&tools, "agent", "#!/usr/bin/env -S my-node --quiet\n", 0o755);
        place(&tools, "plain", "#!/bin/sh\n", 0o755);
        place(&node, "my-node", "", 0o755);
        let whole = std::env::join_paths([&other, &tools, &node, Path::new("/usr/bin")]).unwrap();
        let (tools, node) = (tools.display(), node.display());
        let both = format!("{tools}:{node}:{MINIMAL}");
        for (command_line, wanted) in [
            (Some("agent -p"), both.clone()),
            (Some("A=b exec 'agent'"), both.clone()),
            (Some(&*format!("{tools}/agent --fast")), both.clone()),
            (Some("plain | agent"), format!("{tools}:{MINIMAL}")),
            (Some("env"), MINIMAL.to_owned()),
            (Some("cat; agent"), MINIMAL.to_owned()),
            (Some("nowhere-at-all"), MINIMAL.to_owned()),
            (Some(""), MINIMAL.to_owned()),
            (None, MINIMAL.to_owned()),
        ] {
            assert_eq!(search_path(command_line, &whole), wanted, "{command_line:?}");
        }
    }
}
