"""Which stages there are, and what each takes its input from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .prompts import Prompt, load
from .settings import Settings
from .stage import Ask, Done, Stage
from .stages import (
    assembly,
    diagnosis,
    distribution,
    duplicates,
    injection,
    revision,
    selection,
    smoothing,
    truncation,
    verification,
)
from .teacher import Teacher

QUESTIONS, SAMPLE = "questions", "sample"  # what they put out comes from the folder's student, see `folder`


def stages(settings: Settings, teacher: Teacher) -> tuple[Stage, ...]:
    """The stages after `sample`, in order: each takes its input from some before it."""
    told = _Told(teacher)
    ends = ("smooth",) if settings.smooth else settings.strategies
    found = [
        Stage("grade", selection.VERSION, (SAMPLE,), fold=partial(selection.fold, settings=settings)),
        told.stage("diagnose", diagnosis.VERSION, ("grade",), diagnosis.step, "diagnose", "repair-diagnosis"),
        Stage("distribution", distribution.VERSION, ("diagnose",), fold=partial(distribution.fold, settings=settings)),
        told.stage("inject", injection.VERSION, ("distribution",), partial(injection.step, policy=settings.policy),
                   "inject", "repair-injection"),
        told.stage("diagnose-injected", diagnosis.VERSION, ("inject",), diagnosis.step, "diagnose", "repair-diagnosis"),
        Stage("truncate", truncation.VERSION, ("diagnose", "diagnose-injected"), step=partial(
              truncation.step, policy=settings.policy)),
    ]  # fmt: skip
    for strategy in settings.strategies:
        step = partial(revision.step, strategy=strategy, policy=settings.policy)
        found.append(told.stage(strategy, revision.VERSION, ("truncate",), step, strategy))
    if settings.smooth:
        found.append(told.stage("smooth", smoothing.VERSION, settings.strategies, smoothing.step, "smooth"))
    return (
        *found,
        Stage("verify", verification.VERSION, ends, step=partial(verification.step, policy=settings.policy)),
        Stage("deduplicate", duplicates.VERSION, ("verify",), fold=duplicates.fold),
        Stage("assemble", assembly.VERSION, ("deduplicate",), step=assembly.step),
    )


class _Told:
    """Makes stages that ask the teacher: their steps are given `teacher` and `prompts`."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher

    def stage(self, name: str, version: str, after: tuple[str, ...], step: Callable[..., Ask | Done],
              *prompts: str) -> Stage:  # fmt: skip
        loaded: dict[str, Prompt] = {each: load(each) for each in prompts}
        return Stage(
            name,
            version,
            after,
            step=partial(step, teacher=self._teacher, prompts=loaded),
            prompts=tuple((each.name, each.version) for each in loaded.values()),
        )
