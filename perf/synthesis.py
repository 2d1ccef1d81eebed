"""The engine of the synthesis against a real server with 256 slots: dependent calls with a fold in the middle.

The stages have the shape of `lemma_eval.synth.pipeline`: diagnoses, a distribution over all of them, injections, their
diagnoses, two revisions of each beginning, smoothing. The ideal is the longer of two times: all calls over the slots,
and the longest chain of calls that wait for one another with as many slots as you like (the fold waits for all).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from server_limits import server, stats

from lemma_eval.backend import BackendOptions
from lemma_eval.backends.openai import OpenAI, open_backend
from lemma_eval.backends.openai.request import call
from lemma_eval.completion import Completion
from lemma_eval.request import Request
from lemma_eval.store import Store
from lemma_eval.synth.engine.dataflow import carry_through
from lemma_eval.synth.records import Record
from lemma_eval.synth.stage import Ask, Done, Fold, Stage, Step
from tests.servers.chat_server import latency_of  # server_limits has put the root on the path
from tests.synth import toy_stages as toy

SLOTS = 256
LATENCY = (1.0, 2.0)


class Clock:
    """When each record would be there with endless slots, from the replies in a store."""

    def __init__(self, backend: OpenAI) -> None:
        self.backend = backend
        self.there: dict[str, float] = {}
        self.calls: dict[str, float] = {}  # seconds of each
        self.requests: dict[str, Request] = {}
        self._waited: dict[str, float] = {}

    def seconds(self, request: Request) -> float:
        body = call([request], self.backend.label, self.backend.form, 0)[1]
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        self.requests[request.id] = request
        return self.calls.setdefault(request.id, latency_of(raw, LATENCY))

    def watched(self, stage: Stage) -> Stage:
        if stage.fold is not None:
            return replace(stage, fold=self._fold(stage.fold))
        assert stage.step is not None
        return replace(stage, step=self._step(stage.step))

    def _step(self, step: Step) -> Step:
        def timed(record: Record, replies: Sequence[Completion]) -> Ask | Done:
            found = step(record, replies)
            now = self.there.get(record.id, 0.0) + self._waited.get(record.id, 0.0)
            if isinstance(found, Ask):
                longest = max(map(self.seconds, found.requests))
                self._waited[record.id] = self._waited.get(record.id, 0.0) + longest
            else:
                self._waited.pop(record.id, None)
                self.there.update((each.id, now) for each in found.records)
            return found

        return timed

    def _fold(self, fold: Fold) -> Fold:
        def timed(records: Sequence[Record]) -> Done:
            found = fold(records)
            now = max(self.there.get(each.id, 0.0) for each in records)
            self.there.update((each.id, now) for each in found.records)
            return found

        return timed


def measure(samples: int, bare: bool) -> None:
    """One synthesis, the same again with every reply in the store, and, if `bare`, its calls without dependencies."""
    roots = toy.roots(f"text {n}" for n in range(samples))
    folder = Path(tempfile.mkdtemp())
    with server(latency="{},{}".format(*LATENCY), text="said {number} to {prompt}") as address:
        options = BackendOptions(base_url=address, concurrency=SLOTS, engine_args={"n": "off"})
        backend = open_backend("tiny", options)
        stages = toy.stages(backend.model)
        with Store(folder / "store.sqlite") as store:
            wall, cpu = time.perf_counter(), time.process_time()
            outcome = carry_through(stages, roots, store, backend)
            ours, busy = time.perf_counter() - wall, time.process_time() - cpu
            told = stats(address)
            wall = time.perf_counter()
            assert carry_through(stages, roots, store, backend) == outcome
            again = time.perf_counter() - wall
            clock = Clock(backend)
            carry_through([clock.watched(stage) for stage in stages], roots, store, None)
        wall = time.perf_counter()
        if bare:
            with backend:
                assert sum(1 for _ in backend.generate(iter(clock.requests.values()))) == len(clock.calls)
        plain = time.perf_counter() - wall
    shutil.rmtree(folder)
    assert told["calls"] == len(clock.calls)
    work, chain = sum(clock.calls.values()) / SLOTS, max(clock.there.values())
    ideal = max(work, chain)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  {len(clock.calls)} calls of {LATENCY[0]}-{LATENCY[1]} s from {samples} samples in {ours:.1f} s; ideal "
        f"{ideal:.1f} s (calls over slots {work:.1f}, longest chain {chain:.1f}): {ideal / ours:.3f} (goal 0.95)\n"
        f"  {work * SLOTS / ours:.0f} times as fast as one call at a time; most in flight {told['max_in_flight']}; "
        f"{1e3 * busy / len(clock.calls):.2f} ms of CPU a call, {peak:.0f} MiB at most"
    )
    print(f"  again, with every reply stored: {again:.2f} s, {again / len(clock.calls) * 1e3:.2f} ms a reply")
    if bare:
        print(f"  the backend in a bare loop over the same calls: {plain:.1f} s, {ideal / plain:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, nargs="*", default=[600], help="about 15 calls each")
    parser.add_argument("--bare", action="store_true", help="also the same calls without dependencies, in a bare loop")
    given = parser.parse_args()
    os.environ.setdefault("OPENAI_API_KEY", "none")
    began = time.perf_counter()
    import openai  # once for all

    took = time.perf_counter() - began
    print(
        f"A server with {SLOTS} slots (the import of openai {openai.__version__}, {took:.1f} s, is not counted; load "
        f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)"
    )
    for samples in given.samples:
        measure(samples, given.bare)


if __name__ == "__main__":
    main()
