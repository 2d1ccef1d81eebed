"""Where a solution is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.errors import UsageError
from lemma_eval.segmentation import steps
from lemma_eval.self_correction.beginnings import Beginning, beginnings, check_cut

FOUR = "First, 3 + 4 = 8.\nThen 8 * 2 = 16.\nSo it is 16.\nThe answer is 16."
AFTER = FOUR + "\nI hope that this helps.\nAsk again."


@pytest.mark.parametrize(
    ("text", "cut", "most", "numbers"),
    [
        (FOUR, "last", None, [3]),
        (FOUR, "half", None, [2]),
        (FOUR, "1", None, [1]),
        (FOUR, "3", None, [3]),
        (FOUR, "4", None, []),
        (FOUR, "each", None, [1, 2, 3]),
        (FOUR, "each", 2, [1, 3]),
        (FOUR, "each", 1, [2]),
        (FOUR, "each", 9, [1, 2, 3]),
        ("One.\nTwo.", "last", None, [1]),
        ("One.\nTwo.", "half", None, [1]),
        ("One.\nTwo.\nThree.", "half", None, [2]),
        ("One.", "last", None, []),
        ("One.", "half", None, []),
        ("One.", "each", None, []),
        ("", "last", None, []),
    ],
)
def test_where_the_cuts_lie(text: str, cut: str, most: int | None, numbers: list[int]) -> None:
    found = beginnings(text, None, cut, most)
    assert [each.step for each in found] == numbers
    assert all(each.steps == len(steps(text)) for each in found)
    assert [text[: each.end] for each in found] == ["".join(text.splitlines(True)[:number]) for number in numbers]


def test_no_beginning_states_the_answer() -> None:
    answer = AFTER.rindex("16")
    assert beginnings(AFTER, answer, "last") == beginnings(FOUR, None, "last")
    assert max(each.end for each in beginnings(AFTER, answer, "each")) <= answer
    assert beginnings(AFTER, AFTER.index("3"), "each") == ()  # answered in the first step


@pytest.mark.parametrize(
    ("step", "count", "third"),
    [(1, 2, "middle"), (1, 3, "first"), (2, 3, "middle"), (1, 4, "first"), (2, 4, "middle"), (3, 4, "last"),
     (3, 9, "first"), (4, 9, "middle"), (6, 9, "middle"), (7, 9, "last"), (8, 9, "last")],
)  # fmt: skip
def test_thirds(step: int, count: int, third: str) -> None:
    assert Beginning(step, count, 0).third == third


@given(
    st.text(alphabet="ab. \n$1\\"), st.sampled_from(["last", "half", "each", "1", "7"]), st.integers(1, 5), st.data()
)
def test_a_beginning_is_a_proper_part_that_ends_with_a_step(
    text: str, cut: str, most: int, data: st.DataObject
) -> None:
    answer = data.draw(st.none() | st.integers(0, max(0, len(text) - 1)))
    found = beginnings(text, answer, cut, most)
    ends = [step.end for step in steps(text)]
    assert len(found) <= (most if cut == "each" else 1)
    assert len({each.step for each in found}) == len(found)
    for each in found:
        assert 1 <= each.step < each.steps <= len(ends)
        assert each.end == ends[each.step - 1] < len(text)
        assert answer is None or each.end <= answer


@pytest.mark.parametrize("cut", ["", "0", "-1", "first", "1.5", "\u0663", "9" * 30])
def test_other_cuts_are_refused(cut: str) -> None:
    with pytest.raises(UsageError, match="last, half, each or the number of a step"):
        check_cut(cut)
