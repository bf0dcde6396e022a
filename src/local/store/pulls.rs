//! Pull requests as rows.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Store, StoreError};
use crate::local::clock;

/// One pull request between two branches of one repository.
#[derive(Debug, Clone)]
pub(crate) struct Pull {
    /// GitHub's database id.
    pub(crate) id: i64,
    /// GitHub's GraphQL id, `PR_…`.
    pub(crate) node_id: String,
    pub(crate) repository_id: i64,
    /// What people call it by.
    pub(crate) number: i64,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) head_ref: String,
    pub(crate) base_ref: String,
    /// Where the head was last seen while it was open, and stays once it is not.
    pub(crate) head_commit: Option<String>,
    /// Where the base was last seen while it was open, and stays once it is not.
    pub(crate) base_commit: Option<String>,
    pub(crate) open: bool,
    pub(crate) draft: bool,
    pub(crate) merge_commit: Option<String>,
    pub(crate) merged_at: Option<i64>,
    pub(crate) closed_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// What a pull request is opened with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewPull<'a> {
    pub(crate) repository_id: i64,
    pub(crate) title: &'a str,
    pub(crate) body: &'a str,
    pub(crate) head_ref: &'a str,
    pub(crate) base_ref: &'a str,
    pub(crate) draft: bool,
}

const COLUMNS: &str = "id, node_id, repository_id, number, title, body, head_ref, base_ref, head_commit, base_commit, state, \
                       draft, merge_commit, merged_at, closed_at, created_at, updated_at";

impl Pull {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            node_id: row.get(1)?,
            repository_id: row.get(2)?,
            number: row.get(3)?,
            title: row.get(4)?,
            body: row.get(5)?,
            head_ref: row.get(6)?,
            base_ref: row.get(7)?,
            head_commit: row.get(8)?,
            base_commit: row.get(9)?,
            open: row.get::<_, String>(10)? == "open",
            draft: row.get(11)?,
            merge_commit: row.get(12)?,
            merged_at: row.get(13)?,
            closed_at: row.get(14)?,
            created_at: row.get(15)?,
            updated_at: row.get(16)?,
        })
    }
}

/// Opens a pull request inside a transaction. `None` when these two branches have an open one already.
pub(crate) fn create(transaction: &Transaction<'_>, new: NewPull<'_>) -> rusqlite::Result<Option<Pull>> {
    if find_open(transaction, new.repository_id, new.head_ref, Some(new.base_ref))?.is_some() {
        return Ok(None);
    }
    let now = clock::now();
    let number: i64 = transaction.query_row(
        "SELECT COALESCE(MAX(number), 0) + 1 FROM pulls WHERE repository_id = ?1",
        [new.repository_id],
        |row| row.get(0),
    )?;
    transaction.execute(
        "INSERT INTO pulls (node_id, repository_id, number, title, body, head_ref, base_ref, state, draft, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'open', ?8, ?9, ?9)",
        params![
            node_id("PR", new.repository_id, number),
            new.repository_id,
            number,
            new.title,
            new.body,
            new.head_ref,
            new.base_ref,
            new.draft,
            now
        ],
    )?;
    let id = transaction.last_insert_rowid();
    transaction.query_row(&format!("SELECT {COLUMNS} FROM pulls WHERE id = ?1"), [id], Pull::from_row).map(Some)
}

/// The open pull request from a branch, if there is one, into `base_ref` if that is said.
pub(crate) fn find_open(
    transaction: &Transaction<'_>,
    repository_id: i64,
    head_ref: &str,
    base_ref: Option<&str>,
) -> rusqlite::Result<Option<Pull>> {
    transaction
        .query_row(
            &format!(
                "SELECT {COLUMNS} FROM pulls
                 WHERE repository_id = ?1 AND head_ref = ?2 AND (?3 IS NULL OR base_ref = ?3) AND state = 'open'
                 ORDER BY id LIMIT 1"
            ),
            params![repository_id, head_ref, base_ref],
            Pull::from_row,
        )
        .optional()
}

/// A GraphQL id in the form of GitHub's: a prefix that names the type, then letters that mean nothing to a client.
pub(crate) fn node_id(prefix: &str, first: i64, second: i64) -> String {
    use base64::Engine as _;
    let text = format!("{prefix}:{first}:{second}");
    format!("{prefix}_{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text))
}

impl Store {
    /// Opens a pull request; `None` when these two branches have an open one already.
    pub(crate) fn create_pull(&self, new: NewPull<'_>) -> Result<Option<Pull>, StoreError> {
        self.transaction(|transaction| create(transaction, new))
    }

    /// By repository and number.
    pub(crate) fn pull_by_number(&self, repository_id: i64, number: i64) -> Result<Option<Pull>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM pulls WHERE repository_id = ?1 AND number = ?2");
        self.transaction(|transaction| {
            transaction.query_row(&query, [repository_id, number], Pull::from_row).optional()
        })
    }

    /// By GitHub's database id.
    pub(crate) fn pull_by_id(&self, id: i64) -> Result<Option<Pull>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM pulls WHERE id = ?1");
        self.transaction(|transaction| transaction.query_row(&query, [id], Pull::from_row).optional())
    }

    /// By GraphQL id.
    pub(crate) fn pull_by_node_id(&self, id: &str) -> Result<Option<Pull>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM pulls WHERE node_id = ?1");
        self.transaction(|transaction| transaction.query_row(&query, [id], Pull::from_row).optional())
    }

    /// All of a repository's, newest first.
    pub(crate) fn pulls(&self, repository_id: i64) -> Result<Vec<Pull>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM pulls WHERE repository_id = ?1 ORDER BY number DESC");
        self.transaction(|transaction| {
            transaction.prepare(&query)?.query_map([repository_id], Pull::from_row)?.collect()
        })
    }

    /// Writes a pull request's title, body, base, state and commits as they stand in `pull`; `updated_at` is set to now.
    pub(crate) fn update_pull(&self, pull: &Pull) -> Result<Pull, StoreError> {
        self.transaction(|transaction| {
            transaction.execute(
                "UPDATE pulls SET title = ?2, body = ?3, base_ref = ?4, state = ?5, draft = ?6, head_commit = ?7, base_commit = ?8,
                     merge_commit = ?9, merged_at = ?10, closed_at = ?11, updated_at = ?12
                 WHERE id = ?1",
                params![
                    pull.id,
                    pull.title,
                    pull.body,
                    pull.base_ref,
                    if pull.open { "open" } else { "closed" },
                    pull.draft,
                    pull.head_commit,
                    pull.base_commit,
                    pull.merge_commit,
                    pull.merged_at,
                    pull.closed_at,
                    clock::now()
                ],
            )?;
            let query = format!("SELECT {COLUMNS} FROM pulls WHERE id = ?1");
            transaction.query_row(&query, [pull.id], Pull::from_row)
        })
    }

    /// The open pull request from a branch, if there is one, into `base_ref` if that is said.
    pub(crate) fn open_pull(
        &self,
        repository_id: i64,
        head_ref: &str,
        base_ref: Option<&str>,
    ) -> Result<Option<Pull>, StoreError> {
        self.transaction(|transaction| find_open(transaction, repository_id, head_ref, base_ref))
    }
}
