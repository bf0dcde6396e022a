//! Reading JSON text (RFC 8259) into a tree.
//!
//! The tree is serde_json's, its reader is not: in the wasm that is four times as large, because it serves every type that
//! can be deserialized, and its table of powers of ten alone is larger than all of this.

use serde_json::{Map, Number, Value};

/// Arrays and objects within each other, as many as serde_json takes: more would use up the stack.
const DEPTH: usize = 127;

/// Reads a tree. The error is the byte at which the text stops being JSON.
pub fn read(bytes: &[u8]) -> Result<Value, usize> {
    let text = std::str::from_utf8(bytes).map_err(|problem| problem.valid_up_to())?;
    let mut reader = Reader { text, at: 0 };
    match reader.value(DEPTH) {
        Some(value) if reader.peek().is_none() => Ok(value),
        _ => Err(reader.at),
    }
}

/// Reads a single number. Whoever needs no trees is spared them.
pub fn read_number(text: &str) -> Option<f64> {
    let mut reader = Reader { text, at: 0 };
    reader.number().filter(|_| reader.at == text.len())?.as_f64()
}

/// The text, and how far it has been read. `None` wherever it is no JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not blank.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte()?, b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.byte()
    }

    /// Goes on if that byte is next.
    fn skip(&mut self, byte: u8) -> bool {
        let is_next = self.byte() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Whatever comes next; `depth` is how many arrays and objects may still begin within each other.
    fn value(&mut self, depth: usize) -> Option<Value> {
        match self.peek()? {
            b'{' => {
                let depth = depth.checked_sub(1)?;
                let mut fields = Map::new();
                while self.goes_on(b'}', fields.is_empty())? {
                    self.peek()?;
                    let name = self.string()?;
                    self.peek()?;
                    if !self.skip(b':') {
                        return None;
                    }
                    fields.insert(name, self.value(depth)?);
                }
                Some(Value::Object(fields))
            }
            b'[' => {
                let depth = depth.checked_sub(1)?;
                let mut items = Vec::new();
                while self.goes_on(b']', items.is_empty())? {
                    items.push(self.value(depth)?);
                }
                Some(Value::Array(items))
            }
            b'"' => self.string().map(Value::String),
            b'n' => self.word("null", Value::Null),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            _ => self.number().map(Value::Number),
        }
    }

    /// Whether another item follows before `end`. The first one follows the opening, every other one a comma.
    fn goes_on(&mut self, end: u8, is_first: bool) -> Option<bool> {
        if is_first {
            self.at += 1;
        }
        if self.peek()? == end {
            self.at += 1;
            return Some(false);
        }
        (is_first || self.skip(b',')).then_some(true)
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        self.text.get(self.at..)?.starts_with(word).then(|| {
            self.at += word.len();
            value
        })
    }

    /// A string. What stands in it as it is goes over in one piece.
    fn string(&mut self) -> Option<String> {
        if !self.skip(b'"') {
            return None;
        }
        let mut text = String::new();
        loop {
            let from = self.at;
            while !matches!(self.byte()?, b'"' | b'\\' | 0..b' ') {
                self.at += 1;
            }
            text.push_str(self.text.get(from..self.at)?);
            if self.skip(b'"') {
                return Some(text);
            }
            if !self.skip(b'\\') {
                return None;
            }
            text.push(read_escape(self.text, &mut self.at)?);
        }
    }

    fn number(&mut self) -> Option<Number> {
        let negative = self.skip(b'-');
        let zero = self.byte() == Some(b'0');
        let (mut digits, from) = (0, self.at);
        let mut exponent = self.digits(&mut digits)?;
        if zero && self.at > from + 1 {
            return None;
        }
        let mut whole = exponent == 0;
        if self.skip(b'.') {
            let from = self.at;
            exponent += self.digits(&mut digits)?;
            exponent -= i32::try_from(self.at - from).ok()?;
            whole = false;
        }
        if self.skip(b'e') || self.skip(b'E') {
            let down = self.skip(b'-');
            let _ = down || self.skip(b'+');
            let mut power = 0;
            let beyond = self.digits(&mut power)?;
            // An exponent of so many digits is as good as one of a few less.
            let power = if beyond == 0 { i32::try_from(power).unwrap_or(i32::MAX) } else { i32::MAX };
            exponent = exponent.saturating_add(if down { -power } else { power });
            whole = false;
        }
        if whole && !negative {
            return Some(digits.into());
        }
        // There is no negative zero among the whole numbers.
        if let Some(number) = 0_i64.checked_sub_unsigned(digits).filter(|number| whole && *number != 0) {
            return Some(number.into());
        }
        let number = scaled(digits, exponent);
        Number::from_f64(if negative { -number } else { number })
    }

    /// Puts digits, one at least, behind those that a number has already. Returns how many found no room in it.
    fn digits(&mut self, number: &mut u64) -> Option<i32> {
        let (from, mut left_out) = (self.at, 0);
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            let digit = u64::from(digit - b'0');
            // Asked like this, because a checked multiplication is one of 128 bits, for which the wasm calls a function.
            if left_out == 0 && *number <= (u64::MAX - digit) / 10 {
                *number = *number * 10 + digit;
            } else {
                left_out += 1;
            }
            self.at += 1;
        }
        (self.at > from).then_some(left_out)
    }
}

/// The character whose escape (RFC 8259 §7) stands at `at`, behind its backslash; `at` goes past it. Half a character, as
/// JavaScript writes one where it cut a text, is replaced.
pub fn read_escape(text: &str, at: &mut usize) -> Option<char> {
    let letter = *text.as_bytes().get(*at)?;
    *at += 1;
    Some(match letter {
        b'"' | b'\\' | b'/' => char::from(letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let unit = utf16(text, at)?;
            char::from_u32(unit).or_else(|| pair(unit, text, at)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => return None,
    })
}

/// The character whose first half this is, if its second half follows.
fn pair(high: u32, text: &str, at: &mut usize) -> Option<char> {
    let mut behind = *at + 2;
    let follows = text.as_bytes().get(*at..behind) == Some(b"\\u");
    let low = if follows { utf16(text, &mut behind)?.checked_sub(0xdc00) } else { None };
    let low = low.filter(|low| *low < 0x400 && high < 0xdc00)?;
    *at = behind;
    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low)
}

/// A UTF-16 code unit in four hexadecimal digits.
fn utf16(text: &str, at: &mut usize) -> Option<u32> {
    let mut unit = 0;
    for _ in 0..4 {
        unit = unit * 16 + char::from(*text.as_bytes().get(*at)?).to_digit(16)?;
        *at += 1;
    }
    Some(unit)
}

/// `digits` times a power of ten: exactly what it should be for numbers that people and servers write, and less than a
/// billionth of a millionth off for others.
fn scaled(digits: u64, exponent: i32) -> f64 {
    let mut number = digits as f64;
    // Beyond these there is only nothing and infinity.
    let mut left = exponent.clamp(-400, 400);
    while left != 0 {
        // Powers up to this one have no error.
        let step = left.clamp(-22, 22);
        let power = 10_f64.powi(step.abs());
        number = if step < 0 { number / power } else { number * power };
        left -= step;
    }
    number
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_serde(bytes: &[u8]) -> Option<Value> {
        serde_json::from_slice(bytes).ok()
    }

    fn trees() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
            "[\\x00-\\x22\\x5b-\\x5e\\x7f\u{e9}\u{1f600}]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map("\\PC{0,4}", inner, 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn numbers_are_read_as_serde_json_reads_them() {
        assert_eq!((read_number("-2.5e1"), read_number("1 "), read_number("")), (Some(-25.0), None, None));
        for text in [
            "0",
            "-0",
            "-1",
            "18446744073709551615",
            "18446744073709551616",
            "184467440737095516150",
            "-9223372036854775808",
            "-9223372036854775809",
            "1.5",
            "0.1",
            "12.625",
            "-3.25e2",
            "1e22",
            "1E+3",
            "5e-7",
            "0e999999999999",
            "1e400",
            "-1e99999999999999999999",
            "1e-400",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "1e+",
            "+1",
            "0x1",
            "1 2",
        ] {
            assert_eq!(read(text.as_bytes()).ok(), by_serde(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn text_that_is_no_json_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[",
            "[1",
            "[1,",
            "[,]",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "nul",
            "nulls",
            "\"",
            "\"\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\n\"",
            "\u{feff}1",
            "[1] 2",
            "\u{a0}1",
        ] {
            assert_eq!(by_serde(text.as_bytes()), None, "{text}");
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(read(b"[1, \xff]"), Err(4));
        assert_eq!(read(b"{\"a\": tru}"), Err(6));
    }

    #[test]
    fn half_a_character_costs_only_itself() {
        for (text, read_as) in [
            (r#""a\ud800b""#, "a\u{fffd}b"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""\udc00""#, "\u{fffd}"),
            (r#""\udc00\udc00""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
        ] {
            assert_eq!(read(text.as_bytes()), Ok(Value::from(read_as)), "{text}");
        }
        assert!(read(br#""\ud83d\u00""#).is_err());
    }

    #[test]
    fn depth_has_an_end() {
        for (depth, good) in [(127, true), (128, false), (1_000_000, false)] {
            let text = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(read(text.as_bytes()).is_ok(), good);
            assert_eq!(by_serde(text.as_bytes()).is_some(), good);
        }
    }

    proptest! {
        #[test]
        fn a_tree_reads_back_as_it_was_written(tree in trees()) {
            prop_assert_eq!(read(tree.to_string().as_bytes()), Ok(tree.clone()));
            let spread = serde_json::to_string_pretty(&tree).unwrap_or_default();
            prop_assert_eq!(read(spread.as_bytes()), Ok(tree));
        }

        #[test]
        fn pieces_of_json_are_read_as_serde_json_reads_them(
            text in "([\\[\\]{}:,\" \n]|\"[a\\\\]?\"|null|true|false|-|[0-9]{1,3}|\\\\u[0-9a-cA-C][0-9a-fA-F]{3}|\"\\\\ud83d\\\\ude0[0-9a-f]\"){0,12}",
        ) {
            prop_assert_eq!(read(text.as_bytes()).ok(), by_serde(text.as_bytes()));
        }

        #[test]
        fn any_bytes_are_read_as_serde_json_reads_them(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(read(&bytes).ok(), by_serde(&bytes));
        }

        #[test]
        fn fractions_are_read_almost_exactly(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
            let text = format!("{number:e}");
            let read = read(text.as_bytes()).ok().and_then(|value| value.as_f64()).unwrap_or(f64::NAN);
            prop_assert!((read - number).abs() <= number.abs() * 1e-14 + f64::MIN_POSITIVE, "{} {}", read, number);
        }
    }
}
