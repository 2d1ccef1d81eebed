"""Which error types are drawn: shares that sum to 1 and leave no type out, draws that depend on no order."""

from __future__ import annotations

import random
from collections import Counter
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.problem import Problem
from lemma_eval.synth.records import Record
from lemma_eval.synth.settings import Settings
from lemma_eval.synth.stages.distribution import fold, global_shares, question_shares
from lemma_eval.synth.stages.revision import alternative
from lemma_eval.synth.taxonomy import INJECTABLE, ErrorType

from .making import WRONG, diagnosed, question, wrong

CA, QM, UC = ErrorType.CALCULATION, ErrorType.QUESTION_MISINTERPRETATION, ErrorType.UNIT_CONVERSION
COUNTS = st.dictionaries(st.sampled_from(ErrorType), st.integers(0, 10**6))
WEIGHT = st.floats(0.001, 1000)


def of_question(place: int, codes: str, injections: int = 3) -> list[Record]:
    """Diagnosed errors of one question, one for each of the types."""
    root = question(Problem(f"p{place}", f"What is {place} + {place}?", str(2 * place), kind="number"))
    return [
        diagnosed(wrong(f"{WRONG} ({n})", n, of=root, injections=injections), code=code)
        for n, code in enumerate(codes.split())
    ]


def test_shares_are_as_documented() -> None:
    kinds = len(INJECTABLE)
    shares = global_shares({CA: 6, QM: 2}, 1.0)
    assert shares[CA] == 7 / (8 + kinds)
    assert shares[ErrorType.COUNTING] == 1 / (8 + kinds)
    own = question_shares({QM: 3}, shares, 2.0)
    assert own[CA] == 2 * shares[CA] / 5
    assert own[QM] == (3 + 2 * shares[QM]) / 5


def test_types_that_are_not_injected_do_not_count() -> None:
    assert UC not in INJECTABLE
    assert global_shares({CA: 2, UC: 50, ErrorType.NONSENSE: 7}, 1.0) == global_shares({CA: 2}, 1.0)
    even = global_shares({}, 1.0)
    assert question_shares({UC: 9}, even, 1.0) == pytest.approx(even)


def test_without_anything_to_go_by_all_types_are_equal() -> None:
    even = dict.fromkeys(INJECTABLE, 1 / len(INJECTABLE))
    assert global_shares({}, 0.0) == even
    assert question_shares({}, even, 0.0) == even
    assert question_shares({CA: 2}, even, 0.0)[CA] == 1


@given(COUNTS, COUNTS, WEIGHT, WEIGHT)
def test_shares_sum_to_one_and_every_type_lives(
    all_counts: dict[ErrorType, int], counts: dict[ErrorType, int], alpha: float, beta: float
) -> None:
    shares = global_shares(all_counts, beta)
    own = question_shares(counts, shares, alpha)
    for each in (shares, own):
        assert tuple(each) == INJECTABLE
        assert sum(each.values()) == pytest.approx(1)
        assert min(each.values()) > 0


def test_a_question_gets_as_many_draws_as_selection_wants() -> None:
    """The original draws nothing: all six types five times for every question; no distribution exists (defect 17)."""
    records = [*of_question(1, "CA CA QM", 5), *of_question(2, "HA", 0), *of_question(3, "CO", 1)]
    done = fold(records, settings=Settings())
    assert not done.rejects
    assert Counter(each.problem.id for each in done.records) == {"p1": 5, "p3": 1}
    for each in done.records:
        assert each.kind == "draw"
        assert each.text in INJECTABLE
        assert each.parent is not None
        assert each.parent.kind == "question"
    for problem in ("p1", "p3"):
        drawn: dict[str, list[int]] = {}
        for each in done.records:
            if each.problem.id == problem:
                drawn.setdefault(each.text, []).append(each.data["number"])
        assert all(numbers == list(range(len(numbers))) for numbers in drawn.values())
    assert len({each.id for each in done.records}) == 6


def test_without_diagnoses_there_are_no_draws() -> None:
    assert fold([], settings=Settings()).records == ()


def test_draws_follow_the_distribution_and_depend_on_the_seed() -> None:
    records = [*of_question(1, "CA CA CA QM", 4000), *of_question(2, "CO " * 40, 0)]
    done = fold(records, settings=Settings())
    shares = question_shares({CA: 3, QM: 1}, global_shares({CA: 3, QM: 1, ErrorType.COUNTING: 40}, 1.0), 1.0)
    drawn = Counter(each.text for each in done.records)
    for each, share in shares.items():
        spread = (4000 * share * (1 - share)) ** 0.5
        assert abs(drawn[each] - 4000 * share) < 5 * spread
    assert min(drawn[each] for each in INJECTABLE) > 0  # rare types live
    other = Counter(each.text for each in fold(records, settings=Settings(seed=1)).records)
    assert other != drawn


def test_questions_of_one_distribution_draw_each_for_itself() -> None:
    done = fold([*of_question(1, "CA", 40), *of_question(2, "CA", 40)], settings=Settings())
    first, second = ([each.text for each in done.records if each.problem.id == problem] for problem in ("p1", "p2"))
    assert first != second


def test_more_draws_leave_the_earlier_ones_as_they_are() -> None:
    few, many = (fold(of_question(1, "CA QM", n), settings=Settings()).records for n in (5, 9))
    assert [each.id for each in few] == [each.id for each in many[:5]]


def test_a_type_without_a_share_is_never_drawn() -> None:
    done = fold(of_question(1, "MS", 200), settings=Settings(alpha=0.0, beta=0.0))
    assert {each.text for each in done.records} == {"MS"}


@given(
    st.lists(st.lists(st.sampled_from(ErrorType), min_size=1, max_size=4), max_size=5),
    st.integers(0, 5),
    st.randoms(use_true_random=False),
)
def test_draws_depend_on_no_order(types: list[list[ErrorType]], seed: int, order: random.Random) -> None:
    records = [each for place, own in enumerate(types) for each in of_question(place, " ".join(own))]
    settings = Settings(seed=seed)
    ids = [each.id for each in fold(records, settings=settings).records]
    assert len(set(ids)) == len(ids) == 3 * len(types)
    order.shuffle(records)
    assert [each.id for each in fold(records, settings=settings).records] == ids


def test_helpers_take_codes_as_well() -> None:
    """The types are strings: counts that come from a file serve as they are."""
    assert global_shares(cast("dict[ErrorType, int]", {"CA": 2}), 1.0) == global_shares({CA: 2}, 1.0)


def test_an_injected_error_is_corrected_with_a_right_solution_of_the_students_where_there_is_one() -> None:
    above = diagnosed(wrong(alternative="She has 32 left."))
    drawn = fold([above], settings=Settings()).records[0]
    flawed = Record("flawed", drawn.problem, "", drawn)
    assert alternative(flawed) == "She has 32 left."
    without = fold([diagnosed()], settings=Settings()).records[0]
    assert "36 - 4 = 32" in alternative(Record("flawed", drawn.problem, "", without))
