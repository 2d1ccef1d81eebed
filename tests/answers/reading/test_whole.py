r"""Forms that only whole answers have: remarks behind them, HTML, programs' names, compound quantities, dates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.answers.reading.reader import read
from lemma_eval.answers.reading.whole import rewritten


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        # remarks
        ("25 (since 5^2=25)", "25"), ("25, because 5^2 = 25", "25"), ("5 (rounded to the nearest whole number)", "5"),
        ("25 ✓", "25"), ("25 — checked", "25"), (r"\sqrt2 (about 1.41)", r"\sqrt2"), (r"0.5 (i.e., 50\%)", "0.5"),
        ("25 miles (40 km)", "25 miles"), ("x < 5, because x is negative", "x < 5"), (r"\text{about } 5", "5"),
        ("Yes, it is.", "yes"), ("No, it is not.", "no"), ("Yes, because 5 > 3", "yes"), ("No, it doesn't", "no"),
        # sentences and lists
        ("John has 5 apples", "5 apples"), ("either 5 or 3", "5 or 3"), ("both 5 and 3", "5 and 3"),
        ("(a) 5 (b) 6", "5, 6"), ("width: 5, length: 3", "width = 5, length = 3"),
        ("The distance between A and B is 5", "5"), ("The least common multiple is 12", "12"),
        # HTML
        ("5<br>", "5"), ("x<sup>2</sup>", "x^2"), ("x<sub>1</sub> + 2", "x_1 + 2"), ("2&pi;", r"2\pi"),
        ("5&nbsp;cm", "5 cm"), ("x &lt; 5", "x < 5"), ("x &le; 5", r"x \le 5"), ("2 &times; 3", r"2 \times 3"),
        ("30&deg;", "30°"), ("&#960;/2", r"\pi/2"), ("```\n5\n```", "5"), ("```python\n5\n```", "5"), ("`5`", "5"),
        # programs and counting
        ("2*np.pi", r"2\pi"), ("math.sqrt(2)", r"\sqrt{2}"), ("numpy.exp(1)", r"\exp(1)"), ("Fraction(1, 2)", "1/2"),
        ("sp.Rational(-1,2)", "(-1)/2"), ("3.0 x 10^-5", r"3.0 \times 10^{-5}"), ("sp.I", "i"),
        ("np.array([1, 2])", "[1, 2]"), ("C(5,2)", r"\binom{5}{2}"), ("{}_{10}C_3", r"\binom{10}{3}"),
        ("_5C_2", r"\binom52"), ("^{10}C_3", r"\binom{10}{3}"),
        # quantities
        ("2 hours and 15 minutes", "2 hours 15 minutes"), ("5' 10\"", "5 ft 10 in"),
        ("5 feet and 10 inches", "5 ft 10 in"),
        (r"\$5/\text{hour}", r"\$5 per hour"), ("8.31 J/(mol K)", r"8.31 \text{ J/(mol K)}"), ("5 m2", r"5\text{ m}^2"),
        (r"9.8 \frac{\text m}{\text s^2}", r"9.8 \text{ m/s}^2"), ("4 μm", r"4 \text{ um}"),
        (r"4\mu m", r"4 \text{ um}"),
        (r"10 k\Omega", "10 kilohms"), (r"5 \AA", "5 angstroms"), ("5 cm3", "5 cubic cm"),
        (r"2 M_\odot", "2 solar masses"),
        ("1 kg m/s^2", r"1 \text{ kg m/s}^2"), ("5 m/s due north", r"5 \text{ m/s north}"),
        # dates
        ("5 January", "January 5"), ("Jan 5th", "January 5"), ("the 5th of January", "January 5"), ("Mon", "Monday"),
    ],
)  # fmt: skip
def test_reads_as(text: str, plain: str) -> None:
    expected = read(plain)
    assert expected.op != "unread"
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    ["John has no more than 5 apples", "The area is not 5", "It is less than 5", "It is between 5 and 6",
     "It cannot be 5", "twice the area is 5", "half of the area is 5", "5 (not a solution)", "not 25, because 5",
     "John has at most 5 apples", "None except 5 is one", "No, it is", "Yes, it is not", "5 more apples than Bob has"],
)  # fmt: skip
def test_nothing_is_taken_from_what_is_turned_or_bounded(text: str) -> None:
    assert read(text).op in ("text", "unread")


@pytest.mark.parametrize(
    "text",
    ["5 m2 + 3", "(a)(b)", "(a) 5", "x 10^2", "C(n,2)", r"3 \mu", "2x^2", "$5/2", r"3 \frac{\text{a}}{\text{b}}",
     "5 (2 in)", "f(x)", "2 hours and 90 minutes", "3 cm and 4 cm", "a&b"],
)  # fmt: skip
def test_what_is_no_such_form_stays(text: str) -> None:
    assert rewritten(text) == text


@given(st.text(max_size=40) | st.text("0123 ()[]{}\\^_&;<>./'\"$,:abCxmsμ✓-", max_size=40))
def test_total(text: str) -> None:
    rewritten(text)
    read(text)


@pytest.mark.parametrize(
    "text",
    ["5" + " " * 590 + "x", "(since" * 90 + ")", "(a) " * 900, "&" * 3900, "<sup>" * 700, "5" + "m " * 1900,
     "not " * 900,     "C(" * 1900, "a: " * 1300 + "b", "np." * 1300, "No " * 60, "5 , " * 140, "x 10" * 900],
)  # fmt: skip
def test_hostile_texts_are_read_or_refused(text: str) -> None:
    rewritten(text)
    read(text)
