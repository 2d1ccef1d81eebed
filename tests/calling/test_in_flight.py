"""The bridge to asynchronous engines: everything answered once, bounded, lazily pulled, and ended cleanly."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.calling.in_flight import answer_all
from lemma_eval.errors import BudgetError, DataError, LemmaEvalError


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "in-flight"]


async def twice(item: int) -> AsyncIterator[int]:
    await asyncio.sleep(item % 3 / 1000)
    yield item
    await asyncio.sleep(0)
    yield -item


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 9))
def test_each_item_gets_its_results_once(items: list[int], limit: int) -> None:
    assert sorted(answer_all(items, twice, limit)) == sorted([*items, *(-item for item in items)])
    assert not threads()


@given(st.integers(1, 9), st.integers(1, 60))
def test_the_number_in_flight_and_pulled_is_bounded(limit: int, count: int) -> None:
    now, most, pulled, seen = 0, 0, 0, 0

    async def answer(item: int) -> AsyncIterator[int]:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.0005)
        now -= 1
        yield item

    def items() -> Iterator[int]:
        nonlocal pulled
        for item in range(count):
            pulled += 1
            assert pulled - seen <= 2 * limit + 1
            yield item

    for _ in answer_all(items(), answer, limit):
        seen += 1
    assert (seen, pulled) == (count, count)
    assert most == min(limit, count) or most <= limit


def test_results_come_in_the_order_of_finishing() -> None:
    async def answer(seconds: float) -> AsyncIterator[float]:
        await asyncio.sleep(seconds)
        yield seconds

    assert list(answer_all([0.3, 0.0, 0.15], answer, 3)) == [0.0, 0.15, 0.3]


def test_items_are_pulled_in_the_callers_thread_and_answered_in_another() -> None:
    here, pullers, answerers = threading.get_ident(), set(), set()

    async def answer(item: int) -> AsyncIterator[int]:
        answerers.add(threading.get_ident())
        yield item

    def items() -> Iterator[int]:
        for item in range(5):
            pullers.add(threading.get_ident())
            yield item

    assert len(list(answer_all(items(), answer, 2))) == 5
    assert pullers == {here}
    assert len(answerers) == 1
    assert here not in answerers


def test_an_endless_source_is_pulled_as_results_are_taken() -> None:
    results = answer_all(itertools.count(1), twice, 4)
    taken = [next(results) for _ in range(40)]
    assert len(set(taken)) == 40
    results.close()
    assert not threads()


def test_closing_cancels_what_is_in_flight_and_closes_the_session() -> None:
    told: list[str] = []
    begun: list[int] = []

    async def answer(item: int) -> AsyncIterator[int]:
        begun.append(item)
        if len(begun) == 3:
            yield item
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    @asynccontextmanager
    async def session() -> AsyncIterator[None]:
        told.append("open")
        yield
        told.append("closed")

    results = answer_all(range(9), answer, 3, session())
    assert next(results) == 2
    results.close()
    assert told == ["open", *["cancelled"] * 3, "closed"]
    assert not threads()


def test_what_is_in_flight_is_yielded_before_an_error_that_stops_the_run() -> None:
    begun: list[int] = []

    async def answer(item: int) -> AsyncIterator[int]:
        begun.append(item)
        if item == 0:
            raise BudgetError("spent")
        await asyncio.sleep(0.05)
        yield item

    results: list[int] = []
    with pytest.raises(BudgetError, match="spent"):
        results.extend(answer_all(range(100), answer, 5))
    assert sorted(results) == sorted(item for item in begun if item)
    assert len(begun) < 20
    assert not threads()


def test_an_error_of_the_source_loses_nothing_that_is_in_flight() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise DataError("torn")

    results: list[int] = []
    with pytest.raises(DataError, match="torn"):
        results.extend(answer_all(items(), twice, 2))
    assert sorted(results) == [-2, -1, 1, 2]


def test_a_mistake_ends_all_at_once() -> None:
    async def answer(item: int) -> AsyncIterator[int]:
        if item == 3:
            raise ZeroDivisionError
        await asyncio.sleep(3600)
        yield item

    with pytest.raises(ZeroDivisionError):
        list(answer_all(range(10), answer, 5))
    assert not threads()


@pytest.mark.parametrize("error", [LemmaEvalError("no"), OSError("no")])
def test_a_session_that_does_not_open_is_told(error: Exception) -> None:
    @asynccontextmanager
    async def session() -> AsyncIterator[None]:
        raise error
        yield

    with pytest.raises(type(error), match="no"):
        list(answer_all(range(10), twice, 5, session()))
    assert not threads()


def test_nothing_to_answer() -> None:
    assert list(answer_all([], twice, 5)) == []


def test_a_pausing_source_is_asked_again_as_results_come_and_as_time_goes() -> None:
    """Items made of results, with none in between: each number asks for the two below it."""
    ready, seen, pauses = [6], list[int](), 0

    def items() -> Iterator[int | None]:
        nonlocal pauses
        given = 0
        while ready or given > len(seen):
            if ready:
                given += 1
                yield ready.pop()
            else:
                pauses += 1
                yield None

    async def answer(item: int) -> AsyncIterator[int]:
        await asyncio.sleep(item / 1000)
        yield item

    for item in answer_all(items(), answer, 3):
        seen.append(item)
        ready.extend(range(max(0, item - 2), item))
    assert pauses
    assert (seen[0], len(seen), seen.count(0)) == (6, 33, 13)
    assert not threads()


def test_what_becomes_ready_without_a_result_does_not_wait_for_one() -> None:
    late = threading.Event()

    def items() -> Iterator[int | None]:
        yield 1
        threading.Timer(0.05, late.set).start()
        while not late.is_set():
            yield None
        yield 2

    async def answer(item: int) -> AsyncIterator[int]:
        if item == 2:
            second.set()
        await asyncio.wait_for(asyncio.to_thread(second.wait), 60)  # the first ends only when the second has come
        yield item

    second = threading.Event()
    assert sorted(answer_all(items(), answer, 2)) == [1, 2]


def test_a_source_that_pauses_while_nothing_is_held_has_ended() -> None:
    assert list(answer_all(itertools.repeat(None), twice, 2)) == []
    assert sorted(answer_all(iter([1, None, None, None, 2]), twice, 2)) in ([-1, 1], [-2, -1, 1, 2])


def test_an_error_while_the_source_pauses_is_raised() -> None:
    async def answer(item: int) -> AsyncIterator[int]:
        await asyncio.sleep(0.01)
        raise BudgetError("spent")
        yield item

    with pytest.raises(BudgetError, match="spent"):
        list(answer_all(itertools.chain([1], itertools.repeat(None)), answer, 2))
    assert not threads()
