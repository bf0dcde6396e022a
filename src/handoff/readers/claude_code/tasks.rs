//! The to-do list that Claude Code keeps with TaskCreate and TaskUpdate, one task a call.

use super::super::super::conversation::{Todo, TodoStatus};
use super::super::super::tree::Tree;
use super::super::draft::Draft;
use super::super::places::Places;

/// The list is told again in every turn that changes it; of a longer one its end.
const MOST_TASKS: usize = 200;

#[derive(Debug, Default)]
pub(super) struct TaskList {
    tasks: Vec<Todo>,
    /// Where a task is, by its number and by the call that made it.
    at: Places,
    /// Whether it changed since it was last told.
    has_changed: bool,
}

impl TaskList {
    pub(super) fn create(&mut self, call: &str, input: &Tree<'_>) {
        let text = input.words("subject").to_string();
        self.at.set(call, [self.tasks.len(), 0]);
        self.tasks.push(Todo { text, status: TodoStatus::Pending });
        self.has_changed = true;
    }

    /// The result of the call that made a task tells its number.
    pub(super) fn number(&mut self, call: &str, number: &str) {
        if let Some(at) = self.at.get(call) {
            self.at.set(number, at);
        }
    }

    pub(super) fn update(&mut self, input: &Tree<'_>) {
        let at = self.at.get(input.words("taskId"));
        let Some(todo) = at.and_then(|[at, _]| self.tasks.get_mut(at)) else { return };
        self.has_changed = true;
        if let Some(status) = input.text("status") {
            todo.status = TodoStatus::read(status);
        }
        if let Some(subject) = input.string("subject") {
            todo.text = subject;
        }
    }

    /// The turn that told it was taken back.
    pub(super) fn tell_again(&mut self) {
        self.has_changed = !self.tasks.is_empty();
    }

    /// Puts the list into the turn that changed it, once.
    pub(super) fn put(&mut self, draft: &mut Draft) {
        if std::mem::take(&mut self.has_changed) {
            let first = self.tasks.len().saturating_sub(MOST_TASKS);
            draft.todos(self.tasks.get(first..).unwrap_or_default().to_vec());
        }
    }
}
