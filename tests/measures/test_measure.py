"""Measures by name, their values for a problem, and the estimates made of them."""

from __future__ import annotations

import math

import pytest

from lemma_eval.answers import PRESETS
from lemma_eval.errors import UsageError
from lemma_eval.measures.averages import macro_average
from lemma_eval.measures.estimates import estimates
from lemma_eval.measures.intervals import wilson
from lemma_eval.measures.measure import Measure, measure_by_name, measures_by_name, problem_values, title
from lemma_eval.measures.slices import in_order, no_such_key, slice_of
from lemma_eval.measures.votes import Votes, votes
from lemma_eval.outcomes import Outcome, ProblemOutcomes


def test_names() -> None:
    assert measure_by_name("pass@4") == Measure("pass@4", k=4)
    assert measure_by_name("maj@12").votes
    assert measure_by_name("tokens").unit == "tokens"
    assert title("mean", {8}) == "mean@8"
    assert title("mean", {8, 1}) == "mean"
    assert title("maj@4", {8}) == "maj@4"


def test_curves_are_every_k_once() -> None:
    names = [each.name for each in measures_by_name(["pass@1", "maj@all", "pass@all", "mean"], 3)]
    assert names == ["pass@1", "maj@1", "maj@2", "maj@3", "pass@2", "pass@3", "mean"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pass", "pass@"),
        ("pas@1", "pass@1"),
        ("pass@0", "pass@"),
        ("maj@-1", "maj@"),
        ("pass@01", "pass@1"),
        ("token", "tokens"),
        ("mean@4", "mean"),
        ("zzzzz", "known: pass@1"),
        ("pass@all", "give one, such as pass@8"),
    ],
)
def test_unknown_names_are_told_with_the_nearest(name: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        measure_by_name(name)
    assert told in str(caught.value)
    assert name in str(caught.value)


SAMPLES = (
    Outcome(0, 0, "graded", True, answer="2", tokens=10, characters=40),
    Outcome(1, 1, "graded", False, answer="3", truncated=True, tokens=30, characters=80),
    Outcome(2, 2, "graded", None, answer="4", characters=60),
    Outcome(3, 3, "graded", False, parsed=False, characters=20),
    Outcome(4, 4, "failed"),
    Outcome(5, 5, "missing"),
    Outcome(6, 6, "ungraded", tokens=1000, characters=1000),
)
PROBLEM = ProblemOutcomes("0", "d", None, None, {}, SAMPLES)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pass@1", 1 / 5),
        ("pass@5", 1.0),
        ("pass@6", None),
        ("maj@1", 1 / 5),
        ("maj@5", 1 / 3),  # three answers tie
        ("maj@6", None),
        ("mean", 1 / 5),
        ("tokens", 20.0),  # of the two samples whose tokens are known
        ("characters", 50.0),
        ("unparsed", 1 / 5),
        ("truncated", 1 / 5),
        ("unknown", 1 / 5),
    ],
)
def test_a_problems_value(name: str, value: float | None) -> None:
    found = problem_values(PROBLEM, [measure_by_name(name)], lambda each: votes(each, PRESETS["default"]))[0]
    assert found == (None if value is None else pytest.approx(value))


def test_without_settled_samples_there_is_no_value() -> None:
    empty = ProblemOutcomes("0", "d", None, None, {}, SAMPLES[5:])
    measures = measures_by_name(["pass@1", "maj@1", "mean", "tokens", "characters", "unparsed", "unknown"], 2)
    assert problem_values(empty, measures, lambda _: Votes(())) == [None] * 7


def test_votes_are_counted_only_for_majorities() -> None:
    def refuse(_: ProblemOutcomes) -> Votes:
        raise AssertionError

    assert problem_values(PROBLEM, [Measure("pass@2", k=2), Measure("maj@9", k=9)], refuse) == [
        pytest.approx(0.4),
        None,
    ]


def test_intervals_by_measure() -> None:
    measures = measures_by_name(["pass@1", "pass@2", "mean", "tokens", "unknown", "pass@4"], 4)
    values = {"pass@1": [1.0, 0.5, 0.0], "pass@2": [1.0, 0.8], "mean": [1.0, 0.5, 0.0], "tokens": [5.0, 9.0, 40.0],
              "unknown": [0.0, 0.0, 0.0], "pass@4": []}  # fmt: skip
    found = {each.measure: each for each in estimates(measures, values)}
    assert list(found) == ["pass@1", "pass@2", "mean", "tokens", "unknown"]  # nobody has four samples
    assert (found["pass@1"].low, found["pass@1"].high) == wilson(0.5, 3)
    assert [each.method for each in found.values()] == ["wilson", "bootstrap", "bootstrap", "bootstrap", "wilson"]
    assert found["pass@2"].problems == 2
    assert found["unknown"].high == wilson(0, 3)[1]  # equal shares are no proof of certainty
    assert found["tokens"].unit == "tokens"
    assert 5 <= found["tokens"].low < found["tokens"].value < found["tokens"].high <= 40


def test_equal_shares_are_no_proof_of_certainty_whatever_they_are() -> None:
    measures = measures_by_name(["mean", "maj@2", "tokens"], 2)
    found = estimates(measures, {"mean": [0.5] * 6, "maj@2": [1 / 3, 1 / 3 + 1e-16], "tokens": [7.0, 7.0]})
    assert [each.method for each in found] == ["wilson", "wilson", "bootstrap"]
    assert (found[0].low, found[0].high) == wilson(0.5, 6)
    assert (found[2].low, found[2].high) == (7.0, 7.0)


def test_nothing_to_measure_is_nan() -> None:
    (found,) = estimates(measures_by_name(["pass@1"], 1), {"pass@1": []})
    assert (found.problems, found.method) == (0, "wilson")
    assert all(math.isnan(each) for each in (found.value, found.low, found.high))


def test_slices_in_order() -> None:
    names = ["10", "-", "9", "Level 10", "Level 2", "algebra", "Zoo", "1"]
    assert in_order(names) == ["1", "9", "10", "algebra", "Level 2", "Level 10", "Zoo", "-"]
    assert slice_of({"level": "3"}, "level") == "3"
    assert slice_of({"level": ""}, "level") == slice_of({}, "level") == "-"
    assert "there are: level, subject" in str(no_such_key("lvl", ["subject", "level"]))
    assert "nothing to slice by" in str(no_such_key("lvl", []))


def test_the_average_is_over_benchmarks_not_problems() -> None:
    found = macro_average("pass@1", [{"a": 1.0, "b": 0.0}, {str(n): 1.0 for n in range(98)}])
    assert (found.value, found.problems, found.method) == (0.75, 100, "bootstrap")
    assert 0.5 <= found.low < 0.75 < found.high <= 1


def test_averages_without_a_spread_or_a_benchmark() -> None:
    sure = macro_average("pass@1", [{"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 1.0, "b": 1.0}])
    assert (sure.low, sure.high) == wilson(1.0, 2)
    mixed = macro_average("pass@1", [{"a": 1.0, "b": 1.0}, {"a": 0.0, "b": 0.0, "c": 0.0}])
    assert (mixed.value, mixed.low, mixed.high, mixed.method) == (0.5, *wilson(0.5, 2), "wilson")
    for nothing in ([], [{"a": 1.0}, {}]):
        assert math.isnan(macro_average("pass@1", nothing).value)
