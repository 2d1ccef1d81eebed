"""maj@k against enumeration of all subsets."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.measures import majority
from lemma_eval.measures.majority import majority_at

Groups = list[tuple[int, float]]


def enumerated(groups: Groups, samples: int, k: int) -> float:
    """The same by going through all k-subsets."""
    votes = [number for number, (count, _) in enumerate(groups) for _ in range(count)]
    total = 0.0
    for drawn in itertools.combinations(votes + [-1] * (samples - len(votes)), k):
        tally = Counter(vote for vote in drawn if vote >= 0)
        if tally:
            winners = [vote for vote, count in tally.items() if count == max(tally.values())]
            total += sum(groups[winner][1] for winner in winners) / len(winners)
    return total / math.comb(samples, k)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Groups, int]:
    """Groups of at most eight samples, some of which do not vote; values are fractions, too."""
    samples = left = draw(st.integers(1, 8))
    groups: Groups = []
    while left and draw(st.booleans()):
        count = draw(st.integers(1, left))
        groups.append((count, draw(st.sampled_from([0.0, 1.0, 0.5, 1 / 3, 0.75]))))
        left -= count
    return groups, samples


@given(cases())
def test_all_subsets(case: tuple[Groups, int]) -> None:
    groups, samples = case
    ks = range(1, samples + 1)
    assert majority_at(groups, samples, ks) == pytest.approx([enumerated(groups, samples, k) for k in ks], abs=1e-10)


@given(cases(), st.randoms())
def test_neither_the_order_nor_the_other_ks_matter(case: tuple[Groups, int], random: object) -> None:
    groups, samples = case
    ks = list(range(1, samples + 1))
    curve = majority_at(groups, samples, ks)
    assert [majority_at(groups[::-1], samples, [k])[0] for k in ks] == pytest.approx(curve, abs=1e-11)


@pytest.mark.parametrize(
    ("groups", "samples", "k", "value"),
    [
        ([(8, 1.0)], 8, 8, 1.0),
        ([(8, 0.25)], 8, 3, 0.25),
        ([(4, 1.0), (4, 0.0)], 8, 8, 0.5),  # a tie is shared
        ([(2, 1.0), (2, 0.0), (2, 0.0)], 6, 6, 1 / 3),
        ([(1, 1.0)], 4, 2, 0.5),  # where nobody votes nothing is won
        ([], 4, 2, 0.0),
        ([(3, 1.0), (1, 0.0)], 4, 1, 0.75),  # maj@1 is pass@1
        ([(600, 1.0), (400, 0.0)], 1000, 1000, 1.0),
        ([(600, 1.0), (400, 0.0)], 1000, 1, 0.6),
    ],
)
def test_values(groups: Groups, samples: int, k: int, value: float) -> None:
    assert majority_at(groups, samples, [k])[0] == pytest.approx(value, abs=1e-12)


def test_one_group_that_all_give_is_exact() -> None:
    assert set(majority_at([(32, 1.0)], 32, range(1, 33))) == {1.0}


def test_large_counts_agree_with_a_hand_made_sum() -> None:
    """Two groups: the right one wins with more votes than the other, and half of the ties."""
    right, wrong, k = 480, 470, 301
    ways = [math.comb(right, s) * math.comb(wrong, k - s) for s in range(k + 1)]
    won = sum(way for s, way in enumerate(ways) if 2 * s > k)
    assert majority_at([(right, 1.0), (wrong, 0.0)], right + wrong, [k])[0] == pytest.approx(
        won / math.comb(right + wrong, k), abs=1e-9
    )


def test_random_subsets_come_near(monkeypatch: pytest.MonkeyPatch) -> None:
    groups, ks = [(20, 1.0), (18, 0.0), (9, 0.5), *[(1, 0.0)] * 10], (1, 2, 5, 20, 64)
    exact = majority_at(groups, 64, ks)
    monkeypatch.setattr(majority, "MOST_EXACT", 10)
    majority._at.cache_clear()
    drawn = majority_at(groups, 64, ks)
    majority._at.cache_clear()
    assert drawn != exact
    assert drawn == pytest.approx(exact, abs=0.03)  # four standard errors of 4,000 draws
    assert drawn[0] == pytest.approx(exact[0], abs=1e-12)


def test_more_than_a_thousand_samples() -> None:
    curve = majority_at([(900, 1.0), (300, 0.0)], 2000, [1, 200, 2000])
    assert curve == pytest.approx((0.45, 1.0, 1.0), abs=0.01)


@pytest.mark.parametrize(("groups", "ks"), [([(3, 1.0)], [1]), ([(1, 1.0)], [3]), ([(1, 1.0)], [0]), ([(0, 1.0)], [1])])
def test_what_does_not_fit(groups: Groups, ks: list[int]) -> None:
    with pytest.raises(ValueError, match=r"fit|must be"):
        majority_at(groups, 2, ks)
