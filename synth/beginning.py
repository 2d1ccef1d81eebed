"""Whether a text begins with a given flawed beginning, up to how it is written, and where its wrong step then lies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

# What shows nothing: white space, LaTeX's spacing, and marks (delimiters of formulas, dollar signs, bold type).
_UNSEEN = re.compile(
    r"(?P<space>\s+|\\[,;:!>\s]|\\(?:q?quad|(?:thin|med|thick|en)space)(?![A-Za-z]))"
    r"|(?P<mark>\\[()\[\]]|\$\$|\\?\$|(?<![\w*)\]}])(?:\*\*+|__)(?=[^\s*_])|(?<=[^\s*_])(?:\*\*+|__)(?![\w*(\[{\\]))"
    r"|(?P<nothing>[\u00ad\u200b-\u200f\u2060-\u2064\ufeff])"
)
# In one piece: a line break in LaTeX, which opens no delimiter; escaped signs; letters and digits.
_TOKEN = re.compile(r"(?P<pair>\\[\\%&#])|(?P<word>[A-Za-z0-9]+)|" + _UNSEEN.pattern + r"|(?P<other>.)", re.DOTALL)
_ALIKE = {
    **dict.fromkeys('"“”„‟«»″〝〞＂', '"'),
    **dict.fromkeys("'‘’‚‛′`´ʹʼ＇", "'"),
    **dict.fromkeys("-‐‑‒–—―−﹘﹣－", "-"),
    **dict.fromkeys("·⋅∙•", "·"),
    "∕": "/",
    "∗": "*",
}
_COMPATIBLE = ("<compat>", "<font>", "<wide>", "<narrow>")  # not <super>, <sub>, <fraction>: x² is not x2
# After its last character the step still goes on, as a formula: it says something else than the flawed one.
_GOES_ON = re.compile(
    r"[ \t]*+(?:\\?[$)\]][ \t]*+)*+(?:\*(?!\**[A-Za-z]{2})|[+/^=<>×÷·⋅%≤≥≠≈]"
    r"|\\(?:%|(?:c?dot|times|div|pm|mp|[dt]?frac|sqrt|le|ge|neq?|pi|infty|log|ln|sin|cos|tan|binom|left|over|cup|cap)"
    r"(?![A-Za-z]))|[-−–]\s*+(?:[\d(\\.$]|[b-zB-HJ-Z](?![A-Za-z])))"
)
_DECIMAL = re.compile(r"[.,]\d")


class _Seen(NamedTuple):
    """A character that shows, as it is compared, `start` and `end` of what it stands for; `apart`: unseen before it."""

    sign: str
    start: int
    end: int
    apart: bool


def located(flawed: str, span: tuple[int, int], text: str) -> tuple[int, int, int] | None:
    r"""Start and end in `text` of what `flawed` has at `span`, and the end of the beginning; None if it differs.

    What counts is what shows: white space, LaTeX's spacing and delimiters, dollar signs and bold type do not, but for
    a space between two letters or two digits; nor does the font of a letter, which of the look-alike quotes, dashes
    and minus signs is used, and a full stop at the end. Digits, letters with their case, operators and everything
    else do. Total; linear in the length of `flawed`.
    """
    wanted = list(_seen(flawed))
    # One more than is wanted, to see how it goes on; a full stop at the end may be there or not.
    found = list(islice(_seen(text), len(wanted) + 2))
    count = _matched(wanted, found)
    if count is None or not _ends(text, found, count):
        return None
    if text.startswith(flawed):
        return (*_within(span, len(flawed)), len(flawed))
    end = _carried(flawed, wanted, len(flawed), text, found[:count])
    start, stop = (_carried(flawed, wanted, at, text, found[:count]) for at in _within(span, len(flawed)))
    if span[1] >= len(flawed):
        stop = end
    return min(start, stop), stop, end


def _within(span: tuple[int, int], length: int) -> tuple[int, int]:
    start, stop = (min(max(at, 0), length) for at in span)
    return min(start, stop), stop


def _seen(text: str) -> Iterator[_Seen]:
    apart = False
    for token in _TOKEN.finditer(text):
        at, end = token.span()
        kind = token.lastgroup
        if kind in ("space", "mark", "nothing"):
            apart = apart or kind != "nothing"
            continue
        if kind == "word":
            for place in range(at, end):
                yield _Seen(text[place], place, place + 1, apart and place == at)
        else:
            signs = _plain(token[0]) if kind == "other" else token[0] if token[0] == "\\\\" else token[0][1]
            for number, sign in enumerate(signs):
                yield _Seen(sign, at, end, apart and not number)
        apart = False


def _plain(character: str) -> str:
    """How a character is compared; several for a ligature or an accented letter."""
    if character.isascii() and character not in "'\"`-":
        return character
    if alike := _ALIKE.get(character):
        return alike
    shape = unicodedata.decomposition(character)
    if not shape or (shape[0] == "<" and not shape.startswith(_COMPATIBLE)):
        return character
    plain = unicodedata.normalize("NFKD" if shape[0] == "<" else "NFD", character)
    return character if " " in plain else plain


def _matched(wanted: Sequence[_Seen], found: Sequence[_Seen]) -> int | None:
    """How many of `found` are the beginning."""
    for place, (ours, theirs) in enumerate(zip(wanted, found, strict=False)):
        if ours.sign != theirs.sign or (ours.apart != theirs.apart and place and _joined(wanted[place - 1], ours)):
            return place if _only_a_stop(wanted, place) else None
    if len(found) < len(wanted):
        return len(found) if _only_a_stop(wanted, len(found)) else None
    more = found[len(wanted) : len(wanted) + 1]
    if more and more[0].sign in ".。" and wanted and wanted[-1].sign not in ".。,:;!?" and not more[0].apart:
        after = found[len(wanted) + 1 : len(wanted) + 2]
        return len(wanted) + (not after or after[0].apart)
    return len(wanted)


def _only_a_stop(wanted: Sequence[_Seen], place: int) -> bool:
    """Whether nothing but a single full stop is left."""
    return 0 < place == len(wanted) - 1 and wanted[place].sign in ".。" and wanted[place - 1].sign not in ".。"


def _joined(before: _Seen, after: _Seen) -> bool:
    """Whether a space between the two matters."""
    first, second = before.sign, after.sign
    return (first.isalpha() and second.isalpha()) or (first.isdigit() and second.isdigit())


def _ends(text: str, found: Sequence[_Seen], count: int) -> bool:
    """Whether the first `count` of `found` end there, and not within a word, a number or a formula that goes on."""
    if not 0 < count < len(found):
        return True
    last, following = found[count - 1], found[count]
    if following.start == last.start or unicodedata.combining(following.sign):
        return False
    if not following.apart:
        if last.sign.isalnum() and (following.sign.isalnum() or _DECIMAL.match(text, last.end)):
            return False
        if last.sign in ".," and following.sign.isdigit() and count > 1 and found[count - 2].sign.isdigit():
            return False
    return last.sign in ".。,:;!?" or not _GOES_ON.match(text, last.end)


def _carried(flawed: str, wanted: Sequence[_Seen], at: int, text: str, found: Sequence[_Seen]) -> int:
    """The place in `text` that answers to `flawed[:at]`: after the same signs, and the same marks after these."""
    count = _count_before(wanted, at)
    low, high = wanted[count - 1].end if count else 0, at
    count = min(count, len(found))
    if at >= len(flawed):
        count = len(found)
    place = found[count - 1].end if count else 0
    marks, spaced = 0, False
    for unseen in _UNSEEN.finditer(flawed, low, high):
        marks += unseen.lastgroup == "mark"
        spaced = unseen.lastgroup == "space"
    reached = place
    while unseen_there := _UNSEEN.match(text, reached):
        if unseen_there.lastgroup == "mark":
            if not marks:
                break
            marks -= 1
            place = unseen_there.end()
        elif spaced and not marks:
            place = unseen_there.end()
        reached = unseen_there.end()
    return place


def _count_before(wanted: Sequence[_Seen], at: int) -> int:
    """How many characters that show end at or before `at`."""
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high) // 2
        if wanted[middle].end <= at:
            low = middle + 1
        else:
            high = middle
    return low
