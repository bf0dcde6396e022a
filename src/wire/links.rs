//! The `Link` header (RFC 8288), as far as pages go.

/// The URL of the next page, from a `Link` header such as `<https://…?page=2>; rel="next", <…>; rel="first"`.
pub fn next_page(header: &str) -> Option<String> {
    let mut rest = header;
    while let Some(start) = rest.find('<') {
        let after = &rest[start + 1..];
        let end = after.find('>')?;
        let (target, tail) = (&after[..end], &after[end + 1..]);
        let parameters = &tail[..tail.find(",").map_or(tail.len(), |comma| boundary(tail, comma))];
        if relations(parameters).any(|relation| relation.eq_ignore_ascii_case("next")) {
            return Some(target.to_owned());
        }
        rest = tail;
    }
    None
}

/// A comma ends the parameters only where the next link begins; quoted values may hold commas too.
fn boundary(tail: &str, first: usize) -> usize {
    let mut at = first;
    loop {
        if tail[at + 1..].trim_start().starts_with('<') {
            return at;
        }
        match tail[at + 1..].find(',') {
            Some(next) => at += 1 + next,
            None => return tail.len(),
        }
    }
}

fn relations(parameters: &str) -> impl Iterator<Item = &str> {
    parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("rel"))
        .flat_map(|(_, value)| value.trim().trim_matches('"').split_ascii_whitespace())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::next_page;

    #[test]
    fn finds_the_next_page_among_others() {
        let header =
            r#"<https://a.example/t?page=2&per_page=30>; rel="next", <https://a.example/t?page=1>; rel="first""#;
        assert_eq!(next_page(header).as_deref(), Some("https://a.example/t?page=2&per_page=30"));
        let header =
            r#"<https://a.example/t?page=1>; rel="first", <https://a.example/t?page=3>; title="a, b"; rel=next"#;
        assert_eq!(next_page(header).as_deref(), Some("https://a.example/t?page=3"));
    }

    #[test]
    fn the_last_page_has_no_next() {
        assert_eq!(next_page(r#"<https://a.example/t?page=1>; rel="first""#), None);
        assert_eq!(next_page(""), None);
        assert_eq!(next_page("<<<>;;;,,rel=next"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(header in ".{0,200}") {
            let _ = next_page(&header);
        }
    }
}
