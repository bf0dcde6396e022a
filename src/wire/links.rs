//! The `Link` header (RFC 8288), as far as pages go.

/// The URL of the next page, from a `Link` header such as `<https://…?page=2>; rel="next", <…>; rel="first"`.
pub fn next_page(header: &str) -> Option<String> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, tail) = after.split_once('>')?;
        // A comma ends the parameters only where the next link begins; quoted values may hold commas too.
        let mut end = 0;
        for piece in tail.split(',') {
            if end > 0 && piece.trim_start().starts_with('<') {
                break;
            }
            end += piece.len() + 1;
        }
        if names_next(tail.get(..end - 1).unwrap_or(tail)) {
            return Some(target.to_owned());
        }
        rest = tail;
    }
    None
}

/// Whether a link's parameters say that it is that of the next page.
fn names_next(parameters: &str) -> bool {
    for parameter in parameters.split(';') {
        let (name, value) = parameter.split_once('=').unwrap_or_default();
        if name.trim().eq_ignore_ascii_case("rel") {
            for relation in value.trim().trim_matches('"').split(' ') {
                if relation.trim().eq_ignore_ascii_case("next") {
                    return true;
                }
            }
        }
    }
    false
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
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
