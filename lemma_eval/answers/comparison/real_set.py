"""Answers that are one set of real numbers, however written: intervals, inequalities, builders, unions, points.

`as_real_set` reads a tree as such a set in normal form, `same_set` compares two of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

from lemma_eval.answers.comparison.interval_union import (
    EMPTY,
    EVERYTHING,
    Parts,
    complement,
    difference,
    intersection,
    interval,
    points,
    union,
)
from lemma_eval.answers.comparison.polynomial import Undecided
from lemma_eval.answers.comparison.real_endpoint import Endpoint, endpoint, exact_endpoint, order, written
from lemma_eval.answers.comparison.rewriting import mentions, signs
from lemma_eval.answers.comparison.solving import solve_relation
from lemma_eval.answers.reading.node import Node, free_names

MAX_WHOLE = 1_000  # whole numbers listed for a builder over them

_CONSTANT = frozenset(("number", "decimal", "const"))
_PLAIN = _CONSTANT | {"name"}

EndpointEqual = Callable[[Node, Node], bool | None]


class RealSet(NamedTuple):
    """`parts` in normal form; `variable` is the name that the statement was about, None where it names none."""

    parts: Parts
    variable: str | None = None


def as_real_set(node: Node, tuples: bool = False) -> RealSet | None:
    """The set of real numbers that a tree describes, or None.

    With `tuples`, a pair in brackets is an interval. An equation alone is a set only in the form x = constant.
    """
    try:
        if node.op == "rel" and "=" in node.atom and not _solved_form(node):
            return None
        return _read(node, tuples)
    except (Undecided, RecursionError):
        return None


def variable_of(node: Node) -> str | None:
    """The one name that a statement is about; None for a set, which names nothing, and for several names."""
    if node.op not in ("rel", "in", "notin", "and", "or", "not"):
        return None
    names = free_names(node)
    return next(iter(names)) if len(names) == 1 else None


def _solved_form(node: Node) -> bool:
    left, right = node.args[0], node.args[-1]
    if len(node.args) != 2:
        return False
    return bool((left.op == "name" and not free_names(right)) or (right.op == "name" and not free_names(left)))


def _read(node: Node, tuples: bool) -> RealSet:
    op, args, atom = node
    if op == "interval":
        return RealSet(_interval(args, atom))
    if op == "rel":
        return _statement(node)
    if op == "tuple":
        if tuples and len(args) == 2 and atom in ("()", "[]"):
            return RealSet(_interval(args, atom))
        raise Undecided("tuple")
    if op == "empty":
        return RealSet(EMPTY)
    if op == "domain":
        if atom != "R":
            raise Undecided("domain")
        return RealSet(EVERYTHING)
    if op == "set":
        return RealSet(points([endpoint(one) for arg in args for one in _values(arg)]))
    if op in ("union", "intersection", "setminus"):
        return _combined([_read(arg, True) for arg in args], op)
    if op in ("and", "or"):
        return _connected(args, op, tuples)
    if op == "list":
        return _listed(args)
    if op in ("in", "notin"):
        return _membership(args, op)
    if op == "not" and len(args) == 1:
        inner = _read(args[0], tuples)
        return RealSet(complement(inner.parts), inner.variable)
    if op == "builder":
        return _builder(args, atom)
    raise Undecided("kind")


def _interval(args: tuple[Node, ...], brackets: str) -> Parts:
    low, high = endpoint(args[0]), endpoint(args[1])
    return interval(low, brackets[0] == "[", high, brackets[1] == "]")


def _values(node: Node) -> tuple[Node, ...]:
    return signs(node) if node.args else (node,)


def _statement(node: Node) -> RealSet:
    # the common case, x against numbers, is told without a walk
    if all(arg.op in _PLAIN or (arg.op == "neg" and arg.args[0].op in _CONSTANT) for arg in node.args):
        plain = {arg.atom for arg in node.args if arg.op == "name"}
        if len(plain) == 1:
            variable = plain.pop()
            return RealSet(solve_relation(node, variable), variable)
    names = free_names(node)
    if len(names) != 1:
        raise Undecided("names")
    (variable,) = names
    readings = signs(node)
    if len(readings) == 2:
        if set(node.atom) not in ({"="}, {"!="}):
            raise Undecided("plus or minus")
        found = [solve_relation(reading, variable) for reading in readings]
        joined = union(*found) if "=" in node.atom else intersection(*found)
        return RealSet(joined, variable)
    return RealSet(solve_relation(node, variable), variable)


def _combined(sets: list[RealSet], op: str) -> RealSet:
    names = {one.variable for one in sets} - {None}
    if len(names) > 1:
        raise Undecided("names")
    merge = {"union": union, "or": union, "setminus": difference}.get(op, intersection)
    return RealSet(reduce(merge, [one.parts for one in sets]), next(iter(names), None))


def _connected(args: tuple[Node, ...], op: str, tuples: bool) -> RealSet:
    """Statements or sets joined by "and" or "or". "x = 1 or 2" repeats what the first one says of x."""
    sets: list[RealSet] = []
    for arg in args:
        before = args[0]
        if op == "or" and before.op == "rel" and before.atom == ("=",) and not free_names(arg):
            sets.append(RealSet(points([endpoint(one) for one in _values(arg)])))
        else:
            sets.append(_read(arg, tuples))
    # two sets joined by "and" are mostly both meant; two statements must both hold
    if op == "and" and any(one.variable is None for one in sets):
        raise Undecided("and of sets")
    return _combined(sets, op)


def _listed(args: tuple[Node, ...]) -> RealSet:
    """Relations in a row: any of x = 1, x = 2; all of x > 0, x != 2, or of x > 0, x > 2.

    Of inequalities all hold, unless that leaves nothing; where both ways would say something, chains and equations
    beside them are not read.
    """
    if any(arg.op not in ("rel", "in", "notin") for arg in args):
        raise Undecided("list")
    sets = [_read(arg, True) for arg in args]
    equations = ["=" in arg.atom if arg.op == "rel" else False for arg in args]
    if any(equations):
        if not all(equations) and _combined(sets, "and").parts:
            raise Undecided("list")
        return _combined(sets, "or")
    every, some = _combined(sets, "and"), _combined(sets, "or")
    exclusions = sum(arg.op == "notin" or (arg.op == "rel" and set(arg.atom) == {"!="}) for arg in args)
    if exclusions >= len(args) - 1 or some.parts == EVERYTHING:
        return every
    if not every.parts:
        return some
    if all(arg.op == "rel" and len(arg.args) == 2 for arg in args):
        return every
    raise Undecided("list")


def _membership(args: tuple[Node, ...], op: str) -> RealSet:
    element, whole = args
    if element.op != "name" or free_names(whole):
        raise Undecided("membership")
    parts = _read(whole, True).parts
    return RealSet(parts if op == "in" else complement(parts), element.atom)


def _builder(args: tuple[Node, ...], domain: str) -> RealSet:
    variable, condition = args
    if variable.op != "name" or domain not in ("", "R", "Z", "N"):
        raise Undecided("builder")
    inner = _read(condition, True)
    if inner.variable != variable.atom or not mentions(condition, variable.atom):
        raise Undecided("builder")
    return RealSet(_whole_numbers(inner.parts, domain) if domain in ("Z", "N") else inner.parts)


def _whole_numbers(parts: Parts, domain: str) -> Parts:
    """The whole numbers in a bounded set; whether N holds 0 is not known, so a set that hangs on it is not read."""
    if domain == "N":
        if any(order(part.low, exact_endpoint(0)) <= 0 <= order(part.high, exact_endpoint(0)) for part in parts):
            zero = intersection(parts, points([exact_endpoint(0)]))
            if zero:
                raise Undecided("zero in N")
        parts = intersection(parts, interval(exact_endpoint(0), False, exact_endpoint(10**300), False))
    found: list[Endpoint] = []
    for part in parts:
        low, high = part.low.approx, part.high.approx
        if not (abs(low) < 1e15 and abs(high) < 1e15) or high - low > MAX_WHOLE - len(found):
            raise Undecided("too many")
        for value in range(math.floor(low) - 1, math.ceil(high) + 2):
            end = exact_endpoint(value)
            below, above = order(part.low, end), order(end, part.high)
            if (below < 0 or (below == 0 and part.low_closed)) and (above < 0 or (above == 0 and part.high_closed)):
                found.append(end)
    return points(found)


def same_set(a: RealSet, b: RealSet, endpoint_equal: EndpointEqual | None = None) -> bool | None:
    """Whether two sets are one: the same number of intervals, the same ends, open and closed alike.

    `endpoint_equal` may accept ends that are not exactly equal (a rounded decimal); it is not asked about equal ones.
    The variables are not compared. None where an end could not be told.
    """
    if len(a.parts) != len(b.parts):
        return False
    for one, other in zip(a.parts, b.parts, strict=True):
        if one.low_closed != other.low_closed or one.high_closed != other.high_closed:
            return False
    undecided = False
    for one, other in zip(a.parts, b.parts, strict=True):
        for left, right in ((one.low, other.low), (one.high, other.high)):
            equal = _same_end(left, right, endpoint_equal)
            if equal is False:
                return False
            undecided |= equal is None
    return None if undecided else True


def _same_end(a: Endpoint, b: Endpoint, endpoint_equal: EndpointEqual | None) -> bool | None:
    try:
        equal: bool | None = order(a, b) == 0
    except Undecided:
        equal = None
    if equal or endpoint_equal is None or math.isinf(a.approx) or math.isinf(b.approx):
        return equal
    try:
        return endpoint_equal(written(a), written(b))
    except Undecided:
        return None
