"""The probe: wrong solutions of a run, cut at a step and handed back to the model as its own beginning.

Whether it then reaches the right answer says whether it can notice and repair an error of its own: what LEMMA
(arXiv 2503.17439) trains for, asked of any model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lemma_eval.answers import GRADER_NAME, GRADER_VERSION
from lemma_eval.backend import Backend
from lemma_eval.errors import RunError, UsageError
from lemma_eval.hashing import canonical, digest
from lemma_eval.problem import Problem
from lemma_eval.prompt_text import join_reasoning
from lemma_eval.request import Message, Prompt, Request, Sampling
from lemma_eval.result import GraderId, Result
from lemma_eval.running.grading import grader_id, policy_of
from lemma_eval.running.manifest import facts, read_whole_manifest
from lemma_eval.running.plan import MOST_SAMPLES, planned_samples
from lemma_eval.running.work import Work
from lemma_eval.self_correction.beginnings import Beginning, beginnings, check_cut
from lemma_eval.store import Store

WRONG_ANSWER = "wrong answer"  # in a problem's meta: what the solution answered that the beginning is of
_PORTION = 200  # solutions read at a time
# Engines whose reasoning was cut off their text by `split_reasoning`, so that the whole text is known.
_KNOWN_WHOLE = ("transformers", "vllm")


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """How to probe: where to cut (see `beginnings`), how many solutions of each benchmark at most, `n` samples each.

    `changes` are fields of `Sampling` that differ from the run's; `truncated` takes solutions, too, that the token
    limit had cut. `seed` is that of the samples and of the choice of solutions.
    """

    cut: str = "last"
    most_cuts: int | None = None
    limit: int | None = None
    truncated: bool = False
    n: int = 1
    seed: int = 0
    changes: Mapping[str, Any] = field(default_factory=dict)
    other_model: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """A wrong solution to be probed: its item's row number in the run's store, and its beginnings."""

    number: int
    beginnings: tuple[Beginning, ...]
    content: str  # a hash of what is handed back


@dataclass(frozen=True, slots=True)
class Selection:
    """What of one benchmark is probed. `wrong` solutions were found; `skipped` counts those that could not be taken."""

    wrong: int
    skipped: Mapping[str, int]
    chosen: tuple[Chosen, ...]

    @property
    def beginnings(self) -> int:
        """How many there are."""
        return sum(len(each.beginnings) for each in self.chosen)


def work_of(plan: ProbePlan, folder: Path, store: Store, backend: Backend) -> Work:
    """The work of probing the run in `folder`, whose `store` stays open until it is done.

    Raises RunError for a run that is a probe itself, not finished or has nothing to probe, and UsageError for a plan
    that makes no sense or an engine that cannot follow it.
    """
    manifest = read_whole_manifest(folder)
    run = manifest["run"]
    _check(plan, folder, run, backend)
    grader = _grader(run)
    selections = {}
    for benchmark in run["benchmarks"]:
        _check_finished(folder, store, grader, run, benchmark)
        selections[benchmark] = _select(store, grader, benchmark, plan, run["backend"]["name"] in _KNOWN_WHOLE)
    if not any(selection.chosen for selection in selections.values()):
        told = ", ".join(f"{name}: {_told(each)}" for name, each in selections.items())
        raise RunError(f"{folder}: holds no wrong solution that can be cut so ({told})")
    description = _describe(plan, run, backend, selections)

    def requests() -> Iterator[tuple[str, Problem, Request]]:
        for benchmark, selection in selections.items():
            for problem, prompt, asked in _problems(store, grader, selection):
                sampling = replace(asked, **plan.changes)
                for sample in range(plan.n):
                    yield benchmark, problem, Request(backend.model, prompt, sampling, sample, problem=problem)

    size = plan.n * sum(selection.beginnings for selection in selections.values())
    return Work(description, size, requests, policy_of(run["policy"]))


def _check(plan: ProbePlan, folder: Path, run: Mapping[str, Any], backend: Backend) -> None:
    check_cut(plan.cut)
    if run.get("probe"):
        raise RunError(f"{folder}: is a probe already; probe the run that it was made from")
    if plan.most_cuts is not None and plan.cut != "each":
        raise UsageError("--max-cuts goes with --cut each")
    if not 1 <= plan.n <= MOST_SAMPLES:
        raise UsageError(f"-n must be 1 to {MOST_SAMPLES}, not {plan.n}")
    if backend.keyed:
        told = f"the backend {backend.name} looks replies up and cannot go on with a beginning; give another --backend"
        raise UsageError(told)
    if backend.model != run["model"] and not plan.other_model:
        told = f"the model is not the run's ({backend.model} here, {run['model']} there)"
        raise UsageError(f"{told}; --other-model has it go on with another's solutions")
    if _sampling(plan, run).temperature == 0 and plan.n > 1:
        told = f"-n {plan.n} at temperature 0 would draw the same text {plan.n} times"
        raise UsageError(f"{told}; give --temperature 0.7")
    if run["protocol"].get("chat") and not backend.chat:
        raise UsageError("the run asks in chat form and this model has no chat template; give it with --chat-template")
    theirs, ours = (each.get("chat_template") for each in (run["backend"].get("settings", {}), backend.settings))
    if theirs != ours and backend.name == run["backend"]["name"] and not plan.other_model:
        raise UsageError("the run was asked with another chat template; give the same --chat-template")


def _check_finished(folder: Path, store: Store, grader: GraderId, run: Mapping[str, Any], benchmark: str) -> None:
    settled = sum(len(problem.settled) for problem in store.outcomes(grader, benchmark))
    if missing := planned_samples(run, benchmark) - settled:
        raise RunError(f"{folder}: is not finished ({missing} samples of {benchmark} are missing); finish it first")


def _grader(run: Mapping[str, Any]) -> GraderId:
    policy, grader = run["policy"], run["grader"]
    return GraderId(grader["name"], grader["version"], policy["name"], policy["version"])


def _sampling(plan: ProbePlan, run: Mapping[str, Any]) -> Sampling:
    """The run's settings with the changes; stop strings of a family are added to it request by request."""
    settings = run["sampling"]
    return replace(Sampling(**{**settings, "stop": tuple(settings["stop"])}), **plan.changes)


def _select(store: Store, grader: GraderId, benchmark: str, plan: ProbePlan, known_whole: bool) -> Selection:
    """Wrong solutions in an order drawn from the seed, the same whatever else the run holds, until there are enough."""
    order, wrong, skipped = [], 0, dict[str, int]()
    for problem in store.outcomes(grader, benchmark):
        for outcome in problem.outcomes:
            if outcome.correct is not False:
                continue
            wrong += 1
            if outcome.truncated and not plan.truncated:
                skipped["truncated"] = skipped.get("truncated", 0) + 1
            else:
                order.append((digest([plan.seed, problem.id, outcome.sample]), outcome.number))
    order.sort()
    chosen: list[Chosen] = []
    most = len(order) if plan.limit is None else plan.limit
    numbers = [number for _, number in order]
    for start in range(0, len(numbers), _PORTION):
        if len(chosen) >= most:
            break
        portion = numbers[start : start + _PORTION]
        for number, result in zip(portion, store.results_at(grader, portion), strict=True):
            if len(chosen) >= most:
                break
            found, why = _cut(result, plan, known_whole)
            if found:
                chosen.append(Chosen(number, found, _content(result, found)))
            else:
                skipped[why] = skipped.get(why, 0) + 1
    chosen.sort(key=lambda each: each.number)
    return Selection(wrong, dict(sorted(skipped.items())), tuple(chosen))


def _cut(result: Result, plan: ProbePlan, known_whole: bool) -> tuple[tuple[Beginning, ...], str]:
    completion, verdict = result.completion, result.verdict
    assert completion is not None
    assert verdict is not None
    if completion.reasoning is not None and not known_whole:
        return (), "reasoning kept apart"
    answer = verdict.span[0] if verdict.span is not None and verdict.parsed else None
    return beginnings(completion.text, answer, plan.cut, plan.most_cuts), "too few steps"


def _content(result: Result, found: tuple[Beginning, ...]) -> str:
    assert result.completion is not None
    name = [result.item.problem.id, result.item.sample, [[each.step, each.steps, each.end] for each in found]]
    return digest([name, result.completion.text[: found[-1].end], result.completion.reasoning])


def _problems(store: Store, grader: GraderId, selection: Selection) -> Iterator[tuple[Problem, Prompt, Sampling]]:
    """Each beginning as a problem, with the prompt that hands it back and the run's settings for it."""
    for start in range(0, len(selection.chosen), _PORTION):
        portion = selection.chosen[start : start + _PORTION]
        results = store.results_at(grader, [each.number for each in portion])
        for each, result in zip(portion, results, strict=True):
            asked, sampling = store.asked(result.item.request_id)
            for beginning in each.beginnings:
                problem, told = _problem(result, beginning)
                yield problem, _handed_back(asked, told), sampling


def _problem(result: Result, beginning: Beginning) -> tuple[Problem, str]:
    """The problem that a beginning makes, and what the model had said by then, reasoning included."""
    completion, verdict, problem = result.completion, result.verdict, result.item.problem
    assert completion is not None
    assert verdict is not None
    prefix = completion.text[: beginning.end]
    meta = {**problem.meta, "cut": f"{beginning.step} of {beginning.steps}", "third": beginning.third}
    if verdict.parsed and verdict.answer is not None:
        meta[WRONG_ANSWER] = verdict.answer
    name = f"{problem.id}/{result.item.sample}/{beginning.step}"
    return replace(problem, id=name, meta=meta, prefix=prefix), join_reasoning(prefix, completion.reasoning)


def _handed_back(asked: Prompt, beginning: str) -> Prompt:
    # A completion is the text right behind the prompt, with its first space, so nothing goes between them.
    return asked + beginning if isinstance(asked, str) else (*asked, Message("assistant", beginning))


def _describe(
    plan: ProbePlan, run: Mapping[str, Any], backend: Backend, selections: Mapping[str, Selection]
) -> dict[str, Any]:
    """The manifest's `run` part: a run's, with the part `probe`."""
    policy = policy_of(run["policy"])
    probed = {name: selection for name, selection in selections.items() if selection.chosen}
    content = hashlib.sha256()
    for name, selection in probed.items():
        content.update(canonical([name, [each.content for each in selection.chosen]]))
    description = {
        **run,
        "model": backend.model,
        "backend": {"name": backend.name, "version": backend.version, "settings": dict(backend.settings)},
        "benchmarks": {
            name: {
                **run["benchmarks"][name],
                "size": selection.beginnings,
            }
            for name, selection in probed.items()
        },
        "sampling": asdict(_sampling(plan, run)),
        "policy": {**asdict(policy), "version": grader_id(policy).policy_version},
        "grader": {"name": GRADER_NAME, "version": GRADER_VERSION},
        "n": plan.n,
        "seed": plan.seed,
        "limit": None,
        "shard": None,
        "probe": {
            "run": {
                "digest": digest(facts(run), 16),
                "model": run["model"],
                "data": {name: data["fingerprint"] for name, data in run["benchmarks"].items()},
                "sampling": run["sampling"],
            },
            "cut": plan.cut,
            "max_cuts": plan.most_cuts,
            "limit": plan.limit,
            "truncated": plan.truncated,
            "selection": content.hexdigest()[:16],
            "found": {
                name: {"wrong": each.wrong, "probed": len(each.chosen), "skipped": dict(each.skipped)}
                for name, each in selections.items()
            },
        },
    }
    return dict(json.loads(json.dumps(description)))


def _told(selection: Selection) -> str:
    return ", ".join([f"{selection.wrong} wrong", *(f"{count} {why}" for why, count in selection.skipped.items())])
