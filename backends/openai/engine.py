"""Any OpenAI-compatible server, on the official client: chat for messages, text completions for text."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lemma_eval.backend import BackendOptions, check_engine_args, check_options
from lemma_eval.calling.gate import Gate
from lemma_eval.calling.in_flight import answer_all
from lemma_eval.calling.prices import Budget, read_price
from lemma_eval.calling.rate_limits import Throttle
from lemma_eval.calling.retrying import Retry
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import UsageError
from lemma_eval.request import Request, runs_of_samples

from .address import OPENAI, base_url, check_model, read_key
from .batch import write_batch
from .batch_results import read_results
from .calls import Calls
from .client import need_client, open_client
from .request import Form

_LOG = logging.getLogger("lemma_eval")
_OPTIONS = ("base_url", "concurrency", "rpm", "tpm", "price", "max_cost", "batch_import")
_ARGS = ("attempts", "echo", "extra_body", "known_as", "max_tokens_name", "n", "omit", "stops", "timeout")
_CONCURRENCY = 32
_SAMPLES = 16  # of one prompt in one call: nearly all of the prefill is saved, and results still come piecemeal
_STOPS_OF_OPENAI = 4
# Not for `extra_body`: the run's own options say them, and its record.
_OURS = ("model", "messages", "prompt", "n", "stream", "temperature", "top_p", "seed", "stop", "max_tokens",
         "max_completion_tokens")  # fmt: skip
_PARAMETERS = ("temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stop", "n")


def open_backend(model: str, options: BackendOptions) -> OpenAI:
    """The model called `model` at the server of `--base-url`, else OPENAI_BASE_URL, else OpenAI's.

    Engine arguments: `omit=temperature,stop` parameters not to send; `max_tokens_name=max_completion_tokens`;
    `extra_body=JSON` more of them; `n=off` one sample a call, or `n=16` that many at most; `stops=4` how many stop
    strings to send (4 is what OpenAI takes and is sent there, else all; texts are cut at all of them in any case);
    `attempts=8`; `timeout=600` seconds for a call; `echo=off` for a server that goes on with the beginning of a reply
    without repeating it, which then goes unproved; `known_as=URL` for a server that has moved: its address when it was
    first asked, which is part of the model's identity. Raises UsageError or DataError for options that make no sense.
    """
    check_options("openai", options, _OPTIONS)
    check_engine_args("openai", options.engine_args, _ARGS)
    args = options.engine_args
    address = base_url(options.base_url)
    form = Form(
        frozenset(_names(args.get("omit", ""))),
        args.get("max_tokens_name", "max_tokens"),
        _number(args, "stops") if "stops" in args else _STOPS_OF_OPENAI if address == OPENAI else None,
        _extra_body(args.get("extra_body", "{}")),
        _on(args, "echo"),
    )
    if options.max_cost is not None and options.price is None:
        raise UsageError("--max-cost needs a --price INPUT,OUTPUT in USD per million tokens")
    if options.max_cost is not None and form.max_tokens_name in form.omit:
        raise UsageError(f"--max-cost needs a limit of new tokens; leave {form.max_tokens_name} out of omit")
    for name in ("concurrency", "rpm", "tpm"):
        if (given := getattr(options, name)) is not None and given < 1:
            raise UsageError(f"--{name} must be at least 1, not {given}")
    budget = Budget(read_price(options.price, model), options.max_cost, options.spent) if options.price else None
    known_as = base_url(args["known_as"], "--engine-arg known_as") if "known_as" in args else address
    settings: dict[str, Any] = {"base_url": known_as}
    settings |= {name: args[name] for name in ("omit", "max_tokens_name", "extra_body", "echo") if name in args}
    samples = 1 if args.get("n") in ("off", "1") or "n" in form.omit else _number(args, "n", _SAMPLES)
    return OpenAI(
        f"openai:{known_as}:{model}",
        model,
        settings,
        address,
        form,
        options,
        samples,
        Retry(attempts=_number(args, "attempts", 8)),
        float(_number(args, "timeout", 600)),
        budget,
    )


@dataclass(slots=True)
class OpenAI:
    """Follows `Backend`, `Pausing` and `BatchWriter` of `lemma_eval.backend`. The key is read when needed, not kept.

    Where results of a batch are given they are read instead of asking: no server is needed then, and no key.
    """

    model: str
    label: str
    settings: Mapping[str, Any]
    address: str
    form: Form
    options: BackendOptions
    samples: int
    retry: Retry
    timeout: float
    budget: Budget | None
    name: str = "openai"
    version: str = "1"  # the form of the calls; changes when that does
    keyed: bool = False
    chat: bool = True
    pauses: bool = True
    throttle: Throttle = field(init=False)

    def __post_init__(self) -> None:
        given = self.options
        self.throttle = Throttle(given.concurrency or _CONCURRENCY, given.rpm, given.tpm)

    def __enter__(self) -> Self:
        if not self.options.batch_import:
            need_client()
            check_model(self.address, read_key(self.address), self.label)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def generate(self, requests: Iterable[Request | None]) -> Iterator[Completion | Failure]:
        """Results as they come. Raises BudgetError or ModelError after what is in flight, where the run must stop."""
        if self.options.batch_import:
            # A line is read at once, so that there is never anything to wait for.
            wanted = (request for request in requests if request is not None)
            yield from read_results(self.options.batch_import, wanted, self.label, _LOG.warning, self.form.echo)
            return
        key = read_key(self.address)
        client, post = open_client(self.address, key, self.timeout, self.throttle.most)
        calls = Calls(
            self.address,
            key,
            self.label,
            self.form,
            self.options.seed,
            self.retry,
            self.timeout,
            Gate(self.throttle),
            post,
            self.budget,
            self.samples == 1,
        )

        def runs() -> Iterator[tuple[Request, ...] | None]:
            for run in runs_of_samples(requests, self.samples):
                yield from ((request,) for request in run) if run is not None and calls.single else (run,)

        yield from answer_all(runs(), calls.answers, self.throttle.most, client)

    def write_batch(self, requests: Iterable[Request], path: Path) -> int:
        """Write the calls into a batch file instead of making them, one line per request; the number of lines."""
        made = write_batch(requests, path, self.label, self.form, self.options.seed)
        for remark in made.remarks:
            _LOG.warning(remark)
        return made.lines


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in _PARAMETERS:
            raise UsageError(f"--engine-arg omit={name}: not a parameter; known: {', '.join(_PARAMETERS)}")
    return names


def _number(args: Mapping[str, str], name: str, default: int = 0) -> int:
    text = args.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"--engine-arg {name}={text}: give a whole number from 1")
    return int(text)


def _on(args: Mapping[str, str], name: str) -> bool:
    if (text := args.get(name, "on")) not in ("on", "off"):
        raise UsageError(f"--engine-arg {name}={text}: give on or off")
    return text == "on"


def _extra_body(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise UsageError("--engine-arg extra_body must be a JSON object, such as '{\"top_k\": 20}'")
    if (key := os.environ.get("OPENAI_API_KEY", "").strip()) and key in text:
        raise UsageError("--engine-arg extra_body holds the key in OPENAI_API_KEY; it is sent anyway, and never stored")
    for name in _OURS:
        if name in body:
            raise UsageError(f"--engine-arg extra_body must not hold '{name}': that is the run's own")
    return body
