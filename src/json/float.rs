//! Fractions in decimal digits.
//!
//! The standard library always finds the fewest digits, and takes 14 kB of the wasm for it. Numbers as people and servers
//! write them come out just as short here, others with all the digits that they have.

use super::{digits, write_digits};

/// From here on not every whole number is one that a double can hold.
const TWO_TO_53: f64 = 9_007_199_254_740_992.0;
/// Numbers too long for the machine are kept in pieces of nine digits, the last ones first.
const PIECE: u64 = 1_000_000_000;

/// Writes a finite number, with a fraction also where that is zero. It reads back as what it was.
pub fn write(out: &mut String, number: f64) {
    if number.is_sign_negative() {
        out.push('-');
    }
    let number = number.abs();
    let mut power = 1.0;
    for places in 0..=22 {
        let whole = (number * power).round();
        if whole >= TWO_TO_53 {
            break;
        }
        // Both are exact here, so that whoever reads the digits divides the same numbers.
        if whole / power == number {
            return place(out, &digits(whole as i64), places);
        }
        power *= 10.0;
    }
    write_whole(out, number);
}

/// Writes all digits of a number that is not negative.
fn write_whole(out: &mut String, number: f64) {
    let bits = number.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), bits >> 52);
    let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
    // The number is that much times a power of two: times one of five, divided by one of ten, where that is negative.
    let power = exponent.max(1).cast_signed() - 1075;
    let needless = if power < 0 { mantissa.trailing_zeros().min(power.unsigned_abs() as u32) } else { 0 };
    let mantissa = mantissa >> needless;
    let power = power + i64::from(needless);
    let mut pieces = vec![mantissa % PIECE, mantissa / PIECE];
    let base: u64 = if power < 0 { 5 } else { 2 };
    let mut left = power.unsigned_abs() as u32;
    while left > 0 {
        // As much at a time as a piece can be multiplied with.
        let step = left.min(13);
        left -= step;
        let mut carried = 0;
        for piece in &mut pieces {
            let product = *piece * base.pow(step) + carried;
            *piece = product % PIECE;
            carried = product / PIECE;
        }
        while carried > 0 {
            pieces.push(carried % PIECE);
            carried /= PIECE;
        }
    }
    let mut written = String::new();
    for piece in pieces.iter().rev() {
        // Nine digits each: a one before them keeps their zeros.
        let mut nine = String::new();
        write_digits(PIECE + piece, &mut nine);
        written.push_str(nine.get(1..).unwrap_or_default());
    }
    place(out, written.trim_start_matches('0'), if power < 0 { power.unsigned_abs() as usize } else { 0 });
}

/// Writes digits, so many of them behind the point.
fn place(out: &mut String, digits: &str, places: usize) {
    let (before, behind) = digits.split_at_checked(digits.len().saturating_sub(places)).unwrap_or_default();
    out.push_str(if before.is_empty() { "0" } else { before });
    out.push('.');
    for _ in behind.len()..places.max(1) {
        out.push('0');
    }
    out.push_str(behind);
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::write;

    fn written(number: f64) -> String {
        let mut text = String::new();
        write(&mut text, number);
        text
    }

    #[test]
    fn common_numbers_are_short() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.1, "0.1"),
            (0.007, "0.007"),
            (23.8, "23.8"),
            (123_456.789, "123456.789"),
            (1e-7, "0.0000001"),
            (9_007_199_254_740_993.0, "9007199254740992.0"),
            (1e22, "10000000000000000000000.0"),
        ] {
            assert_eq!(written(number), text);
        }
    }

    #[test]
    fn the_ends_of_what_there_is_read_back() {
        for number in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::from_bits(1), f64::EPSILON] {
            assert_eq!(written(number).parse(), Ok(number));
        }
    }

    proptest! {
        #[test]
        fn every_number_reads_back(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
            prop_assert_eq!(written(number).parse::<f64>(), Ok(number));
        }

        #[test]
        fn a_few_decimals_are_written_as_the_standard_library_does(digits in 0..1_000_000_000_000_u64, places in 1..7) {
            let number = digits as f64 / 10_f64.powi(places);
            let expected = number.to_string();
            let expected = if number.fract() == 0.0 { expected + ".0" } else { expected };
            prop_assert_eq!(written(number), expected);
        }
    }
}
