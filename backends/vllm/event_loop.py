"""An asyncio event loop in a thread of its own, for engines that are asked from a plain generator."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

_LONG = 10.0  # seconds that cancelled calls get to end in


@dataclass(slots=True)
class EventLoop:
    """Runs coroutines until it is closed, across calls: an engine that is bound to its loop needs one that stays."""

    name: str
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop, repr=False)
    _started: set[asyncio.Task[None]] = field(default_factory=set, repr=False)  # a loop alone does not keep its tasks
    _thread: threading.Thread = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._loop.run_forever, name=self.name, daemon=True)
        self._thread.start()

    def start(self, call: Coroutine[Any, Any, None], failed: Callable[[Exception], None]) -> None:
        """Run `call` in the loop, beside the others; `failed` is called there with the error it ends with, if any."""
        self._loop.call_soon_threadsafe(self._keep, call, failed)

    def _keep(self, call: Coroutine[Any, Any, None], failed: Callable[[Exception], None]) -> None:
        def ended(task: asyncio.Task[None]) -> None:
            self._started.discard(task)
            error = None if task.cancelled() else task.exception()
            if isinstance(error, Exception):
                failed(error)

        task = self._loop.create_task(call)
        self._started.add(task)
        task.add_done_callback(ended)

    def cancel_all(self) -> None:
        """Cancel what `start` has started and has not ended, and wait for it to end."""
        asyncio.run_coroutine_threadsafe(self._cancelled(), self._loop).result()

    async def _cancelled(self) -> None:
        for task in self._started:
            task.cancel()
        if self._started:
            await asyncio.wait(self._started, timeout=_LONG)

    def close(self) -> None:
        """End what still runs, the thread and the loop."""
        self.cancel_all()
        asyncio.run_coroutine_threadsafe(_end_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _end_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=_LONG)
