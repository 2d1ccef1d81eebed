"""Options of multiple-choice questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.choices import LETTERS, letter_of, option_texts, split_options
from lemma_eval.rows.reading import RowError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A) one B) two C) three D) four", ("one", "two", "three", "four")),
        (" (A) 2 (B) $(A) + 1$ (C) 3", ("2", "$(A) + 1$", "3")),
        ("A. first part. B. second part.", ("first part.", "second part.")),
        ("A) sets A and B B) set $B$ C) neither A. nor B. here", ("sets A and B", "set $B$", "neither A. nor B. here")),
        ("A) x\nB) y", ("x", "y")),
        ("(A) f(B) is 2 (B) f(A) is 3", ("f(B) is 2", "f(A) is 3")),
    ],
)
def test_split_options(text: str, expected: tuple[str, ...]) -> None:
    assert split_options(text) == expected


@pytest.mark.parametrize("text", ["", "one, two", "B) one C) two", "A) only one", "A) B) two", "A) one B) "])
def test_text_without_options(text: str) -> None:
    with pytest.raises(RowError):
        split_options(text)


@given(
    st.lists(st.text(alphabet="xyz123+- ", min_size=1).filter(str.strip), min_size=2, max_size=len(LETTERS)),
    st.sampled_from(["{})", "{}.", "({})"]),
)
def test_splitting_undoes_joining(options: list[str], mark: str) -> None:
    text = " ".join(f"{mark.format(letter)} {option}" for letter, option in zip(LETTERS, options, strict=False))
    assert split_options(text) == tuple(option.strip() for option in options)


@pytest.mark.parametrize("values", [None, "A) one B) two", [], ["one"], ["one", ""], ["one", 2], ["x"] * 11])
def test_malformed_options(values: object) -> None:
    with pytest.raises(RowError):
        option_texts(values)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(0, "A"), (2, "C"), ("B", "B"), (" C ", "C"), ("(b)", "B"), ("C.", "C"), ("two", "B"), (" three ", "C")],
)
def test_letter_of(answer: object, expected: str) -> None:
    assert letter_of(answer, ("one", "two", "three")) == expected


@pytest.mark.parametrize("answer", [3, -1, True, None, "D", "", "AB", 1.0, "0", "four", "tw", [0]])
def test_letter_of_no_option(answer: object) -> None:
    with pytest.raises(RowError, match="names none of the 3 options"):
        letter_of(answer, ("one", "two", "three"))


@pytest.mark.parametrize(
    ("answer", "choices", "letter"),
    [("2", ("2", "0"), "A"), (1, ("1", "0"), "B"), ("C", ("A", "D", "C"), "C"), ("D", ("x", "D"), "B")],
)
def test_options_that_are_numbers_or_letters(answer: object, choices: tuple[str, ...], letter: str) -> None:
    assert letter_of(answer, choices) == letter


@pytest.mark.parametrize("choices", [("B", "A", "x"), ("y", "A", "A")])
def test_an_answer_of_two_meanings_is_refused(choices: tuple[str, ...]) -> None:
    with pytest.raises(RowError, match=r"answer 'A' may mean A or B.*; give the index"):
        letter_of("A", choices)
