use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::Value;

use super::{Shape, Tree};

fn parse(text: &str) -> Option<Tree<'_>> {
    Tree::parse(text, Shape::default())
}

#[test]
fn fields_are_found_by_name_at_any_depth() {
    let tree = parse(r#"{"a":{"b":[{"c":"d"}]},"n":2,"yes":true}"#).unwrap();
    assert_eq!(tree.at(&["a"]).list("b")[0].text("c"), Some("d"));
    assert_eq!(tree.whole("n"), Some(2));
    assert!(tree.is("yes"));
    assert!(!tree.get("missing").is_there());
    assert_eq!(tree.get("missing").text("deeper"), None);
}

#[test]
fn text_without_escapes_is_borrowed() {
    let tree = parse(r#"{"plain":"words","escaped":"two\nlines"}"#).unwrap();
    assert!(matches!(tree.get("plain"), Tree::Text(Cow::Borrowed("words"))));
    assert_eq!(tree.text("escaped"), Some("two\nlines"));
}

#[test]
fn skipped_fields_are_gone_and_raw_ones_are_as_written() {
    let shape = Shape { skip: &["big"], raw: &["input"], ..Shape::default() };
    let tree = Tree::parse(r#"{"x":{"big":[1,2,{"y":3}],"input":{"k": [ 1 ]},"z":1}}"#, shape).unwrap();
    assert_eq!(tree.get("x").fields().len(), 2);
    assert_eq!(*tree.at(&["x", "input"]), Tree::Raw(r#"{"k": [ 1 ]}"#));
}

#[test]
fn levels_beyond_those_asked_for_stay_text() {
    let shape = Shape { levels: 2, ..Shape::default() };
    let tree = Tree::parse(r#"[{"a":{"b":1},"c":"d","e":[]},3,[4,[5]]]"#, shape).unwrap();
    assert_eq!(tree.items()[0].fields()[0].1, Tree::Raw(r#"{"b":1}"#));
    assert_eq!(tree.items()[0].text("c"), Some("d"));
    assert_eq!(tree.items()[2], Tree::List(vec![Tree::Number(4.0), Tree::Raw("[5]")]));
}

#[test]
fn a_broken_document_is_none() {
    for text in ["", "{", "[1,]", "{\"a\":}", "nul", "{} {}", "\"\\ud800\""] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn a_number_beyond_an_exit_code_is_no_whole_number() {
    let tree = parse(r#"{"a":1.5,"b":1e300,"c":-1}"#).unwrap();
    assert_eq!((tree.whole("a"), tree.whole("b"), tree.whole("c")), (None, None, Some(-1)));
}

#[test]
fn what_is_nested_too_deep_is_refused_without_harm() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(parse(&deep), None);
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<String>().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn same(tree: &Tree<'_>, value: &Value) -> bool {
    match (tree, value) {
        (Tree::Null, Value::Null) => true,
        (Tree::Flag(one), Value::Bool(other)) => one == other,
        (Tree::Number(one), Value::Number(other)) => Some(*one) == other.as_f64(),
        (Tree::Text(one), Value::String(other)) => one == other,
        (Tree::List(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Tree::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(&**key).is_some_and(|other| same(one, other)))
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn a_tree_says_what_serde_json_says(value in json()) {
        let text = value.to_string();
        prop_assert!(same(&parse(&text).unwrap(), &value));
    }

    #[test]
    fn any_text_is_read_without_panic(text in "[\\[\\]{}\",:a0\\\\ ]{0,40}") {
        let _ = parse(&text);
    }
}
