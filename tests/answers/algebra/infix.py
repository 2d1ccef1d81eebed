"""Expressions for the tests of algebra, written as Python and read by `ast`; nothing is run.

`**` or `^` is a power; `sqrt`, `cbrt`, `fact` and `dfact` are roots and factorials; a dotted number is a decimal; the
other functions are those of `node`, and any unknown one is applied.
"""

from __future__ import annotations

import ast

from lemma_eval.answers.reading.node import EXPRESSIONS, Decimal, Node, name, number

_CONSTANTS = ("pi", "e", "i", "infinity")
_BINARY = {ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}
_SPELLED = {"fact": "!", "dfact": "!!"}


def read(text: str) -> Node:
    """The tree of a text such as `2*x^2 - sqrt(3)`."""
    text = text.replace("^", "**").strip()
    return _node(ast.parse(text, mode="eval").body, text)


def _node(part: ast.expr, text: str) -> Node:
    match part:
        case ast.Constant(value=int(value)):
            return number(value)
        case ast.Constant(value=float()):
            whole, _, fraction = (ast.get_source_segment(text, part) or "").partition(".")
            mantissa = int(whole + fraction)
            return Node("decimal", (), Decimal(mantissa, -len(fraction), len(str(mantissa))))
        case ast.Name(id=word):
            return Node("const", (), word) if word in _CONSTANTS else name(word)
        case ast.UnaryOp(operand=inner):
            return Node("neg", (_node(inner, text),))
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _node(left, text), _node(right, text)
            if isinstance(op, ast.Add | ast.Sub):
                terms = first.args if first.op == "+" else (first,)
                return Node("+", (*terms, second if isinstance(op, ast.Add) else Node("neg", (second,))))
            return Node(_BINARY[type(op)], (first, second))
        case ast.Call(func=ast.Name(id=function), args=args):
            nodes = tuple(_node(arg, text) for arg in args)
            if function in ("sqrt", "cbrt"):
                return Node("root", (*nodes, number(2 if function == "sqrt" else 3)))
            op_name = _SPELLED.get(function, function)
            return Node(op_name, nodes) if op_name in EXPRESSIONS else Node("apply", nodes, function)
    raise ValueError(ast.dump(part))
