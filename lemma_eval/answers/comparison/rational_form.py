"""A tree as a quotient of two polynomials in one variable, and where it is not defined."""

from __future__ import annotations

from typing import Any, NamedTuple

from lemma_eval.answers.algebra.identity import exact_value
from lemma_eval.answers.comparison.polynomial import (
    MAX_BITS,
    MAX_DEGREE,
    Polynomial,
    Undecided,
    add,
    multiply,
    power,
)
from lemma_eval.answers.reading.node import Node

ONE: Polynomial = (1,)


class RationalForm(NamedTuple):
    """`top / bottom`, with whole coefficients; `barred` vanishes where some denominator of the tree does."""

    top: Polynomial
    bottom: Polynomial
    barred: Polynomial = ONE


def rational_form(node: Node, variable: str) -> RationalForm | None:
    """None where the tree is no rational function of the variable alone. Raises Undecided where a limit is met."""
    op, args, atom = node
    if op == "name":
        return RationalForm((0, 1), ONE) if atom == variable else None
    if op == "number":
        return RationalForm((atom,) if atom else (), ONE) if atom.bit_length() <= MAX_BITS else _too_large()
    if op == "+":
        total: RationalForm | None = RationalForm((), ONE)
        for arg in args:
            one = rational_form(arg, variable)
            if one is None or total is None:
                return None
            total = _sum(total, one)
        return total
    if op == "neg":
        inner = rational_form(args[0], variable)
        return inner and RationalForm(tuple([-value for value in inner.top]), inner.bottom, inner.barred)
    if op in ("*", "/"):
        left = rational_form(args[0], variable)
        right = left and rational_form(args[1], variable)
        if left is None or right is None:
            return None
        if op == "/":
            return _divided(left, right)
        return RationalForm(
            multiply(left.top, right.top), multiply(left.bottom, right.bottom), multiply(left.barred, right.barred)
        )
    if op == "^":
        exponent = whole(args[1])
        if exponent is not None and abs(exponent) <= 10 * MAX_BITS:
            base = rational_form(args[0], variable)
            return base and _power(base, exponent)
    return _constant(node)


def whole(node: Node) -> int | None:
    """A written whole number, its sign included."""
    if node.op == "number":
        return int(node.atom)
    if node.op == "neg" and node.args[0].op == "number":
        return -int(node.args[0].atom)
    return None


def _too_large() -> Any:
    raise Undecided("size")


def _constant(node: Node) -> RationalForm | None:
    if node.op in ("const", "pm", "mp"):
        return None
    value = exact_value(node)
    if value is None:
        return None
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        _too_large()
    return RationalForm((value.numerator,) if value else (), (value.denominator,))


def _sum(a: RationalForm, b: RationalForm) -> RationalForm:
    barred = b.barred if a.barred == ONE else multiply(a.barred, b.barred)
    if a.bottom == b.bottom:
        return RationalForm(add(a.top, b.top), a.bottom, barred)
    top = add(multiply(a.top, b.bottom), multiply(b.top, a.bottom))
    return RationalForm(top, multiply(a.bottom, b.bottom), barred)


def _divided(a: RationalForm, b: RationalForm) -> RationalForm | None:
    if not b.top:
        return None  # a division by zero
    barred = multiply(a.barred, b.barred)
    if len(b.top) > 1:
        barred = multiply(barred, b.top)
    return RationalForm(multiply(a.top, b.bottom), multiply(a.bottom, b.top), barred)


def _power(base: RationalForm, exponent: int) -> RationalForm | None:
    if exponent < 0:
        inverse = _divided(RationalForm(ONE, ONE), base)
        return inverse and _power(inverse, -exponent)
    if not exponent and len(base.top) != 1:
        return None  # 0^0 where the base vanishes: left to others
    if (len(base.barred) - 1) * exponent > MAX_DEGREE:
        raise Undecided("degree")
    return RationalForm(power(base.top, exponent), power(base.bottom, exponent), base.barred)
