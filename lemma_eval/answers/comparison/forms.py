r"""What kind of answer a tree is, and the tree without what is only said around its value.

`x = 5`, `2 + 3 = 5`, `S_n = 5` and `5 \approx 5.0` all say 5; `3 \pm 1` says 4 and 2.
"""

from __future__ import annotations

from typing import NamedTuple

from lemma_eval.answers.algebra.identity import real_value, same
from lemma_eval.answers.reading.node import EXPRESSIONS, Node, free_names, holds

_SETS = frozenset("interval union intersection setminus builder domain empty in notin not".split())
_WORDS = frozenset("text bool undefined choice".split())
_SIGNED = frozenset(("pm", "mp"))
_VECTORS = frozenset(("matrix", "tuple"))
_NO_NUMBERS = frozenset("matrix tuple interval set union domain".split())
_UNKNOWN = frozenset(("apply",))
_VECTOR_SIGNS = frozenset(("+", "*", "neg", "/", "^"))


class Said(NamedTuple):
    """A value, and what is said to have it: a variable, `f(x)`, `(x, y)`; None if nothing is."""

    value: Node
    label: Node | None


def kind_of(node: Node) -> str:
    """`quantity`, `words`, `equation`, `set`, `list`, `tuple`, `matrix`, or the op of what has a kind of its own."""
    op = node.op
    if op in EXPRESSIONS or op == "unit":
        if op in _VECTOR_SIGNS and holds(node, _NO_NUMBERS):
            return "matrix" if holds(node, _VECTORS) else "operation"
        return "quantity"
    if op == "rel":
        return "equation" if all(sign in ("=", "~") for sign in node.atom) else "set"
    if op == "or":
        return "list" if all(kind_of(arg) in ("equation", "list", "quantity") for arg in node.args) else "set"
    if op == "and":
        return "list" if all(kind_of(arg) in ("equation", "list") for arg in node.args) else "set"
    if op in _SETS:
        return "set"
    if op in _WORDS:
        return "words"
    if op in ("list", "set"):
        return "list"
    return op


def expanded(node: Node) -> Node:
    r"""`3 \pm 1` as the list 4, 2; the signs of one answer go together. Anything else as it is."""
    if node.op in ("list", "set", "or"):
        if not any(holds(arg, _SIGNED) for arg in node.args):
            return node
        items: list[Node] = []
        for arg in node.args:
            inner = expanded(arg)
            items.extend(inner.args if inner.op == "list" and arg.op != "list" else (inner,))
        return Node(node.op, tuple(items), node.atom)
    if not holds(node, _SIGNED):
        return node
    return Node("list", (_signed(node, plus=True), _signed(node, plus=False)))


def _signed(node: Node, *, plus: bool) -> Node:
    args = tuple(_signed(arg, plus=plus) for arg in node.args)
    if node.op not in _SIGNED:
        return node._replace(args=args)
    positive = plus == (node.op == "pm")
    last = args[-1] if positive else Node("neg", (args[-1],))
    return last if len(args) == 1 else Node("+", (args[0], last))


def is_label(node: Node) -> bool:
    r"""Whether a side names what has the value: `x`, `f(x)`, `AB`, `(x, y)`, `A:B`, `|AB|`, `\angle ABC`, `A^{-1}`."""
    if node.op in ("name", "apply"):
        return True
    if node.op in ("tuple", "ratio", "det", "list"):
        return all(is_label(arg) for arg in node.args)
    if node.op in ("*", "abs", "conj", "/"):
        return _is_figure(node)
    return node.op == "^" and node.args[0].op == "name" and node.args[0].atom[:1].isupper() and (
        node.args[1] == Node("neg", (Node("number", (), 1),)) or node.args[1] == Node("name", (), "T"))  # fmt: skip


def _is_figure(node: Node) -> bool:
    r"""Points and figures side by side, `AB`, `\angle ABC`, `\frac{AB}{CD}`: capitals, where `xy` is a product."""
    if node.op in ("*", "abs", "conj", "/"):
        return all(_is_figure(arg) for arg in node.args)
    return node.op == "name" and (node.atom[:1].isupper() or node.atom in ("angle", "triangle", "measuredangle", "m"))


def said(node: Node) -> Said:
    """The value an equation gives, if it gives one; else the node itself, without a label."""
    if node.op == "where":
        return said(node.args[0])
    if node.op == "in" and is_label(node.args[0]):
        return Said(node.args[1], node.args[0])
    if node.op != "rel":
        return Said(node, None)
    sides, signs = node.args, node.atom
    if "~" in signs:
        cut = signs.index("~") + 1
        if cut == 1 and is_label(sides[0]):
            return Said(sides[1], sides[0])
        if not _near(sides[cut - 1], sides[-1]):
            return Said(node, None)
        return said(Node("rel", sides[:cut], signs[: cut - 1])) if cut > 1 else Said(sides[0], None)
    if any(sign != "=" for sign in signs):
        return Said(node, None)
    first, last = sides[0], sides[-1]
    if is_label(first) and not (first.op == "name" and len(sides) == 2 and first.atom in free_names(last)):
        if len(sides) > 2 and _contradicts(sides[1:]):
            return Said(node, None)
        return _ordered(last, first)
    if len(sides) == 2 and is_label(last) and not free_names(last) & free_names(first):
        return Said(first, last)
    if not free_names(first) and not free_names(last):
        # Not provably equal may be an unknown, f(1) + f(2) = 5, or a limit; surely different is no value at all.
        unknown = any(holds(side, _UNKNOWN) for side in sides)
        return Said(node, None) if not unknown and same(first, last).equal is False else Said(last, None)
    return Said(last, None) if len(sides) > 2 else Said(node, None)


def _contradicts(sides: tuple[Node, ...]) -> bool:
    """Whether two constants that are said to be equal surely are not: x = 5 = 6."""
    plain = [
        side for side in sides if not free_names(side) and not holds(side, _UNKNOWN) and kind_of(side) == "quantity"
    ]
    return any(same(one, plain[-1]).equal is False for one in plain[:-1])


def _ordered(value: Node, label: Node) -> Said:
    """`(y, x) = (1, 2)` with its names in alphabetical order, as a tuple without names has them."""
    if (
        label.op == value.op == "tuple"
        and len(label.args) == len(value.args)
        and all(arg.op == "name" for arg in label.args)
    ):
        order = sorted(range(len(label.args)), key=lambda at: str(label.args[at].atom))
        names, values = (tuple(side.args[at] for at in order) for side in (label, value))
        return Said(value._replace(args=values), label._replace(args=names))
    return Said(value, label)


def _near(exact: Node, rounded: Node) -> bool:
    """Whether a value and what it is said to be near to are within 1 %, or one of them has no known value."""
    x, y = real_value(exact), real_value(rounded)
    return x is None or y is None or abs(x - y) * 100 <= max(abs(x), abs(y))


def without_brackets(node: Node) -> Node:
    """The tree with round brackets for all: (1, 2], [1, 2] and (1, 2) are one."""
    args = tuple(without_brackets(arg) for arg in node.args)
    return Node("tuple", args, "()") if node.op in ("interval", "tuple") else node._replace(args=args)


def without_case(node: Node) -> Node:
    """The tree with the letters of its variables in lower case; functions, units and constants have no case."""
    if node.op in ("name", "apply") and isinstance(node.atom, str):
        return node._replace(atom=node.atom.lower(), args=tuple(without_case(arg) for arg in node.args))
    return node._replace(args=tuple(without_case(arg) for arg in node.args)) if node.args else node


def single(node: Node) -> Node:
    """The only element of a set or a list of one."""
    return single(node.args[0]) if node.op in ("set", "list") and len(node.args) == 1 else node
