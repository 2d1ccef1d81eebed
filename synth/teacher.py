"""Asking the teacher: requests from messages, and what makes a reply unusable whatever was asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lemma_eval.completion import Completion
from lemma_eval.hashing import digest
from lemma_eval.problem import Problem
from lemma_eval.request import Message, Request, Sampling, prompt_json

from .records import Reason

# LEMMA, arXiv 2503.17439, A.3.1, and the released scripts.
TEACHER_SAMPLING = Sampling(temperature=0.7, top_p=1.0, max_tokens=4096)
_REFUSES = re.compile(
    r"\W*(?:(?:i['’]?m|i am|we['’]?re|we are) (?:very |really |so )?(?:sorry|afraid|unable|not able|not allowed)\b|"
    r"sorry\b|"
    r"i (?:apologi[sz]e|cannot|can['’]?t|can not|won['’]?t|will not|must decline|have to decline|decline)\b|"
    r"my apologies\b|unfortunately,? i (?:cannot|can['’]?t|am unable|['’]m unable)\b|as an ai\b)",
    re.IGNORECASE,
)
_LONGEST_REFUSAL = 600  # characters; a longer text that begins with an apology goes on to do what was asked
_RECORDED = "recorded/"
_BLOCKED = ("content_filter", "safety", "refusal")


@dataclass(frozen=True, slots=True)
class Teacher:
    """Who is asked, and how: the backend's `model` and `keyed`, and the sampling of every request."""

    model: str
    keyed: bool = False
    sampling: Sampling = TEACHER_SAMPLING

    def request(self, messages: Sequence[Message], sample: int = 0) -> Request:
        """The request with these messages; equal messages with another `sample` are another draw.

        Each draw is a series of its own, so that no engine draws several in one call: what one costs would depend on
        which others were asked with it, and so on when a synthesis was interrupted. The request's problem has the
        prompt as question, so that recorded replies are found by it.
        """
        prompt = tuple(messages)
        asked = Problem(digest(prompt_json(prompt)), "\n\n".join(each.content for each in prompt), "")
        key = f"{_RECORDED}{asked.id}" if self.keyed else f"draw/{sample}" if sample else ""
        return Request(self.model, prompt, self.sampling, sample, key, asked)


def is_recorded(request: Request) -> bool:
    """Whether a file of recorded generations was asked, which will never hold more than it does."""
    return request.key.startswith(_RECORDED)


def reply_text(completion: Completion) -> str:
    """What a reply says, without a reasoning model's thoughts where its server leaves them in front of the text.

    Where the chat template opens the thoughts, as DeepSeek-R1's does, only their end stands in the text.
    """
    thoughts, end, said = completion.text.partition("</think>")
    opens = thoughts.lstrip().startswith("<think>") or "<think>" not in thoughts
    return said if end and opens else completion.text


def unusable(completion: Completion) -> tuple[Reason, str] | None:
    """Why a reply is of no use, whatever was asked, with a detail: cut by the token limit, empty, or a refusal."""
    if completion.finish_reason == "length":
        return Reason.TRUNCATED, f"cut after {completion.completion_tokens or '?'} tokens"
    text = reply_text(completion).strip()
    if completion.finish_reason.lower() in _BLOCKED:
        return Reason.REFUSED, f"finish reason {completion.finish_reason}"
    if not text and (said := completion.meta.get("refusal")):  # some servers tell it apart from the text
        return Reason.REFUSED, " ".join(str(said).split())[:160]
    if not text:
        return Reason.EMPTY, "no text"
    if len(text) <= _LONGEST_REFUSAL and _REFUSES.match(text):
        return Reason.REFUSED, " ".join(text.split())[:160]
    return None
