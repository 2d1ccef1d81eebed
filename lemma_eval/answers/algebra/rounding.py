"""Is an expression another one with its numbers rounded? Each decimal may move within its last place."""

from __future__ import annotations

from lemma_eval.answers.algebra.double import Doubles, Number
from lemma_eval.answers.algebra.limits import FAILURES, Undecided, Undefined
from lemma_eval.answers.algebra.points import Facts, facts
from lemma_eval.answers.algebra.points import points as usual_points
from lemma_eval.answers.reading.node import Decimal, Node

LEAST_DIGITS = 3  # a decimal with fewer is exact
MAX_DECIMALS = 16
MAX_WORK = 4_000  # nodes times moving decimals
SCALES = (1.0, 1e-4, 1e4, -1.0, -1e3, 30.0)  # apart enough to tell a coefficient's error from a constant's
ENOUGH = 3


def explains_by_rounding(exact: Node, rounded: Node) -> bool | None:
    """Whether rounding or truncating numbers in `exact` may have given `rounded`.

    At every point the two differ by no more than the decimals of `rounded` (those of three or more digits) account for,
    each moving by half a unit of its last place either way, or by one away from 0, as truncation loses. None if no
    decimal has three digits, or too little is defined.
    """
    try:
        return _explains(exact, rounded)
    except FAILURES:
        return None


def _explains(exact: Node, rounded: Node) -> bool | None:
    found: list[Decimal] = []
    _decimals(rounded, found)
    movable = [place for place, decimal in enumerate(found) if decimal.digits >= LEAST_DIGITS]
    if not movable or len(movable) > MAX_DECIMALS:
        return None
    moved = [_moved(rounded, place, found[place]) for place in movable]
    known = facts(exact, rounded)
    if known.size * (len(moved) + 1) > MAX_WORK:
        return None
    checked = 0
    for values in _points(known):
        verdict = _within(exact, rounded, moved, values, known.complex_too)
        if verdict is False:
            return False
        checked += verdict is True
    return True if checked >= (ENOUGH if known.names else 1) else None


def _points(known: Facts) -> list[dict[str, float]]:
    if not known.names:
        return [{}]
    usual = [point.values for point in usual_points(known)][:4]
    first = usual[0]
    scaled = [
        {name: value if name in known.integers else value * scale for name, value in first.items()} for scale in SCALES
    ]
    return scaled + usual[1:]


def _within(exact: Node, rounded: Node, moved: list[Node], values: dict[str, float], complex_too: bool) -> bool | None:
    """None: not defined here, or the point says nothing."""
    try:
        wanted, slack = Doubles(values, complex_too=complex_too).value(exact)
        given, error = Doubles(values, complex_too=complex_too).value(rounded)
        effects = [Doubles(values, complex_too=complex_too).value(tree)[0] - given for tree in moved]
    except (Undefined, Undecided, ArithmeticError):
        return None
    if any(isinstance(effect, complex) for effect in (wanted, given, *effects)):
        parts = [(_part(wanted - given, k), [_part(effect, k) for effect in effects]) for k in (0, 1)]
    else:
        parts = [((wanted - given).real, [effect.real for effect in effects])]
    noise = 8.0 * (slack + error)
    for gap, sizes in parts:
        most = sum(max(size, -size / 2.0) for size in sizes)
        least = sum(min(size, -size / 2.0) for size in sizes)
        room = 1e-6 * (most - least)  # truncation loses less than a whole unit; a tie may round either way
        if not least - room - noise <= gap <= most + room + noise:
            return False
    return True


def _part(value: Number, which: int) -> float:
    return value.imag if which else value.real


def _decimals(node: Node, found: list[Decimal]) -> None:
    if node.op == "decimal":
        found.append(node.atom)
    for arg in node.args:
        _decimals(arg, found)


def _moved(node: Node, place: int, decimal: Decimal) -> Node:
    """The tree with its decimal number `place` (counted in reading order) one unit farther from 0."""
    seen = -1

    def rebuilt(part: Node) -> Node:
        nonlocal seen
        if part.op == "decimal":
            seen += 1
            if seen == place:
                step = 1 if decimal.mantissa >= 0 else -1
                return Node("decimal", (), decimal._replace(mantissa=decimal.mantissa + step))
            return part
        return part._replace(args=tuple(rebuilt(arg) for arg in part.args)) if part.args else part

    return rebuilt(node)
