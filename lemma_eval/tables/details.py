"""The details layout: a line for each run, benchmark and slice, with intervals and everything that was counted.

Many measures, such as a curve of pass@k, stand below each other, a line for each.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from lemma_eval.measures.estimate import Estimate
from lemma_eval.measures.measure import title
from lemma_eval.scores.row import ScoreRow
from lemma_eval.tables.figures import NOTHING, figure, interval
from lemma_eval.tables.footnotes import Footnotes, footnotes, signature_lines, source_of
from lemma_eval.tables.grid import Cell, Column, Grid
from lemma_eval.tables.score_table import Scores

_COUNTS = ("unparsed", "truncated", "unknown", "failed")
_LENGTHS = ("tokens", "characters")
_MOST = 4  # measures beside each other
_CAPTION = "Scores in per cent, with 95 % intervals"


def details_grid(scores: Scores, signatures: str = "long") -> Grid:
    """The grid; `signatures` is short, long or none."""
    measures = _measures(scores.rows)
    alone = len(set(scores.names)) <= 1 and not scores.published  # then its name would only take room
    found = footnotes(scores)
    columns = [Column("run", figures=False), Column("benchmark", figures=False), Column("n")]
    tall = len(measures) > _MOST
    if tall:
        columns += [Column("measure", figures=False), Column("value"), Column("95 % interval")]
    for measure, samples in () if tall else measures.items():
        name = "accuracy" if [*_shares(measures)] == [measure] == ["pass@1"] else title(measure, samples)
        columns += [Column(name), *([Column("95 % interval")] if measure not in _LENGTHS else [])]
    columns += map(Column, _COUNTS)
    if tall:
        titles = {measure: title(measure, samples) for measure, samples in measures.items()}
        measured = [line for index in range(len(scores.rows)) for line in _lines(scores, index, titles, found)]
    else:
        measured = [_line(scores, index, [*measures], found) for index in range(len(scores.rows))]
    published = [*_published(scores, [*measures], found, tall)]
    groups = [tuple(line[alone:] for line in group) for group in (measured, published) if group]
    lines = signature_lines(scores, found.letters, signatures)
    return Grid(_CAPTION, tuple(columns[alone:]), tuple(groups), found.notes, lines)


def one_length(rows: Sequence[ScoreRow], asked: Sequence[str]) -> list[ScoreRow]:
    """`rows`, which have both measures of length, with tokens alone, or characters where some tokens are unknown.

    What is `asked` for stays.
    """
    counted = all(_known(row.estimate("tokens")) or not _known(row.estimate("characters")) for row in rows)
    return without(rows, {"characters" if counted else "tokens"} - {*asked})


def without(rows: Sequence[ScoreRow], measures: Collection[str]) -> list[ScoreRow]:
    """`rows` without the estimates of these measures."""
    return [
        replace(row, estimates=tuple(each for each in row.estimates if each.measure not in measures)) for row in rows
    ]


def _known(estimate: Estimate | None) -> bool:
    return estimate is not None and not math.isnan(estimate.value)


def _measures(rows: Sequence[ScoreRow]) -> dict[str, set[int]]:
    """Every measure of the rows, with the numbers of samples a problem; accuracy where there is no row."""
    found: dict[str, set[int]] = {}
    for row in rows:
        for each in row.estimates:
            found.setdefault(each.measure, set()).add(row.counts.samples // max(1, row.counts.problems))
    return found or {"pass@1": {1}}


def _shares(measures: Iterable[str]) -> Iterator[str]:
    return (measure for measure in measures if measure not in _LENGTHS)


def _line(scores: Scores, index: int, measures: Sequence[str], found: Footnotes) -> tuple[Cell, ...]:
    row, cells = scores.rows[index], _about(scores, index)
    for measure in measures:
        value, bounds = _value(scores, index, measure, found)
        cells += [value] if measure in _LENGTHS else [value, bounds]
    return (*cells, *(Cell(str(getattr(row.counts, name))) for name in _COUNTS))


def _lines(scores: Scores, index: int, titles: Mapping[str, str], found: Footnotes) -> Iterator[tuple[Cell, ...]]:
    """A line for each measure; what concerns them all stands in the first."""
    row, about = scores.rows[index], _about(scores, index)
    counts = [Cell(str(getattr(row.counts, name))) for name in _COUNTS]
    for measure, name in titles.items():
        yield (*about, Cell(name), *_value(scores, index, measure, found), *counts)
        about, counts = [Cell("")] * len(about), [Cell("")] * len(counts)


def _about(scores: Scores, index: int) -> list[Cell]:
    row = scores.rows[index]
    counts = row.counts
    samples = f" x {counts.samples // counts.problems}" if counts.samples > counts.problems else ""
    benchmark = row.benchmark if row.part is None else f"· {row.part[0]}={row.part[1]}"
    return [Cell(scores.names[index]), Cell(benchmark), Cell(f"{counts.problems}{samples}")]


def _value(scores: Scores, index: int, measure: str, found: Footnotes) -> tuple[Cell, Cell]:
    """The figure with its stars and marks, and its interval."""
    estimate, tested = scores.rows[index].estimate(measure), scores.tests.get((index, measure))
    if estimate is None:
        return Cell(NOTHING, marks=found.of(scores, index)), Cell(NOTHING)
    stars = "" if tested is None else tested.stars
    return Cell(figure(estimate.value, estimate.unit), False, stars, found.of(scores, index)), Cell(interval(estimate))


def _published(scores: Scores, measures: Sequence[str], found: Footnotes, tall: bool) -> Iterator[tuple[Cell, ...]]:
    empty = Cell(NOTHING)
    for row in scores.published:
        for benchmark in dict.fromkeys(benchmark for benchmark, _ in scores.columns):
            value = row.cells.get(benchmark.removesuffix(":test"))
            if value is None or (benchmark, row.measure) not in scores.columns:
                continue
            cells = [Cell(row.name), Cell(benchmark), empty]
            told = Cell(str(value), marks=(found.sources[source_of(row)],))
            if tall:
                cells += [Cell(row.measure), told, empty]
            for measure in () if tall else measures:
                own = told if measure == row.measure else empty
                cells += [own, *([empty] if measure not in _LENGTHS else [])]
            yield (*cells, *(empty for _ in _COUNTS))
