//! A moment, kept in milliseconds and written as ISO 8601 in UTC.

use serde_json::Value;

use crate::calendar::{self, DAY_MS, EPOCH_DAYS, days_before, month_lengths};
use crate::json::text;

/// Milliseconds since 1970-01-01T00:00:00Z. As JSON it is an ISO 8601 string in UTC, such as `2026-01-31T09:30:00Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads RFC 3339 with any offset. `None` for anything else, so that one bad date costs that field only.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = Rest(text.trim().as_bytes());
        let year = rest.number(4, 9999)?;
        rest.one_of(b"-")?;
        let month = rest.number(2, 12)?;
        rest.one_of(b"-")?;
        let day = rest.number(2, 31)?;
        rest.one_of(b"Tt ")?;
        let hours = rest.number(2, 23)?;
        rest.one_of(b":")?;
        let minutes = rest.number(2, 59)?;
        rest.one_of(b":")?;
        // A leap second is as good as the second after it.
        let seconds = rest.number(2, 60)?;
        let milliseconds = rest.fraction()?;
        let offset = match rest.one_of(b"Zz+-")? {
            b'+' => rest.offset()?,
            b'-' => -rest.offset()?,
            _ => 0,
        };
        let in_month = month_lengths(year).get(usize::try_from(month).ok()?.checked_sub(1)?).copied()?;
        if day == 0 || day > in_month || !rest.0.is_empty() {
            return None;
        }
        let days_of_months: i64 = month_lengths(year).iter().zip(1..month).map(|(days, _)| days).sum();
        let days = days_before(year) + days_of_months + day - 1 - EPOCH_DAYS;
        Some(Self(days * DAY_MS + ((hours * 60 + minutes - offset) * 60 + seconds) * 1000 + milliseconds))
    }

    /// Reads a field of a JSON object.
    pub fn field(object: &Value, name: &str) -> Option<Self> {
        Self::parse(text(object, name)?)
    }

    /// ISO 8601 in UTC. Moments outside the years 0 to 9999 cannot be written and become the epoch.
    pub fn to_iso(self) -> String {
        calendar::iso(self.0)
    }

    /// This moment, `milliseconds` later (earlier when negative).
    pub fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        bytes.contains(first).then_some(*first)
    }

    /// A number of so many digits.
    fn number(&mut self, width: usize, highest: i64) -> Option<i64> {
        let mut number = 0;
        for _ in 0..width {
            number = number * 10 + i64::from(self.one_of(b"0123456789")? - b'0');
        }
        (number <= highest).then_some(number)
    }

    /// The milliseconds of a fraction of a second, if there is one. Further digits are cut off.
    fn fraction(&mut self) -> Option<i64> {
        if self.0.first() != Some(&b'.') {
            return Some(0);
        }
        self.0 = &self.0[1..];
        let (mut milliseconds, mut unit) = (self.number(1, 9)? * 100, 10);
        while self.0.first().is_some_and(u8::is_ascii_digit) {
            milliseconds += self.number(1, 9)? * unit;
            unit /= 10;
        }
        Some(milliseconds)
    }

    /// Minutes.
    fn offset(&mut self) -> Option<i64> {
        let hours = self.number(2, 23)?;
        self.one_of(b":")?;
        Some(hours * 60 + self.number(2, 59)?)
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use proptest::prelude::*;
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    use super::Timestamp;

    /// The milliseconds of 0000-01-01T00:00:00Z, and of the last moment of the year 9999.
    const WRITABLE: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

    fn by_time_crate(text: &str) -> Option<Timestamp> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        Some(Timestamp(moment.unix_timestamp() * 1000 + i64::from(moment.millisecond())))
    }

    #[test]
    fn reads_offsets_and_fractions_and_writes_utc() {
        let moment = Timestamp::parse("2026-03-01T10:00:00.250+02:00").unwrap();
        assert_eq!(moment.to_iso(), "2026-03-01T08:00:00.25Z");
        assert_eq!(Timestamp::parse(&moment.to_iso()), Some(moment));
        assert_eq!(Timestamp::parse(" 2000-02-29t23:59:60z\n"), Timestamp::parse("2000-03-01T00:00:00Z"));
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01",
            "2026-02-29T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00Zulu",
            "2026-01-01T00:00:00+2:00",
            "+2026-01-01T00:00:00Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_the_epoch() {
        for moment in [i64::MIN, *WRITABLE.start() - 1, *WRITABLE.end() + 1, i64::MAX] {
            assert_eq!(Timestamp(moment).to_iso(), "1970-01-01T00:00:00Z");
        }
        assert_eq!(Timestamp(*WRITABLE.start()).to_iso(), "0000-01-01T00:00:00Z");
        assert_eq!(Timestamp(*WRITABLE.end()).to_iso(), "9999-12-31T23:59:59.999Z");
    }

    proptest! {
        #[test]
        fn a_moment_is_written_as_the_time_crate_writes_it(moment in WRITABLE, whole in any::<bool>()) {
            let moment = if whole { moment.div_euclid(1000) * 1000 } else { moment };
            let expected = OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment) * 1_000_000).unwrap();
            let written = Timestamp(moment).to_iso();
            prop_assert_eq!(&written, &expected.format(&Rfc3339).unwrap());
            prop_assert_eq!(Timestamp::parse(&written), Some(Timestamp(moment)));
        }

        #[test]
        fn dates_are_read_as_the_time_crate_reads_them(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt][0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|z|[+-][0-2][0-9]:[0-5][0-9])",
        ) {
            prop_assert_eq!(Timestamp::parse(&text), by_time_crate(&text));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = Timestamp::parse(&text);
        }
    }
}
