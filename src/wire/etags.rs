//! Replies kept for conditional requests: a server that answers 304 has said the same thing again for free.

use std::rc::Rc;

/// How many replies are kept. A connection asks the same few URLs over and over.
const ENTRIES: usize = 64;
/// Larger bodies are cheaper to fetch again than to hold.
const LARGEST: usize = 1 << 20;

/// Bodies by URL, with the tag under which the server knows them. What was used last stands last.
#[derive(Debug, Default)]
pub(super) struct Etags(Vec<Rc<Kept>>);

/// A reply that a 304 stands for.
#[derive(Debug)]
pub(super) struct Kept {
    url: String,
    pub(super) tag: String,
    pub(super) body: Rc<[u8]>,
    pub(super) link: Option<String>,
}

impl Etags {
    /// What is known of a URL. Whoever asks under its tag holds on to it: it may be let go before the 304 comes.
    pub(super) fn recall(&mut self, url: &str) -> Option<Rc<Kept>> {
        let kept = self.take(url)?;
        self.0.push(kept.clone());
        Some(kept)
    }

    pub(super) fn keep(&mut self, url: &str, tag: &str, body: &Rc<[u8]>, link: Option<String>) {
        self.take(url);
        if body.len() > LARGEST {
            return;
        }
        if self.0.len() >= ENTRIES {
            self.0.remove(0);
        }
        self.0.push(Rc::new(Kept { url: url.to_owned(), tag: tag.to_owned(), body: body.clone(), link }));
    }

    pub(super) fn forget(&mut self, url: &str) {
        self.take(url);
    }

    fn take(&mut self, url: &str) -> Option<Rc<Kept>> {
        let at = self.0.iter().position(|kept| kept.url == url)?;
        Some(self.0.remove(at))
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
            etags.keep(&format!("u{number}"), "t", &body, None);
        }
        assert_eq!(etags.0.len(), ENTRIES);
        assert!(etags.recall("u0").is_none());
        assert!(etags.recall(&format!("u{ENTRIES}")).is_some());
    }

    #[test]
    fn a_large_body_is_not_kept() {
        let mut etags = Etags::default();
        etags.keep("u", "t", &Rc::from(vec![0; LARGEST + 1]), None);
        assert!(etags.recall("u").is_none());
    }
}
