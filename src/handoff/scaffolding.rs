//! What tools put around the words of a person.

use super::conversation::Scaffolding;

/// The person's words, trimmed, and what was around them.
pub(super) fn split(text: &str) -> (String, Vec<Scaffolding>) {
    (text.trim().to_owned(), Vec::new())
}
