"""Verification: only what comes to the right answer is kept, by the answer engine."""

from __future__ import annotations

from collections.abc import Sequence

from lemma_eval.answers import GradingPolicy, Verdict
from lemma_eval.answers.judge import grade_found
from lemma_eval.completion import Completion
from lemma_eval.problem import Problem

from ..records import Reason, Record, Reject
from ..stage import Ask, Done

VERSION = "1"
_GUESSED = "last-number"  # an answer by this rule is a number that happens to stand last
# The rules by which an answer is found that is marked as one; all others are conclusions and guesses.
MARKED = frozenset(("boxed", "answer-tag", "minerva", "hashes", "a-line", "phrase"))


def step(record: Record, completions: Sequence[Completion], *, policy: GradingPolicy) -> Ask | Done:
    """The same record goes on if its answer is right under `policy`."""
    fault = answer_fault(record.text, record.data["prefix"], record.problem, policy)
    return Done((record,)) if fault is None else Done(rejects=(Reject(record, *fault),))


def answer_fault(text: str, prefix: int, problem: Problem, policy: GradingPolicy) -> tuple[Reason, str] | None:
    """Why the answer of a trajectory, whose flawed beginning is `text[:prefix]`, does not do; None where it is right.

    The whole text is graded, as anyone will read it, and its answer has to stand behind the flawed beginning. What the
    grader could not decide in its limits is unknown, never wrong. An answer that is merely the last number is none. An
    answer in a box or behind a tag is read wherever it stands: one that is marked further on must not be wrong.
    """
    verdict, rule = grade_found(text, problem.golds, kind=problem.kind, choices=problem.choices, policy=policy)
    if verdict.correct is None:
        return Reason.UNKNOWN, verdict.why
    if verdict.answer is None or verdict.span is None:
        return Reason.NO_ANSWER, verdict.why
    if verdict.span[0] < prefix:
        return Reason.NO_ANSWER, f"the answer read stands in the flawed beginning: {told(verdict)}"
    if not verdict.correct:
        return Reason.WRONG_ANSWER, told(verdict)
    if rule == _GUESSED:
        return Reason.NO_ANSWER, f"the last number, and nothing says that it is the answer: {told(verdict)}"
    rest = text[verdict.span[1] :]
    if not any(sign.isalnum() for sign in rest):
        return None
    last, rule = grade_found(rest, problem.golds, kind=problem.kind, choices=problem.choices, policy=policy)
    if rule in MARKED and last.correct is False and last.parsed:
        return Reason.WRONG_ANSWER, f"after a right answer: {told(last)}"
    return None


def told(verdict: Verdict) -> str:
    """The answer and why it was judged so, in one line."""
    return f"{' '.join((verdict.answer or '').split())[:80]}: {verdict.why}"
