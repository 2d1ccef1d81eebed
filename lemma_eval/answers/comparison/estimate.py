"""The value of a real expression in double precision, with a bound of its error.

`estimate(node, values)` -> (value, error) or None where it is not defined, not real, or too large. `truth` says
whether a statement surely holds or surely fails at a point. Both only ever refute or give a first place; nothing is
proven equal by them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from lemma_eval.answers.reading.node import Node

Rough = tuple[float, float]
EPSILON = 2.0**-51
_HUGE = 1e290


def estimate(node: Node, values: Mapping[str, Rough]) -> Rough | None:
    """The value and a bound of its error, rounding and the errors of `values` included."""
    try:
        found = _estimate(node, values)
    except (OverflowError, ValueError, ZeroDivisionError):
        return None
    if found is None or not (abs(found[0]) < _HUGE and found[1] < _HUGE):
        return None
    return found


def _estimate(node: Node, values: Mapping[str, Rough]) -> Rough | None:
    op, args, atom = node
    if op == "number":
        value = float(atom)
        return value, 0.0 if -9e15 < value < 9e15 else abs(value) * EPSILON
    if op == "name":
        return values.get(atom)
    if op == "const":
        return {"pi": (math.pi, EPSILON * 2), "e": (math.e, EPSILON * 2)}.get(atom)
    if op == "decimal":
        value = float(f"{atom.mantissa}e{atom.exponent}")
        return value, abs(value) * EPSILON
    if op not in _KNOWN:
        return None
    rough = []
    for arg in args:
        one = _estimate(arg, values)
        if one is None:
            return None
        rough.append(one)
    if op == "+":
        total = error = 0.0
        for value, slack in rough:
            total += value
            error += slack + abs(total) * EPSILON
        return total, error
    if op == "*":
        total, error = rough[0]
        for value, slack in rough[1:]:
            error = abs(total) * slack + abs(value) * error + error * slack
            total *= value
            error += abs(total) * EPSILON
        return total, error
    if op in ("/", "^", "root", "log"):
        return _two(op, rough[0], rough[1], args[1])
    value, slack = rough[0]
    if op == "neg":
        return -value, slack
    if op == "abs":
        return abs(value), slack
    if op == "percent":
        return value / 100, (slack + abs(value) * EPSILON) / 100
    if op == "degree":
        return math.radians(value), slack / 50 + abs(value) * EPSILON
    if op in ("min", "max"):
        return (min if op == "min" else max)(one for one, _ in rough), max(off for _, off in rough)
    if op in ("floor", "ceil", "sign"):
        return _step(op, value, slack)
    return _function(op, value, slack)


def _two(op: str, left: Rough, right: Rough, written: Node) -> Rough | None:
    (a, da), (b, db) = left, right
    if op == "/":
        if abs(b) <= 2 * db or not b:
            return None
        value = a / b
        return value, (da + abs(value) * db) / (abs(b) - db) + abs(value) * EPSILON
    if op == "log":
        top, bottom = _function("ln", a, da), _function("ln", b, db)
        return None if top is None or bottom is None else _two("/", top, bottom, written)
    if op == "root":
        if db or b != int(b) or not 2 <= b <= 999:
            return None
        if b % 2:
            if abs(a) <= 4 * da or not a:
                return 0.0, (5 * da) ** (1 / b)
            near = _power(abs(a), da, 1 / b, 0.0)
            return near if near is None or a >= 0 else (-near[0], near[1])
        if a < -da:
            return None
        if a <= 4 * da:
            return (0.0 if a <= 0 else a ** (1 / b)), (5 * da) ** (1 / b)
        return _power(a, da, 1 / b, 0.0)
    if db == 0.0 and b == int(b) and abs(b) < 1e6:
        count = int(b)
        if count < 0:
            below = _whole_power(a, da, -count)
            return _two("/", (1.0, 0.0), below, written)
        return _whole_power(a, da, count)
    return _power(a, da, b, db)


def _whole_power(a: float, da: float, count: int) -> Rough:
    value = a**count
    size = abs(a) + da
    return value, (count * size ** (count - 1) * da if count else 0.0) + abs(value) * EPSILON * 4


def _power(a: float, da: float, b: float, db: float) -> Rough | None:
    if a <= 4 * da or a <= 0:
        return None
    value = math.pow(a, b)
    spread = abs(b) * da / (a - da) + abs(math.log(a)) * db
    if spread > 0.5:
        return None
    return value, value * (2 * spread + EPSILON * (4 + abs(b * math.log(a))))


def _step(op: str, value: float, slack: float) -> Rough | None:
    if op == "sign":
        return (math.copysign(1.0, value), 0.0) if abs(value) > slack else None
    whole = math.floor(value) if op == "floor" else math.ceil(value)
    if abs(value - round(value)) <= slack and (slack or abs(value) > 1e15):
        return None
    return float(whole), 0.0


def _log(value: float, slack: float) -> Rough | None:
    if value <= 4 * slack or value <= 0:
        return None
    found = math.log(value)
    return found, 2 * slack / value + EPSILON * (1 + abs(found))


def _smooth(
    function: Callable[[float], float], slope: Callable[[float, float], float]
) -> Callable[[float, float], Rough | None]:
    """A function of which `slope(x, f(x))` bounds the derivative near x."""

    def rough(value: float, slack: float) -> Rough | None:
        found = function(value)
        steep = abs(slope(value, found))
        if slack * steep > 0.1 * (1 + abs(found)):
            return None
        return found, 2 * slack * (steep + slack) + EPSILON * 4 * (abs(found) + steep * abs(value))

    return rough


_FUNCTIONS: dict[str, Callable[[float, float], Rough | None]] = {
    "ln": _log,
    "exp": _smooth(math.exp, lambda x, f: f),
    "sin": _smooth(math.sin, lambda x, f: 1.0),
    "cos": _smooth(math.cos, lambda x, f: 1.0),
    "tan": _smooth(math.tan, lambda x, f: 1 + f * f),
    "arctan": _smooth(math.atan, lambda x, f: 1.0),
    "sinh": _smooth(math.sinh, lambda x, f: abs(f) + 1),
    "cosh": _smooth(math.cosh, lambda x, f: f),
    "tanh": _smooth(math.tanh, lambda x, f: 1.0),
    "arsinh": _smooth(math.asinh, lambda x, f: 1.0),
    "arcsin": _smooth(math.asin, lambda x, f: 1 / math.sqrt(1 - x * x)),
    "arccos": _smooth(math.acos, lambda x, f: 1 / math.sqrt(1 - x * x)),
    "cot": _smooth(lambda x: 1 / math.tan(x), lambda x, f: 1 + f * f),
    "sec": _smooth(lambda x: 1 / math.cos(x), lambda x, f: f * f),
    "csc": _smooth(lambda x: 1 / math.sin(x), lambda x, f: f * f),
}
_KNOWN = frozenset(_FUNCTIONS) | frozenset("+ * / ^ root log neg abs percent degree min max floor ceil sign".split())


def _function(op: str, value: float, slack: float) -> Rough | None:
    return _FUNCTIONS[op](value, slack)


def sign_of(node: Node, values: Mapping[str, Rough]) -> int | None:
    """The sign where it is clear: -1 or 1; None near zero or where it is not known."""
    found = estimate(node, values)
    if found is None or abs(found[0]) <= 4 * found[1]:
        return None
    return 1 if found[0] > 0 else -1


def truth(node: Node, values: Mapping[str, Rough]) -> bool | None:
    """Whether a statement surely holds (True) or surely fails (False) at a point."""
    op, args, atom = node
    if op == "rel":
        result: bool | None = True
        for left, sign, right in zip(args, atom, args[1:], strict=False):
            side = sign_of(Node("+", (left, Node("neg", (right,)))), values)
            if side is None or sign not in _HOLDS:
                result = None
            elif side not in _HOLDS[sign]:
                return False
        return result
    if op in ("and", "or"):
        parts = [truth(arg, values) for arg in args]
        decisive = op == "or"
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    if op == "not" and len(args) == 1:
        inner = truth(args[0], values)
        return None if inner is None else not inner
    return None


_HOLDS = {"<": (-1,), "<=": (-1,), ">": (1,), ">=": (1,), "!=": (-1, 1), "=": ()}
