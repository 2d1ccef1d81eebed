"""Definite integrals that a rule solves: integrands without a pole anywhere, so that F(b) - F(a) is right."""

from __future__ import annotations

from lemma_eval.answers.reading.node import Node, free_names, number

MAX_POWER = 64


def definite(node: Node) -> Node | None:
    """F(b) - F(a) of `int` with bounds; None where no rule applies."""
    if len(node.args) != 4 or node.args[1].op != "name":
        return None
    body, variable, low, high = node.args
    if any(_endless(bound) for bound in (low, high)):
        return None
    above, below = _antiderivative(body, variable.atom, high), _antiderivative(body, variable.atom, low)
    return None if above is None or below is None else Node("+", (above, Node("neg", (below,))))


def _endless(node: Node) -> bool:
    return (node.op == "const" and node.atom == "infinity") or any(map(_endless, node.args))


def _antiderivative(body: Node, name: str, at: Node) -> Node | None:
    """One antiderivative of a polynomial, exponential, sine or cosine, or a sum of such, at a point."""
    if name not in free_names(body):
        return Node("*", (body, at))
    op, args, _ = body
    if op == "name":
        return Node("/", (Node("^", (at, number(2))), number(2)))
    if op == "+":
        parts = [_antiderivative(arg, name, at) for arg in args]
        return None if None in parts else Node("+", tuple(parts))
    if op == "neg":
        inner = _antiderivative(args[0], name, at)
        return None if inner is None else Node("neg", (inner,))
    if op in ("*", "/"):
        return _scaled(body, name, at)
    return _of_linear(body, name, at)


def _scaled(body: Node, name: str, at: Node) -> Node | None:
    """A constant factor is carried along; a product of powers is joined."""
    left, right = body.args
    if name not in free_names(right):
        inner = _antiderivative(left, name, at)
        return None if inner is None else Node(body.op, (inner, right))
    if body.op == "*" and name not in free_names(left):
        inner = _antiderivative(right, name, at)
        return None if inner is None else Node("*", (left, inner))
    powers = _power_of(left, name), _power_of(right, name)
    if body.op == "*" and powers[0] is not None and powers[1] is not None:
        return _of_linear(Node("^", (Node("name", (), name), number(powers[0] + powers[1]))), name, at)
    return None


def _power_of(node: Node, name: str) -> int | None:
    if node.op == "name":
        return 1
    if node.op == "^" and node.args[0] == Node("name", (), name) and node.args[1].op == "number":
        power = node.args[1].atom
        return power if 0 < power <= MAX_POWER else None
    return None


def _of_linear(body: Node, name: str, at: Node) -> Node | None:
    """(ax + b)^n, e^(ax + b), sin, cos, sinh or cosh of ax + b."""
    op, args, _ = body
    if op == "^" and args[0] == Node("const", (), "e"):
        outer, inner = "exp", args[1]
    elif op == "^":
        power = args[1].atom if args[1].op == "number" else None
        if power is None or not 0 < power <= MAX_POWER:
            return None
        outer, inner = "^", args[0]
    elif op in ("exp", "sin", "cos", "sinh", "cosh"):
        outer, inner = op, args[0]
    else:
        return None
    slope = _slope(inner, name)
    if slope is None:
        return None
    there = _put(inner, name, at)
    if outer == "^":
        raised = Node("^", (there, number(args[1].atom + 1)))
        return Node("/", (raised, Node("*", (slope, number(args[1].atom + 1)))))
    result = Node({"sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh"}.get(outer, "exp"), (there,))
    quotient = Node("/", (result, slope))
    return Node("neg", (quotient,)) if outer == "sin" else quotient


def _slope(node: Node, name: str) -> Node | None:
    """The factor of the variable in a linear expression; one that may be 0 makes the quotient undefined later."""
    if name not in free_names(node):
        return number(0)
    op, args, _ = node
    if op == "name":
        return number(1)
    if op == "+":
        parts = [_slope(arg, name) for arg in args]
        return None if None in parts else Node("+", tuple(parts))
    if op == "neg":
        inner = _slope(args[0], name)
        return None if inner is None else Node("neg", (inner,))
    if op in ("*", "/"):
        for carried, other in ((0, 1), (1, 0)) if op == "*" else ((0, 1),):
            if name not in free_names(args[other]):
                inner = _slope(args[carried], name)
                return None if inner is None else Node(op, (inner, args[other]))
    return None


def _put(node: Node, name: str, at: Node) -> Node:
    if node.op == "name" and node.atom == name:
        return at
    return node._replace(args=tuple(_put(arg, name, at) for arg in node.args)) if node.args else node
