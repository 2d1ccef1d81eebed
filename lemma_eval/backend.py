"""`Backend`: the protocol every inference engine follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import UsageError, unknown_name
from lemma_eval.request import Request

PAUSE = 0.01  # seconds, the time that a result takes to be stored


class Backend(Protocol):
    """An engine with one model, opened cheaply; the weights are loaded when the context is entered.

    `name` and `version` are the engine's; `model` is the identity that goes into each request, `label` what people call
    the model; `settings` are the engine settings that can change a completion, in JSON types, for the manifest. `keyed`
    engines look answers up by problem, so each problem gets a request of its own; `chat` says whether the model takes
    messages.
    """

    name: str
    version: str
    model: str
    label: str
    settings: Mapping[str, Any]
    keyed: bool
    chat: bool

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def generate(self, requests: Iterable[Request]) -> Iterator[Completion | Failure]:
        """Yield one result per request, each as it finishes, in any order.

        Requests are pulled lazily, with a bounded number in flight. An engine that stops on its own account, such as
        one whose budget is spent, yields what is in flight and then raises a LemmaEvalError; what it did not answer
        is asked on resume. Called again within one context it goes on as before, its budget and limits too.
        """
        ...


@runtime_checkable
class Pausing(Protocol):
    """A backend that can wait for requests which the results still in flight will bring; `pauses` says that it does.

    Such requests are made from results, as those of a synthesis are. To a backend with `pauses` their source may yield
    None: "nothing now; go on with what you have, and ask again after the next result or `PAUSE` seconds, whichever is
    first". It does so only while the backend has a request without a result, so that there is something to wait for; a
    backend that has none ends. For any other backend the source ends instead, and `generate` is called again for what
    has become ready: that works too, but slots stay empty from the end of the source to the last result of the call.
    """

    pauses: bool

    def generate(self, requests: Iterable[Request | None]) -> Iterator[Completion | Failure]:
        """As `Backend.generate`, with pauses among the requests."""
        ...


@runtime_checkable
class BatchWriter(Protocol):
    """A backend that can also write requests into a file for a service that answers such files at its own time."""

    def write_batch(self, requests: Iterable[Request], path: Path) -> int:
        """Write one line per request to `path`, whole or not at all; the number of lines."""
        ...


@dataclass(frozen=True, slots=True)
class BackendOptions:
    """What the command line hands to `open_backend(model, options)`; None or the default stands for "not given".

    An engine names the options it takes (`check_options`); `engine_args` are its own settings by name. `rpm` and `tpm`
    are requests and tokens per minute; `price` is `INPUT,OUTPUT[,CACHED]` in USD per million tokens, or a TOML file of
    such prices by model; `max_cost` is in USD, of which `spent` are gone in earlier sittings of the run.
    """

    seed: int = 0
    dtype: str = "auto"
    device: str = "auto"
    batch_size: int | None = None
    trust_remote_code: bool = False
    allow_pickle: bool = False
    chat_template: Path | None = None
    tensor_parallel: int | None = None
    data_parallel: int | None = None
    quantization: str | None = None
    max_model_len: int | None = None
    base_url: str | None = None
    concurrency: int | None = None
    rpm: int | None = None
    tpm: int | None = None
    price: str | None = None
    max_cost: float | None = None
    spent: float = 0.0
    batch_import: tuple[Path, ...] = ()
    engine_args: Mapping[str, str] = field(default_factory=dict)


_FOR_ALL = ("seed", "spent", "engine_args")


def check_options(backend: str, options: BackendOptions, takes: Iterable[str]) -> None:
    """Raise UsageError for the first option given that `backend` has no use for: to ignore it would be to lie."""
    allowed = {*_FOR_ALL, *takes}
    for each in fields(options):
        if each.name not in allowed and getattr(options, each.name) != each.default:
            raise UsageError(f"backend {backend} takes no --{each.name.replace('_', '-')}; leave it out")


def check_engine_args(backend: str, given: Mapping[str, str], known: Iterable[str]) -> None:
    """Raise for the first engine argument that `backend` does not know, with the nearest known one."""
    names = list(known)
    for name in given:
        if not names:
            raise UsageError(f"backend {backend} takes no --engine-arg")
        if name not in names:
            raise unknown_name(f"--engine-arg of backend {backend}", name, names)
