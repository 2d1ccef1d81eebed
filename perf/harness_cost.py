"""What the harness costs beyond its engine: CPU time per completion, wall time beside an engine that only sleeps."""

from __future__ import annotations

import heapq
import itertools
import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lemma_eval.answers import policy_by_name
from lemma_eval.completion import Completion
from lemma_eval.problem_set import load
from lemma_eval.protocols import protocol_by_name
from lemma_eval.request import Request, Sampling
from lemma_eval.running.plan import RunPlan, requests
from lemma_eval.running.runner import run
from lemma_eval.shots import choose_shots

SYSTEMS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")


@dataclass(slots=True)
class Sleeper:
    """An engine that sleeps: `slots` requests in flight, each answered `seconds` (least, most) after it was taken.

    The times are drawn by request, so that every run meets the same ones. Without `seconds` it answers at once.
    """

    texts: Mapping[tuple[str, int], str]
    slots: int = 1
    seconds: tuple[float, float] | None = None
    model: str = "sleeper"
    label: str = "sleeper"
    name: str = "sleeper"
    version: str = "1"
    settings: Mapping[str, Any] = field(default_factory=dict)
    keyed: bool = False
    chat: bool = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def generate(self, asked: Iterable[Request]) -> Iterator[Completion]:
        stream = iter(asked)
        waiting: list[tuple[float, str, Request]] = []
        for request in itertools.islice(stream, self.slots):
            heapq.heappush(waiting, (time.perf_counter() + self._takes(request), request.id, request))
        while waiting:
            due, _, request = heapq.heappop(waiting)
            time.sleep(max(0.0, due - time.perf_counter()))
            yield self._answer(request)
            for new in itertools.islice(stream, 1):
                heapq.heappush(waiting, (time.perf_counter() + self._takes(new), new.id, new))

    def _takes(self, request: Request) -> float:
        return 0.0 if self.seconds is None else random.Random(request.id).uniform(*self.seconds)

    def _answer(self, request: Request) -> Completion:
        assert request.problem is not None
        text = self.texts.get((request.problem.question.strip(), request.sample), "I do not know.")
        return Completion(request.id, text, "stop", len(request.prompt) // 4, len(text) // 4)


def recorded(data: Path, protocol: str, n: int) -> tuple[RunPlan, dict[tuple[str, int], str]]:
    """GSM8K's test questions under a protocol, n samples each, and recorded solutions of four systems as the samples.

    Needs gsm8k/test.jsonl and generations/gsm8k_gpt3.jsonl in `data`.
    """
    texts = {}
    with (data / "generations" / "gsm8k_gpt3.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            for sample, system in enumerate(SYSTEMS):
                texts[row["question"].strip(), sample] = row[system]["solution"]
    problem_set, rules = load("gsm8k", data), protocol_by_name(protocol)
    style = rules.style(problem_set.family)
    shots = {problem_set.spec: choose_shots(None, style.shots, style.own, data)}
    sampling = Sampling(0.7, max_tokens=512)
    return RunPlan((problem_set,), rules, shots, sampling, policy_by_name(rules.policy), n), texts


def in_a_folder(work: Callable[[Path], object]) -> tuple[float, float]:
    """Wall and CPU seconds of `work`, given a run folder that is thrown away."""
    folder = Path(tempfile.mkdtemp())
    try:
        wall, cpu = time.perf_counter(), time.process_time()
        work(folder / "run")
        return time.perf_counter() - wall, time.process_time() - cpu
    finally:
        shutil.rmtree(folder)


def drained(engine: Sleeper, asked: Iterable[Request]) -> None:
    for _ in engine.generate(asked):
        pass


def cpu_per_completion(data: Path) -> None:
    """The whole run against an engine that answers at once, less that engine in a bare loop."""
    print("\nCPU of the harness per completion: planning, storing, grading, beyond the engine's (recorded GSM8K texts)")
    for protocol, n in (("lemma", 1), ("lemma", 4), ("llemma", 1), ("llemma", 4)):
        plan, texts = recorded(data, protocol, n)
        engine = Sleeper(texts)
        asked = [request for _, _, request in requests(plan, engine)]
        costs, bare = [], []
        for _ in range(5):
            costs.append(in_a_folder(lambda out, plan=plan, engine=engine: run(plan, engine, out))[1])
            bare.append(in_a_folder(lambda _, engine=engine, asked=asked: drained(engine, asked))[1])
        each = 1e3 * (statistics.median(costs) - statistics.median(bare)) / len(asked)
        print(f"  {protocol:7} n={n}: {len(asked)} completions, median of 5: {each:.3f} ms (goal 0.4)")


def beside_a_sleeper(data: Path) -> None:
    """Wall time of the run over that of the bare loop, in turns."""
    print("\nWall time beside an engine that sleeps, over that of the engine in a bare loop (median of 5, in turns)")
    for slots, seconds, n in ((1, (0.004, 0.006), 1), (32, (0.1, 0.2), 1), (256, (0.2, 1.0), 4)):
        plan, texts = recorded(data, "lemma", n)
        engine = Sleeper(texts, slots, seconds)
        asked = [request for _, _, request in requests(plan, engine)]
        ours, bare = [], []
        for _ in range(5):
            bare.append(in_a_folder(lambda _, engine=engine, asked=asked: drained(engine, asked))[0])
            ours.append(in_a_folder(lambda out, plan=plan, engine=engine: run(plan, engine, out))[0])
        ratio = statistics.median(ours) / statistics.median(bare)
        told = f"{slots} in flight, {seconds[0] * 1e3:.0f}-{seconds[1] * 1e3:.0f} ms each, {len(asked)} completions"
        print(f"  {told}: {statistics.median(bare):.2f} s bare, ratio {ratio:.4f} (goal 1.02)")
