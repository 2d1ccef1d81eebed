"""`ScoreRow`s as JSON and back, without the single problems' values: what the index keeps of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from lemma_eval.measures.counts import Counts
from lemma_eval.measures.estimate import Estimate
from lemma_eval.result import GraderId
from lemma_eval.scores.row import ScoreRow
from lemma_eval.scores.signature import Signature


def to_json(rows: Iterable[ScoreRow]) -> list[dict[str, Any]]:
    """The rows in JSON types."""
    return [asdict(replace(row, values={})) for row in rows]


def from_json(rows: Iterable[dict[str, Any]], name: str) -> list[ScoreRow]:
    """The rows again, of a run that is now called `name`. Raises KeyError or TypeError for anything else."""
    return [_row({**row, "run": name}) for row in rows]


def _row(row: dict[str, Any]) -> ScoreRow:
    return ScoreRow(
        **{
            **row,
            "grader": GraderId(**row["grader"]),
            "part": None if row["part"] is None else (row["part"][0], row["part"][1]),
            "counts": Counts(**row["counts"]),
            "estimates": tuple(Estimate(**each) for each in row["estimates"]),
            "signature": Signature(tuple((name, value) for name, value in row["signature"]["parts"])),
            "marks": tuple(row["marks"]),
        }
    )
