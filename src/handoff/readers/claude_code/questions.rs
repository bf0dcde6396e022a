//! What Claude Code asks the person (AskUserQuestion), and what they answer.

use super::super::super::conversation::Part;
use super::super::super::tree::Tree;
use super::super::draft::Draft;
use super::super::places::Places;

/// Where the questions of a call are, until it has a result.
#[derive(Debug, Default)]
pub(super) struct Questions {
    /// The place of each question among those of its call, with its words.
    asked: Vec<Vec<([usize; 2], String)>>,
    at: Places,
}

impl Questions {
    /// Puts the questions of a call, with their choices.
    pub(super) fn ask(&mut self, call: &str, input: &Tree<'_>, draft: &mut Draft) {
        let [at, _] = self.at.get(call).unwrap_or([self.asked.len(), 0]);
        if at == self.asked.len() {
            self.at.set(call, [at, 0]);
            self.asked.push(Vec::new());
        }
        for question in input.list("questions") {
            let words = question.words("question").to_string();
            let mut text = words.clone();
            for option in question.list("options") {
                for (before, name) in [("\n- ", "label"), (": ", "description")] {
                    let part = option.words(name);
                    if !part.is_empty() || name == "label" {
                        text.push_str(before);
                        text.push_str(part);
                    }
                }
            }
            draft.question(text, None);
            self.asked[at].push((draft.last_place(), words));
        }
    }

    /// Puts the answers to the questions of a call: each by its question, or else all that the call returned.
    pub(super) fn answer(&mut self, call: &str, answers: &Tree<'_>, output: Option<&str>, draft: &mut Draft) {
        let Some([at, _]) = self.at.get(call) else { return };
        for (place, question) in std::mem::take(&mut self.asked[at]) {
            if let Some(Part::Question { answer, .. }) = draft.part(place) {
                *answer = answers.get(&question).as_text().or(output).map(str::to_owned);
            }
        }
    }
}
