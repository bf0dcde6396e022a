-- Times are milliseconds since 1970.
CREATE TABLE repositories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    origin TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
);

CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    repository_id INTEGER NOT NULL REFERENCES repositories (id),
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    model TEXT,
    custom_agent TEXT,
    create_pull_request INTEGER NOT NULL,
    base_ref TEXT NOT NULL,
    head_ref TEXT NOT NULL,
    -- The last commit that is on the branch at the origin; NULL before the first push.
    head_commit TEXT,
    pull_id INTEGER REFERENCES pulls (id),
    archived_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX tasks_by_update ON tasks (updated_at);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES tasks (id),
    state TEXT NOT NULL,
    prompt TEXT NOT NULL,
    error TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    completed_at INTEGER
);
CREATE INDEX sessions_by_task ON sessions (task_id, created_at);

CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    task_id TEXT NOT NULL REFERENCES tasks (id),
    parent_id TEXT,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX events_by_task ON events (task_id, position);

CREATE TABLE pulls (
    -- GitHub's database id; `node_id` is its GraphQL id.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    node_id TEXT NOT NULL UNIQUE,
    repository_id INTEGER NOT NULL REFERENCES repositories (id),
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    head_ref TEXT NOT NULL,
    base_ref TEXT NOT NULL,
    -- Where both stood when it was merged or closed; before that the branches tell.
    head_commit TEXT,
    base_commit TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    draft INTEGER NOT NULL DEFAULT 0,
    merge_commit TEXT,
    merged_at INTEGER,
    closed_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (repository_id, number)
);
CREATE INDEX pulls_by_head ON pulls (repository_id, head_ref);

CREATE TABLE pull_reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    node_id TEXT NOT NULL UNIQUE,
    pull_id INTEGER NOT NULL REFERENCES pulls (id),
    -- GitHub's words: PENDING, COMMENTED, APPROVED, CHANGES_REQUESTED, DISMISSED.
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    commit_id TEXT,
    submitted_at INTEGER
);

-- Review comments (with a path) and the conversation's comments (without one).
CREATE TABLE pull_comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    node_id TEXT NOT NULL UNIQUE,
    pull_id INTEGER NOT NULL REFERENCES pulls (id),
    review_id INTEGER REFERENCES pull_reviews (id),
    in_reply_to INTEGER REFERENCES pull_comments (id),
    body TEXT NOT NULL,
    path TEXT,
    side TEXT,
    line INTEGER,
    start_side TEXT,
    start_line INTEGER,
    commit_id TEXT,
    diff_hunk TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
