//! The to-do list that the Copilot CLI's agent keeps in a table.

use super::super::super::conversation::{Todo, TodoStatus};
use super::super::places::Places;

/// The list is told again after every change.
const MOST_ROWS: usize = 200;

/// The rows of the table `todos` that the agent keeps in SQL.
#[derive(Debug, Default)]
pub(super) struct TodoTable {
    todos: Vec<Todo>,
    at: Places,
}

impl TodoTable {
    /// The rows as they stand; of very many the last.
    pub(super) fn rows(&self) -> Vec<Todo> {
        self.todos.get(self.todos.len().saturating_sub(MOST_ROWS)..).unwrap_or_default().to_vec()
    }

    /// Runs what is written for that table. Whether anything was.
    pub(super) fn run(&mut self, query: &str) -> bool {
        let words = sql_words(query);
        let mut changed = false;
        for statement in words.split(|word| word == ";") {
            let is =
                |at: usize, keyword: &str| statement.get(at).is_some_and(|word| word.eq_ignore_ascii_case(keyword));
            let Some(table) = statement.iter().position(|word| word.eq_ignore_ascii_case("todos")) else { continue };
            if is(0, "INSERT") || is(0, "REPLACE") {
                changed |= self.insert(statement.get(table + 1..).unwrap_or_default());
            } else if is(0, "UPDATE") && table == 1 {
                changed |= self.update(statement, None);
            } else if is(0, "DELETE") {
                changed |= self.update(statement, Some(TodoStatus::Cancelled));
            }
        }
        changed
    }

    /// `(id, title, …) VALUES ('a', 'b', …), (…)`
    fn insert(&mut self, words: &[String]) -> bool {
        let mut groups: Vec<Vec<&str>> = Vec::new();
        for word in words {
            match word.as_str() {
                "(" => groups.push(Vec::new()),
                ")" | "," => {}
                word if word.eq_ignore_ascii_case("VALUES") => {}
                word => {
                    if let Some(group) = groups.last_mut() {
                        group.push(word);
                    }
                }
            }
        }
        let Some((columns, rows)) = groups.split_first() else { return false };
        for row in rows {
            let value = |name: &str| {
                let column = columns.iter().position(|column| column.eq_ignore_ascii_case(name))?;
                row.get(column).map(|value| value.strip_prefix('\'').unwrap_or(value))
            };
            let status = value("status").map_or(TodoStatus::Pending, TodoStatus::read);
            if let Some(text) = value("title").or(value("description")) {
                self.at.set(value("id").unwrap_or_default(), [self.todos.len(), 0]);
                self.todos.push(Todo { text: text.to_owned(), status });
            }
        }
        !rows.is_empty()
    }

    /// `SET status = 'done' WHERE id IN ('a', 'b')`; all rows where there is no condition.
    fn update(&mut self, words: &[String], status: Option<TodoStatus>) -> bool {
        let condition = words.iter().position(|word| word.eq_ignore_ascii_case("WHERE")).unwrap_or(words.len());
        let (set, condition) = words.split_at(condition);
        let set = set.iter().position(|word| word.eq_ignore_ascii_case("status")).and_then(|at| set.get(at + 2));
        let status = match (status, set.and_then(|word| word.strip_prefix('\''))) {
            (Some(status), _) => status,
            (None, Some(word)) => TodoStatus::read(word),
            (None, None) => return false,
        };
        if condition.is_empty() {
            self.todos.iter_mut().for_each(|todo| todo.status = status);
            return true;
        }
        let mut changed = false;
        for id in condition.iter().filter_map(|word| word.strip_prefix('\'')) {
            if let Some(todo) = self.at.get(id).and_then(|[at, _]| self.todos.get_mut(at)) {
                todo.status = status;
                changed = true;
            }
        }
        changed
    }
}

/// Signs beyond ASCII count as letters.
fn is_of_word(sign: &char) -> bool {
    sign.is_ascii_alphanumeric() || *sign == '_' || !sign.is_ascii()
}

/// Words and signs of SQL. A string keeps its opening quote, to be told from a word.
fn sql_words(query: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = query.chars().peekable();
    while let Some(first) = rest.next() {
        let mut word = String::from(first);
        if first == '\'' {
            while let Some(next) = rest.next() {
                if next == '\'' && rest.next_if_eq(&'\'').is_none() {
                    break;
                }
                word.push(next);
            }
        } else if is_of_word(&first) {
            while let Some(next) = rest.next_if(is_of_word) {
                word.push(next);
            }
        } else if first.is_whitespace() {
            continue;
        }
        words.push(word);
    }
    words
}
