//! Secrets that a commit brings. What the repository holds already is no news in it.

use super::super::clean::cleaned;
use super::super::secrets::{Choices, Masked, Masks};
use super::{PushedContent, PushedFile, PushedSecret, from_base64};

/// Looks through a file that comes into the tree, and through its name where that is new. `old` is what it was made from.
///
/// The texts are read whole: what makes a line a secret may stand in another, such as the beginning of a key.
pub(super) fn find(file: &PushedFile, is_new: bool, old: &[u8], also: &[String], found: &mut Vec<PushedSecret>) {
    if is_new {
        look(&file.path, "", &file.path, also, found);
    }
    match &file.content {
        PushedContent::Text(new) => look(&file.path, &String::from_utf8_lossy(old), new, also, found),
        // Keys lie in binary files too.
        PushedContent::Bytes(bytes) => {
            let new = from_base64(bytes).unwrap_or_default();
            look(&file.path, "", &String::from_utf8_lossy(&new), also, found);
        }
        PushedContent::Object(_) | PushedContent::Gone => {}
    }
}

/// Adds the secrets that a text has and the old one has not.
pub(super) fn look(path: &str, old: &str, new: &str, also: &[String], found: &mut Vec<PushedSecret>) {
    let mut news = Vec::new();
    added(old, new, also, &mut news);
    // What colours part, or the empty bytes of UTF-16, is whole for whoever opens the file.
    if let Some(new) = cleaned(new, false) {
        added(cleaned(old, false).as_deref().unwrap_or(old), &new, also, &mut news);
    }
    if news.is_empty() {
        return;
    }
    // Names may hold secrets too, and what is told of them must not.
    let mut masks = Masks::new(also, Choices::default());
    masks.learn(path);
    masks.settle(&[]);
    let path = masks.mask(path, false).unwrap_or_else(|| path.to_owned());
    for Masked { kind, count, .. } in news {
        found.push(PushedSecret { path: path.clone(), kind, count });
    }
}

/// Counts by kind the secrets that are in more places of the new text than of the old one. Another look at the same text may
/// only find more.
fn added(old: &str, new: &str, also: &[String], news: &mut Vec<Masked>) {
    let mut masks = Masks::new(also, Choices::default());
    masks.learn(old);
    masks.learn(new);
    masks.settle(&[]);
    masks.mask(old, false);
    let before = masks.list();
    masks.mask(new, false);
    let mut before = before.iter().peekable();
    let mut kinds: Vec<Masked> = Vec::new();
    for mut masked in masks.list() {
        // What was counted in the old text is counted on, in the same order.
        let held = before.next_if(|held| held.placeholder == masked.placeholder).map_or(0, |held| held.count);
        masked.count = masked.count.saturating_sub(2 * held);
        if masked.count > 0 {
            match kinds.iter_mut().find(|known| known.kind == masked.kind) {
                Some(known) => known.count += masked.count,
                None => kinds.push(masked),
            }
        }
    }
    for masked in kinds {
        match news.iter_mut().find(|known| known.kind == masked.kind) {
            Some(known) => known.count = known.count.max(masked.count),
            None => news.push(masked),
        }
    }
}
