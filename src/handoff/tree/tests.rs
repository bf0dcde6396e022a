use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::Value;

use super::{Shape, Tree};

fn parse(text: &str) -> Option<Tree<'_>> {
    Tree::parse(text, Shape::ALL)
}

#[test]
fn fields_are_found_by_name_at_any_depth() {
    let tree = parse(r#"{"a":{"b":[{"c":"d"}]},"n":2,"yes":true}"#).unwrap();
    assert_eq!(tree.at("a").list("b")[0].text("c"), Some("d"));
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
    let shape = const { &Shape { skip: &["big"], raw: &["input"], ..*Shape::ALL } };
    let tree = Tree::parse(r#"{"x":{"big":[1,2,{"y":3}],"input":{"k": [ 1 ]},"z":1}}"#, shape).unwrap();
    assert_eq!(tree.get("x").fields().len(), 2);
    assert_eq!(*tree.at("x.input"), Tree::Raw(r#"{"k": [ 1 ]}"#));
}

#[test]
fn levels_beyond_those_asked_for_stay_text() {
    let shape = const { &Shape { levels: 2, ..*Shape::ALL } };
    let tree = Tree::parse(r#"[{"a":{"b":1},"c":"d","e":[]},3,[4,[5]]]"#, shape).unwrap();
    assert_eq!(tree.items()[0].fields()[0].1, Tree::Raw(r#"{"b":1}"#));
    assert_eq!(tree.items()[0].text("c"), Some("d"));
    assert_eq!(tree.items()[2], Tree::List(vec![Tree::Number(4.0), Tree::Raw("[5]")]));
}

#[test]
fn a_broken_document_is_none() {
    for text in ["", "{", "[1,]", "{\"a\":}", "nul", "{} {}", "01", "1.", "\"a", "\"\\x\"", "{a:1}", "[1 2]", "truex"] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn half_a_pair_of_units_costs_only_itself() {
    let tree = parse(r#"["\ud83d\ude00","cut \ud83d","\ude00\u0041","\ud83d\ud83d\ude00"]"#).unwrap();
    let texts: Vec<_> = tree.items().iter().filter_map(Tree::as_text).collect();
    assert_eq!(texts, ["\u{1f600}", "cut \u{fffd}", "\u{fffd}A", "\u{fffd}\u{1f600}"]);
}

#[test]
fn what_is_skipped_is_searched_for_its_end_only() {
    let shape = const { &Shape { skip: &["s"], raw: &["r"], ..*Shape::ALL } };
    let tree = Tree::parse(r#"{"s":{"a":"}\"]","b":[{}]},"r": "x\\" ,"n":-1.5e1}"#, shape).unwrap();
    assert_eq!((tree.fields().len(), tree.get("r"), tree.number("n")), (2, &Tree::Raw(r#""x\\""#), Some(-15.0)));
    for text in [r#"{"s":{"a":"#, r#"{"s":"x\"#, r#"{"r":[1"#, r#"{"r":}"#] {
        assert_eq!(Tree::parse(text, shape), None, "{text}");
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
    fn any_text_is_read_without_panic(text in "[\n\\[\\]{}\",:a0\\\\ ]{0,40}") {
        let shape = const { &Shape { skip: &["a"], raw: &["0"], ..*Shape::ALL } };
        let _ = (parse(&text), Tree::parse(&text, shape), Tree::parse_start(&text, shape));
        let (_, below) = Tree::parse_line(&text, shape, ["a", "0"]);
        prop_assert!(below.len() < text.len() || text.is_empty());
    }
}

#[test]
fn a_line_that_is_broken_costs_itself() {
    let mut text = "{\"a\":1}\r\n{\"s\":\"cut\n{\"s\":{\"x\":[\n{\"b\":\"\\u00e4\"} x\n{\"c\":2}";
    let mut found = Vec::new();
    while !text.is_empty() {
        let (tree, below) = Tree::parse_line(text, const { &Shape { skip: &["s"], ..*Shape::ALL } }, ["", ""]);
        found.push(tree.map(|tree| tree.fields()[0].0.to_string()));
        text = below;
    }
    assert_eq!(found, [Some("a".to_owned()), None, None, None, Some("c".to_owned())]);
}

#[test]
fn a_line_is_read_until_a_field_that_follows_another() {
    let until = ["message", "result"];
    let (tree, below) =
        Tree::parse_line("{\"message\":{\"result\":0},\"result\":{\"b\":1},\"c\"\nnext", Shape::ALL, until);
    let tree = tree.unwrap();
    assert_eq!(tree.get("result"), &Tree::Raw("{\"b\":1},\"c\""));
    assert_eq!(below, "next");
    let result = Tree::parse_start("{\"b\":1},\"c\"", Shape::ALL);
    assert_eq!(result.whole("b"), Some(1));
    let (tree, _) = Tree::parse_line("{\"result\":{\"b\":1},\"message\":2}", Shape::ALL, until);
    assert_eq!(tree.unwrap().whole("result.b"), Some(1));
}

#[test]
fn an_empty_object_takes_no_room_of_its_own() {
    // Three bytes of a text made for it would take 448 otherwise.
    let Some(Tree::Object(fields)) = Tree::parse("{ }", Shape::ALL) else { panic!("an object") };
    assert_eq!(fields.capacity(), 0);
}
