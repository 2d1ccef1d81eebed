"""Revision: the teacher goes on from a flawed beginning, by Fix & Continue or by Fresh & Restart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lemma_eval.answers import GradingPolicy
from lemma_eval.completion import Completion
from lemma_eval.protocol import question_text

from ..beginning import located
from ..prompts import Prompt
from ..records import Reason, Record, Reject
from ..reference import reference
from ..stage import Ask, Done
from ..taxonomy import MEANINGS, ErrorType
from ..teacher import Teacher, reply_text, unusable
from .asking import Unusable, is_unicode
from .verification import answer_fault

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Continued:
    """`text[:prefix]` is the flawed beginning, `span` the place of its wrong step."""

    text: str
    span: tuple[int, int]
    prefix: int


def step(record: Record, completions: Sequence[Completion], *, teacher: Teacher, prompts: Mapping[str, Prompt],
         strategy: str, policy: GradingPolicy) -> Ask | Done:  # fmt: skip
    """A flawed beginning becomes a revision, a whole solution that begins with it and comes to the right answer.

    `prompts[strategy]` is asked, and whichever of a reference and an alternative it has a field for is given.
    """
    problem, prompt = record.problem, prompts[strategy]
    if not completions:
        messages = prompt.messages(
            question=question_text(problem.question, problem.choices),
            reference=reference(problem),
            alternative=alternative(record),
            flawed=record.text,
            mistake=mistake(record),
        )
        return Ask((teacher.request(messages),))
    (reply,) = completions
    read = continued(record, reply)
    if isinstance(read, Unusable):
        return Done(rejects=(Reject(record, read.reason, read.detail),))
    fault = answer_fault(read.text, read.prefix, problem, policy)
    if fault is not None:
        return Done(rejects=(Reject(record, *fault),))
    data = {"strategy": strategy, "span": list(read.span), "prefix": read.prefix}
    about = {"request": reply.request_id, "model": teacher.model, "prompt": prompt.version}
    return Done((Record("revision", problem, read.text, record, data, about),))


def continued(flawed: Record, reply: Completion) -> Continued | Unusable:
    """A reply that begins with a flawed beginning and goes on, or why it is of no use."""
    bad = unusable(reply)
    if bad is not None:
        return Unusable(*bad)
    text = reply_text(reply).strip()
    if not is_unicode(text):
        return Unusable(Reason.MALFORMED, "it holds characters that are no Unicode text")
    start, stop = flawed.data["span"]
    place = located(flawed.text, (start, stop), text)
    if place is None:
        if before := _in_front(flawed.text, text):
            return Unusable(Reason.MALFORMED, f"before the flawed beginning stands {before[:80]!r}")
        return Unusable(Reason.PREFIX_CHANGED, _first_difference(flawed.text, text))
    start, stop, prefix = place
    if not any(sign.isalnum() for sign in text[prefix:]):
        return Unusable(Reason.NOTHING_ADDED, "the reply ends with the flawed beginning")
    return Continued(text, (start, stop), prefix)


def alternative(record: Record) -> str:
    """The right solution to start afresh with: one of the student's where there is one, else the reference."""
    for above in record.line():
        if (
            above.kind in ("wrong", "draw")
            and above.about.get("alternative")
            and is_unicode(above.about["alternative"])
        ):
            return str(above.about["alternative"])
    return reference(record.problem)


def mistake(record: Record) -> str:
    """The error of a flawed beginning for the teacher: its type's name and the diagnosis' explanation."""
    why = record.ancestor("diagnosed").data["why"]
    return f"{MEANINGS[ErrorType(record.data['type'])].name}: {why}"


def _in_front(flawed: str, text: str) -> str:
    """The lines, at most three, in front of a flawed beginning that is copied as it is: a code fence, a remark."""
    at = 0
    for _ in range(3):
        at = text.find("\n", at) + 1
        if not at:
            break
        if located(flawed, (0, 0), text[at:]) is not None:
            return " ".join(text[:at].split())
    return ""


def _first_difference(flawed: str, text: str) -> str:
    """Where the two go apart but for white space, for people."""
    ours, theirs = flawed.split(), text.split()
    for at, word in enumerate(ours):
        if at >= len(theirs) or theirs[at] != word:
            found = theirs[at][:40] if at < len(theirs) else "nothing"
            return f"word {at + 1} is {found!r} and not {word[:40]!r}"
    return "it goes on within the last step"
