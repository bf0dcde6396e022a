//! Changes that know what transcripts are made of. Bytes that change by chance seldom get past a parser of JSON.

use std::ops::Range;
use std::sync::OnceLock;

use crate::chance::Chance;
use crate::items::{items, lines};

/// Values that are odd where another is expected.
const ODD: &[&str] = &[
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "0",
    "-1",
    "65536",
    "1e308",
    "1.5",
    "9007199254740993",
    "[[]]",
    "[{}]",
    "{\"\":0}",
    "\"\\ud83d\"",
    "\"\\u0000\"",
    "\"a\\nb\"",
    "\"{\\\"a\\\":1}\"",
    "\"\u{1F980}\"",
    "\"2026-01-01T00:00:00Z\"",
];

/// Words that the formats use, one a line in the file that `WORDS` names.
fn words() -> &'static [String] {
    static WORDS: OnceLock<Vec<String>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let file = std::env::var("WORDS").ok().and_then(|path| std::fs::read_to_string(path).ok());
        file.unwrap_or_default().lines().map(str::to_owned).collect()
    })
}

/// Changes an input in one to three ways.
pub fn mutate(input: &[u8], most: usize, chance: &mut Chance) -> Vec<u8> {
    let mut text = input.to_vec();
    for _ in 0..=chance.below(3) {
        if chance.below(3) == 0 {
            change_lines(&mut text, chance)
        } else {
            change_items(&mut text, chance)
        }
        text.truncate(most);
    }
    text
}

fn change_lines(text: &mut Vec<u8>, chance: &mut Chance) {
    let all = lines(text);
    let (Some(line), Some(other)) = (chance.pick(&all).cloned(), chance.pick(&all).cloned()) else { return };
    match chance.below(5) {
        0 => drop(text.drain(line)),
        1 => copy(text, line.clone(), line.end, 1 + chance.below(4), b""),
        2 => copy(text, line, other.start, 1, b""),
        // Cut off, and without its line break one with the next.
        3 => drop(text.drain(line.start + chance.below(line.len())..line.end - chance.below(2).min(line.len()))),
        _ => {
            let (first, second) = if line.start < other.start { (line, other) } else { (other, line) };
            let swapped =
                [&text[second.clone()], &text[first.end..second.start.max(first.end)], &text[first.clone()]].concat();
            if first.end <= second.start {
                text.splice(first.start..second.end, swapped);
            }
        }
    }
}

fn change_items(text: &mut Vec<u8>, chance: &mut Chance) {
    let found = items(text);
    let (item, other) = (chance.pick(&found.items).cloned(), chance.pick(&found.items).cloned());
    let (Some(item), Some(other)) = (item, other) else { return change_words(text, &found.strings, chance) };
    match chance.below(9) {
        0 => {
            let comma = text.get(item.end) == Some(&b',');
            text.drain(item.start..item.end + usize::from(comma));
        }
        1 => copy(text, item.clone(), item.start, 1 + chance.below(6), b","),
        2 => copy(text, other, item.start, 1, b","),
        3 => {
            let with = text[other].to_vec();
            text.splice(item, with);
        }
        4 | 5 => {
            let value = value(text, &item);
            let odd = chance.pick(ODD).copied().unwrap_or_default();
            text.splice(value, odd.bytes());
        }
        6 => {
            // A value that another format has as a list of them.
            let value = value(text, &item);
            let wrapped = [b"[", &text[value.clone()], b"]"].concat();
            text.splice(value, wrapped);
        }
        _ => change_words(text, &found.strings, chance),
    }
}

/// The value of a member, or the item itself.
fn value(text: &[u8], item: &Range<usize>) -> Range<usize> {
    let member = text[item.clone()].starts_with(b"\"").then(|| {
        let key = items(&text[item.clone()]).strings.first().map_or(0, |key| key.end + 1);
        (text.get(item.start + key) == Some(&b':')).then_some(item.start + key + 1)
    });
    member.flatten().unwrap_or(item.start).min(item.end)..item.end
}

/// Puts a word of the formats into a string, or in its place, or anywhere in a text without strings.
fn change_words(text: &mut Vec<u8>, strings: &[Range<usize>], chance: &mut Chance) {
    let Some(word) = chance.pick(words()) else { return };
    let place = match chance.pick(strings).cloned() {
        Some(string) if chance.below(2) == 0 => string,
        Some(string) => {
            let at = string.start + chance.below(string.len() + 1);
            at..at
        }
        None => {
            let at = chance.below(text.len() + 1);
            at..at
        }
    };
    text.splice(place, word.bytes());
}

/// Puts a part of a text, so many times, to another place in it.
fn copy(text: &mut Vec<u8>, part: Range<usize>, to: usize, times: usize, separator: &[u8]) {
    let copies = [&text[part], separator].concat().repeat(times);
    text.splice(to..to, copies);
}
