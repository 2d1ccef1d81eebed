"""A solution as steps with exact offsets: lines first, then the sentences within a line.

Steps partition the text, so that the beginning up to and including a step is `text[: step.end]`. Nothing is cut inside
a formula, an environment, a table or a code fence, and what says nothing by itself (a heading, the number of a list
item, a displayed formula that completes a sentence) is no step alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from lemma_eval.segmentation.sentence_ends import STOP, ends
from lemma_eval.segmentation.spans import LINE_END, Span, protected

# A list item's number or bullet; the full stop after it ends no sentence.
_ITEM = r"(?:(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]|\((?:\d{1,3}|[A-Za-z]|[ivx]{1,5})\)|[-*+•‣▪–—])(?=\s|\Z)"
_STEP = r"(?:[Ss]tep|STEP|[Pp]art|[Cc]ase)[ \t]+(?:\d{1,3}|[A-Z])\b"
# Possessive (`*+`): a line of a hundred thousand spaces is read once, not once for every way to share them out.
_MARK = re.compile(r"[ \t]*+[*_#]{0,6}[ \t]*+(?:" + _STEP + r"[ \t]*[.:)–—-]*[*_]{0,3}|[*_]{0,3}" + _ITEM + r")")
_HEADING = re.compile(r"[ \t]*+#{1,6}[ \t]++(?=.*[^\W\d_])")  # `#### 18` is a statement
_TITLE = re.compile(r"[ \t]*+(?:\*\*|__)(?=.*[^\W\d_])[^*=]{1,300}(?:\*\*|__)[ \t]*+:?[ \t]*+")
_TITLE_END = re.compile(r":[*_ \t]*\Z")
_FIGURES = re.compile(r"[\d$\\]")
_TAG = re.compile(r"[ \t]*<(/?)[A-Za-z][A-Za-z_-]{0,30}>[ \t]*")
_STEP_INSIDE = re.compile(r"(?<=[^\s,])[ \t]+(?=[*_]{0,3}" + _STEP + r"[ \t]*[*_]{0,3}:)")
_REFERS = re.compile(r"\b(?:in|of|from|by|to|and|see|at|for|or|with|than|as|the|after|before)\Z", re.IGNORECASE)
_SAYS = re.compile(r"[^\W_]")
_FORMULA_END = re.compile(r"(?:\\[\])]|\$\$?|\\end\{[A-Za-z]{1,30}\*?\}|\\\\|\\[,;:! ]|[\s})\]])+\Z")
_TAIL = 60  # characters looked at before the end of a formula
_WIDE = 60  # a line of so many characters may have been broken for its width only
_STOPS = tuple(".!?…。！？")
_OPEN = tuple(",=+-:<>&")
_SINGLE = ("\n", "\r\n", "\r")


@dataclass(frozen=True, slots=True)
class Step:
    """`text[start:end]`, with the blank lines after it; spaces between two sentences belong to the second."""

    start: int
    end: int


def steps(text: str) -> tuple[Step, ...]:
    """The steps of `text`, in order and without a gap: `"".join(text[s.start:s.end] for s in steps(text)) == text`.

    Never raises; time and memory grow with the length of the text and with nothing else. An empty text has no steps.
    """
    spans = protected(text)
    cuts = [0, *_cuts(text, spans), len(text)]
    return tuple(Step(start, end) for start, end in pairwise(cuts) if start < end)


@dataclass(frozen=True, slots=True)
class _Line:
    """`text[start:stop]` without its line end; `end` is after it and the blank lines that follow. Spans within it."""

    start: int
    stop: int
    end: int
    spans: tuple[Span, ...]


def _cuts(text: str, spans: Sequence[Span]) -> Iterator[int]:
    lines = _lines(text, spans)
    for place, line in enumerate(lines):
        if not _leads(text, line):
            yield from _sentences(text, line)
        if place + 1 < len(lines) and not _belong(text, line, lines[place + 1]):
            yield line.end


def _lines(text: str, spans: Sequence[Span]) -> list[_Line]:
    """The lines that say something, each with those after it that do not; line ends within a span do not count."""
    lines: list[_Line] = []
    start = at = scanned = 0
    for stop, end in _line_ends(text, spans):
        first = at
        while at < len(spans) and spans[at].start < stop:
            at += 1
        says, scanned = _SAYS.search(text, scanned, stop), end
        if not says:
            if lines:
                lines[-1] = replace(lines[-1], end=end)
                start = end
            continue  # at the beginning of the text: belongs to the first line
        lines.append(_Line(start, stop, end, tuple(spans[first:at])))
        start = end
    return lines


def _line_ends(text: str, spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    at = 0
    for broken in LINE_END.finditer(text):
        while at < len(spans) and spans[at].end <= broken.start():
            at += 1
        if at == len(spans) or broken.start() < spans[at].start:
            yield broken.span()
    yield len(text), len(text)


def _leads(text: str, line: _Line) -> bool:
    """Whether the line only announces what comes: a heading, the number of a step or item, an opening tag."""
    low, high = line.start, line.stop
    if _HEADING.match(text, low, high):
        return True
    mark = _mark_end(text, low, high)
    if not text[mark:high].strip(" \t*_:"):
        return True
    title = _TITLE.fullmatch(text, low, high) or _TITLE.fullmatch(text, mark, high)
    if title:
        return mark > low or bool(_TITLE_END.search(title[0])) or not _FIGURES.search(title[0])
    tag = _TAG.fullmatch(text, low, high)
    return tag is not None and not tag[1]


def _belong(text: str, line: _Line, following: _Line) -> bool:
    """Whether two lines are of one sentence, or the first leads to the second."""
    if _leads(text, line):
        return True
    tag = _TAG.fullmatch(text, following.start, following.stop)
    if tag is not None and tag[1]:
        return True
    last = text[max(line.start, line.stop - _TAIL) : line.stop].rstrip("*_ \t")[-1:]
    begin = following.start
    while begin < following.stop and text[begin] in " \t":
        begin += 1
    formula = _closing_display(text, line)
    if following.spans and following.spans[0].start == begin and following.spans[0].kind != "inline":
        if following.spans[0].kind == "drawing":
            return True
        if following.spans[0].kind == "block":
            return last == ":"
        return last in _OPEN or _inner(text, formula)[-1:] in _OPEN if formula else last not in _STOPS
    first = text[begin]
    if formula and _inner(text, formula)[-1:] not in _STOPS:
        return (first.islower() and not _MARK.match(text, begin, following.stop)) or first in ",.;:)"
    wrapped = line.stop - line.start >= _WIDE and text[line.stop : line.end] in _SINGLE
    return (
        wrapped and first.islower() and (last.isalnum() or last == ",") and not _MARK.match(text, begin, following.stop)
    )


def _closing_display(text: str, line: _Line) -> Span | None:
    """The displayed formula that the line ends with."""
    if line.spans and line.spans[-1].kind == "display" and not text[line.spans[-1].end : line.stop].strip(" \t*_,;:"):
        return line.spans[-1]
    return None


def _inner(text: str, formula: Span) -> str:
    """The end of what a formula says, without its delimiters."""
    tail = _FORMULA_END.sub("", text[max(formula.start, formula.end - _TAIL) : formula.end])
    return "" if tail.endswith(("..", "dots")) else tail


def _sentences(text: str, line: _Line) -> Iterator[int]:
    """Where to cut within a line."""
    last = line.stop
    while last > line.start and not (text[last - 1].isalnum()):
        last -= 1
    low, said, scanned = line.start, False, line.start
    mark = _mark_end(text, low, line.stop)
    for begin, end, is_end in _candidates(text, line):
        if begin < mark or begin < low or end > last:
            continue
        if not said:
            said = _SAYS.search(text, scanned, end) is not None
            scanned = end
        if said and is_end(low):
            yield end
            low, said, scanned = end, False, end
            mark = _mark_end(text, low, line.stop)


def _mark_end(text: str, at: int, high: int) -> int:
    found = _MARK.match(text, at, high)
    return found.end() if found else at


def _candidates(text: str, line: _Line) -> Iterator[tuple[int, int, Callable[[int], bool]]]:
    """Stops, ends of formulas and numbers of steps, in order: where each begins, where to cut, whether it is an end."""
    free = line.start
    for span in (*line.spans, None):
        high = span.start if span else line.stop
        found = [
            (stop.start(), stop.end(), partial(_ends, text, stop, line.stop))
            for stop in STOP.finditer(text, free, high)
        ]
        found += [
            (step.start(), step.start(), partial(_numbered, text, step.start()))
            for step in _STEP_INSIDE.finditer(text, free, high)
        ]
        yield from sorted(found, key=lambda each: each[:2])
        if span:
            if span.kind in ("display", "inline"):
                yield span.start, span.end, partial(_formula_ends, text, span, line.stop)
            free = span.end


def _ends(text: str, stop: re.Match[str], high: int, low: int) -> bool:
    return ends(text, low, stop, high)


def _numbered(text: str, at: int, low: int) -> bool:
    return not _REFERS.search(text[max(low, at - 10) : at])


def _formula_ends(text: str, span: Span, high: int, low: int) -> bool:
    """Whether the sentence ends with a formula: the full stop is inside it, or a display is followed by a new one."""
    at = span.end
    while at < high and text[at] in " \t":
        at += 1
    following = text[at : min(at + 2, high)]
    if (span.kind == "inline" and at == span.end) or not following or text.startswith("[asy]", at):
        return False
    if _inner(text, span)[-1:] in _STOPS:
        return not following[0].islower() and following[0] not in ".,;:)!?"
    return span.kind == "display" and following[0].isupper() and following[1:].islower()
