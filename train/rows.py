"""The rows of a training: trajectories read from files, encoded one by one, counted whatever becomes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lemma_eval.errors import DataError
from lemma_eval.hashing import digest
from lemma_eval.protocol import EvalProtocol, Style
from lemma_eval.trajectory import Trajectory, of_row

from .encode import IGNORE, Encoded, Reason, Unfit, encode, encode_batch
from .plan import TrainPlan

_AT_ONCE = 500_000  # characters tokenized at once: for every core some rows, and little memory
_ADVICE = {
    Reason.TOO_LONG: "give a larger --max-length, or a model that takes more",
    Reason.BOUNDARY: "the tokenizer joins the end of the prompt with the beginning of the reply, and the model would "
    "never be asked so; give another --protocol or --model",
    Reason.STOP: "a run would cut such replies there; take it out of the texts, or give --protocol boxed, which cuts "
    "nowhere",
    Reason.SPECIAL: "take special tokens, and characters that the tokenizer has no token for, out of the texts",
    Reason.NOTHING: "give texts that are not empty, and --loss-on-error where they are nothing but error",
    Reason.REFUSED: "neither template nor tokenizer may refuse the texts",
}
_WITHIN = (Path("data", "trajectories.jsonl"), Path("trajectories.jsonl"))  # a synthesis' folder, or a part of it


@dataclass(slots=True)
class Rows:
    """What is trained on, in the order of the files: `input_ids` and `labels` of each row, int32 arrays.

    `prompts` and `masked` count tokens; `rejects` are (id of the trajectory, reason, detail). `first` is the
    first row with an erroneous span, else the first row, and `error` the places of the span's tokens in it.
    """

    input_ids: list[Any] = field(default_factory=list)
    labels: list[Any] = field(default_factory=list)
    prompts: int = 0
    masked: int = 0
    highest: int = 0
    rejects: list[tuple[str, str, str]] = field(default_factory=list)
    first: Encoded | None = None
    error: frozenset[int] = frozenset()

    @property
    def lengths(self) -> list[int]:
        """Tokens of each row."""
        return [len(row) for row in self.input_ids]

    @property
    def supervised(self) -> int:
        """Tokens with a loss, of all rows."""
        return sum(int((labels != IGNORE).sum()) for labels in self.labels)

    def reasons(self) -> Mapping[str, int]:
        """Rejects by reason."""
        return dict(sorted(Counter(reason for _, reason, _ in self.rejects).items()))


def read_trajectories(paths: Sequence[Path]) -> list[Trajectory]:
    """The trajectories of files (JSONL, JSON, Parquet) or of syntheses' folders, by id, whatever their order there.

    Raises DataError for a file that is absent, malformed or holds no row.
    """
    found: list[Trajectory] = []
    for path in paths:
        file = next((path / each for each in _WITHIN if (path / each).is_file()), path)
        if file.is_dir():
            raise DataError(f"{path}: is a folder without {_WITHIN[0]}; give a file of trajectories or a synthesis")
        before = len(found)
        found += _of_file(file)
        if len(found) == before:
            raise DataError(f"{file}: holds no trajectory")
    return sorted(found, key=lambda each: each.id)  # which row a step sees does not depend on how files are sorted


def _of_file(path: Path) -> Iterator[Trajectory]:
    from lemma_eval.rows.files import iterate_rows

    for place, row in iterate_rows(path):
        yield of_row(row, place)


def identity(trajectories: Iterable[Trajectory]) -> str:
    """A hash of the set of trajectories, whatever their order, and of the benchmarks that say how each is put."""
    return digest(sorted([each.id, str(each.provenance.get("source") or "")] for each in trajectories))


def encode_rows(
    trajectories: Sequence[Trajectory],
    tokenizer: Any,
    protocol: EvalProtocol,
    plan: TrainPlan,
    families: Callable[[Trajectory], str],
    advance: Callable[[int], None] = lambda done: None,
) -> Rows:
    """All trajectories, encoded or rejected. `families` gives the benchmark family whose style a question is put in.

    `advance` is told how many are done. Raises DataError where all of them are rejected.
    """
    import numpy as np

    rows, done = Rows(), 0
    for batch in _batches(trajectories):
        styled = [(each, protocol.style(families(each))) for each in batch]
        made = encode_batch(styled, tokenizer, protocol, max_length=plan.max_length, loss_on_error=plan.loss_on_error)
        for (trajectory, style), row in zip(styled, made, strict=True):
            done += 1
            advance(done)
            if isinstance(row, Unfit):
                rows.rejects.append((trajectory.id, str(row.reason), row.detail))
                continue
            rows.input_ids.append(np.array(row.input_ids, dtype=np.int32))
            rows.labels.append(np.array(row.labels, dtype=np.int32))
            rows.prompts += row.prompt
            rows.masked += row.masked
            rows.highest = max(rows.highest, max(row.input_ids))
            if rows.first is None or (not rows.error and trajectory.error_span is not None):
                rows.first, rows.error = row, _erroneous(trajectory, tokenizer, protocol, style)
    if not rows.input_ids:
        raise DataError(_none_left(rows))
    return rows


def _erroneous(trajectory: Trajectory, tokenizer: Any, protocol: EvalProtocol, style: Style) -> frozenset[int]:
    """The places of the tokens that hold a character of the erroneous span, those that can be left out of the loss."""
    if trajectory.error_span is None or not tokenizer.is_fast:
        return frozenset()
    made = encode(trajectory, tokenizer, protocol, style, max_length=None, loss_on_error=False)
    if isinstance(made, Unfit):
        return frozenset()
    return frozenset(at for at, label in enumerate(made.labels) if at >= made.prompt and label == IGNORE)


def _batches(trajectories: Sequence[Trajectory]) -> Iterator[list[Trajectory]]:
    batch, size = list[Trajectory](), 0
    for each in trajectories:
        batch.append(each)
        size += len(each.question) + len(each.text)
        if size >= _AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _none_left(rows: Rows) -> str:
    reasons = rows.reasons()
    told = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
    if not reasons:
        return "no row is left to train on, of 0"
    most = max(reasons, key=lambda reason: reasons[reason])
    detail = next(detail for _, reason, detail in rows.rejects if reason == most)
    return f"no row is left to train on, of {len(rows.rejects)}: {told} (as {detail}); {_ADVICE[Reason(most)]}"
