"""Wrong solutions made by rule: one computed value of a worked solution is changed and carried on to the end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_ANNOTATION = re.compile(r"<<[^<>]*>>")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|\.\d+")
_RESULT = re.compile(r"=\s*\$?\s*(?P<value>\d[\d,]*(?:\.\d+)?|\.\d+)")
_SUM = re.compile(r"(?P<sum>[$\d.,(][\d.,$\s+\-*/x×()]*?)=\s*\$?\s*(?P<value>\d[\d,]*(?:\.\d+)?|\.\d+)")
_ANSWER = re.compile(r"(?:The answer is:?|####|A:)\s*\$?\s*(-?\d[\d,]*(?:\.\d+)?)\.?\s*$")
_TOKEN = re.compile(r"\s*(?:(\d[\d,]*(?:\.\d+)?|\.\d+)|([-+*/x×()]))")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong solution; `body` is all but its last line; `line` is the changed one, `value` what it now has."""

    text: str
    body: str
    line: str
    value: str
    answer: str


def number(text: str) -> Fraction:
    """The number that digits with commas and a decimal point are."""
    return Fraction(text.replace(",", "").rstrip(".") or "0")


def numbers(text: str) -> list[Fraction]:
    """All numbers of a text, signs left out."""
    return [number(found[0]) for found in _NUMBER.finditer(text)]


def known_numbers(*texts: str) -> set[Fraction]:
    """The numbers that these texts name."""
    return {each for text in texts for each in numbers(text)}


def lines_of(solution: str) -> list[str]:
    """The lines that say something, without calculator annotations and without one that only states the answer."""
    kept = [line.strip() for line in _ANNOTATION.sub("", solution).splitlines() if line.strip()]
    return kept[:-1] if len(kept) > 1 and _ANSWER.match(kept[-1]) else kept


def final_answer(solution: str) -> str:
    """What the last line states as the answer, else the last number. Raises ValueError if there is none."""
    stated = _ANSWER.search(solution.rstrip())
    if stated:
        return stated[1]
    found = _NUMBER.findall(solution)
    if not found:
        raise ValueError("a solution without any number")
    return str(found[-1]).rstrip(",")


def with_error(question: str, solution: str, draw: float) -> Wrong:
    """The solution with one value changed (`draw`, from 0 to 1, says which and by how much) and carried on.

    The changed value occurs neither in the question nor in the solution, and the gold not in the changed line.
    """
    lines, gold = lines_of(solution), final_answer(solution)
    known = known_numbers(question, solution)
    places = [
        (i, found)
        for i, line in enumerate(lines)
        if (found := list(_RESULT.finditer(line))) and number(gold) not in _without(line, found[-1])
    ]
    at, results = places[int(draw * len(places))] if places else (len(lines) - 1, [])
    by = 1 + int(draw * 7919) % 89
    old = number(results[-1]["value"]) if results else number(gold)
    while old + by in known or old + by == number(gold):
        by += 1
    new = plain(old + by)
    if results:
        start, end = results[-1].span("value")
        line = lines[at][:start] + new + lines[at][end:]
    else:
        line = f"So this comes to {new} in all."
    changed = {old: old + by}
    after = [_carried(each, changed, by) for each in lines[at + 1 :]]
    last = changed.get(number(gold), number(gold) + by)
    if last == number(gold):
        last += by
    answer = plain(last)
    body = "\n".join([*lines[:at], line, *after])
    return Wrong(f"{body}\nThe answer is: {answer}", body, line, new, answer)


def _without(line: str, found: re.Match[str]) -> set[Fraction]:
    """The numbers of a line but for one of them."""
    start, end = found.span("value")
    return known_numbers(line[:start], line[end:])


def _carried(line: str, changed: dict[Fraction, Fraction], by: int) -> str:
    """The line with changed values in place of the old ones, and its sums worked out again; notes new changes."""
    pieces, done = [], 0
    for found in _SUM.finditer(line):
        before = _replaced(line[done : found.start("value")], changed)
        old = number(found["value"])
        sum_now = _replaced(found["sum"], changed)
        if sum_now != found["sum"] and old not in changed:
            was, now = value_of(found["sum"]), value_of(sum_now)
            fits = was == old and now is not None and now >= 0 and _terminates(now)
            changed[old] = now if fits and now is not None else old + by
        pieces += [before, plain(changed.get(old, old)) if old in changed else found["value"]]
        done = found.end("value")
    return "".join([*pieces, _replaced(line[done:], changed)])


def _replaced(text: str, changed: dict[Fraction, Fraction]) -> str:
    return _NUMBER.sub(
        lambda found: plain(changed[number(found[0])]) if number(found[0]) in changed else found[0], text
    )


def _terminates(value: Fraction) -> bool:
    return 10**6 % value.denominator == 0


def plain(value: Fraction) -> str:
    """The number in digits; at most six of them behind the point."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


def value_of(text: str) -> Fraction | None:
    """What a sum of numbers with + - * / x and brackets comes to, None if it is no such sum."""
    tokens, at = [], 0
    text = text.replace("$", "").strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            return None
        tokens.append(found[1] or found[2])
        at = found.end()
    try:
        value, rest = _sum(tokens)
    except (ValueError, ZeroDivisionError, IndexError):
        return None
    return None if rest else value


def _sum(tokens: list[str]) -> tuple[Fraction, list[str]]:
    value, rest = _product(tokens)
    while rest and rest[0] in "+-":
        sign, (more, after) = rest[0], _product(rest[1:])
        value, rest = (value + more if sign == "+" else value - more), after
    return value, rest


def _product(tokens: list[str]) -> tuple[Fraction, list[str]]:
    value, rest = _factor(tokens)
    while rest and rest[0] in "*/x×":
        sign, (more, after) = rest[0], _factor(rest[1:])
        value, rest = (value / more if sign == "/" else value * more), after
    return value, rest


def _factor(tokens: list[str]) -> tuple[Fraction, list[str]]:
    if tokens[0] == "-":
        value, rest = _factor(tokens[1:])
        return -value, rest
    if tokens[0] == "(":
        value, rest = _sum(tokens[1:])
        if rest[0] != ")":
            raise ValueError("an open bracket")
        return value, rest[1:]
    return number(tokens[0]), tokens[1:]
