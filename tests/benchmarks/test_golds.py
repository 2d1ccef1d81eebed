"""Golds as data sets write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.benchmarks.golds import boxed_gold, number_gold, plain_number, without_dollars
from lemma_eval.rows.reading import RowError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18", "18"),
        (" 18\n", "18"),
        ("2,125", "2125"),
        ("1,450,000", "1450000"),
        ("-10", "-10"),
        ("145.0", "145"),
        ("0.50", "0.50"),
        ("-0.045", "-0.045"),
        ("025", "25"),
        ("000", "0"),
        ("-0", "0"),
        ("0.3333333333", "0.3333333333"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_plain_number(text: str, expected: str) -> None:
    assert plain_number(text) == expected


@pytest.mark.parametrize("text", ["", "apples", "1,2", "12,34", "1e5", "--3", "3/4", "$5", "5.", ".5", "٣", "nan"])
def test_what_is_no_plain_number(text: str) -> None:
    with pytest.raises(RowError, match="is not a number"):
        plain_number(text)


@given(st.integers(-(10**20), 10**20))
def test_plain_number_reads_every_writing_of_an_integer(value: int) -> None:
    for text in (str(value), f"{value:,}", f"{value}.0", f"{value:,}.00"):
        assert plain_number(text) == str(value)


@pytest.mark.parametrize(
    ("value", "expected"), [(145.0, "145"), (7, "7"), ("145.0", "145"), (0.25, "0.25"), (-4.5, "-4.5")]
)
def test_number_gold(value: object, expected: str) -> None:
    assert number_gold({"Answer": value}, "Answer") == expected


@pytest.mark.parametrize("value", [None, True, [], {}, float("nan"), float("inf"), "many", 1e300])
def test_number_gold_refuses(value: object) -> None:
    with pytest.raises(RowError):
        number_gold({"Answer": value}, "Answer")


@pytest.mark.parametrize(
    ("solution", "expected"),
    [
        (r"so it is $\boxed{7}$.", "7"),
        (r"$\boxed{\frac{1}{2}}$ or $\boxed{ \frac{3}{2} }$", r"\frac{3}{2}"),
        (r"first $\boxed{1}$, then \fbox{x}", "x"),
        (r"first \fbox{1}, then $\boxed{2}$", "2"),
        (r"the answer: $\boxed 5$ apples", "5"),
        (r"the answer: \boxed5.", "5"),
        (r"$\boxed {12}$", "12"),
        (r"$\boxed{\{1, 2\}}$", r"\{1, 2\}"),
        (r"$\boxed{\left\{ x \right.}$", r"\left\{ x \right."),
        (r"$\boxed{a\\b}$", r"a\\b"),
        ("$\\boxed{3\n}$", "3"),
    ],
)
def test_boxed_gold(solution: str, expected: str) -> None:
    assert boxed_gold(solution) == expected


@pytest.mark.parametrize(
    ("solution", "reason"),
    [
        ("it is 7.", "holds no"),
        (r"\boxedx{7}", "holds no"),
        (r"$\boxed{\frac{1}{2}$", "do not close"),
        (r"$\boxed{a\}$", "do not close"),
        (r"$\boxed{ }$", "is empty"),
        (r"ends with \boxed", "is empty"),
    ],
)
def test_solutions_without_a_box(solution: str, reason: str) -> None:
    with pytest.raises(RowError, match=reason):
        boxed_gold(solution)


@given(st.recursive(st.text(alphabet="ab1 +", min_size=1), lambda inner: inner.map(lambda text: f"x{{{text}}}y")))
def test_boxed_gold_finds_what_was_boxed(gold: str) -> None:
    if gold.strip():
        assert boxed_gold(rf"first \boxed{{0}} and then $\boxed{{{gold}}}$, as asked.") == gold.strip()


@pytest.mark.parametrize(
    ("gold", "expected"),
    [
        ("$x^2$", "x^2"),
        ("$$\n x \n$$", "x"),
        ("$h=4$.", "h=4"),
        (r"$\$ 40$", r"\$ 40"),
        ("12", "12"),
        ("$x=1$ or $x=2$", "$x=1$ or $x=2$"),
        (r"$4 \frac{1}{2}$ days", r"$4 \frac{1}{2}$ days"),
        ("$a+$ $b$", "a+ b"),
        ("$v=$ $w$ and $u$", "$v= w$ and $u$"),
        (r"\$40", r"\$40"),
        ("$x", "$x"),
        ("$", "$"),
    ],
)
def test_without_dollars(gold: str, expected: str) -> None:
    assert without_dollars(gold) == expected
