//! Text of terminals without what a screen does not show. Done before secrets are looked for: what colours part on the way would
//! be whole again for whoever reads it.

/// Whether it has no business in a text: control characters, and signs without width that part words.
fn is_control(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t' || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// The text without terminal colours and other control characters, and with plain line ends; `None` if it is so already. Of a
/// diff the carriage returns stay, which belong to the lines of its files.
pub(super) fn cleaned(text: &str, is_diff: bool) -> Option<String> {
    // The bytes that such characters begin with; most texts have none of them.
    let may_be = |byte: u8| byte < b' ' && byte != b'\n' && byte != b'\t' || matches!(byte, 0x7f | 0xc2 | 0xe2 | 0xef);
    if !text.bytes().any(may_be) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let rest = characters.as_str();
        if c == '\r' && is_diff {
            out.push(c);
        } else if c == '\u{9b}' || c == '\u{1b}' && rest.starts_with('[') {
            // A control sequence (ECMA-48, 5.4); one that is cut off ends where it can go on no longer.
            let from = rest.strip_prefix('[').filter(|_| c != '\u{9b}').unwrap_or(rest);
            let end = from.trim_start_matches(|c| (' '..='?').contains(&c));
            characters = end.strip_prefix(|c| ('@'..='~').contains(&c)).unwrap_or(end).chars();
        } else if c == '\u{1b}' && rest.starts_with(['(', ')']) {
            // The set of characters, which `tput sgr0` sets with the colours.
            characters.nth(1);
        } else if c == '\u{1b}' && rest.starts_with(']') {
            // A title or the address of a link, up to a bell or a string terminator.
            let line = rest.split(['\n', '\u{7}', '\u{1b}']).next().unwrap_or_default();
            let end = rest.get(line.len()..).unwrap_or_default();
            characters = end.strip_prefix('\u{7}').or(end.strip_prefix("\u{1b}\\")).unwrap_or(end).chars();
        } else if !is_control(c) {
            out.push(c);
        } else if c == '\r' && !rest.starts_with('\n') {
            out.push('\n');
        }
    }
    (out.len() != text.len() || out != text).then_some(out)
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::cleaned;
    use crate::handoff::effort_tests::assert_linear;

    fn clean(text: &str) -> String {
        cleaned(text, false).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn what_a_screen_does_not_show_is_dropped() {
        assert_eq!(clean("\u{1b}[31;1mred\u{1b}[0m\r\nnext\u{7}"), "red\nnext");
        assert_eq!(clean("\u{9b}31mred\u{1b}(B\u{1b}[m, a\u{8}b\u{7f}\0"), "red, ab");
        assert_eq!(clean("\u{1b}]8;;https://x.test\u{1b}\\link\u{1b}]8;;\u{7} and\u{1b}]0;cut\non"), "link and\non");
        assert_eq!(clean("long\u{ad}word\u{200b}s \u{feff}é “q” 👩\u{200d}💻"), "longwords é “q” 👩\u{200d}💻");
        assert_eq!(clean("50 %\r100 %"), "50 %\n100 %");
        // A sequence that is cut off takes no line with it.
        assert_eq!(clean("a\u{1b}[3\nb\u{1b}"), "a\nb");
    }

    #[test]
    fn the_lines_of_a_diff_keep_their_ends() {
        assert_eq!(cleaned("+\u{1b}[1ma\r\n+b\rc\n", true).as_deref(), Some("+a\r\n+b\rc\n"));
        assert_eq!((cleaned("+a\r\n", true), cleaned("a\tb\né…", false)), (None, None));
    }

    #[test]
    fn time_is_linear_in_hostile_texts() {
        for piece in ["\u{1b}]", "\u{1b}[", "\u{1b}[1;", "\u{9b}", "\u{1b}", "\r"] {
            assert_linear(30_000, "", piece, "", &|text| _ = cleaned(text, false));
        }
    }
}
