"""Student and teacher: a model as the folder knows it, whose engine is opened when something is to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from lemma_eval.backend import Backend, Pausing
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import RunError
from lemma_eval.request import Request
from lemma_eval.running.manifest import differing


def describe(backend: Backend) -> dict[str, Any]:
    """What tells one model from another: equal for two engines exactly if their replies may be mixed."""
    engine = {"name": backend.name, "version": backend.version, "settings": dict(backend.settings)}
    return {"model": backend.model, "backend": engine, "keyed": backend.keyed, "chat": backend.chat}


@dataclass(slots=True)
class Asked:
    """Follows `lemma_eval.backend.Backend` and `Pausing`: the model that `facts` describe (see `describe`).

    `open` gives its engine; it is called when there is something to ask, so that a folder can be carried on, as far as
    replies are stored, where the model is not. All of the engine's work is done in the context `within`. Raises
    RunError if the engine is then not that of the facts.
    """

    facts: Mapping[str, Any]
    label: str
    open: Callable[[], Backend]
    within: Callable[[], AbstractContextManager[None]] = nullcontext
    name: str = field(init=False)
    version: str = field(init=False)
    model: str = field(init=False)
    settings: Mapping[str, Any] = field(init=False)
    keyed: bool = field(init=False)
    chat: bool = field(init=False)
    pauses: bool = field(init=False, default=False)
    _engine: Backend | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        engine = self.facts["backend"]
        self.name, self.version, self.settings = engine["name"], engine["version"], engine["settings"]
        self.model, self.keyed, self.chat = self.facts["model"], self.facts["keyed"], self.facts["chat"]

    def engine(self) -> Backend:
        """The engine itself, not entered."""
        with self.within():
            engine = self.open()
        if differences := differing(self.facts, describe(engine)):
            raise RunError(f"{self.label} is not the model that the folder knows: {differences}; give another --out")
        return engine

    def __enter__(self) -> Self:
        self._engine = self.engine()
        with self.within():
            self._engine.__enter__()
        self.pauses = isinstance(self._engine, Pausing) and self._engine.pauses
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._engine is not None
        self._engine.__exit__(kind, error, trace)

    def generate(self, requests: Iterable[Request | None]) -> Iterator[Completion | Failure]:
        """As the engine does."""
        engine: Any = self._engine
        with self.within():
            yield from engine.generate(requests)
