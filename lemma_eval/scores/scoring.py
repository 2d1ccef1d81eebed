"""A run's scores, read back from its folder: what every table, plot and test of significance is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

from lemma_eval.answers import PRESETS, GradingPolicy
from lemma_eval.errors import RunError
from lemma_eval.measures.counts import Counts, count
from lemma_eval.measures.estimates import estimates
from lemma_eval.measures.measure import Measure, measures_by_name, problem_values
from lemma_eval.measures.slices import in_order, no_such_key, slice_of
from lemma_eval.measures.votes import Votes, votes
from lemma_eval.outcomes import ProblemOutcomes
from lemma_eval.result import GraderId
from lemma_eval.running.grading import policy_of
from lemma_eval.running.manifest import read_whole_manifest
from lemma_eval.running.plan import planned_samples
from lemma_eval.running.runner import STORE
from lemma_eval.scores.row import ScoreRow
from lemma_eval.scores.signature import Signature, marks, signature_of
from lemma_eval.scores.verdict_sets import own_grader
from lemma_eval.store import Store


@dataclass(frozen=True, slots=True)
class Scored:
    """What is scored: the first fields of a `ScoreRow`, its signature, its marks for a number of missing samples."""

    run: str
    model: str
    label: str
    grader: GraderId
    benchmark: str
    signature: Signature
    marks: Callable[[int], Sequence[str]]


def score_rows(folder: Path, name: str | None = None, *, measures: Sequence[str] = ("pass@1",), by: str | None = None,
               graders: Sequence[GraderId] | None = None, keys: set[str] | None = None) -> list[ScoreRow]:  # fmt: skip
    """The scores of the run in `folder`: a row for each benchmark and grader, then its slices `by` a key of meta.

    `graders` are the run's own unless given. maj@k groups answers under the grader's policy if that is a preset or the
    run's, else under the run's. `keys`, if given, takes in what the problems can be sliced by. Raises RunError where
    there is no run or a damaged one, or for maj@k one whose policy this version does not have; UsageError for an
    unknown measure and, without `keys`, for a `by` that no problem has.
    """
    manifest = read_whole_manifest(folder)
    run = manifest["run"]
    own = own_grader(folder, run)
    wanted = measures_by_name(measures, run["n"])
    rows: list[ScoreRow] = []
    known: set[str] = set() if keys is None else keys
    with Store(folder / STORE, write=False) as store:
        for benchmark in run["benchmarks"]:
            for grader in graders or (own,):
                with _damage_told(folder):
                    planned = planned_samples(run, benchmark)
                    signature, said = signature_of(run, benchmark, grader), _marks(run, benchmark)
                    policy = _policy(run, grader) if any(measure.votes for measure in wanted) else PRESETS["default"]
                about = (name or folder.resolve().name, run["model"], manifest["label"], grader, benchmark)
                problems = _noting(folder, known, store.outcomes(grader, benchmark))
                scored = Scored(*about, signature, said)
                rows += score_problems(problems, scored, wanted, policy, by=by, planned=planned)
    if keys is None and by is not None and by not in known:
        raise no_such_key(by, known)
    return rows


def score_problems(problems: Iterable[ProblemOutcomes], about: Scored, measures: Sequence[Measure],
                   policy: GradingPolicy, *, by: str | None = None, planned: int = 0) -> list[ScoreRow]:  # fmt: skip
    """The row of these problems, and after it the rows of their slices if any of them has `by` in its meta.

    `planned` samples not among the problems' own count as missing in all, and mark every slice. Pure; holds each
    problem's values, not its samples.
    """
    whole, parts, undecided = _Part(measures), dict[str, _Part](), 0
    known = False

    def vote(problem: ProblemOutcomes) -> Votes:
        nonlocal undecided
        found = votes(problem, policy)
        undecided += found.undecided
        return found

    for problem in problems:
        counts, values = count((problem,)), problem_values(problem, measures, vote)
        whole.add(problem.key, counts, values)
        if by is not None:
            known = known or bool(problem.meta.get(by))
            parts.setdefault(slice_of(problem.meta, by), _Part(measures)).add(problem.key, counts, values)
    unplanned = max(0, planned - whole.counts.samples)  # a run that is only just being planned
    whole.sums[-1] += unplanned
    doubt = (f"votes: {undecided} pairs of answers undecided, taken as different",) if undecided else ()
    slices = [(name, parts[name]) for name in in_order(parts)] if known else []
    rows = [_row(about, None, whole, measures, (*about.marks(whole.counts.missing), *_failed(whole.counts), *doubt))]
    for name, part in slices:
        said = (*about.marks(part.counts.missing + unplanned), *_failed(part.counts), *doubt)
        rows.append(_row(about, (by or "", name), part, measures, said))
    return rows


@dataclass(slots=True)
class _Part:
    """The problems of a row so far: their counts, summed, and their values by measure and problem."""

    measures: Sequence[Measure]
    sums: list[int] = field(default_factory=lambda: list(astuple(Counts())))
    values: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values = {measure.name: {} for measure in self.measures}

    @property
    def counts(self) -> Counts:
        return Counts(*self.sums)

    def add(self, key: str, counts: Counts, values: Sequence[float | None]) -> None:
        """Take in one problem."""
        for place, more in enumerate(astuple(counts)):
            self.sums[place] += more
        for measure, value in zip(self.measures, values, strict=True):
            if value is not None:
                self.values[measure.name][key] = value


def _row(about: Scored, part: tuple[str, str] | None, found: _Part, measures: Sequence[Measure],
         said: tuple[str, ...]) -> ScoreRow:  # fmt: skip
    columns = {name: list(values.values()) for name, values in found.values.items()}
    return ScoreRow(about.run, about.model, about.label, about.grader, about.benchmark, part, found.counts,
                    estimates(measures, columns), found.values, about.signature, said)  # fmt: skip


def _failed(counts: Counts) -> tuple[str, ...]:
    """The mark of a score in which samples without a reply count as not correct."""
    return (f"failed: {counts.failed} of {counts.samples} samples, taken as not correct",) if counts.failed else ()


def _marks(run: Mapping[str, Any], benchmark: str) -> Callable[[int], Sequence[str]]:
    marks(run, benchmark, 0)  # a damaged manifest is told now
    return lambda missing: marks(run, benchmark, missing)


def _noting(folder: Path, keys: set[str], problems: Iterable[ProblemOutcomes]) -> Iterator[ProblemOutcomes]:
    """`problems` as they are; on the way, what they can be sliced by. Raises RunError for one that is damaged."""
    found = iter(problems)
    while True:
        try:
            problem = next(found, None)
            keys.update(problem.meta if problem is not None else ())
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise RunError(f"{folder}: its {STORE} is damaged ({type(error).__name__}: {error})") from None
        if problem is None:
            return
        yield problem


def _policy(run: Mapping[str, Any], grader: GraderId) -> GradingPolicy:
    """The policy under which `grader`'s answers are grouped."""
    preset = PRESETS.get(grader.policy)
    if preset is not None and preset.version == grader.policy_version:
        return preset
    return policy_of(run["policy"])


@contextmanager
def _damage_told(folder: Path) -> Iterator[None]:
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise RunError(f"{folder}: its manifest.json is damaged ({type(error).__name__}: {error})") from None
