"""The value behind an announcement: where it ends, and whether it is one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from lemma_eval.answers.extraction import languages
from lemma_eval.answers.extraction.choices import letter_within
from lemma_eval.answers.extraction.formulas import formula_at
from lemma_eval.answers.extraction.found import Place, Span
from lemma_eval.answers.extraction.guesses import guess
from lemma_eval.answers.extraction.json_values import is_open_string, json_value
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern
from lemma_eval.answers.extraction.numbers import number_words
from lemma_eval.answers.extraction.remarks import trim
from lemma_eval.answers.extraction.sentences import is_abbreviation, is_broken_off, rstrip
from lemma_eval.answers.extraction.values import is_sentence, settle, within

if TYPE_CHECKING:
    from lemma_eval.problem import AnswerKind

Announced = Place | Literal["cut"] | None

MAX_SENTENCE = 1000  # characters

_LEAD = lazy_pattern(
    r"(?:[\s:：=>→]|\*\*|\*(?=\s|\*)|_(?=_)|#{1,6}\s|\\(?:quad|qquad|displaystyle)|\\[,;: ]|~(?=\S)|"
    r"(?:that|therefore|thus|then|simply|just|clearly|indeed|exactly|precisely|approximately|about|roughly"
    r"|around|nearly|only|equal\s+to|given\s+by|"
    r"(?:as\s+|the\s+)?follow(?:s|ing)|(?:given\s+|shown\s+)?below|now|so|hence|obviously|actually|of\s+course"
    r"|therefore|still|also|in\s+fact|indeed|found\s+to\s+be|"
    r"a\s+total\s+of|the\s+(?:number|integer|value)(?=\s+[-−$\\\d]))(?![A-Za-z'])[,:]?)*+", re.IGNORECASE
)  # fmt: skip
_BULLET = lazy_pattern(r"[ \t]*(?:[-*•+]\s+(?=\S)|\d{1,2}[.)]\s+(?=[A-Za-z$\\(]))")
_END = lazy_pattern(r"\n|[.!?]++(?=\s|$|[\"')*\]”])|[。！？।؟｡۔]|\*\*(?![\w(])|<(?=/?[A-Za-z|])|\s\|(?=[\s|]*(?:\n|$))")
_NO_VALUE = lazy_pattern(
    r"(?:(?:definitely|clearly|indeed|also|completely|obviously|not)\s+)*(?:correct|incorrect|wrong|right|false"
    r"|reasonable|valid|invalid|consistent|confirmed|verified|unique|"
    r"obtained|found|calculated|computed|determined|expressed|written|rounded|supposed|expected|derived|shown"
    r"|given|needed|required|asked|not|n't|"
    r"too|an?\s+(?:\w+\s+){0,2}(?:integer|number|fraction|whole|multiple|decimal|expression|value|ordered"
    r"|function)|in\s+(?:the|its|simplest|terms|a)\b|in\s+(?:cm|kg|km|m|dollars|degrees)\b|"
    r"(?:at\s+(?:least|most)|(?:no|not)\s+(?:more|less|fewer|greater)\s+than|fewer\s+than|(?:smaller|larger|higher|lower)"
    r"\s+than)(?=\s+[-−$£€\\\d*])|of\s+the|less\s+than|greater\s+than|more\s+than|bigger|smaller|larger|above|here|there|what|how|why|where"
    r"|which|\.\.\.|…|your|"
    r"\[|<|let['’]?s?\b|we\s+(?:need|must|have|can|will|first|know|want)|to\s+(?:find|solve|get|calculate"
    r"|determine|compute)|first|step\b|i\s+(?:need|will|must)|"
    r"given\s+that|because|if\b|when\b)", re.IGNORECASE
)  # fmt: skip
_MEANT = lazy_pattern(
    r"(?:\[|<|_{2,}|\?+$|\.\.\.$|(?:the|your|insert|put|write|final)\s+(?:final\s+)?(?:answer|number"
    r"|result)\s*(?:here)?[\]>]?$)",
    re.IGNORECASE,
)
_JOINER = lazy_pattern(
    r"\s*(?:,|,?\s*(?:\band\b|\bor\b|\bet\b|\bou\b|\bund\b|\boder\b|\by\b|\bo\b|和|或|、))\s*(?=\$|\\\(|\\\[)"
)
_UNIT = lazy_pattern(
    r"\s+(?!(?:and|or|is|are|because|since|so|as|but|which|where|for|if|when|to|in|on|the"
    r"|then)\b)[A-Za-z°²³/^%-]+(?:\s(?!(?:and|or|is|are|because|since|so|as|but|which|where|for|if|when|to|in"
    r"|on|the|then)\b)[A-Za-z°²³/^-]+){0,2}(?=\s*(?:[.\n!]|\*\*|$))"
)
_EXPLAINED = lazy_pattern(
    r"\W*(?:explanation|because|since|reason|here['’]?s|this is|solution|steps?\b|work|justification|note|proof"
    r"|check|verif|let me|we\b|explication|erklärung|explicación|解释|解析|说明|理由)",
    re.IGNORECASE,
)
_CONCLUDES = lazy_pattern(
    r"=|\b(?:is|are|so|therefore|thus|hence|total|altogether|in all|left|equals?|will|can|needs?|makes?|earns?"
    r"|costs?|pays?|spends?|takes?|gets?)\b|[是为共]",
    re.IGNORECASE,
)
_IN_WORDS = lazy_pattern(r"(?:[^\W\d_]+[\s,'’-]+){2,}[^\d$\\=∞½πφ∅]*$")
_NO_NUMBER = lazy_pattern(
    r"undefined|\b(?:no|none|not|all|any|every|yes|true|false|real)\b|n't|infinit|impossible|cannot|exist"
    r"|unknown|enough|empty",
    re.IGNORECASE,
)
_PARAGRAPH = lazy_pattern(r"\n[ \t]*\n")


def announced_value(
    text: str, start: int, at: int, end: int, kind: AnswerKind | None, *, is_json: bool = False
) -> Announced:
    """The value that begins behind `at`: "cut" if the text ends before it does, None if nothing there is a value."""
    if is_json:
        place = json_value(text, at, end)
        if place is not None:
            if kind == "choice" and place.answer is None:
                return _settled(text, place.low, place.high, end, kind)
            return place
        if is_open_string(text, at, end):
            return "cut"
    lead = _LEAD().match(text, at, end)
    low = lead.end() if lead else at
    if text.startswith("<", low) or text.startswith("[ANSWER]", low):
        return None
    if text[text.rfind("\n", max(0, low - 20), low) :][:1] == "\n" and not text[text.rfind("\n", 0, low) : low].strip(
        " \n\t*"
    ):
        bullet = _BULLET().match(text, low, end)
        if bullet:
            return _bullets(text, low, end, kind)
    if low >= end or not text[low:end].strip(" .…*"):
        return "cut"
    opener = text[low]
    if opener == "\\" and text.startswith(("\\boxed", "\\fbox"), low):
        return "cut"
    if opener in "$\\":
        close = formula_at(text, low, end)
        if close is not None:
            return _from_formula(text, low, close, end, kind)
        if text.startswith(("\\(", "\\[", "\\begin", "$$"), low) or (
            opener == "$" and not text[low + 1 : low + 2].isdigit()
        ):
            return "cut" if end - low < MAX_SENTENCE else None
    if opener in '"“「『`' and "\n" not in text[low : low + 3]:
        closer = {"“": "”", "「": "」", "『": "』"}.get(opener, opener)
        begin = low
        while text.startswith(opener, begin) and begin < low + 3:
            begin += 1
        quote = text.find(closer, begin, min(end, low + 300))
        if quote > begin and "\n" not in text[begin:quote]:
            return _settled(text, begin, quote, end, kind)
    return _sentence(text, start, low, end, kind)


def _sentence(text: str, start: int, low: int, end: int, kind: AnswerKind | None) -> Announced:
    limit = min(end, low + MAX_SENTENCE)
    stop = limit
    for match in _END().finditer(text, low, limit):
        stop = match.start()
        if match[0][0] == "." and (is_abbreviation(text, low, stop) or _is_meridiem(text, stop, limit)):
            stop = limit
            continue
        if match[0] == "\n" and _goes_on(text, low, stop):
            stop = limit
            continue
        break
    if text[stop : stop + 1] == "." and text[max(0, stop - 3) : stop].lower() in ("p.m", "a.m"):
        stop += 1
    if kind == "choice" and (letter := letter_within(text, low, stop)):
        return Place(*letter)
    if not text.isascii() and (match_tail := languages.TAILS().search(text, max(low, stop - 12), stop)):
        stop = match_tail.start()
    in_words = text[low].isalpha() or text[low] in "[_.?…<"
    if not in_words:
        pass
    elif kind == "choice" or not _NO_VALUE().match(text, low, stop):
        if _MEANT().match(text, low, stop):
            return None
    elif kind != "text" or stop - low > 30:
        return _contrast(text, low, stop, end, kind)
    if stop >= rstrip(text, low, end) and stop == end and is_broken_off(text, low, stop, []):
        return "cut"
    if (
        in_words
        and kind == "number"
        and _IN_WORDS().match(text, low, stop)
        and not _NO_NUMBER().search(text, low, stop)
        and not number_words(text, low, stop)
    ):
        return None
    if in_words and kind != "choice" and is_sentence(text, low, stop):
        more = (
            _PARAGRAPH().match(text, stop + (text[stop : stop + 1] in tuple(".!。")), end)
            or not text[stop + 1 : end].strip()
        )
        if not more and text[stop + 1 : end].strip() and not _EXPLAINED().match(text, stop + 1, end):
            return _from_paragraph(text, low, stop, end, kind)
        if (
            not _CONCLUDES().search(text, low, stop)
            and text[stop + 1 : end].strip()
            and not _EXPLAINED().match(text, stop + 1, end)
        ):
            return None
    return _settled(text, low, stop, end, kind)


def _from_paragraph(text: str, low: int, stop: int, end: int, kind: AnswerKind | None) -> Announced:
    """Of "Answer: She has 5 boxes. Each holds 4. So 20." the last sentence, if the text ends with the paragraph."""
    paragraph = _PARAGRAPH().search(text, stop, end)
    limit = paragraph.start() if paragraph else end
    if paragraph and text[paragraph.end() : end].strip() and not _EXPLAINED().match(text, paragraph.end(), end):
        return None
    return guess(text, low, limit, kind)[0]


def _from_formula(text: str, low: int, close: int, end: int, kind: AnswerKind | None) -> Announced:
    """A formula, the ones joined to it, and its unit."""
    first = close
    while joiner := _JOINER().match(text, close, end):
        further = formula_at(text, joiner.end(), end)
        if further is None:
            break
        close = further
    if close == first:
        rest = text[close : close + 12].lstrip()
        if rest[:1] in ("=", "≈") or rest[:1] in ("+", "/", "^") or (rest[:2] == "- " and rest[2:3] in "$\\"):
            return _sentence(text, low, low, end, kind)
        if text[low] == "$" and rest[:1] == "(" and text[close : close + 1] == "(":
            return _sentence(text, low, low, end, kind)
        if kind not in ("number", "choice") and (unit := _UNIT().match(text, close, min(end, close + 60))):
            close = unit.end()
    if kind == "choice" or (kind == "number" and close == first):
        return _settled(text, low, close, end, kind)
    return Place(low, close)


def _bullets(text: str, low: int, end: int, kind: AnswerKind | None) -> Announced:
    """The one item of a list, or all of them, read as one list."""
    items: list[Span] = []
    at = low
    while len(items) < 20 and (bullet := _BULLET().match(text, at, end)):
        stop = text.find("\n", bullet.end(), end)
        stop = end if stop < 0 else stop
        items.append(trim(text, bullet.end(), min(stop, bullet.end() + MAX_SENTENCE)))
        at = stop + 1
    items = [item for item in items if item[0] < item[1]]
    if not items:
        return None
    if len(items) == 1:
        return _settled(text, *items[0], end, kind)
    return Place(items[0][0], items[-1][1], ", ".join(text[slice(*item)] for item in items))


def _settled(text: str, low: int, high: int, end: int, kind: AnswerKind | None) -> Announced:
    low, high = settle(text, low, high, kind)
    return Place(low, high) if low < high else None


def _contrast(text: str, low: int, stop: int, end: int, kind: AnswerKind | None) -> Announced:
    """ "not 5 but 7"; "given by the sum, which is 7": what the sentence comes to, if it says so."""
    but = text.find(" but ", low, stop)
    if but >= 0 and text[low : low + 3].lower() in ("not", "n't"):
        return _settled(text, but + 5, stop, end, kind)
    for sign in ("which is ", "which gives ", "which equals ", " = ", ": "):
        at = text.rfind(sign, low, stop)
        if at >= 0 and any(c.isdigit() or c in "$\\" for c in text[at:stop]):
            span = within(text, at, stop, kind)
            return Place(*span) if span and span[0] < span[1] else None
    return None


def _is_meridiem(text: str, stop: int, limit: int) -> bool:
    """Whether it is the point of "3 p.m. on Monday" and no full stop."""
    return (
        text[max(0, stop - 3) : stop].lower() in ("p.m", "a.m")
        and text[stop + 1 : min(limit, stop + 3)].strip()[:1].islower()
    )


def _goes_on(text: str, low: int, stop: int) -> bool:
    """Whether an environment, or a bracket of one, is still open at the line's end."""
    return text.rfind("\\begin{", low, stop) > text.rfind("\\end{", low, stop)
