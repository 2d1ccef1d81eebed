"""Right solutions by hand: which are alike, which are whole, and which of them are taken."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.problem import Problem
from lemma_eval.synth.records import Reason, Record
from lemma_eval.synth.stages.right_solutions import at_most, distinct, equations, references, right
from tests.synth.making import question, sample

ONE = "She has 3 x 12 = 36 apples.\nThe answer is: 36"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She has 3 x 12 = 36 apples.", ("3*12=36",)),
        (r"$3 \times 12 = 36$, and $1,200 + 50 = 1250$.", ("3*12=36", "1200+50=1250")),
        ("3×12=36. 36 - 4 = 32.", ("3*12=36", "36-4=32")),
        ("(1 + 2) * 3 = 9 = 3^2", ("(1+2)*3=9=3^2",)),
        ("x = 5 and f(x) = 3", ()),
        ("It is 5.\n= 3 =", ()),
        ("no figures = no equation", ()),
        ("Take 7 4 + 1 = 5", ("4+1=5",)),
    ],
)
def test_equations(text: str, found: tuple[str, ...]) -> None:
    assert equations(text) == found


@pytest.mark.parametrize("text", ["1 " * 100_000, "=" * 200_000, "1=" * 100_000, " " * 200_000 + "1", ",1" * 100_000])
def test_equations_of_hostile_texts_are_found_in_linear_time(text: str) -> None:
    equations(text)


@given(st.text(alphabet="0123 =+x×.,$a\n", max_size=60))
def test_an_equation_has_figures_on_both_sides(text: str) -> None:
    for each in equations(text):
        left, sign, rest = each.partition("=")
        assert sign
        assert any(one.isdigit() for one in left)
        assert any(one.isdigit() for one in rest)
        assert not any(one.isspace() for one in each)


def test_alike_by_text_and_by_equations() -> None:
    texts = [ONE, ONE.replace(" ", "  "), "There are 3*12=36.\nThe answer is: 36", "36 apples.\nThe answer is: 36",
             "All 36 apples.\nThe answer is: 36"]  # fmt: skip
    records = [sample(text, number, "right") for number, text in enumerate(texts)]
    assert len(distinct(records).records) == 4
    done = distinct(records, "equations")  # the last two have no equations: they are compared as texts
    assert len(done.records) == 3
    assert [each.reason for each in done.rejects] == [Reason.DUPLICATE] * 2
    other = sample(ONE, of=question(Problem("2", "Another question?", "36")), verdict="right")
    assert len(distinct([*records, other], "equations").records) == 4


def test_whole_and_right_ones_go_on() -> None:
    cases: list[tuple[Record, Reason | None]] = [
        (sample(ONE, 0, "right"), None),
        (sample(ONE, 1, "right", finish="length"), Reason.TRUNCATED),
        (sample(ONE, 2, "right", finish="MAX_TOKENS"), Reason.TRUNCATED),
        (sample(" \n", 3, "wrong"), Reason.EMPTY),
        (sample("I do not know.", 4, "wrong"), Reason.NO_ANSWER),
        (sample(ONE, 5, "unknown"), Reason.UNKNOWN),
    ]
    done = right([record for record, _ in cases])
    assert done.records == (cases[0][0],)
    assert {each.record.id: each.reason for each in done.rejects} == {
        record.id: reason for record, reason in cases if reason
    }


def test_a_question_without_a_solution_is_a_reject() -> None:
    bare = question(Problem("2", "What is 1 + 1?", "2", solution=" "))
    done = references([question(), bare])
    assert [each.text.splitlines()[-1] for each in done.records] == ["The answer is: 32"]
    assert "<<" not in done.records[0].text
    assert [(each.record.id, each.reason) for each in done.rejects] == [(bare.id, Reason.NO_SOLUTION)]


@given(st.integers(1, 6), st.integers(0, 5), st.randoms(use_true_random=False))
def test_what_is_drawn_depends_on_the_seed_alone(most: int, seed: int, order: random.Random) -> None:
    records = [sample(f"{ONE}{' ' * number}.", number, "right") for number in range(5)]
    reference = references([question()]).records
    first = at_most([*reference, *records], most, seed)
    order.shuffle(records)
    again = at_most([*records, *reference], most, seed)
    assert first == again
    assert len(first.records) == 1 + min(most, 5)
    assert len(first.rejects) == max(5 - most, 0)
