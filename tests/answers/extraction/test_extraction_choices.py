"""Letters of multiple choice, and options stated by their text."""

import pytest

from lemma_eval.answers.extraction import extract

LETTERS = [
    ("The answer is (C).", "C"),
    ("We eliminate (A) and (D), hence (B)", "B"),
    ("so option E fits", "E"),
    (r"\boxed{\text{D}}", "D"),
    (r"\boxed{D}", "D"),
    (r"\boxed{\text{(D) } 12}", "D"),
    (r"$\boxed{\textbf{(B)}\ 12}$", "B"),
    ("B.", "B"),
    ("b", "b"),
    ("(b)", "b"),
    ("B. 12 cm", "B"),
    ("**D**", "D"),
    ("Answer: A) 12", "A"),
    ("Answer: A", "A"),
    ("Answer: **C. 12**", "C"),
    ("The answer is A.", "A"),
    ("The answer is A because 3 + 4 = 7.", "A"),
    ("The answer is option B.", "B"),
    ("The correct choice is (B), not (C).", "B"),
    ("The correct answer is B: 12 cm.", "B"),
    ("(A) is wrong, so (C)", "C"),
    ("So (C). (A) is wrong.", "C"),
    ("(B) is correct; (C) is not.", "B"),
    ("The answer is 12, which is option C.", "C"),
    ("The answer is 12 (C).", "C"),
    ("Therefore, the correct option is D.", "D"),
    ("A is too small, B is too large.\n\nC", "C"),
    ("x = 5\n\nC) 5", "C"),
    ("#### B", "B"),
    ("<answer>B</answer>", "B"),
    ('{"answer": "B"}', "B"),
    ("I would choose option A.", "A"),
    ("I think it is B.", "B"),
    ("D is the correct answer.", "D"),
    ("Option D is the answer.", "D"),
    ("The answer is B. Wait, that is wrong. The answer is C.", "C"),
    ("**Final Answer**\n\n(E) none of these", "E"),
    ("The answer is $\\text{B}$.", "B"),
]


@pytest.mark.parametrize(("text", "letter"), LETTERS)
def test_letters(text: str, letter: str) -> None:
    found = extract(text, "choice")
    assert found is not None
    assert found.answer == letter


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 12 cm.", "12 cm"),
        ("The answer is a triangle.", "a triangle"),
        ("Answer: A train travels faster", "A train travels faster"),
        ("The answer is $x^2$.", "$x^2$"),
        (r"\boxed{12}", "12"),
        ("The answer is none of these.", "none of these"),
        ("The answer is h = 5.", "h = 5"),
        ("<answer>Paris</answer>", "Paris"),
        ("The answer is an isosceles triangle, because two sides are equal.", "an isosceles triangle"),
    ],
)
def test_an_option_stated_by_its_text(text: str, answer: str) -> None:
    found = extract(text, "choice")
    assert found is not None
    assert found.answer == answer


@pytest.mark.parametrize(
    "text",
    [
        "The options are:\n(A) 1\n(B) 2\n(C) 3\n(D) 4",
        "We look at (A) 1, (B) 2, (C) 3 and then",
        "We see that (A) is wrong.",
    ],
)
def test_no_letter(text: str) -> None:
    found = extract(text, "choice")
    assert found is None
