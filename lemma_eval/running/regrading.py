"""New verdicts beside the old ones in a run's store; completions and the manifest stay as they are."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import Any

from lemma_eval.answers import GradingPolicy, Verdict
from lemma_eval.bulk import map_batches
from lemma_eval.completion import Completion
from lemma_eval.errors import RunError
from lemma_eval.grader import OWN, Grader, identity, open_grader
from lemma_eval.result import GraderId, Item
from lemma_eval.running.manifest import read_whole_manifest
from lemma_eval.running.runner import STORE
from lemma_eval.store import Store

_PORTION = 64  # completions in one transaction
_SLOW_PORTION = 8  # of a grader that may take seconds for one
_DIED = Verdict(None, None, None, "worker-died", "the process that graded it died")


def own_grader(folder: Path) -> GraderId:
    """Whose verdicts are the run's own."""
    run = read_whole_manifest(folder)["run"]
    grader, policy = run["grader"], run["policy"]
    return GraderId(str(grader["name"]), str(grader["version"]), str(policy["name"]), str(policy["version"]))


def to_do(folder: Path, grader: GraderId) -> int:
    """How many samples have no verdict of `grader` yet; failed and missing ones are among them."""
    with Store(folder / STORE, write=False) as store:
        planned, graded, _ = store.tally(grader)
    return planned - graded


def regrade(
    folder: Path, grader: Grader, policy: GradingPolicy, *, workers: int = 1, tick: Callable[[], None] = lambda: None
) -> Iterator[int]:
    """Give every stored completion that lacks it `grader`'s verdict; yield the number given after each transaction.

    What was committed stays when the iterator is left, so that the same call goes on. Raises RunError where there is
    no run, or while another process writes it.
    """
    read_whole_manifest(folder)
    if not (folder / STORE).is_file():
        raise RunError(f"{folder}: holds no run (no {STORE})")
    known = identity(grader, policy)
    waiting: deque[list[tuple[Item, Completion]]] = deque()
    with Store(folder / STORE) as store:

        def portions() -> Iterator[list[tuple[Item, Completion]]]:
            place, most = 0, _PORTION if grader.name == OWN else _SLOW_PORTION
            while True:
                before = place
                place, found = store.to_grade(known, before, most)
                if found:
                    waiting.append(found)
                    yield found
                if place == before:
                    return

        work = partial(judge_all, grader=grader.name, policy=policy)
        graded: Any = map_batches(work, portions(), workers, on_death=lambda _: (_DIED, 0.0))
        with ExitStack() as stack:
            stack.callback(graded.close)  # ends the workers, however this is left
            for verdicts in graded:
                portion = waiting.popleft()
                rows = [(item, *found) for (item, _), found in zip(portion, verdicts, strict=True)]
                store.add_verdicts(known, rows)
                for _ in rows:
                    tick()
                yield len(rows)


def judge_all(
    batch: Sequence[tuple[Item, Completion]], *, grader: str, policy: GradingPolicy
) -> list[tuple[Verdict, float]]:
    """The verdicts of the grader of that name, with the seconds each took; what it raises makes an unknown."""
    judge = _grader(grader)
    done = []
    for item, completion in batch:
        started = time.perf_counter()
        problem = item.problem
        text = problem.prefix + completion.text
        try:
            verdict = judge.grade(text, problem.golds, kind=problem.kind, choices=problem.choices, policy=policy)
        except Exception as error:
            if grader == OWN:
                raise
            why = f"{grader} raised {type(error).__name__}: {error!s:.200}"
            verdict = Verdict(None, None, None, "grader-error", why)
        done.append((verdict, time.perf_counter() - started))
    return done


@cache
def _grader(name: str) -> Grader:
    return open_grader(name)
