"""Exact polynomials: divisors, multiplicities, real roots."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.answers.comparison.polynomial import (
    Polynomial,
    Root,
    Undecided,
    by_multiplicity,
    common_divisor,
    compare_root,
    compare_roots,
    multiply,
    power,
    primitive,
    quotient,
    real_roots,
    sharpened,
    sign_at,
    square_free,
    without,
)

rationals = st.fractions(min_value=-20, max_value=20, max_denominator=12)
polynomials = st.lists(st.integers(-9, 9), min_size=1, max_size=7).map(tuple).filter(lambda values: values[-1] != 0)


def with_roots(roots: list[Fraction]) -> Polynomial:
    return reduce(multiply, [(-root.numerator, root.denominator) for root in roots], (1,))


@given(st.lists(rationals, max_size=8))
def test_rational_roots_are_found_exactly(roots: list[Fraction]) -> None:
    assert real_roots(square_free(with_roots(roots))) == sorted(set(roots))


@given(st.lists(rationals, min_size=1, max_size=6))
def test_multiplicities(roots: list[Fraction]) -> None:
    found = {root: count for factor, count in by_multiplicity(with_roots(roots)) for root in real_roots(factor)}
    assert found == {root: roots.count(root) for root in roots}


@given(polynomials, polynomials, polynomials)
def test_a_common_factor_divides_the_common_divisor(a: Polynomial, b: Polynomial, c: Polynomial) -> None:
    shared = common_divisor(multiply(a, c), multiply(b, c))
    assert quotient(shared, common_divisor(shared, c)) is not None
    assert common_divisor(shared, c) == primitive(c) or len(c) == 1


@given(polynomials)
def test_roots_are_isolated_and_in_order(poly: Polynomial) -> None:
    plain = square_free(poly)
    roots = real_roots(plain)
    before: Fraction | None = None
    for root in roots:
        if isinstance(root, Fraction):
            assert sign_at(plain, root.numerator, root.denominator) == 0
            low = high = root
        else:
            low, high = Fraction(root.low, 1 << root.scale), Fraction(root.high, 1 << root.scale)
            ends = [sign_at(plain, end.numerator, end.denominator) for end in (low, high)]
            assert ends[0] * ends[1] < 0
        assert before is None or before <= low
        before = high
    # Sturm's count by another way: the number of sign changes along a fine grid never exceeds it
    grid = [sign_at(plain, at, 7) for at in range(-150, 151)]
    signs = [sign for sign in grid if sign]
    assert sum(a != b for a, b in pairwise(signs)) <= len(roots)


def test_no_rational_root_is_left_algebraic() -> None:
    (root,) = real_roots(multiply((1, 0, 0, 1), (1, 0, 1)))
    assert root == -1
    assert real_roots((-8, 0, 0, 27)) == [Fraction(2, 3)]


def test_near_roots_are_kept_apart() -> None:
    # Mignotte: x^n - 2 (ax - 1)^2 has two roots very near 1/a
    poly = (-2, 4 * 10**4, -2 * 10**8, 0, 0, 0, 0, 1)
    roots = real_roots(poly)
    assert len(roots) == 3
    assert isinstance(roots[0], Root)
    assert isinstance(roots[1], Root)
    assert compare_roots(roots[0], roots[1]) == -1
    assert compare_root(roots[0], Fraction(1, 10**4)) == -1
    assert compare_root(roots[1], Fraction(1, 10**4)) == 1


def test_one_root_of_two_polynomials() -> None:
    one = real_roots((-2, 0, 0, 1))[0]
    other = real_roots(multiply((-2, 0, 0, 1), (-5, 1, 1)))
    assert isinstance(one, Root)
    assert [compare_roots(one, root) for root in other if isinstance(root, Root)] == [1, 0, -1]


def test_sharpened_to_many_bits() -> None:
    (root,) = real_roots((-2, 0, 0, 1))
    assert isinstance(root, Root)
    narrow = sharpened(root, 300)
    assert isinstance(narrow, Root)
    assert Fraction(narrow.low, 1 << narrow.scale) ** 3 < 2 < Fraction(narrow.high, 1 << narrow.scale) ** 3
    assert (narrow.high - narrow.low) << 300 <= narrow.high


def test_factors_taken_out() -> None:
    assert without(with_roots([Fraction(1)] * 3 + [Fraction(2)]), (-1, 1)) == (-2, 1)


@pytest.mark.parametrize(("poly", "exponent"), [((1, 1), 41), ((1, 1), 10**9), ((3,), 10**9)])
def test_powers_are_bounded(poly: Polynomial, exponent: int) -> None:
    with pytest.raises(Undecided):
        power(poly, exponent)


def test_powers_of_one_cost_nothing() -> None:
    assert power((-1,), 10**12 + 1) == (-1,)
