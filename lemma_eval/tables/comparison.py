"""Two runs held against each other, as grids: their scores, and the problems that flipped."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lemma_eval.measures.estimate import Unit
from lemma_eval.measures.measure import title
from lemma_eval.scores.flips import tally
from lemma_eval.tables.figures import NOTHING, figure, interval, p_value
from lemma_eval.tables.grid import Cell, Column, Grid, Note

if TYPE_CHECKING:
    from lemma_eval.scores.comparing import Compared

_TESTS = {"mcnemar": "exact McNemar test", "bootstrap": "paired bootstrap"}


def scores_grid(compared: Compared, measure: str) -> Grid:
    """Both scores on one benchmark; as notes their difference, the four outcomes, and in what the signatures differ."""
    marks = list(dict.fromkeys((*compared.first.marks, *compared.second.marks)))
    lines = []
    for row in (compared.first, compared.second):
        estimate, samples = row.estimate(measure), row.counts.samples // max(1, row.counts.problems)
        if estimate is None:
            raise ValueError(f"no {measure} of {row.run}")
        own = tuple(str(marks.index(mark) + 1) for mark in row.marks)
        count = f"{row.counts.problems}" + (f" x {samples}" if samples > 1 else "")
        value = Cell(figure(estimate.value, estimate.unit), marks=own)
        lines.append((Cell(row.run), Cell(count), value, Cell(interval(estimate))))
    each = {row.counts.samples // max(1, row.counts.problems) for row in (compared.first, compared.second)}
    columns = (Column(compared.benchmark, figures=False), Column("n"), Column(title(measure, each)),
               Column("95 % interval"))  # fmt: skip
    noted = (*(Note(str(number), mark) for number, mark in enumerate(marks, 1)),
             *(Note("", text) for text in _notes(compared, measure)))  # fmt: skip
    return Grid(f"{compared.first.run} and {compared.second.run}", columns, (tuple(lines),), noted)


def flips_grid(flips: Sequence[Mapping[str, Any]], first: str, second: str) -> Grid:
    """The problems that flipped, with gold and both answers, and the shares of right samples where these are shares."""
    shares = any(flip[side] not in (0, 1) for flip in flips for side in ("first_share", "second_share"))
    titles = ("problem", "flip", "gold", first, second)
    columns = [Column(name, figures=False) for name in titles]
    lines = []
    for flip in flips:
        texts = [flip["problem"], flip["flip"], flip["gold"], *(_answer(flip[f"{side}_answer"]) for side in _SIDES)]
        cells = [Cell(text) for text in texts]
        if shares:
            cells += [Cell(figure(flip[f"{side}_share"])) for side in _SIDES]
        lines.append(tuple(cells))
    if shares:
        columns += [Column("% right, 1st"), Column("2nd")]
    return Grid("Flipped problems", tuple(columns), (tuple(lines),))


_SIDES = ("first", "second")


def _answer(text: str | None) -> str:
    return NOTHING if text is None else text


def _notes(compared: Compared, measure: str) -> Iterator[str]:
    found, estimate = compared.comparison, compared.first.estimate(measure)
    if found.problems and estimate is not None:
        low, high = _signed(found.low, estimate.unit), _signed(found.high, estimate.unit)
        yield (f"difference {_signed(found.difference, estimate.unit)} ({low} to {high}), {p_value(found.p)} "
               f"({_TESTS[found.method]} on {found.problems} common problems)")  # fmt: skip
    else:
        yield "no problem of both has enough samples that count: no test"
    if found.baseline_only or found.ours_only:
        only = f"{found.baseline_only} problems only in {compared.first.run}, {found.ours_only} only in"
        yield f"{only} {compared.second.run}; these are left out"
    counts = tally(compared.pairs)
    yield ", ".join(f"{name} {count}" for name, count in counts.items())
    yield signatures_note(compared)


def signatures_note(compared: Compared) -> str:
    """In what the two scores were made differently."""
    parts = "; ".join(f"{part.part}:{part.ours or 'without'} and {part.theirs or 'without'}"
                      for part in compared.differences)  # fmt: skip
    return f"signatures differ, not only models: {parts}" if parts else "signatures are equal"


def _signed(value: float, unit: Unit) -> str:
    text = figure(value, unit)
    return text if math.isnan(value) or text.startswith("-") else f"+{text}"
