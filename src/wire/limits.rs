//! How long to leave a server alone, as its headers say.

use std::time::Duration;

use crate::host::Host;
use crate::json::read_digits;
use crate::session::Timestamp;

/// What is left of a connection's hourly budget, from `X-RateLimit-*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Requests in a window.
    pub limit: u64,
    /// Requests left in this window.
    pub remaining: u64,
    /// When the window ends.
    pub resets_at: Timestamp,
}

/// No budget is renewed later than a moment can say, in seconds.
const LATEST: u64 = i64::MAX.unsigned_abs() / 1000;

impl Budget {
    /// Reads the budget; `None` unless all three headers are there and sound.
    pub(super) fn read(header: &dyn Fn(&str) -> Option<u64>) -> Option<Self> {
        Some(Self {
            limit: header("x-ratelimit-limit")?,
            remaining: header("x-ratelimit-remaining")?,
            resets_at: Timestamp(
                header("x-ratelimit-reset").filter(|seconds| *seconds <= LATEST)?.cast_signed() * 1000,
            ),
        })
    }

    /// How long until the window ends, by the clock that is given. A minute when it seems to have ended already, which is what
    /// GitHub asks for where it says nothing else, and at most a window's hour: a clock that says otherwise is wrong.
    pub(super) fn wait(&self, now: Timestamp) -> Duration {
        let wait = self.resets_at.0.saturating_sub(now.0);
        if wait <= 0 {
            return Duration::from_secs(60);
        }
        Duration::from_millis(wait.unsigned_abs()).min(Duration::from_secs(3600))
    }
}

/// A date as HTTP writes it, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7). The two forms that servers have
/// not been allowed to write since 1999 are not read.
pub(super) fn http_date(value: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = value.trim().split(' ').skip(1);
    let mut word = || words.next();
    let (day, month, year, time) = (word()?, word()?, word()?, word()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    (word()? == "GMT").then_some(())?;
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z"))
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds or a date.
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Some(seconds) = read_digits(value) {
        return Some(Duration::from_secs(seconds.min(7 * 24 * 3600)));
    }
    Some(Duration::from_millis(u64::try_from(http_date(value)?.0.saturating_sub(now.0)).unwrap_or(0)))
}

/// How long to wait before another try, after so many: full jitter over an exponential base, so that many tabs do not
/// come back at the same instant. `None` when it has been tried often enough.
pub(super) fn backoff(host: &dyn Host, tries: usize) -> Option<Duration> {
    const CEILINGS_MS: [u64; 3] = [1000, 2000, 4000];
    let ceiling = CEILINGS_MS.get(tries)?;
    let mut bytes = [0; 4];
    host.random(&mut bytes);
    Some(Duration::from_millis(ceiling * u64::from(u32::from_le_bytes(bytes)) / u64::from(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::{Budget, retry_after};
    use crate::session::Timestamp;
    use std::time::Duration;

    #[test]
    fn retry_after_takes_seconds_and_dates() {
        let now = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Thu, 01 Jan 2026 00:01:00 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(retry_after("Wed, 31 Dec 2025 00:00:00 GMT", now), Some(Duration::ZERO));
        for text in
            ["soon", "Thu, 01 Abc 2026 00:00:00 GMT", "Thu, 32 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:00"]
        {
            assert_eq!(retry_after(text, now), None, "{text}");
        }
    }

    #[test]
    fn a_budget_needs_all_of_its_headers() {
        let all = |name: &str| match name {
            "x-ratelimit-limit" => Some(5000),
            "x-ratelimit-remaining" => Some(12),
            "x-ratelimit-reset" => Some(1_767_225_600),
            _ => None,
        };
        assert_eq!(Budget::read(&all).map(|budget| budget.remaining), Some(12));
        assert_eq!(Budget::read(&|name| all(name).filter(|_| name != "x-ratelimit-reset")), None);
    }
}
