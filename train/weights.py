"""The weights of a training: loaded to be trained, and written as a checkpoint like the one they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lemma_eval.errors import ModelError

from .base_model import Base, check_ids, first_line
from .plan import TrainPlan

ADAPTER = "adapter"  # within the folder of the training
# What a generation config may not hold without sampling; nothing reads it there, yet it could not be saved.
_SAMPLING = ("temperature", "top_p", "top_k", "min_p", "top_h", "typical_p", "epsilon_cutoff", "eta_cutoff")


@dataclass(frozen=True, slots=True)
class Weights:
    """A model to train, and what its checkpoint is to have again: `dtype` of the weights, and `use_cache`."""

    model: Any
    dtype: Any
    use_cache: bool


def load(base: Base, plan: TrainPlan, highest: int) -> Weights:
    """The model, its weights in fp32 where they are trained.

    Raises ModelError where they cannot be loaded whole, or have no embedding for a token up to `highest`, the largest
    id in the rows.
    """
    import torch
    import transformers

    folder = str(base.checkpoint.folder)
    common: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": base.trust_remote_code}
    try:
        config = transformers.AutoConfig.from_pretrained(folder, **common)
        own = config.dtype or torch.float32
        kept = own if plan.method == "lora" and plan.precision == "bf16" else torch.float32
        model, told = transformers.AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=kept,
            use_safetensors=True,
            output_loading_info=True,
            **({"attn_implementation": plan.attention} if plan.attention else {}),
            **common,
        )
    except Exception as error:  # the library raises many kinds
        raise ModelError(f"{folder}: cannot be loaded for training ({first_line(error)})") from None
    wrong = sorted({*map(str, told["missing_keys"]), *(str(each[0]) for each in told["mismatched_keys"])})
    if wrong:  # the library would draw them at random
        raise ModelError(f"{folder}: {len(wrong)} of the model's weights are not in the checkpoint ({wrong[0]})")
    check_ids(base, model.get_input_embeddings().num_embeddings, highest)
    model.config.pad_token_id = base.tokenizer.pad_token_id
    _settle(model.generation_config)
    return Weights(model, own, bool(getattr(config, "use_cache", True)))


def write(folder: Path, trained: Any, weights: Weights, tokenizer: Any) -> None:
    """Write the checkpoint, and before adapters are merged into it, the adapters by themselves."""
    model = trained
    if hasattr(model, "merge_and_unload"):
        model.save_pretrained(folder / ADAPTER)
        model = model.merge_and_unload()
    model.config.use_cache = weights.use_cache  # the trainer turns it off, and generation would take forever
    model.to(weights.dtype).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _settle(config: Any) -> None:
    try:
        config.validate(strict=True)
    except ValueError:
        for name in () if config.do_sample else _SAMPLING:
            setattr(config, name, None)
