//! Whether what stands in one place is only pointed at from the others.

use super::*;

fn once(text: &str, mark: &str) {
    assert_eq!(text.matches(mark).count(), 1, "{mark}: {text}");
}

#[test]
fn the_task_is_not_repeated_among_the_turns() {
    let task = "Write the parser now, as it was said before.\nIt reads from the socket, mark-of-the-task.";
    for last in [true, false] {
        let mut day = working_day();
        let after = if last { vec![] } else { vec![turn("thanks", vec![Part::Text("Welcome.".into())])] };
        day.turns.push(turn(task, vec![Part::Text("I begin.".into())]));
        day.turns.extend(after);
        let brief = render(task, &day, 30_000, Unit::Utf16).unwrap();
        once(&brief.text, "mark-of-the-task");
        assert!(brief.text.contains("### Turn 3\nPerson: (the task above)\nAgent: “I begin.”\n"), "{}", brief.text);
        assert!(brief.kept.iter().any(|note| note.item == "turn 3" && note.why.is_empty()), "{:?}", brief.kept);
    }
}

#[test]
fn a_plan_that_a_message_holds_is_not_repeated() {
    let plan = "# Plan\n\n1. Read the socket.\n2. Write mark-of-the-plan.\n".to_owned();
    let mut day = working_day();
    let request = format!("Implement the following plan:\n\n{plan}");
    day.turns.push(turn(&request, vec![Part::Plan(plan.clone()), Part::Text(plan.clone())]));
    let text = text("Finish", &day, 30_000);
    once(&text, "mark-of-the-plan");
    assert!(section(&text, "Plan and to-dos").contains("The plan of turn 3 is quoted above.\n"), "{text}");
    assert!(text.contains("Person: (quoted above)\nAgent: (quoted above)\n"), "{text}");
    once(&super::text(&request, &day, 30_000), "mark-of-the-plan");
}

#[test]
fn what_fails_is_not_repeated_among_the_turns() {
    let output = format!("{}FAIL mark-of-the-output\n", "a line of the log\n".repeat(8));
    let error = "The connection was lost in the middle of it, mark-of-the-error".to_owned();
    let mut day = working_day();
    day.turns.push(turn("again", vec![ran("make test", 1, &output), Part::Error(error)]));
    let text = text("Finish", &day, 30_000);
    once(&text, "mark-of-the-output");
    once(&text, "mark-of-the-error");
    assert!(
        text.contains("- Ran `make test` → exit code 1; its output: (quoted above)\nError: (quoted above)\n"),
        "{text}"
    );
}

#[test]
fn what_gets_whole_above_late_is_taken_out_of_the_last_turns() {
    let request = format!("mark-of-the-request {}", "tell of it in many words\n".repeat(280));
    let output = format!("mark-of-the-output\n{}FAIL\n", "a line of the log\n".repeat(400));
    let mut day = working_day();
    day.turns.push(turn(&request, vec![ran("make test", 1, &output)]));
    let brief = render("Finish", &day, 29_950, Unit::Utf16).unwrap();
    once(&brief.text, "mark-of-the-request");
    once(&brief.text, "mark-of-the-output");
    let turn = "### Turn 3\nPerson: (quoted above)\n- Ran `make test` → exit code 1; its output: (quoted above)\n";
    assert!(brief.text.contains(turn), "{}", brief.text);
}
