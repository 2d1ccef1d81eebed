"""Injection: a strict form, one repair question, and only what is really wrong goes on."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.answers import PRESETS, GradingPolicy
from lemma_eval.completion import Completion
from lemma_eval.problem import AnswerKind, Problem
from lemma_eval.synth.records import Reason, Record
from lemma_eval.synth.reference import reference
from lemma_eval.synth.stage import Ask, Done
from lemma_eval.synth.stages import injection
from lemma_eval.synth.stages.injection import Injection, parse
from lemma_eval.synth.taxonomy import INJECTABLE, MEANINGS

from .making import APPLES, TEACHER, WRONG, asked, draw, made, prompts, question, reason, rejected, reply

PROMPTS = prompts("inject", "repair-injection")
STRICT = PRESETS["strict"]


def told(solution: str = WRONG, explanation: str = "3 x 12 is 36.") -> str:
    return f"<solution>\n{solution}\n</solution>\n<explanation>\n{explanation}\n</explanation>"


def step(*replies: str | Completion, of: Record | None = None, policy: GradingPolicy = STRICT) -> Ask | Done:
    completions = [reply(each) if isinstance(each, str) else each for each in replies]
    return injection.step(of or draw(), completions, teacher=TEACHER, prompts=PROMPTS, policy=policy)


def answering(answer: str, gold: str, kind: AnswerKind | None = None, choices: tuple[str, ...] | None = None) -> Done:
    """What becomes of an injected solution with this answer."""
    problem = Problem("p", "How much?", gold, kind=kind, choices=choices)
    out = step(told(f"We add it up.\nThe answer is: {answer}"), of=draw(of=question(problem)))
    assert isinstance(out, Done)
    return out


def test_the_question_names_type_and_definition() -> None:
    for code in INJECTABLE:
        first = asked(step(of=draw(code.value)))
        assert not isinstance(first.prompt, str)
        for text in (APPLES.question, reference(APPLES), MEANINGS[code].name, MEANINGS[code].definition):
            assert text in first.prompt[-1].content


def test_equal_draws_are_further_samples_of_one_request() -> None:
    """The original sends equal prompts without telling them apart (defect 18); here each has a number, and a seed."""
    first, second = asked(step(of=draw(number=0))), asked(step(of=draw(number=1)))
    assert (first.prompt, first.sampling) == (second.prompt, second.sampling)
    assert (first.sample, second.sample) == (0, 1)
    assert first.id != second.id
    # Also where two draws get the same malformed reply.
    assert asked(step("Hm.", of=draw(number=0))).id != asked(step("Hm.", of=draw(number=1))).id


def test_an_injected_record() -> None:
    above = draw("QM", 2)
    record = made(step(told(), of=above))
    assert (record.kind, record.text, record.parent) == ("injected", WRONG, above)
    assert record.data == {"type": "QM", "answer": "34"}
    assert record.about["explanation"] == "3 x 12 is 36."
    assert len(record.about["requests"]) == 1


def test_the_explanation_is_not_nibbled_at() -> None:
    """`.strip("<explanation>")` strips a set of characters, and with them the ends of words (defect 11)."""
    found = parse(told(explanation="The slip is in the addition"))
    assert found == Injection(WRONG, "The slip is in the addition")
    assert parse(told("tile\nThe answer is: 5", "explain")) == Injection("tile\nThe answer is: 5", "explain")


@pytest.mark.parametrize("text", [told(), f"\n\n{told()}\n ", told().replace("\n", ""), told().replace("\n", "\r\n")])
def test_good_replies(text: str) -> None:
    assert isinstance(parse(text), Injection)


@pytest.mark.parametrize(
    "text",
    [
        "",
        WRONG,
        f"Sure! {told()}",
        f"{told()}\nI hope this helps.",
        f"```\n{told()}\n```",
        told().replace("</solution>\n", "</solution>\nAnd now:\n"),
        told().replace("</solution>", ""),
        told().replace("</explanation>", ""),
        told().replace("<explanation>", ""),
        told().replace("solution>", "Solution>"),
        told() + told(),
        told(f"<solution>{WRONG}"),
        told(f"{WRONG}</explanation>"),
        told(""),
        told(" \n "),
        told(explanation=""),
        "<explanation>It is 36.</explanation><solution>It is 5.</solution>",
        "<solution>It is <explanation>5.</solution></explanation>",
        told("It is \ud800.\nThe answer is: 5"),
        told("x" * 50_000),
    ],
)
def test_faults(text: str) -> None:
    fault = parse(text)
    assert isinstance(fault, str)
    assert "\n" not in fault


def test_one_repair_question_and_no_more() -> None:
    first, second = asked(step()), asked(step(WRONG))
    assert not isinstance(second.prompt, str)
    assert second.prompt[:2] == first.prompt
    assert [each.role for each in second.prompt[2:]] == ["assistant", "user"]
    assert "the tag <solution> does not stand in it exactly once" in second.prompt[3].content
    assert made(step(WRONG, told())).text == WRONG
    assert reason(step(WRONG, WRONG)) is Reason.MALFORMED


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (reply(""), Reason.EMPTY),
        (reply(told(), "length"), Reason.TRUNCATED),
        (reply("I cannot write wrong solutions."), Reason.REFUSED),
    ],
)
def test_an_unusable_reply_is_rejected_as_such_and_not_repaired(bad: Completion, why: Reason) -> None:
    assert reason(step(bad)) is why
    assert reason(step(WRONG, bad)) is why


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("34", "32"),
        ("3200", "32"),  # x100 and /100 are errors like any other (defect 16)
        ("0.32", "32"),
        ("50", "0.5"),
        ("$\\frac{1}{3}$", "\\frac{1}{2}"),
        ("$(1, 2)$", "(2, 1)"),
    ],
)
def test_what_is_wrong_goes_on(answer: str, gold: str) -> None:
    record = made(answering(answer, gold))
    assert record.data["answer"] == answer


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("32", "32"),
        ("32.0 apples", "32"),
        ("$\\frac{2}{4}$", "\\frac{1}{2}"),
        ("0.5", "\\frac{1}{2}"),
        ("$\\boxed{32}$", "32"),
        ("60%", "60"),  # wrong by the strict policy only: doubtful, so no error to learn from
        ("0.333", "\\frac{1}{3}"),
    ],
)
def test_an_error_that_is_none_is_dropped(answer: str, gold: str) -> None:
    assert reason(answering(answer, gold)) is Reason.STILL_RIGHT


@pytest.mark.parametrize(
    "solution",
    [
        "There are 38 apples and 34 are left.",  # a last number is no answer (defect 16)
        "There are 38 apples.\nHence 34 remain",
        "She eats some of them.",
        "The answer is:",
        "The answer is: ???",
        "The answer is: $\\frac{1}{$",  # marked, but not to be read
        "34",
    ],
)
def test_without_a_marked_answer_there_is_none(solution: str) -> None:
    """The original takes a reply without an answer for a good error (defect 16)."""
    assert reason(step(told(solution))) is Reason.NO_ANSWER


def test_choices() -> None:
    assert made(answering("A", "B", "choice", ("4", "5"))).data["answer"] == "A"
    assert reason(answering("(B)", "B", "choice", ("4", "5"))) is Reason.STILL_RIGHT
    assert reason(answering("5", "B", "choice", ("4", "5"))) is Reason.STILL_RIGHT


def test_what_the_grader_cannot_decide_is_unknown() -> None:
    """A limit of the grader is neither right nor wrong."""
    out = rejected(answering("$\\sum_{k=1}^{10^{9}} \\frac{1}{k}$", "21"))
    assert out.reason is Reason.UNKNOWN
    assert out.detail


PIECES = st.sampled_from(
    ["<solution>", "</solution>", "<explanation>", "</explanation>", "The answer is: 34", "\n", "x", "32", "\ud800"]
)
REPLIES = st.text() | st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30).map(told)


@given(REPLIES, REPLIES, st.sampled_from(["stop", "length", "", "content_filter"]))
def test_any_reply_gives_one_outcome(text: str, other: str, finish: str) -> None:
    record = draw()
    for replies in ([reply(text, finish)], [reply(text), reply(other, finish)]):
        out = step(*replies, of=record)
        if isinstance(out, Ask):
            assert len(replies) == len(out.requests) == 1
        else:
            assert len(out.records) + len(out.rejects) == 1
            assert all(each.record is record for each in out.rejects)
            assert all(each.text.encode() for each in out.records)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (APPLES, "There are 3 x 12 = 36 apples.\nAfter eating, 36 - 4 = 32 are left.\nThe answer is: 32"),
        (Problem("p", "Q", "7"), "The answer is: 7"),
        (Problem("p", "Q", "\\frac{1}{2}", solution="As $a << b$,\n$$x = \\boxed{\\frac{1}{2}}.$$"),
         "As $a << b$,\n$$x = \\boxed{\\frac{1}{2}}.$$\nThe answer is: $\\frac{1}{2}$"),
    ],
)  # fmt: skip
def test_the_reference_ends_in_the_gold_and_has_no_annotations(problem: Problem, text: str) -> None:
    assert reference(problem) == text
    assert re.search(r"<<[^\n]*>>", text) is None
