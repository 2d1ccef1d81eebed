"""`Estimate`: one figure with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["share", "tokens", "characters"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """The value of a measure (`pass@1`, `maj@8`, `tokens`, ...) over `problems` problems.

    Shares are fractions. `low` and `high` bound the 95 % interval made by `method`; all three are nan where there is
    nothing to measure.
    """

    measure: str
    value: float
    low: float
    high: float
    problems: int
    method: Literal["wilson", "bootstrap"]
    unit: Unit = "share"
