"""The solutions of an equation in one variable that is simple enough to list them, with their multiplicities."""

from __future__ import annotations

from fractions import Fraction

from lemma_eval.answers.comparison.polynomial import Polynomial, Undecided, by_multiplicity, real_roots, without
from lemma_eval.answers.comparison.rational_form import rational_form
from lemma_eval.answers.comparison.real_endpoint import root_endpoint, written
from lemma_eval.answers.comparison.rewriting import ONE, TWO, minus, negative, over, plus, signs, times
from lemma_eval.answers.comparison.solving import solve_relation
from lemma_eval.answers.reading.node import Node, free_names, number

MAX_SOLUTIONS = 40


def solutions(node: Node) -> tuple[Node, ...] | None:
    """Of x = 3, x = 1 or x = 2, x^2 = 4, x = 1 +- sqrt 2, |x| = 3: each as often as its multiplicity.

    Complex ones are given where a quadratic factor has them. None where the solutions are not known, or where no
    number has been asked for: an equation that always or never holds.
    """
    try:
        found = _solutions(node)
    except (Undecided, RecursionError):
        return None
    return None if found is None or not 1 <= len(found) <= MAX_SOLUTIONS else tuple(found)


def _solutions(node: Node) -> list[Node] | None:
    if node.op in ("or", "list"):
        found: list[Node] = []
        variables: set[str] = set()
        for arg in node.args:
            part = _solutions(arg)
            if part is None:
                return None
            found += part
            variables |= free_names(arg)
        return found if len(variables) == 1 else None
    if node.op != "rel" or node.atom != ("=",):
        return None
    variables = set(free_names(node))
    if len(variables) != 1:
        return None
    variable = variables.pop()
    left, right = node.args
    if right.op == "name":
        left, right = right, left
    if left.op == "name" and left.atom == variable and not free_names(right):
        return list(signs(right))
    readings = signs(node)
    if len(readings) == 2:
        return [one for reading in readings for one in (_solutions(reading) or [])]
    form = rational_form(minus(left, right), variable)
    if form is not None:
        return _roots(without(form.top, form.barred)) if form.top else None
    parts = solve_relation(node, variable)
    return [written(part.low) for part in parts] if all(part.low == part.high for part in parts) else None


def _roots(poly: Polynomial) -> list[Node] | None:
    found: list[Node] = []
    for factor, count in by_multiplicity(poly):
        ends = [root_endpoint(root) for root in real_roots(factor)]
        nodes = [written(end) for end in ends]
        exact = [end for end in ends if end.exact is not None]
        rest = len(factor) - 1 - len(ends)
        if any(end.root is not None and len(end.root.poly) != 3 for end in ends):
            if len(factor) - 1 - len(exact) != 2:
                return None
            nodes, rest = [written(end) for end in exact], 2
        if rest and len(factor) - 1 - len(exact) != 2:
            return None
        if rest:
            nodes += _pair(_divided(factor, [end.exact for end in exact if end.exact is not None]))
        found += [node for node in nodes for _ in range(count)]
    return found


def _divided(poly: Polynomial, zeros: list[int | Fraction]) -> Polynomial:
    for zero in zeros:
        poly = without(poly, (-zero.numerator, zero.denominator))
    return poly


def _pair(poly: Polynomial) -> list[Node]:
    """Both roots of a quadratic without rational ones."""
    c, b, lead = poly
    inside = b * b - 4 * lead * c
    side = Node("root", (number(abs(inside)), TWO))
    if inside < 0:
        side = times(side, Node("const", (), "i"))
    if abs(inside) == 1:
        side = ONE if inside > 0 else Node("const", (), "i")
    return [over(plus(number(-b), one), number(2 * lead)) for one in (side, negative(side))]
