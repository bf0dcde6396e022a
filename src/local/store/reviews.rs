//! Reviews and comments on pull requests as rows.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::pulls::node_id;
use super::{Store, StoreError};
use crate::local::clock;

/// A review.
#[derive(Debug, Clone)]
pub(crate) struct Review {
    pub(crate) id: i64,
    pub(crate) node_id: String,
    /// GitHub's words: `PENDING`, `COMMENTED`, `APPROVED`, `CHANGES_REQUESTED`, `DISMISSED`.
    pub(crate) state: String,
    pub(crate) body: String,
    pub(crate) commit_id: Option<String>,
    pub(crate) submitted_at: Option<i64>,
}

/// Where in a diff a comment stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub(crate) path: String,
    /// `LEFT` or `RIGHT`; `None` with a comment on the whole file.
    pub(crate) side: Option<String>,
    pub(crate) line: Option<i64>,
    pub(crate) start_side: Option<String>,
    pub(crate) start_line: Option<i64>,
    pub(crate) commit_id: String,
    pub(crate) diff_hunk: String,
}

/// A comment: on a place in the diff, or in the conversation.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: i64,
    pub(crate) node_id: String,
    pub(crate) review_id: Option<i64>,
    pub(crate) in_reply_to: Option<i64>,
    pub(crate) body: String,
    pub(crate) place: Option<Place>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// A comment that is to be written.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewComment {
    pub(crate) in_reply_to: Option<i64>,
    pub(crate) body: String,
    pub(crate) place: Option<Place>,
}

const REVIEW: &str = "id, node_id, state, body, commit_id, submitted_at";
const COMMENT: &str = "id, node_id, review_id, in_reply_to, body, path, side, line, start_side, start_line, commit_id, \
                       diff_hunk, created_at, updated_at";

impl Review {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            node_id: row.get(1)?,
            state: row.get(2)?,
            body: row.get(3)?,
            commit_id: row.get(4)?,
            submitted_at: row.get(5)?,
        })
    }
}

impl Comment {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let place = match row.get::<_, Option<String>>(5)? {
            Some(path) => Some(Place {
                path,
                side: row.get(6)?,
                line: row.get(7)?,
                start_side: row.get(8)?,
                start_line: row.get(9)?,
                commit_id: row.get::<_, Option<String>>(10)?.unwrap_or_default(),
                diff_hunk: row.get::<_, Option<String>>(11)?.unwrap_or_default(),
            }),
            None => None,
        };
        Ok(Self {
            id: row.get(0)?,
            node_id: row.get(1)?,
            review_id: row.get(2)?,
            in_reply_to: row.get(3)?,
            body: row.get(4)?,
            place,
            created_at: row.get(12)?,
            updated_at: row.get(13)?,
        })
    }
}

fn insert(
    transaction: &Transaction<'_>,
    pull: i64,
    review: Option<i64>,
    new: &NewComment,
) -> rusqlite::Result<Comment> {
    let next: i64 =
        transaction.query_row("SELECT COALESCE(MAX(id), 0) + 1 FROM pull_comments", [], |row| row.get(0))?;
    let prefix = if new.place.is_some() { "PRRC" } else { "IC" };
    let place = new.place.as_ref();
    transaction.execute(
        "INSERT INTO pull_comments (id, node_id, pull_id, review_id, in_reply_to, body, path, side, line, start_side,
             start_line, commit_id, diff_hunk, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)",
        params![
            next,
            node_id(prefix, pull, next),
            pull,
            review,
            new.in_reply_to,
            new.body,
            place.map(|place| place.path.as_str()),
            place.and_then(|place| place.side.as_deref()),
            place.and_then(|place| place.line),
            place.and_then(|place| place.start_side.as_deref()),
            place.and_then(|place| place.start_line),
            place.map(|place| place.commit_id.as_str()),
            place.map(|place| place.diff_hunk.as_str()),
            clock::now(),
        ],
    )?;
    transaction.execute("UPDATE pulls SET updated_at = ?2 WHERE id = ?1", params![pull, clock::now()])?;
    transaction.query_row(&format!("SELECT {COMMENT} FROM pull_comments WHERE id = ?1"), [next], Comment::from_row)
}

impl Store {
    /// A pull request's reviews, oldest first.
    pub(crate) fn reviews(&self, pull: i64) -> Result<Vec<Review>, StoreError> {
        let query = format!("SELECT {REVIEW} FROM pull_reviews WHERE pull_id = ?1 ORDER BY id");
        self.transaction(|transaction| transaction.prepare(&query)?.query_map([pull], Review::from_row)?.collect())
    }

    /// A pull request's review comments, oldest first.
    pub(crate) fn review_comments(&self, pull: i64) -> Result<Vec<Comment>, StoreError> {
        self.comments_where(pull, "path IS NOT NULL")
    }

    /// The comments in a pull request's conversation, oldest first.
    pub(crate) fn conversation(&self, pull: i64) -> Result<Vec<Comment>, StoreError> {
        self.comments_where(pull, "path IS NULL")
    }

    fn comments_where(&self, pull: i64, condition: &str) -> Result<Vec<Comment>, StoreError> {
        let query = format!("SELECT {COMMENT} FROM pull_comments WHERE pull_id = ?1 AND {condition} ORDER BY id");
        self.transaction(|transaction| transaction.prepare(&query)?.query_map([pull], Comment::from_row)?.collect())
    }

    /// A comment and the pull request that it stands at.
    pub(crate) fn comment(&self, id: i64) -> Result<Option<(i64, Comment)>, StoreError> {
        let query = format!("SELECT {COMMENT}, pull_id FROM pull_comments WHERE id = ?1");
        self.transaction(|transaction| {
            transaction.query_row(&query, [id], |row| Ok((row.get(14)?, Comment::from_row(row)?))).optional()
        })
    }

    /// Writes a comment.
    pub(crate) fn create_comment(&self, pull: i64, new: &NewComment) -> Result<Comment, StoreError> {
        self.transaction(|transaction| insert(transaction, pull, None, new))
    }

    /// Writes a review with its comments.
    pub(crate) fn create_review(
        &self,
        pull: i64,
        (state, body, commit): (&str, &str, &str),
        comments: &[NewComment],
    ) -> Result<Review, StoreError> {
        self.transaction(|transaction| {
            let next: i64 =
                transaction.query_row("SELECT COALESCE(MAX(id), 0) + 1 FROM pull_reviews", [], |row| row.get(0))?;
            let submitted = (state != "PENDING").then(clock::now);
            transaction.execute(
                "INSERT INTO pull_reviews (id, node_id, pull_id, state, body, commit_id, submitted_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![next, node_id("PRR", pull, next), pull, state, body, commit, submitted],
            )?;
            transaction.execute("UPDATE pulls SET updated_at = ?2 WHERE id = ?1", params![pull, clock::now()])?;
            for comment in comments {
                insert(transaction, pull, Some(next), comment)?;
            }
            let query = format!("SELECT {REVIEW} FROM pull_reviews WHERE id = ?1");
            transaction.query_row(&query, [next], Review::from_row)
        })
    }
}
