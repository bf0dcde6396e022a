//! What a person laid down in passing: sentences that require, forbid or choose.

use super::quote::{blocks, head, write};
use crate::find::any;

/// Words that lay something down.
const BINDING: &str = " must never always don't dont don’t only should shouldn't shouldn’t instead avoid without prefer require \
    required requires requirement requirements ensure cannot can't can’t keep rather not no decided decide stick mustn't \
    mustn’t won't doesn't doesn’t isn't isn’t wrong wait stop exactly least most until unless except important forbidden \
    use want need needs allowed constraint constraints rule rules remember skip nicht kein keine nur muss immer nie niemals nunca siempre solo \
    debe jamais toujours не только нужно надо должен должна должны всегда никогда нельзя без ";
/// Words that ask for something.
const ASKING: &str = " please let's let’s make add remove rename change leave put move yes ok okay agreed go \
    option like fix update write create implement follow do would could bitte usa utilise сделай добавь используй ";
/// The same in writing without spaces.
const UNSPACED: &str = "不要|必须|不能|务必|只能|しない|必ず|禁止|해야|하지 마";

/// How much a sentence lays down: 2 binds, 1 asks, 0 neither.
pub(super) fn weight(sentence: &str) -> u8 {
    let mut weight = 0;
    marks(sentence, &mut |_, of_word| weight = of_word.max(weight));
    weight
}

/// Each word that lays something down or asks for something: where it begins, and its weight.
fn marks(sentence: &str, mark: &mut dyn FnMut(usize, u8)) {
    let mut at = 0;
    for piece in sentence.split_inclusive(|c| !is_of_word(c)) {
        let word = piece.trim_end_matches(|c| !is_of_word(c));
        let behind = sentence.get(at + word.len()..).unwrap_or_default();
        if listed(BINDING, word) || !piece.is_ascii() && any(UNSPACED, &|word| behind.starts_with(word)) {
            mark(at, 2);
        } else if listed(ASKING, word) {
            mark(at, 1);
        }
        at += piece.len();
    }
}

/// A sentence, or where it is longer than so many bytes, what stands around each word of it that binds.
pub(super) fn excerpt(sentence: &str, longest: usize) -> String {
    if sentence.len() <= longest {
        return sentence.to_owned();
    }
    let reach = longest / 4;
    let (mut windows, mut from, mut to) = (String::new(), 0, 0);
    marks(sentence, &mut |at, weight| {
        if weight == 2 {
            let begin = head(sentence, at.saturating_sub(reach)).len();
            if begin > to {
                write(&mut windows, "{}…", &[sentence.get(from..to).unwrap_or_default()]);
                from = begin;
            }
            to = head(sentence, at + reach).len();
        }
    });
    let is_bound = to > 0;
    let last = if is_bound { sentence.get(from..to) } else { Some(head(sentence, longest)) };
    windows.push_str(last.unwrap_or_default());
    if !is_bound || to < sentence.len() {
        windows.push('…');
    }
    windows
}

/// Letters of the scripts that the words above are written in, digits and apostrophes. The standard library's tables of all
/// letters are larger than the words.
fn is_of_word(c: char) -> bool {
    matches!(c, '0'..='9' | 'A'..='Z' | 'a'..='z' | '\'' | '’' | 'À'..='ӿ')
}

/// By the last five bits of their first byte, which are those of either case: a bit for each length that words of the lists have,
/// and one for the last five bits of each last byte. A list has more letters than most sentences, and most words are in none.
const SIFT: [(u32, u32); 32] = sift([BINDING, ASKING]);

const fn sift(lists: [&str; 2]) -> [(u32, u32); 32] {
    let (mut sift, mut list) = ([(0, 0); 32], 0);
    while list < lists.len() {
        let (letters, mut start, mut at) = (lists[list].as_bytes(), 0, 0);
        while at < letters.len() {
            if letters[at] == b' ' {
                if at > start {
                    let (lengths, lasts) = &mut sift[letters[start] as usize & 31];
                    *lengths |= 1 << (at - start);
                    *lasts |= 1 << (letters[at - 1] & 31);
                }
                start = at + 1;
            }
            at += 1;
        }
        list += 1;
    }
    sift
}

fn listed(list: &str, word: &str) -> bool {
    let [first, .., last] = word.as_bytes() else { return false };
    let (lengths, lasts) = SIFT[usize::from(first & 31)];
    let is_length = u32::try_from(word.len()).ok().and_then(|length| lengths.checked_shr(length)).unwrap_or_default();
    is_length & lasts >> (last & 31) & 1 == 1 && list.split(' ').any(|entry| entry.eq_ignore_ascii_case(word))
}

/// The first sentence of a message, which says what it is about, and those outside of code that lay something down: in order,
/// in the person's own words, each with its weight.
pub(super) fn laid_down(message: &str) -> Vec<(&str, u8)> {
    let mut found = Vec::new();
    for (row, is_code) in blocks(head(message, 100_000)) {
        if is_code || row.starts_with("    ") || row.starts_with('\t') {
            continue;
        }
        let mut rest = row;
        while !rest.is_empty() {
            let sentence = sentence(rest);
            rest = rest.get(sentence.len()..).unwrap_or_default();
            let sentence = sentence.trim();
            let weight = weight(sentence);
            if !sentence.is_empty() && (found.is_empty() || weight > 0) {
                found.push((sentence, weight));
            }
        }
    }
    found
}

/// As much of a line as is one sentence.
fn sentence(row: &str) -> &str {
    let mut last = ' ';
    for (at, c) in row.char_indices() {
        if c.is_whitespace() && matches!(last, '.' | '!' | '?' | '。' | '！') {
            return row.get(..at).unwrap_or_default();
        }
        last = c;
    }
    row
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{ASKING, BINDING, weight};

    #[test]
    fn every_word_of_the_lists_has_its_weight() {
        for (list, expected) in [(BINDING, 2), (ASKING, 1)] {
            for word in list.split_ascii_whitespace() {
                assert_eq!(weight(&["Well, ", word, "."].concat()), expected, "{word}");
                assert_eq!(weight(&word.to_ascii_uppercase()), expected, "{word}");
            }
        }
    }

    #[test]
    fn other_words_have_none() {
        assert_eq!(weight("The cart loads 12 items a page, muster neverland x"), 0);
        assert_eq!(weight(&"m".repeat(300)), 0);
    }
}
