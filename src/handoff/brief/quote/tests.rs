use super::*;

#[test]
fn a_fence_is_longer_than_any_in_its_text() {
    let mut out = String::new();
    fence(&mut out, "text", "a\n````\nb\n");
    assert_eq!(out, "`````text\na\n````\nb\n`````\n");
}

#[test]
fn a_code_span_holds_its_ticks_on_one_line() {
    assert_eq!(written("{c100}", &["a `b`\n c"]), "``a `b` c``");
    assert_eq!(written("{c100}", &["plain"]), "`plain`");
    assert_eq!(written("{c8}", &["too long for it"]), "`too long …`");
}

#[test]
fn terminal_colours_and_control_characters_are_dropped() {
    assert_eq!(clean("\u{1b}[31;1mred\u{1b}[0m\r\nnext\u{7}"), "red\nnext");
    assert_eq!(clean("50 %\r100 %"), "50 %\n100 %");
}

#[test]
fn shortening_keeps_whole_code_blocks_or_none_of_them() {
    let text = "Before.\n```rust\nfn a() {}\nfn b() {}\n```\nAfter, with more words.";
    let short = shorten(text, 30);
    assert!(short.starts_with("Before.\n") && !short.contains("fn a"), "{short}");
    assert_eq!(shorten(text, 500), text);
}

#[test]
fn ends_begin_with_a_line_and_never_inside_a_character() {
    assert_eq!(tail("first\nsecond\nthird", 10), "third");
    assert_eq!(tail("ééééé", 3), "é");
    assert_eq!(head("ééééé", 3), "é");
}

#[test]
fn a_text_knows_whether_something_was_cut_from_it() {
    let told = |pattern: &str, text: &str| {
        let mut told = Told::new(8, "");
        told.write(pattern, &[text]);
        told.is_whole
    };
    for pattern in ["{l}", "{c}", "{l8}"] {
        assert!(told(pattern, " a  b\nc d ") && !told(pattern, "nine signs"), "{pattern}");
        assert!(!told(pattern, &format!("a{}b", " ".repeat(100))), "{pattern}");
    }
    assert!(told("{}", "nine signs") && told("{l}", "so it…"));
}
