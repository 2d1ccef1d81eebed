"""The options that set up an engine: what each engine refuses, and which engine is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from lemma_eval.backend import BackendOptions, check_options
from lemma_eval.commands.engine_options import (
    backend_name,
    engine_options,
    engine_options_of,
    engine_parameters,
    options_for,
    options_named,
)
from lemma_eval.errors import BudgetError, UsageError
from tests.test_cli import call, fails, told

__all__ = ["told"]  # a fixture


@pytest.mark.parametrize(
    ("model", "options", "name"),
    [
        ("told.jsonl", {}, "replay"),
        ("told.json", {}, "replay"),
        ("checkpoints/tiny", {}, "transformers"),
        ("gpt", {"base_url": "http://localhost:8000/v1"}, "openai"),
        ("checkpoints/tiny", {"backend": "vllm"}, "vllm"),
        ("told.jsonl", {"backend": "parrot"}, "parrot"),
    ],
)
def test_the_engine_fits_the_model(model: str, options: dict[str, Any], name: str) -> None:
    assert backend_name(model, {"backend": None, "base_url": None, **options}) == name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"dtype": "float16"}, "backend e takes no --dtype; leave it out"),
        ({"max_model_len": 5}, "backend e takes no --max-model-len; leave it out"),
        ({"batch_import": (Path("x"),)}, "backend e takes no --batch-import; leave it out"),
        ({"max_cost": 1.0}, "backend e takes no --max-cost; leave it out"),
    ],
)
def test_an_option_that_an_engine_has_no_use_for_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_options("e", BackendOptions(**given), ("rpm",))
    check_options("e", BackendOptions(**given), ("rpm", *given))


def test_what_every_engine_takes_is_no_matter() -> None:
    check_options("e", BackendOptions(seed=3, spent=0.5, engine_args={"k": "v"}, rpm=7), ("rpm",))


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--dtype", "float16"], ["backend replay takes no --dtype"]),
        (["--concurrency", "8"], ["backend replay takes no --concurrency"]),
        (["--price", "1,2"], ["backend replay takes no --price"]),
        (["--max-cost", "0"], ["--max-cost", "0.0 is not an amount above 0"]),
        (["--max-cost", "nan"], ["--max-cost", "nan is not an amount above 0"]),
        (["--backend", "openai", "--batch-export", "b.jsonl", "--batch-import", "r.jsonl"], ["not both"]),
        (["--rpm", "0"], ["--rpm", "0 is not in the range"]),
        (["--batch-export", "b.jsonl"], ["backend replay writes no batch files; give --backend openai"]),
    ],
)
def test_bad_engine_options_get_one_line(arguments: list[str], parts: list[str], told: Path) -> None:
    before = {path.name for path in told.iterdir()}
    fails(call("run", "told.jsonl", "-b", "sums.jsonl", "--out", "run", *arguments, cwd=told), *parts)
    assert {path.name for path in told.iterdir()} == before


def given_by(arguments: list[str]) -> dict[str, Any]:
    """What a command with the options of two models is called with."""
    found: dict[str, Any] = {}

    @click.command()
    @engine_options
    @engine_options_of("teacher")
    def command(**options: Any) -> None:
        found.update(options)

    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return found


def test_a_model_has_the_same_options_under_its_prefix() -> None:
    options = given_by(["--teacher-rpm", "7", "--teacher-engine-arg", "a=b", "--rpm", "3", "--teacher-max-cost", "2.5"])
    assert options.keys() == {*engine_parameters(), *engine_parameters("teacher")}
    assert len(engine_parameters("teacher")) == len(engine_parameters()) == len(options) / 2
    teacher = options_for("teacher", {**options, "seed": 5})
    assert teacher.keys() == {*engine_parameters(), "seed"}
    assert (teacher["rpm"], teacher["engine_args"], teacher["max_cost"], teacher["seed"]) == (7, ("a=b",), 2.5, 5)
    assert options_for("", {**options, "seed": 5})["rpm"] == 3


def test_help_names_the_options_with_their_prefix() -> None:
    @click.command()
    @engine_options_of("teacher")
    def command(**options: Any) -> None: ...

    told = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
    assert "openai with --teacher-base-url" in told
    assert "needs --teacher-price" in told
    assert "written with --batch-export" in told


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BudgetError("stopped at --max-cost 2; a higher --max-cost goes on"),
         "stopped at --teacher-max-cost 2; a higher --teacher-max-cost goes on"),
        (UsageError("backend e takes no --dtype; leave it out"), "backend e takes no --teacher-dtype; leave it out"),
        (click.UsageError("--engine-arg 'k' is not of the form KEY=VALUE"),
         "--teacher-engine-arg 'k' is not of the form KEY=VALUE"),
        (UsageError("with --max-cost-of-all, --batch-export or --teacher-rpm"),
         "with --max-cost-of-all, --batch-export or --teacher-rpm"),
    ],
)  # fmt: skip
def test_an_error_names_the_option_as_the_user_knows_it(error: Exception, said: str) -> None:
    with pytest.raises(type(error)) as caught, options_named("teacher"):
        raise error
    assert (caught.value.message if isinstance(caught.value, click.UsageError) else str(caught.value)) == said
    with pytest.raises(type(error)) as plain, options_named(""):
        raise error
    assert plain.value.args == error.args
