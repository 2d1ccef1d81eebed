"""What stands around a figure: remarks, denials, bounds, spans of time, the end of a sentence."""

import pytest

from lemma_eval.answers.extraction import find

ZERO = "\\begin{pmatrix}0 & 0 \\\\0 & 0\\end{pmatrix}"
SUM = "$\\begin{pmatrix}1\\\\2\\end{pmatrix} + \\begin{pmatrix}3\\\\4\\end{pmatrix}$"
REMARKS = [
    ("Hence\n$$\n735\n$$\nwhich is the desired value (not 814).", "735"),
    ("Hence\n$$\n735\n$$\nwhich is the desired value.", "735"),
    ("So the total is\n\\[\n  12\n\\]\nas desired.", "12"),
    ("Therefore\n$$n = 735$$\nand we are done (compared with 5 before).", "735"),
    ("So he has 12 apples (instead of 15).", "12"),
    ("So he has 12 apples (not 14).", "12"),
    ("So he has 12 apples (compared with 14 before).", "12"),
    ("Hence $$n = 5$$\nwhich is less than the 9 of before, so the answer is 4.", "4"),
    ("Adding gives $$n = 5$$\nso twice that is $10$.", "10"),
    ("The answer is twice $5$, i.e. 10.", "10"),
    ("The answer is $12, or $3 each.", "$12"),
    ("So he has 45$ left.", "45"),
    ("The sum is **55**.\n\nLet me know if you'd like me to explain the other 2 methods!", "55"),
    ("Hence $f(10) = 10^2 - 1 = 99$. $\\blacksquare$", "99"),
    ("Hence $f(10) = 99$. \\(\\square\\)", "99"),
    ("So the perimeter is 34 cm. 🎉", "34"),
    ("So the total is 72.\n####\n72", "72"),
    ("Total cost: **$1,080.00**", "$1,080.00"),
]
ENDS = [
    (f"Here is a zero matrix: $ {ZERO} $", ZERO),
    (f"The sum is {SUM}", SUM),
    ("面积 1,000.99m²", "1,000.99"),
    ("实际完成的工作占计划的比例为13/28", "13/28"),
    ("这个长方形的面积是 12 平方米", "12"),
    ("答案：每份应该是 (\\frac{2}{5}) 吨。", "\\frac{2}{5}"),
    ("The area is 12 cm^2", "12 cm^2"),
    ("It takes 3/4 of an hour and the distance is 9", "9"),
    ("The largest value is 7 (not 8)", "7"),
    ("答案：点是 (1, 2)。", "点是 (1, 2)"),
]
NONE = [
    "The answer is not 5.",
    "The answer isn't 5.",
    "It is impossible to have $x=5$.",
    "The answer is less than $5$.",
    "The answer is at least 5.",
    "The answer is no more than 5.",
    "The answer is greater than 5.",
    "So the number is at most 5.",
    "All values are possible except 5.",
    "The total is 5 + 3",
    "The first pipe fills 1/3 of it, the second fills 1/6 of it. Working together, they fill",
    "Plan:\n1. Read the problem.\n2. Set up 2 equations.\n3. Solve them.",
]
BOUNDS = [
    ("The answer is less than $5$. So the answer is 4.", "4"),
    ("The answer is less than 5. So he has 4 apples.", "4"),
    ("So he can buy at most 9 toys.", "9"),
    ("So she has 12 apples. This is not 5.", "12"),
    ("So Tom has 3 more than 12, that is 15 apples.", "15"),
    ("So he cannot buy more than 5 pens.", "5"),
    ("The number of ways is 12, which is less than 20.", "12"),
    ("So the number of integers not equal to 5 is 9.", "9"),
    ("The remainder is not 0, it is 3.", "3"),
    ("So she is 3 years older than Tom, who is 12, and is 15.", "15"),
]
TIMES = [
    ("Réponse : Janeth aura encore 220 $ à payer d'ici 12 mois.", "220"),
    ("Answer: She will still owe $220 within 12 months.", "$220"),
    ("Antwort: Sie zahlt 220 Euro in 12 Monaten.", "220"),
    ("So she will save 300 dollars in 6 weeks.", "300"),
    ("So it takes 12 days.", "12"),
]


@pytest.mark.parametrize(("text", "want"), [*REMARKS, *BOUNDS, *TIMES])
def test_the_figure_that_the_sentence_is_about(text: str, want: str) -> None:
    found = find(text, "number")[0]
    assert found is not None
    assert found.answer == want


@pytest.mark.parametrize(("text", "want"), ENDS)
def test_a_complete_end(text: str, want: str) -> None:
    found = find(text)[0]
    assert found is not None
    assert found.answer.strip("$ ") == want.strip("$ ")


@pytest.mark.parametrize("kind", [None, "number"])
@pytest.mark.parametrize("text", NONE)
def test_what_states_no_value(text: str, kind: str | None) -> None:
    assert find(text, kind)[0] is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind", "want"),
    [
        ("(A) is wrong; (B)", "choice", "B"),
        ("the answer is: It halves.", "choice", "It halves"),
        ("So the probability is $\\frac{2}{3}$.", "choice", "$\\frac{2}{3}$"),
    ],
)
def test_choices(text: str, kind: str, want: str) -> None:
    found = find(text, kind)[0]  # type: ignore[arg-type]
    assert found is not None
    assert found.answer == want
