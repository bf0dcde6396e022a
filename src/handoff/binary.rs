//! Binary contents as git writes them into diffs: deflated, in base 85.

use super::inflate::inflate_zlib;
use crate::find::around;

/// The digits of git's base 85, in their order.
const DIGITS: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
/// A file of more than this is not pushed from a page.
const LARGEST: usize = 32 << 20;

/// The new contents that a `GIT binary patch` holds; `None` when it holds a difference (`delta`) instead, or is broken.
pub(super) fn literal(patch: &str) -> Option<Vec<u8>> {
    let (_, patch) = around(patch, "GIT binary patch\n")?;
    let mut lines = patch.lines();
    let size: usize = lines.next()?.strip_prefix("literal ")?.trim().parse().ok().filter(|size| *size <= LARGEST)?;
    let mut deflated = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        decode(line.as_bytes(), &mut deflated)?;
    }
    let bytes = inflate_zlib(&deflated, size).ok()?;
    (bytes.len() == size).then_some(bytes)
}

/// One line: a letter for the count of bytes, then five digits for every four of them.
fn decode(line: &[u8], into: &mut Vec<u8>) -> Option<()> {
    let (count, digits) = line.split_first()?;
    let count = match count {
        b'A'..=b'Z' => usize::from(count - b'A') + 1,
        b'a'..=b'z' => usize::from(count - b'a') + 27,
        _ => return None,
    };
    let end = into.len() + count;
    for group in digits.chunks(5) {
        let mut number = 0_u32;
        for digit in group {
            let value = DIGITS.iter().position(|known| known == digit)? as u32;
            number = number.checked_mul(85)?.checked_add(value)?;
        }
        into.extend_from_slice(&number.to_be_bytes());
    }
    // The last group is filled up with zeros.
    let is_whole = digits.len() % 5 == 0 && (end..end + 4).contains(&into.len());
    into.truncate(end);
    is_whole.then_some(())
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
