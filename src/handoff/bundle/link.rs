//! The link form: deflated and in base64url (RFC 4648, section 5) without padding, for a URL's fragment.

use super::super::inflate::{Broken, inflate};
use super::deflate::deflate;
use crate::error::{Error, ErrorCode, Result};
use crate::json::digits;

/// Stands before every link form; the digit is its version.
const MARK: &str = "ca1.";
/// The longest link in characters. Firefox takes addresses of up to 1 MiB, Chromium of 2 MiB; the page's own part comes on top.
const LONGEST: usize = 1_000_000;
/// Unpacking stops here, whatever the link claims.
const MOST_UNPACKED: usize = 32 * 1024 * 1024;

fn too_large(message: &str) -> Error {
    Error::new(ErrorCode::TooLarge, message).with_hint("Save the bundle as a file and hand that over.")
}

/// Packs a bundle's JSON.
pub(super) fn encode(json: &str) -> Result<String> {
    if json.len() > MOST_UNPACKED {
        return Err(too_large("The bundle is larger than 32 MB, more than a link is unpacked to."));
    }
    let packed = deflate(json.as_bytes());
    let length = MARK.len() + packed.len().div_ceil(3) * 4;
    if length > LONGEST {
        let (length, longest) = (digits(length as i64), digits(LONGEST as i64));
        return Err(too_large(
            &["The link would have ", &length, " characters; browsers carry ", &longest, "."].concat(),
        ));
    }
    let mut link = String::with_capacity(length);
    link.push_str(MARK);
    let (mut bits, mut count) = (0, 0);
    for byte in packed {
        bits = bits << 8 | u32::from(byte);
        count += 8;
        while count >= 6 {
            count -= 6;
            link.push(letter(bits >> count));
        }
    }
    if count > 0 {
        link.push(letter(bits << (6 - count)));
    }
    Ok(link)
}

/// The letter of the last six bits.
fn letter(bits: u32) -> char {
    char::from(match bits as u8 & 63 {
        bits @ 0..26 => b'A' + bits,
        bits @ 26..52 => b'a' + bits - 26,
        bits @ 52..62 => b'0' + bits - 52,
        62 => b'-',
        _ => b'_',
    })
}

/// The packed part of a link form, which may stand in the fragment of an address.
pub(super) fn find(text: &str) -> Option<&str> {
    if text.starts_with('{') {
        return None;
    }
    let fragment = behind_last(text, b'#');
    fragment.strip_prefix(MARK).or_else(|| behind_last(fragment, b'=').strip_prefix(MARK))
}

/// What stands behind the last of a sign; all where there is none.
fn behind_last(text: &str, sign: u8) -> &str {
    let from = text.bytes().rposition(|byte| byte == sign).map_or(0, |at| at + 1);
    text.get(from..).unwrap_or_default()
}

/// Unpacks to a bundle's JSON.
pub(super) fn decode(packed: &str) -> Result<String> {
    if packed.len() > LONGEST {
        return Err(too_large("The link is longer than browsers carry."));
    }
    let json = bytes(packed).ok_or(Broken::Damaged).and_then(|packed| inflate(&packed, MOST_UNPACKED));
    match json.and_then(|json| String::from_utf8(json).map_err(|_| Broken::Damaged)) {
        Ok(json) => Ok(json),
        Err(Broken::TooLarge) => Err(too_large("The link would unpack to more than 32 MB.")),
        Err(Broken::Damaged) => {
            Err(Error::new(ErrorCode::Corrupt, "The link is damaged.").with_hint("Copy the whole link again."))
        }
    }
}

/// The bytes that letters stand for; `None` where no bytes are written like that.
fn bytes(letters: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(letters.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0, 0);
    for letter in letters.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    // A letter too much, or bits that are no byte's.
    let is_whole = count < 6 && bits & ((1 << count) - 1) == 0;
    is_whole.then_some(bytes)
}
