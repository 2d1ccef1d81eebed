"""maj@k: how often the answer that most of k samples give is right."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

MOST_EXACT = 1000  # samples: C(1000, 500) is 3e299, near the end of double precision
_MOST_WORK = 1e8  # multiplications for one problem: about a second
_DRAWS = 4000  # random subsets for each k
_CELLS = 40_000_000  # samples drawn for one problem, so that 100,000 samples take seconds
_PORTION = 4_000_000  # of them that are in memory at a time
_DIGITS = 12  # of the result; the rest is rounding

_Group = tuple[int, float]


def majority_at(groups: Sequence[_Group], samples: int, ks: Sequence[int]) -> tuple[float, ...]:
    """maj@k for each of `ks`: the expected value of the largest group among k of `samples` samples, over all k-subsets.

    `groups` of equal answers are (number of samples, value: the share of them that are right); samples in no group do
    not vote. Groups that tie share the subset equally; a subset in which nobody votes scores 0.

    Exact, but for rounding (1e-12), up to 1,000 samples. A group of c samples wins a k-subset with s votes if no other
    has more; with t others at s its share is 1 / (t + 1). So its part is

        sum over s of C(c, s) * sum over t of N(k - s, t) / (t + 1) / C(n, k)

    where N counts the ways to draw the rest: the coefficient of z^(k-s) y^t in the product, over the other groups g, of
    sum over j < s of C(g, j) z^j + y C(g, s) z^s, and of (1 + z) to the power of the samples that do not vote. All k
    come at once; 1 / (t + 1) is the integral of y^t over [0, 1], which Gauss-Legendre quadrature gives exactly.

    Above 1,000 samples, and for the rare patterns of several hundred that would take more than about a second, it is
    the mean over random k-subsets instead: 4,000 for each k (seeded; standard error at most 0.008 for one problem), of
    more than 10,000 samples as many as 40,000,000 draws allow. Raises ValueError for a k that is not 1 to `samples`
    and for groups that hold more than `samples`.
    """
    if sum(count for count, _ in groups) > samples or any(count < 1 for count, _ in groups):
        raise ValueError(f"groups {groups!r:.60} do not fit {samples} samples")
    if any(not 1 <= k <= samples for k in ks):
        raise ValueError(f"k must be 1 to {samples}")
    counts = Counter(count for count, _ in groups)
    values = {count: math.fsum(value for size, value in groups if size == count) for count in counts}
    pattern = tuple((count, counts[count], values[count]) for count in sorted(counts))
    return _at(pattern, samples, tuple(ks))


_Pattern = tuple[tuple[int, int, float], ...]  # (samples in a group, how many such groups, the sum of their values)


@lru_cache(maxsize=8192)  # few different patterns, many problems
def _at(pattern: _Pattern, samples: int, ks: tuple[int, ...]) -> tuple[float, ...]:
    votes = sum(count * groups for count, groups, _ in pattern)
    if not any(value for _, _, value in pattern) or not ks:
        return (0.0,) * len(ks)
    if votes == samples and all(value == groups for _, groups, value in pattern):
        return (1.0,) * len(ks)
    most = max(ks)
    if samples > MOST_EXACT or _work(pattern, most) > _MOST_WORK:
        return _sampled(pattern, samples, ks)
    won = [value * _won(pattern, count, samples, most) for count, _, value in pattern if value]
    ways = sum(won[1:], start=won[0])
    return tuple(round(float(ways[k]) / math.comb(samples, k), _DIGITS) for k in ks)


def _work(pattern: _Pattern, most: int) -> float:
    """About how many multiplications `_at` would take."""
    work = 0.0
    for winner, _, value in pattern:
        for s in range(1, min(winner, most) + 1 if value else 1):
            rivals = [(s + 1, groups) for count, groups, _ in pattern if count >= s]
            nodes = _nodes(sum(groups for _, groups in rivals), s, most)
            work += nodes * most * (1 + sum(min(most, size * groups) for size, groups in rivals))
    return work


def _won(pattern: _Pattern, winner: int, samples: int, most: int) -> Array:
    """In how many k-subsets, k = 0 to `most`, one certain group of `winner` samples wins, ties being shares."""
    import numpy as np

    ways = np.zeros(most + 1)
    others = [(count, groups - (count == winner)) for count, groups, _ in pattern if groups > (count == winner)]
    for s in range(1, min(winner, most) + 1):
        rivals = [(count, groups) for count, groups in others if count >= s]
        free = samples - winner - sum(count * groups for count, groups in rivals)  # these can never reach s + 1
        y, weight = _quadrature(_nodes(sum(groups for _, groups in rivals), s, most))
        rest = most - s
        product = np.tile(_binomials(free, rest), (len(y), 1))
        for count, groups in rivals:
            drawn = np.tile(_binomials(count, min(s, rest)), (len(y), 1))
            if s <= rest:
                drawn[:, s] *= y
            product = _times(product, _power(drawn, groups, rest), rest)
        ways[s : s + product.shape[1]] += math.comb(winner, s) * (weight @ product)
    return ways


def _nodes(rivals: int, s: int, most: int) -> int:
    """How many nodes integrate exactly: ties are at most the rivals, and what fits into `most` samples."""
    return min(rivals, most // s - 1) // 2 + 1


@lru_cache(maxsize=512)
def _quadrature(nodes: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on [0, 1]: exact for polynomials of degree 2 * nodes - 1."""
    import numpy as np

    x, weight = np.polynomial.legendre.leggauss(nodes)
    return (x + 1) / 2, weight / 2


@lru_cache(maxsize=4096)
def _binomials(count: int, most: int) -> Array:
    """C(count, j) for j = 0 to min(count, most)."""
    import numpy as np

    return np.array([float(math.comb(count, j)) for j in range(min(count, most) + 1)])


def _times(a: Array, b: Array, most: int) -> Array:
    """The products of polynomials, row by row, without what is above degree `most`."""
    import numpy as np

    if len(a) == 1:  # no ties are possible: the commonest case, which NumPy does in one step
        return np.convolve(a[0], b[0])[None, : most + 1]
    longer, shorter = (a, b) if a.shape[1] >= b.shape[1] else (b, a)
    product = np.zeros((len(a), min(most + 1, a.shape[1] + b.shape[1] - 1)))
    for degree in range(shorter.shape[1]):
        width = min(longer.shape[1], product.shape[1] - degree)
        product[:, degree : degree + width] += shorter[:, degree, None] * longer[:, :width]
    return product


def _power(base: Array, exponent: int, most: int) -> Array:
    """The polynomials to a power, by repeated squaring."""
    result = base
    for bit in bin(exponent)[3:]:
        result = _times(result, result, most)
        if bit == "1":
            result = _times(result, base, most)
    return result


def _sampled(pattern: _Pattern, samples: int, ks: tuple[int, ...]) -> tuple[float, ...]:
    """The means over random subsets: the beginnings of random orders, grown sample by sample."""
    import numpy as np

    counts = [count for count, groups, _ in pattern for _ in range(groups)]
    values = np.array([value / groups for _, groups, value in pattern for _ in range(groups)] + [0.0])
    silent = len(counts)
    labels = np.repeat(np.arange(silent + 1, dtype=np.int32), [*counts, samples - sum(counts)])
    random, most = np.random.default_rng(samples), max(ks)
    draws = max(100, min(_DRAWS, _CELLS // samples))
    portion = max(1, _PORTION // samples)
    total = np.zeros(most + 1)
    for start in range(0, draws, portion):
        rows = np.arange(min(portion, draws - start))
        order = random.permuted(np.tile(labels, (len(rows), 1)), axis=1)[:, :most].T
        drawn = np.zeros((len(rows), silent + 1), dtype=np.int32)
        top, ties, score = np.zeros((3, len(rows)))
        for k, label in enumerate(order, 1):
            drawn[rows, label] += 1
            now = np.where(label == silent, -1, drawn[rows, label])
            ahead, level = now > top, now == top
            top = np.where(ahead, now, top)
            ties = np.where(ahead, 1, ties + level)
            score = np.where(ahead, values[label], score + level * values[label])
            total[k] += (score / np.maximum(ties, 1)).sum()
    first = sum(count * value for count, _, value in pattern) / samples  # maj@1 needs no drawing
    return tuple(first if k == 1 else float(total[k]) / draws for k in ks)
