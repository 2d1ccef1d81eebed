"""`lemma-eval report`: runs as files to open from disk or to publish."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Write runs as a folder of web pages.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The report's folder.")
@click.option(
    "--samples",
    type=click.IntRange(0),
    metavar="N",
    help="Hold only N samples of each run, and of each two runs N problems side by side. Default: all.",
)
def report(runs: tuple[Path, ...], out: Path, samples: int | None) -> None:
    """Write leaderboard, plots and samples of RUN folders to DIR: what `lemma-eval view` shows, without a server.

    The pages open from disk and load nothing from elsewhere. DIR is replaced if it holds an older report.
    """
    from lemma_eval.explorer.report.static_report import write_report
    from lemma_eval.printable import printable

    write_report(runs, out, samples=samples, say=lambda line: click.echo(printable(line), err=True))
    click.echo(printable(str(out / "index.html")))
