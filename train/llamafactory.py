"""All that LLaMA-Factory needs to train in its own environment: data, dataset_info.json, train.yaml, a run script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from lemma_eval.handoff import Handoff
from lemma_eval.protocol import EvalProtocol
from lemma_eval.trajectory import Trajectory

from .base_model import Base
from .plan import TrainPlan
from .rows import Rows


def write_recipe(
    folder: Path,
    plan: TrainPlan,
    protocol: EvalProtocol,
    base: Base,
    trajectories: Sequence[Trajectory],
    rows: Rows,
    handoff: Handoff,
    families: Callable[[Trajectory], str],
) -> None:
    """Write the recipe."""
    raise NotImplementedError
