"""Exact rational values."""

from __future__ import annotations

from fractions import Fraction
from math import comb, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from infix import read

from lemma_eval.answers.algebra.exact import exact_value
from lemma_eval.answers.algebra.integers import PRIMES, bounded_binomial, factored, perfect_root
from lemma_eval.answers.reading.node import Node, number, rational


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2/3 + 1/6", Fraction(5, 6)), ("1.50/3", Fraction(1, 2)), ("percent(12.5)", Fraction(1, 8)),
        ("4^(-1/2)", Fraction(1, 2)), ("(8/27)^(2/3)", Fraction(4, 9)), ("(-8)^(1/3)", -2), ("cbrt(-27)", -3),
        ("root(32, 5)", 2), ("root(16, -4)", Fraction(1, 2)), ("(-1)^(10^30)", 1), ("1^(10^30)", 1), ("2^10", 1024),
        ("fact(175)*fact(56)/(fact(55)*fact(176))", Fraction(7, 22)), ("dfact(9)", 945), ("dfact(8)", 384),
        ("binom(10, 3)", 120), ("binom(-3, 2)", 6), ("binom(1/2, 2)", Fraction(-1, 8)), ("binom(3, 5)", 0),
        ("perm(5, 2)", 20), ("gcd(84, 36, 30)", 6), ("lcm(4, 6, 10)", 60), ("mod(-7, 5)", 3), ("gamma(5)", 24),
        ("floor(-7/2)", -4), ("ceil(-7/2)", -3), ("abs(-7/2)", Fraction(7, 2)), ("sign(-3)", -1),
        ("min(1/2, 1/3)", Fraction(1, 3)), ("max(1/2, 1/3)", Fraction(1, 2)), ("log(8, 2)", 3),
        ("log(27, 9)", Fraction(3, 2)), ("log(1/4, 8)", Fraction(-2, 3)), ("log(100, 10)", 2),
        ("ln(e^(3/2))", Fraction(3, 2)),
        ("sin(0)", 0), ("cos(0)", 1), ("ln(1)", 0), ("exp(0)", 1), ("e^0", 1), ("arccos(1)", 0),
        ("sum(k^2, k, 1, 10)", 385), ("sum(1/(k*(k+1)), k, 1, 99)", Fraction(99, 100)), ("prod(k, k, 1, 6)", 720),
        ("sum(sum(j*k, j, 1, k), k, 1, 4)", 65), ("sum(k, k, 5, 4)", 0), ("re(3)", 3), ("im(3)", 0),
    ],
)  # fmt: skip
def test_values(text: str, value: Fraction | int) -> None:
    assert exact_value(read(text)) == value


@pytest.mark.parametrize(
    "text",
    "1/0 0^0 0^(-1) 1/(2-2) root(2,0) sqrt(2) sqrt(-4) (-4)^(1/2) x x-x pi sin(1) log(8,3) log(2,1) ln(0) fact(-1) "
    "fact(1/2) mod(5,0) i i^2 9^9^9^9 fact(10^10) binom(10^9,5*10^8) perm(10^9,10^8) sum(k,k,1,10^12) 2^(10^9) "
    "prod(k,k,1,10^4) exp(exp(exp(100))) infinity f(1) sum(k,k,1,n)".split(),
)
def test_nothing_exact(text: str) -> None:
    assert exact_value(read(text)) is None


def test_other_kinds_have_no_value() -> None:
    assert exact_value(Node("tuple", (number(1), number(2)), "()")) is None
    assert exact_value(Node("text", (), "five")) is None
    assert exact_value(Node("pm", (number(1),))) is None
    assert exact_value(Node("based", (), ("1011", 2))) == 11
    assert exact_value(Node("based", (), ("zz", 10))) is None


@given(st.integers(1, 10**30))
def test_factors_multiply_back(n: int) -> None:
    powers, rest = factored(n)
    product = rest
    for prime, times in powers:
        assert times > 0
        product *= prime**times
    assert product == n
    assert all(rest % prime for prime in PRIMES) or rest == 1


@given(st.integers(1, 10**12), st.integers(2, 9), st.sampled_from((0, 1, -1)))
def test_perfect_roots(base: int, degree: int, off: int) -> None:
    found = perfect_root(base**degree + off, degree) if base > 1 else base
    assert found == (base if off == 0 or base == 1 else None)


@given(st.integers(0, 60), st.integers(-2, 62))
def test_binomials(n: int, k: int) -> None:
    assert bounded_binomial(n, k) == (comb(n, k) if k >= 0 else 0)


@given(st.fractions(max_denominator=10**6), st.fractions(max_denominator=10**6))
def test_arithmetic_is_that_of_fractions(a: Fraction, b: Fraction) -> None:
    x, y = rational(a), rational(b)
    assert exact_value(Node("+", (x, y))) == a + b
    assert exact_value(Node("*", (x, y))) == a * b
    assert exact_value(Node("/", (x, y))) == (a / b if b else None)


@given(st.integers(0, 300))
def test_factorials(n: int) -> None:
    assert exact_value(Node("!", (number(n),))) == factorial(n)
