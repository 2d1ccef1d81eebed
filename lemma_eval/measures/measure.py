"""`Measure`: what can be measured of a problem's samples, by name (`pass@1`, `maj@8`, `tokens`, ...)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from lemma_eval.errors import UsageError
from lemma_eval.measures.estimate import Unit
from lemma_eval.measures.majority import majority_at
from lemma_eval.measures.pass_at import pass_at
from lemma_eval.measures.votes import Votes
from lemma_eval.outcomes import Outcome, ProblemOutcomes

_CURVE = re.compile(r"(pass|maj)@([1-9][0-9]{0,5}|all)")
_Settled = Sequence[Outcome]


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure and its unit; `k` is the number of samples that `pass@k` and `maj@k` speak of, else None."""

    name: str
    unit: Unit = "share"
    k: int | None = None

    @property
    def votes(self) -> bool:
        """Whether it needs the answers of a problem's samples grouped."""
        return self.name.startswith("maj@")


def _share(of: Callable[[Outcome], bool]) -> Callable[[_Settled], float | None]:
    return lambda settled: sum(map(of, settled)) / len(settled) if settled else None


def _mean(of: Callable[[Outcome], int | None]) -> Callable[[_Settled], float | None]:
    def mean(settled: _Settled) -> float | None:
        lengths = [length for outcome in settled if outcome.state == "graded" and (length := of(outcome)) is not None]
        return sum(lengths) / len(lengths) if lengths else None

    return mean


# The measures without k: their units, and the value of a problem's settled samples (None: they have none).
_PLAIN: dict[str, tuple[Unit, Callable[[_Settled], float | None]]] = {
    "mean": ("share", _share(lambda outcome: outcome.right)),
    "tokens": ("tokens", _mean(lambda outcome: outcome.tokens)),
    "characters": ("characters", _mean(lambda outcome: outcome.characters)),
    "unparsed": ("share", _share(lambda outcome: outcome.state == "graded" and not outcome.parsed)),
    "truncated": ("share", _share(lambda outcome: outcome.truncated)),
    "unknown": ("share", _share(lambda outcome: outcome.state == "graded" and outcome.correct is None)),
}
_KNOWN = ("pass@1", "pass@K", "pass@all", "maj@K", "maj@all", *_PLAIN)


def measure_by_name(name: str) -> Measure:
    """The measure of that name. Raises UsageError for an unknown one, naming the nearest, and for `pass@all`."""
    if name in _PLAIN:
        return Measure(name, _PLAIN[name][0])
    found = _CURVE.fullmatch(name)
    if found is None:
        near = difflib.get_close_matches(name, [*_KNOWN, "maj@1", "pass@8", "maj@8"], n=2, cutoff=0.6)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(_KNOWN)}, K being a number"
        raise UsageError(f"unknown measure '{name}'; {hint}")
    if found[2] == "all":
        raise UsageError(f"'{name}' is many measures; give one, such as {found[1]}@8")
    return Measure(name, k=int(found[2]))


def measures_by_name(names: Iterable[str], samples: int) -> tuple[Measure, ...]:
    """The measures of these names, each once, `pass@all` and `maj@all` being every k up to `samples`."""
    found: dict[str, Measure] = {}
    for name in names:
        curve = _CURVE.fullmatch(name)
        each = [f"{curve[1]}@{k}" for k in range(1, samples + 1)] if curve and curve[2] == "all" else [name]
        found.update((one, measure_by_name(one)) for one in each)
    return tuple(found.values())


def title(measure: str, samples: Collection[int]) -> str:
    """How a measure is shown for problems of `samples` samples: `mean` as `mean@8` if all have as many."""
    return f"mean@{next(iter(samples))}" if measure == "mean" and len(set(samples)) == 1 else measure


def problem_values(problem: ProblemOutcomes, measures: Sequence[Measure],
                   vote: Callable[[ProblemOutcomes], Votes]) -> list[float | None]:  # fmt: skip
    """Each measure's value for one problem; None where too few of its samples count (fewer than k; none at all).

    `vote` groups a problem's answers; it is called only if a measure needs it.
    """
    settled = problem.settled
    samples, correct = len(settled), sum(outcome.right for outcome in settled)
    ks = tuple(measure.k for measure in measures if measure.votes and measure.k and measure.k <= samples)
    majority = dict(zip(ks, majority_at(vote(problem).groups, samples, ks), strict=True)) if ks else {}
    values: list[float | None] = []
    for measure in measures:
        if measure.k is None:
            values.append(_PLAIN[measure.name][1](settled))
        elif measure.k > samples:
            values.append(None)
        else:
            values.append(majority[measure.k] if measure.votes else pass_at(samples, correct, measure.k))
    return values
