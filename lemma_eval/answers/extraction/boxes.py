r"""`\boxed{X}`, `\fbox{X}`: the last one; boxes joined by "and", "or" or a comma are one answer."""

from __future__ import annotations

import re

from lemma_eval.answers.extraction.found import Place
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern

_ATTEMPTS = 20  # a text of nothing but open boxes stays linear
_MAX_CONTENT = 20_000  # characters
_MAX_GAP = 80  # characters between boxes that are one answer

_HEAD = lazy_pattern(
    r"\\(?:boxed|fbox)(?![a-zA-Z])\s*+(?:(\{)"
    r"|(\\[dtc]?frac\s*(?:\{[^{}]*\}|\d)\s*(?:\{[^{}]*\}|\d)|[-+]?\\?[^\s{}$\\;]+))"
)
_BRACE = lazy_pattern(r"\\.|[{}]")
_MATH_END = lazy_pattern(r"\$|\\\)|\\\]|\n")
_PLACEHOLDER = lazy_pattern(
    r"(?:\\text\s*\{)?\s*(?:\.{2,}|…|\\[lc]?dots|\?+|_+|(?:the |your |my )?(?:final )?(?:answer|result"
    r"|solution)(?: here)?"
    r"|answer goes here|\\square|\\quad)?\s*\}?", re.IGNORECASE
)  # fmt: skip
_JOIN = lazy_pattern(
    r"\s*+(?:\\?%|\^\\circ)?(?:\$\$?|\\[)\]])?\s*+"
    r"(?:(?:[,;&、，]|\b(?:and|or|und|oder|et|ou|y|e|o)\b|[和或与及]|\\(?:text|mbox|mathrm)\s*\{\s*(?:,\s*)?(?:and"
    r"|or)\s*\})"
    r"(?:\s|\\[,;: ]|\\q?quad)*+)"
    r"{1,3}(?:\$\$?|\\[(\[])?\s*+(?:[A-Za-z]\w?(?:_\{?\w+\}?)?\s*=\s*+)?"
)
_NAME_BEFORE = lazy_pattern(r"(?:\$\$?|\\[(\[])?\s*(?:[A-Za-z](?:_\{?\w{1,4}\}?)?\s*=\s*)?$")


def closing_brace(text: str, opening: int, end: int) -> int | None:
    """Index of the brace that closes the one at `opening`; None if none does before `end`."""
    depth = 0
    for match in _BRACE().finditer(text, opening, end):
        brace = match[0]
        if brace == "{":
            depth += 1
        elif brace == "}":
            depth -= 1
            if not depth:
                return match.start()
    return None


def last_box(text: str, start: int, end: int) -> tuple[Place | None, int]:
    """The last answer in boxes and the index behind it.

    Empty boxes and placeholders (`\\boxed{...}`) are passed over, and so is one that never closes, unless its formula
    closes (`$\\boxed{5$`): then only its brace was forgotten. If a box is left open, the index is -1: the text was cut.
    """
    at, cut = end, False
    for _ in range(_ATTEMPTS):
        at = _box_before(text, start, at)
        if at < 0:
            break
        box = _content(text, at, end)
        if box is None:
            cut = cut or not text[at:end].rpartition("\n")[0].strip()
            continue
        low, high, close = box
        if low == high or (high - low < 30 and _PLACEHOLDER().fullmatch(text, low, high)):
            continue
        joined = _joined(text, start, at, close) if text.rfind("box", max(start, at - _MAX_GAP * 2), at) >= 0 else None
        if joined:
            return joined, close
        if text[at - 1 : at] == "\\" and text[at - 2 : at - 1] != "\\" and "\\\\" in text[low:high]:
            return Place(low, high, text[low:high].replace("\\\\", "\\")), close  # inside a JSON string
        return Place(low, high), close
    return None, -1 if cut else end


def _box_before(text: str, start: int, end: int) -> int:
    """Where the last box before `end` begins, or -1. Near the end first: looking far costs most of the time."""
    near = max(start, end - 300)
    at = text.rfind("\\boxed", near, end)
    if at < 0 and near > start:
        at = text.rfind("\\boxed", start, near + 5)
    return max(at, text.rfind("\\fbox", max(start, at), end))


def _content(text: str, at: int, end: int) -> tuple[int, int, int] | None:
    """Content of the box at `at`, trimmed, and the index behind the box."""
    head = _HEAD().match(text, at, end)
    if head is None:
        return None
    if head[2] is not None:
        low, high = head.span(2)
        while high > low and text[high - 1] in ".,:!":
            high -= 1
        return low, high, high
    limit = min(end, head.end() + _MAX_CONTENT)
    close = closing_brace(text, head.start(1), limit)
    behind = limit
    if close is None:
        stop = _MATH_END().search(text, head.end(), limit)
        if stop is None or not _balanced(text, head.end(), stop.start()):
            return None
        if stop[0] == "\n" and not text[stop.end() : end].strip():
            return None
        close = behind = stop.start()
    else:
        behind = close + 1
    low, high = head.end(), close
    while low < high and text[low].isspace():
        low += 1
    while low < high and text[high - 1].isspace():
        high -= 1
    return low, high, behind


def _balanced(text: str, low: int, high: int) -> bool:
    depth = 0
    for match in _BRACE().finditer(text, low, high):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth < 0:
            return False
    return not depth and bool(text[low:high].strip())


def _joined(text: str, start: int, at: int, close: int) -> Place | None:
    """From the first to the last of the boxes that are joined to the one at `at`; None if it stands alone."""
    first, contents = at, {text[at:close]}
    named = False
    for _ in range(_ATTEMPTS):
        before = _box_before(text, max(start, first - _MAX_CONTENT), first)
        box = _content(text, before, first) if before >= 0 else None
        if box is None or box[0] == box[1] or first - box[2] > _MAX_GAP:
            break
        if not _JOIN().fullmatch(text, box[2], first):
            break
        named = named or "=" in text[box[2] : first]
        contents.add(text[before : box[2]])
        first = before
    if len(contents) == 1:
        return None
    low, high = first, close
    lead = _NAME_BEFORE().search(text, max(start, first - 16), first)
    if lead and (named or "=" not in lead[0]):
        opener = lead[0].lstrip()[:2]
        closer = "$$" if opener == "$$" else "$" if opener[:1] == "$" else {"\\(": "\\)", "\\[": "\\]"}.get(opener, "")
        rest = close
        while rest < len(text) and text[rest].isspace():
            rest += 1
        if closer and text.startswith(closer, rest):
            low, high = lead.start(), rest + len(closer)
        elif not closer:
            low = lead.start()
    while text[low].isspace():
        low += 1
    return Place(low, high)
