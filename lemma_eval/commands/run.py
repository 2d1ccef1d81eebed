"""`lemma-eval run`: ask a model a benchmark's questions, store, grade, show the score."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lemma_eval.commands.carrying_out import watched
from lemma_eval.commands.config_file import config_option
from lemma_eval.commands.engine_options import backend_name, engine_options, open_engine

if TYPE_CHECKING:
    from lemma_eval.backend import Backend
    from lemma_eval.running.plan import RunPlan
    from lemma_eval.scores.row import ScoreRow


@click.command(short_help="Run benchmarks on a model and print the scores.")
@click.argument("model")
@click.option("-b", "--benchmarks", required=True, multiple=True, metavar="NAME[,NAME...]",
              help="Benchmarks (gsm8k, math:500, ...; see `lemma-eval list benchmarks`) or .jsonl files with "
              "question and answer fields.")  # fmt: skip
@click.option("--protocol", help="How to ask: lemma, llemma, boxed, recorded. Default: as a checkpoint that `train` "
              "made was trained, recorded for replay, else lemma.")  # fmt: skip
@click.option("--not-as-trained", is_flag=True, help="Let --protocol, --system or --chat-template differ from what the "
              "checkpoint was trained under.")  # fmt: skip
@click.option("-n", "--samples", "n", default=1, show_default=True, help="Samples per problem.")
@click.option("--limit", type=int, help="Only the first problems of each benchmark.")
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="LEMMA_EVAL_DATA", show_envvar=True,
              help="Folder with <benchmark>/<file>; without it rows come from the hub.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path),
              help="The run's folder; the same command on it resumes. Default: runs/<model>-<time>.")  # fmt: skip
@click.option("--shard", metavar="I/N", help="Only every N-th problem from the I-th; join with `lemma-eval merge`.")
@click.option("--seed", default=0, show_default=True, help="Seed of the samples.")
@click.option("--temperature", type=float, help="0 is greedy. Default: the protocol's.")
@click.option("--top-p", type=float, help="Nucleus sampling. Default: the protocol's.")
@click.option("--max-new-tokens", type=int, help="Token limit of a reply. Default: the protocol's.")
@click.option("--stop", multiple=True, help="A further stop string; may be repeated.")
@click.option("--shots", metavar="own|FILE|NAME:SPLIT:I,J",
              help="Few-shot examples: the project's own (default), a .jsonl file with question and solution fields, "
              "or rows of a split by index, such as gsm8k:train:7364,1708.")  # fmt: skip
@click.option(
    "--num-shots", type=click.IntRange(0, 1000), help="Number of shots. Default: the protocol's for the benchmark."
)
@click.option("--system", help="System message (chat protocols).")
@click.option("--policy", help="Grading policy: default, strict, lemma or a .toml file. Default: the protocol's.")
@engine_options
@click.option("--batch-export", type=click.Path(path_type=Path), metavar="FILE",
              help="Ask nothing: write what is still to be asked as a file for the OpenAI Batch API or "
              "`vllm run-batch`, to be read back with --batch-import (openai).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
@config_option
def run(model: str, benchmarks: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Run benchmarks on MODEL: a checkpoint folder, a hub id, a server's model, or a file of recorded generations."""
    from lemma_eval.running.runner import run as carry_out
    from lemma_eval.running.runner import spent
    from lemma_eval.scores.scoring import score_rows

    name = backend_name(model, options)
    plan = _plan(model, ",".join(benchmarks), name, options)
    out = options["out"] or _default_folder(model)
    click.echo(f"opening {model}", err=True)  # the content of a large checkpoint takes a while to identify
    backend = open_engine(model, options, spent(out) if options["max_cost"] else 0.0)
    _announce(plan, out)
    if options["batch_export"] and options["batch_import"]:
        raise click.UsageError("give --batch-import first, and --batch-export for the rest then; not both")
    if options["batch_export"]:
        _export(plan, backend, out, options["batch_export"])
        return
    stopped = watched(lambda observe: carry_out(plan, backend, out, observe), out)
    if out.exists():
        _show(score_rows(out), out, as_json)
    if stopped is not None:
        raise stopped


def _export(plan: RunPlan, backend: Backend, out: Path, path: Path) -> None:
    from lemma_eval.backend import BatchWriter
    from lemma_eval.running.runner import pending

    if not isinstance(backend, BatchWriter):
        raise click.UsageError(
            f"--batch-export: the backend {backend.name} writes no batch files; give --backend openai"
        )
    with pending(plan, backend, out) as requests:
        count = backend.write_batch(requests, path)
    click.echo(f"{count} requests written to {path}; when they are answered: the same command with --out {out} and "
               "--batch-import RESULTS in place of --batch-export", err=True)  # fmt: skip


def _plan(model: str, benchmarks: str, backend: str, options: dict[str, Any]) -> RunPlan:
    from lemma_eval.answers import policy_by_name
    from lemma_eval.handoff import trained_from
    from lemma_eval.printable import printable
    from lemma_eval.problem_set import load
    from lemma_eval.running.plan import RunPlan
    from lemma_eval.shots import choose_shots
    from lemma_eval.trained_protocol import choose_protocol

    choice = choose_protocol(
        model,
        "recorded" if backend == "replay" else "lemma",
        given=options["protocol"],
        system=options["system"],
        template=options["chat_template"],
        as_trained=not options["not_as_trained"],
    )
    protocol = choice.protocol
    if options["system"] is not None and not protocol.chat:
        raise click.UsageError(f"--system needs a chat protocol (boxed); {protocol.name} asks in plain text")
    if options["chat_template"] is not None and not protocol.chat:
        raise click.UsageError(f"--chat-template needs a chat protocol (boxed); {protocol.name} asks in plain text")
    changes = {
        name: options[option]
        for name, option in (("temperature", "temperature"), ("top_p", "top_p"), ("max_tokens", "max_new_tokens"))
        if options[option] is not None
    }
    sampling = replace(protocol.sampling, stop=tuple(options["stop"]), **changes)
    policy = policy_by_name(options["policy"] or protocol.policy)
    shard = _shard(options["shard"])
    specs = [spec.strip() for spec in benchmarks.split(",") if spec.strip()]
    if not specs:
        raise click.UsageError("-b names no benchmark")
    sets = tuple(load(spec, options["data_dir"]) for spec in specs)
    shots = {}
    for problem_set in sets:
        style = protocol.style(problem_set.family)
        count = style.shots if options["num_shots"] is None else options["num_shots"]
        shots[problem_set.spec] = choose_shots(options["shots"], count, style.own, options["data_dir"])
    if options["shots"] is not None and options["num_shots"] is None and not any(s.shots for s in shots.values()):
        raise click.UsageError(
            f"--shots {options['shots']}: protocol {protocol.name} shows no shots for {benchmarks}; say how many with "
            "--num-shots"
        )
    if choice.note:
        click.echo(printable(choice.note), err=True)
    return RunPlan(
        sets, protocol, shots, sampling, policy, options["n"], options["seed"], options["limit"], shard,
        None if choice.trained is None else trained_from(choice.trained),
    )  # fmt: skip


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    index, _, count = text.partition("/")
    known = re.fullmatch(r"[0-9]{1,9}/[0-9]{1,9}", text)
    if not known or not 1 <= int(index) <= int(count):
        raise click.UsageError(f"--shard {text} is not of the form I/N with 1 <= I <= N")
    return int(index), int(count)


def _default_folder(model: str) -> Path:
    from datetime import datetime

    name = Path(model).resolve().name if Path(model).exists() else model.replace("/", "--")
    return Path("runs") / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"


def _announce(plan: RunPlan, out: Path) -> None:
    from lemma_eval.printable import printable
    from lemma_eval.trained_protocol import unlike_training

    click.echo(f"run folder: {out}", err=True)
    for problem_set in plan.sets:
        if problem_set.mismatch:
            click.echo(f"warning: {problem_set.spec} ({problem_set.source}): {problem_set.mismatch}", err=True)
        if not plan.shots[problem_set.spec].shots and any(shots.shots for shots in plan.shots.values()):
            click.echo(f"note: {problem_set.spec} is asked without shots under protocol {plan.protocol.name}", err=True)
    asked = {each.spec: (each.family, len(plan.shots[each.spec].shots)) for each in plan.sets}
    for line in unlike_training(plan.trained, plan.protocol, asked, " (--num-shots 0)"):
        click.echo(printable(line), err=True)


def _show(rows: Sequence[ScoreRow], out: Path, as_json: bool) -> None:
    from lemma_eval.errors import RunError
    from lemma_eval.printable import printable
    from lemma_eval.running.folders import failure_lines
    from lemma_eval.tables import json_table, print_table

    if as_json:
        click.echo(json_table(rows))
    else:
        print_table(rows)
    failures = failure_lines(out)
    for line in failures:
        click.echo(printable(line), err=True)
    if failures and all(row.counts.failed == row.counts.samples for row in rows):
        raise RunError(f"nothing was answered; the same command asks again (--out {out})")
    if failures:
        click.echo(f"the same command asks for what failed again (--out {out})", err=True)
