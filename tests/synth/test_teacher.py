"""What makes a reply unusable whatever was asked, and what a reply says."""

from __future__ import annotations

import pytest

from lemma_eval.request import Message, runs_of_samples
from lemma_eval.synth.records import Reason
from lemma_eval.synth.teacher import Teacher, reply_text, unusable

from .making import reply

MESSAGES = (Message("system", "Mark."), Message("user", "2 + 2 = 5"))


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        ("", "stop", Reason.EMPTY),
        (" \n\t", "stop", Reason.EMPTY),
        ("<think>It is 5.</think>\n", "stop", Reason.EMPTY),
        ('{"verdict": "corr', "length", Reason.TRUNCATED),
        ("", "length", Reason.TRUNCATED),
        ("I'm sorry, but I can't help with that.", "stop", Reason.REFUSED),
        ("I cannot assist with this request.", "stop", Reason.REFUSED),
        ("Sorry, this is against my guidelines.", "stop", Reason.REFUSED),
        ("As an AI language model, I do not do homework.", "stop", Reason.REFUSED),
        ("There are 3 x 12", "content_filter", Reason.REFUSED),
        ("There are 3 x 12 = 36 apples.", "stop", None),
        ("Ann is sorry that she ate 4 apples.", "stop", None),
        ("I can see that 3 x 12 = 36.", "stop", None),
        ("I cannot simply add these: " + "the boxes hold 12 each. " * 40, "stop", None),
    ],
)
def test_unusable(text: str, finish: str, reason: Reason | None) -> None:
    found = unusable(reply(text, finish))
    assert (found and found[0]) == reason


def test_thoughts_in_front_are_no_part_of_a_reply() -> None:
    assert reply_text(reply("<think>\nIs 5 right?\n</think>\n\nNo. It is 4.")).strip() == "No. It is 4."
    assert reply_text(reply("Is 5 right?\n</think>\n\nNo. It is 4.")).strip() == "No. It is 4."  # as of DeepSeek-R1
    assert reply_text(reply("It is <think>4</think>.")) == "It is <think>4</think>."
    assert reply_text(reply("<think>It never ends")) == "<think>It never ends"


def test_equal_questions_are_one_request_and_another_draw_another() -> None:
    teacher = Teacher("some-model")
    assert teacher.request(MESSAGES).id == teacher.request(list(MESSAGES)).id
    assert teacher.request(MESSAGES).id != teacher.request(MESSAGES, 1).id
    assert teacher.request(MESSAGES).id != Teacher("another").request(MESSAGES).id


def test_draws_of_a_prompt_are_calls_of_their_own() -> None:
    """What a reply costs must not depend on what was asked with it, so on where a synthesis was interrupted."""
    draws = [Teacher("some-model").request(MESSAGES, sample) for sample in range(3)]
    assert list(runs_of_samples(draws, 16)) == [(each,) for each in draws]


def test_recorded_replies_are_found_by_the_prompt() -> None:
    request = Teacher("recorded", keyed=True).request(MESSAGES)
    assert request.problem is not None
    assert request.problem.question == "Mark.\n\n2 + 2 = 5"
    assert request.key.endswith(request.problem.id)
