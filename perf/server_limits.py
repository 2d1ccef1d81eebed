"""The backend openai against a real server in a process of its own: throughput, and a limit of requests per minute."""

from __future__ import annotations

import contextlib
import heapq
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness_cost import recorded

from lemma_eval.backend import BackendOptions
from lemma_eval.backends.openai import OpenAI, open_backend
from lemma_eval.backends.openai.request import call
from lemma_eval.running.plan import RunPlan, requests
from lemma_eval.running.runner import Progress, run

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.servers.chat_server import latency_of  # noqa: E402

CONCURRENCY = 256
LATENCY = (0.1, 1.0)


@contextlib.contextmanager
def server(**behaviour: str) -> Iterator[str]:
    """The address of a server that behaves so, in a process of its own."""
    settings = [part for name, value in behaviour.items() for part in ("--set", f"{name}={value}")]
    command = [sys.executable, "-m", "tests.servers.chat_server", *settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def stats(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(address.removesuffix("/v1") + "/stats") as reply:
        return dict(json.load(reply))


def ideal(latencies: Sequence[float], slots: int) -> float:
    """Seconds that these calls take in this order if a slot is taken again the moment it is free."""
    free = [0.0] * slots
    for latency in latencies:
        heapq.heappush(free, heapq.heappop(free) + latency)
    return max(free)


def one_run(plan: RunPlan, backend: OpenAI) -> tuple[float, float, Progress]:
    """Wall and CPU seconds, and the counts."""
    folder = Path(tempfile.mkdtemp())
    try:
        wall, cpu = time.perf_counter(), time.process_time()
        done = run(plan, backend, folder / "run")
        return time.perf_counter() - wall, time.process_time() - cpu, done
    finally:
        shutil.rmtree(folder)


def latencies(plan: RunPlan, backend: OpenAI) -> list[float]:
    """What the server takes for each call of the plan."""
    bodies = [call([request], backend.label, backend.form, plan.seed)[1] for _, _, request in requests(plan, backend)]
    sent = [json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() for body in bodies]
    return [latency_of(body, LATENCY) for body in sent]


def throughput(data: Path) -> None:
    """15,828 calls, 256 in flight, each answered after 100-1000 ms; stored and graded meanwhile."""
    print(f"\nA server that answers after 100-1000 ms, {CONCURRENCY} in flight: ideal seconds over ours (goal 0.95)")
    os.environ.setdefault("OPENAI_API_KEY", "none")
    began = time.perf_counter()
    import openai  # once for all runs

    print(f"  (the import of openai {openai.__version__}, {time.perf_counter() - began:.1f} s, is not counted)")
    plan, _ = recorded(data, "lemma", 12)
    for _ in range(2):
        with server(latency="{},{}".format(*LATENCY)) as address:
            options = BackendOptions(base_url=address, concurrency=CONCURRENCY, engine_args={"n": "off"})
            backend = open_backend("tiny", options)
            best = ideal(latencies(plan, backend), CONCURRENCY)
            wall, cpu, done = one_run(plan, backend)
            told = stats(address)
        print(f"  {done.answered} calls in {wall:.1f} s, ideal {best:.1f} s: {best / wall:.3f}; "
              f"most in flight {told['max_in_flight']}; {1e3 * cpu / done.answered:.2f} ms of CPU a call")  # fmt: skip


def limited(data: Path) -> None:
    """300 calls to a server that allows 120 a minute and answers 429 beyond; a minute's worth at once, or ten."""
    print(f"\nA server that allows 120 requests a minute and answers 429 beyond (--concurrency {CONCURRENCY})")
    os.environ.setdefault("OPENAI_API_KEY", "none")
    plan, _ = recorded(data, "lemma", 1)
    count = 300
    for burst in (120, 10):
        with server(latency="0.01,0.05", per_minute="120", burst=str(burst)) as address:
            backend = open_backend("tiny", BackendOptions(base_url=address, concurrency=CONCURRENCY))
            wall, _, done = one_run(replace(plan, limit=count), backend)
            told = stats(address)
        refused, twice = told["statuses"].get("429", 0), sum(number > 1 for number in told["answered"].values())
        first = min((second for second, status in told["times"] if status == 429), default=0.0)
        seconds = [int(second) for second, _ in told["times"] if second > first + 1]
        busiest = max((seconds.count(each) for each in set(seconds)), default=0)
        print(f"  {burst} at once: {done.answered} of {count} answered, {done.failed} failed, {twice} answered twice; "
              f"{wall:.0f} s, ideal {(count - burst) / 2:.0f} s; {refused} answers 429 "
              f"({100 * refused / told['calls']:.1f} % of calls); busiest second then: {busiest} calls")  # fmt: skip
