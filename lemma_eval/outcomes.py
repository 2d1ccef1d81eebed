"""`Outcome`: what is known of one sample, without its text; what every measure is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lemma_eval.problem import AnswerKind

State = Literal["graded", "ungraded", "failed", "missing"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One sample of one problem under one grader.

    `number` is its item's row number in the store. `state` is "graded" (there is a verdict), "ungraded" (a completion,
    no verdict of this grader yet), "failed" (no completion: the request failed) or "missing" (not asked yet).
    `correct`, None for unknown, `parsed`, `answer` (as extracted) and `rule` are the verdict's; `truncated` was cut by
    the token limit; `tokens` are new tokens (None where the engine does not say), `characters` those of the text.
    """

    number: int
    sample: int
    state: State
    correct: bool | None = None
    parsed: bool = True
    answer: str | None = None
    rule: str | None = None
    truncated: bool = False
    tokens: int | None = None
    characters: int = 0

    @property
    def settled(self) -> bool:
        """Whether the sample counts in a score: it has a verdict, or it failed."""
        return self.state in ("graded", "failed")

    @property
    def right(self) -> bool:
        """Whether the sample counts as correct; failed and unknown ones do not."""
        return self.correct is True


@dataclass(frozen=True, slots=True)
class ProblemOutcomes:
    """All planned samples of one problem, in order of their numbers.

    `id`, `digest`, `kind`, `choices` and `meta` are the problem's.
    """

    id: str
    digest: str
    kind: AnswerKind | None
    choices: tuple[str, ...] | None
    meta: Mapping[str, str]
    outcomes: tuple[Outcome, ...]

    @property
    def key(self) -> str:
        """Which problem it is in any run: two runs are compared on problems of equal keys."""
        return f"{self.id}/{self.digest}"

    @property
    def settled(self) -> tuple[Outcome, ...]:
        """The samples that count."""
        return tuple(outcome for outcome in self.outcomes if outcome.settled)
