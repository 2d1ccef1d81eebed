"""The funnel in words and figures, as the terminal, the page and the dataset card say it."""

from __future__ import annotations

from collections.abc import Mapping

from ..taxonomy import MEANINGS, read_type
from .funnel import Funnel, StageCount


def summary(funnel: Funnel) -> list[str]:
    """What came of it, line by line."""
    lines = [_result(funnel)]
    for what, counts in (("strategies", funnel.strategies), ("origin of the errors", funnel.origins)):
        if counts:
            lines.append(f"{what}: {shares(counts)}")
    found, as_drawn = (sum(getattr(each, name) for each in funnel.types) for name in ("found", "as_drawn"))
    if found:
        lines.append(f"injected errors diagnosed as the type that was drawn: {as_drawn:,} of {found:,} "
                     f"({percent(as_drawn, found)} %)")  # fmt: skip
    if not funnel.complete:
        waiting = sum(stage.waiting for stage in funnel.stages)
        lines.append(f"not complete: {waiting:,} {'input waits' if waiting == 1 else 'inputs wait'} for replies; "
                     "`lemma-eval synth run DIR` goes on")  # fmt: skip
    if funnel.unaccounted:
        lines.append(f"inputs that are neither through, rejected nor waiting, please report it: "
                     f"{', '.join(funnel.unaccounted)}")  # fmt: skip
    return lines


def reasons(stage: StageCount) -> str:
    """Why inputs were rejected, most frequent first."""
    return ", ".join(f"{reason} {number:,}" for reason, number in stage.reasons.items())


def type_rows(funnel: Funnel) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The types of error as a table: its head and its rows."""
    head = ("error type", "student", "%", "drawn", "%", "injected", "as drawn", "kept", "%")
    student, drawn, kept = (sum(getattr(each, name) for each in funnel.types) for name in ("student", "drawn", "kept"))
    rows: list[tuple[str, ...]] = [
        (type_name(each.type), f"{each.student:,}", percent(each.student, student), f"{each.drawn:,}",
         percent(each.drawn, drawn), f"{each.found:,}", f"{each.as_drawn:,}", f"{each.kept:,}",
         percent(each.kept, kept))
        for each in funnel.types
    ]  # fmt: skip
    return head, rows


def type_name(code: str) -> str:
    """A type for people: its code and its name."""
    known = read_type(code)
    return code if known is None else f"{code} {MEANINGS[known].name}"


def shares(counts: Mapping[str, int]) -> str:
    """Counts with their shares: `fix 12 (60.0 %), fresh 8 (40.0 %)`."""
    whole = sum(counts.values())
    return ", ".join(f"{name} {number:,} ({percent(number, whole)} %)" for name, number in counts.items())


def percent(part: int, whole: int) -> str:
    """A share in percent, `-` of nothing."""
    return f"{100 * part / whole:.1f}" if whole else "-"


def _result(funnel: Funnel) -> str:
    text = f"{funnel.trajectories:,} {'trajectory' if funnel.trajectories == 1 else 'trajectories'}"
    if funnel.questions:
        text += f" from {funnel.questions:,} question{'' if funnel.questions == 1 else 's'}"
    if funnel.per_question is not None:
        text += f" ({funnel.per_question:.2f} each)"
    replies = funnel.total("replies")
    text += f"; {replies:,} {'reply' if replies == 1 else 'replies'}, {funnel.total('prompt_tokens'):,} tokens in, "
    text += f"{funnel.total('completion_tokens'):,} out"
    if funnel.cost_per_trajectory is not None:
        text += f"; {funnel.total('cost'):.2f} USD, {funnel.cost_per_trajectory:.4f} per trajectory"
    elif funnel.total("cost"):
        text += f"; {funnel.total('cost'):.2f} USD"
    return text
