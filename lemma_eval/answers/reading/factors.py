"""Factors side by side: products, mixed numbers, and the unit or noun behind a quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lemma_eval.answers.reading import commands
from lemma_eval.answers.reading.lexer import Token, UnreadableError
from lemma_eval.answers.reading.node import Node
from lemma_eval.answers.reading.units import is_unit_word, read_unit

if TYPE_CHECKING:
    from lemma_eval.answers.reading.parser import Parser

_MAX_UNIT = 40  # tokens of a unit


def juxtaposed(p: Parser, left: Node) -> Node:
    """Two factors side by side; a whole number before a fraction of whole numbers is a mixed number."""
    kind, value, _ = p.tokens[p.at]
    before = p.tokens[p.at - 1]
    if before[0] == "word" and left.op != "unit":
        raise UnreadableError("words amid mathematics")
    if kind in ("number", "grouped"):
        if left.op == "unit":
            right = p.product()
            if right.op != "unit":
                raise UnreadableError("a number behind a unit")
            return p.made(Node("+", (left, right)))
        if before[0] in ("number", "grouped"):
            return mixed_slash(p, left)
        if before[1] in (")", "]", "}") and left.op in ("tuple", "interval", "set"):
            raise UnreadableError("a number behind a structure")
    if left.op in ("text", "empty", "domain"):
        raise UnreadableError("a factor that is none")
    negative = left.op == "neg"
    whole = left.args[0] if negative else left
    fraction = kind == "cmd" and value in commands.FRACTIONS
    right = p.power()
    if fraction and before[0] in ("number", "grouped") and whole.op == "number":
        together = mixed(p, whole, right)
        if together is not None:
            return p.made(Node("neg", (together,))) if negative else together
    if fraction and right.op == "/" and all(arg.op == "name" for arg in right.args):
        unit = read_unit([right.args[0].atom, "/", right.args[1].atom])
        if unit is not None and is_unit_word(right.args[0].atom) and len(right.args[0].atom) > 1:
            return p.made(Node("unit", (left,), unit))
    if right.op in ("tuple", "interval", "set") and left.op in ("tuple", "interval", "set", "union"):
        raise UnreadableError("two structures side by side")
    return p.made(Node("*", (left, right)))


def mixed(p: Parser, whole: Node, right: Node) -> Node | None:
    """`2 1/2` from its parts; a sign for percent or degrees behind the fraction is one of the whole."""
    if right.op in ("percent", "degree"):
        inner = mixed(p, whole, right.args[0])
        return inner and p.made(Node(right.op, (inner,)))
    if right.op == "/" and right.args[0].op == right.args[1].op == "number":
        return p.made(Node("+", (whole, right)))
    return None


def mixed_slash(p: Parser, left: Node) -> Node:
    """`2 1/2`; any other two numbers side by side are no product."""
    kind, top, _ = p.tokens[p.at]
    following = p.tokens[p.at + 1 : p.at + 3]
    whole = left.args[0] if left.op == "neg" else left
    if whole.op == "unit" or left.op == "unit":
        raise UnreadableError("a number behind a unit")
    if (kind == "number" and whole.op == "number" and top.op == "number" and len(following) == 2
            and following[0][:2] == ("op", "/") and following[1][0] == "number"
            and following[1][1].op == "number"):  # fmt: skip
        p.at += 3
        together = p.postfix(p.made(Node("+", (whole, Node("/", (top, following[1][1]))))))
        return p.made(Node("neg", (together,))) if left.op == "neg" else together
    raise UnreadableError("two numbers side by side")


def unit_name(p: Parser, left: Node) -> bool:
    """Whether letters right behind a number, like `10cm`, begin a unit: of two or more letters, unless told."""
    if p.letter_units and left.op not in ("name", "const", "apply", "unit"):
        return True
    return p.tokens[p.at - 1][0] in ("number", "grouped") and letters(p) is not None


def unit_in_brackets(p: Parser, left: Node) -> Node | None:
    """`5 (cm)`."""
    start = p.at
    p.at += 1
    node = unit(p, left) if p.tokens[p.at][0] == "word" or letters(p) else None
    if node is not None and p.sign(")"):
        return node
    p.at = start
    return None


def letters(p: Parser) -> str | None:
    """The known unit that the single letters from here on spell, unbroken: c, m."""
    run, at = "", p.at
    place = p.tokens[at][2]
    while p.tokens[at][0] in ("name", "const") and p.tokens[at][2] == place and len(p.tokens[at][1]) == 1:
        run += p.tokens[at][1]
        place += 1
        at += 1
    return run if len(run) > 1 and is_unit_word(run) else None


def unit(p: Parser, left: Node) -> Node | None:
    """The unit or noun behind a quantity; None (and nothing taken) if the words are none."""
    at, parts = p.at, []
    run = letters(p) if p.tokens[at][0] in ("name", "const") else None
    if run:
        parts.append(run)
        at += len(run)
    last_word = at
    while at - p.at < _MAX_UNIT:
        kind, value, _ = p.tokens[at]
        letter = kind == "name" and len(value) == 1
        if kind == "word" or (letter and (p.letter_units or (parts and parts[-1] in ("/", "*", "per", "°")))):
            parts.append(value)
            last_word = at + 1
        elif kind == "op" and value in ("^", "/", "*", "(", ")", "-", "°") and (parts or value == "°"):
            if value == ")" and parts.count("(") <= parts.count(")"):
                break
            parts.append(value)
            if value == ")":
                last_word = at + 1
        elif kind == "op" and value in ("{", "}") and parts:
            if value == "}" and not _open_brace(p.tokens, p.at, at):
                break
        elif kind == "number" and value.op == "number" and parts and parts[-1] in ("^", "-"):
            if parts[-1] == "-" and (len(parts) < 2 or parts[-2] != "^"):
                break
            if parts[-1] == "-":
                parts.pop()
                parts.append(f"-{value.atom}")
            else:
                parts.append(str(value.atom))
            last_word = at + 1
            if p.tokens[at + 1][:2] == ("op", "}") and _open_brace(p.tokens, p.at, at + 1):
                last_word = at + 2
        elif kind == "sep" and value == "." and parts and p.tokens[at + 1][0] in ("word", "end"):
            pass
        else:
            break
        at += 1
    taken = _balanced(parts)
    unit = read_unit(taken) if taken else None
    if unit is None:
        return None
    p.at = last_word
    return p.made(Node("percent", (left,)) if unit in ("%", "percent") else Node("unit", (left,), unit))


def _open_brace(tokens: list[Token], start: int, end: int) -> bool:
    depth = 0
    for token in tokens[start:end]:
        depth += (token[:2] == ("op", "{")) - (token[:2] == ("op", "}"))
    return depth > 0


def _balanced(parts: list[str]) -> list[str]:
    """The unit's tokens up to its last word or exponent."""
    while parts and parts[-1] in ("^", "/", "*", "(", "-"):
        parts.pop()
    if parts.count("(") != parts.count(")"):
        while parts and parts[-1] == ")":
            parts.pop()
    return parts
