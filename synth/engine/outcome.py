"""What came of the stages: their records and rejects, what they used, what still waits for a reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lemma_eval.completion import Completion
from lemma_eval.request import Request

from ..records import Record, Reject


@dataclass(frozen=True, slots=True)
class Usage:
    """Replies that a stage used, with their tokens and cost in USD as far as the engine told them."""

    replies: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0


def tokens_of(reply: Completion) -> tuple[int, int]:
    """Tokens of the prompt and new ones. Where one call gave several replies, a server tells them with the first."""
    new = reply.completion_tokens
    if new is None:
        new = reply.meta.get("completion_tokens_of_call")
    return (0, 0) if new is None else (reply.prompt_tokens or 0, new)


@dataclass(frozen=True, slots=True)
class StageResult:
    """One stage: `taken` inputs, each of which is through or `waiting` for a reply. Records and rejects by id.

    `passed` are inputs that led to a record; `taken` = `passed` + rejected inputs + `waiting`. (A fold that draws up
    something new, as the distribution does, passes all that it takes.)
    """

    name: str
    version: str
    taken: int
    passed: int
    waiting: int
    records: tuple[Record, ...]
    rejects: tuple[Reject, ...]
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The stages in order, by name, and the requests that are unanswered, with the stage that wants each."""

    stages: Mapping[str, StageResult]
    unanswered: tuple[tuple[str, Request], ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing waits."""
        return not self.unanswered and not any(stage.waiting for stage in self.stages.values())
