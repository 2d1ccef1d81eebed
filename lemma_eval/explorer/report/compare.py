"""Two runs in a report: what became of each problem, and the problems that flipped side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lemma_eval.explorer.report.file_site import FileSite
from lemma_eval.explorer.samples import excerpt
from lemma_eval.explorer.views import CompareView, Counted, Paging, ProblemRow, RunView
from lemma_eval.outcomes import Outcome, ProblemOutcomes

Problems = Mapping[str, Mapping[str, ProblemOutcomes]]  # by benchmark and key


@dataclass(frozen=True, slots=True)
class Flip:
    """A problem that one run solves and the other does not; `first` and `second` are the samples to look at."""

    benchmark: str
    a: ProblemOutcomes
    b: ProblemOutcomes
    first: Outcome
    second: Outcome


def solved(problem: ProblemOutcomes | None) -> bool | None:
    """Whether at least half of its settled samples are right; None without any."""
    if problem is None or not problem.settled:
        return None
    return 2 * sum(each.right for each in problem.settled) >= len(problem.settled)


def counted(a: Problems, b: Problems) -> list[Counted]:
    """For each benchmark how many problems both runs solve, only one, neither; or are not in both."""
    found = []
    for benchmark in dict.fromkeys((*a, *b)):
        ours, theirs = a.get(benchmark, {}), b.get(benchmark, {})
        states = [(solved(ours.get(key)), solved(theirs.get(key))) for key in dict.fromkeys((*ours, *theirs))]
        both, only_a, only_b, neither = map(states.count, ((True, True), (True, False), (False, True), (False, False)))
        single = len(states) - both - only_a - only_b - neither
        found.append(Counted(benchmark, both, only_a, only_b, neither, single))
    return found


def flips(a: Problems, b: Problems) -> list[Flip]:
    """The problems that flipped, in the order of the first run."""
    found = []
    for benchmark, ours in a.items():
        theirs = b.get(benchmark, {})
        for key, problem in ours.items():
            states = solved(problem), solved(theirs.get(key))
            if states in ((True, False), (False, True)):
                other = theirs[key]
                found.append(Flip(benchmark, problem, other, *(
                    next((each for each in one.settled if each.right is state), one.settled[0])
                    for one, state in zip((problem, other), states, strict=True)
                )))  # fmt: skip
    return found


def flipped(found: Mapping[tuple[str, str], Sequence[Flip]], runs: Sequence[str]) -> dict[str, dict[int, list[int]]]:
    """By run and number of a sample: the places among `runs` of those against which its problem flipped."""
    told: dict[str, dict[int, list[int]]] = {run: {} for run in runs}
    for (a, b), those in found.items():
        for flip in those:
            for run, problem, other in ((a, flip.a, b), (b, flip.b, a)):
                for each in problem.outcomes:
                    told[run].setdefault(each.number, []).append(runs.index(other))
    return told


def compare_view(
    site: FileSite, a: RunView, b: RunView, counts: Sequence[Counted], found: Sequence[Flip],
    question: Callable[[int], str],
) -> CompareView:  # fmt: skip
    """The page that lists the problems that flipped; `question` gives the question of one of `a`'s samples."""
    rows = tuple(
        ProblemRow(
            site.compare_problem(a.slug, b.slug, flip.first.number),
            flip.benchmark,
            flip.a.id,
            excerpt(question(flip.first.number)),
            sum(each.right for each in flip.a.settled),
            len(flip.a.settled),
            sum(each.right for each in flip.b.settled),
            len(flip.b.settled),
        )
        for flip in found
    )
    held = len(site.pairs.get((a.slug, b.slug), ()))
    total = f"{len(rows):,}" if held == len(rows) else f"{len(rows):,}; the first {held:,} are shown side by side"
    paging = Paging(1 if rows else 0, len(rows), total, 1)
    return CompareView(a, b, tuple(counts), rows, paging, shown="Problems that flipped")
