"""Grading beside generation: a thread takes stored completions and keeps their verdicts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from lemma_eval.answers import GRADER_NAME, GRADER_VERSION, PRESETS, GradingPolicy, grade
from lemma_eval.answers.verdict import Verdict
from lemma_eval.completion import Completion
from lemma_eval.errors import RunError
from lemma_eval.hashing import digest
from lemma_eval.problem import Problem
from lemma_eval.result import GraderId, Item
from lemma_eval.store import Store

_PORTION = 64  # completions graded in one transaction
_GATHER = 0.05  # seconds for more to come, so that a slow engine does not cost a transaction for every verdict


def grader_id(policy: GradingPolicy) -> GraderId:
    """The identity under which this version of the grader keeps its verdicts.

    A policy that is none of the presets is told apart by its content, whatever it calls itself.
    """
    preset = PRESETS.get(policy.name) == policy
    version = policy.version if preset else f"{policy.version}+{digest(asdict(policy), 8)}"
    return GraderId(GRADER_NAME, GRADER_VERSION, policy.name, version)


def policy_of(recorded: Mapping[str, Any]) -> GradingPolicy:
    """The policy that a manifest's part `policy` records. Raises RunError where this version has no such policy."""
    name, version = str(recorded.get("name")), str(recorded.get("version"))
    preset = PRESETS.get(name)
    if preset is not None and preset.version == version:
        return preset
    try:
        policy = GradingPolicy(**{**recorded, "version": version.partition("+")[0]})
    except TypeError:
        policy = None
    if policy is None or grader_id(policy).policy_version != version:
        raise RunError(f"this version of lemma-eval has no grading policy {name}/{version}; regrade the run first")
    return policy


def judge(problem: Problem, completion: Completion, policy: GradingPolicy) -> Verdict:
    """The verdict on one completion, after the beginning that was given, if any; its span is in that whole text.

    Pure, and total: what the grader cannot decide is unknown.
    """
    text = problem.prefix + completion.text
    return grade(text, problem.golds, kind=problem.kind, choices=problem.choices, policy=policy)


class Grading:
    """Grades what the store holds and goes on to hold, each completion for all the problems it answers.

    A context manager; leaving it waits until all is graded, unless it was interrupted. It follows the store in the
    order of storing, so nobody waits for it and nothing is queued in memory. An error in the thread is raised by
    `wake` or on leaving. `seen` is told of each new verdict.
    """

    def __init__(self, store: Store, policy: GradingPolicy, seen: Callable[[Verdict], None]) -> None:
        self._store, self._policy, self._seen = store, policy, seen
        self._more, self._closing = threading.Event(), threading.Event()
        self._error: BaseException | None = None
        self._stopped = self._again = False
        self._thread = threading.Thread(target=self._work, name="grading", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Somebody who interrupts wants to leave now; what is left ungraded is graded on resume.
        self._stopped = error is not None and not isinstance(error, Exception)
        self._closing.set()
        self._more.set()
        self._thread.join()
        if self._error is not None and self._error is not error and (error is None or isinstance(error, Exception)):
            raise self._error

    def wake(self) -> None:
        """Tell that there is more in the store."""
        if self._error is not None:
            raise self._error
        self._more.set()

    def look_again(self) -> None:
        """Tell that a problem was planned for a completion that is stored, and perhaps graded for others, already."""
        self._again = True

    def _work(self) -> None:
        try:
            self._follow()
        except BaseException as error:
            self._error = error

    def _follow(self) -> None:
        grader, place = grader_id(self._policy), 0
        while not self._stopped:
            last = self._closing.is_set()  # asked before looking: what was stored before it was set is seen
            self._more.clear()
            place_before = place
            place, waiting = self._store.to_grade(grader, place, _PORTION)
            if waiting:
                self._grade(grader, waiting)
            if place == place_before:
                if last and self._again:
                    self._again, place = False, 0
                    continue
                if last:
                    return
                self._more.wait()
                self._closing.wait(_GATHER)

    def _grade(self, grader: GraderId, waiting: Sequence[tuple[Item, Completion]]) -> None:
        verdicts = []
        for item, completion in waiting:
            if self._stopped:
                break
            start = time.perf_counter()
            verdict = judge(item.problem, completion, self._policy)
            verdicts.append((item, verdict, time.perf_counter() - start))
        self._store.add_verdicts(grader, verdicts)
        for _, verdict, _ in verdicts:
            self._seen(verdict)
