"""Where the answer of a solution is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.answers import extract
from lemma_eval.answers.extraction import find

TABLE = [
    (r"So \boxed{12}.", "12", "boxed"),
    (r"First \boxed{1}, no: \boxed{\frac{1}{2}}. Done with 7.", r"\frac{1}{2}", "boxed"),
    (r"\boxed{\boxed{8}} and 9", "8", "boxed"),
    (r"\boxed 5 is it", "5", "boxed"),
    (r"$\fbox{x=3}$", "x=3", "boxed"),
    (r"\boxed{4} and later \boxed{17", "4", "boxed"),
    ("<think>3 \\boxed{3}</think> The answer is 4.", "4", "phrase"),
    ("<think>9</think><answer> 10 </answer>", "10", "answer-tag"),
    ("Final Answer: The final answer is $2\\pi$. I hope it is correct.", r"$2\pi$", "minerva"),
    ("two steps\n#### 1,200", "1,200", "hashes"),
    ("#### Step 1\nwe add\n#### 7\n", "7", "hashes"),
    ("3 + 4 = <<3+4=7>>7\nA: 7", "7", "a-line"),
    ("The answer is 3.5. Because 7/2 is 3.5.", "3.5", "phrase"),
    ("The answer is: $42.", "42", "phrase"),
    ("the answer is **-6**, I think", "-6", "phrase"),
    ("Thus the answer is 20 - 8 = 12 apples.", "12", "phrase"),
    ("**Final Answer:**\n$$\n19\n$$", "$$\n19\n$$", "phrase"),
    ('{"steps": 3, "answer": "18"}', "18", "phrase"),
    ("答案是 25。", "25", "phrase"),
    ("The total is **31** in all.", "31", "bold"),
    (r"Hence \(k = 6\).", r"\(k = 6\)", "formula"),
    ("He pays $5 and $10, so $15 in all", "$15", "last-number"),
    ("2+3=<<2+3=5>>", "3", "last-number"),
    ("It costs 1,250.50 dollars.", "1,250.50", "last-number"),
    ("so -3/4", "-3/4", "last-number"),
    ("Question: 2+2?\n\nThe answer is 4.\n\nQuestion: 3+3?\nThe answer is 6.", "4", "phrase"),
    ("Add.\n#### 4\n\n### Instruction:\nnext\n#### 9", "4", "hashes"),
    ("Q: restated, 1+1?\nA: 2", "2", "a-line"),
]


@pytest.mark.parametrize(("text", "answer", "rule"), TABLE)
def test_rule_finds_answer(text: str, answer: str, rule: str) -> None:
    found = extract(text, "number")
    assert found is not None
    assert (found.answer.removeprefix("$") if not found.answer.endswith("$") else found.answer) in (answer, answer[1:])
    assert found.rule == rule
    assert text[slice(*found.span)] == found.answer


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The answer is (C).", "C"),
        ("We eliminate (A) and (D), hence (B)", "B"),
        ("so option E fits", "E"),
        (r"\boxed{\text{D}}", r"\text{D}"),
    ],
)
def test_choice_letters(text: str, letter: str) -> None:
    found = extract(text, "choice")
    assert found is not None
    assert found.answer.strip("()") == letter


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("<think>still 5", "unfinished-reasoning"),
        ("<think>a</think>b <think> \\boxed{5}", "unfinished-reasoning"),
        ("", "no-answer"),
        (" \n ", "no-answer"),
        ("words without any figure go on and on and on, line by line", "no-answer"),
    ],
)
def test_no_answer(text: str, rule: str) -> None:
    assert find(text) == (None, rule)


PIECES = st.sampled_from(
    ["\\boxed{", "}", "{", "$", "\\(", "\\)", "answer is ", "**", "#### ", "\n", "A: ", "12", "3.5", ".", " ",
     "<think>", "</think>", "<<", ">>", "x = ", "(B)", "\n\nQ: ", "I hope it is correct", "final answer is", "<answer>",
     "</answer>"]
)  # fmt: skip


@given(
    st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)),
    st.sampled_from([None, "number", "choice", "text"]),
)
def test_span_law(text, kind) -> None:
    found = extract(text, kind)
    if found is not None:
        assert found.answer
        assert text[slice(*found.span)] == found.answer
