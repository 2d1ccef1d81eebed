"""Matrices and vectors: sums, multiples, products, inverses and small powers as one matrix of expressions.

A tuple counts as the column of its entries.
"""

from __future__ import annotations

from lemma_eval.answers.reading.node import Node, holds

MAX_SIDE = 12
MAX_POWER = 6
MAX_DETERMINANT = 4

Rows = tuple[tuple[Node, ...], ...]
_MATRIX = frozenset(("matrix", "tuple"))


def rows_of(node: Node) -> Rows | None:
    """The entries of an expression of matrices; None if it is none, or shapes do not fit."""
    if node.op == "matrix":
        rows = tuple(tuple(row.args) for row in node.args)
        return rows if len(rows) <= MAX_SIDE and len(rows[0]) <= MAX_SIDE else None
    if node.op == "tuple":
        return tuple((arg,) for arg in node.args) if 0 < len(node.args) <= MAX_SIDE else None
    if node.op == "neg":
        inner = rows_of(node.args[0])
        return inner and tuple(tuple(Node("neg", (entry,)) for entry in row) for row in inner)
    if node.op == "+":
        parts = [rows_of(arg) for arg in node.args]
        total = parts[0]
        for part in parts[1:]:
            if total is None or part is None or (len(part), len(part[0])) != (len(total), len(total[0])):
                return None
            total = tuple(
                tuple(_sum([x, y]) for x, y in zip(r, s, strict=True)) for r, s in zip(total, part, strict=True)
            )
        return total
    if node.op == "*":
        return _product(*node.args)
    if node.op == "/" and not holds(node.args[1], _MATRIX):
        inner = rows_of(node.args[0])
        return inner and tuple(tuple(Node("/", (entry, node.args[1])) for entry in row) for row in inner)
    if node.op == "^" and node.args[1].op == "number" and 1 <= node.args[1].atom <= MAX_POWER:
        result = base = rows_of(node.args[0])
        for _ in range(node.args[1].atom - 1):
            result = result and base and _times(result, base)
        return result
    if node.op == "^" and node.args[1] == Node("neg", (Node("number", (), 1),)):
        return _inverse(rows_of(node.args[0]))
    if node.op == "^" and node.args[1] == Node("name", (), "T"):
        inner = rows_of(node.args[0])
        return inner and tuple(zip(*inner, strict=True))
    return None


def _product(a: Node, b: Node) -> Rows | None:
    if not holds(a, _MATRIX):
        inner = rows_of(b)
        return inner and tuple(tuple(Node("*", (a, entry)) for entry in row) for row in inner)
    if not holds(b, _MATRIX):
        return _product(b, a)
    first, second = rows_of(a), rows_of(b)
    return _times(first, second) if first is not None and second is not None else None


def _times(a: Rows, b: Rows) -> Rows | None:
    if len(a[0]) != len(b):
        return None
    columns = list(zip(*b, strict=True))
    return tuple(
        tuple(_sum([Node("*", (x, y)) for x, y in zip(row, column, strict=True)]) for column in columns) for row in a
    )


def _inverse(rows: Rows | None) -> Rows | None:
    """By cofactors; None for a matrix that is not square, or too large."""
    if rows is None or len(rows) != len(rows[0]) or len(rows) > MAX_DETERMINANT:
        return None
    whole = _determinant(rows)
    if len(rows) == 1:
        return ((Node("/", (Node("number", (), 1), whole)),),)
    side = range(len(rows))

    def cofactor(i: int, j: int) -> Node:
        minor = _determinant(tuple(row[:j] + row[j + 1 :] for at, row in enumerate(rows) if at != i))
        return Node("neg", (minor,)) if (i + j) % 2 else minor

    return tuple(tuple(Node("/", (cofactor(j, i), whole)) for j in side) for i in side)


def _sum(terms: list[Node]) -> Node:
    return terms[0] if len(terms) == 1 else Node("+", tuple(terms))


def with_determinants(node: Node) -> Node:
    """Each determinant of a matrix written out as an expression; one too large, or not square, stays."""
    if node.op == "det" and node.args and node.args[0].op == "matrix":
        rows = rows_of(node.args[0])
        if rows is not None and len(rows) == len(rows[0]) <= MAX_DETERMINANT:
            return _determinant(rows)
    return node._replace(args=tuple(with_determinants(arg) for arg in node.args)) if node.args else node


def _determinant(rows: Rows) -> Node:
    """By the first row (Laplace)."""
    if len(rows) == 1:
        return rows[0][0]
    terms = []
    for at, entry in enumerate(rows[0]):
        minor = _determinant(tuple(row[:at] + row[at + 1 :] for row in rows[1:]))
        term = Node("*", (entry, minor))
        terms.append(Node("neg", (term,)) if at % 2 else term)
    return _sum(terms)
