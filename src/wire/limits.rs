//! How long to leave a server alone, as its headers say.

use std::rc::Rc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::host::Host;
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

impl Budget {
    /// Reads the budget; `None` unless all three headers are there and sound.
    pub(super) fn read(header: impl Fn(&str) -> Option<u64>) -> Option<Self> {
        Some(Self {
            limit: header("x-ratelimit-limit")?,
            remaining: header("x-ratelimit-remaining")?,
            resets_at: Timestamp(i64::try_from(header("x-ratelimit-reset")?).ok()?.checked_mul(1000)?),
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

/// A date as HTTP writes it.
pub(super) fn http_date(value: &str) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(value.trim()).ok()?;
    i64::try_from(date.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis()).ok().map(Timestamp)
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds or a date.
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds.min(7 * 24 * 3600)));
    }
    Some(Duration::from_millis(u64::try_from(http_date(value)?.0.saturating_sub(now.0)).unwrap_or(0)))
}

/// How long to wait before each retry, and how often at most: full jitter over an exponential base, so that many tabs do
/// not come back at the same instant.
pub(super) fn backoff(host: Rc<dyn Host>) -> impl Iterator<Item = Duration> {
    let ceilings = ExponentialBuilder::default()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(Duration::from_secs(8))
        .with_max_times(3)
        .build();
    ceilings.map(move |ceiling| {
        let mut bytes = [0; 4];
        host.random(&mut bytes);
        ceiling.mul_f64(f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
    })
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
        assert_eq!(retry_after("soon", now), None);
    }

    #[test]
    fn a_budget_needs_all_of_its_headers() {
        let all = |name: &str| match name {
            "x-ratelimit-limit" => Some(5000),
            "x-ratelimit-remaining" => Some(12),
            "x-ratelimit-reset" => Some(1_767_225_600),
            _ => None,
        };
        assert_eq!(Budget::read(all).map(|budget| budget.remaining), Some(12));
        assert_eq!(Budget::read(|name| all(name).filter(|_| name != "x-ratelimit-reset")), None);
    }
}
