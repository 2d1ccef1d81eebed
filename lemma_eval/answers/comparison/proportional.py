"""Whether two residuals differ by a factor that is not constant but nowhere zero: e^x, x^2 + 1, a denominator.

Candidates are the denominators, exponentials and factors that stand in the two trees. Their exponents are guessed from
values and then confirmed by `same`. A denominator counts as nowhere zero, for the equation that holds it says nothing
where it vanishes; but then the other equation must not hold all along its zeros.
"""

from __future__ import annotations

import math
from itertools import product

from lemma_eval.answers.algebra.identity import same
from lemma_eval.answers.comparison.estimate import estimate
from lemma_eval.answers.comparison.positivity import never_zero
from lemma_eval.answers.comparison.rational_form import whole
from lemma_eval.answers.comparison.rewriting import ONE, over, times
from lemma_eval.answers.comparison.witness import clearly_nonzero, probe, zeros
from lemma_eval.answers.reading.node import Node, free_names, number

MAX_CANDIDATES = 4
_POINTS = 6


def _atoms(node: Node) -> list[Node]:
    """The factors of a tree that hold a variable, without their exponents."""
    if node.op == "neg":
        return _atoms(node.args[0])
    if node.op in ("*", "/"):
        return _atoms(node.args[0]) + _atoms(node.args[1])
    if node.op == "^" and whole(node.args[1]) is not None:
        return _atoms(node.args[0])
    return [node] if free_names(node) else []


def denominators(node: Node) -> list[Node]:
    """The factors of all denominators of a tree that hold a variable."""
    found: list[Node] = []
    if node.op == "/":
        found += _atoms(node.args[1])
    elif node.op == "^" and (whole(node.args[1]) or 0) < 0:
        found += _atoms(node.args[0])
    for arg in node.args:
        found += denominators(arg)
    return found


def _exponentials(node: Node) -> list[Node]:
    found: list[Node] = []
    if (node.op == "exp" or (node.op == "^" and not free_names(node.args[0]))) and free_names(node):
        found.append(node)
    for arg in node.args:
        found += _exponentials(arg)
    return found


def nowhere_zero_factor(a: Node, b: Node, names: list[str]) -> bool:
    """Whether `a = c * factor * b` for a factor of that kind; False where none was found."""
    barred = (set(denominators(a)), set(denominators(b)))
    candidates = list(dict.fromkeys([*denominators(a), *denominators(b), *_exponentials(a), *_exponentials(b)]))
    terms = [term for one in (a, b) for term in (one.args if one.op == "+" else (one,))]
    factors = dict.fromkeys(atom for term in terms if term.op in ("*", "/", "neg") for atom in _atoms(term))
    candidates += [atom for atom in factors if atom not in candidates and atom.args and never_zero(atom)]
    if not candidates or len(candidates) > MAX_CANDIDATES:
        return False
    exponents = _exponents(a, b, candidates, names)
    if exponents is None:
        return False
    factor = ONE
    for atom, exponent in zip(candidates, exponents, strict=True):
        raised = atom if abs(exponent) == 1 else Node("^", (atom, number(abs(exponent))))
        if exponent:
            factor = times(factor, raised) if exponent > 0 else over(factor, raised)
    if not same(a, times(factor, b), up_to="factor").equal:
        return False
    if not any(exponents):
        return False
    for atom, exponent in zip(candidates, exponents, strict=True):
        if exponent and not _harmless(atom, b if exponent < 0 else a, barred[0 if exponent < 0 else 1], names):
            return False
    return True


def bars_no_solutions(a: Node, b: Node, names: list[str]) -> bool:
    """Whether the denominators that only one of two proportional residuals has take no solutions away from it.

    x^2/x = 0 has none, x = 0 has one.
    """
    one, other = set(denominators(a)), set(denominators(b))
    if one == other:
        return True
    own = [(atom, b) for atom in one - other] + [(atom, a) for atom in other - one]
    return len(own) <= MAX_CANDIDATES and all(_harmless(atom, rest, one | other, names) for atom, rest in own)


def _exponents(a: Node, b: Node, candidates: list[Node], names: list[str]) -> tuple[int, ...] | None:
    """With which the candidates make up the quotient of a and b, by its logarithms at some points."""
    rows = []
    for seed in range(4 * _POINTS):
        point = probe(names, seed)
        values = [estimate(one, point) for one in (a, b, *candidates)]
        logs = [math.log(abs(value[0])) for value in values if value is not None and abs(value[0]) > 1e6 * value[1]]
        if len(logs) == len(values):
            rows.append(logs)
            if len(rows) == _POINTS:
                break
    if len(rows) < 3:
        return None
    for exponents in sorted(product(range(-2, 3), repeat=len(candidates)), key=lambda all_: sum(map(abs, all_))):
        rest = [
            row[0] - row[1] - sum(exponent * one for exponent, one in zip(exponents, row[2:], strict=True))
            for row in rows
        ]
        if max(rest) - min(rest) < 1e-5:
            return exponents
    return None


def _harmless(atom: Node, other: Node, barred: set[Node], names: list[str]) -> bool:
    """Whether the zeros of a factor take nothing from the solutions: it has none, or they are barred on one side
    while the other side does not vanish along them."""
    if never_zero(atom):
        return True
    if atom not in barred:
        return False
    met = 0
    for point in zeros(atom, names, 6):
        if not clearly_nonzero(other, point):
            return False
        met += 1
    return met >= 3
