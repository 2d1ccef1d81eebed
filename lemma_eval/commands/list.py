"""`lemma-eval list`: what can be run, and how."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click


@click.command("list", short_help="List benchmarks, backends, protocols or graders.")
@click.argument("what", type=click.Choice(["benchmarks", "backends", "protocols", "graders"]))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_plugins(what: str, as_json: bool) -> None:
    """List what is there: benchmarks with their sizes, backends, protocols, or graders."""
    from lemma_eval.printable import printable

    kinds = {"benchmarks": _benchmarks, "backends": _backends, "protocols": _protocols, "graders": _graders}
    rows = list(kinds[what]())
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    names = list(rows[0]) if rows else []
    table = [names, *([printable(str(row[name])) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(names))]
    for line in table:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _benchmarks() -> Iterator[dict[str, Any]]:
    from lemma_eval import plugins
    from lemma_eval.errors import PluginError

    for name in sorted(plugins.table("benchmarks")):
        try:
            benchmark = plugins.load("benchmarks", name)
        except PluginError as error:  # one broken plugin must not hide the others
            yield {**dict.fromkeys(("name", "problems", "family", "fingerprint", "hub"), "?"),
                   "name": name, "title": str(error), "licence": "?"}  # fmt: skip
            continue
        for split_name, split in benchmark.splits.items():
            yield {
                "name": name if split_name == "test" else f"{name}:{split_name}",
                "problems": split.size if split.size is not None else "?",
                "family": benchmark.family,
                "fingerprint": split.fingerprint or "?",
                "hub": split.hub.id if split.hub else "bundled" if split.bundled else "-",
                "title": benchmark.title,
                "licence": benchmark.licence,
            }


def _backends() -> Iterator[dict[str, Any]]:
    from lemma_eval import plugins

    for name, point in sorted(plugins.table("backends").items()):
        yield {"name": name, "from": point.value.partition(":")[0], "package": point.dist.name if point.dist else "?"}


def _graders() -> Iterator[dict[str, Any]]:
    from lemma_eval import plugins
    from lemma_eval.errors import PluginError
    from lemma_eval.grader import open_grader

    for name, point in sorted(plugins.table("graders").items()):
        found = {"name": name, "version": "-", "policies": "-", "package": point.dist.name if point.dist else "?"}
        try:
            grader = open_grader(name)
        except PluginError as error:  # its library is not installed, or it is broken: no other is hidden for that
            yield {**found, "note": str(error)}
            continue
        yield {**found, "version": grader.version, "policies": "yes" if grader.follows_policy else "no", "note": ""}


def _protocols() -> Iterator[dict[str, Any]]:
    from lemma_eval.protocols import PROTOCOLS

    for protocol in PROTOCOLS.values():
        shots = {family or "others": style.shots for family, style in protocol.styles.items()}
        yield {
            "name": protocol.name,
            "form": "chat" if protocol.chat else "text",
            "shots": " ".join(f"{family}:{count}" for family, count in sorted(shots.items())),
            "max_tokens": protocol.sampling.max_tokens,
            "policy": protocol.policy,
            "source": protocol.source,
        }
