"""`lemma-eval view`: runs as pages in a browser."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click


@click.command(short_help="Look at runs in a browser.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on; by default a free one.")
@click.option(
    "--open/--no-open",
    "open_browser",
    default=None,
    help="Open the browser, or not; by default if there is a terminal.",
)
def view(runs: tuple[Path, ...], port: int, open_browser: bool | None) -> None:
    """Show RUN folders as pages on this machine until Ctrl-C: leaderboard, plots, every sample with its verdict.

    Only this machine can reach the pages (127.0.0.1). An index for filters and search is made beside each run's store
    (explorer.sqlite); it may be thrown away at any time.
    """
    import sys

    from lemma_eval.explorer.serving import serve

    opening = sys.stdout.isatty() if open_browser is None else open_browser

    def ready(address: str) -> None:
        click.echo(f"{address}  (Ctrl-C ends it)")
        sys.stdout.flush()
        if opening:
            import webbrowser

            webbrowser.open(address)

    with contextlib.suppress(KeyboardInterrupt):
        serve(runs, port, ready)
