"""`Scores`: what a table is made of: rows, in what they differ, how they stand to a baseline, published ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from lemma_eval.scores.published.reader import PublishedRow
from lemma_eval.scores.row import ScoreRow
from lemma_eval.tables.against import Tests, against
from lemma_eval.tables.comparability import comparability


@dataclass(frozen=True, slots=True)
class Scores:
    """`names` and `differs` are in the order of `rows`: what a row is called, and what its note of comparability says.

    A row's name is its run's, and its verdict set where the run has several in the table. Of `published` there are
    only rows with a figure for one of the columns.
    """

    rows: tuple[ScoreRow, ...]
    names: tuple[str, ...]
    differs: tuple[str, ...]
    published: tuple[PublishedRow, ...] = ()
    baseline: str | None = None
    tests: Tests = field(default_factory=dict)

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Every (benchmark, measure) of whole benchmarks, in order."""
        return list(dict.fromkeys((row.benchmark, each.measure) for row in self.rows if row.part is None
                                  for each in row.estimates))  # fmt: skip


def scores(rows: Sequence[ScoreRow], *, baseline: str | None = None, published: Sequence[PublishedRow] = (),
           untested: Collection[str] = ()) -> Scores:  # fmt: skip
    """Say where `rows` are not comparable, and test them against `baseline`, all measures but the `untested`.

    Raises UsageError if `baseline` is none of the runs.
    """
    found = Scores(tuple(rows), tuple(_names(rows)), tuple(comparability(rows)))
    shown = {(benchmark.removesuffix(":test"), measure) for benchmark, measure in found.columns}
    fitting = tuple(row for row in published if any((benchmark, row.measure) in shown for benchmark in row.cells))
    tests = against(rows, baseline, untested) if baseline is not None else {}
    return Scores(found.rows, found.names, found.differs, fitting, baseline, tests)


def _names(rows: Sequence[ScoreRow]) -> list[str]:
    sets = {run: {row.grader for row in rows if row.run == run} for run in {row.run for row in rows}}
    names = []
    for row in rows:
        grader = row.grader
        told = [f"{grader.policy}/{grader.policy_version}"]
        if len({(each.grader, each.grader_version) for each in sets[row.run]}) > 1:
            told.insert(0, f"{grader.grader}/{grader.grader_version}")
        names.append(f"{row.run} ({', '.join(told)})" if len(sets[row.run]) > 1 else row.run)
    return names
