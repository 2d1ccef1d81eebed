"""What a rung of the ladder says, and the record of the climb."""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """Equal, different or undecided (None), by which rule, and why in words."""

    equal: bool | None
    rule: str
    why: str


class Rung(NamedTuple):
    """One rung tried: its name, what was compared there, and what it said."""

    name: str
    what: str
    outcome: Outcome


def all_of(outcomes: list[Outcome], rule: str) -> Outcome:
    """Different if any part is, undecided if any part is, else equal."""
    for outcome in outcomes:
        if outcome.equal is False:
            return Outcome(False, rule, f"a part differs: {outcome.why}")
    for outcome in outcomes:
        if outcome.equal is None:
            return Outcome(None, outcome.rule, f"a part is undecided: {outcome.why}")
    return Outcome(True, rule, "all parts are equal")
