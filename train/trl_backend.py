"""Training with TRL's SFTTrainer, fed with our own tokens and labels in our own order."""

from __future__ import annotations

import json
import logging
import math
import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lemma_eval.errors import MissingExtraError, ModelError, UsageError
from lemma_eval.handoff import CHECKPOINTS

from . import processes
from .plan import TrainPlan

Watch = Callable[[int, int, dict[str, float]], None]


def require(plan: TrainPlan) -> None:
    """Look, before a model is loaded, whether it could be trained here.

    Raises MissingExtraError where a package is absent, UsageError for a plan that these processes or this device
    cannot carry out.
    """
    try:
        import accelerate  # noqa: F401
        import datasets  # noqa: F401
        import peft  # noqa: F401
        import torch
        import trl  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtraError("training", "train", str(error.name)) from None
    plan.accumulation(processes.count())
    told = os.environ.get
    stage, sharded = told("ACCELERATE_DEEPSPEED_ZERO_STAGE"), told("ACCELERATE_USE_FSDP", "false")
    if sharded.lower() == "true" or (told("ACCELERATE_USE_DEEPSPEED") and stage == "3"):
        raise UsageError("a model in shards (ZeRO-3, FSDP) is not trained here; launch with ZeRO-2, as "
                         "examples/accelerate/zero2.yaml has it")  # fmt: skip
    if not _on_gpu():
        return
    if torch.cuda.device_count() > 1 and processes.count() == 1:
        raise UsageError(f"{torch.cuda.device_count()} GPUs, one process: start it as  accelerate launch --config_file "
                         "examples/accelerate/zero2.yaml -m lemma_eval train ...  or show it one GPU with "
                         "CUDA_VISIBLE_DEVICES=0")  # fmt: skip
    if plan.precision == "bf16" and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise UsageError("--precision bf16: this GPU cannot; give --precision fp32")


def train(
    plan: TrainPlan,
    input_ids: Sequence[Any],
    labels: Sequence[Any],
    rows: Sequence[int],
    model: Any,
    tokenizer: Any,
    folder: Path,
    watch: Watch,
) -> Any:
    """The trained model, adapters still on it; None if it was interrupted, with all saved.

    `rows` are indices into `input_ids` and `labels`, batch after batch. Goes on from the newest whole checkpoint in
    `folder`. `watch` is told of each step; first, with nothing, of the one that is gone on from. Raises ModelError for
    a loss that is not finite; what was saved before it is kept.
    """
    import torch
    from transformers.trainer_callback import PrinterCallback
    from trl import SFTTrainer

    with _stopping() as stop, quiet():
        trainer = SFTTrainer(
            model=model,
            args=_config(plan, len(rows), len(input_ids), folder),
            train_dataset=_dataset(input_ids, labels).select(rows),
            processing_class=tokenizer,
            peft_config=_adapters(plan) if plan.method == "lora" else None,
            callbacks=[_callback(stop, watch)],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train(resume_from_checkpoint=last_checkpoint(folder))
        if torch.distributed.is_initialized() and torch.distributed.get_backend() == "nccl":
            torch.distributed.destroy_process_group()  # that of gloo may wait for ever for its own threads
    return trainer.model if trainer.state.global_step >= trainer.state.max_steps else None


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that is whole: its state is written last."""
    found = {int(path.name.rpartition("-")[2]): path for path in _checkpoints(folder) if _whole(path)}
    return str(found[max(found)]) if found else None


def drop_broken(folder: Path) -> None:
    """Remove the checkpoints that a kill, or a full disk, has left half-written."""
    for path in _checkpoints(folder):
        if not _whole(path):
            shutil.rmtree(path, ignore_errors=True)


def _checkpoints(folder: Path) -> list[Path]:
    found = (folder / CHECKPOINTS).glob("checkpoint-*")
    return [path for path in found if path.name.rpartition("-")[2].isdecimal()]


def _whole(path: Path) -> bool:
    try:
        return int(json.loads((path / "trainer_state.json").read_bytes())["global_step"]) > 0
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _on_gpu() -> bool:
    import torch

    return torch.cuda.is_available() and os.environ.get("ACCELERATE_USE_CPU", "false").lower() != "true"


def _dataset(input_ids: Sequence[Any], labels: Sequence[Any]) -> Any:
    # From arrays of numpy, not lists of Python's integers: the paper's rows would take ten times the memory.
    import datasets
    import pyarrow

    kind = pyarrow.list_(pyarrow.int32())
    table = pyarrow.table({"input_ids": pyarrow.array(input_ids, kind), "labels": pyarrow.array(labels, kind)})
    return datasets.Dataset(table)


def _config(plan: TrainPlan, taken: int, rows: int, folder: Path) -> Any:
    from trl import SFTConfig

    steps = taken // plan.batch_size
    return SFTConfig(
        output_dir=str(folder / CHECKPOINTS),
        max_steps=steps,
        per_device_train_batch_size=plan.micro_batch_size,
        gradient_accumulation_steps=plan.accumulation(processes.count()),
        train_sampling_strategy="sequential",  # the order is ours
        shuffle_dataset=False,
        dataset_kwargs={"skip_prepare_dataset": True},  # so are tokens and labels
        max_length=None,  # the default would cut rows in silence
        packing=False,
        learning_rate=plan.learning_rate,
        lr_scheduler_type=plan.schedule,
        warmup_steps=plan.warmup_steps(steps),
        weight_decay=plan.weight_decay,
        adam_beta2=plan.adam_beta2,
        max_grad_norm=plan.max_grad_norm,
        bf16=plan.precision == "bf16",
        use_cpu=not _on_gpu(),
        activation_checkpointing=plan.gradient_checkpointing,
        seed=plan.seed,
        save_strategy="steps",
        save_steps=plan.save_steps(rows),
        save_total_limit=1,  # the one before goes when the new one is whole
        logging_steps=1,
        logging_nan_inf_filter=False,  # it would hide a loss that is not finite
        log_level="error",
        log_level_replica="error",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=_on_gpu(),
        ddp_find_unused_parameters=False,  # there are none; looking for them takes time
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


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is printed but by us, and nobody is told over the network that somebody trains."""
    import datasets
    import transformers
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = True
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    datasets.disable_progress_bars()
    for name in ("trl", "accelerate", "peft", "datasets"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _Stop:
    """What an interrupt asks for: while `training`, to end after the step and save all; else, to end at once."""

    training = wanted = False


@contextmanager
def _stopping() -> Iterator[_Stop]:
    """Ctrl-C, or SIGTERM of a cluster, asks to stop; a second one does not wait."""
    stop = _Stop()

    def ask(number: int, frame: object) -> None:
        # A launcher passes on what the terminal has already sent: there, the second is no second.
        if not stop.training or (stop.wanted and processes.count() == 1):
            raise KeyboardInterrupt
        if not stop.wanted and processes.first():
            clear = b"\r\x1b[2K" if os.isatty(2) else b""  # the bar stands there
            os.write(2, clear + b"interrupted: this step is ended and all is saved\n")
        stop.wanted = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _callback(stop: _Stop, watch: Watch) -> Any:
    import torch
    from transformers import TrainerCallback

    class Watching(TrainerCallback):  # type: ignore[misc]
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            state.save_steps = args.save_steps  # a checkpoint brings those of its own time
            stop.training = True
            watch(state.global_step, state.max_steps, {})

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            wanted = torch.tensor(float(stop.wanted), device=args.device)
            if torch.distributed.is_initialized():  # all processes stop at one step
                torch.distributed.all_reduce(wanted, torch.distributed.ReduceOp.MAX)
            if wanted and state.global_step < state.max_steps:
                control.should_save = control.should_training_stop = True

        def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float], **_: Any) -> None:
            if "loss" not in logs:
                return
            if not math.isfinite(logs["loss"]) or not math.isfinite(logs.get("grad_norm") or 0.0):
                raise ModelError(f"step {state.global_step}: the loss is {logs['loss']:g}, the norm of its gradient "
                                 f"{logs.get('grad_norm', math.nan):g}; give -o another folder and a smaller "
                                 "--learning-rate")  # fmt: skip
            watch(state.global_step, state.max_steps, {"loss": logs["loss"], "rate": logs["learning_rate"]})

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            stop.training = False

    return Watching()
