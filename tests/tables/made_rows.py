"""Score rows made by hand, for the tests of tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lemma_eval.measures.counts import Counts
from lemma_eval.measures.estimate import Estimate
from lemma_eval.result import GraderId
from lemma_eval.scores.row import ScoreRow
from lemma_eval.scores.signature import Signature

DEFAULT = GraderId("lemma-eval", "1.0", "default", "2")
STRICT = GraderId("lemma-eval", "1.0", "strict", "2")
PLAIN = (("protocol", "lemma/1"), ("policy", "default/2"), ("engine", "replay/1"))
NAN = math.nan


def sign(benchmark: str = "gsm8k", **changed: str) -> Signature:
    """A signature with some of its parts changed."""
    parts = {"data": f"{benchmark}@4f3d0a1b2c3d4e5f", **dict(PLAIN), **changed}
    return Signature(tuple(parts.items()))


def share(value: float, measure: str = "pass@1", low: float = 0.15, high: float = 0.85) -> Estimate:
    """An estimate of a share over four problems."""
    return Estimate(measure, value, low, high, 4, "wilson" if measure == "pass@1" else "bootstrap")


def row(
    run: str = "r",
    benchmark: str = "gsm8k",
    value: float = 0.5,
    *,
    marks: Sequence[str] = (),
    estimates: Sequence[Estimate] | None = None,
    part: tuple[str, str] | None = None,
    grader: GraderId = DEFAULT,
    signature: Signature | None = None,
    values: Mapping[str, float] | None = None,
) -> ScoreRow:
    """A row whose pass@1 is `value`; `values` are those of pass@1 by problem."""
    counts = Counts(problems=4, answered=4, samples=4, correct=2, unparsed=1, truncated=2, unknown=3, failed=4)
    made = tuple(estimates) if estimates is not None else (share(value),)
    own = values if values is not None else {f"{index}/x": float(index < 4 * value) for index in range(4)}
    return ScoreRow(run, "m@0", "m", grader, benchmark, part, counts, made, {each.measure: own for each in made},
                    signature or sign(benchmark), tuple(marks))  # fmt: skip


def clean(made: ScoreRow) -> ScoreRow:
    """The row with every sample plainly graded."""
    return replace(made, counts=replace(made.counts, unparsed=0, truncated=0, unknown=0, failed=0))


def empty(run: str = "r", benchmark: str = "gsm8k") -> ScoreRow:
    """A row of which nothing is answered yet."""
    made = row(run, benchmark, estimates=[Estimate("pass@1", NAN, NAN, NAN, 0, "wilson")], values={})
    return replace(made, counts=Counts(problems=4, samples=4, missing=4), marks=("incomplete: 4 samples missing",))
