"""`Settings`: all that decides what a synthesis makes, beside questions, student and teacher."""

from __future__ import annotations

from dataclasses import dataclass, field

from lemma_eval.answers import PRESETS, GradingPolicy
from lemma_eval.request import Sampling

from .teacher import TEACHER_SAMPLING

STRATEGIES = ("fix", "fresh")


@dataclass(frozen=True, slots=True)
class Settings:
    """How the stages work.

    `seed` decides all draws. `hard`: k_max of LEMMA-Hard (paper, section 4.4), None for the main set. `injections` is
    the number of errors injected per wrong solution of the student (rounded up for each question). `alpha` is the
    weight, in errors, of the global distribution of types in a question's own, `beta` the count added to every type in
    the global one. `strategies` are those each flawed beginning is corrected by. Kept is what `policy` finds right.
    """

    seed: int = 0
    hard: int | None = None
    injections: float = 1.0
    alpha: float = 1.0
    beta: float = 1.0
    strategies: tuple[str, ...] = STRATEGIES
    smooth: bool = True
    policy: GradingPolicy = field(default_factory=lambda: PRESETS["strict"])
    teacher_sampling: Sampling = TEACHER_SAMPLING
