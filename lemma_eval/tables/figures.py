"""The texts of figures: shares in per cent, lengths as they are."""

from __future__ import annotations

import math

from lemma_eval.measures.estimate import Estimate, Unit

NOTHING = "-"
_UP = ("pass@", "maj@", "mean")  # more of these is better; of all other measures none is best


def figure(value: float, unit: Unit = "share") -> str:
    """A share in per cent with two decimals, a length with one; `-` for nan."""
    if math.isnan(value):
        return NOTHING
    return f"{100 * value:.2f}" if unit == "share" else f"{value:.1f}"


def interval(estimate: Estimate) -> str:
    """The interval's ends: `15.00 - 85.00`."""
    if math.isnan(estimate.low):
        return NOTHING
    return f"{figure(estimate.low, estimate.unit)} - {figure(estimate.high, estimate.unit)}"


def p_value(p: float) -> str:
    """`p = 0.013`, `p < 0.0001`."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.4f}" if p < 0.001 else f"p = {p:.3f}"


def has_best(measure: str) -> bool:
    """Whether the highest figure of that measure is the best."""
    return measure.startswith(_UP)
