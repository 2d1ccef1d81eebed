"""The options that choose an inference engine and set it up, the same for every command that asks a model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lemma_eval.backend import Backend

_RECORDED = (".jsonl", ".json")


def _positive(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 < value < math.inf:
        raise click.BadParameter(f"{value} is not an amount above 0", context, parameter)
    return value


# In the order of --help.
_OPTIONS = (
    click.option("--backend", help="Inference engine: transformers, vllm, openai, replay or a plugin's; default: "
                 "replay for a .jsonl file, openai with --base-url, else transformers."),
    click.option("--dtype", default="auto", show_default=True,
                 type=click.Choice(["auto", "float32", "bfloat16", "float16"]), help="Precision of the weights."),
    click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1, ... (transformers)."),
    click.option("--batch-size", type=click.IntRange(1),
                 help="Prompts decoded together (transformers). Default: found automatically."),
    click.option("--tensor-parallel", type=click.IntRange(1), help="GPUs that share one copy of the model (vllm)."),
    click.option("--data-parallel", type=click.IntRange(1), help="Copies of the model (vllm)."),
    click.option("--quantization", help="How the weights are quantized: awq, gptq, fp8, ... (vllm)."),
    click.option("--max-model-len", type=click.IntRange(1), help="Longest prompt with its reply, in tokens (vllm)."),
    click.option("--trust-remote-code", is_flag=True,
                 help="Run code that the checkpoint brings; only if you trust it."),
    click.option("--allow-pickle", is_flag=True, help="Load weights from pickles. Only if you trust them."),
    click.option("--chat-template", type=click.Path(path_type=Path), help="Jinja file for a model that brings none."),
    click.option("--base-url", help="Address of an OpenAI-compatible server, such as http://localhost:8000/v1; its key "
                 "comes from the environment, OPENAI_API_KEY (openai)."),
    click.option("--concurrency", type=click.IntRange(1), help="Most calls in flight (openai)."),
    click.option("--rpm", type=click.IntRange(1), help="Most requests per minute (openai)."),
    click.option("--tpm", type=click.IntRange(1), help="Most tokens per minute (openai)."),
    click.option("--price", metavar="IN,OUT[,CACHED]|FILE",
                 help="USD per million tokens, or a .toml file of prices by model (openai)."),
    click.option("--max-cost", type=float, callback=_positive,
                 help="Stop before the run has cost more USD than this; needs --price (openai)."),
    click.option("--batch-import", multiple=True, type=click.Path(path_type=Path),
                 help="Take the replies from the results of a batch written with --batch-export; may be repeated."),
    click.option("--engine-arg", "engine_args", multiple=True, metavar="KEY=VALUE",
                 help="A setting of the engine itself, such as text=FIELD for replay; may be repeated."),
)  # fmt: skip


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a click command; hand its keyword arguments to `open_engine`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def backend_name(model: str, options: Mapping[str, Any]) -> str:
    """The engine that was chosen, or else the one that fits the model."""
    if options["backend"]:
        return str(options["backend"])
    if model.endswith(_RECORDED):
        return "replay"
    return "openai" if options["base_url"] else "transformers"


def open_engine(model: str, options: Mapping[str, Any], spent: float = 0.0) -> Backend:
    """The backend for `model`; nothing is loaded yet. `spent` is what the run has cost so far, in USD."""
    from lemma_eval import plugins
    from lemma_eval.backend import BackendOptions

    pairs = [argument.partition("=") for argument in options["engine_args"]]
    for key, sign, _ in pairs:
        if not key or not sign:
            raise click.UsageError(f"--engine-arg '{key}' is not of the form KEY=VALUE")
    given = {each.name: options[each.name] for each in fields(BackendOptions) if each.name in options}
    given["engine_args"] = {key: value for key, _, value in pairs}
    backend: Backend = plugins.load("backends", backend_name(model, options))(
        model, BackendOptions(**given, spent=spent)
    )
    return backend
