"""Whether two equations say the same.

They do when their residuals (left side less right side) are proportional by a constant or by a factor that is nowhere
zero, or when their solutions provably agree, multiplicities included. They do not when a point solves one of them and
clearly not the other. Two equations without a symbol, or without a solution, agree only side by side.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import reduce
from typing import NamedTuple

from lemma_eval.answers.algebra.identity import same
from lemma_eval.answers.comparison.estimate import estimate, sign_of
from lemma_eval.answers.comparison.interval_union import Parts
from lemma_eval.answers.comparison.polynomial import (
    Polynomial,
    Undecided,
    common_divisor,
    quotient,
    real_roots,
    square_free,
    without,
)
from lemma_eval.answers.comparison.positivity import never_zero
from lemma_eval.answers.comparison.proportional import bars_no_solutions, nowhere_zero_factor
from lemma_eval.answers.comparison.rational_form import rational_form
from lemma_eval.answers.comparison.real_endpoint import order
from lemma_eval.answers.comparison.rewriting import (
    OPAQUE_MARK,
    ZERO,
    coefficients,
    minus,
    replaced,
    signs,
    size,
    times,
    without_opaque,
)
from lemma_eval.answers.comparison.solving import solve_relation
from lemma_eval.answers.comparison.squaring import Unsatisfiable, freed
from lemma_eval.answers.comparison.system import MAX_EQUATIONS, equations_of, inconsistent, matched, reduced
from lemma_eval.answers.comparison.witness import Point, clearly_nonzero, probe, zeros
from lemma_eval.answers.reading.node import Node, free_names

MAX_SIZE = 600  # nodes of both equations together, for the rungs after the first
_COMPLEX = frozenset(("z", "w"))  # names that mostly stand for complex numbers
_DERIVATIVE = re.compile(r"d(?:\^?(\d))?(\w+?)/d\w+?(?:\^?\d)?")
_DOTTED = re.compile(r"(\w+)_(d?)dot")
_DIFFERENTIAL = re.compile(r"(d|partial)\w?")
_SEEDS = 6


class Comparison(NamedTuple):
    """`equal` is None where it could not be decided; `how` names the rung, `why` says what was found."""

    equal: bool | None
    how: str
    why: str


def residual(node: Node) -> Node:
    """The left side less the right side of an equation with two sides."""
    return minus(node.args[0], node.args[1])


def same_equation(a: Node, b: Node) -> Comparison:
    """Compares two equations, or two systems of them."""
    if a == b:
        return Comparison(True, "identical", "the same equation")
    try:
        return _compare(a, b)
    except (Undecided, RecursionError):
        return Comparison(None, "limit", "a limit was met")


def _compare(a: Node, b: Node) -> Comparison:
    a, b = (_joined(one, beside) for one, beside in ((a, b), (b, a)))
    left, right = equations_of(a), equations_of(b)
    if not left or not right:
        return Comparison(None, "kind", "not equations")
    if len(left) > 1 or len(right) > 1:
        return _systems(left, right)
    return _two(left[0], right[0])


def _joined(node: Node, other: Node) -> Node:
    """x = 1 or x = 2 as the one equation (x - 1)(x - 2) = 0; a list too, where it is surely no system."""
    if (
        (node.op == "or" or (node.op == "list" and _branches(node, other)))
        and len(node.args) <= MAX_EQUATIONS
        and all(arg.op == "rel" and arg.atom == ("=",) for arg in node.args)
    ):
        return alternatives(tuple(reading for arg in node.args for reading in signs(arg)))
    return node


def _branches(node: Node, other: Node) -> bool:
    """Whether a list gives one name its several values, x = 1, x = 2, beside one equation, or others like it."""
    solved = {arg.args[0] for arg in node.args if arg.op == "rel" and arg.atom == ("=",)}
    if len(solved) != 1 or next(iter(solved)).op != "name" or any(arg.op != "rel" for arg in node.args):
        return False
    return other.op == "or" or (other.op == "rel" and len(other.args) == 2) or (
        other.op == "list" and _branches(other, node.args[0]))  # fmt: skip


def alternatives(equations: tuple[Node, ...]) -> Node:
    """One equation that says that one of several holds."""
    if len(equations) == 1:
        return equations[0]
    return Node("rel", (reduce(times, map(residual, equations)), ZERO), ("=",))


def _systems(a: list[Node], b: list[Node]) -> Comparison:
    names = sorted(free_names(Node("and", tuple(a))) | free_names(Node("and", tuple(b))))
    one, other = reduced(a, names), reduced(b, names)
    if one is not None and other is not None and not (inconsistent(one) and inconsistent(other)):
        if one == other:
            return Comparison(True, "system", "the same reduced rows")
        return Comparison(False, "system", "the reduced rows differ")
    if matched(a, b, lambda left, right: _two(left, right).equal):
        return Comparison(True, "one to one", "each equation has its equal")
    return Comparison(None, "system", "not linear, or without a solution")


def _two(a: Node, b: Node) -> Comparison:
    a, b = _one_reading(a), _one_reading(b)
    if a == b:
        return Comparison(True, "identical", "the same equation")
    a, b, alike = without_opaque(a, b)
    a, b, told = _one_notation(a, b)
    alike = alike and told
    ra, rb = residual(a), residual(b)
    names_a, names_b = free_names(ra), free_names(rb)
    if not names_a or not names_b:
        return _side_by_side(a, b, "without a symbol")
    names = sorted(names_a | names_b)
    small = size(ra) + size(rb) <= MAX_SIZE
    if small and len(names) == 1:
        found = _polynomials(ra, rb, names[0])
        if found is not None:
            return found
    if _is_constant(ra, names) or _is_constant(rb, names):
        return _side_by_side(a, b, "that hold always or never")
    if same(ra, rb, up_to="factor").equal and bars_no_solutions(ra, rb, names):
        return Comparison(True, "residuals", "the residuals are proportional")
    if not small:
        return Comparison(None, "size", "too large for the rungs that follow")
    if len(names) == 1:
        with suppress(Undecided):
            return _one_variable(a, b, ra, rb, names[0])
    if nowhere_zero_factor(ra, rb, names):
        return Comparison(True, "factor", "the residuals are proportional by a factor that is nowhere zero")
    found = _squares(ra, rb, names)
    if found is not None:
        return found
    if not alike:
        return Comparison(None, "opaque", "they speak of different functions")
    return _told_apart(ra, rb, names)


def _one_reading(node: Node) -> Node:
    """x = +-3 as (x - 3)(x + 3) = 0."""
    return alternatives(signs(node))


def _one_notation(a: Node, b: Node) -> tuple[Node, Node, bool]:
    """The derivatives of one equation as the other writes them: dy/dx as y'; and whether they may be told apart.

    y, y' and y'' are unknowns of their own. Differentials (dy = 2x dx), and partial derivatives that only one of the
    two writes as such (u_x), may be other words for the same thing.
    """
    names = free_names(a), free_names(b)
    marks = [{one for one in own if "'" in one or "/" in one or one.endswith("dot")} for own in names]
    if marks[0] == marks[1]:
        return a, b, True
    for at, other in ((0, 1), (1, 0)):
        for one in sorted(marks[at] - marks[other]):
            primed = _primed(one)
            if primed != one and primed in marks[other] | {_primed(mark) for mark in marks[other]}:
                a, b = (replaced(node, Node("name", (), one), Node("name", (), primed)) for node in (a, b))
    names = free_names(a), free_names(b)
    unlike = names[0] ^ names[1]
    return a, b, not any("partial" in one or _DIFFERENTIAL.fullmatch(one) for one in unlike)


def _primed(mark: str) -> str:
    """y' for dy/dx and y_dot, y'' for d^2y/dx^2 and y_ddot; any other name as it is."""
    dotted = _DOTTED.fullmatch(mark)
    if dotted:
        return dotted[1] + "'" * (2 if dotted[2] else 1)
    written = _DERIVATIVE.fullmatch(mark)
    return written[2] + "'" * int(written[1] or 1) if written else mark


def _side_by_side(a: Node, b: Node, kind: str) -> Comparison:
    """For equations whose solutions say nothing: equal only if their sides are."""
    (p, q), (r, s) = a.args, b.args
    for first, second in ((r, s), (s, r)):
        if same(p, first).equal and same(q, second).equal:
            return Comparison(True, "sides", "the same two sides")
    return Comparison(False, "sides", f"equations {kind} are equal only side by side")


def _is_constant(node: Node, names: list[str]) -> bool:
    """Whether a residual has one value everywhere; two clearly different values say no."""
    values = []
    for seed in range(6):
        found = estimate(node, probe(names, seed))
        if found is not None:
            values.append(found)
            if abs(found[0] - values[0][0]) > 10 * (found[1] + values[0][1]):
                return False
    return bool(same(node, ZERO, up_to="constant").equal)


def _polynomials(ra: Node, rb: Node, variable: str) -> Comparison | None:
    """Two rational functions of one variable: by their zeros, exactly."""
    try:
        found = _numerator(ra, variable), _numerator(rb, variable)
    except Undecided:
        return None
    one, other = found
    if one is None or other is None:
        return None
    if len(one) <= 1 or len(other) <= 1:
        if len(one) <= 1 and len(other) <= 1:
            return None
        return Comparison(False, "solutions", "only one of them has a solution")
    if one == other:
        return Comparison(True, "solutions", "the same zeros with the same multiplicities")
    shared = common_divisor(one, other)
    rest = (quotient(one, shared), quotient(other, shared)) if len(shared) > 1 else (one, other)
    if any(real_roots(square_free(part)) for part in rest):
        return Comparison(False, "solutions", "the zeros or their multiplicities differ")
    if not real_roots(square_free(shared)):
        return Comparison(False, "solutions", "without a real solution, and the complex ones differ")
    if variable in _COMPLEX:
        return Comparison(None, "solutions", "they agree over the real numbers only")
    return Comparison(True, "solutions", "the same real zeros with the same multiplicities")


def _numerator(node: Node, variable: str) -> Polynomial | None:
    form = rational_form(node, variable)
    if form is None:
        return None
    return without(form.top, form.barred) if form.top else ()


def _one_variable(a: Node, b: Node, ra: Node, rb: Node, variable: str) -> Comparison:
    """Two equations in one variable, one of them no rational function: by their real solutions."""
    sets = solve_relation(a, variable), solve_relation(b, variable)
    if not _same_points(*sets):
        return Comparison(False, "solutions", "the real solutions differ")
    if not sets[0]:
        return Comparison(None, "solutions", "neither has a real solution")
    if variable in _COMPLEX:
        return Comparison(None, "solutions", "they agree over the real numbers only")
    for part in sets[0]:
        if part.low != part.high:
            return Comparison(None, "solutions", "they hold on intervals")
        if not (_is_simple(ra, variable, part.low.approx) and _is_simple(rb, variable, part.low.approx)):
            return Comparison(None, "solutions", "the same solutions, of unknown multiplicity")
    return Comparison(True, "solutions", "the same simple solutions")


def _same_points(a: Parts, b: Parts) -> bool:
    if len(a) != len(b):
        return False
    return all(
        order(one.low, other.low) == 0 and order(one.high, other.high) == 0 for one, other in zip(a, b, strict=True)
    )


def _is_simple(node: Node, variable: str, zero: float) -> bool:
    """Whether the residual changes its sign at a zero at a steady slope, the mark of a simple zero."""
    slopes = []
    for step in (1e-3, 1e-4, 1e-5):
        size_ = step * max(1.0, abs(zero))
        for side in (size_, -size_):
            found = estimate(node, {variable: (zero + side, 0.0)})
            if found is None or abs(found[0]) <= 10 * found[1]:
                return False
            slopes.append(found[0] / side)
    return 0 < max(slopes) < 1.5 * min(slopes) or 0 > min(slopes) > 1.5 * max(slopes)


def _squares(ra: Node, rb: Node, names: list[str]) -> Comparison | None:
    """Both equations freed of bars, roots and logarithms. A True stands; a doubtful multiplicity is no False."""
    try:
        one, other = freed(ra) or ra, freed(rb) or rb
        one, other = freed(one) or one, freed(other) or other
    except Unsatisfiable:
        return None
    if one is ra and other is rb:
        return None
    if same(one, other, up_to="factor").equal or nowhere_zero_factor(one, other, names):
        return Comparison(True, "inverted", "freed of roots, bars and logarithms they are proportional")
    return None


def _told_apart(ra: Node, rb: Node, names: list[str]) -> Comparison:
    for variable in names:
        found = _solved_forms(ra, rb, variable, names)
        if found is not None:
            return found
    for one, other in ((ra, rb), (rb, ra)):
        for point in zeros(one, names, _SEEDS):
            if clearly_nonzero(other, point):
                return Comparison(False, "point", f"only one holds at {_shown(point)}")
    return Comparison(None, "undecided", "neither proven equal nor told apart")


def _solved_forms(ra: Node, rb: Node, variable: str, names: list[str]) -> Comparison | None:
    """Both linear in a variable, P x + Q: the solutions -Q/P agree exactly where Q P' = Q' P."""
    one, other = coefficients(ra, variable, 1), coefficients(rb, variable, 1)
    if one is None or other is None or len(one) != 2 or len(other) != 2:
        return None
    (q, p), (s, r) = one, other
    equal = same(times(q, r), times(s, p)).equal
    if equal is False and _surely_nonzero(p, names) and _surely_nonzero(r, names):
        return Comparison(False, "solved form", f"solved for {_name(variable)} they differ")
    if equal:
        if never_zero(p) and never_zero(r):
            return Comparison(True, "factor", "the residuals are proportional by a factor that is nowhere zero")
        # proportional by p / r; where p vanishes and r does not, the first holds for every value of the variable
        for top, rest in ((p, rb), (r, ra)):
            below = r if top is p else p
            for point in zeros(top, names, _SEEDS):
                if clearly_nonzero(below, point) and clearly_nonzero(rest, point):
                    return Comparison(False, "point", f"only one holds at {_shown(point)}")
    return None


def _surely_nonzero(node: Node, names: list[str]) -> bool:
    """Not zero throughout, which a clear value shows, or an exact comparison where there is none (complex numbers)."""
    if not free_names(node):
        return sign_of(node, {}) is not None or same(node, ZERO).equal is False
    return any(clearly_nonzero(node, probe(names, seed)) for seed in range(4))


def _shown(point: Point) -> str:
    return ", ".join(f"{_name(variable)} = {value[0]:.6g}" for variable, value in sorted(point.items()))


def _name(variable: str) -> str:
    return "a function" if variable.startswith(OPAQUE_MARK) else variable
