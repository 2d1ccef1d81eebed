"""Carrying records through the stages: what they ask for goes to the engine, every reply into the store first.

There are no waves: what is through a stage enters those behind it at once, only a fold waits until all of its input is
there, and meanwhile other branches go on. Requests of early stages go first, so that folds are reached early and late
work fills the slots.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lemma_eval.backend import Backend, Pausing
from lemma_eval.completion import Completion, Failure
from lemma_eval.request import Request
from lemma_eval.running.recording import Recording
from lemma_eval.store import Store

from ..stage import Stage
from .flow import Flow
from .outcome import Outcome, StageResult, tokens_of
from .progress import Observe

_LOOK = 0.5  # seconds between looks at whether the store is still being written


def carry_through(
    stages: Sequence[Stage],
    roots: Mapping[str, StageResult],
    store: Store,
    backend: Backend | None,
    observe: Observe = lambda progress: None,
    *,
    accept_missing: bool = False,
) -> Outcome:
    """Carry the records of `roots` through `stages`; all results, `roots` included.

    What the store has answered is not asked; nothing is asked twice. The outcome depends on roots, stages and replies
    only, not on any order. Without a `backend` nothing is asked or written, and `Outcome.unanswered` is what would be;
    with one, it is entered if there is something to ask, and left over is what failed.

    A request that is too long, refused, or absent from a file of recorded generations makes its record a `no-reply`
    reject, for good. One that failed otherwise, or has no line in a batch's results, leaves it waiting for the next
    call, and no fold is passed that its record could still reach, unless `accept_missing` (which is about requests that
    failed, never about those not asked yet).

    Whatever stops the engine (a LemmaEvalError such as BudgetError, KeyboardInterrupt) is raised when all that was
    answered is stored; the same call without `backend` then tells how far it came. Raises RuntimeError, with stage and
    record, for a stage that breaks its rules.
    """
    flow = Flow(stages, roots, store, asking=backend is not None, accept_missing=accept_missing)
    while flow.advance():
        observe(flow.progress)
        if flow.ready:  # the rest while the engine is at work
            assert backend is not None
            _Asking(flow, store, backend, observe).carry_out()
    observe(flow.progress)
    return flow.outcome()


class _Told(NamedTuple):
    """What is worth knowing of a stored result."""

    request_id: str
    failure: Failure | None
    tokens: int = 0
    cost: float = 0.0


class _Asking:
    """Asks the engine until the flow has nothing more to ask."""

    def __init__(self, flow: Flow, store: Store, backend: Backend, observe: Observe) -> None:
        self._flow, self._backend, self._observe = flow, backend, observe
        self._stored: queue.SimpleQueue[list[_Told]] = queue.SimpleQueue()
        self._recording = Recording(store, lambda results: self._stored.put([*map(_told, results)]))
        self._in_flight: set[str] = set()  # handed out, without a result
        self._unstored = 0  # results put into the recording that are not known to be stored
        self._pauses = isinstance(backend, Pausing) and backend.pauses
        self._taken = False  # a request, in this call of the engine
        self._error: Exception | None = None  # of a stage, or of the store

    def carry_out(self) -> None:
        """Enter the engine once, and call it until there is nothing left to ask."""
        with self._recording, self._backend as backend:
            while self._more():
                for result in self._generate(backend):
                    self._in_flight.discard(result.request_id)
                    self._put(result)
                if self._error is not None:
                    raise self._error
                if not self._taken:
                    raise RuntimeError(f"the engine {backend.name} takes no requests")
                self._taken = False
                for request_id in sorted(self._in_flight):
                    told = f"the engine {backend.name} returned nothing for this request"
                    self._put(Failure(request_id, "error", told))
                self._in_flight.clear()

    def _generate(self, backend: Backend) -> Iterator[Completion | Failure]:
        if isinstance(backend, Pausing) and self._pauses:
            return backend.generate(self._requests())
        return backend.generate(request for request in self._requests() if request is not None)

    def _put(self, result: Completion | Failure) -> None:
        self._recording.put(result)
        self._unstored += 1

    def _requests(self) -> Iterator[Request | None]:
        while True:
            try:
                more = self._more()
            except Exception as error:  # raised once the engine has answered what is in flight: that is paid for
                self._error = error
                return
            request = self._flow.next_request() if more else None
            if request is not None:
                self._taken = True
                self._in_flight.add(request.id)
            elif not (self._in_flight and self._pauses):
                return
            yield request

    def _more(self) -> bool:
        """Whether there is a request to ask now. Waits for results to be stored where nothing else can bring one."""
        while True:
            while not self._stored.empty():
                self._settle(self._stored.get())
            advanced = self._flow.advance()
            if advanced:
                self._observe(self._flow.progress)
            if self._flow.ready:
                return True
            if advanced:
                continue
            if not self._unstored or (self._in_flight and self._pauses):
                return False
            try:
                self._settle(self._stored.get(timeout=_LOOK))
            except queue.Empty:
                self._recording.check()

    def _settle(self, stored: Sequence[_Told]) -> None:
        self._unstored -= len(stored)
        for each in stored:
            self._flow.settle(*each)
        self._observe(self._flow.progress)


def _told(result: Completion | Failure) -> _Told:
    if isinstance(result, Failure):
        return _Told(result.request_id, result)
    return _Told(result.request_id, None, tokens_of(result)[1], result.meta.get("cost", 0.0))
