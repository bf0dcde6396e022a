use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::super::brief::{Handoff, Limit, Unit, brief};
use super::super::conversation::*;
use super::super::workspace::{Diagnostic, FailingTest, Selection, Terminal};
use super::*;

/// A handoff with every field and every kind, its texts taken in turn from a list.
fn full(texts: &[String], depth: usize, workspace_too: bool) -> (String, Conversation, Workspace) {
    let mut next = texts.iter().cycle();
    let mut text = || next.next().cloned().unwrap_or_default();
    let edit =
        |text: &mut dyn FnMut() -> String, change| FileEdit { path: text(), from: Some(text()), change, diff: text() };
    let mut parts = vec![
        Part::Text(text()),
        Part::Reasoning(text()),
        Part::Plan(text()),
        Part::Error(text()),
        Part::Compaction(text()),
        Part::Image(text()),
        Part::Question { text: text(), answer: Some(text()) },
        Part::Question { text: text(), answer: None },
    ];
    let statuses = [TodoStatus::Pending, TodoStatus::InProgress, TodoStatus::Completed, TodoStatus::Cancelled];
    parts.push(Part::Todos(statuses.into_iter().map(|status| Todo { text: text(), status }).collect()));
    let kinds = [
        ToolKind::Read,
        ToolKind::Edit,
        ToolKind::Search,
        ToolKind::Execute,
        ToolKind::Fetch,
        ToolKind::Subagent,
        ToolKind::Other,
    ];
    let ends = [ToolStatus::Completed, ToolStatus::Failed, ToolStatus::Cancelled, ToolStatus::Unknown];
    let changes = [Change::Modified, Change::Added, Change::Deleted, Change::Renamed];
    for (index, kind) in kinds.into_iter().enumerate() {
        parts.push(Part::Tool(Box::new(ToolCall {
            id: text(),
            name: text(),
            kind,
            input: text(),
            command: (index % 2 == 0).then(&mut text),
            paths: vec![text(), text()],
            output: text(),
            exit_code: [None, Some(0), Some(-1), Some(i32::MAX)][index % 4],
            status: ends[index % 4],
            edits: vec![edit(&mut text, changes[index % 4])],
            subagent: Vec::new(),
        })));
    }
    let attachments = [
        AttachmentKind::File,
        AttachmentKind::Image,
        AttachmentKind::Selection,
        AttachmentKind::Terminal,
        AttachmentKind::Diagnostic,
        AttachmentKind::Other,
    ];
    let request = Request {
        text: text(),
        attachments: attachments
            .into_iter()
            .map(|kind| Attachment { kind, name: text(), text: Some(text()) })
            .collect(),
        scaffolding: vec![Scaffolding { kind: text(), text: text() }],
    };
    let mut turns = vec![Turn { id: Some(text()), at: Some(text()), request, parts, state: TurnState::Open }];
    for state in [TurnState::Failed, TurnState::Cancelled, TurnState::Completed] {
        turns.push(Turn { state, ..Turn::default() });
    }
    if depth > 0 {
        let (_, inner, _) = full(texts, depth - 1, false);
        turns[1].parts.push(Part::Tool(Box::new(ToolCall { subagent: inner.turns, ..ToolCall::default() })));
    }
    let mut workspace = Workspace::default();
    if workspace_too {
        workspace = Workspace {
            repository: Some(text()),
            folder: Some(text()),
            branch: Some(text()),
            base_commit: Some(text()),
            head_commit: Some(text()),
            pull_request: Some(text()),
            changes: changes.into_iter().map(|change| edit(&mut text, change)).collect(),
            failing_tests: vec![FailingTest { name: text(), path: Some(text()), output: text() }],
            diagnostics: vec![Diagnostic { path: text(), line: Some(u32::MAX), severity: text(), message: text() }],
            selections: vec![Selection { path: text(), line: None, text: text() }],
            terminals: vec![Terminal { name: text(), text: text() }],
            open_files: vec![text(), text()],
            custom_agents: vec![text()],
        };
    }
    let conversation = Conversation {
        format: text(),
        title: Some(text()),
        tool: Some(text()),
        model: Some(text()),
        turns,
        skipped: 3,
        workspace: workspace.clone(),
    };
    (text(), conversation, workspace)
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("text {index}")).collect()
}

fn sample() -> Bundle {
    let (prompt, conversation, workspace) = full(&texts(500), 1, true);
    Bundle::create(prompt, Some(conversation), workspace, &Masking::default())
}

#[test]
fn bundles_of_this_version_stay_readable_and_are_still_written_alike() {
    let mut small = Bundle { prompt: "Go on\nwith “it”.".to_owned(), ..Bundle::default() };
    small
        .masked
        .push(Masked { kind: "GitHub token".to_owned(), placeholder: "‹GitHub token 1›".to_owned(), count: 2 });
    for (name, mut bundle) in [("every-field", sample()), ("prompt-only", small)] {
        let path = Path::new("tests/fixtures/bundles").join(format!("{name}.json"));
        if std::env::var_os("WRITE_FIXTURES").is_some() {
            fs::write(&path, bundle.to_json()).expect("written");
        }
        let kept = fs::read_to_string(&path).expect("the kept bundle");
        assert_eq!(bundle.to_json(), kept);
        assert_eq!(Bundle::decode(&kept).as_ref(), Ok(&bundle));
    }
}

#[test]
fn spaces_around_it_are_no_damage_and_another_word_is() {
    let json = sample().to_json();
    let tree: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(tree["hash"].as_str().is_some_and(|hash| hash == sample().hash() && hash.len() == 71));
    let spaced = json.replace("\":", "\" :\n ").replace(",\"", " ,\t\"");
    assert_eq!(Bundle::decode(&format!("\u{feff} {spaced}\n")), Ok(sample()));
    let code = |text: &str| Bundle::decode(text).map(|_| ()).map_err(|error| error.code);
    assert_eq!(code(&json.replace("text 7\"", "text 8\"")), Err(ErrorCode::Corrupt));
    assert_eq!(code(&json[..json.len() / 2]), Err(ErrorCode::Corrupt));
    assert_eq!(code(&json.replace("\"version\":\"1.0\"", "\"version\":\"2.0\"")), Err(ErrorCode::Unsupported));
    for no_bundle in ["", "{}", "hello", "[1]", "{\"format\":\"other\"}", "https://example.com/#x"] {
        assert_eq!(code(no_bundle), Err(ErrorCode::Invalid), "{no_bundle}");
    }
}

#[test]
fn the_order_of_fields_is_no_damage() {
    fn sorted(value: &serde_json::Value) -> String {
        match value {
            serde_json::Value::Object(fields) => {
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_by_key(|(name, _)| name.as_str());
                let fields =
                    fields.iter().map(|(name, value)| format!("{}: {}", serde_json::json!(name), sorted(value)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
            }
            serde_json::Value::Array(items) => {
                format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(","))
            }
            value => value.to_string(),
        }
    }
    let json = sample().to_json();
    let reordered = sorted(&serde_json::from_str(&json).expect("JSON"));
    assert!(reordered.starts_with("{\"conversation\""));
    assert_eq!(Bundle::decode(&reordered), Ok(sample()));
    let damaged = reordered.replacen("text 7\"", "text 8\"", 1);
    assert_eq!(Bundle::decode(&damaged).expect_err("another word").code, ErrorCode::Corrupt);
}

/// A bundle as a later minor version writes it.
fn later(change: impl Fn(String) -> String) -> String {
    let json = sample().to_json();
    let body = change(json[..json.rfind(",\"hash\"").unwrap_or_default()].replace("\"1.0\"", "\"1.7\"")) + "}";
    format!("{},\"hash\":\"{}\"}}", &body[..body.len() - 1], super::hash(&body))
}

#[test]
fn the_diffs_of_a_hosts_workspace_are_checked() {
    let read = |diff: &str| {
        let mut json = "{\"changes\":[{\"path\":\"a.rs\",\"diff\":".to_owned();
        quote(diff, &mut json);
        read_workspace(&(json + "}]}")).map(|mut workspace| workspace.changes.remove(0).diff)
    };
    let hunk = "@@ -1 +1 @@\n-a\n+b\n";
    assert_eq!(read(&["--- a/a.rs\n+++ b/a.rs\n", hunk].concat()).as_deref(), Ok(hunk));
    assert_eq!(read("@@\n+b\n").as_deref(), Ok("@@\n+b\n"));
    let error = read("@@ -1,2 +1 @@\n-a\n+b\n").expect_err("a line is lost");
    assert_eq!(error.code, ErrorCode::Invalid);
    assert!(error.message.starts_with("“a.rs”: Line 3 "), "{}", error.message);
}

#[test]
fn what_a_later_version_adds_is_passed_over() {
    let text = later(|body| {
        body.replacen("\"parts\":[", "\"parts\":[{\"kind\":\"hologram\",\"text\":\"?\"},", 1)
            .replacen("\"does\":\"read\"", "\"does\":\"dream\",\"depth\":1.5", 1)
            .replacen("\"intent\":{", "\"extra\":{\"a\":[1,null,true]},\"intent\":{\"mood\":\"good\",", 1)
    });
    let mut expected = sample();
    if let Some(Part::Tool(call)) = expected.conversation.as_mut().and_then(|talk| talk.turns[0].parts.get_mut(9)) {
        assert_eq!(call.kind, ToolKind::Read);
        call.kind = ToolKind::Other;
    }
    // A part that is left out is missing, and told of.
    expected.conversation.as_mut().expect("a conversation").skipped += 1;
    assert_eq!(Bundle::decode(&text), Ok(expected));
}

#[test]
fn fields_of_another_type_are_missing_fields() {
    let text = later(|body| {
        body.replacen("\"turns\":[", "\"turns\":[1,null,\"x\",[],", 1).replacen(
            "\"title\":\"",
            "\"title\":[],\"was\":\"",
            1,
        )
    });
    let mut expected = sample();
    let conversation = expected.conversation.as_mut().expect("a conversation");
    (conversation.title, conversation.skipped) = (None, conversation.skipped + 4);
    assert_eq!(Bundle::decode(&text), Ok(expected));
}

#[test]
fn links_go_both_ways_alone_and_in_an_address() {
    let link = sample().to_link().expect("a link");
    assert!(link.len() < sample().to_json().len() / 2);
    assert!(link.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    for text in
        [link.clone(), format!("https://example.com/page#{link}"), format!(" https://example.com/?a=b#bundle={link}\n")]
    {
        assert_eq!(Bundle::decode(&text), Ok(sample()));
    }
    let (first, second) = link.split_at(link.len() / 2);
    for broken in [format!("{first}\r\n {second}"), format!("https://example.com/\n#{first} {second}")] {
        assert_eq!(Bundle::decode(&broken), Ok(sample()));
    }
    for end in (MARK_LENGTH..link.len()).step_by(7) {
        let error = Bundle::decode(&link[..end]).expect_err("cut off");
        assert_eq!(error.code, ErrorCode::Corrupt, "{end}");
    }
}

const MARK_LENGTH: usize = 4;

#[test]
fn a_link_that_no_browser_carries_is_refused_by_its_size() {
    let mut state = 1_u32;
    let noise: String = (0..1_400_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b' ' + (state >> 25) as u8 % 95)
        })
        .collect();
    let error = Bundle { prompt: noise, ..Bundle::default() }.to_link().expect_err("too large");
    assert_eq!(error.code, ErrorCode::TooLarge);
    assert!(error.message.contains("1000000") && !error.hint.is_empty());
}

#[test]
fn unpacking_stops_at_a_stated_size() {
    use base64::Engine;
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b' '; 40 << 20], 6);
    let link = format!("ca1.{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bomb));
    assert!(link.len() < 100_000);
    assert_eq!(Bundle::decode(&link).expect_err("a bomb").code, ErrorCode::TooLarge);
}

#[test]
fn secrets_are_masked_in_every_text_of_a_bundle() {
    let token = ["gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let (prompt, conversation, workspace) = full(&[format!("a {token} b")], 1, true);
    let mut bundle = Bundle::create(prompt, Some(conversation), workspace, &Masking::default());
    let json = bundle.to_json();
    assert!(!json.contains(&token));
    let (prompt, conversation, workspace) = full(&["a ‹GitHub token 1› b".to_owned()], 1, true);
    assert_eq!((bundle.prompt, bundle.conversation, bundle.workspace), (prompt, Some(conversation), workspace));
    assert_eq!(bundle.masked.len(), 1);
    assert_eq!(
        (bundle.masked[0].kind.as_str(), bundle.masked[0].placeholder.as_str()),
        ("GitHub token", "‹GitHub token 1›")
    );
    assert_eq!(bundle.masked[0].count, json.matches("a ‹GitHub token 1› b").count());
}

/// A bundle, its link and its brief, of a handoff that has a text in every place.
fn everywhere(text: &str, masking: &Masking) -> [String; 3] {
    let (prompt, conversation, workspace) = full(&[text.to_owned()], 1, true);
    let mut bundle = Bundle::create(prompt, Some(conversation), workspace, masking);
    let handoff = Handoff {
        prompt: &bundle.prompt,
        conversation: bundle.conversation.as_ref(),
        workspace: &bundle.workspace,
        pushed: None,
        drop: &[],
    };
    let brief = brief(&handoff, Limit { size: 1_000_000, unit: Unit::Bytes }).expect("a brief");
    let link = link::decode(link::find(&bundle.to_link().expect("a link")).expect("packed")).expect("unpacked");
    [bundle.to_json(), link, brief.text]
}

#[test]
fn a_token_that_grep_coloured_is_masked() {
    let rest = "16C7e42F292c6912E7710c838347Ae178B4a";
    let text = format!("GITHUB_TOKEN=\u{1b}[01;31m\u{1b}[Kghp_\u{1b}[m\u{1b}[K{rest}\n");
    for text in everywhere(&text, &Masking::default()) {
        assert!(!text.contains(rest) && text.contains("GITHUB_TOKEN=‹GitHub token 1›"), "{text}");
    }
}

#[test]
fn a_diff_without_secrets_keeps_every_byte() {
    let diff = "@@ -1 +1 @@\n-a\u{c}\r\n+b\u{c}\u{1b}[1m\r\n".to_owned();
    let workspace = Workspace { changes: vec![FileEdit { diff, ..FileEdit::default() }], ..Workspace::default() };
    assert_eq!(Bundle::create(String::new(), None, workspace.clone(), &Masking::default()).workspace, workspace);
}

#[test]
fn unmasking_one_makes_another_bundle_in_which_the_others_keep_their_names() {
    let (one, two) = ("DB_PASSWORD=s3cr3t-Pa55x9", "ADMIN_PASSWORD=t4rt4n-Qb66y8");
    let prompt = format!("{one}\n{two}");
    let mut masked = Bundle::create(prompt.clone(), None, Workspace::default(), &Masking::default());
    assert_eq!(masked.prompt, "DB_PASSWORD=‹password 1›\nADMIN_PASSWORD=‹password 2›");
    let masking = Masking { unmask: vec!["‹password 1›".to_owned()], ..Masking::default() };
    let mut unmasked = Bundle::create(prompt.clone(), None, Workspace::default(), &masking);
    assert_eq!(unmasked.prompt, format!("{one}\nADMIN_PASSWORD=‹password 2›"));
    assert_ne!(masked.hash(), unmasked.hash());
}

#[test]
fn a_conversation_that_holds_nothing_is_none() {
    let mut empty =
        Bundle::create("Go".into(), Some(Conversation::default()), Workspace::default(), &Masking::default());
    assert_eq!(Bundle::decode(&empty.to_json()), Ok(empty));
    let body = r#"{"format":"cloud-agents-bundle","version":"1.0","conversation":{"later":0}}"#;
    let hash = super::hash(body);
    let mut read = Bundle::decode(&body.replace("}}", &format!(r#"}},"hash":"{hash}"}}"#))).expect("a bundle");
    assert_eq!(Bundle::decode(&read.to_json()), Ok(read));
}

#[test]
fn a_bundle_of_an_opened_bundle_tells_what_was_masked() {
    let prompt = "DB_PASSWORD=s3cr3t-Pa55x9\nADMIN_PASSWORD=t4rt4n-Qb66y8";
    let mut first = Bundle::create(prompt.to_owned(), None, Workspace::default(), &Masking::default());
    let opened = Bundle::decode(&first.to_json()).expect("a bundle");
    let masking = Masking { before: opened.masked.clone(), ..Masking::default() };
    let mut again = Bundle::create(opened.prompt, None, opened.workspace, &masking);
    assert_eq!((again.hash(), again), (first.hash(), first));
    let edited = "DB_PASSWORD=‹password 1›\nROOT_PASSWORD=k1lt3d-Rc77z7";
    let edited = Bundle::create(edited.to_owned(), None, Workspace::default(), &masking);
    assert_eq!(edited.prompt, "DB_PASSWORD=‹password 1›\nROOT_PASSWORD=‹password 3›");
    let list: Vec<_> = edited.masked.iter().map(|masked| (masked.placeholder.as_str(), masked.count)).collect();
    assert_eq!(list, [("‹password 1›", 1), ("‹password 3›", 1)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_bundle_comes_back_exactly(texts in proptest::collection::vec(".{0,12}", 1..60), depth in 0usize..3, whole: bool) {
        let (prompt, conversation, workspace) = full(&texts, depth, whole);
        let mut bundle = Bundle { prompt, conversation: whole.then_some(conversation), workspace, masked: Vec::new() };
        let json = bundle.to_json();
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
        let back = Bundle::decode(&json);
        prop_assert_eq!(back.as_ref(), Ok(&bundle));
        prop_assert_eq!(bundle.clone().to_json(), json);
        let link = bundle.to_link().expect("a link");
        prop_assert_eq!(Bundle::decode(&link), Ok(bundle));
    }

    #[test]
    fn no_control_characters_hide_a_token(
        at in 0usize..=40, within in "(\u{1b}\\[[0-9;]{0,5}[mK]){1,3}|[\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1a}\u{7f}-\u{9a}\u{ad}\u{200b}]{1,3}|\u{1b}", also: bool
    ) {
        let known = "correct horse battery staple, mine alone";
        let token = if also { known.to_owned() } else { ["gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"].concat() };
        let (before, after) = token.split_at(at);
        let masking = Masking { also: vec![known.to_owned()], ..Masking::default() };
        for text in everywhere(&format!("say {before}{within}{after}\n+end"), &masking) {
            prop_assert!(!text.contains(&token));
            // Neither whole nor in its two pieces.
            prop_assert!(!text.contains(after) || at > 30);
            prop_assert!(!text.contains(before) || at < 10);
        }
    }

    #[test]
    fn damaged_bundles_are_refused_not_fatal(at in any::<proptest::sample::Index>(), byte in any::<u8>(), link: bool) {
        let text = if link { sample().to_link().expect("a link") } else { sample().to_json() };
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(damaged) = String::from_utf8(bytes)
            && let Ok(bundle) = Bundle::decode(&damaged)
        {
            prop_assert_eq!(bundle, sample());
        }
    }

    #[test]
    fn any_text_is_survived(text in "(ca1\\.)?[A-Za-z0-9_-]{0,200}|\\PC{0,100}") {
        prop_assert!(Bundle::decode(&text).is_err());
    }
}
