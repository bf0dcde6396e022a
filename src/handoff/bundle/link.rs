//! The link form: deflated and in base64url, for a URL's fragment.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

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
        return Err(too_large(&format!("The link would have {length} characters; browsers carry {LONGEST}.")));
    }
    let mut link = MARK.to_owned();
    URL_SAFE_NO_PAD.encode_string(&packed, &mut link);
    Ok(link)
}

/// The packed part of a link form, which may stand in the fragment of an address.
pub(super) fn find(text: &str) -> Option<&str> {
    if text.starts_with('{') {
        return None;
    }
    let fragment = text.rsplit('#').next().unwrap_or_default();
    fragment.strip_prefix(MARK).or_else(|| fragment.rsplit('=').next()?.strip_prefix(MARK))
}

/// Unpacks to a bundle's JSON.
pub(super) fn decode(packed: &str) -> Result<String> {
    if packed.len() > LONGEST {
        return Err(too_large("The link is longer than browsers carry."));
    }
    let damaged = || Error::new(ErrorCode::Corrupt, "The link is damaged.").with_hint("Copy the whole link again.");
    let packed = URL_SAFE_NO_PAD.decode(packed).map_err(|_| damaged())?;
    let json = decompress_to_vec_with_limit(&packed, MOST_UNPACKED).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => too_large("The link would unpack to more than 32 MB."),
        _ => damaged(),
    })?;
    String::from_utf8(json).map_err(|_| damaged())
}
