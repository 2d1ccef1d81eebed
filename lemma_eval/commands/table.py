"""`lemma-eval table`: the scores of one or more runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from lemma_eval.scores.published.reader import PublishedRow
    from lemma_eval.scores.row import ScoreRow

_FORMATS = ["rich", "markdown", "latex", "csv", "json", "html"]
_EYES = ("rich", "markdown", "latex", "html")
_LENGTHS = ("tokens", "characters")


@click.command(short_help="Show the scores of runs.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="rich", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--layout",
    type=click.Choice(["details", "leaderboard"]),
    help="A line for each score, or a line for each run. Default: leaderboard where there is something to "
    "compare, else details.",
)
@click.option(
    "--measures",
    default="pass@1",
    show_default=True,
    metavar="NAME[,NAME...]",
    help="pass@K, maj@K, pass@all, maj@all, mean, tokens, characters, unparsed, truncated, unknown.",
)
@click.option("--by", metavar="KEY", help="Also a score for each level, subject, ... of the problems.")
@click.option("--baseline", metavar="RUN", help="Test every other run against this one, on the same problems.")
@click.option(
    "--published",
    metavar="NAME[,NAME...]",
    help="Published scores to show below: lemma, llemma, math-evaluation-harness, or a .toml file.",
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME",
    help="Show the verdicts under this policy, or `all`; may be repeated. Default: the run's own.",
)
@click.option(
    "--grader", "graders", multiple=True, metavar="NAME", help="Show this grader's verdicts; may be repeated."
)
@click.option(
    "--signatures",
    type=click.Choice(["short", "long", "none"]),
    help="The lines below that say how scores were made. Default: short in a leaderboard, else long.",
)
def table(
    runs: tuple[Path, ...],
    form: str,
    as_json: bool,
    layout: Literal["details", "leaderboard"] | None,
    measures: str,
    by: str | None,
    baseline: str | None,
    published: str | None,
    policies: tuple[str, ...],
    graders: tuple[str, ...],
    signatures: Literal["short", "long", "none"] | None,
) -> None:
    """Show the scores of RUN folders, each with its interval, and how it was made.

    Scores that were made in different ways carry a mark, and a note says in what they differ.
    """
    from lemma_eval.measures.slices import no_such_key
    from lemma_eval.running.folders import run_names
    from lemma_eval.scores.scoring import score_rows
    from lemma_eval.scores.verdict_sets import verdict_sets
    from lemma_eval.tables import grid_of, print_grid, scores, table_text
    from lemma_eval.tables.details import one_length, without

    form = "json" if as_json else form
    names, asked = run_names(runs), _listed("--measures", measures)
    chosen = None if baseline is None else _baseline(baseline, runs, names)
    below = _published(published)
    length = form in _EYES and layout != "leaderboard"  # a measure that nobody has to ask for
    keys: set[str] = set()
    rows = [
        row
        for run, name in zip(runs, names, strict=True)
        for row in score_rows(
            run,
            name,
            measures=[*asked, *(_LENGTHS if length else ())],
            by=by,
            graders=verdict_sets(run, policies, graders),
            keys=keys,
        )
    ]
    if by is not None and by not in keys:
        raise no_such_key(by, keys)
    layout = layout or _layout(rows, compared=chosen is not None or bool(below))
    if length:
        rows = one_length(rows, asked) if layout == "details" else without(rows, set(_LENGTHS) - {*asked})
    found = scores(rows, baseline=chosen, published=below, untested=set(_LENGTHS) - {*asked})
    for collection in dict.fromkeys(row.collection for row in below):
        if collection not in {row.collection for row in found.published}:
            click.echo(f"note: --published {collection} has no figure for any column of this table", err=True)
    if form == "rich":
        print_grid(grid_of(found, layout, signatures))
    else:
        click.echo(table_text(found, form, layout, signatures), nl=False)


def _listed(option: str, text: str) -> list[str]:
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise click.UsageError(f"{option} names nothing")
    return found


def _baseline(wanted: str, runs: Sequence[Path], names: Sequence[str]) -> str:
    """The name of the run that is given by its folder or its name."""
    for run, name in zip(runs, names, strict=True):
        if wanted == name or Path(wanted).resolve() == run.resolve():
            return name
    named = [name for run, name in zip(runs, names, strict=True) if run.resolve().name == wanted]
    if len(named) == 1:
        return named[0]
    raise click.UsageError(f"--baseline {wanted} is none of the runs given ({', '.join(names)})")


def _published(names: str | None) -> list[PublishedRow]:
    from lemma_eval.scores.published import read_published, read_published_file

    if names is None:
        return []
    return [
        row
        for name in dict.fromkeys(_listed("--published", names))
        for row in (read_published_file(Path(name)) if name.endswith(".toml") else read_published(name))
    ]


def _layout(rows: Sequence[ScoreRow], *, compared: bool) -> Literal["details", "leaderboard"]:
    places = [(row.benchmark, row.part) for row in rows]
    return "leaderboard" if compared or len(set(places)) < len(places) else "details"
