"""What flows through the pipeline: immutable records, each with its parent, and rejects with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from lemma_eval.hashing import digest
from lemma_eval.problem import Problem

# What the text of a record is, and what its `data` holds beside.
Kind = Literal[
    "question",  # the question
    "sample",  # a student's solution; sample (its number), verdict (right, wrong, unknown), answer, finish
    "wrong",  # the same, chosen to go on; failures, of, alternative (an id or ""), injections
    "diagnosed",  # a wrong solution, sampled or injected; type, step (from 1), span, why
    "draw",  # the code of the error type that is to be injected; number (of equal draws, from 0), alternative
    "injected",  # a wrong solution of the teacher's; type, answer
    "flawed",  # the beginning of a wrong solution up to and including its first wrong step; type, step, span
    "revision",  # a trajectory that begins with the flawed beginning; strategy, span (of the wrong step), prefix
    "smoothed",  # the same after smoothing; as of a revision
    "trajectory",  # what is put out; type, step, span, strategy, origin (student or injected)
]


class Reason(StrEnum):
    """Why a record goes no further. The values stand in files and reports."""

    # Of what came from a model
    EMPTY = "empty"  # no text
    TRUNCATED = "truncated"  # cut by the token limit
    REFUSED = "refused"  # the model declines
    MALFORMED = "malformed"  # not of the form asked for, also not after the repair question
    NO_REPLY = "no-reply"  # the engine gave none: refused by the server, prompt too long
    # Of answers
    RIGHT = "right"  # a student's solution that needs no correction
    STILL_RIGHT = "still-right"  # an injected error that leaves the answer right
    NO_ANSWER = "no-answer"
    WRONG_ANSWER = "wrong-answer"
    UNKNOWN = "unknown"  # the grader came to a limit: neither right nor wrong
    # Of diagnoses and revisions
    TEACHER_SAYS_CORRECT = (
        "teacher-says-correct"  # the teacher finds no wrong step where the grader found a wrong answer
    )
    STATES_GOLD = "states-gold"  # the flawed step has the gold already
    PREFIX_CHANGED = "prefix-changed"  # the teacher repaired the flawed beginning in silence
    NOTHING_ADDED = "nothing-added"  # the flawed beginning and no more
    # Of the whole set
    DUPLICATE = "duplicate"
    CONTAMINATED = "contaminated"  # the question overlaps with a test set
    NOT_CHOSEN = "not-chosen"  # beyond the number wanted of this question (LEMMA-Hard, `--per-question`)
    # Of an export of right solutions
    NO_SOLUTION = "no-solution"  # the question comes without a reference solution


@dataclass(frozen=True, slots=True)
class Record:
    """Something that came out of a stage. Its `id` (32 hex digits) hashes kind, parent, text and `data`.

    `data`, in JSON types, is what later stages need of it; `about` is what is worth keeping but is no part of its
    identity: which row of which file, which request, which model. `problem` is that of the question it descends from;
    a question's identity is the problem's digest, so neither the order of a file nor its name changes an id.
    """

    kind: Kind
    problem: Problem = field(compare=False, repr=False)
    text: str
    parent: Record | None = field(default=None, repr=False)
    data: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict, compare=False)
    id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        above = self.problem.digest if self.parent is None else self.parent.id
        object.__setattr__(self, "id", digest([self.kind, above, self.text, dict(self.data)]))

    def line(self) -> Iterator[Record]:
        """The record, its parent, and so on up to the question."""
        record: Record | None = self
        while record is not None:
            yield record
            record = record.parent

    def ancestor(self, kind: Kind) -> Record:
        """The nearest of `line()` of that kind. Raises LookupError if there is none."""
        for record in self.line():
            if record.kind == kind:
                return record
        raise LookupError(f"no {kind} among the ancestors of a {self.kind}")


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that ends at a stage, and why; `detail` says more for people, one line."""

    record: Record
    reason: Reason
    detail: str = ""
