"""The plots of a synthesis: what became of each stage's inputs, and which errors there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lemma_eval.explorer.rendering.drawing import COLOURS, Drawing, drawing
from lemma_eval.hashing import digest
from lemma_eval.printable import printable

from .funnel import Funnel, to_json
from .wording import percent, type_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 6.4  # inches
_ENDS = (("passed", COLOURS[2], ""), ("rejected", COLOURS[1], "///"), ("waiting", COLOURS[7], "..."))
_GROUPS = (("student", "diagnosed in the student's solutions"), ("drawn", "drawn for injection"),
           ("kept", "in trajectories"))  # fmt: skip


def stages_plot(funnel: Funnel) -> Drawing | None:
    """For each stage its inputs as a bar: passed, rejected, waiting. None where nothing went in."""
    stages = [stage for stage in funnel.stages if stage.taken]
    if not stages:
        return None
    ends = [(end, colour, hatch, [max(0, getattr(stage, end)) for stage in stages]) for end, colour, hatch in _ENDS]

    def draw() -> Figure:
        figure, axes = _figure(1.0 + 0.27 * len(stages))
        left = [0] * len(stages)
        for end, colour, hatch, widths in ends:
            if any(widths):
                axes.barh(range(len(stages)), widths, left=left, height=0.66, facecolor=colour, label=end,
                          hatch=hatch, edgecolor="#ffffff" if hatch else colour, linewidth=0)  # fmt: skip
                left = [a + b for a, b in zip(left, widths, strict=True)]
        axes.set_xlabel("inputs")
        _rows(axes, [printable(stage.name) for stage in stages])
        figure.legend(loc="outside upper left", ncols=3, fontsize=8)
        return figure

    most = max(stages, key=lambda stage: stage.rejected)
    alt = (
        f"{len(stages)} stages, from {stages[0].taken:,} inputs of {stages[0].name} to {stages[-1].records:,} "
        f"records of {stages[-1].name}; most are rejected by {most.name}: {most.rejected:,} of {most.taken:,}."
    )
    rows = [(stage.name, *(f"{widths[place]:,}" for _, _, _, widths in ends)) for place, stage in enumerate(stages)]
    return drawing(_name("stages", funnel), "Stages", alt, "What became of the inputs of each stage.",
                   ("Stage", "Passed", "Rejected", "Waiting"), rows, draw)  # fmt: skip


def types_plot(funnel: Funnel) -> Drawing | None:
    """For each type of error its share of the student's errors, of those drawn and of those in trajectories."""
    groups = [(name, said, [getattr(each, name) for each in funnel.types]) for name, said in _GROUPS]
    groups = [group for group in groups if any(group[2])]
    if not groups:
        return None
    names = [printable(type_name(each.type)) for each in funnel.types]

    def draw() -> Figure:
        figure, axes = _figure(0.8 + (0.14 + 0.14 * len(groups)) * len(names) + 0.17 * len(groups))
        height = 0.8 / len(groups)
        for number, (_, said, counts) in enumerate(groups):
            places = [row + height * (number - (len(groups) - 1) / 2) for row in range(len(names))]
            shares = [100 * each / sum(counts) for each in counts]
            axes.barh(places, shares, height=0.86 * height, color=COLOURS[number], label=f"{said} ({sum(counts):,})")
        axes.set_xlabel("share, %")
        _rows(axes, names)
        figure.legend(loc="outside upper left", ncols=1, fontsize=8)
        return figure

    said = []
    for _, what, counts in groups:
        top = max(range(len(names)), key=lambda place: counts[place])
        said.append(f"{names[top]} is the most frequent type {what} ({percent(counts[top], sum(counts))} %)")
    rows = [(name, *(f"{counts[place]:,} ({percent(counts[place], sum(counts))} %)" for _, _, counts in groups))
            for place, name in enumerate(names)]  # fmt: skip
    head = ("Type", *(what[0].upper() + what[1:] for _, what, _ in groups))
    return drawing(_name("types", funnel), "Types of error", "; ".join(said) + ".",
                   "Shares of all errors of that kind.", head, rows, draw)  # fmt: skip


def _name(what: str, funnel: Funnel) -> str:
    """The name of a plot, unlike that of another funnel: a page may show several, and ids must differ."""
    return f"synthesis-{what}-{digest(to_json(funnel), 8)}"


def _figure(height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def _rows(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
