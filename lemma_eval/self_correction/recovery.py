"""`Recovery`: how often a probed model came to the right answer, and what it came to otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from lemma_eval.answers import GradingPolicy, equivalent
from lemma_eval.errors import RunError
from lemma_eval.measures.estimate import Estimate
from lemma_eval.measures.intervals import wilson
from lemma_eval.outcomes import Outcome, ProblemOutcomes
from lemma_eval.result import GraderId
from lemma_eval.running.grading import policy_of
from lemma_eval.running.manifest import read_whole_manifest
from lemma_eval.running.plan import planned_samples
from lemma_eval.running.runner import STORE
from lemma_eval.self_correction.probe import WRONG_ANSWER
from lemma_eval.self_correction.reflection import cues
from lemma_eval.store import Store

ENDS = ("right", "same", "other", "unparsed", "unknown", "failed")  # what a continuation comes to
THIRDS = ("first", "middle", "last")
_PORTION = 200  # results read at a time


class _Kept(NamedTuple):
    """A beginning: its problem and third; what its samples came to, and those that reflect; how many are missing."""

    benchmark: str
    problem: str
    third: str
    ends: tuple[str, ...]
    reflecting: tuple[str, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """What came of the beginnings of one benchmark (None: all), cut in one third of the solution (None: anywhere).

    `beginnings` are those of which a sample counts, `problems` the benchmark's problems behind them. The estimate is
    the mean over beginnings of the share of their samples that end right; its Wilson interval has n = problems, as
    beginnings of one problem are no independent trials. `ends` counts samples: right, the same wrong answer, another
    wrong one, no answer found or read, not decided, no completion. `missing` are not asked or not graded yet.
    `reflect` are samples whose new text reflects (see `reflection`), `reflect_right` those of them that end right.
    """

    benchmark: str | None
    third: str | None
    estimate: Estimate
    beginnings: int
    samples: int
    ends: Mapping[str, int]
    missing: int
    reflect: int
    reflect_right: int

    def share(self, end: str) -> float:
        """The share of samples that came to `end`; nan where there are none."""
        return self.ends[end] / self.samples if self.samples else math.nan


def recoveries(folder: Path) -> list[Recovery]:
    """The rows of the probe in `folder`: all of it, then each benchmark, then each third, where there are several.

    Raises RunError where there is no probe.
    """
    manifest = read_whole_manifest(folder)
    run = manifest["run"]
    if not isinstance(run.get("probe"), dict):
        raise RunError(f"{folder}: is no probe; make one with `lemma-eval probe {folder}`")
    try:
        return _recoveries(folder, run)
    except (KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{folder}: its manifest.json is damaged ({type(error).__name__}: {error})") from None


def _recoveries(folder: Path, run: Mapping[str, Any]) -> list[Recovery]:
    policy, grader = policy_of(run["policy"]), run["grader"]
    identity = GraderId(grader["name"], grader["version"], run["policy"]["name"], run["policy"]["version"])
    kept: list[_Kept] = []
    unplanned = 0
    with Store(folder / STORE, write=False) as store:
        for benchmark in run["benchmarks"]:
            planned = 0
            for problem in store.outcomes(identity, benchmark):
                planned += len(problem.outcomes)
                ends = tuple(_end(problem, outcome, policy) for outcome in problem.settled)
                reflecting = tuple(_reflecting(store, identity, problem, policy))
                # A beginning's id is its problem's with sample and step behind it.
                source, third = problem.id.rsplit("/", 2)[0], problem.meta.get("third", "")
                missing = len(problem.outcomes) - len(ends)
                kept.append(_Kept(benchmark, source, third, ends, reflecting, missing))
            unplanned += planned_samples(run, benchmark) - planned
    rows = [_recovery(None, None, kept, unplanned)]
    if len(run["benchmarks"]) > 1:
        for name in run["benchmarks"]:
            rows.append(_recovery(name, None, [each for each in kept if each.benchmark == name], 0))
    if len({each.third for each in kept}) > 1:
        for third in THIRDS:
            rows.append(_recovery(None, third, [each for each in kept if each.third == third], 0))
    return [row for row in rows if row.beginnings or row.missing]


def _recovery(benchmark: str | None, third: str | None, kept: list[_Kept], unplanned: int) -> Recovery:
    settled = [each for each in kept if each.ends]
    shares = [each.ends.count("right") / len(each.ends) for each in settled]
    problems = len({(each.benchmark, each.problem) for each in settled})
    value = math.fsum(shares) / len(shares) if shares else math.nan
    low, high = wilson(value, problems)
    ends = {end: sum(each.ends.count(end) for each in settled) for end in ENDS}
    missing = sum(each.missing for each in kept) + unplanned
    reflect = sum(len(each.reflecting) for each in settled)
    turned = sum(each.reflecting.count("right") for each in settled)
    estimate = Estimate("recovery", value, low, high, problems, "wilson")
    return Recovery(benchmark, third, estimate, len(settled), sum(ends.values()), ends, missing, reflect, turned)


def _end(problem: ProblemOutcomes, outcome: Outcome, policy: GradingPolicy) -> str:
    if outcome.state == "failed":
        return "failed"
    if outcome.right:
        return "right"
    if outcome.correct is None:
        return "unknown"
    if not outcome.parsed or outcome.answer is None:
        return "unparsed"
    before = problem.meta.get(WRONG_ANSWER)
    same = before is not None and _same(outcome.answer, before, problem.kind, problem.choices, policy)
    return "same" if same else "other"


@lru_cache(maxsize=65_536)  # a model that repeats itself does so in all samples
def _same(answer: str, before: str, kind: Any, choices: tuple[str, ...] | None, policy: GradingPolicy) -> bool:
    return answer == before or equivalent(answer, before, kind=kind, choices=choices, policy=policy).correct is True


def _reflecting(store: Store, grader: GraderId, problem: ProblemOutcomes, policy: GradingPolicy) -> Iterator[str]:
    """What the samples came to whose new text reflects."""
    told = {outcome.number: outcome for outcome in problem.outcomes if outcome.state == "graded"}
    numbers = list(told)
    for start in range(0, len(numbers), _PORTION):
        portion = numbers[start : start + _PORTION]
        for number, result in zip(portion, store.results_at(grader, portion), strict=True):
            given = result.item.problem.prefix
            text = result.completion.text if result.completion is not None else ""
            if any(cues(given + text, len(given))):
                yield _end(problem, told[number], policy)


def notes(run: Mapping[str, Any], rows: Iterable[Recovery]) -> list[str]:
    """What a reader of the bare figures would be misled without; `run` is the manifest's part of that name."""
    probe, found = run["probe"], []
    for name, each in probe["found"].items():
        left = each["wrong"] - each["probed"] - sum(each["skipped"].values())
        parts = [f"{each['probed']} of {each['wrong']} wrong solutions probed"]
        parts += [f"{count} skipped: {why}" for why, count in each["skipped"].items()]
        parts += [f"{left} left out by --limit"] if left else []
        found.append(f"{name}: {', '.join(parts)}")
    if run["model"] != probe["run"]["model"]:
        found.append(f"the solutions are another model's ({probe['run']['model']})")
    elif run["sampling"]["temperature"] == 0 == probe["run"]["sampling"]["temperature"]:
        found.append("greedy continuations of greedy solutions: what the model would have said anyway; "
                     "give --temperature 0.7 to let it turn")  # fmt: skip
    if missing := next(iter(rows)).missing:
        found.append(f"incomplete: {missing} samples missing")
    return found
