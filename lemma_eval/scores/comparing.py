"""Two run folders held against each other, benchmark by benchmark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lemma_eval.errors import RunError, UsageError
from lemma_eval.result import Result
from lemma_eval.running.runner import STORE
from lemma_eval.scores.flips import Pair, pairs
from lemma_eval.scores.row import ScoreRow
from lemma_eval.scores.scoring import score_rows
from lemma_eval.scores.signature import Difference, differences
from lemma_eval.store import Store

if TYPE_CHECKING:
    from lemma_eval.measures.significance import Comparison

_PORTION = 500  # results read at once


@dataclass(frozen=True, slots=True)
class Compared:
    """One benchmark in two runs. `comparison` is the second run's measure less the first's, on common problems."""

    benchmark: str
    first: ScoreRow
    second: ScoreRow
    comparison: Comparison
    differences: tuple[Difference, ...]
    pairs: tuple[Pair, ...]

    @property
    def flipped(self) -> tuple[Pair, ...]:
        """The problems that one of the two solves and the other does not."""
        return tuple(pair for pair in self.pairs if pair.flip in ("lost", "gained"))


def compare_runs(first: Path, second: Path, names: Sequence[str], measure: str = "pass@1",
                 benchmark: str | None = None) -> list[Compared]:  # fmt: skip
    """Compare the runs in two folders, each under its own grader, on every benchmark of both or the one given.

    Raises RunError if they have no problem in common, UsageError if one has no such benchmark or measure.
    """
    from lemma_eval.measures.significance import compare

    before = {row.benchmark: row for row in score_rows(first, names[0], measures=(measure,))}
    after = {row.benchmark: row for row in score_rows(second, names[1], measures=(measure,))}
    if benchmark is not None:
        for name, rows in zip(names, (before, after), strict=True):
            if benchmark not in rows:
                raise UsageError(f"{name} has no benchmark {benchmark}; it has {', '.join(rows)}")
    found = []
    common = [name for name in before if name in after and benchmark in (None, name)]
    with Store(first / STORE, write=False) as ours, Store(second / STORE, write=False) as theirs:
        for name in common:
            one, two = before[name], after[name]
            for row in (one, two):
                if row.estimate(measure) is None:
                    raise UsageError(f"{row.run}: {name} has too few samples a problem for {measure}")
            both = tuple(pairs(ours.outcomes(one.grader, name), theirs.outcomes(two.grader, name)))
            if both:
                told = compare(two.values[measure], one.values[measure])
                differ = differences(one.signature, two.signature)
                found.append(Compared(name, one, two, told, differ, both))
    if not found:
        has = "no benchmark" if not common else "no answered problem"
        raise RunError(f"{names[0]} and {names[1]} have {has} in common: there is nothing to compare "
                       f"({', '.join(before)}; {', '.join(after)})")  # fmt: skip
    return found


def results_of(first: Path, second: Path, compared: Compared,
               wanted: Sequence[Pair]) -> Iterator[tuple[Pair, Result, Result]]:  # fmt: skip
    """The samples that stand for the two runs in each of these pairs, with problem, texts and verdicts."""
    with Store(first / STORE, write=False) as ours, Store(second / STORE, write=False) as theirs:
        for start in range(0, len(wanted), _PORTION):
            portion = wanted[start : start + _PORTION]
            one = ours.results_at(compared.first.grader, [pair.first.number for pair in portion])
            two = theirs.results_at(compared.second.grader, [pair.second.number for pair in portion])
            yield from zip(portion, one, two, strict=True)
