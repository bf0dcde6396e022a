//! Bytes as text (RFC 4648): in links with its alphabet for addresses (section 5), in commits with its plain one (section 4).
//! The crate of that name is the judge in the tests; it would be larger than all of this.

/// The last two of the sixty-four letters, in which the alphabets differ.
pub(super) type LastTwo = [u8; 2];

/// The alphabet of section 4.
pub(super) const PLAIN: LastTwo = *b"+/";
/// The alphabet of section 5, which stands in an address as it is.
pub(super) const FOR_ADDRESSES: LastTwo = *b"-_";

/// Adds the letters of bytes, without padding.
pub(super) fn encode(bytes: &[u8], last: LastTwo, into: &mut String) {
    let (mut bits, mut count) = (0, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 6 {
            count -= 6;
            into.push(letter(bits >> count, last));
        }
    }
    if count > 0 {
        into.push(letter(bits << (6 - count), last));
    }
}

/// The letter of the last six bits.
fn letter(bits: u32, last: LastTwo) -> char {
    char::from(match bits as u8 & 63 {
        bits @ 0..26 => b'A' + bits,
        bits @ 26..52 => b'a' + bits - 26,
        bits @ 52..62 => b'0' + bits - 52,
        62 => last[0],
        _ => last[1],
    })
}

/// The bytes that letters without padding stand for; `None` where no bytes are written like that.
pub(super) fn decode(letters: impl Iterator<Item = u8>, last: LastTwo) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(letters.size_hint().0 / 4 * 3 + 3);
    let (mut bits, mut count) = (0, 0);
    for letter in letters {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            _ if letter == last[0] => 62,
            _ if letter == last[1] => 63,
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

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::{FOR_ADDRESSES, PLAIN, decode, encode};

    proptest! {
        #[test]
        fn letters_are_those_of_the_crate_and_lead_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (mut plain, mut address) = (String::new(), String::new());
            encode(&bytes, PLAIN, &mut plain);
            encode(&bytes, FOR_ADDRESSES, &mut address);
            let padded = STANDARD.encode(&bytes);
            prop_assert_eq!(padded.trim_end_matches('='), &plain);
            prop_assert_eq!(&URL_SAFE_NO_PAD.encode(&bytes), &address);
            prop_assert_eq!(decode(plain.bytes(), PLAIN), Some(bytes.clone()));
            prop_assert_eq!(decode(address.bytes(), FOR_ADDRESSES), Some(bytes));
        }

        #[test]
        fn what_is_no_text_of_bytes_is_told(letters in "[A-Za-z0-9_+/=-]{0,12}") {
            prop_assert_eq!(decode(letters.bytes(), FOR_ADDRESSES), URL_SAFE_NO_PAD.decode(&letters).ok());
        }
    }
}
