"""Finite unions of intervals and points in one normal form: disjoint, in order, none that could be joined."""

from __future__ import annotations

from functools import cmp_to_key
from typing import NamedTuple

from lemma_eval.answers.comparison.polynomial import Undecided
from lemma_eval.answers.comparison.real_endpoint import HIGHEST, LOWEST, Endpoint, order

MAX_PARTS = 400


class Part(NamedTuple):
    """An interval that is not empty; a point has its two ends equal and closed."""

    low: Endpoint
    low_closed: bool
    high: Endpoint
    high_closed: bool


Parts = tuple[Part, ...]

EMPTY: Parts = ()
EVERYTHING: Parts = (Part(LOWEST, False, HIGHEST, False),)


def interval(low: Endpoint, low_closed: bool, high: Endpoint, high_closed: bool) -> Parts:
    """One interval; nothing where its ends are the wrong way round. An infinite end is always open."""
    side = order(low, high)
    if side > 0 or (side == 0 and (not (low_closed and high_closed) or low in (LOWEST, HIGHEST))):
        return EMPTY
    return (Part(low, low_closed and low != LOWEST, high, high_closed and high != HIGHEST),)


def points(ends: list[Endpoint]) -> Parts:
    return normal([Part(end, True, end, True) for end in ends])


def below(end: Endpoint, closed: bool) -> Parts:
    return interval(LOWEST, False, end, closed)


def above(end: Endpoint, closed: bool) -> Parts:
    return interval(end, closed, HIGHEST, False)


def _by_low(a: Part, b: Part) -> int:
    return order(a.low, b.low) or b.low_closed - a.low_closed


def normal(parts: list[Part]) -> Parts:
    """The union of intervals, none of them empty, in normal form."""
    if len(parts) <= 1:
        return tuple(parts)
    if len(parts) > MAX_PARTS:
        raise Undecided("parts")
    parts = sorted(parts, key=cmp_to_key(_by_low))
    joined = [parts[0]]
    for part in parts[1:]:
        last = joined[-1]
        gap = order(last.high, part.low)
        if gap < 0 or (gap == 0 and not (last.high_closed or part.low_closed)):
            joined.append(part)
            continue
        side = order(last.high, part.high)
        if side < 0:
            joined[-1] = Part(last.low, last.low_closed, part.high, part.high_closed)
        elif side == 0 and part.high_closed:
            joined[-1] = Part(last.low, last.low_closed, last.high, True)
    return tuple(joined)


def union(a: Parts, b: Parts) -> Parts:
    if not a or not b:
        return a or b
    return normal([*a, *b])


def intersection(a: Parts, b: Parts) -> Parts:
    if a == EVERYTHING:
        return b
    if b == EVERYTHING:
        return a
    found: list[Part] = []
    left = right = 0
    while left < len(a) and right < len(b):
        one, other = a[left], b[right]
        lows, highs = order(one.low, other.low), order(one.high, other.high)
        low, low_closed = (one.low, one.low_closed) if lows >= 0 else (other.low, other.low_closed)
        if lows == 0:
            low_closed = one.low_closed and other.low_closed
        high, high_closed = (one.high, one.high_closed) if highs <= 0 else (other.high, other.high_closed)
        if highs == 0:
            high_closed = one.high_closed and other.high_closed
        found.extend(interval(low, low_closed, high, high_closed))
        # the interval that ends first meets nothing further
        first = highs or one.high_closed - other.high_closed
        if first <= 0:
            left += 1
        if first >= 0:
            right += 1
    return normal(found)


def complement(a: Parts) -> Parts:
    found: list[Part] = []
    low, closed = LOWEST, False
    for part in a:
        found.extend(interval(low, closed, part.low, not part.low_closed))
        low, closed = part.high, not part.high_closed
    if low is not HIGHEST:
        found.extend(interval(low, closed, HIGHEST, False))
    return tuple(found)


def difference(a: Parts, b: Parts) -> Parts:
    return intersection(a, complement(b))
