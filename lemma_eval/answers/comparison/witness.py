"""Points that tell two statements apart: probe points, and points on the solution set of an equation.

All of it is seeded by a fixed table, so the same trees meet the same points. A point counts only where the values are
clear of their error bounds.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator

from lemma_eval.answers.comparison.estimate import Rough, estimate, sign_of
from lemma_eval.answers.comparison.rewriting import coefficients, mentions
from lemma_eval.answers.reading.node import Node

Point = dict[str, Rough]

_SCAN = tuple([(at * 0.4370117 + 0.0131835) * (1 if at % 2 else -1) for at in range(24)])  # grows from zero both ways
MAX_SEARCHES = 2  # seeds for which a zero is searched for along lines
_CLEAR = 100  # times the error bound


def _value(text: str, seed: int) -> float:
    """A number between 0.3 and 3.3 of either sign, a quarter of that for odd seeds: a double without rounding."""
    mixed = zlib.crc32(f"{text}#{seed}".encode("utf-8", "replace"))
    size = 1229 + mixed % 12289
    return (-size if (mixed >> 16) & 1 else size) / (16384 if seed & 1 else 4096)


def probe(names: list[str], seed: int) -> Point:
    """The seeded point of these names; half of the seeds give positive values, where roots and logarithms live."""
    if seed % 4 >= 2:
        return {name: (abs(_value(name, seed)), 0.0) for name in names}
    return {name: (_value(name, seed), 0.0) for name in names}


def clearly_nonzero(node: Node, point: Point) -> bool:
    found = estimate(node, point)
    return found is not None and abs(found[0]) > _CLEAR * found[1]


def zeros(residual: Node, names: list[str], seeds: int) -> Iterator[Point]:
    """Points at which the residual vanishes: all names but one at seeded values, that one solved for.

    By a formula in the names in which it is linear or quadratic; where there are none, by a search along some lines.
    """
    own = [name for name in names if mentions(residual, name)]
    parts = {name: coefficients(residual, name, 2) for name in own}
    easy = [name for name in own if (parts[name] or ())[1:]]
    for seed in range(seeds if easy else min(seeds, MAX_SEARCHES)):
        for variable in easy or own:
            point = probe(names, seed)
            found = _solved(residual, parts[variable], variable, point)
            if found is None and len(parts[variable] or ()) == 3 and _widened(parts, variable, point, seed):
                found = _solved(residual, parts[variable], variable, point)
            if found is not None:
                point[variable] = found
                yield point


def _solved(residual: Node, parts: list[Node] | None, variable: str, point: Point) -> Rough | None:
    if parts is None:
        return _bracketed(residual, variable, point)
    values = [estimate(part, point) for part in parts]
    while values and values[-1] is not None and not values[-1][0]:
        values.pop()
    if len(values) < 2 or None in values:
        return None
    rough = [value for value in values if value is not None]
    (c, dc), (b, db) = rough[0], rough[1]
    if len(rough) == 2:
        if abs(b) <= _CLEAR * db:
            return None
        value = -c / b
        return value, 2 * (dc + abs(value) * db) / (abs(b) - db) + abs(value) * 1e-15
    lead = rough[2][0]
    inside = b * b - 4 * lead * c
    if inside <= 0 or not abs(lead) < 1e100:
        return None
    value = (-b - math.copysign(math.sqrt(inside), b)) / (2 * lead)
    return _proven(residual, variable, dict(point), value)


def _widened(parts: dict[str, list[Node] | None], variable: str, point: Point, seed: int) -> bool:
    """Moves the point to where a quadratic in the variable has real zeros; whether there is such a place.

    Its discriminant is taken along one other name at a time, as a quadratic through three of its values: from its
    vertex, if it opens downwards, a seeded share of the way to where it ends; far out, if it opens upwards.
    """
    quadratic = parts[variable] or []
    for name in [other for other, own in parts.items() if other != variable and own]:
        low, middle, high = (_inside(quadratic, {**point, name: (place, 0.0)}) for place in (-1.0, 0.0, 1.0))
        if low is None or middle is None or high is None:
            continue
        square, slope = (low + high) / 2 - middle, (high - low) / 2
        if abs(square) <= 1e-9 * (abs(low) + abs(middle) + abs(high)):
            continue  # no quadratic, or none that doubles tell
        vertex = -slope / (2 * square)
        top = middle - square * vertex * vertex
        share = (0.37, -0.61, 0.53, -0.29, 0.71, -0.17)[seed % 6]
        if square > 0 or top > 0:
            step = math.sqrt(abs(top / square))
            vertex += share * step if square < 0 else math.copysign(step + 1 + abs(share), share)
        if not abs(vertex) < 1e9:
            continue
        point[name] = (vertex, 0.0)
        found = _inside(quadratic, point)
        if found is not None and found > 0:
            return True
    return False


def _inside(quadratic: list[Node], point: Point) -> float | None:
    """The discriminant at a point."""
    values = [estimate(part, point) for part in quadratic]
    c, b, a = (None if value is None else value[0] for value in values)
    return None if a is None or b is None or c is None else b * b - 4 * a * c


def _proven(residual: Node, variable: str, point: Point, value: float) -> Rough | None:
    """A zero near the value, by clear and opposite signs on its two sides."""
    for step in (1e-12, 1e-8):
        width = step * (1 + abs(value))
        sides = []
        for place in (value - width, value + width):
            point[variable] = (place, 0.0)
            sides.append(sign_of(residual, point))
        if None not in sides and sides[0] != sides[1]:
            return value, width
    return None


def _bracketed(residual: Node, variable: str, point: Point) -> Rough | None:
    """A change of sign on a line through the point, halved down; not one at a pole or a jump."""
    inner = dict(point)
    signs: list[tuple[float, int]] = []
    for place in sorted(_SCAN):
        inner[variable] = (place, 0.0)
        side = sign_of(residual, inner)
        if side is not None:
            if signs and signs[-1][1] != side:
                found = _halved(residual, variable, inner, signs[-1][0], place, side)
                if found is not None:
                    return found
            signs.append((place, side))
        else:
            signs.clear()
    return None


def _halved(residual: Node, variable: str, point: Point, low: float, high: float, side: int) -> Rough | None:
    start = _size(residual, variable, point, low) + _size(residual, variable, point, high)
    for _ in range(60):
        width = high - low
        for share in (0.5, 0.4140625):
            middle = low + share * width
            point[variable] = (middle, 0.0)
            at = sign_of(residual, point)
            if at is not None:
                break
        else:
            break
        if not low < middle < high:
            break
        if at == side:
            high = middle
        else:
            low = middle
    end = _size(residual, variable, point, low) + _size(residual, variable, point, high)
    if high - low > 1e-6 * (1 + abs(high)) or not end <= 1e-3 * start:
        return None
    return (low + high) / 2, high - low


def _size(residual: Node, variable: str, point: Point, place: float) -> float:
    point[variable] = (place, 0.0)
    found = estimate(residual, point)
    return abs(found[0]) if found else float("inf")
