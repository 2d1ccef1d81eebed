"""Verification: what passes ends in the right answer; all else has its reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.answers import PRESETS, GradingPolicy, Verdict
from lemma_eval.problem import Problem
from lemma_eval.synth.records import Reason, Record
from lemma_eval.synth.stage import Done
from lemma_eval.synth.stages import verification
from tests.synth.making import made, question, reason, rejected

STRICT = PRESETS["strict"]
BEGINNING = "So 3 x 12 = 38. The answer is: 34\n"


def of(rest: str, gold: str = "32", *, beginning: str = BEGINNING, problem: Problem | None = None) -> Record:
    """A smoothed record with that text behind the flawed beginning."""
    root = question(problem or Problem("p", "How many?", gold, kind="number"))
    data = {"strategy": "fix", "span": [0, len(beginning)], "prefix": len(beginning)}
    return Record("smoothed", root.problem, beginning + rest, root, data)


def run(record: Record, policy: GradingPolicy = STRICT) -> Done:
    out = verification.step(record, (), policy=policy)
    assert isinstance(out, Done)
    return out


@pytest.mark.parametrize(
    ("rest", "gold"),
    [
        ("Wait, 36 - 4 = 32.\nThe answer is: 32", "32"),
        ("Wait, 36 - 4 = 32. So the answer is 32 apples.", "32"),
        ("Wait.\n#### 32", "32"),
        ("Wait. It is $\\boxed{\\frac{3}{4}}$.", "3/4"),
        ("Wait.\nThe answer is: 1,200", "1200"),
        ("Wait, it is $\\boxed{32}$.\nThe answer is: 32 apples.", "32"),
        ("Wait, it is $\\boxed{32}$. The answer is a whole number, as it has to be.", "32"),
    ],
)
def test_the_very_same_record_passes(rest: str, gold: str) -> None:
    record = of(rest, gold)
    assert made(run(record)) is record


@pytest.mark.parametrize(
    ("rest", "gold", "why"),
    [
        ("Wait.\nThe answer is: 33", "32", Reason.WRONG_ANSWER),
        # Defect 16: off by 100, and a number that is merely the last one.
        ("Wait.\nThe answer is: 0.32", "32", Reason.WRONG_ANSWER),
        ("Wait.\nThe answer is: 3200", "32", Reason.WRONG_ANSWER),
        ("Wait.\nThe answer is: 32%", "32", Reason.WRONG_ANSWER),
        ("Wait.\nThe answer is: 0.333", "1/3", Reason.WRONG_ANSWER),  # doubtful is wrong in training data
        # The box is read, and another answer is given after it.
        ("Wait, it is $\\boxed{32}$.\nThe answer is: 34", "32", Reason.WRONG_ANSWER),
        ("Wait.\n#### 32\nThe answer is: 34", "32", Reason.WRONG_ANSWER),
        ("Wait, let me think again.", "32", Reason.NO_ANSWER),
        # Anyone who reads the whole finds the marked answer: the 34 of the flawed beginning.
        ("Wait, 36 - 4 = 32. So there are 32 apples left.", "32", Reason.NO_ANSWER),
        ("Wait, I have to think again about it.", "34", Reason.NO_ANSWER),  # right only by the flawed beginning
    ],
)
def test_what_does_not_pass(rest: str, gold: str, why: Reason) -> None:
    reject = rejected(run(of(rest, gold)))
    assert reject.reason is why
    assert reject.detail


def test_defect_16_the_last_number_is_no_answer() -> None:
    rest = "oh dear it is 40 and 32 oh dear"
    assert reason(run(of(rest, beginning="So 3 x 12 is 38\n"))) is Reason.NO_ANSWER


def test_another_policy_may_allow_more() -> None:
    assert made(run(of("Wait.\nThe answer is: 0.333", "1/3"), PRESETS["default"]))


def test_a_conclusion_will_do_where_nothing_is_marked() -> None:
    record = of("Wait, 36 - 4 = 32. So there are 32 apples left.", beginning="So 3 x 12 = 38.\n")
    assert made(run(record)) is record


def test_any_of_several_golds_will_do() -> None:
    record = of("The answer is: 5", problem=Problem("p", "How many?", "4", accepted=("5",)))
    assert made(run(record)) is record


def test_what_the_grader_cannot_decide_is_unknown_and_never_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Verdict(None, "32", (0, 2), "time", "stopped after 0.8 s")
    monkeypatch.setattr(verification, "grade_found", lambda *_, **__: (told, "phrase"))
    reject = rejected(run(of("The answer is: 32")))
    assert (reject.reason, reject.detail) == (Reason.UNKNOWN, "stopped after 0.8 s")


def test_a_detail_is_one_short_line() -> None:
    reject = rejected(run(of("It is \\boxed{" + "x\n + " * 500 + "1}")))
    assert reject.reason is Reason.WRONG_ANSWER
    assert "\n" not in reject.detail
    assert len(reject.detail) < 300


@given(st.text(max_size=80))
def test_no_text_whatever_makes_it_raise(rest: str) -> None:
    out = run(of(rest))
    assert len(out.records) + len(out.rejects) == 1
