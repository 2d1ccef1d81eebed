"""`TrainPlan`: every setting of a training, the presets, and which rows each of its steps sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import ceil, isfinite
from random import Random
from typing import Any, Literal

from lemma_eval.errors import UsageError, unknown_name

# Names of the library transformers that need nothing besides. Its other schedules want an evaluation or more settings.
SCHEDULES = ("cosine", "linear", "constant_with_warmup", "inverse_sqrt", "polynomial")
ATTENTION = ("eager", "sdpa", "flash_attention_2", "flash_attention_3", "flex_attention")


def _setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, slots=True)
class TrainPlan:
    """The settings of a training; each is an option of `lemma-eval train` and a key of its configuration file.

    Raises UsageError for values that make no sense.
    """

    method: Literal["full", "lora"] = _setting("full", "Train all weights, or adapters of low rank.")
    epochs: float = _setting(3.0, "Passes over the rows.")
    tokens: int = _setting(0, "Train on so many tokens, prompts included, whatever the passes; 0: as epochs say.")
    batch_size: int = _setting(256, "Rows of a step, over all processes.")
    micro_batch_size: int = _setting(4, "Rows that a process computes at once.")
    group_batches: int = _setting(0, "Sort rows by length within so many batches; fewer pad tokens. 0: not.")
    learning_rate: float = _setting(1e-5, "Highest learning rate.")
    schedule: str = _setting("cosine", f"Its course: {', '.join(SCHEDULES)}.")
    warmup_ratio: float = _setting(0.03, "Share of the steps over which it rises.")
    weight_decay: float = _setting(0.0, "Weight decay of AdamW.")
    adam_beta2: float = _setting(0.999, "Second beta of AdamW.")
    max_grad_norm: float = _setting(1.0, "Gradients are clipped to this norm.")
    max_length: int = _setting(4096, "Rows of more tokens are rejected, and counted.")
    loss_on_error: bool = _setting(True, "Take the loss over the erroneous span too.")
    precision: Literal["bf16", "fp32"] = _setting("bf16", "Arithmetic; weights are trained in fp32.")
    attention: str = _setting("", f"Its implementation: {', '.join(ATTENTION)}. Default: the model's.")
    gradient_checkpointing: bool = _setting(False, "Less memory for more time.")
    lora_rank: int = _setting(16, "Rank of the adapters.")
    lora_alpha: int = _setting(32, "Their scale is alpha / rank.")
    lora_dropout: float = _setting(0.05, "Dropout of the adapters.")
    save_every: int = _setting(0, "Steps between checkpoints to resume from; 0: one a pass.")
    seed: int = _setting(0, "Seed of the order and of all that is drawn.")

    def __post_init__(self) -> None:
        positive = ("epochs", "batch_size", "micro_batch_size", "learning_rate", "max_length", "lora_rank")
        least = dict.fromkeys(positive, "above 0")
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if isinstance(value, bool | str):
                continue
            if not isfinite(value) or value < 0 or (name in least and not value):
                raise UsageError(f"{name}: {value} should be {least.get(name, 'at least 0')}, and finite")
        for name, known in (("schedule", SCHEDULES), ("attention", ("", *ATTENTION))):
            if getattr(self, name) not in known:
                raise unknown_name(name, getattr(self, name), filter(None, known))
        if self.seed >= 2**32:
            raise UsageError(f"seed: {self.seed} should be below 2**32")
        if self.warmup_ratio > 1 or self.lora_dropout >= 1 or self.adam_beta2 >= 1:
            raise UsageError("warmup_ratio should be at most 1, lora_dropout and adam_beta2 below 1")

    def steps(self, rows: int) -> int:
        """Optimizer steps over `rows` rows: whole batches of all passes, as many as there are.

        The rows of all passes are one stream, and what does not fill a batch at its end is left out: 88,904 rows in
        batches of 256 for 3 passes are the 1041 steps of the paper's released checkpoint. `tokens` is not regarded.
        """
        return int(self.epochs * rows / self.batch_size + 1e-9)  # 0.29 * 100 is 28.999... in floats

    def warmup_steps(self, steps: int) -> int:
        """Steps over which the rate rises; rounded up, as the library transformers does with a ratio.

        Not all of them: the first of them has the rate 0.
        """
        return min(ceil(self.warmup_ratio * steps), steps - 1)

    def save_steps(self, rows: int) -> int:
        """Steps between checkpoints, of a training over `rows` rows: `save_every`, or those of a pass."""
        return self.save_every or max(1, rows // self.batch_size)

    def accumulation(self, processes: int) -> int:
        """Micro batches of a step in each process. Raises UsageError where they do not add up to the batch."""
        whole, rest = divmod(self.batch_size, self.micro_batch_size * processes)
        if rest or not whole:
            raise UsageError(
                f"batch_size {self.batch_size} is not made of {processes} x {self.micro_batch_size} rows (processes x "
                "micro_batch_size); change one of them"
            )
        return whole


def order(plan: TrainPlan, lengths: Sequence[int]) -> list[int]:
    """Which row (an index into `lengths`, tokens of each) comes when: batch after batch, for all steps.

    Every pass is shuffled by itself, by seed. With `plan.tokens` the batches end with the one that reaches so many.
    Batches are always whole. Raises UsageError where the rows of all passes do not fill one.
    """
    size = plan.batch_size
    if not plan.tokens:
        if not plan.steps(len(lengths)):
            raise UsageError(
                f"{len(lengths)} rows in {plan.epochs:g} passes do not fill a batch of {size}; give a smaller "
                "--batch-size, or more --epochs"
            )
        return list(islice(_stream(plan, lengths), plan.steps(len(lengths)) * size))
    taken, seen = list[int](), 0
    for row in _stream(plan, lengths):
        taken.append(row)
        seen += lengths[row]
        if seen >= plan.tokens and len(taken) % size == 0:
            break
    return taken


def _stream(plan: TrainPlan, lengths: Sequence[int]) -> Iterator[int]:
    """Pass after pass, without end; with `group_batches` rows of a window are sorted by length, batches shuffled."""
    rng, window = Random(plan.seed), plan.group_batches * plan.batch_size
    while True:
        rows = list(range(len(lengths)))
        rng.shuffle(rows)
        if not window:
            yield from rows
            continue
        for start in range(0, len(rows), window):
            near = sorted(rows[start : start + window], key=lambda row: lengths[row])
            batches = [near[at : at + plan.batch_size] for at in range(0, len(near), plan.batch_size)]
            rng.shuffle(batches)
            yield from (row for batch in batches for row in batch)


# LEMMA (arXiv 2503.17439, its training script): all weights, on eight GPUs, 4 rows each, 8 times accumulated.
_PAPER = TrainPlan()
PRESETS = {
    "lemma-full": replace(_PAPER, gradient_checkpointing=True),
    # Not from the paper: common values for adapters on all linear layers.
    "lemma-lora": replace(_PAPER, method="lora", learning_rate=2e-4, gradient_checkpointing=True),
    # A tiny model on a CPU, in minutes.
    "smoke-cpu": replace(
        _PAPER, batch_size=8, micro_batch_size=8, learning_rate=1e-3, precision="fp32", max_length=1024
    ),
}  # fmt: skip


def preset(name: str) -> TrainPlan:
    """The preset of that name. Raises PluginError for an unknown one."""
    if name not in PRESETS:
        raise unknown_name("preset", name, PRESETS)
    return PRESETS[name]
