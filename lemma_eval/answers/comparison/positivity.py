"""Whether a tree is provably positive, or never negative, wherever it is defined over the real numbers."""

from __future__ import annotations

from lemma_eval.answers.comparison.estimate import estimate, sign_of
from lemma_eval.answers.comparison.polynomial import Undecided, real_roots, square_free
from lemma_eval.answers.comparison.rational_form import rational_form, whole
from lemma_eval.answers.reading.node import Node, free_names

POSITIVE, NOT_NEGATIVE, UNKNOWN = 2, 1, 0


def positivity(node: Node) -> int:
    """POSITIVE, NOT_NEGATIVE or UNKNOWN; a proof by the shape, or by the roots of a polynomial in one variable."""
    op, args, _ = node
    if op in ("number", "decimal", "const"):
        return POSITIVE if sign_of(node, {}) == 1 else UNKNOWN
    if op in ("exp", "cosh"):
        return POSITIVE
    if op == "abs" or (op == "root" and (whole(args[1]) or 1) % 2 == 0):
        return max(NOT_NEGATIVE, positivity(args[0]))
    if op == "root":
        return positivity(args[0])
    if op == "^":
        base = positivity(args[0])
        if base == POSITIVE:
            return POSITIVE
        exponent = whole(args[1])
        if exponent is not None and (exponent % 2 == 0 or base):
            return POSITIVE if exponent < 0 else NOT_NEGATIVE
        return UNKNOWN
    if op in ("*", "/", "+"):
        found = [positivity(arg) for arg in args]
        if min(found) > UNKNOWN:
            if op == "+":
                return max(found)
            return NOT_NEGATIVE if found[0] == NOT_NEGATIVE or (op == "*" and min(found) == 1) else POSITIVE
    names = free_names(node)
    if not names:
        return POSITIVE if sign_of(node, {}) == 1 else UNKNOWN
    return _polynomial(node, *names) if len(names) == 1 else UNKNOWN


def _polynomial(node: Node, variable: str) -> int:
    try:
        form = rational_form(node, variable)
        if form is None or len(form.bottom) != 1 or not form.top or real_roots(square_free(form.top)):
            return UNKNOWN
    except Undecided:
        return UNKNOWN
    found = estimate(node, {variable: (0.0, 0.0)})
    return POSITIVE if found is not None and found[0] > found[1] else UNKNOWN


def never_zero(node: Node) -> bool:
    """Whether the tree provably has no real zero."""
    return positivity(node) == POSITIVE or positivity(Node("neg", (node,))) == POSITIVE
