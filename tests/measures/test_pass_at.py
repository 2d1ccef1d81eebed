"""pass@k against enumeration and exact arithmetic."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.measures.pass_at import pass_at


@given(st.integers(1, 8), st.data())
def test_all_subsets(samples: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, samples))
    k = data.draw(st.integers(1, samples))
    drawn = list(itertools.combinations([True] * correct + [False] * (samples - correct), k))
    assert pass_at(samples, correct, k) == pytest.approx(sum(map(any, drawn)) / len(drawn), abs=1e-12)


@given(st.integers(1, 2000), st.data())
def test_exactly(samples: int, data: st.DataObject) -> None:
    correct, k = data.draw(st.integers(0, samples)), data.draw(st.integers(1, samples))
    exact = 1 - Fraction(math.comb(samples - correct, k), math.comb(samples, k))
    assert pass_at(samples, correct, k) == pytest.approx(float(exact), abs=1e-11)


@pytest.mark.parametrize(
    ("samples", "correct", "k", "value"),
    [
        (3, 1, 1, 1 / 3),
        (49, 7, 1, 7 / 49),
        (5, 5, 3, 1.0),
        (5, 0, 5, 0.0),
        (10, 3, 8, 1.0),
        (100_000, 1, 50_000, 0.5),
        (100_000, 50_000, 50_000, 1.0),
    ],
)
def test_values(samples: int, correct: int, k: int, value: float) -> None:
    assert pass_at(samples, correct, k) == pytest.approx(value, abs=1e-9)
    if k == 1:
        assert pass_at(samples, correct, k) == value  # without rounding


@pytest.mark.parametrize(("samples", "correct", "k"), [(4, 1, 5), (4, 1, 0), (4, 5, 1), (4, -1, 1), (0, 0, 1)])
def test_what_is_not_there(samples: int, correct: int, k: int) -> None:
    with pytest.raises(ValueError, match=r"must be|cannot be"):
        pass_at(samples, correct, k)
