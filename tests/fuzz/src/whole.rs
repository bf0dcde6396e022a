//! The whole way of a handoff: any bytes are read, cleaned of secrets, packed, unpacked and told in a brief.

use cloud_agents::error::ErrorCode;
use cloud_agents::handoff::secrets::Choices;
use cloud_agents::handoff::{Bundle, Handoff, Limit, Masking, Unit, Workspace, brief, read};

use crate::chance::Chance;
use crate::packed::comes_back;
use crate::targets::items;

/// Exact texts that short are masked only as words of their own.
const SHORTEST_MASKED: usize = 16;
const UNITS: [Unit; 4] = [Unit::Utf16, Unit::Characters, Unit::Bytes, Unit::Tokens];

/// What is asked for and what is masked follow from so many bytes, so that it is the same for a text that was made longer.
const TELLING: usize = 64;

/// Goes that way.
pub fn way(input: &[u8]) -> usize {
    let Ok(conversation) = read(input, None) else { return 0 };
    let mut chance = Chance::of(&input[..input.len().min(TELLING)]);
    let text = String::from_utf8_lossy(input);
    let prompt = match chance.below(4) {
        0 => "",
        1 => text.get(..text.len() / 2).unwrap_or_default(),
        2 => text.lines().next_back().unwrap_or_default(),
        _ => "Make the tests pass.",
    };
    let words: Vec<&str> = text
        .split(|sign: char| !sign.is_ascii_alphanumeric())
        .filter(|word| (SHORTEST_MASKED..=40).contains(&word.len()))
        .collect();
    let also: Vec<String> = chance.pick(&words).map(|word| (*word).to_owned()).into_iter().collect();
    let names = chance.below(2) == 0;
    let masking = Masking { also, choices: Choices { homes: names, emails: names }, ..Masking::default() };
    let workspace = conversation.workspace.clone();
    let mut bundle = Bundle::create(prompt.to_owned(), Some(conversation.clone()), workspace, &masking);
    comes_back(&mut bundle);
    for text in &masking.also {
        let mut is_ours = Bundle::create(String::new(), Some(Default::default()), Workspace::default(), &masking);
        if !is_ours.to_json().contains(text.as_str()) {
            assert!(!bundle.to_json().contains(text.as_str()), "{text:?} was to be masked");
        }
    }
    for size in [chance.below(700), 8_000, 29_950] {
        tells(&bundle, Limit { size, unit: UNITS[chance.below(UNITS.len())] });
    }
    items(&conversation.turns)
}

/// A brief is never over its limit and always holds the task.
fn tells(bundle: &Bundle, limit: Limit) {
    let mut workspace = bundle.workspace.clone();
    if let Some(conversation) = &bundle.conversation {
        workspace.fill_from(conversation.workspace.clone());
    }
    let conversation = bundle.conversation.as_ref();
    let handoff = Handoff { prompt: &bundle.prompt, conversation, workspace: &workspace, pushed: None, drop: &[] };
    match brief(&handoff, limit) {
        Ok(brief) => {
            let length = limit.unit.measure(&brief.text);
            assert!(length <= limit.size, "a brief of {length} within {limit:?}");
            assert!(brief.text.contains(bundle.prompt.trim()), "the task is not in the brief within {limit:?}");
        }
        Err(error) => {
            assert_eq!(error.code, ErrorCode::TooLarge);
            let task = limit.unit.measure(bundle.prompt.trim());
            assert!(
                bundle.prompt.trim().is_empty() || task > limit.size,
                "a task of {task} is refused within {limit:?}"
            );
        }
    }
}
