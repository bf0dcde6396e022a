//! What survives a restart: one SQLite file, opened by one process.

mod events;
pub(crate) mod pulls;
pub(crate) mod reviews;
pub(crate) mod tasks;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::local::clock;

/// Each entry is applied once, in order; an entry that has been delivered is never edited.
const MIGRATIONS: [&str; 1] = [include_str!("schema_1.sql")];

/// The store failed: a disk that is full, a file that is not ours.
#[derive(Debug, thiserror::Error)]
#[error("the store failed: {0}")]
pub(crate) struct StoreError(#[from] rusqlite::Error);

impl From<StoreError> for std::io::Error {
    fn from(error: StoreError) -> Self {
        Self::other(error)
    }
}

/// The open store.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the file, creates it if need be, and brings its tables up to date.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let applied: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        for (version, migration) in (1_u32..).zip(MIGRATIONS).filter(|(version, _)| *version > applied) {
            let transaction = connection.transaction()?;
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
        }
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Runs one transaction. The work is short (one person's rows), so it is done on the caller's thread.
    pub(crate) fn transaction<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// The id and the first time of a repository, by its origin; both are made up the first time.
    pub(crate) fn identify_repository(&self, origin: &str) -> Result<(i64, i64), StoreError> {
        self.transaction(|transaction| {
            let known = transaction
                .query_row("SELECT id, created_at FROM repositories WHERE origin = ?1", [origin], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            if let Some(known) = known {
                return Ok(known);
            }
            let now = clock::now();
            transaction
                .execute("INSERT INTO repositories (origin, created_at) VALUES (?1, ?2)", params![origin, now])?;
            Ok((transaction.last_insert_rowid(), now))
        })
    }
}
