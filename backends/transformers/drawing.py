"""The next token of each row: the likeliest, or a sample from a source of randomness of the row's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lemma_eval.request import Sampling

_FEW = 128  # likeliest tokens in which a nucleus is looked for before all are sorted


def draw(logits: Any, samplings: Sequence[Sampling], uniforms: Sequence[float]) -> list[int]:
    """One token per row of `logits` (rows, vocabulary), each under its own sampling.

    A row with a temperature turns its number of `uniforms`, 0 <= u < 1, into a token by the inverse of its cumulative
    distribution; of a nucleus (Holtzman et al. 2020, arXiv 1904.09751) in the order of probability. So a sample depends
    on nothing but the row's own logits and number.
    """
    import torch

    tokens: list[int] = logits.argmax(-1).tolist()
    hot = [place for place, sampling in enumerate(samplings) if sampling.temperature > 0]
    if not hot:
        return tokens
    device = logits.device
    heat = torch.tensor([samplings[place].temperature for place in hot], device=device)
    probabilities = torch.softmax(logits[hot].float() / heat[:, None], -1)
    numbers = torch.tensor([uniforms[place] for place in hot], dtype=torch.float64, device=device)
    share = torch.tensor([samplings[place].top_p for place in hot], dtype=torch.float64, device=device)
    few = min(_FEW, probabilities.shape[-1])
    top, names = probabilities.topk(few if bool((share < 1).any()) else 1)
    enough = top.double().sum(-1) >= share
    for nucleus, short in ((False, True), (True, False), (True, True)):
        chosen = (share < 1) == nucleus
        if nucleus:
            chosen = chosen & (enough != short)
        rows = chosen.nonzero()[:, 0].tolist()
        if not rows:
            continue
        if not nucleus:
            found = _invert(probabilities[rows], numbers[rows], None)
        elif short:
            # Stable, so that among equal probabilities the order is always the same.
            ordered, order = probabilities[rows].sort(stable=True, descending=True)
            found = order.gather(1, _invert(ordered, numbers[rows], share[rows])[:, None])[:, 0]
        else:
            found = names[rows].gather(1, _invert(top[rows], numbers[rows], share[rows])[:, None])[:, 0]
        for row, token in zip(rows, found.tolist(), strict=True):
            tokens[hot[row]] = token
    return tokens


def _invert(probabilities: Any, numbers: Any, share: Any) -> Any:
    """For each row the first place at which the cumulative probability exceeds number x the mass that counts.

    That mass is all, or with `share` that of the shortest beginning whose probability reaches it.
    """
    import torch

    cumulative = probabilities.cumsum(-1, dtype=torch.float64)
    last = cumulative.shape[-1] - 1
    if share is None:
        end = torch.full_like(numbers, last, dtype=torch.long)[:, None]
    else:
        end = torch.searchsorted(cumulative, share[:, None]).clamp_max(last)
    mass = cumulative.gather(1, end)
    return torch.searchsorted(cumulative, numbers[:, None] * mass, right=True).minimum(end)[:, 0]
