"""Systems of equations: matched one to one, or row-reduced where they are linear."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from lemma_eval.answers.algebra.identity import exact_value
from lemma_eval.answers.comparison.rewriting import coefficients, minus
from lemma_eval.answers.reading.node import Node

MAX_EQUATIONS = 8
Row = tuple[Fraction, ...]


def equations_of(node: Node) -> list[Node] | None:
    """The equations of a system, each with two sides; a chain a = b = c is two. None for anything else."""
    parts = node.args if node.op in ("and", "list") else (node,)
    found: list[Node] = []
    for part in parts:
        if part.op != "rel" or set(part.atom) != {"="}:
            return None
        found += [Node("rel", pair, ("=",)) for pair in zip(part.args, part.args[1:], strict=False)]
    return found if len(found) <= MAX_EQUATIONS else None


def matched(a: list[Node], b: list[Node], equal: Callable[[Node, Node], bool | None]) -> bool:
    """Whether the members of two lists are equal one to one; for an equivalence the first fit will do."""
    if len(a) != len(b):
        return False
    left = list(b)
    for one in a:
        for other in left:
            if equal(one, other):
                left.remove(other)
                break
        else:
            return False
    return True


def reduced(equations: list[Node], names: list[str]) -> list[Row] | None:
    """The reduced echelon form of a linear system with rational coefficients, rows of zeros left out."""
    rows: list[list[Fraction]] = []
    for equation in equations:
        row = _row(minus(*equation.args), names)
        if row is None:
            return None
        rows.append(row)
    done = 0
    for column in range(len(names) + 1):
        pivot = next((at for at in range(done, len(rows)) if rows[at][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        lead = rows[done][column]
        rows[done] = [value / lead for value in rows[done]]
        for at, row in enumerate(rows):
            if at != done and row[column]:
                factor = row[column]
                rows[at] = [value - factor * top for value, top in zip(row, rows[done], strict=True)]
        done += 1
    return [tuple(row) for row in rows[:done]]


def _row(residual: Node, names: list[str]) -> list[Fraction] | None:
    """The coefficients of the names, then the constant."""
    row: list[Fraction] = []
    for name in names:
        parts = coefficients(residual, name, 1)
        if parts is None:
            return None
        value = exact_value(parts[1]) if len(parts) == 2 else 0
        if value is None:
            return None
        row.append(Fraction(value))
        residual = parts[0]
    rest = exact_value(residual)
    return None if rest is None else [*row, Fraction(rest)]


def inconsistent(rows: list[Row]) -> bool:
    """Whether a reduced system has no solution."""
    return any(not any(row[:-1]) for row in rows)
