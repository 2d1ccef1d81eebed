"""The bundled few-shot examples: complete, right, and not taken from a benchmark."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from fractions import Fraction
from importlib import resources
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.rows.reading import read_rows

COUNTS = {"word-problem": 8, "competition": 5, "science": 4, "multiple-choice": 5}
FAMILIES = sorted(COUNTS)
LETTERS = "ABCD"
SPAN = 8  # words in a row that count as copied

NUMBER = r"\d+(?:\.\d+)?"
EQUATION = re.compile(rf"({NUMBER}) ([-+*/]) ({NUMBER}) = ({NUMBER})(?![\d/])")
CLOSING = re.compile(r"answer\b|\\boxed|^\s*$|^(?:Question|Problem|Solution|Q|A):", re.IGNORECASE | re.MULTILINE)


def shots(family: str) -> list[dict[str, Any]]:
    text = resources.files("lemma_eval").joinpath("own_shots", f"{family}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def spans(text: str) -> Iterator[tuple[str, ...]]:
    found = words(text)
    return zip(*(found[start:] for start in range(SPAN)), strict=False)


def strings(value: Any) -> Iterator[str]:
    """Every text in a row, however deep; a body and its question also as one text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        folded = {str(name).lower(): part for name, part in value.items()}
        if "body" in folded:
            yield f"{folded['body']} {folded.get('question', '')}"
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def false_equations(text: str) -> list[str]:
    wrong = []
    for match in EQUATION.finditer(text):
        left, operator, right, result = match.groups()
        a, b = Fraction(left), Fraction(right)
        values = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else None}
        if values[operator] != Fraction(result):
            wrong.append(match.group())
    return wrong


@pytest.mark.parametrize("family", FAMILIES)
def test_count_and_fields(family: str) -> None:
    rows = shots(family)
    assert len(rows) == COUNTS[family]
    assert len({row["question"] for row in rows}) == len(rows)
    fields = {"question", "solution", "answer"} | ({"choices"} if family == "multiple-choice" else set())
    for row in rows:
        assert set(row) == fields
        texts = [row["question"], row["solution"], row["answer"], *row.get("choices", [])]
        assert all(isinstance(text, str) and text and text == text.strip() for text in texts)
        assert "$" not in row["answer"]
        assert row["solution"].count("\n") >= 1


@pytest.mark.parametrize("family", FAMILIES)
def test_the_protocol_alone_closes_a_solution(family: str) -> None:
    for row in shots(family):
        assert not CLOSING.search(row["solution"])


@pytest.mark.parametrize("family", FAMILIES)
def test_the_last_step_reaches_the_answer(family: str) -> None:
    for row in shots(family):
        last = row["solution"].splitlines()[-1]
        goal = row["choices"][LETTERS.index(row["answer"])] if "choices" in row else row["answer"]
        assert re.search(rf"(?<![\w.]){re.escape(goal)}(?![\w]|\.\d)", last), (goal, last)


def test_choices_are_distinct_and_the_letters_vary() -> None:
    rows = shots("multiple-choice")
    assert all(len(set(row["choices"])) == len(LETTERS) for row in rows)
    assert {row["answer"] for row in rows} == set(LETTERS)


def test_word_problem_arithmetic() -> None:
    for row in shots("word-problem"):
        equations = EQUATION.findall(row["solution"])
        assert len(equations) >= 2
        assert row["solution"].count("=") == len(equations), "an equation that this test cannot read"
        assert false_equations(row["solution"]) == []
        assert equations[-1][-1] == row["answer"]


def test_a_false_equation_is_found() -> None:
    assert false_equations("so 4 * 14 = 54 mugs, and 14.5 + 29 = 43.5. Then 9 / 0 = 3.") == ["4 * 14 = 54", "9 / 0 = 3"]


def word_problem_answers() -> list[str]:
    mugs = 3 * 4 * 14
    litres, daily, days = 900 + 180, 12 * (6 + 3 + 1), 0  # two halves of a litre make the 1
    while litres >= daily:
        litres, days = litres - daily, days + 1
    squares, weeks = 72, 0
    while squares < 8 * 54:
        squares, weeks = squares + 2 * (3 * 4 + 2 * 3), weeks + 1
    values = [
        18 * mugs * Fraction(7, 8) - 3 * 25,
        days,
        (Fraction("0.35") * (160 + 240) + 40) * Fraction(9, 10),
        weeks,
        3 * Fraction("14.5"),
        Fraction(85 * 6 - 150, 9),
        Fraction(72 * (5 - 3), 3 + 5),
        240 * Fraction(2, 3) - 35 + 18,
    ]
    return [f"{float(value):g}" for value in values]


def competition_answers() -> list[str]:
    grid = [Fraction(n, 12) for n in range(-600, 601) if n != 36]
    solutions = [x for x in grid if (x + 7) / (3 - x) >= 1]
    assert solutions == [x for x in grid if -2 <= x < 3]
    mellow = sum(n % 11 == 5 and n % 8 == 3 for n in range(100, 1000))
    height, radius = Fraction(5, 3), Fraction(13, 3)
    assert 4**2 + height**2 == radius**2
    assert height + radius == 6
    area = radius**2
    rows = list(permutations(range(6)))
    apart = Fraction(sum(abs(row.index(0) - row.index(1)) == 3 for row in rows), len(rows))
    real, imaginary = 1, 0
    for _ in range(5):
        real, imaginary = 2 * real + 2 * imaginary, 2 * imaginary - 2 * real
    return [
        "[-2,3)",
        str(mellow),
        rf"\frac{{{area.numerator}\pi}}{{{area.denominator}}}",
        rf"\frac{{{apart.numerator}}}{{{apart.denominator}}}",
        f"{real}{imaginary:+}i",
    ]


def science_answers() -> list[str]:
    wind = 2.0e-7 * 1.99e30 * (15 * 1000) ** 2 / (2 * 3.16e7)
    mantissa, exponent = f"{wind:.1e}".split("e+")
    mass, gravity, height, friction, strip, stiffness = 3.0, 9.8, 2.0, 0.25, 1.5, 400.0
    speed_squared = 2 * gravity * height - 2 * friction * gravity * strip
    compression = math.sqrt(mass * speed_squared / stiffness)
    assert math.isclose(compression, math.sqrt(2 * mass * gravity * (height - friction * strip) / stiffness))
    for t in (0.0, 0.3, 1.7):
        y, slope = 2 * t - 1 / 2 + 3 / 2 * math.exp(-4 * t), 2 - 6 * math.exp(-4 * t)
        assert math.isclose(slope + 4 * y, 8 * t, abs_tol=1e-12)
        assert t != 0 or y == 1
    grams = 3.00 * 55.0 * 60 / 96485 / 3 * 52.00
    return [
        rf"{mantissa} \times 10^{{{int(exponent)}}}",
        r"\sqrt{\frac{2mg(h-\mu d)}{k}}",
        r"y = 2t - \frac{1}{2} + \frac{3}{2}e^{-4t}",
        f"{grams:.3g}",
    ]


def chosen_texts() -> list[str]:
    power = Fraction(36, 2) / 2  # one resistor draws V^2/R; in series the two draw half of that
    order_two = sum(n != 1 and n * n % 12 == 1 for n in (1, 5, 7, 11))
    extent = Fraction(min(4 * 3, 9), 3)
    gas = (4 - extent) + (9 - 3 * extent) + 2 * extent
    return [
        str(Fraction(3, 1 + 3)),
        f"{power} W",
        str(order_two),
        str((1000).bit_length()),
        f"{gas} mol",
    ]


def test_answers_by_another_route() -> None:
    assert [row["answer"] for row in shots("word-problem")] == word_problem_answers()
    assert [row["answer"] for row in shots("competition")] == competition_answers()
    assert [row["answer"] for row in shots("science")] == science_answers()
    chosen = [row["choices"][LETTERS.index(row["answer"])] for row in shots("multiple-choice")]
    assert chosen == chosen_texts()


def copied(own: dict[tuple[str, ...], str], texts: Iterator[str]) -> set[str]:
    return {own[span] for text in texts for span in spans(text) if span in own}


def test_no_question_is_taken_from_a_benchmark(data_dir: Path) -> None:
    questions = [row["question"] for family in FAMILIES for row in shots(family)]
    own = {span: question for question in questions for span in spans(question)}
    assert set(own.values()) == set(questions), "a question too short to compare"
    files = sorted(path for path in data_dir.rglob("*") if path.suffix in {".jsonl", ".json"})
    assert files
    for path in files:
        assert copied(own, (text for _, row in read_rows(path) for text in strings(row))) == set(), path


def test_a_copied_question_is_found() -> None:
    question = shots("science")[0]["question"]
    own = dict.fromkeys(spans(question), question)
    row = {"id": 1, "parts": [{"text": "Recall: " + question.upper()}]}
    assert copied(own, strings(row)) == {question}
    assert copied(own, strings({"Body": " ".join(words(question)[:4]), "Question": " ".join(words(question)[4:9])}))
    assert copied(own, strings({"text": " ".join(words(question)[: SPAN - 1])})) == set()
