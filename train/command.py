"""`lemma-eval train`: fine-tune a checkpoint on trajectories, asked as the benchmarks ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click

from lemma_eval.commands.config_file import config_option

from .plan import PRESETS, TrainPlan, order, preset
from .processes import count, first, one_voice

_Function = Callable[..., Any]


def _plan_options(command: _Function) -> _Function:
    hints = get_type_hints(TrainPlan)
    for each in reversed(fields(TrainPlan)):
        name, hint = each.name.replace("_", "-"), hints[each.name]
        flags = f"--{name}/--no-{name}" if hint is bool else f"--{name}"
        kind: Any = click.Choice(get_args(hint)) if get_args(hint) else hint
        usual = getattr(PRESETS["lemma-full"], each.name)
        told = {True: "yes", False: "no"}.get(usual, str(usual)) if hint is bool else str(usual)
        help = each.metadata["help"] + (f"  [{told}]" if told else "")
        command = click.option(flags, each.name, type=kind, default=None, help=help)(command)
    return command


class _Grouped(click.Command):
    """Its help shows the settings by themselves."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        settings = {each.name for each in fields(TrainPlan)}
        for title in ("Options", "Settings (those of --preset unless given; in brackets lemma-full's)"):
            options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
            shown = [each for each in options if (each.name in settings) is (title != "Options")]
            with formatter.section(title):
                formatter.write_dl([record for each in shown if (record := each.get_help_record(ctx))])


@click.command(cls=_Grouped, short_help="Fine-tune a checkpoint on trajectories.")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", required=True, help="The checkpoint to train: a folder or a hub id.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="The folder of the training and its checkpoint; "
              "the same command on it goes on. Needed but for --dry-run.")  # fmt: skip
@click.option("--preset", type=click.Choice(list(PRESETS)), default="lemma-full", show_default=True,
              help="Where the settings begin: the paper's, adapters, or a tiny model on a CPU.")  # fmt: skip
@click.option("--protocol", default="lemma", show_default=True, help="How questions are put: lemma, llemma or boxed.")
@click.option("--backend", type=click.Choice(["trl", "llamafactory"]), default="trl", show_default=True,
              help="Train here, or write all that LLaMA-Factory needs to do it in its own environment.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Train nothing: print steps, tokens, rejects, and a row with its masks.")
@click.option("--pad-token", help="A token to pad batches with. Default: the tokenizer's, else its end token.")
@click.option("--revision", help="Revision of a hub id.")
@click.option("--trust-remote-code", is_flag=True, help="Run code that the checkpoint brings.")
@_plan_options
@config_option
def train(data: tuple[Path, ...], model: str, out: Path | None, dry_run: bool, **options: Any) -> None:
    """Fine-tune MODEL on DATA: files of trajectories (JSONL or Parquet), or folders of syntheses.

    Questions are put as `lemma-eval run` puts them, and the folder of the checkpoint says how, so that
    `lemma-eval run DIR` asks it as it was trained. Settings are those of the preset, with what is given here or in
    --config in their place.
    """
    with one_voice():
        _train(data, model, out, dry_run, options)


def _train(data: tuple[Path, ...], model: str, out: Path | None, dry_run: bool, options: Mapping[str, Any]) -> None:
    from lemma_eval.handoff import Handoff, protocol_of
    from lemma_eval.protocols import protocol_by_name
    from lemma_eval.rows.progress import row_progress

    from .base_model import find_base
    from .folder import refuse_other, versions
    from .progress import waiting
    from .rows import encode_rows, identity, read_trajectories

    if out is None and not dry_run:
        raise click.UsageError("give -o DIR, the folder for the trained checkpoint (or --dry-run)")
    plan = _plan(options)
    protocol = protocol_by_name(options["protocol"])
    if protocol.name == "recorded":
        raise click.UsageError(
            "--protocol recorded: says nothing of how questions are put; give lemma, llemma or boxed"
        )
    if out is not None and options["backend"] == "trl" and not dry_run:  # before all that takes its time
        plan.accumulation(count())
        refuse_other(out)
    with waiting("reading the trajectories"):
        trajectories = read_trajectories(data)
    with waiting("loading the tokenizer"):
        base = find_base(model, pad_token=options["pad_token"], revision=options["revision"],
                         trust_remote_code=options["trust_remote_code"])  # fmt: skip
    for note in base.notes:
        _say(note)
    if protocol.chat and not base.checkpoint.has_chat_template:
        raise click.UsageError(f"--protocol {protocol.name}: is a chat, and {model} has no chat template")
    with row_progress(len(trajectories) if first() else None) as tick:
        longest = min(plan.max_length, base.context or plan.max_length)
        rows = encode_rows(trajectories, base.tokenizer, protocol, replace(plan, max_length=longest), _family,
                           lambda done: tick())  # fmt: skip
    taken = order(plan, rows.lengths)
    if dry_run:
        from .summary import print_summary

        print_summary(plan, protocol, base, rows, taken)
        return
    assert out is not None
    handoff = Handoff(
        base={"model": model, "identity": base.checkpoint.identity},
        protocol=protocol_of(protocol),
        stop=protocol.style("").stop,
        tokens=base.special_tokens(),
        data={"digest": identity(trajectories), "rows": len(rows.input_ids), "tokens": sum(rows.lengths),
              "rejects": rows.reasons(), "families": dict(sorted(Counter(map(_family, trajectories)).items()))},
        plan={"preset": options["preset"], **asdict(plan)},
        versions=versions(),
    )  # fmt: skip
    if options["backend"] == "llamafactory":
        from .llamafactory import write_recipe

        write_recipe(out, plan, protocol, base, trajectories, rows, handoff, _family)
        return
    from .carrying_out import carry_out

    carry_out(plan, base, rows, taken, out, handoff, _say)


def _plan(options: Mapping[str, Any]) -> TrainPlan:
    given = {each.name: options[each.name] for each in fields(TrainPlan) if options[each.name] is not None}
    return replace(preset(options["preset"]), **given)


@cache
def _family_of(source: str) -> str:
    from lemma_eval import plugins

    name = source.partition(":")[0]
    known = plugins.table("benchmarks")
    return str(plugins.load("benchmarks", name).family) if name in known else ""


def _family(trajectory: Any) -> str:
    """The family of the benchmark that the question comes from, "" (the protocol's general style) where unknown."""
    return _family_of(str(trajectory.provenance.get("source") or ""))


def _say(line: str) -> None:
    if first():
        click.echo(line, err=True)
