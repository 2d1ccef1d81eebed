"""The body of a call to an OpenAI-compatible server, and the completions in its reply: live or in a batch file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lemma_eval.completion import Completion
from lemma_eval.request import Request, cut_at_stop, prompt_json

from .continuing import new_text, parameters

_DATED = re.compile(r"[-@:](\d{4}(-?\d{2}-?\d{2})?|latest)")  # what a server adds to the name of a model it keeps dated


@dataclass(frozen=True, slots=True)
class Form:
    """How a server wants its calls written.

    `omit` are parameters not to send, `max_tokens_name` what the limit of new tokens is called, `extra_body` is merged
    into each body last. Of the stop strings the first `stops` are sent (None: all); the text is cut at all of them.
    """

    omit: frozenset[str] = frozenset()
    max_tokens_name: str = "max_tokens"
    stops: int | None = None
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    echo: bool = True


def call(run: Sequence[Request], model: str, form: Form, run_seed: int) -> tuple[str, dict[str, Any]]:
    """(path of the URL, JSON body) of the call that asks for `run`: consecutive samples of one series.

    A text is asked for at /v1/completions, messages at /v1/chat/completions; `n` is there where the run has several.
    """
    first = run[0]
    sampling = first.sampling
    text = isinstance(first.prompt, str)
    body: dict[str, Any] = {
        "model": model,
        "prompt" if text else "messages": prompt_json(first.prompt),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        form.max_tokens_name: sampling.max_tokens,
        "seed": first.seed(run_seed),
    }
    if sampling.stop:
        body["stop"] = list(sampling.stop[: form.stops])
    if len(run) > 1:
        body["n"] = len(run)
    kept = {name: value for name, value in body.items() if name not in form.omit}
    return "/v1/completions" if text else "/v1/chat/completions", {
        **kept,
        **form.extra_body,
        **parameters(first, form.echo),
    }


def completions(run: Sequence[Request], reply: Any, model: str, echo: bool = True) -> list[Completion]:
    """The completions in a reply's JSON, for the first of `run`: as many as the reply has choices, `run` at most.

    A server tells the new tokens of all choices together: where there are several, each has None and the sum is in the
    `meta` of the first. Raises ValueError, in words for people, for a reply without a well-formed choice, and
    NotContinuedError for one that was to go on with a beginning and does not repeat it (`echo`).
    """
    if not isinstance(reply, Mapping):
        raise ValueError("the reply is not a JSON object")
    choices = reply.get("choices")
    if not isinstance(choices, list) or not choices:
        raise ValueError(f"the reply has no choices{_error(reply)}")
    usage = usage_of(reply)
    meta = _meta(reply, model)
    made = []
    for request, choice in zip(run, sorted(choices, key=_index), strict=False):
        made.append(_completion(request, choice, usage.prompt, meta, echo))
    if len(choices) == 1:
        made[0] = replace(made[0], completion_tokens=usage.completion)
    elif usage.completion is not None:
        told = {"completion_tokens_of_call": usage.completion, "choices_of_call": len(choices)}
        made[0] = replace(made[0], meta={**made[0].meta, **told})
    return made


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call; `prompt` is counted once however many choices there are, `cached` of them were not computed."""

    prompt: int | None
    completion: int | None
    cached: int


def usage_of(reply: Mapping[str, Any]) -> Usage:
    """The token counts a reply tells, None where it does not."""
    usage = _mapping(reply.get("usage"))
    cached = _count(_mapping(usage.get("prompt_tokens_details")).get("cached_tokens"))
    return Usage(_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")), cached or 0)


def _completion(
    request: Request, choice: Any, prompt_tokens: int | None, meta: Mapping[str, Any], echo: bool
) -> Completion:
    if not isinstance(choice, Mapping):
        raise ValueError("a choice of the reply is not a JSON object")
    finish = choice.get("finish_reason")
    if finish == "error":
        raise ValueError(f"the server broke off{_error(choice)}")
    if isinstance(request.prompt, str):
        content, reasoning, refusal = choice.get("text"), None, None
        if not isinstance(content, str):
            raise ValueError("a choice of the reply has no text")
    else:
        message = choice.get("message")
        if not isinstance(message, Mapping):
            raise ValueError("a choice of the reply has no message")
        content, thought = _content(message.get("content"))
        reasoning = _text(message.get("reasoning_content")) or _text(message.get("reasoning")) or thought
        refusal = _text(message.get("refusal"))
        if refusal is None:
            content = new_text(request, content, echo)
    text, cut = cut_at_stop(content, request.sampling.stop)
    told = finish if isinstance(finish, str) and finish else "unknown"
    return Completion(
        request.id,
        text,
        "stop" if cut else told,
        prompt_tokens,
        reasoning=reasoning,
        meta={**meta, "refusal": refusal} if refusal else meta,
    )


def _content(content: Any) -> tuple[str, str | None]:
    """(text, reasoning) of a message's content: text, nothing, or a list of parts, of which some may be thinking."""
    if content is None:
        return "", None  # reasoning only, or a refusal
    if isinstance(content, str):
        return content, None
    if not isinstance(content, list) or not all(isinstance(part, Mapping) for part in content):
        raise ValueError("the content of a message is neither text nor a list of parts")
    thought = "".join(_content(part["thinking"])[0] for part in content if "thinking" in part)
    return "".join(_text(part.get("text")) or "" for part in content), thought or None


def _meta(reply: Mapping[str, Any], model: str) -> dict[str, Any]:
    meta = {}
    if fingerprint := _text(reply.get("system_fingerprint")):
        meta["system_fingerprint"] = fingerprint
    served = _text(reply.get("model"))
    if served and not same_model(model, served):
        meta["served_model"] = served
    return meta


def same_model(asked: str, served: str) -> bool:
    """Whether `served` may be the name a server gives the model `asked`: equal, a path's last part, or dated."""
    ours, theirs = (name.rstrip("/").rpartition("/")[2].lower() for name in (asked, served))
    if ours == theirs:
        return True
    short, long = sorted((ours, theirs), key=len)
    return long.startswith(short) and _DATED.fullmatch(long[len(short) :]) is not None


def _error(told: Mapping[str, Any]) -> str:
    error = told.get("error")
    message = error.get("message") if isinstance(error, Mapping) else error
    return f": {message}" if isinstance(message, str) else ""


def _index(choice: Any) -> int:
    index = choice.get("index") if isinstance(choice, Mapping) else None
    return index if isinstance(index, int) else 0


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**15 else None
