"""Storing beside generation: a thread commits what an engine returns, all that is waiting at once."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import RunError
from lemma_eval.store import Store

_WAITING = 1_000  # results in memory before the engine is made to wait
_TOGETHER = 256  # results in one transaction
_GATHER = 0.01  # seconds for others to come, as a transaction for each would cost more than the rest of the harness


class Recording:
    """Commits the results put into it; `stored` is told of them once they are on the disk's way.

    A context manager; leaving it waits until all is committed, also after an interrupt, as that takes a moment only. An
    error in the thread is raised by the next `put` or on leaving.
    """

    def __init__(self, store: Store, stored: Callable[[Sequence[Completion | Failure]], None]) -> None:
        self._store, self._stored = store, stored
        self._queue: queue.Queue[Completion | Failure | None] = queue.Queue(_WAITING)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="recording", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._queue.put(None)
        self._thread.join()
        # Answers that could not be stored are the graver news, whatever else has stopped the run.
        if self._error is not None and self._error is not error and (error is None or isinstance(error, Exception)):
            raise self._error

    def put(self, result: Completion | Failure) -> None:
        """Store this result soon."""
        self.check()
        self._queue.put(result)

    def check(self) -> None:
        """Raise the error in the thread, if there is one: then `stored` is told of nothing more."""
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        going_on, broken = True, False
        while going_on:
            batch, going_on = self._take()
            if broken or not batch:
                continue  # keep taking, so that no `put` waits for ever
            try:
                broken = True
                self._store.add_all(batch)
                broken = False  # what goes wrong from here on is no reason to lose answers
                self._stored(batch)
            except sqlite3.Error as error:
                self._error = RunError(f"{self._store.path}: cannot be written ({error}); what was stored is kept")
            except BaseException as error:
                self._error = error

    def _take(self) -> tuple[list[Completion | Failure], bool]:
        """What is waiting, at least one result unless it is the end, and whether more can come."""
        batch: list[Completion | Failure] = []
        item = self._queue.get()
        if item is not None and self._queue.empty():
            time.sleep(_GATHER)
        while item is not None:
            batch.append(item)
            if len(batch) == _TOGETHER:
                return batch, True
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False
