"""The answer inside a span that was marked as holding one: a bare value, or a sentence that states it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from lemma_eval.answers.extraction.choices import letter_within
from lemma_eval.answers.extraction.formulas import formulas, inner
from lemma_eval.answers.extraction.found import Span
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern
from lemma_eval.answers.extraction.numbers import first_number, is_exact, last_equals, number_words, numbers, value_of
from lemma_eval.answers.extraction.remarks import asides, trim, without_remark

if TYPE_CHECKING:
    from lemma_eval.problem import AnswerKind

_ALTERNATIVES = lazy_pattern(
    r"\s*(?:,|;|,?\s*\b(?:or|and|y|o|et|ou|und|oder|или|и)\b|或|和|、)\s*(?:[A-Za-z]\w?\s*=\s*)?", re.IGNORECASE
)
_FIGURE = lazy_pattern(r"[\d$\\]")
_WORD = lazy_pattern(r"(?<![\\A-Za-z])[^\W\d_]{2,}")
_SENTENCE_START = lazy_pattern(
    r"(?!(?:All|No|None|Any|Every|Both|Each|Yes|True|False|There (?:is|are) no|Infinite"
    r"|Only if)\b)[^\W\d_a-zа-я]\w*(?:['’]s)? [^\W\d_]"
    r"|(?:the|she|he|it|they|there|we|so|therefore|thus|hence|this|that|each|in|then|after|by|for|at|on) [A-Za-z]"
)
_COPULA = lazy_pattern(
    r"\b(?:is|are|was|were|equals?|equal to|becomes?|be|remains?|est|sont|es|son|ist|sind|são|é|è|sono|равно"
    r"|равна|равен|составляет)"
    r"(?:\s+(?:equal to|exactly|precisely|approximately|about|therefore|thus|only|then|simply|now|just|given by"
    r"|also|donc|also|:))*\s*:?\s+(?=\S)", re.IGNORECASE
)  # fmt: skip
_SPAN_OF_TIME = lazy_pattern(
    r"\b(?:in|after|within|per|every|over|during|for|by|d['’]ici|dans|en|après|pendant|nach|binnen|innerhalb von|für"
    r"|dentro de|después de|tras|durante|em|após|tra|fra|dopo|через|за)\s+"
    r"(?:(?:the|les|den|los|as|os)\s+)?(?:(?:next|first|last|each|a)\s+)?(?=\d)",
    re.IGNORECASE,
)
_TIME_UNIT = lazy_pattern(
    r"[\s-]*(?:days?|hours?|minutes?|weeks?|months?|years?|seconds?|h|min|jours?|heures?|semaines?|mois|ans"
    r"|années?|Tagen?|Stunden?|Wochen?|Monaten?|Jahren?|Minuten?|días?|horas?|semanas?|mes(?:es)?|años?|anos?"
    r"|minutos?|giorn[io]|or[ae]|settiman[ae]|mes[ei]|ann[io]|дн\w+|час\w*|недел\w+|месяц\w*|лет|год\w*)\b",
    re.IGNORECASE,
)
_SO = lazy_pattern(
    r"[,;]\$?\s+(?:and\s+)?(?:so|thus|therefore|hence|which (?:means|gives"
    r"|is(?!\s+(?:not|less|more|greater|fewer|smaller|larger|at)\b))"
    r"|meaning|making|giving|for (?:a"
    r"|the|an overall|the grand) total of|a total of|donc|also|daher|somit|por lo tanto|portanto|quindi|поэтому"
    r"|значит)\b|，(?:所以|因此|故|共)",
    re.IGNORECASE,
)
_UNIT = lazy_pattern(
    r"(?:\\[,;:! ]|\s|~)*(?:\\(?:text|mathrm|mbox|textrm|rm)\s*\{[^{}]*\}(?:\^\{?\d\}?)?|\^\{?\s*\\circ\s*\}?"
    r"|\\degree|%)?[.,;\s]*"
)
_CONDITION = lazy_pattern(r"\b(?:when|where|at|for|if|with|by|from|since|because|as|let|and)\s+$", re.IGNORECASE)
_IS_AT_END = lazy_pattern(
    r"\b(?:is|are|equals|be|equal to|=)\s+(?:(?:only|exactly|just|equal to|therefore|thus"
    r"|then|a total of|simply)\s+)*$"
)
_SUBORDINATE = lazy_pattern(
    r"\W*(?:since|if|because|when|given|as|while|assuming|after|before"
    r"|for)\b[^,]{3,200},\s",
    re.IGNORECASE,
)
_INSERTED = lazy_pattern(r"[,\s][^,\n]{3,120},[^,\n]{3,80}=")  # ", since A = B, C = D"
_NOTE = lazy_pattern(r"\s\((?=[^()]*[A-Za-z]{2})(?!mod\b)[^()\n]*\)[\s.*]*$")
_NAME = lazy_pattern(r"[A-Za-z](?:_\{?\w{1,6}\}?|'|\([^()\n]{1,12}\))?(?:\s*,\s*[A-Za-z](?:_\{?\w{1,6}\}?)?){0,4}")
_NOUN = lazy_pattern(
    r"(?!all|any|every|no\b|each|none|only|both|either|between|at|less|more)(?:the\s+|an?\s+)?(?:(?!except|but"
    r"|or|and|than|not|plus|minus|times|over|until)[a-z]{2,}\s+){1,4}(?=[$\\]|$)",
    re.IGNORECASE,
)
_CJK_BRACKET = lazy_pattern(
    r"(?:[是为為]|等于|等於|=)\s*[(（]\s*([^()（）,，;；\n]{0,80}[\d}])\s*[)）]\s*[^\d$\\()（）,，\n]{0,8}$"
)
_BOUND = lazy_pattern(
    r"(?:\b(?:is|are|was|were|be|been|equals?|[a-z]n['’]t|(?:it|that|answer|value|total)['’]s)\s+(?:\w+ly\s+|then\s+|therefore\s+)?(?:(?:not|never"
    r"|n't)\s+(?:equal to\s+|be\s+)?|(?:(?:no|not)\s+)?(?:less|greater|more|fewer|larger|smaller|bigger|higher|lower)"
    r"\s+than\s+(?:or equal to\s+)?|at\s+(?:least|most)\s+|(?:other|different)\s+(?:than|from)\s+)"
    r"|\b[a-z]{2,}n['’]t\s+(?:be\s+|equal\s+)?|\b(?:cannot|not)\s+(?:be|equal)\s+(?:to\s+)?|\b(?:except|excluding)\s+(?:for\s+)?"
    r"|\b(?:impossible|not possible)\b[^,.;:=$\n]{0,40})(?:equal to\s+|exactly\s+)?"
    r"(?:[-−+$£€*\s(]|\\[(\[]|[a-zA-Z]\s*=\s*)*$",
    re.IGNORECASE,
)
_BOUND_CUES = ("not", "n't", "n’t", "never", "than", " from", "least", "most", "except", "exclud", "impossible")
_LEAD_WORDS = lazy_pattern(
    r"(?:\s*(?:so|therefore|thus|hence|then|finally|consequently|and|in conclusion|we (?:get|have|find|conclude"
    r"|obtain)(?: that)?|that|it follows that|"
    r"donc|ainsi|also|daher|somit|folglich|por (?:lo )?tanto|entonces|portanto|logo|assim|quindi|dunque"
    r"|следовательно|значит|итак|因此|所以|故|よって|따라서)"
    r"(?![A-Za-z])[,:，：]?)+\s*", re.IGNORECASE
)  # fmt: skip


def settle(text: str, low: int, high: int, kind: AnswerKind | None) -> Span:
    """The answer in a marked span: without remarks; a letter for a choice, the figure for a number.

    A sentence ("She pays 12 dollars in 3 weeks.") is searched for what it states.
    """
    low, high = trim(text, low, high)
    if kind == "choice":
        letter = letter_within(text, low, high)
        if letter:
            return letter
    low, high = trim(text, *without_remark(text, low, high))
    if low == high:
        return low, high
    if text[low] in "$\\" and (first := formulas(text, low, high)) and first[0] == (low, high):
        return plain_number(text, first[0]) if kind == "number" else first[0]
    if text[low] > "\u2e80" and (bracket := _CJK_BRACKET().search(text, low, high)):
        return bracket.span(1)
    if is_sentence(text, low, high):
        return within(text, low, high, kind) or (low, high)
    if kind == "number":
        return figure(text, low, high)
    return _named_formula(text, low, high)


def _named_formula(text: str, low: int, high: int) -> Span:
    """Of "the fraction $3/4$" the formula; of "all integers except $0$", "x = $5$", "3 and $5$" everything."""
    if text[high - 1] in "$)]" and _NOUN().match(text, low, high):
        spans = formulas(text, low, high)
        if len(spans) == 1 and spans[0][1] == high and _NOUN().fullmatch(text, low, spans[0][0]):
            return spans[0]
    return low, high


def is_sentence(text: str, low: int, high: int) -> bool:
    """Whether it is a sentence with a figure or a formula in it, not a bare answer, in words or with a unit."""
    if high - low < 12 or not _SENTENCE_START().match(text, low, high):
        return False
    words = 0
    for words, _ in enumerate(_WORD().finditer(text, low, high), 1):
        if words == 3:
            break
    return words == 3 and _FIGURE().search(text, low, high) is not None


def plain_number(text: str, span: Span) -> Span:
    r"""The figure that a formula is or ends with (`$x = 5$`: 5); the formula itself if it is more than that."""
    low, high = inner(text, span)
    equals = text.rfind("=", low, high)
    approx = text.rfind("\\approx", low, high)
    at = max(low, equals + 1, approx + len("\\approx") if approx >= 0 else low)
    found = first_number(text, at, high)
    if found is None or text[at : found[0]].strip():
        return span
    if _UNIT().fullmatch(text, found[1], high):
        return found
    return span


def figure(text: str, low: int, high: int) -> Span:
    """The figure in "5 apples" or "20 - 8 = 12 apples"; the whole span where there is none, or more than one can be."""
    spans = formulas(text, low, high)
    if spans:
        return plain_number(text, spans[0]) if len(spans) == 1 else (low, high)
    if is_exact(text, low, high):
        return low, high
    found = list(numbers(text, low, high))
    if not found:
        return number_words(text, low, high) or (low, high)
    equals = last_equals(text, low, high)
    if equals >= 0 and _apart(text, found):
        return low, high
    behind = [span for span in found if span[0] > equals]
    if not behind or _apart(text, behind):
        return low, high
    lead = text[max(low, equals + 1) : behind[0][0]].strip()
    if lead and not (lead[-1].isalpha() or lead[-1] in "(:~≈$€£¥*'’\"" or lead[-1] > "\u00a0"):
        return low, high  # an expression: "x + 5", "(2, 3)"
    tail = text[behind[0][1] : behind[0][1] + 2]
    is_factor = tail[:1].isascii() and tail[:1].isalpha() and not tail[1:].isalpha() and not lead and equals < 0
    if tail and (tail[0] in "^!_√" or (is_factor and tail[0] not in "hmsgLlkKcCFJNWVA")):
        return low, high  # "3x", "5!"
    if text[max(low, equals + 1) : behind[0][0]].strip() == "(":
        return low, high
    if len(behind) > 1 and not any(c.isalpha() for c in text[behind[0][1] : behind[1][0]]):
        return low, high  # "3 + 4", "(1, 2)"
    return behind[0]


def _apart(text: str, found: list[Span]) -> bool:
    """Whether two figures are given side by side: "5 or 7", "x = 5 and x = 7"."""
    return any(_ALTERNATIVES().fullmatch(text, a[1], b[0]) for a, b in pairwise(found))


def within(text: str, low: int, high: int, kind: AnswerKind | None) -> Span | None:
    """What a sentence states: its bold part, its last formula, or the figure it comes to."""
    if kind == "choice":
        return letter_within(text, low, high, anywhere=True)
    whole = high
    low = _after_so(text, low, high)
    cut = without_remark(text, low, _before_note(text, low, high))
    if cut[1] < high and _INSERTED().match(text, cut[1], high) and text.find("=", low, cut[1]) < 0:
        cut = low, high
    if _FIGURE().search(text, *cut):
        low, high = cut
    spans = formulas(text, low, high)
    outside = [span for span in numbers(text, low, high) if not any(a <= span[0] < b for a, b in spans)]
    if len(outside) > 1:  # the exponent of a unit, "12 cm^2", is no figure of its own
        outside = [span for span in outside if text[span[0] - 1] != "^" or not text[span[0] - 2].isalpha()] or outside
    if remarks := asides(text, low, high):
        spans = [span for span in spans if not any(a <= span[0] < b for a, b in remarks)]
        outside = [span for span in outside if not any(a <= span[0] < b for a, b in remarks)]
    if spans:
        last = spans[-1]
        behind = [span for span in outside if span[0] >= last[1]]
        joined = len(spans) > 1 and text[spans[-2][1] : last[0]].strip(" ,") in ("or", "and", "or $", "")
        if joined and kind != "number":
            return _with_name(text, low, (spans[-2][0], last[1]))
        if kind == "number":
            return _numeric(text, low, spans, outside)
        if not behind or not _says_more(text, last[1], behind[-1][0]):
            return last
        outside = behind
    equals = _equation(text, low, high)
    if equals is not None and kind != "number":
        return equals
    if not outside:
        return number_words(text, low, high) if kind == "number" else _stated(text, low, high)
    return _chosen(text, low, high, outside, kind, _last_result(text, low if whole == high else whole))


def _numeric(text: str, low: int, spans: list[Span], outside: list[Span]) -> Span:
    """The figure of a sentence with formulas: the last one that "is" leads to, else the last, else the last formula."""
    found: list[tuple[Span, bool]] = []
    computed: list[Span] = []
    for span in sorted([*spans, *outside]):
        number = plain_number(text, span) if span in spans else span
        if number != span or span not in spans:
            lead = text[max(low, span[0] - 24) : span[0]]
            bare = span not in spans or "=" not in text[slice(*span)]
            found.append((number, bare and _IS_AT_END().search(lead) is not None))
            if not bare and not _CONDITION().search(lead):
                computed.append(number)
    stated = [number for number, is_stated in found if is_stated]
    last = max(spans)
    if stated:
        return stated[-1]
    if computed:
        return computed[-1]
    return found[-1][0] if found else last


def is_denied(text: str, low: int, span: Span) -> bool:
    """Whether a sentence that begins at `low` only says what the value is not, or what bounds it."""
    lead = text[max(low, span[0] - 80) : span[0]].lower()
    if not any(cue in lead for cue in _BOUND_CUES):  # most sentences: spares them the pattern
        return False
    return _BOUND().search(text, max(low, span[0] - 80), span[0]) is not None


def _after_so(text: str, low: int, high: int) -> int:
    """Where a sentence comes to its conclusion: "He pays $5 and $10, so $15 in all"."""
    subordinate = _SUBORDINATE().match(text, low, high)
    if subordinate and _FIGURE().search(text, subordinate.end(), high):
        low = subordinate.end()
    for match in _SO().finditer(text, low, high):
        if _FIGURE().search(text, match.end(), high):
            low = match.end()
    return low


def _before_note(text: str, low: int, high: int) -> int:
    """Where a closing note in brackets begins, if a figure stands before it: "12 apples (3 boxes of 4)"."""
    note = _NOTE().search(text, max(low, high - 120), high)
    return note.start() if note and _FIGURE().search(text, low, note.start()) else high


def _says_more(text: str, low: int, high: int) -> bool:
    return _COPULA().search(text, low, high) is not None or "=" in text[low:high]


def _with_name(text: str, low: int, span: Span) -> Span:
    lead = text[max(low, span[0] - 6) : span[0]]
    name = lead.rstrip()
    if name.endswith("=") and len(name) > 1:
        at = span[0] - len(lead) + lead.rfind(name[-2:].strip()[0])
        return at, span[1]
    return span


def _equation(text: str, low: int, high: int) -> Span | None:
    """`x = 5` in "Therefore, x = 5", the last side of a longer chain; None without an equals sign."""
    equals = last_equals(text, low, high)
    if equals < 0 or text[equals - 1 : equals] in "<>!≤≥":
        return None
    right = trim(text, equals + 1, high)
    if right[0] == right[1]:
        return None
    left = rstrip_space(text, low, equals)
    start = left
    while start > low and left - start < 24 and not text[start - 1].isspace() and text[start - 1] not in ",:;*":
        start -= 1
    before = text[max(low, start - 2) : start].strip()
    if _NAME().fullmatch(text, start, left) and before not in ("+", "-", "*", "/", "=", "^"):
        return start, right[1]
    if text[equals - 1 : equals].isalpha() and not before:
        return start, right[1]
    return right


def rstrip_space(text: str, low: int, high: int) -> int:
    while high > low and text[high - 1].isspace():
        high -= 1
    return high


def _chosen(text: str, low: int, high: int, found: list[Span], kind: AnswerKind | None, result: str) -> Span:
    """Among the figures of a sentence: the one last computed before, else the last that is no span of time."""
    last = found[-1]
    equals = last_equals(text, low, high)
    if equals >= 0 and equals < last[0]:
        return next(span for span in found if span[0] > equals)
    if len(found) > 1:
        for span in reversed(found):
            if result and value_of(text, span) == result:
                return span
        for span in reversed(found):
            before = _SPAN_OF_TIME().search(text, max(low, span[0] - 24), span[0] + 1)
            if not (before and before.end() >= span[0] and _TIME_UNIT().match(text, span[1], high)):
                last = span
                break
    if kind != "number":
        tail = _COPULA().search(text, low, last[0] + 1)
        while tail and tail.end() < last[0]:
            tail = _COPULA().search(text, tail.end(), last[0] + 1)
        end = trim(text, last[0], high)[1]
        if tail and tail.end() == last[0] and sum(1 for _ in _WORD().finditer(text, last[1], end)) <= 3:
            return last[0], end
    return last


def _last_result(text: str, high: int) -> str:
    """The figure behind the last equals sign before `high`; empty if there is none."""
    for _ in range(3):
        equals = text.rfind("=", max(0, high - 400), high)
        if equals < 0:
            return ""
        found = first_number(text, equals + 1, min(len(text), equals + 40))
        if found is not None and not any(c.isalpha() for c in text[equals + 1 : found[0]]):
            return value_of(text, found)
        high = equals
    return ""


def _stated(text: str, low: int, high: int) -> Span | None:
    """The words behind the last "is" of a sentence without a figure, if they are few."""
    tail = None
    for tail in _COPULA().finditer(text, low, high):  # noqa: B007  (the last one)
        pass
    if tail is None:
        return None
    span = trim(text, tail.end(), high)
    return span if span[0] < span[1] and sum(1 for _ in _WORD().finditer(text, *span)) <= 5 else None


def without_lead(text: str, low: int, high: int) -> int:
    """Where a sentence begins behind its "Therefore,"."""
    lead = _LEAD_WORDS().match(text, low, high)
    return lead.end() if lead else low
