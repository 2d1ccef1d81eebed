"""The grader of this package as a plugin: `lemma_eval.answers`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lemma_eval.answers import GRADER_NAME, GRADER_VERSION, GradingPolicy, Verdict, equivalent, grade
from lemma_eval.grader import Grader
from lemma_eval.problem import AnswerKind


@dataclass(frozen=True, slots=True)
class OwnGrader:
    """`grade` and `equivalent` of `lemma_eval.answers`."""

    name: str = GRADER_NAME
    version: str = GRADER_VERSION
    follows_policy: bool = True
    warning: str = ""

    def grade(
        self,
        text: str,
        golds: Sequence[str],
        *,
        kind: AnswerKind | None,
        choices: Sequence[str] | None,
        policy: GradingPolicy,
    ) -> Verdict:
        return grade(text, golds, kind=kind, choices=choices, policy=policy)

    def equivalent(
        self,
        pred: str,
        golds: Sequence[str],
        *,
        kind: AnswerKind | None,
        choices: Sequence[str] | None,
        policy: GradingPolicy,
    ) -> Verdict:
        return equivalent(pred, golds, kind=kind, choices=choices, policy=policy)


def open_grader() -> Grader:
    """This package's own grader."""
    return OwnGrader()
