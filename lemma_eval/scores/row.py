"""`ScoreRow`: what one run reached on one benchmark, or a slice of it, under one grader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lemma_eval.measures.counts import Counts
from lemma_eval.measures.estimate import Estimate
from lemma_eval.result import GraderId
from lemma_eval.scores.signature import Signature


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """`run` names the folder, `model` is the model's identity and `label` its name.

    `part` is the slice, such as ("level", "5"); None for the whole benchmark. `estimates` are in the order asked for.
    `values` holds, for each measure, every problem's own value by its key (`ProblemOutcomes.key`): what paired tests
    compare. `marks` are what a reader of the bare score would be misled without.
    """

    run: str
    model: str
    label: str
    grader: GraderId
    benchmark: str
    part: tuple[str, str] | None
    counts: Counts
    estimates: tuple[Estimate, ...]
    values: Mapping[str, Mapping[str, float]]
    signature: Signature
    marks: tuple[str, ...]

    def estimate(self, measure: str) -> Estimate | None:
        """The estimate of that measure, None if it was not asked for or cannot be made from so few samples."""
        return next((each for each in self.estimates if each.measure == measure), None)
