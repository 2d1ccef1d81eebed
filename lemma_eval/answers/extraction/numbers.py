"""Figures in running text: `1,250.50`, `$18`, `-3/4`, `2 1/2`, `60 %`, `3:30 p.m.`, `1.5e-3`, `2 million`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lemma_eval.answers.extraction.found import Span
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern

# The first character is one of a few, so that the search skips over all others; every repetition is bounded or
# possessive; a figure starts only where no other goes on.
_NUMBER = lazy_pattern(
    r"[\d.½⅓⅔¼¾⅕⅛⅜⅝⅞⅙](?<![A-Za-z_\d\\].)(?<!\d[.,].)(?<![A-Za-z_]\{.)"
    r"(?:(?<=[½⅓⅔¼¾⅕⅛⅜⅝⅞⅙])|"
    r"(?:(?<=\d)(?:\d{0,2}(?:(?:,|\{,\}|\\,|,\\!)\d{2,3}){1,12}(?<=\D\d\d\d)(?!\d)"
    r"|\d{0,2}(?:[\u00a0\u202f\u2009 ]\d{3}){1,12}(?![\d-])|\d*+)"
    r"(?:[.]\d++(?:\.\d++)*+|,\d++(?![,\d]))?|(?<=\.)\d++)"
    r"(?:[eE][-+−]?\d++(?![A-Za-z])"
    r"|\s?(?:×|\bx|\*|·|\\times|\\cdot)\s?10\s?(?:(?:\^|\*\*)\s?\{?[-−+]?\d++\}?|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]++)"
    r"|\s\d++/\d++(?![\d/])|\s?[½⅓⅔¼¾⅕⅛⅜⅝⅞⅙]"
    r"|(?:\s?/\s?\d++(?:\.\d++)?(?:/\d++)*+|(?:\s?:\s?\d++)++)(?:\s?[AaPp]\.?[Mm]\b\.?)?"
    r"|\s[AaPp]\.?[Mm]\b\.?)?"
    r"(?:\s?\\?[%％‰]|\s(?:percent|per\s?cent|hundred|thousand|million|billion|trillion|dozen|lakh|crore)\b"
    r"|[万亿萬億만억])?)"
)
_CURRENCY = "$£€¥₹₩"
_SIGNS = "-−–"
_ANNOTATION = lazy_pattern(r"<<[^<>\n]{0,200}>>")
_WORD = lazy_pattern(
    r"\b(?:(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million)"
    r"(?:[- ](?:and )?|\b)){1,8}(?<![- ])", re.IGNORECASE
)  # fmt: skip
_EXACT = lazy_pattern(r"[\\^√π²³ⁿ]")


def numbers(text: str, low: int, high: int) -> Iterator[Span]:
    """Spans of the figures in order; calculator annotations (`<<2*3=6>>`) are left out."""
    skipped: list[Span] = []
    if text.find("<<", low, high) >= 0:
        skipped = [match.span() for match in _ANNOTATION().finditer(text, low, high)]
    at = 0
    for match in _NUMBER().finditer(text, low, high):
        start, end = match.span()
        while at < len(skipped) and skipped[at][1] <= start:
            at += 1
        if at == len(skipped) or start < skipped[at][0]:
            yield _with_sign(text, low, start), end


def _with_sign(text: str, low: int, start: int) -> int:
    """Where a figure begins with its currency and its minus; the minus of "5 - 3" is none of the 3."""
    at = start
    if at > low and text[at - 1] in _SIGNS and text[at - 2 : at - 1] in tuple(_CURRENCY):
        at -= 1  # $-5
    before = at - 1
    if before > low and text[before] == " ":
        before -= 1
    if before >= low and text[before] in _CURRENCY:
        at = before - 1 if before > low and text[before - 1] == "\\" else before
    if at > low and text[at - 1] in _SIGNS:
        ahead = text[max(low, at - 3) : at - 1]
        if not ahead or not (ahead[-1].isalnum() or ahead[-1] in "_.)]}" or (ahead[-1] == " " and ahead[:1].isdigit())):
            at -= 1
    return at


def first_number(text: str, low: int, high: int) -> Span | None:
    """The first figure, or None."""
    return next(numbers(text, low, high), None)


def number_words(text: str, low: int, high: int) -> Span | None:
    """The last number written out ("twenty-five"); a lone "one" is a pronoun as often and is passed over."""
    spans = [m.span() for m in _WORD().finditer(text, low, high)]
    return next((span for span in reversed(spans) if text[slice(*span)].lower() not in ("one", "hundred")), None)


def value_of(text: str, span: Span) -> str:
    """The figure without what two ways of writing it may differ in, to recognise it elsewhere in the text."""
    digits = "".join(c for c in text[slice(*span)] if c.isdigit() or c in ".-/:")
    return digits.rstrip("0").rstrip(".") if "." in digits and "/" not in digits else digits


def last_equals(text: str, low: int, high: int) -> int:
    """Where the last equals sign stands, of an annotation (`<<2*3=6>>6`) its end; -1 without one."""
    equals = text.rfind("=", low, high)
    if equals >= 0:
        close = text.find(">>", equals, high)
        if close >= 0 and text.rfind("<<", low, equals) >= 0:
            return close + 1
    return equals


def is_exact(text: str, low: int, high: int) -> bool:
    """Whether the span holds more mathematics than a figure in running text: a command, a power, a root."""
    return _EXACT().search(text, low, high) is not None
