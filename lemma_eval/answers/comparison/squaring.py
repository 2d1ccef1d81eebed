"""Equations freed of a root, a bar or a logarithm, where that changes none of their real solutions.

For X, Y >= 0, X = Y exactly where X^2 = Y^2: so |A| = |B|, |A| = 3, sqrt(A) = 2 and sqrt(A) = |B| lose their bars and
roots. ln A = B says A = e^B, and a root of odd degree is raised to it.
"""

from __future__ import annotations

from lemma_eval.answers.comparison.estimate import sign_of
from lemma_eval.answers.comparison.positivity import UNKNOWN, positivity
from lemma_eval.answers.comparison.rational_form import whole
from lemma_eval.answers.comparison.rewriting import (
    TWO,
    ZERO,
    coefficients,
    minus,
    negative,
    over,
    replaced,
    square,
    times,
)
from lemma_eval.answers.reading.node import Node, free_names, name

_E = Node("const", (), "e")
_FIRST, _SECOND = "\0a", "\0b"


class Unsatisfiable(Exception):
    """The equation has no solution: something never negative equals a negative number."""


def freed(residual: Node) -> Node | None:
    """An equation with the same real solutions and one such part less, or None. Raises Unsatisfiable.

    A double zero may come of it where both sides vanish at once.
    """
    atoms = list(dict.fromkeys(_atoms(residual)))
    if not 1 <= len(atoms) <= 2:
        return None
    parts = coefficients(replaced(residual, atoms[0], name(_FIRST)), _FIRST, 1)
    if parts is None or len(parts) != 2 or not _constant(parts[1]):
        return None
    if len(atoms) == 1:
        return _isolated(atoms[0], over(negative(parts[0]), parts[1]))
    others = coefficients(replaced(parts[0], atoms[1], name(_SECOND)), _SECOND, 1)
    if others is None or len(others) != 2 or not _constant(others[1]) or not _is_zero(others[0]):
        return None
    # p |A| + q |B| = 0
    if not all(atom.op == "abs" or (atom.op == "root" and atom.args[1] == TWO) for atom in atoms):
        return None
    ratio = over(negative(others[1]), parts[1])
    side = sign_of(ratio, {})
    if side is None or side < 0:
        return None  # both vanish: no single equation
    if not _defined_by_other(*atoms):
        return None
    return minus(_square(atoms[0]), times(square(ratio), _square(atoms[1])))


def _atoms(node: Node) -> list[Node]:
    """The outermost bars, roots and logarithms that hold a variable."""
    if node.op in ("abs", "root", "ln", "log"):
        return [node] if free_names(node) else []
    return [one for arg in node.args for one in _atoms(arg)]


def _constant(node: Node) -> bool:
    return not free_names(node) and sign_of(node, {}) is not None


def _is_zero(node: Node) -> bool:
    return node == ZERO or (not free_names(node) and node.op == "neg" and _is_zero(node.args[0]))


def _square(atom: Node) -> Node:
    inner: Node = atom.args[0]
    return inner if atom.op == "root" else square(inner)


def _defined_by_other(a: Node, b: Node) -> bool:
    """Whether the radicands of the squared equation cannot both be negative: one side's square never is."""
    return a.op == "abs" or b.op == "abs" or positivity(a.args[0]) > UNKNOWN or positivity(b.args[0]) > UNKNOWN


def _isolated(atom: Node, level: Node) -> Node | None:
    """atom = level."""
    if atom.op in ("ln", "log"):
        base = _E if atom.op == "ln" else atom.args[1]
        return None if free_names(base) else minus(atom.args[0], Node("^", (base, level)))
    if atom.op == "root" and atom.args[1] != TWO:
        degree = whole(atom.args[1])
        return minus(atom.args[0], Node("^", (level, atom.args[1]))) if degree in (3, 5, 7) else None
    if _is_zero(level):
        inner: Node = atom.args[0]
        return inner
    if not free_names(level):
        side = sign_of(level, {})
        if side is None:
            return None
        if side < 0:
            raise Unsatisfiable
    elif positivity(level) == UNKNOWN:
        return None
    return minus(_square(atom), square(level))
