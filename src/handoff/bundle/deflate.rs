//! Compression as RFC 1951 has it. The crate that unpacks could pack too, for four times the code that is here.

/// Matches reach back this far.
const WINDOW: usize = 32 * 1024;
/// So many earlier places are compared with.
const TRIES: usize = 48;
/// A match of this length is taken without looking for a longer one.
const GOOD: usize = 96;
const SHORTEST: usize = 3;
const LONGEST: usize = 258;
/// Symbols of a block: each has codes that fit its own frequencies.
const BLOCK: usize = 24 * 1024;
/// The symbol that ends a block.
const END: usize = 256;
/// The order in which the lengths of the codes of lengths are written (section 3.2.7).
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// A byte, or a match: its length and how far back it is. A length of 0 is a byte.
type Symbol = (u16, u16);

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
}

/// Packs bytes. The same bytes give the same packed bytes.
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut bits = Bits::default();
    let mut matcher = Matcher { bytes, heads: vec![0; WINDOW], before: vec![0; WINDOW] };
    let mut symbols: Vec<Symbol> = Vec::with_capacity(BLOCK + 2);
    // The match that begins at the place before, if none longer begins here.
    let mut held: Option<(usize, usize)> = None;
    let mut at = 0;
    while at < bytes.len() {
        let known = held.map_or(0, |(length, _)| length);
        let (length, back) = if known < GOOD { matcher.longest(at) } else { (0, 0) };
        matcher.add(at);
        at += 1;
        match held.take() {
            Some((known, back)) if length <= known => {
                symbols.push((known as u16, back as u16));
                let end = at + known - 2;
                while at < end {
                    matcher.add(at);
                    at += 1;
                }
            }
            earlier => {
                if let Some(&byte) = earlier.and_then(|_| bytes.get(at.wrapping_sub(2))) {
                    symbols.push((0, byte.into()));
                }
                if length >= SHORTEST {
                    held = Some((length, back));
                } else if let Some(&byte) = bytes.get(at - 1) {
                    symbols.push((0, byte.into()));
                }
            }
        }
        if symbols.len() >= BLOCK {
            block(&symbols, false, &mut bits);
            symbols.clear();
        }
    }
    block(&symbols, true, &mut bits);
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
        let three = self.bytes.get(at..at + SHORTEST)?;
        let number = three.iter().fold(0_u32, |number, &byte| number << 8 | u32::from(byte));
        Some((number.wrapping_mul(0x9E37_79B1) >> 17) as usize)
    }

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

/// The code of a length, how many more bits it has, and these bits.
fn length_code(length: usize) -> (usize, u32, usize) {
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

/// The same of a distance.
fn distance_code(back: usize) -> (usize, u32, usize) {
    let over = back - 1;
    if over < 4 {
        return (over, 0, 0);
    }
    let extra = over.ilog2() - 1;
    (2 * (extra as usize + 1) + (over >> extra & 1), extra, over & ((1 << extra) - 1))
}

/// Writes a block with codes of its own.
fn block(symbols: &[Symbol], is_last: bool, bits: &mut Bits) {
    let (mut counts, mut distances) = ([0_u32; 286], [0_u32; 30]);
    counts[END] = 1;
    for &(length, back) in symbols {
        if length == 0 {
            counts[usize::from(back)] += 1;
        } else {
            counts[length_code(length.into()).0] += 1;
            distances[distance_code(back.into()).0] += 1;
        }
    }
    let (lengths, back_lengths) = (lengths(&counts, 15), lengths(&distances, 15));
    bits.put(usize::from(is_last) | 2 << 1, 3);
    head(&lengths, &back_lengths, bits);
    let (codes, back_codes) = (codes(&lengths), codes(&back_lengths));
    for &(length, back) in symbols {
        if length == 0 {
            bits.put(codes[usize::from(back)], lengths[usize::from(back)]);
            continue;
        }
        let (code, extra, value) = length_code(length.into());
        bits.put(codes[code], lengths[code]);
        bits.put(value, extra);
        let (code, extra, value) = distance_code(back.into());
        bits.put(back_codes[code], back_lengths[code]);
        bits.put(value, extra);
    }
    bits.put(codes[END], lengths[END]);
}

/// Writes the lengths of the codes of a block.
fn head(lengths: &[u32], back_lengths: &[u32], bits: &mut Bits) {
    let all: Vec<u32> = lengths.iter().chain(back_lengths).copied().collect();
    // Each with how many more bits it has, and these bits.
    let mut runs: Vec<(usize, u32, usize)> = Vec::new();
    let mut counts = [0; 19];
    let mut at = 0;
    while let Some(&length) = all.get(at) {
        let same = all.iter().skip(at).take_while(|&&other| other == length).count();
        let (run, taken) = match (length, same) {
            (0, 11..) => ((18, 7, same.min(138) - 11), same.min(138)),
            (0, 3..) => ((17, 3, same - 3), same),
            _ if same > 3 => {
                runs.push((length as usize, 0, 0));
                counts[length as usize] += 1;
                let again = (same - 1).min(6);
                ((16, 2, again - 3), again + 1)
            }
            _ => ((length as usize, 0, 0), 1),
        };
        counts[run.0] += 1;
        runs.push(run);
        at += taken;
    }
    let own = self::lengths(&counts, 7);
    let own_codes = codes(&own);
    bits.put((lengths.len() - 257) | ((back_lengths.len() - 1) << 5) | ((ORDER.len() - 4) << 10), 14);
    for place in ORDER {
        bits.put(own[place] as usize, 3);
    }
    for (code, extra, value) in runs {
        bits.put(own_codes[code], own[code]);
        bits.put(value, extra);
    }
}

/// How long the codes are, by Huffman, none longer than the limit. Symbols that do not occur have none.
fn lengths(counts: &[u32], limit: u32) -> Vec<u32> {
    let mut counts = counts.to_vec();
    loop {
        let mut weights = counts.clone();
        let mut parents = vec![0; counts.len() * 2];
        let mut trees: Vec<usize> = (0..counts.len()).filter(|&symbol| weights[symbol] > 0).collect();
        // A code has at least one bit.
        if let [only] = trees[..] {
            weights[only] = 0;
            let mut lengths = vec![0; counts.len()];
            lengths[only] = 1;
            return lengths;
        }
        while trees.len() > 1 {
            let mut lightest = || {
                let place = (0..trees.len()).min_by_key(|&place| (weights[trees[place]], trees[place])).unwrap_or(0);
                trees.swap_remove(place)
            };
            let (left, right) = (lightest(), lightest());
            parents[left] = weights.len();
            parents[right] = weights.len();
            trees.push(weights.len());
            weights.push(weights[left] + weights[right]);
        }
        let depth = |mut node: usize| {
            let mut depth = 0;
            while parents[node] != 0 {
                node = parents[node];
                depth += 1;
            }
            depth
        };
        let lengths: Vec<u32> = (0..counts.len()).map(depth).collect();
        if lengths.iter().all(|&length| length <= limit) {
            return lengths;
        }
        // Flatter frequencies make a flatter tree.
        for count in counts.iter_mut().filter(|count| **count > 0) {
            *count = *count / 2 + 1;
        }
    }
}

/// The codes to the lengths (section 3.2.2), their bits turned round as they are written.
fn codes(lengths: &[u32]) -> Vec<usize> {
    let mut codes = vec![0; lengths.len()];
    let mut code = 0_u32;
    for length in 1..16 {
        code <<= 1;
        for (symbol, _) in lengths.iter().enumerate().filter(|(_, own)| **own == length) {
            codes[symbol] = (code.reverse_bits() >> (32 - length)) as usize;
            code += 1;
        }
    }
    codes
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
