"""Laws of extraction: total on any text, the span is the answer's place, work linear in the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.answers.extraction import RULES, Extraction, extract, find

PIECES = st.sampled_from(
    [
        "\\boxed{",
        "\\fbox",
        "}",
        "{",
        "$",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "answer is ",
        "The answer is ",
        "**",
        "#### ",
        "\n",
        "A: ",
        "12",
        "3.5",
        ".",
        " ",
        "<think>",
        "</think>",
        "<<",
        ">>",
        "x = ",
        "(B)",
        "\n\nQ: ",
        "I hope it is correct",
        "final answer is",
        "<answer>",
        "</answer>",
        '"answer": ',
        '"',
        "| Total |",
        "Wait, that is wrong. ",
        "so ",
        ", because ",
        "答案是",
        "Ответ: ",
        "उत्तर",
        "\\begin{align}",
        "\\end{align}",
        "\\\\",
        "is the answer",
        "Answer:\n- ",
        "<|im_end|>",
        "p.m.",
        "½",
        "，",
        " or ",
        "not ",
        "\\frac{1}{2}",
        "option ",
        "=",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))
KINDS = st.sampled_from([None, "number", "expression", "list", "choice", "text"])


@settings(max_examples=600)
@given(TEXTS, KINDS)
def test_every_text_has_a_verdict_and_the_span_is_its_place(text, kind) -> None:
    found, rule = find(text, kind)
    assert rule in RULES
    if found is None:
        assert rule in ("unfinished-reasoning", "cut-off", "no-answer")
        return
    assert found.rule == rule
    low, high = found.span
    assert 0 <= low < high <= len(text)
    assert found.answer.strip()
    if text[low:high] != found.answer:
        assert "\\" in text[low:high] or '"' in text[low:high] or "\n" in text[low:high]  # decoded


@given(TEXTS, KINDS)
def test_space_around_a_text_changes_nothing(text, kind) -> None:
    plain, padded = extract(text.strip(), kind), extract(f"\n {text.strip()} \n", kind)
    assert (plain and plain.answer) == (padded and padded.answer)


@given(TEXTS, st.integers(0, 10**9))
def test_a_box_at_the_end_is_the_answer(text: str, number: int) -> None:
    text = text.replace("<", "").replace("[", "").replace("|", "").replace("\n", " ").replace("\\", "")
    found = extract(f"{text}\nHence the value is \\boxed{{{number}}}.")
    assert found is not None
    assert (found.answer, found.rule) == (str(number), "boxed")


@given(st.integers(0, 10**9), st.text("abcdefgh ,.\n", max_size=200))
def test_an_announced_number_is_found(number: int, text: str) -> None:
    found = extract(f"{text}\nThe answer is {number}.", "number")
    assert found is not None
    assert (found.answer, found.rule) == (str(number), "phrase")


@pytest.mark.parametrize(
    "piece",
    [
        "\\boxed{",
        "answer is ",
        "The answer is 5. ",
        "$",
        "**",
        "1",
        "12 ",
        "{",
        "\\",
        "(A) ",
        "<think>",
        "<answer>",
        "Wait, that is wrong. ",
        "\nQuestion: what?",
        "答案是",
        "उत्तर ",
        '"answer": "',
        "\\begin{a}",
        "\\boxed{5}, ",
        "\n",
        " ",
        "\x00",
        "e\u0301",
        "#### 5\n",
    ],
)
@pytest.mark.parametrize("end", ["", " The answer is 5.", " so the"])
def test_long_garbage_ends(piece: str, end: str) -> None:
    found, rule = find(piece * (300_000 // len(piece)) + end)
    assert rule in RULES
    assert found is None or isinstance(found, Extraction)
