"""Paired tests: whether two runs differ on the same problems by more than chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lemma_eval.measures.intervals import Z95

_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run against a baseline on the `problems` that both have.

    `ours_only` and `baseline_only` count the problems that only one of them has; they are left out. `difference` is
    the mean of ours less the baseline's, `low` and `high` bound its 95 % interval: the bootstrap's over the pairs, and
    Tango's where values of 0 and 1 differ nowhere, or everywhere one way, as resampling then shows no spread. `p` is
    two-sided. Without a common problem the figures are nan.
    """

    problems: int
    ours_only: int
    baseline_only: int
    difference: float
    low: float
    high: float
    p: float
    method: Literal["mcnemar", "bootstrap"]


def compare(ours: Mapping[str, float], baseline: Mapping[str, float], *, seed: int = 0) -> Comparison:
    """Compare two runs' values of one measure, each by problem.

    If every value is 0 or 1, p is that of the exact McNemar test. Otherwise it is that of a paired bootstrap: the mean
    differences of resampled problems, moved so that they centre on 0, as if the runs were alike (Efron and Tibshirani
    1993, section 16.4), and widened by sqrt(n / (n - 1)); p is the share of them at least as far from 0 as the observed
    one, which counts as one of them. It is never less than 2 / 2^d for d problems that differ, the least that a test by
    exchanging the runs' names can give: few problems prove nothing, however much they agree.
    """
    common = [key for key in ours if key in baseline]
    problems, alone = len(common), (len(ours) - len(common), len(baseline) - len(common))
    pairs = [(ours[key], baseline[key]) for key in common]
    flags = all(value in (0, 1) for pair in pairs for value in pair)
    if not pairs:
        return Comparison(0, *alone, math.nan, math.nan, math.nan, math.nan, "bootstrap")
    differences = [x - y for x, y in pairs]
    difference = math.fsum(differences) / problems
    low, high = _interval(differences, seed)
    if flags:
        won, lost = differences.count(1), differences.count(-1)
        if max(won, lost, problems - won - lost) == problems:
            low, high = _without_spread(difference, problems)
        return Comparison(problems, *alone, difference, low, high, mcnemar(won, lost), "mcnemar")
    return Comparison(problems, *alone, difference, low, high, _bootstrap_p(differences, seed), "bootstrap")


def mcnemar(won: int, lost: int) -> float:
    """The exact two-sided p of McNemar's test for `won` and `lost` discordant pairs: a fair coin's (1 without any)."""
    flips, least = won + lost, min(won, lost)
    ways, term = 0, 1
    for hits in range(least + 1):
        ways += term
        term = term * (flips - hits) // (hits + 1)
    return min(1.0, 2 * ways / (1 << flips))


def holm(ps: Sequence[float]) -> list[float]:
    """The p-values adjusted for being several tests (Holm 1979), in their order; nan stays nan and is no test."""
    order = sorted((index for index, p in enumerate(ps) if not math.isnan(p)), key=lambda index: ps[index])
    adjusted, largest = list(ps), 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, ps[index] * (len(order) - place)))
        adjusted[index] = largest
    return adjusted


def _without_spread(difference: float, problems: int) -> tuple[float, float]:
    """Tango's score interval (1998) where all pairs are alike: their `difference` is -1, 0 or 1."""
    slack = Z95 * Z95 / (problems + Z95 * Z95)
    return (-slack, slack) if difference == 0 else (1 - 2 * slack, 1.0) if difference > 0 else (-1.0, 2 * slack - 1)


def _interval(differences: Sequence[float], seed: int) -> tuple[float, float]:
    from lemma_eval.measures.intervals import bootstrap

    return bootstrap([differences], seed=seed, draws=_DRAWS)[0]


def _bootstrap_p(differences: Sequence[float], seed: int) -> float:
    import numpy as np

    from lemma_eval.measures.intervals import resampled_means

    count = len(differences)
    apart = sum(abs(each) > 1e-12 for each in differences)
    if apart == 0:
        return 1.0
    means = resampled_means(differences, seed=seed, draws=_DRAWS) * math.sqrt(count / max(1, count - 1))
    observed = abs(math.fsum(differences) / count)
    extreme = int(np.count_nonzero(np.abs(means) >= observed - 1e-12))
    return max((extreme + 1) / (_DRAWS + 1), min(1.0, 2.0 ** (1 - apart)))
