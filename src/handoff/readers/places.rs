//! Where something is, by its id.
//!
//! A transcript may have a hundred thousand ids. They lie in order on pages, so that a new one moves those of its page only;
//! the standard library's trees cost the wasm five kilobytes for each type of value.

use std::cmp::Ordering;
use std::collections::VecDeque;

/// As many ids a page holds.
const PAGE: usize = 256;

/// Two numbers, such as those of a turn and of a part in it, by id.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// None is empty.
    pages: Vec<Vec<(String, [usize; 2])>>,
}

impl Places {
    /// The page on which an id is or belongs, and where on it.
    fn find(&self, id: &str) -> (usize, Result<usize, usize>) {
        let after = search(self.pages.len(), &|at| self.pages[at][0].0.as_str().cmp(id));
        let page = after.unwrap_or_else(|after| after.saturating_sub(1));
        let ids = self.pages.get(page).map(Vec::as_slice).unwrap_or_default();
        (page, search(ids.len(), &|at| ids[at].0.as_str().cmp(id)))
    }

    /// What is known of an id.
    pub(super) fn get(&self, id: &str) -> Option<[usize; 2]> {
        let (page, place) = self.find(id);
        let at = place.ok()?;
        Some(self.pages[page][at].1)
    }

    /// Sets what is known of an id. An empty one is none.
    pub(super) fn set(&mut self, id: &str, value: [usize; 2]) {
        if id.is_empty() {
            return;
        }
        let (page, place) = self.find(id);
        if self.pages.is_empty() {
            self.pages.push(Vec::new());
        }
        let ids = &mut self.pages[page];
        match place {
            Ok(at) => ids[at].1 = value,
            Err(at) => ids.insert(at, (id.to_owned(), value)),
        }
        if ids.len() > PAGE {
            let below = ids.split_off(PAGE / 2);
            self.pages.insert(page + 1, below);
        }
    }
}

/// A binary search: where something is, or where it belongs.
fn search(len: usize, compare: &dyn Fn(usize) -> Ordering) -> Result<usize, usize> {
    let (mut from, mut to) = (0, len);
    while from < to {
        let middle = usize::midpoint(from, to);
        match compare(middle) {
            Ordering::Less => from = middle + 1,
            Ordering::Equal => return Ok(middle),
            Ordering::Greater => to = middle,
        }
    }
    Err(from)
}

/// Texts that wait for their turn, in a queue for each name.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    queues: Vec<VecDeque<String>>,
    at: Places,
}

impl Waiting {
    /// Adds a text to the queue of a name.
    pub(super) fn add(&mut self, name: &str, text: &str) {
        let [at, _] = self.at.get(name).unwrap_or([self.queues.len(), 0]);
        if at == self.queues.len() {
            self.at.set(name, [at, 0]);
            self.queues.push(VecDeque::new());
        }
        self.queues[at].push_back(text.to_owned());
    }

    /// Takes the first text of that name.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let [at, _] = self.at.get(name)?;
        self.queues[at].pop_front()
    }

    /// Takes the first text of that name, and gives up the others.
    pub(super) fn end(&mut self, name: &str) -> Option<String> {
        let [at, _] = self.at.get(name)?;
        std::mem::take(&mut self.queues[at]).pop_front()
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Places, Waiting};

    proptest! {
        #[test]
        fn what_was_set_last_is_found(ids in proptest::collection::vec("[a-c]{1,9}", 0..3000)) {
            let (mut places, mut expected) = (Places::default(), BTreeMap::new());
            for (at, id) in ids.iter().enumerate() {
                places.set(id, [at, 1]);
                expected.insert(id, [at, 1]);
            }
            for id in &ids {
                prop_assert_eq!(places.get(id), expected.get(id).copied());
            }
            prop_assert_eq!(places.get("d"), None);
            prop_assert_eq!(places.pages.iter().map(Vec::len).sum::<usize>(), expected.len());
        }
    }

    #[test]
    fn who_waits_longest_comes_first() {
        let mut waiting = Waiting::default();
        for (name, text) in [("a", "1"), ("b", "2"), ("a", "3")] {
            waiting.add(name, text);
        }
        assert_eq!(
            ["a", "a", "a", "c"].map(|name| waiting.take(name)),
            [Some("1".into()), Some("3".into()), None, None]
        );
    }
}
