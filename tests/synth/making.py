"""Records and replies made by hand, for tests of the stages."""

from __future__ import annotations

from typing import Any

from lemma_eval.completion import Completion
from lemma_eval.problem import Problem
from lemma_eval.request import Request
from lemma_eval.segmentation import steps
from lemma_eval.synth.prompts import Prompt, load
from lemma_eval.synth.records import Reason, Record, Reject
from lemma_eval.synth.stage import Ask, Done
from lemma_eval.synth.teacher import Teacher

TEACHER = Teacher("teacher")
APPLES = Problem(
    "p1",
    "Ann has 3 boxes of 12 apples and eats 4 apples. How many are left?",
    "32",
    kind="number",
    solution="There are 3 x 12 = <<3*12=36>>36 apples.\nAfter eating, 36 - 4 = <<36-4=32>>32 are left.",
)
WRONG = "There are 3 x 12 = 38 apples.\nShe eats 4 of them.\nSo 38 - 4 = 34 are left.\nThe answer is: 34"
RIGHT = "She has 36 apples and eats 4.\nThe answer is: 32"


def prompts(*names: str) -> dict[str, Prompt]:
    """The project's prompts of these names."""
    return {name: load(name) for name in names}


def question(problem: Problem = APPLES) -> Record:
    """The root of a line of records."""
    return Record("question", problem, problem.question)


def sample(
    text: str = WRONG, number: int = 0, verdict: str = "wrong", *, of: Record | None = None, finish: str = "stop"
) -> Record:
    """A student's solution."""
    above = of or question()
    data = {"sample": number, "verdict": verdict, "answer": None, "finish": finish}
    return Record("sample", above.problem, text, above, data)


def wrong(text: str = WRONG, number: int = 0, *, of: Record | None = None, injections: int = 1,
          alternative: str = "") -> Record:  # fmt: skip
    """A sample that goes on; `alternative` is the text of a right one."""
    above = sample(text, number, of=of)
    data = {"failures": 1, "of": 2, "alternative": "another" if alternative else "", "injections": injections}
    return Record("wrong", above.problem, text, above, data, {"alternative": alternative})


def draw(code: str = "CA", number: int = 0, *, of: Record | None = None) -> Record:
    """A draw of an error type."""
    above = of or question()
    return Record("draw", above.problem, code, above, {"number": number})


def injected(text: str = WRONG, code: str = "CA", number: int = 0, *, of: Record | None = None) -> Record:
    """A wrong solution of the teacher's."""
    above = draw(code, number, of=of)
    return Record("injected", above.problem, text, above, {"type": code, "answer": "34"}, {"explanation": "No."})


def diagnosed(above: Record | None = None, *, step: int = 1, code: str = "CA", why: str = "It is 36.") -> Record:
    """A wrong or injected solution with its diagnosis."""
    above = above or wrong()
    found = steps(above.text)[step - 1]
    data = {"type": code, "step": step, "span": [found.start, found.end], "why": why}
    return Record("diagnosed", above.problem, above.text, above, data)


def reply(text: str, finish: str = "stop", **meta: Any) -> Completion:
    """What a teacher says; of which request does not matter to a step."""
    return Completion("0" * 32, text, finish, 100, len(text) // 4, meta=meta)


def asked(out: Ask | Done) -> Request:
    """The only request of an Ask."""
    assert isinstance(out, Ask)
    (request,) = out.requests
    return request


def rejected(out: Ask | Done) -> Reject:
    """The only outcome, a reject."""
    assert isinstance(out, Done)
    assert not out.records
    (reject,) = out.rejects
    return reject


def reason(out: Ask | Done) -> Reason:
    """Why the only outcome is a reject."""
    return rejected(out).reason


def made(out: Ask | Done) -> Record:
    """The only outcome, a record."""
    assert isinstance(out, Done)
    assert not out.rejects
    (record,) = out.records
    return record
