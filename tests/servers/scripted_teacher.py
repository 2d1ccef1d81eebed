"""A teacher without a model: a real HTTP server that speaks the OpenAI protocol and answers the prompts by rule.

`python -m tests.servers.scripted_teacher --port 0 --set latency=0.1,0.5` prints its address and serves until killed;
tests use `teaching(...)`, which runs it in a thread. GET /ledger tells what it did with each request, by stage; the
failures of `chat_server` can be had as well. `--good` leaves all faults out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .chat_server import App, Behaviour, Served, behaviour_of, listen, serving
from .teacher_script import SHARES, Asked, Said, answer, recognize, templates

Shares = Mapping[str, Mapping[str, float]]


class Teacher(App):
    """Answers by rule. `ledger` has an entry for each different request, under a digest of its messages and seed;
    `times` counts how often each was answered; `strange` are the bodies of calls that are none of the pipeline's.
    """

    def __init__(self, behaviour: Behaviour, shares: Shares = SHARES) -> None:
        super().__init__(behaviour)
        self.shares = shares
        self.templates = templates()
        self.ledger: dict[str, dict[str, Any]] = {}
        self.times: Counter[str] = Counter()
        self.strange: list[str] = []

    def reply(self, path: str, asked: dict[str, Any], body: bytes) -> tuple[int, dict[str, Any]]:
        """As `App.reply`, by rule; 400 for what is none of the pipeline's prompts."""
        messages: Sequence[Mapping[str, str]] = asked.get("messages", ())
        about = recognize(messages, self.templates)
        if about is None:
            self.strange.append(body.decode())
            return 400, {"error": {"message": "this is no prompt of the pipeline", "type": "invalid_request_error"}}
        seeds = [int(asked.get("seed", 0)) + i for i in range(int(asked.get("n", 1)))]
        said = [self._said(messages, seed, about) for seed in seeds]
        prompt = sum(len(message["content"]) for message in messages) // 4
        replied = sum(len(each.text) // 4 + 1 for each in said)
        return 200, {
            "id": "x",
            "object": "chat.completion",
            "model": asked["model"],
            "choices": [_choice(i, each) for i, each in enumerate(said)],
            "usage": {"prompt_tokens": prompt, "completion_tokens": replied, "total_tokens": prompt + replied},
        }

    def _said(self, messages: Sequence[Mapping[str, str]], seed: int, about: Asked) -> Said:
        said = answer(messages, seed, about, self.shares)
        key = hashlib.sha256(json.dumps([seed, list(messages)], sort_keys=True).encode()).hexdigest()[:16]
        self.times[key] += 1
        self.ledger[key] = {**asdict(said), "fields": dict(about.fields)}
        return said

    def counts(self) -> dict[str, Counter[str]]:
        """Different requests by stage and fault, "" for good replies."""
        found: dict[str, Counter[str]] = {}
        for entry in self.ledger.values():
            found.setdefault(entry["stage"], Counter())[entry["fault"]] += 1
        return found

    def page(self, path: str) -> Any:
        """`/ledger` has the counts and the entries."""
        if path == "/ledger":
            return {"counts": self.counts(), "entries": list(self.ledger.values()), "strange": self.strange}
        return super().page(path)


def _choice(index: int, said: Said) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.text}
    if said.refusal:
        message = {"role": "assistant", "content": None, "refusal": said.refusal}
    return {"index": index, "message": message, "finish_reason": said.finish}


@contextlib.contextmanager
def teaching(shares: Shares = SHARES, port: int = 0, **behaviour: Any) -> Iterator[tuple[Served, Teacher]]:
    """Run the teacher in a thread; yields where it is and what it did. `behaviour` are fields of `Behaviour`."""
    teacher = Teacher(Behaviour(**{"models": ("teacher",), **behaviour}), shares)
    with serving(port=port, app=teacher) as served:
        yield served, teacher


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--good", action="store_true", help="no faults")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a field of Behaviour")
    given = parser.parse_args()
    behaviour = behaviour_of(["models=teacher", *given.set])

    async def serve() -> None:
        server, url = await listen(Teacher(behaviour, {} if given.good else SHARES), given.port)
        print(url, flush=True)
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    _main()
