"""Which samples go on: every one is output or rejected once, in whatever order they come."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.problem import Problem
from lemma_eval.synth.records import Reason, Record
from lemma_eval.synth.settings import Settings
from lemma_eval.synth.stage import Done
from lemma_eval.synth.stages.selection import fold, wanted

from .making import RIGHT, question, reason, sample

OTHER = question(Problem("p2", "What is 2 + 2?", "4", kind="number"))


def samples(wrong: int, right: int, of: Record | None = None) -> list[Record]:
    """So many different ones of one question."""
    made = [sample(f"It is {100 + n}.", n, of=of) for n in range(wrong)]
    return made + [sample(f"{RIGHT} ({n})", wrong + n, "right", of=of) for n in range(right)]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (sample(RIGHT, verdict="right"), Reason.RIGHT),
        (sample(verdict="unknown"), Reason.UNKNOWN),  # a limit of the grader is never wrong
        (sample(finish="length"), Reason.TRUNCATED),
        (sample(RIGHT, verdict="right", finish="length"), Reason.TRUNCATED),
        (sample(verdict="unknown", finish="length"), Reason.TRUNCATED),
        (sample(""), Reason.EMPTY),
        (sample(" \n\t"), Reason.EMPTY),
        (sample("It is \ud800 5."), Reason.MALFORMED),
    ],
)
def test_what_is_not_wrong_is_rejected(given: Record, why: Reason) -> None:
    assert reason(fold([given], settings=Settings())) is why


def test_a_wrong_sample_goes_on_with_what_later_stages_need() -> None:
    right = [sample(f"{RIGHT} ({n})", 5 + n, "right") for n in range(3)]
    wrong = [sample("It is 1.", 0), sample("It is 2.", 1), sample("It  is\n1.", 2)]
    other = [sample("cut", 8, finish="length"), sample("?", 9, "unknown"), sample("", 10)]
    done = fold([*right, *wrong, *other], settings=Settings(injections=0.6))
    assert [record.text for record in done.records] == ["It is 1.", "It is 2."]
    for record in done.records:
        assert record.kind == "wrong"
        assert record.parent is not None
        assert (record.parent.text, record.problem) == (record.text, record.parent.problem)
        # A copy is a failure of its own; what is cut, empty or unknown is neither a failure nor a success.
        assert (record.data["failures"], record.data["of"]) == (3, 6)
        assert record.data["injections"] == 2  # 1.2, rounded up
        drawn = {each.id: each.text for each in right}
        assert record.about["alternative"] == drawn[record.data["alternative"]]
    (copy,) = [reject for reject in done.rejects if reject.reason is Reason.DUPLICATE]
    assert copy.record.data["sample"] == 2
    assert wrong[0].id in copy.detail


def test_without_a_right_sample_there_is_no_alternative() -> None:
    (record,) = fold([sample()], settings=Settings()).records
    assert (record.data["alternative"], record.about["alternative"]) == ("", "")


def test_the_alternative_is_one_that_the_grader_called_right_and_drawn_by_seed() -> None:
    """The original's reference may be a sample that the grader called wrong, and its choice has no seed (defect 14)."""
    given = [*samples(8, 6), sample(RIGHT, 20, "unknown"), sample(RIGHT + " ", 21, "right", finish="length")]
    right = {each.text for each in samples(8, 6) if each.data["verdict"] == "right"}

    def drawn(seed: int) -> list[str]:
        return [each.about["alternative"] for each in fold(given, settings=Settings(seed=seed)).records]

    assert set(drawn(0)) <= right
    assert len(set(drawn(0))) > 1
    assert drawn(0) == drawn(0)
    assert drawn(0) != drawn(1)
    elsewhere = fold([*samples(0, 3), sample("It is 5.", of=OTHER)], settings=Settings()).records
    assert [each.about["alternative"] for each in elsewhere] == [""]  # never of another question


@pytest.mark.parametrize(
    ("rate", "wrong", "injections"),
    [(1.0, 3, 3), (0.0, 3, 0), (0.5, 3, 2), (1.1, 10, 11), (0.1, 10, 1), (2.5, 1, 3), (0.28, 25, 7)],
)
def test_injections_per_error_are_rounded_up_per_question(rate: float, wrong: int, injections: int) -> None:
    done = fold(samples(wrong, 1), settings=Settings(injections=rate))
    assert {each.data["injections"] for each in done.records} == {injections}


@pytest.mark.parametrize(
    ("failures", "of", "hard", "strategies", "errors"),
    [
        (16, 16, 20, 2, (5, 5)),  # 20 trajectories: 10 errors, both strategies each
        (8, 16, 20, 2, (3, 2)),  # 10 trajectories: 5 errors
        (1, 16, 20, 2, (1, 0)),  # 1.25 trajectories: one error
        (0, 16, 20, 2, (0, 0)),
        (16, 16, 20, 1, (10, 10)),
        (3, 10, 20, 2, (2, 1)),
        (1, 3, 3, 1, (1, 0)),  # 1 exactly, not rounded up to 2
    ],
)
def test_lemma_hard_wants_errors_in_proportion_to_failures(
    failures: int, of: int, hard: int, strategies: int, errors: tuple[int, int]
) -> None:
    assert wanted(failures, of, hard, strategies) == errors


def test_lemma_hard_chooses_by_seed() -> None:
    given = samples(12, 4)  # 15 trajectories: 8 errors, 4 of them the student's
    done = fold(given, settings=Settings(hard=20))
    assert len(done.records) == 4
    assert {each.data["injections"] for each in done.records} == {4}
    assert Counter(each.reason for each in done.rejects) == {Reason.NOT_CHOSEN: 8, Reason.RIGHT: 4}
    chosen = {each.text for each in done.records}
    assert chosen == {each.text for each in fold(given, settings=Settings(hard=20)).records}
    assert any(
        chosen != {each.text for each in fold(given, settings=Settings(hard=20, seed=n)).records} for n in (1, 2, 3)
    )


SAMPLES = st.lists(
    st.builds(
        lambda text, verdict, finish, other: (text, verdict, finish, other),
        st.sampled_from(["", "It is 5.", "It is  5.", "It is 6.", "7", RIGHT, "\udc00"]),
        st.sampled_from(["right", "wrong", "wrong", "unknown"]),
        st.sampled_from(["stop", "stop", "length", ""]),
        st.booleans(),
    ),
    max_size=24,
)


@given(SAMPLES, st.sampled_from([None, 1, 4, 20]), st.integers(0, 3), st.randoms(use_true_random=False))
def test_each_sample_is_output_or_rejected_once_in_any_order(
    rows: list[tuple[str, str, str, bool]], hard: int | None, seed: int, order: random.Random
) -> None:
    records = [
        sample(text, number, verdict, finish=finish, of=OTHER if other else None)
        for number, (text, verdict, finish, other) in enumerate(rows)
    ]
    settings = Settings(hard=hard, seed=seed)
    done = fold(records, settings=settings)
    parents = [each.parent.id for each in done.records if each.parent]
    assert sorted(parents + [each.record.id for each in done.rejects]) == sorted(each.id for each in records)
    shuffled = list(records)
    order.shuffle(shuffled)
    assert _said(fold(shuffled, settings=settings)) == _said(done)


def _said(done: Done) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    records = sorted((each.id, each.about["alternative"]) for each in done.records)
    return records, sorted((each.record.id, each.reason.value, each.detail) for each in done.rejects)
