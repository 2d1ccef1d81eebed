"""Averages over benchmarks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from lemma_eval.measures.estimate import Estimate
from lemma_eval.measures.intervals import no_spread, stratified, wilson
from lemma_eval.measures.measure import measure_by_name


def macro_average(measure: str, benchmarks: Sequence[Mapping[str, float]]) -> Estimate:
    """The unweighted mean of several benchmarks' means, from each benchmark's values by problem (`ScoreRow.values`).

    The interval is the bootstrap's, each benchmark's problems drawn anew by themselves: it speaks of other problems of
    these benchmarks, not of other benchmarks. Where the shares of each benchmark are all the same, it is Wilson's for
    the smallest of them. `problems` is their number in all. Whoever shows an average says which benchmarks it is over.
    All is nan if a benchmark has no values, or there is none. Raises UsageError for an unknown measure.
    """
    unit = measure_by_name(measure).unit
    columns = [list(values.values()) for values in benchmarks]
    problems = sum(map(len, columns))
    if not columns or not all(columns):
        return Estimate(measure, math.nan, math.nan, math.nan, problems, "bootstrap", unit)
    value = math.fsum(math.fsum(column) / len(column) for column in columns) / len(columns)
    if unit == "share" and all(map(no_spread, columns)):
        return Estimate(measure, value, *wilson(value, min(map(len, columns))), problems, "wilson", unit)
    return Estimate(measure, value, *stratified(columns), problems, "bootstrap", unit)
