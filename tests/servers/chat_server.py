"""A small real HTTP server that speaks the OpenAI protocol and misbehaves on request.

`python -m tests.servers.chat_server --port 0 --set latency=0.1,1.0` prints its address and serves until killed; tests
use `serving(Behaviour(...))`, which runs it in a thread. GET /stats tells what it was asked, POST /control changes it.
What happens to a call is drawn from a hash of its body and of how often that body came before, so it can be repeated.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import email.utils
import hashlib
import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class Behaviour:
    """How the server behaves; the defaults are good manners. Shares are of all calls, drawn one after the other."""

    models: tuple[str, ...] = ("tiny",)
    has_models: bool = True  # False: GET /v1/models is a 404
    latency: tuple[float, float] = (0.0, 0.0)  # seconds, evenly spread
    per_minute: float = 0.0  # calls allowed per minute, as a token bucket; 0: any number
    burst: float = 0.0  # what the bucket holds; 0: one minute's worth
    most_in_flight: int = 0  # 429 beyond; 0: any number
    retry_after: str = "seconds"  # how a 429 tells when to come back: seconds, ms, date, none
    status: int = 0  # every call gets this status
    message: str = "as you wished"  # of that status
    code: str = ""
    errors: float = 0.0  # share of 500
    cut_headers: float = 0.0  # share of connections cut within the headers
    cut_body: float = 0.0  # ... within the body
    hang: float = 0.0  # share of calls never answered
    malformed: float = 0.0  # share of bodies that are not JSON
    empty: float = 0.0  # share of replies without choices
    n: str = "serve"  # serve, ignore (one choice), refuse (400)
    context: int = 0  # characters a prompt may have; 0: any number
    served: str = ""  # the model's name in replies
    reasoning: bool = False
    refusal: bool = False
    usage: bool = True
    key: str = ""  # the key it wants
    quota: int = -1  # calls until the account is empty
    text: str = "It is so. The answer is {number}."
    continues: str = "ignore"  # continue_final_message: echo, silent (goes on, repeats nothing), ignore, refuse (400)


@dataclass(slots=True)
class Stats:
    """What the server was asked: `bodies` and `answered` count by digest of the body; `times` are (second, status)."""

    calls: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    bodies: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    times: list[tuple[float, int]] = field(default_factory=list)


def latency_of(body: bytes, latency: tuple[float, float]) -> float:
    """The seconds a call with this body takes."""
    low, high = latency
    return low + (high - low) * _draws(body, 0)[0]


def _draws(body: bytes, before: int) -> tuple[float, ...]:
    raw = hashlib.blake2b(body, digest_size=32, salt=before.to_bytes(4, "big")).digest()
    return tuple(int.from_bytes(raw[i : i + 4], "big") / 2**32 for i in range(0, 32, 4))


class App:
    """Decides what to answer; knows nothing of sockets."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.stats = Stats()
        self.started = time.monotonic()
        self.bucket: float | None = None
        self.filled = self.started

    def allowed(self, now: float) -> float:
        """Seconds until the next call is allowed; 0 takes one from the bucket."""
        b = self.behaviour
        if not b.per_minute:
            return 0.0
        most = b.burst or b.per_minute
        level = most if self.bucket is None else self.bucket
        level = min(most, level + (now - self.filled) * b.per_minute / 60)
        self.filled = now
        self.bucket = level - 1 if level >= 1 else level
        return 0.0 if level >= 1 else (1 - level) * 60 / b.per_minute

    def refused(self, body: bytes, authorization: str) -> tuple[int, dict[str, Any], dict[str, str]] | None:
        """(status, error, headers) of a call that is turned away before any work is done."""
        b = self.behaviour
        if b.key and authorization != f"Bearer {b.key}":
            return 401, {"message": f"Incorrect API key provided: {authorization}", "code": "invalid_api_key"}, {}
        if b.status:
            return b.status, {"message": f"{b.message} ({authorization})", "code": b.code or None}, {}
        if 0 <= b.quota < self.stats.calls:
            return 429, {"message": "You exceeded your current quota", "code": "insufficient_quota"}, {}
        wait = self.allowed(time.monotonic())
        if not wait and b.most_in_flight and self.stats.in_flight > b.most_in_flight:
            wait = 0.1
        if wait:
            told = {
                "seconds": {"Retry-After": str(math.ceil(wait))},
                "ms": {"retry-after-ms": str(math.ceil(wait * 1000))},
                "date": {"Retry-After": email.utils.formatdate(time.time() + wait + 1, usegmt=True)},
                "none": {},
            }[b.retry_after]
            return 429, {"message": "Rate limit reached", "code": "rate_limit_exceeded"}, told
        return None

    def reply(self, path: str, asked: dict[str, Any], body: bytes) -> tuple[int, dict[str, Any]]:
        b = self.behaviour
        chat = path.endswith("/chat/completions")
        prompt = "\n".join(m["content"] for m in asked["messages"]) if chat else asked["prompt"]
        if b.context and len(prompt) > b.context:
            told = f"This model's maximum context length is {b.context} tokens. However, you requested {len(prompt)}."
            return 400, {"error": {"message": told, "type": "invalid_request_error", "code": None}}
        n = asked.get("n", 1)
        if b.n == "refuse" and n > 1:
            return 400, {"error": {"message": "n > 1 is not supported", "param": "n", "code": None}}
        n = 1 if b.n == "ignore" else n
        number = int(_draws(body, 1)[0] * 1000)
        start = ""
        if asked.get("continue_final_message"):
            if b.continues == "refuse":
                return 400, {
                    "error": {"message": "Unrecognized request argument: continue_final_message", "code": None}
                }
            start = asked["messages"][-1]["content"] if b.continues == "echo" and asked.get("echo") else ""
        choices = [self._choice(chat, i, start + b.text.format(number=number + i, prompt=prompt)) for i in range(n)]
        usage = {
            "prompt_tokens": len(prompt) // 4,
            "completion_tokens": 8 * n,
            "total_tokens": len(prompt) // 4 + 8 * n,
        }
        return 200, {
            "id": "x",
            "object": "chat.completion" if chat else "text_completion",
            "model": b.served or asked["model"],
            "system_fingerprint": "fp_test",
            "choices": choices,
            **({"usage": usage} if b.usage else {}),
        }

    def _choice(self, chat: bool, index: int, text: str) -> dict[str, Any]:
        if not chat:
            return {"index": index, "text": text, "finish_reason": "stop"}
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if self.behaviour.reasoning:
            message["reasoning_content"] = "Let me think."
        if self.behaviour.refusal:
            message = {"role": "assistant", "content": None, "refusal": "I will not."}
        return {"index": index, "message": message, "finish_reason": "stop"}

    def told(self) -> dict[str, Any]:
        """The stats in JSON types."""
        return {each.name: getattr(self.stats, each.name) for each in fields(self.stats)}

    def page(self, path: str) -> Any:
        """What is to be read at `path` in JSON types; None if there is nothing."""
        return self.told() if path == "/stats" else None


class Connection(asyncio.Protocol):
    """One keep-alive connection: HTTP/1.1 with Content-Length bodies, one call at a time."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.buffer = b""
        self.transport: asyncio.Transport | None = None
        self.busy = False
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        if self.busy:
            self._leave()
        if self.timer:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found or self.busy:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        method, path, _ = first.split(" ", 2)
        self._handle(method, path, headers, rest[:length])

    def _handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        app, b = self.app, self.app.behaviour
        if (page := app.page(path)) is not None:
            return self._send(200, page)
        if path == "/control":
            _change(b, json.loads(body))
            return self._send(200, {})
        if method == "GET" and path.endswith("/models") and path.startswith("/v1"):
            return self._models(headers)
        if method != "POST" or path not in ("/v1/chat/completions", "/v1/completions"):
            return self._send(404, {"error": {"message": f"no such page: {path}"}})
        return self._call(path, body, headers.get("authorization", ""))

    def _models(self, headers: dict[str, str]) -> None:
        b = self.app.behaviour
        if b.key and headers.get("authorization") != f"Bearer {b.key}":
            told = f"Incorrect API key provided: {headers.get('authorization')}"
            return self._send(401, {"error": {"message": told}})
        if not b.has_models:
            return self._send(404, {"error": {"message": "no such page"}})
        return self._send(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in b.models]})

    def _call(self, path: str, body: bytes, authorization: str) -> None:
        app, b, stats = self.app, self.app.behaviour, self.app.stats
        digest = hashlib.sha256(body).hexdigest()[:16]
        before = stats.bodies[digest]
        stats.bodies[digest] += 1
        stats.calls += 1
        stats.in_flight += 1
        stats.max_in_flight = max(stats.max_in_flight, stats.in_flight)
        self.busy = True
        if refused := app.refused(body, authorization):
            status, error, extra = refused
            return self._answer(status, {"error": error}, extra)
        draw = iter(_draws(body, 10 + before))
        if next(draw) < b.hang:
            return None
        if next(draw) < b.errors:
            return self._answer(500, {"error": {"message": "the engine stumbled"}}, {})
        status, reply = app.reply(path, json.loads(body), body)
        cut_headers, cut_body, malformed, empty = (
            next(draw) < share for share in (b.cut_headers, b.cut_body, b.malformed, b.empty)
        )
        if empty:
            reply["choices"] = []
        raw = json.dumps(reply).encode()
        if malformed:
            raw = raw[:-3]
        head = _head(status, len(raw), {})
        whole = not (cut_headers or cut_body)
        sent = head + raw if whole else head[:20] if cut_headers else head + raw[:10]
        if status == 200 and whole and not malformed and not empty:
            stats.answered[digest] += 1
        wait = latency_of(body, b.latency)
        loop = asyncio.get_running_loop()
        if wait:
            self.timer = loop.call_later(wait, self._write, status, sent, whole)
        else:
            self._write(status, sent, whole)
        return None

    def _answer(self, status: int, reply: dict[str, Any], extra: dict[str, str]) -> None:
        raw = json.dumps(reply).encode()
        self._write(status, _head(status, len(raw), extra) + raw, True)

    def _write(self, status: int, raw: bytes, whole: bool) -> None:
        self._leave()
        stats = self.app.stats
        stats.statuses[status if whole else 0] += 1
        stats.times.append((time.monotonic() - self.app.started, status if whole else 0))
        if self.transport is None:
            return
        self.transport.write(raw)
        if not whole:
            self.transport.close()
        elif self.buffer:
            self.data_received(b"")

    def _leave(self) -> None:
        self.busy = False
        self.app.stats.in_flight -= 1

    def _send(self, status: int, reply: dict[str, Any]) -> None:
        raw = json.dumps(reply).encode()
        assert self.transport is not None
        self.transport.write(_head(status, len(raw), {}) + raw)


def _head(status: int, length: int, extra: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} So", "Content-Type: application/json", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in extra.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _change(behaviour: Behaviour, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        setattr(behaviour, name, tuple(value) if isinstance(value, list) else value)


@dataclass(slots=True)
class Served:
    """A server under way in a thread of this process; `behaviour` may be changed at any time."""

    url: str
    app: App
    stop_listening: Callable[[], None] = lambda: None

    @property
    def behaviour(self) -> Behaviour:
        return self.app.behaviour

    @property
    def stats(self) -> Stats:
        return self.app.stats


async def listen(app: App, port: int) -> tuple[asyncio.Server, str]:
    """Listen in the running loop; the server and its address."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(app), "127.0.0.1", port, backlog=1024)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


@contextlib.contextmanager
def serving(behaviour: Behaviour | None = None, port: int = 0, app: App | None = None) -> Iterator[Served]:
    """Run the server in a thread; yields its address and what it was asked. `app` may decide in another way."""
    app = app or App(behaviour or Behaviour())
    loop = asyncio.new_event_loop()
    server, url = loop.run_until_complete(listen(app, port))
    thread = threading.Thread(target=loop.run_forever, name="chat-server", daemon=True)
    thread.start()

    def stop_listening() -> None:
        loop.call_soon_threadsafe(server.close)

    try:
        yield Served(url, app, stop_listening)
    finally:
        stop_listening()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def behaviour_of(settings: list[str]) -> Behaviour:
    """The behaviour with fields set as NAME=VALUE, tuples with commas."""
    behaviour = Behaviour()
    for name, _, value in (each.partition("=") for each in settings):
        old = {each.name: getattr(behaviour, each.name) for each in fields(behaviour)}[name]
        kind = type(old)
        if kind is tuple:
            setattr(behaviour, name, tuple(type(old[0])(part) for part in value.split(",")))
        else:
            setattr(behaviour, name, value == "True" if kind is bool else kind(value))
    return behaviour


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a field of Behaviour")
    given = parser.parse_args()
    behaviour = behaviour_of(given.set)

    async def serve() -> None:
        server, url = await listen(App(behaviour), given.port)
        print(url, flush=True)
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    _main()
