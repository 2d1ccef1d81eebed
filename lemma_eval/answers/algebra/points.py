"""Where two expressions are compared: points drawn once and for all from the names of their variables.

Positive points come first, then negative and mixed ones, small and large. A variable that stands in a factorial, a
binomial, a bound of a sum, gcd, lcm, mod, or the exponent of a negative constant takes nonnegative integers only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lemma_eval.answers.algebra.double import Doubles
from lemma_eval.answers.algebra.fields import code
from lemma_eval.answers.algebra.limits import MAX_NODES, Undecided, Undefined
from lemma_eval.answers.reading.node import Node, free_names

# Size, and sign: 1 all positive, -1 all negative, 0 by the name; 2 and 3 all positive, large and small by turns.
REAL_POINTS = (
    (1.6, 1), (0.42, 1), (1.9, -1), (4.4, 1), (1.2, 0), (0.55, -1), (2.7, 0), (13.0, 1), (0.97, 0), (7.5, -1),
    (0.08, 1), (41.0, 1), (3.3, 0), (25.0, -1), (1.01, 0),
)  # fmt: skip
SMOOTH = 6  # points that do, where nothing is piecewise
INTEGERS = (5, 8, 3, 10, 2, 7, 1, 4, 6, 9, 11, 12, 13, 0)
SPANS = (6, 10, 14)
OF_INTEGERS = frozenset("! !! binom perm gcd lcm mod".split())
PIECEWISE = frozenset("abs sign floor ceil min max arg mod".split())
PERIODIC = frozenset("floor ceil sin cos tan cot sec csc".split())
COMPLEX = frozenset("conj re im arg".split())


class Facts(NamedTuple):
    """What a pair of trees is made of."""

    names: tuple[str, ...]
    integers: frozenset[str]
    piecewise: bool
    periodic: bool  # or with steps: what may hold at integers only
    complex_too: bool
    largest: float  # the largest number written
    size: int  # how many nodes
    series: bool = False  # an infinite sum, which may converge near 0 only
    applied: tuple[frozenset[Node], ...] = ()  # the named functions of each tree that are not known here


class Point(NamedTuple):
    """Values of the variables; `positive`: all of them are."""

    values: dict[str, float]
    positive: bool


def facts(*trees: Node) -> Facts:
    """One walk over both trees."""
    names: frozenset[str] = frozenset().union(*(free_names(tree) for tree in trees))
    integers: set[str] = set()
    ops: set[str] = set()
    largest = size = 0
    stack = list(trees)
    imaginary = False
    while stack:
        op, args, atom = node = stack.pop()
        size += 1
        if size > MAX_NODES:
            raise Undecided
        if op == "number":
            largest = max(largest, atom)
            continue
        stack.extend(args)
        ops.add(op)
        if op == "const":
            imaginary |= atom == "i"
        elif op in OF_INTEGERS:
            integers |= free_names(node)
        elif op in ("sum", "prod") and len(args) == 4:
            if args[3].op == "const" and args[3].atom == "infinity":
                ops.add("series")
            integers |= free_names(args[2]) | free_names(args[3])
        elif op == "^" and args[1].op != "number" and args[0].op in ("neg", "+", "*", "/"):
            exponent = free_names(args[1])
            if exponent and not free_names(args[0]) and _negative(args[0]):
                integers |= exponent
        elif op == "root" and not names.isdisjoint(free_names(args[0])):
            ops.add("abs")  # a root of a square is one
        if op == "^":
            if args[0].op == args[1].op == "number":
                largest = max(largest, args[0].atom ** min(args[1].atom, 40) if args[0].atom < 1000 else 0)
            elif args[1].op in ("/", "decimal") and not names.isdisjoint(free_names(args[0])):
                ops.add("abs")
    return Facts(
        tuple(sorted(names)),
        frozenset(integers) & names,
        not ops.isdisjoint(PIECEWISE),
        not ops.isdisjoint(PERIODIC),
        imaginary or not ops.isdisjoint(COMPLEX),
        float(min(largest, 10**9)),
        size,
        "series" in ops,
        tuple(_applied(tree) for tree in trees) if "apply" in ops else (),
    )


def _applied(node: Node) -> frozenset[Node]:
    """Functions with a word for a name, zeta say, known elsewhere; f is any function, and differs for some."""
    own: frozenset[Node] = (
        frozenset((node,)) if node.op == "apply" and len(str(node.atom).rstrip("'")) > 1 else frozenset()
    )
    return own.union(*(_applied(arg) for arg in node.args))


def _negative(node: Node) -> bool:
    try:
        value, _ = Doubles({}).value(node)
    except (Undefined, Undecided):
        return False
    return isinstance(value, float) and value < 0.0


def points(known: Facts) -> Iterator[Point]:
    """The points in their order."""
    if known.integers == frozenset(known.names):
        for place in range(len(INTEGERS)):
            yield Point({name: _integer(known, name, place) for name in known.names}, True)
        return
    sizes = list(REAL_POINTS)
    if known.series:
        sizes[1:1] = [(0.02, 1), (0.16, 0), (0.05, -1)]
    if known.largest > 8.0:  # what changes at some number written changes beyond all of them
        beyond = 2.0 * known.largest + 1.0
        sizes[7:7] = [(beyond, 1), (beyond, -1), (beyond, 2), (beyond, 3)]
        sizes += [(known.largest, 1), (known.largest**0.5, 1)]
    for place, (size, sign) in enumerate(sizes):
        values = {}
        for name in known.names:
            if name in known.integers:
                values[name] = _integer(known, name, place)
                continue
            draw = _draw(name, place)
            narrow = 0.01 if size in (0.97, 1.01) else 0.3
            value = size * (1.0 + narrow * ((draw & 0xFFFFF) / 2**19 - 1.0))
            if sign > 1 and known.names.index(name) % 2 == sign % 2:
                value = 1.0 / value  # far apart
            values[name] = -value if sign < 0 or (sign == 0 and (draw >> 40) & 1) else value
        yield Point(values, sign > 0)
    if known.piecewise:  # where a floor steps and an absolute value turns
        for place, value in enumerate((3.0, -2.0, 1.0)):
            whole = known.integers
            values = {name: _integer(known, name, place) if name in whole else value for name in known.names}
            yield Point(values, value > 0)


def _integer(known: Facts, name: str, place: int) -> float:
    if len(known.names) == 1:
        return float(INTEGERS[place % len(INTEGERS)])
    return float(_draw(name, place) % SPANS[place % len(SPANS)])


def _draw(name: str, place: int) -> int:
    mixed = (code(name) + 0x9E3779B97F4A7C15 * (place + 1)) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return mixed ^ (mixed >> 31)
