"""Counts of a benchmark's samples: how many there are, and everything that was not plainly graded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lemma_eval.outcomes import ProblemOutcomes


@dataclass(frozen=True, slots=True)
class Counts:
    """`samples` are the planned samples of `problems` problems; the others are numbers of samples.

    `answered` problems have at least one sample that counts. `correct` are those found correct; `unparsed` those whose
    answer was not found or not read; `truncated` were cut by the token limit; `unknown` could not be decided; `failed`
    have no completion; `missing` are not asked or not graded yet.
    """

    problems: int = 0
    answered: int = 0
    samples: int = 0
    correct: int = 0
    unparsed: int = 0
    truncated: int = 0
    unknown: int = 0
    failed: int = 0
    missing: int = 0


def count(problems: Iterable[ProblemOutcomes]) -> Counts:
    """Count the samples of `problems`."""
    total = answered = samples = correct = unparsed = truncated = unknown = failed = missing = 0
    for problem in problems:
        total += 1
        answered += any(outcome.settled for outcome in problem.outcomes)
        for outcome in problem.outcomes:
            samples += 1
            graded = outcome.state == "graded"
            correct += outcome.right
            unparsed += graded and not outcome.parsed
            truncated += outcome.truncated
            unknown += graded and outcome.correct is None
            failed += outcome.state == "failed"
            missing += not outcome.settled
    return Counts(total, answered, samples, correct, unparsed, truncated, unknown, failed, missing)
