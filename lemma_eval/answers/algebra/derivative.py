"""The derivative of an expression, as a tree; not simplified."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from lemma_eval.answers.reading.node import Node, free_names, number

ZERO, ONE, TWO = number(0), number(1), number(2)


def _f(op: str, *args: Node) -> Node:
    return Node(op, args)


def _squared(node: Node) -> Node:
    return _f("^", node, TWO)


def _one_plus(node: Node) -> Node:
    return _f("+", ONE, node)


def _one_minus(node: Node) -> Node:
    return _f("+", ONE, _f("neg", node))


def _root(node: Node) -> Node:
    return _f("root", node, TWO)


# The derivative of f(u) by u.
OUTER: dict[str, Callable[[Node], Node]] = {
    "sin": lambda u: _f("cos", u),
    "cos": lambda u: _f("neg", _f("sin", u)),
    "tan": lambda u: _squared(_f("sec", u)),
    "cot": lambda u: _f("neg", _squared(_f("csc", u))),
    "sec": lambda u: _f("*", _f("sec", u), _f("tan", u)),
    "csc": lambda u: _f("neg", _f("*", _f("csc", u), _f("cot", u))),
    "arcsin": lambda u: _f("/", ONE, _root(_one_minus(_squared(u)))),
    "arccos": lambda u: _f("neg", _f("/", ONE, _root(_one_minus(_squared(u))))),
    "arctan": lambda u: _f("/", ONE, _one_plus(_squared(u))),
    "sinh": lambda u: _f("cosh", u),
    "cosh": lambda u: _f("sinh", u),
    "tanh": lambda u: _squared(_f("sech", u)),
    "arsinh": lambda u: _f("/", ONE, _root(_one_plus(_squared(u)))),
    "artanh": lambda u: _f("/", ONE, _one_minus(_squared(u))),
    "ln": lambda u: _f("/", ONE, u),
    "exp": lambda u: _f("exp", u),
    "abs": lambda u: _f("sign", u),
}


@lru_cache(maxsize=64)
def derivative(node: Node, name: str) -> Node | None:
    """The derivative by a variable; None for what has no rule here."""
    return _derivative(node, name)


def _derivative(node: Node, name: str) -> Node | None:
    if name not in free_names(node):
        return ZERO
    op, args, _ = node
    if op == "name":
        return ONE
    if op == "+":
        parts = [_derivative(arg, name) for arg in args]
        return None if None in parts else Node("+", tuple(parts))
    if op in ("neg", "percent", "degree"):
        inner = _derivative(args[0], name)
        return None if inner is None else _f(op, inner)
    if op in ("*", "/"):
        return _product(node, name)
    if op == "^":
        return _power(args[0], args[1], name)
    if op == "root":
        return _power(args[0], _f("/", ONE, args[1]), name)
    if op == "log":
        return _derivative(_f("/", _f("ln", args[0]), _f("ln", args[1])), name)
    outer = OUTER.get(op)
    inner = _derivative(args[0], name) if outer is not None else None
    return None if outer is None or inner is None else _f("*", outer(args[0]), inner)


def _product(node: Node, name: str) -> Node | None:
    left, right = node.args
    of_left, of_right = _derivative(left, name), _derivative(right, name)
    if of_left is None or of_right is None:
        return None
    if node.op == "*":
        return _f("+", _f("*", of_left, right), _f("*", left, of_right))
    return _f("/", _f("+", _f("*", of_left, right), _f("neg", _f("*", left, of_right))), _squared(right))


def _power(base: Node, exponent: Node, name: str) -> Node | None:
    of_base, of_exponent = _derivative(base, name), _derivative(exponent, name)
    if of_base is None or of_exponent is None:
        return None
    if name not in free_names(exponent):
        lowered = _f("^", base, _f("+", exponent, Node("neg", (ONE,))))
        return _f("*", _f("*", exponent, lowered), of_base)
    whole = _f("^", base, exponent)
    growth = _f("*", of_exponent, _f("ln", base))
    if name not in free_names(base):
        return _f("*", whole, growth)
    return _f("*", whole, _f("+", growth, _f("/", _f("*", exponent, of_base), base)))
