//! Days and moments of the Gregorian calendar, in UTC.
//!
//! A crate for dates would be twice as large in the wasm as these few lines.

/// A day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// Days from the beginning of the year 0 to 1970-01-01.
pub(crate) const EPOCH_DAYS: i64 = 719_528;

/// Milliseconds since 1970 as ISO 8601 in UTC. Moments outside the years 0 to 9999 cannot be written and become the epoch.
pub(crate) fn iso(milliseconds: i64) -> String {
    let mut day = milliseconds.div_euclid(DAY_MS) + EPOCH_DAYS;
    let mut time = milliseconds.rem_euclid(DAY_MS);
    if !(0..days_before(10_000)).contains(&day) {
        (day, time) = (EPOCH_DAYS, 0);
    }
    // 400 years have 146 097 days, so that this is the year or one of the next two.
    let mut year = day * 400 / 146_097 + 1;
    while days_before(year) > day {
        year -= 1;
    }
    day -= days_before(year);
    let mut month = 1;
    for days in month_lengths(year) {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    let mut iso = String::with_capacity(24);
    for (before, number, width) in [
        ("", year, 4),
        ("-", month, 2),
        ("-", day + 1, 2),
        ("T", time / 3_600_000, 2),
        (":", time / 60_000 % 60, 2),
        (":", time / 1000 % 60, 2),
        (".", time % 1000, 3),
    ] {
        iso.push_str(before);
        for place in (0..width).rev() {
            iso.push(char::from(b'0' + (number / 10_i64.pow(place) % 10) as u8));
        }
    }
    // What ends in zeros ends in those of the fraction: before them stands the point.
    iso.truncate(iso.trim_end_matches('0').trim_end_matches('.').len());
    iso.push('Z');
    iso
}

/// Days from the beginning of the year 0 to that of another.
pub(crate) fn days_before(year: i64) -> i64 {
    // The year 0 is a leap year itself.
    let leap_years = (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
    year * 365 + leap_years
}

/// How many days the months of a year have.
pub(crate) fn month_lengths(year: i64) -> [i64; 12] {
    let february = days_before(year + 1) - days_before(year) - 337;
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}
