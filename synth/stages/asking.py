"""One question to the teacher with a reply of fixed form, and one repair question if it is not of that form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from lemma_eval.completion import Completion
from lemma_eval.request import Message

from ..prompts import Prompt
from ..records import Reason
from ..stage import Ask
from ..teacher import Teacher, reply_text, unusable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unusable:
    """No reply that can be used, and why."""

    reason: Reason
    detail: str


def ask(completions: Sequence[Completion], messages: Sequence[Message], repair: Prompt, parse: Callable[[str], T | str],
        *, teacher: Teacher, sample: int = 0) -> Ask | Unusable | T:  # fmt: skip
    """What `parse` makes of the last reply, or what to ask next.

    `parse` returns a fault as text, for the repair question: Your reply cannot be used: <fault>. A fault's text decides
    what is asked, so it must not depend on versions of anything. An empty, cut or refusing reply is not repaired.
    """
    if not completions:
        return Ask((teacher.request(messages, sample),))
    last = completions[-1]
    bad = unusable(last)
    if bad is not None:
        return Unusable(*bad)
    said = reply_text(last)
    found = parse(said)
    if not isinstance(found, str):
        return found
    if len(completions) > 1:
        return Unusable(Reason.MALFORMED, found)
    said = said.encode("utf-8", "replace").decode("utf-8")  # no engine can send lone surrogates
    again = (*messages, Message("assistant", said), *repair.messages(fault=found)[-1:])
    return Ask((teacher.request(again, sample),))


def asked_in(completions: Sequence[Completion]) -> dict[str, Any]:
    """Where a record's replies are: its `about`."""
    return {"requests": [each.request_id for each in completions]}


def is_unicode(text: str) -> bool:
    """Whether `text` can be sent and written: it holds no lone surrogates."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)
