"""The tables of a run's `store.sqlite`."""

SCHEMA_VERSION = 2

SCHEMA = f"""
BEGIN;
CREATE TABLE problems (
    benchmark TEXT NOT NULL,              -- as given: gsm8k, math:500
    id TEXT NOT NULL,
    digest TEXT NOT NULL,                 -- question and gold
    record TEXT NOT NULL,                 -- the whole Problem, JSON
    PRIMARY KEY (benchmark, id)
) WITHOUT ROWID;
CREATE TABLE series (                     -- what is asked; its samples are the requests
    id TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,                 -- JSON: a text or a list of messages
    sampling TEXT NOT NULL                -- JSON
);
CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    series TEXT NOT NULL REFERENCES series,
    sample INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE items (                      -- which request answers which sample of which problem, in order
    benchmark TEXT NOT NULL,
    problem TEXT NOT NULL,
    sample INTEGER NOT NULL,
    request TEXT NOT NULL REFERENCES requests,
    UNIQUE (benchmark, problem, sample)
);
CREATE INDEX items_by_request ON items (request);
CREATE TABLE completions (                -- facts: written once, never edited
    request TEXT PRIMARY KEY REFERENCES requests,
    text TEXT NOT NULL,
    reasoning TEXT,
    finish_reason TEXT NOT NULL,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    meta TEXT NOT NULL                    -- JSON
);
CREATE TABLE failures (                   -- requests without a completion; asked again on resume
    request TEXT PRIMARY KEY REFERENCES requests,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    attempts INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE verdicts (                   -- derived: can always be made again
    problem TEXT NOT NULL,                -- the problem's digest
    request TEXT NOT NULL REFERENCES requests,
    grader TEXT NOT NULL,                 -- grader/version/policy/version
    correct INTEGER,                      -- 1, 0 or NULL for unknown
    answer TEXT,
    span_start INTEGER,
    span_end INTEGER,
    rule TEXT NOT NULL,
    why TEXT NOT NULL,
    parsed INTEGER NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (problem, request, grader)
) WITHOUT ROWID;
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""
