"""What `--dry-run` prints: steps, token statistics, rejects, and one decoded row with its masks in colour."""

from __future__ import annotations

from collections.abc import Sequence

from lemma_eval.protocol import EvalProtocol

from .base_model import Base
from .plan import TrainPlan
from .rows import Rows


def print_summary(plan: TrainPlan, protocol: EvalProtocol, base: Base, rows: Rows, taken: Sequence[int]) -> None:
    """Print what a training would do."""
    raise NotImplementedError
