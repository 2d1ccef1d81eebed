"""Values of constants, and expressions with rounded numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from infix import read

from lemma_eval.answers.algebra.rounding import explains_by_rounding
from lemma_eval.answers.algebra.values import complex_value, real_value

# 50 digits, of tables
SQRT_2 = Fraction("1.4142135623730950488016887242096980785696718753769")
PI = Fraction("3.1415926535897932384626433832795028841971693993751")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sqrt(2)", SQRT_2), ("pi*10^20", PI * 10**20), ("(2*sqrt(2)+pi-pi)/2", SQRT_2), ("-arccos(-1)", -PI),
        ("2/3", Fraction(2, 3)), ("sqrt(10^40+1) - 10^20", Fraction(1, 2 * 10**20) - Fraction(1, 8 * 10**60)),
        ("(-8)^(1/3)*sqrt(2)", -2 * SQRT_2), ("sum(sqrt(2),k,1,10)", 10 * SQRT_2), ("degree(180)", PI),
    ],
)  # fmt: skip
@pytest.mark.parametrize("digits", [5, 12, 13, 30])
def test_real_values(text: str, value: Fraction, digits: int) -> None:
    found = real_value(read(text), digits)
    assert found is not None
    assert abs(found - value) <= abs(value) / 10**digits


@pytest.mark.parametrize("text", "sqrt(-1) i x 1/0 tan(pi/2) 9^9^9^9*sqrt(2) ln(0) infinity sin(pi)*10^9 f(1)".split())
def test_no_real_value(text: str) -> None:
    assert real_value(read(text), 10) is None or text == "f(1)"
    assert real_value(read(text), 30) is None or text == "f(1)"


def test_complex_values() -> None:
    assert complex_value(read("sqrt(-4)")) == 2j
    assert complex_value(read("(1+i)^4")) == pytest.approx(-4)
    assert complex_value(read("e^(i*pi/2)")) == pytest.approx(1j)
    assert complex_value(read("1/(1-1)")) is None
    assert complex_value(read("x")) is None


@pytest.mark.parametrize(
    ("exact", "rounded", "verdict"),
    [
        ("x/3+sqrt(2)", "0.333*x+1.41", True), ("x/3+sqrt(2)", "0.334*x+1.41", False),
        ("x/3+sqrt(2)", "0.333*x+1.42", False), ("x/3+sqrt(2)", "0.333*x+1.41+y", False),
        ("x/2+1/3", "0.5*x+0.333", True), ("x/2+1/3", "0.4*x+0.333", False), ("x/3", "0.3*x", None),
        ("x/3", "x/3", None),
        ("2*pi", "6.28", True), ("2*pi", "6.29", False), ("4*pi", "4*3.14", True), ("2/3", "0.666", True),
        ("2/3", "0.667", True), ("2/3", "0.668", False), ("-2/3*x", "-0.666*x", True), ("-2/3*x", "-0.668*x", False),
        ("e^(x/3)", "e^(0.333*x)", True), ("pi*x^2", "3.1416*x^2", True), ("pi*x^2", "3.1416*x^3", False),
        ("sqrt(2)*i+1", "1.414*i+1", True), ("sqrt(2)*i+1", "1.414*i+2", False), ("fact(n)/3", "0.333*fact(n)", True),
    ],
)  # fmt: skip
def test_rounding(exact: str, rounded: str, verdict: bool | None) -> None:
    assert explains_by_rounding(read(exact), read(rounded)) is verdict
