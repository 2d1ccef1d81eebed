"""What a call that failed means: ask again, wait, give the request up, or stop the run."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lemma_eval.printable import printable
from lemma_eval.retrying import retry_after

from .openai_client import BrokenCallError, Reply

_LONGEST = 300  # characters of a server's message
_TOO_LONG = re.compile(  # OpenAI's words, vLLM's, llama.cpp's and their kin
    r"context[ _-]?(length|window|size)|maximum (context|model|sequence) length|max_model_len"
    r"|(prompt|input|message)s?\b[^.]{0,60}\btoo (long|large|many)|reduce the length",
    re.IGNORECASE,
)
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
    code, told = _code_and_message(reply)
    message = f"status {status}" + (f": {one_line(told, key)}" if told else "")
    if status == 429 and code not in _EMPTY_ACCOUNT:
        return Trouble("wait", message, retry_after(reply.headers, time.time()), answered=True, status=status)
    if status in (401, 402, 429):
        return Trouble("stop", message, answered=True, status=status)
    if status >= 500 or status in (408, 409, 425):
        return Trouble("again", message, retry_after(reply.headers, time.time()), answered=True, status=status)
    long = status == 413 or "context" in code or _TOO_LONG.search(told[:10_000])
    return Trouble("too_long" if long else "refused", message, answered=True, status=status)


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


def _code_and_message(reply: Reply) -> tuple[str, str]:
    """(code or type, message) of an error body: text, {code, message}, or that under `error`, as each server likes."""
    body = reply.json()
    if body is None:
        return "", reply.body[:10_000].decode("utf-8", "replace")
    for _ in range(3):
        if isinstance(body, Mapping) and body.get("error"):
            body = body["error"]
    if not isinstance(body, Mapping):
        return "", body if isinstance(body, str) else ""
    code = body.get("code") if isinstance(body.get("code"), str) else body.get("type")
    message = body.get("message") or body.get("detail") or ""
    return code if isinstance(code, str) else "", message if isinstance(message, str) else str(message)


def one_line(text: str, key: str) -> str:
    """`text` on one line, without the key, and without all of a long page."""
    if key:
        text = text.replace(key, "[key]")
    text = printable(" ".join(text.split()))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
