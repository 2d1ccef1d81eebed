"""`RunPlan`: which requests a run consists of, before any model is loaded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from lemma_eval.answers import GRADER_NAME, GRADER_VERSION, GradingPolicy
from lemma_eval.backend import Backend
from lemma_eval.errors import UsageError
from lemma_eval.hashing import digest
from lemma_eval.problem import Problem
from lemma_eval.problem_set import ProblemSet
from lemma_eval.protocol import EvalProtocol, render
from lemma_eval.request import Request, Sampling
from lemma_eval.running.grading import grader_id
from lemma_eval.running.work import Work
from lemma_eval.shots import ShotSet

MOST_SAMPLES = 100_000  # per problem; more is a slip of the finger


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is to be asked: problem sets under one protocol, `n` samples per problem.

    `shots` are by problem set (its spec); `sampling` is the protocol's with what the user changed, its stop strings
    being added per family. `limit` takes the first problems of each set; `shard` (i, n), 1 <= i <= n, takes every n-th.
    `trained`, in JSON types, says what the model was trained from, where it tells; it is no part of what is asked.
    """

    sets: tuple[ProblemSet, ...]
    protocol: EvalProtocol
    shots: Mapping[str, ShotSet]
    sampling: Sampling
    policy: GradingPolicy
    n: int = 1
    seed: int = 0
    limit: int | None = None
    shard: tuple[int, int] | None = None
    trained: Mapping[str, Any] | None = None


def check(plan: RunPlan, backend: Backend) -> None:
    """Raise UsageError for a plan that this engine cannot follow or that would ask the same thing twice."""
    if not 1 <= plan.n <= MOST_SAMPLES:
        raise UsageError(f"-n must be 1 to {MOST_SAMPLES}, not {plan.n}")
    if plan.limit is not None and plan.limit < 1:
        raise UsageError(f"--limit must be at least 1, not {plan.limit}")
    if plan.n > 1 and plan.sampling.temperature == 0 and not backend.keyed:
        raise UsageError(
            f"-n {plan.n} at temperature 0 would draw the same text {plan.n} times; give --temperature 0.7"
        )
    specs = [problem_set.spec for problem_set in plan.sets]
    if len(set(specs)) < len(specs):
        raise UsageError(f"a benchmark is given twice: {', '.join(specs)}")
    if plan.protocol.chat and not backend.chat:
        raise UsageError(f"protocol {plan.protocol.name} asks in chat form and this model has no chat template; "
                         "give one with --chat-template FILE, or another --protocol")  # fmt: skip


def work_of(plan: RunPlan, backend: Backend) -> Work:
    """The work that `plan` makes for this engine. Raises as `check` does."""
    check(plan, backend)
    about = {} if plan.trained is None else {"trained": plan.trained}
    return Work(describe(plan, backend), size(plan), lambda: requests(plan, backend), plan.policy, about)


def requests(plan: RunPlan, backend: Backend) -> Iterator[tuple[str, Problem, Request]]:
    """Every (benchmark, problem, request) of the plan in a fixed order; made anew at each call."""
    for problem_set in plan.sets:
        style = plan.protocol.style(problem_set.family)
        sampling = replace(plan.sampling, stop=(*style.stop, *plan.sampling.stop))
        shots = plan.shots[problem_set.spec].shots
        copies = _copies(problem_set.problems)
        for problem in chosen(problem_set.problems, plan.limit, plan.shard):
            prompt = render(plan.protocol, style, problem, shots)
            key = f"{problem_set.spec}/{problem.id}" if backend.keyed else ""
            for sample in range(plan.n):
                request = Request(backend.model, prompt, sampling, sample, key, problem, copies[problem.id])
                yield problem_set.spec, problem, request


def _copies(problems: Sequence[Problem]) -> dict[str, tuple[int, int]]:
    """By problem id: which copy of its question the problem is, and of how many."""
    asked = [problem.asked for problem in problems]
    counts, seen = Counter(asked), Counter[str]()
    places: dict[str, tuple[int, int]] = {}
    for problem, question in zip(problems, asked, strict=True):
        places[problem.id] = (seen[question], counts[question])
        seen[question] += 1
    return places


def chosen(problems: Sequence[Problem], limit: int | None, shard: tuple[int, int] | None) -> Sequence[Problem]:
    """The first `limit` problems, of these every n-th from the i-th for shard (i, n)."""
    problems = problems[:limit]
    return problems if shard is None else problems[shard[0] - 1 :: shard[1]]


def size(plan: RunPlan) -> int:
    """How many samples the plan has."""
    return plan.n * sum(len(chosen(each.problems, plan.limit, plan.shard)) for each in plan.sets)


def planned_samples(run: Mapping[str, Any], benchmark: str) -> int:
    """How many samples the run that a manifest describes has for one of its benchmarks."""
    problems = range(run["benchmarks"][benchmark]["size"])[: run["limit"]]
    if run["shard"] is not None:
        problems = problems[run["shard"][0] - 1 :: run["shard"][1]]
    return int(run["n"]) * len(problems)


def describe(plan: RunPlan, backend: Backend) -> dict[str, Any]:
    """The manifest's `run` part, in JSON types: equal for two commands exactly if they ask for the same run."""
    protocol = asdict(plan.protocol)
    del protocol["source"], protocol["sampling"]
    description = {
        "model": backend.model,
        "backend": {"name": backend.name, "version": backend.version, "settings": dict(backend.settings)},
        "benchmarks": {
            problem_set.spec: {
                "size": len(problem_set.problems),
                "fingerprint": problem_set.fingerprint,
                "source": problem_set.source,
                "family": problem_set.family,
                "mismatch": problem_set.mismatch,
                "shots": plan.shots[problem_set.spec].label,
                "shots_digest": digest([asdict(shot) for shot in plan.shots[problem_set.spec].shots], 16),
            }
            for problem_set in plan.sets
        },
        "protocol": protocol,
        "sampling": asdict(plan.sampling),
        # With the version under which its verdicts are kept, so that they are found again.
        "policy": {**asdict(plan.policy), "version": grader_id(plan.policy).policy_version},
        "grader": {"name": GRADER_NAME, "version": GRADER_VERSION},
        "n": plan.n,
        "seed": plan.seed,
        "limit": plan.limit,
        "shard": plan.shard,
    }
    return dict(json.loads(json.dumps(description)))
