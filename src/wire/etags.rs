//! Replies kept for conditional requests: a server that answers 304 has said the same thing again for free.

use std::collections::HashMap;
use std::rc::Rc;

/// How many replies are kept. A connection asks the same few URLs over and over.
const ENTRIES: usize = 64;
/// Larger bodies are cheaper to fetch again than to hold.
const LARGEST: usize = 1 << 20;

/// Bodies by URL, with the tag under which the server knows them.
#[derive(Debug, Default)]
pub(super) struct Etags {
    by_url: HashMap<String, Kept>,
    clock: u64,
}

/// A reply that a 304 stands for.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) tag: String,
    pub(super) body: Rc<[u8]>,
    pub(super) link: Option<String>,
    used: u64,
}

impl Etags {
    /// What is known of a URL. Whoever asks under its tag holds on to it: it may be let go before the 304 comes.
    pub(super) fn recall(&mut self, url: &str) -> Option<Kept> {
        self.clock += 1;
        let kept = self.by_url.get_mut(url)?;
        kept.used = self.clock;
        Some(kept.clone())
    }

    pub(super) fn keep(&mut self, url: &str, tag: String, body: &Rc<[u8]>, link: Option<String>) {
        if body.len() > LARGEST {
            self.by_url.remove(url);
            return;
        }
        self.clock += 1;
        if self.by_url.len() >= ENTRIES && !self.by_url.contains_key(url) {
            let oldest = self.by_url.iter().min_by_key(|(_, kept)| kept.used).map(|(url, _)| url.clone());
            if let Some(oldest) = oldest {
                self.by_url.remove(&oldest);
            }
        }
        self.by_url.insert(url.to_owned(), Kept { tag, body: body.clone(), link, used: self.clock });
    }

    pub(super) fn forget(&mut self, url: &str) {
        self.by_url.remove(url);
    }
}

#[cfg(test)]
mod tests {
    use super::{ENTRIES, Etags, LARGEST};
    use std::rc::Rc;

    #[test]
    fn holds_a_bounded_number_and_lets_the_oldest_go() {
        let mut etags = Etags::default();
        let body: Rc<[u8]> = Rc::from(&b"x"[..]);
        for number in 0..=ENTRIES {
            etags.keep(&format!("u{number}"), "t".into(), &body, None);
        }
        assert_eq!(etags.by_url.len(), ENTRIES);
        assert!(etags.recall("u0").is_none());
        assert!(etags.recall(&format!("u{ENTRIES}")).is_some());
    }

    #[test]
    fn a_large_body_is_not_kept() {
        let mut etags = Etags::default();
        etags.keep("u", "t".into(), &Rc::from(vec![0; LARGEST + 1]), None);
        assert!(etags.recall("u").is_none());
    }
}
