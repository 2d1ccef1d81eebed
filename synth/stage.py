"""What a stage is: one of two kinds of pure function. Everything else is the engine's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lemma_eval.completion import Completion
from lemma_eval.request import Request

from .records import Record, Reject


@dataclass(frozen=True, slots=True)
class Ask:
    """These requests (at least one) have to be answered before the stage can go on with its record."""

    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a stage's input: new records, rejects. Of a step at least one of either."""

    records: tuple[Record, ...] = ()
    rejects: tuple[Reject, ...] = ()


# Called with the replies to all that it asked for so far, in the order of asking: at first none, so that a repair
# question is just a second Ask. Never raises on a bad reply.
Step = Callable[[Record, Sequence[Completion]], Ask | Done]
# Over all that came in, sorted by id, once nothing more can come.
Fold = Callable[[Sequence[Record]], Done]


@dataclass(frozen=True, slots=True)
class Stage:
    """A named stage with either a `step` or a `fold`; its input is what comes out of the stages `after`.

    `version` changes when what it makes of the same input and replies does; `prompts` are the names and versions of
    those it uses. `asks` says whether it needs the teacher.
    """

    name: str
    version: str
    after: tuple[str, ...]
    step: Step | None = None
    fold: Fold | None = None
    prompts: tuple[tuple[str, str], ...] = ()

    @property
    def asks(self) -> bool:
        """Whether the teacher is asked."""
        return bool(self.prompts)
