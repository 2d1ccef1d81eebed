"""The value of a constant expression, in double precision or to a number of digits."""

from __future__ import annotations

from fractions import Fraction

from lemma_eval.answers.algebra.double import Doubles, Number
from lemma_eval.answers.algebra.exact import exact_value
from lemma_eval.answers.algebra.limits import FAILURES, Undefined
from lemma_eval.answers.algebra.precise import Precise, as_fraction
from lemma_eval.answers.reading.node import Node

DIGITS_OF_DOUBLE = 12
MAX_DIGITS = 300


def _double(node: Node) -> tuple[Number, float] | None:
    """The value and its error, real if it can be."""
    for complex_too in (False, True):
        try:
            return Doubles({}, complex_too=complex_too).value(node)
        except Undefined:
            continue
        except FAILURES:
            return None
    return None


def complex_value(node: Node) -> complex | None:
    """A constant in double precision; None if it has a variable, no value, or one that rounding has spoilt.

    A value smaller than its error is spoilt: sin(pi) is None here. One that is 0 for certain is 0.
    """
    found = _double(node)
    if found is None:
        exact = exact_value(node)
        return complex(exact) if exact is not None and abs(Fraction(exact)) < 10**300 else None
    value, error = found
    if not abs(value) < 1e300 or error > 1e-9 * abs(value):
        return None
    return complex(value)


def real_value(node: Node, digits: int = 30) -> Fraction | None:
    """A real constant to that many significant digits, exact if it is rational; None if it is not real or not known.

    A complex number whose imaginary part may be 0 is not known to be real: None.
    """
    exact = exact_value(node)
    if exact is not None:
        return Fraction(exact)
    if digits <= DIGITS_OF_DOUBLE:
        found = _double(node)
        if found is not None and isinstance(found[0], float) and 16.0 * found[1] * 10.0**digits < abs(found[0]):
            return Fraction(found[0])
    if digits > MAX_DIGITS:
        return None
    try:
        return _by_two_precisions(node, digits)
    except FAILURES:
        return None


def _by_two_precisions(node: Node, digits: int) -> Fraction | None:
    """The value at a precision that a higher one bears out."""
    wanted = digits * 10 // 3 + 4
    for bits in (wanted + 60, wanted + 250):
        context = Precise({}, bits)
        coarse = context.value(node)
        finer = Precise({}, bits + 70)
        fine = finer.value(node)
        gap = finer.add(fine, finer.negative(coarse))
        if finer.size(gap) <= finer.size(fine) - wanted:
            return as_fraction(fine)
    return None
