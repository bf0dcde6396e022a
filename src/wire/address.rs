//! Building addresses out of text that servers and people chose: none of it can lead elsewhere.

use std::fmt::Write;

/// Adds one segment to the path. Whatever is in it, it stays one segment (RFC 3986 §3.3).
pub fn push_segment(address: &mut String, segment: &str) {
    address.push('/');
    for byte in segment.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
            | b':' | b'@' => address.push(char::from(byte)),
            _ => push_byte(address, byte),
        }
    }
}

/// Adds one pair to the query, written as forms are (WHATWG URL, “application/x-www-form-urlencoded”).
pub fn push_query(address: &mut String, name: &str, value: &str) {
    address.push(if address.as_bytes().contains(&b'?') { '&' } else { '?' });
    for (lead, text) in [("", name), ("=", value)] {
        address.push_str(lead);
        for byte in text.bytes() {
            match byte {
                b'*' | b'-' | b'.' | b'_' => address.push(char::from(byte)),
                b' ' => address.push('+'),
                _ => push_byte(address, byte),
            }
        }
    }
}

/// Letters and digits as they are, everything else in percent form.
fn push_byte(address: &mut String, byte: u8) {
    if byte.is_ascii_alphanumeric() {
        address.push(char::from(byte));
    } else {
        // Writing to text cannot fail.
        let _ = write!(address, "%{byte:02X}");
    }
}

/// The address without query and fragment, and the query as it is written.
pub fn split_query(address: &str) -> (&str, &str) {
    let address = address.split('#').next().unwrap_or_default();
    address.split_once('?').unwrap_or((address, ""))
}

/// The same address with another page.
pub fn with_page(address: &str, page: u64) -> String {
    let (path, query) = split_query(address);
    let mut result = path.to_owned();
    for pair in query.split('&') {
        if !pair.is_empty() && !pair.starts_with("page=") {
            result.push(if result.as_bytes().contains(&b'?') { '&' } else { '?' });
            result.push_str(pair);
        }
    }
    push_query(&mut result, "page", &page.to_string());
    result
}

/// The number of the page that an address asks for.
pub fn page(address: &str) -> Option<u64> {
    for pair in split_query(address).1.split('&') {
        if let Some(page) = pair.strip_prefix("page=") {
            return crate::json::read_digits(page);
        }
    }
    None
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::{page, push_query, push_segment, with_page};

    #[test]
    fn another_page_keeps_the_rest_of_the_query() {
        let address = with_page("https://a.example/t?state=idle%2Cqueued&page=2&per_page=100#x", 3);
        assert_eq!(address, "https://a.example/t?state=idle%2Cqueued&per_page=100&page=3");
        assert_eq!((page(&address), page("https://a.example/t?per_page=5")), (Some(3), None));
    }

    proptest! {
        #[test]
        fn text_stays_one_segment_and_one_pair(segment in "\\PC{1,20}", name in "\\PC{0,9}", value in ".{0,20}") {
            prop_assume!(!matches!(segment.as_str(), "." | ".."));
            let mut address = "https://a.example/api".to_owned();
            push_segment(&mut address, &segment);
            push_query(&mut address, "first", "1");
            push_query(&mut address, &name, &value);
            let url = Url::parse(&address).unwrap();
            prop_assert_eq!(url.as_str(), address.as_str(), "nothing is left for the parser to change");
            let segments: Vec<&str> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 2);
            let read = url.query_pairs().nth(1).unwrap();
            prop_assert_eq!((&*read.0, &*read.1), (name.as_str(), value.as_str()));
        }
    }
}
