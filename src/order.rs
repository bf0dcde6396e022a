//! Sorting, once for everything: each type that the standard library sorts costs the wasm several kilobytes.

use std::cmp::Ordering;

/// The items in ascending order; equal ones stay in the order they had.
pub(crate) fn sorted<T: Copy>(items: &[T], compare: &dyn Fn(T, T) -> Ordering) -> Vec<T> {
    let order = order(items.len(), &|a, b| compare(items[a], items[b]));
    order.into_iter().map(|place| items[place]).collect()
}

/// The places `0..len` in the order that `compare` gives them: a stable merge sort from below.
fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..len).collect();
    let mut width = 1;
    while width < len {
        let mut merged = Vec::with_capacity(len);
        for pair in places.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let (Some(a), Some(b)) = (left.first(), right.first()) {
                let (first, side) = match compare(*b, *a) {
                    Ordering::Less => (*b, &mut right),
                    _ => (*a, &mut left),
                };
                merged.push(first);
                *side = &side[1..];
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        places = merged;
        width *= 2;
    }
    places
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::sorted;

    proptest::proptest! {
        #[test]
        fn sorts_like_the_standard_library(items in proptest::collection::vec((0..20_u8, 0..200_u8), 0..90)) {
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            proptest::prop_assert_eq!(sorted(&items, &|a, b| a.0.cmp(&b.0)), expected);
        }
    }
}
