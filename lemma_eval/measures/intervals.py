"""95 % intervals: Wilson's for a proportion, the bootstrap over problems for any other mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

DRAWS = 2000  # resamples for an interval
Z95 = 1.959963984540054  # the normal distribution's 97.5 % point
_CELLS = 4_000_000  # of the table of weights that is in memory at a time


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion `share` of `n` (Wilson 1927); (nan, nan) for n = 0."""
    if n == 0:
        return math.nan, math.nan
    square = Z95 * Z95
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z95 / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    # At the ends the exact bounds are 0 and 1; rounding must not step outside the share.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))


def no_spread(values: Sequence[float]) -> bool:
    """Whether all values are the same, but for rounding: resampling them shows nothing. There must be one."""
    return max(values) - min(values) <= 1e-12


def bootstrap(columns: Sequence[Sequence[float]], *, seed: int = 0, draws: int = DRAWS) -> list[tuple[float, float]]:
    """The 95 % bootstrap interval of each column's mean; the columns are equally long and share their resamples.

    A resample draws as many problems as there are, with replacement. The interval is BCa (Efron 1987, bias-corrected
    and accelerated), which follows a skewed distribution where plain percentiles do not, with deviations widened by
    sqrt(n / (n - 1)), as the spread of n values falls short of the spread behind them (Hesterberg 2015, section 4.1).
    Equal values give an interval without width; fewer than two problems give (nan, nan).
    """
    import numpy as np

    if not columns:
        return []
    values = np.asarray(columns, dtype=np.float64).T
    count = len(values)
    if count < 2:
        return [(math.nan, math.nan)] * len(columns)
    centre = values.mean(axis=0)
    spread = values - centre
    means = np.concatenate([weights @ spread for weights in _weights(count, draws, seed)])
    means *= math.sqrt(count / (count - 1)) / count
    return [
        _bounds(float(centre[each]), means[:, each], spread[:, each], (values[:, each].min(), values[:, each].max()))
        for each in range(len(columns))
    ]


def stratified(strata: Sequence[Sequence[float]], *, seed: int = 0, draws: int = DRAWS) -> tuple[float, float]:
    """The 95 % bootstrap interval of the unweighted mean of the strata's means, each stratum resampled by itself.

    As `bootstrap` otherwise; (nan, nan) if a stratum has fewer than two values.
    """
    import numpy as np

    if not strata or min(map(len, strata)) < 2:
        return math.nan, math.nan
    columns = [np.asarray(each, dtype=np.float64) for each in strata]
    share, means = 1 / len(columns), np.zeros(draws)
    for place, column in enumerate(columns):
        wider = math.sqrt(len(column) / (len(column) - 1))
        means += share * wider * resampled_means(column, seed=(seed, place), draws=draws)
    influence = np.concatenate([share * (column - column.mean()) / len(column) for column in columns])
    centre = share * sum(float(column.mean()) for column in columns)
    ends = (
        share * sum(float(column.min()) for column in columns),
        share * sum(float(column.max()) for column in columns),
    )
    return _bounds(centre, means, influence, ends)


def resampled_means(values: Sequence[float] | Array, *, seed: int | tuple[int, ...] = 0, draws: int = DRAWS) -> Array:
    """The means of `draws` resamples of `values`, less the mean of `values`: shape (draws,)."""
    import numpy as np

    column = np.asarray(values, dtype=np.float64)
    spread = column - column.mean()
    return np.concatenate([weights @ spread for weights in _weights(len(column), draws, seed)]) / len(column)


def _weights(count: int, draws: int, seed: int | tuple[int, ...]) -> Iterator[Array]:
    """How often each of `count` problems is in each of `draws` resamples, some resamples at a time."""
    import numpy as np

    random = np.random.default_rng(seed)
    portion = max(1, min(draws, _CELLS // count))
    for start in range(0, draws, portion):
        rows = min(portion, draws - start)
        drawn = random.integers(count, size=(rows, count))
        drawn += np.arange(rows)[:, None] * count
        yield np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count).astype(np.float64)


def _bounds(centre: float, means: Array, influence: Array, ends: tuple[float, float]) -> tuple[float, float]:
    """The BCa bounds from the `means` of resamples, as deviations from `centre`; `ends` are what no mean exceeds."""
    import numpy as np

    square = float((influence**2).sum())
    if square <= 1e-24 * max(1.0, centre * centre):  # nothing but rounding: no spread to draw from
        return centre, centre
    acceleration = float((influence**3).sum()) / (6 * square**1.5)
    normal, draws, means = NormalDist(), len(means), np.sort(means)
    # Half of the ties count: a mean of few distinct values is often hit exactly, but for rounding.
    slack = 1e-9 * math.sqrt(square)
    below = float(np.searchsorted(means, -slack) + np.searchsorted(means, slack)) / (2 * draws)
    bias = normal.inv_cdf(min(max(below, 1 / draws), 1 - 1 / draws))
    places = []
    for z in (-Z95, Z95):
        shifted = bias + (bias + z) / max(1e-3, 1 - acceleration * (bias + z))
        places.append(min(max(normal.cdf(shifted), 0.5 / draws), 1 - 0.5 / draws))
    low, high = map(float, np.quantile(means, places))
    return max(float(ends[0]), centre + min(0.0, low)), min(float(ends[1]), centre + max(0.0, high))
