//! What a program prints to a terminal, as text that a person can read elsewhere.
//!
//! Colours, titles and movements of the cursor (ECMA-48, and xterm's "Operating System Commands") mean nothing in a page and are
//! left out. Any other control character would be six bytes in JSON, and a run of them says no more than one: what is not text
//! is told by a single U+FFFD.

const ESCAPE: char = '\u{1b}';
const BELL: char = '\u{7}';

/// The text without what only a terminal understands; tabs and ends of lines stay.
pub(super) fn legible(text: &str) -> String {
    let mut legible = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.find(is_unreadable) {
        let (before, after) = rest.split_at(index);
        legible.push_str(before);
        rest = match after.strip_prefix(ESCAPE) {
            Some(sequence) => after_sequence(sequence),
            None => {
                legible.push(char::REPLACEMENT_CHARACTER);
                after.trim_start_matches(|c| c != ESCAPE && is_unreadable(c))
            }
        };
    }
    legible.push_str(rest);
    legible
}

fn is_unreadable(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// What follows an escape sequence, whose ESC is gone already. One without its end costs no more than its beginning.
fn after_sequence(text: &str) -> &str {
    if let Some(parameters) = text.strip_prefix('[') {
        return parameters
            .trim_start_matches(|c| matches!(c, '\u{20}'..='\u{3f}'))
            .strip_prefix(|c| matches!(c, '\u{40}'..='\u{7e}'))
            .unwrap_or(parameters);
    }
    // Commands and strings for the terminal end with a BEL or with ESC and a backslash.
    if let Some(command) = text.strip_prefix([']', 'P', 'X', '^', '_']) {
        let end = command.find([BELL, ESCAPE, '\n']).unwrap_or(0);
        let (_, ended) = command.split_at(end);
        return ended.strip_prefix(BELL).or_else(|| ended.strip_prefix("\u{1b}\\")).unwrap_or(command);
    }
    let short = text.trim_start_matches(|c| matches!(c, '\u{20}'..='\u{2f}'));
    short.strip_prefix(|c| matches!(c, '\u{30}'..='\u{7e}')).unwrap_or(short)
}

#[cfg(test)]
mod tests {
    use super::legible;

    #[test]
    fn only_what_can_be_read_stays() {
        for (written, seen) in [
            ("plain, \u{e9}\t\u{1f600}\r\n", "plain, \u{e9}\t\u{1f600}\r\n"),
            ("\u{1b}[1;31mred\u{1b}[0m and \u{1b}[38:5:1mmore\u{1b}[K", "red and more"),
            ("\u{1b}]0;title\u{7}text \u{1b}]8;;https://a.example\u{1b}\\link\u{1b}]8;;\u{1b}\\.", "text link."),
            ("\u{1b}(Bascii\u{1b}7\u{1b}M", "ascii"),
            ("\0\0\0a\u{8}b\u{7f}\u{9b}", "\u{fffd}a\u{fffd}b\u{fffd}"),
            ("\0\u{1b}[0m\0", "\u{fffd}\u{fffd}"),
            ("\u{1b}", ""),
            ("cut \u{1b}[1;3", "cut 1;3"),
            ("cut \u{1b}]0;title\nnext", "cut 0;title\nnext"),
        ] {
            assert_eq!(legible(written), seen, "{written:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_of_it_grows_in_json(text in "(?s)[\u{0}-\u{9f}\u{1b}\\[\\]m;]{0,60}") {
            let legible = legible(&text);
            proptest::prop_assert!(serde_json::json!(legible).to_string().len() <= 2 * legible.len() + 2);
        }
    }
}
