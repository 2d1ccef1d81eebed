"""What a call that failed means: ask again, wait, give the request up, or stop the run."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lemma_eval.calling.retrying import retry_after
from lemma_eval.completion import FailureReason
from lemma_eval.printable import printable

from .client import NO_KEY, BrokenCallError, Reply

_LONGEST = 300  # characters of a server's message
_TOO_LONG = re.compile(  # OpenAI's words, vLLM's, llama.cpp's and their kin
    r"context[ _-]?(length|window|size)|maximum (context|model|sequence) length|max_model_len"
    r"|(prompt|input|message)s?\b[^.]{0,60}\btoo (long|large|many)|reduce the length",
    re.IGNORECASE,
)
_AGAIN, _ACCOUNT = (408, 409, 425), (401, 402, 429)
_PASSING = (*_AGAIN, *_ACCOUNT)  # what they tell is not about the request
_EMPTY_ACCOUNT = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")


@dataclass(frozen=True, slots=True)
class Trouble:
    """`kind` is what to do: ask `again`, `wait` (429), give up as `refused` or `too_long`, `stop` the run.

    `message` is one line without the key. `seconds` is when the server wants to be asked again. `answered` says that
    the server told so itself: it did no work that costs.
    """

    kind: Literal["again", "wait", "refused", "too_long", "stop"]
    message: str
    seconds: float | None = None
    answered: bool = False
    status: int | None = None


def trouble_of(reply: Reply, key: str) -> Trouble | None:
    """What a reply of another status than 200 means; None for a good one."""
    status = reply.status
    if 200 <= status < 300:
        return None
    body = reply.json()
    code, told = ("", reply.body[:10_000].decode("utf-8", "replace")) if body is None else code_and_message(body)
    message = f"status {status}" + (f": {one_line(told, key)}" if told else "")
    if status == 429 and code not in _EMPTY_ACCOUNT:
        return Trouble("wait", message, retry_after(reply.headers, time.time()), answered=True, status=status)
    if status in _ACCOUNT:
        return Trouble("stop", message, answered=True, status=status)
    if status >= 500 or status in _AGAIN:
        return Trouble("again", message, retry_after(reply.headers, time.time()), answered=True, status=status)
    long = reason_of(status, code, told) == "prompt_too_long"
    return Trouble("too_long" if long else "refused", message, answered=True, status=status)


def reason_of(status: int | None, code: str, told: str) -> FailureReason:
    """Why a request was given up, from the reply's status, its error code and message."""
    if status == 413 or "context" in code or _TOO_LONG.search(told[:10_000]):
        return "prompt_too_long"
    return "refused" if status is not None and 400 <= status < 500 and status not in _PASSING else "error"


def trouble_of_error(error: Exception, key: str, timeout: float) -> Trouble | None:
    """What an exception of a call means; None for one that is our own mistake, to be raised as it is."""
    if isinstance(error, UnicodeEncodeError):
        return Trouble("refused", "the prompt holds characters that no encoding can send", answered=True)
    if isinstance(error, TimeoutError):
        return Trouble("again", f"no answer within {timeout:g} seconds")
    if isinstance(error, BrokenCallError):
        return Trouble("again", f"the connection failed ({one_line(str(error), key)})")
    if isinstance(error, ValueError):  # what `completions` says of a reply
        return Trouble("again", f"malformed reply: {one_line(str(error), key)}")
    return None


def code_and_message(body: Any) -> tuple[str, str]:
    """(code or type, message) of an error, "" where it has none.

    Text, {code, message}, or that under `error`, once or twice, as each server likes.
    """
    for _ in range(3):
        if isinstance(body, Mapping) and body.get("error"):
            body = body["error"]
    if not isinstance(body, Mapping):
        return "", body if isinstance(body, str) else ""
    code = body.get("code") or body.get("type") or ""
    message = body.get("message") or body.get("detail") or ""
    known = isinstance(code, str | int) and not isinstance(code, bool)
    return str(code) if known else "", message if isinstance(message, str) else str(message)


def one_line(text: str, key: str) -> str:
    """`text` on one line, without the key, and without all of a long page."""
    if key and key != NO_KEY:
        text = text.replace(key, "[key]")
    text = printable(" ".join(text.split()))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
