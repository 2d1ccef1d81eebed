"""Prices as they are given, and the budget's law: calls set aside first never spend more than is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lemma_eval.calling.prices import Budget, Price, read_price
from lemma_eval.errors import DataError, UsageError

TABLES = """
["some-model"]
input = 0.5
output = 2
cached = 0.25

["other-4.1"]
input = 1
output = 4
"""


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("0.5,2", Price(0.5, 2.0, 0.5)),
        ("0.5,2,0.25", Price(0.5, 2.0, 0.25)),
        (" 1e-2 , 0 , 0 ", Price(0.01, 0.0, 0.0)),
    ],
)
def test_prices_as_text(text: str, price: Price) -> None:
    assert read_price(text, "any") == price


@pytest.mark.parametrize(
    "text",
    ["", "1", "1,2,3,4", "1,", "-1,2", "nan,2", "1,inf", "1,2,-0.5", "a,b", "1;2", "prices.txt", "1e300,1", "x" * 9000],
)
def test_what_is_no_price_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match=re.escape("--price takes INPUT,OUTPUT[,CACHED]")) as caught:
        read_price(text, "any")
    assert "\n" not in str(caught.value)


def test_prices_by_model(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TABLES.encode())  # as some editors write it
    assert read_price(str(path), "some-model") == Price(0.5, 2.0, 0.25)
    assert read_price(str(path), "other-4.1") == Price(1.0, 4.0, 1.0)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (TABLES, "no price for the model 'm' (there: 'other-4.1', 'some-model'); add a table [\"m\"]"),
        ("", "no price for the model 'm' (there: none)"),
        ("[m]\ninput = 1\noutput = 2\ninputs = 3", "unknown key 'inputs' of 'm'; known: input, output, cached"),
        ("[m]\ninput = 1", "'m' lacks 'output'"),
        ("[m]\noutput = 1", "'m' lacks 'input'"),
        ("[m]\ninput = -1\noutput = 2", "'input' of 'm' should be 0 or more USD per million tokens, not -1"),
        ("[m]\ninput = nan\noutput = 2", "not nan"),
        ("[m]\ninput = inf\noutput = 2", "not inf"),
        ("[m]\ninput = true\noutput = 2", "not True"),
        ("[m]\ninput = '1'\noutput = 2", "not '1'"),
        ("[m]\ninput = 1\noutput = 2\ncached = []", "not []"),
        ("[m]\ninput = 1" + "0" * 400 + "\noutput = 2", "'input' of 'm'"),
        ("[m]\ninput = 1\noutput = 2\n[z]\ninput = 1\noutput = -2", "'output' of 'z'"),
        ("input = 1\noutput = 2", "'input' stands outside a table"),
        ("[m.5]\ninput = 1\noutput = 2", 'a model name with dots goes into quotes: ["m.5"]'),
        ("[m]\ninput = ", "not valid TOML"),
        ("[m]\ninput = 1\ninput = 2", "not valid TOML"),
        ("[m]\ninput = " + "[" * 100_000, "not readable TOML"),
        (b"\xff", "not valid TOML"),
    ],
)
def test_faults_of_a_price_file(tmp_path: Path, toml: str | bytes, said: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    with pytest.raises(DataError) as caught:
        read_price(str(path), "m")
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_absent_price_file(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.toml", tmp_path / ("x" * 9000 + ".toml")):
        with pytest.raises(DataError, match="cannot be read"):
            read_price(str(path), "m")


@pytest.mark.parametrize(
    ("counts", "cost"),
    [
        ((0, 0), 0.0),
        ((1_000_000, 0), 0.5),
        ((0, 1_000_000), 2.0),
        ((1_000_000, 1_000_000, 1_000_000), 2.25),
        ((1_000_000, 0, 400_000), 0.4),
        ((1_000_000, 0, 2_000_000), 0.25),  # no more can be cached than there is
        ((-5, -5, -5), 0.0),
        ((10**400, 0), 0.5 * 10**9),  # a server may tell anything
    ],
)
def test_cost(counts: tuple[int, ...], cost: float) -> None:
    assert Price(0.5, 2.0, 0.25).cost(*counts) == pytest.approx(cost, abs=0)


prices = st.builds(Price, *[st.floats(0, 100, allow_nan=False)] * 3)
calls = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 9), st.integers(0, 7), st.floats(0, 1)),
    max_size=40,
)


@given(price=prices, max_cost=st.floats(0, 2), spent=st.floats(0, 1), calls=calls)
@example(Price(0.1, 0.1, 0.1), 0.3, 0.0, [(1_000_000, 0, 1, 0, 1.0)] * 4)  # 0.1 * 3 > 0.3 in floats
def test_never_more_is_spent_than_there_is(
    price: Price, max_cost: float, spent: float, calls: list[tuple[int, int, int, int, float]]
) -> None:
    budget = Budget(price, max_cost, spent)
    waiting: list[float] = []
    for prompt, new, n, which, share in calls:
        before = budget.in_flight
        reserved = budget.reserve(prompt, new, n)
        if reserved is None:
            assert budget.in_flight == before
            assert budget.spent + before + price.cost(prompt, new * n) > max_cost - 1e-9 or price.cached > price.input
        else:
            assert reserved >= price.cost(prompt, new * n)
            assert reserved >= price.cost(prompt, new * n, prompt // 2) * (1 - 1e-12)
            waiting.append(reserved)
        if len(waiting) > which:
            settled = waiting.pop(which)
            budget.settle(settled, settled * share)
        assert budget.spent <= max(max_cost, spent)
    for reserved in waiting:
        budget.settle(reserved, reserved)
    assert budget.spent <= max(max_cost, spent)
    assert budget.in_flight == 0


def test_what_is_not_used_is_free_again() -> None:
    budget = Budget(Price(0.0, 1.0, 0.0), 2.0, 0.5)
    first = budget.reserve(100, 500_000, 2)
    assert first == 1.0
    assert budget.reserve(100, 600_000) is None
    assert (budget.spent, budget.in_flight) == (0.5, 1.0)
    budget.settle(first, 0.25)
    assert (budget.spent, budget.in_flight) == (0.75, 0.0)
    assert budget.reserve(100, 600_000) == pytest.approx(0.6)


def test_a_dearer_cache_is_reckoned_with() -> None:
    budget = Budget(Price(1.0, 0.0, 3.0), 2.0)
    assert budget.reserve(1_000_000, 0) is None
    assert budget.reserve(500_000, 0) == 1.5


def test_without_a_limit_everything_fits_and_is_counted() -> None:
    budget = Budget(Price(1.0, 1.0, 1.0))
    for _ in range(100):
        reserved = budget.reserve(10**9, 10**9)
        assert reserved == 2000.0
        budget.settle(reserved, 1.0)
    assert budget.spent == 100.0


def test_an_overrun_counts_in_full() -> None:
    budget = Budget(Price(1.0, 1.0, 1.0), 1.0)
    reserved = budget.reserve(0, 1_000_000)
    assert reserved == 1.0
    budget.settle(reserved, 1.5)
    assert budget.spent == 1.5
    assert budget.reserve(0, 1) is None


def test_what_is_not_in_flight_cannot_be_settled() -> None:
    budget = Budget(Price(1.0, 1.0, 1.0), 1.0)
    reserved = budget.reserve(0, 500_000)
    assert reserved == 0.5
    budget.settle(reserved, 0.5)
    with pytest.raises(ValueError, match=r"of which 0\.0 is in flight"):
        budget.settle(reserved, 0.5)
    assert budget.spent == 0.5


@pytest.mark.parametrize("max_cost", [-1.0, float("nan"), float("inf")])
def test_a_limit_that_is_none_is_refused(max_cost: float) -> None:
    with pytest.raises(UsageError, match="--max-cost must be 0 or more"):
        Budget(Price(1.0, 1.0, 1.0), max_cost)
