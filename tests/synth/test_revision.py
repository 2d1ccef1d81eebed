"""Revision: what the teacher is asked, and the guards in their order."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lemma_eval.answers import PRESETS
from lemma_eval.problem import Problem
from lemma_eval.synth.records import Reason, Record
from lemma_eval.synth.reference import reference
from lemma_eval.synth.settings import STRATEGIES
from lemma_eval.synth.stage import Ask, Done
from lemma_eval.synth.stages import revision, truncation
from tests.synth.making import (
    APPLES,
    RIGHT,
    TEACHER,
    WRONG,
    asked,
    diagnosed,
    injected,
    made,
    prompts,
    question,
    reason,
    rejected,
    reply,
    wrong,
)

STRICT = PRESETS["strict"]
PROMPTS = prompts(*STRATEGIES)
BEGINNING = "There are 3 x 12 = 38 apples.\n"
FIXED = BEGINNING + "Wait, 3 x 12 is 36 and not 38. So 36 - 4 = 32 are left.\nThe answer is: 32"


def flawed(above: Record | None = None, step: int = 1) -> Record:
    return made(truncation.step(diagnosed(above, step=step), (), policy=STRICT))


def run(record: Record, *texts: str, strategy: str = "fix", finish: str = "stop") -> Ask | Done:
    replies = [reply(text, finish) for text in texts]
    return revision.step(record, replies, teacher=TEACHER, prompts=PROMPTS, strategy=strategy, policy=STRICT)


def prompt(record: Record, strategy: str) -> str:
    return asked(run(record, strategy=strategy)).prompt[-1].content  # type: ignore[union-attr]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_teacher_is_told_question_beginning_and_mistake(strategy: str) -> None:
    text = prompt(flawed(), strategy)
    for part in (APPLES.question, f"<beginning>\n{BEGINNING}\n</beginning>", "calculation error: It is 36."):
        assert part in text


def test_defect_13_both_strategies_see_the_same_error() -> None:
    record = flawed()
    parts = [prompt(record, each).split("<beginning>")[1].split("</mistake>")[0] for each in STRATEGIES]
    assert parts[0] == parts[1]
    assert "She eats 4" not in parts[0]  # nothing of what follows the wrong step, in neither


def test_fix_is_told_the_reference() -> None:
    text = prompt(flawed(wrong(alternative=RIGHT)), "fix")
    assert f"<reference>\n{reference(APPLES)}\n</reference>" in text
    assert RIGHT not in text


def test_fresh_is_told_a_right_sample_where_there_is_one() -> None:
    text = prompt(flawed(wrong(alternative=RIGHT)), "fresh")
    assert f"<alternative>\n{RIGHT}\n</alternative>" in text


@pytest.mark.parametrize("above", [wrong(), injected(), wrong(alternative="32 \ud800")])
def test_fresh_is_told_the_reference_where_there_is_none(above: Record) -> None:
    assert f"<alternative>\n{reference(APPLES)}\n</alternative>" in prompt(flawed(above), "fresh")


def test_defect_14_the_alternative_is_fixed_and_no_stop_string_cuts_a_reply() -> None:
    record = flawed(wrong(alternative=RIGHT))
    first, second = (asked(run(record, strategy="fresh")) for _ in range(2))
    assert first.id == second.id
    assert first.sampling.stop == ()
    text = BEGINNING + "Wait, that is wrong.\n\n(Let us count anew.)\n\n36 - 4 = 32.\nThe answer is: 32"
    assert made(run(record, text, strategy="fresh")).text == text


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_good_reply_becomes_a_revision(strategy: str) -> None:
    record = flawed()
    out = made(run(record, f"\n{FIXED}\n", strategy=strategy))
    assert (out.kind, out.text, out.parent) == ("revision", FIXED, record)
    assert out.data == {"strategy": strategy, "span": [0, len(BEGINNING)], "prefix": len(BEGINNING)}
    assert out.about == {"request": "0" * 32, "model": "teacher", "prompt": PROMPTS[strategy].version}


def test_the_offsets_are_those_of_the_reply() -> None:
    text = "There are  3 x 12 = 38 apples.\n\nShe eats 4 of them.\nThat is wrong: 36 - 4 = 32.\nThe answer is: 32"
    out = made(run(flawed(step=2), text))
    start, stop = out.data["span"]
    assert text[start:stop] == "She eats 4 of them.\n"
    assert text[: out.data["prefix"]] == text[:stop]


@pytest.mark.parametrize(
    ("text", "finish", "why"),
    [
        ("", "stop", Reason.EMPTY),
        (" \n ", "stop", Reason.EMPTY),
        (FIXED, "length", Reason.TRUNCATED),  # also where the answer is there already
        ("I'm sorry, but I cannot help with that.", "stop", Reason.REFUSED),
        (FIXED, "content_filter", Reason.REFUSED),
        (FIXED + "\ud800", "stop", Reason.MALFORMED),
        # Silently repaired, in several ways, all of which come to the right answer.
        (FIXED.replace("= 38", "= 36", 1), "stop", Reason.PREFIX_CHANGED),
        (FIXED.replace("3 x 12", "3 + 12", 1), "stop", Reason.PREFIX_CHANGED),
        (FIXED.removeprefix(BEGINNING), "stop", Reason.PREFIX_CHANGED),
        # Copied as it is, but with something in front: not repaired, and not what was asked for.
        ("Sure, here it is:\n" + FIXED, "stop", Reason.MALFORMED),
        (f"```\n{FIXED}\n```", "stop", Reason.MALFORMED),
        ("I'll fix it.\n\n<solution>\n" + FIXED, "stop", Reason.MALFORMED),
        (RIGHT, "stop", Reason.PREFIX_CHANGED),
        (BEGINNING, "stop", Reason.NOTHING_ADDED),
        (BEGINNING + "...", "stop", Reason.NOTHING_ADDED),
        (BEGINNING + "Wait, it is 36. So 36 - 3 = 33.\nThe answer is: 33", "stop", Reason.WRONG_ANSWER),
        (WRONG, "stop", Reason.WRONG_ANSWER),
        (BEGINNING + "Wait, let me think again.", "stop", Reason.NO_ANSWER),
    ],
)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_guards(text: str, finish: str, why: Reason, strategy: str) -> None:
    reject = rejected(run(flawed(), text, strategy=strategy, finish=finish))
    assert reject.reason is why
    assert reject.detail


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_answer_in_a_box_of_the_beginning_has_to_be_answered_by_one(strategy: str) -> None:
    """Whoever reads the whole takes the box for the answer: the teacher is told to make one of its own."""
    record = flawed(wrong("There are 3 x 12 = 36 apples.\nSo \\boxed{34} are left."), step=2)
    assert "If the beginning states a final answer already, write \\boxed{X} instead of X" in prompt(record, strategy)
    text = f"{record.text}\nWait, 36 - 4 = 32.\nThe answer is: "
    assert made(run(record, text + "$\\boxed{32}$", strategy=strategy))
    assert reason(run(record, text + "32", strategy=strategy)) is Reason.NO_ANSWER


def test_the_guards_come_in_order() -> None:
    # Cut, of another beginning and without an answer: the first of these is told.
    assert reason(run(flawed(), "Else.", finish="length")) is Reason.TRUNCATED
    # Of another beginning and with a wrong answer: the teacher repaired it, whatever the answer.
    assert reason(run(flawed(), "There are 36 apples.\nThe answer is: 33")) is Reason.PREFIX_CHANGED


def test_the_detail_says_where_the_beginning_was_changed() -> None:
    assert rejected(run(flawed(), FIXED.replace("= 38", "= 36", 1))).detail == "word 7 is '36' and not '38'"


def test_an_injected_error_is_revised_like_a_student_s() -> None:
    assert made(run(flawed(injected()), FIXED)).text == FIXED


def test_the_options_of_a_question_are_shown() -> None:
    problem = Problem("c", "How many are left?", "B", kind="choice", choices=("34", "32"))
    record = flawed(wrong(of=question(problem)))
    assert "Answer Choices: (A) 34 (B) 32" in prompt(record, "fix")
    assert made(run(record, BEGINNING + "No, it is 36. So 36 - 4 = 32.\nThe answer is: B")).kind == "revision"


PIECES = st.sampled_from(
    [BEGINNING, FIXED, "36 - 4 = 32", "The answer is: 32", "The answer is: ", "\\boxed{", "}", "\n", " ", "38",
     "\ud800", "\u200b", "**", "$", "I'm sorry, ", "<think>", "</think>", "\x00", "小", "#### 32", "=" * 50]
)  # fmt: skip
REPLIES = st.one_of(st.lists(PIECES, max_size=8).map("".join), st.text(max_size=60))


def shown(text: str) -> str:
    return re.sub(r"[\s\u200b$*]", "", text)


@given(REPLIES, st.sampled_from(["stop", "length", "content_filter", "tool_calls", ""]), st.booleans())
@example(text="\u200b" + FIXED, finish="stop", begins=False)
@example(text="$" + FIXED, finish="stop", begins=False)
def test_no_reply_whatever_makes_it_raise(text: str, finish: str, begins: bool) -> None:
    record = flawed()
    out = run(record, BEGINNING + text if begins else text, finish=finish)
    assert isinstance(out, Done)
    assert len(out.records) + len(out.rejects) == 1
    for each in out.records:
        # Marks that show nothing (`$`, `**`, a space of no width) may have come or gone, nothing else.
        assert shown(each.text[: each.data["prefix"]]) == shown(record.text)
        assert "32" in each.text[each.data["prefix"] :]
