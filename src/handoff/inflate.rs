//! Unpacking as RFC 1951 has it, for links and for git's binary contents. The crates that do it bring four times as much.

/// Why something cannot be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It was cut off, or never packed like this.
    Damaged,
    /// There is more in it than was asked for.
    TooLarge,
}

/// The order in which the lengths of the codes of lengths are written (section 3.2.7).
pub(super) const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/// Codes of so many bits are looked up, longer ones, which are rare, searched for.
const QUICK: u32 = 10;

/// Unpacks bytes, as many as `most`.
pub(super) fn inflate(packed: &[u8], most: usize) -> Result<Vec<u8>, Broken> {
    Packed { bytes: packed, at: 0, waiting: 0, count: 0 }.blocks(most)
}

/// Unpacks what has a header and a checksum around it (RFC 1950).
pub(super) fn inflate_zlib(packed: &[u8], most: usize) -> Result<Vec<u8>, Broken> {
    let header = packed.first_chunk().map_or(0, |header| u16::from_be_bytes(*header));
    // Deflated, within the window that there is, and without a dictionary.
    if header % 31 != 0 || header >> 8 & 15 != 8 || header >> 12 > 7 || header & 32 != 0 {
        return Err(Broken::Damaged);
    }
    let mut packed = Packed { bytes: packed, at: 2, waiting: 0, count: 0 };
    let bytes = packed.blocks(most)?;
    packed.take(packed.count % 8)?;
    let mut said = 0;
    for _ in 0..4 {
        said = said << 8 | packed.take(8)?;
    }
    let (mut low, mut high) = (1, 0);
    for byte in &bytes {
        low = (low + usize::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    if said == high << 16 | low { Ok(bytes) } else { Err(Broken::Damaged) }
}

/// The codes to their lengths (section 3.2.2), their bits turned round as they are written.
pub(super) fn codes(lengths: &[u32]) -> Vec<usize> {
    let mut codes = vec![0; lengths.len()];
    let mut code = 0_u32;
    for length in 1..16 {
        code <<= 1;
        for (own, place) in lengths.iter().zip(&mut codes) {
            if *own == length {
                *place = (code.reverse_bits() >> (32 - length)) as usize;
                code += 1;
            }
        }
    }
    codes
}

/// How symbols are told by the bits that come next.
struct Code {
    /// By the next [`QUICK`] bits: the symbol, and in the last four bits how long its code is; 0 where it is longer.
    quick: Vec<u16>,
    /// The longer ones: code, length and symbol.
    long: Vec<(usize, u32, usize)>,
}

impl Code {
    fn new(lengths: &[u32]) -> Result<Self, Broken> {
        let mut code = Self { quick: vec![0; 1 << QUICK], long: Vec::new() };
        let (mut used, mut symbols) = (0, 0);
        for (symbol, (bits, &length)) in codes(lengths).into_iter().zip(lengths).enumerate() {
            if length > 0 {
                used += 1 << 15 >> length;
                symbols += 1;
            }
            if length > QUICK {
                code.long.push((bits, length, symbol));
            } else if length > 0 {
                for place in code.quick.iter_mut().skip(bits).step_by(1 << length) {
                    *place = (symbol << 4) as u16 | length as u16;
                }
            }
        }
        // All bits mean something, but where there is a single symbol.
        if used == 1 << 15 || used < 1 << 15 && symbols < 2 { Ok(code) } else { Err(Broken::Damaged) }
    }
}

/// What is still to be unpacked.
struct Packed<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bits of bytes before `at` that were not taken yet, and how many.
    waiting: u64,
    count: u32,
}

impl Packed<'_> {
    /// Behind the end there are zeros, so that the last code can be looked up; they must not be taken.
    fn ahead(&mut self) -> usize {
        while self.count < 32 {
            self.waiting |= u64::from(self.bytes.get(self.at).copied().unwrap_or(0)) << self.count;
            self.count += 8;
            self.at += 1;
        }
        self.waiting as usize
    }

    fn take(&mut self, count: u32) -> Result<usize, Broken> {
        let bits = self.ahead() & ((1 << count) - 1);
        self.waiting >>= count;
        self.count -= count;
        if self.at > self.bytes.len() + self.count as usize / 8 { Err(Broken::Damaged) } else { Ok(bits) }
    }

    fn symbol(&mut self, code: &Code) -> Result<usize, Broken> {
        let ahead = self.ahead();
        let quick = usize::from(code.quick[ahead & ((1 << QUICK) - 1)]);
        let (mut length, mut symbol) = (quick as u32 & 15, quick >> 4);
        if quick == 0 {
            let known = code.long.iter().find(|(bits, length, _)| ahead & ((1 << length) - 1) == *bits);
            (_, length, symbol) = *known.ok_or(Broken::Damaged)?;
        }
        self.take(length)?;
        Ok(symbol)
    }

    fn blocks(&mut self, most: usize) -> Result<Vec<u8>, Broken> {
        let mut out = Vec::new();
        loop {
            let is_last = self.take(1)? == 1;
            match self.take(2)? {
                0 => self.stored(&mut out, most)?,
                1 => {
                    let mut lengths = vec![8; 288];
                    lengths[144..256].fill(9);
                    lengths[256..280].fill(7);
                    self.coded(&Code::new(&lengths)?, &Code::new(&[5; 32])?, &mut out, most)?;
                }
                2 => {
                    let (code, distances) = self.head()?;
                    self.coded(&code, &distances, &mut out, most)?;
                }
                _ => return Err(Broken::Damaged),
            }
            if is_last {
                return Ok(out);
            }
        }
    }

    /// A block that is not packed.
    fn stored(&mut self, out: &mut Vec<u8>, most: usize) -> Result<(), Broken> {
        self.take(self.count % 8)?;
        let length = self.take(16)?;
        if self.take(16)? != length ^ 0xFFFF {
            return Err(Broken::Damaged);
        }
        for _ in 0..length {
            put(out, self.take(8)? as u8, most)?;
        }
        Ok(())
    }

    /// The codes of a block that has its own.
    fn head(&mut self) -> Result<(Code, Code), Broken> {
        let (symbols, distances, written) = (self.take(5)? + 257, self.take(5)? + 1, self.take(4)? + 4);
        let mut lengths = vec![0; ORDER.len()];
        for place in ORDER.into_iter().take(written) {
            lengths[place] = self.take(3)? as u32;
        }
        let own = Code::new(&lengths)?;
        lengths.clear();
        while lengths.len() < symbols + distances {
            let (length, times) = match self.symbol(&own)? {
                16 => (*lengths.last().ok_or(Broken::Damaged)?, 3 + self.take(2)?),
                17 => (0, 3 + self.take(3)?),
                18 => (0, 11 + self.take(7)?),
                length => (length as u32, 1),
            };
            lengths.resize(lengths.len() + times, length);
        }
        if symbols > 286 || lengths.len() > symbols + distances {
            return Err(Broken::Damaged);
        }
        let (lengths, distances) = lengths.split_at(symbols);
        Ok((Code::new(lengths)?, Code::new(distances)?))
    }

    /// The symbols of a block (section 3.2.5).
    fn coded(&mut self, code: &Code, distances: &Code, out: &mut Vec<u8>, most: usize) -> Result<(), Broken> {
        loop {
            let symbol = self.symbol(code)?;
            let length = match symbol {
                0..256 => {
                    put(out, symbol as u8, most)?;
                    continue;
                }
                256 => return Ok(()),
                257..265 => symbol - 254,
                265..285 => {
                    let extra = (symbol - 261) / 4;
                    3 + ((4 + (symbol - 261) % 4) << extra) + self.take(extra as u32)?
                }
                285 => 258,
                _ => return Err(Broken::Damaged),
            };
            let back = match self.symbol(distances)? {
                symbol @ 0..4 => symbol + 1,
                symbol @ 4..30 => {
                    let extra = symbol / 2 - 1;
                    1 + ((2 + symbol % 2) << extra) + self.take(extra as u32)?
                }
                _ => return Err(Broken::Damaged),
            };
            let start = out.len().checked_sub(back).ok_or(Broken::Damaged)?;
            for at in start..start + length {
                put(out, out[at], most)?;
            }
        }
    }
}

fn put(out: &mut Vec<u8>, byte: u8, most: usize) -> Result<(), Broken> {
    if out.len() == most {
        return Err(Broken::TooLarge);
    }
    out.push(byte);
    Ok(())
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
    use miniz_oxide::inflate::{decompress_to_vec, decompress_to_vec_zlib};
    use proptest::prelude::*;

    use super::{Broken, inflate, inflate_zlib};

    /// Text, noise and long repetitions, so that there are blocks of every sort.
    fn sample() -> Vec<u8> {
        let mut bytes = include_bytes!("inflate.rs").repeat(3);
        let mut state = 7_u32;
        for _ in 0..100_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.push((state >> 24) as u8);
        }
        bytes.resize(bytes.len() + 1000, b'a');
        bytes
    }

    #[test]
    fn what_others_packed_comes_back() {
        for bytes in [&sample()[..], b"", b"a", &[0; 70_000]] {
            for level in 0..=10 {
                let packed = compress_to_vec(bytes, level);
                assert_eq!(inflate(&packed, bytes.len()).as_deref(), Ok(bytes));
                if !bytes.is_empty() {
                    assert_eq!(inflate(&packed, bytes.len() - 1), Err(Broken::TooLarge));
                }
                assert_eq!(inflate_zlib(&compress_to_vec_zlib(bytes, level), bytes.len()).as_deref(), Ok(bytes));
            }
        }
    }

    #[test]
    fn what_was_cut_off_is_damaged() {
        let packed = compress_to_vec_zlib(&sample()[..9000], 6);
        for end in 0..packed.len() {
            assert_eq!(inflate_zlib(&packed[..end], 1 << 20), Err(Broken::Damaged), "{end} of {}", packed.len());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_unpacked_as_elsewhere(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(unpacked) = inflate(&bytes, 1 << 20) {
                prop_assert_eq!(decompress_to_vec(&bytes).ok(), Some(unpacked));
            } else {
                prop_assert!(decompress_to_vec(&bytes).is_err());
            }
        }

        #[test]
        fn damage_is_told_as_elsewhere(at in any::<proptest::sample::Index>(), byte: u8, zlib: bool) {
            let text = &include_bytes!("inflate.rs")[..3000];
            let mut packed = if zlib { compress_to_vec_zlib(text, 6) } else { compress_to_vec(text, 6) };
            let at = at.index(packed.len());
            packed[at] = byte;
            let (ours, theirs) = match zlib {
                true => (inflate_zlib(&packed, 1 << 20).ok(), decompress_to_vec_zlib(&packed).ok()),
                false => (inflate(&packed, 1 << 20).ok(), decompress_to_vec(&packed).ok()),
            };
            prop_assert_eq!(ours, theirs);
        }
    }
}
