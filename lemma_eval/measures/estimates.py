"""Estimates: from each problem's own values to figures with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lemma_eval.measures.estimate import Estimate
from lemma_eval.measures.intervals import bootstrap, no_spread, wilson
from lemma_eval.measures.measure import Measure


def estimates(measures: Sequence[Measure], values: Mapping[str, Sequence[float]]) -> tuple[Estimate, ...]:
    """The mean over problems of each measure, from its `values` by name, one for each problem that has one.

    pass@1 has Wilson's interval with n = problems, which is on the safe side when there are several samples a problem.
    All else has the bootstrap's; but where every problem's share is the same, resampling shows no spread, and Wilson's
    is given. A measure of k > 1 samples for which no problem has enough is left out.
    """
    found: dict[str, Estimate] = {}
    drawn: dict[int, list[Measure]] = {}
    for measure in measures:
        column = values[measure.name]
        if not column and measure.k is not None and measure.k > 1:
            continue
        value = math.fsum(column) / len(column) if column else math.nan
        same = measure.unit == "share" and bool(column) and no_spread(column)
        if measure.name == "pass@1" or same or not column:
            low, high = wilson(value, len(column))
            found[measure.name] = Estimate(measure.name, value, low, high, len(column), "wilson", measure.unit)
        else:
            found[measure.name] = Estimate(
                measure.name, value, math.nan, math.nan, len(column), "bootstrap", measure.unit
            )
            drawn.setdefault(len(column), []).append(measure)
    for together in drawn.values():  # one set of resamples for all measures of as many problems
        bounds = bootstrap([values[measure.name] for measure in together])
        for measure, (low, high) in zip(together, bounds, strict=True):
            found[measure.name] = replace(found[measure.name], low=low, high=high)
    return tuple(found[measure.name] for measure in measures if measure.name in found)
