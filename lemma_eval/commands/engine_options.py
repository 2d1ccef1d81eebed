"""The options that choose an inference engine and set it up, the same for every command that asks a model."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lemma_eval.errors import LemmaEvalError

if TYPE_CHECKING:
    from lemma_eval.backend import Backend

_RECORDED = (".jsonl", ".json")


def _positive(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 < value < math.inf:
        raise click.BadParameter(f"{value} is not an amount above 0", context, parameter)
    return value


# In the order of --help.
_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--backend", {"help": "Inference engine: transformers, vllm, openai, replay or a plugin's; default: replay for a "
                   ".jsonl file, openai with --base-url, else transformers."}),
    ("--dtype", {"default": "auto", "show_default": True, "type": click.Choice(["auto", "float32", "bfloat16",
                 "float16"]), "help": "Precision of the weights."}),
    ("--device", {"default": "auto", "show_default": True, "help": "cpu, cuda, cuda:1, ... (transformers)."}),
    ("--batch-size", {"type": click.IntRange(1),
                      "help": "Prompts decoded together (transformers). Default: found automatically."}),
    ("--tensor-parallel", {"type": click.IntRange(1), "help": "GPUs that share one copy of the model (vllm)."}),
    ("--data-parallel", {"type": click.IntRange(1), "help": "Copies of the model (vllm)."}),
    ("--quantization", {"help": "How the weights are quantized: awq, gptq, fp8, ... (vllm)."}),
    ("--max-model-len", {"type": click.IntRange(1), "help": "Longest prompt with its reply, in tokens (vllm)."}),
    ("--trust-remote-code", {"is_flag": True, "help": "Run code that the checkpoint brings; only if you trust it."}),
    ("--allow-pickle", {"is_flag": True, "help": "Load weights from pickles. Only if you trust them."}),
    ("--chat-template", {"type": click.Path(path_type=Path), "help": "Jinja file for a model that brings none."}),
    ("--base-url", {"help": "Address of an OpenAI-compatible server, such as http://localhost:8000/v1; its key comes "
                    "from the environment, OPENAI_API_KEY (openai)."}),
    ("--concurrency", {"type": click.IntRange(1), "help": "Most calls in flight (openai)."}),
    ("--rpm", {"type": click.IntRange(1), "help": "Most requests per minute (openai)."}),
    ("--tpm", {"type": click.IntRange(1), "help": "Most tokens per minute (openai)."}),
    ("--price", {"metavar": "IN,OUT[,CACHED]|FILE",
                 "help": "USD per million tokens, or a .toml file of prices by model (openai)."}),
    ("--max-cost", {"type": float, "callback": _positive,
                    "help": "Stop before the run has cost more USD than this; needs --price (openai)."}),
    ("--batch-import", {"multiple": True, "type": click.Path(path_type=Path), "help": "Take the replies from the "
                        "results of a batch written with --batch-export; may be repeated."}),
    ("--engine-arg", {"multiple": True, "metavar": "KEY=VALUE",
                      "help": "A setting of the engine itself, such as text=FIELD for replay; may be repeated."}),
)  # fmt: skip
_NAMES = tuple(flag.removeprefix("--") for flag, _ in _OPTIONS)
_FLAG = re.compile(rf"(?<![\w-])--({'|'.join(_NAMES)})(?![\w-])")


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a click command; hand its keyword arguments to `open_engine`."""
    return engine_options_of("")(command)


def engine_options_of(whose: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The same for a command that asks several models: `teacher` makes them --teacher-backend and so on.

    The parameters are then called `teacher_backend`, ...; `engine_parameters` has their names.
    """
    start = f"{whose}-" if whose else ""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for (flag, settings), name in reversed(list(zip(_OPTIONS, engine_parameters(whose), strict=True))):
            settings = {**settings, "help": _FLAG.sub(rf"--{start}\1", settings["help"])}
            command = click.option(f"--{start}{flag.removeprefix('--')}", name, **settings)(command)
        return command

    return add


def engine_parameters(whose: str = "") -> tuple[str, ...]:
    """What a click command calls the options of `engine_options_of(whose)`, in the order of --help."""
    start = f"{whose}_" if whose else ""
    names = (name.replace("-", "_") for name in _NAMES)
    return tuple(start + ("engine_args" if name == "engine_arg" else name) for name in names)


def options_for(whose: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """What `open_engine` takes, from the keyword arguments of a command with `engine_options_of(whose)` and a seed."""
    own = {plain: options[name] for plain, name in zip(engine_parameters(), engine_parameters(whose), strict=True)}
    return {**own, "seed": options["seed"]}


@contextmanager
def options_named(whose: str) -> Iterator[None]:
    """Within it an error that names an engine's option gets the name that the option has for `whose`: its prefix."""
    own = rf"--{whose}-\1" if whose else r"--\1"
    try:
        yield
    except click.UsageError as error:
        raise click.UsageError(_FLAG.sub(own, error.message), error.ctx) from None
    except LemmaEvalError as error:
        error.args = tuple(_FLAG.sub(own, str(each)) for each in error.args)
        raise


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
