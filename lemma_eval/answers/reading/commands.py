"""The structural commands of LaTeX: fractions, roots, accents, sets of numbers, set-builders; the rest by topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lemma_eval.answers.reading import brackets, calculus, environments
from lemma_eval.answers.reading.assembly import listed
from lemma_eval.answers.reading.lexer import UnreadableError
from lemma_eval.answers.reading.node import Node

if TYPE_CHECKING:
    from lemma_eval.answers.reading.parser import Parser

CURRENCY = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB"}
FRACTIONS = frozenset("frac dfrac tfrac cfrac nicefrac sfrac".split())
_TWO = Node("number", (), 2)
_ACCENTS = frozenset("vec hat bar overline tilde widehat widetilde overrightarrow dot ddot underline".split())
_TRANSPARENT = frozenset("cancel boxed fbox mathcal mathfrak mathscr phantom underbrace overbrace cal".split())
_BOLD_VECTORS = frozenset("ijk")
_SETS = frozenset("RZNQC")


def command(p: Parser, name: str) -> Node:
    """The node of a command whose token was just taken."""
    if name in FRACTIONS:
        return _fraction(p)
    if name in ("sqrt", "usqrt"):
        return _root(p, unicode=name == "usqrt")
    if name in ("binom", "dbinom", "tbinom"):
        top = argument(p)
        return p.made(Node("binom", (top, argument(p))))
    if name in ("sum", "prod"):
        return calculus.repeated(p, name)
    if name in ("int", "iint", "oint"):
        if name != "int":
            raise UnreadableError("a multiple integral")
        return calculus.integral(p)
    if name == "lim":
        return calculus.limit(p)
    if name in _ACCENTS:
        return _accent(p, name)
    if name in _TRANSPARENT:
        return argument(p)
    if name == "mathbb":
        return _blackboard(p)
    if name in ("color", "textcolor"):
        skip_group(p)
        return argument(p) if name == "textcolor" else p.atom()
    if name in ("overset", "underset", "stackrel"):
        skip_group(p)
        return argument(p)
    if name == "begin":
        return environments.environment(p)
    raise UnreadableError(f"\\{name} where it cannot stand")


def argument(p: Parser) -> Node:
    """What a command takes: a group in braces, one digit, or one atom."""
    kind, value, start = p.peek()
    if (kind, value) == ("op", "{"):
        p.at += 1
        p.deeper()
        saved, p.bars, p.plain_sets = (p.bars, p.plain_sets), 0, 0
        if p.sign("}"):
            raise UnreadableError("an empty argument")
        node = p.items()
        if p.sign("over"):
            node = p.made(Node("/", (node, p.sum())))
        p.need("}")
        p.bars, p.plain_sets = saved
        p.level -= 1
        return node
    if kind == "number" and value.op == "number" and value.atom > 9:
        digits = str(value.atom)
        p.tokens[p.at] = ("number", Node("number", (), int(digits[1:])), start + 1)
        return Node("number", (), int(digits[0]))
    if kind == "op" and value == "-":
        p.at += 1
        return p.made(Node("neg", (p.atom(),)))
    return p.atom()


def _fraction(p: Parser) -> Node:
    start = p.at
    derivative = calculus.derivative(p)
    if derivative is not None:
        return derivative
    p.at = start
    top = argument(p)
    return p.made(Node("/", (top, argument(p))))


def _root(p: Parser, *, unicode: bool) -> Node:
    degree = _TWO
    if p.sign("["):
        degree = p.sum()
        p.need("]")
    kind, value, _ = p.peek()
    if kind == "op" and value == "{":
        radicand = argument(p)
    elif kind in ("number", "grouped"):
        radicand = p.atom()  # a whole number, though TeX would take one digit
    elif kind == "op" and value == "-" and not unicode:
        radicand = argument(p)
    else:
        radicand = p.atom()
    return p.made(Node("root", (radicand, degree)))


def builder(p: Parser, parts: list[Node], opening: str) -> Node:
    r"""The rest of `\{x \in \mathbb{R} : ...\}`; its condition is an `and` of the items."""
    head = parts[0]
    domain = ""
    if len(parts) > 1:
        raise UnreadableError("a set-builder of several variables")
    if head.op == "in":
        variable, over = head.args
        domain = over.atom if over.op == "domain" else ""
    else:
        variable, over = head, None
    conditions, links = p.parts()
    if not (p.sign("\\}") or p.sign("}")):
        raise UnreadableError("a set that never closes")
    condition = conditions[0] if len(conditions) == 1 else _all_of(conditions, links)
    if variable.op != "name":
        return p.made(Node("builder", (variable, condition), domain))
    if over is not None and not domain:
        condition = Node("and", (Node("in", (variable, over)), condition))
    return p.made(Node("builder", (variable, condition), domain))


def _all_of(conditions: list[Node], links: list[str]) -> Node:
    if all(link == "or" for link in links):
        return Node("or", tuple(conditions))
    if "or" in links:
        return listed(conditions, links)
    return Node("and", tuple(conditions))


def _blackboard(p: Parser) -> Node:
    node = argument(p)
    letter = node.atom if node.op == "name" else None
    if letter not in _SETS:
        return node
    if p.peek()[:2] == ("op", "^") and p.tokens[p.at + 1][1] in ("+", "-", "{"):
        sign = "+" if any(token[1] == "+" for token in p.tokens[p.at + 1 : p.at + 3]) else ""
        if sign:
            p.at += 2 if p.tokens[p.at + 1][1] == "+" else 4
            letter += sign
    return p.made(Node("domain", (), letter))


def _accent(p: Parser, name: str) -> Node:
    inner = argument(p)
    if inner.op == "name":
        if name in ("hat", "widehat") and inner.atom in ("imath", "jmath", *_BOLD_VECTORS):
            return inner._replace(atom=inner.atom[0])
        return brackets.called(p, inner._replace(atom=f"{inner.atom}_{name}"))
    if inner.op == "const":
        return inner if inner.atom == "i" and name in ("hat", "widehat") else Node("name", (), f"{inner.atom}_{name}")
    if name in ("underline", "overline") and inner.op in ("number", "decimal") and name == "underline":
        return inner
    if inner.op == "*" and name in ("overline", "overrightarrow", "widehat", "vec"):
        return p.made(Node("name", (), f"{_run_together(inner)}_{name}"))
    if name in ("bar", "overline"):
        return p.made(Node("conj", (inner,)))
    raise UnreadableError("an accent on an expression")


def _run_together(node: Node) -> str:
    if node.op == "*":
        return "".join(_run_together(arg) for arg in node.args)
    if node.op not in ("name", "const", "number"):
        raise UnreadableError("an accent on an expression")
    return str(node.atom)


def skip_group(p: Parser) -> None:
    if p.peek()[:2] != ("op", "{"):
        raise UnreadableError("no group")
    depth = 0
    while True:
        kind, value, _ = p.peek()
        if kind == "end":
            raise UnreadableError("a group that never closes")
        p.at += 1
        depth += ((kind, value) == ("op", "{")) - ((kind, value) == ("op", "}"))
        if depth == 0:
            return
