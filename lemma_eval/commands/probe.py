"""`lemma-eval probe`: can the model repair its own errors? Wrong solutions, cut and handed back to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from lemma_eval.commands.carrying_out import watched
from lemma_eval.commands.engine_options import engine_options, open_engine

if TYPE_CHECKING:
    from lemma_eval.backend import Backend
    from lemma_eval.self_correction.probe import ProbePlan
    from lemma_eval.self_correction.recovery import Recovery

# Settings of the run's engine that are the probe's too, unless given. Not those that reach out or trust.
_AS_THE_RUN = ("dtype", "quantization", "max_model_len", "tensor_parallel", "data_parallel")


@click.command(short_help="Measure how often a model recovers from its own errors.")
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--model", help="The run's model: folder, hub id or server's name. Default: as `run` was given it.")
@click.option("--other-model", is_flag=True, help="Let a model go on with another one's solutions.")
@click.option("--cut", default="last", show_default=True, metavar="last|half|K|each",
              help="Where to cut: before the step with the final answer, after the middle step, after step K, or after "
              "every step but the one with the answer.")  # fmt: skip
@click.option("--max-cuts", type=click.IntRange(1), help="Most cuts of a solution, evenly spread (--cut each).")
@click.option("--limit", type=click.IntRange(1), help="Most solutions of each benchmark, drawn by the seed.")
@click.option("--truncated", is_flag=True, help="Also solutions that the token limit had cut.")
@click.option("-n", "--samples", "n", default=1, show_default=True, help="Continuations of each beginning.")
@click.option("--seed", default=0, show_default=True, help="Seed of the choice and of the samples.")
@click.option("--temperature", type=float, help="0 is greedy. Default: the run's.")
@click.option("--top-p", type=float, help="Nucleus sampling. Default: the run's.")
@click.option("--max-new-tokens", type=int, help="Token limit of a continuation. Default: the run's.")
@click.option("--out", type=click.Path(path_type=Path),
              help="The probe's folder; the same command on it resumes. Default: runs/<RUN>-probe-<time>.")  # fmt: skip
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.pass_context
def probe(context: click.Context, /, run: Path, as_json: bool, **options: Any) -> None:
    """Take the wrong solutions of RUN, cut each at a step, and have the model go on from there.

    Prints how often it then reaches the right answer. Where RUN is a probe, its figures are printed again.
    """
    from lemma_eval.running.manifest import read_whole_manifest

    manifest = read_whole_manifest(run)
    if manifest["run"].get("probe"):
        given = [name for name in options if context.get_parameter_source(name) != ParameterSource.DEFAULT]
        if given:
            option = next(each.opts[0] for each in context.command.params if each.name == given[0])
            raise click.UsageError(f"{run} is a probe already, so there is no use for {option}; "
                                   "probe the run that it was made from")  # fmt: skip
        _show(run, as_json)
        return
    _carry_out(context, run, manifest, as_json, options)


def _carry_out(
    context: click.Context, run: Path, manifest: Mapping[str, Any], as_json: bool, options: dict[str, Any]
) -> None:
    from lemma_eval.running.runner import STORE, carry_out, spent
    from lemma_eval.self_correction.probe import work_of
    from lemma_eval.store import Store

    plan = _plan(options)
    out = options["out"] or _default_folder(run)
    backend = _open(context, manifest, options, spent(out) if options["max_cost"] else 0.0)
    with Store(run / STORE, write=False) as store:
        work = work_of(plan, run, store, backend)
        click.echo(f"probe folder: {out}", err=True)
        if work.description["backend"] != manifest["run"]["backend"]:
            click.echo("note: the engine, its version or its settings are not those of the run", err=True)
        stopped = watched(lambda observe: carry_out(work, backend, out, observe), out)
    if out.exists():
        _show(out, as_json)
    if stopped is not None:
        raise stopped


def _plan(options: Mapping[str, Any]) -> ProbePlan:
    from lemma_eval.self_correction.probe import ProbePlan

    names = {"temperature": "temperature", "top_p": "top_p", "max_tokens": "max_new_tokens"}
    changes = {name: options[option] for name, option in names.items() if options[option] is not None}
    return ProbePlan(
        options["cut"],
        options["max_cuts"],
        options["limit"],
        options["truncated"],
        options["n"],
        options["seed"],
        changes,
        options["other_model"],
    )


def _open(context: click.Context, manifest: Mapping[str, Any], options: dict[str, Any], spent: float) -> Backend:
    """The engine that made the run, or the one that is asked for."""
    engine = manifest["run"]["backend"]
    options["backend"] = options["backend"] or ("openai" if options["base_url"] else engine["name"])
    if options["backend"] == "replay":
        raise click.UsageError("recorded generations cannot be gone on with; give the model that made them: --model "
                               "MODEL --backend ENGINE --other-model")  # fmt: skip
    if options["backend"] == engine["name"]:
        for name in _AS_THE_RUN:
            value = engine.get("settings", {}).get(name)
            if value is not None and context.get_parameter_source(name) == ParameterSource.DEFAULT:
                options[name] = value
    model = options["model"] or _model(manifest, options["backend"])
    click.echo(f"opening {model}", err=True)
    return open_engine(model, options, spent)


def _model(manifest: Mapping[str, Any], backend: str) -> str:
    """The model as the run's command named it; where that is not known, or no longer there, its label."""
    from lemma_eval.commands.run import run

    label, command = str(manifest["label"]), manifest["environment"].get("command") or []
    if command[:1] == ["run"]:
        given = run.make_context("run", list(command[1:]), resilient_parsing=True).params.get("model")
        if given is not None and (backend == "openai" or given == label or Path(given).exists()):
            return str(given)
    if backend != "openai" and not Path(label).exists() and "/" not in label:
        raise click.UsageError(f"the run's model {label} is not found here; say where it is with --model")
    return label


def _default_folder(run: Path) -> Path:
    from datetime import datetime

    return Path("runs") / f"{run.resolve().name}-probe-{datetime.now():%Y%m%d-%H%M%S}"


def _show(folder: Path, as_json: bool) -> None:
    from lemma_eval.printable import printable
    from lemma_eval.running.folders import failure_lines
    from lemma_eval.running.manifest import read_whole_manifest
    from lemma_eval.self_correction.recovery import notes, recoveries

    rows = recoveries(folder)
    run = read_whole_manifest(folder)["run"]
    remarks = notes(run, rows)
    failures = failure_lines(folder)
    if as_json:
        click.echo(_json(folder, run, rows, remarks))
    else:
        _print(rows, remarks)
    for line in failures:
        click.echo(printable(line), err=True)
    if failures:
        click.echo(f"the same command asks for what failed again (--out {folder})", err=True)


def _json(folder: Path, run: Mapping[str, Any], rows: Sequence[Recovery], remarks: Sequence[str]) -> str:
    import json
    import math
    from dataclasses import asdict

    def plain(value: Any) -> Any:
        return None if isinstance(value, float) and math.isnan(value) else value

    found = []
    for row in rows:
        figures = asdict(row)
        estimate = figures.pop("estimate")
        low, high = plain(estimate["low"]), plain(estimate["high"])
        about = {"recovery": plain(estimate["value"]), "low": low, "high": high, "problems": estimate["problems"]}
        shares = {end: plain(row.share(end)) for end in row.ends}
        found.append({**figures, **about, "shares": shares})
    about = {"probe": folder.resolve().name, "model": run["model"], "cut": run["probe"]["cut"], "n": run["n"]}
    return json.dumps({**about, "sampling": run["sampling"], "rows": found, "notes": list(remarks)}, indent=1)


def _print(rows: Sequence[Recovery], remarks: Sequence[str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from lemma_eval.printable import printable

    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("benchmark", overflow="fold")
    for name in ("cut in", "beginnings", "recovery", "95 % interval", "same answer", "other", "unparsed", "unknown",
                 "failed", "reflect"):  # fmt: skip
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(printable(text)) for text in _cells(row)))
    console = Console()
    if not console.is_terminal:
        console.width = 1_000_000
    console.print(table, crop=False)
    for line in remarks:
        console.print(Text(printable(line), overflow="fold"))


def _cells(row: Recovery) -> list[str]:
    estimate, per = row.estimate, row.samples // row.beginnings if row.beginnings else 1
    count = f"{row.beginnings}{f' x {per}' if per > 1 else ''}"
    figures = [_percent(row.share(end)) for end in ("same", "other", "unparsed", "unknown", "failed")]
    figures.append(_percent(row.reflect / row.samples if row.samples else None))
    interval = f"{_percent(estimate.low)} - {_percent(estimate.high)}"
    where = f"{row.third} third" if row.third else "all"
    return [row.benchmark or "all", where, count, _percent(estimate.value), interval, *figures]


def _percent(share: float | None) -> str:
    return "-" if share is None or share != share else f"{100 * share:.2f}"
