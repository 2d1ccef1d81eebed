"""Two runs, problem by problem: what both indexes together say. The other run's index is attached as `other`."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

# By outcome: what holds of a problem's `solved` in the first run and in the second.
OUTCOMES = {
    "both": "a = 1 AND b = 1",
    "only_a": "a = 1 AND b = 0",
    "only_b": "a = 0 AND b = 1",
    "neither": "a = 0 AND b = 0",
    "flipped": "a != b",
    "single": "a IS NULL OR b IS NULL",
}
_PROBLEMS = """
WITH pairs AS (
    SELECT p.benchmark AS benchmark, ours.first AS first, ours.correct AS right_a, ours.settled AS settled_a,
           coalesce(theirs.correct, 0) AS right_b, coalesce(theirs.settled, 0) AS settled_b,
           ours.solved AS a, theirs.solved AS b
    FROM solved ours JOIN problems p ON p.id = ours.problem
    LEFT JOIN other.problems q ON q.benchmark = p.benchmark AND q.problem = p.problem AND q.digest = p.digest
    LEFT JOIN other.solved theirs ON theirs.problem = q.id
)
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A problem of the first run: the number of its first sample, its right and settled samples in both runs."""

    benchmark: str
    first: int
    right_a: int
    settled_a: int
    right_b: int
    settled_b: int


def counted(db: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """By benchmark and outcome: the number of problems. Problems of the second run alone count as single."""
    columns = ", ".join(f"coalesce(sum({condition}), 0)" for condition in OUTCOMES.values())
    found = {
        row[0]: dict(zip(OUTCOMES, row[1:], strict=True))
        for row in db.execute(
            f"{_PROBLEMS} SELECT benchmark, {columns} FROM pairs GROUP BY benchmark ORDER BY min(first)"
        )
    }
    alone = db.execute(
        "SELECT q.benchmark, count(*) FROM other.problems q WHERE NOT EXISTS (SELECT 1 FROM problems p WHERE "
        "p.benchmark = q.benchmark AND p.problem = q.problem AND p.digest = q.digest) GROUP BY q.benchmark"
    )
    for benchmark, number in alone:
        counts = found.setdefault(benchmark, dict.fromkeys(OUTCOMES, 0))
        counts["single"] += number
    return found


def pairs(db: sqlite3.Connection, outcome: str, benchmark: str, offset: int, most: int) -> list[Pair]:
    """Problems of that outcome (of all benchmarks where `benchmark` is empty), in the order of the first run."""
    where, bound = _where(outcome, benchmark)
    query = (
        f"{_PROBLEMS} SELECT benchmark, first, right_a, settled_a, right_b, settled_b FROM pairs WHERE {where} "
        "ORDER BY first LIMIT ? OFFSET ?"
    )
    return [Pair(*row) for row in db.execute(query, (*bound, most, offset))]


def count(db: sqlite3.Connection, outcome: str, benchmark: str) -> int:
    """How many there are."""
    where, bound = _where(outcome, benchmark)
    return int(db.execute(f"{_PROBLEMS} SELECT count(*) FROM pairs WHERE {where}", bound).fetchone()[0])


def neighbours(db: sqlite3.Connection, outcome: str, benchmark: str, first: int) -> tuple[int | None, int | None]:
    """The problems before and after the one whose first sample is `first`, by their first samples."""
    where, bound = _where(outcome, benchmark)
    query = (
        f"{_PROBLEMS} SELECT (SELECT max(first) FROM pairs WHERE ({where}) AND first < ?), "
        f"(SELECT min(first) FROM pairs WHERE ({where}) AND first > ?)"
    )
    before, after = db.execute(query, (*bound, first, *bound, first)).fetchone()
    return before, after


def first_of(db: sqlite3.Connection, number: int) -> int | None:
    """The number of the first sample of the problem that sample `number` belongs to."""
    query = "SELECT first FROM solved WHERE problem = (SELECT problem FROM samples WHERE number = ?)"
    row = db.execute(query, (number,)).fetchone()
    return None if row is None else int(row[0])


def _where(outcome: str, benchmark: str) -> tuple[str, list[Any]]:
    condition = f"({OUTCOMES[outcome]})"
    return (f"{condition} AND benchmark = ?", [benchmark]) if benchmark else (condition, [])
