"""The size of a constant too large to write out: the natural logarithm of its absolute value, in double precision.

Enough to tell 26000! from 26000, or 10^(10^6) from 10^(10^5): a difference is certain where the logarithms are clearly
apart; equal logarithms say nothing.
"""

from __future__ import annotations

import math

from lemma_eval.answers.reading.node import Node

_APART = 1e-6  # relative gap of two logarithms that rounding cannot explain
_LARGE = 700.0  # beyond it a double would overflow


def apart_in_size(a: Node, b: Node) -> bool:
    """Whether two constants surely differ because one is larger by far. Raises nothing, computes no large number."""
    x, y = log_size(a), log_size(b)
    return x is not None and y is not None and abs(x - y) > 1e-3 + _APART * max(abs(x), abs(y))


def log_size(node: Node) -> float | None:
    """ln |value| of a constant of arithmetic; None: zero, cancelling, too large even for this, or of another kind."""
    try:
        result = _log(node)
    except (OverflowError, ValueError, ZeroDivisionError):
        return None
    return result if result is not None and math.isfinite(result) else None


def _log(node: Node) -> float | None:
    op = node.op
    if op == "number":
        return math.log(node.atom) if node.atom else None
    if op == "decimal":
        mantissa, exponent, _ = node.atom
        return math.log(mantissa) + exponent * math.log(10) if mantissa else None
    if op == "const":
        return {"pi": math.log(math.pi), "e": 1.0}.get(node.atom)
    if op == "neg":
        return _log(node.args[0])
    if op == "percent":
        inner = _log(node.args[0])
        return None if inner is None else inner - math.log(100)
    if op in ("*", "/"):
        first, second = _log(node.args[0]), _log(node.args[1])
        if first is None or second is None:
            return None
        return first + second if op == "*" else first - second
    if op in ("^", "root"):
        base, exponent = _log(node.args[0]), _value(node.args[1])
        if base is None or exponent is None or (op == "root" and not exponent):
            return None
        return base * exponent if op == "^" else base / exponent
    if op == "!":
        value = _value(node.args[0])
        return math.lgamma(value + 1) if value is not None and value >= 0 else None
    if op == "exp":
        return _value(node.args[0])
    if op == "binom":
        top, bottom = _value(node.args[0]), _value(node.args[1])
        if top is None or bottom is None or not 0 <= bottom <= top:
            return None
        return math.lgamma(top + 1) - math.lgamma(bottom + 1) - math.lgamma(top - bottom + 1)
    return _log_of_sum(node) if op == "+" else None


def _log_of_sum(node: Node) -> float | None:
    """A sum in which one term is larger than all others together, by far."""
    parts = [_log(arg) for arg in node.args]
    known = [part for part in parts if part is not None]
    if len(known) != len(parts) or not known:
        return None
    largest = max(known)
    known.remove(largest)
    return largest if all(part < largest - 40 for part in known) else None


def _value(node: Node) -> float | None:
    """A constant as a double, with its sign; None beyond the range of doubles."""
    if node.op == "neg":
        inner = _value(node.args[0])
        return None if inner is None else -inner
    if node.op == "+":
        parts = [_value(arg) for arg in node.args]
        return None if None in parts else math.fsum(part for part in parts if part is not None)
    size = _log(node)
    if node.op == "number" and node.atom == 0:
        return 0.0
    if size is None or size > _LARGE or _negative(node):
        return None
    return math.exp(size) if node.op != "number" else float(node.atom)


def _negative(node: Node) -> bool:
    """Whether a minus sign within decides the sign: then only the size is known."""
    return node.op == "neg" or (node.op in ("*", "/", "^") and any(_negative(arg) for arg in node.args[:2]))
