"""`lemma-eval merge`: one run out of its shards."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Join the shards of a run.")
@click.argument("shards", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SHARD...")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder of the whole run.")
def merge(shards: tuple[Path, ...], out: Path) -> None:
    """Join SHARD folders, made by `lemma-eval run --shard I/N`, into the run they are parts of."""
    from lemma_eval.running.merge import merge_runs
    from lemma_eval.scores.scoring import score_rows
    from lemma_eval.tables import print_table

    merge_runs(shards, out)
    print_table(score_rows(out))
