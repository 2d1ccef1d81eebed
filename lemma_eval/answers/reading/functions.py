r"""Known functions and what they are taken of: `\sin 2x`, `\sin^2 x`, `\log_2 8`, `max(1, 2)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lemma_eval.answers.reading import commands
from lemma_eval.answers.reading.lexer import UnreadableError
from lemma_eval.answers.reading.node import Node

if TYPE_CHECKING:
    from lemma_eval.answers.reading.parser import Parser

_TEN = Node("number", (), 10)
_TWO = Node("number", (), 2)


def function(p: Parser, name: str) -> Node:
    r"""A known function: `\sin x`, `\sin^2 x`, `\log_2 8`, `sqrt(2)`, `max(1, 2)`."""
    base: Node | None = None
    exponent: Node | None = None
    for _ in range(2):
        if name in ("log", "lg", "ln", "min", "max") and p.sign("_"):
            base = commands.argument(p)
        elif exponent is None and p.sign("^"):
            exponent = p.exponent()
            if exponent is None:
                raise UnreadableError("a function to a degree")
    if name == "sqrt":
        node = p.made(Node("root", (_argument_of(p), _TWO)))
    elif name == "cbrt":
        node = p.made(Node("root", (_argument_of(p), Node("number", (), 3))))
    elif name == "!":
        node = p.made(Node("!", (_argument_of(p),)))
    elif name in ("min", "max", "gcd", "lcm", "binom", "mod", "choose"):
        args = _argument_of(p)
        items = args.args if args.op in ("tuple", "list", "set") else (args,)
        node = p.made(Node("binom" if name == "choose" else name, items))
    else:
        inverse = exponent is not None and exponent == Node("neg", (Node("number", (), 1),))
        if inverse and name in ("sin", "cos", "tan", "cot", "sec", "csc"):
            name, exponent = "arc" + name, None
        elif inverse and name in ("sinh", "cosh", "tanh"):
            name, exponent = {"sinh": "arsinh", "cosh": "arcosh", "tanh": "artanh"}[name], None
        inner = _argument_of(p)
        if inner.op == "tuple" and name == "log" and base is None and len(inner.args) == 2:
            inner, base = inner.args
        if inner.op in ("tuple", "list", "set", "rel"):
            raise UnreadableError(f"{name} of several things")
        if name in ("log", "lg", "log2"):
            default = _TWO if name == "log2" else _TEN
            # A bare \\log is mostly base 10, but natural in higher mathematics and in programs: marked by "?".
            mark = "?" if base is None and name == "log" else None
            node = p.made(Node("log", (inner, base or default), mark))
        elif name == "cis":
            one = Node("*", (Node("const", (), "i"), Node("sin", (inner,))))
            node = p.made(Node("+", (Node("cos", (inner,)), one)))
        else:
            node = p.made(Node(name, (inner,)))
    if exponent is not None:
        node = p.made(Node("^", (node, exponent)))
    return node


def _argument_of(p: Parser) -> Node:
    r"""`(..)` or `{..}` alone; else factors up to the next sign, function or bracket: `\sin 2x \cos x`."""
    kind, value, _ = p.peek()
    if kind == "op" and value in ("(", "{", "[", "|", "lfloor", "lceil"):
        if value == "{":
            return commands.argument(p)
        start = p.at
        inner = p.atom()
        if value == "(" and p.tokens[start + 1][0] == "number" and p.peek()[0] == "op" and p.peek()[1] == "/":
            pass
        return p.postfix(inner) if p.peek()[:2] == ("op", "°") or p.peek()[:2] == ("op", "!") else inner
    p.deeper()
    if p.sign("-"):
        node = p.made(Node("neg", (_argument_of(p),)))
        p.level -= 1
        return node
    if kind == "func":
        node = p.power()
        p.level -= 1
        return node
    left = p.power()
    while True:
        kind, value, _ = p.peek()
        fraction = kind == "cmd" and value in ("frac", "dfrac", "tfrac", "sqrt", "usqrt", "binom")
        bracket = (kind, value) == ("op", "(") and left.op == "number"
        if (kind == "number" and p.tokens[p.at - 1][0] != "number") or kind in ("name", "const") or fraction or bracket:
            left = p.made(Node("*", (left, p.power())))
        elif (kind, value) == ("op", "*") and p.tokens[p.at + 1][0] in ("name", "const") and left.op == "number":
            p.at += 1
            left = p.made(Node("*", (left, p.power())))
        else:
            break
    p.level -= 1
    return left
