"""The page of a synthesis in the explorer: the funnel, the types of error, and some of its trajectories."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from markupsafe import Markup

from lemma_eval.errors import DataError, MissingExtraError
from lemma_eval.explorer.pages import Page
from lemma_eval.explorer.rendering.drawing import Drawing
from lemma_eval.explorer.rendering.mathematics import typeset
from lemma_eval.explorer.rendering.reply import reply
from lemma_eval.printable import printable
from lemma_eval.trajectory import Trajectory, of_row

from .funnel import Funnel, StageCount, read_funnel
from .terminal import HEAD, cells
from .wording import summary, type_name

_SHOWN = 12  # trajectories
_LONGEST = 1_000_000  # bytes of a line: a longer one is not read
_FILE = "data/trajectories.jsonl"


def render(folder: Path) -> Markup | None:
    """The page's body; None for a run that is no synthesis. Everything from files is escaped."""
    funnel = read_funnel(folder)
    if funnel is None:
        return None
    parts = [_summary(funnel), _stages(funnel.stages), *_plots(funnel), *_examples(folder, funnel)]
    return Markup("\n").join(parts)


PAGE = Page("synthesis", "Synthesis", render)


def _summary(funnel: Funnel) -> Markup:
    return Markup("<ul>{}</ul>").format(
        _joined(Markup("<li>{}</li>").format(printable(each)) for each in summary(funnel))
    )


def _stages(stages: Sequence[StageCount]) -> Markup:
    heads = _joined(Markup('<th scope="col" class="number">{}</th>').format(each) for each in HEAD)
    return Markup(
        '<h2>Funnel</h2>\n<div class="scroll" role="region" aria-label="Funnel" tabindex="0"><table>\n'
        '<caption class="unseen">What became of the inputs of each stage</caption>\n'
        '<thead><tr><th scope="col">stage</th>{}<th scope="col">rejects by reason</th></tr></thead>\n'
        "<tbody>\n{}\n</tbody></table></div>"
    ).format(heads, Markup("\n").join(map(_stage, stages)))


def _stage(stage: StageCount) -> Markup:
    figures = _joined(
        Markup('<td class="number{}">{}</td>').format(" zero" if each == "-" else "", each) for each in cells(stage)
    )
    name = Markup("<wbr>").join(map(_whole, re.findall("[^-]+-?|-", printable(stage.name))))
    why = Markup(", ").join(_whole(f"{reason} {number:,}") for reason, number in stage.reasons.items())
    return Markup('<tr><th scope="row">{}</th>{}<td class="small">{}</td></tr>').format(name, figures, why)


def _whole(words: str) -> Markup:
    """What is not to be broken into two lines."""
    return Markup('<span class="nowrap">{}</span>').format(printable(words))


def _plots(funnel: Funnel) -> Iterator[Markup]:
    from .plot import stages_plot, types_plot

    try:
        made = [stages_plot(funnel), types_plot(funnel)]
    except MissingExtraError as error:
        yield Markup('<p class="failure">{}</p>').format(str(error))
        return
    yield from (_figure(each) for each in made if each is not None)


def _figure(made: Drawing) -> Markup:
    return Markup(
        '<figure class="plot">\n<figcaption><h2>{title}</h2><p>{caption}</p></figcaption>\n'
        '<div class="drawn">{screen}</div>\n<details><summary>Values<span class="unseen"> ({title})</span></summary>'
        '<div class="scroll" role="region" aria-label="Values: {title}" tabindex="0">{table}</div></details>\n</figure>'
    ).format(title=made.title, caption=made.caption, screen=made.screen, table=made.table)


def _examples(folder: Path, funnel: Funnel) -> Iterator[Markup]:
    found = list(_first(folder / _FILE))
    if not found:
        return
    yield Markup('<h2>Trajectories <span class="soft">{} of {}; the wrong step is marked</span></h2>').format(
        len(found), f"{max(funnel.trajectories, len(found)):,}"
    )
    for id, each in found:
        yield _example(id, each)


def _example(id: str, found: Trajectory) -> Markup:
    about: Mapping[str, Any] = found.provenance
    facts = {
        "error": f"{type_name(str(about.get('error_type')))}, step {about.get('error_step')}",
        "origin": about.get("origin"),
        "strategy": about.get("strategy"),
        "source": f"{about.get('source')}, row {about.get('row')}",
        "gold": found.gold,
        "id": id,
    }
    listed = _joined(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, printable(str(value))) for name, value in facts.items()
    )
    return Markup(
        '<section class="card" aria-label="Trajectory {}">\n<div class="prose">{}</div>\n<h3>Solution</h3>\n'
        '<div class="prose">{}</div>\n<dl class="about">{}</dl>\n</section>'
    ).format(id[:8], typeset(found.question), reply(found.text, found.error_span), listed)


def _first(path: Path) -> Iterator[tuple[str, Trajectory]]:
    """The first rows of the file and no more of it; a damaged one ends them."""
    try:
        with path.open("rb") as file:
            for line in islice(iter(lambda: file.readline(_LONGEST), b""), _SHOWN):
                row = json.loads(line)
                yield printable(str(row["id"])), of_row(row, str(path))
    except (OSError, ValueError, KeyError, TypeError, DataError):
        return


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
