"""The leaderboard layout: a line for each run, a column for each benchmark and measure, the best in bold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lemma_eval.measures.estimate import Estimate
from lemma_eval.measures.measure import title
from lemma_eval.scores.published.reader import PublishedRow
from lemma_eval.scores.row import ScoreRow
from lemma_eval.tables.averages import Average, macro_averages, notes_on_averages
from lemma_eval.tables.figures import NOTHING, figure, has_best, interval
from lemma_eval.tables.footnotes import Footnotes, footnotes, signature_lines, source_of
from lemma_eval.tables.grid import Cell, Column, Grid, Note
from lemma_eval.tables.score_table import Scores

_CAPTION = "Scores in per cent, with 95 % intervals; the best measured ones in bold"


@dataclass(frozen=True, slots=True)
class _Key:
    """What a column shows: a measure of a benchmark, or of one slice of it."""

    benchmark: str
    part: tuple[str, str] | None
    measure: str


def leaderboard_grid(scores: Scores, signatures: str = "short") -> Grid:
    """The grid; `signatures` is short, long or none."""
    found = footnotes(scores)
    runs = list(dict.fromkeys(zip([row.run for row in scores.rows], [row.grader for row in scores.rows], strict=True)))
    keys = _keys(scores.rows)
    several = len({key.measure for key in keys}) > 1 or any(key.measure != "pass@1" for key in keys)
    means = macro_averages(scores)
    averaged = {each.estimate.measure: each.benchmarks for each in means}
    body = []
    for run in runs:
        places = {index: row for index, row in enumerate(scores.rows) if (row.run, row.grader) == run}
        cells = [
            Cell(next(scores.names[index] for index in places)),
            *(_cell(scores, key, places, found) for key in keys),
        ]
        mine = [each for each in means if (each.run, each.grader) == run]
        body.append(
            [*cells, *(replace(_of(each.estimate), marks=_marks(scores, each, places, found)) for each in mine)]
        )
    columns = [Column("run", figures=False), *(Column(_title(key, several, scores.rows)) for key in keys)]
    columns += [Column(f"average of {len(over)}{f' {measure}' * several}") for measure, over in averaged.items()]
    best = [False, *(has_best(key.measure) for key in keys), *(has_best(measure) for measure in averaged)]
    groups = [_with_best(body, best)]
    if scores.published:
        groups.append(_published(scores.published, keys, averaged, found))
    notes = (*found.notes, *notes_on_averages(averaged, tested=scores.baseline is not None), *_on_counts(scores))
    lines = signature_lines(scores, found.letters, signatures)
    return Grid(_CAPTION, tuple(columns), tuple(groups), notes, lines)


def _keys(rows: Sequence[ScoreRow]) -> list[_Key]:
    """The columns: each benchmark's own before its slices'."""
    benchmarks = list(dict.fromkeys(row.benchmark for row in rows))
    found = dict.fromkeys(_Key(row.benchmark, row.part, each.measure) for row in rows for each in row.estimates)
    parts = {(key.benchmark, key.part): place for place, key in reversed([*enumerate(found)])}
    return sorted(found, key=lambda key: (benchmarks.index(key.benchmark), key.part is not None,
                                          parts[key.benchmark, key.part]))  # fmt: skip


def _title(key: _Key, several: bool, rows: Sequence[ScoreRow]) -> str:
    samples = {row.counts.samples // max(1, row.counts.problems) for row in rows
               if (row.benchmark, row.part) == (key.benchmark, key.part)}  # fmt: skip
    measure = title(key.measure, samples)
    part = f" {key.part[0]}={key.part[1]}" if key.part else ""
    return f"{key.benchmark}{part}" + (f" {measure}" if several else "")


def _cell(scores: Scores, key: _Key, places: dict[int, ScoreRow], found: Footnotes) -> Cell:
    for index, row in places.items():
        estimate = row.estimate(key.measure)
        if (row.benchmark, row.part) == (key.benchmark, key.part) and estimate is not None:
            tested = scores.tests.get((index, key.measure))
            stars = "" if tested is None else tested.stars
            return replace(_of(estimate), stars=stars, marks=found.of(scores, index))
    return Cell(NOTHING)


def _marks(scores: Scores, average: Average, places: Iterable[int], found: Footnotes) -> tuple[str, ...]:
    """The marks of everything that an average is made of."""
    among = [index for index in places if scores.rows[index].part is None
             and scores.rows[index].benchmark in average.benchmarks]  # fmt: skip
    marks = dict.fromkeys(mark for index in among for mark in found.of(scores, index))
    return tuple(sorted(marks, key=lambda mark: not mark.isdecimal()))  # numbers before letters, as everywhere


def _of(estimate: Estimate) -> Cell:
    detail = interval(estimate)
    return Cell(figure(estimate.value, estimate.unit), detail="" if detail == NOTHING else detail)


def _with_best(body: Sequence[Sequence[Cell]], best: Sequence[bool]) -> tuple[tuple[Cell, ...], ...]:
    """The lines with the highest figures of each column in bold, if it has several: all that are equal as printed."""
    highest: list[str | None] = []
    for place, wanted in enumerate(best):
        texts = [line[place].text for line in body if line[place].text != NOTHING]
        highest.append(max(texts, key=float) if wanted and len(texts) > 1 else None)
    return tuple(
        tuple(replace(cell, strong=cell.text == highest[place]) for place, cell in enumerate(line)) for line in body
    )


def _published(rows: Sequence[PublishedRow], keys: Sequence[_Key], averaged: dict[str, tuple[str, ...]],
               found: Footnotes) -> tuple[tuple[Cell, ...], ...]:  # fmt: skip
    """A line for each published model, whatever number of measures is known of it."""
    lines = []
    for mine in _by_model(rows):
        cells = [Cell(mine[0].name)]
        for key in keys:
            whole = mine if key.part is None else []
            cells.append(_stated(whole, key.measure, (key.benchmark,), found, 0))
        cells += [_stated(mine, measure, over, found, 2) for measure, over in averaged.items()]
        lines.append(tuple(cells))
    return tuple(lines)


def _by_model(rows: Sequence[PublishedRow]) -> list[list[PublishedRow]]:
    """The rows that make one line: those of a collection and name that do not state the same figure twice."""
    lines: list[list[PublishedRow]] = []
    for row in rows:
        mine = (line for line in lines if (line[0].collection, line[0].name) == (row.collection, row.name))
        fits = (line for line in mine if not any(row.measure == each.measure and row.cells.keys() & each.cells.keys()
                                                 for each in line))  # fmt: skip
        line = next(fits, None)
        if line is None:
            lines.append(line := [])
        line.append(row)
    return lines


def _stated(rows: Sequence[PublishedRow], measure: str, over: Sequence[str], found: Footnotes, decimals: int) -> Cell:
    """The first of a model's rows that states all of `over`, which no other table's figures complete."""
    for row in rows:
        values = [row.cells.get(benchmark.removesuffix(":test")) for benchmark in over]
        known = [value for value in values if value is not None]
        if row.measure == measure and len(known) == len(over):
            text = f"{sum(known) / len(known):.{decimals}f}" if decimals else str(known[0])
            return Cell(text, marks=(found.sources[source_of(row)],))
    return Cell(NOTHING)


def _on_counts(scores: Scores) -> list[Note]:
    """The samples that were not plainly graded: they count as not correct, or, truncated, like any other."""
    told = []
    for row, name in zip(scores.rows, scores.names, strict=True):
        counts = {word: getattr(row.counts, word) for word in ("unparsed", "truncated", "unknown", "failed")}
        if row.part is None and any(counts.values()):
            words = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
            told.append(f"{name}/{row.benchmark} {words} of {row.counts.samples}")
    return [Note("", f"samples: {'; '.join(told)}")] if told else []
