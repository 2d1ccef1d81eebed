"""The options that set up an engine: what each engine refuses, and which engine is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lemma_eval.backend import BackendOptions, check_options
from lemma_eval.commands.engine_options import backend_name
from lemma_eval.errors import UsageError
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
