"""`Extraction`: what was found, where, and by which rule."""

from __future__ import annotations

from typing import NamedTuple

Span = tuple[int, int]


class Extraction(NamedTuple):
    """An answer as it stands in the text and the rule that found it.

    `text[span[0]:span[1]] == answer`, except where the text writes the answer in a code of its own (a JSON string with
    escapes, LaTeX inside one, a list of bullets): then the span marks the raw place and `answer` is decoded.
    """

    answer: str
    span: Span
    rule: str


class Place(NamedTuple):
    """A span that a rule proposes; `answer` is given only where decoding changes the text."""

    low: int
    high: int
    answer: str | None = None
