"""What stands behind a name or a number: subscripts, bases, dots that go on, minutes of arc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lemma_eval.answers.reading.lexer import UnreadableError, repeating
from lemma_eval.answers.reading.node import Node

if TYPE_CHECKING:
    from lemma_eval.answers.reading.parser import Parser


def subscripted(p: Parser, name: str) -> Node:
    """A variable with its subscript: `x_1`, `x_{n+1}`, `v_{\text{max}}`."""
    if not p.sign("_"):
        return p.made(Node("name", (), name))
    kind, value, _ = p.peek()
    if (kind, value) == ("op", "{"):
        depth = 0
        parts: list[str] = []
        while True:
            kind, value, _ = p.peek()
            if kind == "end" or len(parts) > 40:
                raise UnreadableError("a subscript that never closes")
            p.at += 1
            depth += ((kind, value) == ("op", "{")) - ((kind, value) == ("op", "}"))
            if depth == 0:
                break
            parts.append(_plain(kind, value))
        sub = "".join(parts[1:])
    else:
        p.at += 1
        if kind == "number" and value.op == "number" and value.atom > 9:
            pass
        sub = _plain(kind, value)
        if not sub or kind == "end":
            raise UnreadableError("no subscript")
    return p.made(Node("name", (), f"{name}_{sub}"))


def _plain(kind: str, value: Any) -> str:
    if kind == "number":
        return str(value.atom) if value.op == "number" else str(value.atom.mantissa)
    if kind == "grouped":
        return str(value[1])
    return "" if (kind, value) in (("op", "{"), ("op", "}")) else str(value)


def based(p: Parser, digits: Node) -> Node:
    r"""`1011_2`, `1011_{2}`, `1011_{\text{two}}`."""
    p.need("_")
    kind, value, _ = p.peek()
    if (kind, value) == ("op", "{"):
        p.at += 1
        kind, value, _ = p.peek()
        p.at += 1
        p.need("}")
    else:
        p.at += 1
    words = dict(zip("two three four five six seven eight nine ten eleven twelve sixteen".split(),
                     (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16), strict=True))  # fmt: skip
    base = value.atom if kind == "number" and value.op == "number" else words.get(value, 0) if kind == "word" else 0
    if digits.op != "number" or not 2 <= base <= 36:
        raise UnreadableError("no base")
    return p.made(Node("based", (), (str(digits.atom), base)))


def continued(value: Node) -> Node:
    """`0.333...`: the repeating decimal if a block stands there twice, else the decimal as it is."""
    mantissa, exponent, _ = value.atom
    digits = str(mantissa).rjust(-exponent, "0") if exponent < 0 else ""
    behind = digits[exponent:] if exponent < 0 else ""
    whole = digits[: len(digits) + exponent] if exponent < 0 else ""
    for size in range(1, len(behind) // 2 + 1):
        block = behind[-size:]
        if behind[-2 * size : -size] == block and (size > 1 or len(behind) > 2 or behind == block * 2):
            return repeating(whole, behind[:-size], block)
    return value


def minutes(p: Parser, degrees: Node) -> Node:
    """`30° 15' 20"`: minutes and seconds of arc added."""
    value = degrees.args[0]
    for mark, parts in (("'", 60), ("''", 3600)):
        kind, part, _ = p.peek()
        taken = _primes(p, p.at + 1) if kind == "number" else (0, 0)
        if taken[0] != len(mark):
            continue
        p.at = taken[1]
        value = p.made(Node("+", (value, Node("/", (part, Node("number", (), parts))))))
    return degrees if value is degrees.args[0] else p.made(Node("degree", (value,)))


def _primes(p: Parser, at: int) -> tuple[int, int]:
    r"""How many primes stand at a place, as `'` or `^{\prime}`, and where they end."""
    start = at
    tokens = p.tokens
    at += tokens[at][:2] == ("op", "^")
    braced = tokens[at][:2] == ("op", "{")
    at += braced
    count = 0
    while tokens[at][:2] == ("op", "'"):
        count += 1
        at += 1
    if not count or (braced and tokens[at][:2] != ("op", "}")):
        return 0, start
    return count, at + braced
