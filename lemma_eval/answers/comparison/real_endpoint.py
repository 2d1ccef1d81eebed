"""Ends of intervals: real constants and infinities, compared exactly.

An end is a rational number, a root of an integer polynomial, or a written constant of another kind (sqrt 2, pi/3, e^2).
Two that lie clearly apart are told apart by their doubles; near ones exactly.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from lemma_eval.answers.algebra.identity import exact_value, real_value, same
from lemma_eval.answers.comparison.estimate import estimate
from lemma_eval.answers.comparison.polynomial import (
    MAX_BITS,
    Root,
    Undecided,
    compare_root,
    compare_roots,
    sharpened,
)
from lemma_eval.answers.comparison.rewriting import ZERO, over, plus, times
from lemma_eval.answers.reading.node import Node, number, rational

_APART = 1e-9  # relative; doubles further apart than this are different numbers
_DIGITS = (40, 120)  # of a written constant, where doubles do not tell
_LARGEST = 1.7e308


class Endpoint(NamedTuple):
    """`approx` is right to ten digits and orders clear cases; one of the others says what the number is."""

    approx: float
    exact: int | Fraction | None = None
    node: Node | None = None
    root: Root | None = None


LOWEST = Endpoint(-math.inf, node=Node("neg", (Node("const", (), "infinity"),)))
HIGHEST = Endpoint(math.inf, node=Node("const", (), "infinity"))


def exact_endpoint(value: int | Fraction, node: Node | None = None) -> Endpoint:
    try:
        return Endpoint(float(value), value, node)
    except OverflowError:
        return Endpoint(_LARGEST if value > 0 else -_LARGEST, value, node)


def root_endpoint(root: Root | Fraction) -> Endpoint:
    """Of an isolated root."""
    if isinstance(root, Fraction):
        return exact_endpoint(root)
    narrow = sharpened(root, 45)
    if isinstance(narrow, Fraction):
        return exact_endpoint(narrow)
    try:
        approx = (narrow.low + narrow.high) / (2 << narrow.scale)
    except OverflowError:
        raise Undecided("size") from None
    return Endpoint(approx, root=narrow)


def endpoint(node: Node) -> Endpoint:
    """Of a written constant. Raises Undecided where it is no real number that can be told."""
    op, args, atom = node
    if op == "number":
        return exact_endpoint(atom, node)
    if op == "neg":
        inner = args[0]
        if inner.op == "number":
            return exact_endpoint(-inner.atom, node)
        if inner.op == "const" and inner.atom == "infinity":
            return LOWEST
    elif op == "const" and atom == "infinity":
        return HIGHEST
    elif op == "+" and len(args) == 1:  # a written plus: +infinity
        return endpoint(args[0])
    elif op == "decimal" and -400 < atom.exponent < 400 and atom.mantissa.bit_length() <= MAX_BITS:
        return exact_endpoint(atom.value, node)
    elif op == "/" and args[0].op == "number" and args[1].op == "number" and args[1].atom:
        if max(args[0].atom.bit_length(), args[1].atom.bit_length()) > MAX_BITS:
            raise Undecided("size")
        return exact_endpoint(Fraction(args[0].atom, args[1].atom), node)
    value = exact_value(node)
    if value is not None:
        return exact_endpoint(value, node)
    rough = estimate(node, {})
    if rough is not None and rough[1] <= abs(rough[0]) * _APART / 4:
        return Endpoint(rough[0], node=node)
    precise = real_value(node, 30)
    if precise is None:
        raise Undecided("no real number")
    if not precise or abs(precise) < Fraction(1, 10**20):
        if same(node, ZERO).equal:
            return exact_endpoint(0, node)
        raise Undecided("too near zero")
    return Endpoint(exact_endpoint(precise).approx, node=node)


def order(a: Endpoint, b: Endpoint) -> int:
    """-1, 0 or 1. Raises Undecided where it cannot be told."""
    if a.exact is not None and b.exact is not None:
        return (a.exact > b.exact) - (a.exact < b.exact)
    left, right = a.approx, b.approx
    if a is b or (left == right and math.isinf(left)):
        return 0
    # the difference is infinite where one of them is
    if not abs(left - right) <= min(_APART * max(abs(left), abs(right)), _LARGEST):
        return -1 if left < right else 1
    if a.root is not None:
        if b.root is not None:
            return compare_roots(a.root, b.root)
        return compare_root(a.root, b.exact) if b.exact is not None else -_order_to_root(b, a.root)
    if b.root is not None:
        return -compare_root(b.root, a.exact) if a.exact is not None else _order_to_root(a, b.root)
    one, other = written(a), written(b)
    if one == other:
        return 0
    verdict = same(one, other).equal
    if verdict:
        return 0
    return _by_digits(one, other)


def _order_to_root(a: Endpoint, root: Root) -> int:
    """How a written constant lies to a root: at it, where the polynomial vanishes there and both are as near."""
    constant = written(a)
    if _vanishes(root, constant):
        return 0
    for digits in _DIGITS:
        value = real_value(constant, digits)
        narrow = sharpened(root, digits * 10 // 3)
        if value is None:
            break
        side = compare_root(narrow, value) if isinstance(narrow, Root) else (narrow > value) - (narrow < value)
        slack = abs(value) / 10 ** (digits - 5)
        moved = value + (slack if side > 0 else -slack)
        again = compare_root(narrow, moved) if isinstance(narrow, Root) else (narrow > moved) - (narrow < moved)
        if side and again == side:
            return -side
    raise Undecided("nearness")


def _vanishes(root: Root, constant: Node) -> bool:
    """Whether the constant is the root: inside the interval by its digits, and a zero of the polynomial exactly."""
    value = real_value(constant, 40)
    if value is None:
        return False
    slack = abs(value) / 10**30
    if not root.low < (value - slack) * (1 << root.scale) or not (value + slack) * (1 << root.scale) < root.high:
        return False
    total = ZERO
    for coefficient in reversed(root.poly):
        total = plus(times(total, constant), number(coefficient))
    return bool(same(total, ZERO).equal)


def _by_digits(a: Node, b: Node) -> int:
    for digits in _DIGITS:
        left, right = real_value(a, digits), real_value(b, digits)
        if left is None or right is None:
            break
        if abs(left - right) * 10 ** (digits - 8) > max(abs(left), abs(right)):
            return -1 if left < right else 1
    raise Undecided("nearness")


def written(end: Endpoint) -> Node:
    """The end as a tree: as it was written, as a fraction, with a square root, or else to thirty digits."""
    if end.node is not None:
        return end.node
    if end.exact is not None:
        return rational(Fraction(end.exact))
    if end.root is None:
        raise Undecided("no number")
    poly = end.root.poly
    if len(poly) == 3 and max(map(int.bit_length, poly)) < MAX_BITS:
        c, b, lead = poly
        side = Node("root", (number(b * b - 4 * lead * c), number(2)))
        # the larger root of the two has a falling sign just below it
        upper = end.root.sign * lead < 0
        top = plus(number(-b), side if upper else Node("neg", (side,)))
        return over(top, number(2 * lead))
    return rational(digits_of(end.root))


def digits_of(root: Root) -> Fraction:
    """The root to thirty digits."""
    narrow = sharpened(root, 110)
    if isinstance(narrow, Fraction):
        return narrow
    middle = Fraction(narrow.low + narrow.high, 2 << narrow.scale)
    bits = 105 - math.frexp(float(middle))[1]
    return Fraction(round(middle * 2**bits), 2**bits) if bits > 0 else middle
