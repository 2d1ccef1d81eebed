r"""`read`: any text to a tree. What is no mathematics becomes `text`, what cannot be read `unread`: never a prefix."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from lemma_eval.answers.reading.lexer import MAX_LENGTH, Token, UnreadableError, closing_brace, tokens_of
from lemma_eval.answers.reading.node import MAX_HEIGHT, Node
from lemma_eval.answers.reading.parser import Parser
from lemma_eval.answers.reading.unicode import to_latex
from lemma_eval.answers.reading.whole import (
    WORDS,
    excluded,
    number_row,
    opening,
    phrase,
    plain_text,
    rewritten,
    sentence_end,
    special,
)

_PAIRS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("`", "`"), ('"', '"'), ("'", "'"),
          ("“", "”"), ("__", "__"), ("*", "*"))  # fmt: skip
_BOXES = ("\\boxed", "\\fbox", "\\displaystyle", "\\bf", "\\rm")
_TAG = re.compile(r"<(b|strong|i|em|u|p|span|div|code|mark|big|small|center)>(.*)</\1>", re.DOTALL)
_LOOSE_BRACES = re.compile(r"(?<![\w}])\{(\w+)\}(?=_)|\{([-:=])\}")  # {a}_n, 2{:}3
_PLAIN_INT = re.compile(r"-?\d{1,15}")

_WORDY = frozenset(("word", "name", "func", "link", "end"))
_WORDY_SIGNS = (("op", "-"), ("const", "e"), ("const", "i"))
_MAX_REMEMBERED = 500  # characters of a text whose tree is kept for the next time
_MAX_OPENINGS = 3  # openings like "so the answer is" in a row


def unwrap(text: str) -> str:
    r"""The text without what only wraps it: `$..$`, `\(..\)`, `\boxed{..}`, emphasis, quotes, a closing full stop."""
    text = text.strip()
    for _ in range(12):
        before = text
        text = (
            text.rstrip(".,;:?。，； \t\n")
            if text[-1:] in ".,;:?。，； " and not text.endswith(("...", "\\right."))
            else text
        )
        if text.endswith("\\"):
            text = text.rstrip("\\ \t\n")
        first = text[:1]
        if first and first in "$\\*`\"'“_":
            text = _without_pair(text)
        elif first == "<" and (tag := _TAG.fullmatch(text)):
            text = tag[2]
        if text == before:
            break
        text = text.strip()
    return text


def _without_pair(text: str) -> str:
    for start, closing in _PAIRS:
        size = len(start)
        if len(text) > 2 * size and text.startswith(start) and text.endswith(closing):
            inner = text[size : len(text) - len(closing)]
            if start in ("\\(", "\\["):
                if start not in inner and closing not in inner:
                    return inner
            elif start not in inner and not (start[0] == "$" and ("$" in inner or inner.endswith("\\"))):
                return inner
    if text[0] == "\\":
        for box in _BOXES:
            if text.startswith(box):
                rest = text[len(box) :].lstrip()
                if rest[:1] == "{" and closing_brace(rest, 0) == len(rest) - 1:
                    return rest[1:-1]
                if rest[:1] != "{" and not text[len(box) : len(box) + 1].isalpha():
                    return rest
    return text


def read(text: str, grouped: bool = True, letter_units: bool = False) -> Node:
    """The tree of an answer. Total and linear.

    `grouped`: `1,234` outside brackets is one number, not two. `letter_units`: single letters behind a number are
    units, not variables: 3 g, 2 h. The op `unread` has the unwrapped text as its atom.
    """
    if len(text) <= _MAX_REMEMBERED:
        return _remembered(text, grouped, letter_units)
    return _uncached(text, grouped, letter_units)


@lru_cache(maxsize=4096)
def _remembered(text: str, grouped: bool, letter_units: bool) -> Node:
    return _uncached(text, grouped, letter_units)


def _uncached(text: str, grouped: bool, letter_units: bool) -> Node:
    text = unwrap(text)
    if _PLAIN_INT.fullmatch(text):
        value = int(text)
        return Node("number", (), value) if value >= 0 else Node("neg", (Node("number", (), -value),))
    if len(text) > MAX_LENGTH:
        return Node("unread", (), text)
    if not text.isascii():
        text = unwrap(to_latex(text))
    return _read(text, grouped, letter_units, 0)


def _read(text: str, grouped: bool, letter_units: bool, depth: int) -> Node:
    node = special(text)
    if node is not None:
        return node
    skipped = opening(text) if depth < _MAX_OPENINGS else 0
    if skipped:
        return _read(text[skipped:], grouped, letter_units, depth + 1)
    if "\n" in text and "\\begin" not in text and (listed := _lines(text, grouped, letter_units, depth)):
        return listed
    node = _parsed(rewritten(text), grouped, letter_units) or number_row(text)
    if node is not None:
        return node
    end = sentence_end(text) if depth < _MAX_OPENINGS else 0
    if end:
        value = _read(text[end:], grouped, letter_units, depth + 1)
        if value.op not in ("text", "unread", "bool", "undefined", "empty"):
            return value
    left_out = excluded(text)
    if left_out is not None:
        value = _read(left_out, grouped, letter_units, _MAX_OPENINGS)
        points = value.args if value.op == "list" else (value,)
        return Node("setminus", (Node("domain", (), "R"), Node("set", points)))
    return _text_or_unread(text)


def _parsed(text: str, grouped: bool, letter_units: bool) -> Node | None:
    """What the grammar makes of a text; None if it is none of its, or mere words."""
    if "}_" in text or "{:}" in text or "{-}" in text or "{=}" in text:
        text = _LOOSE_BRACES.sub(r"\1\2", text)
    try:
        tokens = tokens_of(text)
        if "[" in text:
            _french(tokens)
        if any(token[0] == "word" for token in tokens) and all(_wordy(token) for token in tokens):
            return None
        node = Parser(tokens, grouped=grouped, letter_units=letter_units).whole()
    except (UnreadableError, RecursionError):
        return None
    if node.op == "name" and len(node.atom) > 1 and node.atom.isalpha() and not text.startswith("\\"):
        return None
    return node if _height(node) <= MAX_HEIGHT else None


def _wordy(token: Token) -> bool:
    """Whether a token may stand in a text of mere words."""
    return token[0] in _WORDY or token[:2] in _WORDY_SIGNS


def _lines(text: str, grouped: bool, letter_units: bool, depth: int) -> Node | None:
    """Answers one below the other as a list, if each line is one by itself."""
    lines = [line.strip(" ,;\t") for line in text.split("\n") if line.strip(" ,;\t")]
    if not 2 <= len(lines) <= 60 or depth:
        return None
    parts = [_parsed(rewritten(unwrap(line)), grouped, letter_units) for line in lines]
    return None if None in parts else Node("list", tuple(part for part in parts if part is not None))


def _text_or_unread(text: str) -> Node:
    plain = plain_text(text)
    if "\\" in plain or not WORDS.search(plain):
        return Node("unread", (), " ".join(text.split()))
    from lemma_eval.answers.reading.words import canonical_text

    return phrase(plain) or Node("text", (), canonical_text(plain))


def _french(tokens: list[Any]) -> None:
    """Mark each [ that closes, as in ]a, b[: one that nothing an interval could begin with follows."""
    for at, token in enumerate(tokens):
        if token[:2] == ("op", "["):
            kind, value, _ = tokens[at + 1]
            if kind in ("end", "set", "sep", "link") or (kind == "op" and value in (")", "}", "\\}")):
                tokens[at] = ("op", "[)", token[2])


def _height(node: Node) -> int:
    deepest, stack = 1, [(node, 1)]
    while stack:
        current, height = stack.pop()
        if height > deepest:
            deepest = height
            if deepest > MAX_HEIGHT:
                return deepest
        for arg in current.args:
            stack.append((arg, height + 1))
    return deepest
