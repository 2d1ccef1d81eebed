r"""Derivatives, sums and products over a range, integrals, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lemma_eval.answers.reading import brackets, commands
from lemma_eval.answers.reading.lexer import UnreadableError
from lemma_eval.answers.reading.node import Node

if TYPE_CHECKING:
    from lemma_eval.answers.reading.parser import Parser


def derivative(p: Parser) -> Node | None:
    r"""`\frac{dy}{dx}` is a name of its own, `\frac{d}{dx} f` a derivative; None for an ordinary fraction."""
    tokens, at = p.tokens, p.at
    parts: list[list[Any]] = []
    for _ in range(2):
        if tokens[at][:2] != ("op", "{"):
            return None
        at += 1
        inner: list[Any] = []
        while tokens[at][0] in ("name", "word") or tokens[at][:2] == ("op", "^") or tokens[at][0] == "number":
            inner.append(
                "^" if tokens[at][0] == "op" else tokens[at][1] if tokens[at][0] != "number" else tokens[at][1].atom
            )
            at += 1
            if len(inner) > 6:
                return None
        if tokens[at][:2] != ("op", "}") or not inner or inner[0] not in ("d", "partial"):
            return None
        at += 1
        parts.append(inner)
    if len(parts[1]) < 2 or parts[0][0] != parts[1][0]:
        return None
    top, bottom = ("".join(map(str, part)) for part in parts)
    p.at = at
    if top == parts[0][0] and len(parts[1]) == 2:
        variable = Node("name", (), parts[1][1])
        body = p.product()
        if body.op == "apply" and body.args == (variable,):
            return body._replace(atom=f"{body.atom}'")
        return p.made(Node("diff", (body, variable)))
    order = {"d": 1, "d^2": 2, "d^3": 3}.get(top[:-1], 0) if parts[1][1] in ("x", "t") else 0
    if order and bottom in ("dx", "dt", f"dx^{order}", f"dt^{order}"):
        return brackets.called(p, p.made(Node("name", (), top[-1] + "'" * order)))  # dy/dx is y'
    return brackets.called(p, p.made(Node("name", (), f"{top}/{bottom}")))


def repeated(p: Parser, name: str) -> Node:
    low, high = _bounds(p)
    body = p.product()
    if low is None or high is None or low.op != "rel" or low.atom != ("=",) or low.args[0].op not in ("name", "const"):
        raise UnreadableError("a sum without bounds")
    variable = low.args[0]
    body = indexed(body, str(variable.atom))
    if variable.op == "const":  # i as an index is no imaginary unit
        index = Node("name", (), "i_index")
        variable, body = index, _renamed(_renamed(body, variable, index), Node("name", (), "i"), index)
    return p.made(Node(name, (body, variable, low.args[1], high)))


def indexed(node: Node, index: str) -> Node:
    """Names with the index in their subscript, a_n or x_{i+1}, as functions of it: they are no constants."""
    if node.op == "name" and "_" in node.atom:
        head, _, sub = node.atom.partition("_")
        if index in sub.replace("+", " ").replace("-", " ").split():
            return Node("apply", (Node("name", (), index),), f"{head}_{sub.replace(index, '#')}")
        return node
    return node._replace(args=tuple(indexed(arg, index) for arg in node.args)) if node.args else node


def _renamed(node: Node, old: Node, new: Node) -> Node:
    if node == old:
        return new
    return node._replace(args=tuple(_renamed(arg, old, new) for arg in node.args)) if node.args else node


def _bounds(p: Parser) -> tuple[Node | None, Node | None]:
    low = high = None
    for _ in range(2):
        if p.sign("_"):
            low = commands.argument(p)
        elif p.sign("^"):
            high = commands.argument(p)
    return low, high


def integral(p: Parser) -> Node:
    """`\\int_a^b f\\,dx`: the last factor of the body is the differential."""
    low, high = _bounds(p)
    start = p.at
    depth = 0
    place = None
    while p.tokens[p.at][0] != "end" and p.at - start < 400:
        kind, value, _ = p.tokens[p.at]
        depth += kind == "op" and value in ("(", "{", "[", "\\{")
        depth -= kind == "op" and value in (")", "}", "]", "\\}")
        if depth < 0:
            break
        following = p.tokens[p.at + 1]
        if depth == 0 and value == "d" and kind in ("name", "word") and following[0] == "name":
            place = p.at
            break
        p.at += 1
    if place is None:
        p.at = start
        return _integral_of_fraction(p, low, high)
    variable = p.tokens[place + 1]
    rest = p.tokens[place + 2 :]
    inner = p.tokens[start:place]
    if not inner:
        body = Node("number", (), 1)
    else:
        p.tokens = [*inner, ("end", "", p.tokens[place][2])]
        p.at = 0
        body = p.sum()
        if p.peek()[0] != "end":
            raise UnreadableError("an integrand")
    p.tokens = rest
    p.at = 0
    name = Node("name", (), variable[1])
    if (low is None) != (high is None):
        raise UnreadableError("an integral with one bound")
    bounds = () if low is None or high is None else (low, high)
    return p.made(Node("int", (body, name, *bounds)))


def _integral_of_fraction(p: Parser, low: Node | None, high: Node | None) -> Node:
    r"""`\int \frac{dt}{t}`: the differential stands in a numerator."""
    at = p.at
    while p.tokens[at][0] != "end" and at - p.at < 200:
        if p.tokens[at][1] == "d" and p.tokens[at][0] in ("name", "word") and p.tokens[at + 1][0] == "name":
            break
        at += 1
    else:
        raise UnreadableError("an integral without a differential")
    variable = Node("name", (), p.tokens[at + 1][1])
    alone = p.tokens[at - 1][:2] == ("op", "{") and p.tokens[at + 2][:2] == ("op", "}")
    p.tokens[at : at + 2] = [("number", Node("number", (), 1), p.tokens[at][2])] if alone else []
    body = p.product()
    if (low is None) != (high is None):
        raise UnreadableError("an integral with one bound")
    bounds = () if low is None or high is None else (low, high)
    return p.made(Node("int", (body, variable, *bounds)))


def limit(p: Parser) -> Node:
    p.need("_")
    p.need("{")
    variable = p.atom()
    if p.peek()[:2] != ("rel", "to"):
        raise UnreadableError("no limit")
    p.at += 1
    point = p.sum()
    p.need("}")
    return p.made(Node("lim", (indexed(p.product(), str(variable.atom)), variable, point)))
