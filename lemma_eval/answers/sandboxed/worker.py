"""The sandbox's interpreter: `python -m lemma_eval.answers.sandboxed.worker`, started by `client`, not by hand.

Reads one JSON list `[id, kind, payload, seconds]` a line, answers with `[id, reply]` lines in whatever order they
come, and ends with its input. It computes nothing itself. Each request runs in a child process under pebble, which
kills it at its time limit; children are forked by a fork server that has SymPy loaded, so they share its pages. A child
is started when a request finds all others busy, up to a small number; each has a pool of its own, so that the death of
one is nothing to the others.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError
from concurrent.futures.process import BrokenProcessPool
from queue import SimpleQueue
from typing import Any

from lemma_eval.answers.sandboxed import children

MAX_CHILDREN = 3  # with the memory each may take, all processes together stay under 500 MB
MAX_TASKS = 200  # then a child is replaced: SymPy's caches only grow
START_SECONDS = 120.0
_WATCH_SECONDS = 2.0


class _Lane:
    """The children for one kind of request: a thread each, with a pool of one process."""

    def __init__(self, kind: str, size: int, context: Any, reply: Callable[[int, Any], None]) -> None:
        self.kind, self.size, self.context, self.reply = kind, size, context, reply
        self.own = threading.local()
        self.lock = threading.Lock()
        self.requests: SimpleQueue[tuple[int, list[Any], float]] = SimpleQueue()
        self.unanswered = self.threads = 0

    def put(self, number: int, payload: list[Any], seconds: float) -> None:
        """Take a request; one more child if all are busy and there may be one more."""
        with self.lock:
            self.unanswered += 1
            more = self.threads < min(self.unanswered, self.size)
            self.threads += more
        self.requests.put((number, payload, seconds))
        if more:
            threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            number, payload, seconds = self.requests.get()
            try:
                answer = self.run(payload, seconds)
            except Exception:
                answer = "crash"
            with self.lock:  # before the reply: who asks again on getting it finds this child free
                self.unanswered -= 1
            self.reply(number, answer)

    def run(self, payload: list[Any], seconds: float) -> Any:
        """The reply to one request, in the calling thread's child."""
        from pebble import ProcessExpired

        for _ in range(2):
            try:
                pool = self._pool()
                if self.kind == "call" and payload[0] not in self.own.loaded:
                    pool.schedule(children.load, args=(payload[0],), timeout=START_SECONDS).result()
                    self.own.loaded.add(payload[0])
                task = children.compare if self.kind == "compare" else children.call
                return pool.schedule(task, args=tuple(payload), timeout=seconds).result()
            except TimeoutError:
                self.own.loaded = set()
                return "timeout"
            except ProcessExpired as error:
                self.own.loaded = set()
                return "memory" if error.exitcode == children.OUT_OF_MEMORY else "crash"
            except (BrokenProcessPool, RuntimeError, OSError):
                # The child died between two requests, or could not be started: not this request's doing.
                self._drop()
            except Exception as error:
                return ["error", f"{type(error).__name__}: {error}"[:1000]] if self.kind == "call" else "undecided"
        return "crash"

    def _pool(self) -> Any:
        from pebble import ProcessPool

        if getattr(self.own, "pool", None) is None or not self.own.pool.active:
            self._drop()
            compares = self.kind == "compare"
            self.own.pool = ProcessPool(
                max_workers=1,
                max_tasks=MAX_TASKS if compares else 0,
                context=self.context,
                initializer=children.prepare_compare if compares else children.prepare_call,
            )
        return self.own.pool

    def _drop(self) -> None:
        pool, self.own.pool, self.own.loaded = getattr(self.own, "pool", None), None, set()
        if pool is not None:
            pool.stop()
            pool.join()


def main() -> None:
    """Serve until the input ends."""
    parent = os.getppid()
    # Nothing that a library prints may pass for a reply.
    replies = os.dup(1)
    os.dup2(2, 1)
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload(["lemma_eval.answers.sandboxed.preload"])
    lock = threading.Lock()

    def reply(number: int, answer: Any) -> None:
        data = json.dumps([number, answer]).encode() + b"\n"
        try:
            with lock:
                while data:
                    data = data[os.write(replies, data) :]
        except OSError:  # nobody reads any more
            _end()

    lanes = {
        "compare": _Lane("compare", min(MAX_CHILDREN, os.cpu_count() or 1), context, reply),
        "call": _Lane("call", 1, context, reply),
    }
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    try:
        for line in sys.stdin.buffer:
            number, kind, payload, seconds = json.loads(line)
            lanes[kind].put(number, payload, float(seconds))
    finally:
        _end()


def _watch(parent: int) -> None:
    """End with the caller, even if some process that it forked still holds the other end of the pipe."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    _end()


def _end() -> None:
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(0)


if __name__ == "__main__":
    main()
