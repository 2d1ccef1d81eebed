"""Inequalities in several variables, or with parameters: matched link by link, refuted by a point.

Two links agree when the sides of both, all moved to the left, are proportional by a positive constant and the sign is
the same. Conjunctions and chains agree when their links do one to one, disjunctions likewise.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from lemma_eval.answers.algebra.identity import same
from lemma_eval.answers.comparison.estimate import sign_of, truth
from lemma_eval.answers.comparison.polynomial import Undecided
from lemma_eval.answers.comparison.rewriting import links, minus, size, without_opaque
from lemma_eval.answers.comparison.witness import Point, clearly_nonzero, probe, zeros
from lemma_eval.answers.reading.node import Node, free_names

MAX_LINKS = 8
MAX_SIZE = 600  # nodes of both statements together
_SEEDS = 8
MAX_ZEROS = 3  # points on the boundary of each link
_STEPS = (1e-3, -1e-3, 0.1, -0.1)  # off the boundary, relative to the size of the coordinate


class Link(NamedTuple):
    """`residual` against zero; `sign` is <, <=, = or !=."""

    residual: Node
    sign: str


def same_inequality(a: Node, b: Node) -> bool | None:
    """Whether two statements made of relations are the same. False where a point satisfies only one of them."""
    if a == b:
        return True
    try:
        return _compare(a, b)
    except (Undecided, RecursionError):
        return None


def _compare(a: Node, b: Node) -> bool | None:
    if size(a) + size(b) > MAX_SIZE:
        return None
    a, b, alike = without_opaque(a, b)
    one, other = _links(a), _links(b)
    names = sorted(free_names(a) | free_names(b))
    if one and other and (one[0] == other[0] or (len(one[1]) == 1 and len(other[1]) == 1)):
        pairs = _matched(one[1], other[1], names)
        if pairs is not None:
            slack = [(left, right) for left, right in pairs if left.sign != right.sign]
            if not slack:
                return True
            if alike and one[0] == "and" and _boundary(slack[0][0], one[1], names):
                return False
    if not alike:
        return None
    if one and other and len(one[1]) == len(other[1]) == 1 and one[1][0].sign == other[1][0].sign == "!=":
        return False if _zeros_differ(one[1][0].residual, other[1][0].residual, names) else None
    residuals = [link.residual for side in (one, other) if side for link in side[1]]
    return False if _told_apart(a, b, residuals, names) else None


def _links(node: Node) -> tuple[str, list[Link]] | None:
    """How the links are joined, and the links; None where they are nested."""
    found: list[Link] = []
    if node.op not in ("rel", "and", "or"):
        return None
    for part in (node,) if node.op == "rel" else node.args:
        if part.op != "rel" or (node.op == "or" and len(part.args) != 2):
            return None
        for left, sign, right in links(part):
            if sign in (">", ">="):
                left, sign, right = right, {">": "<", ">=": "<="}[sign], left
            if sign not in ("<", "<=", "=", "!="):
                return None
            found.append(Link(minus(left, right), sign))
    return ("or" if node.op == "or" else "and", found) if 1 <= len(found) <= MAX_LINKS else None


def _matched(a: list[Link], b: list[Link], names: list[str]) -> list[tuple[Link, Link]] | None:
    """The links of both in pairs that differ at most in < against <=; exact pairs first."""
    if len(a) != len(b):
        return None
    left, rest, pairs = [], list(b), []
    for link in a:
        partner = next((other for other in rest if other.sign == link.sign and _proportional(link, other, names)), None)
        if partner is None:
            left.append(link)
        else:
            rest.remove(partner)
            pairs.append((link, partner))
    for link in left:
        partner = next((other for other in rest if _related(link, other) and _proportional(link, other, names)), None)
        if partner is None:
            return None
        rest.remove(partner)
        pairs.append((link, partner))
    return pairs


def _related(a: Link, b: Link) -> bool:
    return {a.sign, b.sign} == {"<", "<="}


def _proportional(a: Link, b: Link, names: list[str]) -> bool:
    """By a positive constant; by any but zero for = and !=."""
    # a cheap look before the exact one: signs that disagree at a point
    directions = set()
    for seed in range(6):
        point = probe(names, seed)
        left, right = sign_of(a.residual, point), sign_of(b.residual, point)
        if left is not None and right is not None:
            directions.add(left * right)
    if len(directions) > 1 or (directions != {1} and a.sign in ("<", "<=")):
        return False
    return bool(same(a.residual, b.residual, up_to="factor").equal)


def _boundary(link: Link, links_: list[Link], names: list[str]) -> bool:
    """Whether the residual of a link vanishes at a point where all the other links clearly hold."""
    for point in zeros(link.residual, names, _SEEDS):
        if all(_holds(other, point) for other in links_ if other is not link):
            return True
    return False


def _holds(link: Link, point: Point) -> bool:
    side = sign_of(link.residual, point)
    return side is not None and (side < 0 if link.sign in ("<", "<=") else link.sign == "!=")


def _zeros_differ(a: Node, b: Node, names: list[str]) -> bool:
    for one, other in ((a, b), (b, a)):
        if any(clearly_nonzero(other, point) for point in zeros(one, names, _SEEDS)):
            return True
    return False


def _told_apart(a: Node, b: Node, residuals: list[Node], names: list[str]) -> bool:
    """Whether some point clearly satisfies one of the two and clearly fails the other."""
    for point in _places(residuals, names):
        left = truth(a, point)
        if left is None:
            continue
        right = truth(b, point)
        if right is not None and right != left:
            return True
    return False


def _places(residuals: list[Node], names: list[str]) -> Iterator[Point]:
    for seed in range(2 * _SEEDS):
        yield probe(names, seed)
    for residual in residuals:
        for point in islice(zeros(residual, names, _SEEDS // 2), MAX_ZEROS):
            for name in names[:3]:
                value = point[name][0]
                for step in _STEPS:
                    yield {**point, name: (value + step * max(1.0, abs(value)), 0.0)}
