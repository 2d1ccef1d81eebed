r"""What stands between `\begin` and `\end`: matrices, cases, aligned systems; and `matrix(..)` of programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lemma_eval.answers.reading import brackets, commands
from lemma_eval.answers.reading.lexer import UnreadableError
from lemma_eval.answers.reading.node import Node

if TYPE_CHECKING:
    from lemma_eval.answers.reading.parser import Parser

_MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix smallmatrix array psmallmatrix bsmallmatrix".split())
_SYSTEMS = frozenset("aligned align gathered split align* gather eqnarray".split())


def environment(p: Parser) -> Node:
    name = _environment_name(p)
    if name == "array" or name.endswith("array"):
        commands.skip_group(p)
    if name in _SYSTEMS:
        _drop_alignment(p)
    rows: list[list[Node]] = []
    row: list[Node] = []
    p.deeper()
    saved, p.bars, p.plain_sets = (p.bars, p.plain_sets), 0, 0
    while True:
        kind, value, _ = p.peek()
        if (kind, value) == ("cmd", "end"):
            p.at += 1
            closing = _environment_name(p)
            if closing != name:
                raise UnreadableError("an environment that never closes")
            break
        if kind == "end":
            raise UnreadableError("an environment that never closes")
        if kind == "sep" and value == "\\\\":
            p.at += 1
            if row:
                rows.append(row)
            row = []
            continue
        if (kind == "link" and value == "otherwise") or (kind == "word" and value.lower() == "else"):
            p.at += 1
            row.append(Node("text", (), "otherwise"))
            continue
        if kind in ("sep", "link"):
            p.at += 1
            continue
        row.append(p.items())
    if row:
        rows.append(row)
    p.bars, p.plain_sets = saved
    p.level -= 1
    return _arranged(p, name, rows)


def _drop_alignment(p: Parser) -> None:
    """The & of an aligned system only place its rows."""
    at = p.at
    while p.tokens[at][0] != "end" and p.tokens[at][:2] != ("cmd", "end"):
        if p.tokens[at][:2] == ("sep", "&"):
            del p.tokens[at]
        else:
            at += 1


def _arranged(p: Parser, name: str, rows: list[list[Node]]) -> Node:
    if not rows:
        raise UnreadableError("an empty environment")
    if name in _MATRICES or name in ("vmatrix", "Vmatrix"):
        if len({len(row) for row in rows}) != 1:
            raise UnreadableError("rows of different lengths")
        matrix = p.made(Node("matrix", tuple(Node("row", tuple(row)) for row in rows)))
        return matrix if name in _MATRICES else p.made(Node("det", (matrix,)))
    if name in ("cases", "dcases", "rcases"):
        if all(len(row) == 2 for row in rows):
            return p.made(Node("cases", tuple(Node("case", (row[0], row[1])) for row in rows)))
        if all(len(row) == 1 for row in rows):
            return p.made(Node("and", tuple(row[0] for row in rows))) if len(rows) > 1 else rows[0][0]
    if name in _SYSTEMS and all(len(row) == 1 for row in rows):
        return p.made(Node("list", tuple(row[0] for row in rows))) if len(rows) > 1 else rows[0][0]
    raise UnreadableError(f"the environment {name}")


def _environment_name(p: Parser) -> str:
    p.need("{")
    name = ""
    while p.peek()[:2] != ("op", "}"):
        kind, value, _ = p.peek()
        if kind == "end" or len(name) > 20:
            raise UnreadableError("an environment without a name")
        name += str(value)
        p.at += 1
    p.at += 1
    return name


def matrix_call(p: Parser) -> Node:
    """`matrix([1,2],[3,4])` of a computer algebra system."""
    p.need("(")
    brackets.ungroup(p)
    rows, _ = p.parts()
    p.need(")")
    if len({len(row.args) for row in rows}) != 1 or any(row.op != "tuple" for row in rows):
        raise UnreadableError("rows of different lengths")
    return p.made(Node("matrix", tuple(Node("row", row.args) for row in rows)))
