"""The tables of a run's `explorer.sqlite`: derived from its store, thrown away and made again at any time."""

FILE = "explorer.sqlite"
SCHEMA_VERSION = 2

# The numbers that stand for a sample's verdict; up to `FAILED` it counts in a score.
WRONG, CORRECT, UNKNOWN, FAILED, UNGRADED, MISSING = range(6)
CODES = {"wrong": WRONG, "correct": CORRECT, "unknown": UNKNOWN, "failed": FAILED, "ungraded": UNGRADED,
         "missing": MISSING}  # fmt: skip
WORDS = {code: word for word, code in CODES.items()}
SLICES = ("level", "subject", "type")

# Rows are narrow, with numbers in place of words, so that looking at all 500,000 of them takes a moment: then hardly
# any combination of filters needs an index of its own. What a page shows is read from the store.
SCHEMA = f"""
CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);   -- JSON: what it was built from
CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    benchmark TEXT NOT NULL,
    problem TEXT NOT NULL,
    digest TEXT NOT NULL,
    level INTEGER, subject INTEGER, type INTEGER,                 -- words
    benchmark_word INTEGER NOT NULL,
    UNIQUE (benchmark, problem)
);
CREATE TABLE samples (
    number INTEGER PRIMARY KEY,                                   -- rowid of the store's items
    problem INTEGER NOT NULL,
    sample INTEGER NOT NULL,
    verdict INTEGER NOT NULL,                                     -- see CODES
    benchmark INTEGER NOT NULL, rule INTEGER, level INTEGER, subject INTEGER, type INTEGER,  -- words
    unparsed INTEGER NOT NULL,
    truncated INTEGER NOT NULL,
    tokens INTEGER,
    characters INTEGER
);
CREATE TABLE solved (                                             -- by problem
    problem INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,                                       -- number of its first sample
    settled INTEGER NOT NULL,                                     -- samples that count
    correct INTEGER NOT NULL,
    solved INTEGER                                                -- at least half of them; NULL if none is settled
);
CREATE VIRTUAL TABLE texts USING fts5(text, content='', columnsize=0);      -- rowid: number of the sample
CREATE VIRTUAL TABLE questions USING fts5(text, content='', columnsize=0);  -- rowid: id of the problem
PRAGMA user_version = {SCHEMA_VERSION};
"""
# Made last: filling a table without indexes is faster.
INDEXES = "CREATE INDEX samples_by_problem ON samples (problem)"

# Items after row number ?, at most ?; the run's own verdict is bound first.
ITEMS = """
SELECT i.rowid, i.benchmark, i.problem, i.sample, c.request, c.rowid, c.text, c.finish_reason, c.completion_tokens,
       v.request, v.correct, v.parsed, v.rule, f.request
FROM (SELECT rowid, * FROM items WHERE rowid > ? ORDER BY rowid LIMIT ?) i
JOIN problems p ON p.benchmark = i.benchmark AND p.id = i.problem
LEFT JOIN completions c ON c.request = i.request
LEFT JOIN verdicts v ON v.request = i.request AND v.problem = p.digest AND v.grader = ?
LEFT JOIN failures f ON f.request = i.request
ORDER BY i.rowid
"""
