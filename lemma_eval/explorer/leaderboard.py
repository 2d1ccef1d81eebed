"""The leaderboard and the plots: what is made of the runs' scores as far as they are counted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from lemma_eval.errors import UsageError
from lemma_eval.explorer.index.score_json import from_json
from lemma_eval.explorer.runs import ExploredRun
from lemma_eval.explorer.views import LeaderboardRow, LeaderboardView, Link
from lemma_eval.scores.row import ScoreRow
from lemma_eval.tables.footnotes import footnotes
from lemma_eval.tables.score_table import scores as table_of

_KEYS: dict[str, Callable[[ScoreRow], Any]] = {
    "run": lambda row: row.run,
    "model": lambda row: row.label,
    "benchmark": lambda row: row.benchmark,
    "problems": lambda row: row.counts.problems,
    "unparsed": lambda row: row.counts.unparsed,
    "truncated": lambda row: row.counts.truncated,
    "unknown": lambda row: row.counts.unknown,
    "failed": lambda row: row.counts.failed,
}


def rows_kept(run: ExploredRun, name: str) -> list[ScoreRow] | None:
    """The run's score rows kept under `name`; None while they are not there."""
    kept = run.indexing.kept(name)
    if kept is None:
        return None
    try:
        return from_json(kept, run.view.name)
    except (KeyError, TypeError, IndexError):  # somebody else's file: the next build replaces it
        return None


def leaderboard(runs: Sequence[ExploredRun], pairs: Sequence[Link], sort: str = "") -> LeaderboardView:
    """All scores, ordered by the column `sort` (with a `-` before it downwards). Raises UsageError for another word."""
    rows, waiting = [], []
    for run in runs:
        found = rows_kept(run, "scores")
        if found is None:
            waiting.append(run.view.name)
        rows += [LeaderboardRow(run.view.slug, row) for row in found or ()]
    measures = tuple(dict.fromkeys(each.measure for row in rows for each in row.score.estimates)) or ("pass@1",)
    descending, column = sort.startswith("-"), sort.removeprefix("-")
    rows, notes = marked(rows)
    if column:
        rows = _sorted(rows, column, measures, descending)
    return LeaderboardView(tuple(rows), measures, column, descending, tuple(waiting), tuple(pairs), notes)


def marked(rows: Sequence[LeaderboardRow]) -> tuple[list[LeaderboardRow], tuple[tuple[str, str], ...]]:
    """The rows, lettered where one was made differently from most of its benchmark, and their notes: as in a table."""
    scores = table_of([row.score for row in rows])
    letters = footnotes(scores).letters
    found = [replace(row, letter=letters.get(differs, "")) for row, differs in zip(rows, scores.differs, strict=True)]
    return found, tuple((letter, differs) for differs, letter in letters.items())


def _sorted(
    rows: Sequence[LeaderboardRow], column: str, measures: Sequence[str], descending: bool
) -> list[LeaderboardRow]:
    if column in measures:
        key: Callable[[ScoreRow], Any] = partial(_value, measure=column)
    elif column in _KEYS:
        key = _KEYS[column]
    else:
        raise UsageError(f"cannot sort by '{column}'; there are {', '.join((*_KEYS, *measures))}")
    known = [row for row in rows if key(row.score) is not None]
    unknown = [row for row in rows if key(row.score) is None]  # at the end either way
    return [*sorted(known, key=lambda row: key(row.score), reverse=descending), *unknown]


def _value(row: ScoreRow, measure: str) -> float | None:
    estimate = row.estimate(measure)
    return None if estimate is None or math.isnan(estimate.value) else estimate.value


def pairs_of(runs: Sequence[ExploredRun], address: Callable[[str, str], str | None], most: int = 45) -> Iterator[Link]:
    """A link for each two runs with a benchmark in common, at most so many."""
    found = [(a, b) for place, a in enumerate(runs) for b in runs[place + 1 :] if set(a.benchmarks) & set(b.benchmarks)]
    for a, b in found[:most]:
        yield Link(f"{a.view.name} and {b.view.name}", address(a.view.slug, b.view.slug))
