"""Diagnosis: one strict reply gives step and type; nothing is read out of prose; one repair question, no more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.completion import Completion
from lemma_eval.problem import Problem
from lemma_eval.segmentation import steps
from lemma_eval.synth.records import Reason, Record
from lemma_eval.synth.stage import Ask, Done
from lemma_eval.synth.stages import diagnosis
from lemma_eval.synth.stages.diagnosis import Diagnosis, parse
from lemma_eval.synth.taxonomy import ErrorType

from .making import TEACHER, asked, draw, injected, made, prompts, question, reason, rejected, reply, wrong

PROMPTS = prompts("diagnose", "repair-diagnosis")
CORRECT = '{"verdict": "correct"}'
QM = ErrorType.QUESTION_MISINTERPRETATION


def told(**changes: Any) -> str:
    """A good reply with some of its values changed; None leaves a key out."""
    values = {"verdict": "incorrect", "step": 1, "type": "CA", "why": "It is 36."} | changes
    return json.dumps({key: value for key, value in values.items() if value is not None})


GOOD = told()


def step(*replies: str | Completion, of: Record | None = None) -> Ask | Done:
    completions = [reply(each) if isinstance(each, str) else each for each in replies]
    return diagnosis.step(of or wrong(), completions, teacher=TEACHER, prompts=PROMPTS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (GOOD, Diagnosis(ErrorType.CALCULATION, 1, "It is 36.")),
        (f"\n {GOOD}\n\n", Diagnosis(ErrorType.CALCULATION, 1, "It is 36.")),
        (f"```json\n{GOOD}\n```", Diagnosis(ErrorType.CALCULATION, 1, "It is 36.")),
        (f"```\r\n{GOOD}\r\n```\r\n", Diagnosis(ErrorType.CALCULATION, 1, "It is 36.")),
        (told(step=4, type="question_misinterpretation"), Diagnosis(QM, 4, "It is 36.")),
        (told(type="Question Understanding Error", why=" é ``` {} "), Diagnosis(QM, 1, "é ``` {}")),
        (told(type="nonsense_output_error"), Diagnosis(ErrorType.NONSENSE, 1, "It is 36.")),
        (CORRECT, Diagnosis(None, 0, "")),
        ('{"verdict": "correct", "why": "The reference is wrong."}', Diagnosis(None, 0, "The reference is wrong.")),
    ],
)
def test_good_replies(text: str, found: Diagnosis) -> None:
    assert parse(text, 4) == found


# Replies that the original misreads, by defect 9 (types and verdicts) and 10 (steps).
PROSE = [
    "The solution is not correct.",  # 9: taken for correct
    "The solution is wrong.",  # 9
    "The solution is correct, there is no calculation_error.",  # 9: taken for a calculation error
    "The solution is incorrect. The wrong type is **'calculation_error'**.",  # 9: misses the strict path
    "It is a calculation_error rather than an operator_error.",  # 9: the last of the list, not of the text
    "The first wrong step is **step 3**.",  # 10: invalid
    "The first wrong step is Step 3",  # 10
    "The first wrong step is step #3",  # 10
    "The solution is not correct; the first wrong step is step 2.",  # 10: taken for correct
]


@pytest.mark.parametrize("text", PROSE)
def test_nothing_is_guessed_from_prose(text: str) -> None:
    """Defects 9 and 10: a verdict, a type or a step that is only mentioned decides nothing."""
    assert isinstance(parse(text, 4), str)
    assert isinstance(parse(f"{text} {CORRECT}", 4), str)
    assert reason(step(text, text)) is Reason.MALFORMED
    assert parse(told(why=text), 4) == Diagnosis(ErrorType.CALCULATION, 1, text)  # nor within the object


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        "[]",
        f"[{GOOD}]",
        f'"{CORRECT}"',
        f"Here it is: {GOOD}",
        f"{GOOD}\nI hope this helps.",
        f"{GOOD}{GOOD}",
        f"{GOOD}\n{CORRECT}",
        f"```json\n{GOOD}\n```\n```json\n{GOOD}\n```",
        f"```json\n{GOOD}\n```\nDone.",
        f"```json\n{GOOD}",
        f"```python\n{GOOD}\n```",
        GOOD.replace('"', "'"),
        GOOD[:-1] + ",}",
        GOOD[:-1] + ', "step": 2}',  # a key twice
        '{"verdict": "correct", "verdict": "incorrect"}',
        told(verdict="Incorrect"),
        told(verdict="wrong"),
        told(verdict=False),
        told(verdict=["correct"]),
        told(verdict="correct"),  # a step and a type with it
        told(verdict="correct", step=None, type=None, why=3),
        told(note="more"),
        told(step=None),
        told(type=None),
        told(why=None),
        told(step=0),
        told(step=-1),
        told(step=5),
        told(step=True),
        told(step=1.0),
        told(step="1"),
        told(step=[1]),
        told(step=10**400),
        GOOD.replace("1", "9" * 5000),
        GOOD.replace("1", "1e999"),
        GOOD.replace("1", "NaN"),
        GOOD.replace("1", "-Infinity"),
        GOOD.replace("1", "null"),
        GOOD.replace("1", "01"),
        told(type="XX"),
        told(type="no calculation error"),
        told(type="CA or QM"),
        told(type=3),
        told(type=["CA"]),
        told(type={}),
        told(why=""),
        told(why="  "),
        told(why=4),
        told(why="x" * 1001),
        told(why="two\nlines"),
        GOOD.replace("It is 36.", "It is \\frac{1}{2}."),  # LaTeX in JSON: a form feed and "rac"
        GOOD.replace("It is 36.", "It is \\times."),
        GOOD.replace("It is 36.", "It is \\sqrt{2}."),
        GOOD.replace("It is 36.", "It is \\ud800."),
        GOOD.replace("It is 36.", "a raw\nline end"),
        "\ufeff" + GOOD,
        "[" * 7000,
        '{"a":' * 1500,
        '{"why": ' + "[" * 3000 + "]" * 3000 + "}",
        " " * 9000 + GOOD,
    ],
)
def test_faults(text: str) -> None:
    fault = parse(text, 4)
    assert isinstance(fault, str)
    assert "\n" not in fault
    assert fault.isascii()


def test_the_question_has_all_that_is_needed_and_numbered_steps() -> None:
    record = wrong()
    first = asked(step(of=record))
    assert not isinstance(first.prompt, str)
    system, user = first.prompt
    assert (system.role, user.role) == ("system", "user")
    assert record.problem.question in user.content
    assert "After eating, 36 - 4 = 32 are left.\nThe answer is: 32" in user.content
    assert "<<" not in user.content
    assert (
        "\n[1] There are 3 x 12 = 38 apples.\n[2] She eats 4 of them.\n[3] So 38 - 4 = 34 are left.\n" in user.content
    )
    assert (first.model, first.sampling) == (TEACHER.model, TEACHER.sampling)


def test_a_question_with_options_shows_them() -> None:
    problem = Problem("c", "Which is prime?", "B", kind="choice", choices=("4", "5"))
    first = asked(step(of=wrong("It is four.\nThe answer is: A", of=question(problem))))
    assert "Answer Choices: (A) 4 (B) 5" in first.prompt[-1].content  # type: ignore[union-attr]


@pytest.mark.parametrize("above", [wrong(), injected(code="QM")])
def test_a_diagnosed_record_has_the_exact_span_of_its_step(above: Record) -> None:
    """Step and type come in one reply: no strategy can see another step than the other (defect 13's cause)."""
    record = made(step(told(step=3, type="OP"), of=above))
    assert (record.kind, record.text, record.parent) == ("diagnosed", above.text, above)
    span = steps(above.text)[2]
    assert record.data == {"type": "OP", "step": 3, "span": [span.start, span.end], "why": "It is 36."}
    start, end = record.data["span"]
    assert above.text[start:end].strip() == "So 38 - 4 = 34 are left."
    json.dumps(dict(record.data))


def test_an_injected_error_is_diagnosed_like_any_other() -> None:
    """Injected errors had another field and no way into the later scripts (defect 17)."""
    record = made(step(told(type="OP"), of=injected(code="CA")))
    assert [each.kind for each in record.line()] == ["diagnosed", "injected", "draw", "question"]
    assert record.ancestor("injected").data["type"] == draw("CA").text
    assert record.data["type"] == "OP"


def test_teacher_says_correct() -> None:
    out = rejected(step('{"verdict": "correct", "why": "34 it is."}'))
    assert (out.reason, out.detail) == (Reason.TEACHER_SAYS_CORRECT, "34 it is.")


def test_one_repair_question_and_no_more() -> None:
    first, second = asked(step()), asked(step("Step 1 is wrong."))
    assert second.id != first.id
    assert not isinstance(second.prompt, str)
    assert second.prompt[:2] == first.prompt
    assert [each.role for each in second.prompt[2:]] == ["assistant", "user"]
    assert second.prompt[2].content == "Step 1 is wrong."
    assert "it is not one valid JSON object" in second.prompt[3].content
    assert made(step("Step 1 is wrong.", GOOD)).data["type"] == "CA"
    out = rejected(step("Step 1 is wrong.", told(step=9)))
    assert (out.reason, out.detail) == (
        Reason.MALFORMED,
        '"step" is not an integer from 1 to 4, the number of steps',
    )


def test_the_repair_question_can_be_sent_whatever_the_reply_holds() -> None:
    for message in asked(step("lone \ud800 surrogate")).prompt:
        message.content.encode()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (reply(""), Reason.EMPTY),
        (reply(" \n"), Reason.EMPTY),
        (reply(GOOD, "length"), Reason.TRUNCATED),  # also where what is there could be read
        (reply(GOOD[:20], "length"), Reason.TRUNCATED),
        (reply("I'm sorry, but I can't help with that."), Reason.REFUSED),
        (reply("", "content_filter"), Reason.REFUSED),
    ],
)
def test_an_unusable_reply_is_rejected_as_such_and_not_repaired(bad: Completion, why: Reason) -> None:
    assert reason(step(bad)) is why
    assert reason(step("Step 1 is wrong.", bad)) is why


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["incorrect", "CA"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["verdict", "step", "type", "why", "x"]), inner),
)
REPLIES = st.text() | JSONISH.map(json.dumps) | st.builds(
    lambda verdict, number, code, why: json.dumps({"verdict": verdict, "step": number, "type": code, "why": why}),
    st.sampled_from(["incorrect", "correct"]), st.integers(-1, 9), st.sampled_from([*ErrorType, "x"]), st.text(),
)  # fmt: skip


@given(REPLIES, REPLIES, st.sampled_from(["stop", "length", "", "content_filter"]))
def test_any_reply_gives_one_outcome(text: str, other: str, finish: str) -> None:
    record = wrong()
    for replies in ([reply(text, finish)], [reply(text), reply(other, finish)]):
        out = step(*replies, of=record)
        if isinstance(out, Ask):
            assert len(replies) == len(out.requests) == 1
        else:
            assert len(out.records) + len(out.rejects) == 1
            assert all(each.record is record for each in out.rejects)
            for each in out.records:
                start, end = each.data["span"]
                assert record.text[start:end].strip()
                json.dumps(dict(each.data), ensure_ascii=False).encode()


def test_a_diagnosis_says_which_replies_it_was_read_from() -> None:
    done = step(replace(reply("No idea."), request_id="a"), replace(reply(GOOD), request_id="b"))
    assert isinstance(done, Done)
    assert done.records[0].about == {"requests": ["a", "b"]}
