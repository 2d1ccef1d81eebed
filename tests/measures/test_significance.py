"""Paired tests against scipy and statsmodels, and under the null."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm, ttest_rel
from statsmodels.stats.contingency_tables import mcnemar as table_mcnemar
from statsmodels.stats.multitest import multipletests

from lemma_eval.measures.intervals import wilson
from lemma_eval.measures.significance import compare, holm, mcnemar


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_the_exact_one(won: int, lost: int) -> None:
    table = table_mcnemar([[5, won], [lost, 7]], exact=True)
    assert mcnemar(won, lost) == pytest.approx(float(table.pvalue), rel=1e-9, abs=1e-300)
    if won + lost:
        assert mcnemar(won, lost) == pytest.approx(float(binomtest(won, won + lost).pvalue), rel=1e-9, abs=1e-300)


def test_mcnemar_of_very_many() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(50_000, 50_500) == pytest.approx(2 * float(norm.sf(499 / math.sqrt(100_500))), rel=1e-2)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm(ps: list[float]) -> None:
    assert holm(ps) == pytest.approx(list(multipletests(ps, method="holm")[1]), abs=1e-12)


def test_holm_leaves_out_what_is_no_test() -> None:
    adjusted = holm([0.01, math.nan, 0.04])
    assert adjusted[0] == pytest.approx(0.02)
    assert math.isnan(adjusted[1])
    assert adjusted[2] == pytest.approx(0.04)
    assert holm([]) == []


def by_problem(values: object) -> dict[str, float]:
    return {str(number): float(value) for number, value in enumerate(values)}  # type: ignore[var-annotated, arg-type]


def test_right_or_wrong_is_compared_by_mcnemar() -> None:
    ours, baseline = by_problem([1, 1, 1, 1, 1, 0, 1, 0]), by_problem([0, 0, 0, 0, 0, 1, 1, 0])
    found = compare({**ours, "x": 1.0}, {**baseline, "y": 1.0, "z": 0.0})
    assert (found.problems, found.ours_only, found.baseline_only, found.method) == (8, 1, 2, "mcnemar")
    assert found.difference == pytest.approx(0.5)
    assert found.p == mcnemar(5, 1)
    assert found.low <= 0.5 <= found.high


@pytest.mark.parametrize("count", [1, 3, 50])
def test_pairs_that_are_all_alike_leave_a_doubt(count: int) -> None:
    right, wrong = by_problem([1] * count), by_problem([0] * count)
    same, better, worse = compare(right, right), compare(right, wrong), compare(wrong, right)
    # No pair differs: the bound is the difference d of which n such pairs are just not too rare, n d = z^2 (1 - d).
    z = float(norm.ppf(0.975))
    assert count * same.high == pytest.approx(z * z * (1 - same.high))
    assert (same.low, same.p) == (-same.high, 1.0)
    assert (better.low, better.high) == pytest.approx((2 * wilson(1, count)[0] - 1, 1))
    assert (worse.low, worse.high) == (-better.high, -better.low)


def test_both_directions_say_the_same() -> None:
    random = np.random.default_rng(0)
    first, second = by_problem(random.random(40)), by_problem(random.random(40))
    there, back = compare(first, second), compare(second, first)
    assert (there.difference, there.p) == pytest.approx((-back.difference, back.p))
    assert compare(first, second) == there  # seeded


def test_a_bootstrap_is_near_the_t_test() -> None:
    random = np.random.default_rng(5)
    for shift in (0.0, 0.02, 0.05, 0.1):
        ours, baseline = random.normal(shift, 0.2, 200), random.normal(0, 0.2, 200)
        p = compare(by_problem(ours), by_problem(baseline)).p
        assert p == pytest.approx(float(ttest_rel(ours, baseline).pvalue), abs=0.025)


def test_p_is_uniform_where_there_is_no_difference() -> None:
    random, ps, inside = np.random.default_rng(6), [], 0
    for trial in range(400):
        shares = random.beta(1, 1, 60)
        found = compare(
            by_problem(random.binomial(4, shares) / 4), by_problem(random.binomial(4, shares) / 4), seed=trial
        )
        assert found.method == "bootstrap"
        ps.append(found.p)
        inside += found.low <= 0 <= found.high
    for level in (0.05, 0.1, 0.25, 0.5, 0.75):  # four standard deviations of 400 trials
        assert np.mean(np.array(ps) <= level) == pytest.approx(level, abs=4 * math.sqrt(level * (1 - level) / 400))
    assert 0.91 <= inside / 400 <= 0.99


@pytest.mark.parametrize(
    ("ours", "baseline", "least"),
    [
        ([0.5], [0.25], 1.0),  # one problem proves nothing
        ([0.5] * 3, [0.25] * 3, 0.25),
        ([0.5] * 6, [0.25] * 6, 2 / 64),
        ([0.5, 0.25], [0.5, 0.25], 1.0),
    ],
)
def test_few_problems_prove_little(ours: list[float], baseline: list[float], least: float) -> None:
    assert compare(by_problem(ours), by_problem(baseline)).p >= least


def test_nothing_in_common() -> None:
    found = compare({"a": 1.0}, {"b": 1.0})
    assert (found.problems, found.ours_only, found.baseline_only) == (0, 1, 1)
    assert math.isnan(found.p)
    assert math.isnan(found.difference)
