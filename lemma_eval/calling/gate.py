"""Where calls wait until a `Throttle` lets them go, first come, first served."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from lemma_eval.calling.rate_limits import Throttle, Ticket
from lemma_eval.errors import LemmaEvalError


class Gate:
    """For the calls of one event loop. Once stopped it lets nobody through and raises the reason."""

    def __init__(self, throttle: Throttle) -> None:
        self.throttle = throttle
        self.stopped: LemmaEvalError | None = None
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()

    async def enter(self, tokens: Callable[[], float]) -> Ticket:
        """Wait for leave to make a call; `tokens` is asked at the last moment what it will take."""
        async with self._turn:
            while True:
                if self.stopped:
                    raise self.stopped
                now = time.monotonic()
                delay = self.throttle.delay(now)
                if delay == 0:
                    return self.throttle.send(now, tokens())
                self._changed.clear()
                await _first(self._changed, delay)

    def changed(self) -> None:
        """Say that a call has ended."""
        self._changed.set()

    def stop(self, reason: LemmaEvalError) -> LemmaEvalError:
        """Let nobody through any more; the first reason."""
        self.stopped = self.stopped or reason
        self._closed.set()
        self._changed.set()
        return self.stopped

    async def sleep(self, seconds: float) -> None:
        """Sleep; raises at once when the gate is stopped."""
        await _first(self._closed, seconds)
        if self.stopped:
            raise self.stopped


async def _first(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for the event, or until the seconds are over."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
