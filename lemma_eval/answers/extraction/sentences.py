"""Sentences of running text in many scripts: where one ends, and whether the last one was cut off."""

from __future__ import annotations

from bisect import bisect_right

from lemma_eval.answers.extraction.found import Span
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern

_STOP = lazy_pattern(r"\n|[.!?]++[\"')\]}”’»*_]*+(?=\s|$)|[。！？।؟｡]++[”’」』）*]*+")
_ABBREVIATIONS = frozenset(
    "Mr Mrs Ms Dr St Prof approx vs No Nos eq Eq Fig sq cu e.g (e.g i.e (i.e ca cf resp z.B d.h p.ej bzw".split()
)
_IGNORED_AT_END = " \t\n\r\v\f*_`\"'”’»"
_DONE = frozenset(".!?。！？।؟｡✓✔☑✅)]}$％%°")
_OPERATORS = frozenset("+-−–—/=×÷·<>≤≥≠≈^_&|\\,(（[{:：;；、，~@#→⇒*")

_FUNCTION_WORDS = frozenset(
    # English
    "a an the of to and or nor but is are was were be been being am that this which who whom whose with by for"
    " from in on at "
    "into onto as if then so we they he she it you i get gets have has had do does did can could will would"
    " shall should "
    "may might must their his her its our your my not than when where while because since therefore thus hence"
    " let let's "
    "per plus minus times equals equal divided multiplied subtract add multiply divide gives give there here"
    " what how that's "
    "every using until before after between about we're we'll it's he's she's also where namely only very most "
    "find calculate compute substitute substituting adding subtracting dividing multiplying finally next now first "
    # French
    "le la les un une des de du et ou que qui est sont au aux dans pour par sur donc nous il elle ils en avec"
    " ce cette se "
    # Spanish, Portuguese, Italian
    "el los las una unos y del al que es son con por para su sus se como cuando entonces tenemos "
    "o os um uma do da dos das não são em com seu sua logo então portanto temos "
    "lo gli di della dei che è sono nel per quindi abbiamo "
    # German, Dutch
    "der die das den dem ein eine einen einer und oder dass ist sind wir im zu mit von für auf wenn also man "
    "het een van en dat zijn voor met "
    # Russian
    "и в во на с со что это для из по к от мы не а но или как то если равно получаем".split()
) - {"o", "i", "y", "e"}
_MEASURE = lazy_pattern(r"(?:[=>]\s*[$]?[\d.,]+|\b(?:sq|cu)\.?|\d)\s+in$|[=>]\s*[\d.,]+\s+times$")
_CJK_OPEN = lazy_pattern(
    r"(?:的|是|为|為|和|与|與|或|因此|所以|那么|等于|乘以|除以|加上|减去|以及|得到|可得|即|设|由|把|将|则|求|が|は|を|に|の|と|も|へ|から|まで|그리고|은|는|을|를|의|에|와|과)\Z"
)


def sentence_end(text: str, low: int, high: int) -> int:
    """Where the sentence that begins at `low` ends: index of its full stop or line break, or `high`."""
    for match in _STOP().finditer(text, low, high):
        stop = match.start()
        if text[stop] != "." or not is_abbreviation(text, low, stop):
            return stop
    return high


def is_abbreviation(text: str, low: int, stop: int) -> bool:
    """Whether the point at `stop` belongs to a word such as "approx." or numbers a list ("2. Add")."""
    begin = max(low, stop - 8)
    at = max(text.rfind(" ", begin, stop), text.rfind("\n", begin, stop)) + 1 or begin
    word = text[at:stop].lstrip("*_")
    if word.isdigit() and len(word) < 3:
        line = text.rfind("\n", max(0, at - 8), at)
        return not text[max(line, 0) : at].strip(" \t\n>*#-") and (line >= 0 or at < 8)
    return word in _ABBREVIATIONS


def sentences(text: str, low: int, high: int, whole: list[Span]) -> list[Span]:
    """The sentences of `text[low:high]`, trimmed, in order; a span in `whole` (a formula) is never split."""
    found: list[Span] = []
    starts = [span[0] for span in whole]
    begin = low
    for match in _STOP().finditer(text, low, high):
        stop = match.start()
        near = bisect_right(starts, stop) - 1
        if near >= 0 and stop < whole[near][1]:
            continue
        if text[stop] == "." and is_abbreviation(text, begin, stop):
            continue
        end = match.end()
        while begin < stop and text[begin].isspace():
            begin += 1
        if begin < stop:
            found.append((begin, end - 1 if text[stop] == "\n" else end))
        begin = end
    begin += len(text[begin:high]) - len(text[begin:high].lstrip())
    high = rstrip(text, begin, high, "")
    if begin < high:
        found.append((begin, high))
    return found


def rstrip(text: str, low: int, high: int, what: str = _IGNORED_AT_END) -> int:
    """The end of `text[low:high]` without the characters in `what`."""
    while high > low and (text[high - 1] in what or text[high - 1].isspace()):
        high -= 1
    return high


def is_broken_off(text: str, low: int, high: int, whole: list[Span]) -> bool:
    """Whether `text[low:high]` stops in the middle: at an operator, a function word, an open formula or bracket."""
    end = rstrip(text, low, high)
    if end <= low:
        return True
    if _is_open(text, low, end, whole):
        return True
    if whole and whole[-1][1] >= end:
        inside = rstrip(text, whole[-1][0], end, " $\\)].,")
        return text[inside - 1] in "=+-−<>^_&({" and not text[whole[-1][0] : end].startswith("\\begin")
    last = text[end - 1]
    if text[end : end + 2] in (" *", "*") and last.isalnum():
        return True
    if last in ".…":
        return text[max(low, end - 3) : end] == "..." or last == "…"
    if last in "。．.!?！？।؟｡":
        return False
    if last in _OPERATORS:
        return True
    if last in _DONE:
        return False
    if last > "\u0e00":
        return _CJK_OPEN().search(text, max(low, end - 6), end) is not None
    word = last_word(text, low, end)
    return word in _FUNCTION_WORDS and not (
        word in ("in", "times") and _MEASURE().search(text, max(low, end - 24), end)
    )


def last_word(text: str, low: int, end: int) -> str:
    """The word that ends at `end`, in lower case; empty if it is a symbol's name, as the `a` in `2a` or `+ a`."""
    at = end
    while at > low and end - at < 30 and (text[at - 1].isalpha() or text[at - 1] in "'’"):
        at -= 1
    if at > low and not text[at - 1].isspace() and text[at - 1] not in '(*_"“,':
        return ""
    if end - at == 1 and rstrip(text, low, at, " ") > low and text[rstrip(text, low, at, " ") - 1] in "+-*/=×·^":
        return ""
    return text[at:end].lower()


def _is_open(text: str, low: int, end: int, whole: list[Span]) -> bool:
    """Whether a formula, a bracket or bold type that begins in the last line is left open."""
    line = max(low, text.rfind("\n", low, end) + 1)
    after = whole[-1][1] if whole else low
    if max(text.rfind("\\(", after, end), text.rfind("\\[", after, end)) >= 0 or text.find("\\begin{", after, end) >= 0:
        return True
    rest = max(line, after)
    dollar = text.find("$", rest, end)
    while dollar >= 0:
        following = text[dollar + 1 : dollar + 2]
        if not following:
            return text.count("$", rest, end) % 2 == 1
        escaped = dollar > 0 and (text[dollar - 1] == "\\" or text[dollar - 1].isdigit())
        if not escaped and (
            not (following.isdigit() or following in ".-<") or any(c in "\\^_" for c in text[dollar:end])
        ):
            return not following.isspace() or text.find("$", dollar + 1, end) < 0
        dollar = text.find("$", dollar + 1, end)
    if text.rfind("(", rest, end) > max(text.rfind(")", rest, end), text.rfind("]", rest, end)):
        return True
    if text.rfind("{", rest, end) > text.rfind("}", rest, end):
        return True
    opened = text.rfind(" **", line, end)
    return (
        opened >= 0
        and text[opened + 3 : opened + 4].strip() != ""
        and text.find("**", opened + 3, end) < 0
        and (text[end : end + 2] != "**")
    )
