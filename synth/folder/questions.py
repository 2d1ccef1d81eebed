"""The questions of a synthesis: loaded, without duplicates and without those that overlap with a test set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lemma_eval import plugins
from lemma_eval.errors import DataError, LemmaEvalError, PluginError, UsageError, unknown_name
from lemma_eval.problem import Problem
from lemma_eval.problem_set import ProblemSet, fingerprint, load

from ..engine.outcome import StageResult
from ..pipeline import QUESTIONS
from ..records import Reason, Record, Reject

VERSION = "1"
_Row = tuple[ProblemSet, Problem]


@dataclass(frozen=True, slots=True)
class Questions:
    """`loaded` is what the files hold (`limit` rows of each), `tests` what it was held against; `sets` is what is left.

    `records` are the questions left, by set and problem id; `result` is the stage `questions`.
    """

    loaded: tuple[ProblemSet, ...]
    tests: tuple[ProblemSet, ...]
    sets: tuple[ProblemSet, ...]
    records: Mapping[tuple[str, str], Record]
    result: StageResult


def is_for_testing(spec: str) -> bool:
    """Whether a registered benchmark's rows are meant that are not for training: `gsm8k`, `math:500`."""
    return not spec.endswith((".jsonl", ".json")) and spec.partition(":")[2] != "train"


def load_questions(
    specs: Sequence[str],
    data_dir: Path | None,
    limit: int | None,
    tests: Callable[[], tuple[ProblemSet, ...]],
    n: int,
) -> Questions:
    """What `specs` name, as `lemma_eval.problem_set.load` takes them, without what overlaps with `tests` in `n` words.

    Raises as `load` does, and UsageError if no question is left or a set is named twice.
    """
    loaded = []
    for spec in specs:
        found = load(spec, data_dir)
        problems = found.problems[:limit]
        loaded.append(replace(found, problems=problems, fingerprint=fingerprint(problems)))
    names = [each.spec for each in loaded]
    if len(set(names)) < len(names):
        raise UsageError(f"--questions: a set is given twice: {', '.join(names)}")
    return chosen(tuple(loaded), tests(), n)


def chosen(loaded: tuple[ProblemSet, ...], tests: tuple[ProblemSet, ...], n: int) -> Questions:
    """What is left of `loaded`. Which of several copies is left depends on what they hold, not on their order."""
    overlap = _overlap(tests, n)
    records: dict[tuple[str, str], Record] = {}
    rejects: list[Reject] = []
    for copies in _copies(loaded):
        (spec, problem), *others = copies
        kept = _record(spec, problem)
        for other in others:
            same = "the same question and gold" if other[1].digest == problem.digest else "the question, another gold"
            rejects.append(Reject(_record(*other), Reason.DUPLICATE, f"{same} as row {problem.id} of {spec.spec}"))
        if shared := overlap(problem.question):
            rejects.append(Reject(kept, Reason.CONTAMINATED, shared))
        else:
            records[spec.spec, problem.id] = kept
    if not records:
        raise UsageError(f"of {sum(len(each.problems) for each in loaded)} questions none is left: {_told(rejects)}")
    rejects.sort(key=lambda each: (each.record.id, each.record.about["set"], each.record.about["row"]))
    ordered = tuple(sorted(records.values(), key=lambda record: record.id))
    taken = len(records) + len(rejects)
    result = StageResult(QUESTIONS, VERSION, taken, len(records), 0, ordered, tuple(rejects))
    return Questions(loaded, tests, tuple(_left(each, records) for each in loaded), records, result)


def _left(loaded: ProblemSet, records: Mapping[tuple[str, str], Record]) -> ProblemSet:
    problems = tuple(problem for problem in loaded.problems if (loaded.spec, problem.id) in records)
    return replace(loaded, problems=problems, fingerprint=fingerprint(problems))


def _record(problems: ProblemSet, problem: Problem) -> Record:
    return Record("question", problem, problem.question, about={"set": problems.spec, "row": problem.id})


def _copies(loaded: Sequence[ProblemSet]) -> Iterator[list[_Row]]:
    """The rows in groups of one question each, the one to be kept first."""
    groups: dict[Any, list[_Row]] = {}
    for each in loaded:
        for problem in each.problems:
            groups.setdefault((problem.asked.casefold(), problem.choices), []).append((each, problem))
    for group in groups.values():
        yield sorted(group, key=lambda row: _rank(*row))


def _rank(problems: ProblemSet, problem: Problem) -> tuple[Any, ...]:
    """Lowest for what is kept: a question with a solution, then by content, and only last by where it stands."""
    return not problem.solution, problem.digest, problem.solution or "", problems.spec, problem.id


def _overlap(tests: Sequence[ProblemSet], n: int) -> Callable[[str], str | None]:
    if not tests:
        return lambda question: None
    from ..overlap import Index  # numpy

    index = Index.of(((each.spec, problem.question) for each in tests for problem in each.problems), n)
    return index.overlap


def _told(rejects: Sequence[Reject]) -> str:
    reasons = [each.reason for each in rejects]
    return "; ".join(
        f"{reasons.count(reason)} {reason} ({next(each.detail for each in rejects if each.reason == reason):.100})"
        for reason in sorted(set(reasons))
    )


def load_tests(text: str, data_dir: Path | None) -> tuple[ProblemSet, ...]:
    """The test sets that `--decontaminate` names: `all`, `all,-ocw` (all but one), `none`, or names as of questions.

    Raises DataError where one of `all` cannot be loaded, saying how to leave it out; else as `load` does.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if words == ["none"]:
        return ()
    left_out = [word[1:] for word in words if word.startswith("-")]
    named = [word for word in words if not word.startswith("-")]
    if not named or (left_out and "all" not in named) or "none" in named:
        raise UsageError(f"--decontaminate {text}: give all, all,-NAME,... or NAME,... or none")
    every = registered_tests() if "all" in named else []
    for name in left_out:
        if name not in every:
            raise unknown_name("test set", name, every)
    wanted = [name for name in dict.fromkeys([*every, *named]) if name != "all" and name not in left_out]
    loaded, absent, first = [], [], ""
    for name in wanted:
        try:
            loaded.append(load(name, data_dir))
        except LemmaEvalError as error:
            if name not in every:
                raise
            absent.append(name)
            first = first or str(error)
            if data_dir is None:  # the hub: each would take its time
                break
    if absent:
        kept = ",".join(["all", *(f"-{name}" for name in (*left_out, *absent))])
        raise DataError(f"decontamination: {', '.join(absent)} cannot be loaded ({first}); "
                        f"to leave out by name: --decontaminate {kept}")  # fmt: skip
    return tuple(loaded)


def registered_tests() -> list[str]:
    """The splits of all registered benchmarks that are not for training, `gsm8k` or `math:500`."""
    names = []
    for name in sorted(plugins.table("benchmarks")):
        try:
            splits = plugins.load("benchmarks", name).splits
        except PluginError as error:
            raise PluginError(f"decontamination: {error}; name the test sets with --decontaminate") from None
        names += [name if split == "test" else f"{name}:{split}" for split in splits if split != "train"]
    return names
