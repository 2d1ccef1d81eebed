"""A training from its first step, or from where it stopped, to the finished checkpoint."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import click

from lemma_eval.errors import LemmaEvalError, ModelError, RunError
from lemma_eval.handoff import CHECKPOINTS, Handoff, read_handoff, write_handoff

from . import processes, progress, trl_backend, weights
from .base_model import Base
from .folder import REJECTS, finish, training_in, write_rejects
from .plan import TrainPlan
from .rows import Rows

_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


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
    something else or cannot be written, ModelError where the model cannot be loaded or trained.
    """
    with progress.waiting("loading the trainer"):
        trl_backend.require(plan)
    settings = {
        "model": handoff.base["identity"],
        "data": handoff.data["digest"],
        "protocol": handoff.protocol["digest"],
        "pad": handoff.tokens["pad"],
        "plan": dict(handoff.plan),
    }
    with ExitStack() as stack:
        own = processes.first()
        finished = stack.enter_context(training_in(folder, settings)) if own else read_handoff(folder)
        if finished is not None:
            shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
            say(f"{folder}: is trained already, {finished.result.get('steps')} steps; evaluate it with  "
                f"lemma-eval run {folder} -b gsm8k")  # fmt: skip
            return
        if own:
            trl_backend.drop_broken(folder)
            write_rejects(folder, rows.rejects)
            (folder / CHECKPOINTS).mkdir(exist_ok=True)
            write_handoff(folder / CHECKPOINTS, handoff)  # what is saved on the way is asked like the end
            told = ", ".join(f"{count:,} {reason}" for reason, count in rows.reasons().items())
            rejected = f"; rejected: {told} ({folder / REJECTS})" if told else ""
            say(f"{len(rows.input_ids):,} rows, {sum(rows.lengths):,} tokens; {len(taken) // plan.batch_size:,} steps "
                f"of {plan.batch_size:,} rows{rejected}")  # fmt: skip
        before = trl_backend.last_checkpoint(folder)
        if before:
            say(f"going on from step {before.rpartition('-')[2]}")
        with progress.waiting("loading the model"), trl_backend.quiet():
            loaded = weights.load(base, plan, rows.highest)
        lengths = rows.lengths
        ends = list(accumulate((lengths[row] for row in taken), initial=0))[:: plan.batch_size]
        try:
            # The bar is gone before anything else is said.
            with progress.watching(folder, ends) if own else nullcontext(lambda step, of, told: None) as watch:
                model = trl_backend.train(
                    plan, rows.input_ids, rows.labels, taken, loaded.model, base.tokenizer, folder, watch
                )
            if own and model is not None:
                handoff = replace(handoff, result=_result(progress.read_log(folder, len(ends))))
                with progress.waiting("writing the checkpoint"), trl_backend.quiet():
                    finish(folder, model, loaded, base.tokenizer, handoff)
        except Exception as error:
            known = _known(error, folder)
            if known is None or own:
                raise (known or error) from (None if known else error.__cause__)
            click.echo(f"lemma-eval: {known}", err=True)  # it may be this process' alone
            sys.exit(2)
        if model is None:
            say(f"interrupted; what is trained is saved, the same command goes on (-o {folder})")
            sys.exit(130)
        if own:
            say(f"{folder}: {handoff.result['steps']} steps, loss {handoff.result['loss']:.4f}; evaluate it with  "
                f"lemma-eval run {folder} -b gsm8k")  # fmt: skip


def _result(log: Sequence[progress.Step]) -> dict[str, Any]:
    last = log[-max(1, len(log) // 20) :]  # of one batch alone it would say little
    return {
        "steps": log[-1].step,
        "loss": round(sum(each.loss for each in last) / len(last), 6),
        "tokens": log[-1].tokens,
        "seconds": log[-1].seconds,
    }


def _known(error: Exception, folder: Path) -> LemmaEvalError | None:
    """What the error of a library says to the user; None for what can only be a fault of the program."""
    if isinstance(error, LemmaEvalError):
        return error
    text = str(error).lower()
    if isinstance(error, MemoryError) or any(words in text for words in _MEMORY):
        return ModelError("not enough memory; the same command goes on with a smaller --micro-batch-size or with "
                          "--gradient-checkpointing, or give -o another folder and --method lora")  # fmt: skip
    # torch's and safetensors' own writers do not say why
    if isinstance(error, OSError) or type(error).__name__ == "SafetensorError" or "inline_container" in text:
        reason = (isinstance(error, OSError) and error.strerror) or "is the disk full?"
        return RunError(f"{folder}: cannot be written ({reason}); the last whole checkpoint is kept, the same command "
                        "goes on")  # fmt: skip
    return None
