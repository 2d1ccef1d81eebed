"""Whole numbers in words, by the grammar of English, French and Spanish: a table of words, and one rule of groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

Entry = tuple[str, int]

SCALES: dict[str, int] = dict(
    zip(
        "thousand million billion trillion quadrillion quintillion sextillion septillion octillion nonillion".split(),
        (10**power for power in range(3, 33, 3)),
        strict=True,
    )
)


@cache
def cardinals(language: str) -> dict[str, Entry]:
    """Kind and value of each word: zero, small (below 20), tens, hundreds, hundred (a factor), scale, and."""
    table: dict[str, Entry] = {}

    def put(kind: str, text: str, start: int = 1, step: int = 1) -> None:
        for at, group in enumerate(text.split()):
            for word in group.split("/"):
                table[word] = (kind, start + at * step)

    if language == "en":
        put("small", "one two three four five six seven eight nine ten eleven twelve thirteen fourteen/forteen fifteen "
                     "sixteen seventeen eighteen nineteen")  # fmt: skip
        put("tens", "twenty thirty forty/fourty fifty sixty seventy eighty ninety", 20, 10)
        table |= {"hundred": ("hundred", 100), "and": ("and", 0), "zero": ("zero", 0), "nought": ("zero", 0)}
        table |= {word: ("scale", value) for word, value in SCALES.items()}
    elif language == "fr":
        put("small", "un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
        put("tens", "vingt trente quarante cinquante soixante septante huitante/octante/quatrevingt nonante", 20, 10)
        table |= {"cent": ("hundred", 100), "cents": ("hundred", 100), "et": ("and", 0), "zero": ("zero", 0)}
        put("scale", "mille", 1000)
        table |= dict.fromkeys(("million", "millions"), ("scale", 10**6))
        table |= dict.fromkeys(("milliard", "milliards"), ("scale", 10**9))
    else:
        put("small", "uno/un/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
                     "dieciseis diecisiete dieciocho diecinueve")  # fmt: skip
        put("whole", "veintiuno/veintiun veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
                     "veintiocho veintinueve", 21)  # fmt: skip
        put("tens", "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa", 20, 10)
        put("hundreds", "cien/ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos "
                        "ochocientos novecientos", 100, 100)  # fmt: skip
        table |= {"mil": ("scale", 1000), "y": ("and", 0), "cero": ("zero", 0)}
        table |= dict.fromkeys(("millon", "millones"), ("scale", 10**6))
    return table


def cardinal(words: Sequence[str], language: str = "en") -> int | None:
    """A whole number by the grammar of its language: groups below a thousand, each with a smaller scale."""
    table = cardinals(language)
    total, group, last, before = 0, 0, 10**40, ""
    for at, word in enumerate(words):
        kind, value = table.get(word, ("", 0))
        rest = group % 100
        if kind == "and":
            expected = ("hundred", "scale") if language == "en" else ("tens",)
            if before not in expected or at == len(words) - 1:
                return None
        elif before == "and" and kind not in ("small", "tens"):
            return None
        elif kind == "zero":
            return 0 if len(words) == 1 else None
        elif kind in ("small", "whole"):
            fits = rest == 0 or (value < 10 and rest >= 20 and rest % 10 == 0)
            if language == "fr":
                fits = fits or (rest in (60, 80) and value < 17) or (rest in (10, 70, 90) and 7 <= value <= 9)
            if not fits or (language == "es" and rest and before != "and"):
                return None
            group += value
        elif kind == "tens":
            if rest:
                return None
            group += value
        elif kind == "hundreds":
            if group:
                return None
            group = value
        elif kind == "hundred":
            if group >= 100 or (not group and at):
                return None
            group = max(group, 1) * 100
        elif kind == "scale":
            if value >= last or not (group or at == 0 or (language != "en" and value == 1000)):
                return None
            total, group, last = total + max(group, 1) * value, 0, value
        else:
            return None
        before = kind
    return total + group if words else None
