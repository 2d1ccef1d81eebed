"""Telling answers apart cheaply: which two can be equal at all, before the answer engine is asked."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lemma_eval.answers import GradingPolicy
    from lemma_eval.answers.reading.node import Node

# What a real constant is made of, that it is compared by its value alone: no unit, no angle, no logarithm (whose base
# may be understood), no sign that stands for two values.
_CONSTANT = frozenset(("number", "decimal", "neg", "+", "*", "/", "^", "root", "const", "percent", "!"))
_POLYNOMIAL = frozenset(("number", "name", "neg", "+", "*", "/", "^"))
_ROUNDED, _PERCENT = frozenset(("decimal",)), frozenset(("percent",))
_IRRATIONAL = frozenset(("root", "const"))
_LETTERS = frozenset("abdefghijlmnopqrstuvwxyz")  # not c and k, which may be any constant
_LONG = 200  # characters; of a longer answer only the text is looked at
_NOISE = 1e-9  # above what a double may be off by


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as the engine reads it: its canonical text and what can be said of its value.

    Of a real constant `value` is near it, `exact` equals it if it is rational; `digits` are the significant digits of a
    decimal, which may stand for a value near it (0 for none); `percent`: it may stand for a hundred times as much.
    Of an expression in letters `point` is the value at one point, of a tuple `parts` are the entries.
    """

    text: str
    canonical: str
    value: float | None = None
    exact: Fraction | None = None
    digits: int = 0
    percent: bool = False
    point: Fraction | None = None
    parts: tuple[Reading, ...] = ()


@lru_cache(maxsize=16384)
def reading(text: str) -> Reading:
    """Read an answer. Total; bounded as the reader is."""
    from lemma_eval.answers.reading.printer import canonical
    from lemma_eval.answers.reading.reader import read

    if text.isascii() and text.isdigit() and len(text) <= 15 and (text == "0" or text[0] != "0"):  # most answers
        return Reading(text, text, float(text), Fraction(int(text)))
    node = read(text)
    if len(text) > _LONG:
        return Reading(text, canonical(node))
    if node.op == "tuple" and node.args and all(_made_of(arg, _CONSTANT) for arg in node.args):
        return Reading(text, canonical(node), parts=tuple(_constant("", "", arg) for arg in node.args))
    if _made_of(node, _CONSTANT):
        return _constant(text, canonical(node), node)
    return Reading(text, canonical(node), point=_at_a_point(node) if _made_of(node, _POLYNOMIAL) else None)


def may_be_equal(a: Reading, b: Reading, policy: GradingPolicy) -> bool:
    """False only for two answers that the engine would not call equal under `policy`."""
    if a.parts and b.parts:
        return len(a.parts) == len(b.parts) and all(
            may_be_equal(x, y, policy) for x, y in zip(a.parts, b.parts, strict=True)
        )
    if a.point is not None or b.point is not None:
        first, second = (each.exact if each.point is None and not each.digits else each.point for each in (a, b))
        return first is None or second is None or first == second
    x, y = a.value, b.value
    if x is None or y is None:
        return True
    rounded, percent = a.digits or b.digits, a.percent or b.percent or policy.percent_variants
    if a.exact is not None and b.exact is not None and not (rounded or percent or policy.tolerance_on_exact):
        return a.exact == b.exact
    slack = _NOISE + policy.rel_tolerance
    if rounded and policy.rounding_digits:  # off by at most one at the last digit of the shorter one
        slack += 1.1 * 10.0 ** (1 - min(each.digits for each in (a, b) if each.digits))
    factors = (1.0, 100.0, 0.01) if percent else (1.0,)
    return any(abs(x - y * factor) <= slack * max(abs(x), abs(y * factor)) for factor in factors)


def _constant(text: str, canon: str, node: Node) -> Reading:
    from lemma_eval.answers.algebra.values import real_value
    from lemma_eval.answers.comparison.numbers import as_decimal
    from lemma_eval.answers.reading.node import holds

    value = real_value(node, 12)
    try:
        near = None if value is None else float(value)
    except OverflowError:
        return Reading(text, canon)
    decimal = as_decimal(node)  # of another sum or product with decimals in it nothing is known
    digits = max(1, decimal.digits) if decimal is not None else int(holds(node, _ROUNDED))
    exact = value if not holds(node, _IRRATIONAL) else None
    return Reading(text, canon, near, exact, digits, holds(node, _PERCENT))


def _made_of(node: Node, ops: frozenset[str]) -> bool:
    return node.op in ops and all(_made_of(arg, ops) for arg in node.args)


def _at_a_point(node: Node) -> Fraction | None:
    """The value with a number in place of each letter, the same for a capital; None if it is not rational."""
    from lemma_eval.answers.algebra.exact import exact_value
    from lemma_eval.answers.reading.node import rational

    def put(each: Node) -> Node | None:
        if each.op == "name":
            letter = str(each.atom).lower()
            return rational(Fraction(100 + ord(letter), 7)) if letter in _LETTERS else None
        args = [put(arg) for arg in each.args]
        return None if None in args else each._replace(args=tuple(arg for arg in args if arg is not None))

    there = put(node)
    value = None if there is None else exact_value(there)
    return None if value is None else Fraction(value)
