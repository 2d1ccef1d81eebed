r"""Formulas in delimiters: `$..$`, `$$..$$`, `\(..\)`, `\[..\]`, `\begin{..}..\end{..}`; `$5 and $` is money."""

from __future__ import annotations

from lemma_eval.answers.extraction.found import Span
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern

MAX_FORMULA = 2000  # characters between a pair of delimiters

_TOKEN = lazy_pattern(r"\\[()\[\]]|\\begin\s*\{[a-zA-Z]+\*?\}|\\end\s*\{[a-zA-Z]+\*?\}|\\.|\$\$?")
_TWO_WORDS = lazy_pattern(r"(?<![\\A-Za-z{])[A-Za-z]{2,} [A-Za-z]{2,}")
_TEXT = lazy_pattern(r"\\(?:text|mathrm|textbf|mbox|operatorname|textrm)\s*\{[^{}]*\}")
_CLOSER = {"\\(": "\\)", "\\[": "\\]", "$$": "$$", "$": "$"}
_LINE_ENVIRONMENTS = ("align", "aligned", "equation", "gather", "gathered", "eqnarray", "multline", "split")
_ROW_BREAK = lazy_pattern(r"\\\\(?:\[[^\]\n]*\])?")


def is_formula(content: str, after: str) -> bool:
    """Whether what stands between two `$` is mathematics rather than the words between two amounts of money."""
    if not content or "\n\n" in content or content.isspace():
        return False
    if content[-1].isspace() and not content[0].isspace():
        return False
    bare = content.strip()
    if bare[0].isdigit():
        if after.isdigit() and "\\" not in bare:
            return False
        if bare[-1] in "-–/+*(":
            return False
    if len(bare) > 5 and " " in bare:
        words = _TEXT().sub("", bare) if "\\" in bare else bare
        return _TWO_WORDS().search(words) is None
    return True


def formulas(text: str, low: int, high: int) -> list[Span]:
    """Spans of the formulas in `text[low:high]`, delimiters included, in order; linear."""
    if text.find("$", low, high) < 0 and text.find("\\", low, high) < 0:
        return []
    tokens = [
        (match[0], *match.span())
        for match in _TOKEN().finditer(text, low, high)
        if len(match[0]) != 2 or match[0] in _CLOSER or match[0] in ("\\)", "\\]")
    ]
    found: list[Span] = []
    at = 0
    while at < len(tokens):
        name, start, inside = tokens[at]
        at += 1
        if name in _CLOSER:
            end = at
            while end < len(tokens) and tokens[end][0] not in (_CLOSER[name], name):
                if tokens[end][1] - inside > MAX_FORMULA or (name == "$" and tokens[end][0][1:4] not in ("beg", "end")):
                    break
                end += 1
            if end < len(tokens) and tokens[end][0] == _CLOSER[name] and tokens[end][1] - inside <= MAX_FORMULA:
                close, stop = tokens[end][1:]
                if name != "$" or is_formula(text[inside:close], text[stop : stop + 1]):
                    if text[inside:close].strip():
                        found.append((start, stop))
                    at = end + 1
        elif name.startswith("\\begin"):
            closing = "\\end" + name[len("\\begin") :]
            end = at
            while end < len(tokens) and tokens[end][0] != closing and end - at < 40:
                end += 1
            if end < len(tokens) and tokens[end][0] == closing:
                found.append((start, tokens[end][2]))
                at = end + 1
    return found


def formula_at(text: str, at: int, end: int) -> int | None:
    """Where the formula that opens at `at` ends; None if none opens there, or it is never closed."""
    limit = min(end, at + MAX_FORMULA)
    opener = text[at : at + 2]
    if opener in ("$$", "\\(", "\\["):
        close = text.find(_CLOSER[opener], at + 2, limit)
        return close + 2 if close > 0 and text[at + 2 : close].strip() else None
    if opener[:1] == "$":
        close = text.find("$", at + 1, limit)
        while close > 0 and text[close - 1] == "\\":
            close = text.find("$", close + 1, limit)
        if close > 0 and is_formula(text[at + 1 : close], text[close + 1 : close + 2]):
            return close + 1
    if text.startswith("\\begin", at):
        spans = formulas(text, at, limit)
        return spans[0][1] if spans and spans[0][0] == at else None
    return None


def inner(text: str, span: Span) -> Span:
    """The span without its delimiters and the space inside them; of an `align`, its last row."""
    low, high = span
    if text.startswith("\\begin", low):
        name = text[text.find("{", low) + 1 : text.find("}", low)]
        if name.rstrip("*") in _LINE_ENVIRONMENTS:
            low, high = text.find("}", low) + 1, text.rfind("\\end", low, high)
            return _trim(text, *_last_row(text, low, high))
        return span
    width = 2 if text[low : low + 2] in ("$$", "\\(", "\\[") else 1 if text[low] == "$" else 0
    low, high = _trim(text, low + width, high - width)
    if width and text.startswith("\\begin", low):
        return inner(text, (low, high))
    return low, high


def _last_row(text: str, low: int, high: int) -> Span:
    rows = [low, *(match.end() for match in _ROW_BREAK().finditer(text, low, high)), high]
    ends = [*(match.start() for match in _ROW_BREAK().finditer(text, low, high)), high]
    for start, end in zip(reversed(rows[:-1]), reversed(ends), strict=True):
        if text[start:end].strip():
            return start, end
    return low, high


def _trim(text: str, low: int, high: int) -> Span:
    while low < high and text[low].isspace():
        low += 1
    while low < high and (text[high - 1].isspace() or text[high - 1] in ".,;"):
        high -= 1
    return low, high
