//! The link form: deflated and in base64url (RFC 4648, section 5) without padding, for a URL's fragment.

use super::super::base64::{FOR_ADDRESSES, decode as decode64, encode as encode64};
use super::super::inflate::{Broken, inflate};
use super::deflate::deflate;
use crate::error::{Error, ErrorCode, Result};

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
        let (length, longest) = (length.to_string(), LONGEST.to_string());
        return Err(too_large(
            &["The link would have ", &length, " characters; browsers carry ", &longest, "."].concat(),
        ));
    }
    let mut link = String::with_capacity(length);
    link.push_str(MARK);
    encode64(&packed, FOR_ADDRESSES, &mut link);
    Ok(link)
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
    // Mail and terminals break long lines.
    let packed: String = packed.split_ascii_whitespace().collect();
    if packed.len() > LONGEST {
        return Err(too_large("The link is longer than browsers carry."));
    }
    let json = decode64(packed.bytes(), FOR_ADDRESSES)
        .ok_or(Broken::Damaged)
        .and_then(|packed| inflate(&packed, MOST_UNPACKED));
    match json.and_then(|json| String::from_utf8(json).map_err(|_| Broken::Damaged)) {
        Ok(json) => Ok(json),
        Err(Broken::TooLarge) => Err(too_large("The link would unpack to more than 32 MB.")),
        Err(Broken::Damaged) => {
            Err(Error::new(ErrorCode::Corrupt, "The link is damaged.").with_hint("Copy the whole link again."))
        }
    }
}
