//! Compression as RFC 1951 has it. The crate that unpacks could pack too, for four times the code that is here.

use super::super::inflate::{ORDER, codes};

/// Matches reach back this far.
const WINDOW: usize = 32 * 1024;
/// So many earlier places are compared with.
const TRIES: usize = 48;
/// A match of this length is taken without looking for a longer one.
const GOOD: usize = 96;
const SHORTEST: usize = 3;
const LONGEST: usize = 258;
/// Bytes and matches of a block, which has codes that fit its own frequencies.
const BLOCK: usize = 24 * 1024;
/// The symbol that ends a block.
const END: usize = 256;
/// Symbols of bytes and lengths. Those of distances are counted from here on, so that one table holds both.
const SYMBOLS: usize = 286;
const DISTANCES: usize = 30;

/// A symbol, how many more bits it has, and these bits.
type Piece = (usize, u32, usize);

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    waiting: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: usize, count: u32) {
        self.waiting |= (value as u64) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.waiting as u8);
            self.waiting >>= 8;
            self.count -= 8;
        }
    }

    fn pieces(&mut self, pieces: &[Piece], codes: &[usize], lengths: &[u32]) {
        for &(symbol, extra, value) in pieces {
            self.put(codes[symbol], lengths[symbol]);
            self.put(value, extra);
        }
    }
}

/// Packs bytes. The same bytes give the same packed bytes.
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut bits = Bits::default();
    let mut matcher = Matcher { bytes, heads: vec![0; WINDOW], before: vec![0; WINDOW] };
    let mut pieces: Vec<Piece> = Vec::new();
    // How many bytes and matches they are.
    let mut count = 0;
    // The match that begins at the place before, if none longer begins here.
    let (mut held, mut held_back) = (0, 0);
    let mut at = 0;
    while at < bytes.len() {
        let (length, back) = if held < GOOD { matcher.longest(at) } else { (0, 0) };
        matcher.add(at);
        at += 1;
        if held > 0 && length <= held {
            pieces.push(length_piece(held));
            pieces.push(distance_piece(held_back));
            count += 1;
            for _ in 2..held {
                matcher.add(at);
                at += 1;
            }
            held = 0;
        } else {
            // The byte of the place before, which begins no match after all, and that of this place.
            let first = if held > 0 { at - 2 } else { at - 1 };
            let last = if length >= SHORTEST { at - 1 } else { at };
            (held, held_back) = if length >= SHORTEST { (length, back) } else { (0, 0) };
            for &byte in bytes.get(first..last).unwrap_or_default() {
                pieces.push((byte.into(), 0, 0));
                count += 1;
            }
        }
        if count >= BLOCK {
            block(&mut pieces, false, &mut bits);
            count = 0;
        }
    }
    block(&mut pieces, true, &mut bits);
    bits.put(0, 7);
    bits.bytes
}

/// The earlier places that begin with the same three bytes, the latest first; places are counted from 1.
struct Matcher<'a> {
    bytes: &'a [u8],
    heads: Vec<u32>,
    before: Vec<u32>,
}

impl Matcher<'_> {
    fn hash(&self, at: usize) -> Option<usize> {
        let [first, second, third] = *self.bytes.get(at..)?.first_chunk()?;
        let number = u32::from_be_bytes([0, first, second, third]);
        Some((number.wrapping_mul(0x9E37_79B1) >> 17) as usize)
    }

    #[inline(never)]
    fn add(&mut self, at: usize) {
        if let Some(hash) = self.hash(at) {
            self.before[at % WINDOW] = self.heads[hash];
            self.heads[hash] = at as u32 + 1;
        }
    }

    fn longest(&self, at: usize) -> (usize, usize) {
        let mut best = (0, 0);
        let Some(hash) = self.hash(at) else { return best };
        let rest = self.bytes.get(at..self.bytes.len().min(at + LONGEST)).unwrap_or_default();
        let mut place = self.heads[hash] as usize;
        for _ in 0..TRIES {
            let Some(start) = place.checked_sub(1).filter(|&start| start < at && at - start < WINDOW) else { break };
            let earlier = self.bytes.get(start..).unwrap_or_default();
            if earlier.get(best.0) == rest.get(best.0) {
                let length = rest.iter().zip(earlier).take_while(|(left, right)| left == right).count();
                // Three bytes from far away cost more than they save.
                if length > best.0 && (length > SHORTEST || at - start < 4096) {
                    best = (length, at - start);
                }
                if length >= GOOD || length == rest.len() {
                    break;
                }
            }
            place = self.before[start % WINDOW] as usize;
        }
        best
    }
}

/// How far a match goes (section 3.2.5).
fn length_piece(length: usize) -> Piece {
    let over = length - SHORTEST;
    match over {
        255 => (285, 0, 0),
        0..8 => (257 + over, 0, 0),
        _ => {
            let extra = over.ilog2() - 2;
            (257 + 4 * (extra as usize + 1) + (over >> extra & 3), extra, over & ((1 << extra) - 1))
        }
    }
}

/// How far back it is.
fn distance_piece(back: usize) -> Piece {
    let over = back - 1;
    if over < 4 {
        return (SYMBOLS + over, 0, 0);
    }
    let extra = over.ilog2() - 1;
    (SYMBOLS + 2 * (extra as usize + 1) + (over >> extra & 1), extra, over & ((1 << extra) - 1))
}

/// Writes a block with codes of its own.
fn block(pieces: &mut Vec<Piece>, is_last: bool, bits: &mut Bits) {
    pieces.push((END, 0, 0));
    let counts = counts(pieces, SYMBOLS + DISTANCES);
    let (symbols, distances) = counts.split_at(SYMBOLS);
    let (mut lengths, distances) = (lengths(symbols, 15), lengths(distances, 15));
    let mut codes = codes(&lengths);
    codes.extend(self::codes(&distances));
    lengths.extend(distances);
    bits.put(usize::from(is_last) | 2 << 1, 3);
    head(&lengths, bits);
    bits.pieces(pieces, &codes, &lengths);
    pieces.clear();
}

fn counts(pieces: &[Piece], symbols: usize) -> Vec<u32> {
    let mut counts = vec![0; symbols];
    for (symbol, ..) in pieces {
        counts[*symbol] += 1;
    }
    counts
}

/// Writes the lengths of the codes of a block.
fn head(all: &[u32], bits: &mut Bits) {
    let mut runs: Vec<Piece> = Vec::new();
    let mut rest = all;
    while let Some(&length) = rest.first() {
        let same = rest.iter().take_while(|&&other| other == length).count();
        let (run, taken) = match (length, same) {
            (0, 11..) => ((18, 7, same.min(138) - 11), same.min(138)),
            (0, 3..) => ((17, 3, same - 3), same),
            _ if same > 3 => {
                runs.push((length as usize, 0, 0));
                let again = (same - 1).min(6);
                ((16, 2, again - 3), again + 1)
            }
            _ => ((length as usize, 0, 0), 1),
        };
        runs.push(run);
        rest = rest.get(taken..).unwrap_or_default();
    }
    let own = lengths(&counts(&runs, ORDER.len()), 7);
    bits.put((SYMBOLS - 257) | ((DISTANCES - 1) << 5) | ((ORDER.len() - 4) << 10), 14);
    for place in ORDER {
        bits.put(own[place] as usize, 3);
    }
    bits.pieces(&runs, &codes(&own), &own);
}

/// How long the codes are, by Huffman, none longer than the limit. Symbols that do not occur have none.
fn lengths(counts: &[u32], limit: u32) -> Vec<u32> {
    let mut counts = counts.to_vec();
    loop {
        // Symbols, and behind them the trees that are made of two; what is in a tree already weighs nothing more.
        let mut weights = counts.clone();
        let mut parents = vec![0; counts.len() * 2];
        loop {
            let (left, right) = (lightest(&mut weights), lightest(&mut weights));
            let (Some((left, one)), Some((right, other))) = (left, right) else { break };
            parents[left] = weights.len();
            parents[right] = weights.len();
            weights.push(one + other);
        }
        let mut longest = 0;
        let mut lengths = counts.clone();
        for (symbol, length) in lengths.iter_mut().enumerate() {
            // A code has at least one bit.
            let is_alone = *length > 0 && parents[symbol] == 0;
            *length = is_alone.into();
            let mut node = symbol;
            while parents[node] != 0 {
                node = parents[node];
                *length += 1;
            }
            longest = longest.max(*length);
        }
        if longest <= limit {
            return lengths;
        }
        // Flatter frequencies make a flatter tree.
        for count in &mut counts {
            *count = if *count > 0 { *count / 2 + 1 } else { 0 };
        }
    }
}

/// Takes the lightest of the trees, the first of several, and its weight.
fn lightest(weights: &mut [u32]) -> Option<(usize, u32)> {
    let mut lightest = None;
    for (tree, &weight) in weights.iter().enumerate() {
        if weight > 0 && lightest.is_none_or(|(_, least)| weight < least) {
            lightest = Some((tree, weight));
        }
    }
    weights[lightest?.0] = 0;
    lightest
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use miniz_oxide::deflate::compress_to_vec;
    use miniz_oxide::inflate::decompress_to_vec;
    use proptest::prelude::*;

    use super::deflate;

    #[test]
    fn every_length_and_distance_comes_back() {
        let mut bytes: Vec<u8> = Vec::new();
        let mut state = 7_u32;
        for length in 1..=300 {
            for _ in 0..length * 3 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                bytes.push((state >> 24) as u8);
            }
            let back = (state as usize % bytes.len()).max(length);
            let copy = bytes[bytes.len() - back..][..length].to_vec();
            bytes.extend(copy);
        }
        for bytes in [&bytes[..], b"", b"a", b"aaaa", &[0; 70_000], &bytes[..4]] {
            assert_eq!(decompress_to_vec(&deflate(bytes)).ok().as_deref(), Some(bytes));
        }
    }

    #[test]
    fn text_becomes_about_as_small_as_elsewhere() {
        let text = include_str!("record.rs").repeat(2) + include_str!("../secrets/shapes.rs");
        let (ours, theirs) = (deflate(text.as_bytes()).len(), compress_to_vec(text.as_bytes(), 6).len());
        assert!(ours * 100 < theirs * 103, "{ours} bytes, elsewhere {theirs}");
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in proptest::collection::vec(0_u8..7, 0..4000), noise in proptest::collection::vec(any::<u8>(), 0..500)) {
            let all = [&bytes[..], &noise, &bytes].concat();
            prop_assert_eq!(decompress_to_vec(&deflate(&all)).ok(), Some(all));
        }
    }
}
