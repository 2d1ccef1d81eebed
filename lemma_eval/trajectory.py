"""`Trajectory`: a worked solution, possibly with an erroneous span that later text corrects; and its form as a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lemma_eval.errors import DataError
from lemma_eval.hashing import digest


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A solution text for a question with its gold answer.

    `error_span` are the character offsets (start, end) of the erroneous part of `text`, None if there is none.
    `provenance`, in JSON types, says where it came from (models, prompt versions, parents).
    Raises ValueError for a span outside `text`.
    """

    question: str
    text: str
    gold: str
    error_span: tuple[int, int] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.error_span is not None:
            start, end = self.error_span
            if not 0 <= start <= end <= len(self.text):
                raise ValueError(f"error_span {self.error_span} lies outside a text of {len(self.text)} characters")

    @property
    def id(self) -> str:
        """Content identity: 32 hex digits over question, text, gold and span."""
        return digest([self.question, self.text, self.gold, self.error_span])


def to_row(trajectory: Trajectory, id: str | None = None) -> dict[str, Any]:
    """The trajectory as a row in JSON types, its keys in this order; `id` is its own unless another is given."""
    return {
        "id": trajectory.id if id is None else id,
        "question": trajectory.question,
        "text": trajectory.text,
        "gold": trajectory.gold,
        "error_span": None if trajectory.error_span is None else list(trajectory.error_span),
        "provenance": dict(trajectory.provenance),
    }


def of_row(row: Mapping[str, Any], place: str = "a trajectory") -> Trajectory:
    """The trajectory in a row as `to_row` makes it, read from JSONL or Parquet; other keys are left alone.

    Raises DataError, which begins with `place`, for a row that is none.
    """
    texts = []
    for name in ("question", "text", "gold"):
        if not isinstance(row.get(name), str):
            raise DataError(f"{place}: '{name}' must be a text, as in data/trajectories.jsonl of a synthesis")
        texts.append(row[name])
    span, provenance = row.get("error_span"), row.get("provenance")
    if span is not None:
        whole = isinstance(span, list | tuple) and all(type(each) is int for each in span)
        if not whole or len(span) != 2:
            raise DataError(f"{place}: 'error_span' must be two character offsets, or null")
    if provenance is not None and not isinstance(provenance, Mapping):
        raise DataError(f"{place}: 'provenance' must be an object")
    try:
        return Trajectory(texts[0], texts[1], texts[2], None if span is None else (span[0], span[1]), provenance or {})
    except ValueError as error:
        raise DataError(f"{place}: {error}") from None
