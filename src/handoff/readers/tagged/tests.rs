use std::time::{Duration, Instant};

use super::input;

#[test]
fn the_last_parameter_of_a_name_counts_and_names_are_in_order() {
    assert_eq!(input(&[("b", "1"), ("a", "2"), ("b", "3")]), r#"{"a":"2","b":"3"}"#);
    let args = "<path>x</path><path> y </path>";
    assert_eq!(input(&[("args", args)]), format!(r#"{{"args":"{args}","paths":["x","y"]}}"#));
}

#[test]
fn many_parameters_take_no_quadratic_time() {
    let names: Vec<String> = (0..200_000).map(|at| format!("p{:06}", at * 7919 % 200_000)).collect();
    let parameters: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let begun = Instant::now();
    let json = input(&parameters);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(json.starts_with(r#"{"p000000":"x","p000001":"x","#));
}
