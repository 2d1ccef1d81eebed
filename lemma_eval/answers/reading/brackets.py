"""Brackets and bars: grouping, tuples, sets, intervals, absolute values, and the arguments of unknown functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lemma_eval.answers.reading import commands
from lemma_eval.answers.reading.assembly import bracketed
from lemma_eval.answers.reading.lexer import Token, UnreadableError
from lemma_eval.answers.reading.node import Node

if TYPE_CHECKING:
    from lemma_eval.answers.reading.parser import Parser

CLOSERS = {"(": ")", "[": "]", "{": "}", "\\{": "\\}", "langle": "rangle", "lfloor": "rfloor", "lceil": "rceil"}
FUNCTION_LETTERS = frozenset("fghFGH")
_ENDS = frozenset((*CLOSERS.values(), "[", "[)"))
_GREEK_FUNCTIONS = frozenset(("phi", "psi", "delta", "Phi", "Psi", "zeta", "Gamma"))
_MAX_LOOK = 400  # tokens that are looked at ahead of reading


def called(p: Parser, base: Node) -> Node:
    """`f(x)`, `f'(2)`, `P(X = 2)`: an unknown function and its arguments; `x(x+1)` is a product."""
    if base.op != "name" or p.tokens[p.at][:2] != ("op", "("):
        return base
    if p.tokens[p.at + 1][1] in ("bmod", "mod"):
        return base
    letter = base.atom
    if not (letter[0].isalpha() and (len(letter) == 1 or letter[1] in "'_" or letter in _GREEK_FUNCTIONS)):
        return base
    certain = "'" in letter or letter in _GREEK_FUNCTIONS or (
        letter[0] in FUNCTION_LETTERS and (len(letter) == 1 or letter[1] == "_"))  # fmt: skip
    if not certain and not looks_called(p):
        return base
    p.at += 1
    ungroup(p)
    saved, p.bars, p.plain_sets = (p.bars, p.plain_sets), 0, 0
    parts, _ = p.parts()
    if p.sign("mid") or p.sign("|"):  # a conditional probability
        parts += [Node("text", (), "given"), *p.parts()[0]]
    p.need(")")
    p.bars, p.plain_sets = saved
    if letter == "Gamma" and len(parts) == 1:
        return p.made(Node("gamma", tuple(parts)))
    return p.made(Node("apply", tuple(parts), letter))


def looks_called(p: Parser) -> bool:
    """Whether a bracket holds what no factor holds: a comma, a relation, or only names before an `=`."""
    depth, at, simple = 0, p.at, True
    tokens = p.tokens
    while True:
        kind, value, _ = tokens[at]
        if kind == "end" or at - p.at > _MAX_LOOK:
            return False
        if kind == "op" and value in CLOSERS:
            depth += 1
            simple = simple and at == p.at
        elif kind == "op" and value in (")", "]", "}", "\\}", "rangle"):
            depth -= 1
            if depth == 0:
                return simple and tokens[at + 1][:2] == ("rel", "=")
        elif depth == 1 and (kind in ("rel", "word") or (kind == "sep" and value == ",")):
            return True
        elif kind not in ("name", "number", "const", "sep"):
            simple = False
        at += 1


def opened(p: Parser, opening: str) -> Node:
    """A bracket and what it holds; |x| too."""
    p.deeper()
    if opening in ("|", "‖"):
        p.bars += opening == "|"
        inner = p.items()
        p.bars -= opening == "|"
        p.need(opening)
        p.level -= 1
        return p.made(Node("abs", (inner,)))
    if opening == "]":  # ]a, b[
        opening = "]"
    elif opening not in CLOSERS:
        raise UnreadableError(f"cannot begin with '{opening}'")
    bars, p.bars = p.bars, 0
    sets, p.plain_sets = p.plain_sets, 0
    if opening in ("lfloor", "lceil"):
        inner = p.sum()
        p.need(CLOSERS[opening])
        node = p.made(Node("floor" if opening == "lfloor" else "ceil", (inner,)))
    elif opening == "\\{" and p.sign("\\}"):
        node = Node("empty")
    elif opening == "{" and p.sign("}"):
        node = p.atom() if p.tokens[p.at][0] not in ("end", "sep") else Node("empty")
    elif opening == "[" and p.sign("]"):
        node = Node("tuple", (), "[]")
    else:
        node = contents(p, opening)
    p.bars, p.plain_sets = bars, sets
    p.level -= 1
    return node


def contents(p: Parser, opening: str) -> Node:
    ungroup(p)
    if opening in ("\\{", "{"):
        p.plain_sets = 1
    parts, links = p.parts()
    p.plain_sets = 0
    kind, value, _ = p.tokens[p.at]
    if kind == "op" and value == "over" and len(parts) == 1:
        p.at += 1
        parts = [p.made(Node("/", (parts[0], p.sum())))]
        kind, value, _ = p.tokens[p.at]
    if opening in ("\\{", "{") and kind == "op" and value in (":", "|", "mid"):
        p.at += 1
        node = commands.builder(p, parts, opening)
    else:
        if kind != "op" or value not in _ENDS:
            raise UnreadableError("a bracket that never closes")
        p.at += 1
        node = bracketed(opening, value, parts, links, made=p.made)
    return node


def ungroup(p: Parser) -> None:
    """Within brackets `1,234` is two numbers: digits are grouped with other marks there."""
    at, depth, tokens = p.at, 0, p.tokens
    # Only a pair of brackets that holds nothing but such a number and commas is a list; `(1,000 + 5)` is not.
    while tokens[at][0] != "end":
        kind, value, _ = tokens[at]
        if kind == "op" and value in CLOSERS:
            depth += 1
        elif kind == "op" and value in (")", "]", "}", "\\}", "rangle"):
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and kind == "grouped":
            tokens[at : at + 1] = ungrouped([tokens[at]])
        if at - p.at > _MAX_LOOK:
            break
        at += 1


def ungrouped(tokens: list[Token]) -> list[Token]:
    """Each number with commas between groups of digits as a list of numbers."""
    out: list[Token] = []
    for token in tokens:
        if token[0] == "grouped":
            for place, digits in enumerate(token[1][1].split(",")):
                if place:
                    out.append(("sep", ",", token[2]))
                out.append(("number", Node("number", (), int(digits)), token[2]))
        else:
            out.append(token)
    return out
