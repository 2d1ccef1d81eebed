"""`Request`: what a model is asked, and `Sampling`: how it is to answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache

from lemma_eval.errors import UsageError
from lemma_eval.hashing import digest
from lemma_eval.problem import Problem


@dataclass(frozen=True, slots=True)
class Sampling:
    """Decoding settings. `temperature` 0 is greedy; `max_tokens` bounds the new tokens; `stop` strings end the text.

    Raises UsageError for a value outside its range.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < float("inf"):
            raise UsageError(f"temperature must be 0 or more, not {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"top-p must be above 0 and at most 1, not {self.top_p}")
        if self.max_tokens < 1:
            raise UsageError(f"max-new-tokens must be at least 1, not {self.max_tokens}")
        if "" in self.stop:
            raise UsageError("a stop string must not be empty")
        # 0 and 0.0 are one setting and must give one request id.
        object.__setattr__(self, "temperature", float(self.temperature) + 0.0)
        object.__setattr__(self, "top_p", float(self.top_p))


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat; `role` is system, user or assistant."""

    role: str
    content: str


Prompt = str | tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One sample of one prompt from one model.

    Messages that end with one of the assistant ask to go on with it: the completion is what comes after its last
    character.
    `model` is the model's identity (a hash for local checkpoints), `sample` its number from 0. `key` tells apart
    requests of equal prompt that must not share a completion (recorded generations); engines leave it empty, so that
    a question that a benchmark asks twice is generated once. `problem` says whom the request is for; of a question that
    a benchmark holds k times, `copy` (j, k) says which one this is, 0 <= j < k. Neither is part of its identity.
    `series` is a hash of everything else but the sample number, and `id` one of series and sample number: order-free,
    stable, never shared by two models.
    """

    model: str
    prompt: Prompt
    sampling: Sampling
    sample: int = 0
    key: str = ""
    problem: Problem | None = field(default=None, compare=False, repr=False)
    copy: tuple[int, int] = field(default=(0, 1), compare=False, repr=False)
    series: str = field(init=False, compare=False)
    id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "series", _series(self.model, self.prompt, self.sampling, self.key))
        own = hashlib.sha256(f"{self.series}/{self.sample}".encode())
        object.__setattr__(self, "id", own.hexdigest()[:32])

    def seed(self, run_seed: int) -> int:
        """The sample's own seed, 0 <= seed < 2**63, whatever other requests are in flight.

        The samples of a series have consecutive seeds: an engine that draws n samples in one call and gives the i-th
        the call's seed + i, as vLLM does, then draws each as it would alone.
        """
        first = int.from_bytes(hashlib.sha256(f"{run_seed}:{self.series}".encode()).digest()[:8], "big") >> 2
        return first + self.sample


@lru_cache(maxsize=16)  # the samples of a series are made one after the other
def _series(model: str, prompt: Prompt, sampling: Sampling, key: str) -> str:
    return digest([model, prompt_json(prompt), sampling_json(sampling), key])


@lru_cache(maxsize=64)
def sampling_json(sampling: Sampling) -> str:
    """The settings as JSON text."""
    return json.dumps(asdict(sampling), sort_keys=True)


def runs_of_samples(requests: Iterable[Request | None], most: int) -> Iterator[tuple[Request, ...] | None]:
    """Neighbouring requests that one call can serve: consecutive samples of one series, at most `most` at once.

    None among the requests is a pause (see `lemma_eval.backend.Pausing`): nothing is held back over it, and it is told
    on where nothing was.
    """
    waiting: list[Request] = []
    for request in requests:
        last = waiting[-1] if waiting else None
        follows = (
            last is not None
            and request is not None
            and (request.series, request.sample) == (last.series, last.sample + 1)
        )
        paused = request is None and not waiting
        if waiting and (not follows or len(waiting) == most):
            yield tuple(waiting)
            waiting = []
        if request is not None:
            waiting.append(request)
        elif paused:
            yield None
    if waiting:
        yield tuple(waiting)


def given_beginning(prompt: Prompt) -> str:
    """The beginning of the reply that a chat is to go on with; "" where it is to answer. A text tells no such thing."""
    if isinstance(prompt, str) or not prompt or prompt[-1].role != "assistant":
        return ""
    return prompt[-1].content


def prompt_json(prompt: Prompt) -> str | list[dict[str, str]]:
    """The prompt in JSON types: text, or the list of messages."""
    return prompt if isinstance(prompt, str) else [asdict(message) for message in prompt]


def cut_at_stop(text: str, stop: Sequence[str]) -> tuple[str, bool]:
    """`text` up to the first occurrence of any of the `stop` strings, and whether there was one."""
    ends = [end for end in (text.find(mark) for mark in stop if mark) if end >= 0]
    return (text[: min(ends)], True) if ends else (text, False)
