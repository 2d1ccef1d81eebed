"""Are two expressions identical? A ladder of certain answers: structure, residues, then numbers.

Each rung may leave the question to the next; see `modular` and `numeric` for what they hold equal. Also the values of
constants, for those who compare numbers.
"""

from __future__ import annotations

from typing import Literal

from lemma_eval.answers.algebra.exact import exact_value
from lemma_eval.answers.algebra.fields import FIRST, SECOND
from lemma_eval.answers.algebra.limits import FAILURES, Undecided, Undefined
from lemma_eval.answers.algebra.modular import Residues
from lemma_eval.answers.algebra.numeric import Result, compare
from lemma_eval.answers.algebra.rounding import explains_by_rounding
from lemma_eval.answers.algebra.values import complex_value, real_value
from lemma_eval.answers.reading.node import Node

UpTo = Literal["nothing", "factor", "constant"]
__all__ = ["Result", "UpTo", "complex_value", "exact_value", "explains_by_rounding", "real_value", "same"]

OUT_OF_REACH = Result(None, "limits", "out of reach")
UNDEFINED = Result(None, "modular", "undefined: a division by zero")


def same(a: Node, b: Node, *, up_to: UpTo = "nothing") -> Result:
    """Whether two expressions are equal wherever both are defined and real, on a domain with interior.

    `factor`: equal up to a constant factor, not 0 (undecided if a side vanishes everywhere). `constant`: up to an added
    constant. Never raises; None is undecided, or undefined.
    """
    try:
        if a == b and up_to != "factor":
            return Result(True, "structure", "the same tree")
        infinite = _infinities(a, b)
        if infinite is not None:
            return infinite
        if up_to == "nothing":
            return _same(a, b)
        return _up_to_factor(a, b) if up_to == "factor" else _up_to_constant(a, b)
    except Undefined:
        return UNDEFINED
    except FAILURES:
        return OUT_OF_REACH


def _same(a: Node, b: Node) -> Result:
    try:
        first = Residues(FIRST)
        if first.value(a) == first.value(b):
            second = Residues(SECOND)
            if second.value(a) == second.value(b):
                return Result(True, "modular", "the same rational function of the same parts")
        elif first.certain:
            return Result(False, "modular", "different rational functions")
    except Undecided:
        pass
    return compare(a, b, "nothing")


def _up_to_factor(a: Node, b: Node) -> Result:
    try:
        here, there = Residues(FIRST), Residues(FIRST, 1)
        a0, b0 = here.value(a), here.value(b)
        if a0 == 0 or b0 == 0:
            return Result(None if a0 == b0 else False, "modular", "zero has no factor")
        if not here.free:
            return Result(True, "modular", "constants, neither of them zero") if here.certain else compare_factor(a, b)
        if a0 * there.value(b) % FIRST.p == b0 * there.value(a) % FIRST.p:
            return Result(True, "modular", "proportional as rational functions of the same parts")
        if here.certain:
            return Result(False, "modular", "not proportional")
    except Undecided:
        pass
    return compare(a, b, "factor")


def compare_factor(a: Node, b: Node) -> Result:
    """Two constants: proportional if both are surely not zero."""
    sizes = complex_value(a), complex_value(b)
    if None in sizes or not all(sizes):
        return Result(None, "numeric", "maybe zero")
    return Result(True, "numeric", "constants, neither of them zero")


def _up_to_constant(a: Node, b: Node) -> Result:
    try:
        here, there = Residues(FIRST), Residues(FIRST, 1)
        difference = here.value(a) - here.value(b)
        if (difference - there.value(a) + there.value(b)) % FIRST.p == 0:
            return Result(True, "modular", "their difference is a constant")
        if here.certain:
            return Result(False, "modular", "their difference is no constant")
    except Undecided:
        pass
    return compare(a, b, "constant")


def _infinities(a: Node, b: Node) -> Result | None:
    """An infinity equals itself alone."""
    kinds = [_infinity(node) for node in (a, b)]
    if kinds == [0, 0]:
        return None
    if kinds[0] and kinds[1]:
        return Result(kinds[0] == kinds[1], "structure", "infinities")
    if complex_value(a if kinds[1] else b) is not None:
        return Result(False, "structure", "one side is infinite")
    return Result(None, "structure", "one side is infinite")


def _infinity(node: Node) -> int:
    if node.op == "const" and node.atom == "infinity":
        return 1
    if node.op == "neg":
        return -_infinity(node.args[0])
    return 0
