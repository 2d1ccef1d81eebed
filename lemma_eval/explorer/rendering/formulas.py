"""Where the formulas are in a text of a model or a data set."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "inline", "display", "code"]

_ENVIRONMENTS = (
    "align", "alignat", "aligned", "alignedat", "array", "bmatrix", "Bmatrix", "cases", "displaymath", "eqnarray",
    "equation", "flalign", "gather", "gathered", "matrix", "multline", "pmatrix", "smallmatrix", "split", "vmatrix",
    "Vmatrix",
)  # fmt: skip
_TOKEN = re.compile(
    r"\\\\|\\\$|\\[()\[\]]|\$\$|\$|\\boxed\s*\{|\\(?:begin|end)\{(?:" + "|".join(_ENVIRONMENTS) + r")\*?\}"
    r"|\[/?asy\]|```"
)
_CLOSERS = {"$": "$", "$$": "$$", r"\(": r"\)", r"\[": r"\]", "[asy]": "[/asy]", "```": "```"}
_KINDS: dict[str, Kind] = {"$$": "display", r"\[": "display", "[asy]": "code", "```": "code"}
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n")
_QUOTED = re.compile(r"\\[a-zA-Z]+\s*\{[^{}]*\}|\\[a-zA-Z]+")
_WORD = r"(?<![^\s(])[a-z]{2,}(?![^\s,.;:!?)])"
_MONEY = re.compile(
    r"\s*\d[\d,.]*[;:)]?\s+(?:[A-Za-z]{3,}|a|an|as|at|by|he|if|in|is|it|of|on|or|so|to|we)(?![A-Za-z^_])"
)
_AMOUNT = re.compile(r"\d[\d,.]*[;:]?\s+")
_BEGINNING = re.compile(r"[^\W_]|[\\(]")
_PROSE = re.compile(rf"{_WORD}[,;:]?\s+{_WORD}[,;:]?\s+{_WORD}")


@dataclass(frozen=True, slots=True)
class Segment:
    """`text[start:end]`; `inner` is the formula without its delimiters (the same for text and code)."""

    kind: Kind
    start: int
    end: int
    inner: tuple[int, int]


def segments(text: str) -> Iterator[Segment]:
    r"""The text in pieces that cover it without overlap: text, formulas, and code, in which no formula is sought.

    A formula stands in `$`, `$$`, `\(`, `\[`, in an environment of mathematics or in a bare `\boxed{}`. A dollar that
    begins an amount of money is text, and so is a delimiter without its partner. Takes time linear in the text.
    """
    tokens = list(_TOKEN.finditer(text))
    places: dict[str, list[int]] = {}
    for place, token in enumerate(tokens):
        places.setdefault(token[0], []).append(place)
    brackets = _partners(text) if r"\boxed" in text else {}
    breaks = [match.start() for match in _PARAGRAPH.finditer(text)]
    done = number = 0
    while number < len(tokens):
        token = tokens[number]
        found = _formula(text, tokens, places, brackets, breaks, number)
        if found is None:
            number += 1
            continue
        if token.start() > done:
            yield Segment("text", done, token.start(), (done, token.start()))
        yield found
        done = found.end
        number += 1
        while number < len(tokens) and tokens[number].start() < done:
            number += 1
    if done < len(text):
        yield Segment("text", done, len(text), (done, len(text)))


def _formula(
    text: str,
    tokens: list[re.Match[str]],
    places: dict[str, list[int]],
    brackets: dict[int, int],
    breaks: list[int],
    number: int,
) -> Segment | None:
    """The formula or code that begins at token `number`."""
    token = tokens[number]
    mark, start, begin = token[0], token.start(), token.end()
    if mark.startswith(r"\boxed"):
        end = brackets.get(begin - 1)
        return None if end is None else Segment("inline", start, end + 1, (start, end + 1))
    if mark.startswith(r"\begin"):
        closer = _next(places, mark.replace("begin", "end", 1), number)
        whole = start if closer is None else tokens[closer].end()
        return None if closer is None else Segment("display", start, whole, (start, whole))
    if mark not in _CLOSERS:
        return None
    closer = _next(places, _CLOSERS[mark], number)
    again = _next(places, mark, number)
    if closer is None or (again is not None and again < closer):
        return None
    kind, end = _KINDS.get(mark, "inline"), tokens[closer].start()
    if kind != "code":
        place = bisect_left(breaks, begin)
        if place < len(breaks) and breaks[place] < end:  # the delimiters are of different paragraphs
            return None
        if not _plausible(text, begin, end, single=mark == "$"):
            return None
    whole = tokens[closer].end()
    return Segment(kind, start, whole, (start, whole) if kind == "code" else (begin, end))


def _plausible(text: str, begin: int, end: int, *, single: bool) -> bool:
    """Whether what stands between two delimiters can be a formula; `single` for single dollars."""
    inner = text[begin:end]
    if not inner.strip():
        return False
    if not single:
        return True
    if text[end + 1 : end + 2].isdigit() and not inner.lstrip().startswith("\\"):  # "$5 or $7", "$3+$4=..."
        return False
    if _AMOUNT.fullmatch(inner) and _BEGINNING.match(text, end + 1):  # "$5, $x$"
        return False
    words = _QUOTED.sub(" x ", inner)
    return not (_MONEY.match(words) or _PROSE.search(words))


def _next(places: dict[str, list[int]], mark: str, number: int) -> int | None:
    """The first token `mark` after token `number`."""
    numbers = places.get(mark, [])
    place = bisect_left(numbers, number + 1)
    return numbers[place] if place < len(numbers) else None


def _partners(text: str) -> dict[int, int]:
    """For each opening brace its closing one."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    for match in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if match[0] == "{":
            waiting.append(match.start())
        elif match[0] == "}" and waiting:
            found[waiting.pop()] = match.start()
    return found
