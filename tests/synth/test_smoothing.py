"""Smoothing: the same guards but for the answer, and offsets of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.synth.records import Reason, Record
from lemma_eval.synth.stage import Ask, Done
from lemma_eval.synth.stages import smoothing
from tests.synth.making import TEACHER, asked, diagnosed, made, prompts, rejected, reply

PROMPTS = prompts("smooth")
FIRST, STEP = "She has 3 boxes.", " So 3 x 12 = 38 apples."
REST = " Wait, it is 36.\nThe answer is: 32"


def revision(beginning: str = FIRST + STEP, strategy: str = "fix") -> Record:
    """A revision in which the teacher wrote the flawed beginning like this."""
    above = diagnosed()
    flawed = Record("flawed", above.problem, FIRST + STEP, above,
                    {"type": "CA", "step": 2, "span": [len(FIRST), len(FIRST + STEP)]})  # fmt: skip
    data = {"strategy": strategy, "span": [len(FIRST), len(beginning)], "prefix": len(beginning)}
    return Record("revision", above.problem, beginning + REST, flawed, data)


def run(record: Record, *texts: str, finish: str = "stop") -> Ask | Done:
    return smoothing.step(record, [reply(each, finish) for each in texts], teacher=TEACHER, prompts=PROMPTS)


def test_the_teacher_is_told_solution_and_beginning() -> None:
    record = revision()
    text = asked(run(record)).prompt[-1].content  # type: ignore[union-attr]
    assert f"<solution>\n{record.text}\n</solution>" in text
    assert f"<beginning>\n{FIRST}{STEP}\n</beginning>" in text


def test_the_beginning_shown_is_the_one_the_solution_has() -> None:
    beginning = f"{FIRST}\nSo 3 x 12 = 38 apples."
    text = asked(run(revision(beginning))).prompt[-1].content  # type: ignore[union-attr]
    assert f"<beginning>\n{beginning}\n</beginning>" in text


@pytest.mark.parametrize("strategy", ["fix", "fresh"])
def test_a_good_reply_becomes_a_smoothed_record_with_its_own_offsets(strategy: str) -> None:
    text = f"{FIRST}\n\nSo 3 x 12 = 38 apples. Hold on: 3 x 12 is 36.\nThe answer is: 32"
    record = revision(strategy=strategy)
    out = made(run(record, text))
    start, stop = out.data["span"]
    assert (out.kind, out.text, out.parent) == ("smoothed", text, record)
    assert text[start:stop] == "\n\nSo 3 x 12 = 38 apples."
    assert out.data == {"strategy": strategy, "span": [start, stop], "prefix": stop}
    assert out.about["prompt"] == PROMPTS["smooth"].version


@pytest.mark.parametrize(
    ("text", "finish", "why"),
    [
        ("", "stop", Reason.EMPTY),
        (FIRST + STEP + REST, "length", Reason.TRUNCATED),
        ("I can't do that.", "stop", Reason.REFUSED),
        (FIRST + STEP + REST + "\udfff", "stop", Reason.MALFORMED),
        (FIRST + STEP.replace("38", "36") + REST, "stop", Reason.PREFIX_CHANGED),
        (FIRST + REST, "stop", Reason.PREFIX_CHANGED),
        (FIRST + STEP, "stop", Reason.NOTHING_ADDED),
    ],
)
def test_the_guards(text: str, finish: str, why: Reason) -> None:
    assert rejected(run(revision(), text, finish=finish)).reason is why


def test_a_changed_answer_is_left_to_verification() -> None:
    assert made(run(revision(), FIRST + STEP + " Wait.\nThe answer is: 33")).kind == "smoothed"


@given(st.text(max_size=60), st.sampled_from(["stop", "length", "safety"]), st.booleans())
def test_no_reply_whatever_makes_it_raise(text: str, finish: str, begins: bool) -> None:
    out = run(revision(), FIRST + STEP + text if begins else text, finish=finish)
    assert isinstance(out, Done)
    assert len(out.records) + len(out.rejects) == 1
