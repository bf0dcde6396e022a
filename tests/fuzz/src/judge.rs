//! What must hold of work on any input: it does not panic, its memory stays under a multiple of the input, and its time does
//! not grow faster than the input.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};

use rustix::time::{ClockId, clock_gettime};

use crate::chance::Chance;
use crate::memory::peak;
use crate::swell::Swelling;
use crate::targets::Target;

/// For so many nanoseconds every input is made long in several ways, and the work on it timed: what a run begins with is nearest
/// to what is really written. Later inputs are, in one way, as often as it takes no more than half of all work.
const FIRST: i64 = 8_000_000_000;
const WAYS: usize = 8;
/// How long the shorter text is made.
const SIZE: usize = 32 << 10;
/// How many times as long the longer text is.
const TIMES: usize = 8;
/// Linear work takes 8 times as long then, quadratic work 64 times. More than this is looked at again, eight times as long once
/// more, where what is quadratic outgrows all the rest.
const SUSPICIOUS: i64 = 12;
/// This lies as far from the one as from the other.
const QUADRATIC: i64 = 22;
/// A busy machine slows single measurements down, so one that is too long is taken again.
const TRIES: usize = 4;
/// Shorter work than this is not told from the clock's own noise.
const NOTICED: i64 = 2_000_000;
/// Work that takes this long is slow; what takes a quarter of it on the shorter text is timed on a shorter one.
const PLAIN: i64 = 100_000_000;
/// What has its size however short its text is: a member of a JSON object with a text in it, an object itself, and an item of the
/// model. A document is looked at to find its format and then read, so of the first two there may be two at once; and what grows
/// is copied to twice the room, so for a moment there is three times as much of it.
const MEMBER: usize = (2 + 3) * 56 + 2 * 72;
const OBJECT: usize = 2 * 8 * 56;
const ITEM: usize = 3 * 176;

/// How many times its text the memory of an input was at most, in thousandths.
static FULLEST: AtomicUsize = AtomicUsize::new(0);

/// Panics where something does not hold. How an input is made long follows from its bytes, and the first one always is, so every
/// finding comes again.
pub fn judge(target: &Target, input: &[u8]) {
    static TIMED: AtomicI64 = AtomicI64::new(0);
    within_memory(target, input, "");
    let (timed, begun) = (TIMED.load(Relaxed), worked());
    let ways = if timed < FIRST { WAYS } else { usize::from(timed < begun / 2) };
    let mut chance = Chance::of(input);
    for _ in 0..if input.is_empty() { 0 } else { ways } {
        within_time(target, &Swelling::choose(input, &mut chance));
    }
    TIMED.fetch_add(worked() - begun, Relaxed);
}

/// The nanoseconds that the thread itself has worked.
fn worked() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

fn within_memory(target: &Target, input: &[u8], piece: &str) {
    let mut items = 0;
    let took = peak(&mut || items = (target.work)(target.name, input));
    // What is no UTF-8 becomes a character of three bytes.
    let size = String::from_utf8_lossy(input).len().max(1);
    let count = |signs: &[u8]| input.iter().filter(|byte| signs.contains(byte)).count();
    let (members, objects) = (count(b",\n"), count(b"{"));
    let most = target.base + target.times * size + MEMBER * members + OBJECT * objects + ITEM * items;
    let share = took.saturating_sub(target.base) * 1000 / size;
    if FULLEST.fetch_max(share, Relaxed) < share {
        // `run.mjs` reads the last of these lines.
        eprintln!("memory: {}.{:03} times {size} bytes", share / 1000, share % 1000);
    }
    assert!(
        took <= most,
        "memory: {took} bytes for a text of {size}, more than {most}; {members} members, {objects} objects, {items} items; {piece:?}"
    );
}

/// The nanoseconds that some work takes.
fn effort(target: &Target, input: &[u8]) -> i64 {
    let begun = worked();
    (target.work)(target.name, input);
    worked() - begun
}

fn within_time(target: &Target, swelling: &Swelling) {
    let (mut size, mut short) = (SIZE, swelling.to(SIZE));
    while size > SIZE / 32 && effort(target, &short) > PLAIN / 4 {
        size /= 4;
        short = swelling.to(size);
    }
    let long = swelling.to(size * TIMES);
    within_memory(target, &long, &swelling.shown());
    let Some(efforts) = beyond(SUSPICIOUS, target, &short, &long) else { return };
    // What was left out of a shorter text makes a step, and what is quadratic goes on growing. Of slow work twice the text tells:
    // eight times as much would take minutes.
    let (times, most) = if efforts.1 > PLAIN { (2, 3) } else { (TIMES, QUADRATIC) };
    let is_so = beyond(most, target, &long, &swelling.to(size * TIMES * times)).is_some();
    assert!(!is_so, "time: nanoseconds for {size} bytes and {TIMES} times as many {efforts:?}; {:?}", swelling.shown());
}

/// The efforts for two texts, the second 8 times as long, where it takes more than so many times as much in every try.
fn beyond(most: i64, target: &Target, short: &[u8], long: &[u8]) -> Option<(i64, i64)> {
    let mut efforts = (0, 0);
    for _ in 0..TRIES {
        efforts = (effort(target, short), effort(target, long));
        if efforts.1 < NOTICED || efforts.1 < efforts.0 * most {
            return None;
        }
    }
    Some(efforts)
}
