"""Making items ahead in a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from lemma_eval.running.prefetch import Prefetch

HANG_GUARD = 30.0


def until(condition: threading.Event) -> None:
    assert condition.wait(HANG_GUARD)


@pytest.mark.parametrize("ahead", [1, 3, 1000])
def test_items_come_in_order_and_the_end_stays_the_end(ahead: int) -> None:
    with Prefetch(range(100), ahead) as items:
        assert list(items) == list(range(100))
        assert list(items) == []


def test_no_more_than_a_bounded_number_is_made_ahead() -> None:
    made: list[int] = []
    reached = threading.Event()

    def items() -> Iterator[int]:
        for number in range(1000):
            made.append(number)
            if number == 5:  # four wait in the queue, the fifth for room: this one is not made before one is taken
                reached.set()
            yield number

    with Prefetch(items(), 4) as fetched:
        assert not reached.wait(0.2)
        assert made == [0, 1, 2, 3, 4]
        assert next(fetched) == 0
        until(reached)


def test_an_error_is_raised_where_its_item_would_have_been() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no second")

    with Prefetch(items(), 10) as fetched:
        assert next(fetched) == 1
        for _ in range(2):
            with pytest.raises(ValueError, match="no second"):
                next(fetched)


def test_leaving_early_ends_the_thread() -> None:
    before = threading.active_count()
    with Prefetch(iter(int, 1), 2) as fetched:  # endless
        assert next(fetched) == 0
    time.sleep(0)
    assert threading.active_count() == before
