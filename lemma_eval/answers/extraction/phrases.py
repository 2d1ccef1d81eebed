"""What announces an answer in words: "The answer is X", "Answer: X", "## Final answer", "X is the answer", 答案是 X."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from lemma_eval.answers.extraction import languages
from lemma_eval.answers.extraction.announced import Announced, announced_value
from lemma_eval.answers.extraction.found import Place
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern
from lemma_eval.answers.extraction.values import settle, without_lead

if TYPE_CHECKING:
    from lemma_eval.problem import AnswerKind

_ATTEMPTS = 150  # occurrences of a stem that are tried, from the last on
_LOOK_BACK = 90  # characters before an announcement that may make it a mere supposition

_COPULA = (
    r"(?:is|are|was|were|equals?|becomes?|remains|comes?\s+(?:out\s+)?(?:to\s+)?(?:be|as)?(?:\s+be)?"
    r"|turns\s+out\s+to\s+be"
    r"|works\s+out\s+to(?:\s+be)?|evaluates\s+to|(?:would|should|must|will|has\s+to|can\s+only)\s+(?:\w+ly\s+"
    r"|then\s+|therefore\s+|thus\s+|now\s+|actually\s+)?be)"
)
_ENGLISH = lazy_pattern(
    r"s?(?:\(s\))?(?:\s?value)?(?:\*\*|[\"'”’`*_)\]}])*+"
    r"(?:(?:\s{0,8}\([^()\n]{1,60}\))?\s{0,8}+(?:[:：=→⇒]|[-=]>|\|(?=[^|\n]*\d)|—|–(?= ))"
    r"|[^\S\n]{0,8}+\n\s{0,8}+(?:[-=]{3,}\s{0,8}\n)?(?=\S)"
    r"|\s{1,8}[-]\s(?=[\d$\\(])"
    r"|(?:\s{1,8}(?:to|for|of|in|here|we|that|which|you|obtained|found|I|from|as|on|at|rounded|after|when|using|\()"
    r"[^.\n:：=?!;]{0,100}?)??(?:,?\s{1,8}(?:then|therefore|thus|hence|so|simply|just|clearly|finally|indeed|now"
    r"|also|still|actually|obviously)\s{0,8},?)?"
    rf"(?:\s{{1,8}}{_COPULA}\b(?!\s{{0,8}}n['o’]t\b|\s{{1,8}}\w*\s{{0,8}}not\b|n't)(?:['’]t)?|['’]s\b|\s{{0,8}}[:：=])"
    r"|\s{1,8}of\s{1,8}(?=[-−$\\(\d*])|\s{0,8}[,:]?\s{1,8}(?=\\\[|\\\(|\$|\*\*[-\d$\\])"
    r"|\s{1,8}(?=[-−]?\d[\d,.]*\s{0,8}(?:[.\n]|$)))", re.IGNORECASE
)  # fmt: skip
_POSTFIX = lazy_pattern(
    r"(?:^|\s)(?:(?:is|are|was)|gives us|as)\s+(?:(?:therefore|thus|then|indeed|also|hence)\s+)?(?:the|our|my"
    r"|your)\s+(?:(?:final|correct|right|required|desired|only|best|exact)\s+)*a$",
    re.IGNORECASE,
)
_IS_HEADED = lazy_pattern(
    r"[^\w\n]*(?:\d{1,2}[.):]\s*)?(?:the|your|my|our|a)?\s*(?:final|short|direct|correct|exact|quick)?[^\w\n]*",
    re.IGNORECASE,
)
_SO = lazy_pattern(r";\s|[,:]\s(?:and\s)?(?=(?:so|thus|therefore|hence)\b)", re.IGNORECASE)
_AFTER_POSTFIX = lazy_pattern(
    r"s?(?:\*\*|[)\"'])*(?=\s*(?:[.!,;\n]|$|\*\*|to\b|for\b|because\b|since\b|here\b))", re.IGNORECASE
)
_SUPPOSED = lazy_pattern(
    r"(?:\b(?:if|suppose|supposing|assum\w+|whether|unless|imagine|were)\b[^.\n!?;:]*"
    r"|\b(?:might|may|could|would|people|students?|someone|one|tempting|tempted)\b[^.\n!?;:]*\b(?:think|thinks"
    r"|say|says|guess|guesses|believe|conclude|expect|claim|claims|assume|thought)\b[^.\n!?;]*"
    r"|\b(?:wrong|incorrect|first|initial|previous|earlier|naive|tempting|common|intermediate|partial|original"
    r"|another|alternative|old|false|his|her|their|bad|"
    r"student['’]s|every|each|no|any|possible|example|sample|expected|multiple|some|above)\s+(?:\w+\s+)?"
    r"|\b(?:check|choose|give|express|write|enter|report|round|leave|state|submit|put|provide|simplify|find|box"
    r"|format)\w*\s+(?:\w+\s+)?(?:your|the|my|our|an|final)\s+(?:final\s+)?)$", re.IGNORECASE
)  # fmt: skip
_FINAL_RESULT = lazy_pattern(r"\b[Ff]inal (?:result|solution)|FINAL RESULT|Final (?:value|total)(?=\W*:)")
_ANS = lazy_pattern(
    r"(?:(?<![A-Za-z])(?:Ans|ANS)|(?:^|(?<=\n)|(?<=[*# ]))ans)\b\.?(?:\*\*)?\s*(?:[:：=→]|\bis\b|-\s|[.]\s)\s*"
)
_A_LINE = lazy_pattern(r"(?:^|(?<=\n))\W{0,4}A\s*(?:\*\*)?[:：][ \t*]*(?=\S)")


def last_phrase(text: str, start: int, end: int, kind: AnswerKind | None) -> tuple[Place | None, bool]:
    """The last answer announced in words, and whether an announcement was cut off before its value.

    An announcement as the *final* answer counts more than a later one that is not.
    """
    cut = False
    first: Place | None = None
    for tried, at in enumerate(_occurrences(text, start, end)):
        if tried == _ATTEMPTS:
            break
        final = "final" in text[max(start, at - 12) : at].lower()
        if first is not None and not final:
            continue
        place = _english(text, start, at, end, kind)
        if place is None:
            continue
        if place == "cut":
            cut = True
            continue
        if isinstance(place, Place):
            if final:
                return place, False
            first = first or place
            if text.rfind("inal", start, at) < 0 and text.rfind("INAL", start, at) < 0:
                break
    if first is not None:
        return first, False
    place = _elsewhere(text, start, end, kind)
    if isinstance(place, Place):
        return place, False
    return None, cut or place == "cut"


def _occurrences(text: str, start: int, end: int) -> Iterator[int]:
    """Indices behind each "answer" (any case), from the last to the first, minus the first letter."""
    low, up = text.rfind("nswer", start, end), text.rfind("NSWER", start, end)
    while low >= 0 or up >= 0:
        if low > up:
            yield low
            low = text.rfind("nswer", start, low)
        else:
            yield up
            up = text.rfind("NSWER", start, up)


def _english(text: str, start: int, at: int, end: int, kind: AnswerKind | None) -> Announced:
    match = _ENGLISH().match(text, at + 5, end)
    begin = max(start, at - _LOOK_BACK)
    if match is None:
        return _postfix(text, start, at, end, kind)
    for stop in (". ", "\n"):
        begin = max(begin, text.rfind(stop, begin, at) + 1)
    if _SUPPOSED().search(text, begin, at - 1):
        return None
    heading = (
        match.end() > at + 6
        and "\n" in match[0]
        and not any(c in match[0] for c in ":：=")
        and not match[0].strip(" \n\"'*_)]}:-=`").strip()
    )
    if heading and not _IS_HEADED().fullmatch(text, max(start, text.rfind("\n", start, at) + 1), at - 1):
        return None
    is_json = (
        text[match.start() : match.end()].lstrip("s")[:1] in "\"'"
        and ":" in match[0]
        and text[at - 2 : at - 1] in "\"'_ lL"
    )
    return announced_value(text, start, match.end(), end, kind, is_json=is_json and "\n" not in match[0])


def _postfix(text: str, start: int, at: int, end: int, kind: AnswerKind | None) -> Announced:
    """ "Hence 12 is the answer": what stands before."""
    if not _AFTER_POSTFIX().match(text, at + 5, end):
        return None
    verb = _POSTFIX().search(text, max(start, at - 50), at)
    if verb is None:
        return None
    stop = verb.start()
    low = max(
        start,
        stop - 200,
        text.rfind("\n", start, stop) + 1,
        text.rfind(". ", start, stop) + 2 if text.rfind(". ", start, stop) >= 0 else 0,
    )
    if _SUPPOSED().search(text, max(start, low - 1), stop):
        return None
    for semicolon in _SO().finditer(text, low, stop):
        low = semicolon.end()
    low = without_lead(text, low, stop)
    comma = text.rfind(", ", low, stop)
    if comma >= 0 and text.find("$", comma, stop) != comma and not text[comma + 2 : comma + 3].isdigit():
        low = without_lead(text, comma + 2, stop)
    low, high = settle(text, low, stop, kind)
    words = text[low:high].lower()
    if words in (
        "this",
        "that",
        "it",
        "which",
        "and this",
        "and that",
        "so this",
        "here",
        "what",
        "",
        "and",
        "so that",
        "so it",
    ):
        return None
    return (
        Place(low, high)
        if low < high <= low + 200
        and (kind == "text" or any(c.isdigit() or c in "$\\=" for c in words) or high - low < 30)
        else None
    )


def _elsewhere(text: str, start: int, end: int, kind: AnswerKind | None) -> Announced:
    """Announcements by other words and in other languages."""
    if text.find("inal ", start, end) >= 0:
        for match in reversed(list(_FINAL_RESULT().finditer(text, start, end))[-_ATTEMPTS:]):
            after = _ENGLISH().match(text, match.end(), end)
            place = announced_value(text, start, after.end(), end, kind) if after else None
            if place is not None:
                return place
    if text.find("Ans", start, end) >= 0 or text.find("ANS", start, end) >= 0 or text.find("ans:", start, end) >= 0:
        for match in reversed(list(_ANS().finditer(text, start, end))[-_ATTEMPTS:]):
            place = announced_value(text, start, match.end(), end, kind)
            if place is not None:
                return place
    line = max(start, text.rfind("\n", start, end) + 1)
    if text.find(" the ", start, end) >= 0 and (end - line > 100 or not languages.ANY_LATIN().search(text, line, end)):
        return None if text.isascii() else _other_scripts(text, start, end, kind)
    place = _by_stems(text, start, end, kind, languages.LATIN, languages.AFTER_LATIN)
    if place is None and not text.isascii():
        place = _other_scripts(text, start, end, kind)
    return place or _by_stems(text, start, end, kind, languages.LATIN_RESULTS, languages.AFTER_LATIN)


def _other_scripts(text: str, start: int, end: int, kind: AnswerKind | None) -> Announced:
    if not languages.NO_ENGLISH().search(text, start, end):
        return None
    for stems, after in (
        (languages.CJK, languages.AFTER_CJK),
        (languages.CYRILLIC, languages.AFTER_CYRILLIC),
        (languages.ACCENTED, languages.AFTER_LATIN),
        (languages.OTHERS, languages.AFTER_OTHERS),
    ):
        place = _by_stems(text, start, end, kind, stems, after)
        if place is not None:
            return place
    return None


def _by_stems(
    text: str, start: int, end: int, kind: AnswerKind | None, stems: Iterable[str], after: Callable[[], re.Pattern[str]]
) -> Announced:  # fmt: skip
    best: Announced = None
    where = -1
    for stem in stems:
        at = text.rfind(stem, start, end)
        for _ in range(_ATTEMPTS):
            if at < 0 or at <= where:
                break
            match = after().match(text, at + len(stem), end)
            is_word = len(stem) > 1 or stem == "답" or (match and match[0].strip(" *")[-1:] in tuple(":："))
            if match and is_word and not (stem == "svar" and text[at - 1 : at].isalpha()):
                filled = languages.FILLERS().match(text, match.end(), end)
                place = announced_value(text, start, filled.end() if filled else match.end(), end, kind)
                if place is not None:
                    best, where = place, at
                    break
            at = text.rfind(stem, start, at)
    return best


def last_a_line(text: str, start: int, end: int, kind: AnswerKind | None) -> Place | None:
    """`A: X` as the last line."""
    line = text.rfind("\n", start, len(text[:end].rstrip())) + 1
    match = _A_LINE().match(text, max(start, line), end)
    if match is None:
        return None
    place = announced_value(text, start, match.end(), end, kind)
    return place if isinstance(place, Place) else None
