"""A correction behind an answer that was marked: "Wait, that is wrong. ... so 7", "Correction: 7"."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from lemma_eval.answers.extraction.announced import announced_value
from lemma_eval.answers.extraction.found import Place
from lemma_eval.answers.extraction.guesses import guess
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern

if TYPE_CHECKING:
    from lemma_eval.problem import AnswerKind

_ATTEMPTS = 20
_REACH = 50_000  # characters behind the answer

# At the beginning of a sentence; "wait" alone may begin a check, so it needs a sign that something was wrong.
_CUE = lazy_pattern(
    r"[.!?…—–:;)*}$。！？\n][\s*_(>—–-]{0,12}+(?:but\s+|oh[,!]?\s+|hmm+[,.!…]*\s+|however,?\s+)*"
    r"(?:(correction|corrected(?: answer)?|corrig\w+|corrección|korrektur|correção|更正|修正"
    r"|订正|訂正|исправление|edit)\b|"
    r"(actually|no(?=[,.!:—–])|nope|oops|sorry|scratch that|my mistake|my apologies|i apologi[sz]e|apologies"
    r"|i (?:made|see|realize|realise|noticed|forgot|miscalculated|misread)|on second thou?ghts?"
    r"|let me (?:correct|fix|redo|recalculate|recompute|revise)|"
    r"(?:that|this)(?:['’]s| is| was)\s+(?:wrong|incorrect|not (?:right|correct|quite)|a mistake|an error)|不对"
    r"|不對|错了|錯了|espera|attends|moment mal|нет|いや|間違)|"
    r"(wait|hold on|hang on|等等|等一下|待って|подождите|ожидай))", re.IGNORECASE
)  # fmt: skip
_WRONG = lazy_pattern(
    r"\b(?:wrong|incorrect|mistake\w*|error|forgot|missed|misread|miscalculat\w*|should (?:be|have)|not right"
    r"|not correct|isn['’]t|actually|correct(?:ed|ion)|overlooked|instead|no\b)|错|錯|不对|不對|间违|間違",
    re.IGNORECASE,
)
_CONFIRMED = lazy_pattern(
    r"\b(?:is|was|looks?|seems?|still|all) (?:indeed |still |actually |in fact )?(?:correct|right|fine"
    r"|consistent|valid|good)\b|checks out|\b(?:confirm|match)\w*|no mistake|no error|正确|没错",
    re.IGNORECASE,
)
_SHOULD = lazy_pattern(
    r"\b(?:should (?:actually |really )?(?:be|have been)|(?:it|that|this|answer|value|result|total)(?:['’]s| is"
    r"| equals| becomes)(?: actually| really)?|应该是|應該是|应为|是)\s*[:：]?\s*(?=[-−$\\\d*(])",
    re.IGNORECASE,
)
_AT_ONCE = lazy_pattern(
    r"[\s,:：—–-]*(?:(?:to|it['’]?s|it is|that['’]?s|the (?:correct |right |final )?(?:answer|value"
    r"|result) (?:is|should be))\s+)?(?=[-−$\\\d*(]|[A-Ja-z]\b\W)",
    re.IGNORECASE,
)


def corrected(text: str, low: int, end: int, kind: AnswerKind | None) -> Place | None:
    """What a correction in `text[low:end]` puts in the place of an answer before `low`; None without one."""
    for match in islice(_CUE().finditer(text, max(0, low - 1), min(end, low + _REACH)), _ATTEMPTS):
        at = match.end()
        rest = text[at : min(end, at + 300)]
        if match[3] and not _WRONG().search(rest):
            continue
        if _CONFIRMED().search(rest) and not match[1]:
            continue
        at_once = _AT_ONCE().match(text, at, end)
        if at_once and (match[1] or match[2]):
            place = announced_value(text, low, at_once.end(), end, kind)
            if isinstance(place, Place):
                return place
        should = _SHOULD().search(text, at, min(end, at + 300))
        if should:
            place = announced_value(text, low, should.end(), end, kind)
            if isinstance(place, Place):
                return place
        return guess(text, at, end, kind)[0]
    return None
