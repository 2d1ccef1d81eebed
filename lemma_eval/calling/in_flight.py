"""From a plain iterator to an asynchronous engine and back: a bounded number of items in flight."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from typing import Any, Generic, TypeVar

from lemma_eval.backend import PAUSE
from lemma_eval.errors import LemmaEvalError

T = TypeVar("T")
R = TypeVar("R")


def answer_all(
    items: Iterable[T | None],
    answer: Callable[[T], AsyncIterator[R]],
    limit: int,
    session: AbstractAsyncContextManager[Any] | None = None,
) -> Generator[R, None, None]:
    """Yield what `answer` yields for each of `items`, in any order, with at most `limit` of them in flight.

    The answers run in an event loop in a thread of its own, and so does `session`, which is open around them. Items are
    pulled in the caller's thread, when it asks for a result: up to `limit` more than are in flight, so that the engine
    has its next item while the caller is busy with the last result. Nothing else is held: a caller that stops asking
    stops the engine. An item None is a pause (see `lemma_eval.backend.Pausing`): `items` is asked again after the next
    result or `PAUSE` seconds, and is at its end if nothing is held.

    After a LemmaEvalError of an answer, or of `items`, nothing new begins; what is in flight is yielded, then the error
    raised. Any other error, and the closing of this generator, cancels all at once. No thread is left behind.
    """
    bridge: _Bridge[T, R] = _Bridge(answer, limit, session or nullcontext())
    bridge.thread.start()
    source = iter(items)
    more, held = True, 0  # items that are waiting, in flight, or have a result that the caller has not seen
    stopped: LemmaEvalError | None = None
    try:
        while True:
            pulled, paused = 0, False
            # A result that is there is not kept waiting for more than two pulls, which may be slow.
            while more and not paused and held < 2 * limit and (pulled < 2 or bridge.results.empty()):
                pulled += 1
                try:
                    item = next(source)
                except StopIteration:
                    more = False
                except LemmaEvalError as error:
                    more, stopped = False, stopped or error
                else:
                    if item is None:
                        paused = True
                    else:
                        held += 1
                        bridge.put(item)
            if not held:
                break
            try:
                came = bridge.results.get(timeout=PAUSE if paused else None)
            except queue.Empty:
                continue
            for told in came:
                if isinstance(told, _Result):
                    yield told.value
                    continue
                held -= told.items
                if isinstance(told.error, LemmaEvalError):
                    more, stopped = False, stopped or told.error
                    held -= bridge.drop_waiting()
                elif told.error is not None:
                    raise told.error
    finally:
        bridge.stop()
    if stopped is not None:
        raise stopped


class _Result(Generic[R]):
    __slots__ = ("value",)

    def __init__(self, value: R) -> None:
        self.value = value


class _Done:
    """`items` are through, with the error of one."""

    __slots__ = ("error", "items")

    def __init__(self, error: BaseException | None, items: int = 1) -> None:
        self.error = error
        self.items = items


class _Bridge(Generic[T, R]):
    """The thread with the loop, and what goes in and out of it."""

    def __init__(
        self, answer: Callable[[T], AsyncIterator[R]], limit: int, session: AbstractAsyncContextManager[Any]
    ) -> None:
        # What came in one turn of the loop goes out together: each hand-over costs both threads a switch.
        self.results: queue.SimpleQueue[list[_Result[R] | _Done]] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._work, name="in-flight", daemon=True)
        self._answer = answer
        self._limit = limit
        self._session = session
        self._waiting: deque[T] = deque()
        self._open = False  # the session is
        self._called = False  # the loop is going to look at what is waiting
        self._told: list[_Result[R] | _Done] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._main: asyncio.Task[None] | None = None
        self._end = asyncio.Event()

    def put(self, item: T) -> None:
        self._waiting.append(item)
        if not self._called:
            self._called = True
            self._call(self._begin)

    def drop_waiting(self) -> int:
        """Forget the items that have not begun; how many."""
        dropped = 0
        while self._waiting:
            try:
                self._waiting.popleft()
            except IndexError:  # it has just begun
                break
            dropped += 1
        return dropped

    def stop(self) -> None:
        """Cancel what is in flight and wait for the thread."""
        self._call(self._end.set)
        self.thread.join()

    def _call(self, function: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: why is among the results
            self._loop.call_soon_threadsafe(function)

    def _work(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self.results.put([*self._told, _Done(error, 0)])
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _serve(self) -> None:
        async with self._session:
            try:
                self._open = True
                self._begin()
                await self._end.wait()
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self) -> None:
        self._called = False  # first, so that what comes from here on calls again
        if not self._open or self._end.is_set():
            return
        for _ in range(min(len(self._waiting), self._limit - len(self._tasks))):
            task = self._loop.create_task(self._work_off())
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._begin()  # something may have come as it ended

    async def _work_off(self) -> None:
        # One item after the other: a task for each would begin turns of the loop later, and with hundreds in flight a
        # turn takes long.
        while self._waiting and not self._end.is_set():
            try:
                item = self._waiting.popleft()
            except IndexError:  # dropped meanwhile
                return
            await self._through(item)

    async def _through(self, item: T) -> None:
        error: BaseException | None = None
        try:
            async for result in self._answer(item):
                self._tell(_Result(result))
        except BaseException as raised:
            error = raised
        self._tell(_Done(error))

    def _tell(self, event: _Result[R] | _Done) -> None:
        if not self._told:
            self._loop.call_soon(self._hand_over)
        self._told.append(event)

    def _hand_over(self) -> None:
        told, self._told = self._told, []
        if told:
            self.results.put(told)
