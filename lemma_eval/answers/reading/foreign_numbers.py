"""Numbers in words of other languages than English: French, Spanish, German, Chinese."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from functools import cache

from lemma_eval.answers.reading.cardinals import cardinal, cardinals
from lemma_eval.answers.reading.node import Decimal

MAX_LETTERS = 60  # of a word
_POINTS = frozenset("virgule coma komma".split())


def without_accents(word: str) -> str:
    """The letters without accents."""
    if word.isascii():
        return word
    return "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))


_PARTS = {
    "fr": "demi/demie/demis tiers quart/quarts cinquieme/cinquiemes sixieme/sixiemes septieme/septiemes "
          "huitieme/huitiemes neuvieme/neuviemes dixieme/dixiemes",
    "es": "medio/medios/media tercio/tercios cuarto/cuartos quinto/quintos sexto/sextos septimo/septimos "
          "octavo/octavos noveno/novenos decimo/decimos",
    "de": "halb/halbe/halbes drittel viertel funftel sechstel siebtel/siebentel achtel neuntel zehntel",
}  # fmt: skip


@cache
def _parts(language: str) -> dict[str, int]:
    groups = enumerate(_PARTS[language].split(), 2)
    return {word: value for value, group in groups for word in group.split("/")}


def romance(words: list[str], language: str) -> Fraction | Decimal | None:
    if language == "fr":
        text = " ".join(words)
        words = text.replace("quatre vingts", "quatrevingt").replace("quatre vingt", "quatrevingt").split()
    whole = cardinal(words, language)
    if whole is not None or not words:
        return None if whole is None else Fraction(whole)
    denominator = _parts(language).get(words[-1])
    if denominator is None or len(words) < 2:
        return _comma(words, language)
    link = "et" if language == "fr" else "y"
    if link in words:
        at = words.index(link)
        front, top = cardinal(words[:at], language), cardinal(words[at + 1 : -1], language)
        top = 1 if words[at + 1 :] == words[-1:] and denominator == 2 else top
        return front + Fraction(top, denominator) if front is not None and top and top < denominator else None
    top = cardinal(words[:-1], language)
    return None if top is None else Fraction(top, denominator)


def _comma(words: list[str], language: str) -> Decimal | None:
    """`trois virgule un quatre`."""
    at = next((at for at, word in enumerate(words) if word in _POINTS), 0)
    if not at:
        return None
    whole, digits = cardinal(words[:at], language), ""
    for word in words[at + 1 :]:
        kind, value = cardinals(language).get(word, ("", 10))
        if value > 9 or kind not in ("zero", "small"):
            return None
        digits += str(value)
    if whole is None or not digits:
        return None
    mantissa = int(f"{whole}{digits}")
    return Decimal(mantissa, -len(digits), len(str(mantissa)) if mantissa else 0)


_GERMAN_ONES = dict(
    zip("ein zwei drei vier funf sechs sieben acht neun zehn elf zwolf".split(), range(1, 13), strict=True)
) | {"eins": 1, "eine": 1, "einen": 1, "zwo": 2, "dreizehn": 13, "vierzehn": 14, "funfzehn": 15, "sechzehn": 16,
     "siebzehn": 17, "achtzehn": 18, "neunzehn": 19}  # fmt: skip
_GERMAN_TENS = dict(
    zip("zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig".split(), range(20, 100, 10), strict=True)
)


def german(words: list[str]) -> Fraction | None:
    if len(words) == 1:
        if words[0] in ("anderthalb", "eineinhalb"):
            return Fraction(3, 2)
        front = _GERMAN_ONES.get(words[0].removesuffix("einhalb")) if words[0].endswith("einhalb") else None
        if front:
            return front + Fraction(1, 2)
    denominator = _parts("de").get(words[-1])
    if denominator:
        top = _german_word("".join(words[:-1])) if len(words) > 1 else None
        return None if top is None else Fraction(top, denominator)
    total, last = 0, 10**12
    group: list[str] = []
    for word in words:
        scale = {"million": 10**6, "millionen": 10**6, "milliarde": 10**9, "milliarden": 10**9}.get(word)
        if scale is None:
            group.append(word)
            continue
        count = _german_word("".join(group)) if group else None
        if count is None or not 0 < count < 1000 or scale >= last:
            return None
        total, last, group = total + count * scale, scale, []
    rest = _german_word("".join(group)) if group else 0 if total else None
    return None if rest is None else Fraction(total + rest)


def _german_word(word: str) -> int | None:
    """`zweihundertfunfundvierzig` by its parts: thousands, hundreds, ones before tens."""
    if len(word) > MAX_LETTERS:
        return None
    total = 0
    for name, value, least in (("tausend", 1000, 1), ("hundert", 100, 0)):
        front, found, rest = word.partition(name)
        if found:
            count = _german_word(front) if front else 1
            if count is None or not 0 < count < (1000 if least else 10):
                return None
            total, word = total + count * value, rest.removeprefix("und") if rest[3:] in _GERMAN_ONES else rest
            if not word:
                return total
    small = _GERMAN_ONES.get(word) or _GERMAN_TENS.get(word)
    if small is None:
        ones, und, tens = word.partition("und")
        if not und or tens not in _GERMAN_TENS or not 0 < _GERMAN_ONES.get(ones, 0) < 10:
            return None
        small = _GERMAN_ONES[ones] + _GERMAN_TENS[tens]
    return total + small


_CHINESE = {char: at for chars in ("零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖") for at, char in enumerate(chars)}
_CHINESE |= {"两": 2, "兩": 2}
_CHINESE_UNITS = {
    **dict(zip("十百千拾佰仟", (10, 100, 1000) * 2, strict=True)),
    **dict.fromkeys("万萬", 10**4), **dict.fromkeys("亿億", 10**8)
}  # fmt: skip


def chinese(text: str) -> Fraction | Decimal | None:
    """`三百零五`, `负二`, `三点一四`, `三分之二`, `一又二分之一`, `百分之五`, `一半`."""
    if text[0] in "负負":
        value = chinese(text[1:]) if len(text) > 1 and text[1] not in "负負" else None
        return (
            None
            if value is None
            else value._replace(mantissa=-value.mantissa)
            if isinstance(value, Decimal)
            else -value
        )
    if text in ("半", "一半"):
        return Fraction(1, 2)
    text = text.replace("點", "点")
    if "分之" in text:
        bottom, _, top = text.partition("分之")
        front, mixed, bottom = bottom.rpartition("又")
        whole = _chinese_whole(front) if mixed else 0
        over, under = _chinese_whole(top), 100 if bottom == "百" else _chinese_whole(bottom)
        return whole + Fraction(over, under) if whole is not None and over is not None and under else None
    if "点" in text:
        front, _, behind = text.partition("点")
        whole = _chinese_whole(front)
        if whole is None or not behind or any(char not in _CHINESE for char in behind):
            return None
        mantissa = int(f"{whole}{''.join(str(_CHINESE[char]) for char in behind)}")
        return Decimal(mantissa, -len(behind), len(str(mantissa)) if mantissa else 0)
    found = _chinese_whole(text)
    return None if found is None else Fraction(found)


def _chinese_whole(text: str) -> int | None:
    if not text or any(char not in _CHINESE and char not in _CHINESE_UNITS for char in text):
        return None
    if all(char in _CHINESE for char in text):  # digit by digit, as a year
        return int("".join(str(_CHINESE[char]) for char in text))
    total = section = 0
    digit: int | None = None
    before, last, big = 0, 10**9, 10**9
    for char in text:
        unit = _CHINESE_UNITS.get(char)
        if unit is None:
            if digit:
                return None
            digit = _CHINESE[char]
            before = 0 if digit == 0 else before
        elif unit < 10**4:
            if unit >= last or (not digit and (unit != 10 or section)):
                return None
            section, digit, last, before = section + (digit or 1) * unit, None, unit, unit
        else:
            section += digit or 0
            if unit >= big or not section:
                return None
            total, section, digit, last, big, before = total + section * unit, 0, None, 10**9, unit, unit
    if digit:  # 一百二 is a hundred and twenty
        section += digit * (before // 10 if before >= 100 else 1)
    return total + section
