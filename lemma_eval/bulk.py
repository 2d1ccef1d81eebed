"""The one seam of bulk work: map a pure function over batches, here on a pool of local processes.

Each worker is a pool of one process under pebble, looked after by a thread, so that the death of one costs its own
batch only. Workers are spawned, never forked, and import the function's module by name but not the caller's script:
see `_SpawnedWithoutMain`. A worker that needs the sandbox has one of its own, with one child, for as long as it lives:
about 200 MB per worker in all.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any, TypeVar

from lemma_eval.errors import LemmaEvalError, UsageError

T = TypeVar("T")
R = TypeVar("R")

_IN_FLIGHT = 3  # batches per worker: one in work, two waiting, so that no worker waits for the reader


class WorkerDiedError(LemmaEvalError):
    """A worker process ended within a batch, or could not be started."""


def map_batches(
    function: Callable[[Sequence[T]], Sequence[R]],
    batches: Iterable[Sequence[T]],
    workers: int = 1,
    *,
    on_death: Callable[[T], R] | None = None,
) -> Iterator[Sequence[R]]:
    """`function(batch)` for each batch, lazily and in order, with at most `3 * workers` batches in flight.

    With one worker everything happens in this process. With more, `function` is one that can be imported (not of a
    script, no lambda), and items and results can be pickled. What `function` raises is raised here. If a worker dies
    (killed, out of memory), its batch is done again item by item in a fresh one, and the item that kills that as well
    gets `on_death(item)`; without `on_death` WorkerDiedError is raised. Leaving the iterator, also by Ctrl-C, ends the
    workers. Raises UsageError for a wrong number of workers or a function of the script itself.
    """
    if workers < 1:
        raise UsageError(f"workers should be 1 or more, not {workers}")
    if workers == 1:
        return (function(batch) for batch in batches)
    if getattr(getattr(function, "func", function), "__module__", None) == "__main__":
        raise UsageError("workers cannot import a function of the running script; move it into a module of its own")
    return _in_processes(function, batches, workers, on_death)


class _Pools:
    """The pools of all threads, so that one thread can end them."""

    def __init__(self) -> None:
        self.own = threading.local()
        self.lock = threading.Lock()
        self.ended = False
        self.pools: list[Any] = []
        self.running: set[Any] = set()

    def once(self, function: Any, batch: Any) -> Any:
        """The batch in the process of the calling thread. A process that had died before, idle, is replaced."""
        from pebble import ProcessExpired

        for _ in range(2):
            task = self._schedule(function, batch)
            try:
                return task.result()
            except ProcessExpired as error:
                # The dead may hold a lock of the pool's pipe, for which another process there would wait two minutes.
                self.own.pool.stop()
                self.own.pool = None
                raise WorkerDiedError(f"a worker process died (exit status {error.exitcode}) within a batch") from None
            except BrokenProcessPool:
                self.own.pool = None
            finally:
                with self.lock:
                    self.running.discard(task)
        raise WorkerDiedError("a worker process could not be started, or died before its batch")

    def _schedule(self, function: Any, batch: Any) -> Any:
        from pebble import ProcessPool

        with self.lock:
            if self.ended:
                raise CancelledError
            pool = getattr(self.own, "pool", None)
            if pool is None or not pool.active:
                pool = self.own.pool = ProcessPool(
                    max_workers=1, context=_SpawnContextWithoutMain(), initializer=_prepare
                )
                self.pools.append(pool)
            task = pool.schedule(_call, args=(function, batch))
            self.running.add(task)
            return task

    def end(self) -> None:
        """Stop everything; who waits for a batch gets CancelledError."""
        with self.lock:
            self.ended = True
            for task in self.running:
                task.cancel()
        for pool in self.pools:
            pool.stop()
        for pool in self.pools:
            pool.join()


def _in_processes(
    function: Callable[[Sequence[T]], Sequence[R]],
    batches: Iterable[Sequence[T]],
    workers: int,
    on_death: Callable[[T], R] | None,
) -> Iterator[Sequence[R]]:
    pools = _Pools()
    threads = ThreadPoolExecutor(workers, thread_name_prefix="lemma-eval bulk")

    def run(batch: Sequence[T]) -> Sequence[R]:
        """In a thread."""
        try:
            results: list[R] = pools.once(function, batch)
            return results
        except WorkerDiedError:
            if on_death is None:
                raise
        results = []
        for item in batch:
            try:
                results.extend(pools.once(function, [item]))
            except WorkerDiedError:
                results.append(on_death(item))
        return results

    waiting: deque[Future[Sequence[R]]] = deque()
    try:
        for batch in batches:
            waiting.append(threads.submit(run, batch))
            if len(waiting) >= _IN_FLIGHT * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pools.end()
        threads.shutdown(cancel_futures=True)


def _call(function: Any, batch: Any) -> Any:
    return list(function(batch))


def _prepare() -> None:
    """In a worker: end at once when told to, also within a long computation. (pebble makes it ignore Ctrl-C.)"""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


_starting = threading.Lock()


class _SpawnedWithoutMain(SpawnProcess):
    """A spawned process that does not import the caller's script.

    `multiprocessing` tells a new process which script is running, to be imported there under another name; a script
    without a `__main__` guard would run again. It finds it as `sys.modules["__main__"]`, so while the process is being
    started, an empty module stands there. Ctrl-C is for the caller alone, also before the worker can ignore it.
    """

    def start(self) -> None:
        with _starting:
            script = sys.modules["__main__"]
            blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if _HAS_MASK else None
            sys.modules["__main__"] = ModuleType("__main__")
            try:
                super().start()
            finally:
                sys.modules["__main__"] = script
                if blocked is not None:
                    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


_HAS_MASK = hasattr(signal, "pthread_sigmask")


class _SpawnContextWithoutMain(SpawnContext):
    """What pebble takes processes, pipes and locks from."""

    Process = _SpawnedWithoutMain
