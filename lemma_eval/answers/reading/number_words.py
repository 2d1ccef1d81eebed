"""Numbers written in words: cardinals, fractions, mixed numbers, decimals, scales; English, French, Spanish, German,
Chinese. What can be read in two ways with different values is no number here.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from lemma_eval.answers.reading.cardinals import SCALES, cardinal, cardinals
from lemma_eval.answers.reading.foreign_numbers import MAX_LETTERS, chinese, german, romance, without_accents
from lemma_eval.answers.reading.node import Decimal, Node, number, rational

MAX_WORDS = 32
_MAX_DIGITS = 18

_MULTIPLES = {**SCALES, "hundred": 100, "dozen": 12}
_SIGNS = frozenset("minus negative moins menos".split())
# Numbers of another language that are English words too: alone they say nothing.
_ENGLISH_TOO = frozenset("cent cents once sept elf null mil die y et as million mille six".split())


def scale_word(word: str) -> int | None:
    """What a number before this word is multiplied by: hundred, thousand, million, ..., dozen."""
    return _MULTIPLES.get(word.lower())


def read_words(words: Sequence[str]) -> Node | None:
    """The number that words spell, all of them; None if they spell none, or more than one.

    A decimal (`zero point five`) is a `decimal` node, anything else whole or a fraction. A `-` at the start is a sign.
    """
    if not words or len(words) > MAX_WORDS or any(not 0 < len(word) <= MAX_LETTERS for word in words):
        return None
    first, negative = words[0], False
    if first[0] in "-−" or first.lower() in _SIGNS:
        negative = True
        words = [first[1:], *words[1:]] if first[0] in "-−" and len(first) > 1 else words[1:]
    pieces = [piece for word in words for piece in word.casefold().replace("-", " ").split()]
    if not pieces or len(pieces) > MAX_WORDS:
        return None
    value: Fraction | Decimal | None
    value = chinese(pieces[0]) if len(pieces) == 1 and pieces[0][0] > "\u2fff" else _spelled(pieces)
    if value is None:
        return None
    if isinstance(value, Decimal):
        negative ^= value.mantissa < 0
        node = Node("decimal", (), value._replace(mantissa=abs(value.mantissa)))
    else:
        node = rational(value)
    if not negative or node == number(0):
        return node
    return Node("neg", (node,)) if node.op != "neg" else node.args[0]


def number_prefix(words: Sequence[str]) -> tuple[Node, int] | None:
    """The number that the longest run of first words spells in English, and how many: `three hundred dollars`."""
    known, end = _vocabulary(), 0
    while end < min(len(words), MAX_WORDS):
        if not all(piece in known or _numeral(piece) is not None for piece in words[end].lower().split("-") if piece):
            break
        end += 1
    for count in range(end, 0, -1):
        node = read_words(words[:count])
        if node is not None:
            return node, count
    return None


def _spelled(words: list[str]) -> Fraction | Decimal | None:
    if words[0] in _vocabulary() or _numeral(words[0]) is not None:
        value = _english(words)
        if value is not None:
            return value
    plain = [without_accents(word) for word in words]
    if all(word in _ENGLISH_TOO or word in _vocabulary() for word in plain):
        return None
    for language in ("fr", "es"):
        found = romance(plain, language)
        if found is not None:
            return found
    return german(plain)


@cache
def _ordinals() -> dict[str, tuple[int, bool]]:
    """Denominators: their value, and whether the word is a plural."""
    names = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "hundredth": 100, "first": 1, "second": 2}
    names |= dict(zip("fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), range(5, 13), strict=True))
    for word, (kind, value) in cardinals("en").items():
        if kind == "small" and value > 12:
            names[word + "th"] = value
        elif kind == "tens":
            names[word[:-1] + "ieth"] = value
        elif kind == "scale":
            names[word + "th"] = value
    table = {word: (value, False) for word, value in names.items()}
    return table | {word + "s": (value, True) for word, value in names.items()} | {"halves": (2, True)}


@cache
def _vocabulary() -> frozenset[str]:
    return (
        frozenset(cardinals("en")) | frozenset(_ordinals()) | _SIGNS | frozenset("a an of over dozen point oh".split())
    )


def _numeral(word: str) -> Fraction | None:
    """Digits among the words: `5 million`, `1.5 million`, `2 and a half`."""
    whole, mark, behind = word.partition(".")
    digits = whole + behind
    if not digits or len(digits) > _MAX_DIGITS or not (digits.isascii() and digits.isdigit()) or (mark and not behind):
        return None
    return Fraction(int(digits), 10 ** len(behind))


def _whole(words: Sequence[str]) -> int | None:
    """A cardinal, digits, or the article that stands for one."""
    if len(words) == 1:
        if words[0] in ("a", "an"):
            return 1
        value = _numeral(words[0])
        if value is not None:
            return value.numerator if value.denominator == 1 else None
    elif words and words[0] == "a" and words[1] in _MULTIPLES and words[1] != "dozen":
        words = ["one", *words[1:]]
    return cardinal(words)


def _english(words: list[str]) -> Fraction | Decimal | None:
    if words in (["a"], ["an"]):
        return None
    if (whole := _whole(words)) is not None:
        return Fraction(whole)
    if words == ["half"]:
        return Fraction(1, 2)
    if "point" in words:
        return _pointed(words)
    if words[-1] in _MULTIPLES:
        return _scaled(words)
    if "over" in words:
        at = words.index("over")
        top, bottom = cardinal(words[:at]), cardinal(words[at + 1 :])
        return Fraction(top, bottom) if top is not None and bottom else None
    plain, mixed = _fraction(words), _mixed(words)
    if plain is not None and mixed is not None and plain != mixed:
        # "one hundred and two thirds" is mixed; with thousandths behind it, who knows.
        return mixed if mixed.denominator < 10 else None
    return plain if mixed is None else mixed


def _pointed(words: list[str]) -> Fraction | Decimal | None:
    """`three point one four`; with a scale behind it (`two point five million`) exact."""
    scale = _MULTIPLES.get(words[-1])
    at = words.index("point")
    whole = cardinal(words[:at]) if at else 0
    digits = ""
    for word in words[at + 1 : -1 if scale else None]:
        kind, value = ("zero", 0) if word == "oh" else cardinals("en").get(word, ("", 10))
        if value > 9 or kind not in ("zero", "small"):
            return None
        digits += str(value)
    if whole is None or not digits:
        return None
    mantissa = int(f"{whole}{digits}")
    if scale:
        return Fraction(mantissa * scale, 10 ** len(digits))
    return Decimal(mantissa, -len(digits), len(str(mantissa)) if mantissa else 0)


def _scaled(words: list[str]) -> Fraction | None:
    """A number, a fraction or a mixed number of thousands, millions, dozens: `half a dozen`."""
    scale = _MULTIPLES[words[-1]]
    front = words[:-1]
    if not front:
        return Fraction(scale)
    joined = len(front) > 1 and front[-1] == "a"
    if joined:
        front = front[:-2] if front[-2] == "of" else front[:-1]
    value = _numeral(front[0]) if len(front) == 1 else None
    if value is not None:
        return value * scale
    part = Fraction(1, 2) if front == ["half"] else _mixed(front) or _fraction(front)
    if part is None and not joined and scale == 12:  # the other scales are part of a cardinal
        whole = _whole(front)
        part = None if whole is None else Fraction(whole)
    return part * scale if part is not None else None


def _mixed(words: Sequence[str]) -> Fraction | None:
    """`two and three quarters`: a whole number, `and`, and a fraction below one."""
    for at in range(len(words) - 1, 0, -1):
        if words[at] == "and" and words[0] not in ("a", "an"):
            whole, part = _whole(words[:at]), _fraction(words[at + 1 :])
            if whole is not None and part is not None and 0 < part < 1:
                return whole + part
    return None


def _fraction(words: Sequence[str]) -> Fraction | None:
    """`two thirds`, `a half`, `one twenty-fifth`: the plural tells it from an ordinal number."""
    if len(words) < 2 or words[-1] not in _ordinals():
        return None
    base, plural = _ordinals()[words[-1]]
    found: Fraction | None = None
    for size in (1, 2):
        denominator = base
        if size == 2:
            kind, value = cardinals("en").get(words[-2], ("", 0))
            if kind == "tens" and base < 10 and words[-1].rstrip("s") not in ("half", "halve", "quarter"):
                denominator = value + base
            elif base >= 1000 and (kind == "hundred" or value == 10):
                denominator = value * base
            else:
                continue
        elif base < 3 and words[-1][:4] not in ("half", "halv"):
            continue  # first and second are no denominators of their own
        top = _whole(words[:-size])
        if top is None or (top != 1) != plural:
            continue
        if found is not None:
            return None
        found = Fraction(top, denominator)
    return found
