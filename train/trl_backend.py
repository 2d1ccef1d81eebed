"""Training with TRL's SFTTrainer, fed with our own tokens and labels in our own order."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lemma_eval.errors import MissingExtraError

from .plan import TrainPlan

CHECKPOINTS = "training"  # within the folder of the training: what is gone on from


def require() -> None:
    """Raises MissingExtraError where what a training needs is not installed."""
    try:
        import peft  # noqa: F401
        import trl  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtraError("training", "train", str(error.name)) from None


def train(
    plan: TrainPlan,
    input_ids: Sequence[Any],
    labels: Sequence[Any],
    rows: Sequence[int],
    model: Any,
    tokenizer: Any,
    folder: Path,
    watch: Callable[[int, int, Mapping[str, float]], None],
) -> tuple[Any, Mapping[str, Any]] | None:
    """The trained model (adapters still on it) and `steps`, `loss`; None if it was interrupted, with all saved.

    `rows` are indices into `input_ids` and `labels`, batch after batch. Goes on from the newest whole checkpoint in
    `folder`. `watch` is told of the step, of how many, and of what is logged at it.
    """
    from trl import SFTTrainer

    stop = _Stop()
    trainer = SFTTrainer(
        model=model,
        args=_config(plan, len(rows), folder),
        train_dataset=_dataset(input_ids, labels).select(rows),
        processing_class=tokenizer,
        peft_config=_adapters(plan) if plan.method == "lora" else None,
        callbacks=[_callback(stop, watch)],
    )
    with stop:
        done = trainer.train(resume_from_checkpoint=last_checkpoint(folder))
    if trainer.state.global_step < trainer.state.max_steps:
        return None
    logged = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return trainer.model, {
        "steps": trainer.state.global_step,
        "loss": logged[-1] if logged else done.training_loss,
        "seconds": round(done.metrics["train_runtime"], 1),
    }


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that is whole: its state is written last."""
    found = [
        path
        for path in (folder / CHECKPOINTS).glob("checkpoint-*")
        if (path / "trainer_state.json").is_file() and path.name.rpartition("-")[2].isdecimal()
    ]
    newest = max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
    return None if newest is None else str(newest)


def _dataset(input_ids: Sequence[Any], labels: Sequence[Any]) -> Any:
    # From arrays of numpy, not lists of Python's integers: the paper's rows would take ten times the memory.
    import datasets
    import pyarrow

    kind = pyarrow.list_(pyarrow.int32())
    table = pyarrow.table({"input_ids": pyarrow.array(input_ids, kind), "labels": pyarrow.array(labels, kind)})
    return datasets.Dataset(table)


def _config(plan: TrainPlan, rows: int, folder: Path) -> Any:
    import torch
    from accelerate import PartialState
    from trl import SFTConfig

    steps = max(1, -(-rows // plan.batch_size))
    every = plan.save_every or max(1, round(steps / max(plan.epochs, 1)))
    return SFTConfig(
        output_dir=str(folder / CHECKPOINTS),
        max_steps=steps,
        per_device_train_batch_size=plan.micro_batch_size,
        gradient_accumulation_steps=plan.accumulation(PartialState().num_processes),
        train_sampling_strategy="sequential",  # the order is ours
        shuffle_dataset=False,
        dataset_kwargs={"skip_prepare_dataset": True},  # so are tokens and labels
        max_length=None,  # the default would cut rows in silence
        packing=False,
        learning_rate=plan.learning_rate,
        lr_scheduler_type=plan.schedule,
        warmup_steps=int(plan.warmup_ratio * steps),
        weight_decay=plan.weight_decay,
        adam_beta2=plan.adam_beta2,
        max_grad_norm=plan.max_grad_norm,
        bf16=plan.precision == "bf16",
        use_cpu=not torch.cuda.is_available(),
        gradient_checkpointing=plan.gradient_checkpointing,
        seed=plan.seed,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        logging_steps=max(1, min(10, steps // 20)),
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _adapters(plan: TrainPlan) -> Any:
    from peft import LoraConfig

    return LoraConfig(
        r=plan.lora_rank,
        lora_alpha=plan.lora_alpha,
        lora_dropout=plan.lora_dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


class _Stop:
    """The first interrupt (Ctrl-C, or SIGTERM of a cluster) ends the training after its step, with all saved."""

    def __init__(self) -> None:
        self.wanted = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._want)

    def __exit__(self, *told: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _want(self, number: int, frame: object) -> None:
        if self.wanted:  # a second one does not wait
            raise KeyboardInterrupt
        self.wanted = True


def _callback(stop: _Stop, watch: Callable[[int, int, Mapping[str, float]], None]) -> Any:
    from transformers import TrainerCallback

    class Watching(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if stop.wanted and state.global_step < state.max_steps:
                control.should_save = control.should_training_stop = True

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if state.is_world_process_zero:
                watch(state.global_step, state.max_steps, logs or {})

    return Watching()
