"""Making a run's index beside the server: one thread per run, one process per run folder."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from lemma_eval.errors import LemmaEvalError
from lemma_eval.explorer.index import source
from lemma_eval.explorer.index.database import (
    Stopped,
    build,
    is_fresh,
    keep_values,
    old_drafts,
    read_built,
    read_values,
)

_PATIENCE = 2.0  # seconds to wait for the thread on leaving
_LOOK = 2.0  # seconds between two looks at a store, or at another process that is building
_REST = 10.0  # a run that grows is indexed again after so many times the time that it took ...
_LEAST_REST = 20.0  # ... and at least so many seconds


class Indexing:
    """Keeps the index at `path` in step with `store`.

    `first` and `later` make JSON values kept beside it: those wanted at once (scores) and those that may come when all
    else is there (curves). A context manager: its thread works until it is left. `kept`, `progress`, `building`,
    `ready`, `error` and `made` (how often there was a new index) may be read at any time.
    """

    def __init__(
        self,
        path: Path,
        store: Path,
        grader: str,
        first: Mapping[str, Callable[[], Any]],
        later: Mapping[str, Callable[[], Any]],
    ) -> None:
        self.path, self._store, self._grader, self._first, self._later = path, store, grader, first, later
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"index of {path.parent.name}", daemon=True)
        self._memory: dict[str, Any] = {}
        self.progress: tuple[int, int] = (0, 0)
        self.error: str | None = None
        self.building = True
        self.made = 0
        self._there = False
        self._lost = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._thread.join(_PATIENCE)  # a count of scores cannot be broken off; it dies with the process

    @property
    def ready(self) -> bool:
        """Whether there is an index to ask; somebody may throw it away at any time."""
        return self._there and not self._gone

    def lost(self) -> None:
        """To be called where the index turns out to be damaged: it is made anew."""
        self._lost = self.building = True

    @property
    def _gone(self) -> bool:
        return self._lost or (self._there and not self.path.is_file())

    def kept(self, name: str) -> Any:
        """The newest value made under `name`; None while there is none."""
        return self._memory.get(name)

    def wait(self, seconds: float) -> bool:
        """Whether the index is ready within so many seconds."""
        end = time.monotonic() + seconds
        while not self.ready and self.error is None and time.monotonic() < end:
            time.sleep(0.01)
        return self.ready

    def _work(self) -> None:
        self._take_over()  # shown at once, even if it must be made again
        seen = ""
        while not self._leaving.is_set():
            start = time.monotonic()
            rest = _LOOK
            try:
                if self._gone:
                    self._there, self._lost, seen = False, False, ""
                    self.path.unlink(missing_ok=True)
                now = source.glance(self._store)
                if now != seen:
                    seen = now
                    made = self._update()
                    self.building = False
                    if self._complete() or made:
                        rest = max(_LEAST_REST, _REST * (time.monotonic() - start))
                self.error = None
            except Stopped:
                return
            except (LemmaEvalError, OSError, ValueError, KeyError, TypeError, sqlite3.Error) as error:
                self.error, seen = f"{type(error).__name__}: {error}", ""
                rest = _LEAST_REST
            self.building = False
            end = time.monotonic() + rest
            while not self._leaving.wait(min(_LOOK, rest)) and time.monotonic() < end and not self._gone:
                pass

    def _update(self) -> bool:
        """Bring the index up to date; whether it had to be made."""
        if is_fresh(self.path, self._store, self._grader):
            self._take_over()
            return False
        self.building = True
        lock = FileLock(self.path.with_suffix(".lock"))
        while not self._leaving.is_set():
            try:
                lock.acquire(timeout=0)
                break
            except Timeout:  # another process is at it
                self._leaving.wait(_LOOK)
        else:
            raise Stopped
        try:
            if not is_fresh(self.path, self._store, self._grader):  # the other process has made it meanwhile
                for draft in old_drafts(self.path):
                    draft.unlink(missing_ok=True)
                self._build()
        finally:
            lock.release()
        self._take_over()
        return True

    def _build(self) -> None:
        self.progress = (0, source.items_in(self._store))
        content = source.content(self._store, self._grader)
        for name, make in self._first.items():
            self._make(name, make, content)
        build(self.path, self._store, self._grader, progress=self._note, stop=self._leaving.is_set)

    def _complete(self) -> bool:
        """Make the values that are not there yet; whether any was missing."""
        built = read_built(self.path)
        if built is None:
            return False
        content = str(built["content"])
        there = read_values(self.path, content)
        missing = {name: make for name, make in {**self._first, **self._later}.items() if name not in there}
        for name, make in missing.items():
            self._make(name, make, content)
        return bool(missing)

    def _make(self, name: str, make: Callable[[], Any], content: str) -> None:
        if self._leaving.is_set():
            raise Stopped
        self._memory[name] = make()
        with contextlib.suppress(OSError):  # made again the next time
            keep_values(self.path, content, {**read_values(self.path, content), name: self._memory[name]})

    def _note(self, done: int, total: int) -> None:
        self.progress = (done, total)

    def _take_over(self) -> None:
        built = read_built(self.path)
        if built is not None:
            self._memory.update(read_values(self.path, str(built["content"])))
            self._there, self._lost = True, False
            self.made += 1
