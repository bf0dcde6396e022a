//! Tasks and their sessions as rows.

use rusqlite::{OptionalExtension, Row, ToSql, Transaction, params};

use super::pulls::{self, NewPull};
use super::{Store, StoreError};
use crate::local::clock;

/// GitHub's eight states of a task or a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    InProgress,
    Completed,
    Failed,
    Idle,
    WaitingForUser,
    TimedOut,
    Cancelled,
}

impl State {
    /// All of them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Queued,
        Self::InProgress,
        Self::Completed,
        Self::Failed,
        Self::Idle,
        Self::WaitingForUser,
        Self::TimedOut,
        Self::Cancelled,
    ];

    /// The word on the wire and in the store.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Idle => "idle",
            Self::WaitingForUser => "waiting_for_user",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    fn from_row(row: &Row<'_>, column: usize) -> rusqlite::Result<Self> {
        Ok(Self::from_word(&row.get::<_, String>(column)?).unwrap_or(Self::Failed))
    }
}

/// One task.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) repository_id: i64,
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) model: Option<String>,
    pub(crate) custom_agent: Option<String>,
    pub(crate) create_pull_request: bool,
    pub(crate) base_ref: String,
    pub(crate) head_ref: String,
    /// The last commit of the task that is on the branch at the origin.
    pub(crate) head_commit: Option<String>,
    pub(crate) pull_id: Option<i64>,
    pub(crate) archived_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) session_count: i64,
}

/// One request within a task.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) task_id: String,
    pub(crate) state: State,
    /// Exactly as it was sent.
    pub(crate) prompt: String,
    pub(crate) error: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) completed_at: Option<i64>,
}

/// What a task is created with.
#[derive(Debug)]
pub(crate) struct NewTask<'a> {
    pub(crate) id: &'a str,
    pub(crate) session_id: &'a str,
    pub(crate) repository_id: i64,
    pub(crate) name: &'a str,
    pub(crate) prompt: &'a str,
    pub(crate) model: Option<&'a str>,
    pub(crate) custom_agent: Option<&'a str>,
    pub(crate) create_pull_request: bool,
    pub(crate) base_ref: &'a str,
    pub(crate) head_ref: &'a str,
}

/// Which tasks a list holds, in which order.
#[derive(Debug, Clone, Default)]
pub(crate) struct TaskFilter {
    pub(crate) repository_id: Option<i64>,
    /// Empty: all of them.
    pub(crate) states: Vec<State>,
    pub(crate) archived: bool,
    /// Updated at this time (milliseconds) or after.
    pub(crate) since: Option<i64>,
    pub(crate) by_creation: bool,
    pub(crate) ascending: bool,
    pub(crate) offset: usize,
    pub(crate) count: usize,
}

/// One page of a list, with the sizes of what it is a page of.
#[derive(Debug)]
pub(crate) struct TaskPage {
    pub(crate) tasks: Vec<Task>,
    pub(crate) matching: usize,
    pub(crate) active: usize,
    pub(crate) archived: usize,
}

const TASK: &str =
    "SELECT id, repository_id, name, state, model, custom_agent, create_pull_request, base_ref, head_ref,
                           head_commit, pull_id, archived_at, created_at, updated_at,
                           (SELECT COUNT(*) FROM sessions WHERE task_id = tasks.id)
                    FROM tasks";
const SESSION: &str = "SELECT id, task_id, state, prompt, error, created_at, updated_at, completed_at FROM sessions";

impl Task {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            repository_id: row.get(1)?,
            name: row.get(2)?,
            state: State::from_row(row, 3)?,
            model: row.get(4)?,
            custom_agent: row.get(5)?,
            create_pull_request: row.get(6)?,
            base_ref: row.get(7)?,
            head_ref: row.get(8)?,
            head_commit: row.get(9)?,
            pull_id: row.get(10)?,
            archived_at: row.get(11)?,
            created_at: row.get(12)?,
            updated_at: row.get(13)?,
            session_count: row.get(14)?,
        })
    }
}

impl Session {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            task_id: row.get(1)?,
            state: State::from_row(row, 2)?,
            prompt: row.get(3)?,
            error: row.get(4)?,
            created_at: row.get(5)?,
            updated_at: row.get(6)?,
            completed_at: row.get(7)?,
        })
    }
}

fn insert_session(
    transaction: &Transaction<'_>,
    id: &str,
    task_id: &str,
    prompt: &str,
    now: i64,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO sessions (id, task_id, state, prompt, created_at, updated_at) VALUES (?1, ?2, 'queued', ?3, ?4, ?4)",
        params![id, task_id, prompt, now],
    )?;
    Ok(())
}

/// A task is where its running session is, else the waiting one, else the newest.
fn settle_task(transaction: &Transaction<'_>, task_id: &str, now: i64) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE tasks SET updated_at = ?2, state = (
             SELECT state FROM sessions WHERE task_id = ?1
             ORDER BY CASE state WHEN 'in_progress' THEN 0 WHEN 'waiting_for_user' THEN 0 WHEN 'queued' THEN 1 ELSE 2 END,
                      created_at DESC, rowid DESC
             LIMIT 1)
         WHERE id = ?1",
        params![task_id, now],
    )?;
    Ok(())
}

impl Store {
    /// Creates a task with its first session, both queued.
    pub(crate) fn create_task(&self, new: &NewTask<'_>) -> Result<(), StoreError> {
        let now = clock::now();
        self.transaction(|transaction| {
            transaction.execute(
                "INSERT INTO tasks (id, repository_id, name, state, model, custom_agent, create_pull_request, base_ref,
                                    head_ref, created_at, updated_at)
                 VALUES (?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
                params![
                    new.id,
                    new.repository_id,
                    new.name,
                    new.model,
                    new.custom_agent,
                    new.create_pull_request,
                    new.base_ref,
                    new.head_ref,
                    now
                ],
            )?;
            insert_session(transaction, new.session_id, new.id, new.prompt, now)
        })
    }

    /// Adds a queued session to a task.
    pub(crate) fn add_session(&self, id: &str, task_id: &str, prompt: &str) -> Result<(), StoreError> {
        let now = clock::now();
        self.transaction(|transaction| {
            insert_session(transaction, id, task_id, prompt, now)?;
            settle_task(transaction, task_id, now)
        })
    }

    /// One task.
    pub(crate) fn task(&self, id: &str) -> Result<Option<Task>, StoreError> {
        self.transaction(|transaction| {
            transaction.query_row(&format!("{TASK} WHERE id = ?1"), [id], Task::from_row).optional()
        })
    }

    /// A task's sessions, oldest first.
    pub(crate) fn sessions(&self, task_id: &str) -> Result<Vec<Session>, StoreError> {
        self.transaction(|transaction| {
            transaction
                .prepare(&format!("{SESSION} WHERE task_id = ?1 ORDER BY created_at, rowid"))?
                .query_map([task_id], Session::from_row)?
                .collect()
        })
    }

    /// The oldest session of a task that waits for its turn.
    pub(crate) fn next_session(&self, task_id: &str) -> Result<Option<Session>, StoreError> {
        let query = format!("{SESSION} WHERE task_id = ?1 AND state = 'queued' ORDER BY created_at, rowid LIMIT 1");
        self.transaction(|transaction| transaction.query_row(&query, [task_id], Session::from_row).optional())
    }

    /// Moves a session, and its task with it.
    pub(crate) fn move_session(&self, session: &Session, state: State, error: Option<&str>) -> Result<(), StoreError> {
        let now = clock::now();
        let settled = !matches!(state, State::Queued | State::InProgress | State::WaitingForUser);
        self.transaction(|transaction| {
            transaction.execute(
                "UPDATE sessions SET state = ?2, error = ?3, updated_at = ?4, completed_at = ?5 WHERE id = ?1",
                params![session.id, state.word(), error, now, settled.then_some(now)],
            )?;
            settle_task(transaction, &session.task_id, now)
        })
    }

    /// Cancels the sessions of a task that wait for their turn.
    pub(crate) fn cancel_queued(&self, task_id: &str) -> Result<(), StoreError> {
        let now = clock::now();
        self.transaction(|transaction| {
            transaction.execute(
                "UPDATE sessions SET state = 'cancelled', updated_at = ?2, completed_at = ?2
                 WHERE task_id = ?1 AND state = 'queued'",
                params![task_id, now],
            )?;
            settle_task(transaction, task_id, now)
        })
    }

    /// The sessions that were running when the cloud last ended.
    pub(crate) fn running_sessions(&self) -> Result<Vec<Session>, StoreError> {
        self.transaction(|transaction| {
            transaction
                .prepare(&format!("{SESSION} WHERE state IN ('in_progress', 'waiting_for_user')"))?
                .query_map([], Session::from_row)?
                .collect()
        })
    }

    /// The tasks that have sessions which wait for their turn, oldest first.
    pub(crate) fn tasks_with_queued_sessions(&self) -> Result<Vec<String>, StoreError> {
        self.transaction(|transaction| {
            transaction
                .prepare(
                    "SELECT task_id FROM sessions WHERE state = 'queued' GROUP BY task_id ORDER BY MIN(created_at)",
                )?
                .query_map([], |row| row.get(0))?
                .collect()
        })
    }

    /// Notes the commit that a task's branch has at the origin now.
    pub(crate) fn set_head_commit(&self, task_id: &str, commit: &str) -> Result<(), StoreError> {
        self.set(task_id, "head_commit", &commit)
    }

    /// Opens the pull request of a task, or finds the open one that these branches have; its id. Both happen at once or not
    /// at all.
    pub(crate) fn open_task_pull(&self, task_id: &str, new: NewPull<'_>) -> Result<i64, StoreError> {
        self.transaction(|transaction| {
            let pull = match pulls::find_open(transaction, new.repository_id, new.head_ref, Some(new.base_ref))? {
                Some(pull) => Some(pull),
                None => pulls::create(transaction, new)?,
            };
            let id = pull.ok_or(rusqlite::Error::QueryReturnedNoRows)?.id;
            transaction.execute(
                "UPDATE tasks SET pull_id = ?2, updated_at = ?3 WHERE id = ?1",
                params![task_id, id, clock::now()],
            )?;
            Ok(id)
        })
    }

    /// Gives a task another name.
    pub(crate) fn rename_task(&self, task_id: &str, name: &str) -> Result<(), StoreError> {
        self.set(task_id, "name", &name)
    }

    /// Archives a task, or brings it back.
    pub(crate) fn archive_task(&self, task_id: &str, archived: bool) -> Result<(), StoreError> {
        self.set(task_id, "archived_at", &archived.then(clock::now))
    }

    fn set(&self, task_id: &str, column: &'static str, value: &dyn ToSql) -> Result<(), StoreError> {
        let statement = format!("UPDATE tasks SET {column} = ?2, updated_at = ?3 WHERE id = ?1");
        self.transaction(|transaction| transaction.execute(&statement, params![task_id, value, clock::now()]))?;
        Ok(())
    }

    /// One page of tasks. The counts of active and archived tasks are of the same list without its state and archive filters.
    pub(crate) fn list_tasks(&self, filter: &TaskFilter) -> Result<TaskPage, StoreError> {
        let mut scope = String::from("1 = 1");
        if let Some(id) = filter.repository_id {
            scope.push_str(&format!(" AND repository_id = {id}"));
        }
        let archived = if filter.archived { "NOT NULL" } else { "NULL" };
        let mut chosen = format!("{scope} AND archived_at IS {archived}");
        if !filter.states.is_empty() {
            let words: Vec<String> = filter.states.iter().map(|state| format!("'{}'", state.word())).collect();
            chosen.push_str(&format!(" AND state IN ({})", words.join(", ")));
        }
        if let Some(since) = filter.since {
            // Times leave here in whole seconds, and come back so.
            chosen.push_str(&format!(" AND updated_at >= {since}"));
        }
        let column = if filter.by_creation { "created_at" } else { "updated_at" };
        let direction = if filter.ascending { "ASC" } else { "DESC" };
        let list = format!("{TASK} WHERE {chosen} ORDER BY {column} {direction}, rowid {direction} LIMIT ?1 OFFSET ?2");
        self.transaction(|transaction| {
            let count = |condition: &str| {
                transaction.query_row(&format!("SELECT COUNT(*) FROM tasks WHERE {condition}"), [], |row| {
                    row.get::<_, i64>(0).map(|count| usize::try_from(count).unwrap_or(0))
                })
            };
            let tasks = transaction
                .prepare(&list)?
                .query_map(params![filter.count as i64, filter.offset as i64], Task::from_row)?
                .collect::<Result<_, _>>()?;
            Ok(TaskPage {
                tasks,
                matching: count(&chosen)?,
                active: count(&format!("{scope} AND archived_at IS NULL"))?,
                archived: count(&format!("{scope} AND archived_at IS NOT NULL"))?,
            })
        })
    }
}
