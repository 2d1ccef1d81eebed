"""Counts of a synthesis under way: the engine changes them, displays read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class StageProgress:
    """One stage as it stands: of `taken` inputs some are `passed`, `rejected` or `waiting`, the others under way.

    `asked` are the requests that it was the first to want, of which `stored` had their reply before this call, and
    `answered` and `failed` got a result in it; `tokens` (new ones) and `cost` (USD) are those of the latter replies.
    """

    name: str
    taken: int = 0
    passed: int = 0
    rejected: int = 0
    waiting: int = 0
    asked: int = 0
    stored: int = 0
    answered: int = 0
    failed: int = 0
    tokens: int = 0
    cost: float = 0.0


# Called after changes with all stages, in their order; they are the same objects at each call.
Observe = Callable[[Sequence[StageProgress]], None]
