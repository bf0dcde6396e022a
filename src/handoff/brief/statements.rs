//! What a person laid down in passing: sentences that require, forbid or choose.

use super::quote::{blocks, head};
use crate::find::holds;

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
    for word in sentence.split(|c| !is_of_word(c)) {
        if listed(BINDING, word) {
            return 2;
        }
        if weight == 0 && listed(ASKING, word) {
            weight = 1;
        }
    }
    if UNSPACED.split('|').any(|word| holds(sentence, word)) { 2 } else { weight }
}

/// Letters of the scripts that the words above are written in, digits and apostrophes. The standard library's tables of all
/// letters are larger than the words.
fn is_of_word(c: char) -> bool {
    matches!(c, '0'..='9' | 'A'..='Z' | 'a'..='z' | '\'' | '’' | 'À'..='ӿ')
}

fn listed(list: &str, word: &str) -> bool {
    !word.is_empty() && word.len() < 16 && list.split(' ').any(|entry| entry.eq_ignore_ascii_case(word))
}

/// The first sentence of a message, which says what it is about, and those outside of code that weigh at least so much: in
/// order, in the person's own words.
pub(super) fn laid_down(message: &str, least: u8) -> Vec<&str> {
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
            if !sentence.is_empty() && (found.is_empty() || weight(sentence) >= least) {
                found.push(sentence);
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
