//! Finding words in texts. The standard library's search is made for long ones, and as large.

/// Where a word begins. One without letters is nowhere.
pub(crate) fn position(text: &str, word: &str) -> Option<usize> {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let first = word.first()?;
    let mut at = 0;
    loop {
        at += text.get(at..)?.iter().position(|byte| byte == first)?;
        if text.get(at..)?.starts_with(word) {
            return Some(at);
        }
        at += 1;
    }
}

/// Whether a text holds a word.
pub(crate) fn holds(text: &str, word: &str) -> bool {
    position(text, word).is_some()
}

/// What stands before a word and after it.
pub(crate) fn around<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = position(text, word)?;
    Some((text.get(..at)?, text.get(at + word.len()..)?))
}

/// The first entry of a list that is such. The list is one text with a bar between each: as an array it would bring an address
/// and a length for every entry.
pub(crate) fn first_of<'a>(list: &'a str, is_such: &dyn Fn(&str) -> bool) -> Option<&'a str> {
    list.split('|').find(|entry| is_such(entry))
}

/// Whether an entry of such a list is such.
pub(crate) fn any(list: &str, is_such: &dyn Fn(&str) -> bool) -> bool {
    first_of(list, is_such).is_some()
}

#[cfg(test)]
mod tests {
    use super::{any, around, first_of, position};

    #[test]
    fn the_first_of_several_is_found() {
        assert_eq!(position("abcabc", "ca"), Some(2));
        assert_eq!(position("äöä", "öä"), Some(2));
        assert_eq!((position("ab", "abc"), position("ab", "")), (None, None));
        assert_eq!(around("a..b..c", ".."), Some(("a", "b..c")));
    }

    #[test]
    fn lists_are_asked_in_their_order() {
        assert_eq!(first_of("ab|b c|bd", &|entry| entry.starts_with('b')), Some("b c"));
        assert!(any("a|b", &|entry| entry == "b") && !any("a|b", &|entry| entry.is_empty()));
    }
}
