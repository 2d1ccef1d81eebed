"""What two runs do on the same problems: which of them one solves and the other does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from lemma_eval.outcomes import Outcome, ProblemOutcomes

Flip = Literal["both right", "gained", "lost", "both wrong"]
FLIPS: tuple[Flip, ...] = ("both right", "gained", "lost", "both wrong")


@dataclass(frozen=True, slots=True)
class Pair:
    """One problem in two runs. A run solves it if at least half of the samples that count are right.

    `first` and `second` are the outcomes that stand for the two runs (see `telling`); the shares are of right samples.
    """

    id: str
    first: Outcome
    second: Outcome
    first_share: float
    second_share: float

    @property
    def flip(self) -> Flip:
        """What happened from the first run to the second: gained is wrong to right, lost right to wrong."""
        was, now = self.first_share >= 0.5, self.second_share >= 0.5
        return "both right" if was and now else "gained" if now else "lost" if was else "both wrong"


def pairs(first: Iterable[ProblemOutcomes], second: Iterable[ProblemOutcomes]) -> Iterator[Pair]:
    """The problems that both runs have samples of that count, in the first one's order."""
    others: Mapping[str, ProblemOutcomes] = {problem.key: problem for problem in second}
    for problem in first:
        other = others.get(problem.key)
        if other is not None and problem.settled and other.settled:
            yield Pair(problem.id, telling(problem), telling(other), share(problem), share(other))


def share(problem: ProblemOutcomes) -> float:
    """The share of right samples among those that count; there must be one."""
    return sum(outcome.right for outcome in problem.settled) / len(problem.settled)


def telling(problem: ProblemOutcomes) -> Outcome:
    """The sample that shows best what the run did: its first right one if it solves the problem, else wrong one."""
    solved = share(problem) >= 0.5
    return next(outcome for outcome in problem.settled if outcome.right == solved)


def tally(found: Iterable[Pair]) -> dict[Flip, int]:
    """How many problems there are of each of the four."""
    counts = Counter(pair.flip for pair in found)
    return {flip: counts[flip] for flip in FLIPS}
