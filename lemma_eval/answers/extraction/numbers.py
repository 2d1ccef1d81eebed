"""Figures in running text: `1,250.50`, `$18`, `-3/4`, `2 1/2`, `60 %`, `3:30 p.m.`, `1.5e-3`, `2 million`."""

from __future__ import annotations

from collections.abc import Iterator

from lemma_eval.answers.extraction.found import Span
from lemma_eval.answers.extraction.lazy_pattern import lazy_pattern

# Every repetition is bounded or possessive; a figure starts only where no other goes on.
_NUMBER = lazy_pattern(
    r"(?<![A-Za-z_\d])(?<!\d[.,])(?<![A-Za-z_]\{)"
    r"(?:(?<![\w.)\]}])[-−–]\s?(?=[\d.$£€¥₹\\]))?(?:\\?[$£€¥₹₩]\s?+)?(?:(?<![\w.)\]}$])[-−](?=[\d.]))?"
    r"(?:\d{1,3}(?:(?:,|\{,\}|\\,|,\\!)\d{2,3}){1,12}(?<=\D\d\d\d)(?!\d)|\d{1,3}(?:[\u00a0\u202f\u2009 ]\d{3}){1,12}(?!\d)"
    r"|\d++|(?=\.\d))"
    r"(?:[.]\d++(?:\.\d++)*+|,\d++(?![,\d]))?"
    r"(?:[eE][-+−]?\d++(?![A-Za-z])"
    r"|\s?(?:×|\bx|\*|·|\\times|\\cdot)\s?10\s?(?:(?:\^|\*\*)\s?\{?[-−+]?\d++\}?|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]++)"
    r"|\s\d++/\d++(?![\d/])|\s?[½⅓⅔¼¾⅕⅛⅜⅝⅞⅙]"
    r"|(?:\s?/\s?\d++(?:\.\d++)?(?:/\d++)*+|(?:\s?:\s?\d++)++)(?:\s?[AaPp]\.?[Mm]\b\.?)?"
    r"|\s[AaPp]\.?[Mm]\b\.?)?"
    r"(?:\s?\\?[%％‰]|\s(?:percent|per\s?cent|hundred|thousand|million|billion|trillion|dozen|lakh|crore)\b|[万亿萬億만억])?"
    r"|[½⅓⅔¼¾⅕⅛⅜⅝⅞⅙]"
)
_ANNOTATION = lazy_pattern(r"<<[^<>\n]{0,200}>>")
_WORD = lazy_pattern(
    r"\b(?:(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million)"
    r"(?:[- ](?:and )?|\b)){1,8}(?<![- ])", 2
)  # fmt: skip
_EXACT = lazy_pattern(r"[\\^√π²³ⁿ]|\$.*\$")


def numbers(text: str, low: int, high: int) -> Iterator[Span]:
    """Spans of the figures in order; calculator annotations (`<<2*3=6>>`) are left out."""
    skipped = (
        [match.span() for match in _ANNOTATION().finditer(text, low, high)] if text.find("<<", low, high) >= 0 else []
    )
    at = 0
    for match in _NUMBER().finditer(text, low, high):
        while at < len(skipped) and skipped[at][1] <= match.start():
            at += 1
        if at == len(skipped) or match.start() < skipped[at][0]:
            yield match.span()


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


def is_exact(text: str, low: int, high: int) -> bool:
    """Whether the span holds more mathematics than a figure in running text: a command, a power, a root."""
    return _EXACT().search(text, low, high) is not None
