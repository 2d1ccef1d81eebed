"""`lemma-eval synth export`: right solutions and trajectories of a synthesis, as training data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

_PATH = click.Path(path_type=Path)
_WHAT = ("sft", "rft", "correct", "lemma")


@click.command("export", short_help="Write reference and right solutions as training data.")
@click.argument("folder", type=_PATH, metavar="DIR")
@click.option("--what", type=click.Choice(_WHAT), required=True,
              help="sft: the questions' reference solutions. rft: the student's own right samples, distinct. correct: "
              "both, distinct. lemma: the trajectories.")  # fmt: skip
@click.option("-o", "--out", type=_PATH, help="Folder to be written. Default: DIR/sft, DIR/rft, ...")
@click.option("--per-question", type=click.IntRange(1), metavar="K",
              help="Of each question K samples at most, drawn by the seed.")  # fmt: skip
@click.option("--distinct", type=click.Choice(["text", "equations"]), default="text", show_default=True,
              help="Samples of a question that are alike: the same text but for white space, or the same equations "
              "between numbers.")  # fmt: skip
@click.option("--seed", type=int, help="Default: the synthesis' own.")
@click.option("--accept-missing/--wait-missing", default=None,
              help="Go on without samples that failed or were not asked for. Default: as said before.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.pass_context
def export(context: click.Context, /, folder: Path, out: Path | None, as_json: bool, **options: Any) -> None:
    """Write right solutions of the synthesis in DIR, or its trajectories, as training data in all forms.

    Nothing is asked, and no teacher is needed: DIR is any synthesis whose student has been sampled.
    `lemma-eval train` takes what is written.
    """
    from rich.console import Console

    from ..funnel.funnel import to_json
    from ..funnel.terminal import print_funnel
    from ..outputs.export import Wanted
    from ..outputs.export import export as carry_out

    what, accept = options["what"], options.pop("accept_missing")
    for name in ("per_question", "distinct", "seed"):
        if what in ("sft", "lemma") and context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name.replace('_', '-')} is about the student's samples: --what rft or correct")
    place = out or folder / what
    funnel = carry_out(folder, place, Wanted(**options), accept_missing=accept)
    if as_json:
        click.echo(json.dumps(to_json(funnel), indent=1))
    print_funnel(funnel, Console(stderr=True))
    click.echo(f"{funnel.trajectories:,} rows written to {place}", err=True)
