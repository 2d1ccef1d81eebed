"""Averages over benchmarks: of what every run of a table has, and saying of what."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lemma_eval.measures.averages import macro_average
from lemma_eval.measures.estimate import Estimate
from lemma_eval.result import GraderId
from lemma_eval.scores.row import ScoreRow
from lemma_eval.tables.figures import has_best
from lemma_eval.tables.grid import Note
from lemma_eval.tables.score_table import Scores


@dataclass(frozen=True, slots=True)
class Average:
    """A run's unweighted mean of one measure over `benchmarks`, those that every run of the table has."""

    run: str
    name: str
    grader: GraderId
    benchmarks: tuple[str, ...]
    estimate: Estimate


def macro_averages(scores: Scores) -> list[Average]:
    """For each measure that is a share, every run's mean over the benchmarks that all have, if these are several."""
    runs: dict[tuple[str, GraderId], dict[str, ScoreRow]] = {}
    names = {}
    for row, name in zip(scores.rows, scores.names, strict=True):
        if row.part is None:
            runs.setdefault((row.run, row.grader), {})[row.benchmark] = row
            names[row.run, row.grader] = name
    found = []
    for measure in dict.fromkeys(measure for _, measure in scores.columns if has_best(measure)):
        over = tuple(
            benchmark
            for benchmark in dict.fromkeys(benchmark for benchmark, _ in scores.columns)
            if all(benchmark in rows and _there(rows[benchmark].estimate(measure)) for rows in runs.values())
        )
        if len(over) > 1:
            for (run, grader), rows in runs.items():
                values = [rows[benchmark].values[measure] for benchmark in over]
                found.append(Average(run, names[run, grader], grader, over, macro_average(measure, values)))
    return found


def notes_on_averages(averaged: Mapping[str, tuple[str, ...]], *, tested: bool) -> list[Note]:
    """Over which benchmarks the averages are, by measure."""
    where: dict[tuple[str, ...], list[str]] = {}
    for measure, over in averaged.items():
        where.setdefault(over, []).append(measure)
    notes = []
    for over, measures in where.items():
        which = f" ({', '.join(measures)})" if len(where) > 1 else ""
        text = f"average of {len(over)}: unweighted mean over {', '.join(over)}{which}"
        notes.append(Note("", f"{text}; averages are not tested" if tested else text))
    return notes


def _there(estimate: Estimate | None) -> bool:
    return estimate is not None and not math.isnan(estimate.value)
