//! SHA-256 (FIPS 180-4). A bundle is hashed once, so that this is written short: the crate's has its rounds unrolled.

/// The hash in hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let (mut state, constants) = begin();
    let mut blocks = bytes.chunks_exact(64);
    for block in &mut blocks {
        add(&mut state, &constants, block);
    }
    // What is left, a single bit behind it, and in the last eight bytes how many bits there were (section 5.1.1).
    let mut rest = blocks.remainder().to_vec();
    rest.push(0x80);
    rest.resize(if rest.len() > 56 { 120 } else { 56 }, 0);
    rest.extend((bytes.len() as u64 * 8).to_be_bytes());
    for block in rest.chunks_exact(64) {
        add(&mut state, &constants, block);
    }
    let mut digits = String::new();
    for shift in (0..256).step_by(4) {
        digits.push(digit(state[shift / 32] >> (28 - shift % 32)));
    }
    digits
}

/// The hexadecimal digit of the last four bits.
fn digit(number: u32) -> char {
    char::from_digit(number & 15, 16).unwrap_or('0')
}

/// The first bits behind the point of the square roots of the first primes, and of the cube roots of more of them
/// (sections 4.2.2 and 5.3.3): shorter to say than to list.
fn begin() -> ([u32; 8], [u32; 64]) {
    let (mut squares, mut cubes) = ([0; 8], [0; 64]);
    let (mut found, mut number) = (0, 2_u32);
    while found < 64 {
        if (2..number).all(|divisor| number % divisor != 0) {
            let prime = f64::from(number);
            if let Some(place) = squares.get_mut(found) {
                *place = behind_point(prime.sqrt());
            }
            let mut root = 7.0;
            for _ in 0..20 {
                root -= (root * root * root - prime) / (3.0 * root * root);
            }
            cubes[found] = behind_point(root);
            found += 1;
        }
        number += 1;
    }
    (squares, cubes)
}

fn behind_point(number: f64) -> u32 {
    (number * 4_294_967_296.0) as u64 as u32
}

/// Adds a block (section 6.2.2).
fn add(state: &mut [u32; 8], constants: &[u32; 64], block: &[u8]) {
    let mut words = [0_u32; 64];
    for (place, byte) in block.iter().enumerate() {
        words[place / 4] = words[place / 4] << 8 | u32::from(*byte);
    }
    for at in 16..64 {
        let (near, far) = (words[at - 2], words[at - 15]);
        words[at] = words[at - 16]
            .wrapping_add(words[at - 7])
            .wrapping_add(near.rotate_right(17) ^ near.rotate_right(19) ^ near >> 10)
            .wrapping_add(far.rotate_right(7) ^ far.rotate_right(18) ^ far >> 3);
    }
    let mut now = *state;
    for (word, constant) in words.iter().zip(constants) {
        let [a, b, c, d, e, f, g, h] = now;
        let one = h
            .wrapping_add(e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25))
            .wrapping_add(e & f ^ !e & g)
            .wrapping_add(*constant)
            .wrapping_add(*word);
        let two = (a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22)).wrapping_add(a & b ^ a & c ^ b & c);
        now = [one.wrapping_add(two), a, b, c, d.wrapping_add(one), e, f, g];
    }
    for (place, number) in state.iter_mut().zip(now) {
        *place = place.wrapping_add(number);
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use sha2::{Digest, Sha256};

    #[test]
    fn every_length_has_the_hash_that_it_has_elsewhere() {
        let bytes: Vec<u8> = (0..=255).cycle().take(300).collect();
        for length in 0..bytes.len() {
            let theirs: String = Sha256::digest(&bytes[..length]).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(super::hexadecimal(&bytes[..length]), theirs);
        }
    }
}
