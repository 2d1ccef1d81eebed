"""Bold type and tables: `**12 apples**`, `| Total | 12 |`."""

from __future__ import annotations

import re

from lemma_eval.answers.extraction.found import Place, Span
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern
from lemma_eval.answers.extraction.remarks import trim

_BOLD = lazy_pattern(r"(?<![\w*])\*\*(?!\s)([^*\n]{1,200})(?<!\s)\*\*(?!\w)(?!\s*[:：])")
_HEADING = lazy_pattern(
    r"(?:\d+[.)]\s|(?:step|part|case|note|given|solution|explanation|verification|check|problem|question|total"
    r"|answer|calculation|question|conclusion|approach|day|week|option)\b(?![^*]*[=]))[^*]*$"
    r"|[^*]*:$", re.IGNORECASE
)  # fmt: skip
_AFTER_COLON = lazy_pattern(r"[^:：\n]{2,60}[:：]\s+(?=\S)")
_CELL_WORD = lazy_pattern(
    r"\b(?:grand\s+)?(?:total|answer|result|sum|final|overall)\b|合计|总计|總計|答案|结果|总和|total\w*|gesamt|somme|итого|ответ",
    re.IGNORECASE,
)


def bold_spans(text: str, low: int, high: int) -> list[Span]:
    """Bold parts that may be an answer: with a figure or a formula, no heading; of "Total: 12" what follows."""
    if text.find("**", low, high) < 0:
        return []
    found: list[Span] = []
    for match in _BOLD().finditer(text, low, high):
        begin, end = match.span(1)
        colon = _AFTER_COLON().match(text, begin, end)
        if (
            colon
            and any(c.isdigit() or c in "$\\" for c in text[colon.end() : end])
            and text[begin : begin + 4].lower() != "step"
        ):
            begin = colon.end()
        elif _HEADING().match(text, begin, end):
            continue
        if any(c.isdigit() or c in "$\\=√π" for c in text[begin:end]):
            found.append((begin, end))
    return found


def table_answer(text: str, low: int, high: int) -> Place | None:
    """The cell of the last table that says what the answer is, if the table ends the text.

    Its last row's cell behind "Total" or "Answer", or in the column that is headed so.
    """
    end = len(text[:high].rstrip())
    line = max(low, text.rfind("\n", low, end) + 1)
    row = text[line:end]
    if row.count("|") < 2:
        return None
    cells = _cells(text, line, end)
    label = next((n for n, cell in enumerate(cells) if _CELL_WORD().search(text, *cell)), None)
    if label is not None:
        rest = [cell for cell in cells[label + 1 :] if text[slice(*cell)].strip()]
        return Place(*trim(text, *rest[-1])) if rest else None
    head, at = None, line
    for _ in range(100):
        before = max(low, text.rfind("\n", low, max(low, at - 1)) + 1)
        if before >= at or "|" not in text[before : at - 1]:
            break
        head, at = (before, at - 1), before
    if head is None:
        return None
    columns = [n for n, cell in enumerate(_cells(text, *head)) if _CELL_WORD().search(text, *cell)]
    if columns and columns[-1] < len(cells) and text[slice(*cells[columns[-1]])].strip():
        return Place(*trim(text, *cells[columns[-1]]))
    return None


def _cells(text: str, low: int, high: int) -> list[Span]:
    while low < high and text[low] in " \t|":
        low += 1
        if text[low - 1] == "|":
            break
    found: list[Span] = []
    while low < high:
        bar = text.find("|", low, high)
        bar = high if bar < 0 else bar
        found.append((low, bar))
        low = bar + 1
    return found
