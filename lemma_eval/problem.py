"""`Problem`: one question with its gold answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from lemma_eval.hashing import digest

AnswerKind = Literal["number", "expression", "list", "choice", "text"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A question and its gold answer.

    `id` is unique within its benchmark split; `kind` says how the gold is meant (None: found out from the gold);
    `choices` are the option texts, without their letters, of a multiple-choice question, whose gold is a letter;
    `accepted` are further golds, each as good as `answer`; `solution` is the reference solution without the gold's
    marker; `meta` holds what results are sliced by (level, subject, type). `prefix` is the beginning of the reply where
    the model is given one: what it says goes on from there, and both together are what is graded.
    """

    id: str
    question: str
    answer: str
    kind: AnswerKind | None = None
    solution: str | None = None
    choices: tuple[str, ...] | None = None
    accepted: tuple[str, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""

    @property
    def golds(self) -> tuple[str, ...]:
        """All accepted answers, the main one first."""
        return (self.answer, *self.accepted)

    @property
    def asked(self) -> str:
        """The question with its white space evened out: copies of a data set differ in nothing else."""
        return " ".join(self.question.split())

    @property
    def digest(self) -> str:
        """Identity of the question/gold pair, whatever file, position or prefix it came with: 32 hex digits."""
        return _digest(self.question, self.choices, self.golds)


@lru_cache(maxsize=4096)  # asked for when a problem is planned and again when it is graded
def _digest(question: str, choices: tuple[str, ...] | None, golds: tuple[str, ...]) -> str:
    return digest([question, choices, golds])
