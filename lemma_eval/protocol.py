"""`EvalProtocol`: how a question becomes a prompt and how the reply is to be graded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from lemma_eval.problem import Problem
from lemma_eval.request import Message, Prompt, Sampling
from lemma_eval.shots import Shot

_FIELD = re.compile(r"\{(question|solution|answer)\}")


@dataclass(frozen=True, slots=True)
class Style:
    """How one family of benchmarks is asked.

    `ask` is the question's template with {question}; a shot is `ask`, `gap`, its solution and, where the shot has a
    separate answer, `closing` with {answer}. `shots` is the number shown, `own` the project's own set for it. `stop`
    strings end a reply.
    """

    ask: str
    gap: str = " "
    closing: str = "\nThe answer is: {answer}"
    shots: int = 0
    own: str = "word-problem"
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvalProtocol:
    """A named way of asking and grading.

    `styles` are by benchmark family, "" for the others. A `chat` protocol makes messages, with `system` in front, else
    one text with shots joined by `separator`. `policy` names the grading policy. `name_words`: a question whose gold is
    true/false or yes/no says so, as the LEMMA paper's evaluation does (protocol `lemma`).
    """

    name: str
    version: str
    styles: Mapping[str, Style]
    sampling: Sampling
    policy: str = "default"
    chat: bool = False
    system: str | None = None
    separator: str = "\n\n"
    name_words: bool = False
    source: str = field(default="", compare=False)

    def style(self, family: str) -> Style:
        """The style for a benchmark family."""
        return self.styles.get(family, self.styles[""])


def render(protocol: EvalProtocol, style: Style, problem: Problem, shots: Sequence[Shot]) -> Prompt:
    """The prompt for `problem`: text, or messages for a chat protocol."""
    question = question_text(problem.question, problem.choices)
    if protocol.name_words:
        question += _words_hint(problem.answer)
    if protocol.chat:
        return _messages(protocol, style, question, shots)
    parts = [asked + style.gap + told for asked, told in _shown(style, tuple(shots))]
    return protocol.separator.join([*parts, _fill(style.ask, question=question)])


def question_text(question: str, choices: Sequence[str] | None) -> str:
    """The question with its options, if any, as `Answer Choices: (A) ... (B) ...`."""
    if not choices:
        return question
    options = " ".join(f"({chr(ord('A') + index)}) {choice}" for index, choice in enumerate(choices))
    return f"{question}\nAnswer Choices: {options}"


def _messages(protocol: EvalProtocol, style: Style, question: str, shots: Sequence[Shot]) -> tuple[Message, ...]:
    messages = [Message("system", protocol.system)] if protocol.system else []
    for asked, told in _shown(style, tuple(shots)):
        messages += [Message("user", asked), Message("assistant", told)]
    return (*messages, Message("user", _fill(style.ask, question=question)))


@lru_cache(maxsize=64)  # the same for every problem of a set
def _shown(style: Style, shots: tuple[Shot, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((_asked(style, shot), _told(style, shot)) for shot in shots)


def _asked(style: Style, shot: Shot) -> str:
    return _fill(style.ask, question=question_text(shot.question, shot.choices))


def _told(style: Style, shot: Shot) -> str:
    return shot.solution if shot.answer is None else shot.solution + _fill(style.closing, answer=shot.answer)


def _fill(template: str, **values: str) -> str:
    # One pass, so that braces in a question are never taken for a field.
    return _FIELD.sub(lambda match: values.get(match[1], match[0]), template)


def _words_hint(gold: str) -> str:
    word = gold.strip().lower()
    if word in ("true", "false"):
        return " (True or False)"
    return " (Yes or No)" if word in ("yes", "no") else ""
