//! Whole numbers in digits. The standard library's formatting serves signs, widths and bases, and is ten times as large.

/// A whole number as text.
pub fn digits(number: i64) -> String {
    let mut text = String::new();
    if number < 0 {
        text.push('-');
    }
    write_digits(number.unsigned_abs(), &mut text);
    text
}

/// Writes a number without a sign.
pub fn write_digits(number: u64, into: &mut String) {
    let mut unit = 1;
    while number / unit > 9 {
        unit *= 10;
    }
    while unit > 0 {
        into.push(char::from(b'0' + (number / unit % 10) as u8));
        unit /= 10;
    }
}

/// The number that a text is: digits and nothing else.
pub fn read_digits(text: &str) -> Option<u64> {
    let mut number = 0_u64;
    for byte in text.bytes() {
        let digit = u64::from(byte.wrapping_sub(b'0'));
        // Asked like this, because a checked multiplication is one of 128 bits, for which the wasm calls a function.
        if digit > 9 || number > (u64::MAX - digit) / 10 {
            return None;
        }
        number = number * 10 + digit;
    }
    (!text.is_empty()).then_some(number)
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{digits, read_digits, write_digits};

    proptest::proptest! {
        #[test]
        fn numbers_are_written_as_the_standard_library_writes_them(number: i64, shift in 0_u32..64) {
            proptest::prop_assert_eq!(digits(number >> shift), (number >> shift).to_string());
        }

        #[test]
        fn digits_are_read_as_the_standard_library_reads_them(number: u64, shift in 0_u32..64, more in "[0-9a +-]{0,3}") {
            for text in [(number >> shift).to_string(), format!("{}{more}", number >> shift), more] {
                // A sign is none of the digits.
                let expected = text.parse().ok().filter(|_| !text.starts_with('+'));
                proptest::prop_assert_eq!(read_digits(&text), expected);
            }
        }
    }

    #[test]
    fn the_ends_are_written_too() {
        assert_eq!(
            [0, 9, 10, i64::MIN, i64::MAX].map(digits),
            [0, 9, 10, i64::MIN, i64::MAX].map(|end| end.to_string())
        );
        let mut text = String::new();
        write_digits(u64::MAX, &mut text);
        assert_eq!((text.as_str(), read_digits(&text)), ("18446744073709551615", Some(u64::MAX)));
        assert_eq!((read_digits("18446744073709551616"), read_digits("")), (None, None));
    }
}
