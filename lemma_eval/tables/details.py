"""The details layout: a line for each run, benchmark and slice, with intervals and everything that was counted."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
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
_CAPTION = "Scores in per cent, with 95 % intervals"


def details_grid(scores: Scores, signatures: str = "long") -> Grid:
    """The grid; `signatures` is short, long or none."""
    measures = _measures(scores.rows)
    alone = len(set(scores.names)) <= 1 and not scores.published  # then its name would only take room
    found = footnotes(scores)
    columns = [Column("run", figures=False), Column("benchmark", figures=False), Column("n")]
    for measure, samples in measures.items():
        name = "accuracy" if [*_shares(measures)] == [measure] == ["pass@1"] else title(measure, samples)
        columns += [Column(name), *([Column("95 % interval")] if measure not in _LENGTHS else [])]
    columns += map(Column, _COUNTS)
    measured = [_line(scores, index, [*measures], found) for index in range(len(scores.rows))]
    published = [*_published(scores, [*measures], found)]
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
    row, marks = scores.rows[index], found.of(scores, index)
    counts = row.counts
    samples = f" x {counts.samples // counts.problems}" if counts.samples > counts.problems else ""
    benchmark = row.benchmark if row.part is None else f"· {row.part[0]}={row.part[1]}"
    cells = [Cell(scores.names[index]), Cell(benchmark), Cell(f"{counts.problems}{samples}")]
    for measure in measures:
        estimate, tested = row.estimate(measure), scores.tests.get((index, measure))
        stars = "" if tested is None else tested.stars
        cells.append(Cell(NOTHING if estimate is None else figure(estimate.value, estimate.unit), False, stars, marks))
        if measure not in _LENGTHS:
            cells.append(Cell(NOTHING if estimate is None else interval(estimate)))
    return (*cells, *(Cell(str(getattr(counts, name))) for name in _COUNTS))


def _published(scores: Scores, measures: Sequence[str], found: Footnotes) -> Iterator[tuple[Cell, ...]]:
    empty = Cell(NOTHING)
    for row in scores.published:
        for benchmark in dict.fromkeys(benchmark for benchmark, _ in scores.columns):
            value = row.cells.get(benchmark.removesuffix(":test"))
            if value is None or (benchmark, row.measure) not in scores.columns:
                continue
            cells = [Cell(row.name), Cell(benchmark), empty]
            for measure in measures:
                own = Cell(str(value), marks=(found.sources[source_of(row)],)) if measure == row.measure else empty
                cells += [own, *([empty] if measure not in _LENGTHS else [])]
            yield (*cells, *(empty for _ in _COUNTS))
