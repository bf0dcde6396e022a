//! Bundles and what is deflated, by the only ways in from outside.

use cloud_agents::handoff::{Bundle, apply, is_bundle, read_conversation, read_workspace};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use sha2::{Digest, Sha256};

use crate::targets::items;

/// More than this is not unpacked here, so that a small input does not become a slow one.
const LARGEST: usize = 1 << 20;
const BASE62: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE85: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/// Any text as a bundle in either form, and as the body of one whose hash is right.
pub fn bundle(input: &[u8]) -> usize {
    let text = String::from_utf8_lossy(input);
    _ = is_bundle(&text);
    _ = Bundle::decode(&text);
    _ = read_conversation(input);
    _ = read_workspace(&text);
    if let Some(body) = text.trim_end().strip_suffix('}') {
        let hash: String = Sha256::digest([body, "}"].concat()).iter().map(|byte| format!("{byte:02x}")).collect();
        if let Ok(mut bundle) = Bundle::decode(&[body, ",\"hash\":\"sha256:", &hash, "\"}"].concat()) {
            comes_back(&mut bundle);
            return bundle.conversation.map_or(0, |conversation| items(&conversation.turns));
        }
    }
    0
}

/// Both forms of a bundle hold all of it.
pub fn comes_back(bundle: &mut Bundle) {
    let json = bundle.to_json();
    assert!(is_bundle(&json), "its file is not told to be one");
    assert!(Bundle::decode(&json).is_ok_and(|read| read == *bundle), "the file holds something else: {json}");
    if let Ok(link) = bundle.to_link() {
        assert!(is_bundle(&link), "its link is not told to be one");
        assert!(Bundle::decode(&link).is_ok_and(|read| read == *bundle), "the link holds something else: {json}");
    }
}

/// Any bytes unpacked, as the content of a link and as git's binary contents; the latter as the oracle has it.
pub fn inflate(input: &[u8]) -> usize {
    _ = Bundle::decode(&link(input));
    let (mut oracle, mut bytes) = (Box::<DecompressorOxide>::default(), vec![0; LARGEST]);
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    match decompress(&mut oracle, input, &mut bytes, 0, flags) {
        (TINFLStatus::Done, taken, count) => {
            let ours = apply(&patch(&input[..taken], &bytes[..count]), b"");
            assert!(ours.is_ok_and(|ours| ours == bytes[..count]), "{taken} bytes unpack to others than {count}");
        }
        // Whatever the header and the checksum say.
        _ => assert!(apply(&patch(input, b"x"), b"").is_err(), "{} bytes unpack, and must not", input.len()),
    }
    0
}

fn link(deflated: &[u8]) -> String {
    ["ca1.", &base64(deflated, b"-_")].concat()
}

/// Base 64 with those two letters last, without padding.
pub fn base64(bytes: &[u8], last: &[u8; 2]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        let digits = (0..=three.len()).map(|place| bits >> (18 - 6 * place) & 63);
        text.extend(digits.map(|digit| char::from(BASE62.get(digit).copied().unwrap_or_else(|| last[digit - 62]))));
    }
    text
}

/// A patch as git writes it, of bytes that are deflated already.
fn patch(deflated: &[u8], bytes: &[u8]) -> String {
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    let zlib = [&[0x78, 0x01], deflated, &(high << 16 | low).to_be_bytes()].concat();
    let mut patch = format!("GIT binary patch\nliteral {}\n", bytes.len());
    for line in zlib.chunks(52) {
        let count = line.len() as u8;
        patch.push(char::from(if count <= 26 { b'A' + count - 1 } else { b'a' + count - 27 }));
        for four in line.chunks(4) {
            let mut number =
                four.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)) << (8 * (4 - four.len()));
            let mut digits = [0; 5];
            for digit in digits.iter_mut().rev() {
                *digit = BASE85[number as usize % 85];
                number /= 85;
            }
            patch.extend(digits.map(char::from));
        }
        patch.push('\n');
    }
    patch.push('\n');
    patch
}
