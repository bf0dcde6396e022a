//! A moment, kept in milliseconds and written as ISO 8601 in UTC.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::json::text;

/// Milliseconds since 1970-01-01T00:00:00Z. As JSON it is an ISO 8601 string in UTC, such as `2026-01-31T09:30:00Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads RFC 3339 with any offset. `None` for anything else, so that one bad date costs that field only.
    pub fn parse(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
        Some(Self(moment.unix_timestamp() * 1000 + i64::from(moment.millisecond())))
    }

    /// Reads a field of a JSON object.
    pub fn field(object: &Value, name: &str) -> Option<Self> {
        Self::parse(text(object, name)?)
    }

    /// ISO 8601 in UTC. Moments outside the years 0 to 9999 cannot be written and become the epoch.
    pub fn to_iso(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1000))
            .ok()
            .and_then(|moment| moment.replace_millisecond(u16::try_from(self.0.rem_euclid(1000)).ok()?).ok())
            .and_then(|moment| moment.format(&Rfc3339).ok())
            .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
    }

    /// This moment, `milliseconds` later (earlier when negative).
    pub fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn reads_offsets_and_fractions_and_writes_utc() {
        let moment = Timestamp::parse("2026-03-01T10:00:00.250+02:00").unwrap();
        assert_eq!(moment.to_iso(), "2026-03-01T08:00:00.25Z");
        assert_eq!(Timestamp::parse(&moment.to_iso()), Some(moment));
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
