"""Trees for the tests of comparison, written as Python expressions and read by `ast`; nothing is run.

`==` is an equation, `**` a power, `I("(]", 1, 2)` an interval, `U(...)` a union; a dotted number is a decimal.
"""

from __future__ import annotations

import ast

from lemma_eval.answers.reading.node import Decimal, Node, number

_SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=", ast.NotEq: "!="}
_CONSTANTS = {"pi": "pi", "e": "e", "i": "i", "oo": "infinity"}
_OTHER = {"U": "union", "N": "intersection", "minus": "setminus", "Not": "not", "In": "in", "NotIn": "notin"}


def tree(text: str) -> Node:
    """The tree of a Python expression, in the shapes that the reader gives."""
    return _node(ast.parse(text.strip(), mode="eval").body)


def _decimal(text: str) -> Decimal:
    whole, _, fraction = text.partition(".")
    return Decimal(int(whole + fraction), -len(fraction), len((whole + fraction).lstrip("0")))


def _node(part: ast.expr) -> Node:
    match part:
        case ast.Constant(value=int(value)):
            return number(value)
        case ast.Constant(value=float(value)):
            return Node("decimal", (), _decimal(repr(value)))
        case ast.Name(id=text):
            if text == "Empty":
                return Node("empty")
            if text in ("RR", "ZZ"):
                return Node("domain", (), text[0])
            return Node("const", (), _CONSTANTS[text]) if text in _CONSTANTS else Node("name", (), text)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return Node("neg", (_node(inner),))
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _node(left), _node(right)
            match op:
                case ast.Add():
                    return Node("+", (*(a.args if a.op == "+" else (a,)), b))
                case ast.Sub():
                    return Node("+", (*(a.args if a.op == "+" else (a,)), Node("neg", (b,))))
                case ast.Mult():
                    return Node("*", (a, b))
                case ast.Div():
                    return Node("/", (a, b))
                case _:
                    return Node("^", (a, b))
        case ast.Compare(left=left, ops=ops, comparators=rest):
            return Node("rel", tuple(map(_node, [left, *rest])), tuple(_SIGNS[type(op)] for op in ops))
        case ast.BoolOp(op=op, values=values):
            return Node("and" if isinstance(op, ast.And) else "or", tuple(map(_node, values)))
        case ast.Set(elts=items):
            return Node("set", tuple(map(_node, items)))
        case ast.Tuple(elts=items):
            return Node("tuple", tuple(map(_node, items)), "()")
        case ast.List(elts=items):
            return Node("list", tuple(map(_node, items)))
        case ast.Call(func=ast.Name(id=text), args=args):
            return _call(text, args)
    raise ValueError(ast.dump(part))


def _call(text: str, args: list[ast.expr]) -> Node:
    if text == "I":
        assert isinstance(args[0], ast.Constant)
        return Node("interval", (_node(args[1]), _node(args[2])), args[0].value)
    if text == "builder":
        assert isinstance(args[2], ast.Constant)
        return Node("builder", (_node(args[0]), _node(args[1])), args[2].value)
    inner = tuple(map(_node, args))
    if text in ("sqrt", "cbrt"):
        return Node("root", (*inner, number(2 if text == "sqrt" else 3)))
    if text in ("f", "g", "u"):
        return Node("apply", inner, text)
    return Node(_OTHER.get(text, text), inner)
