"""Answers that nothing marks: what the last sentences state, a text that is but an answer."""

import pytest

from lemma_eval.answers.extraction import extract

WHOLE = [
    ("42", "42"),
    ("x=3", "x=3"),
    ("\\frac12", "\\frac12"),
    ("(1,2)", "(1,2)"),
    ("12 apples", "12 apples"),
    ("$x = 3$", "$x = 3$"),
    ("-7", "-7"),
    ("1,234.5", "1,234.5"),
    ("[2, 3)", "[2, 3)"),
    ("{1, 2}", "{1, 2}"),
    ("5 km/h.", "5 km/h"),
    ("3/4", "3/4"),
    ("**42**", "42"),
    ("x^2+1", "x^2+1"),
    ("f(x) = 2x", "f(x) = 2x"),
    ("√2", "√2"),
    ("\\sqrt{2}", "\\sqrt{2}"),
    ("3 or 4", "3 or 4"),
    ("yes", "yes"),
    ("No solution", "No solution"),
]
NUMBERS = [
    ("Therefore, the total is 12 apples.", "12"),
    ("hence the total is 12 apples.", "12"),
    ("So 3 people each get 5 apples.", "5"),
    ("Thus, she earns 3 * 4 = 12 dollars.", "12"),
    ("Therefore, X = 5", "5"),
    ("24 * 5 = 120 pages. So she can read 120 pages in 5 days.", "120"),
    ("So she reads 120 pages in 5 days.", "120"),
    ("So he has 12 apples. Check: 12 - 5 = 7.", "12"),
    ("So he has 12 apples.\n\nVerification: 12 - 5 = 7, 7 + 5 = 12.", "12"),
    ("So he has 12 apples. I hope this helps!", "12"),
    ("So he has 12 apples, not 15.", "12"),
    ("So he has 12 apples (3 boxes of 4).", "12"),
    ("So he has 12 apples instead of 15.", "12"),
    ("It costs 1,250.50 dollars.", "1,250.50"),
    ("so -3/4", "-3/4"),
    ("We have 3 + 9 = <<3+9=12>>12 apples.", "12"),
    ("12\n\nExplanation: 3 boxes with 4 apples each.", "12"),
    ("**12**\n\nBecause 3 times 4, and 2 is left out.", "12"),
    ("12 apples.\n\nHere's why: 3 boxes with 4 apples each.", "12"),
    ("So twelve apples are left, that is, he has twelve apples.", "twelve"),
    ("2. Multiply 3 by 4 to get 12.", "12"),
    ("1. 3 boxes.\n2. 4 apples in each.\n3. So 12 apples.", "12"),
    ("Hence \\(k = 6\\).", "6"),
    ("Thus $k = 6$.\n\nUnits: 3 cm times 2.", "6"),
    ("\\[\n3 + 4 = 7\n\\]", "7"),
    ("\\begin{align*}\nx &= 3 + 4 \\\\\n&= 7\n\\end{align*}", "7"),
    ("The number of apples in the 3 boxes is 12.", "12"),
    ("He will be 12 years old in 5 years.", "12"),
]
EXPRESSIONS = [
    ("Therefore, X = 5", "X = 5"),
    ("Thus y = 2x + 1.", "y = 2x + 1"),
    ("Hence \\(k = 6\\).", "\\(k = 6\\)"),
    ("The slope is $2$, thus the line is $y = 2x + 1$.", "$y = 2x + 1$"),
    ("Therefore, the total is 12 apples.", "12 apples"),
    ("So the interval is $(2, 3]$.", "$(2, 3]$"),
    ("So the solutions are $x = 1$ and $x = 2$.", "$x = 1$ and $x = 2$"),
    ("We get $2 + 3 = 4 + 1 = 5$.", "5"),
    ("Therefore, the function is even.", "even"),
    ("So f(x) = 3x + 2", "f(x) = 3x + 2"),
    ("\\[ x = \\frac{1}{2} \\]", "\\[ x = \\frac{1}{2} \\]"),
]


@pytest.mark.parametrize(("text", "answer"), WHOLE)
def test_a_text_that_is_an_answer(text: str, answer: str) -> None:
    found = extract(text)
    assert found is not None
    assert found.answer == answer


@pytest.mark.parametrize(("text", "answer"), NUMBERS)
def test_numbers(text: str, answer: str) -> None:
    found = extract(text, "number")
    assert found is not None
    assert found.answer == answer


@pytest.mark.parametrize(("text", "answer"), EXPRESSIONS)
def test_expressions(text: str, answer: str) -> None:
    found = extract(text)
    assert found is not None
    assert found.answer == answer
