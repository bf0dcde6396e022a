//! Whether what the person requires outlasts what does not bind.

use super::super::super::effort_tests::assert_linear;
use super::super::statements::{excerpt, laid_down};
use super::*;

fn said(messages: &[&str]) -> Conversation {
    let turns = messages.iter().map(|text| turn(text, vec![Part::Text("Done.".to_owned())])).collect();
    Conversation { turns, ..Conversation::default() }
}

#[test]
fn what_binds_is_quoted_before_newer_messages_that_do_not() {
    let first = format!(
        "we have this big thing here {}and you never ever touch the vendor folder of it {}",
        "with many words and little point ".repeat(30),
        "and so on and on ".repeat(30)
    );
    let newer: Vec<String> = (1..=30).map(|turn| format!("go {turn} {}", "x ".repeat(300))).collect();
    let mut messages = vec![&*first];
    messages.extend(newer.iter().map(String::as_str));
    for size in [1500, 8000] {
        let brief = render("Finish", &said(&messages), size, Unit::Utf16).unwrap();
        let decisions = section(&brief.text, "Decisions and constraints");
        assert!(decisions.contains("never ever touch the vendor folder of it"), "{size}: {decisions}");
    }
}

#[test]
fn a_long_sentence_is_cut_to_what_stands_around_each_word_that_binds() {
    let filler = "plain words of little weight ".repeat(120);
    let long =
        format!("{filler}must stay on Postgres 17 {filler}never force a push {filler}最後に必ず確認する{filler}");
    let message = format!("Short. {long}");
    let brief = render("Finish", &said(&[&message, "thanks"]), 8000, Unit::Utf16).unwrap();
    let decisions = section(&brief.text, "Decisions and constraints");
    for clause in ["must stay on Postgres 17", "never force a push", "必ず確認する"] {
        assert!(decisions.contains(clause), "{clause}: {decisions}");
    }
    let cut = excerpt(&long, 1200);
    assert!(cut.starts_with('…') && cut.ends_with('…') && cut.len() < 2500, "{cut}");
    assert_eq!(excerpt("never", 1200), "never");
    assert_eq!(excerpt("ääää", 3), "ä…");
    assert_eq!(
        laid_down("Hello there. Never push.\n```\nmust\n```\nPlease go."),
        [("Hello there.", 0), ("Never push.", 2), ("Please go.", 1)]
    );
}

#[test]
fn at_a_tiny_limit_rules_come_before_chatter() {
    let rules = [
        "Never touch vendor.",
        "Always run the linter.",
        "Use tabs only.",
        "Don't add crates.",
        "Keep the API.",
        "Avoid unsafe.",
    ];
    let messages: Vec<String> = rules
        .iter()
        .enumerate()
        .map(|(turn, rule)| format!("So this is number {turn} of what I see here today, and it looks nice to me. {rule} That was a good walk by the sea, and the sun shone all day."))
        .collect();
    let mut all: Vec<&str> = messages.iter().map(String::as_str).collect();
    all.extend(["It looks fine to me so far, and the colours are nice as well."; 8]);
    let brief = render("Finish", &said(&all), 1000, Unit::Utf16).unwrap();
    for rule in rules {
        assert!(brief.text.contains(rule), "{rule}: {}", brief.text);
    }
}

#[test]
fn the_words_of_a_message_are_weighed_in_linear_time() {
    for piece in ["must ", "x ", "must not go. ", "aaaaaaa", "必须", "a\n"] {
        assert_linear(10_000, "", piece, "", &|text| {
            excerpt(text, 240);
            text_of(text);
        });
    }
}

fn text_of(message: &str) {
    let mut day = said(&[message, "go on"]);
    day.turns[0].parts.push(Part::Plan(message.to_owned()));
    render("Finish", &day, 8000, Unit::Utf16).unwrap();
}
