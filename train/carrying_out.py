"""A training from its first step, or from where it stopped, to the finished checkpoint."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from lemma_eval.errors import ModelError
from lemma_eval.handoff import Handoff

from . import trl_backend
from .base_model import Base, load_weights
from .folder import finish, training_in, write_rejects
from .plan import TrainPlan
from .rows import Rows

_OWN = os.environ.get("RANK", "0") == "0"  # of several processes one writes


def carry_out(
    plan: TrainPlan,
    base: Base,
    rows: Rows,
    taken: Sequence[int],
    folder: Path,
    handoff: Handoff,
    say: Callable[[str], None],
) -> None:
    """Train on the rows `taken`, batch after batch, and leave the checkpoint in `folder` with its handoff.

    Exits with 130 where it was interrupted: the same command goes on. Raises RunError for a folder that holds
    something else, ModelError where the model cannot be loaded.
    """
    trl_backend.require()
    settings = {
        "model": handoff.base["identity"],
        "data": handoff.data["digest"],
        "protocol": handoff.protocol["digest"],
        "pad": handoff.tokens["pad"],
        "plan": dict(handoff.plan),
    }
    with training_in(folder, settings) if _OWN else nullcontext() as finished:
        if finished is not None:
            say(f"{folder}: is trained already, {finished.result.get('steps')} steps; evaluate it with  "
                f"lemma-eval run {folder} -b gsm8k")  # fmt: skip
            return
        write_rejects(folder, rows.rejects) if _OWN else None
        model, dtype = load_weights(base, plan)
        before = trl_backend.last_checkpoint(folder)
        if before:
            say(f"going on from step {before.rpartition('-')[2]}")
        try:
            done = trl_backend.train(
                plan, rows.input_ids, rows.labels, taken, model, base.tokenizer, folder, _watch(say)
            )
        except RuntimeError as error:
            if "out of memory" not in str(error).lower():
                raise
            raise ModelError("not enough memory; give -o another folder and a smaller --micro-batch-size, "
                             "--gradient-checkpointing, or --method lora") from None  # fmt: skip
        if done is None:
            say(f"interrupted; what is trained is saved, the same command goes on (-o {folder})")
            sys.exit(130)
        if _OWN:
            trained, result = done
            finish(folder, trained, base.tokenizer, dtype, replace(handoff, result=result))
            say(f"{folder}: {result['steps']} steps, loss {result['loss']:.4f}; evaluate it with  "
                f"lemma-eval run {folder} -b gsm8k")  # fmt: skip


def _watch(say: Callable[[str], None]) -> Callable[[int, int, Mapping[str, float]], None]:
    def watch(step: int, of: int, logged: Mapping[str, float]) -> None:
        if "loss" in logged:
            say(f"step {step} of {of}  loss {logged['loss']:.4f}  rate {logged['learning_rate']:.2e}")

    return watch
