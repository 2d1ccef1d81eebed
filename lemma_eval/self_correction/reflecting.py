"""Self-correction in a run: every graded completion of a store through `reflect`, streaming, on several processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lemma_eval.answers import GradingPolicy, Verdict
from lemma_eval.bulk import map_batches
from lemma_eval.errors import UsageError
from lemma_eval.problem import Problem
from lemma_eval.result import GraderId, Result
from lemma_eval.running.grading import policy_of
from lemma_eval.running.manifest import read_whole_manifest
from lemma_eval.running.runner import STORE
from lemma_eval.self_correction.reflection import FLIPS, Flip, Reflection, SelfCorrection, reflect, summarize
from lemma_eval.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH = 32
_EXCERPT = 300  # characters of a sentence that is shown


@dataclass(frozen=True, slots=True)
class Example:
    """One completion with a flip: which it is, its first and final answer, and the sentences with its reflections."""

    problem: str
    sample: int
    first: str | None
    final: str | None
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One benchmark of one run. `ungraded` samples have no verdict (missing, failed or not graded yet)."""

    run: str
    label: str
    benchmark: str
    found: SelfCorrection
    ungraded: int
    examples: dict[Flip, tuple[Example, ...]] = field(default_factory=dict)


def solution(result: Result) -> str:
    """The whole solution of a graded result: a given beginning, what the engine returned as reasoning, the text."""
    assert result.completion is not None
    reasoning = result.completion.reasoning
    return result.item.problem.prefix + (f"{reasoning}\n\n" if reasoning else "") + result.completion.text


def correction_rows(
    folder: Path,
    name: str,
    *,
    benchmarks: Sequence[str] = (),
    examples: int = 0,
    workers: int = 1,
    tick: Callable[[], None] = lambda: None,
) -> Iterator[CorrectionRow]:
    """A row for each benchmark (all of the run, or those named), under the run's own verdicts.

    Raises RunError where there is no run or its policy is not known here; UsageError for a benchmark it does not have.
    """
    manifest = read_whole_manifest(folder)
    run = manifest["run"]
    policy = policy_of(run["policy"])
    grader = GraderId(run["grader"]["name"], run["grader"]["version"], run["policy"]["name"], run["policy"]["version"])
    for benchmark in benchmarks:
        if benchmark not in run["benchmarks"]:
            raise UsageError(f"{folder}: has no benchmark {benchmark} (has: {', '.join(run['benchmarks'])})")
    with Store(folder / STORE, write=False) as store:
        for benchmark in benchmarks or run["benchmarks"]:
            yield _row(store, grader, policy, (name, manifest["label"], benchmark), examples, workers, tick)


def _row(
    store: Store,
    grader: GraderId,
    policy: GradingPolicy,
    about: tuple[str, str, str],
    examples: int,
    workers: int,
    tick: Callable[[], None],
) -> CorrectionRow:
    kept: dict[Flip, tuple[Example, ...]] = dict.fromkeys(FLIPS, ())
    ungraded = 0

    def graded() -> Iterator[_Task]:
        nonlocal ungraded
        for result in store.results(grader, about[2]):
            if result.completion is None or result.verdict is None:
                ungraded += 1
                tick()
                continue
            yield solution(result), result.item.problem, result.item.sample, result.verdict

    def reflections() -> Iterator[Reflection]:
        work = partial(_reflect_all, policy=policy, examples=bool(examples))
        done: Any = map_batches(work, _batches(graded()), workers)
        with closing(done):
            for batch in done:
                for reflection, example in batch:
                    if example is not None and len(kept[reflection.flip]) < examples:
                        kept[reflection.flip] += (example,)
                    tick()
                    yield reflection

    found = summarize(reflections())
    return CorrectionRow(*about, found, ungraded, kept if examples else {})


_Task = tuple[str, Problem, int, Verdict]


def _batches(tasks: Iterator[_Task]) -> Iterator[list[_Task]]:
    while batch := list(islice(tasks, _BATCH)):
        yield batch


def _reflect_all(
    batch: Sequence[_Task], *, policy: GradingPolicy, examples: bool
) -> list[tuple[Reflection, Example | None]]:
    done: list[tuple[Reflection, Example | None]] = []
    for text, problem, sample, verdict in batch:
        found = reflect(text, problem, verdict, policy)
        example = None
        if examples and found.flip != "none":
            said = tuple(sentences(text, found))
            example = Example(problem.id, sample, found.first, found.final, said)
        done.append((found, example))
    return done


def sentences(text: str, found: Reflection) -> Iterator[str]:
    """The steps of `text` in which its reflections stand, shortened."""
    from lemma_eval.segmentation import steps

    places = iter(steps(text))
    step = next(places, None)
    for cue in found.cues:
        while step is not None and step.end <= cue.start:
            step = next(places, None)
        if step is None:
            return
        said = " ".join(text[step.start : step.end].split())
        yield said if len(said) <= _EXCERPT else f"{said[:_EXCERPT]}..."


def as_json(row: CorrectionRow) -> dict[str, Any]:
    """The row in JSON types; a share without anything to share has null bounds."""
    from dataclasses import asdict

    plain = asdict(row)
    found = plain.pop("found")
    found["flips"] = dict(zip(FLIPS, found["flips"], strict=True))
    found["stated"] = dict(zip(FLIPS, found["stated"], strict=True))
    cleaned: dict[str, Any] = _without_nan({**plain, **found})
    return cleaned


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, float) and value != value:
        return None
    return [_without_nan(each) for each in value] if isinstance(value, list | tuple) else value
