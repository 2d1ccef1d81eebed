"""The official client, made ready for hundreds of calls in flight."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from lemma_eval.errors import MissingExtraError, UsageError

NO_KEY = "none"  # the client must send something
_OTHER_FILES = 64  # open files beside the connections


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):  # an integer of over 4300 digits is a ValueError too
            return None


class BrokenCallError(Exception):
    """No whole reply: the connection could not be made, or broke."""


Post = Callable[[str, Mapping[str, Any]], Awaitable[Reply]]


def need_client() -> Any:
    """The package openai. Raises MissingExtraError without it."""
    try:
        import openai
    except ImportError:
        raise MissingExtraError("the backend openai", "openai", "openai") from None
    return openai


def open_client(address: str, key: str, timeout: float, most: int) -> tuple[AbstractAsyncContextManager[Any], Post]:
    """The asynchronous client, to be closed by its context, and `post(path, body)` for up to `most` calls in flight.

    Calls go through the client's own HTTP client and carry its headers, but not through its layer of types, which took
    more than half of the CPU time of a call (1.4 ms against 0.6) for replies that are read as plain JSON here. The
    transport aiohttp is used where it is installed: with 256 connections the default one takes 5 ms for a call.
    `post` raises BrokenCallError, and UnicodeEncodeError for text that cannot be sent.
    """
    openai = need_client()
    _make_room(most)
    limits = type(openai.DEFAULT_CONNECTION_LIMITS)(max_connections=most + 8, max_keepalive_connections=most + 8)
    try:
        http = openai.DefaultAioHttpClient(limits=limits, timeout=timeout)
    except (AttributeError, RuntimeError):  # an older client; no aiohttp
        http = openai.DefaultAsyncHttpxClient(limits=limits, timeout=timeout)
    client = openai.AsyncOpenAI(api_key=key, base_url=address, max_retries=0, http_client=http)
    told = {name: value for name, value in client.default_headers.items() if isinstance(value, str)}
    http.headers.update({name: value for name, value in told.items() if not name.startswith("X-Stainless")})
    http.headers["Authorization"] = f"Bearer {key}"
    url = type(client.base_url)
    urls: dict[str, Any] = {}

    async def post(path: str, body: Mapping[str, Any]) -> Reply:
        if path not in urls:
            urls[path] = url(address + path)
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            response = await http.post(urls[path], content=content)
        except Exception as error:
            raise BrokenCallError(f"{type(error).__name__}: {error}") from None
        return Reply(response.status_code, response.headers, response.content)

    return client, post


def _make_room(most: int) -> None:
    """See that so many connections may be open. Raises UsageError where the system does not allow it."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    wanted = most + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY and hard < wanted:
        told = f"--concurrency {most} needs {wanted} open files, the system allows {hard}"
        raise UsageError(f"{told}; lower it, or raise the limit (ulimit -n)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
