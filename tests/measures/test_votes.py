"""Votes: answers grouped by what they say, and the cheap way of telling them apart held against the engine."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.answers import PRESETS, GradingPolicy, equivalent
from lemma_eval.measures.apart import may_be_equal, reading
from lemma_eval.measures.votes import Votes, votes
from lemma_eval.outcomes import Outcome, ProblemOutcomes
from lemma_eval.problem import AnswerKind

DEFAULT = PRESETS["default"]


def problem(outcomes: Sequence[Outcome], kind: AnswerKind | None = None, choices: tuple[str, ...] | None = None
            ) -> ProblemOutcomes:  # fmt: skip
    return ProblemOutcomes("0", "d", kind, choices, {}, tuple(outcomes))


def graded(*answers: str | None, right: str = "") -> list[Outcome]:
    return [
        Outcome(number, number, "graded", answer == right, answer=answer, parsed=answer is not None)
        for number, answer in enumerate(answers)
    ]


@pytest.mark.parametrize(
    ("answers", "sizes"),
    [
        (("7", "7", "7"), [3]),
        (("1/2", "0.5", r"\frac{1}{2}", r"50\%", r"\dfrac12", "3"), [5, 1]),
        (("x = 5", "5", "4", "4.0", "5.00"), [3, 2]),
        (("(x+1)^2", "x^2+2x+1", "x^2+1", "1 + 2x + x^2"), [3, 1]),
        ((r"\sqrt{8}", r"2\sqrt{2}", "2.83"), [3]),
        (("(1, 2)", "(1,2)", "(2, 1)", "1, 2"), [3, 1]),
        (("Monday", "monday", "Tuesday"), [2, 1]),
        (("1,234", "1234", "1234.0", "1,235"), [3, 1]),
    ],
)
def test_equal_answers_are_one_group(answers: tuple[str, ...], sizes: list[int]) -> None:
    found = votes(problem(graded(*answers)), DEFAULT)
    assert sorted((size for size, _ in found.groups), reverse=True) == sizes
    assert found.undecided == 0


def test_the_policy_says_what_is_equal() -> None:
    answers = problem(graded("0.3333", "1/3", r"33.33\%", "33.333"))
    assert [size for size, _ in votes(answers, PRESETS["strict"]).groups] == [2, 1, 1]
    assert [size for size, _ in votes(answers, DEFAULT).groups] == [3, 1]
    assert [size for size, _ in votes(answers, PRESETS["lemma"]).groups] == [4]


def test_who_votes() -> None:
    outcomes = [
        Outcome(0, 0, "graded", True, answer="2"),
        Outcome(1, 1, "graded", None, answer="2.0"),  # an unknown verdict is a vote all the same
        Outcome(2, 2, "graded", False, parsed=False, answer="???"),
        Outcome(3, 3, "graded", False, parsed=False),
        Outcome(4, 4, "graded", False, answer=" "),
        Outcome(5, 5, "failed"),
        Outcome(6, 6, "missing"),
        Outcome(7, 7, "ungraded"),
    ]
    assert votes(problem(outcomes), DEFAULT) == Votes(((2, 0.5),))
    assert votes(problem([]), DEFAULT) == Votes(())


def test_a_group_is_worth_the_share_of_its_samples_that_are_right() -> None:
    answers = problem(graded("1/3", "1/3", "0.333", "0.333", "0.333", "5", right="1/3"))
    assert votes(answers, DEFAULT).groups == ((5, 0.4), (1, 0.0))


def test_the_commonest_answer_stands_for_its_group() -> None:
    loose = GradingPolicy("loose", rel_tolerance=0.01, tolerance_on_exact=True)
    chain = ("1000", "1000", "1009", "1018", "1018", "1018")  # 1009 is near both, these are not near each other
    assert votes(problem(graded(*chain)), loose).groups == ((4, 0.0), (2, 0.0))


def test_options_are_grouped_by_their_letter() -> None:
    answers = graded("A", "(A) 5", "5", "(a)", "B", "6 apples", "(C)")
    found = votes(problem(answers, "choice", ("5", "6", "7")), DEFAULT)
    assert sorted((size for size, _ in found.groups), reverse=True)[0] == 4
    assert sum(size for size, _ in found.groups) == 7


def test_what_cannot_be_decided_is_counted_and_bounded() -> None:
    hard = [rf"\int_0^{{{n}}} \sin(x^{{{n}}}) e^x \, dx" for n in range(2, 14)]
    found = votes(problem(graded(*hard)), GradingPolicy("quick", sandbox_seconds=0.05))
    assert len(found.groups) == 12
    assert found.undecided > 0


def test_many_distinct_numbers_need_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lemma_eval.answers.equivalent", None)  # calling it would raise
    assert len(votes(problem(graded(*map(str, range(256)))), DEFAULT).groups) == 256


NUMBERS = st.one_of(
    st.integers(-5, 120).map(str),
    st.builds("{}/{}".format, st.integers(-20, 20), st.integers(1, 12)),
    st.builds(lambda places, top, bottom: f"{top / bottom:.{places}f}", st.integers(1, 5), st.integers(1, 2000),
              st.integers(1, 12)),
    st.integers(1, 100).map(r"{}\%".format),
    st.integers(2, 9).map(r"\sqrt{{{}}}".format),
    st.integers(1, 5).map(r"{}\pi".format),
    st.builds(r"{} \times 10^{{{}}}".format, st.integers(1, 9), st.integers(-2, 3)),
    st.sampled_from(["0", "0.0", "-0.1", "1e-30", "0.333333333333333333", "1/3", "0.33", "0.3"]),
)  # fmt: skip
POLYNOMIALS = st.builds(
    "{0}^2 + {1}{0} + {2}".format, st.sampled_from("xXyCc"), st.integers(-2, 3), st.sampled_from(["1", "C", "k", "0.5"])
)
ANSWERS = st.one_of(NUMBERS, st.builds("({}, {})".format, NUMBERS, NUMBERS), POLYNOMIALS)
POLICIES = [*PRESETS.values(), GradingPolicy("one", rounding_digits=1), GradingPolicy("near", rel_tolerance=0.05)]


@settings(max_examples=400)
@given(ANSWERS, ANSWERS, st.sampled_from(POLICIES))
def test_what_is_told_apart_cheaply_is_different(first: str, second: str, policy: GradingPolicy) -> None:
    a, b = reading(first), reading(second)
    if not may_be_equal(a, b, policy):
        assert equivalent(first, second, policy=policy).correct is not True
        assert equivalent(second, first, policy=policy).correct is not True
    if a.canonical == b.canonical or (a.exact is not None and a.exact == b.exact):
        assert equivalent(first, second, policy=policy).correct is True


@settings(max_examples=60)
@given(st.lists(ANSWERS, min_size=1, max_size=8))
def test_groups_hold_every_vote_once(answers: list[str]) -> None:
    found = votes(problem(graded(*answers, right=answers[0])), DEFAULT)
    assert sum(size for size, _ in found.groups) == len(answers)
    assert sum(size * value for size, value in found.groups) == pytest.approx(answers.count(answers[0]))
    assert list(found.groups) == sorted(found.groups, reverse=True)
