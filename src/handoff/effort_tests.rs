//! Whether work grows no faster than the text that it is done on.
//!
//! It is measured by the clock of the thread's own work, on which nothing counts that the machine does beside it.

use rustix::time::{ClockId, clock_gettime};

/// How many times as long the longer text is.
const TIMES: usize = 8;
/// Linear work takes 8 times as long then, quadratic work 64 times: this lies as far from the one as from the other.
const MOST: i128 = 22;
/// Others can empty the caches of the processor under a measurement, so one that is too long is taken again.
const TRIES: usize = 4;

/// The nanoseconds that some work takes.
fn effort(work: &dyn Fn()) -> i128 {
    let worked = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
    };
    let begun = worked();
    work();
    worked() - begun
}

/// The efforts for a text of about that many bytes and for one 8 times as long, where they are not linear in every try.
fn beyond_linear(size: usize, text: &dyn Fn(usize) -> String, work: &dyn Fn(&str)) -> Option<(i128, i128)> {
    let (short, long) = (text(size), text(size * TIMES));
    // The first time brings tables that are made once.
    work(&short);
    let mut efforts = (0, 0);
    for _ in 0..TRIES {
        efforts = (effort(&|| work(&short)), effort(&|| work(&long)));
        if efforts.1 < efforts.0 * MOST {
            return None;
        }
    }
    Some(efforts)
}

/// Panics where work on a piece again and again, up to about eight times that many bytes, takes more than linear time.
pub(crate) fn assert_linear(size: usize, beginning: &str, piece: &str, end: &str, work: &dyn Fn(&str)) {
    let text = |size: usize| [beginning, &piece.repeat(size / piece.len()), end].concat();
    let beyond = beyond_linear(size, &text, work);
    assert!(beyond.is_none(), "{piece}: nanoseconds for {size} bytes and for {TIMES} times as many: {beyond:?}");
}

#[test]
fn quadratic_work_is_told_from_linear_work() {
    let text = |size: usize| "a".repeat(size);
    let once = |text: &str| text.bytes().fold(0_u8, |sum, byte| std::hint::black_box(sum ^ byte));
    assert_eq!(beyond_linear(100_000, &text, &|text| _ = once(text)), None);
    let square = |text: &str| (0..text.len()).for_each(|at| _ = once(&text[at..]));
    assert!(beyond_linear(400, &text, &square).is_some());
}
