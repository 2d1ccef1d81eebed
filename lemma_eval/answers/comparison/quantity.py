"""Two quantities: unit, then numbers, then expressions, by what is proven, refuted at a point, or left to SymPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lemma_eval.answers.algebra.identity import complex_value, exact_value, explains_by_rounding, same
from lemma_eval.answers.algebra.magnitude import apart_in_size
from lemma_eval.answers.comparison.numbers import as_decimal, compare_numbers
from lemma_eval.answers.comparison.outcome import Outcome
from lemma_eval.answers.policy import GradingPolicy
from lemma_eval.answers.reading.node import FUNCTIONS, Node, free_names, holds, rational
from lemma_eval.answers.reading.units import compare_units, conversion, times

Ask = Callable[[str, Node, Node], Outcome]
_CONSTANT_NAMES = frozenset("C c K k C_1 c_1 C_0 c_0 const constant".split())
_OF_INTEGRATION = frozenset(("C", "const", "constant"))  # one side must say so: a small c is as often a coefficient
_DEGREE, _LN = frozenset(("degree",)), frozenset(("ln",))
_PERCENT = frozenset(("percent",))
_UNIT, _DECIMAL = frozenset(("unit",)), frozenset(("decimal",))


class Measured(NamedTuple):
    """A quantity's expression and the canonical name of its unit ("" for none)."""

    core: Node
    unit: str


def measured(node: Node) -> Measured:
    """The unit taken off a quantity: `5 cm`, `-$5`, `30°`, `5 ft + 3 in`; percent is part of the value."""
    if node.op == "unit":
        inner = measured(node.args[0])
        return Measured(inner.core, times(inner.unit, node.atom) if inner.unit else node.atom)
    if node.op == "degree":
        return Measured(node.args[0], "deg")
    if node.op == "neg" and node.args[0].op in ("unit", "degree"):
        inner = measured(node.args[0])
        return Measured(Node("neg", (inner.core,)), inner.unit)
    if node.op == "+" and holds(node, _UNIT):
        return _sum(node)
    if holds(node, _UNIT):
        node = without_units(node)
    if node.op in ("+", "*", "/") and holds(node, _DEGREE):
        plain = _without_degrees(node)
        return Measured(plain, "deg") if plain != node else Measured(node, "")
    return Measured(node, "")


def _sum(node: Node) -> Measured:
    parts = [measured(arg) for arg in node.args]
    unit = next((part.unit for part in parts if part.unit), "")
    terms = []
    for part in parts:
        factor = conversion(part.unit, unit) if part.unit and part.unit != unit else None
        terms.append(part.core if factor is None else Node("*", (rational(factor), part.core)))
    return Measured(Node("+", tuple(terms)), unit)


def without_units(node: Node) -> Node:
    """The tree with each quantity in it as a bare number."""
    if node.op == "unit":
        return without_units(node.args[0])
    return node._replace(args=tuple(without_units(arg) for arg in node.args)) if node.args else node


def _without_degrees(node: Node) -> Node:
    """Angles in degrees as bare numbers, but for those a function is taken of."""
    if node.op == "degree":
        angle: Node = node.args[0]
        return angle
    if node.op in FUNCTIONS or not node.args:
        return node
    return node._replace(args=tuple(_without_degrees(arg) for arg in node.args))


def compare_quantities(pred: Node, gold: Node, policy: GradingPolicy, ask: Ask) -> Outcome:
    """Whether two quantities are equal; `ask` puts a question to SymPy."""
    a, b = measured(pred), measured(gold)
    if a.unit or b.unit:
        outcome, a = _units(a, b, policy)
        if outcome is not None:
            return outcome
    return _values(a.core, b.core, policy, ask)


def _units(a: Measured, b: Measured, policy: GradingPolicy) -> tuple[Outcome | None, Measured]:
    """An outcome if the units decide, else the first quantity in the second one's unit."""
    for share, other in ((a, b), (b, a)):
        if not share.unit and other.unit and holds(share.core, _PERCENT) and not holds(other.core, _PERCENT):
            return Outcome(False, "unit", f"a percentage is no amount in '{other.unit}'"), a
    if not (a.unit and b.unit):
        if policy.ignore_units or not b.unit:
            return _radians(a, b), a
        return Outcome(False, "unit", f"the unit '{b.unit}' is missing"), a
    relation = compare_units(a.unit, b.unit)
    if relation == "different" and {a.unit, b.unit} == {"deg", "rad"}:
        first, second = (Node("degree", (side.core,)) if side.unit == "deg" else side.core for side in (a, b))
        equal = same(first, second).equal
        return Outcome(equal, "unit", "the same angle" if equal else "different angles"), a
    if relation == "different":
        return Outcome(False, "unit", f"'{a.unit}' is not '{b.unit}'"), a
    if relation == "convertible":
        factor = conversion(a.unit, b.unit)
        if factor is not None:
            return None, Measured(Node("*", (rational(factor), a.core)), b.unit)
    return None, a


def _radians(a: Measured, b: Measured) -> Outcome | None:
    """An angle in degrees against one with pi in it and no unit: the same angle in radians."""
    for degrees, other in ((a, b), (b, a)):
        if degrees.unit == "deg" and holds(other.core, frozenset(("const",))) and not other.unit:
            equal = same(Node("degree", (degrees.core,)), other.core).equal
            if equal:
                return Outcome(True, "unit", "the same angle, in degrees and in radians")
    return None


def _values(a: Node, b: Node, policy: GradingPolicy, ask: Ask) -> Outcome:
    if a == b:
        return Outcome(True, "same-tree", "the same expression")
    free = free_names(a), free_names(b)
    if free[0] != free[1] and free[0] & free[1] and (renaming := _constants_renamed(free[0], free[1])):
        b = _renamed(b, renaming)
        free = free[0], free_names(b)
    if not free[0] and not free[1]:
        outcome = compare_numbers(a, b, policy)
        if outcome is not None:
            return outcome
    constants = free[0] & _CONSTANT_NAMES, free[1] & _CONSTANT_NAMES
    if constants[0] and constants[1] and not _OF_INTEGRATION.isdisjoint(constants[0] | constants[1]):
        outcome = _up_to_constant(a, b)
        if outcome is not None:
            return outcome
    result = same(a, b)
    if result.equal is not None and not (result.equal is False and (holds(a, _DECIMAL) or holds(b, _DECIMAL))):
        if result.equal is False and _other_log(a, b):
            return Outcome(True, "log-base", "equal with log as the natural logarithm")
        return Outcome(result.equal, result.how, result.why)
    if policy.rounding_digits and (free[0] or free[1] or not (as_decimal(a) and as_decimal(b))):
        for rounded, exact in ((a, b), (b, a)):
            if not (free[0] or free[1]) and _decimal_within(rounded):
                continue
            if holds(rounded, _DECIMAL) and not holds(exact, _DECIMAL) and explains_by_rounding(exact, rounded):
                return Outcome(True, "rounded-coefficients", "the decimals are the exact coefficients, rounded")
    if result.equal is False:
        return Outcome(False, result.how, result.why)
    if not free[0] and not free[1]:
        if apart_in_size(a, b):
            return Outcome(False, "size", "one is larger by far")
        first, second = complex_value(a), complex_value(b)
        if first is not None and second is not None and abs(first - second) > 1e-6 * max(abs(first), abs(second)):
            return Outcome(False, "numeric", "different values")
    return ask("expressions", a, b)


def _constants_renamed(first: frozenset[str], second: frozenset[str]) -> dict[str, str]:
    """Arbitrary constants of the second expression by the names of the first that differ in case only: c_1 and C_1."""
    only = first - second, second - first
    if len(only[0]) != len(only[1]) or not all(
        name[0] in "cCkK" and name[1:2] in ("", "_") for name in only[0] | only[1]
    ):
        return {}
    by_case = {name.lower(): name for name in only[0]}
    renaming = {name: by_case[name.lower()] for name in only[1] if name.lower() in by_case}
    return renaming if len(renaming) == len(only[1]) else {}


def _renamed(node: Node, names: dict[str, str]) -> Node:
    if node.op == "name":
        return Node("name", (), names.get(node.atom, node.atom))
    return node._replace(args=tuple(_renamed(arg, names) for arg in node.args)) if node.args else node


def _decimal_within(node: Node) -> bool:
    """Whether a decimal stands where a small change of it is none of the value: in a function, root or exponent."""
    if node.op in ("^", "root", "log") or node.op in FUNCTIONS:
        return holds(node, _DECIMAL)
    return any(_decimal_within(arg) for arg in node.args)


def _other_log(a: Node, b: Node) -> bool:
    r"""Whether two expressions agree once a `\log` without a base is read as the `\ln` of the other side.

    Not where one side has both, nor where base 10 gives a plain number: log 100 is 2.
    """
    for plain, other in ((a, b), (b, a)):
        natural = _natural(plain)
        if natural == plain or holds(plain, _LN) or not holds(other, _LN) or _natural(other) != other:
            continue
        if exact_value(plain) is None and same(natural, other).equal:
            return True
    return False


def _natural(node: Node) -> Node:
    args = tuple(_natural(arg) for arg in node.args)
    return Node("ln", args[:1]) if node.op == "log" and node.atom == "?" else node._replace(args=args)


def _up_to_constant(a: Node, b: Node) -> Outcome | None:
    """Two antiderivatives, each with a constant added: equal when they differ by a constant."""
    first, second = _without_constant(a), _without_constant(b)
    if first is None or second is None:
        return None
    result = same(first, second, up_to="constant")
    if result.equal is None:
        return None
    return Outcome(result.equal, "up-to-constant", "they differ by a constant" if result.equal else result.why)


def _without_constant(node: Node) -> Node | None:
    """The sum without its added constant; None if there is none, or it occurs elsewhere too."""
    if node.op != "+":
        return None
    rest = [arg for arg in node.args if not (_bare(arg).op == "name" and _bare(arg).atom in _CONSTANT_NAMES)]
    if len(rest) != len(node.args) - 1:
        return None
    remaining = rest[0] if len(rest) == 1 else Node("+", tuple(rest))
    dropped = next(_bare(arg).atom for arg in node.args if arg not in rest)
    return None if dropped in free_names(remaining) else remaining


def _bare(node: Node) -> Node:
    return node.args[0] if node.op == "neg" else node
