"""Right solutions, the data of SFT and RFT: the references of the questions, the student's right samples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from lemma_eval.completion import CUT_BY_LIMIT
from lemma_eval.hashing import digest

from ..records import Reason, Record, Reject
from ..reference import reference
from ..stage import Done

Distinct = Literal["text", "equations"]

_WRONG = {"wrong": Reason.WRONG_ANSWER, "unknown": Reason.UNKNOWN}
_TIMES = re.compile(r"(?<=\d)[ \t]*(?:[x×·]|\\times)[ \t]*(?=\d)")
_FIGURES = re.compile(r"[0-9.,$%()+\-*/^= \t]+")
_END = re.compile(r"[.,](?!\d)|(?<=\d)[ \t]+(?=\d)")  # of a sentence; between two numbers
_LAYOUT = re.compile(r",(?=\d{3})|[$ \t]")


def references(questions: Sequence[Record]) -> Done:
    """The reference solution of each question, as the teacher is shown it: without notes for a calculator, and ending
    in `The answer is: ...`.
    """
    made, rejects = [], []
    for question in questions:
        if (question.problem.solution or "").strip():
            made.append(Record("trajectory", question.problem, reference(question.problem), question))
        else:
            rejects.append(Reject(question, Reason.NO_SOLUTION))
    return Done(tuple(made), tuple(rejects))


def right(samples: Sequence[Record]) -> Done:
    """The student's samples that are whole and were found right; the others with the reason."""
    faults = [(sample, _fault(sample)) for sample in samples]
    return Done(
        tuple(sample for sample, fault in faults if fault is None),
        tuple(Reject(sample, fault) for sample, fault in faults if fault is not None),
    )


def distinct(records: Sequence[Record], by: Distinct = "text") -> Done:
    """Of those of one question that are alike, one: the reference, else that whose text has the smallest hash.

    Alike by `text` are texts that differ in white space only. Alike by `equations` are solutions with the same
    equations of numbers in the same order, as rejection-sampling fine-tuning has it (arXiv 2308.01825, section 3.3;
    which keeps the one that differs most from the others); those without equations are compared as texts.
    """
    kept: dict[tuple[object, ...], Record] = {}
    rejects = []
    for record in sorted(records, key=lambda each: (each.kind == "sample", digest(each.text), each.id)):
        problem, told = record.problem, equations(record.text) if by == "equations" else ()
        first = kept.setdefault(
            (problem.asked, problem.choices, problem.answer, told or " ".join(record.text.split())), record
        )
        if first is not record:
            rejects.append(Reject(record, Reason.DUPLICATE, f"of {first.id}"))
    return Done(tuple(kept.values()), tuple(rejects))


def equations(text: str) -> tuple[str, ...]:
    """The equations between numbers in the text, in order and evenly written: `3*12=36`. In linear time."""
    runs = _FIGURES.findall(_TIMES.sub("*", text))
    parts = (_LAYOUT.sub("", part).partition("=") for run in runs if "=" in run for part in _END.split(run))
    return tuple("".join(each) for each in parts if _has_digit(each[0]) and _has_digit(each[2]))


def _has_digit(text: str) -> bool:
    return any(sign.isdecimal() for sign in text)


def at_most(records: Sequence[Record], most: int, seed: int) -> Done:
    """Of each question `most` samples, drawn by `seed`, whatever their order; references stay."""
    made, rejects = [], []
    taken: dict[str, int] = {}
    for record in sorted(records, key=lambda each: digest([seed, "export", each.problem.digest, each.text])):
        if record.kind != "sample":
            made.append(record)
            continue
        question = record.ancestor("question").id
        taken[question] = taken.get(question, 0) + 1
        if taken[question] <= most:
            made.append(record)
        else:
            rejects.append(Reject(record, Reason.NOT_CHOSEN, f"{most} of this question are wanted"))
    return Done(tuple(made), tuple(rejects))


def _fault(sample: Record) -> Reason | None:
    if sample.data["finish"].lower() in CUT_BY_LIMIT:
        return Reason.TRUNCATED
    if not sample.text.strip():
        return Reason.EMPTY
    if sample.data["verdict"] == "wrong" and sample.data["answer"] is None:
        return Reason.NO_ANSWER
    return _WRONG.get(sample.data["verdict"])
