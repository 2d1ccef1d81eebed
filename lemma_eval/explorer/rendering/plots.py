"""The plots of scores: by benchmark, by slice, against k, against length."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lemma_eval.explorer.rendering.drawing import COLOURS, MARKERS, Drawing, drawing, renamed, short
from lemma_eval.measures.estimate import Estimate
from lemma_eval.measures.intervals import wilson
from lemma_eval.outcomes import ProblemOutcomes
from lemma_eval.scores.row import ScoreRow
from lemma_eval.scores.signature import Signature

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 6.4  # inches
_GROUPS = 10  # of samples of about equal length


@dataclass(frozen=True, slots=True)
class Lengths:
    """The lengths of a run's samples on one benchmark, in `unit`, with whether each was found correct."""

    run: str
    benchmark: str
    unit: str
    samples: tuple[tuple[int, bool], ...]


def accuracy(rows: Sequence[ScoreRow], measure: str = "pass@1") -> Drawing | None:
    """The score on each benchmark with its interval, runs beside each other; None where there is no score."""
    found = [row for row in rows if row.part is None and _known(row.estimate(measure))]
    return _dots("accuracy", "Accuracy by benchmark", found, measure, [row.benchmark for row in found], "benchmark")


def parts(rows: Sequence[ScoreRow], measure: str = "pass@1") -> list[Drawing]:
    """For each benchmark and each key that it was sliced by, the score on each slice with its interval."""
    drawings = []
    for benchmark, key in dict.fromkeys((row.benchmark, row.part[0]) for row in rows if row.part is not None):
        found = [
            row for row in rows
            if row.benchmark == benchmark and row.part is not None and row.part[0] == key
            and _known(row.estimate(measure))
        ]  # fmt: skip
        values = [row.part[1] if row.part else "" for row in found]
        title = f"{short(benchmark)} by {short(key)}"
        made = _dots(f"parts-{benchmark}-{key}", title, found, measure, values, key)
        drawings += [made] if made else []
    return drawings


def curves(rows: Sequence[ScoreRow]) -> list[Drawing]:
    """For each benchmark maj@k and pass@k against k with their intervals; of runs with at least two values of k."""
    drawings = []
    for benchmark in dict.fromkeys(row.benchmark for row in rows):
        lines: list[tuple[str, str, list[tuple[int, Estimate]]]] = []
        for row in rows:
            if row.benchmark != benchmark or row.part is not None:
                continue
            for kind in ("pass", "maj"):
                points = sorted(
                    ((int(each.measure.removeprefix(f"{kind}@")), each) for each in row.estimates
                     if each.measure.startswith(f"{kind}@") and _known(each)), key=lambda point: point[0],
                )  # fmt: skip
                if len(points) > 1:
                    lines.append((row.run, kind, points))
        if lines:
            drawings.append(_curves(benchmark, lines, _unlike([row for row in rows if row.benchmark == benchmark])))
    return drawings


def drawings(
    scores: Sequence[ScoreRow], slices: Sequence[ScoreRow], by_k: Sequence[ScoreRow], samples: Iterable[Lengths]
) -> list[Drawing]:
    """All plots that there is something to show in; each has a name of its own."""
    first = accuracy(scores)
    found = [*([first] if first else []), *parts(slices), *curves(by_k)]
    found += [each for each in map(lengths, samples) if each is not None]
    names: dict[str, int] = {}
    for place, each in enumerate(found):
        names[each.name] = names.get(each.name, 0) + 1
        if names[each.name] > 1:  # two names that differ in what a file name cannot hold
            found[place] = renamed(each, f"{each.name}-{names[each.name]}")
    return found


def lengths_of(run: str, benchmark: str, problems: Iterable[ProblemOutcomes]) -> Lengths:
    """The lengths of all graded samples: in tokens if the engine told them of each, else in characters."""
    graded = [each for problem in problems for each in problem.outcomes if each.state == "graded"]
    told = bool(graded) and all(each.tokens is not None for each in graded)
    samples = ((each.tokens or 0 if told else each.characters, each.right) for each in graded)
    return Lengths(run, benchmark, "new tokens" if told else "characters", tuple(samples))


def lengths(found: Lengths) -> Drawing | None:
    """The share correct against length, by tenths of the samples, over the lengths of right and other samples.

    None for fewer than twenty samples or samples of one length.
    """
    samples = sorted(found.samples)
    if len(samples) < 2 * _GROUPS or samples[0][0] == samples[-1][0]:
        return None
    groups = [samples[len(samples) * i // _GROUPS : len(samples) * (i + 1) // _GROUPS] for i in range(_GROUPS)]
    points = []
    for group in groups:
        right = sum(correct for _, correct in group)
        low, high = wilson(right / len(group), len(group))
        points.append((group[0][0], group[len(group) // 2][0], group[-1][0], right / len(group), low, high, len(group)))

    def draw() -> Figure:
        figure, axes = _figure(4.2, 2)
        x, y = [point[1] for point in points], [100 * point[3] for point in points]
        errors = [[max(0.0, 100 * (p[3] - p[4])) for p in points], [max(0.0, 100 * (p[5] - p[3])) for p in points]]
        axes[0].errorbar(x, y, yerr=errors, color=COLOURS[0], marker=MARKERS[0])
        axes[0].set_ylabel("correct, %")
        axes[0].set_ylim(-3, 103)
        edges = [samples[0][0] + (samples[-1][0] - samples[0][0]) * i / 40 for i in range(41)]
        for number, (label, kept, style) in enumerate((("correct", True, "-"), ("not correct", False, "--"))):
            values = [length for length, correct in samples if correct is kept]
            if values:
                axes[1].hist(values, bins=edges, histtype="step", linestyle=style, edgecolor=COLOURS[number],
                             linewidth=1.4, label=f"{label} ({len(values):,})")  # fmt: skip
        axes[1].set_ylabel("samples")
        axes[1].set_xlabel(f"length, {found.unit}")
        axes[1].legend(loc="upper right")
        for each in axes:
            each.grid(axis="y")
        return figure

    head = (f"Length, {found.unit}", "Correct, %", "95 % interval", "Samples")
    values = [(f"{p[0]:,} – {p[2]:,}", f"{100 * p[3]:.1f}", f"{100 * p[4]:.1f} – {100 * p[5]:.1f}", f"{p[6]:,}")
              for p in points]  # fmt: skip
    title = f"{short(found.benchmark)}: length against correctness, {short(found.run)}"
    alt = (f"The shortest tenth of the samples, up to {points[0][2]:,} {found.unit}, is {100 * points[0][3]:.1f} % "
           f"correct, the longest, from {points[-1][0]:,}, {100 * points[-1][3]:.1f} %.")  # fmt: skip
    caption = f"Each point is a tenth of the {len(samples):,} graded samples, with its 95 % interval (Wilson)."
    return drawing(f"lengths-{found.benchmark}-{found.run}", title, alt, caption, head, values, draw)


def _dots(
    name: str, title: str, rows: Sequence[ScoreRow], measure: str, labels: Sequence[str], what: str
) -> Drawing | None:
    """Scores as points with intervals, one line of the plot for each of `labels`, runs in different marks."""
    if not rows:
        return None
    series = list(dict.fromkeys(map(_series, rows)))
    names = _names(rows)
    places = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    step = 0.7 / max(3, len(series))

    def draw() -> Figure:
        figure, (axes,) = _figure(0.9 + 0.2 * len(series) * (1 + len(places)), 1)
        for number, run in enumerate(series):
            points = [(label, row) for label, row in zip(labels, rows, strict=True) if _series(row) == run]
            found = [_estimate(row, measure) for _, row in points]
            y = [places[label] + step * (number - (len(series) - 1) / 2) for label, _ in points]
            x = [100 * each.value for each in found]
            errors = [[100 * max(0.0, each.value - each.low) for each in found],
                      [100 * max(0.0, each.high - each.value) for each in found]]  # fmt: skip
            axes.errorbar(x, y, xerr=errors, linestyle="none", **_look(number), label=names[run])
        axes.set_yticks(list(places.values()), [short(label, 30) for label in places])
        axes.set_ylim(len(places) - 0.5, -0.5)
        axes.set_xlabel(f"{measure}, %, with 95 % interval")
        axes.set_xlim(-1, 101)
        axes.grid(axis="x")
        if len(series) > 1:
            _legend(figure)
        return figure

    values = []
    for label, row in zip(labels, rows, strict=True):
        each = _estimate(row, measure)
        values.append((label, names[_series(row)], *_figures(each)))
    best = max(zip(labels, rows, strict=True), key=lambda pair: _estimate(pair[1], measure).value)
    alt = (f"{measure} of {_counted(len(series), 'run')} on {_counted(len(places), what)}; the highest is "
           f"{100 * _estimate(best[1], measure).value:.1f} % ({short(best[1].run)}, {short(best[0])}).")  # fmt: skip
    head = (what.capitalize(), "Run", f"{measure}, %", "95 % interval", "Problems")
    return drawing(name, title, alt, f"{measure} with its 95 % interval.{_unlike(rows)}", head, values, draw)


def _curves(benchmark: str, lines: Sequence[tuple[str, str, list[tuple[int, Estimate]]]], unlike: str) -> Drawing:
    numbers = {run: number for number, run in enumerate(dict.fromkeys(run for run, _, _ in lines))}

    def draw() -> Figure:
        figure, (axes,) = _figure(3.6 + 0.18 * len(lines), 1)
        ks = sorted({k for _, _, points in lines for k, _ in points})
        for run, kind, points in lines:
            look = _look(numbers[run])
            style = "-" if kind == "pass" else "--"
            k = [point for point, _ in points]
            axes.plot(k, [100 * each.value for _, each in points], linestyle=style, label=f"{kind}@k, {short(run)}",
                      markerfacecolor=look["color"] if kind == "pass" else "none", **look)  # fmt: skip
            axes.fill_between(k, [100 * each.low for _, each in points], [100 * each.high for _, each in points],
                              color=look["color"], alpha=0.13, linewidth=0)  # fmt: skip
        if ks[-1] > 16:
            axes.set_xscale("log", base=2)
        shown = ks if len(ks) <= 16 else [k for k in ks if k & (k - 1) == 0]
        axes.set_xticks(shown, [str(k) for k in shown])
        axes.minorticks_off()
        axes.set_xlabel("k, samples per problem")
        axes.set_ylabel("%, with 95 % band")
        axes.grid()
        _legend(figure)
        return figure

    values = [(f"{kind}@{k}", run, *_figures(each)) for run, kind, points in lines for k, each in points]
    said = "; ".join(
        f"{kind}@k of {short(run)} goes from {100 * points[0][1].value:.1f} % at k = {points[0][0]} to "
        f"{100 * points[-1][1].value:.1f} % at k = {points[-1][0]}" for run, kind, points in lines[:8]
    )  # fmt: skip
    more = f"; {len(lines) - 8} more in the table" if len(lines) > 8 else ""
    caption = "pass@k: at least one of k samples is right; maj@k: the answer most of k samples agree on is right."
    caption += unlike
    return drawing(f"curves-{benchmark}", f"{short(benchmark)}: pass@k and maj@k", f"{said}{more}.", caption,
                   ("Measure", "Run", "%", "95 % interval", "Problems"), values, draw)  # fmt: skip


def _unlike(rows: Sequence[ScoreRow]) -> str:
    """A sentence on runs of one benchmark with different signatures, as the plot shows them beside each other."""
    found: dict[str, set[Signature]] = {}
    for row in rows:
        found.setdefault(row.benchmark, set()).add(row.signature)
    unlike = [short(benchmark) for benchmark, signatures in found.items() if len(signatures) > 1]
    if not unlike:
        return ""
    return f" Not all were made the same way ({', '.join(unlike)}): see the notes of the leaderboard."


def _figure(height: float, panels: int) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, min(height, 300.0)), layout="constrained")
    made = figure.subplots(panels, 1, sharex=True, squeeze=False)
    return figure, [axes for line in made for axes in line]


def _legend(figure: Figure) -> None:
    figure.legend(loc="outside upper left", ncols=1, fontsize=8)


def _look(number: int) -> dict[str, Any]:
    return {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}


def _series(row: ScoreRow) -> tuple[str, str]:
    return row.run, row.grader.key()


def _names(rows: Sequence[ScoreRow]) -> dict[tuple[str, str], str]:
    """What the series are called: the run, and its policy where a run is there under several."""
    series = dict.fromkeys(map(_series, rows))
    graders = {row.grader.key(): row.grader for row in rows}
    runs = [run for run, _ in series]
    return {
        each: short(each[0]) if runs.count(each[0]) == 1
        else f"{short(each[0])}, {short(graders[each[1]].policy, 20)} {graders[each[1]].policy_version}"
        for each in series
    }  # fmt: skip


def _estimate(row: ScoreRow, measure: str) -> Estimate:
    found = row.estimate(measure)
    assert found is not None  # rows without it were left out before
    return found


def _figures(estimate: Estimate) -> tuple[str, str, str]:
    """The value, its interval and the number of problems as people write them."""
    value, low, high = (100 * each for each in (estimate.value, estimate.low, estimate.high))
    return f"{value:.2f}", f"{low:.2f} – {high:.2f}", f"{estimate.problems:,}"


def _known(estimate: Estimate | None) -> bool:
    return estimate is not None and not math.isnan(estimate.value)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
