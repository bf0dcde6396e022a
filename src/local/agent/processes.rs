//! Finding and ending every process that descends from one, also those that left its group or session.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The living descendants of a process, found through `/proc`; empty where there is none.
pub(crate) fn descendants(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    for entry in entries.flatten() {
        if let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok())
            && let Some(parent) = living_parent(pid)
        {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut waiting = vec![root];
    while let Some(parent) = waiting.pop() {
        if let Some(next) = children.remove(&parent) {
            waiting.extend(&next);
            found.extend(next);
        }
    }
    found
}

/// The parent of a process that is more than a zombie.
fn living_parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything, brackets included.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(parent)
}

/// Ends every descendant of `root`. They are stopped first, so that none can bear another while the others end; `reap` is
/// called between the rounds. Returns whether all were gone at the deadline.
pub(crate) fn end_descendants(root: u32, deadline: Duration, mut reap: impl FnMut()) -> bool {
    let started = Instant::now();
    loop {
        let living = descendants(root);
        if living.is_empty() {
            reap();
            return true;
        }
        if started.elapsed() > deadline {
            return false;
        }
        for signal in [Signal::STOP, Signal::KILL] {
            for pid in living.iter().filter_map(|pid| Pid::from_raw(pid.cast_signed())) {
                // One that has gone already is as good as ended.
                let _ = kill_process(pid, signal);
            }
        }
        std::thread::sleep(Duration::from_millis(2));
        reap();
    }
}
