"""`Completion` and `Failure`: what comes back for a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FailureReason = Literal["prompt_too_long", "refused", "out_of_memory", "not_recorded", "error"]


@dataclass(frozen=True, slots=True)
class Completion:
    """What an engine returned: a fact, stored once and never edited.

    `text` is new text only, without the beginning of the reply that a problem may have given (`Problem.prefix`).
    `finish_reason` is "stop" (end of text or stop string), "length" (cut by the token limit) or the engine's own word.
    Token counts are None where the engine does not say. `reasoning` is reasoning that came apart from the text;
    `meta` holds what else the engine told, in JSON types.
    """

    request_id: str
    text: str
    finish_reason: str = "stop"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that got no completion: counted, shown, asked again on resume."""

    request_id: str
    reason: FailureReason
    message: str
