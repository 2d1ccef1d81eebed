"""`Funnel`: the stages of a synthesis in numbers, counted from its outcome, and read back from `funnel.json`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lemma_eval.errors import RunError

from ..engine.outcome import Outcome, StageResult
from ..records import Record

FILE = "funnel.json"
FIELDS = ("replies", "prompt_tokens", "completion_tokens", "cost")


@dataclass(frozen=True, slots=True)
class StageCount:
    """One stage: `taken` inputs = `passed` + `rejected` + `waiting`; they led to so many `records`.

    `reasons` counts the rejects, of which an input may have several. `accounted` says whether the inputs that are known
    to be rejected make the sum come out. Tokens and cost (USD) are of the `replies` that the stage used.
    """

    name: str
    version: str
    taken: int
    passed: int
    rejected: int
    waiting: int
    records: int
    reasons: Mapping[str, int]
    accounted: bool
    replies: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class TypeCount:
    """One type of error: diagnosed in the `student`'s solutions, `drawn` for injection, `diagnosed` in injected ones.

    Of those drawn, `found` were injected and diagnosed as an error of any type, `as_drawn` as this one. `kept` are the
    trajectories with an error of this type.
    """

    type: str
    student: int = 0
    drawn: int = 0
    diagnosed: int = 0
    found: int = 0
    as_drawn: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Funnel:
    """A synthesis in numbers; `strategies` and `origins` count its trajectories, `questions` are those it kept."""

    stages: tuple[StageCount, ...]
    types: tuple[TypeCount, ...]
    strategies: Mapping[str, int]
    origins: Mapping[str, int]
    questions: int
    trajectories: int
    complete: bool

    def total(self, field: str) -> float:
        """The sum over all stages of one of `FIELDS`."""
        found: float = sum(getattr(stage, field) for stage in self.stages)
        return found

    @property
    def per_question(self) -> float | None:
        """Trajectories per question."""
        return self.trajectories / self.questions if self.questions else None

    @property
    def cost_per_trajectory(self) -> float | None:
        """USD for each trajectory that was kept; None where there is none, or nothing cost anything."""
        return self.total("cost") / self.trajectories if self.trajectories and self.total("cost") else None

    @property
    def unaccounted(self) -> tuple[str, ...]:
        """The stages whose inputs do not add up: a fault of the program."""
        return tuple(stage.name for stage in self.stages if not stage.accounted)


def count(outcome: Outcome) -> Funnel:
    """The funnel of an outcome."""
    known: set[str] = set()
    stages = []
    for result in outcome.stages.values():
        stages.append(_stage(result, known))
        known.update(record.id for record in result.records)
    kept = _records(outcome, "assemble")
    return Funnel(
        tuple(stages),
        _types(outcome, kept),
        _counted(str(record.data.get("strategy")) for record in kept),
        _counted(str(record.data.get("origin")) for record in kept),
        len(_records(outcome, "questions")),
        len(kept),
        outcome.complete,
    )


def to_json(funnel: Funnel) -> dict[str, Any]:
    """The funnel in JSON types, with its sums and shares, for people and other programs."""
    sums = {field: funnel.total(field) for field in FIELDS}
    shares = {"per_question": funnel.per_question, "cost_per_trajectory": funnel.cost_per_trajectory}
    return {**asdict(funnel), **sums, **shares}


def read_funnel(folder: Path) -> Funnel | None:
    """The funnel of a synthesis' folder, None where there is none yet. Raises RunError for a damaged file."""
    path = folder / FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        names = ("strategies", "origins", "questions", "trajectories", "complete")
        stages = tuple(StageCount(**stage) for stage in found["stages"])
        return Funnel(stages, tuple(TypeCount(**each) for each in found["types"]), *(found[name] for name in names))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunError(
            f"{path}: is damaged ({type(error).__name__}); run the synthesis again to write it anew"
        ) from None


def _stage(result: StageResult, known: set[str]) -> StageCount:
    rejected = result.taken - result.passed - result.waiting
    if known:
        ended = {_taken(each.record, known) for each in result.rejects}
        ended -= {_taken(record, known) for record in result.records}
        accounted = rejected == len(ended)
    else:
        accounted = rejected == len(result.rejects)  # rows of files: equal ones have one id
    usage = result.usage
    return StageCount(
        result.name, result.version, result.taken, result.passed, rejected, result.waiting, len(result.records),
        _counted(str(each.reason) for each in result.rejects), accounted and rejected >= 0,
        usage.replies, usage.prompt_tokens, usage.completion_tokens, usage.cost,
    )  # fmt: skip


def _taken(record: Record, known: set[str]) -> str:
    """The input of a stage that a record of it came from: the nearest that is known from before."""
    return next((each.id for each in record.line() if each.id in known), record.id)


def _records(outcome: Outcome, name: str) -> tuple[Record, ...]:
    return outcome.stages[name].records if name in outcome.stages else ()


def _types(outcome: Outcome, kept: Iterable[Record]) -> tuple[TypeCount, ...]:
    injected = [(str(_draw(record)), _type(record)) for record in _records(outcome, "diagnose-injected")]
    counts = {
        "student": Counter(map(_type, _records(outcome, "diagnose"))),
        "drawn": Counter(record.text for record in _records(outcome, "distribution")),
        "diagnosed": Counter(found for _, found in injected),
        "found": Counter(drawn for drawn, _ in injected),
        "as_drawn": Counter(drawn for drawn, found in injected if drawn == found),
        "kept": Counter(map(_type, kept)),
    }
    names = sorted({name for each in counts.values() for name in each})
    made = (TypeCount(name, **{field: each[name] for field, each in counts.items()}) for name in names)
    return tuple(sorted(made, key=lambda each: (-each.student, -each.drawn, -each.kept, each.type)))


def _type(record: Record) -> str:
    return str(record.data.get("type"))


def _draw(record: Record) -> str | None:
    return next((each.text for each in record.line() if each.kind == "draw"), None)


def _counted(found: Iterable[str]) -> dict[str, int]:
    """How often each occurs, most often first."""
    return dict(sorted(Counter(found).items(), key=lambda pair: (-pair[1], pair[0])))
