"""Beginnings of a solution: where it is cut, step by step, so that a model can be given one as its own."""

from __future__ import annotations

from dataclasses import dataclass

from lemma_eval.errors import UsageError
from lemma_eval.segmentation import Step, steps

CUTS = "last, half, each or the number of a step"


@dataclass(frozen=True, slots=True)
class Beginning:
    """`text[:end]`: the first `step` of the `steps` steps that lead to a solution's answer; 1 <= step < steps."""

    step: int
    steps: int
    end: int

    @property
    def third(self) -> str:
        """In which third of the solution the cut lies: first, middle or last."""
        return ("first", "middle", "last")[(3 * self.step - 1) // self.steps]


def check_cut(cut: str) -> None:
    """Raise UsageError for what is no way to cut."""
    if cut not in ("last", "half", "each") and not (cut.isascii() and cut.isdecimal() and 0 < int(cut) < 10**6):
        raise UsageError(f"--cut {cut}: give {CUTS}")


def beginnings(text: str, answer: int | None, cut: str, most: int | None = None) -> tuple[Beginning, ...]:
    """The beginnings of `text` that `cut` asks for, none where it has too few steps.

    `answer` is the offset of the final answer: what follows the step that holds it is left out of account, so that no
    beginning states it; None: the last step counts as the one that would. `last` cuts before that step, `half` after
    the middle one of all, `each` after every one but it, at most `most` evenly spread, and a number after that step.
    """
    found = steps(text)
    if answer is not None:
        found = tuple(step for step in found if step.start <= answer)
    count = len(found)
    return tuple(Beginning(number, count, found[number - 1].end) for number in _numbers(found, cut, most))


def _numbers(found: tuple[Step, ...], cut: str, most: int | None) -> list[int]:
    cuts = len(found) - 1
    if cuts < 1:
        return []
    if cut == "last":
        return [cuts]
    if cut == "half":
        return [(cuts + 2) // 2]
    if cut != "each":
        return [int(cut)] if int(cut) <= cuts else []
    if most is None or most >= cuts:
        return list(range(1, cuts + 1))
    if most == 1:
        return [(cuts + 1) // 2]
    return [1 + index * (cuts - 1) // (most - 1) for index in range(most)]
