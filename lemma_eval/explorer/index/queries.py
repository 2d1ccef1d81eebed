"""`Filter`: which samples of a run are meant, and the questions that the index answers about them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from lemma_eval.errors import UsageError
from lemma_eval.explorer.index.schema import CODES
from lemma_eval.explorer.index.search_text import fts_expression

PAGE = 50  # samples on a page
MOST_COUNTED = 10_000  # found by a search; from there on it is "more than"
SCOPES = ("completions", "questions")
_WORDS = ("benchmark", "rule", "level", "subject", "type")
_FLAGS = ("unparsed", "truncated")
_FEW = 1000  # problems whose samples are looked up rather than met on the way through all
_FLIPPED = (
    "SELECT ours.problem FROM solved ours JOIN problems p ON p.id = ours.problem "
    "JOIN other.problems q ON q.benchmark = p.benchmark AND q.problem = p.problem AND q.digest = p.digest "
    "JOIN other.solved theirs ON theirs.problem = q.id WHERE ours.solved != theirs.solved"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Samples that fulfil everything that is not empty.

    `verdict` is one of `CODES`; `search` words in the texts of `scope`; `flipped` the slug of another run: problems
    solved here and not there, or the other way round, a problem being solved when at least half of its settled samples
    are right.
    """

    benchmark: str = ""
    verdict: str = ""
    rule: str = ""
    level: str = ""
    subject: str = ""
    type: str = ""
    unparsed: bool = False
    truncated: bool = False
    search: str = ""
    scope: str = "completions"
    flipped: str = ""

    @property
    def hopeless(self) -> bool:
        """Whether it searches for something that has no letter and no digit, which nothing can be found by."""
        return bool(self.search) and fts_expression(self.search) is None

    @property
    def plain(self) -> bool:
        """Whether it lets every sample through."""
        return self.pairs() in ({}, {"scope": self.scope})

    def pairs(self) -> dict[str, str]:
        """As in a query string, without what is empty."""
        found = {name: "1" if value is True else str(value) for name, value in asdict(self).items() if value}
        if self.scope == Filter().scope:
            del found["scope"]
        return found


FIELDS = tuple(each.name for each in fields(Filter))


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; `more` if only the first so many were counted."""

    number: int
    more: bool = False

    def __str__(self) -> str:
        return f"more than {self.number:,}" if self.more else f"{self.number:,}"


def filter_of(query: Mapping[str, str]) -> Filter:
    """The filter in a query string. Raises UsageError for a value that cannot be."""
    given = {name: query[name].strip() for name in FIELDS if query.get(name, "").strip()}
    for name in _FLAGS:
        if given.get(name, "1") != "1":
            raise UsageError(f"{name} is 1 or absent, not '{given[name]}'")
    if given.get("verdict", "wrong") not in CODES:
        raise UsageError(f"no verdict '{given['verdict']}'; there are {', '.join(CODES)}")
    if given.get("scope", "completions") not in SCOPES:
        raise UsageError(f"no scope '{given['scope']}'; there are {', '.join(SCOPES)}")
    fts_expression(given.get("search", ""))  # raises where it has too many words
    return Filter(**{name: value == "1" if name in _FLAGS else value for name, value in given.items()})  # type: ignore[arg-type]


def attach(db: sqlite3.Connection, other: Path) -> None:
    """Make another run's index the second half of questions about two runs."""
    db.execute("ATTACH DATABASE ? AS other", (f"{other.absolute().as_uri()}?mode=ro",))


def page(db: sqlite3.Connection, chosen: Filter, offset: int, most: int = PAGE) -> list[int]:
    """The numbers of the samples from the `offset`-th on, in the order of the run."""
    source, number, where, bound = _parts(db, chosen)
    query = f"SELECT s.number FROM {source} WHERE {where} ORDER BY {number} LIMIT ? OFFSET ?"
    return _numbers(db, query, [*bound, most, offset])


def count(db: sqlite3.Connection, chosen: Filter) -> Count:
    """How many samples there are; a search in completions stops counting at `MOST_COUNTED`."""
    source, _, where, bound = _parts(db, chosen)
    if not chosen.search or chosen.scope == "questions":
        return Count(_numbers(db, f"SELECT count(*) FROM {source} WHERE {where}", bound)[0])
    query = f"SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {where} LIMIT ?)"
    found = _numbers(db, query, [*bound, MOST_COUNTED + 1])[0]
    return Count(min(found, MOST_COUNTED), found > MOST_COUNTED)


def neighbours(db: sqlite3.Connection, chosen: Filter, number: int) -> tuple[int | None, int | None]:
    """The samples before and after `number` among those that are meant."""
    source, key, where, bound = _parts(db, chosen)
    select = f"SELECT s.number FROM {source} WHERE {where} AND {key}"
    before = _numbers(db, f"{select} < ? ORDER BY {key} DESC LIMIT 1", [*bound, number])
    after = _numbers(db, f"{select} > ? ORDER BY {key} LIMIT 1", [*bound, number])
    return (before[0] if before else None), (after[0] if after else None)


def values(db: sqlite3.Connection) -> dict[str, list[str]]:
    """By filter: the values that this run's samples have."""
    found = {}
    for name in _WORDS:
        table, column = ("samples", name) if name == "rule" else ("problems", _column(name))
        query = f"SELECT text FROM words WHERE id IN (SELECT DISTINCT {column} FROM {table})"
        found[name] = [row[0] for row in db.execute(query)]
    there = {row[0] for row in db.execute("SELECT DISTINCT verdict FROM samples")}
    found["verdict"] = [word for word, code in CODES.items() if code in there]
    return found


def _column(name: str) -> str:
    return "benchmark_word" if name == "benchmark" else name


def _numbers(db: sqlite3.Connection, query: str, bound: list[Any]) -> list[int]:
    return [row[0] for row in db.execute(query, bound)]


def _parts(db: sqlite3.Connection, chosen: Filter) -> tuple[str, str, str, list[Any]]:
    """FROM, the sample's number, WHERE and its values. What somebody typed is a value, or a known word's number.

    The order of looking is laid down here, as SQLite's own choice takes seconds for some: words' lists and rows are
    walked in the order of the run, which ends as soon as a page is full; a few problems' samples are looked up.
    """
    bound: list[Any] = []
    where, problems = ["1"], []
    in_texts = bool(chosen.search) and chosen.scope == "completions"
    if in_texts:
        where.append("texts MATCH ?")
        bound.append(_expression(chosen))
    elif chosen.search:
        problems.append("SELECT rowid FROM questions WHERE questions MATCH ?")
        bound.append(_expression(chosen))
    if chosen.flipped:
        problems.append(_FLIPPED)
    few = any(_few(db, each, bound) for each in problems) and not in_texts
    where += [f"s.problem IN ({each})" for each in problems]
    for name in _WORDS:
        if value := getattr(chosen, name):
            where.append(f"s.{name} = ?")
            bound.append(_word(db, name, value))
    if chosen.verdict:
        where.append("s.verdict = ?")
        bound.append(CODES[chosen.verdict])
    where += [f"s.{name}" for name in _FLAGS if getattr(chosen, name)]
    condition = " AND ".join(where)
    if in_texts:
        return "texts CROSS JOIN samples s ON s.number = texts.rowid", "texts.rowid", condition, bound
    return "samples s INDEXED BY samples_by_problem" if few else "samples s NOT INDEXED", "s.number", condition, bound


def _few(db: sqlite3.Connection, problems: str, bound: list[Any]) -> bool:
    query = f"SELECT count(*) FROM (SELECT 1 FROM ({problems}) LIMIT {_FEW + 1})"
    return _numbers(db, query, bound if "?" in problems else [])[0] <= _FEW


def _expression(chosen: Filter) -> str:
    return fts_expression(chosen.search) or '""'  # the empty phrase is in no text


def _word(db: sqlite3.Connection, name: str, value: str) -> int:
    row = db.execute("SELECT id FROM words WHERE text = ?", (value.encode("utf-8", "replace").decode(),)).fetchone()
    if row is None:
        raise UsageError(f"no sample of this run has the {name} '{value}'")
    return int(row[0])
