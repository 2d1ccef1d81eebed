"""Injection: the teacher writes a solution with an error of the drawn type; only what is really wrong goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lemma_eval.answers import PRESETS, GradingPolicy, extract, grade
from lemma_eval.completion import Completion
from lemma_eval.protocol import question_text

from ..prompts import Prompt
from ..records import Reason, Record, Reject
from ..reference import reference
from ..stage import Ask, Done
from ..taxonomy import MEANINGS, ErrorType
from ..teacher import Teacher
from .asking import Unusable, ask, asked_in, is_unicode
from .verification import MARKED

VERSION = "1"
_LONGEST_REPLY = 40_000  # characters
_TAGS = ("<solution>", "</solution>", "<explanation>", "</explanation>")
_FORM = re.compile(r"\s*<solution>(.*)</solution>\s*<explanation>(.*)</explanation>\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Injection:
    """A wrong solution, and what is wrong about it."""

    solution: str
    explanation: str


def step(record: Record, completions: Sequence[Completion], *, teacher: Teacher, prompts: Mapping[str, Prompt],
         policy: GradingPolicy) -> Ask | Done:  # fmt: skip
    """A draw of an error type becomes an injected solution; equal draws of a question are further samples of it."""
    problem, drawn = record.problem, ErrorType(record.text)
    messages = prompts["inject"].messages(
        question=question_text(problem.question, problem.choices),
        reference=reference(problem),
        type=MEANINGS[drawn].name,
        definition=MEANINGS[drawn].definition,
    )
    read = ask(completions, messages, prompts["repair-injection"], parse, teacher=teacher, sample=record.data["number"])
    if isinstance(read, Ask):
        return read
    if isinstance(read, Unusable):
        return Done(rejects=(Reject(record, read.reason, read.detail),))
    return _graded(record, read, policy, asked_in(completions))


def parse(text: str) -> Injection | str:
    """The solution and the explanation in a reply, or what is at fault with the reply. Never raises."""
    if len(text) > _LONGEST_REPLY:
        return f"it is longer than {_LONGEST_REPLY} characters"
    if not is_unicode(text):
        return "it holds characters that are no Unicode text"
    for tag in _TAGS:
        if text.count(tag) != 1:
            return f"the tag {tag} does not stand in it exactly once"
    form = _FORM.fullmatch(text)
    if form is None:
        return "it is not a <solution> and then an <explanation>, with nothing before, between or after"
    found = Injection(form[1].strip(), form[2].strip())
    return found if found.solution and found.explanation else "the solution or the explanation is empty"


def _graded(record: Record, read: Injection, policy: GradingPolicy, about: Mapping[str, Any]) -> Done:
    # A strict policy calls a doubtful answer wrong (60% for 0.6), which is not enough here: the default has to find it
    # wrong too. Neither takes x100 or /100 for right.
    problem, drawn = record.problem, record.text
    marked = extract(read.solution, problem.kind)
    if marked is None or marked.rule not in MARKED:
        return Done(rejects=(Reject(record, Reason.NO_ANSWER, "no answer is marked as such"),))
    for rules in (policy, PRESETS["default"]):
        verdict = grade(read.solution, problem.golds, kind=problem.kind, choices=problem.choices, policy=rules)
        if verdict.answer is None or not verdict.parsed:
            return Done(rejects=(Reject(record, Reason.NO_ANSWER, verdict.why),))
        if verdict.correct is not False:
            reason = Reason.UNKNOWN if verdict.correct is None else Reason.STILL_RIGHT
            return Done(rejects=(Reject(record, reason, f"{verdict.answer}: {verdict.why}"),))
    data = {"type": drawn, "answer": verdict.answer}
    made = Record("injected", problem, read.solution, record, data, {**about, "explanation": read.explanation})
    return Done((made,))
