//! One program for all targets: `TARGET` names the one that is fuzzed. `make fuzz` builds and runs it.

#![no_main]

mod chance;
mod items;
mod judge;
mod memory;
mod mutate;
mod packed;
mod swell;
mod targets;
mod whole;

use std::sync::OnceLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

use crate::chance::Chance;
use crate::targets::Target;

fn target() -> &'static Target {
    static TARGET: OnceLock<Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        let name = std::env::var("TARGET").unwrap_or_default();
        let Some(target) = targets::named(&name) else {
            eprintln!("TARGET names what is fuzzed, one of: {}", targets::names().collect::<Vec<_>>().join(" "));
            std::process::exit(2);
        };
        // What is made once is no memory of an input.
        (target.work)(target.name, b"a");
        target
    })
}

fuzz_target!(init: { target(); }, |input: &[u8]| judge::judge(target(), input));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut chance = Chance::new(u64::from(seed));
    if size == 0 || chance.below(3) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let changed = mutate::mutate(&data[..size], max_size, &mut chance);
    data[..changed.len()].copy_from_slice(&changed);
    changed.len()
});
