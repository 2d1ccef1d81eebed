"""Diagnosis: the first wrong step of a wrong solution and the type of its error, in one reply of the teacher."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from lemma_eval.completion import Completion
from lemma_eval.protocol import question_text
from lemma_eval.segmentation import steps

from ..prompts import Prompt
from ..records import Reason, Record, Reject
from ..reference import reference
from ..stage import Ask, Done
from ..taxonomy import ErrorType, read_type, type_list
from ..teacher import Teacher
from .asking import Unusable, ask, asked_in, is_unicode

VERSION = "1"
_LONGEST_REPLY, _LONGEST_WHY = 8000, 1000  # characters
_FENCED = re.compile(r"```(?:json|JSON)?[ \t\r]*\n(.*)\n[ \t]*```", re.DOTALL)
_KEYS = {"verdict", "step", "type", "why"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`step` is counted from 1. `type` is None, and `step` 0, where the teacher finds nothing wrong."""

    type: ErrorType | None
    step: int
    why: str


def step(record: Record, completions: Sequence[Completion], *, teacher: Teacher,
         prompts: Mapping[str, Prompt]) -> Ask | Done:  # fmt: skip
    """A wrong or injected solution becomes a diagnosed one, with the offsets of its first wrong step.

    Its type is that of the diagnosis, also where another one was to be injected.
    """
    found = steps(record.text)
    numbered = "\n".join(f"[{n}] {record.text[each.start : each.end].strip()}" for n, each in enumerate(found, 1))
    messages = prompts["diagnose"].messages(
        question=question_text(record.problem.question, record.problem.choices),
        reference=reference(record.problem),
        steps=numbered,
        types=type_list(),
    )
    read = ask(completions, messages, prompts["repair-diagnosis"], partial(parse, steps=len(found)), teacher=teacher)
    if isinstance(read, Ask):
        return read
    if isinstance(read, Unusable):
        return Done(rejects=(Reject(record, read.reason, read.detail),))
    if read.type is None:
        return Done(rejects=(Reject(record, Reason.TEACHER_SAYS_CORRECT, read.why),))
    wrong = found[read.step - 1]
    data = {"type": read.type.value, "step": read.step, "span": [wrong.start, wrong.end], "why": read.why}
    return Done((Record("diagnosed", record.problem, record.text, record, data, asked_in(completions)),))


def parse(text: str, steps: int) -> Diagnosis | str:
    """The diagnosis in a reply to a solution of that many steps, or what is at fault with the reply.

    The reply has to be one JSON object, alone or in one fenced block, with the keys and types asked for. Nothing is
    looked for in prose, where "no calculation error" mentions one. Never raises.
    """
    if len(text) > _LONGEST_REPLY:
        return f"it is longer than {_LONGEST_REPLY} characters"
    text = text.strip()
    fenced = _FENCED.fullmatch(text)
    try:
        reply = json.loads(fenced[1] if fenced else text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):  # ValueError also for an integer of thousands of digits
        return "it is not one valid JSON object, alone or in one fenced block"
    return _checked(reply, steps)


def _checked(reply: Any, steps: int) -> Diagnosis | str:
    if not isinstance(reply, dict):
        return "it is JSON, but not an object"
    verdict, number, code = reply.get("verdict"), reply.get("step"), reply.get("type")
    why = reply.get("why", "")
    if verdict not in ("correct", "incorrect"):
        return '"verdict" is neither "correct" nor "incorrect"'
    if verdict == "correct" and not reply.keys() <= {"verdict", "why"}:
        return 'with the verdict "correct" there is no other key'
    if verdict == "incorrect" and reply.keys() != _KEYS:
        return 'with the verdict "incorrect" the keys are exactly "verdict", "step", "type" and "why"'
    if "why" in reply and not (isinstance(why, str) and _is_line(why)):
        return f'"why" is not one line of plain text of 1 to {_LONGEST_WHY} characters'
    if verdict == "correct":
        return Diagnosis(None, 0, why.strip())
    if type(number) is not int or not 1 <= number <= steps:  # a bool is an int to isinstance
        return f'"step" is not an integer from 1 to {steps}, the number of steps'
    found = read_type(code) if isinstance(code, str) else None
    if found is None:
        return f'"type" is none of the codes {", ".join(ErrorType)}'
    return Diagnosis(found, number, why.strip())


def _is_line(why: str) -> bool:
    # A control character is most likely LaTeX with a single backslash: JSON reads \frac as a form feed and "rac".
    return bool(why.strip()) and len(why) <= _LONGEST_WHY and min(why) >= " " and is_unicode(why)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
