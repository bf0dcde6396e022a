//! Moments as transcripts count them.

/// Milliseconds since 1970 as ISO 8601 in UTC; `None` outside the years 1970 to 9999.
pub(super) fn iso(milliseconds: f64) -> Option<String> {
    if !(0.0..253_402_300_800_000.0).contains(&milliseconds) {
        return None;
    }
    let seconds = (milliseconds / 1000.0) as u64;
    let (mut day, second) = (seconds / 86_400, seconds % 86_400);
    // Whole cycles of 400 years first, so that no loop is long.
    let mut year = 1970 + 400 * (day / 146_097);
    day %= 146_097;
    loop {
        let length = 365 + u64::from(is_leap(year));
        if day < length {
            break;
        }
        (day, year) = (day - length, year + 1);
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        (day, month) = (day - length, month + 1);
    }
    let mut text = String::with_capacity(20);
    for (number, width, sign) in [
        (year, 1000, '-'),
        (month, 10, '-'),
        (day + 1, 10, 'T'),
        (second / 3600, 10, ':'),
        (second / 60 % 60, 10, ':'),
        (second % 60, 10, 'Z'),
    ] {
        let mut place = width;
        while place > 0 {
            text.push(char::from(b'0' + (number / place % 10) as u8));
            place /= 10;
        }
        text.push(sign);
    }
    Some(text)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use proptest::prelude::*;
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    use super::iso;

    #[test]
    fn what_is_no_moment_has_no_text() {
        for number in [-1.0, f64::NAN, f64::INFINITY, 253_402_300_800_000.0] {
            assert_eq!(iso(number), None);
        }
    }

    proptest! {
        #[test]
        fn a_moment_is_written_as_time_writes_it(seconds in 0_i64..253_402_300_800) {
            let expected = OffsetDateTime::from_unix_timestamp(seconds).unwrap().format(&Rfc3339).unwrap();
            prop_assert_eq!(iso(seconds as f64 * 1000.0 + 999.0).unwrap(), expected);
        }
    }
}
