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

/// What stands before a word, or all of the text where it is not in it.
pub(crate) fn before<'a>(text: &'a str, word: &str) -> &'a str {
    around(text, word).map_or(text, |(before, _)| before)
}

/// Without the signs, all of them ASCII, that it begins with.
pub(crate) fn without_first<'a>(text: &'a str, signs: &str) -> &'a str {
    let from = text.bytes().position(|byte| !signs.as_bytes().contains(&byte)).unwrap_or(text.len());
    text.get(from..).unwrap_or_default()
}

/// Without those that it ends with.
pub(crate) fn without_last<'a>(text: &'a str, signs: &str) -> &'a str {
    let end = text.bytes().rposition(|byte| !signs.as_bytes().contains(&byte)).map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

/// Without those on both sides.
pub(crate) fn bare<'a>(text: &'a str, signs: &str) -> &'a str {
    without_last(without_first(text, signs), signs)
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

/// What stands before the last such word and after it.
pub(crate) fn around_last<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let is_here = |at: &usize| text.get(*at..).is_some_and(|rest| rest.starts_with(word));
    let at = (0..text.len()).rev().find(is_here)?;
    Some((text.get(..at)?, text.get(at + word.len()..)?))
}

/// Whether a word is among several, which spaces separate.
pub(crate) fn is_among(words: &str, word: &str) -> bool {
    let (words, word) = (words.as_bytes(), word.as_bytes());
    let mut at = 0;
    while at < words.len() {
        let end = at + word.len();
        if words.get(end).is_none_or(|byte| *byte == b' ') && words.get(at..end) == Some(word) {
            return !word.is_empty() && !word.contains(&b' ');
        }
        while words.get(at).is_some_and(|byte| *byte != b' ') {
            at += 1;
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{any, around, around_last, bare, first_of, is_among, position, without_first, without_last};

    #[test]
    fn only_whole_words_are_among_others() {
        assert!(["ab", "c", "de"].iter().all(|word| is_among("ab c de", word)));
        assert!(["", "a", "b", "d", "ab c", " ", "def"].iter().all(|word| !is_among("ab c de", word)));
    }

    #[test]
    fn the_first_of_several_is_found() {
        assert_eq!(position("abcabc", "ca"), Some(2));
        assert_eq!(position("äöä", "öä"), Some(2));
        assert_eq!((position("ab", "abc"), position("ab", "")), (None, None));
        assert_eq!(around("a..b..c", ".."), Some(("a", "b..c")));
        assert_eq!(around_last("a..b..ä", ".."), Some(("a..b", "ä")));
    }

    #[test]
    fn signs_are_taken_off_the_ends() {
        assert_eq!(bare("(\"a (b) é\")", "()\""), "a (b) é");
        assert_eq!((bare("::", ":"), bare("", ":")), ("", ""));
        assert_eq!((without_first("--a-", "-"), without_last("-a--", "-")), ("a-", "-a"));
    }

    #[test]
    fn lists_are_asked_in_their_order() {
        assert_eq!(first_of("ab|b c|bd", &|entry| entry.starts_with('b')), Some("b c"));
        assert!(any("a|b", &|entry| entry == "b") && !any("a|b", &|entry| entry.is_empty()));
    }
}
