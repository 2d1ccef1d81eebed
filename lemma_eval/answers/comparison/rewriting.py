"""Small exact rewritings of trees: sums and products without idle zeros and ones, coefficients of a name, signs."""

from __future__ import annotations

from lemma_eval.answers.reading.node import Node, holds, name, number

ZERO = number(0)
ONE = number(1)
TWO = number(2)
OPAQUE_MARK = "\1"  # begins a name that stands for such a subtree; no reader makes one
_OPAQUE = frozenset("apply diff int sum prod lim dot cross matrix tuple set list".split())
_PLUS_MINUS = frozenset(("pm", "mp"))
MAX_TERMS = 400  # of a tree whose coefficients are collected


def plus(*terms: Node) -> Node:
    kept = [term for term in terms if term != ZERO]
    if not kept:
        return ZERO
    return kept[0] if len(kept) == 1 else Node("+", tuple(kept))


def minus(a: Node, b: Node) -> Node:
    return a if b == ZERO else plus(a, negative(b))


def negative(a: Node) -> Node:
    if a == ZERO:
        return a
    return a.args[0] if a.op == "neg" else Node("neg", (a,))


def times(a: Node, b: Node) -> Node:
    if a == ZERO or b == ZERO:
        return ZERO
    if a == ONE:
        return b
    return a if b == ONE else Node("*", (a, b))


def over(a: Node, b: Node) -> Node:
    if a == ZERO or b == ONE:
        return a
    return Node("/", (a, b))


def square(a: Node) -> Node:
    return a if a in (ZERO, ONE) else Node("^", (a, TWO))


def mentions(node: Node, variable: str) -> bool:
    """Whether the name stands anywhere in the tree."""
    if node.op == "name":
        return bool(node.atom == variable)
    return any(mentions(arg, variable) for arg in node.args)


def replaced(node: Node, old: Node, new: Node) -> Node:
    """The tree with every subtree equal to `old` replaced."""
    if node == old:
        return new
    if not node.args:
        return node
    return Node(node.op, tuple([replaced(arg, old, new) for arg in node.args]), node.atom)


def size(node: Node) -> int:
    """The number of nodes."""
    return 1 + sum(map(size, node.args))


def coefficients(node: Node, variable: str, degree: int) -> list[Node] | None:
    """Of a polynomial in the variable, the constant first, up to `degree`; each a tree free of it.

    None where the tree is no such polynomial as it is written. A coefficient may be zero without being written so.
    """
    if not mentions(node, variable):
        return [node]
    op, args, _ = node
    if op == "name":
        return [ZERO, ONE] if degree >= 1 else None
    if op == "+":
        total: list[Node] = []
        for arg in args:
            part = coefficients(arg, variable, degree)
            if part is None:
                return None
            total = [
                plus(total[at] if at < len(total) else ZERO, part[at] if at < len(part) else ZERO)
                for at in range(max(len(total), len(part)))
            ]
        return total
    if op == "neg":
        inner = coefficients(args[0], variable, degree)
        return inner and [negative(one) for one in inner]
    if op == "*":
        left = coefficients(args[0], variable, degree)
        right = left and coefficients(args[1], variable, degree)
        return _product(left, right, degree) if left and right else None
    if op == "/" and not mentions(args[1], variable):
        inner = coefficients(args[0], variable, degree)
        return inner and [over(one, args[1]) for one in inner]
    if op == "^" and args[1].op == "number" and 1 <= args[1].atom <= degree:
        base = coefficients(args[0], variable, degree)
        total_power = base
        for _ in range(args[1].atom - 1):
            total_power = _product(total_power, base, degree) if total_power and base else None
        return total_power
    return None


def _product(a: list[Node], b: list[Node], degree: int) -> list[Node] | None:
    if len(a) + len(b) - 2 > degree:
        return None
    total = [ZERO] * (len(a) + len(b) - 1)
    for at, left in enumerate(a):
        for beside, right in enumerate(b):
            total[at + beside] = plus(total[at + beside], times(left, right))
    return total if sum(map(size, total)) <= MAX_TERMS else None


def signs(node: Node) -> tuple[Node, ...]:
    """The tree read with the upper and with the lower of its plus-or-minus signs; itself alone where it has none."""
    if not holds(node, _PLUS_MINUS):
        return (node,)
    return _signed(node, True), _signed(node, False)


def _signed(node: Node, upper: bool) -> Node:
    if not node.args:
        return node
    args = tuple([_signed(arg, upper) for arg in node.args])
    if node.op in ("pm", "mp"):
        positive = upper == (node.op == "pm")
        last = args[-1] if positive else negative(args[-1])
        return last if len(args) == 1 else Node("+", (args[0], last))
    return Node(node.op, args, node.atom)


def without_opaque(a: Node, b: Node) -> tuple[Node, Node, bool]:
    """f(x), integrals and their like as names of their own; and whether both trees hold the same ones."""
    one, other = list(dict.fromkeys(_opaque(a))), list(dict.fromkeys(_opaque(b)))
    for at, node in enumerate(dict.fromkeys(one + other)):
        mark = name(f"{OPAQUE_MARK}{at}")
        a, b = replaced(a, node, mark), replaced(b, node, mark)
    return a, b, set(one) == set(other)


def _opaque(node: Node) -> list[Node]:
    if node.op in _OPAQUE:
        return [node]
    return [one for arg in node.args for one in _opaque(arg)]


def links(node: Node) -> list[tuple[Node, str, Node]]:
    """The relations between neighbours of a chain: a < b <= c is a < b and b <= c."""
    return [(left, sign, right) for left, sign, right in zip(node.args, node.atom, node.args[1:], strict=False)]
