"""The runner: asks what is not yet answered, stores it, and grades while the engine goes on."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from lemma_eval.answers.verdict import Verdict
from lemma_eval.backend import Backend
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import RunError
from lemma_eval.request import Request
from lemma_eval.running.grading import Grading, grader_id
from lemma_eval.running.manifest import RUN_FILES, check_folder, environment, read_manifest, write_manifest
from lemma_eval.running.plan import RunPlan, work_of
from lemma_eval.running.prefetch import Prefetch
from lemma_eval.running.recording import Recording
from lemma_eval.running.work import Work
from lemma_eval.store import Store

STORE = "store.sqlite"
_AHEAD = 256  # requests planned and handed over together; at most two such portions wait for the engine
_FIRST = (16, 64)  # the first portions are small, so that the engine begins at once


@dataclass(slots=True)
class Progress:
    """Counts of a run under way; the runner changes them, the display reads them.

    `requests` are the distinct requests of the run, as far as it is planned; `stored` those answered before this start,
    `answered` and `failed` those since; `tokens` the new tokens since, `cost` the USD since, as far as the engine tells
    them. `graded` and `correct` count samples of problems, earlier ones included.
    """

    requests: int = 0
    stored: int = 0
    answered: int = 0
    failed: int = 0
    tokens: int = 0
    cost: float = 0.0
    graded: int = 0
    correct: int = 0


def run(
    plan: RunPlan, backend: Backend, out: Path, observe: Callable[[Progress], None] = lambda progress: None
) -> Progress:
    """Carry out `plan` in the folder `out`, as `carry_out` does. Raises UsageError for what the engine cannot do."""
    return carry_out(work_of(plan, backend), backend, out, observe)


def carry_out(
    work: Work, backend: Backend, out: Path, observe: Callable[[Progress], None] = lambda progress: None
) -> Progress:
    """Do `work` in the folder `out`, resuming what is there already; `observe` is called after each change.

    Raises RunError or ModelError before anything is written over. Interrupted at any moment, the same call goes on:
    what is stored is not asked for again. With another policy or grader version it makes the verdicts anew, beside the
    old ones. New work that fails before it has stored any result leaves no trace.
    """
    with _opened(work, backend, out) as (store, new, made):
        try:
            return _carry_out(work, backend, store, observe)
        except BaseException:
            if new and store.counts()[1:] == (0, 0):
                store.remove(out, RUN_FILES, whole=made)
            raise


def pending(plan: RunPlan, backend: Backend, out: Path) -> AbstractContextManager[Iterator[Request]]:
    """The requests of `plan` that are unanswered in the folder `out`; see `unanswered`. Raises as `run` does."""
    return unanswered(work_of(plan, backend), backend, out)


@contextmanager
def unanswered(work: Work, backend: Backend, out: Path) -> Iterator[Iterator[Request]]:
    """The requests of `work` that are unanswered in the folder `out`, which becomes its folder; nothing is asked.

    Raises as `carry_out` does.
    """
    with _opened(work, backend, out) as (store, _, _):
        yield itertools.chain.from_iterable(_pending(work, store))


def spent(out: Path) -> float:
    """What the run in the folder `out` has cost so far, in USD; 0 where there is none."""
    if not (out / STORE).is_file():
        return 0.0
    with Store(out / STORE, write=False) as store:
        return store.cost()


@contextmanager
def _opened(work: Work, backend: Backend, out: Path) -> Iterator[tuple[Store, bool, bool]]:
    """The work's store, whether the work is new, and whether its folder was made for it."""
    description = work.description
    if check_folder(out, description) and not (out / STORE).is_file():
        raise RunError(f"{out}: its {STORE} is missing; put it back, or give another --out")
    made = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{out}: cannot be made a run folder: {error.strerror}") from None
    with Store(out / STORE) as store:
        new = not check_folder(out, description)  # again: now nobody else writes
        if new and store.counts() != (0, 0, 0):
            raise RunError(f"{out}: its manifest.json is missing; put it back, or give another --out")
        about = {"label": backend.label, "environment": environment(), **work.about} if new else read_manifest(out)
        if new or about["run"] != description:
            write_manifest(out, {**about, "run": description})
        yield store, new, made


def _carry_out(work: Work, backend: Backend, store: Store, observe: Callable[[Progress], None]) -> Progress:
    """The engine works in this thread; planning ahead, storing and grading go on beside it, so it waits for none."""
    progress, planned = Progress(work.size), work.size
    _, progress.stored, _ = store.counts()
    if work.policy is not None:
        _, progress.graded, progress.correct = store.tally(grader_id(work.policy))
    mutex = threading.Lock()

    def seen(verdict: Verdict) -> None:
        with mutex:
            progress.graded += 1
            progress.correct += verdict.correct is True
            observe(progress)

    def stored(results: Sequence[Completion | Failure]) -> None:
        with mutex:
            for result in results:
                if isinstance(result, Completion):
                    progress.answered += 1
                    progress.tokens += result.completion_tokens or result.meta.get("completion_tokens_of_call", 0)
                    progress.cost += result.meta.get("cost", 0.0)
                else:
                    progress.failed += 1
            observe(progress)
        if grading is not None:
            grading.wake()

    def twice() -> None:
        with mutex:
            progress.requests -= 1
        if grading is not None:
            grading.look_again()

    with (
        nullcontext() if work.policy is None else Grading(store, work.policy, seen) as grading,
        Recording(store, stored) as recording,
        Prefetch(_pending(work, store, twice), 1) as portions,
    ):
        for result in _generate(backend, itertools.chain.from_iterable(portions)):
            recording.put(result)
    if work.policy is not None and progress.requests < planned:
        # A problem that came again, with the same gold, when its verdict was there already: nobody has seen it.
        _, progress.graded, progress.correct = store.tally(grader_id(work.policy))
    return progress


def _generate(backend: Backend, pending: Iterator[Request]) -> Iterator[Completion | Failure]:
    """The engine's results for all these requests; a request it forgot becomes a failure."""
    first = next(pending, None)
    if first is None:
        return  # nothing to ask: the model is not even loaded
    open_requests: set[str] = set()

    def noted() -> Iterator[Request]:
        for request in itertools.chain([first], pending):
            open_requests.add(request.id)
            yield request

    with backend:
        for result in backend.generate(noted()):
            open_requests.discard(result.request_id)
            yield result
    for request_id in sorted(open_requests):
        yield Failure(request_id, "error", f"the engine {backend.name} returned nothing for this request")


def _pending(work: Work, store: Store, twice: Callable[[], None] = lambda: None) -> Iterator[list[Request]]:
    """Plan portion by portion; yield the unanswered requests of each.

    A request comes once; `twice` is called for one that comes again.
    """
    rest = work.requests()
    asked: dict[str, str] = {}  # by series: the problem it was first asked for
    for most in itertools.chain(_FIRST, itertools.repeat(_AHEAD)):
        portion = list(itertools.islice(rest, most))
        if not portion:
            return
        store.plan(portion)
        answered = store.answered([request.id for _, _, request in portion])
        unanswered = []
        for benchmark, problem, request in portion:
            name = f"{benchmark}/{problem.id}"
            if asked.setdefault(request.series, name) != name:
                twice()
            elif request.id not in answered:
                unanswered.append(request)
        yield unanswered
