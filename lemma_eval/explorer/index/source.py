"""A run's store as the explorer reads it: short reads beside whoever is writing."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from lemma_eval.explorer.index.schema import CORRECT, FAILED, MISSING, UNGRADED, UNKNOWN, WRONG
from lemma_eval.result import GraderId
from lemma_eval.running.manifest import FILE as MANIFEST
from lemma_eval.store import readable

_PATIENCE = 60.0  # seconds to wait for a writer without WAL
_SIBLINGS = """
SELECT i.rowid, i.sample, c.request, v.request, v.correct, f.request FROM items i
JOIN problems p ON p.benchmark = i.benchmark AND p.id = i.problem
LEFT JOIN completions c ON c.request = i.request
LEFT JOIN verdicts v ON v.request = i.request AND v.problem = p.digest AND v.grader = ?
LEFT JOIN failures f ON f.request = i.request
WHERE i.benchmark = ? AND i.problem = ? ORDER BY i.sample
"""


@contextlib.contextmanager
def reading(store: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads; nothing is held between two statements."""
    with readable(store) as path:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)) as db:
            yield db


def glance(store: Path) -> str:
    """What changes when the store does, for the price of looking at its files: equal means unchanged."""
    parts = []
    for path in (store, store.with_name(f"{store.name}-wal"), store.with_name(MANIFEST)):
        try:
            state = path.stat()
            parts.append([state.st_size, state.st_mtime_ns])
        except OSError:
            parts.append([])
    return json.dumps(parts)


def content(store: Path, grader: str) -> str:
    """What the store holds, as far as an index depends on it, whatever happened to its files."""
    with reading(store) as db:
        counts = [
            db.execute(query, bound).fetchone()[0]
            for query, bound in (
                ("SELECT max(rowid) FROM items", ()),
                ("SELECT max(rowid) FROM completions", ()),
                ("SELECT count(*) FROM problems", ()),
                ("SELECT count(*) FROM failures", ()),
                ("SELECT count(*) FROM verdicts WHERE grader = ?", (grader,)),
            )
        ]
    return json.dumps([grader, identity(store), counts])


def identity(store: Path) -> str:
    """Which run it is: a hash of its manifest."""
    return hashlib.sha256(store.with_name(MANIFEST).read_bytes()).hexdigest()[:32]


def number_of(store: Path, benchmark: str, problem: str, digest: str) -> list[tuple[int, int]]:
    """Row number and sample number of each sample of that problem, none if its question or gold is another here."""
    query = (
        "SELECT i.rowid, i.sample FROM items i JOIN problems p ON p.benchmark = i.benchmark AND p.id = i.problem "
        "WHERE i.benchmark = ? AND i.problem = ? AND p.digest = ? ORDER BY i.sample"
    )
    with reading(store) as db:
        return db.execute(query, (benchmark, problem, digest)).fetchall()


def items_in(store: Path) -> int:
    """The number of the last planned sample; they are counted from 1."""
    with reading(store) as db:
        return int(db.execute("SELECT max(rowid) FROM items").fetchone()[0] or 0)


def graders_of(store: Path, number: int) -> list[GraderId]:
    """Who has given a verdict on that sample."""
    query = (
        "SELECT v.grader FROM items i JOIN problems p ON p.benchmark = i.benchmark AND p.id = i.problem "
        "JOIN verdicts v ON v.problem = p.digest AND v.request = i.request WHERE i.rowid = ?"
    )
    with reading(store) as db:
        return [GraderId.of_key(row[0]) for row in db.execute(query, (number,))]


def siblings(store: Path, grader: str, benchmark: str, problem: str) -> list[tuple[int, int, int]]:
    """Row number, sample number and verdict (see `CODES`) of all samples of a problem."""
    with reading(store) as db:
        rows = db.execute(_SIBLINGS, (grader, benchmark, problem)).fetchall()
    return [(number, sample, code(*known)) for number, sample, *known in rows]


def code(completion: str | None, verdict: str | None, correct: int | None, failure: str | None) -> int:
    """A sample's verdict as a number (see `CODES`)."""
    if completion is None:
        return MISSING if failure is None else FAILED
    if verdict is None:
        return UNGRADED
    if correct is None:
        return UNKNOWN
    return CORRECT if correct else WRONG
