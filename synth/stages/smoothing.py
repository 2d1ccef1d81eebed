"""Smoothing: the teacher rewrites what follows the flawed beginning into one train of thought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lemma_eval.completion import Completion
from lemma_eval.protocol import question_text

from ..prompts import Prompt
from ..records import Record, Reject
from ..stage import Ask, Done
from ..teacher import Teacher
from .asking import Unusable
from .revision import continued

VERSION = "1"


def step(record: Record, completions: Sequence[Completion], *, teacher: Teacher,
         prompts: Mapping[str, Prompt]) -> Ask | Done:  # fmt: skip
    """A revision becomes a smoothed one that still begins with the flawed beginning; the offsets are its own.

    Whether its answer is still right is for verification to say.
    """
    if not completions:
        messages = prompts["smooth"].messages(
            question=question_text(record.problem.question, record.problem.choices),
            solution=record.text,
            flawed=record.text[: record.data["prefix"]],
        )
        return Ask((teacher.request(messages),))
    (reply,) = completions
    read = continued(record.ancestor("flawed"), reply)
    if isinstance(read, Unusable):
        return Done(rejects=(Reject(record, read.reason, read.detail),))
    data = {"strategy": record.data["strategy"], "span": list(read.span), "prefix": read.prefix}
    about = {"request": reply.request_id, "model": teacher.model, "prompt": prompts["smooth"].version}
    return Done((Record("smoothed", record.problem, read.text, record, data, about),))
