//! The events of a task as rows, in the order in which they happened.

use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::{Store, StoreError};
use crate::local::clock;

impl Store {
    /// Records an event; the task counts as updated by it.
    pub(crate) fn add_event(&self, id: &str, task_id: &str, kind: &str, data: &Value) -> Result<(), StoreError> {
        let now = clock::now();
        self.transaction(|transaction| {
            let parent: Option<String> = transaction
                .query_row(
                    "SELECT id FROM events WHERE task_id = ?1 ORDER BY position DESC LIMIT 1",
                    [task_id],
                    |row| row.get(0),
                )
                .optional()?;
            transaction.execute(
                "INSERT INTO events (id, task_id, parent_id, type, data, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![id, task_id, parent, kind, data.to_string(), now],
            )?;
            transaction.execute("UPDATE tasks SET updated_at = ?2 WHERE id = ?1", params![task_id, now])?;
            Ok(())
        })
    }

    /// Some events of a task in their envelope `{id, timestamp, parentId, type, data}`, and how many there are in all.
    pub(crate) fn events(&self, task_id: &str, offset: usize, count: usize) -> Result<(Vec<Value>, usize), StoreError> {
        self.transaction(|transaction| {
            let total: i64 =
                transaction.query_row("SELECT COUNT(*) FROM events WHERE task_id = ?1", [task_id], |row| row.get(0))?;
            let events = transaction
                .prepare(
                    "SELECT id, created_at, parent_id, type, data FROM events WHERE task_id = ?1
                     ORDER BY position LIMIT ?2 OFFSET ?3",
                )?
                .query_map(params![task_id, count as i64, offset as i64], |row| {
                    let data: String = row.get(4)?;
                    Ok(json!({
                        "id": row.get::<_, String>(0)?,
                        "timestamp": clock::to_iso_milliseconds(row.get(1)?),
                        "parentId": row.get::<_, Option<String>>(2)?,
                        "type": row.get::<_, String>(3)?,
                        "data": serde_json::from_str::<Value>(&data).unwrap_or_default(),
                    }))
                })?
                .collect::<Result<_, _>>()?;
            Ok((events, usize::try_from(total).unwrap_or(0)))
        })
    }
}
