"""Where a solution must not be cut: formulas, environments, code, tables, calculator notes. One pass, linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SpanKind = Literal["display", "inline", "block", "drawing"]

LINE_END = re.compile(r"\r\n|[\n\r\u2028\u2029\x85]")

_MARK = re.compile(
    r"\\begin\{[A-Za-z]{1,30}\*?\}|\\end\{[A-Za-z]{1,30}\*?\}|\[/?asy\]|\\[()\[\]]|\\[^\n\r\u2028\u2029\x85]|\$\$|\$|`+|<<|>>|"
    + LINE_END.pattern
)
_FENCE = re.compile(r"[ \t]{0,40}(`{3,}|~{3,})([^\r\n`]*)")
_TABLE_ROW = re.compile(r"[ \t]{0,40}\|")
_TABLE_RULE = re.compile(r"[ \t:|]*+-[ \t:|-]*+\Z")  # of a table's row; possessive, so that a long row is read once
_OPENS = {"\\(": "\\)", "\\[": "\\]", "[asy]": "[/asy]"}
_CLOSES = {closer: opener for opener, closer in _OPENS.items()}
# Environments of running text: what is inside is cut like any other text.
_TEXT = frozenset(
    "document itemize enumerate description proof solution answer problem question remark center quote flushleft "
    "theorem lemma proposition corollary definition example claim minipage abstract".split()
)
_OTHER = frozenset("tabular tabularx tikzpicture asy figure table verbatim lstlisting".split())


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` is not to be cut: displayed mathematics, something within a line, lines kept together,
    or a drawing (Asymptote)."""

    start: int
    end: int
    kind: SpanKind


def protected(text: str) -> list[Span]:
    """The outermost spans of `text`, in order, none touching the inside of another."""
    blocks = list(_blocks(text))
    spans = list(blocks)
    low = 0
    for block in (*blocks, Span(len(text), len(text), "block")):
        spans.extend(_formulas(text, low, block.start))
        low = block.end
    spans.sort(key=lambda span: (span.start, -span.end))
    outer: list[Span] = []
    for span in spans:
        if not outer or span.start >= outer[-1].end:
            outer.append(span)
    return outer


def _blocks(text: str) -> Iterator[Span]:
    """Code fences (an unclosed one reaches to the end of the text) and tables, without their last line end."""
    fence: tuple[int, str] | None = None
    table, table_end, ruled = -1, -1, False
    at = 0
    for end, after in _lines(text):
        found = _FENCE.match(text, at, end)
        if fence is not None:
            if found and found[1].startswith(fence[1]) and not found[2].strip():
                yield Span(fence[0], end, "block")
                fence = None
        elif not found and _TABLE_ROW.match(text, at, end):
            table = at if table < 0 else table
            table_end = end
            ruled = ruled or _TABLE_RULE.match(text, at, end) is not None
        else:
            if ruled:
                yield Span(table, table_end, "block")
            table, ruled = -1, False
            if found:
                fence = (at, found[1])
        at = after
    if fence is not None:
        yield Span(fence[0], len(text), "block")
    elif ruled:
        yield Span(table, table_end, "block")


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Where each line ends, without and with its line end."""
    for broken in LINE_END.finditer(text):
        yield broken.start(), broken.end()
    yield len(text), len(text)


def _formulas(text: str, low: int, high: int) -> Iterator[Span]:
    """Mathematics, inline code and calculator notes of `text[low:high]`; some may lie inside others.

    An opener without its closer counts for nothing, but for one of a display (`\\[`, `\\begin`), which reaches to the
    next blank line: a reply that was cut off may end inside a formula.
    """
    stack: list[tuple[str, int]] = []  # openers that wait for their closers
    waiting: dict[str, int] = {}
    single: dict[str, int] = {}  # `$`, `$$`, a backtick, `<<`: where the last one is that may open
    line_start, last_blank, reported = low, -1, -1
    for found in _MARK.finditer(text, low, high):
        mark, at = found[0], found.start()
        if mark[0] in "$`<":
            yield from _paired(text, mark, at, single, high)
        elif mark == ">>":
            if "<<" in single:
                yield Span(single.pop("<<"), at + 2, "inline")
        elif mark in _OPENS or mark.startswith("\\begin{"):
            stack.append((mark, at))
            waiting[mark] = waiting.get(mark, 0) + 1
        elif mark in _CLOSES or mark.startswith("\\end{"):
            opener = _CLOSES.get(mark) or mark.replace("\\end", "\\begin", 1)
            if waiting.get(opener):
                start, kind = _unwind(stack, waiting, opener), _kind(opener)
                if kind is not None and not (opener == "\\(" and start < last_blank):
                    yield Span(start, found.end(), kind)
        elif mark[0] not in "\\[":
            single.pop("`", None)
            single.pop("<<", None)
            if "$" in single and not (text[single["$"] + 1].isalpha() or text[single["$"] + 1] == "\\"):
                del single["$"]  # a price
            if not text[line_start:at].strip():
                single.clear()
                yield from _unclosed(stack, reported, at)
                last_blank = reported = at
            line_start = found.end()
    yield from _unclosed(stack, reported, high)


def _paired(text: str, mark: str, at: int, single: dict[str, int], high: int) -> Iterator[Span]:
    """Marks that open and close alike: a second one closes the first, if it may."""
    if mark == "<<":
        single["<<"] = at
        return
    if mark[0] == "`" and len(mark) > 1:
        return
    before = text[at - 1 : at]
    after = text[at + len(mark) : at + len(mark) + 1] if at + len(mark) < high else ""
    start = single.pop(mark, None)
    if mark == "$$":
        if start is not None:
            yield Span(start, at + 2, "display")
            return
        single[mark] = at
    elif "$$" in single:
        return
    elif start is not None and not before.isspace() and not after.isdigit():
        yield Span(start, at + 1, "inline")
    elif after and not after.isspace() and not text.startswith("<<", at + 1) and not (mark == "`" and before.isalnum()):
        single[mark] = at


def _unwind(stack: list[tuple[str, int]], waiting: dict[str, int], opener: str) -> int:
    """Where the last waiting `opener` stands; openers after it have lost their chance."""
    while True:
        mark, at = stack.pop()
        waiting[mark] -= 1
        if mark == opener:
            return at


def _unclosed(stack: list[tuple[str, int]], reported: int, end: int) -> Iterator[Span]:
    """Displays that are open at `end` and were not yet at `reported`."""
    for opener, at in reversed(stack):
        if at < reported:
            return
        kind = _kind(opener)
        if kind is not None and opener != "\\(":
            yield Span(at, end, kind)


def _kind(opener: str) -> SpanKind | None:
    """None for an environment of running text."""
    if opener in _OPENS:
        return {"\\(": "inline", "[asy]": "drawing"}.get(opener, "display")  # type: ignore[return-value]
    name = opener[7:-1].rstrip("*")
    return None if name in _TEXT else "block" if name in _OTHER else "display"
