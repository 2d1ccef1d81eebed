"""Whether a model can be decoded in a refilled batch, found out by trying."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from .decoding import Batch
from .memory import is_out_of_memory

_LENGTHS = (3, 11)  # of the prompts tried; unequal, as what can go wrong is that rows disturb each other
_STEPS = 2


@dataclass(frozen=True, slots=True)
class Fitness:
    """Rows of at most `longest` tokens, prompt included, can be decoded in a refilled batch.

    0: none can. `bytes_per_token`: memory for the keys and values of one token. `pads`: other rows can be decoded
    together by the library's `generate` though their prompts are of unequal length.
    """

    longest: int
    bytes_per_token: int = 0
    pads: bool = False


def fitness(model: Any, device: str) -> Fitness:
    """Look at the model's layers, then decode two short rows together and compare with each read alone and at once.

    Layers that attend to a window are fit as long as a row does not outgrow it; layers with a state that a token
    changes for good (Mamba), and models with an encoder, are not.
    """
    # The bound for half precision is a guess, not measured: too low only means the slower way, never a wrong text.
    allowed = 1e-3 if _bits(model) == 32 else 0.05
    longest, bytes_per_token, difference = _longest(model), 0, 0.0
    if longest:
        try:
            difference, bytes_per_token = _difference(model, device)
        except Exception as error:  # a model may refuse the stand-in for its cache in any way: it is not fit
            if is_out_of_memory(error):
                raise
            longest = 0
    # Layers with a state take padding for text; those that only attend to it are told not to.
    if longest == 0 or difference > allowed:
        return Fitness(0)
    return Fitness(longest, bytes_per_token, pads=True)


def _longest(model: Any) -> int:
    import transformers
    from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

    if getattr(model.config, "is_encoder_decoder", False) or not model.can_generate():
        return 0
    config = model.config.get_text_config(decoder=True)
    try:
        layers = transformers.DynamicCache(config=config).layers
    except Exception:  # a configuration for which the library has no such cache
        return 0
    found = sys.maxsize
    for layer in layers:
        if type(layer) is DynamicSlidingWindowLayer:
            found = min(found, layer.sliding_window)
        elif type(layer) is not DynamicLayer:
            return 0
    rope = getattr(config, "rope_parameters", None) or {}
    for each in (rope, *(value for value in rope.values() if isinstance(value, dict))):
        # These change all positions once the longest row of a batch passes a length: rows would depend on each other.
        if each.get("rope_type") in ("dynamic", "longrope"):
            original = each.get("original_max_position_embeddings") or getattr(
                config, "original_max_position_embeddings", None
            )
            found = min(found, original or config.max_position_embeddings)
    return found if layers else 0


def _difference(model: Any, device: str) -> tuple[float, int]:
    """Mean absolute difference of logits in units of their standard deviation, and bytes per token."""
    import torch

    size = model.get_input_embeddings().weight.shape[0]
    rows = [[(7 + 31 * row + 17 * place) % size for place in range(length + _STEPS)]
            for row, length in enumerate(_LENGTHS)]  # fmt: skip
    batch = Batch.of(model, device)
    batch.slots.slots = len(rows)
    with torch.inference_mode():
        longest = max(_LENGTHS)
        prompts = [[*row[:length], *[0] * (longest - length)] for row, length in zip(rows, _LENGTHS, strict=True)]
        batch.read(torch.tensor(prompts, device=device), [longest - 1])
        batch.slots.place([(row, row, length) for row, length in enumerate(_LENGTHS)])
        worst = torch.zeros((), device=device)
        together = []
        for done in range(_STEPS):
            ids = torch.tensor([[row[length + done]] for row, length in zip(rows, _LENGTHS, strict=True)])
            together.append(batch.next_logits(ids, [length + done for length in _LENGTHS]))
        for place, (row, length) in enumerate(zip(rows, _LENGTHS, strict=True)):
            alone = model(input_ids=torch.tensor([row], device=device), use_cache=False).logits[0].float()
            for done, logits in enumerate(together):
                true = alone[length + done]
                worst = torch.maximum(worst, (logits[place].float() - true).abs().mean() / true.std())
    found = worst.item()
    return (found if found == found else float("inf")), batch.slots.bytes_per_token()


def _bits(model: Any) -> int:
    import torch

    return int(torch.finfo(model.dtype).bits) if model.dtype.is_floating_point else 16
