"""`Completion` and `Failure`: what comes back for a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FailureReason = Literal["prompt_too_long", "refused", "out_of_memory", "not_recorded", "error"]

# What servers and files call a text that the token limit cut: OpenAI and vLLM, Anthropic, Google, TGI and others.
CUT_BY_LIMIT = frozenset({"length", "max_tokens", "max_output_tokens", "model_length", "max_length"})


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
