//! What Claude Code asks the person (AskUserQuestion), and what they answer.

use std::collections::BTreeMap;

use super::super::super::conversation::Part;
use super::super::super::tree::Tree;
use super::super::draft::Draft;

/// A question that waits for its answer.
#[derive(Debug)]
struct Asked {
    question: String,
    turn: usize,
    part: usize,
}

/// Questions by the call that has no result yet.
#[derive(Debug, Default)]
pub(super) struct Questions(BTreeMap<String, Vec<Asked>>);

impl Questions {
    /// Puts the questions of a call, with their choices.
    pub(super) fn ask(&mut self, call: &str, input: &Tree<'_>, draft: &mut Draft) {
        for question in input.list("questions") {
            let words = question.text("question").unwrap_or_default();
            let mut text = words.to_owned();
            for option in question.list("options") {
                text.push_str("\n- ");
                text.push_str(option.text("label").unwrap_or_default());
                if let Some(description) = option.text("description").filter(|description| !description.is_empty()) {
                    text.push_str(": ");
                    text.push_str(description);
                }
            }
            draft.add(Part::Question { text, answer: None });
            let part = draft.turn().parts.len().saturating_sub(1);
            let turn = draft.conversation.turns.len().saturating_sub(1);
            self.0.entry(call.to_owned()).or_default().push(Asked { question: words.to_owned(), turn, part });
        }
    }

    /// Puts the answers to the questions of a call: each by its question, or else all that the call returned.
    pub(super) fn answer(&mut self, call: &str, answers: &Tree<'_>, output: Option<&str>, draft: &mut Draft) {
        for asked in self.0.remove(call).unwrap_or_default() {
            let said = answers.text(&asked.question).or(output).map(str::to_owned);
            let turn = draft.conversation.turns.get_mut(asked.turn);
            if let Some(Part::Question { answer, .. }) = turn.and_then(|turn| turn.parts.get_mut(asked.part)) {
                *answer = said;
            }
        }
    }
}
