"""Two numbers: exactly, as a decimal to the precision it shows, as a percentage, within a policy's tolerance.

A decimal equals an exact value when it is that value rounded, or truncated, at the decimal's last digit, and shows at
least `policy.rounding_digits` significant digits, or two and is the gold itself; of two decimals the gold says how
many digits are asked for. Never by an absolute difference: 6.6e-34 is not 9.1e-31. Whole numbers are exact. The last
digits of a number with fifteen or more are a computer's noise.
"""

from __future__ import annotations

from fractions import Fraction

from lemma_eval.answers.algebra.identity import exact_value, real_value
from lemma_eval.answers.comparison.outcome import Outcome
from lemma_eval.answers.policy import GradingPolicy
from lemma_eval.answers.reading.node import Decimal, Node

_GOLD_DIGITS = 2  # a gold that shows fewer is no rounding: 0.3 is not 1/3
_NOISE_DIGITS = 15  # a decimal with as many was computed in floating point: its last digits are noise
_NOISE = Fraction(1, 10**13)


def as_decimal(node: Node) -> Decimal | None:
    """The decimal a node writes out: 1.50, -0.5, 12.5%, 1.5 * 10^3; None for a value written exactly."""
    op = node.op
    if op == "decimal":
        value: Decimal = node.atom
        return value
    if op == "neg":
        inner = as_decimal(node.args[0])
        return inner and Decimal(-inner.mantissa, inner.exponent, inner.digits)
    if op == "percent":
        inner = as_decimal(node.args[0])
        return inner and Decimal(inner.mantissa, inner.exponent - 2, inner.digits)
    if op in ("*", "/") and len(node.args) == 2:
        inner, shift = as_decimal(node.args[0]), _power_of_ten(node.args[1])
        if shift is None:
            return None
        if inner is None and node.args[0].op == "number" and node.args[1].op == "^" and op == "*":
            figure = node.args[0].atom  # 3 * 10^8: the figures before the power are all that is claimed
            inner = Decimal(figure, 0, len(str(figure)) if figure < 10**400 else 401)
        return inner and Decimal(inner.mantissa, inner.exponent + (shift if op == "*" else -shift), inner.digits)
    return None


def _power_of_ten(node: Node) -> int | None:
    if node.op != "^" or node.args[0] != Node("number", (), 10):
        return None
    exponent = node.args[1]
    sign = 1
    if exponent.op == "neg":
        sign, exponent = -1, exponent.args[0]
    return sign * exponent.atom if exponent.op == "number" and exponent.atom <= 5000 else None


Real = Fraction | int


def compare_numbers(pred: Node, gold: Node, policy: GradingPolicy) -> Outcome | None:
    """Two constants. None: they are not both real constants of known value, and other rungs decide."""
    x, y = exact_value(pred), exact_value(gold)
    if x is not None and y is not None:
        if x == y:
            return Outcome(True, "exact", "the same number")
        if _percent_of(pred) != _percent_of(gold) and policy.percent_sign_optional and _without_sign(pred, gold, x, y):
            return Outcome(True, "percent-sign", "the same figure, once with a percent sign")
        return _unequal(pred, gold, x, y, policy)
    if x is None and y is None:
        return None
    decimal, other = (as_decimal(pred), gold) if x is not None else (as_decimal(gold), pred)
    if decimal is None and not (policy.tolerance_on_exact or policy.percent_variants):
        return None
    value = real_value(other, 40)
    if value is None:
        return None
    first, second = (value if side is None else side for side in (x, y))
    outcome = _unequal(pred, gold, first, second, policy)
    return outcome if outcome.equal or decimal is not None else None


def _unequal(pred: Node, gold: Node, given_x: Real, given_y: Real, policy: GradingPolicy) -> Outcome:
    """Whether a rounding or a tolerance makes two different values one answer."""
    x, y = Fraction(given_x), Fraction(given_y)
    if policy.percent_variants and (_close(x * 100, y, policy) or _close(Fraction(x) / 100, y, policy)):
        return Outcome(True, "percent-variant", "the same number up to a factor of 100, as the policy has it")
    if policy.tolerance_on_exact and _close(x, y, policy):
        return Outcome(True, "tolerance", f"within the tolerance of the policy '{policy.name}'")
    p, g = as_decimal(pred), as_decimal(gold)
    if policy.rounding_digits and (p is not None or g is not None):
        if p is not None and g is not None:
            if p.exponent < g.exponent and g.digits >= policy.rounding_digits and rounds_to(x, g):
                return Outcome(True, "rounding", "the gold is the answer, rounded to the digits it shows")
        elif (
            p is not None
            and y.denominator != 1
            and p.digits >= policy.rounding_digits
            and (rounds_to(y, p) or truncates_to(y, p))
        ):
            return Outcome(True, "rounding", "the decimal is the exact value, to the digits it shows")
        elif g is not None and x.denominator != 1 and g.digits >= _GOLD_DIGITS and (
                rounds_to(x, g) or (g.digits >= policy.rounding_digits and truncates_to(x, g))):  # fmt: skip
            return Outcome(True, "rounding", "the gold is the exact value, to the digits it shows")
    digits = max(decimal.digits for decimal in (p, g) if decimal is not None) if p is not None or g is not None else 0
    noisy = digits >= _NOISE_DIGITS and max(abs(x), abs(y)) < 10**_NOISE_DIGITS and policy.rounding_digits
    if noisy and abs(x - y) <= _NOISE * max(abs(x), abs(y)):
        return Outcome(True, "float-noise", "the same but for the last digits of a floating-point number")
    if (p is not None or g is not None) and policy.rel_tolerance and _close(x, y, policy):
        return Outcome(True, "tolerance", f"within the tolerance of the policy '{policy.name}'")
    return Outcome(False, "exact", "different numbers")


def rounds_to(value: Fraction, decimal: Decimal) -> bool:
    """Whether a decimal is a value rounded at the decimal's last digit; a half may go either way."""
    if decimal.mantissa == 0 or abs(decimal.exponent) > 5000:
        return False
    return abs(value - decimal.value) * 2 <= Fraction(10) ** decimal.exponent


def truncates_to(value: Fraction, decimal: Decimal) -> bool:
    """Whether a decimal is a value cut off at the decimal's last digit."""
    if decimal.mantissa == 0 or abs(decimal.exponent) > 5000 or (value > 0) != (decimal.mantissa > 0):
        return False
    return 0 <= abs(value) - abs(decimal.value) < Fraction(10) ** decimal.exponent


def _percent_of(node: Node) -> bool:
    return node.op == "percent" or (node.op == "neg" and node.args[0].op == "percent")


def _without_sign(pred: Node, gold: Node, x: Real, y: Real) -> bool:
    """60% and 60, not 0.6% and 0.6: a bare figure of one or less is itself a share. `x`, `y` are the values."""
    share, bare = (Fraction(x), Fraction(y)) if _percent_of(pred) else (Fraction(y), Fraction(x))
    return share * 100 == bare and abs(bare) > 1


def _close(x: Fraction, y: Fraction, policy: GradingPolicy) -> bool:
    return bool(abs(x - y) <= Fraction(policy.rel_tolerance) * max(abs(x), abs(y)))
