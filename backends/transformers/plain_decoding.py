"""Decoding by the library's own `generate`, for models whose cache the refilled batch cannot stand in for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from .drawing import draw
from .memory import first_line, free_up, is_out_of_memory
from .row import Row


def decode_plainly(
    model: Any, rows: deque[Row], device: str, *, size: int, pad: int, pads: bool = True
) -> Iterator[Row]:
    """Take the rows away and yield them, `size` decoded together; without memory half as many from then on.

    Without `pads` only neighbours whose prompts are of one length are. A row that does not fit alone ends with
    `finish` "out_of_memory". All wait for the last to end, so rows of like length belong together.
    """
    while rows:
        together = [rows.popleft()]
        while rows and len(together) < size and (pads or len(rows[0].tokens) == len(together[0].tokens)):
            together.append(rows.popleft())
        lacking = ""
        try:
            _generate(model, together, device, pad)
        except (RuntimeError, MemoryError, OSError) as error:
            if not is_out_of_memory(error):
                raise
            lacking = first_line(error)
        if lacking:  # handled here, where the error no longer holds on to tensors
            free_up(device)
            if len(together) > 1:
                for row in together:
                    row.restart()
                rows.extendleft(reversed(together))
                size = len(together) // 2
                continue
            together[0].finish, together[0].why = "out_of_memory", lacking
        yield from together


def _generate(model: Any, rows: list[Row], device: str, pad: int) -> None:
    import torch
    from transformers import StoppingCriteriaList

    def pick(_: Any, scores: Any) -> Any:
        # Each row's token is chosen here, by the row's own sampling; all others become impossible.
        drawn = draw(scores, [row.request.sampling for row in rows], [row.uniform() for row in rows])
        chosen = torch.full_like(scores, float("-inf"))
        chosen[range(len(rows)), drawn] = 0
        return chosen

    def ended(tokens: Any, _: Any, **__: Any) -> Any:
        for row, token in zip(rows, tokens[:, -1].tolist(), strict=True):
            if not row.finish:
                row.take(token)
        return torch.tensor([row.finish != "" for row in rows], device=device)

    longest = max(len(row.tokens) for row in rows)
    ids = [[pad] * (longest - len(row.tokens)) + row.tokens for row in rows]
    mask = [[0] * (longest - len(row.tokens)) + [1] * len(row.tokens) for row in rows]
    with torch.inference_mode():
        model.generate(
            input_ids=torch.tensor(ids, device=device),
            attention_mask=torch.tensor(mask, device=device),
            do_sample=False,
            max_new_tokens=max(row.room for row in rows),
            pad_token_id=pad,
            logits_processor=[pick],
            stopping_criteria=StoppingCriteriaList([ended]),
        )
