//! Whether the report tells the truth about every item.

use super::super::super::conversation::{Attachment, Turn};
use super::super::super::workspace::{Diagnostic, Selection, Terminal};
use super::*;

/// A prose of unlike words, on lines of which some are long.
fn prose(most: usize) -> impl Strategy<Value = String> {
    let counts = prop_oneof![1..12_usize, 1..most];
    (counts, any::<u32>(), 3..400_usize).prop_map(|(count, seed, row)| {
        let mut text = String::new();
        for index in 0..count {
            let word = (u64::from(seed) + index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            text.push_str(&format!("w{word:x}"));
            text.push(if (index + 1) % row == 0 { '\n' } else { ' ' });
        }
        text.trim().to_owned()
    })
}

fn numbered(count: usize, most: usize) -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((prose(8), prose(most)), 0..count).prop_map(|pairs| {
        let named = |(index, (name, text)): (usize, (String, String))| {
            (format!("n{index}-{}", name.replace(char::is_whitespace, "-")), text)
        };
        pairs.into_iter().enumerate().map(named).collect()
    })
}

fn workspaces() -> impl Strategy<Value = Workspace> {
    let lists =
        (numbered(4, 1500), numbered(4, 400), numbered(3, 900), numbered(3, 900), numbered(5, 3), numbered(4, 3));
    (lists, numbered(4, 300), prop::option::of(prose(100))).prop_map(|(lists, changes, pull_request)| {
        let (tests, diagnostics, selections, terminals, open, agents) = lists;
        let changes = changes.into_iter().enumerate().map(|(index, (path, text))| FileEdit {
            path,
            diff: match index % 3 {
                0 => String::new(),
                1 => "Binary files a/x and b/x differ\n".to_owned(),
                _ => format!("@@ -0,0 +1 @@\n+{}\n", text.replace('\n', " ")),
            },
            ..FileEdit::default()
        });
        let names = |pairs: Vec<(String, String)>| pairs.into_iter().map(|(name, _)| name).collect();
        Workspace {
            pull_request,
            changes: changes.collect(),
            failing_tests: tests.into_iter().map(|(name, output)| FailingTest { name, output, path: None }).collect(),
            diagnostics: diagnostics
                .into_iter()
                .map(|(path, message)| Diagnostic { path, message, severity: "error".into(), line: Some(3) })
                .collect(),
            selections: selections.into_iter().map(|(path, text)| Selection { path, text, line: None }).collect(),
            terminals: terminals.into_iter().map(|(name, text)| Terminal { name, text }).collect(),
            open_files: names(open),
            custom_agents: names(agents),
            ..Workspace::default()
        }
    })
}

fn honest_parts() -> impl Strategy<Value = Part> {
    prop_oneof![
        prose(900).prop_map(Part::Text),
        prose(400).prop_map(Part::Reasoning),
        prose(900).prop_map(Part::Plan),
        prose(300).prop_map(Part::Error),
        prose(300).prop_map(Part::Compaction),
        Just(Part::Text(" ".to_owned())),
        prop::collection::vec(prose(200), 0..4)
            .prop_map(|texts| Part::Todos(texts.iter().map(|text| todo(text, TodoStatus::Pending)).collect())),
        (prose(200), prop::option::of(prose(100))).prop_map(|(text, answer)| Part::Question { text, answer }),
        (prose(200), 0..2, prose(900)).prop_map(|(command, code, output)| ran(&command, code, &output)),
    ]
}

fn conversations() -> impl Strategy<Value = Conversation> {
    let attached = prop::option::of(prose(300));
    let turns =
        (prose(600), attached, prop::collection::vec(honest_parts(), 0..6)).prop_map(|(said, attached, parts)| {
            let mut turn = turn(&said, parts);
            turn.request.attachments = attached
                .into_iter()
                .map(|text| Attachment { name: "a.txt".into(), text: Some(text), ..Attachment::default() })
                .collect();
            turn
        });
    (prop::collection::vec(turns, 0..7), workspaces()).prop_map(|(turns, workspace)| Conversation {
        turns,
        workspace,
        ..Conversation::default()
    })
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// What each item of the workspace is called, and what of it stands in the text if it is whole.
fn items(workspace: &Workspace) -> Vec<(String, Vec<&str>)> {
    let mut items = Vec::new();
    for test in &workspace.failing_tests {
        items.push((format!("test {}", test.name), vec![&*test.name, &test.output]));
    }
    for one in &workspace.diagnostics {
        items.push((format!("error at {}:3", one.path), vec![&*one.path, &one.message]));
    }
    for one in &workspace.selections {
        items.push((format!("selection in {}", one.path), vec![&*one.path, &one.text]));
    }
    for one in &workspace.terminals {
        items.push((format!("terminal {}", one.name), vec![&*one.name, &one.text]));
    }
    for path in &workspace.open_files {
        items.push((format!("open file {path}"), vec![path]));
    }
    for name in &workspace.custom_agents {
        items.push((format!("custom agent {name}"), vec![name]));
    }
    for change in &workspace.changes {
        items.push((change.path.clone(), vec![&change.path]));
        items.push((format!("diff of {}", change.path), vec![&change.diff]));
    }
    if let Some(address) = &workspace.pull_request {
        items.push(("the pull request".to_owned(), vec![address]));
    }
    items
}

/// What stands in the text if a turn is whole.
fn words_of(turn: &Turn) -> Vec<&str> {
    let mut words = vec![&*turn.request.text];
    words.extend(turn.request.attachments.iter().filter_map(|one| one.text.as_deref()));
    for part in &turn.parts {
        match part {
            Part::Text(text) | Part::Reasoning(text) | Part::Error(text) | Part::Compaction(text) => words.push(text),
            Part::Tool(call) => words.extend([call.command.as_deref().unwrap_or_default(), &call.output]),
            _ => {}
        }
    }
    words
}

/// The lists in which an item is.
fn lists_of<'b>(brief: &'b Brief, item: &str) -> Vec<(usize, &'b str)> {
    let mut found = Vec::new();
    for (place, list) in [&brief.kept, &brief.shortened, &brief.masked, &brief.omitted].into_iter().enumerate() {
        found.extend(list.iter().filter(|note| note.item == item).map(|note| (place, note.why.as_str())));
    }
    found
}

fn check_report(brief: &Brief, prompt: &str, day: &Conversation) {
    let text = squeezed(&brief.text);
    let holds = |words: &[&str]| words.iter().all(|words| text.contains(&squeezed(words)));
    for (item, words) in items(&day.workspace) {
        let lists = lists_of(brief, &item);
        assert_eq!(lists.len(), 1, "{item}: {lists:?}");
        assert!(lists[0].0 != 0 || holds(&words), "{item} is kept, yet not there:\n{}", brief.text);
        assert_eq!(lists[0].0 == 0, lists[0].1.is_empty(), "{item}: {lists:?}");
    }
    let last = |is_such: &dyn Fn(&Part) -> bool| {
        day.turns.iter().flat_map(|turn| &turn.parts).rfind(|part| is_such(part)).cloned()
    };
    if let Some(Part::Plan(plan)) = last(&|part| matches!(part, Part::Plan(_))) {
        let lists = lists_of(brief, "the plan");
        assert!(lists.len() == 1 && (lists[0].0 != 0 || holds(&[&plan])), "the plan: {lists:?}");
    }
    if let Some(Part::Todos(todos)) = last(&|part| matches!(part, Part::Todos(_))) {
        for todo in todos {
            let lists = lists_of(brief, &quote::line(&todo.text, 80));
            assert!(!lists.is_empty(), "{}", todo.text);
            assert!(lists.iter().any(|list| list.0 != 0) || holds(&[&todo.text]), "{}: {lists:?}", todo.text);
        }
    }
    for (index, turn) in day.turns.iter().enumerate() {
        let label = format!("turn {}", index + 1);
        if turn.request.text != prompt {
            let lists = lists_of(brief, &format!("what the person said in {label}"));
            assert_eq!(lists.len(), 1, "{label}: {lists:?}");
            assert!(lists[0].0 != 0 || holds(&[&turn.request.text]), "{label}: {lists:?}");
        }
        for part in &turn.parts {
            let (name, words) = match part {
                Part::Question { text, answer } => ("a question", vec![&**text, answer.as_deref().unwrap_or_default()]),
                Part::Error(text) => ("an error", vec![&**text]),
                _ => continue,
            };
            let lists = lists_of(brief, &format!("{name} of {label}"));
            assert!(!lists.is_empty() && (lists.iter().any(|list| list.0 != 0) || holds(&words)), "{name}: {lists:?}");
        }
        let steps = 1 + turn.parts.iter().filter(|part| is_told_by_turn(Some(part))).count();
        let mut counted = 0;
        for (list, why) in lists_of(brief, &label) {
            match why.split_once(" of its ") {
                Some((count, _)) => counted += count.parse::<usize>().unwrap(),
                None => {
                    assert!(list == 0 && why.is_empty() && holds(&words_of(turn)), "{label}: {why}\n{}", brief.text);
                    counted += steps;
                }
            }
        }
        assert_eq!(counted, steps, "{label}");
    }
    let is_all = [&brief.shortened, &brief.masked, &brief.omitted].into_iter().all(Vec::is_empty);
    let is_said = brief.text.contains("- Nothing: all that was said and done is above.");
    assert!(is_all || !is_said, "it says that nothing is missing: {brief:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_item_is_in_one_list_and_what_is_kept_stands_there(
        day in conversations(),
        size in prop_oneof![Just(29_950_usize), Just(8000), Just(120_000), 1500..30_000_usize],
        is_last_asked in any::<bool>(),
    ) {
        let last = day.turns.last().map_or("Go on.", |turn| &turn.request.text).to_owned();
        let prompt = if is_last_asked { last } else { "Go on.".to_owned() };
        if Unit::Utf16.measure(&prompt) + 200 < size {
            check_report(&render(&prompt, &day, size, Unit::Utf16).unwrap(), &prompt, &day);
        }
    }
}

#[test]
fn nothing_is_cut_where_there_is_room() {
    let long = |name: &str| (0..250).map(|row| format!("{name} row {row} of them all\n")).collect::<String>();
    let workspace = Workspace {
        pull_request: Some("https://github.com/octocat/hello/pull/7".into()),
        custom_agents: vec!["reviewer".into()],
        failing_tests: vec![FailingTest { name: "t".into(), output: long("test"), path: None }],
        diagnostics: vec![Diagnostic {
            path: "a".into(),
            message: long("lint"),
            severity: "error".into(),
            line: Some(3),
        }],
        selections: vec![Selection { path: "a.rs".into(), text: long("chosen"), line: Some(7) }],
        terminals: vec![Terminal { name: "zsh".into(), text: long("shown") }],
        ..Workspace::default()
    };
    let mut parts = vec![Part::Todos(vec![todo(&long("do"), TodoStatus::Pending)])];
    parts.extend((0..9).map(|index| Part::Error(format!("error number {index}"))));
    parts.extend((0..30).map(|index| {
        let call = ToolCall {
            name: "Read".into(),
            kind: ToolKind::Read,
            paths: vec![format!("r{index}.rs")],
            ..ToolCall::default()
        };
        Part::Tool(Box::new(call))
    }));
    let day = Conversation { turns: vec![turn("go", parts)], workspace, ..Conversation::default() };
    let brief = render("Finish", &day, 60_000, Unit::Utf16).unwrap();
    check_report(&brief, "Finish", &day);
    assert_eq!((&*brief.shortened, &*brief.omitted, &*brief.masked), (&[][..], &[][..], &[][..]));
    assert!(section(&brief.text, "Not included").contains("- Nothing"), "{}", brief.text);
    let state = section(&brief.text, "State of the work");
    assert!(state.contains("- Pull request: `https://github.com/octocat/hello/pull/7`\n"), "{state}");
    assert!(state.contains("- Custom agent of the repository: `reviewer`\n"), "{state}");
    let failing = section(&brief.text, "What fails now");
    assert!((0..9).all(|index| failing.contains(&format!("error number {index}"))), "{failing}");
    assert!(section(&brief.text, "Files that matter").contains("`r29.rs`: read 1 times"), "{}", brief.text);
}
