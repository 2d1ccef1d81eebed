"""Letters of multiple choice: `(B)`, `B.`, `option C`, `**D**`, `A) 12`; "(A) is wrong" names none."""

from __future__ import annotations

import re

from lemma_eval.answers.extraction.found import Span
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern

_LEADING = lazy_pattern(
    r"(?:(?:the\s+)?(?:correct\s+|right\s+|best\s+)?(?:option|choice|letter|answer|alternative|statement|opción"
    r"|opçăo|Option|выбор|вариант|选项|選項|选|選)"
    r"(?:\s+is)?|[\s*_:`\"'“$(\[{<（]|\\(?:text|mathrm|mathbf|textbf|textrm|mathsf|rm|bf)(?![a-zA-Z])|\\[(\[])*+"
    r"(?:([A-J])(?![A-Za-z'’_^+\d]|\s*[=<>])|(?<=[(\[])([a-j])(?=[)\]])|([Ａ-Ｊ]))", re.IGNORECASE
)  # fmt: skip
_AFTER_ARTICLE = lazy_pattern(
    r"\s*(?:[)\]}.,:;*$`\"'”>）。、]|$|\s(?:because|since|as|is|and|or|—|-|–|with)\b|\s*[\n—–])"
)
_SEVERAL = lazy_pattern(r"[\s)*\]}.]*(?:,|\band\b|&|和|、)(?:\s|and\b|\(|\[|\*)*+([A-J])(?![A-Za-z'’])")
_NAMED = lazy_pattern(
    r"\b(?:[Oo]ption|[Cc]hoice|[Aa]lternative|OPTION|CHOICE)\s+[(\[*]*([A-J])\b|(?<![\w\\])[(\[]([A-J])[)\]]"
    r"|[选選]\s*[(（]?([A-J])"
)
_TOKEN = lazy_pattern(
    r"(?<![\w\\)])[(\[（]([A-Ja-j])[)\]）]"
    r"|\b(?:[Oo]ption|[Cc]hoice|[Aa]lternative|OPTION|CHOICE)\s+[(\[*\"]*([A-J])\b"
    r"|(?<![\w'’.])([A-J])\)|\*\*[(\[]?([A-J])[)\]]?[.:]?\*\*"
    r"|\\(?:text|mathrm|mathbf|textbf)\s*\{\s*\(?([A-J])\)?\s*\}"
    r"|[选選]\s*[(（]?([A-J])"
    r"|(?<![\w'’.\\$])([B-HJ])(?![\w'’=+*^_-]| ?[=+<>])"
)
_REJECTED_AFTER = lazy_pattern(
    r"[)\]）*:]*\s*(?:\([^()\n]{2,30}\)\s*)?(?:(?:and|,|or)\s*\(?[A-J]\)?\s*)*(?:(?:is|are|was|were|can|must be"
    r"|would be|seems?)\s*"
    r"(?:all |both |clearly |obviously |definitely |also |therefore |too )*)?"
    r"(?:n't|not\b|n’t|wrong|incorrect|false|invalid|eliminated|ruled out|excluded|too\b|impossible|cannot"
    r"|can't|doesn't|does not|don't|do not|fails?\b|out\b|错|不)", re.IGNORECASE
)  # fmt: skip
_REJECTED_BEFORE = lazy_pattern(
    r"(?:\bnot|n't|n’t|eliminat\w+|exclud\w+|rul(?:e|es|ed|ing) out|reject\w*|discard\w*|unlike|instead of"
    r"|rather than|than|排除|不是)"
    r"\s+(?:(?:both|the|options?|choices?|answers?)\s+)*(?:\(?[A-J]\)?(?:,|\s|and|or)*)*[(\[*]*$", re.IGNORECASE
)  # fmt: skip
_LINE = lazy_pattern(r"[\s*_`>-]*(?:(?:option|choice)\s+)?[(\[]?([A-Ja-j])[)\].:]*[\s*_`.]*", re.IGNORECASE)
_WITH_TEXT = lazy_pattern(r"[\s*_>-]*[(\[]?([A-J])[)\].:]\s+\S")


def _group(match: re.Match[str]) -> Span:
    return match.span(match.lastindex or 0)


def letter_within(text: str, low: int, high: int, *, anywhere: bool = False) -> Span | None:
    """The letter that a marked span names: at its beginning, else one called an option or set in brackets."""
    match = _LEADING().match(text, low, high)
    if match:
        at, end = _group(match)
        is_letter = text[at] not in "AIai" or _AFTER_ARTICLE().match(text, end, high)
        if is_letter and not _REJECTED_AFTER().match(text, end, high):
            while more := _SEVERAL().match(text, end, high):
                end = more.end(1)
            return at, end
    found = [_group(match) for match in _NAMED().finditer(text, low, high)]
    found = [span for span in found if not _is_rejected(text, low, high, span)]
    if found:
        return found[-1] if anywhere else found[0]
    return None


def _is_rejected(text: str, low: int, high: int, span: Span) -> bool:
    if _REJECTED_AFTER().match(text, span[1], high):
        return True
    return _REJECTED_BEFORE().search(text, max(low, span[0] - 60), span[0]) is not None


def lone_letter(text: str, low: int, high: int) -> Span | None:
    """The letter that a text or line is, and nothing else."""
    match = _LINE().fullmatch(text, low, high)
    return match.span(1) if match else None


def last_letter(text: str, low: int, high: int) -> tuple[Span | None, bool]:
    """The letter that running text settles on: the last that is not ruled out; a mere list of options has none.

    Also whether options are named at all.
    """
    end = len(text[:high].rstrip()) if high - low < 4000 else high
    line = max(low, text.rfind("\n", low, end) + 1)
    lone = lone_letter(text, line, end)
    if lone:
        return lone, True
    first = _WITH_TEXT().match(text, line, end)
    if first and not _rows_of_options(text, low, line):
        return first.span(1), True
    weak: Span | None = None
    strong: Span | None = None
    found = [(_group(m), m.lastindex == 7) for m in _TOKEN().finditer(text, low, end)]
    listed = _listed(text, low, high, [span for span, _ in found])
    for span, is_weak in found:
        if span in listed:
            continue
        if _is_rejected(text, low, high, span):
            continue
        if is_weak:
            weak = span
        else:
            strong = span
    return strong or weak, any(not is_weak for _, is_weak in found)


def _rows_of_options(text: str, low: int, line: int) -> bool:
    """Whether the line before is an option of a list, too."""
    end = line - 1
    begin = max(low, text.rfind("\n", low, max(low, end)) + 1)
    return end > begin and _WITH_TEXT().match(text, begin, end) is not None


def _listed(text: str, low: int, high: int, found: list[Span]) -> set[Span]:
    """The letters of lists of options, (A) .. (B) .. (C); not where some of them are ruled out in passing."""
    listed: set[Span] = set()
    run: list[Span] = []
    for span in [*found, (-1, -1)]:
        follows = run and span[0] >= 0 and ord(text[span[0]].upper()) == ord(text[run[-1][0]].upper()) + 1
        if follows and span[0] - run[-1][0] < 120:
            run.append(span)
            continue
        if len(run) > 2 and not any(_is_rejected(text, low, high, one) for one in run):
            listed.update(run)
        run = [span]
    return listed
