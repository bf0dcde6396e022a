//! Moments as transcripts count them.

use std::borrow::Cow;

use super::super::tree::Tree;
use crate::calendar;

/// A moment that is a number, as text; what is none is not there.
pub(super) fn tree(number: &Tree<'_>) -> Tree<'static> {
    match number {
        Tree::Number(milliseconds) => iso(*milliseconds).map_or(Tree::Null, |text| Tree::Text(Cow::Owned(text))),
        _ => Tree::Null,
    }
}

/// Milliseconds since 1970 as ISO 8601 in UTC; `None` outside the years 1970 to 9999.
fn iso(milliseconds: f64) -> Option<String> {
    if !(0.0..253_402_300_800_000.0).contains(&milliseconds) {
        return None;
    }
    // Whole seconds are enough.
    Some(calendar::iso((milliseconds / 1000.0) as i64 * 1000))
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
